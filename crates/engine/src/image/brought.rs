//! What package managers other than the system's own bring, told by the marks that it leaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::size::ByteCount;

/// A package of a programming language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// `pip`, `npm`, …
    pub manager: &'static str,
    /// Its name.
    pub name: String,
    /// Its version; empty where it is not known.
    pub version: String,
    /// Bytes of its files.
    pub size: ByteCount,
    /// Who requires it: names, from what was asked for on.
    pub because: Vec<String>,
}

/// Packages by their marks: wherever files with such a mark are copied to, the package is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(Arc<BTreeMap<String, Brought>>);

impl Marks {
    /// Notes a package under the mark that a path has.
    pub fn add(&mut self, path: &str, brought: Brought) {
        if let Some(mark) = mark(path) {
            Arc::make_mut(&mut self.0).insert(mark.to_owned(), brought);
        }
    }

    /// Takes over those of another image, whose files are copied.
    pub fn take(&mut self, other: &Self) {
        if !other.0.is_empty() && !Arc::ptr_eq(&self.0, &other.0) {
            let own = Arc::make_mut(&mut self.0);
            for (mark, brought) in other.0.iter() {
                own.entry(mark.clone()).or_insert_with(|| brought.clone());
            }
        }
    }

    /// Whether nothing was brought.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a manager has brought a package of a name.
    pub fn has(&self, manager: &str, name: &str) -> bool {
        let mut all = self.0.values();
        all.any(|own| own.manager == manager && own.name == name)
    }

    /// The package that a file is the mark of.
    pub fn of(&self, path: &str) -> Option<&Brought> {
        self.0.get(mark(path)?)
    }
}

/// The part of a path that marks a package: `flask-3.1.2.dist-info` of
/// `…/flask-3.1.2.dist-info/METADATA`, `node_modules/express` of
/// `…/node_modules/express/package.json`.
fn mark(path: &str) -> Option<&str> {
    if let Some(directory) = path.strip_suffix("/METADATA") {
        let name = directory.rsplit('/').next()?;
        return name.ends_with(".dist-info").then_some(name);
    }
    let directory = path.strip_suffix("/package.json")?;
    let at = directory.find("/node_modules/")?;
    let package = directory.rsplit("node_modules/").next()?;
    let depth = package.matches('/').count();
    let whole = if package.starts_with('@') { 1 } else { 0 };
    (depth == whole).then(|| &directory[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn knows_marks() {
        assert_eq!(mark("/a/x-1.dist-info/METADATA"), Some("x-1.dist-info"));
        assert_eq!(
            mark("/app/node_modules/@a/b/package.json"),
            Some("node_modules/@a/b")
        );
        assert_eq!(mark("/app/node_modules/a/lib/package.json"), None);
        assert_eq!(
            mark("/app/node_modules/a/node_modules/b/package.json"),
            Some("node_modules/a/node_modules/b")
        );
        assert_eq!(mark("/app/package.json"), None);
    }
}
