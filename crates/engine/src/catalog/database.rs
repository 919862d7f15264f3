//! The databases in which package managers note what an image has.

use super::Package;
use crate::debian::paragraph::{field, paragraphs};

/// Reads a database.
pub type Reader = fn(&str) -> Vec<Package>;

/// What reads the file of a path, where it is the database of dpkg or apk.
pub fn reader(path: &str) -> Option<Reader> {
    match path {
        "/var/lib/dpkg/status" => Some(dpkg),
        "/lib/apk/db/installed" | "/usr/lib/apk/db/installed" => Some(apk),
        _ => None,
    }
}

/// dpkg's: sizes are in kibibytes.
fn dpkg(text: &str) -> Vec<Package> {
    let installed = |paragraph: &&str| {
        field(paragraph, "Status").is_some_and(|status| status.ends_with(" installed"))
    };
    paragraphs(text)
        .filter(installed)
        .filter_map(|paragraph| {
            let package = package("dpkg", paragraph, ["Package", "Version", "Installed-Size"])?;
            Some(Package {
                size: package.size.saturating_mul(1024),
                ..package
            })
        })
        .collect()
}

/// apk's: sizes are in bytes.
fn apk(text: &str) -> Vec<Package> {
    paragraphs(text)
        .filter_map(|paragraph| package("apk", paragraph, ["P", "V", "I"]))
        .collect()
}

fn package(manager: &str, paragraph: &str, [name, version, size]: [&str; 3]) -> Option<Package> {
    let size = field(paragraph, size).and_then(|size| size.parse().ok());
    Some(Package {
        manager: manager.to_owned(),
        name: field(paragraph, name)?.to_owned(),
        version: field(paragraph, version)?.to_owned(),
        size: size.unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::reader;

    fn read(path: &str, text: &str) -> Vec<(String, String, u64)> {
        let packages = reader(path).map(|read| read(text)).unwrap_or_default();
        let facts = packages.into_iter();
        facts.map(|own| (own.name, own.version, own.size)).collect()
    }

    #[test]
    fn reads_databases() {
        let status = "Package: a\nStatus: install ok installed\nInstalled-Size: 2\nVersion: 1\n\nPackage: b\nStatus: deinstall ok config-files\nVersion: 2\n";
        let a = ("a".to_owned(), "1".to_owned(), 2048);
        assert_eq!(read("/var/lib/dpkg/status", status), [a]);
        let installed = "C:Q1\nP:musl\nV:1.2\nI:600\n\nP:no-version\n";
        let musl = ("musl".to_owned(), "1.2".to_owned(), 600);
        assert_eq!(read("/usr/lib/apk/db/installed", installed), [musl]);
        assert!(reader("/etc/status").is_none());
    }
}
