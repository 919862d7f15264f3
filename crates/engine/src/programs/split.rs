//! `split`: cuts a file into pieces.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag, optional, value};

const OPTIONS: [Spec; 9] = [
    value("a", "suffix-length"),
    value("", "additional-suffix"),
    value("b", "bytes"),
    value("C", "line-bytes"),
    flag("d", ""),
    optional("", "numeric-suffixes"),
    value("l", "lines"),
    value("n", "number"),
    flag("", "verbose"),
];

/// `split`: cuts a file into pieces.
#[derive(Debug)]
pub(super) struct Split;

impl Program for Split {
    fn names(&self) -> &'static [&'static str] {
        &["split"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let input = options.operand(0, "-").to_owned();
        let prefix = options.operand(1, "x").to_owned();
        let mut data = match call.read(&input) {
            Ok(data) => data,
            Err(errno) => {
                call.problem(&format!("cannot open '{input}' for reading"), errno);
                return Ok(call.exit);
            }
        };
        let length: usize = options
            .value("a")
            .and_then(|text| text.parse().ok())
            .unwrap_or(2);
        let bytes = options.value("b").and_then(super::size::parse);
        let lines: usize = options
            .value("l")
            .and_then(|text| text.parse().ok())
            .unwrap_or(1000);
        let parts = options.value("n").and_then(|text| text.parse::<u64>().ok());
        let size = data.size().bytes;
        let mut pieces = Vec::new();
        if let Some(parts) = parts.filter(|parts| *parts > 0) {
            for part in 0..parts {
                pieces.push(data.take(size * (part + 1) / parts - size * part / parts));
            }
        } else if let Some(bytes) = bytes.filter(|bytes| *bytes > 0) {
            while !data.is_empty() {
                call.shell.machine.step()?;
                pieces.push(data.take(bytes));
            }
        } else {
            let text = data.text();
            let all: Vec<&str> = text.split_inclusive('\n').collect();
            pieces.extend(
                all.chunks(lines.max(1))
                    .map(|part| part.concat().as_str().into()),
            );
        }
        for (number, piece) in pieces.into_iter().enumerate() {
            call.shell.machine.step()?;
            let suffix = if options.has("d") || options.has("numeric-suffixes") {
                format!("{number:0>length$}")
            } else {
                letters(number, length)
            };
            let path = format!(
                "{prefix}{suffix}{}",
                options.value("additional-suffix").unwrap_or_default()
            );
            if let Err(errno) = call.write(&path, piece) {
                call.problem(&path, errno);
            }
        }
        Ok(call.exit)
    }
}

/// `aa`, `ab`, …
fn letters(number: usize, length: usize) -> String {
    let mut out = vec!['a'; length];
    let mut rest = number;
    for place in out.iter_mut().rev() {
        *place = char::from(b'a' + u8::try_from(rest % 26).unwrap_or(0));
        rest /= 26;
    }
    out.into_iter().collect()
}
