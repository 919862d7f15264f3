//! Package managers of distributions that the catalog lists only in part: Alpine's, those of
//! the Fedora family, openSUSE's and Arch's. What it does not list is modelled from Debian's
//! packages of the same software.

mod apk;
mod rpm;

use crate::catalog::Catalog;
use crate::debian::{Index, Installed, Sizes, index_file};
use crate::image::{Metadata, Node, path};
use crate::programs::Call;
use crate::programs::unpacker::Unpacker;
use crate::shell::Who;
use crate::size::ByteCount;

pub(super) use apk::Apk;
pub(super) use rpm::{Dnf, Pacman, Zypper};

/// The suite of Debian whose packages stand in.
const SUITE: &str = "trixie";

/// A package of which nothing is known but its name.
const UNLISTED: ByteCount = ByteCount::assumed(1_000_000, 10_000, 200_000_000);

/// Debian's index, where it is loaded; it is asked for where not.
fn debian<'m>(call: &mut Call<'_, '_, 'm>) -> Option<&'m Index> {
    let catalog: &'m Catalog = call.shell.machine.catalog;
    // Any package's name may be looked for.
    let index = catalog.debian(SUITE).filter(|index| index.is_whole());
    if index.is_none() {
        call.shell.machine.want(&index_file(SUITE));
    }
    index
}

/// Debian's package of a name of another distribution, by their manners of naming.
fn same_software<'i>(index: &'i Index, name: &str) -> Option<crate::debian::Entry<'i>> {
    let plain = name.trim_end_matches(|ch: char| ch.is_ascii_digit() || ch == '.');
    let stem = name
        .strip_suffix("-devel")
        .or_else(|| name.strip_suffix("-dev"))
        .unwrap_or(name);
    let mut candidates = vec![name.to_owned()];
    if stem != name {
        candidates.extend([format!("{stem}-dev"), format!("lib{stem}-dev")]);
    }
    if let Some(module) = name.strip_prefix("py3-") {
        candidates.push(format!("python3-{module}"));
    }
    candidates.push(plain.to_owned());
    candidates.into_iter().find_map(|name| index.get(&name))
}

/// Puts an installed package's programs and bytes into the image, and into its books.
fn place(
    call: &mut Call<'_, '_, '_>,
    manager: &'static str,
    name: &str,
    size: ByteCount,
    by: Option<String>,
    programs: &[String],
) {
    let root = Who::default();
    let mut placed = Vec::new();
    for at in programs {
        let directory = path::split(at).0;
        if call.stat(at).is_err() && call.stat(directory).is_ok() {
            let node = Node::sized(ByteCount::ZERO, Metadata::root(0o755));
            // A program that cannot be placed is in the bulk all the same.
            placed.extend(call.files().place_node(at, node, &root));
        }
    }
    leave(call, "/usr", size);
    let installed = Installed {
        version: String::new(),
        auto: by.is_some(),
        by,
        base: false,
        sizes: Sizes {
            full: size.bytes,
            slim: size.bytes,
            ..Sizes::default()
        },
        estimate: Some(size),
        slim: true,
        programs: placed,
        step: Some(call.shell.machine.run_number),
    };
    let packages = call.shell.machine.packages_mut();
    packages.manager = Some(manager);
    packages.by_name.insert(name.to_owned(), installed);
}

/// Takes a package out; one of an earlier step leaves its layer as it is.
fn take_out(call: &mut Call<'_, '_, '_>, name: &str) {
    let Some(old) = call.shell.machine.packages_mut().by_name.remove(name) else {
        return;
    };
    for at in &old.programs {
        // Another program may have removed it.
        let _ = call.files().unlink(at, &Who::default());
    }
    let here = old.step == Some(call.shell.machine.run_number);
    if let Ok(entry) = call.stat("/usr").map(|entry| entry.path)
        && !old.base
    {
        call.files().take_bulk(&entry, old.sizes.slim, here);
    }
}

/// Adds bytes that are not listed to a directory, making it where it is missing.
fn leave(call: &mut Call<'_, '_, '_>, at: &str, size: ByteCount) {
    // Where the image's directories are not listed, it is somewhere below the root.
    let _ = Unpacker::default().directory(call, at);
    let real = call
        .stat(at)
        .map_or_else(|_| "/".to_owned(), |entry| entry.path);
    call.files().add_bulk(&real, size);
}
