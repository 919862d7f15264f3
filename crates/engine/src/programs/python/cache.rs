//! Caches of pip, uv and poetry: what they download, and the pages of the index that they read.

use crate::programs::Call;
use crate::programs::unpacker::{Unpacker, within};
use crate::python::Pick;
use crate::size::{Basis, ByteCount};

use super::interpreter::Interpreter;

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

/// Bytes of what uv notes of a wheel that it unpacked, beside the wheel's `RECORD` (uv 0.13,
/// measured).
const UNPACKED: u64 = 520;

/// Bytes of a file in uv's copy of an index page, and of the files of a release: two, and with
/// wheels for each system about 25 (uv 0.13, measured with ten distributions).
const LISTED: (u64, u64, u64) = (288, 2, 25);

/// Keeps what uv unpacks: wheels, hard-linked to where they are installed, and with the pages of
/// the index that it read to choose.
pub(super) fn keep_unpacked(
    call: &mut Call<'_, '_, '_>,
    directory: &str,
    interpreter: &Interpreter,
    new: &[Pick<'_>],
    seen: &[Pick<'_>],
) {
    let copies = call.shell.process.variable("UV_LINK_MODE") == Some("copy");
    let index = call.shell.machine.catalog.python();
    let at = call.at(directory);
    let fetched = call.shell.machine.fetched_in(&at, "uv:");
    let mut size = ByteCount::ZERO;
    for pick in new {
        if !fetched.insert(format!("uv:{}", pick.name)) {
            continue;
        }
        if let Some(wheel) = pick.wheel(&interpreter.version) {
            let files = if copies { wheel.bytes() } else { 0 };
            size += ByteCount::measured(files + wheel.record.0 + UNPACKED);
        }
    }
    for pick in seen {
        let Some(known) = index.and_then(|index| index.get(&pick.name)) else {
            continue;
        };
        if !fetched.insert(format!("uv:{} page", pick.name)) {
            continue;
        }
        let releases = (known.versions.len() + known.others.len()) as u64;
        let wheel = pick.wheel(&interpreter.version);
        let for_all = wheel.is_none_or(|wheel| wheel.name.ends_with("-none-any.whl"));
        let (file, few, many) = LISTED;
        let bytes = releases * file * if for_all { few } else { many };
        size += ByteCount {
            bytes,
            low: bytes / 2,
            high: bytes * 2,
            basis: Basis::Modelled,
        };
    }
    if size.bytes > 0 {
        // Where it cannot be written, uv goes on without.
        let _ = Unpacker::default().bulk(call, &at, size);
    }
}

/// Keeps the archives of wheels, as poetry does.
pub(super) fn keep_archives(
    call: &mut Call<'_, '_, '_>,
    directory: &str,
    interpreter: &Interpreter,
    new: &[Pick<'_>],
) {
    let fetched = call.shell.machine.fetched_in(directory, "poetry:");
    let mut size = ByteCount::ZERO;
    for pick in new {
        let wheel = pick.wheel(&interpreter.version);
        if fetched.insert(format!("poetry:{}", pick.name)) {
            size += within(wheel.map_or(100_000, |wheel| wheel.download), 5);
        }
    }
    if size.bytes > 0 {
        // Where it cannot be written, poetry goes on without.
        let _ = Unpacker::default().bulk(call, directory, size);
    }
}

/// `pip cache purge`.
pub(super) fn purge(call: &mut Call<'_, '_, '_>, directory: Option<String>) {
    let at = place(call, directory);
    if let Ok(entry) = call.stat(&at) {
        call.files().clear_bulk(&entry.path);
    }
}
