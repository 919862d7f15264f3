//! Packages whose files the catalog does not list: their programs, and bytes by directory.

use crate::debian::{Content, Entry, Installed};
use crate::image::{Metadata, Node, path};
use crate::programs::Call;
use crate::shell::Who;
use crate::size::{Basis, ByteCount};

/// Shares of a package's unlisted files by directory, in hundredths.
const PLACES: [(&str, u64); 3] = [
    ("/usr/lib", 40),
    ("/usr/lib/x86_64-linux-gnu", 40),
    ("/usr/share", 20),
];
/// The same of documentation, manual pages and translations.
const DOCUMENTS: [(&str, u64); 3] = [
    ("/usr/share/doc", 40),
    ("/usr/share/man", 35),
    ("/usr/share/locale", 25),
];
/// Directories in which packages have files of little weight, so that what is there cannot be told.
const TRACES: [&str; 7] = [
    "/etc",
    "/opt",
    "/usr/include",
    "/usr/local/share",
    "/var/cache",
    "/var/lib",
    "/var/log",
];

/// Programs that lie elsewhere, with a link on PATH: they are taken out of the bulk of the package.
pub(super) fn add_targets(call: &mut Call<'_, '_, '_>, entry: &Entry<'_>) {
    let root = Who::default();
    let sizes = entry.sizes();
    let share = sizes.slim / sizes.paths.max(1);
    for (at, content) in entry.programs() {
        let Content::Link(target) = content else {
            continue;
        };
        if call.stat(at).is_ok() || target.is_empty() {
            continue;
        }
        let target = path::join(path::split(at).0, target);
        let directory = path::split(&target).0;
        for above in path::ancestors(&target)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            // It may be there already.
            let _ = call.files().make_directory(above, 0o755, &root);
        }
        let node = Node::sized(counted(share, Basis::Modelled), Metadata::root(0o755));
        if call.stat(directory).is_ok() && call.files().place_node(&target, node, &root).is_ok() {
            call.files().take_bulk("/usr/lib", share, true);
        }
    }
}

/// A program's size; one that is not measured takes a mean file's.
fn counted(bytes: u64, basis: Basis) -> ByteCount {
    let measured = basis == Basis::Measured;
    ByteCount {
        bytes,
        low: if measured { bytes } else { bytes / 2 },
        high: if measured { bytes } else { bytes * 2 },
        basis,
    }
}

/// A modelled size lies within a sixth of the truth for nine packages of ten.
fn modelled(bytes: u64, basis: Basis) -> ByteCount {
    let slack = if basis == Basis::Measured {
        0
    } else {
        bytes / 6
    };
    ByteCount {
        bytes,
        low: bytes - slack,
        high: bytes + slack,
        basis,
    }
}

fn spread(call: &mut Call<'_, '_, '_>, places: &[(&str, u64)], bytes: u64, basis: Basis) {
    let mut left = bytes;
    for (number, (at, share)) in places.iter().enumerate() {
        let part = if number + 1 == places.len() {
            left
        } else {
            bytes * share / 100
        };
        left -= part;
        add(call, at, part, basis);
    }
}

/// Adds bytes to a directory, which is made where it is missing.
pub(super) fn add(call: &mut Call<'_, '_, '_>, at: &str, bytes: u64, basis: Basis) {
    if bytes == 0 {
        return;
    }
    let root = Who::default();
    if call.stat(at).is_err() {
        for above in path::ancestors(at).collect::<Vec<_>>().into_iter().rev() {
            // It may be there already.
            let _ = call.files().make_directory(above, 0o755, &root);
        }
        let _ = call.files().make_directory(at, 0o755, &root);
    }
    if let Ok(entry) = call.stat(at) {
        call.files().add_bulk(&entry.path, modelled(bytes, basis));
        let _ = call.files().touch(&entry.path, &root, true);
    }
}

/// Links on PATH that a package makes when it is configured, as far as the index knows them.
pub(super) fn add_links(call: &mut Call<'_, '_, '_>, entry: &Entry<'_>) {
    let root = Who::default();
    for (at, content) in entry.programs() {
        if let Content::Link(target) = content
            && call.lstat(at).is_err()
        {
            // Where the directory is missing, so is the program.
            let _ = call.files().symlink(target, at, &root);
        }
    }
}

/// Takes out the unlisted bytes of a package: of the layer where this very step brought them,
/// else of the image's files alone.
pub(super) fn take_back(call: &mut Call<'_, '_, '_>, old: &Installed) {
    let sizes = old.sizes;
    let here = old.step == Some(call.shell.machine.run_number);
    let mut shares = vec![("/var/lib/dpkg/info", sizes.info)];
    shares.extend(
        PLACES
            .iter()
            .map(|(at, share)| (*at, sizes.slim * share / 100)),
    );
    if !old.slim {
        let documents = sizes.full.saturating_sub(sizes.slim);
        shares.extend(
            DOCUMENTS
                .iter()
                .map(|(at, share)| (*at, documents * share / 100)),
        );
    }
    if !old.base {
        for (at, bytes) in shares {
            if let Ok(entry) = call.stat(at) {
                call.files().take_bulk(&entry.path, bytes, here);
            }
        }
    }
}

/// Unpacks a package: its programs one by one, the rest as bytes of directories.
pub(super) fn unpack(call: &mut Call<'_, '_, '_>, entry: &Entry<'_>, slim: bool, basis: Basis) {
    let root = Who::default();
    let sizes = entry.sizes();
    let mut listed = 0;
    let share = sizes.slim / sizes.paths.max(1);
    for (at, content) in entry.programs() {
        // Merged /usr: what is packaged below /bin lies below /usr/bin.
        let at = call
            .files()
            .resolve(at, &root, false)
            .unwrap_or_else(|_| at.to_owned());
        let node = match content {
            Content::Link(target) if target.starts_with('/') || !target.is_empty() => {
                Node::symlink(target)
            }
            Content::Bytes(bytes) => {
                listed += bytes;
                Node::sized(counted(bytes, basis), Metadata::root(0o755))
            }
            _ => {
                listed += share;
                Node::sized(counted(share, Basis::Modelled), Metadata::root(0o755))
            }
        };
        let directory = path::split(&at).0.to_owned();
        if call.stat(&directory).is_err() {
            let _ = call.files().make_directory(&directory, 0o755, &root);
        }
        let _ = call.files().place_node(&at, node, &root);
    }
    let rest = sizes.slim.saturating_sub(listed);
    spread(call, &PLACES, rest, basis);
    if !slim {
        spread(
            call,
            &DOCUMENTS,
            sizes.full.saturating_sub(sizes.slim),
            basis,
        );
    }
    add_traces(call);
    add(call, "/var/lib/dpkg/info", sizes.info, basis);
}

/// Notes that there may be more than is listed where packages have files of little weight.
pub(super) fn add_traces(call: &mut Call<'_, '_, '_>) {
    for at in TRACES {
        if let Ok(entry) = call.stat(at) {
            call.files().add_bulk(&entry.path, ByteCount::ZERO);
        }
    }
}
