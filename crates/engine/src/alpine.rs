//! Alpine's packages, as far as their sizes are published, or known from Debian's of the same
//! software.
//!
//! Text, a package a line; `#` begins a comment that says where the next lines are from:
//!
//! ```text
//! layerlab-apk 1
//! curl 284672: ca-certificates-bundle libcurl
//! python3 23068672~1048576: libexpat
//! make = make:
//! ```
//!
//! The first form has the bytes that the package states (Installed-Size), to 1 KiB or to what
//! follows `~`; the other names the packages of Debian 13 that hold the same. What follows the
//! colon it needs.

use std::collections::BTreeMap;

use crate::catalog::sections::facts;
use crate::size::ByteCount;

/// The version of the format.
pub const FORMAT: &str = "layerlab-apk 1";

/// What is known of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Bytes that it states.
    pub size: Option<ByteCount>,
    /// Debian's packages of the same software.
    pub debian: Vec<String>,
    /// What it needs.
    pub needs: Vec<String>,
}

/// The packages.
#[derive(Debug, Clone, Default)]
pub struct Index(BTreeMap<String, Entry>);

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// The line that does not fit the format.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut out = BTreeMap::new();
        for line in facts(text, FORMAT)? {
            let wrong = || format!("{line:?} is not a package");
            let (own, needs) = line.split_once(':').ok_or_else(wrong)?;
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
            let mut entry = Entry {
                needs: words(needs),
                ..Entry::default()
            };
            let name = match own.split_once('=') {
                Some((name, debian)) => {
                    entry.debian = words(debian);
                    name.trim()
                }
                None => {
                    let (name, bytes) = own.split_once(' ').ok_or_else(wrong)?;
                    let (bytes, step) = bytes.trim().split_once('~').unwrap_or((bytes, "1024"));
                    let number = |text: &str| text.trim().parse().map_err(|_| wrong());
                    entry.size = Some(ByteCount::published(number(bytes)?, number(step)?));
                    name
                }
            };
            out.insert(name.to_owned(), entry);
        }
        Ok(Self(out))
    }

    /// A package by its name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.0.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::Index;
    use crate::size::ByteCount;

    #[test]
    fn reads_packages() {
        let text = "layerlab-apk 1\n# source\ncurl 284672: libcurl\npython3 9000~1000:\nmake = make:\ngcompat = :\n";
        let index = Index::parse(text).expect("an index");
        let size = |name| index.get(name).and_then(|own| own.size);
        assert_eq!(size("curl"), Some(ByteCount::published(284_672, 1024)));
        assert_eq!(size("python3"), Some(ByteCount::published(9000, 1000)));
        assert_eq!(index.get("make").map(|make| make.debian.len()), Some(1));
        assert_eq!(index.get("gcompat").map(|own| own.debian.len()), Some(0));
        assert!(Index::parse("layerlab-apk 1\ncurl\n").is_err());
    }
}
