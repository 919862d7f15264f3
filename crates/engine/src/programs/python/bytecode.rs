//! Modules that Python compiles as it imports them: Docker's official images come without
//! compiled modules, so the first program that runs in a build leaves some.

use crate::image::path;
use crate::programs::Call;
use crate::size::{Basis, ByteCount};

use super::compileall;
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
    let library = path::child(&interpreter.library(), "__pycache__");
    if interpreter.layout == Layout::Local && call.stat(&library).is_err() {
        let size = near(LIBRARY[series] * scale / 1000);
        add(call, &mut place, &library, size);
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
    let size = near(bytes.unwrap_or(0) * PIP[series] / 1000);
    add(call, &mut place, &modules, size);
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
    let library = interpreter.library();
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
        add(call, &mut place, &at, near(bytes * scale / 1000));
    }
}

/// What imports at most these leaves little of the standard library compiled.
const LIGHT: [&str; 12] = [
    "os",
    "sys",
    "re",
    "json",
    "time",
    "math",
    "io",
    "itertools",
    "functools",
    "collections",
    "string",
    "glob",
];

/// Notes what code leaves that is run: the modules of the standard library that it imports, in
/// Docker's official images; and those of its own that are beside it. Measured with Python 3.11 on
/// twelve programs: 21 kB where nothing is imported, 445 kB for `json`, 0.6 to 3.9 MB for
/// frameworks; 0 to 270 kB where pip has run before.
pub(super) fn leave_run(
    call: &mut Call<'_, '_, '_>,
    interpreter: &Interpreter,
    code: Option<&str>,
    beside: &str,
) {
    if !may_leave(call, interpreter) {
        return;
    }
    let imported: Vec<&str> = code.map(imports).unwrap_or_default();
    for name in &imported {
        let at = path::child(beside, &format!("{name}.py"));
        if let Ok(entry) = call.stat(&at) {
            let who = call.who();
            compileall::module(call, interpreter, &entry.path, &entry.node, &who);
        }
    }
    let Some(base) = interpreter
        .base(call)
        .filter(|base| base.layout == Layout::Local)
    else {
        return;
    };
    let library = path::child(&base.library(), "__pycache__");
    let is_first = call.stat(&library).is_err();
    let is_light = code.is_some() && imported.iter().all(|name| LIGHT.contains(name));
    let (bytes, low, high) = match (is_first, is_light) {
        (true, true) if imported.is_empty() => (21_438, 21_438, 21_438),
        (true, true) => (445_000, 21_438, 900_000),
        (true, false) => (2_900_000, 445_000, 4_500_000),
        (false, true) => return,
        (false, false) => (50_000, 0, 300_000),
    };
    let scale = compiled_scale(base.minor());
    let size = ByteCount {
        bytes: bytes * scale / 1000,
        low: low * scale / 1000,
        high: high * scale / 1000,
        basis: Basis::Modelled,
    };
    let mut place = Place::new(&base, base.site(), base.data());
    add(call, &mut place, &library, size);
}

/// The modules that code imports, without what is below them.
fn imports(code: &str) -> Vec<&str> {
    let statements = code.split(['\n', ';']).map(str::trim);
    let named = statements.filter_map(|statement| {
        let (word, rest) = statement.split_once(' ')?;
        match word {
            "import" => Some(rest),
            "from" => rest.split_once(" import").map(|(module, _)| module),
            _ => None,
        }
    });
    let modules = named.flat_map(|names| names.split(','));
    let modules = modules.filter_map(|name| name.trim().split([' ', '.']).next());
    modules.filter(|name| !name.is_empty()).collect()
}

/// Whether modules that are imported are compiled where they are.
fn may_leave(call: &Call<'_, '_, '_>, interpreter: &Interpreter) -> bool {
    let off = call.shell.process.variable("PYTHONDONTWRITEBYTECODE");
    let off = off.is_some_and(|value| !value.is_empty());
    let is_own = matches!(interpreter.layout, Layout::Local | Layout::Venv);
    is_own && !off && call.who().is_root()
}

/// A size that is known to a tenth.
fn near(bytes: u64) -> ByteCount {
    ByteCount {
        bytes,
        low: bytes * 9 / 10,
        high: bytes * 11 / 10,
        basis: Basis::Modelled,
    }
}

fn add(call: &mut Call<'_, '_, '_>, place: &mut Place, at: &str, size: ByteCount) {
    // Where it cannot be written, Python goes on without.
    let _ = place.add(call, at, size, true);
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn finds_what_is_imported() {
        let code =
            "import os, sys as s; from a.b import c\nx = 1\n  import json.decoder\nfrom . import y";
        assert_eq!(imports(code), ["os", "sys", "a", "json"]);
        assert!(imports("print('import os')").is_empty());
    }
}
