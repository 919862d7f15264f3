//! `npm install` and `npm ci`.

use nodejs_semver::Version;

use crate::image::path;
use crate::node::{Index, Manifest, Options, Placed, Problem, Tree, ideal};
use crate::programs::Call;
use crate::shell::{Data, Exit, Flow, Outcome};
use crate::size::ByteCount;

use super::command::Command;
use super::modules::{self, Modules};
use super::project::Project;
use super::{cache, script};

/// The public registry's address is so long, and it is in each entry of a lock file.
const REGISTRY: u64 = 27;

/// The platform that packages are installed for; `node` is its Node's version.
pub(super) fn options<'o>(
    call: &Call<'_, '_, '_>,
    command: &Command,
    node: Option<&'o Version>,
) -> Options<'o> {
    Options {
        omit_dev: command.omits_dev(call),
        omit_optional: command.omits_optional(),
        machine: call.shell.machine.machine,
        musl: call.shell.machine.os.starts_with("alpine"),
        node,
        pins: None,
    }
}

/// The version of the image's Node: as Docker's images state it, or Debian's package has it.
pub(super) fn node_version(call: &Call<'_, '_, '_>) -> Option<Version> {
    let stated = call
        .shell
        .process
        .variable("NODE_VERSION")
        .map(str::to_owned);
    let packaged = || {
        let package = call.shell.machine.packages.by_name.get("nodejs")?;
        let version = package.version.split(['+', '~', '-']).next()?;
        Some(version.to_owned())
    };
    let text = stated.or_else(packaged)?;
    // Of a series it is taken to be the newest.
    let padded = match text.matches('.').count() {
        0 => format!("{text}.99.0"),
        1 => format!("{text}.99"),
        _ => text,
    };
    Version::parse(padded).ok()
}

/// `npm install`, or `npm ci` where `clean`.
pub(super) fn run(call: &mut Call<'_, '_, '_>, command: &Command, clean: bool) -> Outcome {
    let Some(index) = super::index(call) else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    if !call.shell.machine.network {
        call.shell.error("npm error code EAI_AGAIN\nnpm error syscall getaddrinfo\nnpm error errno EAI_AGAIN\nnpm error request to the registry failed, reason: getaddrinfo EAI_AGAIN");
        return Ok(Exit::code(1));
    }
    if command.is_set(&["g", "global"]) || command.value(&["location"]) == Some("global") {
        return global(call, command, index);
    }
    let directory = command
        .value(&["prefix", "C", "cwd"])
        .unwrap_or(".")
        .to_owned();
    let directory = call.at(&directory);
    let mut project = match Project::read(call, &directory) {
        Ok(project) => project,
        Err(exit) => return Ok(exit),
    };
    if project.unknown {
        return crate::shell::unknown(call.shell, call.arguments);
    }
    if clean && let Some(exit) = check(call, &project) {
        return Ok(exit);
    }
    let node = node_version(call);
    let added = match add(call, command, index, node.as_ref(), &mut project) {
        Ok(added) => added,
        Err(problem) => return Ok(explain(call, &problem)),
    };
    let options = options(call, command, node.as_ref());
    let tree = match project.tree(index, &options) {
        Ok(tree) => tree,
        Err(problem) => return Ok(explain(call, &problem)),
    };
    let mut modules = Modules::default();
    if clean {
        call.remove_all(&format!("{directory}/node_modules"));
    }
    let installed: Vec<&Placed<'_>> = tree
        .packages
        .iter()
        .filter(|package| package.installed && !package.bundled)
        .collect();
    modules.unpack_all(call, &directory, &installed)?;
    books(call, &mut modules, &project, &tree, added || !clean)?;
    let cache = command.value(&["cache"]);
    cache::keep(call, &mut modules, &tree, project.lock.is_some(), cache);
    let scripts = project
        .manifest
        .as_ref()
        .map(|manifest| manifest.scripts.clone());
    if !command.is_set(&["ignore-scripts"]) && command.operands.is_empty() {
        for name in ["preinstall", "install", "postinstall", "prepare"] {
            if let Some(text) = scripts.as_ref().and_then(|scripts| scripts.get(name)) {
                let exit = script::run(call, &directory, text, &[])?;
                if exit.failed() {
                    call.shell.error(&format!("npm error path {directory}\nnpm error command failed\nnpm error command sh -c {text}"));
                    return Ok(exit);
                }
            }
        }
    }
    call.line(&format!("\nadded {} packages in 1s", installed.len()));
    Ok(Exit::OK)
}

/// What `npm ci` refuses to begin with.
fn check(call: &mut Call<'_, '_, '_>, project: &Project) -> Option<Exit> {
    if project.lock.is_none() {
        call.shell.error("npm error code EUSAGE\nnpm error\nnpm error The `npm ci` command can only install with an existing package-lock.json or\nnpm error npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or\nnpm error later to generate a package-lock.json file, then try again.\nnpm error\nnpm error Clean install a project\nnpm error\nnpm error Usage:\nnpm error npm ci");
        return Some(Exit::code(1));
    }
    let strayed = project.strayed();
    if strayed.is_empty() {
        return None;
    }
    let list: Vec<String> = strayed
        .iter()
        .map(|what| format!("npm error Missing: {what} from lock file"))
        .collect();
    call.shell.error(&format!("npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync. Please update your lock file with `npm install` before continuing.\nnpm error\n{}\nnpm error", list.join("\n")));
    Some(Exit::code(1))
}

/// A package as it is asked for: its name and range.
pub(super) fn asked(word: &str) -> (String, String) {
    match word.get(1..).and_then(|rest| rest.rsplit_once('@')) {
        Some((name, range)) => (format!("{}{name}", &word[..1]), range.to_owned()),
        None => (word.to_owned(), "latest".to_owned()),
    }
}

/// Adds what the command line names to the manifest; tells whether there was anything.
fn add(
    call: &mut Call<'_, '_, '_>,
    command: &Command,
    index: &Index,
    node: Option<&Version>,
    project: &mut Project,
) -> Result<bool, Problem> {
    if command.operands.is_empty() {
        return Ok(false);
    }
    // A lock file has nothing of what is new.
    project.lock = None;
    let mut manifest = project.manifest.take().unwrap_or_default();
    let dev = command.is_set(&["save-dev", "D", "dev"]);
    let exact = command.is_set(&["save-exact", "E", "exact"]);
    let mut saved = Vec::new();
    for word in &command.operands {
        let (name, range) = asked(word);
        let version = index.get(&name).map(|known| {
            known.best(&range, node).ok_or_else(|| Problem::NoVersion {
                name: name.clone(),
                range: range.clone(),
            })
        });
        let version = version.transpose()?;
        let wanted = match &version {
            Some(version) if Version::parse(&range).is_ok() => version.to_string(),
            Some(version) if exact => version.to_string(),
            Some(version) => format!("^{version}"),
            None => range,
        };
        let list = if dev {
            &mut manifest.dev_dependencies
        } else {
            &mut manifest.dependencies
        };
        list.insert(name.clone(), wanted.clone());
        saved.push((name, wanted));
    }
    if !command.is_off("save") {
        save(call, project, &saved, dev);
    }
    project.manifest = Some(manifest);
    Ok(true)
}

/// Writes the manifest anew with what was added.
fn save(call: &mut Call<'_, '_, '_>, project: &mut Project, saved: &[(String, String)], dev: bool) {
    let text = if project.text.is_empty() {
        "{}"
    } else {
        &project.text
    };
    let Ok(serde_json::Value::Object(mut object)) = serde_json::from_str(text) else {
        return;
    };
    let key = if dev {
        "devDependencies"
    } else {
        "dependencies"
    };
    let list = object
        .entry(key)
        .or_insert_with(|| serde_json::Value::Object(serde_json::Map::new()));
    if let serde_json::Value::Object(list) = list {
        for (name, wanted) in saved {
            list.insert(name.clone(), serde_json::Value::String(wanted.clone()));
        }
    }
    if let Ok(text) = serde_json::to_string_pretty(&object) {
        let text = format!("{text}\n");
        let at = path::child(&project.directory, "package.json");
        if let Err(errno) = call.write(&at, Data::from(text.as_str())) {
            call.problem(&at, errno);
        }
        project.text = text;
    }
}

/// Bytes of a package's entry in a lock file.
fn entry_bytes(package: &Placed<'_>) -> u64 {
    let release = package.release.as_ref();
    let entry = release.map_or(300, |release| release.entry);
    let base = package.name.rsplit('/').next().unwrap_or_default();
    let version = package
        .version
        .as_ref()
        .map_or(5, |version| version.to_string().len());
    // `      "resolved": "REGISTRY/NAME/-/BASE-VERSION.tgz",` and `    "PLACE": …,`.
    let resolved = 22 + REGISTRY as usize + package.name.len() + 3 + base.len() + 1 + version + 4;
    let flags = if package.dev { 19 } else { 0 };
    entry + (resolved + package.at.len() + 8 + 2 + flags) as u64
}

/// Writes npm's lock files.
fn books(
    call: &mut Call<'_, '_, '_>,
    modules: &mut Modules,
    project: &Project,
    tree: &Tree<'_>,
    writes_lock: bool,
) -> Result<(), Flow> {
    let manifest = project.manifest.clone().unwrap_or_default();
    let directory = &project.directory;
    let name = manifest
        .name
        .clone()
        .unwrap_or_else(|| path::split(directory).1.to_owned());
    let head = lock_head(&name, manifest.version.as_deref());
    let installed: Vec<&Placed<'_>> = tree
        .packages
        .iter()
        .filter(|package| package.installed)
        .collect();
    let sum = |packages: &mut dyn Iterator<Item = &Placed<'_>>| -> u64 {
        packages.map(entry_bytes).sum()
    };
    if !installed.is_empty() {
        let bytes = head + sum(&mut installed.iter().copied());
        let at = format!("{directory}/node_modules/.package-lock.json");
        let outcome = modules.unpacker.file(call, &at, near(bytes), false);
        outcome.map_err(|errno| modules::refused(call, errno, &at))?;
    }
    if project.lock.is_none() && writes_lock && !tree.packages.is_empty() {
        let bytes = head + root_entry(&name, &manifest) + sum(&mut tree.packages.iter());
        let at = format!("{directory}/package-lock.json");
        let outcome = modules.unpacker.file(call, &at, near(bytes), false);
        outcome.map_err(|errno| modules::refused(call, errno, &at))?;
    }
    Ok(())
}

/// A lock file's bytes; flags that are not followed may add some.
fn near(bytes: u64) -> ByteCount {
    ByteCount {
        bytes,
        low: bytes * 9 / 10,
        high: bytes * 11 / 10,
        basis: crate::size::Basis::Modelled,
    }
}

fn lock_head(name: &str, version: Option<&str>) -> u64 {
    let version = version.map_or(0, |version| version.len() + 16);
    (name.len() + version + "{\n  \"name\": \"\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \"packages\": {\n  }\n}\n".len()) as u64
}

fn root_entry(name: &str, manifest: &Manifest) -> u64 {
    let list = |list: &std::collections::BTreeMap<String, String>, key: usize| -> usize {
        if list.is_empty() {
            return 0;
        }
        let lines: usize = list
            .iter()
            .map(|(name, range)| 8 + name.len() + range.len() + 8)
            .sum();
        lines + 6 + key + 5 + 9
    };
    let version = manifest
        .version
        .as_ref()
        .map_or(0, |version| version.len() + 20);
    let lines = list(&manifest.dependencies, 14) + list(&manifest.dev_dependencies, 17);
    ("    \"\": {\n    },\n".len() + name.len() + 17 + version + lines) as u64
}

/// What npm says where there is no tree.
fn explain(call: &mut Call<'_, '_, '_>, problem: &Problem) -> Exit {
    let message = match problem {
        Problem::NoVersion { name, range } => format!(
            "npm error code ETARGET\nnpm error notarget No matching version found for {name}@{range}.\nnpm error notarget In most cases you or one of your dependencies are requesting\nnpm error notarget a package version that doesn't exist."
        ),
        Problem::TooMany => {
            "npm error more than 20,000 packages: the simulation ends here".to_owned()
        }
    };
    call.shell.error(&message);
    Exit::code(1)
}

/// `npm install -g`.
fn global(call: &mut Call<'_, '_, '_>, command: &Command, index: &Index) -> Outcome {
    let prefix = command
        .value(&["prefix"])
        .unwrap_or("/usr/local")
        .to_owned();
    let prefix = call.at(&prefix);
    let node = node_version(call);
    let options = options(call, command, node.as_ref());
    let mut modules = Modules::default();
    let mut all = Tree::default();
    for word in &command.operands {
        let (name, range) = asked(word);
        let manifest = Manifest {
            dependencies: [(name.clone(), range)].into(),
            ..Manifest::default()
        };
        let tree = match ideal(index, &manifest, &options) {
            Ok(tree) => tree,
            Err(problem) => return Ok(explain(call, &problem)),
        };
        let own = format!("node_modules/{name}");
        for package in tree.packages.iter().filter(|package| package.installed) {
            // What a global package needs lies inside of it.
            let at = if package.at == own {
                package.at.clone()
            } else {
                format!("{own}/{}", package.at)
            };
            let placed = Placed {
                at,
                ..package.clone()
            };
            let lib = format!("{prefix}/lib");
            modules.unpack(call, &lib, &placed)?;
            if package.at == own {
                for (program, file) in modules::programs(package) {
                    let target = format!("../lib/node_modules/{name}/{file}");
                    modules.symlink(call, &format!("{prefix}/bin"), &program, &target);
                }
            } else {
                modules.link(call, &lib, &placed);
            }
        }
        all.packages.extend(tree.packages);
    }
    cache::keep(call, &mut modules, &all, false, command.value(&["cache"]));
    call.line(&format!(
        "\nadded {} packages in 1s",
        modules.downloads.len()
    ));
    Ok(Exit::OK)
}

/// `npm prune`: takes out what is not installed any more.
pub(super) fn prune(call: &mut Call<'_, '_, '_>, command: &Command) -> Outcome {
    let Some(index) = super::index(call) else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    let directory = call.at(".");
    let project = match Project::read(call, &directory) {
        Ok(project) => project,
        Err(exit) => return Ok(exit),
    };
    let node = node_version(call);
    let options = options(call, command, node.as_ref());
    let tree = match project.tree(index, &options) {
        Ok(tree) => tree,
        Err(problem) => return Ok(explain(call, &problem)),
    };
    for package in tree.packages.iter().filter(|package| !package.installed) {
        call.remove_all(&format!("{directory}/{}", package.at));
        for (program, _) in modules::programs(package) {
            let who = call.who();
            let bin = format!("{directory}/node_modules/.bin/{program}");
            // Another package may have a program of that name.
            let _ = call.files().unlink(&bin, &who);
        }
    }
    // It writes what is left down again.
    for lock in ["node_modules/.package-lock.json", "package-lock.json"] {
        let (at, who) = (call.at(lock), call.who());
        // There may be none.
        let _ = call.files().touch(&at, &who, true);
    }
    super::cache::log(call);
    Ok(Exit::OK)
}

/// `npm uninstall`.
pub(super) fn uninstall(call: &mut Call<'_, '_, '_>, command: &Command) -> Outcome {
    let base = if command.is_set(&["g", "global"]) {
        "/usr/local/lib".to_owned()
    } else {
        call.at(".")
    };
    for name in &command.operands {
        call.remove_all(&format!("{base}/node_modules/{}", asked(name).0));
    }
    Ok(Exit::OK)
}
