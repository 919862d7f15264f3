//! pip's cache: what it downloads, and the pages of the index that it reads.

use crate::image::path;
use crate::programs::Call;
use crate::shell::Who;
use crate::size::{Basis, ByteCount};

/// Bytes of an index page and its headers, for each distribution: pages hold a line a file.
const PAGE: (u64, u64, u64) = (3_000, 30_000, 150_000);

/// Keeps what was downloaded in `~/.cache/pip`: names with bytes.
pub(super) fn keep(
    call: &mut Call<'_, '_, '_>,
    directory: Option<String>,
    files: &[(String, u64)],
) {
    let home = call
        .shell
        .process
        .variable("HOME")
        .unwrap_or("/root")
        .to_owned();
    let at = directory.unwrap_or_else(|| format!("{home}/.cache/pip"));
    let at = call.at(&at);
    let fetched = &mut call.shell.machine.fetched;
    if call.shell.machine.files.node(&at).is_none() {
        // It was taken out since.
        fetched.retain(|what| !what.starts_with("pip:"));
    }
    let files: Vec<u64> = files
        .iter()
        .filter(|(name, _)| fetched.insert(format!("pip:{name}")))
        .map(|(_, bytes)| *bytes)
        .collect();
    if files.is_empty() {
        return;
    }
    let who = call.who();
    let mut made = true;
    let mut above: Vec<&str> = path::ancestors(&at).collect();
    above.reverse();
    for directory in above.into_iter().chain([at.as_str()]) {
        if call.stat(directory).is_err() {
            made &= call.files().make_directory(directory, 0o755, &who).is_ok();
        }
    }
    // Where it cannot be made, pip goes on without.
    let Ok(real) = call.files().resolve(&at, &Who::default(), true) else {
        return;
    };
    if made {
        let count = files.len() as u64;
        let bytes: u64 = files.iter().sum();
        let size = ByteCount {
            bytes: bytes + count * PAGE.1,
            low: bytes + count * PAGE.0,
            high: bytes + count * PAGE.2,
            basis: Basis::Modelled,
        };
        call.files().add_bulk(&real, size);
    }
}

/// `pip cache purge`.
pub(super) fn purge(call: &mut Call<'_, '_, '_>, directory: Option<String>) {
    let home = call
        .shell
        .process
        .variable("HOME")
        .unwrap_or("/root")
        .to_owned();
    let at = directory.unwrap_or_else(|| format!("{home}/.cache/pip"));
    let at = call.at(&at);
    if let Ok(entry) = call.stat(&at) {
        call.files().clear_bulk(&entry.path);
    }
}
