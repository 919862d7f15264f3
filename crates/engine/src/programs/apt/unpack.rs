//! What dpkg leaves when packages are unpacked, configured and removed.

use crate::debian::{
    Archive, Change, Deb, Entry, Installed, Listing, Made, Transaction, User, files_file,
    makers_of_users,
};
use crate::image::{Metadata, Node};
use crate::programs::{Call, apache, fc_cache, php};
use crate::shell::{Exit, Flow, Outcome, Who};
use crate::size::{Basis, ByteCount};

use super::books::{Books, Unpacked};
use super::bulk;
use super::listed::{Directories, Listed};

/// A transaction to carry out.
#[derive(Debug)]
pub(in crate::programs) struct Unpacking<'t> {
    /// Where packages come from.
    pub(in crate::programs) archive: Archive<'t>,
    /// Archives whose files are unpacked one by one.
    pub(in crate::programs) debs: &'t [Deb],
    /// What changes.
    pub(in crate::programs) transaction: &'t Transaction,
    /// Whether configuration goes too.
    pub(in crate::programs) purge: bool,
    /// Whether the packages are the system's own, and not those of the nearest release.
    pub(in crate::programs) exact: bool,
    /// apt's own command line; none where dpkg is called by itself.
    pub(in crate::programs) command_line: Option<String>,
}

/// Carries out a transaction.
///
/// # Errors
/// A limit of the simulation.
pub(in crate::programs) fn apply(
    call: &mut Call<'_, '_, '_>,
    unpacking: &Unpacking<'_>,
) -> Outcome {
    let transaction = unpacking.transaction;
    let mut books = Books::default();
    for name in &transaction.remove {
        call.shell.machine.step()?;
        remove(call, unpacking, name, &mut books)?;
    }
    let mut directories = Directories::default();
    // Images of other releases are mostly such that leave documentation out.
    let slim = is_slim(call) || !unpacking.exact;
    for change in &transaction.install {
        call.shell.machine.step()?;
        if let Some(entry) = unpacking.archive.get(&change.name) {
            install(
                call,
                unpacking,
                &entry,
                change,
                &mut books,
                (&mut directories, slim),
            );
        }
        if let Some(deb) = unpacking.debs.iter().find(|deb| deb.name == change.name) {
            directories.settle(call);
            super::local::unpack(call, deb, is_slim(call))?;
        }
    }
    directories.settle(call);
    if call.shell.machine.packages.has("python3-minimal") {
        bulk::add(call, "/usr/lib/python3", books.python, Basis::Modelled);
    }
    let entries = (transaction.install.iter())
        .filter_map(|change| unpacking.archive.get(&change.name))
        .collect::<Vec<_>>();
    // Of packages that are installed together one may use what another makes.
    let suite = unpacking.archive.suite;
    for entry in makers_of_users(suite, &call.shell.machine.packages, &entries) {
        let listed = listed(call, unpacking, entry);
        add_users(call, &entry, listed.map(|own| own.listing))?;
    }
    let names: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
    let mut unseen = false;
    let mut modules = Vec::new();
    for entry in entries {
        let known = listed(call, unpacking, entry);
        if let Some(listed) = &known {
            listed.configure(call, &mut directories, slim)?;
            modules.extend(apache::modules_of(entry.name, listed.listing));
        }
        match known {
            Some(listed) if listed.listing.is_configured => {}
            Some(listed) => {
                bulk::add_links(call, &entry);
                unseen |= listed.listing.is_unseen();
            }
            None => bulk::add_targets(call, &entry),
        }
    }
    if unseen {
        // What a script makes that nobody has looked at.
        directories.settle(call);
        bulk::add_traces(call);
        call.shell.machine.packages_mut().may_make_users = true;
    }
    if call.shell.machine.packages.has("apache2") {
        for module in modules {
            apache::switch_module(call, &module, true)?;
        }
    }
    php::configure(call, &names)?;
    if !transaction.install.is_empty() || !transaction.remove.is_empty() {
        if call.shell.machine.packages.has("fontconfig") {
            fc_cache::trigger(call);
        }
        books.close(call, unpacking);
    }
    Ok(Exit::OK)
}

/// A package with its files, where the catalog lists them; the file that would is asked for.
fn listed<'s, 'm: 's>(
    call: &mut Call<'_, '_, 'm>,
    unpacking: &Unpacking<'_>,
    entry: Entry<'s>,
) -> Option<Listed<'s>> {
    let suite = unpacking.archive.suite.suite();
    let part = entry.part().filter(|_| unpacking.exact)?;
    let machine = &mut call.shell.machine;
    let Some(files) = machine.catalog.debian_files(suite, part) else {
        machine.missing.insert(files_file(suite, part));
        return None;
    };
    let listing = files.get(entry.name)?;
    Some(Listed {
        entry,
        listing,
        trees: files.trees(),
    })
}

/// What adduser gives a system's user of whom nothing else is said.
const PLAIN: User<'static> = User {
    home: "/nonexistent",
    shell: "/usr/sbin/nologin",
    full_name: "",
};

/// Users that a package makes, with a group of their own.
fn add_users(
    call: &mut Call<'_, '_, '_>,
    entry: &Entry<'_>,
    listing: Option<Listing<'_>>,
) -> Result<(), Flow> {
    let packages = &call.shell.machine.packages;
    let has_adduser = packages.has("adduser");
    let has_sysusers = packages.has("systemd") || packages.has("systemd-standalone-sysusers");
    let stated: Vec<Made<'_>> = entry.users().collect();
    let is_stated = |name: &str| {
        stated
            .iter()
            .any(|made| made.name == name && !made.is_group)
    };
    // What its scripts do not say plainly was seen.
    let seen = listing.iter().flat_map(Listing::users);
    let seen = seen.filter(|name| !is_stated(name)).map(|name| Made {
        name,
        is_group: false,
        by_sysusers: false,
    });
    for made in stated.iter().copied().chain(seen) {
        let machine = &call.shell.machine;
        let name = made.name;
        let known = if made.is_group {
            machine.group(name).is_some()
        } else {
            machine.user(name).is_some()
        };
        if known {
            continue;
        }
        let by_adduser = has_adduser && !(made.by_sysusers && has_sysusers);
        if by_adduser {
            // adduser's lock.
            let node = Node::sized(ByteCount::ZERO, Metadata::root(0o644));
            call.files().place_at("/run/adduser", node);
        }
        // adduser counts upwards from 100, useradd and systemd-sysusers downwards from 999; the latter
        // gives user and group one number.
        let own_group = call.shell.machine.group(name);
        let grouped = match own_group {
            Some(_) => format!("--gid={name}"),
            None => "--user-group".to_owned(),
        };
        let is_numbered = !made.is_group && !by_adduser;
        let number = match own_group.filter(|gid| call.shell.machine.user_name(*gid).is_none()) {
            Some(gid) => gid.to_string(),
            None if is_numbered => common_number(call),
            None => String::new(),
        };
        let User {
            home,
            shell,
            full_name,
        } = listing.and_then(|own| own.user(name)).unwrap_or(PLAIN);
        let words: &[&str] = match (made.is_group, by_adduser) {
            (true, true) => &["addgroup", "--system", "--quiet", name],
            (true, false) => &["groupadd", "--system", name],
            (false, true) => &[
                "adduser",
                "--system",
                "--group",
                "--quiet",
                "--no-create-home",
                "--home",
                home,
                "--shell",
                shell,
                "--gecos",
                full_name,
                name,
            ],
            (false, false) => &[
                "useradd",
                "--system",
                &grouped,
                "--uid",
                &number,
                "--no-create-home",
                "--home-dir",
                home,
                "--shell",
                shell,
                "--comment",
                full_name,
                name,
            ],
        };
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        call.execute(&words)?;
    }
    Ok(())
}

/// The highest number of a system's user that no user and no group has.
fn common_number(call: &Call<'_, '_, '_>) -> String {
    let machine = &call.shell.machine;
    let free = |number: &u32| {
        machine.user_name(*number).is_none() && machine.group_name(*number).is_none()
    };
    let number = (100..1000).rev().find(free).unwrap_or(999);
    number.to_string()
}

/// Whether dpkg is set to leave out documentation and translations, as -slim images have it.
pub(in crate::programs) fn is_slim(call: &Call<'_, '_, '_>) -> bool {
    call.stat("/etc/dpkg/dpkg.cfg.d/docker").is_ok()
}

/// A package as the logs have it.
fn unpacked(entry: Option<&Entry<'_>>, name: &str, version: &str, auto: bool) -> Unpacked {
    let all = entry.is_some_and(Entry::is_all);
    Unpacked {
        name: name.to_owned(),
        architecture: if all { "all" } else { "amd64" },
        same: entry.is_some_and(Entry::is_same),
        version: version.to_owned(),
        from: None,
        auto,
        stays: false,
    }
}

fn install(
    call: &mut Call<'_, '_, '_>,
    unpacking: &Unpacking<'_>,
    entry: &Entry<'_>,
    change: &Change,
    books: &mut Books,
    (directories, slim): (&mut Directories, bool),
) {
    let sizes = entry.sizes();
    let old = call.shell.machine.packages.by_name.get(entry.name).cloned();
    let listed = listed(call, unpacking, *entry);
    if listed.is_none() {
        directories.settle(call);
    }
    if let Some(old) = &old {
        books.leave(old);
        if listed.is_none() {
            bulk::take_back(call, old);
        }
    }
    let basis = if entry.is_measured() && unpacking.exact {
        Basis::Measured
    } else {
        Basis::Modelled
    };
    match &listed {
        Some(listed) => listed.unpack(call, directories, slim),
        None => bulk::unpack(call, entry, slim, basis),
    }
    if listed.is_none_or(|own| !own.listing.is_configured) {
        books.python += sizes.python;
        for (at, bytes) in unpacking.archive.suite.made(entry.name) {
            directories.settle(call);
            bulk::add(call, at, *bytes, Basis::Measured);
        }
    }
    if basis == Basis::Modelled {
        call.shell.machine.packages_mut().may_make_users = true;
    }
    let auto = change.auto && old.as_ref().is_none_or(|old| old.auto);
    books.enter(
        Unpacked {
            from: old.as_ref().map(|old| old.version.clone()),
            ..unpacked(Some(entry), entry.name, entry.version, change.auto)
        },
        sizes,
        listed.as_ref().map(|own| own.listing),
    );
    call.line(&format!(
        "{} {} ({}) ...",
        if old.is_some() {
            "Unpacking"
        } else {
            "Setting up"
        },
        entry.name,
        entry.version
    ));
    if auto && old.is_none() {
        books.automatic(entry.name, true);
    }
    let installed = Installed {
        version: entry.version.to_owned(),
        auto,
        by: change.by.clone(),
        base: false,
        sizes,
        estimate: None,
        slim,
        programs: Vec::new(),
        step: Some(call.shell.machine.run_number),
    };
    let packages = call.shell.machine.packages_mut();
    packages.by_name.insert(entry.name.to_owned(), installed);
    packages.configured.remove(entry.name);
}

fn remove(
    call: &mut Call<'_, '_, '_>,
    unpacking: &Unpacking<'_>,
    name: &str,
    books: &mut Books,
) -> Result<(), Flow> {
    let Some(old) = call.shell.machine.packages_mut().by_name.remove(name) else {
        return Ok(());
    };
    let root = Who::default();
    for at in &old.programs {
        // It may be gone already.
        let _ = call.files().unlink(at, &root);
    }
    let packages = call.shell.machine.packages_mut();
    let own = |line: &String| line.split('\t').next() == Some(name);
    packages.local.retain(|line| !own(line));
    let entry = unpacking.archive.get(name);
    let listed = entry.and_then(|entry| listed(call, unpacking, entry));
    let mut is_purged = unpacking.purge;
    books.leave(&old);
    match listed {
        Some(listed) => is_purged = listed.remove(call, unpacking.purge)?,
        None => remove_unlisted(call, entry.as_ref(), &old),
    }
    call.line(&format!("Removing {name} ({}) ...", old.version));
    if old.auto {
        books.automatic(name, false);
    }
    books.remove(Unpacked {
        stays: !is_purged,
        ..unpacked(entry.as_ref(), name, &old.version, old.auto)
    });
    if unpacking.purge {
        books.forget_templates(&old);
    } else if !is_purged {
        let packages = call.shell.machine.packages_mut();
        packages.configured.insert(name.to_owned(), old);
    }
    Ok(())
}

/// Takes out a package whose files are not listed: its programs, and bytes.
fn remove_unlisted(call: &mut Call<'_, '_, '_>, entry: Option<&Entry<'_>>, old: &Installed) {
    let root = Who::default();
    let mut programs = 0;
    for (at, _) in entry.into_iter().flat_map(Entry::programs) {
        if let Ok(found) = call.lstat(at) {
            if let Node::File(file) = &found.node {
                programs += file.size.bytes;
            }
            // It may be another one's by now.
            let _ = call.files().unlink(&found.path, &root);
        }
    }
    let mut rest = old.clone();
    rest.sizes.slim = rest.sizes.slim.saturating_sub(programs);
    bulk::take_back(call, &rest);
}
