//! `cmp` and `diff`: whether files differ.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, optional, value};
use crate::shell::{Errno, UNKNOWN};

const OPTIONS: [Spec; 14] = [
    flag("s", "silent"),
    flag("q", "brief"),
    flag("b", ""),
    flag("l", ""),
    value("n", "bytes"),
    optional("u", "unified"),
    optional("c", "context"),
    flag("r", "recursive"),
    flag("N", "new-file"),
    flag("i", "ignore-case"),
    flag("w", "ignore-all-space"),
    flag("B", "ignore-blank-lines"),
    flag("a", "text"),
    optional("", "color"),
];

/// `cmp` and `diff`: whether files differ.
#[derive(Debug)]
pub(super) struct Cmp;

impl Program for Cmp {
    fn names(&self) -> &'static [&'static str] {
        &["cmp", "diff"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 2)?;
        let [left, right, ..] = options.operands.as_slice() else {
            return Ok(call.refuse("missing operand", 2));
        };
        let mut both = Vec::new();
        for name in [left, right] {
            match call.read(name) {
                Ok(data) => both.push(data),
                Err(Errno::IsDirectory) => {
                    call.line(&UNKNOWN.to_string());
                    return Ok(Exit::UNKNOWN);
                }
                Err(Errno::Unknown) => return Ok(Exit::UNKNOWN),
                Err(errno) => {
                    call.complain(&format!("{name}: {errno}"));
                    return Ok(Exit::code(2));
                }
            }
        }
        let sizes = (both[0].size(), both[1].size());
        let equal = match (both[0].known(), both[1].known()) {
            (Some(left), Some(right)) => Some(left == right),
            _ if sizes.0.is_exact() && sizes.1.is_exact() && sizes.0.bytes != sizes.1.bytes => {
                Some(false)
            }
            _ => None,
        };
        if equal != Some(true) && !options.has("s") && !options.has("q") {
            call.line(&UNKNOWN.to_string());
        }
        if equal == Some(false) && options.has("q") {
            call.line(&format!("Files {left} and {right} differ"));
        }
        Ok(equal.map_or(Exit::UNKNOWN, Exit::of))
    }
}
