//! `pipenv`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::image::path;
use crate::programs::{Call, Program};
use crate::python::{Environment, normalized};
use crate::shell::{Data, Exit, Outcome};

use super::super::bytecode;
use super::super::installer::Installer;
use super::super::interpreter::Interpreter;
use super::super::venv::Maker;
use super::{Stated, environment, has, here, install, is_set, named_after};

/// A lock file of pipenv.
#[derive(Debug, Default, Deserialize)]
struct Pipfile {
    #[serde(default)]
    default: BTreeMap<String, Pinned>,
    #[serde(default)]
    develop: BTreeMap<String, Pinned>,
}

/// A package of pipenv's lock file.
#[derive(Debug, Default, Deserialize)]
struct Pinned {
    version: Option<String>,
    markers: Option<String>,
}

/// `pipenv`.
#[derive(Debug)]
pub(in crate::programs) struct Pipenv;

impl Program for Pipenv {
    fn names(&self) -> &'static [&'static str] {
        &["pipenv"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words: Vec<String> = call.words().to_vec();
        let verb = words
            .iter()
            .find(|word| !word.starts_with('-'))
            .map(String::as_str);
        if !matches!(verb, Some("install" | "sync")) {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        let text = call.read("Pipfile.lock").ok();
        let stated = text
            .as_ref()
            .and_then(Data::known)
            .map(serde_json::from_slice::<Pipfile>);
        let stated = match stated {
            Some(Ok(stated)) => stated,
            None if call.is_missing("Pipfile.lock")
                && has(&words, &["--deploy", "--ignore-pipfile"]) =>
            {
                call.shell
                    .error("Pipfile.lock not found. Run 'pipenv lock' first.");
                return Ok(Exit::code(1));
            }
            None => return crate::shell::unknown(call.shell, call.arguments),
            Some(Err(error)) => {
                call.shell.error(&format!("Pipfile.lock: {error}"));
                return Ok(Exit::code(1));
            }
        };
        let own = Interpreter::of(call, "python");
        if let Some(own) = &own {
            bytecode::leave_of(call, own, bytecode::PIPENV);
        }
        let interpreter = if has(&words, &["--system"]) {
            own
        } else {
            let here = here(call);
            let name = path::split(&here).1;
            let directory = if is_set(call, "PIPENV_VENV_IN_PROJECT") {
                path::child(&here, ".venv")
            } else {
                let named = named_after(name, &call.at("Pipfile"));
                format!("{}/.local/share/virtualenvs/{named}", call.home())
            };
            environment(call, &directory, Maker::Virtualenv, name)?
        };
        let Some(interpreter) = interpreter else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        let around = Environment {
            python: &interpreter.version,
            machine: call.shell.machine.machine,
        };
        let dev = has(&words, &["--dev", "-d"]);
        let lists = [Some(&stated.default), dev.then_some(&stated.develop)];
        let counts = |own: &Pinned| {
            let marker = own.markers.as_deref();
            marker.is_none_or(|marker| around.allows(marker, &[]))
        };
        let releases = lists.into_iter().flatten().flatten();
        let releases = releases
            .filter(|(_, own)| counts(own))
            .map(|(name, own)| Stated {
                name: normalized(name),
                version: own
                    .version
                    .as_deref()
                    .map(|text| text.trim_start_matches('=').to_owned()),
                because: Vec::new(),
            })
            .collect();
        // It has its own pip install them.
        install(call, &interpreter, releases, Installer::Pip(25, 0), true)?;
        Ok(Exit::OK)
    }
}
