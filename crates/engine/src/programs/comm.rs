//! `comm`: lines that two sorted files have in common.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag};
use std::cmp::Ordering;

const OPTIONS: [Spec; 3] = [flag("1", ""), flag("2", ""), flag("3", "")];

/// `comm`: lines that two sorted files have in common.
#[derive(Debug)]
pub(super) struct Comm;

impl Program for Comm {
    fn names(&self) -> &'static [&'static str] {
        &["comm"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let [left, right] = options.operands.as_slice() else {
            return Ok(call.refuse("missing operand", 1));
        };
        let mut texts = Vec::new();
        for name in [left, right] {
            match call.read(name) {
                Ok(data) => texts.push(data.text()),
                Err(errno) => {
                    call.problem(name, errno);
                    return Ok(call.exit);
                }
            }
        }
        let mut left = texts[0].lines().peekable();
        let mut right = texts[1].lines().peekable();
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.cmp(b),
            };
            let (column, line) = match order {
                Ordering::Less => ("1", left.next()),
                Ordering::Greater => ("2", right.next()),
                Ordering::Equal => {
                    left.next();
                    ("3", right.next())
                }
            };
            if options.has(column) {
                continue;
            }
            let indent = ["1", "2"]
                .iter()
                .filter(|own| **own < column && !options.has(own))
                .count();
            call.line(&format!(
                "{}{}",
                "\t".repeat(indent),
                line.unwrap_or_default()
            ));
        }
        Ok(call.exit)
    }
}
