//! `yarn` and `corepack`.

use crate::node::Pins;
use crate::programs::{Call, Program};
use crate::shell::{Exit, Outcome};
use crate::size::{Basis, ByteCount};

use super::command::Command;
use super::modules::Modules;
use super::npm::run_script;
use super::project::Project;
use super::{index, install};

/// Bytes of what the cache notes of a package, its README among it: the mean of 148.
const METADATA: u64 = 8_834;

/// Bytes of yarn itself, compiled, which it keeps for the next time (yarn 1.22, Node 20).
const COMPILED: u64 = 2_198_086;

/// `yarn`, of its first series.
#[derive(Debug)]
pub(in crate::programs) struct Yarn;

impl Program for Yarn {
    fn names(&self) -> &'static [&'static str] {
        &["yarn", "yarnpkg"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let command = Command::read(call, &words);
        match command.verb.as_str() {
            "" | "install" | "add" => fetch(call, &command),
            "run" => {
                let name = command.operands.first().cloned().unwrap_or_default();
                run_script(
                    call,
                    &name,
                    command.operands.get(1..).unwrap_or_default(),
                    "yarn",
                )
            }
            "cache" => {
                let at = cache_directory(call);
                if command.operands.first().is_some_and(|word| word == "clean") {
                    call.remove_all(&at);
                }
                Ok(Exit::OK)
            }
            "config" | "set" | "versions" | "why" | "list" | "audit" | "check" | "global" => {
                crate::shell::unknown(call.shell, call.arguments)
            }
            other => {
                let name = other.to_owned();
                run_script(call, &name, &command.operands, "yarn")
            }
        }
    }
}

fn cache_directory(call: &Call<'_, '_, '_>) -> String {
    let given = call.shell.process.variable("YARN_CACHE_FOLDER");
    if let Some(at) = given {
        return call.at(at);
    }
    if call.who().is_root() {
        "/usr/local/share/.cache/yarn/v6".to_owned()
    } else {
        let home = call.home();
        format!("{home}/.cache/yarn/v6")
    }
}

/// `yarn install`: the same tree as npm's, with yarn's own lock file and cache.
fn fetch(call: &mut Call<'_, '_, '_>, command: &Command) -> Outcome {
    let Some(index) = index(call) else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    let directory = command.value(&["cwd"]).unwrap_or(".").to_owned();
    let directory = call.at(&directory);
    let mut project = match Project::read(call, &directory) {
        Ok(project) => project,
        Err(exit) => return Ok(exit),
    };
    let lock = format!("{directory}/yarn.lock");
    let has_lock = call.stat(&lock).is_ok();
    let frozen = command.is_set(&["frozen-lockfile", "immutable"]);
    if frozen && !has_lock && !call.is_missing(&lock) {
        return Ok(Exit::UNKNOWN);
    }
    project.read_pins(call, &lock, Pins::yarn);
    if frozen && project.is_outdated() {
        call.shell.error(
            "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.",
        );
        return Ok(Exit::code(1));
    }
    project.for_others(&command.operands);
    let node = install::node_version(call);
    let options = install::options(call, command, node.as_ref());
    let Ok(tree) = project.tree(index, &options) else {
        call.shell
            .error("error Couldn't find any versions that match what is asked for");
        return Ok(Exit::code(1));
    };
    let mut modules = Modules::default();
    let installed: Vec<_> = tree
        .packages
        .iter()
        .filter(|package| package.installed)
        .collect();
    modules.unpack_all(call, &directory, &installed)?;
    let count = installed.len() as u64;
    let mut books = vec![(
        format!("{directory}/node_modules/.yarn-integrity"),
        300 + count * 55,
    )];
    if !has_lock && !command.is_off("lockfile") {
        books.push((lock, count * 260));
    }
    if count == 0 {
        return Ok(Exit::OK);
    }
    modules.books(call, &books)?;
    // The cache has each package unpacked, with its archive; with --production too, those that
    // only development needs.
    let at = cache_directory(call);
    let releases = tree
        .packages
        .iter()
        .filter(|package| package.installed || package.dev);
    let releases = releases.filter_map(|package| package.release.as_ref());
    let bytes: u64 = releases
        .map(|release| release.bytes() + release.download + METADATA)
        .sum();
    let size = ByteCount {
        bytes,
        low: bytes * 8 / 10,
        high: bytes * 13 / 10,
        basis: Basis::Modelled,
    };
    // Where it cannot be written, yarn goes on without.
    let _ = modules.unpacker.bulk(call, &at, size);
    let compiled = format!("/tmp/v8-compile-cache-{}", call.who().uid);
    if call.is_missing(&compiled) {
        let size = ByteCount {
            low: COMPILED * 8 / 10,
            high: COMPILED * 12 / 10,
            basis: Basis::Modelled,
            ..ByteCount::measured(COMPILED)
        };
        let _ = modules.unpacker.bulk(call, &compiled, size);
    }
    Ok(Exit::OK)
}

/// `corepack`: fetches yarn and pnpm; which is not followed.
#[derive(Debug)]
pub(in crate::programs) struct Corepack;

impl Program for Corepack {
    fn names(&self) -> &'static [&'static str] {
        &["corepack"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        if words.first().is_some_and(|word| word == "enable") {
            let who = call.who();
            for name in ["pnpm", "pnpx", "yarn", "yarnpkg"] {
                let target = format!("../lib/node_modules/corepack/dist/{name}.js");
                let at = format!("/usr/local/bin/{name}");
                // One that is there is replaced.
                let _ = call.files().unlink(&at, &who);
                let _ = call.files().symlink(&target, &at, &who);
            }
            return Ok(Exit::OK);
        }
        crate::shell::unknown(call.shell, call.arguments)
    }
}
