//! `poetry`.

use crate::image::path;
use crate::programs::{Call, Program};
use crate::python::Environment;
use crate::shell::{Data, Errno, Exit, Outcome, UNKNOWN};

use super::super::installer::Installer;
use super::super::interpreter::Interpreter;
use super::super::project::{self, Project};
use super::super::venv::Maker;
use super::super::{bytecode, cache};
use super::{
    Lock, Locked, Stated, environment, has, here, install, itself, lock, named_after, plain, values,
};

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
            ["install" | "sync", ..] => install_project(call, &words),
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

/// A setting of environments: by variable, else in poetry's file.
fn setting(call: &Call<'_, '_, '_>, name: &str) -> Option<bool> {
    let variable = name.to_uppercase().replace('-', "_");
    let variable = format!("POETRY_VIRTUALENVS_{variable}");
    let value = call.shell.process.variable(&variable);
    if let Some(value) = value.map(str::to_lowercase) {
        return Some(matches!(value.as_str(), "1" | "true"));
    }
    let at = format!("{}/.config/pypoetry/config.toml", call.home());
    let text = call.shell.machine.files.text(&at)?;
    let mut lines = text.lines().rev();
    let line = lines.find_map(|line| line.strip_prefix(name)?.split_once('='))?;
    Some(line.1.trim() == "true")
}

/// Groups that are installed, and extras.
#[derive(Debug, Clone, Default)]
struct Scope {
    /// Only these, where any are named.
    only: Vec<String>,
    /// Groups that are optional and come all the same.
    with: Vec<String>,
    without: Vec<String>,
    extras: Vec<String>,
    all_extras: bool,
}

impl Scope {
    fn read(words: &[String]) -> Self {
        let named = |options: &[&str]| -> Vec<String> {
            let values = values(words, options).into_iter();
            values.map(str::to_owned).collect()
        };
        let mut without = named(&["--without"]);
        if has(words, &["--no-dev"]) {
            without.push("dev".to_owned());
        }
        Self {
            only: named(&["--only"]),
            with: named(&["--with"]),
            without,
            extras: named(&["--extras", "-E"]),
            all_extras: has(words, &["--all-extras"]),
        }
    }

    /// Whether a group is installed, of a project with some optional ones.
    fn has(&self, group: &str, optional: &[String]) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == group);
        if !self.only.is_empty() {
            return named(&self.only);
        }
        !named(&self.without) && (!named(optional) || named(&self.with))
    }
}

/// The packages of a lock file that a scope has.
fn stated(
    lock: &Lock,
    scope: &Scope,
    optional: &[String],
    environment: &Environment<'_>,
) -> Vec<Stated> {
    let counts = |own: &&Locked| {
        let groups: Vec<&str> = match own.category.as_deref() {
            Some(category) => vec![category],
            None if own.groups.is_empty() => vec!["main"],
            None => own.groups.iter().map(String::as_str).collect(),
        };
        let groups = groups
            .into_iter()
            .filter(|group| scope.has(group, optional));
        let allowed = |group: &str| {
            let marker = match own.markers.as_ref() {
                Some(toml::Value::Table(table)) => table.get(group),
                marker => marker,
            };
            let marker = marker.and_then(toml::Value::as_str);
            // Without a marker that says so, an extra's package is not told from others.
            let is_extra = own.optional && !marker.is_some_and(|text| text.contains("extra"));
            (!is_extra || scope.all_extras || !scope.extras.is_empty())
                && marker.is_none_or(|marker| environment.allows(marker, &scope.extras))
        };
        groups.into_iter().any(allowed)
    };
    let packages = lock.package.iter().filter(counts);
    packages.map(|own| Stated::of(own, Vec::new())).collect()
}

/// Where poetry keeps what it downloads and makes.
fn caches(call: &Call<'_, '_, '_>) -> String {
    let stated = call.shell.process.variable("POETRY_CACHE_DIR");
    let stated = stated.map(|directory| call.at(directory));
    stated.unwrap_or_else(|| format!("{}/.cache/pypoetry", call.home()))
}

/// The Python that is installed for: the project's environment, or the one at hand.
fn interpreter(
    call: &mut Call<'_, '_, '_>,
    project: &Project,
) -> Result<Option<Interpreter>, crate::shell::Flow> {
    let found = Interpreter::of(call, "python3");
    if setting(call, "create") == Some(false) {
        return Ok(found);
    }
    let version = found.map_or_else(|| "3".to_owned(), |own| own.version);
    let name = project.name.to_lowercase();
    let here = here(call);
    let directory = if setting(call, "in-project") == Some(true) {
        path::child(&here, ".venv")
    } else {
        let named = named_after(&name, &here);
        format!("{}/virtualenvs/{named}-py{version}", caches(call))
    };
    let prompt = format!("{name}-py{version}");
    environment(call, &directory, Maker::Poetry, &prompt)
}

fn install_project(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    if call.is_missing("pyproject.toml") {
        let here = here(call);
        call.shell.error(&format!(
            "\nPoetry could not find a pyproject.toml file in {here} or its parents"
        ));
        return Ok(Exit::code(1));
    }
    if matches!(call.stat("pyproject.toml"), Err(Errno::Unknown)) {
        return crate::shell::unknown(call.shell, call.arguments);
    }
    let project = match project::read(call, ".", &[]) {
        Ok(project) => project,
        Err(problem) => {
            call.shell.error(&format!("\n{problem}"));
            return Ok(Exit::code(1));
        }
    };
    let locked = match lock(call, "poetry.lock") {
        Ok(Some(locked)) => locked,
        Ok(None) => return crate::shell::unknown(call.shell, call.arguments),
        Err(problem) => {
            call.shell
                .error(&format!("\nUnable to read the lock file ({problem})."));
            return Ok(Exit::code(1));
        }
    };
    if let Some(own) = Interpreter::of(call, "python3") {
        bytecode::leave_of(call, &own, bytecode::POETRY);
    }
    let Some(interpreter) = interpreter(call, &project)? else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    let around = Environment {
        python: &interpreter.version,
        machine: call.shell.machine.machine,
    };
    let scope = Scope::read(words);
    let releases = if has(words, &["--only-root"]) {
        Vec::new()
    } else {
        stated(&locked, &scope, &project.optional_groups, &around)
    };
    let compiles = has(words, &["--compile"]);
    call.line("Installing dependencies from lock file\n");
    let new = install(call, &interpreter, releases, Installer::Poetry, compiles)?;
    // They are kept even with `--no-cache` (poetry 2.5, measured).
    let directory = format!("{}/artifacts", caches(call));
    cache::keep_archives(call, &directory, &interpreter, &new);
    if project.is_package && !has(words, &["--no-root"]) {
        let (name, version) = (&project.name, &project.version);
        call.line(&format!(
            "Installing the current project: {name} ({version})"
        ));
        if let Some(problem) = unpackable(call, &project) {
            call.shell.error(&format!("Error: The current project could not be installed: {problem}\nIf you do not want to install the current project use --no-root.\nIf you want to use Poetry only for dependency management but not for packaging, you can disable package mode by setting package-mode = false in your pyproject.toml file.\nIf you did intend to install the current project, you may need to set `packages` in your pyproject.toml file.\n"));
            return Ok(Exit::code(1));
        }
        itself(call, &interpreter, Installer::Poetry)?;
    }
    Ok(Exit::OK)
}

/// Why poetry cannot make a package of the project (poetry-core: `Factory`, `Module`).
fn unpackable(call: &mut Call<'_, '_, '_>, project: &Project) -> Option<String> {
    if !project.by_poetry {
        return None;
    }
    if let Some(readme) = project.readme.iter().find(|readme| call.is_missing(readme)) {
        let at = call.at(readme);
        return Some(format!("Readme path `{at}` does not exist."));
    }
    let module = project.name.to_lowercase().replace(['-', '.'], "_");
    let places = [
        module.clone(),
        format!("{module}.py"),
        format!("src/{module}"),
        format!("src/{module}.py"),
    ];
    let is_there = project.states_packages || places.iter().any(|at| !call.is_missing(at));
    let name = project.name.to_lowercase();
    (!is_there).then(|| format!("No file/folder found for package {name}"))
}

#[cfg(test)]
mod tests {
    use super::{Lock, Scope, stated};
    use crate::python::Environment;

    const LOCK: &str = r#"
[[package]]
name = "Flask"
version = "3.0.0"
optional = false
groups = ["main"]
[package.dependencies]
click = ">=8"
[[package]]
name = "colorama"
version = "0.4.6"
optional = false
groups = ["main", "dev"]
markers = {main = "sys_platform == \"win32\"", dev = "python_version >= \"3.12\""}
[[package]]
name = "tzdata"
version = "2025.1"
optional = false
groups = ["main"]
markers = "sys_platform == \"win32\""
[[package]]
name = "redis"
version = "5.0.0"
optional = true
groups = ["main"]
markers = "extra == \"cache\""
[[package]]
name = "pytest"
version = "8.0.0"
optional = false
groups = ["dev"]
[[package]]
name = "mkdocs"
version = "1.6.0"
optional = false
groups = ["docs"]
"#;

    #[test]
    fn takes_groups_and_extras() {
        let lock: Lock = toml::from_str(LOCK).expect("a lock file");
        let around = Environment {
            python: "3.12",
            machine: "x86_64",
        };
        let names = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let optional = ["docs".to_owned()];
            let stated = stated(&lock, &Scope::read(&words), &optional, &around).into_iter();
            stated.map(|own| own.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), ["flask", "colorama", "pytest"]);
        assert_eq!(names(&["--only", "main"]), ["flask"]);
        assert_eq!(names(&["--without=dev", "-E", "cache"]), ["flask", "redis"]);
        assert_eq!(names(&["--only", "docs"]), ["mkdocs"]);
    }
}
