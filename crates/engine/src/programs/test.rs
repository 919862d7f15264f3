//! `test` and `[`: whether something is true.

use super::{Call, Program};
use crate::shell::{Exit, Outcome, evaluate_test};

/// `test` and `[`: whether something is true.
#[derive(Debug)]
pub(super) struct Test;

impl Program for Test {
    fn names(&self) -> &'static [&'static str] {
        &["test", "[", "[["]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let mut words = call.words();
        let closing = match call.name() {
            "[" => Some("]"),
            "[[" => Some("]]"),
            _ => None,
        };
        if let Some(closing) = closing {
            match words.split_last() {
                Some((last, rest)) if last == closing => words = rest,
                _ => return Ok(call.refuse(&format!("missing {closing}"), 2)),
            }
        }
        match evaluate_test(call.shell, words) {
            Ok(value) => Ok(value.map_or(Exit::UNKNOWN, Exit::of)),
            Err(message) => Ok(call.refuse(&message, 2)),
        }
    }
}
