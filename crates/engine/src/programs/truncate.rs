//! `truncate` and `fallocate`: set the size of files.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag, value};
use crate::shell::{Stream, Who};

const OPTIONS: [Spec; 6] = [
    value("s", "size"),
    value("r", "reference"),
    flag("c", "no-create"),
    flag("o", "io-blocks"),
    value("l", "length"),
    flag("v", "verbose"),
];

/// `truncate` and `fallocate`: set the size of files.
#[derive(Debug)]
pub(super) struct Truncate;

impl Program for Truncate {
    fn names(&self) -> &'static [&'static str] {
        &["truncate", "fallocate"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let text = options.value("s").or_else(|| options.value("l"));
        let reference = match options.value("r") {
            Some(path) => match call.stat(path) {
                Ok(entry) => Some(call.shell.machine.files.total(&entry.path).bytes),
                Err(errno) => {
                    call.problem(&format!("cannot stat '{path}'"), errno);
                    return Ok(call.exit);
                }
            },
            None => None,
        };
        if text.is_none() && reference.is_none() {
            return Ok(call.refuse("you must specify either '--size' or '--reference'", 1));
        }
        let sign = text
            .and_then(|text| text.chars().next())
            .filter(|ch| "+-<>/%".contains(*ch));
        let number = match text
            .map(|text| super::size::parse(text.trim_start_matches(['+', '-', '<', '>', '/', '%'])))
        {
            Some(None) => {
                return Ok(call.refuse(
                    &format!("Invalid number: '{}'", text.unwrap_or_default()),
                    1,
                ));
            }
            Some(Some(number)) => number,
            None => reference.unwrap_or(0),
        };
        let who = call.who();
        let mode = 0o666 & !call.shell.process.umask;
        for operand in &options.operands {
            if options.has("c") && call.stat(operand).is_err() {
                continue;
            }
            let at = call.at(operand);
            let real = match call.files().open_for_writing(&at, mode, false, &who) {
                Ok(real) => real,
                Err(errno) => {
                    call.problem(&format!("cannot open '{operand}' for writing"), errno);
                    continue;
                }
            };
            let mut data = call
                .files()
                .read(&real, &Who::default())
                .unwrap_or_default();
            let old = data.size().bytes;
            let new = match sign {
                Some('+') => old.saturating_add(number),
                Some('-') => old.saturating_sub(number),
                Some('<') => old.min(number),
                Some('>') => old.max(number),
                Some('/') => old / number.max(1) * number,
                Some('%') => old.div_ceil(number.max(1)) * number,
                _ => number,
            };
            let mut whole = data.take(new);
            if new > old {
                whole.append(call.shell.machine.read_some(Some(&Stream::Zero), new - old));
            }
            call.files().set_content(&real, &whole);
        }
        Ok(call.exit)
    }
}
