//! Programs that install what a lock file states: `uv`, `poetry`, `pipenv`.

mod pipenv;
mod poetry;
mod uv;

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::image::path;
use crate::programs::Call;
use crate::python::{Pick, normalized};
use crate::shell::{Flow, Resolution};

use super::installer::Installer;
use super::interpreter::Interpreter;
use super::place::Place;
use super::venv::{self, Maker};
use super::{index, project};

pub(in crate::programs) use pipenv::Pipenv;
pub(in crate::programs) use poetry::Poetry;
pub(in crate::programs) use uv::Uv;

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
    /// poetry: whether only an extra, or a group that is optional, needs it.
    #[serde(default)]
    optional: bool,
    /// poetry before 1.5: `main` or `dev`.
    category: Option<String>,
    /// poetry since 2.0.
    #[serde(default)]
    groups: Vec<String>,
    /// poetry since 2.0: on which systems it is needed, for all groups or for each.
    markers: Option<toml::Value>,
    /// uv: where it comes from; the project itself is `editable` or `virtual`.
    #[serde(default)]
    source: BTreeMap<String, toml::Value>,
    /// What it needs: a list in uv's file, a table in poetry's.
    dependencies: Option<toml::Value>,
    /// uv: what its extras need.
    #[serde(default, rename = "optional-dependencies")]
    extras: BTreeMap<String, toml::Value>,
    /// uv: what developing it needs, by group.
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

impl Stated {
    fn of(own: &Locked, because: Vec<String>) -> Self {
        Self {
            name: normalized(&own.name),
            version: own.version.clone(),
            because,
        }
    }
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

/// Installs releases that are not there yet; gives those back.
fn install<'m>(
    call: &mut Call<'_, '_, 'm>,
    interpreter: &Interpreter,
    releases: Vec<Stated>,
    installer: Installer,
    compiles: bool,
) -> Result<Vec<Pick<'m>>, Flow> {
    let mut new = Vec::new();
    let Some(index) = index(call) else {
        return Ok(new);
    };
    let mut place = Place::new(interpreter, interpreter.site(), interpreter.data());
    place.compiles = compiles;
    place.installer = installer;
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
        new.push(pick);
    }
    Ok(new)
}

/// The project itself, installed so that its sources stay where they are.
fn itself(
    call: &mut Call<'_, '_, '_>,
    interpreter: &Interpreter,
    installer: Installer,
) -> Result<(), Flow> {
    let Ok(own) = project::read(call, ".", &[]) else {
        return Ok(());
    };
    if !own.is_package {
        return Ok(());
    }
    let mut place = Place::new(interpreter, interpreter.site(), interpreter.data());
    place.installer = installer;
    project::install(call, &mut place, &own, true)
}

/// The environment at a directory, made where it is missing.
fn environment(
    call: &mut Call<'_, '_, '_>,
    directory: &str,
    maker: Maker,
    prompt: &str,
) -> Result<Option<Interpreter>, Flow> {
    let python = format!("{directory}/bin/python");
    if call.stat(&format!("{directory}/pyvenv.cfg")).is_err() {
        let words = [format!("--prompt={prompt}"), directory.to_owned()];
        venv::run(call, default_python(call), maker, &words)?;
    }
    Ok(Interpreter::of(call, &python))
}

/// The command of the system's Python: Debian has it under its full name alone.
fn default_python(call: &Call<'_, '_, '_>) -> &'static str {
    match call.shell.find_command("python") {
        Resolution::File(..) => "python",
        _ => "python3",
    }
}

/// The name of an environment: the project's, and the beginning of a digest of its path in
/// base 64 (poetry's `generate_env_name`, pipenv's `virtualenv_name`).
fn named_after(name: &str, path: &str) -> String {
    let digest = Sha256::digest(path);
    let mut out = format!("{name}-");
    for three in digest[..6].chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for place in (0..4).rev() {
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            out.push(char::from(alphabet[(bits >> (6 * place) & 63) as usize]));
        }
    }
    out
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

/// The values that an option is given, be they parted by commas or each with the option.
fn values<'w>(words: &'w [String], names: &[&str]) -> Vec<&'w str> {
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_str(), words.get(at + 1).map(String::as_str)),
        };
        if names.contains(&name) {
            let parts = value.unwrap_or_default().split([',', ' ']);
            out.extend(parts.filter(|part| !part.is_empty()));
        }
    }
    out
}

fn is_set(call: &Call<'_, '_, '_>, variable: &str) -> bool {
    let value = call.shell.process.variable(variable);
    value.is_some_and(|value| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes" | "on"))
}

/// The working directory.
fn here(call: &Call<'_, '_, '_>) -> String {
    path::clean(&call.at("."))
}

/// The name of the project in the working directory.
fn project_name(call: &mut Call<'_, '_, '_>) -> String {
    project::read(call, ".", &[]).map_or_else(|_| String::new(), |own| own.name)
}

#[cfg(test)]
mod tests {
    use super::{named_after, values};

    #[test]
    fn names_environments() {
        assert_eq!(named_after("orders", "/l/poetry"), "orders-7VXUuDn3");
        assert_eq!(named_after("app", "/srv/app/Pipfile"), "app-MuJj66st");
    }

    #[test]
    fn reads_values_of_options() {
        let words = ["install", "--only", "main,docs", "--without=dev", "--only"];
        let words = words.map(str::to_owned);
        assert_eq!(values(&words, &["--only"]), ["main", "docs"]);
        assert_eq!(values(&words, &["--without"]), ["dev"]);
    }
}
