//! pip's cache: what it downloads, and the pages of the index that it reads.

use crate::programs::Call;
use crate::programs::unpacker::Unpacker;
use crate::size::{Basis, ByteCount};

/// Bytes of an index page and its headers, for each distribution: pages hold a line a file.
const PAGE: (u64, u64, u64) = (3_000, 30_000, 150_000);

/// Where the cache is.
fn place(call: &Call<'_, '_, '_>, stated: Option<String>) -> String {
    let at = stated.unwrap_or_else(|| format!("{}/.cache/pip", call.home()));
    call.at(&at)
}

/// Keeps what was downloaded: names with bytes.
pub(super) fn keep(
    call: &mut Call<'_, '_, '_>,
    directory: Option<String>,
    files: &[(String, u64)],
) {
    let at = place(call, directory);
    let fetched = call.shell.machine.fetched_in(&at, "pip:");
    let files: Vec<u64> = files
        .iter()
        .filter(|(name, _)| fetched.insert(format!("pip:{name}")))
        .map(|(_, bytes)| *bytes)
        .collect();
    let count = files.len() as u64;
    let bytes: u64 = files.iter().sum();
    let size = ByteCount {
        bytes: bytes + count * PAGE.1,
        low: bytes + count * PAGE.0,
        high: bytes + count * PAGE.2,
        basis: Basis::Modelled,
    };
    if count > 0 {
        // Where it cannot be written, pip goes on without.
        let _ = Unpacker::default().bulk(call, &at, size);
    }
}

/// `pip cache purge`.
pub(super) fn purge(call: &mut Call<'_, '_, '_>, directory: Option<String>) {
    let at = place(call, directory);
    if let Ok(entry) = call.stat(&at) {
        call.files().clear_bulk(&entry.path);
    }
}
