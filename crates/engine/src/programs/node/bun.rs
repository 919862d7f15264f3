//! `bun`: packages in its cache, linked into `node_modules`.

use crate::node::bun;
use crate::programs::{Call, Program};
use crate::shell::{Data, Exit, Outcome};

use super::command::Command;
use super::modules::Modules;
use super::npm::run_script;
use super::project::Project;
use super::{index, install};

/// `bun`.
#[derive(Debug)]
pub(in crate::programs) struct Bun;

impl Program for Bun {
    fn names(&self) -> &'static [&'static str] {
        &["bun"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let command = Command::read(call, &words);
        match command.verb.as_str() {
            "install" | "i" | "add" | "a" | "ci" => fetch(call, &command),
            "run" => {
                let name = command.operands.first().cloned().unwrap_or_default();
                let rest = command.operands.get(1..).unwrap_or_default();
                run_script(call, &name, rest, "bun")
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// `bun install`. Files are linked to the cache on the same file system, so that a layer has
/// them once (bun 1, measured).
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
    let at = format!("{directory}/bun.lock");
    let text = call.read(&at).ok();
    let text = text.as_ref().and_then(Data::known);
    let text = text.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    if text.is_none() && !call.is_missing(&at) {
        return crate::shell::unknown(call.shell, call.arguments);
    }
    project.for_others(&command.operands);
    if let Some(text) = text.as_deref().filter(|_| command.operands.is_empty()) {
        match bun::read(text, call.shell.machine.machine) {
            Ok(lock) => project.lock = Some(lock),
            Err(problem) => {
                call.shell
                    .error(&format!("error: Failed to parse lockfile: {problem}"));
                return Ok(Exit::code(1));
            }
        }
    }
    let node = install::node_version(call);
    let options = install::options(call, command, node.as_ref());
    let Ok(tree) = project.tree(index, &options) else {
        call.shell
            .error("error: No version matching what is asked for was found");
        return Ok(Exit::code(1));
    };
    let mut modules = Modules::default();
    let installed: Vec<_> = tree.packages.iter().filter(|own| own.installed).collect();
    modules.unpack_all(call, &directory, &installed)?;
    if text.is_none() && !installed.is_empty() && !command.is_off("save") {
        let lines = installed.len() as u64;
        modules.books(call, &[(at, 300 + lines * 230)])?;
    }
    Ok(Exit::OK)
}
