//! `pipx`: programs of Python, each in an environment of its own.

use crate::image::path;
use crate::programs::options::{Options, Spec, flag, value};
use crate::programs::{Call, Program};
use crate::python::Distribution;
use crate::shell::{Data, Exit, Flow, Outcome, UNKNOWN};
use crate::size::ByteCount;

use super::interpreter::Interpreter;
use super::pip;

const SPECS: [Spec; 16] = [
    flag("f", "force"),
    flag("q", "quiet"),
    flag("v", "verbose"),
    flag("e", "editable"),
    flag("", "include-deps"),
    flag("", "include-apps"),
    flag("", "global"),
    flag("", "system-site-packages"),
    flag("", "fetch-missing-python"),
    value("", "python"),
    value("", "suffix"),
    value("", "pip-args"),
    value("", "spec"),
    value("i", "index-url"),
    value("", "preinstall"),
    value("", "backend"),
];

/// `pipx`.
#[derive(Debug)]
pub(in crate::programs) struct Pipx;

/// Where pipx keeps what it makes.
struct Home {
    root: String,
    /// Where programs are linked from.
    programs: String,
    /// Where its logs are.
    logs: String,
}

impl Program for Pipx {
    fn names(&self) -> &'static [&'static str] {
        &["pipx"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words: Vec<String> = call.words().to_vec();
        let Ok(options) = Options::read(&words, &SPECS, true) else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        match options.operand(0, "") {
            "install" if !options.has("editable") => install(call, &options),
            "ensurepath" | "list" | "environment" | "--version" | "completions" | "" => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

impl Home {
    /// Where they are: `PIPX_HOME` and `PIPX_BIN_DIR`, or below the home directory. Since 1.3 that is
    /// `.local/share/pipx` (pipx's changelog), with logs in `.local/state`.
    fn of(call: &Call<'_, '_, '_>) -> Self {
        let home = call.home();
        let variable = |name: &str| call.shell.process.variable(name).map(str::to_owned);
        let packages = &call.shell.machine.packages;
        let debians = packages.by_name.get("pipx");
        let is_old =
            debians.is_some_and(|own| crate::debian::version::compare(&own.version, "1.3").is_lt());
        let stated = variable("PIPX_HOME");
        let root = stated.clone().unwrap_or_else(|| {
            let share = if is_old { "" } else { "/share" };
            format!("{home}/.local{share}/pipx")
        });
        let logs = if is_old || stated.is_some() {
            format!("{root}/logs")
        } else {
            format!("{home}/.local/state/pipx/log")
        };
        let programs = variable("PIPX_BIN_DIR");
        Self {
            root,
            programs: programs.unwrap_or_else(|| format!("{home}/.local/bin")),
            logs,
        }
    }
}

fn install(call: &mut Call<'_, '_, '_>, options: &Options) -> Outcome {
    let python = options.value("python").unwrap_or("python3").to_owned();
    if Interpreter::of(call, &python).is_none() || options.operands.len() < 2 {
        return crate::shell::unknown(call.shell, call.arguments);
    }
    let home = Home::of(call);
    let shared = format!("{}/shared", home.root);
    for directory in [format!("{}/.cache", home.root), home.logs.clone()] {
        crate::programs::mkdir::make_parents(call, &directory, None, false);
    }
    let tag = format!("{}/.cache/CACHEDIR.TAG", home.root);
    write(call, &tag, Data::opaque(ByteCount::measured(186)));
    // Its log has a name with the time.
    let log = ByteCount::assumed(3_500, 2_000, 40_000);
    call.files().add_bulk(&home.logs, log);
    if call.stat(&shared).is_err() {
        execute(call, &[&python, "-m", "venv", "--clear", &shared])?;
        // Older ones bring all three, later ones pip alone.
        let newest: &[&str] = if home.root.ends_with("share/pipx") {
            &["pip"]
        } else {
            &["pip", "setuptools", "wheel"]
        };
        let words = ["install", "--upgrade"].iter().chain(newest);
        let words: Vec<String> = words.map(|word| (*word).to_owned()).collect();
        pip::run(call, &format!("{shared}/bin/python"), &words)?;
    }
    for asked in options.operands.clone().iter().skip(1) {
        let name = name_of(asked);
        let suffix = options.value("suffix").unwrap_or_default();
        let directory = format!("{}/venvs/{name}{suffix}", home.root);
        if call.stat(&directory).is_ok() && !options.has("force") {
            call.line(&format!("'{name}' already seems to be installed."));
            continue;
        }
        execute(call, &[&python, "-m", "venv", "--without-pip", &directory])?;
        let own = format!("{directory}/bin/python");
        let words = ["install".to_owned(), asked.clone()];
        let exit = pip::run(call, &own, &words)?;
        if exit.failed() {
            return Ok(exit);
        }
        let Some(interpreter) = Interpreter::of(call, &own) else {
            continue;
        };
        let site = interpreter.site();
        let link = format!("{shared}/lib/python{}/site-packages", interpreter.version);
        let text = format!("{link}\n");
        let data = Data::from(text.as_str());
        write(call, &format!("{site}/pipx_shared.pth"), data);
        let metadata = Data::opaque(ByteCount::assumed(1_200, 700, 4_000));
        write(call, &format!("{directory}/pipx_metadata.json"), metadata);
        link_programs(call, &home, &directory, &name, suffix);
    }
    Ok(call.exit)
}

/// Links the programs of a distribution.
fn link_programs(
    call: &mut Call<'_, '_, '_>,
    home: &Home,
    directory: &str,
    name: &str,
    suffix: &str,
) {
    let who = call.who();
    crate::programs::mkdir::make_parents(call, &home.programs, None, false);
    let known = super::index(call).and_then(|index| index.get(name));
    let newest = known.iter().flat_map(Distribution::newest);
    let scripts: Vec<&str> = newest
        .flat_map(|own| &own.scripts)
        .map(|(script, _)| *script)
        .collect();
    if known.is_none() {
        // One that is not listed has programs that are not known.
        call.files().note_unlisted(&home.programs, ByteCount::ZERO);
    }
    for script in scripts.into_iter().chain(known.is_none().then_some(name)) {
        let target = format!("{directory}/bin/{script}");
        if call.stat(&target).is_ok() {
            let at = format!("{}/{script}{suffix}", home.programs);
            // Another one's link may be there already, and stays.
            let _ = call.files().symlink(&target, &at, &who);
        }
    }
}

/// The name of a distribution in what is asked for: `black[d]==24.1`.
fn name_of(asked: &str) -> String {
    let end = asked.find(|ch: char| !ch.is_ascii_alphanumeric() && !matches!(ch, '-' | '_' | '.'));
    let name = &asked[..end.unwrap_or(asked.len())];
    crate::python::normalized(path::split(name).1)
}

fn execute(call: &mut Call<'_, '_, '_>, words: &[&str]) -> Result<Exit, Flow> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    call.execute(&words)
}

fn write(call: &mut Call<'_, '_, '_>, at: &str, data: Data) {
    if let Err(errno) = call.write(at, data) {
        call.problem(at, errno);
    }
}
