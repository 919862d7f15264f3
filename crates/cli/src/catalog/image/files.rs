//! The files of an image: its layers, one over the other (image-spec, layer.md).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context as _;
use flate2::read::GzDecoder;
use layerlab_engine::catalog::{Package, database};

/// The longest file whose content is kept.
const LONGEST: u64 = 12_000;

/// What lies at a path.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Directory,
    /// Bytes, and the text of a small one that programs read.
    File(u64, Option<String>),
    Link(String),
    /// The first name of the same file.
    Again(String),
}

/// A file, a directory or a link.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) mode: u32,
    pub(super) owner: (u64, u64),
    /// The number of its layer: a layer hides what is below it, not what is its own.
    layer: usize,
}

/// All of an image, by path without a leading slash.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) entries: BTreeMap<String, Entry>,
    /// How many layers there are.
    layers: usize,
    /// Packages, by the database that notes them.
    packages: BTreeMap<String, Vec<Package>>,
}

impl Files {
    /// How many paths there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Lays a layer over what is there; gives back the bytes of its files.
    ///
    /// # Errors
    /// Where the layer is damaged, or compressed in a way that is not read.
    pub(super) fn add_layer(&mut self, path: &Path) -> anyhow::Result<u64> {
        let mut file = BufReader::new(File::open(path)?);
        let reader: Box<dyn Read> = match file.fill_buf()? {
            [0x1f, 0x8b, ..] => Box::new(GzDecoder::new(file)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                let decoder = zstd::Decoder::with_buffer(file);
                Box::new(decoder.context("a layer that zstd compressed is damaged")?)
            }
            _ => Box::new(file),
        };
        self.layers += 1;
        let mut size = 0;
        for entry in tar::Archive::new(reader).entries()? {
            let mut entry = entry.context("a layer")?;
            let path = entry.path()?.to_string_lossy().into_owned();
            let path = match path.trim_start_matches("./").trim_matches('/') {
                "" => ".".to_owned(),
                path => path.to_owned(),
            };
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if name == ".wh..wh..opq" {
                self.hide(directory, false);
                continue;
            }
            if let Some(gone) = name.strip_prefix(".wh.") {
                let gone = if directory.is_empty() {
                    gone.to_owned()
                } else {
                    format!("{directory}/{gone}")
                };
                self.hide(&gone, true);
                continue;
            }
            // The tree's format has a line for each.
            if path.contains('\n') {
                continue;
            }
            size += self.add(&path, &mut entry)?;
        }
        Ok(size)
    }

    fn add(&mut self, path: &str, entry: &mut tar::Entry<'_, impl Read>) -> anyhow::Result<u64> {
        let header = entry.header();
        let mode = header.mode()? & 0o7777;
        // Some tools leave the numbers out.
        let owner = (header.uid().unwrap_or(0), header.gid().unwrap_or(0));
        let kind = header.entry_type();
        let link = entry
            .link_name()?
            .map(|link| link.to_string_lossy().into_owned());
        let mut bytes = 0;
        let kind = if kind.is_dir() {
            Kind::Directory
        } else if kind.is_file() {
            bytes = entry.size();
            Kind::File(bytes, self.text(path, entry)?)
        } else {
            match link {
                Some(target) if kind.is_symlink() && !target.contains([' ', '\n']) => {
                    Kind::Link(target)
                }
                Some(first) if kind.is_hard_link() => {
                    let first = first.trim_start_matches("./").trim_matches('/').to_owned();
                    Kind::Again(first)
                }
                // Devices and pipes hold nothing.
                _ => return Ok(0),
            }
        };
        let before = self.entries.get(path).map(|entry| &entry.kind);
        if matches!(before, Some(Kind::Directory)) && !matches!(kind, Kind::Directory) {
            self.hide(path, true);
        }
        let layer = self.layers;
        self.entries.insert(
            path.to_owned(),
            Entry {
                kind,
                mode,
                owner,
                layer,
            },
        );
        Ok(bytes)
    }

    /// The content of a file that programs read, where it is a text.
    fn text(
        &mut self,
        path: &str,
        entry: &mut tar::Entry<'_, impl Read>,
    ) -> anyhow::Result<Option<String>> {
        if let Some(read) = database::reader(&format!("/{path}")) {
            let mut text = String::new();
            entry.read_to_string(&mut text).context("its packages")?;
            self.packages.insert(path.to_owned(), read(&text));
            return Ok(None);
        }
        let read = path.starts_with("etc/") || path == "usr/lib/os-release";
        if !read || entry.size() > LONGEST {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        Ok(String::from_utf8(bytes).ok())
    }

    /// Takes out what layers below have in a directory, and with `itself` the path as well.
    fn hide(&mut self, path: &str, itself: bool) {
        let layer = self.layers;
        let below = format!("{path}/");
        self.entries.retain(|own, entry| {
            let inside = path.is_empty() || own.starts_with(&below) || itself && own == path;
            !inside || entry.layer == layer
        });
    }

    /// Name and version of the system, as /etc/os-release has them: `debian 12`.
    pub(super) fn os(&self) -> String {
        let text = ["usr/lib/os-release", "etc/os-release"]
            .iter()
            .find_map(|path| match &self.entries.get(*path)?.kind {
                Kind::File(_, text) => text.clone(),
                _ => None,
            });
        let text = text.unwrap_or_default();
        let field = |key: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(key));
            value.unwrap_or_default().trim_matches('"').to_owned()
        };
        format!("{} {}", field("ID="), field("VERSION_ID="))
            .trim()
            .to_owned()
    }

    /// Whether there is /bin/sh, be it through a link.
    pub(super) fn has_shell(&self) -> bool {
        let paths = ["bin/sh", "usr/bin/sh"];
        paths.iter().any(|path| self.entries.contains_key(*path))
    }

    /// The packages that its package managers note.
    pub(super) fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().flatten()
    }
}
