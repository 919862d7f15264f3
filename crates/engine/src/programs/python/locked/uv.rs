//! `uv`.

use std::collections::{BTreeMap, BTreeSet};

use crate::programs::{Call, Program};
use crate::python::Environment;
use crate::shell::{Errno, Exit, Outcome, UNKNOWN};

use super::super::cache;
use super::super::installer::Installer;
use super::super::pip;
use super::super::venv::Maker;
use super::{
    Lock, Locked, Stated, default_python, environment, has, install, is_set, itself, lock, plain,
    project_name, values,
};

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
            ["pip", "install" | "sync", ..] => install_as_pip(call, &words),
            ["pip", ..] => Ok(Exit::OK),
            ["venv", rest @ ..] => {
                let directory = call.at(rest.first().unwrap_or(&".venv"));
                let with_pip = has(&words, &["--seed"]);
                environment(call, &directory, Maker::Uv { with_pip }, "")?;
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

/// What of a project is installed.
#[derive(Debug, Clone, Default)]
struct Scope {
    /// Whether the project and what it needs are part of it.
    project: bool,
    /// Groups of what developing it needs.
    groups: Wanted,
    /// Extras of it.
    extras: Wanted,
}

/// Some names, or all but some.
#[derive(Debug, Clone, Default)]
struct Wanted {
    all: bool,
    names: BTreeSet<String>,
    not: BTreeSet<String>,
}

impl Wanted {
    fn has(&self, name: &str) -> bool {
        (self.all || self.names.contains(name)) && !self.not.contains(name)
    }
}

impl Scope {
    /// What the options of `uv sync` say (uv's documentation, *Syncing*).
    fn read(call: &Call<'_, '_, '_>, words: &[String]) -> Self {
        let named = |options: &[&str]| -> BTreeSet<String> {
            let values = values(words, options).into_iter();
            values.map(str::to_owned).collect()
        };
        let mut only = named(&["--only-group"]);
        if has(words, &["--only-dev"]) {
            only.insert("dev".to_owned());
        }
        let mut groups = named(&["--group"]);
        let no_defaults = has(words, &["--no-dev", "--no-default-groups"])
            || is_set(call, "UV_NO_DEV")
            || !only.is_empty();
        if !no_defaults || has(words, &["--dev"]) {
            groups.insert("dev".to_owned());
        }
        let project = only.is_empty();
        groups.append(&mut only);
        Self {
            project,
            groups: Wanted {
                all: has(words, &["--all-groups"]),
                names: groups,
                not: named(&["--no-group"]),
            },
            extras: Wanted {
                all: has(words, &["--all-extras"]),
                names: named(&["--extra"]),
                not: named(&["--no-extra"]),
            },
        }
    }
}

/// Whether a package of a lock file is of the project itself.
fn is_own(own: &Locked) -> bool {
    let kinds = ["editable", "virtual", "directory"];
    kinds.iter().any(|kind| own.source.contains_key(*kind))
}

/// The packages that a lock file reaches from the project.
fn reached(lock: &Lock, scope: &Scope, environment: &Environment<'_>) -> Vec<Stated> {
    let mut by_name: BTreeMap<&str, Vec<&Locked>> = BTreeMap::new();
    for own in &lock.package {
        by_name.entry(&own.name).or_default().push(own);
    }
    // What is asked for: a package and one of its extras, or none.
    let mut queue: Vec<(&Locked, &str, Vec<String>)> = Vec::new();
    let mut needs: Vec<(&toml::Value, Vec<String>)> = Vec::new();
    for own in lock.package.iter().filter(|own| is_own(own)) {
        let project = own.dependencies.iter().filter(|_| scope.project);
        let extras = own.extras.iter().filter(|(name, _)| scope.extras.has(name));
        let groups = own.dev.iter().filter(|(name, _)| scope.groups.has(name));
        let all = project.chain(extras.chain(groups).map(|(_, list)| list));
        needs.extend(all.map(|list| (list, Vec::new())));
    }
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    loop {
        for (list, because) in needs.drain(..) {
            for need in list.as_array().into_iter().flatten() {
                let text = |key: &str| need.get(key).and_then(toml::Value::as_str);
                let counts = text("marker").is_none_or(|marker| environment.allows(marker, &[]));
                let named = text("name").and_then(|name| by_name.get(name));
                // Where there are several releases, for one Python each, the version is stated.
                let own = named.and_then(|all| {
                    let stated = |own: &&&Locked| own.version.as_deref() == text("version");
                    all.iter().find(stated).or(all.first())
                });
                let Some(own) = own.filter(|_| counts) else {
                    continue;
                };
                queue.push((*own, "", because.clone()));
                let extras = need.get("extra").and_then(toml::Value::as_array);
                for extra in extras.into_iter().flatten().filter_map(toml::Value::as_str) {
                    queue.push((*own, extra, because.clone()));
                }
            }
        }
        let Some((own, extra, because)) = queue.pop() else {
            return out;
        };
        if !seen.insert((&own.name, extra)) {
            continue;
        }
        let mut chain = because.clone();
        if !is_own(own) {
            chain.push(own.name.clone());
        }
        let list = match extra {
            "" => own.dependencies.as_ref(),
            extra => own.extras.get(extra),
        };
        needs.extend(list.map(|list| (list, chain)));
        if extra.is_empty() && !is_own(own) {
            out.push(Stated::of(own, because));
        }
    }
}

/// Whether modules are compiled.
fn compiles(call: &Call<'_, '_, '_>, words: &[String]) -> bool {
    has(words, &["--compile-bytecode", "--compile"]) || is_set(call, "UV_COMPILE_BYTECODE")
}

/// Where what is downloaded is kept, if it is.
fn cache_directory(call: &Call<'_, '_, '_>, words: &[String]) -> Option<String> {
    if has(words, &["--no-cache", "--no-cache-dir", "-n"]) || is_set(call, "UV_NO_CACHE") {
        return None;
    }
    let stated = values(words, &["--cache-dir"]).pop();
    let stated = stated.or_else(|| call.shell.process.variable("UV_CACHE_DIR"));
    let stated = stated.map(|directory| call.at(directory));
    stated.or_else(|| {
        let variable = call.shell.process.variable("XDG_CACHE_HOME");
        let caches = variable.map_or_else(|| format!("{}/.cache", call.home()), str::to_owned);
        Some(format!("{caches}/uv"))
    })
}

/// `uv pip install`: into the environment that is active, or the system's Python.
fn install_as_pip(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let system = has(words, &["--system"]) || is_set(call, "UV_SYSTEM_PYTHON");
    let active = call.shell.process.variable("VIRTUAL_ENV");
    let active = active.map(str::to_owned);
    let local = call.at(".venv");
    let python = match active {
        _ if system => default_python(call).to_owned(),
        Some(active) => format!("{active}/bin/python"),
        None if call.is_directory(&local) => format!("{local}/bin/python"),
        None if matches!(call.stat(&local), Err(Errno::Unknown)) => {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        None => {
            call.shell.error("error: No virtual environment found; run `uv venv` to create an environment, or pass `--system` to install into a non-virtual environment");
            return Ok(Exit::code(2));
        }
    };
    // uv's own options are not pip's.
    let own = [
        "--system",
        "--compile-bytecode",
        "--no-cache",
        "--frozen",
        "--strict",
        "-n",
    ];
    let words_of_pip = words.iter().skip_while(|word| *word != "pip").skip(1);
    let mut rest: Vec<String> = words_of_pip
        .filter(|word| !own.contains(&word.as_str()))
        .cloned()
        .collect();
    if let Some(first) = rest.first_mut()
        && first == "sync"
    {
        "install".clone_into(first);
        rest.insert(1, "-r".to_owned());
    }
    if !compiles(call, words) {
        rest.push("--no-compile".to_owned());
    }
    let kept = cache_directory(call, words);
    pip::install_with_uv(call, &python, &rest, kept)
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
    let directory = call.shell.process.variable("UV_PROJECT_ENVIRONMENT");
    let directory = call.at(directory.unwrap_or(".venv"));
    let prompt = project_name(call);
    let maker = Maker::Uv { with_pip: false };
    let Some(interpreter) = environment(call, &directory, maker, &prompt)? else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    let scope = Scope::read(call, words);
    let around = Environment {
        python: &interpreter.version,
        machine: call.shell.machine.machine,
    };
    let releases = reached(&stated, &scope, &around);
    let compiles = compiles(call, words);
    let new = install(call, &interpreter, releases, Installer::Uv, compiles)?;
    if let Some(directory) = cache_directory(call, words) {
        cache::keep_unpacked(call, &directory, &interpreter, &new, &[]);
    }
    let left_out = ["--no-install-project", "--no-install-workspace"];
    if scope.project && !has(words, &left_out) {
        itself(call, &interpreter, Installer::Uv)?;
    }
    Ok(Exit::OK)
}

#[cfg(test)]
mod tests {
    use super::{Lock, Scope, Wanted, reached};
    use crate::python::Environment;

    const LOCK: &str = r#"
version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "flask", extra = ["async"] },
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "numpy", version = "2.4.0", marker = "python_full_version < '3.12'" },
    { name = "numpy", version = "2.5.0", marker = "python_full_version >= '3.12'" },
]
[package.optional-dependencies]
db = [{ name = "redis" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
docs = [{ name = "mkdocs" }]
[[package]]
name = "flask"
version = "3.0.0"
source = { registry = "r" }
dependencies = [{ name = "click" }]
[package.optional-dependencies]
async = [{ name = "asgiref" }]
dotenv = [{ name = "python-dotenv" }]
[[package]]
name = "click"
version = "8.1.0"
[[package]]
name = "asgiref"
version = "3.8.0"
[[package]]
name = "python-dotenv"
version = "1.0.0"
[[package]]
name = "numpy"
version = "2.5.0"
[[package]]
name = "numpy"
version = "2.4.0"
[[package]]
name = "redis"
version = "5.0.0"
[[package]]
name = "pytest"
version = "8.0.0"
[[package]]
name = "mkdocs"
version = "1.6.0"
"#;

    #[test]
    fn follows_groups_and_extras() {
        let lock: Lock = toml::from_str(LOCK).expect("a lock file");
        let stated = |scope: &Scope, python: &str| {
            let machine = "x86_64";
            reached(&lock, scope, &Environment { python, machine })
        };
        let names = |scope: &Scope| {
            let stated = stated(scope, "3.12").into_iter();
            let names = stated.map(|own| own.name).filter(|name| name != "numpy");
            let mut names: Vec<String> = names.collect();
            names.sort();
            names
        };
        let wanted = |names: &[&str]| Wanted {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Wanted::default()
        };
        let mut scope = Scope {
            project: true,
            ..Scope::default()
        };
        assert_eq!(names(&scope), ["asgiref", "click", "flask"]);
        for (python, version) in [("3.11", "2.4.0"), ("3.13", "2.5.0")] {
            let stated = stated(&scope, python);
            let numpy = stated.iter().find(|own| own.name == "numpy");
            assert_eq!(numpy.and_then(|own| own.version.as_deref()), Some(version));
        }
        scope.groups = wanted(&["dev"]);
        assert_eq!(names(&scope), ["asgiref", "click", "flask", "pytest"]);
        scope.groups.all = true;
        scope.groups.not = ["dev".to_owned()].into();
        scope.extras = wanted(&["db"]);
        assert_eq!(
            names(&scope),
            ["asgiref", "click", "flask", "mkdocs", "redis"]
        );
        scope = Scope {
            groups: wanted(&["docs"]),
            ..Scope::default()
        };
        assert_eq!(names(&scope), ["mkdocs"]);
    }
}
