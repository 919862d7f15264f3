//! `pwd`: prints the working directory.

use super::{Call, Flavor, Program};
use crate::shell::{Exit, Outcome};

/// `pwd`: prints the working directory.
#[derive(Debug)]
pub(super) struct Pwd;

impl Program for Pwd {
    fn names(&self) -> &'static [&'static str] {
        &["pwd"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let program = call.flavor == Flavor::Gnu;
        let physical = call.words().iter().any(|word| word == "-P")
            || program && !call.words().iter().any(|word| word == "-L");
        let cwd = call.shell.process.cwd.clone();
        let shown = match (physical, call.stat(".")) {
            (true, Ok(entry)) => entry.path,
            _ => cwd,
        };
        call.line(&shown);
        Ok(Exit::OK)
    }
}
