//! Where distributions go, and what is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::image::{Brought, path};
use crate::programs::Call;
use crate::programs::unpacker::{Unpacker, within};
use crate::python::{Index, Kind, Member, Pick, Release, Wheel, minor, normalized};
use crate::shell::{Data, Errno, Exit, Flow, Who};
use crate::size::ByteCount;

use super::installer::Installer;
use super::interpreter::Interpreter;

/// Bytes of compiled modules against those of Python 3.11, in thousandths, where a release is
/// not measured with a Python: 581 modules compiled with each.
const COMPILED: [(u32, u64); 7] = [
    (8, 620),
    (9, 615),
    (10, 674),
    (11, 1000),
    (12, 920),
    (13, 922),
    (14, 922),
];

/// Thousandths of the bytes compiled by Python 3.11 that another one's modules have.
pub(super) fn compiled_scale(minor: u32) -> u64 {
    let known = COMPILED.iter().find(|(own, _)| *own == minor);
    known.map_or(922, |(_, scale)| *scale)
}

/// A distribution that is not in the catalog: half of the measured ones lie between 60 kB and
/// 1.5 MB, nine of ten below 12 MB.
const UNLISTED: ByteCount = ByteCount::assumed(400_000, 20_000, 100_000_000);

/// Bytes of a line's digest in RECORD: `sha256=` and 43 characters.
const DIGEST: u64 = 50;

/// A place for distributions.
#[derive(Debug)]
pub(super) struct Place {
    /// Where modules go.
    pub(super) library: String,
    /// Where scripts go.
    pub(super) scripts: String,
    /// What data goes below.
    pub(super) data: String,
    /// Whether modules are compiled.
    pub(super) compiles: bool,
    /// The Python that they are for.
    pub(super) interpreter: Interpreter,
    /// Who installs.
    pub(super) installer: Installer,
    /// Whether pip comes from Debian, which leaves out its programs for Windows.
    pub(super) without_programs: bool,
    unpacker: Unpacker,
}

impl Place {
    /// The place below a directory of modules.
    pub(super) fn new(interpreter: &Interpreter, library: String, data: String) -> Self {
        Self {
            library,
            scripts: format!("{}/bin", data.trim_end_matches('/')),
            data,
            compiles: true,
            interpreter: interpreter.clone(),
            installer: Installer::Pip(24, 0),
            without_programs: false,
            unpacker: Unpacker::default(),
        }
    }

    /// The distributions that are there: names and versions.
    pub(super) fn installed(&self, call: &mut Call<'_, '_, '_>) -> BTreeMap<String, String> {
        let root = Who::default();
        let names = match call.files().list(&self.library, &root) {
            Ok((names, _)) => names,
            Err(_) => Vec::new(),
        };
        let mut out: BTreeMap<String, String> = names
            .iter()
            .filter_map(|name| name.strip_suffix(".dist-info")?.rsplit_once('-'))
            .map(|(name, version)| (normalized(name), version.to_owned()))
            .collect();
        let is_image = self.interpreter.layout == super::interpreter::Layout::Local
            && self.library == self.interpreter.site();
        if is_image && !out.contains_key("pip") {
            for (name, version) in self.interpreter.bundled(false) {
                out.entry(name.to_owned())
                    .or_insert_with(|| version.to_owned());
            }
        }
        out
    }

    /// Installs a release of a distribution.
    ///
    /// # Errors
    /// pip's end, or a limit.
    pub(super) fn install(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        pick: &Pick<'_>,
    ) -> Result<(), Flow> {
        call.shell.machine.step()?;
        let Some(release) = &pick.release else {
            return self.assume(call, pick);
        };
        let version = self.interpreter.version.clone();
        let wheel = match release.wheel(&version) {
            Some(wheel) if wheel.kind != Kind::Build => wheel,
            _ => return self.assume(call, pick),
        };
        let exact = pick.version.as_ref() == Some(&release.version);
        let outcome = self.unpack(call, release, wheel, pick, exact);
        outcome.map_err(|errno| refused(call, errno, &self.library))
    }

    fn unpack(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        release: &Release<'_>,
        wheel: &Wheel<'_>,
        pick: &Pick<'_>,
        exact: bool,
    ) -> Result<(), Errno> {
        let mut total = ByteCount::ZERO;
        let old = release.version.to_string();
        let new = pick
            .version
            .as_ref()
            .map_or_else(|| old.clone(), ToString::to_string);
        let info = match release.info.strip_suffix(&format!("-{old}.dist-info")) {
            Some(stem) if !exact => format!("{stem}-{new}.dist-info"),
            _ => release.info.to_owned(),
        };
        let slack = if exact { 0 } else { 25 };
        let compiled = Compiled::of(wheel, &self.interpreter);
        let tag = self.interpreter.cache_tag();
        let mut record = wheel.record.0;
        let signature = self.installer.signature();
        if !self.installer.is_pip() {
            // Lines end without a carriage return; one more is that of `RECORD` itself.
            let lines = wheel.members().map(|member| member.files.max(1));
            let digits = signature.to_string().len() as u64 - 1;
            record = (record + digits).saturating_sub(lines.sum::<u64>() + 2);
        }
        for member in wheel.members() {
            let at = match member.path.strip_prefix(release.info) {
                Some(rest) => format!("{}/{info}{rest}", self.library),
                None => self.place_of(&member.path),
            };
            let for_windows = member.path.starts_with("pip/") && member.path.ends_with(".exe");
            if self.without_programs && for_windows {
                continue;
            }
            if member.path.starts_with('@') {
                record += at.len() as u64 / 2 + DIGEST;
            }
            if member.files > 0 {
                total += self.sum(call, &at, &member, &compiled, slack)?;
                continue;
            }
            let hash = member.path.starts_with("@bin#");
            let shebang = if hash {
                self.interpreter.executable.len() as u64 + 2
            } else {
                0
            };
            let size = within(member.size + shebang, slack);
            let executable = member.executable || member.path.starts_with("@bin");
            self.unpacker.file(call, &at, size, executable)?;
            total += size;
            let Some(bytes) = compiled.bytes(&member).filter(|_| self.compiles) else {
                continue;
            };
            let (directory, name) = path::split(&at);
            let stem = name.strip_suffix(".py").unwrap_or(name);
            let target = format!("{directory}/__pycache__/{stem}.{tag}.pyc");
            let size = within(bytes + at.len() as u64, slack + compiled.slack());
            self.unpacker.file(call, &target, size, false)?;
            total += size;
        }
        if self.compiles && self.installer.is_pip() {
            record += wheel.record.1;
        }
        // pip names its own scripts by the Python's version (pip/_internal/operations).
        let is_pips = self.installer.is_pip() && release.scripts.iter().any(|own| own.0 == "pip");
        for (name, target) in &release.scripts {
            let names = match *name {
                "pip3" if is_pips => vec![
                    "pip3".to_owned(),
                    format!("pip{}", self.interpreter.version),
                ],
                // That of the Python that its wheel was made with.
                name if is_pips && name.starts_with("pip3.") => Vec::new(),
                name => vec![name.to_owned()],
            };
            for name in names {
                let bytes = self.script(call, &name, target)?;
                record += (format!("../../../bin/{name},,{bytes}\r\n").len() as u64) + DIGEST;
            }
        }
        let directory = format!("{}/{info}", self.library);
        self.unpacker.file(
            call,
            &format!("{directory}/INSTALLER"),
            ByteCount::measured(signature),
            false,
        )?;
        if self.installer.marks(pick.requested) {
            self.unpacker.file(
                call,
                &format!("{directory}/REQUESTED"),
                ByteCount::ZERO,
                false,
            )?;
            record += format!("{info}/REQUESTED,,0\r\n").len() as u64 + DIGEST;
        }
        self.unpacker.file(
            call,
            &format!("{directory}/RECORD"),
            within(record, slack),
            false,
        )?;
        self.mark(call, pick, &directory, total + within(record, slack));
        Ok(())
    }

    /// Notes what came, under the mark that its metadata is.
    fn mark(&self, call: &mut Call<'_, '_, '_>, pick: &Pick<'_>, info: &str, size: ByteCount) {
        let brought = Brought {
            manager: "pip",
            name: pick.name.clone(),
            version: pick
                .version
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            size,
            because: pick.because.clone(),
        };
        call.shell
            .machine
            .marks
            .add(&format!("{info}/METADATA"), brought);
    }

    fn place_of(&self, member: &str) -> String {
        let (base, rest) = match member.split_once('/') {
            Some(("@bin" | "@bin#", rest)) => (&self.scripts, rest),
            Some(("@data", rest)) => (&self.data, rest),
            _ => (&self.library, member),
        };
        format!("{}/{rest}", base.trim_end_matches('/'))
    }

    /// A directory of which only the sum is known.
    fn sum(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        at: &str,
        member: &Member,
        compiled: &Compiled,
        slack: u64,
    ) -> Result<ByteCount, Errno> {
        let mut bytes = member.size;
        if self.compiles {
            // Each module's path is in its compiled form; below a directory they are longer.
            let paths = member.modules * (at.len() as u64 + 24);
            bytes += compiled.bytes(member).unwrap_or(0) + paths;
        }
        let size = within(bytes, slack);
        self.unpacker.bulk(call, at, size)?;
        Ok(size)
    }

    /// Writes a console script.
    fn script(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        name: &str,
        target: &str,
    ) -> Result<u64, Errno> {
        let (module, function) = target.split_once(':').unwrap_or((target, ""));
        let text = (self.installer).script(&self.interpreter.executable, module, function);
        let scripts = self.scripts.clone();
        self.unpacker.directory(call, &scripts)?;
        let who = call.who();
        let at = format!("{scripts}/{name}");
        let data = Data::from(text.as_str());
        // What is replaced may be somebody else's file.
        let _ = call.files().unlink(&at, &who);
        call.files().write(&at, &data, 0o755, &who)?;
        call.files().change_mode(&at, 0o755, &who)?;
        Ok(text.len() as u64)
    }

    /// A distribution of which nothing is known but its name.
    fn assume(&mut self, call: &mut Call<'_, '_, '_>, pick: &Pick<'_>) -> Result<(), Flow> {
        let version = pick
            .version
            .as_ref()
            .map_or_else(|| "0".to_owned(), ToString::to_string);
        let stem = pick.name.replace('-', "_");
        let info = format!("{}/{stem}-{version}.dist-info", self.library);
        let package = format!("{}/{stem}", self.library);
        let size = call.shell.machine.unlisted("pip", &pick.name, UNLISTED);
        let outcome = (|| {
            for name in ["METADATA", "RECORD", "WHEEL"] {
                self.unpacker.file(
                    call,
                    &format!("{info}/{name}"),
                    ByteCount::assumed(1000, 0, 20_000),
                    false,
                )?;
            }
            self.unpacker.file(
                call,
                &format!("{info}/INSTALLER"),
                ByteCount::measured(self.installer.signature()),
                false,
            )?;
            self.unpacker.bulk(call, &package, size)?;
            // What it requires comes with it, and scripts of the same name are usual.
            let scripts = self.scripts.clone();
            self.unpacker
                .bulk(call, &scripts, ByteCount::assumed(0, 0, 5_000_000))?;
            Ok(())
        })();
        outcome.map_err(|errno| refused(call, errno, &self.library))?;
        self.mark(call, pick, &info, size);
        Ok(())
    }

    /// Adds a file, or a directory of which only the sum is known.
    ///
    /// # Errors
    /// pip's end.
    pub(super) fn add(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        at: &str,
        size: ByteCount,
        is_directory: bool,
    ) -> Result<(), Flow> {
        let outcome = if is_directory {
            self.unpacker.bulk(call, at, size)
        } else {
            self.unpacker.file(call, at, size, false)
        };
        outcome.map_err(|errno| refused(call, errno, at))
    }

    /// Adds a console script.
    ///
    /// # Errors
    /// pip's end.
    pub(super) fn add_script(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        name: &str,
        target: &str,
    ) -> Result<(), Flow> {
        let outcome = self.script(call, name, target);
        outcome
            .map(|_| ())
            .map_err(|errno| refused(call, errno, &self.scripts))
    }

    /// Takes a distribution out; tells whether it was there.
    pub(super) fn remove(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        index: &Index,
        name: &str,
    ) -> bool {
        let root = Who::default();
        let who = call.who();
        let names = call
            .files()
            .list(&self.library, &root)
            .unwrap_or_default()
            .0;
        let info = names.iter().find(|own| {
            own.strip_suffix(".dist-info")
                .and_then(|stem| stem.rsplit_once('-'))
                .is_some_and(|(own, _)| normalized(own) == name)
        });
        let Some(info) = info else {
            return false;
        };
        let version = info
            .strip_suffix(".dist-info")
            .and_then(|stem| stem.rsplit_once('-'))
            .and_then(|(_, version)| version.parse().ok());
        let release = index.release(name, version.as_ref());
        let mut tops = BTreeSet::from([format!("{}/{info}", self.library)]);
        if let Some(release) = &release {
            for member in release
                .wheel(&self.interpreter.version)
                .into_iter()
                .flat_map(Wheel::members)
            {
                let at = self.place_of(&member.path);
                let top = member.path.split('/').next().unwrap_or_default();
                if member.path.contains('/') && !member.path.starts_with('@') {
                    tops.insert(format!("{}/{top}", self.library));
                } else {
                    tops.insert(at);
                }
            }
            for (name, _) in &release.scripts {
                tops.insert(format!("{}/{name}", self.scripts));
            }
        } else {
            tops.insert(format!("{}/{}", self.library, name.replace('-', "_")));
        }
        for at in tops {
            let Ok(entry) = call.lstat(&at) else { continue };
            if entry.node.is_directory() {
                call.files().remove_tree(&entry.path, &root);
            } else {
                // Removing what one may not remove fails in the same way for all of it.
                let _ = call.files().unlink(&entry.path, &who);
            }
        }
        true
    }
}

/// Bytes of all compiled modules of a wheel below a directory whose path has so many bytes.
pub(super) fn compiled_bytes(wheel: &Wheel<'_>, interpreter: &Interpreter, at: u64) -> u64 {
    let compiled = Compiled::of(wheel, interpreter);
    wheel
        .members()
        .filter_map(|member| Some(compiled.bytes(&member)? + at + 1 + member.path.len() as u64))
        .sum()
}

/// pip's end where it may not write.
fn refused(call: &mut Call<'_, '_, '_>, errno: Errno, at: &str) -> Flow {
    if errno == Errno::Unknown {
        return Flow::Exit(Exit::UNKNOWN);
    }
    let number = match errno {
        Errno::Access => 13,
        Errno::ReadOnly => 30,
        Errno::NotDirectory => 20,
        _ => 1,
    };
    call.shell.error(&format!(
        "ERROR: Could not install packages due to an OSError: [Errno {number}] {errno}: '{at}'\nCheck the permissions.\n"
    ));
    Flow::Exit(Exit::code(1))
}

/// How the compiled forms of a wheel's modules are counted for a Python.
struct Compiled {
    /// The measured Python that stands for it, by its place.
    place: usize,
    /// Thousandths of what was measured.
    scale: u64,
    own: bool,
}

impl Compiled {
    fn of(wheel: &Wheel<'_>, interpreter: &Interpreter) -> Self {
        let own = wheel
            .pythons
            .iter()
            .position(|python| *python == interpreter.version);
        if let Some(place) = own {
            return Self {
                place,
                scale: 1000,
                own: true,
            };
        }
        let wanted = interpreter.minor();
        let nearest = wheel
            .pythons
            .iter()
            .enumerate()
            .min_by_key(|(_, python)| minor(python).abs_diff(wanted));
        let (place, python) = nearest.map_or((0, "3.11"), |(place, python)| (place, python));
        Self {
            place,
            scale: compiled_scale(wanted) * 1000 / compiled_scale(minor(python)),
            own: false,
        }
    }

    fn bytes(&self, member: &Member) -> Option<u64> {
        let bytes = *member.compiled.get(self.place)?;
        (bytes > 0).then_some(bytes * self.scale / 1000)
    }

    /// Parts of a hundred by which a module compiled by another Python may differ.
    fn slack(&self) -> u64 {
        if self.own { 0 } else { 8 }
    }
}
