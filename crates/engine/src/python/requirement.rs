//! Requirements (PEP 508): `uvicorn[standard]>=0.20,<1; python_version >= "3.8"`.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

/// A requirement.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The name, [`normalized`].
    pub name: String,
    /// The extras that are asked for.
    pub extras: Vec<String>,
    /// Which versions will do; all where it says nothing.
    pub versions: VersionSpecifiers,
    /// What the requirement says of versions, as it is written.
    pub written: String,
    /// An address that it is to be taken from.
    pub url: Option<String>,
    /// When it counts.
    pub marker: Option<String>,
}

impl Requirement {
    /// Reads a requirement.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let end = text
            .find(|ch: char| !(ch.is_ascii_alphanumeric() || matches!(ch, '-' | '_' | '.')))
            .unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        let sound = name.starts_with(|ch: char| ch.is_ascii_alphanumeric())
            && name.ends_with(|ch: char| ch.is_ascii_alphanumeric());
        if !sound {
            return Err(format!("Invalid requirement: '{text}'"));
        }
        rest = rest.trim_start();
        let mut extras = Vec::new();
        if let Some(inner) = rest.strip_prefix('[') {
            let (list, after) = inner
                .split_once(']')
                .ok_or_else(|| format!("Invalid requirement: '{text}'"))?;
            extras = list
                .split(',')
                .map(|extra| extra.trim().to_owned())
                .filter(|extra| !extra.is_empty())
                .collect();
            rest = after.trim_start();
        }
        let mut out = Self {
            name: normalized(name),
            extras,
            versions: VersionSpecifiers::empty(),
            written: String::new(),
            url: None,
            marker: None,
        };
        if let Some(url) = rest.strip_prefix('@') {
            // A marker is set off by a blank, for addresses may hold semicolons.
            let (url, marker) = url.trim().split_once(" ;").unwrap_or((url.trim(), ""));
            out.url = Some(url.trim().to_owned());
            out.marker = Some(marker.trim().to_owned()).filter(|text| !text.is_empty());
            return Ok(out);
        }
        let (versions, marker) = rest.split_once(';').unwrap_or((rest, ""));
        let versions = versions.trim();
        let versions = versions
            .strip_prefix('(')
            .and_then(|text| text.strip_suffix(')'))
            .unwrap_or(versions);
        out.written = versions.replace(' ', "");
        out.versions = VersionSpecifiers::from_str(versions)
            .map_err(|_| format!("Invalid requirement: '{text}'"))?;
        out.marker = Some(marker.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(out)
    }

    /// The version that it is pinned to with `==`.
    pub fn pinned(&self) -> Option<&Version> {
        let mut versions = self.versions.iter();
        let only = versions.next()?;
        let exact = matches!(
            only.operator(),
            pep440_rs::Operator::Equal | pep440_rs::Operator::ExactEqual
        );
        (exact && versions.next().is_none()).then(|| only.version())
    }
}

/// A name as comparisons take it (PEP 503): `Foo.Bar_baz` is `foo-bar-baz`.
pub fn normalized(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for ch in name.chars() {
        if matches!(ch, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.push(ch.to_ascii_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Requirement;

    #[test]
    fn reads_requirements() {
        let read = |text: &str| Requirement::parse(text).expect(text);
        let uvicorn = read("Uvicorn[standard, extra] >=0.20, <1 ; python_version >= '3.8'");
        assert_eq!(uvicorn.name, "uvicorn");
        assert_eq!(uvicorn.extras, ["standard", "extra"]);
        assert_eq!(uvicorn.written, ">=0.20,<1");
        assert_eq!(uvicorn.marker.as_deref(), Some("python_version >= '3.8'"));
        assert_eq!(read("zope.interface (>4)").name, "zope-interface");
        let pinned = read("flask==3.0.0");
        assert_eq!(
            pinned.pinned().map(ToString::to_string).as_deref(),
            Some("3.0.0")
        );
        assert!(read("flask==3.*").pinned().is_none());
        let direct = read("pip @ https://example.com/a;b.whl ; extra == 'x'");
        assert_eq!(direct.url.as_deref(), Some("https://example.com/a;b.whl"));
        assert!(Requirement::parse("==1").is_err());
        assert!(Requirement::parse("flask=1").is_err());
    }
}
