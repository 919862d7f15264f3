//! `node` and the programs that install its packages.

mod bun;
mod bundler;
mod cache;
mod command;
mod install;
mod modules;
mod npm;
mod pnpm;
mod project;
mod script;
mod settings;
mod yarn;

use super::{Call, Program};
use crate::shell::{Exit, Outcome, UNKNOWN};

pub(super) use bun::Bun;
pub(super) use bundler::Bundler;
pub(super) use npm::{Npm, Npx};
pub(super) use pnpm::Pnpm;
pub(super) use yarn::{Corepack, Yarn};

/// `node`: what a script does is not known.
#[derive(Debug)]
pub(super) struct Node;

impl Program for Node {
    fn names(&self) -> &'static [&'static str] {
        &["node", "nodejs"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        match call.words().first().map(String::as_str) {
            Some("-v" | "--version") => {
                let version = call.shell.process.variable("NODE_VERSION");
                let text = version.map_or_else(|| UNKNOWN.to_string(), |text| format!("v{text}"));
                call.line(&text);
                Ok(Exit::OK)
            }
            Some("-e" | "-p" | "--eval" | "--print") | None => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::UNKNOWN)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// The index of packages, where it is loaded; it is asked for where not.
fn index<'m>(call: &mut Call<'_, '_, 'm>) -> Option<&'m crate::node::Index> {
    let machine = &mut *call.shell.machine;
    let index = machine.catalog.node();
    if index.is_none() {
        machine.want(crate::catalog::NODE);
    }
    index
}
