//! Projects of one's own: what `pip install .` makes of a directory.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::image::{Brought, Node, path};
use crate::programs::Call;
use crate::python::{Requirement, normalized};
use crate::shell::{Flow, Who};
use crate::size::{Basis, ByteCount};

use super::place::Place;

/// Directories of a project that are not part of what is installed.
const LEFT_OUT: [&str; 14] = [
    "tests",
    "test",
    "docs",
    "doc",
    "examples",
    "scripts",
    "build",
    "dist",
    "node_modules",
    "venv",
    "env",
    "migrations",
    "static",
    "templates",
];

/// A project.
#[derive(Debug)]
pub(super) struct Project {
    /// Its directory.
    pub(super) directory: String,
    /// Its name.
    pub(super) name: String,
    /// Its version.
    pub(super) version: String,
    /// What it requires.
    pub(super) requirements: Vec<Requirement>,
    /// Its console scripts, with what they call.
    pub(super) scripts: Vec<(String, String)>,
    /// Its packages and modules: names, where they are, bytes.
    pub(super) modules: Vec<(String, String, u64)>,
    /// Bytes of all of them.
    pub(super) bytes: u64,
    /// Whether it is a package at all, and not only a list of what it needs.
    pub(super) is_package: bool,
    /// Whether poetry builds it.
    pub(super) by_poetry: bool,
    /// Files that describe it, as poetry's manifest names them.
    pub(super) readme: Vec<String>,
    /// Whether it states what is in its package.
    pub(super) states_packages: bool,
    /// Groups of poetry's that are not installed unless they are asked for.
    pub(super) optional_groups: Vec<String>,
    /// Whether setuptools builds it, which leaves its work in the directory.
    by_setuptools: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Manifest {
    project: Option<Stated>,
    tool: Option<Tools>,
    #[serde(rename = "build-system")]
    build: Option<BuildSystem>,
}

#[derive(Debug, Default, Deserialize)]
struct BuildSystem {
    #[serde(rename = "build-backend")]
    backend: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Stated {
    name: Option<String>,
    version: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default, rename = "optional-dependencies")]
    optional: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    scripts: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
struct Tools {
    poetry: Option<Poetry>,
    uv: Option<Uv>,
}

#[derive(Debug, Default, Deserialize)]
struct Uv {
    package: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Poetry {
    name: Option<String>,
    version: Option<String>,
    dependencies: BTreeMap<String, toml::Value>,
    scripts: BTreeMap<String, toml::Value>,
    #[serde(rename = "package-mode")]
    package_mode: Option<bool>,
    /// A file, or a list of files.
    readme: Option<toml::Value>,
    packages: Option<toml::Value>,
    group: BTreeMap<String, Group>,
}

#[derive(Debug, Default, Deserialize)]
struct Group {
    #[serde(default)]
    optional: bool,
}

/// Reads a project.
///
/// # Errors
/// pip's message where the directory has none, or it cannot be read.
pub(super) fn read(
    call: &mut Call<'_, '_, '_>,
    directory: &str,
    extras: &[String],
) -> Result<Project, String> {
    let at = call.at(directory);
    let text = |call: &Call<'_, '_, '_>, name: &str| {
        call.shell.machine.files.text(&path::child(&at, name))
    };
    let manifest = text(call, "pyproject.toml");
    let setup = text(call, "setup.py");
    let config = text(call, "setup.cfg");
    let there = ["pyproject.toml", "setup.py"]
        .iter()
        .any(|name| call.stat(&path::child(&at, name)).is_ok());
    if !there {
        return Err(format!(
            "ERROR: Directory '{directory}' is not installable. Neither 'setup.py' nor 'pyproject.toml' found."
        ));
    }
    let manifest: Manifest = match &manifest {
        Some(text) => toml::from_str(text)
            .map_err(|error| format!("ERROR: {at}/pyproject.toml: {}", error.message()))?,
        None => Manifest::default(),
    };
    let has_build = manifest.build.is_some();
    let backend = manifest
        .build
        .unwrap_or_default()
        .backend
        .unwrap_or_default();
    let stated = manifest.project.unwrap_or_default();
    let tools = manifest.tool.unwrap_or_default();
    let by_poetry = backend.starts_with("poetry") || backend.is_empty() && tools.poetry.is_some();
    let package_mode = tools.uv.unwrap_or_default().package;
    let poetry = tools.poetry.unwrap_or_default();
    let is_package = poetry
        .package_mode
        .or(package_mode)
        .unwrap_or(by_poetry || has_build);
    let setup = setup.unwrap_or_default();
    let config = config.unwrap_or_default();
    let name = stated
        .name
        .or(poetry.name)
        .or_else(|| keyword(&setup, "name"))
        .or_else(|| setting(&config, "name"))
        .unwrap_or_else(|| path::split(&at).1.to_owned());
    let version = stated
        .version
        .or(poetry.version)
        .or_else(|| keyword(&setup, "version"))
        .or_else(|| setting(&config, "version"))
        .unwrap_or_else(|| "0.0.0".to_owned());
    let mut required = stated.dependencies;
    for extra in extras {
        required.extend(stated.optional.get(extra).cloned().unwrap_or_default());
    }
    required.extend(list(&setup, "install_requires"));
    required.extend(
        setting(&config, "install_requires")
            .into_iter()
            .flat_map(|text| text.split('\n').map(str::to_owned).collect::<Vec<_>>())
            .filter(|line| !line.is_empty()),
    );
    required.extend(
        poetry
            .dependencies
            .iter()
            .filter(|(name, _)| name.as_str() != "python")
            .map(|(name, wanted)| poetry_requirement(name, wanted)),
    );
    let requirements = required
        .iter()
        .filter_map(|text| Requirement::parse(text).ok())
        .collect();
    let modules = modules(call, &at);
    let scripts = poetry.scripts.into_iter();
    let scripts = scripts.filter_map(|(name, target)| Some((name, target.as_str()?.to_owned())));
    let readme = match poetry.readme {
        Some(toml::Value::String(readme)) => vec![readme],
        Some(toml::Value::Array(list)) => {
            let names = list.iter().filter_map(toml::Value::as_str);
            names.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    let optional_groups = poetry.group.into_iter().filter(|(_, group)| group.optional);
    let optional_groups = optional_groups.map(|(name, _)| name).collect();
    Ok(Project {
        bytes: modules.iter().map(|(_, _, bytes)| bytes).sum(),
        directory: at,
        name,
        version,
        requirements,
        scripts: stated.scripts.into_iter().chain(scripts).collect(),
        modules,
        is_package,
        by_poetry,
        readme,
        states_packages: poetry.packages.is_some(),
        optional_groups,
        by_setuptools: !by_poetry && (backend.is_empty() || backend.starts_with("setuptools")),
    })
}

/// A dependency as poetry writes it, in the form of PEP 508.
fn poetry_requirement(name: &str, wanted: &toml::Value) -> String {
    let (version, extras) = match wanted {
        toml::Value::String(version) => (version.as_str(), String::new()),
        toml::Value::Table(table) => {
            let extras: Vec<&str> = table
                .get("extras")
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(toml::Value::as_str)
                .collect();
            let version = table
                .get("version")
                .and_then(toml::Value::as_str)
                .unwrap_or("*");
            let extras = if extras.is_empty() {
                String::new()
            } else {
                format!("[{}]", extras.join(","))
            };
            (version, extras)
        }
        _ => ("*", String::new()),
    };
    let limits: Vec<String> = version.split(',').map(|part| limit(part.trim())).collect();
    let limits: Vec<String> = limits.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{name}{extras}{}", limits.join(","))
}

/// poetry's `^1.2` and `~1.2`, and a bare version.
fn limit(text: &str) -> String {
    let numbers = |text: &str| -> Vec<u64> {
        text.split('.')
            .map_while(|part| part.parse().ok())
            .collect()
    };
    let next = |numbers: &[u64], place: usize| {
        let mut out = numbers[..=place].to_vec();
        out[place] += 1;
        out.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(".")
    };
    if let Some(rest) = text.strip_prefix('^') {
        let numbers = numbers(rest);
        let place = numbers.iter().position(|number| *number > 0);
        let place = place.unwrap_or(numbers.len().saturating_sub(1));
        return if numbers.is_empty() {
            String::new()
        } else {
            format!(">={rest},<{}", next(&numbers, place))
        };
    }
    if let Some(rest) = text.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
        let numbers = numbers(rest);
        return if numbers.is_empty() {
            String::new()
        } else {
            format!(">={rest},<{}", next(&numbers, numbers.len().min(2) - 1))
        };
    }
    match text {
        "*" | "" => String::new(),
        _ if text.starts_with(|ch: char| ch.is_ascii_digit()) => format!("=={text}"),
        _ => text.to_owned(),
    }
}

/// The text that setup.py gives a keyword.
fn keyword(setup: &str, name: &str) -> Option<String> {
    let rest = after_keyword(setup, name)?;
    let quote = rest.chars().next().filter(|ch| matches!(ch, '"' | '\''))?;
    let text = rest[1..].split(quote).next()?;
    Some(text.to_owned())
}

/// The texts of the list that setup.py gives a keyword.
fn list(setup: &str, name: &str) -> Vec<String> {
    let inner = after_keyword(setup, name)
        .and_then(|rest| rest.strip_prefix('['))
        .and_then(|rest| rest.split(']').next());
    let mut out = Vec::new();
    let mut rest = inner.unwrap_or_default();
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = rest.as_bytes()[start] as char;
        let Some((text, after)) = rest[start + 1..].split_once(quote) else {
            break;
        };
        out.push(text.to_owned());
        rest = after;
    }
    out
}

/// What follows `NAME=`, with `NAME` standing by itself.
fn after_keyword<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.match_indices(name).find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        let alone = before.is_none_or(|ch| !(ch.is_alphanumeric() || ch == '_'));
        let rest = text[at + name.len()..].trim_start().strip_prefix('=')?;
        (alone && !rest.starts_with('=')).then(|| rest.trim_start())
    })
}

/// A setting of setup.cfg; its indented lines belong to it.
fn setting(config: &str, name: &str) -> Option<String> {
    let mut out: Option<String> = None;
    for line in config.lines() {
        if let Some(text) = &mut out {
            if line.starts_with([' ', '\t']) {
                text.push('\n');
                text.push_str(line.trim());
                continue;
            }
            break;
        }
        if let Some((key, value)) = line.split_once('=')
            && key.trim() == name
        {
            out = Some(value.trim().to_owned());
        }
    }
    out
}

/// The packages and modules of a project, as setuptools finds them: below `src`, or beside
/// the manifest.
fn modules(call: &mut Call<'_, '_, '_>, directory: &str) -> Vec<(String, String, u64)> {
    let root = Who::default();
    let source = path::child(directory, "src");
    let base = if call.is_directory(&source) {
        source
    } else {
        directory.to_owned()
    };
    let names = call.files().list(&base, &root).unwrap_or_default().0;
    let mut out = Vec::new();
    for name in names {
        let at = path::child(&base, &name);
        if call.is_directory(&at) {
            let is_package = call.stat(&path::child(&at, "__init__.py")).is_ok();
            if is_package && !LEFT_OUT.contains(&name.as_str()) {
                let bytes = call.files().total(&at).bytes;
                out.push((name, at, bytes));
            }
        } else if name.ends_with(".py")
            && name != "setup.py"
            && base.ends_with("/src")
            && let Ok(entry) = call.stat(&at)
            && let Node::File(file) = entry.node
        {
            out.push((name, at, file.size.bytes));
        }
    }
    out
}

impl Project {
    /// Whether its modules lie in a directory of their own, `src`.
    fn has_source_directory(&self) -> bool {
        let mut places = self.modules.iter().map(|(_, at, _)| path::split(at).0);
        places.any(|above| above.ends_with("/src") && above != self.directory)
    }
}

/// Installs a project.
///
/// # Errors
/// pip's end, or a limit.
pub(super) fn install(
    call: &mut Call<'_, '_, '_>,
    place: &mut Place,
    project: &Project,
    editable: bool,
) -> Result<(), Flow> {
    call.shell.machine.step()?;
    let stem = project.name.replace(['-', '.'], "_");
    let info = format!("{}/{stem}-{}.dist-info", place.library, project.version);
    let about = |bytes: u64| ByteCount {
        bytes,
        low: bytes / 2,
        high: bytes * 3,
        basis: Basis::Modelled,
    };
    let mut files = vec![
        (format!("{info}/METADATA"), about(400)),
        (format!("{info}/WHEEL"), ByteCount::measured(91)),
        (format!("{info}/RECORD"), about(1200)),
        (
            format!("{info}/INSTALLER"),
            ByteCount::measured(place.installer.signature()),
        ),
        (
            format!("{info}/direct_url.json"),
            ByteCount::measured(47 + project.directory.len() as u64),
        ),
    ];
    if place.installer.marks(true) {
        files.push((format!("{info}/REQUESTED"), ByteCount::ZERO));
    }
    let mut described: Vec<(&str, u64)> = Vec::new();
    if !project.scripts.is_empty() {
        let line = |(name, target): &(String, String)| (name.len() + target.len() + 4) as u64;
        let lines: u64 = project.scripts.iter().map(line).sum();
        described.push((
            "entry_points.txt",
            "[console_scripts]\n".len() as u64 + lines,
        ));
    }
    if project.by_setuptools {
        let lines = project
            .modules
            .iter()
            .map(|(name, ..)| name.len() as u64 + 1);
        described.push(("top_level.txt", lines.sum()));
    }
    for (name, bytes) in &described {
        files.push((format!("{info}/{name}"), about(*bytes)));
    }
    if editable {
        let library = &place.library;
        let mut size = about(project.directory.len() as u64 + 5);
        if project.by_setuptools && !project.has_source_directory() {
            // Packages that lie beside others are found by a module (setuptools' `_TopLevelFinder`).
            let own = format!("{stem}_{}", project.version.replace('.', "_"));
            let finder = format!("__editable___{own}_finder");
            size = ByteCount::measured(2 * finder.len() as u64 + 19);
            files.push((format!("{library}/{finder}.py"), about(3_357)));
            if place.compiles {
                let tag = format!("cpython-3{}", place.interpreter.minor());
                let compiled = format!("{library}/__pycache__/{finder}.{tag}.pyc");
                files.push((compiled, about(5_508)));
            }
        }
        let link = format!("{library}/__editable__.{stem}-{}.pth", project.version);
        files.push((link, size));
    } else {
        for (name, _, bytes) in &project.modules {
            // Modules and their compiled forms, which are about as large.
            let size = if place.compiles { bytes * 2 } else { *bytes };
            files.push((format!("{}/{name}", place.library), about(size)));
        }
    }
    for (at, size) in files {
        place.add(
            call,
            &at,
            size,
            !at.contains(".dist-info") && !at.ends_with(".pth"),
        )?;
    }
    for (name, target) in &project.scripts {
        place.add_script(call, name, target)?;
    }
    let own = Brought {
        manager: "pip",
        name: normalized(&project.name),
        version: project.version.clone(),
        size: about(project.bytes),
        because: Vec::new(),
    };
    call.shell
        .machine
        .marks
        .add(&format!("{info}/METADATA"), own);
    if project.by_setuptools {
        let info = format!("{}/{stem}.egg-info", project.directory);
        place.add(call, &format!("{info}/PKG-INFO"), about(400), false)?;
        place.add(call, &format!("{info}/SOURCES.txt"), about(300), false)?;
        let links = ByteCount::measured(1);
        place.add(call, &format!("{info}/dependency_links.txt"), links, false)?;
        for (name, bytes) in described {
            place.add(call, &format!("{info}/{name}"), about(bytes), false)?;
        }
        if !project.requirements.is_empty() {
            let lines = project
                .requirements
                .iter()
                .map(|own| own.name.len() as u64 + 6);
            place.add(
                call,
                &format!("{info}/requires.txt"),
                about(lines.sum()),
                false,
            )?;
        }
        if !editable {
            let build = format!("{}/build/lib", project.directory);
            place.add(call, &build, about(project.bytes), true)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{keyword, limit, list, setting};

    #[test]
    fn reads_what_setup_states() {
        let setup = "setup(\n name='demo', version = \"1.2\",\n install_requires=['flask>=2', \"requests\"],\n)";
        assert_eq!(keyword(setup, "name").as_deref(), Some("demo"));
        assert_eq!(keyword(setup, "version").as_deref(), Some("1.2"));
        assert_eq!(list(setup, "install_requires"), ["flask>=2", "requests"]);
        let config = "[options]\ninstall_requires =\n  a\n  b\npackages = find:\n";
        assert_eq!(
            setting(config, "install_requires").as_deref(),
            Some("\na\nb")
        );
        assert_eq!(limit("^1.2.3"), ">=1.2.3,<2");
        assert_eq!(limit("^0.2"), ">=0.2,<0.3");
        assert_eq!(limit("~1.2"), ">=1.2,<1.3");
    }
}
