//! Unpacking: files of which only the size is known, with the directories above them.

use std::collections::HashMap;

use super::Call;
use crate::image::{Metadata, Node, path};
use crate::shell::Errno;
use crate::size::{Basis, ByteCount};

/// Puts files where a program unpacks them, on behalf of its user.
#[derive(Debug, Default)]
pub(super) struct Unpacker {
    /// Directories that are known to be there, with their real paths.
    made: HashMap<String, String>,
}

impl Unpacker {
    /// Makes a directory with those above it; gives back its real path.
    ///
    /// # Errors
    /// As `mkdir`.
    pub(super) fn directory(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        at: &str,
    ) -> Result<&str, Errno> {
        if self.made.contains_key(at) {
            return Ok(&self.made[at]);
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
        let real = call.files().open_directory(at, &who)?;
        Ok(self.made.entry(at.to_owned()).or_insert(real))
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
        let (directory, name) = path::split(at);
        let real = path::child(self.directory(call, directory)?, name);
        let who = &call.shell.process.who;
        let meta = Metadata {
            mode: if executable { 0o755 } else { 0o644 },
            uid: who.uid,
            gid: who.gid,
        };
        call.files().place_at(&real, Node::sized(size, meta));
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
        let real = self.directory(call, at)?;
        call.files().add_bulk(real, size);
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
