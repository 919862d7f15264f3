//! Image references: `python:3.11-slim` is `docker.io/library/python:3.11-slim`.

/// A reference in normal form (the `distribution/reference` package).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Registry's host name.
    pub domain: String,
    /// Repository without the host, `library/python`.
    pub path: String,
    /// Tag; `latest` where neither tag nor digest is given.
    pub tag: String,
    /// Digest, where given.
    pub digest: Option<String>,
}

/// Releases that tags mention, and the systems that they are.
const RELEASES: [(&str, &str); 10] = [
    ("buster", "debian 10"),
    ("bullseye", "debian 11"),
    ("bookworm", "debian 12"),
    ("trixie", "debian 13"),
    ("bionic", "ubuntu 18.04"),
    ("focal", "ubuntu 20.04"),
    ("jammy", "ubuntu 22.04"),
    ("noble", "ubuntu 24.04"),
    ("questing", "ubuntu 25.10"),
    ("alpine", "alpine"),
];

impl Reference {
    /// The system that the tag mentions: `debian 12` for `3.11-slim-bookworm`.
    pub fn release(&self) -> Option<&'static str> {
        let mentioned = |(name, _): &&(&str, &str)| self.tag.contains(name);
        RELEASES.iter().find(mentioned).map(|(_, system)| *system)
    }

    /// Parses a reference.
    ///
    /// # Errors
    /// The message of the reference implementation.
    pub fn parse(text: &str) -> Result<Self, String> {
        let invalid = || "invalid reference format".to_owned();
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(invalid());
        }
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(invalid());
        }
        let (domain, path) = match name.split_once('/') {
            Some((first, path))
                if first.contains(['.', ':'])
                    || first == "localhost"
                    || first.chars().any(|ch| ch.is_ascii_uppercase()) =>
            {
                (first, path)
            }
            _ => ("docker.io", name),
        };
        let domain = if domain == "index.docker.io" {
            "docker.io"
        } else {
            domain
        };
        let official = domain == "docker.io" && !path.contains('/');
        if path.chars().any(|ch| ch.is_ascii_uppercase()) {
            let path = if official {
                format!("library/{path}")
            } else {
                path.to_owned()
            };
            return Err(format!(
                "invalid reference format: repository name ({path}) must be lowercase"
            ));
        }
        if path.is_empty() || !path.split('/').all(is_component) {
            return Err(invalid());
        }
        Ok(Self {
            domain: domain.to_owned(),
            path: if official {
                format!("library/{path}")
            } else {
                path.to_owned()
            },
            tag: tag.unwrap_or("latest").to_owned(),
            digest: digest.map(str::to_owned),
        })
    }

    /// Repository as users write it: `python`, `grafana/grafana`, `ghcr.io/x/y`.
    pub fn familiar_name(&self) -> String {
        if self.domain != "docker.io" {
            return format!("{}/{}", self.domain, self.path);
        }
        self.path
            .strip_prefix("library/")
            .unwrap_or(&self.path)
            .to_owned()
    }

    /// The whole reference as users write it.
    pub fn familiar(&self) -> String {
        format!("{}:{}", self.familiar_name(), self.tag)
    }

    /// The whole reference as the engine's messages have it.
    pub fn full(&self) -> String {
        format!("{}/{}:{}", self.domain, self.path, self.tag)
    }
}

fn is_component(name: &str) -> bool {
    let alphanumeric = |ch: char| ch.is_ascii_lowercase() || ch.is_ascii_digit();
    name.starts_with(alphanumeric)
        && name.ends_with(alphanumeric)
        && name
            .chars()
            .all(|ch| alphanumeric(ch) || matches!(ch, '.' | '_' | '-'))
        && !name.contains("..")
        && !name.contains("___")
}

fn is_tag(tag: &str) -> bool {
    let word = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
    tag.len() <= 128
        && tag.starts_with(word)
        && tag.chars().all(|ch| word(ch) || matches!(ch, '.' | '-'))
}

fn is_digest(digest: &str) -> bool {
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty() && hex.len() >= 32 && hex.chars().all(|ch| ch.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn normalizes() {
        let full = |text: &str| Reference::parse(text).map(|reference| reference.full());
        assert_eq!(
            full("python").as_deref(),
            Ok("docker.io/library/python:latest")
        );
        assert_eq!(full("a/b:1").as_deref(), Ok("docker.io/a/b:1"));
        assert_eq!(
            full("localhost:5000/b").as_deref(),
            Ok("localhost:5000/b:latest")
        );
        assert_eq!(full("gcr.io/x/y:z").as_deref(), Ok("gcr.io/x/y:z"));
        assert_eq!(
            full("UPPER/Case"),
            Err("invalid reference format: repository name (Case) must be lowercase".to_owned())
        );
        assert!(full("a b").is_err() && full("").is_err() && full("a:b:c d").is_err());
    }
}
