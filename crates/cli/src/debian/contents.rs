//! Contents files of the archive: which package has which file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use layerlab_engine::debian::slim::{KINDS, left_out};

/// What the paths of a package tell.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing {
    /// Files and links.
    pub(super) files: u64,
    pub(super) directories: u64,
    /// Bytes of the package's file list.
    pub(super) list_bytes: u64,
    /// Files that -slim images leave out, by kind.
    pub(super) left_out: [u64; KINDS],
    /// Programs on PATH.
    pub(super) programs: Vec<String>,
    /// What its libraries add to the cache of ldconfig.
    pub(super) library_bytes: u64,
    /// Python modules that are compiled when it is installed.
    pub(super) modules: u64,
    /// The path before, whose directories are counted.
    last: String,
}

/// The program's name, where a path is one on PATH.
pub(super) fn program(path: &str) -> Option<&str> {
    let (directory, name) = path.rsplit_once('/')?;
    matches!(
        directory,
        "usr/bin" | "bin" | "usr/sbin" | "sbin" | "usr/games" | "usr/local/bin"
    )
    .then_some(name)
}

/// What a library adds to the cache of ldconfig: an entry and its path, of which its name is the
/// end (glibc 2.33 and later).
pub(super) fn library(path: &str) -> u64 {
    let Some((directory, name)) = path.rsplit_once('/') else {
        return 0;
    };
    let is_library = matches!(
        directory,
        "usr/lib/x86_64-linux-gnu" | "lib/x86_64-linux-gnu" | "usr/lib" | "lib"
    ) && name.starts_with("lib")
        && name
            .split_once(".so.")
            // The link that is named as the library's own name is; files behind it have longer ones.
            .is_some_and(|(_, version)| !version.is_empty() && !version.contains('.'));
    if is_library {
        24 + "/lib/x86_64-linux-gnu/".len() as u64 + name.len() as u64 + 1
    } else {
        0
    }
}

/// Whether it is a Python module that is compiled.
pub(super) fn is_module(path: &str) -> bool {
    path.ends_with(".py")
        && (path.starts_with("usr/lib/python3/") || path.starts_with("usr/lib/python3."))
}

/// Reads a file, its lines sorted by path.
pub(super) fn read(path: &Path, into: &mut BTreeMap<String, Listing>) -> anyhow::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        let Some((path, owners)) = text.trim_end().rsplit_once([' ', '\t']) else {
            continue;
        };
        let path = path.trim_end();
        for owner in owners.split(',') {
            let name = owner.rsplit('/').next().unwrap_or(owner);
            if !into.contains_key(name) {
                into.insert(name.to_owned(), Listing::default());
            }
            if let Some(listing) = into.get_mut(name) {
                listing.add(path);
            }
        }
    }
}

impl Listing {
    fn add(&mut self, path: &str) {
        self.files += 1;
        self.list_bytes += path.len() as u64 + 2;
        // Directories that the path before was not in.
        for (end, _) in path.match_indices('/') {
            if self.last.get(..=end) != path.get(..=end) {
                self.directories += 1;
                self.list_bytes += end as u64 + 2;
            }
        }
        path.clone_into(&mut self.last);
        if let Some(kind) = left_out(path) {
            self.left_out[kind] += 1;
        }
        if program(path).is_some() && !path.contains([' ', '\t', '=', '>']) {
            self.programs.push(format!("/{path}"));
        }
        self.library_bytes += library(path);
        self.modules += u64::from(is_module(path));
    }
}
