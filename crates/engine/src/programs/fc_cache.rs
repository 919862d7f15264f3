//! `fc-cache`: what is known of fonts, a file for each of their directories.
//!
//! Names and sizes as fontconfig has them (src/fccache.c: MD5 of the path; fcserialize.c), measured on
//! fontconfig 2.14 and 2.15: a header, the directory's path, and for each directory in it a place
//! and the path, rounded up to words. What a font takes depends on its characters.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use md5::{Digest as _, Md5};

use super::{Call, Program};
use crate::debian::version;
use crate::image::{Metadata, Node, path};
use crate::shell::{Errno, Exit, Outcome, Who};
use crate::size::{Basis, ByteCount};

/// Where fonts are (Debian's fonts.conf), beside those of the user.
const FONTS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];
/// Where root's fc-cache writes.
const CACHE: &str = "/var/cache/fontconfig";
/// The file that tells backups that the directory holds a cache.
const TAG: u64 = 200;
/// Bytes of the header.
const HEADER: u64 = 80;
/// Bytes that a font takes: least, middle, most (DejaVu 2,669, Liberation 1,642, DejaVu Sans alone 3,800).
const OUTLINES: [u64; 3] = [1_000, 2_200, 6_000];
/// The same of a font of bitmaps: those of X11 share their characters.
const BITMAPS: [u64; 3] = [200, 450, 1_500];
/// What is assumed of fonts that are not listed.
const UNLISTED: ByteCount = ByteCount::assumed(20_000, 0, 2_000_000);

/// `fc-cache`.
#[derive(Debug)]
pub(super) struct FcCache;

/// What there is of fonts.
#[derive(Debug, Default)]
struct Scan {
    /// What the caches are called behind the number.
    ending: &'static str,
    /// Sizes of the caches of the directories that were seen, by name.
    caches: BTreeMap<String, ByteCount>,
    /// Paths of those directories, without links.
    seen: BTreeSet<String>,
    /// Whether there may be fonts that are not listed.
    unlisted: bool,
}

impl Program for FcCache {
    fn names(&self) -> &'static [&'static str] {
        &["fc-cache"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let (options, named): (Vec<&String>, Vec<&String>) =
            call.words().iter().partition(|word| word.starts_with('-'));
        let has = |short: char, long: &str| {
            options
                .iter()
                .any(|word| *word == long || !word.starts_with("--") && word.contains(short))
        };
        if has('V', "--version") || has('h', "--help") {
            return Ok(Exit::OK);
        }
        let force = has('f', "--force") || has('r', "--really-force");
        let (system, verbose) = (has('s', "--system-only"), has('v', "--verbose"));
        let mut directories: Vec<String> = named.iter().map(|name| call.at(name)).collect();
        if directories.is_empty() {
            directories.extend(FONTS.map(str::to_owned));
            if !system {
                directories.extend(own_fonts(call));
            }
        }
        let who = call.who();
        let into = if who.is_root() {
            CACHE.to_owned()
        } else {
            let cache = call.directory("XDG_CACHE_HOME", ".cache");
            super::mkdir::make_parents(call, &cache, None, false);
            format!("{cache}/fontconfig")
        };
        let scan = scan(call, &directories);
        let written = write(call, &scan, &into, &who, force);
        let written = written.map(|_| named.is_empty() && clean(call, &scan, &into, &who));
        match written.and_then(|_| tag(call, &into, &who)) {
            Ok(()) if verbose => call.line("fc-cache: succeeded"),
            Ok(()) => {}
            Err(_) => {
                call.fail("failed to write cache");
            }
        }
        if scan.unlisted && who.is_root() {
            call.files().add_bulk(CACHE, UNLISTED);
        }
        Ok(call.exit)
    }
}

/// What fontconfig's trigger does when packages have brought fonts, or taken them away.
pub(super) fn trigger(call: &mut Call<'_, '_, '_>) {
    let root = Who::default();
    let scan = scan(call, &FONTS.map(str::to_owned));
    // Nobody looks at what it says.
    if let Ok(is_written) = write(call, &scan, CACHE, &root, false)
        && (clean(call, &scan, CACHE, &root) || is_written)
    {
        let _ = tag(call, CACHE, &root);
    }
}

/// Where the user's own fonts are.
fn own_fonts(call: &Call<'_, '_, '_>) -> [String; 2] {
    let data = call.directory("XDG_DATA_HOME", ".local/share");
    [format!("{data}/fonts"), format!("{}/.fonts", call.home())]
}

/// The ending of this system's caches: their format's number.
fn ending(call: &Call<'_, '_, '_>) -> &'static str {
    let packages = &call.shell.machine.packages.by_name;
    let own = packages
        .get("fontconfig")
        .or(packages.get("libfontconfig1"));
    let is = |least: &str| own.is_none_or(|own| version::compare(&own.version, least).is_ge());
    match () {
        () if is("2.15") => "-le64.cache-9",
        () if is("2.14") => "-le64.cache-8",
        () => "-le64.cache-7",
    }
}

fn scan(call: &mut Call<'_, '_, '_>, directories: &[String]) -> Scan {
    let mut scan = Scan {
        ending: ending(call),
        ..Scan::default()
    };
    for directory in directories {
        scan.directory(call, directory);
    }
    scan
}

/// Bytes of a path with its end, in whole words.
fn words(at: &str) -> u64 {
    (at.len() as u64 + 1).next_multiple_of(8)
}

/// What a file takes in the cache, where it is a font.
fn font(name: &str) -> Option<[u64; 3]> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "ttf" | "ttc" | "otf" | "otc" | "pfa" | "pfb" | "t1" | "woff" | "woff2" => Some(OUTLINES),
        "pcf" | "bdf" => Some(BITMAPS),
        _ => None,
    }
}

impl Scan {
    fn directory(&mut self, call: &mut Call<'_, '_, '_>, at: &str) {
        self.unlisted |= call.files().may_hold_more(at);
        let Ok(found) = call.stat(at) else {
            return;
        };
        let Node::Directory(directory) = &found.node else {
            return;
        };
        // Links may lead back.
        if !self.seen.insert(found.path) {
            return;
        }
        let mut size = ByteCount::measured(HEADER + words(at));
        let mut below = Vec::new();
        for (name, node) in directory.entries.iter() {
            let child = path::child(at, name);
            let is_directory = match node {
                Node::Symlink(_) => call.is_directory(&child),
                node => node.is_directory(),
            };
            // Names with a dot in front are not looked at.
            if is_directory && !name.starts_with('.') {
                size += ByteCount::measured(8 + words(&child));
                below.push(child);
            } else if let Some([low, bytes, high]) = font(name) {
                size += ByteCount {
                    bytes,
                    low,
                    high,
                    basis: Basis::Modelled,
                };
            }
        }
        let mut name = String::new();
        for byte in Md5::digest(at) {
            // Writing to a string does not fail.
            let _ = write!(name, "{byte:02x}");
        }
        self.caches.insert(name + self.ending, size);
        for child in below {
            self.directory(call, &child);
        }
    }
}

/// Writes the caches that are missing or not what they should be, or all. Tells whether it wrote any.
fn write(
    call: &mut Call<'_, '_, '_>,
    scan: &Scan,
    into: &str,
    who: &Who,
    force: bool,
) -> Result<bool, Errno> {
    if call.is_missing(into) {
        call.files().make_directory(into, 0o755, who)?;
    }
    let mut is_written = false;
    for (name, size) in &scan.caches {
        let at = path::child(into, name);
        // What is in the system's cache serves everybody.
        let mut there = [at.clone(), path::child(CACHE, name)].into_iter();
        let known = there.find_map(|at| match call.stat(&at).ok()?.node {
            Node::File(file) if file.size.bytes.clamp(size.low, size.high) == file.size.bytes => {
                Some(file.size)
            }
            _ => None,
        });
        if known.is_some() && !force {
            continue;
        }
        place(call, &at, known.unwrap_or(*size), who)?;
        is_written = true;
    }
    Ok(is_written)
}

/// Takes out the caches of directories that are gone, where all fonts were looked at. Tells whether
/// there were any.
fn clean(call: &mut Call<'_, '_, '_>, scan: &Scan, into: &str, who: &Who) -> bool {
    let own = own_fonts(call);
    let mut left = own.iter().filter(|own| !scan.seen.contains(*own));
    if scan.unlisted || left.any(|own| !call.is_missing(own)) {
        return false;
    }
    let (mut names, _) = call.files().list(into, who).unwrap_or_default();
    names.retain(|name| name.ends_with(scan.ending) && !scan.caches.contains_key(name));
    for name in &names {
        // It may be somebody else's.
        let _ = call.files().unlink(&path::child(into, name), who);
    }
    !names.is_empty()
}

/// Writes the file that tells backups what the directory holds.
fn tag(call: &mut Call<'_, '_, '_>, into: &str, who: &Who) -> Result<(), Errno> {
    let at = path::child(into, "CACHEDIR.TAG");
    place(call, &at, ByteCount::measured(TAG), who)
}

/// Writes a file of the user's.
fn place(call: &mut Call<'_, '_, '_>, at: &str, size: ByteCount, who: &Who) -> Result<(), Errno> {
    let meta = Metadata {
        mode: 0o644,
        uid: who.uid,
        gid: who.gid,
    };
    let placed = call.files().place_node(at, Node::sized(size, meta), who);
    placed.map(|_| ())
}
