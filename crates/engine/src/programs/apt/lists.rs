//! The lists of packages that `apt-get update` fetches, and what `clean` leaves of them.

use crate::debian::sources_file;
use crate::image::{Metadata, Node};
use crate::programs::Call;
use crate::shell::{Exit, Outcome, Who};
use crate::size::ByteCount;

use super::system::{APT_USER, System};

/// Where the lists are.
const LISTS: &str = "/var/lib/apt/lists";
/// Where archives are kept.
const ARCHIVES: &str = "/var/cache/apt/archives";

/// Whether there are lists that packages can be found in.
pub(super) fn are_there(call: &mut Call<'_, '_, '_>) -> bool {
    let names = call.files().list(LISTS, &Who::default());
    names.is_ok_and(|(names, more)| more || names.iter().any(|name| name.contains("_Packages")))
}

/// Whether there are lists of source packages.
pub(super) fn has_sources(call: &mut Call<'_, '_, '_>) -> bool {
    let names = call.files().list(LISTS, &Who::default());
    names.is_ok_and(|(names, _)| names.iter().any(|name| name.contains("_Sources")))
}

/// Makes a directory that apt works in, where it is missing, and gives it to its user.
fn own(call: &mut Call<'_, '_, '_>, at: &str, mode: u16) {
    let root = Who::default();
    // It may be there already.
    let _ = call.files().make_directory(at, mode, &root);
    let _ = call
        .files()
        .change_owner(at, Some(APT_USER), Some(0), &root, true);
}

/// Takes the lock of a directory: opened for writing, it is in the layer whether it was there or not.
fn lock(call: &mut Call<'_, '_, '_>, directory: &str) {
    let node = Node::sized(ByteCount::ZERO, Metadata::root(0o640));
    let at = format!("{directory}/lock");
    let _ = call.files().place_node(&at, node, &Who::default());
}

/// Directories and the lock that apt makes for its lists: below an empty mount all of them.
fn prepare(call: &mut Call<'_, '_, '_>) {
    // It may be there already.
    let _ = call.files().make_directory(LISTS, 0o755, &Who::default());
    own(call, &format!("{LISTS}/partial"), 0o700);
    own(call, &format!("{LISTS}/auxfiles"), 0o755);
    lock(call, LISTS);
}

/// What each change of packages leaves where lists are kept: a directory that apt makes where it is
/// missing.
pub(super) fn look(call: &mut Call<'_, '_, '_>) {
    if call.stat(LISTS).is_ok() {
        let _ = call.files().touch(LISTS, &Who::default(), true);
        own(call, &format!("{LISTS}/auxfiles"), 0o755);
    }
}

/// apt's directory of archives, which the images' own settings empty again.
pub(super) fn archives(call: &mut Call<'_, '_, '_>) {
    let root = Who::default();
    let _ = call.files().make_directory(ARCHIVES, 0o755, &root);
    own(call, &format!("{ARCHIVES}/partial"), 0o700);
    lock(call, ARCHIVES);
}

/// What apt opens and locks before it looks for packages.
pub(super) fn open(call: &mut Call<'_, '_, '_>) {
    let root = Who::default();
    for at in ["/var/lib/dpkg/lock", "/var/lib/dpkg/lock-frontend", "/tmp"] {
        if call.stat(at).is_ok() {
            // It is there.
            let _ = call.files().touch(at, &root, true);
        }
    }
}

/// `apt-get update`.
pub(super) fn update(call: &mut Call<'_, '_, '_>, system: &System<'_>) -> Outcome {
    if !call.who().is_root() {
        call.shell.error("Reading package lists...\nE: Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)\nE: Unable to lock directory /var/lib/apt/lists/");
        return Ok(Exit::code(100));
    }
    if !call.shell.machine.network {
        prepare(call);
        call.shell.error("W: Some index files failed to download. They have been ignored, or old ones used instead.");
        return Ok(Exit::OK);
    }
    let Some(index) = system.index else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    prepare(call);
    let root = Who::default();
    let suite = index.suite();
    for (number, (line, part)) in [
        (suite.to_owned(), ""),
        (format!("{suite}-updates"), ""),
        (format!("{suite}-security"), ""),
    ]
    .into_iter()
    .enumerate()
    {
        call.line(&format!("Get:{} {line}{part} InRelease", number + 1));
    }
    if !system.exact {
        // Another release's lists are of about that size.
        let bytes: u64 = index.lists().iter().map(|(_, size)| size).sum();
        let size = ByteCount::assumed(bytes, bytes / 2, bytes * 3);
        call.files().add_bulk(LISTS, size);
        let _ = call.files().touch(LISTS, &root, true);
        call.line("Reading package lists...");
        return Ok(Exit::OK);
    }
    let mut listed: Vec<&(String, u64)> = index.lists().iter().collect();
    let settings = system.settings(call);
    if settings.has_sources {
        let catalog = call.shell.machine.catalog;
        match catalog.debian_sources(suite) {
            Some(sources) => listed.extend(sources.lists()),
            None => call.shell.machine.want(&sources_file(suite)),
        }
    }
    for (name, size) in listed {
        let at = format!("{LISTS}/{name}");
        // Lists that have not changed stay; what says so is written anew.
        if name.ends_with("_InRelease") || call.stat(&at).is_err() {
            let node = Node::sized(ByteCount::measured(*size), Metadata::root(0o644));
            let _ = call.files().place_node(&at, node, &root);
        }
    }
    // apt works with temporary files.
    let _ = call.files().touch("/tmp", &root, true);
    if settings.is_foreign {
        call.shell.machine.note(
            "other-source",
            "a source of packages beside Debian's own is used: its lists are not known, and the size of its packages is assumed, with a range".to_owned(),
        );
        call.files()
            .add_bulk(LISTS, ByteCount::assumed(100_000, 5_000, 20_000_000));
    }
    call.line("Reading package lists...");
    Ok(Exit::OK)
}

/// `apt-get clean`; `distclean` removes the lists too.
pub(super) fn clean(call: &mut Call<'_, '_, '_>, lists: bool) -> Outcome {
    if !call.who().is_root() {
        call.shell.error("E: Could not open lock file /var/cache/apt/archives/lock - open (13: Permission denied)\nE: Unable to lock directory /var/cache/apt/archives/");
        return Ok(Exit::code(100));
    }
    let root = Who::default();
    archives(call);
    if let Ok((names, _)) = call.files().list(ARCHIVES, &root) {
        for name in names.iter().filter(|name| name.ends_with(".deb")) {
            let _ = call.files().unlink(&format!("{ARCHIVES}/{name}"), &root);
        }
    }
    // From its third release on apt locks the lists too (measured).
    let apt = call.shell.machine.packages.by_name.get("apt");
    let major = apt.and_then(|apt| apt.version.split('.').next());
    if major.is_some_and(|major| major.parse().is_ok_and(|major: u32| major >= 3)) {
        prepare(call);
    }
    if lists && let Ok((names, _)) = call.files().list(LISTS, &root) {
        for name in names.iter().filter(|name| name.contains("_")) {
            let _ = call.files().unlink(&format!("{LISTS}/{name}"), &root);
        }
    }
    Ok(Exit::OK)
}
