//! Modules that Python compiles as it imports them: Docker's official images come without
//! compiled modules, so the first program that runs in a build leaves some.

use crate::programs::Call;
use crate::size::{Basis, ByteCount};

use super::installer::Installer;
use super::interpreter::{Interpreter, Layout};
use super::place::{Place, compiled_bytes, compiled_scale};

/// Bytes of the compiled modules of the standard library that pip and venv import, for Python
/// 3.11: with pip before 25 (186 modules), and since (158 modules; 4,101,758 with Python 3.12).
const LIBRARY: [u64; 3] = [5_142_916, 4_458_000, 4_458_000];

/// Thousandths of pip's own compiled modules that an installation imports, measured with pip
/// 24.0, 25.0.1 and 26.3.
const PIP: [u64; 3] = [754, 744, 807];

/// Notes what the first run of pip or venv leaves, unless `PYTHONDONTWRITEBYTECODE` is set or
/// the user may not write there.
pub(super) fn leave(call: &mut Call<'_, '_, '_>, interpreter: &Interpreter, with_pip: bool) {
    if !may_leave(call, interpreter) {
        return;
    }
    let scale = compiled_scale(interpreter.minor());
    let mut place = Place::new(interpreter, interpreter.site(), interpreter.data());
    let own = place.installed(call).remove("pip");
    let series = match super::pip::pip_of(own.as_deref()) {
        Installer::Pip(26.., _) => 2,
        Installer::Pip(25, _) => 1,
        _ => 0,
    };
    let prefix = &interpreter.prefix;
    let library = format!("{prefix}/lib/python{}/__pycache__", interpreter.version);
    if interpreter.layout == Layout::Local && call.stat(&library).is_err() {
        add(call, &mut place, &library, LIBRARY[series] * scale / 1000);
    }
    let modules = format!("{}/pip/__pycache__", interpreter.site());
    // An installed pip has its modules compiled.
    if !with_pip || call.stat(&modules).is_ok() {
        return;
    }
    let bytes = call.shell.machine.catalog.python().and_then(|index| {
        let release = index.release("pip", own.as_deref()?.parse().ok().as_ref())?;
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

/// Modules of the standard library that a program imports beside those that pip does: where
/// they are below it, and bytes with Python 3.12 (measured).
pub(super) type Imports = &'static [(&'static str, u64)];

/// What poetry 2.5 imports.
pub(super) const POETRY: Imports = &[
    ("email/__pycache__", 186_114),
    ("concurrent/futures/__pycache__", 43_657),
    ("ctypes/__pycache__", 43_100),
    ("encodings/__pycache__", 2_568),
    ("__pycache__", 107_446),
];

/// What pipenv 2026 imports.
pub(super) const PIPENV: Imports = &[
    ("xml/etree/__pycache__", 96_082),
    ("concurrent/futures/__pycache__", 33_595),
    ("encodings/__pycache__", 6_751),
    ("__pycache__", 26_283),
];

/// Notes what the first run of another program leaves; pip was there to install it.
pub(super) fn leave_of(call: &mut Call<'_, '_, '_>, interpreter: &Interpreter, imports: Imports) {
    let Interpreter {
        prefix, version, ..
    } = interpreter;
    let library = format!("{prefix}/lib/python{version}");
    let first = imports
        .first()
        .map(|(below, _)| format!("{library}/{below}"));
    let again = first.is_some_and(|first| call.stat(&first).is_ok());
    if again || !may_leave(call, interpreter) {
        return;
    }
    let scale = compiled_scale(interpreter.minor()) * 1000 / compiled_scale(12);
    let mut place = Place::new(interpreter, interpreter.site(), interpreter.data());
    for (below, bytes) in imports {
        let at = format!("{library}/{below}");
        add(call, &mut place, &at, bytes * scale / 1000);
    }
}

/// Whether modules that are imported are compiled where they are.
fn may_leave(call: &Call<'_, '_, '_>, interpreter: &Interpreter) -> bool {
    let off = call.shell.process.variable("PYTHONDONTWRITEBYTECODE");
    let off = off.is_some_and(|value| !value.is_empty());
    let is_own = matches!(interpreter.layout, Layout::Local | Layout::Venv);
    is_own && !off && call.who().is_root()
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
