//! Cargo.toml and Cargo.lock: packages, workspaces, programs, what they depend on
//! (The Cargo Book, "The Manifest Format", "Workspaces").

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::image::path;
use crate::programs::Call;
use crate::shell::{Errno, Who};

/// Most packages of a workspace, with those that they name by path.
const MAX_PACKAGES: usize = 200;

/// Why a project cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// What cargo says.
    Message(String),
    /// A file may be there and is not known.
    Unknown,
}

/// How a profile has programs built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Profile {
    /// Without symbols.
    pub(super) strip: bool,
    /// Optimised over all crates.
    pub(super) lto: bool,
}

/// A package of the project.
#[derive(Debug, Clone, Default)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) directory: String,
    /// Its programs, by name.
    pub(super) programs: Vec<String>,
    /// What building it needs of the registry or of other places; not what only its tests need.
    pub(super) depends: BTreeSet<String>,
    /// Directories of packages that it names by path.
    paths: Vec<(String, String)>,
}

/// A package that Cargo.lock lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locked {
    /// From the registry; else from a repository, or of the project itself.
    pub(super) is_registered: bool,
    pub(super) version: String,
    pub(super) needs: Vec<String>,
}

/// A project: a package, or a workspace of several.
#[derive(Debug, Clone, Default)]
pub(super) struct Project {
    /// Where Cargo.lock and the target directory are.
    pub(super) root: String,
    /// The packages that are built.
    pub(super) packages: Vec<Package>,
    /// Packages that those need by path.
    pub(super) near: Vec<Package>,
    pub(super) release: Profile,
    /// By name; none where there is no Cargo.lock.
    pub(super) locked: Option<BTreeMap<String, Locked>>,
}

impl Project {
    /// The project of a directory.
    ///
    /// # Errors
    /// What cargo stops with.
    pub(super) fn find(
        call: &mut Call<'_, '_, '_>,
        from: &str,
        all: bool,
    ) -> Result<Self, Problem> {
        let Some((directory, table)) = above(call, from)? else {
            return Err(Problem::Message(format!(
                "could not find `Cargo.toml` in `{from}` or any parent directory"
            )));
        };
        let mut root = (directory.clone(), table.clone());
        if !table.contains_key("workspace") && directory != "/" {
            // A package may belong to a workspace above.
            let mut at = path::split(&directory).0.to_owned();
            while let Some((above, table)) = above(call, &at)? {
                if table.contains_key("workspace") {
                    root = (above, table);
                    break;
                }
                if above == "/" {
                    break;
                }
                at = path::split(&above).0.to_owned();
            }
        }
        let members = members(call, &root.0, &root.1)?;
        let is_member = root.0 == directory || members.iter().any(|(at, _)| *at == directory);
        if !is_member {
            root = (directory.clone(), table.clone());
        }
        let mut out = Self {
            release: profile(&root.1),
            locked: lock(call, &root.0)?,
            root: root.0.clone(),
            ..Self::default()
        };
        let is_package = table.contains_key("package");
        let own = is_package.then(|| (directory.clone(), table));
        let whole = all || !is_package;
        let others = members
            .into_iter()
            .filter(|(at, _)| whole && is_member && *at != directory);
        for (at, table) in own.into_iter().chain(others) {
            out.packages.push(package(call, &at, &table, &root)?);
        }
        out.follow_paths(call, &root)?;
        Ok(out)
    }

    /// Reads the packages that are named by path.
    fn follow_paths(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        root: &(String, Table),
    ) -> Result<(), Problem> {
        let mut seen: BTreeSet<String> = self
            .packages
            .iter()
            .map(|own| own.directory.clone())
            .collect();
        let mut queue = self.packages.clone();
        while let Some(own) = queue.pop() {
            for (name, at) in &own.paths {
                if !seen.insert(at.clone()) || seen.len() > MAX_PACKAGES {
                    continue;
                }
                let Some(table) = table(call, at)? else {
                    return Err(Problem::Message(format!(
                        "failed to get `{name}` as a dependency of package `{} ({})`\n\nCaused by:\n  failed to load source for dependency `{name}`\n\nCaused by:\n  unable to update {at}\n\nCaused by:\n  failed to read `{at}/Cargo.toml`\n\nCaused by:\n  No such file or directory (os error 2)",
                        own.name, own.directory
                    )));
                };
                let next = package(call, at, &table, root)?;
                queue.push(next.clone());
                self.near.push(next);
            }
        }
        Ok(())
    }

    /// All packages whose sources are here.
    pub(super) fn own(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().chain(&self.near)
    }
}

/// The manifest of a directory; none where it is missing.
fn table(call: &mut Call<'_, '_, '_>, directory: &str) -> Result<Option<Table>, Problem> {
    let at = path::child(directory, "Cargo.toml");
    match call.stat(&at) {
        Ok(_) => {}
        Err(Errno::Unknown) => return Err(Problem::Unknown),
        Err(_) => return Ok(None),
    }
    let text = call.files().text(&at).ok_or(Problem::Unknown)?;
    let parsed = text.parse::<Table>().map_err(|problem| {
        Problem::Message(format!(
            "failed to parse manifest at `{at}`\n\nCaused by:\n  {}",
            problem.message()
        ))
    })?;
    Ok(Some(parsed))
}

/// The nearest manifest, from a directory upwards.
fn above(call: &mut Call<'_, '_, '_>, from: &str) -> Result<Option<(String, Table)>, Problem> {
    for directory in std::iter::once(from)
        .chain(path::ancestors(from))
        .chain(["/"])
    {
        if let Some(found) = table(call, directory)? {
            return Ok(Some((directory.to_owned(), found)));
        }
    }
    Ok(None)
}

/// The members of a workspace: directories with their manifests.
fn members(
    call: &mut Call<'_, '_, '_>,
    root: &str,
    table_of_root: &Table,
) -> Result<Vec<(String, Table)>, Problem> {
    let workspace = table_of_root.get("workspace").and_then(Value::as_table);
    let patterns = workspace
        .and_then(|own| own.get("members"))
        .and_then(Value::as_array);
    let mut out = Vec::new();
    for pattern in patterns
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .take(MAX_PACKAGES)
    {
        if let Some(directory) = pattern.strip_suffix("/*") {
            let directory = path::join(root, directory);
            let names = call
                .files()
                .list(&directory, &Who::default())
                .unwrap_or_default()
                .0;
            for name in names.iter().take(MAX_PACKAGES) {
                let at = path::child(&directory, name);
                if let Some(found) = table(call, &at)? {
                    out.push((at, found));
                }
            }
            continue;
        }
        let at = path::join(root, pattern);
        let Some(found) = table(call, &at)? else {
            return Err(Problem::Message(format!(
                "failed to load manifest for workspace member `{at}`\nreferenced by workspace at `{root}/Cargo.toml`\n\nCaused by:\n  failed to read `{at}/Cargo.toml`\n\nCaused by:\n  No such file or directory (os error 2)"
            )));
        };
        out.push((at, found));
    }
    Ok(out)
}

/// Reads a package: its programs, and what it depends on.
fn package(
    call: &mut Call<'_, '_, '_>,
    directory: &str,
    table: &Table,
    root: &(String, Table),
) -> Result<Package, Problem> {
    let own = table.get("package").and_then(Value::as_table);
    let name = own
        .and_then(|own| own.get("name"))
        .and_then(Value::as_str)
        .unwrap_or("app");
    let mut out = Package {
        name: name.to_owned(),
        directory: directory.to_owned(),
        ..Package::default()
    };
    let source = path::child(directory, "src");
    let is_there = |file: &str| match call.stat(&path::join(&source, file)) {
        Ok(_) => Ok(true),
        Err(Errno::Unknown) => Err(Problem::Unknown),
        Err(_) => Ok(false),
    };
    let has_library = is_there("lib.rs")? || table.contains_key("lib");
    if is_there("main.rs")? {
        out.programs.push(name.to_owned());
    }
    let listed = table.get("bin").and_then(Value::as_array);
    for program in listed.into_iter().flatten() {
        out.programs.extend(
            program
                .get("name")
                .and_then(Value::as_str)
                .map(str::to_owned),
        );
    }
    let folder = path::child(&source, "bin");
    for entry in call
        .files()
        .list(&folder, &Who::default())
        .unwrap_or_default()
        .0
    {
        match entry.strip_suffix(".rs") {
            Some(stem) => out.programs.push(stem.to_owned()),
            None if call.stat(&format!("{folder}/{entry}/main.rs")).is_ok() => {
                out.programs.push(entry)
            }
            None => {}
        }
    }
    out.programs.sort();
    out.programs.dedup();
    if out.programs.is_empty() && !has_library {
        return Err(Problem::Message(format!(
            "failed to parse manifest at `{directory}/Cargo.toml`\n\nCaused by:\n  no targets specified in the manifest\n  either src/lib.rs, src/main.rs, a [lib] section, or [[bin]] section must be present"
        )));
    }
    let shared = (root.1)
        .get("workspace")
        .and_then(|own| own.get("dependencies"));
    for section in ["dependencies", "build-dependencies"] {
        let fields = table.get(section).and_then(Value::as_table);
        for (key, value) in fields.into_iter().flatten() {
            let inherited = value.get("workspace").is_some();
            let (value, base) = match shared
                .and_then(|shared| shared.get(key))
                .filter(|_| inherited)
            {
                Some(value) => (value, root.0.as_str()),
                None => (value, directory),
            };
            if value.get("optional").and_then(Value::as_bool) == Some(true) {
                continue;
            }
            let name = value.get("package").and_then(Value::as_str).unwrap_or(key);
            match value.get("path").and_then(Value::as_str) {
                Some(at) => out.paths.push((name.to_owned(), path::join(base, at))),
                None => {
                    out.depends.insert(name.to_owned());
                }
            }
        }
    }
    Ok(out)
}

/// The profile for releases.
fn profile(root: &Table) -> Profile {
    let own = root.get("profile").and_then(|own| own.get("release"));
    let field = |name: &str| own.and_then(|own| own.get(name));
    let is = |value: Option<&Value>, words: &[&str]| match value {
        Some(Value::Boolean(given)) => *given,
        Some(Value::String(word)) => words.contains(&word.as_str()),
        _ => false,
    };
    Profile {
        strip: is(field("strip"), &["symbols"]),
        lto: is(field("lto"), &["fat", "thin"]),
    }
}

/// What Cargo.lock lists.
fn lock(
    call: &mut Call<'_, '_, '_>,
    root: &str,
) -> Result<Option<BTreeMap<String, Locked>>, Problem> {
    let at = path::child(root, "Cargo.lock");
    match call.stat(&at) {
        Ok(_) => {}
        Err(Errno::Unknown) => return Err(Problem::Unknown),
        Err(_) => return Ok(None),
    }
    // What cargo itself has written is not read again.
    let Some(text) = call.files().text(&at) else {
        return Ok(None);
    };
    let table = text.parse::<Table>().map_err(|problem| {
        Problem::Message(format!(
            "failed to parse lock file at: {at}\n\nCaused by:\n  {}",
            problem.message()
        ))
    })?;
    let mut out = BTreeMap::new();
    for own in table
        .get("package")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let field = |name: &str| own.get(name).and_then(Value::as_str).unwrap_or_default();
        let needs = own.get("dependencies").and_then(Value::as_array);
        // `name`, or `name version` where there are several of it.
        let needs = needs.into_iter().flatten().filter_map(Value::as_str);
        let locked = Locked {
            is_registered: field("source").starts_with("registry+"),
            version: field("version").to_owned(),
            needs: needs
                .map(|need| need.split(' ').next().unwrap_or(need).to_owned())
                .collect(),
        };
        out.insert(field("name").to_owned(), locked);
    }
    Ok(Some(out))
}
