//! `tty`: there is no terminal.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

/// `tty`: there is no terminal.
#[derive(Debug)]
pub(super) struct Tty;

impl Program for Tty {
    fn names(&self) -> &'static [&'static str] {
        &["tty"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        if !call.words().iter().any(|word| word == "-s") {
            call.line("not a tty");
        }
        Ok(Exit::code(1))
    }
}
