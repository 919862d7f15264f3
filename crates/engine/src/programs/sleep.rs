//! `sleep`: time does not pass here.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

/// `sleep`: time does not pass here.
#[derive(Debug)]
pub(super) struct Sleep;

impl Program for Sleep {
    fn names(&self) -> &'static [&'static str] {
        &["sleep", "usleep"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        if call.words().is_empty() {
            return Ok(call.refuse("missing operand", 1));
        }
        Ok(Exit::OK)
    }
}
