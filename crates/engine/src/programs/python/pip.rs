//! `pip`: installs distributions of Python.

use std::str::FromStr;

use pep440_rs::Version;

use crate::image::path;
use crate::programs::{Call, Program};
use crate::python::{Conflict, Environment, Index, Kind, Pick, Requirement, Wanted, resolve};
use crate::shell::{Exit, Flow, Outcome, Resolution, UNKNOWN};

use super::command::Command;
use super::installer::Installer;
use super::interpreter::{Interpreter, Layout};
use super::place::Place;
use super::requirements::Requirements;
use super::{bytecode, cache, index, project};

/// `pip`.
#[derive(Debug)]
pub(in crate::programs) struct Pip;

impl Program for Pip {
    fn names(&self) -> &'static [&'static str] {
        &[
            "pip", "pip3", "pip3.8", "pip3.9", "pip3.10", "pip3.11", "pip3.12", "pip3.13",
            "pip3.14",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let own = call.name().to_owned();
        let words = call.words().to_vec();
        run(call, &own, &words)
    }
}

/// Runs pip as it belongs to `python`, a command.
pub(super) fn run(call: &mut Call<'_, '_, '_>, python: &str, words: &[String]) -> Outcome {
    let command = match Command::read(words) {
        Ok(command) => command,
        Err(message) => {
            let text = format!("\nUsage:   \n  pip <command> [options]\n\n{message}");
            call.shell.error(&text);
            return Ok(Exit::code(2));
        }
    };
    let Some(interpreter) = Interpreter::of(call, python) else {
        return unmodelled(call, words);
    };
    if matches!(
        command.verb.as_str(),
        "install" | "wheel" | "download" | "uninstall"
    ) {
        call.work_in_tmp();
    }
    match command.verb.as_str() {
        "install" => install(call, &interpreter, &command, words, &By::Pip),
        "wheel" | "download" => download(call, &interpreter, &command, words),
        "uninstall" => uninstall(call, &interpreter, &command),
        "freeze" | "list" => {
            list(call, &interpreter, command.verb == "freeze");
            Ok(Exit::OK)
        }
        "cache" => {
            if command.options.operand(0, "") == "purge" {
                let directory = command.value(call, "cache-dir");
                cache::purge(call, directory);
            }
            Ok(Exit::OK)
        }
        "" | "help" | "show" | "check" | "config" | "index" | "inspect" | "debug" | "hash"
        | "completion" | "search" => {
            call.line(&UNKNOWN.to_string());
            Ok(Exit::OK)
        }
        other => {
            call.shell
                .error(&format!("ERROR: unknown command \"{other}\""));
            Ok(Exit::code(1))
        }
    }
}

fn unmodelled(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let mut all = vec!["pip".to_owned()];
    all.extend(words.iter().cloned());
    crate::shell::unknown(call.shell, &all)
}

/// Reads what is asked for on the command line and in its files.
fn requirements(call: &mut Call<'_, '_, '_>, command: &Command) -> Result<Requirements, String> {
    let mut asked = Requirements::default();
    let named: Vec<String> = command.options.operands.clone();
    for word in &named {
        asked.add_operand(call, word, false)?;
    }
    let mut files: Vec<(String, &str)> = Vec::new();
    for (key, value) in command.options.given() {
        if let Some(value) = value
            && matches!(key, "r" | "c" | "e")
        {
            files.push((value.to_owned(), key));
        }
    }
    if let Some(limits) = command.value(call, "constraint")
        && !files.iter().any(|(_, key)| *key == "c")
    {
        files.extend(limits.split_whitespace().map(|file| (file.to_owned(), "c")));
    }
    for (value, key) in files {
        match key {
            "e" => asked.add_operand(call, &value, true)?,
            _ => asked.add_file(call, &value, key == "c", 0)?,
        }
    }
    asked.other_index |= ["index-url", "extra-index-url", "find-links"]
        .iter()
        .any(|option| command.value(call, option).is_some())
        || command.is_set(call, "no-index");
    Ok(asked)
}

/// Who carries out an installation.
enum By {
    /// pip itself.
    Pip,
    /// uv, with where it keeps what it downloads.
    Uv(Option<String>),
}

/// Runs `install` as uv does, in pip's words: what it downloads is kept in a directory, if any.
pub(super) fn install_with_uv(
    call: &mut Call<'_, '_, '_>,
    python: &str,
    words: &[String],
    kept: Option<String>,
) -> Outcome {
    let command = match Command::read(words) {
        Ok(command) => command,
        Err(message) => {
            call.shell.error(&format!("error: {message}"));
            return Ok(Exit::code(2));
        }
    };
    match Interpreter::of(call, python) {
        Some(interpreter) => install(call, &interpreter, &command, words, &By::Uv(kept)),
        None => unmodelled(call, words),
    }
}

fn install(
    call: &mut Call<'_, '_, '_>,
    interpreter: &Interpreter,
    command: &Command,
    words: &[String],
    by: &By,
) -> Outcome {
    let asked = match requirements(call, command) {
        Ok(asked) => asked,
        Err(message) => return Ok(refused(call, &message)),
    };
    let nothing = asked.named.is_empty()
        && asked.projects.is_empty()
        && asked.archives.is_empty()
        && asked.addresses.is_empty();
    if nothing && !asked.unknown {
        if command.options.has("r") {
            return Ok(Exit::OK);
        }
        return Ok(refused(
            call,
            "ERROR: You must give at least one requirement to install (see \"pip help install\")",
        ));
    }
    let target = command.value(call, "target");
    let prefix = command.value(call, "prefix");
    let elsewhere = target.is_some() || prefix.is_some();
    if !elsewhere
        && interpreter.is_externally_managed(call)
        && !command.is_set(call, "break-system-packages")
    {
        return Ok(refused(call, EXTERNALLY_MANAGED));
    }
    let Some(index) = index(call) else {
        return unmodelled(call, words);
    };
    if asked.unknown {
        return unmodelled(call, words);
    }
    let mut place = place(call, interpreter, command, target, prefix);
    let present = place.installed(call);
    place.installer = match by {
        By::Pip => own_pip(&present, interpreter),
        By::Uv(_) => Installer::Uv,
    };
    let fresh = command.is_set(call, "ignore-installed") || elsewhere;
    let mut wanted = Wanted {
        requirements: asked.named.clone(),
        constraints: asked.constraints.clone(),
        installed: if fresh {
            Default::default()
        } else {
            present.clone()
        },
        upgrade: command.is_set(call, "upgrade"),
        no_dependencies: command.is_set(call, "no-deps") || command.is_set(call, "no-dependencies"),
    };
    let mut projects = Vec::new();
    for (directory, editable, extras) in &asked.projects {
        match project::read(call, directory, extras) {
            Ok(own) => {
                wanted.requirements.extend(own.requirements.iter().cloned());
                projects.push((own, *editable));
            }
            Err(message) => return Ok(refused(call, &message)),
        }
    }
    for archive in &asked.archives {
        wanted.requirements.extend(archive_requirement(archive));
    }
    for address in &asked.addresses {
        wanted.requirements.extend(address_requirement(address));
    }
    let mut picks = match picks(call, index, &wanted, interpreter, asked.other_index) {
        Ok(picks) => picks,
        Err(exit) => return Ok(exit),
    };
    // What a project needs nobody has asked for by name.
    let of_projects = projects.iter().flat_map(|(own, _)| &own.requirements);
    let of_projects: Vec<&str> = of_projects.map(|own| own.name.as_str()).collect();
    for pick in &mut picks {
        let named = || asked.named.iter().any(|own| own.name == pick.name);
        pick.requested &= !of_projects.contains(&pick.name.as_str()) || named();
    }
    if command.is_set(call, "dry-run") {
        return Ok(Exit::OK);
    }
    let itself = picks
        .iter()
        .any(|pick| pick.name == "pip" && !pick.installed);
    if matches!(by, By::Pip) {
        bytecode::leave(call, interpreter, !itself);
    }
    let mut downloads = Vec::new();
    let mut names = Vec::new();
    for pick in &picks {
        let again = command.is_set(call, "force-reinstall");
        if pick.installed && !again {
            if pick.requested {
                call.line(&format!("Requirement already satisfied: {}", pick.name));
            }
            continue;
        }
        check_build(call, pick, interpreter)?;
        if !fresh && present.contains_key(&pick.name) {
            place.remove(call, index, &pick.name);
        }
        place.install(call, pick)?;
        let from_archive = asked
            .archives
            .iter()
            .filter_map(|archive| archive_requirement(archive))
            .any(|own| own.name == pick.name);
        if !from_archive {
            downloads.push((label(pick), download_bytes(pick, interpreter)));
        }
        names.push(label(pick));
    }
    for (own, editable) in &projects {
        project::install(call, &mut place, own, *editable)?;
        names.push(format!("{}-{}", own.name, own.version));
    }
    match by {
        By::Pip if command.keeps_cache(call) && !command.is_set(call, "no-index") => {
            let directory = command.value(call, "cache-dir");
            cache::keep(call, directory, &downloads);
        }
        By::Uv(Some(directory)) => {
            let new = picks.iter().filter(|pick| !pick.installed);
            let new: Vec<Pick<'_>> = new.cloned().collect();
            cache::keep_unpacked(call, directory, interpreter, &new, &picks);
        }
        By::Pip | By::Uv(None) => {}
    }
    if !names.is_empty() {
        names.sort();
        call.line(&format!("Successfully installed {}", names.join(" ")));
    }
    Ok(Exit::OK)
}

fn label(pick: &Pick<'_>) -> String {
    match &pick.version {
        Some(version) => format!("{}-{version}", pick.name),
        None => pick.name.clone(),
    }
}

/// Where a call installs to.
fn place(
    call: &mut Call<'_, '_, '_>,
    interpreter: &Interpreter,
    command: &Command,
    target: Option<String>,
    prefix: Option<String>,
) -> Place {
    let root = command
        .value(call, "root")
        .map(|root| call.at(&root))
        .unwrap_or_default();
    let version = &interpreter.version;
    let below = |prefix: &str| format!("{prefix}/lib/python{version}/site-packages");
    let is_debian = interpreter.layout == Layout::Debian;
    let may_write = call.who().is_root() || interpreter.layout == Layout::Venv;
    let user = command.is_set(call, "user") || (!may_write && target.is_none() && prefix.is_none());
    let (library, data) = match (target, prefix) {
        (Some(target), _) => {
            let target = call.at(&target);
            (target.clone(), target)
        }
        (_, Some(prefix)) => {
            let prefix = call.at(&prefix);
            if is_debian {
                // Its `posix_local` scheme (sysconfig.py of the package).
                let local = format!("{prefix}/local");
                (format!("{local}/lib/python{version}/dist-packages"), local)
            } else {
                (below(&prefix), prefix)
            }
        }
        _ if user && interpreter.layout != Layout::Venv => {
            let home = call.home();
            let base = call.shell.process.variable("PYTHONUSERBASE");
            let base = base.map_or_else(|| format!("{home}/.local"), str::to_owned);
            (below(&base), base)
        }
        _ => (interpreter.site(), interpreter.data()),
    };
    let mut place = Place::new(
        interpreter,
        format!("{root}{library}"),
        format!("{root}{data}"),
    );
    place.compiles = !command.is_set(call, "no-compile");
    place
}

/// The version of the pip that runs.
fn own_pip(
    present: &std::collections::BTreeMap<String, String>,
    interpreter: &Interpreter,
) -> Installer {
    let bundled = interpreter.bundled(interpreter.layout == Layout::Venv);
    let own = present.get("pip").map(String::as_str);
    pip_of(own.or_else(|| bundled.first().map(|(_, version)| *version)))
}

/// pip in a version; in 24.0 where there is none.
pub(super) fn pip_of(text: Option<&str>) -> Installer {
    let version = text.and_then(|text| Version::from_str(text).ok());
    let part = |place: usize| {
        let version = version.as_ref()?;
        version.release().get(place).copied()
    };
    Installer::Pip(part(0).unwrap_or(24), part(1).unwrap_or(0))
}

/// A wheel's or a source archive's requirement on itself: its name and version.
fn archive_requirement(archive: &str) -> Option<Requirement> {
    let name = path::split(archive).1;
    let mut parts = name
        .trim_end_matches(".tar.gz")
        .trim_end_matches(".zip")
        .split('-');
    let (name, version) = (parts.next()?, parts.next()?);
    Requirement::parse(&format!("{name}=={version}")).ok()
}

/// The requirement for something at an address: by the name that its last part has.
fn address_requirement(address: &str) -> Option<Requirement> {
    let plain = address.split(['#', '?']).next().unwrap_or(address);
    if let Some(egg) = address.split("egg=").nth(1) {
        return Requirement::parse(egg.split('&').next().unwrap_or(egg)).ok();
    }
    if plain.ends_with(".whl") {
        return archive_requirement(plain);
    }
    let last = plain.trim_end_matches('/').rsplit('/').next()?;
    let name = last
        .split('@')
        .next()
        .unwrap_or(last)
        .trim_end_matches(".git");
    let mut requirement = Requirement::parse(name).ok()?;
    requirement.url = Some(address.to_owned());
    Some(requirement)
}

/// Resolves, and says what pip says where it cannot.
fn picks<'i>(
    call: &mut Call<'_, '_, '_>,
    index: &'i Index,
    wanted: &Wanted,
    interpreter: &Interpreter,
    other_index: bool,
) -> Result<Vec<Pick<'i>>, Exit> {
    let machine = call.shell.machine.machine;
    let environment = Environment {
        python: &interpreter.version,
        machine,
    };
    let picks = match resolve(index, wanted, &environment) {
        Ok(picks) => picks,
        // Another index may have what this one lacks.
        Err(_) if other_index => return Err(Exit::UNKNOWN),
        Err(conflict) => return Err(explain(call, &conflict)),
    };
    let news = picks.iter().any(|pick| !pick.installed);
    if news && !call.shell.machine.network {
        let first = picks.iter().find(|pick| !pick.installed);
        let name = first.map_or("", |pick| pick.name.as_str());
        return Err(refused(
            call,
            &format!(
                "ERROR: Could not find a version that satisfies the requirement {name} (from versions: none)\nERROR: No matching distribution found for {name}"
            ),
        ));
    }
    Ok(picks)
}

fn explain(call: &mut Call<'_, '_, '_>, conflict: &Conflict) -> Exit {
    let message = match conflict {
        Conflict::Missing {
            requirement,
            versions,
            other_python,
        } => {
            let from = if versions.is_empty() {
                "none".to_owned()
            } else {
                versions.join(", ")
            };
            let mut text = String::new();
            if !other_python.is_empty() {
                let list: Vec<String> = other_python
                    .iter()
                    .map(|(version, requires)| format!("{version} Requires-Python {requires}"))
                    .collect();
                text = format!(
                    "ERROR: Ignored the following versions that require a different python version: {}\n",
                    list.join("; ")
                );
            }
            format!(
                "{text}ERROR: Could not find a version that satisfies the requirement {requirement} (from versions: {from})\nERROR: No matching distribution found for {requirement}"
            )
        }
        Conflict::Contradiction { name, demands } => {
            let who: Vec<String> = demands
                .iter()
                .map(|(by, _)| {
                    if by.is_empty() {
                        name.clone()
                    } else {
                        by.replace(' ', "==")
                    }
                })
                .collect();
            let why: Vec<String> = demands
                .iter()
                .map(|(by, requirement)| {
                    if by.is_empty() {
                        format!("    The user requested {requirement}")
                    } else {
                        format!("    {by} depends on {requirement}")
                    }
                })
                .collect();
            format!(
                "ERROR: Cannot install {} because these package versions have conflicting dependencies.\n\nThe conflict is caused by:\n{}\n\nTo fix this you could try to:\n1. loosen the range of package versions you've specified\n2. remove package versions to allow pip to attempt to solve the dependency conflict\n\nERROR: ResolutionImpossible: for help visit the documentation of pip, dealing with dependency conflicts",
                who.join(" and "),
                why.join("\n")
            )
        }
    };
    refused(call, &message)
}

/// Ends where a distribution has to be built and there is no compiler.
fn check_build(
    call: &mut Call<'_, '_, '_>,
    pick: &Pick<'_>,
    interpreter: &Interpreter,
) -> Result<(), Flow> {
    let Some(release) = &pick.release else {
        return Ok(());
    };
    let musl = call.shell.machine.os.starts_with("alpine");
    let kind = release.wheel(&interpreter.version).map(|wheel| wheel.kind);
    let builds = kind == Some(Kind::Build) || (musl && !release.musl);
    if !builds {
        return Ok(());
    }
    let missing = |name: &str| matches!(call.shell.find_command(name), Resolution::Missing);
    if missing("gcc") && missing("cc") && missing("clang") {
        let name = &pick.name;
        let message = format!(
            "  error: subprocess-exited-with-error\n  \n  × Building wheel for {name} (pyproject.toml) did not run successfully.\n  │ exit code: 1\n  ╰─> error: command 'gcc' failed: No such file or directory\n  \n  note: This error originates from a subprocess, and is likely not a problem with pip.\n  ERROR: Failed building wheel for {name}\nERROR: Failed to build installable wheels for some pyproject.toml based projects ({name})"
        );
        return Err(Flow::Exit(refused(call, &message)));
    }
    Ok(())
}

/// Bytes that pip downloads for a distribution.
fn download_bytes(pick: &Pick<'_>, interpreter: &Interpreter) -> u64 {
    let wheel = pick.wheel(&interpreter.version);
    wheel.map_or(100_000, |wheel| wheel.download)
}

/// `pip wheel` and `pip download`: the archives, into a directory.
fn download(
    call: &mut Call<'_, '_, '_>,
    interpreter: &Interpreter,
    command: &Command,
    words: &[String],
) -> Outcome {
    let asked = match requirements(call, command) {
        Ok(asked) => asked,
        Err(message) => return Ok(refused(call, &message)),
    };
    let Some(index) = index(call).filter(|_| !asked.unknown) else {
        return unmodelled(call, words);
    };
    let mut wanted = Wanted {
        requirements: asked.named.clone(),
        constraints: asked.constraints.clone(),
        no_dependencies: command.is_set(call, "no-deps"),
        ..Wanted::default()
    };
    let mut projects = Vec::new();
    for (directory, _, extras) in &asked.projects {
        match project::read(call, directory, extras) {
            Ok(own) => {
                wanted.requirements.extend(own.requirements.iter().cloned());
                projects.push(own);
            }
            Err(message) => return Ok(refused(call, &message)),
        }
    }
    let picks = match picks(call, index, &wanted, interpreter, asked.other_index) {
        Ok(picks) => picks,
        Err(exit) => return Ok(exit),
    };
    let option = if command.verb == "wheel" {
        "wheel-dir"
    } else {
        "dest"
    };
    let directory = command
        .value(call, option)
        .unwrap_or_else(|| ".".to_owned());
    crate::programs::mkdir::make_parents(call, &directory, None, false);
    let mut downloads = Vec::new();
    for pick in &picks {
        check_build(call, pick, interpreter)?;
        let bytes = download_bytes(pick, interpreter);
        downloads.push((label(pick), bytes));
        let wheel = pick
            .release
            .as_ref()
            .and_then(|release| release.wheel(&interpreter.version));
        let version = pick
            .version
            .as_ref()
            .map_or_else(|| "0".to_owned(), ToString::to_string);
        let name = match (&pick.release, wheel) {
            (Some(release), Some(wheel)) if wheel.name.ends_with(".whl") => wheel
                .name
                .replace(&format!("-{}-", release.version), &format!("-{version}-")),
            _ => format!("{}-{version}-py3-none-any.whl", pick.name.replace('-', "_")),
        };
        archive(call, &format!("{directory}/{name}"), bytes, wheel.is_some())?;
    }
    for own in &projects {
        let name = format!(
            "{}-{}-py3-none-any.whl",
            own.name.replace('-', "_"),
            own.version
        );
        archive(call, &format!("{directory}/{name}"), own.bytes / 3, false)?;
    }
    if command.keeps_cache(call) {
        let directory = command.value(call, "cache-dir");
        cache::keep(call, directory, &downloads);
    }
    Ok(Exit::OK)
}

fn archive(call: &mut Call<'_, '_, '_>, at: &str, bytes: u64, known: bool) -> Result<(), Flow> {
    use crate::size::ByteCount;
    let size = if known {
        ByteCount::measured(bytes)
    } else {
        ByteCount::assumed(bytes, bytes / 10, bytes * 10)
    };
    let data = crate::shell::Data::opaque(size);
    call.write(at, data).map_err(|errno| {
        call.shell.error(&format!("ERROR: {at}: {errno}"));
        Flow::Exit(Exit::code(1))
    })
}

fn uninstall(call: &mut Call<'_, '_, '_>, interpreter: &Interpreter, command: &Command) -> Outcome {
    let asked = match requirements(call, command) {
        Ok(asked) => asked,
        Err(message) => return Ok(refused(call, &message)),
    };
    if interpreter.is_externally_managed(call) && !command.is_set(call, "break-system-packages") {
        return Ok(refused(call, EXTERNALLY_MANAGED));
    }
    let Some(index) = index(call) else {
        return Ok(Exit::UNKNOWN);
    };
    if !command.is_set(call, "yes") {
        return Ok(refused(
            call,
            "Proceed (Y/n)? ERROR: Exception:\nEOFError: EOF when reading a line",
        ));
    }
    let mut place = Place::new(interpreter, interpreter.site(), interpreter.data());
    for requirement in &asked.named {
        if !place.remove(call, index, &requirement.name) {
            call.shell.error(&format!(
                "WARNING: Skipping {} as it is not installed.",
                requirement.name
            ));
        }
    }
    Ok(Exit::OK)
}

fn list(call: &mut Call<'_, '_, '_>, interpreter: &Interpreter, freezes: bool) {
    let place = Place::new(interpreter, interpreter.site(), interpreter.data());
    let installed = place.installed(call);
    if !freezes {
        call.line("Package Version");
        call.line("------- -------");
    }
    for (name, version) in installed {
        if !freezes {
            call.line(&format!("{name} {version}"));
        } else if !matches!(name.as_str(), "pip" | "setuptools" | "wheel") {
            call.line(&format!("{name}=={version}"));
        }
    }
}

/// Ends with an error.
fn refused(call: &mut Call<'_, '_, '_>, message: &str) -> Exit {
    call.shell.error(message);
    Exit::code(1)
}

/// What Debian's pip says (PEP 668; the text is from its EXTERNALLY-MANAGED file, measured).
const EXTERNALLY_MANAGED: &str = "error: externally-managed-environment\n\n× This environment is externally managed\n╰─> To install Python packages system-wide, try apt install\n    python3-xyz, where xyz is the package you are trying to\n    install.";
