//! What dpkg leaves when packages are unpacked, configured and removed: their files, its own
//! books, debconf's, ldconfig's, apt's, and the logs.

use crate::debian::{Archive, Change, Content, Deb, Entry, Installed, Transaction};
use crate::image::{Metadata, Node, path};
use crate::programs::Call;
use crate::shell::{Exit, Flow, Outcome, Who};
use crate::size::{Basis, ByteCount};

use super::system::APT_USER;

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
const TRACES: [&str; 4] = ["/etc", "/usr/include", "/var/lib", "/usr/local/share"];

/// Carries out a transaction.
///
/// # Errors
/// A limit of the simulation.
pub(in crate::programs) fn apply(
    call: &mut Call<'_, '_, '_>,
    unpacking: &Unpacking<'_>,
) -> Outcome {
    let transaction = unpacking.transaction;
    let by_apt = unpacking.command_line.is_some();
    let mut books = Books::default();
    for name in &transaction.remove {
        call.shell.machine.step()?;
        remove(call, unpacking, name, &mut books);
    }
    for change in &transaction.install {
        call.shell.machine.step()?;
        if let Some(entry) = unpacking.archive.get(&change.name) {
            install(call, unpacking, &entry, change, &mut books);
        }
        if let Some(deb) = unpacking.debs.iter().find(|deb| deb.name == change.name) {
            super::local::unpack(call, deb, is_slim(call))?;
        }
    }
    if call.shell.machine.packages.has("python3-minimal") {
        bulk(call, "/usr/lib/python3", books.python, Basis::Modelled);
    }
    for change in &transaction.install {
        if let Some(entry) = unpacking.archive.get(&change.name) {
            add_targets(call, &entry);
            add_users(call, &entry)?;
        }
    }
    let idle = transaction.install.is_empty() && transaction.remove.is_empty();
    if by_apt && !idle {
        archives(call);
    }
    if !idle {
        books.close(call, unpacking);
    }
    Ok(Exit::OK)
}

/// Programs that lie elsewhere, with a link on PATH: they are taken out of the bulk of the package.
fn add_targets(call: &mut Call<'_, '_, '_>, entry: &Entry<'_>) {
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

/// Users that a package makes, with a group of their own.
fn add_users(call: &mut Call<'_, '_, '_>, entry: &Entry<'_>) -> Result<(), Flow> {
    for name in entry.users() {
        let machine = &call.shell.machine;
        let words: &[&str] = match name.strip_prefix('%') {
            Some(group) if machine.group(group).is_none() => &["groupadd", "--system", group],
            None if machine.user(name).is_none() => &[
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--home-dir",
                "/nonexistent",
                "--shell",
                "/usr/sbin/nologin",
                name,
            ],
            _ => continue,
        };
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        call.execute(&words)?;
    }
    Ok(())
}

/// Whether dpkg is set to leave out documentation and translations, as -slim images have it.
fn is_slim(call: &Call<'_, '_, '_>) -> bool {
    call.stat("/etc/dpkg/dpkg.cfg.d/docker").is_ok()
}

/// A file under its own name: architecture in it where several may be installed.
fn full_name(entry: &Entry<'_>) -> String {
    if entry.is_all() {
        format!("{}:all", entry.name)
    } else {
        format!("{}:amd64", entry.name)
    }
}

fn install(
    call: &mut Call<'_, '_, '_>,
    unpacking: &Unpacking<'_>,
    entry: &Entry<'_>,
    change: &Change,
    books: &mut Books,
) {
    let auto = change.auto;
    let exact = unpacking.exact;
    let sizes = entry.sizes();
    // Images of other releases are mostly such that leave documentation out.
    let slim = is_slim(call) || !exact;
    let old = call.shell.machine.packages.by_name.get(entry.name).cloned();
    if let Some(old) = &old {
        take_back(call, old, books);
    }
    let basis = if entry.is_measured() && exact {
        Basis::Measured
    } else {
        Basis::Modelled
    };
    let root = Who::default();
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
    for at in TRACES {
        if let Ok(entry) = call.stat(at) {
            call.files().add_bulk(&entry.path, ByteCount::ZERO);
        }
    }
    books.python += sizes.python;
    for (at, bytes) in unpacking.archive.suite.made(entry.name) {
        bulk(call, at, *bytes, Basis::Measured);
    }
    bulk(call, "/var/lib/dpkg/info", sizes.info, basis);
    books.status += i128::from(sizes.status);
    books.templates += i128::from(sizes.templates);
    books.asking += u32::from(sizes.templates > 0);
    books.libraries += i128::from(sizes.libraries);
    let version = entry.version;
    let name = full_name(entry);
    books.unpacked.push(Unpacked {
        name: name.clone(),
        version: version.to_owned(),
        from: old.as_ref().map(|old| old.version.clone()),
        auto,
    });
    call.line(&format!(
        "{} {} ({version}) ...",
        if old.is_some() {
            "Unpacking"
        } else {
            "Setting up"
        },
        entry.name
    ));
    let step = call.shell.machine.run_number;
    let auto = auto && old.as_ref().is_none_or(|old| old.auto);
    if auto && old.is_none() {
        books.states += auto_state(entry.name, entry.is_all());
    }
    call.shell.machine.packages_mut().by_name.insert(
        entry.name.to_owned(),
        Installed {
            version: version.to_owned(),
            auto,
            by: change.by.clone(),
            base: false,
            sizes,
            estimate: None,
            slim,
            programs: Vec::new(),
            step: Some(step),
        },
    );
    call.shell
        .machine
        .packages_mut()
        .configured
        .remove(entry.name);
}

/// Bytes of a paragraph in apt's extended states.
fn auto_state(name: &str, all: bool) -> i128 {
    let architecture = if all { "all" } else { "amd64" };
    let text = format!("Package: {name}\nArchitecture: {architecture}\nAuto-Installed: 1\n\n");
    text.len() as i128
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
        bulk(call, at, part, basis);
    }
}

fn bulk(call: &mut Call<'_, '_, '_>, at: &str, bytes: u64, basis: Basis) {
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

/// Takes out the unlisted bytes of a package: of the layer where this very step brought them,
/// else of the image's files alone.
fn take_back(call: &mut Call<'_, '_, '_>, old: &Installed, books: &mut Books) {
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
    books.status -= i128::from(sizes.status);
    books.libraries -= i128::from(sizes.libraries);
}

fn remove(call: &mut Call<'_, '_, '_>, unpacking: &Unpacking<'_>, name: &str, books: &mut Books) {
    let Some(old) = call.shell.machine.packages_mut().by_name.remove(name) else {
        return;
    };
    let root = Who::default();
    let entry = unpacking.archive.get(name);
    for at in &old.programs {
        // It may be gone already.
        let _ = call.files().unlink(at, &root);
    }
    let packages = call.shell.machine.packages_mut();
    let own = |line: &String| line.split('\t').next() == Some(name);
    packages.local.retain(|line| !own(line));
    let mut programs = 0;
    if let Some(entry) = &entry {
        for (at, _) in entry.programs() {
            if let Ok(found) = call.lstat(at) {
                if let Node::File(file) = &found.node {
                    programs += file.size.bytes;
                }
                let _ = call.files().unlink(&found.path, &root);
            }
        }
    }
    let mut rest = old.clone();
    rest.sizes.slim = rest.sizes.slim.saturating_sub(programs);
    take_back(call, &rest, books);
    call.line(&format!("Removing {name} ({}) ...", old.version));
    let all = entry.as_ref().is_some_and(Entry::is_all);
    if old.auto {
        books.states -= auto_state(name, all);
    }
    books.removed.push(Unpacked {
        name: format!("{name}:{}", if all { "all" } else { "amd64" }),
        version: old.version.clone(),
        from: None,
        auto: old.auto,
    });
    if unpacking.purge {
        books.asking += u32::from(old.sizes.templates > 0);
        books.templates -= i128::from(old.sizes.templates);
    } else {
        call.shell
            .machine
            .packages_mut()
            .configured
            .insert(name.to_owned(), old);
    }
}

/// apt's directory of archives, which the images' own settings empty again.
fn archives(call: &mut Call<'_, '_, '_>) {
    let root = Who::default();
    let at = "/var/cache/apt/archives";
    let partial = format!("{at}/partial");
    let lock = format!("{at}/lock");
    let _ = call.files().make_directory(at, 0o755, &root);
    let _ = call.files().make_directory(&partial, 0o700, &root);
    let _ = call
        .files()
        .change_owner(&partial, Some(APT_USER), Some(0), &root, true);
    if call.stat(&lock).is_err() {
        let node = Node::sized(ByteCount::ZERO, Metadata::root(0o640));
        let _ = call.files().place_node(&lock, node, &root);
    }
}

/// A package as the logs have it.
#[derive(Debug)]
struct Unpacked {
    /// With its architecture.
    name: String,
    version: String,
    from: Option<String>,
    auto: bool,
}

/// What a transaction writes to the books.
#[derive(Debug, Default)]
struct Books {
    status: i128,
    templates: i128,
    /// Packages with templates that came or went.
    asking: u32,
    /// Bytes of the compiled Python modules of what came.
    python: u64,
    libraries: i128,
    states: i128,
    unpacked: Vec<Unpacked>,
    removed: Vec<Unpacked>,
}

/// Length of a date in logs: `2026-11-21 14:15:00`.
const DATE: u64 = 19;

impl Books {
    fn close(&self, call: &mut Call<'_, '_, '_>, unpacking: &Unpacking<'_>) {
        let root = Who::default();
        // What dpkg locks and looks at.
        for (at, mode) in [
            ("/var/lib/dpkg/lock", 0o640),
            ("/var/lib/dpkg/lock-frontend", 0o640),
            ("/var/lib/dpkg/triggers/Lock", 0o600),
        ] {
            if call.stat(at).is_ok() {
                let _ = call.files().touch(at, &root, true);
            } else {
                let node = Node::sized(ByteCount::ZERO, Metadata::root(mode));
                let _ = call.files().place_node(at, node, &root);
            }
        }
        for at in ["/var/lib/dpkg/updates", "/var/lib/dpkg/info", "/tmp"] {
            let _ = call.files().touch(at, &root, true);
        }
        grow(call, "/var/lib/dpkg/status", self.status, 0o644);
        // The one before differs by the state of the last package.
        let status = size_of(call, "/var/lib/dpkg/status").unwrap_or_default();
        rewrite(
            call,
            "/var/lib/dpkg/status-old",
            status.saturating_sub(1),
            0o644,
        );
        self.debconf(call);
        self.linker(call);
        if let Some(command_line) = &unpacking.command_line {
            self.apt_logs(call, command_line);
        }
        let log = self.dpkg_log();
        grow(call, "/var/log/dpkg.log", i128::from(log), 0o644);
    }

    /// debconf's databases. The one before is kept when one is written with something new in
    /// it: first that without the templates that came, then, as a second package asks its
    /// questions, one that has them already.
    fn debconf(&self, call: &mut Call<'_, '_, '_>) {
        let base = "/var/cache/debconf";
        if call.stat(&format!("{base}/templates.dat")).is_err() {
            return;
        }
        // Values are about a sixth of what the templates are.
        let grown = [
            ("config.dat", self.templates / 6, 0o644),
            ("templates.dat", self.templates, 0o644),
            ("passwords.dat", 0, 0o600),
        ];
        for (name, bytes, mode) in grown {
            let at = format!("{base}/{name}");
            let old = size_of(call, &at).unwrap_or_default();
            if self.asking > 0 && mode != 0o600 {
                let kept = if self.asking > 1 { bytes } else { 0 };
                let kept = u64::try_from(i128::from(old) + kept).unwrap_or(old);
                rewrite(call, &format!("{at}-old"), kept, mode);
            }
            grow(call, &at, bytes, mode);
        }
    }

    /// The linker's cache, where libraries came or went.
    fn linker(&self, call: &mut Call<'_, '_, '_>) {
        let packages = self.unpacked.len() + self.removed.len();
        if self.libraries == 0 || packages == 0 {
            return;
        }
        grow(call, "/etc/ld.so.cache", self.libraries, 0o644);
        let size = size_of(call, "/etc/ld.so.cache").unwrap_or_default();
        let root = Who::default();
        let _ = call
            .files()
            .make_directory("/var/cache/ldconfig", 0o700, &root);
        rewrite(call, "/var/cache/ldconfig/aux-cache", size, 0o600);
    }

    fn apt_logs(&self, call: &mut Call<'_, '_, '_>, command_line: &str) {
        grow(call, "/var/lib/apt/extended_states", self.states, 0o644);
        let root = Who::default();
        for at in ["/var/lib/apt/lists", "/var/lib/apt/lists/auxfiles"] {
            if call.stat(at).is_ok() {
                let _ = call.files().touch(at, &root, true);
            }
        }
        // `Start-Date: 2026-11-21  14:15:00` and the other lines of a paragraph.
        let mut history = 1 + 33 + 31 + 14 + command_line.len() as u64;
        let sections: [(&[Unpacked], &str); 2] =
            [(&self.unpacked, "Install: "), (&self.removed, "Remove: ")];
        for (packages, title) in sections {
            if packages.is_empty() {
                continue;
            }
            history += title.len() as u64 + 1;
            let entries: u64 = packages
                .iter()
                .map(|package| {
                    let auto = if package.auto { ", automatic".len() } else { 0 };
                    (package.name.len() + 3 + package.version.len() + auto) as u64
                })
                .sum();
            history += entries + 2 * (packages.len() as u64 - 1);
        }
        grow(call, "/var/log/apt/history.log", i128::from(history), 0o644);
        // dpkg's output, with the progress of reading its database and carriage returns.
        let output: usize = self
            .unpacked
            .iter()
            .map(|package| {
                let name = package.name.split(':').next().unwrap_or_default().len();
                152 + 5 * name + 3 * package.version.len()
            })
            .sum();
        let removed: usize = self
            .removed
            .iter()
            .map(|package| 16 + package.name.len() + package.version.len())
            .sum();
        let term = 36 + 34 + 620 + output + removed;
        grow(call, "/var/log/apt/term.log", term as i128, 0o640);
        let _ = call
            .files()
            .change_owner("/var/log/apt/term.log", Some(0), Some(4), &root, true);
        // The problem as apt hands it to its solver, compressed: it is written anew each time.
        let installed = call.shell.machine.packages.by_name.len() as u64;
        let eipp = 3_000 + 18 * installed + 100 * self.unpacked.len() as u64;
        rewrite(call, "/var/log/apt/eipp.log.xz", eipp, 0o644);
    }

    /// Bytes that dpkg writes to its log.
    fn dpkg_log(&self) -> u64 {
        let line = |text: usize| DATE + 1 + text as u64 + 1;
        let mut out = 0;
        for package in &self.unpacked {
            let own = package.name.len() + 1 + package.version.len();
            let from = package.from.as_deref().unwrap_or("<none>").len();
            out += line("install ".len() + own + 1 + from)
                + line("status half-installed ".len() + own)
                + line("status unpacked ".len() + own) * 2
                + line("configure ".len() + own + " <none>".len())
                + line("status half-configured ".len() + own)
                + line("status installed ".len() + own);
        }
        for package in &self.removed {
            let own = package.name.len() + 1 + package.version.len();
            out += line("remove ".len() + own + " <none>".len())
                + line("status installed ".len() + own)
                + line("status half-configured ".len() + own)
                + line("status half-installed ".len() + own)
                + line("status config-files ".len() + own) * 2
                + line("status not-installed <none> ".len() + package.name.len());
        }
        if !self.unpacked.is_empty() {
            out += line("startup archives unpack".len()) + line("startup packages configure".len());
        }
        if !self.removed.is_empty() {
            out += line("startup packages remove".len());
        }
        if self.libraries != 0 {
            // The trigger of libc-bin.
            out += 5 * line("status triggers-pending libc-bin:amd64 2.36-9+deb12u13".len());
        }
        out
    }
}

fn size_of(call: &Call<'_, '_, '_>, at: &str) -> Option<u64> {
    match call.stat(at).ok()?.node {
        Node::File(file) => Some(file.size.bytes),
        _ => None,
    }
}

/// Makes a file so much longer, or shorter.
fn grow(call: &mut Call<'_, '_, '_>, at: &str, bytes: i128, mode: u16) {
    let old = size_of(call, at).unwrap_or_default();
    let new = u64::try_from(i128::from(old) + bytes).unwrap_or(0);
    rewrite(call, at, new, mode);
}

/// Writes a file of so many bytes anew.
fn rewrite(call: &mut Call<'_, '_, '_>, at: &str, bytes: u64, mode: u16) {
    let root = Who::default();
    let meta = call
        .stat(at)
        .map_or(Metadata::root(mode), |entry| entry.node.meta());
    let size = ByteCount {
        bytes,
        low: bytes / 20 * 19,
        high: bytes + bytes / 20,
        basis: Basis::Modelled,
    };
    let directory = path::split(at).0;
    if call.stat(directory).is_err() {
        let _ = call.files().make_directory(directory, 0o755, &root);
    }
    let _ = call.files().place_node(at, Node::sized(size, meta), &root);
}
