//! Base images and what is assumed where nothing is known: formats and look-up.

mod archive;
pub mod database;
mod image;
mod own_tree;
mod reference;
pub mod sections;
pub mod tree_file;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use archive::{ArchiveFact, ArchivePackage};
pub use image::{Choice, ImageFact};
pub use own_tree::OwnTree;
pub use reference::Reference;
pub use tree_file::{ImageTree, Package};

use crate::debian::{Files, Index, Sources, files_file};
use crate::size::ByteCount;

/// The file with Python's distributions.
pub const PYTHON: &str = "python.index.zst";

/// The file with Alpine's packages.
pub const ALPINE: &str = "apk.txt";

/// The file with vendors' archives of packages.
pub const ARCHIVES: &str = "archives.json";

/// The file with Rust's crates.
pub const CRATES: &str = "crates.txt";

/// The file with npm's packages.
pub const NODE: &str = "node.index.zst";

/// The version of the catalog's format that this engine reads.
pub const FORMAT: u32 = 1;

/// The catalog's core file, or one of the user's own (docs/catalog.md).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogFile {
    /// [`FORMAT`].
    pub format: u32,
    /// Base images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageFact>,
    /// File trees that images refer to by name, beside the bundled ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trees: BTreeMap<String, OwnTree>,
    /// Packages that no index has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageFact>,
    /// What is assumed of programs that are not modelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<Assumption>,
    /// Well-known downloads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub downloads: Vec<Download>,
    /// Archives of Debian packages beside Debian's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<ArchiveFact>,
}

impl CatalogFile {
    /// Reads one.
    ///
    /// # Errors
    /// Where it is not JSON of the expected form and version, with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.format != FORMAT {
            return Err(format!(
                "the catalog has format {}, this engine reads {FORMAT}",
                file.format
            ));
        }
        let packages = file.archives.iter().flat_map(|own| &own.packages);
        for package in packages {
            let line = package.line();
            if line.contains('\n') || line.matches('\t').count() != 9 {
                return Err(format!("{}: a field has a tab or a new line", package.name));
            }
        }
        for (what, [low, best, high]) in file.ranges() {
            if low > best || best > high {
                return Err(format!(
                    "{what}: least, best guess and most are not in order"
                ));
            }
        }
        Ok(file)
    }

    fn ranges(&self) -> impl Iterator<Item = (&str, [u64; 3])> {
        let packages = self
            .packages
            .iter()
            .map(|own| (own.name.as_str(), own.size));
        let downloads = self.downloads.iter().flat_map(|own| {
            let installs = own.installs.map(|size| (own.url.as_str(), size));
            installs.into_iter().chain([(own.url.as_str(), own.size)])
        });
        packages.chain(downloads)
    }

    /// The image for a reference, where it is listed.
    pub fn image(&self, reference: &Reference) -> Option<Choice<'_>> {
        image::choose(&self.images, reference).filter(|choice| choice.exact)
    }

    /// The size of a package.
    pub fn package(&self, manager: &str, name: &str) -> Option<ByteCount> {
        let mut packages = self.packages.iter();
        let found = packages.find(|own| own.manager == manager && own.name == name)?;
        let [low, bytes, high] = found.size;
        Some(ByteCount::assumed(bytes, low, high))
    }

    /// How much a download weighs.
    pub fn download(&self, url: &str) -> Option<ByteCount> {
        let found = self
            .downloads
            .iter()
            .find(|known| matches(&known.url, url))?;
        let [low, bytes, high] = found.size;
        Some(ByteCount::assumed(bytes, low, high))
    }

    /// How much a download installs where a shell runs it.
    pub fn installs(&self, url: &str) -> Option<ByteCount> {
        let known = self.downloads.iter();
        let [low, bytes, high] = known
            .filter(|known| matches(&known.url, url))
            .find_map(|known| known.installs)?;
        Some(ByteCount::assumed(bytes, low, high))
    }

    /// What a downloaded script does where a shell runs it: commands, and what they have as `$1` and so
    /// on, which are the texts that the stars of the address stand for.
    pub fn script(&self, url: &str) -> Option<(&str, Vec<String>)> {
        self.downloads.iter().find_map(|known| {
            let stars = stars(&known.url, url)?;
            let arguments = stars.into_iter().map(str::to_owned).collect();
            Some((known.script.as_deref()?, arguments))
        })
    }

    /// What a download holds.
    pub fn text(&self, url: &str) -> Option<&str> {
        let known = self.downloads.iter();
        known
            .filter(|known| matches(&known.url, url))
            .find_map(|known| known.text.as_deref())
    }

    /// The archive with an address, which a suite may follow.
    pub fn archive(&self, address: &str) -> Option<&ArchiveFact> {
        let (url, _) = address.split_once(' ').unwrap_or((address, ""));
        let mut archives = self.archives.iter();
        archives.find(|own| matches(&own.url, address) || matches(&own.url, url))
    }
}

/// What is known of a package that no index has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFact {
    /// `npm`, `pip`, `apk` or `rpm`.
    pub manager: String,
    /// Its name.
    pub name: String,
    /// Bytes, those of what it needs included: least, best guess, most.
    pub size: [u64; 3],
    /// Where that comes from.
    pub source: String,
}

/// A well-known file of the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// Its address, with `*` for any text.
    pub url: String,
    /// Bytes: least, best guess, most.
    pub size: [u64; 3],
    /// What it installs where a shell runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installs: Option<[u64; 3]>,
    /// The commands that it comes to where a shell runs it, as far as they change anything; what the
    /// stars of the address stand for are `$1` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// What the file holds, where it is a short text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where that comes from.
    pub source: String,
}

/// What a command is assumed to add, until its program is modelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// The command's first words: `apt-get install`.
    pub command: String,
    /// Directory that it writes to; a relative one is below WORKDIR.
    pub at: String,
    /// Bytes once: least, best guess, most.
    pub base: [u64; 3],
    /// Bytes for each operand (options left out).
    #[serde(default)]
    pub each: [u64; 3],
    /// Why.
    pub source: String,
}

/// Everything that the simulation knows beside the project.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    core: CatalogFile,
    /// Vendors' archives of packages, where they are loaded.
    archives: Option<CatalogFile>,
    trees: BTreeMap<String, ImageTree>,
    debian: BTreeMap<String, Index>,
    /// Source packages of Debian's suites.
    debian_sources: BTreeMap<String, Sources>,
    /// Files of the packages of Debian's suites, by the names of the catalog's files.
    debian_files: BTreeMap<String, Files>,
    #[cfg(feature = "programs")]
    alpine: Option<crate::alpine::Index>,
    #[cfg(feature = "programs")]
    crates: Option<crate::rust::Index>,
    #[cfg(feature = "programs")]
    python: Option<crate::python::Index>,
    #[cfg(feature = "programs")]
    node: Option<crate::node::Index>,
}

impl Catalog {
    /// Reads a core file.
    ///
    /// # Errors
    /// Where it is not JSON of the expected form and version.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file = CatalogFile::parse(text)?;
        Ok(Self {
            core: file,
            ..Self::default()
        })
    }

    /// Adds a file tree that images refer to by name.
    ///
    /// # Errors
    /// Where the text is not a tree file.
    pub fn add_tree(&mut self, name: &str, text: &str) -> Result<(), String> {
        let tree = tree_file::parse(text).map_err(|error| format!("tree {name}: {error}"))?;
        self.trees.insert(name.to_owned(), tree);
        Ok(())
    }

    /// Adds a file of the catalog, under the name that reports ask for it with:
    /// `trees/NAME.tree`, `debian/SUITE.core.zst`,
    /// `debian/SUITE.index.zst`, `debian/SUITE.files.N.zst`, `python.index.zst`, `node.index.zst`.
    ///
    /// # Errors
    /// Where it is not of the form that its name promises.
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|error| error.to_string());
        let tree = name
            .strip_prefix("trees/")
            .and_then(|name| name.strip_suffix(".tree"));
        if let Some(tree) = tree {
            return self.add_tree(tree, &text(bytes.to_vec())?);
        }
        if name == ARCHIVES {
            self.archives = Some(CatalogFile::parse(&text(bytes.to_vec())?)?);
            return Ok(());
        }
        // Who follows RUN will read it, and finds it near.
        #[cfg(not(feature = "archives"))]
        if name.starts_with("debian/") {
            return Ok(());
        }
        #[cfg(feature = "archives")]
        if name.starts_with("debian/") {
            let unpacked = crate::compress::unpacked(bytes).ok_or("it is damaged")?;
            if name.ends_with(".sources.zst") {
                let sources = Sources::parse(text(unpacked)?)?;
                self.debian_sources
                    .insert(sources.suite().to_owned(), sources);
                return Ok(());
            }
            if name.contains(".files.") {
                let files = Files::parse(text(unpacked)?)?;
                self.debian_files.insert(name.to_owned(), files);
                return Ok(());
            }
            let index = Index::parse(text(unpacked)?)?;
            // A part adds nothing to the whole.
            let known = self.debian.get(index.suite());
            if !known.is_some_and(Index::is_whole) {
                self.debian.insert(index.suite().to_owned(), index);
            }
            return Ok(());
        }
        #[cfg(feature = "programs")]
        if name == ALPINE {
            self.alpine = Some(crate::alpine::Index::parse(&text(bytes.to_vec())?)?);
            return Ok(());
        }
        #[cfg(feature = "programs")]
        if name == CRATES {
            self.crates = Some(crate::rust::Index::parse(&text(bytes.to_vec())?)?);
            return Ok(());
        }
        #[cfg(feature = "programs")]
        if name == PYTHON || name == NODE {
            let unpacked = crate::compress::unpacked(bytes).ok_or("it is damaged")?;
            let text = text(unpacked)?;
            if name == PYTHON {
                self.python = Some(crate::python::Index::parse(text)?);
            } else {
                self.node = Some(crate::node::Index::parse(text)?);
            }
            return Ok(());
        }
        Err(format!("{name}: not a file of the catalog"))
    }

    /// Python's distributions, where their index was added.
    #[cfg(feature = "programs")]
    pub fn python(&self) -> Option<&crate::python::Index> {
        self.python.as_ref()
    }

    /// The packages of a Debian suite, where its index was added: the whole one, or its core.
    pub fn debian(&self, suite: &str) -> Option<&Index> {
        self.debian.get(suite)
    }

    /// The source packages of a Debian suite, where they were added.
    pub fn debian_sources(&self, suite: &str) -> Option<&Sources> {
        self.debian_sources.get(suite)
    }

    /// The files of a part of a suite's packages, where they were added.
    pub fn debian_files(&self, suite: &str, part: u16) -> Option<&Files> {
        self.debian_files.get(&files_file(suite, part))
    }

    /// Alpine's packages, where their index was added.
    #[cfg(feature = "programs")]
    pub fn alpine(&self) -> Option<&crate::alpine::Index> {
        self.alpine.as_ref()
    }

    /// Rust's crates, where their index was added.
    #[cfg(feature = "programs")]
    pub fn crates(&self) -> Option<&crate::rust::Index> {
        self.crates.as_ref()
    }

    /// npm's packages, where their index was added.
    #[cfg(feature = "programs")]
    pub fn node(&self) -> Option<&crate::node::Index> {
        self.node.as_ref()
    }

    /// A file tree that was added.
    pub fn tree(&self, name: &str) -> Option<&ImageTree> {
        self.trees.get(name)
    }

    /// All base images.
    pub fn images(&self) -> &[ImageFact] {
        &self.core.images
    }

    /// The image for a reference, or the nearest one of the same repository.
    pub fn image(&self, reference: &Reference) -> Option<Choice<'_>> {
        image::choose(&self.core.images, reference)
    }

    /// The core file.
    pub fn core(&self) -> &CatalogFile {
        &self.core
    }

    /// The archives of packages beside the distribution's own, where they are loaded.
    pub fn archives(&self) -> Option<&CatalogFile> {
        self.archives.as_ref()
    }

    /// Where `words` (a simple command) is assumed to write, and how much.
    pub fn assumption(&self, words: &[&str]) -> Option<(&str, ByteCount)> {
        let plain: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| !word.starts_with('-'))
            .collect();
        let found = self
            .core
            .assumptions
            .iter()
            .filter(|assumption| {
                let mut wanted = assumption.command.split(' ');
                wanted
                    .by_ref()
                    .zip(&plain)
                    .all(|(wanted, word)| wanted == *word)
                    && assumption.command.split(' ').count() <= plain.len()
            })
            .max_by_key(|assumption| assumption.command.len())?;
        let operands = (plain.len() - found.command.split(' ').count()) as u64;
        let part = |place: usize| {
            found.base[place].saturating_add(found.each[place].saturating_mul(operands))
        };
        Some((&found.at, ByteCount::assumed(part(1), part(0), part(2))))
    }
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    stars(pattern, text).is_some()
}

/// What the stars of a pattern stand for in a text, each as short as may be but the last; `None` where
/// it does not match.
fn stars<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split('*');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty().then(Vec::new);
    };
    let mut out = Vec::new();
    for part in middle {
        let (star, after) = rest.split_once(part)?;
        out.push(star);
        rest = after;
    }
    out.push(rest.strip_suffix(last)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{matches, stars};

    #[test]
    fn matches_addresses() {
        let go = "*/go1.*.linux-amd64.tar.gz";
        assert!(matches(
            go,
            "https://example.com/dl/go1.22.3.linux-amd64.tar.gz"
        ));
        assert!(!matches(
            go,
            "https://example.com/dl/go1.22.3.linux-arm64.tar.gz"
        ));
        assert!(matches("*/get-pip.py", "https://example.com/get-pip.py"));
        assert!(matches("a", "a") && !matches("a", "ab"));
        let setup = stars("*/setup_*", "https://example.com/setup_20.x");
        assert_eq!(setup, Some(vec!["https://example.com", "20.x"]));
    }
}
