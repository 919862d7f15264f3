//! `basename` and `dirname`: parts of paths.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, value};

const OPTIONS: [Spec; 3] = [
    flag("a", "multiple"),
    value("s", "suffix"),
    flag("z", "zero"),
];

/// `basename` and `dirname`: parts of paths.
#[derive(Debug)]
pub(super) struct Basename;

impl Program for Basename {
    fn names(&self) -> &'static [&'static str] {
        &["basename", "dirname"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        call.require_operand(&options)?;
        let end = if options.has("z") { "\0" } else { "\n" };
        if call.name().ends_with("dirname") {
            for operand in &options.operands {
                let trimmed = operand.trim_end_matches('/');
                let above = match trimmed.rsplit_once('/') {
                    None if trimmed.is_empty() && !operand.is_empty() => "/",
                    None => ".",
                    Some((above, _)) => match above.trim_end_matches('/') {
                        "" => "/",
                        above => above,
                    },
                };
                call.out(&format!("{above}{end}"));
            }
            return Ok(Exit::OK);
        }
        let multiple = options.has("a") || options.has("s");
        let suffix = options
            .value("s")
            .or_else(|| {
                options
                    .operands
                    .get(1)
                    .map(String::as_str)
                    .filter(|_| !multiple)
            })
            .unwrap_or_default();
        let names = if multiple {
            &options.operands[..]
        } else {
            &options.operands[..1]
        };
        for operand in names {
            let trimmed = operand.trim_end_matches('/');
            let name = match trimmed.rsplit_once('/') {
                None if trimmed.is_empty() && !operand.is_empty() => "/",
                None => trimmed,
                Some((_, name)) => name,
            };
            let name = name
                .strip_suffix(suffix)
                .filter(|rest| !rest.is_empty())
                .unwrap_or(name);
            call.out(&format!("{name}{end}"));
        }
        Ok(Exit::OK)
    }
}
