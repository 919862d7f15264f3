//! `which`: where a command is found.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use crate::shell::{Resolution, UNKNOWN};

/// `which`: where a command is found.
#[derive(Debug)]
pub(super) struct Which;

impl Program for Which {
    fn names(&self) -> &'static [&'static str] {
        &["which"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let mut exit = Exit::OK;
        for name in call.words().iter().filter(|word| !word.starts_with('-')) {
            match call.shell.find_command(name) {
                Resolution::File(path, _) => call.line(&path),
                Resolution::Perhaps(_) => {
                    call.line(&UNKNOWN.to_string());
                    exit = if exit.failed() { exit } else { Exit::UNKNOWN };
                }
                _ => exit = Exit::code(1),
            }
        }
        Ok(exit)
    }
}
