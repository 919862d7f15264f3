//! `python -m venv` and `virtualenv`: virtual environments.

use crate::image::path;
use crate::programs::options::{Options, Spec, flag, value};
use crate::programs::{Call, Program};
use crate::python::{Index, Pick};
use crate::shell::{Data, Exit, Flow, Outcome, Resolution, Who};

use super::index;
use super::installer::Installer;
use super::interpreter::{Interpreter, Layout};
use super::place::Place;

/// Options of both.
const SPECS: &[Spec] = &[
    flag("h", "help"),
    flag("v", "verbose"),
    flag("q", "quiet"),
    flag("", "system-site-packages"),
    flag("", "symlinks"),
    flag("", "copies"),
    flag("", "always-copy"),
    flag("", "clear"),
    flag("", "upgrade"),
    flag("", "without-pip"),
    flag("", "no-pip"),
    flag("", "no-setuptools"),
    flag("", "no-wheel"),
    flag("", "upgrade-deps"),
    flag("", "without-scm-ignore-files"),
    value("", "prompt"),
    value("p", "python"),
    value("", "pip"),
];

/// Who makes an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    /// Python's own module.
    Venv,
    /// virtualenv, which brings the newest pip, keeps it unpacked, and looks for a newer one in
    /// the background.
    Virtualenv,
    /// poetry, through virtualenv: with pip alone, and without a look for a newer one.
    Poetry,
    /// uv, which puts pip into it only where it is told to.
    Uv {
        /// Whether it is.
        with_pip: bool,
    },
}

/// A file of an environment: its name, its bytes, and how often the environment's path and its
/// prompt are part of them.
type Template = (&'static str, u64, u64, u64);

/// What venv makes, for a Python before 3.12, for 3.12 and since (measured).
const OF_VENV: [[Template; 4]; 3] = [
    venv_files([1661, 885, 2165]),
    venv_files([1987, 886, 2165]),
    venv_files([2020, 879, 2158]),
];

const fn venv_files([shell, csh, fish]: [u64; 3]) -> [Template; 4] {
    [
        ("bin/activate", shell, 1, 2),
        ("bin/activate.csh", csh, 1, 2),
        ("bin/activate.fish", fish, 1, 2),
        ("bin/Activate.ps1", 9033, 0, 0),
    ]
}

/// What virtualenv 21 makes (measured).
const OF_VIRTUALENV: &[Template] = &[
    ("CACHEDIR.TAG", 194, 0, 0),
    (".gitignore", 40, 0, 0),
    ("bin/activate", 6642, 4, 2),
    ("bin/activate.csh", 2655, 3, 2),
    ("bin/activate.fish", 3929, 1, 2),
    ("bin/activate.nu", 3442, 1, 2),
    ("bin/activate.ps1", 8793, 0, 2),
    ("bin/activate.xsh", 3718, 1, 1),
    ("bin/activate_this.py", 3375, 0, 2),
    ("bin/deactivate.csh", 1291, 0, 0),
];

/// What uv 0.13 makes (measured).
const OF_UV: &[Template] = &[
    ("CACHEDIR.TAG", 43, 0, 0),
    (".gitignore", 1, 0, 0),
    ("bin/activate", 4204, 1, 2),
    ("bin/activate.bat", 2633, 1, 1),
    ("bin/activate.csh", 2583, 1, 2),
    ("bin/activate.fish", 4294, 1, 2),
    ("bin/activate.nu", 3911, 1, 2),
    ("bin/activate.ps1", 2765, 0, 2),
    ("bin/activate.xsh", 3867, 0, 1),
    ("bin/activate_this.py", 2383, 0, 1),
    ("bin/deactivate.bat", 1730, 0, 0),
    ("bin/pydoc.bat", 1219, 0, 0),
];

/// `virtualenv`.
#[derive(Debug)]
pub(in crate::programs) struct Virtualenv;

impl Program for Virtualenv {
    fn names(&self) -> &'static [&'static str] {
        &["virtualenv"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        run(call, "python3", Maker::Virtualenv, &words)
    }
}

/// Makes environments with `python`, a command.
pub(super) fn run(
    call: &mut Call<'_, '_, '_>,
    python: &str,
    maker: Maker,
    words: &[String],
) -> Outcome {
    let options = match Options::read(words, SPECS, true) {
        Ok(options) => options,
        Err(message) => {
            call.shell.error(&format!(
                "usage: venv [-h] ENV_DIR [ENV_DIR ...]\nvenv: error: {message}"
            ));
            return Ok(Exit::code(2));
        }
    };
    if options.operands.is_empty() {
        call.shell.error("usage: venv [-h] ENV_DIR [ENV_DIR ...]\nvenv: error: the following arguments are required: ENV_DIR");
        return Ok(Exit::code(2));
    }
    let python = options.value("p").unwrap_or(python).to_owned();
    let Some(base) = Interpreter::of(call, &python) else {
        let mut all = vec!["python".to_owned(), "-m".to_owned(), "venv".to_owned()];
        all.extend(words.iter().cloned());
        return crate::shell::unknown(call.shell, &all);
    };
    let with_pip = match maker {
        Maker::Uv { with_pip } => with_pip,
        _ => !options.has("without-pip") && !options.has("no-pip"),
    };
    let is_venv = maker == Maker::Venv;
    if is_venv && with_pip && base.layout == Layout::Debian && !has_ensurepip(call, &base) {
        let directory = call.at(&options.operands[0]);
        make(call, &base, &directory, maker, false, &options)?;
        call.line(&format!(
            "The virtual environment was not created successfully because ensurepip is not\navailable.  On Debian/Ubuntu systems, you need to install the python3-venv\npackage using the following command.\n\n    apt install python{}-venv\n\nYou may need to use sudo with that command.  After installing the python3-venv\npackage, recreate your virtual environment.\n\nFailing command: {directory}/bin/python3\n",
            base.version
        ));
        return Ok(Exit::code(1));
    }
    if is_venv {
        super::bytecode::leave(call, &base, false);
    }
    for operand in &options.operands {
        let directory = call.at(operand);
        make(call, &base, &directory, maker, with_pip, &options)?;
    }
    Ok(Exit::OK)
}

/// Whether Debian's Python has what puts pip into environments: python3-venv.
fn has_ensurepip(call: &Call<'_, '_, '_>, base: &Interpreter) -> bool {
    let packages = &call.shell.machine.packages;
    packages.by_name.is_empty()
        || packages.has(&format!("python{}-venv", base.version))
        || packages.has("python3-venv")
}

fn make(
    call: &mut Call<'_, '_, '_>,
    base: &Interpreter,
    directory: &str,
    maker: Maker,
    with_pip: bool,
    options: &Options,
) -> Result<(), Flow> {
    call.shell.machine.step()?;
    let who = call.who();
    let version = base.version.clone();
    let invoked = path::split(&base.executable).1.to_owned();
    let home = path::split(&base.executable).0.to_owned();
    let site = format!("{directory}/lib/python{version}/site-packages");
    crate::programs::mkdir::make_parents(call, &site, None, false);
    let include = (maker == Maker::Venv).then(|| format!("include/python{version}"));
    for below in ["bin".to_owned()].into_iter().chain(include) {
        crate::programs::mkdir::make_parents(call, &format!("{directory}/{below}"), None, false);
    }
    if call.exit.failed() {
        return Ok(());
    }
    // The name that it was called by is the link; the others lead to that one.
    let python_of = |name: &str| format!("{directory}/bin/{name}");
    let target = format!("{home}/{invoked}");
    let mut links = vec![(python_of(&invoked), target)];
    for name in [
        "python".to_owned(),
        "python3".to_owned(),
        format!("python{version}"),
    ] {
        if name != invoked {
            links.push((python_of(&name), invoked.clone()));
        }
    }
    links.push((format!("{directory}/lib64"), "lib".to_owned()));
    for (at, target) in links {
        // It may be there already.
        let _ = call.files().symlink(&target, &at, &who);
    }
    let full = base
        .full_version
        .clone()
        .unwrap_or_else(|| format!("{version}.0"));
    let real = match call.shell.find_command(&base.executable) {
        Resolution::File(_, real) => real,
        _ => format!("{home}/python{version}"),
    };
    let system = options.has("system-site-packages");
    let prompt = options.value("prompt").unwrap_or_default();
    let prompt_line = match prompt {
        "" => String::new(),
        _ => format!("prompt = \"{prompt}\"\n"),
    };
    let invocation = format!("{home}/{invoked} -m");
    let config = match maker {
        Maker::Venv => format!(
            "home = {home}\ninclude-system-site-packages = {system}\nversion = {full}\nexecutable = {real}\ncommand = {invocation} venv {directory}\n"
        ),
        Maker::Virtualenv | Maker::Poetry => format!(
            "home = {home}\nimplementation = CPython\npython-version = {version}\nversion_info = {full}.final.0\nversion = {full}\nexecutable = {real}\ncommand = {invocation} virtualenv {directory}\nvirtualenv = 21.0.0\n{prompt_line}include-system-site-packages = {system}\nbase-prefix = {prefix}\nbase-exec-prefix = {prefix}\nbase-executable = {real}\n",
            prefix = base.prefix
        ),
        Maker::Uv { .. } => format!(
            "home = {home}\nimplementation = CPython\nuv = 0.13.0\nversion_info = {full}\ninclude-system-site-packages = {system}\n{}",
            prompt_line.replace('"', "")
        ),
    };
    write(
        call,
        &format!("{directory}/pyvenv.cfg"),
        &Data::from(config.as_str()),
        &who,
    );
    let series = match base.minor() {
        ..12 => 0,
        12 => 1,
        _ => 2,
    };
    let templates = match maker {
        Maker::Venv => OF_VENV[series].as_slice(),
        Maker::Virtualenv | Maker::Poetry => OF_VIRTUALENV,
        Maker::Uv { .. } => OF_UV,
    };
    let shown = match (maker, prompt) {
        (Maker::Venv, "") => path::split(directory).1,
        (_, prompt) => prompt,
    };
    for (name, bytes, paths, prompts) in templates {
        let bytes = bytes + paths * directory.len() as u64 + prompts * shown.len() as u64;
        write_sized(call, &format!("{directory}/{name}"), bytes, &who);
    }
    let ignored = maker == Maker::Venv && base.minor() >= 13;
    if ignored && !options.has("without-scm-ignore-files") {
        write_sized(call, &format!("{directory}/.gitignore"), 69, &who);
    }
    if !with_pip {
        return Ok(());
    }
    let Some(index) = index(call) else {
        return Ok(());
    };
    let Some(own) = Interpreter::of(call, &format!("{directory}/bin/{invoked}")) else {
        return Ok(());
    };
    let mut place = Place::new(&own, own.site(), own.data());
    if maker != Maker::Venv {
        return seed(call, index, &mut place, maker);
    }
    // ensurepip does.
    call.work_in_tmp();
    place.without_programs = base.layout == Layout::Debian;
    let bundled = base.bundled(true);
    place.installer = super::pip::pip_of(bundled.first().map(|(_, version)| *version));
    for (name, version) in bundled {
        let mut pick = Pick::stated(index, name, Some(version));
        pick.requested = true;
        place.install(call, &pick)?;
    }
    Ok(())
}

/// Puts the newest pip into an environment, for Pythons before 3.12 with setuptools. virtualenv
/// copies them, not compiled, from where it keeps them unpacked.
fn seed(
    call: &mut Call<'_, '_, '_>,
    index: &Index,
    place: &mut Place,
    maker: Maker,
) -> Result<(), Flow> {
    place.compiles = false;
    place.installer = match maker {
        Maker::Uv { .. } => Installer::Uv,
        // Its scripts are those of distlib, as pip's were before 25.2.
        _ => Installer::Pip(24, 0),
    };
    let python = place.interpreter.version.clone();
    let with_setuptools = maker != Maker::Poetry && place.interpreter.minor() < 12;
    let setuptools = with_setuptools.then_some("setuptools");
    let mut kept = 0;
    for name in ["pip"].into_iter().chain(setuptools) {
        let known = index.get(name);
        let newest = known.as_ref().and_then(|known| {
            let python = python.parse().ok()?;
            known.for_python(&python).next().map(ToString::to_string)
        });
        let pick = Pick::stated(index, name, newest.as_deref());
        place.install(call, &pick)?;
        if let Some(wheel) = pick.wheel(&python) {
            kept += wheel.bytes() + wheel.record.0;
            if maker == Maker::Virtualenv {
                kept += wheel.download;
            }
        }
    }
    let cache = format!("{}/.cache/virtualenv/wheel", call.home());
    if matches!(maker, Maker::Virtualenv | Maker::Poetry) && call.stat(&cache).is_err() {
        let size = crate::size::ByteCount::measured(kept);
        place.add(call, &cache, size, true)?;
    }
    Ok(())
}

fn write_sized(call: &mut Call<'_, '_, '_>, at: &str, bytes: u64, who: &Who) {
    let size = crate::size::ByteCount::measured(bytes);
    write(call, at, &Data::opaque(size), who);
}

fn write(call: &mut Call<'_, '_, '_>, at: &str, data: &Data, who: &Who) {
    if let Err(errno) = call.files().write(at, data, 0o644, who) {
        call.problem(at, errno);
    }
}
