//! `python` and the programs that install its distributions.

mod bytecode;
mod cache;
mod command;
mod compileall;
mod installer;
mod interpreter;
mod locked;
mod pip;
mod pipx;
mod place;
mod project;
mod requirements;
mod venv;

use super::{Call, Flavor, Program};
use crate::image::path;
use crate::python::Index;
use crate::shell::{Exit, Outcome, UNKNOWN};

use interpreter::Interpreter;

pub(super) use locked::{Pipenv, Poetry, Uv};
pub(super) use pip::Pip;
pub(super) use pipx::Pipx;
pub(super) use venv::Virtualenv;

/// `python`: of its own programs, `-m pip` and `-m venv` are modelled.
#[derive(Debug)]
pub(super) struct Python;

impl Program for Python {
    fn names(&self) -> &'static [&'static str] {
        &[
            "python",
            "python3",
            "python3.8",
            "python3.9",
            "python3.10",
            "python3.11",
            "python3.12",
            "python3.13",
            "python3.14",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let mut at = 0;
        // Options before the program: some take the next word.
        while let Some(word) = words.get(at) {
            match word.as_str() {
                "-m" | "-c" => break,
                "-W" | "-X" => at += 2,
                "-V" | "--version" => return version(call),
                _ if word.starts_with('-') && word.len() > 1 => at += 1,
                _ => break,
            }
        }
        let own = call.name().to_owned();
        match (words.get(at).map(String::as_str), words.get(at + 1)) {
            (Some("-m"), Some(module)) => {
                let rest = &words[at + 2..];
                match module.as_str() {
                    "pip" => pip::run(call, &own, rest),
                    "venv" => venv::run(call, &own, venv::Maker::Venv, rest),
                    "ensurepip" | "pip._internal" => Ok(Exit::OK),
                    "compileall" => {
                        let interpreter = Interpreter::of(call, &own);
                        let done = interpreter.and_then(|own| compileall::run(call, &own, rest));
                        done.unwrap_or_else(|| other(call, module, rest))
                    }
                    _ => other(call, module, rest),
                }
            }
            (Some("-c"), Some(code)) if only_looks(code) => {
                let beside = call.at(".");
                leave_run(call, &own, Some(code), &beside);
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            (Some("-c"), Some(_)) => other(call, "python", &words[at..]),
            (Some(script), _) if is_pip(path::split(script).1) => {
                pip::run(call, &own, &words[at + 1..])
            }
            (Some(script), _) if script != "-" => {
                let at_path = call.at(script);
                if call.is_missing(script) {
                    let message =
                        format!("can't open file '{at_path}': [Errno 2] No such file or directory");
                    return Ok(call.refuse(&message, 2));
                }
                let name = path::split(script).1;
                // Those that are modelled say themselves what they leave.
                if modelled(name).is_none() {
                    let code = call.files().text(&at_path);
                    leave_run(call, &own, code.as_deref(), path::split(&at_path).0);
                }
                other(call, name, &words[at + 1..])
            }
            _ => other(call, "python", &words),
        }
    }
}

/// Notes what code leaves that `command` runs.
fn leave_run(call: &mut Call<'_, '_, '_>, command: &str, code: Option<&str>, beside: &str) {
    if let Some(interpreter) = Interpreter::of(call, command) {
        bytecode::leave_run(call, &interpreter, code, beside);
    }
}

/// Whether code imports and prints at most.
fn only_looks(code: &str) -> bool {
    let begins = [
        "import ",
        "from ",
        "print(",
        "assert ",
        "exit(",
        "sys.exit(",
    ];
    let acts = ["open(", "download", "save", "system(", "run(", "load("];
    let mut statements = code.split([';', '\n']).map(str::trim);
    statements.all(|statement| {
        statement.is_empty() || begins.iter().any(|word| statement.starts_with(word))
    }) && !acts.iter().any(|word| code.contains(word))
}

/// Programs in Python that are modelled, beside pip.
const MODELLED: [&dyn Program; 4] = [&Pipenv, &Poetry, &Uv, &Virtualenv];

fn modelled(name: &str) -> Option<&'static dyn Program> {
    let mut programs = MODELLED.into_iter();
    programs.find(|program| program.names().contains(&name))
}

/// The index, where it is loaded; it is asked for where not.
fn index<'m>(call: &mut Call<'_, '_, 'm>) -> Option<&'m Index> {
    let machine = &mut *call.shell.machine;
    let index = machine.catalog.python();
    if index.is_none() {
        machine.want(crate::catalog::PYTHON);
    }
    index
}

/// Whether a script's name is one of pip's.
fn is_pip(name: &str) -> bool {
    name.strip_prefix("pip")
        .is_some_and(|rest| rest.chars().all(|ch| ch.is_ascii_digit() || ch == '.'))
}

fn version(call: &mut Call<'_, '_, '_>) -> Outcome {
    let own = call.name().to_owned();
    let known = Interpreter::of(call, &own).and_then(|interpreter| interpreter.full_version);
    let text = known.unwrap_or_else(|| UNKNOWN.to_string());
    call.line(&format!("Python {text}"));
    Ok(Exit::OK)
}

/// Another program in Python, by the name of its script or module.
fn other(call: &mut Call<'_, '_, '_>, name: &str, rest: &[String]) -> Outcome {
    let mut words = vec![name.to_owned()];
    words.extend(rest.iter().cloned());
    match modelled(name) {
        Some(program) => super::run(program, call.shell, &words, Flavor::Gnu),
        None => crate::shell::unknown(call.shell, &words),
    }
}
