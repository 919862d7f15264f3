//! Package archives (deb(5)): what they say of themselves, and what dpkg notes of them.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::paragraph::field;
use super::relation::short;
use super::{FORMAT, Sizes};
use crate::compress;

/// A package archive, read.
#[derive(Debug, Clone)]
pub struct Deb {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    line: String,
    data: Vec<u8>,
}

/// The members of an `ar` archive, with their names.
///
/// # Errors
/// Where it is not one, or cut short.
pub fn members(bytes: &[u8]) -> Result<Vec<(String, &[u8])>, &'static str> {
    let mut rest = bytes
        .strip_prefix(b"!<arch>\n")
        .ok_or("not a package archive")?;
    let mut out = Vec::new();
    while rest.len() >= 60 {
        let (header, after) = rest.split_at(60);
        let text = String::from_utf8_lossy(&header[48..58]);
        let size: usize = text.trim().parse().map_err(|_| "a damaged header")?;
        let content = after.get(..size).ok_or("cut short")?;
        let name = String::from_utf8_lossy(&header[..16]);
        let name = name.trim().trim_end_matches('/').to_owned();
        out.push((name, content));
        rest = after.get(size + size % 2..).unwrap_or_default();
    }
    Ok(out)
}

/// What a package says of itself: its control file, and the scripts and lists beside it.
#[derive(Debug, Clone, Default)]
pub struct Control {
    files: BTreeMap<String, String>,
    /// Bytes of all but the control file, by name.
    books: BTreeMap<String, u64>,
}

impl Control {
    /// Reads a control archive, unpacked.
    ///
    /// # Errors
    /// Where it is damaged.
    pub fn read(archive: impl Read) -> io::Result<Self> {
        let mut out = Self::default();
        for entry in tar::Archive::new(archive).entries()? {
            let mut entry = entry?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let path = entry.path()?.to_string_lossy().into_owned();
            let name = path.trim_start_matches("./");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            if name != "control" {
                out.books.insert(name.to_owned(), bytes.len() as u64);
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            out.files.insert(name.to_owned(), text);
        }
        Ok(out)
    }

    /// A file; empty where the package has none of the name.
    pub fn file(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }

    /// A field of the control file; empty where it is not there.
    pub fn field(&self, key: &str) -> &str {
        field(self.file("control"), key).unwrap_or_default()
    }

    /// The files that dpkg keeps of it beside the list of its paths: names and bytes.
    pub fn books(&self) -> impl Iterator<Item = (&str, u64)> {
        let books = self.books.iter();
        books.map(|(name, bytes)| (name.as_str(), *bytes))
    }

    /// What dpkg and debconf keep of it: the sizes that do not depend on the package's files.
    pub fn sizes(&self) -> Sizes {
        let conffiles = self.file("conffiles");
        let conffiles = match conffiles.lines().count() as u64 {
            0 => 0,
            // A path and its checksum a line.
            lines => "Conffiles:\n".len() as u64 + conffiles.len() as u64 + lines * 34,
        };
        Sizes {
            info: self.books.values().sum(),
            // `Status: install ok installed` and the line that parts paragraphs.
            status: self.file("control").len() as u64 + 30 + conffiles,
            templates: self.file("templates").len() as u64,
            ..Sizes::default()
        }
    }
}

impl Deb {
    /// Reads an archive.
    ///
    /// # Errors
    /// Where it is not one, or compressed in a way that is not read.
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let (mut control, mut data) = (None, None);
        for (name, content) in members(bytes)? {
            let member = match name.split('.').next() {
                Some("control") => &mut control,
                Some("data") => &mut data,
                _ => continue,
            };
            let plain = name.ends_with(".tar");
            let known = plain || compress::format(content).is_some();
            *member = known.then(|| compress::unpacked(content)).flatten();
        }
        let control = control.ok_or("its control archive is not read")?;
        let data = data.ok_or("its data archive is not read")?;
        Self::from_parts(&control, data, bytes.len() as u64).ok_or("it has no control file")
    }

    fn from_parts(control: &[u8], data: Vec<u8>, download: u64) -> Option<Self> {
        let control = Control::read(control).ok()?;
        let mut sizes = Sizes {
            download,
            stated: control.field("Installed-Size").parse().unwrap_or(0),
            ..control.sizes()
        };
        for entry in tar::Archive::new(data.as_slice()).entries().ok()? {
            let entry = entry.ok()?;
            sizes.info += listed(&entry.path().ok()?.to_string_lossy());
            sizes.paths += 1;
        }
        // The fields of a line of the index are parted by tabs.
        let field = |key: &str| control.field(key).replace('\t', " ");
        let name = field("Package");
        let version = field("Version");
        if name.is_empty() || version.is_empty() {
            return None;
        }
        let flags = if field("Architecture") == "all" {
            "a"
        } else {
            ""
        };
        let joined = |a: &str, b: &str| short(&format!("{},{}", field(a), field(b)));
        let fields = [
            name.clone(),
            version.clone(),
            flags.to_owned(),
            sizes.write(),
            joined("Pre-Depends", "Depends"),
            short(&field("Recommends")),
            short(&field("Provides")),
            joined("Conflicts", "Breaks"),
            String::new(),
            String::new(),
        ];
        Some(Self {
            name,
            version,
            line: fields.join("\t"),
            data,
        })
    }

    /// Its line, as an index has it: without the bytes of its files, which are unpacked one by
    /// one.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The archive of its files, and their absolute paths: with `slim` without what -slim images
    /// leave out.
    pub fn files(&self, slim: bool) -> (Vec<u8>, Vec<String>) {
        let mut out = tar::Builder::new(Vec::new());
        let mut paths = Vec::new();
        let mut archive = tar::Archive::new(self.data.as_slice());
        // It was read before.
        for mut entry in archive.entries().into_iter().flatten().flatten() {
            let Ok(path) = entry.path().map(|path| path.to_string_lossy().into_owned()) else {
                continue;
            };
            let plain = path.trim_start_matches("./").trim_end_matches('/');
            if slim && super::slim::left_out(plain).is_some() {
                continue;
            }
            let mut header = entry.header().clone();
            let link = entry.link_name().ok().flatten();
            let link = link.map(|link| link.into_owned());
            let added = match link {
                Some(link) => out.append_link(&mut header, &path, link),
                None => out.append_data(&mut header, &path, &mut entry),
            };
            if added.is_ok() && !header.entry_type().is_dir() {
                paths.push(format!("/{plain}"));
            }
        }
        (out.into_inner().unwrap_or_default(), paths)
    }
}

/// Bytes that a path takes in dpkg's list of a package's files: it begins with a slash there, and
/// `.` stands for the root.
pub fn listed(path: &str) -> u64 {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    path.len().max(1) as u64 + 2
}

/// An index of nothing but some packages.
pub fn index_of<'l>(lines: impl IntoIterator<Item = &'l str>) -> String {
    let mut out = format!("{FORMAT}\n.\n");
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
    out
}
