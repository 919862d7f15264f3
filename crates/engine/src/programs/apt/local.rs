//! Packages that a command brings itself, by the paths of their archives.

use crate::debian::{Deb, Index, Packages, deb};
use crate::programs::Call;
use crate::shell::{Data, Flow, Who};
use crate::size::ByteCount;

/// Where dpkg unpacks what it needs for a while.
const TEMPORARY: &str = "/var/lib/dpkg/tmp.ci";

/// Archives that operands name.
#[derive(Debug, Default)]
pub(in crate::programs) struct Local {
    /// Those whose content is known.
    pub(in crate::programs) debs: Vec<Deb>,
    /// The others: paths and sizes.
    opaque: Vec<(String, ByteCount)>,
}

impl Local {
    /// Reads archives.
    ///
    /// # Errors
    /// The path that is not one, and why.
    pub(in crate::programs) fn read(
        call: &mut Call<'_, '_, '_>,
        paths: &[String],
    ) -> Result<Self, (String, String)> {
        let mut out = Self::default();
        for path in paths {
            let data = match call.read(path) {
                Ok(data) => data,
                Err(errno) => return Err((path.clone(), errno.to_string())),
            };
            match data.known().map(Deb::read) {
                None => out.opaque.push((path.clone(), data.size())),
                Some(Ok(deb)) => out.debs.push(deb),
                Some(Err(message)) => return Err((path.clone(), message.to_owned())),
            }
        }
        Ok(out)
    }

    /// Whether nothing was named.
    pub(in crate::programs) fn is_empty(&self) -> bool {
        self.debs.is_empty() && self.opaque.is_empty()
    }

    /// The lines of the archives, as an index has them.
    pub(in crate::programs) fn lines(&self) -> impl Iterator<Item = &str> {
        self.debs.iter().map(Deb::line)
    }

    /// Adds what is unpacked from archives of unknown content.
    ///
    /// # Errors
    /// A limit of the simulation.
    pub(in crate::programs) fn add_opaque(&self, call: &mut Call<'_, '_, '_>) -> Result<(), Flow> {
        for (path, size) in &self.opaque {
            let is_package = |url: &str| url.ends_with(".deb");
            if let Some(done) = crate::shell::known_script(call.shell, is_package) {
                done?;
                continue;
            }
            // Compressed with xz, programs are about a third of what they were.
            let unpacked = ByteCount::assumed(
                size.bytes.saturating_mul(3),
                size.low,
                size.high.saturating_mul(8),
            );
            // Most of it is there, or its programs lie where the system's do.
            call.files().add_bulk("/opt", unpacked);
            call.files().note_unlisted("/", ByteCount::ZERO);
            call.shell.machine.note(
                "unknown-archive",
                format!("{path} is a package of which only the size is known: what it unpacks to is assumed, with a range; what it needs is not known"),
            );
        }
        Ok(())
    }
}

/// The index of packages that come from archives, with those that came before.
pub(in crate::programs) fn index<'l>(
    packages: &'l Packages,
    lines: impl Iterator<Item = &'l str>,
) -> Option<Index> {
    let before = packages.local.iter().map(String::as_str);
    let mut lines = lines.chain(before).peekable();
    lines.peek()?;
    Index::parse(deb::index_of(lines)).ok()
}

/// Unpacks the files of an archive, on behalf of its package.
///
/// # Errors
/// A limit of the simulation.
pub(super) fn unpack(call: &mut Call<'_, '_, '_>, deb: &Deb, slim: bool) -> Result<(), Flow> {
    let root = Who::default();
    let file = format!("{TEMPORARY}/data.tar");
    // It is there only while dpkg works; that it is left over from a build before cannot be.
    let _ = call.files().make_directory(TEMPORARY, 0o755, &root);
    let (data, paths) = deb.files(slim);
    let data = Data::from(data);
    if call.files().write(&file, &data, 0o644, &root).is_ok() {
        let words = ["tar", "-xpf", &file, "-C", "/"].map(str::to_owned);
        call.execute(&words)?;
        let _ = call.files().unlink(&file, &root);
    }
    let _ = call.files().remove_directory(TEMPORARY, &root);
    let packages = call.shell.machine.packages_mut();
    packages.local.push(deb.line().to_owned());
    if let Some(installed) = packages.by_name.get_mut(&deb.name) {
        installed.programs = paths;
    }
    Ok(())
}
