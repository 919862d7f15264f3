//! `git`: repositories and settings; of what is cloned only a guess at the size is known.

mod config;
mod init;

use super::{Call, Program};
use crate::shell::{Exit, Outcome, UNKNOWN};
use crate::size::ByteCount;

/// A work tree with its history: up to 1 GB.
const REPOSITORY: ByteCount = ByteCount::assumed(20_000_000, 0, 1_000_000_000);

/// What only shows something.
const LOOKING: [&str; 12] = [
    "branch",
    "describe",
    "diff",
    "log",
    "ls-files",
    "ls-remote",
    "remote",
    "rev-list",
    "rev-parse",
    "show",
    "status",
    "tag",
];

/// `git`: repositories and settings.
#[derive(Debug)]
pub(super) struct Git;

impl Program for Git {
    fn names(&self) -> &'static [&'static str] {
        &["git"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let mut rest = words.iter().skip_while(|word| word.starts_with('-'));
        match rest.next().map(String::as_str) {
            Some("clone") => {
                let operands: Vec<&String> = operands(rest);
                let Some(url) = operands.first() else {
                    return Ok(call.refuse("fatal: You must specify a repository to clone.", 129));
                };
                let stem = url.trim_end_matches('/').trim_end_matches(".git");
                let directory = operands.get(1).map_or_else(
                    || {
                        stem.rsplit(['/', ':'])
                            .next()
                            .unwrap_or("repository")
                            .to_owned()
                    },
                    |name| (*name).clone(),
                );
                if !call.shell.machine.network {
                    return Ok(call.refuse(
                        "fatal: unable to access the repository: Could not resolve host",
                        128,
                    ));
                }
                super::mkdir::make_parents(call, &directory, None, false);
                if let Ok(entry) = call.stat(&directory) {
                    call.files().add_bulk(&entry.path, REPOSITORY);
                }
                call.shell.machine.note(
                    "unknown-download",
                    "what git clones is not known: its size is assumed, with a range. State the instruction's with a comment before it: # layerlab: size=12MB".to_owned(),
                );
                Ok(Exit::UNKNOWN)
            }
            Some("init") => init::init(call, &rest.cloned().collect::<Vec<_>>()),
            Some("config") => config::config(call, &rest.cloned().collect::<Vec<_>>()),
            Some(verb) if LOOKING.contains(&verb) => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::UNKNOWN)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// Words that are no options, nor values of options.
fn operands<'w>(words: impl Iterator<Item = &'w String>) -> Vec<&'w String> {
    let mut out = Vec::new();
    let mut words = words;
    while let Some(word) = words.next() {
        if matches!(
            word.as_str(),
            "-b" | "--branch" | "--depth" | "-o" | "--origin" | "-c" | "--config" | "-j" | "--jobs"
        ) {
            words.next();
        } else if !word.starts_with('-') {
            out.push(word);
        }
    }
    out
}
