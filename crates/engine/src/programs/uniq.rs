//! `uniq`: leaves out lines that repeat the one before.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag, value};

const OPTIONS: [Spec; 7] = [
    flag("c", "count"),
    flag("d", "repeated"),
    flag("u", "unique"),
    flag("i", "ignore-case"),
    value("f", "skip-fields"),
    value("s", "skip-chars"),
    flag("z", "zero-terminated"),
];

/// `uniq`: leaves out lines that repeat the one before.
#[derive(Debug)]
pub(super) struct Uniq;

impl Program for Uniq {
    fn names(&self) -> &'static [&'static str] {
        &["uniq"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let input = options.operand(0, "-").to_owned();
        let data = match call.read(&input) {
            Ok(data) => data,
            Err(errno) => {
                call.problem(&input, errno);
                return Ok(call.exit);
            }
        };
        let text = data.text();
        let skip = |line: &str| -> String {
            let mut rest = line;
            for _ in 0..options
                .value("f")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0_usize)
            {
                rest = rest.trim_start();
                rest = &rest[rest.find(char::is_whitespace).unwrap_or(rest.len())..];
            }
            let chars = rest.chars().skip(
                options
                    .value("s")
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(0),
            );
            let key: String = chars.collect();
            if options.has("i") {
                key.to_lowercase()
            } else {
                key
            }
        };
        let mut groups: Vec<(String, &str, usize)> = Vec::new();
        for line in text.lines() {
            let key = skip(line);
            match groups.last_mut() {
                Some((last, _, count)) if *last == key => *count += 1,
                _ => groups.push((key, line, 1)),
            }
        }
        let mut out = String::new();
        for (_, line, count) in groups {
            if options.has("d") && count == 1 || options.has("u") && count > 1 {
                continue;
            }
            if options.has("c") {
                out.push_str(&format!("{count:>7} "));
            }
            out.push_str(line);
            out.push('\n');
        }
        match options.operands.get(1) {
            Some(path) => {
                if let Err(errno) = call.write(path, out.as_str().into()) {
                    call.problem(path, errno);
                }
            }
            None => call.out(&out),
        }
        Ok(call.exit)
    }
}
