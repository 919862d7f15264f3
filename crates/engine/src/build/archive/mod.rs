//! ADD of local archives: what is one is unpacked.

#[cfg(feature = "archives")]
mod read;

use crate::dockerfile::Command;
use crate::image::{File, Node, path};
use crate::size::ByteCount;

use super::copy::Copier;
use super::source::Picked;
use super::{Build, Failure};

/// Unpacks what was picked where it is an archive; says whether it was.
pub(super) fn unpack(
    picked: &Picked,
    copier: &mut Copier<'_>,
    command: &Command,
    build: &mut Build<'_>,
) -> Result<bool, Failure> {
    let Node::File(file) = &picked.node else {
        return Ok(false);
    };
    #[cfg(feature = "archives")]
    if let Some(content) = &file.content {
        return read::unpack(picked, content, copier);
    }
    unpack_unread(picked, file, copier, command, build)
}

/// An archive, by its name, of which only the size is held.
fn unpack_unread(
    picked: &Picked,
    file: &File,
    copier: &mut Copier<'_>,
    command: &Command,
    build: &mut Build<'_>,
) -> Result<bool, Failure> {
    let name = path::split(&picked.path).1;
    let plain = name.ends_with(".tar");
    let compressed = [".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"];
    if picked.supposed || !(plain || compressed.iter().any(|end| name.ends_with(end))) {
        return Ok(false);
    }
    let bytes = file.size.bytes;
    let size = build.stated_size(command).unwrap_or(if plain {
        ByteCount::assumed(bytes, bytes / 10, bytes)
    } else {
        ByteCount::assumed(bytes.saturating_mul(3), bytes, bytes.saturating_mul(20))
    });
    let message = format!("{name} is not read here: what it unpacks to is a guess");
    build.assume("unread-archive", message, command.lines.first);
    copier.bulk(size)?;
    Ok(true)
}
