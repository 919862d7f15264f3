//! `apt-get`, `apt`, `aptitude`: Debian's package manager.

mod books;
mod bulk;
mod command;
mod listed;
mod lists;
mod local;
mod settings;
mod sources;
mod system;
mod unpack;

use super::{Call, Program};
use crate::debian::{Archive, Entry, Problem, Request, Transaction, left_over, resolve};
use crate::image::{Metadata, Node, path};
use crate::shell::{Exit, Flow, Outcome, UNKNOWN};
use crate::size::ByteCount;

use command::{Command, Others, Refusal};
use lists::ARCHIVES;
use sources::Needed;

pub(super) use books::mark;
pub(super) use local::{Local, index as local_index};
pub(super) use system::System;
pub(super) use unpack::{Unpacking, apply, is_slim};

/// `apt-get`, `apt`, `aptitude`.
#[derive(Debug)]
pub(super) struct Apt;

impl Program for Apt {
    fn names(&self) -> &'static [&'static str] {
        &["apt-get", "apt", "aptitude"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let settings = settings::read(call);
        let name = path::split(call.name()).1.to_owned();
        let command = match Command::read(&name, &settings, call.words()) {
            Ok(command) => command,
            Err(message) => return Ok(refused(call, &message)),
        };
        let Some(system) = System::of(call) else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        match command.verb.as_str() {
            "update" => lists::update(call, &system),
            "install" | "reinstall" | "remove" | "purge" | "autoremove" | "autopurge"
            | "upgrade" | "safe-upgrade" | "dist-upgrade" | "full-upgrade" | "build-dep" => {
                if call.who().is_root() && !command.simulates {
                    lists::open(call);
                }
                change(call, &command, &system)
            }
            "clean" | "autoclean" | "auto-clean" | "distclean" => {
                lists::clean(call, command.verb == "distclean")
            }
            "download" => download(call, &command, &system),
            "check" | "" => Ok(Exit::OK),
            "list" | "show" | "search" | "policy" | "depends" | "rdepends" | "moo"
            | "changelog" | "indextargets" | "source" => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            other => {
                let message = format!("Invalid operation {other}");
                Ok(refused(call, &message))
            }
        }
    }
}

/// Ends with an error in apt's own form.
fn refused(call: &mut Call<'_, '_, '_>, message: &str) -> Exit {
    call.shell.error(&format!("E: {message}"));
    Exit::code(100)
}

/// Whether the caller may change packages; says what apt says where not.
fn may_change(call: &mut Call<'_, '_, '_>) -> bool {
    if call.who().is_root() {
        return true;
    }
    call.shell.error("E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?");
    false
}

fn change(call: &mut Call<'_, '_, '_>, command: &Command, system: &System<'_>) -> Outcome {
    if !command.simulates && !may_change(call) {
        return Ok(Exit::code(100));
    }
    let Some(index) = system.index else {
        // The index is on its way, or there is none of this release.
        return crate::shell::unknown(call.shell, call.arguments);
    };
    call.line(
        "Reading package lists...\nBuilding dependency tree...\nReading state information...",
    );
    let local = match Local::read(call, &command.paths) {
        Ok(local) => local,
        Err((path, _)) => {
            let message = format!("Unsupported file {path} given on commandline");
            return Ok(refused(call, &message));
        }
    };
    let sources = if command.verb == "build-dep" {
        match sources::needed(call, index.suite(), &command.operands)? {
            Needed::Lines(lines) => lines,
            Needed::Ended(exit) => return Ok(exit),
        }
    } else {
        Vec::new()
    };
    let packages = call.shell.machine.packages.clone();
    let settings = system.settings(call);
    let listed = lists::are_there(call);
    let (vendors, all_known) = settings.packages(call);
    let lines = local.lines().chain(sources.iter().map(String::as_str));
    let of_vendors = vendors.iter().filter(|_| listed).map(String::as_str);
    let brought = local::index(&packages, lines.chain(of_vendors));
    if brought.is_some() && !index.is_whole() {
        return system.wants_all(call);
    }
    let archive = Archive {
        suite: index,
        local: brought.as_ref(),
    };
    let is_foreign = settings.is_foreign;
    let others = match (system.exact, is_foreign) {
        (false, _) => Others::Instead,
        (true, true) => Others::Elsewhere,
        (true, false) => Others::Nowhere,
    };
    let mut wanted = match command.wanted(archive, &packages, listed, others) {
        Ok(wanted) => wanted,
        Err(Refusal::Beyond) => return system.wants_all(call),
        Err(Refusal::Message(message)) => return Ok(refused(call, &message)),
    };
    if wanted.unknown {
        return crate::shell::unknown(call.shell, call.arguments);
    }
    let mut foreign = std::mem::take(&mut wanted.foreign);
    if is_foreign {
        // Whatever is not Debian's comes from the other source.
        wanted.install.retain(|name| {
            let known = archive.get(name).is_some() || archive.providers(name).next().is_some();
            if !known {
                foreign.push(name.clone());
            }
            known
        });
    }
    if !listed {
        wanted.install.clear();
    }
    wanted
        .install
        .extend(local.debs.iter().map(|deb| deb.name.clone()));
    let stand_ins = sources.iter().filter_map(|line| line.split('\t').next());
    wanted.install.extend(stand_ins.map(str::to_owned));
    let request = Request {
        install: wanted.install,
        remove: wanted.remove,
        // What building needs comes without what is only recommended.
        recommends: command.recommends && sources.is_empty(),
        upgrade: matches!(command.verb.as_str(), "upgrade" | "safe-upgrade") && listed,
        full_upgrade: matches!(command.verb.as_str(), "dist-upgrade" | "full-upgrade") && listed,
        only_upgrade: command.only_upgrade,
        autoremove: command.autoremove,
        fix_broken: command.fix_broken,
        only_depends: command.only_depends,
    };
    let mut transaction = match resolve(archive, &packages, &request) {
        Ok(transaction) => transaction,
        Err(problem) => return explain(call, system, &problem),
    };
    sources::leave_out(&mut transaction);
    if command.reinstalls {
        for name in &transaction.newest {
            transaction.install.push(crate::debian::Change {
                by: None,
                name: name.clone(),
                auto: false,
                from: packages.by_name.get(name).map(|own| own.version.clone()),
            });
        }
    }
    for name in &transaction.newest {
        let version = packages.by_name.get(name).map_or("", |own| &own.version);
        call.line(&format!(
            "{name} is already the newest version ({version})."
        ));
    }
    announce(call, &transaction, &packages, archive, &request);
    let nothing = transaction.install.is_empty() && transaction.remove.is_empty();
    let asks = transaction.install.len() > request.install.len() || !transaction.remove.is_empty();
    if !nothing && asks && !command.yes && !command.simulates {
        call.line("Do you want to continue? [Y/n] Abort.");
        return Ok(Exit::code(1));
    }
    if command.simulates {
        return Ok(Exit::OK);
    }
    if nothing || command.only_downloads {
        lists::archives(call);
        lists::look(call);
    }
    lists::write_caches(call, index, false);
    if !call.shell.machine.network && !transaction.install.is_empty() {
        return Ok(refused(
            call,
            "Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?",
        ));
    }
    if command.only_downloads || command.keeps_archives && lists::keeps(call) {
        keep_archives(call, archive, &transaction);
    }
    if command.only_downloads {
        return Ok(Exit::OK);
    }
    for name in &transaction.manual {
        if mark(call, name, false) {
            call.line(&format!("{name} set to manually installed."));
        }
    }
    if !foreign.is_empty() {
        add_foreign(call, &foreign)?;
    }
    if system.exact && !all_known && !request.install.is_empty() {
        // A package of Debian's may be the other archive's as well, which puts other programs there.
        call.files().note_unlisted("/", ByteCount::ZERO);
    }
    remember(call, vendors, &transaction);
    local.add_opaque(call)?;
    apply(
        call,
        &Unpacking {
            archive,
            debs: &local.debs,
            transaction: &transaction,
            purge: command.purge,
            exact: system.exact,
            command_line: Some(call_line(call)),
        },
    )
}

/// The command as apt's history has it.
fn call_line(call: &Call<'_, '_, '_>) -> String {
    call.arguments.join(" ")
}

/// Packages of a source that the catalog does not have.
fn add_foreign(call: &mut Call<'_, '_, '_>, names: &[String]) -> Result<(), Flow> {
    let mut arguments = vec!["apt-get".to_owned(), "install".to_owned()];
    arguments.extend(names.iter().cloned());
    crate::shell::unknown(call.shell, &arguments)?;
    // They lie where the system's do, and have users of their own.
    call.files().note_unlisted("/", ByteCount::ZERO);
    call.shell.machine.packages_mut().may_make_users = true;
    Ok(())
}

/// What apt says of a problem.
fn explain(call: &mut Call<'_, '_, '_>, system: &System<'_>, problem: &Problem) -> Outcome {
    let exit = match problem {
        Problem::Beyond => return system.wants_all(call),
        Problem::Unknown(name) => refused(call, &format!("Unable to locate package {name}")),
        Problem::Virtual(name) => {
            call.line(&format!("Package {name} is a virtual package provided by several packages.\nYou should explicitly select one to install.\n"));
            refused(
                call,
                &format!("Package '{name}' has no installation candidate"),
            )
        }
        Problem::Unmet(name, relation) => {
            call.line(&format!("Some packages could not be installed. This may mean that you have\nrequested an impossible situation.\nThe following packages have unmet dependencies:\n {name} : Depends: {relation} but it is not going to be installed"));
            refused(
                call,
                "Unable to correct problems, you have held broken packages.",
            )
        }
    };
    Ok(exit)
}

/// The lists of packages that apt prints before it begins.
fn announce(
    call: &mut Call<'_, '_, '_>,
    transaction: &Transaction,
    before: &crate::debian::Packages,
    archive: Archive<'_>,
    request: &Request,
) {
    let mut section = |title: &str, names: Vec<&str>| {
        if names.is_empty() {
            return;
        }
        call.line(title);
        call.line(&format!("  {}", names.join(" ")));
    };
    let new = |name: &str| !before.has(name);
    let names = |keep: &dyn Fn(&crate::debian::Change) -> bool| -> Vec<&str> {
        let kept = transaction.install.iter().filter(|change| keep(change));
        kept.map(|change| change.name.as_str()).collect()
    };
    if !request.autoremove {
        let mut after = before.clone();
        for name in &transaction.remove {
            after.by_name.remove(name);
        }
        let left = left_over(archive, &after);
        section(
            "The following packages were automatically installed and are no longer required:",
            left.iter().map(String::as_str).collect(),
        );
    }
    section(
        "The following additional packages will be installed:",
        names(&|change| new(&change.name) && !request.install.contains(&change.name)),
    );
    section(
        "The following packages will be REMOVED:",
        transaction.remove.iter().map(String::as_str).collect(),
    );
    section(
        "The following NEW packages will be installed:",
        names(&|change| new(&change.name)),
    );
    section(
        "The following packages will be upgraded:",
        names(&|change| !new(&change.name)),
    );
    let upgraded = names(&|change| !new(&change.name)).len();
    let added = transaction.install.len() - upgraded;
    call.line(&format!(
        "{upgraded} upgraded, {added} newly installed, {} to remove and 0 not upgraded.",
        transaction.remove.len()
    ));
}

/// Puts the archives of what is installed where apt keeps them.
fn keep_archives(call: &mut Call<'_, '_, '_>, archive: Archive<'_>, transaction: &Transaction) {
    let names = transaction.install.iter().map(|change| &change.name);
    for entry in names.filter_map(|name| archive.get(name)) {
        let at = format!("{ARCHIVES}/{}", archive_file(&entry));
        let size = ByteCount::measured(entry.sizes().download);
        let node = Node::sized(size, Metadata::root(0o644));
        call.files().place_at(&at, node);
    }
}

/// Remembers what is known of vendors' packages that come: their archive may not be named later on.
fn remember(call: &mut Call<'_, '_, '_>, vendors: Vec<String>, transaction: &Transaction) {
    let comes = |line: &String| {
        let name = line.split('\t').next();
        let mut changes = transaction.install.iter();
        changes.any(|change| Some(change.name.as_str()) == name)
    };
    let come = vendors.into_iter().filter(comes);
    call.shell.machine.packages_mut().local.extend(come);
}

/// What apt calls the archive of a package.
fn archive_file(entry: &Entry<'_>) -> String {
    let architecture = if entry.is_all() { "all" } else { "amd64" };
    let version = entry.version.replace(':', "%3a");
    format!("{}_{version}_{architecture}.deb", entry.name)
}

/// `apt-get download`: archives into the working directory.
fn download(call: &mut Call<'_, '_, '_>, command: &Command, system: &System<'_>) -> Outcome {
    let Some(index) = system.index else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    for name in &command.operands {
        let Some(entry) = index.get(name).filter(|_| lists::are_there(call)) else {
            return Ok(refused(call, &format!("Unable to locate package {name}")));
        };
        let file = archive_file(&entry);
        let size = ByteCount::measured(entry.sizes().download);
        if let Err(errno) = call.write(&file, crate::shell::Data::opaque(size)) {
            call.problem(&file, errno);
        }
    }
    Ok(call.exit)
}
