//! Crates of Rust, as building them was measured.
//!
//! Text, a crate a line; `#` begins a comment that says how the next lines came about:
//!
//! ```text
//! layerlab-crates 1
//! # rustc 1.95.0 …
//! serde 1.0.229 79876 338562 148712 7344120 2893844: serde_core serde_derive
//! windows-sys -
//! ```
//!
//! Name and version; bytes of the archive, of its sources, and of what cargo keeps of the registry's
//! index; bytes that building it for release leaves in the target directory; bytes of the library that
//! programs are linked from, 0 of what is only needed to build; what it needs. A crate with `-` is
//! for other systems than Linux: it is locked, and neither fetched nor built.

use std::collections::BTreeMap;

use crate::catalog::sections::facts;

/// The version of the format.
pub const FORMAT: &str = "layerlab-crates 1";

/// A crate that was built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Built {
    /// The version that was built.
    pub version: String,
    /// Bytes in cargo's registry: archive, sources, index.
    pub fetched: u64,
    /// Bytes in the target directory.
    pub compiled: u64,
    /// Bytes of the library.
    pub library: u64,
    /// What it needs.
    pub needs: Vec<String>,
}

/// What is known of a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crate {
    /// It was built.
    Built(Built),
    /// It is for other systems than Linux.
    Elsewhere,
}

/// The crates.
#[derive(Debug, Clone, Default)]
pub struct Index(BTreeMap<String, Crate>);

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// The line that does not fit the format.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut out = BTreeMap::new();
        for line in facts(text, FORMAT)? {
            let wrong = || format!("{line:?} is not a crate");
            let (name, rest) = line.split_once(' ').ok_or_else(wrong)?;
            let known = if rest == "-" {
                Crate::Elsewhere
            } else {
                Crate::Built(built(rest).ok_or_else(wrong)?)
            };
            out.insert(name.to_owned(), known);
        }
        Ok(Self(out))
    }

    /// A crate by its name.
    pub fn get(&self, name: &str) -> Option<&Crate> {
        self.0.get(name)
    }
}

fn built(text: &str) -> Option<Built> {
    let (own, needs) = text.split_once(':')?;
    let mut words = own.split(' ');
    let version = words.next()?.to_owned();
    let numbers: Vec<u64> = words.map(str::parse).collect::<Result<_, _>>().ok()?;
    let [archive, sources, index, compiled, library] = numbers[..] else {
        return None;
    };
    Some(Built {
        version,
        fetched: archive + sources + index,
        compiled,
        library,
        needs: needs.split_whitespace().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Crate, Index};

    #[test]
    fn reads_crates() {
        let text = "layerlab-crates 1\n# source\nserde 1.0.1 1 20 300 4000 50: serde_core\nwindows-sys -\n";
        let index = Index::parse(text).expect("an index");
        let Some(Crate::Built(serde)) = index.get("serde") else {
            panic!("no serde");
        };
        assert_eq!(
            (serde.fetched, serde.compiled, serde.library),
            (321, 4000, 50)
        );
        assert_eq!(
            (serde.version.as_str(), &serde.needs[..]),
            ("1.0.1", &["serde_core".to_owned()][..])
        );
        assert_eq!(index.get("windows-sys"), Some(&Crate::Elsewhere));
        assert!(Index::parse("layerlab-crates 1\nserde 1.0 1 2\n").is_err());
    }
}
