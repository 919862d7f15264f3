//! Unpacking: files of which only the size is known, with the directories above them.

use std::collections::BTreeSet;

use super::Call;
use crate::image::{Metadata, Node, path};
use crate::shell::{Errno, Who};
use crate::size::{Basis, ByteCount};

/// Puts files where a program unpacks them, on behalf of its user.
#[derive(Debug, Default)]
pub(super) struct Unpacker {
    /// Directories that are known to be there.
    made: BTreeSet<String>,
}

impl Unpacker {
    /// Makes a directory with those above it.
    ///
    /// # Errors
    /// As `mkdir`.
    pub(super) fn directory(&mut self, call: &mut Call<'_, '_, '_>, at: &str) -> Result<(), Errno> {
        if self.made.contains(at) {
            return Ok(());
        }
        let who = call.who();
        if call.stat(at).is_err() {
            let mut above: Vec<&str> = path::ancestors(at).collect();
            above.reverse();
            for directory in above.into_iter().chain([at]) {
                match call.files().make_directory(directory, 0o755, &who) {
                    Ok(()) | Err(Errno::Exists) => {}
                    Err(errno) => return Err(errno),
                }
            }
        }
        self.made.insert(at.to_owned());
        Ok(())
    }

    /// Puts a file.
    ///
    /// # Errors
    /// As `open`.
    pub(super) fn file(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        at: &str,
        size: ByteCount,
        executable: bool,
    ) -> Result<(), Errno> {
        self.directory(call, path::split(at).0)?;
        let who = call.who();
        let meta = Metadata {
            mode: if executable { 0o755 } else { 0o644 },
            uid: who.uid,
            gid: who.gid,
        };
        call.files().place_node(at, Node::sized(size, meta), &who)?;
        Ok(())
    }

    /// Adds files to a directory of which only the sum is known.
    ///
    /// # Errors
    /// As `mkdir`.
    pub(super) fn bulk(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        at: &str,
        size: ByteCount,
    ) -> Result<(), Errno> {
        self.directory(call, at)?;
        let real = call.files().resolve(at, &Who::default(), true)?;
        call.files().add_bulk(&real, size);
        Ok(())
    }
}

/// A number that is known to so many parts of a hundred.
pub(super) fn within(bytes: u64, slack: u64) -> ByteCount {
    if slack == 0 {
        return ByteCount::measured(bytes);
    }
    ByteCount {
        bytes,
        low: bytes.saturating_sub(bytes * slack / 100),
        high: bytes + bytes * slack / 100,
        basis: Basis::Modelled,
    }
}
