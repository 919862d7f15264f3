//! `python -m venv` and `virtualenv`: virtual environments.

use crate::image::path;
use crate::programs::options::{Options, Spec, flag, value};
use crate::programs::{Call, Program};
use crate::python::Pick;
use crate::shell::{Data, Exit, Outcome, Resolution, Who};

use super::index;
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

/// The scripts that activate an environment: names, bytes for a Python before 3.12, since then
/// and since 3.13. In each the environment's path stands once, its name twice (measured).
const ACTIVATE: [(&str, [u64; 3]); 3] = [
    ("activate", [1661, 1987, 2020]),
    ("activate.csh", [885, 886, 879]),
    ("activate.fish", [2165, 2165, 2158]),
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
        run(call, "python3", false, &words)
    }
}

/// Makes environments with `python`, a command.
pub(super) fn run(
    call: &mut Call<'_, '_, '_>,
    python: &str,
    is_venv: bool,
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
    let with_pip = !options.has("without-pip") && !options.has("no-pip");
    if is_venv && with_pip && base.layout == Layout::Debian && !has_ensurepip(call, &base) {
        let directory = call.at(&options.operands[0]);
        make(call, &base, &directory, false, &options)?;
        call.line(&format!(
            "The virtual environment was not created successfully because ensurepip is not\navailable.  On Debian/Ubuntu systems, you need to install the python3-venv\npackage using the following command.\n\n    apt install python{}-venv\n\nYou may need to use sudo with that command.  After installing the python3-venv\npackage, recreate your virtual environment.\n\nFailing command: {directory}/bin/python3\n",
            base.version
        ));
        return Ok(Exit::code(1));
    }
    super::bytecode::leave(call, &base, false);
    for operand in &options.operands {
        let directory = call.at(operand);
        make(call, &base, &directory, with_pip, &options)?;
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
    with_pip: bool,
    options: &Options,
) -> Result<(), crate::shell::Flow> {
    call.shell.machine.step()?;
    let who = call.who();
    let version = base.version.clone();
    let invoked = path::split(&base.executable).1.to_owned();
    let home = path::split(&base.executable).0.to_owned();
    let site = format!("{directory}/lib/python{version}/site-packages");
    crate::programs::mkdir::make_parents(call, &site, None, false);
    for below in ["bin".to_owned(), format!("include/python{version}")] {
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
    let config = format!(
        "home = {home}\ninclude-system-site-packages = {}\nversion = {full}\nexecutable = {real}\ncommand = {home}/{invoked} -m venv {directory}\n",
        options.has("system-site-packages")
    );
    write(
        call,
        &format!("{directory}/pyvenv.cfg"),
        &Data::from(config.as_str()),
        &who,
    );
    let name = options
        .value("prompt")
        .unwrap_or_else(|| path::split(directory).1);
    let paths = directory.len() as u64 + 2 * name.len() as u64;
    let column = match base.minor() {
        ..12 => 0,
        12 => 1,
        _ => 2,
    };
    for (script, bytes) in ACTIVATE {
        let size = crate::size::ByteCount::measured(bytes[column] + paths);
        write(
            call,
            &format!("{directory}/bin/{script}"),
            &Data::opaque(size),
            &who,
        );
    }
    let size = crate::size::ByteCount::measured(9033);
    write(
        call,
        &format!("{directory}/bin/Activate.ps1"),
        &Data::opaque(size),
        &who,
    );
    if base.minor() >= 13 && !options.has("without-scm-ignore-files") {
        let size = crate::size::ByteCount::measured(69);
        write(
            call,
            &format!("{directory}/.gitignore"),
            &Data::opaque(size),
            &who,
        );
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
    place.without_programs = base.layout == Layout::Debian;
    let bundled = base.bundled(true);
    place.pip = super::pip::version_parts(bundled.first().map(|(_, version)| *version));
    for (name, version) in bundled {
        let mut pick = Pick::stated(index, name, Some(version));
        pick.requested = true;
        place.install(call, &pick)?;
    }
    Ok(())
}

fn write(call: &mut Call<'_, '_, '_>, at: &str, data: &Data, who: &Who) {
    if let Err(errno) = call.files().write(at, data, 0o644, who) {
        call.problem(at, errno);
    }
}
