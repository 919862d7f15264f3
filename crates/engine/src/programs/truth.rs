//! `true` and `false`.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

/// `true` and `false`.
#[derive(Debug)]
pub(super) struct Truth;

impl Program for Truth {
    fn names(&self) -> &'static [&'static str] {
        &["true", "false"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        Ok(Exit::of(call.name().ends_with("true")))
    }
}
