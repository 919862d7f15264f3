//! The books of packages: dpkg's status and log, debconf's databases, the linker's cache, apt's
//! states and logs.

use crate::debian::version::compare;
use crate::debian::{Installed, Listing, Sizes, auto_state};
use crate::image::{Metadata, Node, path};
use crate::programs::{Call, ldconfig};
use crate::shell::Who;
use crate::size::{Basis, ByteCount};

use super::unpack::Unpacking;

/// apt's extended states.
const STATES: &str = "/var/lib/apt/extended_states";

/// A package as the logs have it.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) name: String,
    /// `amd64` or `all`.
    pub(super) architecture: &'static str,
    /// Whether several architectures of it may be installed.
    pub(super) same: bool,
    pub(super) version: String,
    /// The version before.
    pub(super) from: Option<String>,
    pub(super) auto: bool,
    /// Whether its configuration is left when it is removed.
    pub(super) stays: bool,
}

impl Unpacked {
    /// Its name as dpkg shows it.
    fn shown(&self) -> String {
        if self.same {
            format!("{}:{}", self.name, self.architecture)
        } else {
            self.name.clone()
        }
    }
}

/// What a transaction writes to the books.
#[derive(Debug, Default)]
pub(super) struct Books {
    status: i128,
    /// Of debconf's values.
    values: i128,
    templates: i128,
    /// How often packages with templates ask.
    asking: u32,
    /// Bytes of the compiled Python modules of what came.
    pub(super) python: u64,
    libraries: i128,
    states: i128,
    unpacked: Vec<Unpacked>,
    removed: Vec<Unpacked>,
}

/// Length of a date in logs: `2026-11-21 14:15:00`.
const DATE: u64 = 19;

impl Books {
    /// Notes what came.
    pub(super) fn enter(&mut self, package: Unpacked, sizes: Sizes, listing: Option<Listing<'_>>) {
        self.status += i128::from(sizes.status);
        // Values are about a sixth of what the templates are.
        let modelled = (sizes.templates / 6, sizes.templates, false);
        let known = listing.and_then(|listing| listing.debconf());
        let (values, templates, again) = known.unwrap_or(modelled);
        self.values += i128::from(values);
        self.templates += i128::from(templates);
        if sizes.templates > 0 {
            self.asking += 1 + u32::from(again);
        }
        self.libraries += i128::from(sizes.libraries);
        self.unpacked.push(package);
    }

    /// Takes out what is said of a package that goes, or makes room for another version.
    pub(super) fn leave(&mut self, old: &Installed) {
        self.status -= i128::from(old.sizes.status);
        self.libraries -= i128::from(old.sizes.libraries);
    }

    /// Notes what went.
    pub(super) fn remove(&mut self, package: Unpacked) {
        self.removed.push(package);
    }

    /// Takes out the templates of a package that is purged.
    pub(super) fn forget_templates(&mut self, old: &Installed) {
        self.asking += u32::from(old.sizes.templates > 0);
        self.templates -= i128::from(old.sizes.templates);
        self.values -= i128::from(old.sizes.templates / 6);
    }

    /// Notes in apt's states that a package came by itself, or takes that out.
    pub(super) fn automatic(&mut self, name: &str, comes: bool) {
        let bytes = i128::from(auto_state(name));
        self.states += if comes { bytes } else { -bytes };
    }

    /// Writes them.
    pub(super) fn close(&self, call: &mut Call<'_, '_, '_>, unpacking: &Unpacking<'_>) {
        let root = Who::default();
        if unpacking.command_line.is_some() {
            super::lists::archives(call);
            super::lists::clean_up(call);
        }
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
        for at in ["/var/lib/dpkg/updates", "/var/lib/dpkg/info"] {
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
            self.apt_logs(call, command_line, unpacking.purge);
        }
        let log = self.dpkg_log(call);
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
        // debconf of Debian 13 leaves a directory that it worked in (measured).
        let debconf = call.shell.machine.packages.by_name.get("debconf");
        let is_new = debconf.is_some_and(|own| compare(&own.version, "1.5.82").is_gt());
        if !self.unpacked.is_empty() && is_new {
            let root = Who::default();
            // It may be there already.
            let _ = call
                .files()
                .make_directory(&format!("{base}/tmp.ci"), 0o755, &root);
        }
        let grown = [
            ("config.dat", self.values, 0o644),
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
        if self.libraries != 0 {
            // Nothing keeps root from writing it.
            let _ = ldconfig::write(call, self.libraries);
        }
    }

    fn apt_logs(&self, call: &mut Call<'_, '_, '_>, command_line: &str, purge: bool) {
        grow(call, STATES, self.states, 0o644);
        let root = Who::default();
        super::lists::look(call);
        let history = self.history(command_line, purge);
        grow(call, "/var/log/apt/history.log", i128::from(history), 0o644);
        let term = self.terminal(call);
        grow(call, "/var/log/apt/term.log", i128::from(term), 0o640);
        let _ = call
            .files()
            .change_owner("/var/log/apt/term.log", Some(0), Some(4), &root, true);
        // The problem as apt hands it to its solver, compressed: it is written anew each time (fitted
        // to 15 recorded ones, which lie within a fifth of it).
        let installed = call.shell.machine.packages.by_name.len() as u64;
        let eipp = 2_240 + 30 * installed + 2 * self.unpacked.len() as u64;
        rewrite(call, "/var/log/apt/eipp.log.xz", eipp, 0o644);
    }

    /// Bytes of the paragraph in apt's history.
    fn history(&self, command_line: &str, purge: bool) -> u64 {
        // `Start-Date: 2026-11-21  14:15:00` and the other lines that each paragraph has.
        let mut out = 1 + 33 + 31 + 14 + command_line.len() as u64;
        let upgrades = |package: &&Unpacked| package.from.is_some();
        let (upgraded, new): (Vec<_>, Vec<_>) = self.unpacked.iter().partition(upgrades);
        let sections = [
            (new, "Install: "),
            (upgraded, "Upgrade: "),
            (
                self.removed.iter().collect(),
                if purge { "Purge: " } else { "Remove: " },
            ),
        ];
        for (packages, title) in sections.iter().filter(|(packages, _)| !packages.is_empty()) {
            let entries = packages.iter().map(|package| {
                let auto = if package.auto && package.from.is_none() && *title == "Install: " {
                    ", automatic".len()
                } else {
                    0
                };
                let from = package.from.as_ref().map_or(0, |from| from.len() + 2);
                // The architecture is the system's, whatever the package's is.
                package.name.len() + ":amd64 ()".len() + package.version.len() + from + auto
            });
            let entries: usize = entries.sum();
            out += (title.len() + entries + 2 * (packages.len() - 1) + 1) as u64;
        }
        out
    }

    /// Bytes of what dpkg says, in the log of apt's terminal; lines end with a carriage return too.
    fn terminal(&self, call: &Call<'_, '_, '_>) -> u64 {
        let mut out = "\nLog started: \nLog ended: \n".len() + 2 * (DATE as usize + 1);
        let mut line = |text: &[&str]| out += text.iter().map(|part| part.len()).sum::<usize>() + 2;
        let count = self.unpacked.len();
        // From five archives on they are numbered (apt's `dpkg::install::recursive::minimum`).
        let digits = if count < 5 {
            0
        } else {
            count.to_string().len() + 1
        };
        if count + self.removed.len() > 0 {
            let files = call.shell.machine.packages.by_name.len() * 60;
            let progress: usize = (0..=20)
                .map(|step| {
                    "(Reading database ... \r".len()
                        + if step == 0 {
                            0
                        } else {
                            format!("{}%", step * 5).len()
                        }
                })
                .sum();
            let end = format!(
                "(Reading database ... {files} files and directories currently installed.)"
            );
            line(&[&end, &" ".repeat(progress)]);
        }
        for package in &self.removed {
            line(&[
                "Removing ",
                &package.shown(),
                " (",
                &package.version,
                ") ...",
            ]);
        }
        for package in &self.unpacked {
            let name = package.shown();
            let version = package.version.replace(':', "%3a");
            if package.from.is_none() {
                line(&["Selecting previously unselected package ", &name, "."]);
            }
            let file = [
                "Preparing to unpack .../",
                &package.name,
                "_",
                &version,
                "_",
                package.architecture,
                ".deb ...",
            ];
            line(&file);
            match &package.from {
                Some(from) => line(&[
                    "Unpacking ",
                    &name,
                    " (",
                    &package.version,
                    ") over (",
                    from,
                    ") ...",
                ]),
                None => line(&["Unpacking ", &name, " (", &package.version, ") ..."]),
            }
            line(&["Setting up ", &name, " (", &package.version, ") ..."]);
        }
        if let Some(version) = self.linker_version(call) {
            line(&["Processing triggers for libc-bin (", version, ") ..."]);
        }
        (out + digits * count) as u64
    }

    /// The version of the linker's package, where its cache is written anew.
    fn linker_version<'c>(&self, call: &'c Call<'_, '_, '_>) -> Option<&'c str> {
        let packages = &call.shell.machine.packages;
        let own = packages
            .by_name
            .get("libc-bin")
            .filter(|_| self.libraries != 0);
        own.map(|own| own.version.as_str())
    }

    /// Bytes that dpkg writes to its log.
    fn dpkg_log(&self, call: &Call<'_, '_, '_>) -> u64 {
        let line = |text: usize| DATE + 1 + text as u64 + 1;
        let mut out = 0;
        for package in &self.unpacked {
            let own =
                package.name.len() + 1 + package.architecture.len() + 1 + package.version.len();
            let (verb, from) = match &package.from {
                Some(from) => ("upgrade ", from.as_str()),
                None => ("install ", "<none>"),
            };
            out += line(verb.len() + own + 1 + from.len())
                + line("status half-installed ".len() + own)
                + line("status unpacked ".len() + own) * 2
                + line("configure ".len() + own + " <none>".len())
                + line("status half-configured ".len() + own)
                + line("status installed ".len() + own);
        }
        for package in &self.removed {
            let name = package.name.len() + 1 + package.architecture.len();
            let own = name + 1 + package.version.len();
            out += line("remove ".len() + own + " <none>".len())
                + line("status installed ".len() + own)
                + line("status half-configured ".len() + own)
                + line("status half-installed ".len() + own)
                + line("status config-files ".len() + own)
                + if package.stays {
                    0
                } else {
                    line("status config-files ".len() + own)
                        + line("status not-installed  <none>".len() + name)
                };
        }
        if !self.unpacked.is_empty() {
            out += line("startup archives unpack".len()) + line("startup packages configure".len());
        }
        if !self.removed.is_empty() {
            out += line("startup packages remove".len());
        }
        if let Some(version) = self.linker_version(call) {
            let own = "libc-bin:amd64 ".len() + version.len();
            out += line("status triggers-pending ".len() + own)
                + line("trigproc ".len() + own + " <none>".len())
                + line("status half-configured ".len() + own)
                + line("status installed ".len() + own);
        }
        out
    }
}

/// Bytes of a file; none where there is none.
pub(super) fn size_of(call: &Call<'_, '_, '_>, at: &str) -> Option<u64> {
    match call.stat(at).ok()?.node {
        Node::File(file) => Some(file.size.bytes),
        _ => None,
    }
}

/// Marks an installed package as one that came by itself, or as one that was asked for. Tells whether
/// that is new; apt's states are written anew then.
pub(in crate::programs) fn mark(call: &mut Call<'_, '_, '_>, name: &str, auto: bool) -> bool {
    let packages = call.shell.machine.packages_mut();
    let Some(own) = packages
        .by_name
        .get_mut(name)
        .filter(|own| own.auto != auto)
    else {
        return false;
    };
    own.auto = auto;
    let bytes = i128::from(auto_state(name));
    grow(call, STATES, if auto { bytes } else { -bytes }, 0o644);
    true
}

/// Makes a file so much longer, or shorter.
pub(super) fn grow(call: &mut Call<'_, '_, '_>, at: &str, bytes: i128, mode: u16) {
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
