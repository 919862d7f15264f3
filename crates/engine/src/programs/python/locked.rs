//! Programs that install what a lock file states: `uv`, `poetry`, `pipenv`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::image::path;
use crate::programs::{Call, Program};
use crate::python::{Environment, Pick, normalized};
use crate::shell::{Data, Exit, Flow, Outcome, UNKNOWN};

use super::interpreter::Interpreter;
use super::place::Place;
use super::{index, pip, venv};

/// A lock file of uv or poetry.
#[derive(Debug, Default, Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

/// A package of a lock file.
#[derive(Debug, Deserialize)]
struct Locked {
    name: String,
    version: Option<String>,
    /// poetry: whether only an extra needs it.
    #[serde(default)]
    optional: bool,
    /// poetry before 1.5: `main` or `dev`.
    category: Option<String>,
    /// poetry since 2.0.
    #[serde(default)]
    groups: Vec<String>,
    /// uv: where it comes from; the project itself is `editable` or `virtual`.
    #[serde(default)]
    source: BTreeMap<String, toml::Value>,
    /// What it needs: a list in uv's file, a table in poetry's.
    dependencies: Option<toml::Value>,
    /// uv: what developing it needs.
    #[serde(default, rename = "dev-dependencies")]
    dev: BTreeMap<String, toml::Value>,
}

/// A release that a lock file states.
#[derive(Debug)]
struct Stated {
    /// Its normalized name.
    name: String,
    version: Option<String>,
    /// Who requires it, where the file says so.
    because: Vec<String>,
}

/// What is left out of an installation.
#[derive(Debug, Clone, Copy, Default)]
struct Scope {
    /// What only development needs.
    no_dev: bool,
    /// The project itself.
    no_project: bool,
}

/// Reads a lock file of the project.
fn lock(call: &mut Call<'_, '_, '_>, name: &str) -> Result<Option<Lock>, String> {
    let data = match call.read(name) {
        Ok(data) => data,
        Err(_) => return Ok(None),
    };
    let Some(bytes) = data.known() else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(bytes);
    toml::from_str(&text)
        .map(Some)
        .map_err(|error| format!("{name}: {}", error.message()))
}

/// The packages that uv's lock file reaches from the project.
fn of_uv(lock: &Lock, scope: Scope, environment: &Environment<'_>) -> Vec<Stated> {
    let by_name: BTreeMap<&str, &Locked> = lock
        .package
        .iter()
        .map(|own| (own.name.as_str(), own))
        .collect();
    let is_own = |own: &Locked| {
        ["editable", "virtual", "directory"]
            .iter()
            .any(|kind| own.source.contains_key(*kind))
    };
    let mut queue: Vec<(String, Vec<String>)> = lock
        .package
        .iter()
        .filter(|own| is_own(own))
        .map(|own| (own.name.clone(), Vec::new()))
        .collect();
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    while let Some((name, because)) = queue.pop() {
        let Some(own) = by_name
            .get(name.as_str())
            .filter(|_| seen.insert(name.clone()))
        else {
            continue;
        };
        let mut needs: Vec<&toml::Value> = own.dependencies.iter().collect();
        if is_own(own) && !scope.no_dev {
            needs.extend(own.dev.values());
        }
        let mut chain = because.clone();
        if !is_own(own) {
            chain.push(name.clone());
        }
        for need in needs
            .into_iter()
            .filter_map(toml::Value::as_array)
            .flatten()
        {
            let marker = need.get("marker").and_then(toml::Value::as_str);
            let counts = marker.is_none_or(|marker| environment.allows(marker, &[]));
            if let Some(other) = need
                .get("name")
                .and_then(toml::Value::as_str)
                .filter(|_| counts)
            {
                queue.push((other.to_owned(), chain.clone()));
            }
        }
        if !is_own(own) {
            out.push(stated(own, because));
        }
    }
    out
}

/// The packages of poetry's lock file.
fn of_poetry(lock: &Lock, scope: Scope) -> Vec<Stated> {
    let for_dev = |own: &Locked| {
        own.category.as_deref() == Some("dev")
            || (!own.groups.is_empty() && !own.groups.iter().any(|group| group == "main"))
    };
    lock.package
        .iter()
        .filter(|own| !(own.optional || scope.no_dev && for_dev(own)))
        .map(|own| stated(own, Vec::new()))
        .collect()
}

fn stated(own: &Locked, because: Vec<String>) -> Stated {
    Stated {
        name: normalized(&own.name),
        version: own.version.clone(),
        because,
    }
}

/// Installs releases that are not there yet.
fn install(
    call: &mut Call<'_, '_, '_>,
    interpreter: &Interpreter,
    releases: Vec<Stated>,
    compiles: bool,
) -> Result<(), Flow> {
    let Some(index) = index(call) else {
        return Ok(());
    };
    let mut place = Place::new(interpreter, interpreter.site(), interpreter.data());
    place.compiles = compiles;
    let present = place.installed(call);
    for own in releases {
        let mut pick = Pick::stated(index, &own.name, own.version.as_deref());
        pick.because = own.because;
        let version = pick.version.as_ref().map(ToString::to_string);
        match present.get(&pick.name) {
            Some(own) if Some(own) == version.as_ref() => continue,
            Some(_) => {
                place.remove(call, index, &pick.name);
            }
            None => {}
        }
        place.install(call, &pick)?;
    }
    Ok(())
}

/// The words that are no options.
fn plain(words: &[String]) -> Vec<&str> {
    let words = words.iter().map(String::as_str);
    words.filter(|word| !word.starts_with('-')).collect()
}

/// A flag of the command line.
fn has(words: &[String], names: &[&str]) -> bool {
    words.iter().any(|word| names.contains(&word.as_str()))
}

fn is_set(call: &Call<'_, '_, '_>, variable: &str) -> bool {
    let value = call.shell.process.variable(variable);
    value.is_some_and(|value| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes" | "on"))
}

/// The environment at a directory, made where it is missing.
fn environment(
    call: &mut Call<'_, '_, '_>,
    directory: &str,
    with_pip: bool,
) -> Result<Option<Interpreter>, Flow> {
    let python = format!("{directory}/bin/python");
    if call.stat(&format!("{directory}/pyvenv.cfg")).is_err() {
        let mut words = vec![directory.to_owned()];
        if !with_pip {
            words.push("--without-pip".to_owned());
        }
        venv::run(call, "python3", false, &words)?;
    }
    Ok(Interpreter::of(call, &python))
}

/// `uv`.
#[derive(Debug)]
pub(in crate::programs) struct Uv;

impl Program for Uv {
    fn names(&self) -> &'static [&'static str] {
        &["uv"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words: Vec<String> = call.words().to_vec();
        let plain = plain(&words);
        match plain.as_slice() {
            ["pip", "install" | "sync", ..] => pip_of_uv(call, &words),
            ["pip", ..] => Ok(Exit::OK),
            ["venv", rest @ ..] => {
                let directory = call.at(rest.first().unwrap_or(&".venv"));
                environment(call, &directory, has(&words, &["--seed"]))?;
                Ok(Exit::OK)
            }
            ["sync", ..] => sync(call, &words),
            ["lock" | "version" | "help" | "cache" | "self", ..] | [] => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// `uv pip install`: into the environment that is active, or the system's Python.
fn pip_of_uv(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let system = has(words, &["--system"]) || is_set(call, "UV_SYSTEM_PYTHON");
    let active = call
        .shell
        .process
        .variable("VIRTUAL_ENV")
        .map(str::to_owned);
    let local = call.at(".venv");
    let python = match active {
        _ if system => "python3".to_owned(),
        Some(active) => format!("{active}/bin/python"),
        None if call.is_directory(&local) => format!("{local}/bin/python"),
        None => {
            call.shell.error("error: No virtual environment found; run `uv venv` to create an environment, or pass `--system` to install into a non-virtual environment");
            return Ok(Exit::code(2));
        }
    };
    // uv's own options are not pip's; it keeps no archives, and compiles only when told to.
    let mut rest: Vec<String> = words
        .iter()
        .skip_while(|word| *word != "pip")
        .skip(1)
        .filter(|word| {
            !matches!(
                word.as_str(),
                "--system" | "--compile-bytecode" | "--no-cache" | "--frozen" | "--strict"
            )
        })
        .cloned()
        .collect();
    if let Some(first) = rest.first_mut()
        && first == "sync"
    {
        "install".clone_into(first);
        rest.insert(1, "-r".to_owned());
    }
    rest.push("--no-cache-dir".to_owned());
    if !(has(words, &["--compile-bytecode"]) || is_set(call, "UV_COMPILE_BYTECODE")) {
        rest.push("--no-compile".to_owned());
    }
    // It is no Python itself: nothing of its own is compiled.
    call.shell.process.export("PYTHONDONTWRITEBYTECODE", "1");
    pip::run(call, &python, &rest)
}

/// `uv sync`: the project's environment, as uv.lock states it.
fn sync(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    if call.is_missing("pyproject.toml") {
        call.shell
            .error("error: No `pyproject.toml` found in current directory or any parent directory");
        return Ok(Exit::code(2));
    }
    let frozen = has(words, &["--frozen", "--locked"])
        || is_set(call, "UV_FROZEN")
        || is_set(call, "UV_LOCKED");
    if frozen && call.is_missing("uv.lock") {
        call.shell.error("error: Unable to find lockfile at `uv.lock`. To create a lockfile, run `uv lock` or `uv sync`.");
        return Ok(Exit::code(2));
    }
    let stated = match lock(call, "uv.lock") {
        Ok(Some(stated)) => stated,
        Ok(None) => return crate::shell::unknown(call.shell, call.arguments),
        Err(problem) => {
            call.shell
                .error(&format!("error: Failed to parse {problem}"));
            return Ok(Exit::code(2));
        }
    };
    let directory = call
        .shell
        .process
        .variable("UV_PROJECT_ENVIRONMENT")
        .unwrap_or(".venv");
    let directory = call.at(directory);
    let Some(interpreter) = environment(call, &directory, false)? else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    let scope = Scope {
        no_dev: has(words, &["--no-dev", "--no-default-groups"]) || is_set(call, "UV_NO_DEV"),
        no_project: has(words, &["--no-install-project", "--no-install-workspace"]),
    };
    let releases = of_uv(
        &stated,
        scope,
        &Environment {
            python: &interpreter.version,
            machine: call.shell.machine.machine,
        },
    );
    let compiles = has(words, &["--compile-bytecode"]) || is_set(call, "UV_COMPILE_BYTECODE");
    install(call, &interpreter, releases, compiles)?;
    if !scope.no_project {
        itself(call, &interpreter)?;
    }
    Ok(Exit::OK)
}

/// The project itself, installed so that its sources stay where they are.
fn itself(call: &mut Call<'_, '_, '_>, interpreter: &Interpreter) -> Result<(), Flow> {
    let Ok(own) = super::project::read(call, ".", &[]) else {
        return Ok(());
    };
    let mut place = Place::new(interpreter, interpreter.site(), interpreter.data());
    super::project::install(call, &mut place, &own, true)
}

/// `poetry`.
#[derive(Debug)]
pub(in crate::programs) struct Poetry;

impl Program for Poetry {
    fn names(&self) -> &'static [&'static str] {
        &["poetry"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words: Vec<String> = call.words().to_vec();
        let plain = plain(&words);
        match plain.as_slice() {
            ["config", key, value, ..] => {
                configure(call, key, value);
                Ok(Exit::OK)
            }
            ["install" | "sync", ..] => poetry(call, &words),
            [
                "config" | "check" | "show" | "env" | "version" | "cache" | "self" | "about",
                ..,
            ]
            | [] => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// Notes a setting in poetry's own file, where it is read again.
fn configure(call: &mut Call<'_, '_, '_>, key: &str, value: &str) {
    let home = call.home();
    let directory = format!("{home}/.config/pypoetry");
    crate::programs::mkdir::make_parents(call, &directory, None, false);
    let at = format!("{directory}/config.toml");
    let before = call.shell.machine.files.text(&at).unwrap_or_default();
    let text = match key.rsplit_once('.') {
        Some((table, name)) => format!("{before}[{table}]\n{name} = {value}\n"),
        None => format!("{before}{key} = {value}\n"),
    };
    if let Err(errno) = call.write(&at, Data::from(text.as_str())) {
        call.problem(&at, errno);
    }
}

/// A setting of poetry: by variable, else in its file.
fn setting(call: &Call<'_, '_, '_>, name: &str) -> Option<bool> {
    let variable = format!(
        "POETRY_VIRTUALENVS_{}",
        name.to_uppercase().replace('-', "_")
    );
    let value = call
        .shell
        .process
        .variable(&variable)
        .map(str::to_lowercase);
    if let Some(value) = value {
        return Some(matches!(value.as_str(), "1" | "true"));
    }
    let home = call.home();
    let text = call
        .shell
        .machine
        .files
        .text(&format!("{home}/.config/pypoetry/config.toml"))?;
    let line = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(name)?.split_once('='))?;
    Some(line.1.trim() == "true")
}

fn poetry(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    if call.is_missing("pyproject.toml") {
        let here = call.at(".");
        call.shell.error(&format!(
            "\nPoetry could not find a pyproject.toml file in {here} or its parents"
        ));
        return Ok(Exit::code(1));
    }
    let stated = match lock(call, "poetry.lock") {
        Ok(Some(stated)) => stated,
        Ok(None) => return crate::shell::unknown(call.shell, call.arguments),
        Err(problem) => {
            call.shell
                .error(&format!("\nUnable to read the lock file ({problem})."));
            return Ok(Exit::code(1));
        }
    };
    let interpreter = if setting(call, "create") == Some(false) {
        Interpreter::of(call, "python3")
    } else {
        let here = call.at(".");
        let directory = if setting(call, "in-project") == Some(true) {
            format!("{here}/.venv")
        } else {
            // A digest of the project's path is part of the name; it is not computed.
            let home = call.home();
            let name = path::split(&here).1;
            format!("{home}/.cache/pypoetry/virtualenvs/{name}-py3")
        };
        environment(call, &directory, true)?
    };
    let Some(interpreter) = interpreter else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    let main_only = ["--only", "--without"].iter().any(|option| {
        words
            .iter()
            .any(|word| word.starts_with(&format!("{option}=")) || word == option)
    });
    let scope = Scope {
        no_dev: main_only || has(words, &["--no-dev"]),
        no_project: has(words, &["--no-root", "--no-directory"]),
    };
    let releases = of_poetry(&stated, scope);
    let compiles = has(words, &["--compile"]);
    install(call, &interpreter, releases, compiles)?;
    if !scope.no_project {
        itself(call, &interpreter)?;
    }
    Ok(Exit::OK)
}

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
        let interpreter = if has(&words, &["--system"]) {
            Interpreter::of(call, "python3")
        } else {
            let here = call.at(".");
            let directory = if is_set(call, "PIPENV_VENV_IN_PROJECT") {
                format!("{here}/.venv")
            } else {
                let home = call.home();
                format!("{home}/.local/share/virtualenvs/{}", path::split(&here).1)
            };
            environment(call, &directory, true)?
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
        let releases = lists
            .into_iter()
            .flatten()
            .flatten()
            .filter(|(_, own)| {
                own.markers
                    .as_ref()
                    .is_none_or(|marker| around.allows(marker, &[]))
            })
            .map(|(name, own)| Stated {
                name: normalized(name),
                version: own
                    .version
                    .as_deref()
                    .map(|text| text.trim_start_matches('=').to_owned()),
                because: Vec::new(),
            })
            .collect();
        install(call, &interpreter, releases, true)?;
        Ok(Exit::OK)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, Scope, of_poetry, of_uv};
    use crate::python::Environment;

    #[test]
    fn reads_lock_files() {
        let around = Environment {
            python: "3.12",
            machine: "x86_64",
        };
        let uv: Lock = toml::from_str("version = 1\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"flask\" }, { name = \"colorama\", marker = \"sys_platform == 'win32'\" }]\n[package.dev-dependencies]\ndev = [{ name = \"pytest\" }]\n[[package]]\nname = \"flask\"\nversion = \"3.0.0\"\nsource = { registry = \"r\" }\ndependencies = [{ name = \"click\" }]\n[[package]]\nname = \"click\"\nversion = \"8.1.0\"\n[[package]]\nname = \"pytest\"\nversion = \"8.0.0\"\n").expect("a lock file");
        let names = |no_dev| {
            let scope = Scope {
                no_dev,
                no_project: true,
            };
            let mut names: Vec<String> = of_uv(&uv, scope, &around)
                .into_iter()
                .map(|pick| pick.name)
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(true), ["click", "flask"]);
        assert_eq!(names(false), ["click", "flask", "pytest"]);
        let poetry: Lock = toml::from_str("[[package]]\nname = \"Flask\"\nversion = \"3.0.0\"\noptional = false\ngroups = [\"main\"]\n[package.dependencies]\nclick = \">=8\"\n[[package]]\nname = \"pytest\"\nversion = \"8.0.0\"\noptional = false\ngroups = [\"dev\"]\n").expect("a lock file");
        let scope = Scope {
            no_dev: true,
            no_project: true,
        };
        assert_eq!(of_poetry(&poetry, scope).len(), 1);
    }
}
