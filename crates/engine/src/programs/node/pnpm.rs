//! `pnpm`: packages in a store, linked into `node_modules/.pnpm`.

use crate::node::Pins;
use crate::programs::{Call, Program};
use crate::shell::{Exit, Outcome};
use crate::size::{Basis, ByteCount};

use super::command::Command;
use super::modules::{Modules, programs};
use super::npm::run_script;
use super::project::Project;
use super::{index, install};

/// `pnpm`.
#[derive(Debug)]
pub(in crate::programs) struct Pnpm;

impl Program for Pnpm {
    fn names(&self) -> &'static [&'static str] {
        &["pnpm"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let command = Command::read(call, &words);
        match command.verb.as_str() {
            "install" | "i" | "add" | "ci" => fetch(call, &command),
            "run" => {
                let name = command.operands.first().cloned().unwrap_or_default();
                run_script(
                    call,
                    &name,
                    command.operands.get(1..).unwrap_or_default(),
                    "pnpm",
                )
            }
            "" | "config" | "store" | "audit" | "list" | "fetch" | "prune" | "deploy" | "exec"
            | "dlx" | "rebuild" | "setup" => crate::shell::unknown(call.shell, call.arguments),
            other => {
                let name = other.to_owned();
                run_script(call, &name, &command.operands, "pnpm")
            }
        }
    }
}

/// `pnpm install`. Files are linked to the store on the same file system, so that a layer has
/// them once; the places below `.pnpm` follow pnpm's layout.
fn fetch(call: &mut Call<'_, '_, '_>, command: &Command) -> Outcome {
    let Some(index) = index(call) else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    let directory = call.at(".");
    let mut project = match Project::read(call, &directory) {
        Ok(project) => project,
        Err(exit) => return Ok(exit),
    };
    let lock = format!("{directory}/pnpm-lock.yaml");
    let has_lock = call.stat(&lock).is_ok();
    if command.is_set(&["frozen-lockfile"]) && !has_lock && call.is_missing(&lock) {
        call.shell.error(" ERR_PNPM_NO_LOCKFILE  Cannot install with \"frozen-lockfile\" because pnpm-lock.yaml is absent");
        return Ok(Exit::code(1));
    }
    project.read_pins(call, &lock, Pins::pnpm);
    if command.is_set(&["frozen-lockfile"]) && project.is_outdated() {
        call.shell.error(" ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\" because pnpm-lock.yaml is not up to date with <ROOT>/package.json");
        return Ok(Exit::code(1));
    }
    let manifest = project.for_others(&command.operands);
    let direct: Vec<String> = manifest
        .dependencies
        .keys()
        .chain(manifest.dev_dependencies.keys())
        .cloned()
        .collect();
    let node = install::node_version(call);
    let options = install::options(call, command, node.as_ref());
    let Ok(tree) = project.tree(index, &options) else {
        call.shell
            .error(" ERR_PNPM_NO_MATCHING_VERSION  No matching version found");
        return Ok(Exit::code(1));
    };
    let mut modules = Modules::default();
    let store = format!("{directory}/node_modules/.pnpm");
    let installed: Vec<_> = tree
        .packages
        .iter()
        .filter(|package| package.installed)
        .collect();
    for package in &installed {
        let version = package
            .version
            .as_ref()
            .map_or_else(|| "0.0.0".to_owned(), ToString::to_string);
        let own = format!("{}@{version}", package.name.replace('/', "+"));
        let placed = crate::node::Placed {
            at: format!("{own}/node_modules/{}", package.name),
            ..(*package).clone()
        };
        modules.unpack(call, &store, &placed)?;
        let top = package.at == format!("node_modules/{}", package.name);
        if top && direct.contains(&package.name) {
            let up = "../".repeat(package.name.matches('/').count());
            let target = format!("{up}.pnpm/{}", placed.at);
            let (above, name) = package.at.rsplit_once('/').unwrap_or(("", &package.at));
            modules.symlink(call, &format!("{directory}/{above}"), name, &target);
            for (program, file) in programs(package) {
                let bin = format!("{directory}/node_modules/.bin");
                modules.symlink(call, &bin, &program, &format!("../{}/{file}", package.name));
            }
        }
    }
    let count = installed.len() as u64;
    let mut books = vec![(
        format!("{directory}/node_modules/.modules.yaml"),
        1_000 + count * 90,
    )];
    if !has_lock {
        books.push((lock, 500 + count * 330));
    }
    if count == 0 {
        return Ok(Exit::OK);
    }
    modules.books(call, &books)?;
    // The store's own index, and what the registry says of each package.
    let home = call.home();
    let at = format!("{home}/.local/share/pnpm/store");
    let size = ByteCount {
        bytes: count * 6_000,
        low: count * 1_000,
        high: count * 60_000,
        basis: Basis::Modelled,
    };
    // Where it cannot be written, pnpm goes on without.
    let _ = modules.unpacker.bulk(call, &at, size);
    Ok(Exit::OK)
}
