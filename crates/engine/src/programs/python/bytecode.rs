//! Modules that Python compiles as it imports them: Docker's official images come without
//! compiled modules, so the first program that runs in a build leaves some.

use crate::programs::Call;
use crate::size::{Basis, ByteCount};

use super::interpreter::{Interpreter, Layout};
use super::place::{COMPILED, Place};

/// Bytes of the compiled modules of the standard library that pip and venv import, for Python
/// 3.11: 186 modules, measured (3.12: 4,669,803).
const LIBRARY: u64 = 5_142_916;

/// Thousandths of pip's own compiled modules that an installation imports: 5,455,641 of
/// 7,187,532 bytes with pip 23.2.1, measured.
const PIP: u64 = 759;

/// Notes what the first run of pip or venv leaves, unless `PYTHONDONTWRITEBYTECODE` is set or
/// the user may not write there.
pub(super) fn leave(call: &mut Call<'_, '_, '_>, interpreter: &Interpreter, with_pip: bool) {
    let off = call
        .shell
        .process
        .variable("PYTHONDONTWRITEBYTECODE")
        .is_some_and(|value| !value.is_empty());
    if interpreter.layout != Layout::Local || off || !call.who().is_root() {
        return;
    }
    let scale = COMPILED
        .iter()
        .find(|(minor, _)| *minor == interpreter.minor())
        .map_or(922, |(_, scale)| *scale);
    let prefix = &interpreter.prefix;
    let library = format!("{prefix}/lib/python{}/__pycache__", interpreter.version);
    let mut place = Place::new(interpreter, interpreter.site(), interpreter.data());
    if call.stat(&library).is_err() {
        add(call, &mut place, &library, LIBRARY * scale / 1000);
    }
    let own = format!("{}/pip/__pycache__", interpreter.site());
    // An installed pip has its modules compiled.
    if !with_pip || call.stat(&own).is_ok() {
        return;
    }
    let bundled = interpreter.bundled(false);
    let bytes = call.shell.machine.catalog.python().and_then(|index| {
        let known = index.get("pip")?;
        let version = bundled.first()?.1.parse().ok()?;
        let release = known.nearest(&version)?;
        let wheel = release.wheel(&interpreter.version)?;
        let at = interpreter.site().len() as u64;
        Some(super::place::compiled_bytes(wheel, interpreter, at))
    });
    add(call, &mut place, &own, bytes.unwrap_or(0) * PIP / 1000);
}

fn add(call: &mut Call<'_, '_, '_>, place: &mut Place, at: &str, bytes: u64) {
    let size = ByteCount {
        bytes,
        low: bytes * 9 / 10,
        high: bytes * 11 / 10,
        basis: Basis::Modelled,
    };
    // Where it cannot be written, Python goes on without.
    let _ = place.add(call, at, size, true);
}
