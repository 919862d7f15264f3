//! What the lock files of yarn and pnpm say: which version a range has come to.

use std::collections::BTreeMap;

use nodejs_semver::{Range, Version};

/// Most lines of a lock file that are read.
const MAX_LINES: usize = 500_000;

/// Versions that are chosen already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins {
    /// By package and range, as yarn writes them.
    asked: BTreeMap<(String, String), Version>,
    /// All of a package.
    all: BTreeMap<String, Vec<Version>>,
}

impl Pins {
    /// Reads a `yarn.lock`, of the first series or of later ones.
    pub fn yarn(text: &str) -> Self {
        let mut out = Self::default();
        let mut keys: Vec<(String, String)> = Vec::new();
        for line in text.lines().take(MAX_LINES) {
            if line.starts_with(['#', ' ']) || line.is_empty() {
                let version = line.strip_prefix("  version");
                let version = version.map(|rest| rest.trim_start_matches(':').trim());
                let version = version.and_then(|text| text.trim_matches('"').parse().ok());
                if let Some(version) = version {
                    for (name, range) in keys.drain(..) {
                        out.add(&name, &version);
                        out.asked.insert((name, range), version.clone());
                    }
                }
                continue;
            }
            let written = line.trim_end_matches(':').replace('"', "");
            keys = written
                .split(", ")
                .filter_map(|key| {
                    let (name, range) = split(key)?;
                    let range = range.strip_prefix("npm:").unwrap_or(range);
                    Some((name.to_owned(), range.to_owned()))
                })
                .collect();
        }
        out
    }

    /// Reads a `pnpm-lock.yaml`, of the versions 5 to 9 of its form.
    pub fn pnpm(text: &str) -> Self {
        let mut out = Self::default();
        let mut in_packages = false;
        for line in text.lines().take(MAX_LINES) {
            if !line.starts_with(' ') && !line.is_empty() {
                in_packages = line == "packages:";
                continue;
            }
            let key = line.strip_prefix("  ").filter(|key| !key.starts_with(' '));
            let Some(key) = key.filter(|_| in_packages) else {
                continue;
            };
            let key = key.trim_end_matches([':', ' ', '{', '}']);
            let key = key.trim_matches('\'').trim_start_matches('/');
            // What is in parentheses, or after an underscore, are the peers it was built for.
            let key = key.split(['(', '_']).next().unwrap_or_default();
            let found = split(key).or_else(|| key.rsplit_once('/'));
            if let Some((name, version)) = found
                && let Ok(version) = version.parse()
            {
                out.add(name, &version);
            }
        }
        out
    }

    fn add(&mut self, name: &str, version: &Version) {
        let versions = self.all.entry(name.to_owned()).or_default();
        if !versions.contains(version) {
            versions.push(version.clone());
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a package is in it.
    pub fn has(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    /// The version that a range has come to: what was asked for so, or else the newest one
    /// that fits.
    pub fn pick(&self, name: &str, range: &str) -> Option<Version> {
        let asked = (name.to_owned(), range.to_owned());
        if let Some(version) = self.asked.get(&asked) {
            return Some(version.clone());
        }
        let range = Range::parse(range).ok()?;
        let versions = self.all.get(name)?.iter();
        versions
            .filter(|version| version.satisfies(&range))
            .max()
            .cloned()
    }
}

/// Name and range of `name@range`; a scope's own mark is part of the name.
fn split(key: &str) -> Option<(&str, &str)> {
    let at = key.get(1..)?.find('@')? + 1;
    Some((&key[..at], &key[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::Pins;

    fn picks(pins: &Pins, name: &str, range: &str) -> Option<String> {
        pins.pick(name, range).map(|version| version.to_string())
    }

    #[test]
    fn reads_lock_files_of_yarn() {
        let first = "# yarn lockfile v1\n\n\n\"@a/b@^1.0.0\", \"@a/b@^1.2.0\":\n  version \"1.2.3\"\n  resolved \"x\"\n  dependencies:\n    c \"^2\"\n\nc@^2, c@~2.1.0:\n  version \"2.1.4\"\n";
        let pins = Pins::yarn(first);
        assert_eq!(picks(&pins, "@a/b", "^1.0.0").as_deref(), Some("1.2.3"));
        assert_eq!(picks(&pins, "c", "~2.1.0").as_deref(), Some("2.1.4"));
        assert_eq!(picks(&pins, "c", ">=2").as_deref(), Some("2.1.4"));
        assert_eq!(picks(&pins, "c", "^3"), None);
        let later = "__metadata:\n  version: 8\n\n\"c@npm:^2, c@npm:^2.1\":\n  version: 2.1.4\n  resolution: \"c@npm:2.1.4\"\n";
        let pins = Pins::yarn(later);
        assert_eq!(picks(&pins, "c", "^2.1").as_deref(), Some("2.1.4"));
    }

    #[test]
    fn reads_lock_files_of_pnpm() {
        for text in [
            "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      c:\n        specifier: ^2\n        version: 2.1.4\n\npackages:\n\n  '@a/b@1.2.3':\n    resolution: {integrity: x}\n\n  c@2.1.4:\n    resolution: {integrity: x}\n\nsnapshots:\n\n  c@9.9.9: {}\n",
            "lockfileVersion: '6.0'\n\npackages:\n\n  /@a/b@1.2.3(x@1.0.0):\n    dev: false\n\n  /c@2.1.4:\n    dev: false\n",
            "lockfileVersion: 5.4\n\npackages:\n\n  /@a/b/1.2.3_x@1.0.0:\n    dev: false\n\n  /c/2.1.4:\n    dev: false\n",
        ] {
            let pins = Pins::pnpm(text);
            assert_eq!(
                picks(&pins, "@a/b", "^1").as_deref(),
                Some("1.2.3"),
                "{text}"
            );
            assert_eq!(picks(&pins, "c", "^2").as_deref(), Some("2.1.4"), "{text}");
            assert_eq!(picks(&pins, "c", "^9"), None, "{text}");
        }
    }
}
