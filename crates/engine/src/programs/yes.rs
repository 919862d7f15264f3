//! `yes`: prints a line again and again.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use crate::shell::Stream;

/// `yes`: prints a line again and again.
#[derive(Debug)]
pub(super) struct Yes;

impl Program for Yes {
    fn names(&self) -> &'static [&'static str] {
        &["yes"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        // Whoever reads from it takes what is needed; as much as a pipe holds is enough.
        let line = if call.words().is_empty() {
            "y".to_owned()
        } else {
            call.words().join(" ")
        };
        if matches!(call.stream(1), Some(Stream::Log)) {
            return Err(crate::shell::Flow::Limit("yes prints without end"));
        }
        let text = format!("{line}\n");
        call.out(&text.repeat(65_536 / text.len().max(1)));
        Ok(Exit::code(141))
    }
}
