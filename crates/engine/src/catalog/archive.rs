//! Archives of Debian packages beside the distribution's own: those of vendors.

use serde::{Deserialize, Serialize};

use crate::debian::Sizes;
use crate::debian::relation::short;

/// An archive of packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveFact {
    /// Its address, as apt's sources name it, with `*` for any text.
    pub url: String,
    /// What it has.
    pub packages: Vec<ArchivePackage>,
}

/// A package of such an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchivePackage {
    /// Its name.
    pub name: String,
    /// The version that was looked at.
    pub version: String,
    /// Bytes that it takes installed, without what it needs.
    pub size: u64,
    /// Packages that it needs, as its control file has them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub depends: String,
    /// Packages that apt takes along.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recommends: String,
    /// Its programs: absolute paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<String>,
    /// Where that comes from.
    pub source: String,
}

/// Files of a package, of which nobody knows how many there are: what is laid to each of its programs
/// is little, since that is less certain than the whole.
const PATHS: u64 = 1_000;

impl ArchivePackage {
    /// Its line, as an index of packages has it.
    pub fn line(&self) -> String {
        let sizes = Sizes {
            stated: self.size / 1024,
            full: self.size,
            slim: self.size,
            status: 1_000,
            paths: PATHS,
            ..Sizes::default()
        };
        [
            &self.name,
            &self.version,
            "",
            &sizes.write(),
            &short(&self.depends),
            &short(&self.recommends),
            "",
            "",
            &self.programs.join(" "),
            "",
        ]
        .join("\t")
    }
}

#[cfg(test)]
mod tests {
    use super::ArchivePackage;

    #[test]
    fn a_package_is_a_line_of_an_index() {
        let package = ArchivePackage {
            name: "lab-tools".to_owned(),
            version: "1.2".to_owned(),
            size: 10_240,
            depends: "python3 (>= 3.9), git".to_owned(),
            recommends: String::new(),
            programs: vec!["/usr/bin/lab".to_owned(), "/usr/bin/labd".to_owned()],
            source: "apt show".to_owned(),
        };
        assert_eq!(
            package.line(),
            "lab-tools\t1.2\t\t10 0 10240 10240 0 1000 0 0 0 1000\tpython3>=3.9,git\t\t\t\t/usr/bin/lab /usr/bin/labd\t"
        );
    }
}
