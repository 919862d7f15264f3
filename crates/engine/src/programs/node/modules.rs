//! `node_modules`: packages unpacked to their places, with links to their programs.

use crate::image::{Brought, path};
use crate::node::Placed;
use crate::programs::Call;
use crate::programs::unpacker::{Unpacker, within};
use crate::shell::{Errno, Exit, Flow};
use crate::size::ByteCount;

/// A package that is not in the catalog: half of the measured ones lie between 8 and 120 kB,
/// nine of ten below 1 MB.
const UNLISTED: ByteCount = ByteCount::assumed(60_000, 1_000, 50_000_000);

/// What an install script may add: downloads and builds of its own.
const SCRIPT: ByteCount = ByteCount::assumed(0, 0, 20_000_000);

/// A directory that packages go to.
#[derive(Debug, Default)]
pub(super) struct Modules {
    pub(super) unpacker: Unpacker,
    /// The archives that were unpacked: `NAME@VERSION` and bytes.
    pub(super) downloads: Vec<(String, u64)>,
}

impl Modules {
    /// Unpacks a package below a directory, `at` being its place there.
    ///
    /// # Errors
    /// npm's end, or a limit.
    pub(super) fn unpack(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        base: &str,
        package: &Placed<'_>,
    ) -> Result<(), Flow> {
        call.shell.machine.step()?;
        let at = path::join(base, &package.at);
        if call.is_directory(&at) && call.stat(&format!("{at}/package.json")).is_ok() {
            return Ok(());
        }
        let outcome = self.place(call, &at, package);
        let size = outcome.map_err(|errno| refused(call, errno, &at))?;
        let brought = Brought {
            manager: "npm",
            // One that goes by another name is known by that.
            name: package
                .at
                .rsplit("node_modules/")
                .next()
                .unwrap_or(&package.name)
                .to_owned(),
            version: package
                .version
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            size,
            because: package.because.clone(),
        };
        call.shell
            .machine
            .marks
            .add(&format!("{at}/package.json"), brought);
        Ok(())
    }

    fn place(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        at: &str,
        package: &Placed<'_>,
    ) -> Result<ByteCount, Errno> {
        let mut total = ByteCount::ZERO;
        let Some(release) = &package.release else {
            return self.assume(call, at, &package.name);
        };
        let exact = package.version.as_ref() == Some(&release.version);
        let same_series = package
            .version
            .as_ref()
            .is_some_and(|version| version.major() == release.version.major());
        let slack = match (exact, same_series) {
            (true, _) => 0,
            (_, true) => 25,
            _ => 60,
        };
        for member in release.members() {
            total += within(member.size, slack);
            let target = format!("{at}/{}", member.path);
            if member.files > 0 {
                self.unpacker
                    .bulk(call, &target, within(member.size, slack))?;
                continue;
            }
            let program = release
                .programs
                .iter()
                .any(|(_, file)| file.trim_start_matches("./") == member.path);
            self.unpacker.file(
                call,
                &target,
                within(member.size, slack),
                member.executable || program,
            )?;
        }
        if release.has_script {
            call.shell.machine.note(
                "install-script",
                format!("{} runs a script when it is installed: what that adds is assumed to be nothing, with a range", package.name),
            );
            self.unpacker.bulk(call, at, SCRIPT)?;
        }
        let version = package.version.as_ref().unwrap_or(&release.version);
        self.downloads
            .push((format!("{}@{version}", package.name), release.download));
        Ok(total)
    }

    fn assume(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        at: &str,
        name: &str,
    ) -> Result<ByteCount, Errno> {
        let size = call.shell.machine.unlisted("npm", name, UNLISTED);
        self.unpacker.file(
            call,
            &format!("{at}/package.json"),
            ByteCount::assumed(1500, 100, 10_000),
            false,
        )?;
        self.unpacker.bulk(call, at, size)?;
        self.downloads
            .push((format!("{name}@"), UNLISTED.bytes / 4));
        Ok(size)
    }

    /// Unpacks packages below a directory, and links their programs once all are there.
    ///
    /// # Errors
    /// npm's end, or a limit.
    pub(super) fn unpack_all(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        base: &str,
        packages: &[&Placed<'_>],
    ) -> Result<(), Flow> {
        for package in packages {
            self.unpack(call, base, package)?;
        }
        for package in packages {
            self.link(call, base, package);
        }
        Ok(())
    }

    /// Links the programs of packages below a directory into `.bin`.
    pub(super) fn link(&mut self, call: &mut Call<'_, '_, '_>, base: &str, package: &Placed<'_>) {
        let Some((above, directory)) = package.at.rsplit_once("node_modules/") else {
            return;
        };
        let bin = path::join(base, &format!("{above}node_modules/.bin"));
        for (name, file) in programs(package) {
            self.symlink(call, &bin, &name, &format!("../{directory}/{file}"));
        }
    }

    /// Writes files of a manager's own books, known to a factor of two.
    ///
    /// # Errors
    /// npm's end.
    pub(super) fn books(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        files: &[(String, u64)],
    ) -> Result<(), Flow> {
        for (at, bytes) in files {
            let size = ByteCount {
                high: bytes * 2,
                ..within(*bytes, 50)
            };
            let outcome = self.unpacker.file(call, at, size, false);
            outcome.map_err(|errno| refused(call, errno, at))?;
        }
        Ok(())
    }

    /// Links a program.
    pub(super) fn symlink(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        bin: &str,
        name: &str,
        target: &str,
    ) {
        let who = call.who();
        if self.unpacker.directory(call, bin).is_ok() {
            let at = format!("{bin}/{name}");
            // A link of before makes way.
            let _ = call.files().unlink(&at, &who);
            let _ = call.files().symlink(target, &at, &who);
        }
    }
}

/// The programs of a package: names and files.
pub(super) fn programs(package: &Placed<'_>) -> Vec<(String, String)> {
    let own = package.release.iter().flat_map(|own| &own.programs);
    own.map(|(name, file)| ((*name).to_owned(), file.trim_start_matches("./").to_owned()))
        .collect()
}

/// npm's end where it may not write.
pub(super) fn refused(call: &mut Call<'_, '_, '_>, errno: Errno, at: &str) -> Flow {
    if errno == Errno::Unknown {
        return Flow::Exit(Exit::UNKNOWN);
    }
    let (code, number) = match errno {
        Errno::Access => ("EACCES", -13),
        Errno::ReadOnly => ("EROFS", -30),
        _ => ("ENOTDIR", -20),
    };
    let text = errno.to_string().to_lowercase();
    call.shell.error(&format!(
        "npm error code {code}\nnpm error syscall mkdir\nnpm error path {at}\nnpm error errno {number}\nnpm error Error: {code}: {text}, mkdir '{at}'"
    ));
    Flow::Exit(Exit::code(match errno {
        Errno::Access => 243,
        Errno::ReadOnly => 226,
        _ => 236,
    }))
}
