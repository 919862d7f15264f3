//! `ldconfig`: writes the cache of shared libraries anew.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Call, Program};
use crate::image::{Found, Metadata, Node, path};
use crate::shell::{Errno, Exit, Outcome, Who};
use crate::size::ByteCount;

/// `ldconfig`: writes the cache of shared libraries anew.
#[derive(Debug)]
pub(super) struct Ldconfig;

/// The linker's cache.
const CACHE: &str = "/etc/ld.so.cache";
/// What is kept beside it about each library.
const NOTES: &str = "/var/cache/ldconfig/aux-cache";

impl Program for Ldconfig {
    fn names(&self) -> &'static [&'static str] {
        &["ldconfig"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        if call.is_busybox() || !call.who().is_root() {
            return Ok(Exit::OK);
        }
        if let Err((at, errno)) = write(call, 0) {
            call.problem(&format!("Can't create cache file {at}"), errno);
        }
        Ok(call.exit)
    }
}

/// Writes both files anew. Where a directory of libraries is not listed, the cache gets `more`
/// bytes than it had.
///
/// # Errors
/// The file that cannot be written.
pub(super) fn write(call: &mut Call<'_, '_, '_>, more: i128) -> Result<(), (&'static str, Errno)> {
    let root = Who::default();
    let sizes = sizes(call).unwrap_or_else(|| {
        let longer = |size: ByteCount| {
            let add = |bytes: u64| u64::try_from(i128::from(bytes) + more).unwrap_or(0);
            ByteCount::assumed(add(size.bytes), add(size.low), add(size.high))
        };
        let cache = size_of(call, CACHE).map(longer);
        let cache = cache.unwrap_or(ByteCount::assumed(8_000, 1_000, 60_000));
        // What is kept about each library comes to about the same.
        let notes = size_of(call, NOTES).map(longer);
        let notes = notes.unwrap_or(ByteCount::assumed(
            cache.bytes,
            cache.low / 2,
            cache.high.saturating_mul(2),
        ));
        (cache, notes)
    });
    // It is there already in most images.
    let _ = call
        .files()
        .make_directory(path::split(NOTES).0, 0o700, &root);
    for (at, mode, size) in [(CACHE, 0o644, sizes.0), (NOTES, 0o600, sizes.1)] {
        let node = Node::sized(size, Metadata::root(mode));
        let placed = call.files().place_node(at, node, &root);
        placed.map_err(|errno| (at, errno))?;
    }
    Ok(())
}

fn size_of(call: &Call<'_, '_, '_>, at: &str) -> Option<ByteCount> {
    match call.stat(at).ok()?.node {
        Node::File(file) => Some(file.size),
        _ => None,
    }
}

/// Bytes of both files (glibc's elf/cache.c from 2.33 on): of the first a header, 24 bytes a
/// library, its path, of which its name is the end, and a section that names who wrote it; of
/// the second a header, 48 bytes a file, and its name.
fn sizes(call: &mut Call<'_, '_, '_>) -> Option<(ByteCount, ByteCount)> {
    let version = &call.shell.machine.packages.by_name.get("libc-bin")?.version;
    let release = version.split('-').next()?;
    let minor: u32 = release.strip_prefix("2.")?.parse().ok()?;
    if minor < 33 {
        return None;
    }
    let writer =
        format!("ldconfig (Debian GLIBC {version}) stable release version {release}").len() as u64;
    let (mut cache, mut notes) = (48, 33);
    let mut seen = BTreeSet::new();
    for directory in directories(call) {
        let root = Who::default();
        // Directories that are not there, or were gone through under another name.
        let Ok(real) = call.files().resolve(&directory, &root, true) else {
            continue;
        };
        if call.files().node(&real).is_none() || !seen.insert(real.clone()) {
            continue;
        }
        for length in libraries(call, &real)? {
            cache += 24 + (directory.len() + 1 + length + 1) as u64;
            notes += 48 + length as u64 + 1;
        }
    }
    let cache = u64::next_multiple_of(cache, 4) + 24 + writer;
    Some((ByteCount::measured(cache), ByteCount::measured(notes)))
}

/// The directories that /etc/ld.so.conf names, then the linker's own (ldconfig(8)).
fn directories(call: &mut Call<'_, '_, '_>) -> Vec<String> {
    let folder = "/etc/ld.so.conf.d";
    let root = Who::default();
    let names = call.files().list(folder, &root).unwrap_or_default().0;
    let mut out = Vec::new();
    for name in names.iter().filter(|name| name.ends_with(".conf")) {
        let text = call.files().text(&format!("{folder}/{name}"));
        let lines = text.as_deref().unwrap_or_default().lines();
        out.extend(
            lines
                .filter(|line| line.starts_with('/'))
                .map(str::to_owned),
        );
    }
    let own = [
        "/usr/local/lib",
        "/usr/local/lib/x86_64-linux-gnu",
        "/lib/x86_64-linux-gnu",
        "/usr/lib/x86_64-linux-gnu",
        "/lib",
        "/usr/lib",
    ];
    out.extend(own.map(str::to_owned));
    out
}

/// The lengths of the names of a directory's libraries (DT_SONAME), as its links tell them: the last
/// link before a file is named as the library is. None where the directory is not listed.
fn libraries(call: &mut Call<'_, '_, '_>, real: &str) -> Option<Vec<usize>> {
    // What might be anywhere might be a library.
    let other = path::child(real, "libother.so.0");
    if matches!(call.files().find(&other), Found::Unlisted) {
        return None;
    }
    let Some(Node::Directory(directory)) = call.files().node(real) else {
        return None;
    };
    let mut links: Vec<(&str, &str)> = Vec::new();
    let mut files: Vec<&str> = Vec::new();
    for (name, node) in directory.entries.iter() {
        let is_library = name.starts_with("lib") || name.starts_with("ld-");
        if !is_library || !name.contains(".so") {
            continue;
        }
        match node {
            Node::Symlink(link) => links.push((name, &link.target)),
            // A short one is a text for the linker.
            Node::File(file) if file.size.bytes > 1_000 => files.push(name),
            _ => {}
        }
    }
    let linked: FxHashSet<&str> = links.iter().map(|(name, _)| *name).collect();
    links.retain(|(name, target)| name.contains(".so.") && !linked.contains(target));
    // Of several links to a file the longest is named as the library is: libbz2.so.1.0.
    let mut names: FxHashMap<&str, &str> = FxHashMap::default();
    for (name, target) in links {
        let best = names.entry(target).or_default();
        if (best.len(), *best) < (name.len(), name) {
            *best = name;
        }
    }
    files.retain(|name| !names.contains_key(name));
    files.extend(names.into_values());
    Some(files.into_iter().map(str::len).collect())
}
