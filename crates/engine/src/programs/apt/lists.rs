//! The lists of packages that `apt-get update` fetches, and what `clean` leaves of them.

use crate::debian::{Index, sources_file};
use crate::image::{Metadata, Node};
use crate::programs::Call;
use crate::shell::{Exit, Outcome, Who};
use crate::size::ByteCount;

use super::system::{APT_USER, System};

/// Where the lists are.
const LISTS: &str = "/var/lib/apt/lists";
/// Where apt keeps what it can have anew.
const CACHE: &str = "/var/cache/apt";
/// Where archives are kept.
pub(super) const ARCHIVES: &str = "/var/cache/apt/archives";
/// Docker's own setting, by which apt keeps neither archives nor caches.
const CLEAN: &str = "/etc/apt/apt.conf.d/docker-clean";
/// What an index calls the caches that apt makes of its lists.
const CACHES: &str = "apt:cache";

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
    let own = call.shell.machine.user(APT_USER.0);
    let number = own.map_or(APT_USER.1, |(number, _)| number);
    let _ = call
        .files()
        .change_owner(at, Some(number), Some(0), &root, true);
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

/// Whether apt keeps archives and caches, as it does but for the setting of Docker's images.
pub(super) fn keeps(call: &mut Call<'_, '_, '_>) -> bool {
    call.shell.machine.base.get(CLEAN).is_some() && call.files().node(CLEAN).is_none()
}

/// What that setting does once packages have changed.
pub(super) fn clean_up(call: &mut Call<'_, '_, '_>) {
    if call.files().node(CLEAN).is_some() {
        remove_archives(call);
    }
}

/// Writes the caches of what the lists say, where they are kept: `all` where the lists are new, else
/// that which has the system's packages too.
pub(super) fn write_caches(call: &mut Call<'_, '_, '_>, index: &Index, all: bool) {
    if !keeps(call) || !are_there(call) {
        return;
    }
    for (number, (at, bytes)) in index.made(CACHES).iter().enumerate() {
        if all || number == 0 || call.stat(at).is_err() {
            let node = Node::sized(ByteCount::measured(*bytes), Metadata::root(0o644));
            call.files().place_at(at, node);
        }
    }
}

/// What apt opens and locks before it looks for packages.
pub(super) fn open(call: &mut Call<'_, '_, '_>) {
    let root = Who::default();
    // Lists are unpacked there.
    let temporary = are_there(call).then_some("/tmp");
    let locks = ["/var/lib/dpkg/lock", "/var/lib/dpkg/lock-frontend"];
    for at in locks.into_iter().chain(temporary) {
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
    write_caches(call, index, true);
    call.work_in_tmp();
    if settings.is_foreign {
        if !settings.packages(call).1 {
            call.shell.machine.note(
                "other-source",
                "a source of packages beside Debian's own is used: its lists are not known, and the size of its packages is assumed, with a range".to_owned(),
            );
        }
        call.files()
            .add_bulk(LISTS, ByteCount::assumed(100_000, 5_000, 20_000_000));
    }
    call.line("Reading package lists...");
    Ok(Exit::OK)
}

/// Takes archives and caches away, as `clean` and the setting of Docker's images do.
fn remove_archives(call: &mut Call<'_, '_, '_>) {
    let root = Who::default();
    for (directory, suffix) in [(ARCHIVES, ".deb"), (CACHE, ".bin")] {
        let names = call.files().list(directory, &root).unwrap_or_default().0;
        for name in names.iter().filter(|name| name.ends_with(suffix)) {
            let _ = call.files().unlink(&format!("{directory}/{name}"), &root);
        }
    }
}

/// `apt-get clean`; `distclean` removes the lists too.
pub(super) fn clean(call: &mut Call<'_, '_, '_>, lists: bool) -> Outcome {
    if !call.who().is_root() {
        call.shell.error("E: Could not open lock file /var/cache/apt/archives/lock - open (13: Permission denied)\nE: Unable to lock directory /var/cache/apt/archives/");
        return Ok(Exit::code(100));
    }
    let root = Who::default();
    archives(call);
    remove_archives(call);
    // apt locks the lists too.
    prepare(call);
    if lists && let Ok((names, _)) = call.files().list(LISTS, &root) {
        for name in names.iter().filter(|name| name.contains("_")) {
            let _ = call.files().unlink(&format!("{LISTS}/{name}"), &root);
        }
    }
    Ok(Exit::OK)
}
