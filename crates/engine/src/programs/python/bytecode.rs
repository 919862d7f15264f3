//! Modules that Python compiles as it imports them: Docker's official images come without
//! compiled modules, so the first program that runs in a build leaves some.

use crate::programs::Call;
use crate::size::{Basis, ByteCount};

use super::interpreter::{Interpreter, Layout};
use super::place::{Place, compiled_bytes, compiled_scale};

/// Bytes of the compiled modules of the standard library that pip and venv import, for Python
/// 3.11: with pip before 25 (186 modules), and since (158 modules; 4,101,758 with Python 3.12).
const LIBRARY: [u64; 2] = [5_142_916, 4_458_000];

/// Thousandths of pip's own compiled modules that an installation imports, measured with pip
/// 24.0 and 25.0.1.
const PIP: [u64; 2] = [754, 744];

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
    let scale = compiled_scale(interpreter.minor());
    let bundled = interpreter.bundled(false);
    let own = bundled.first().map(|(_, version)| *version);
    let series = usize::from(super::pip::version_parts(own).0 >= 25);
    let prefix = &interpreter.prefix;
    let library = format!("{prefix}/lib/python{}/__pycache__", interpreter.version);
    let mut place = Place::new(interpreter, interpreter.site(), interpreter.data());
    if call.stat(&library).is_err() {
        add(call, &mut place, &library, LIBRARY[series] * scale / 1000);
    }
    let modules = format!("{}/pip/__pycache__", interpreter.site());
    // An installed pip has its modules compiled.
    if !with_pip || call.stat(&modules).is_ok() {
        return;
    }
    let bytes = call.shell.machine.catalog.python().and_then(|index| {
        let release = index.release("pip", own?.parse().ok().as_ref())?;
        let wheel = release.wheel(&interpreter.version)?;
        let at = interpreter.site().len() as u64;
        Some(compiled_bytes(wheel, interpreter, at))
    });
    add(
        call,
        &mut place,
        &modules,
        bytes.unwrap_or(0) * PIP[series] / 1000,
    );
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
