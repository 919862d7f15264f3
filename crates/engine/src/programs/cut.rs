//! `cut`: parts of lines.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag, value};

const OPTIONS: [Spec; 9] = [
    value("b", "bytes"),
    value("c", "characters"),
    value("d", "delimiter"),
    value("f", "fields"),
    flag("n", ""),
    flag("s", "only-delimited"),
    flag("", "complement"),
    value("", "output-delimiter"),
    flag("z", "zero-terminated"),
];

/// `cut`: parts of lines.
#[derive(Debug)]
pub(super) struct Cut;

impl Program for Cut {
    fn names(&self) -> &'static [&'static str] {
        &["cut"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let fields = options.has("f");
        let Some(list) = options
            .value("f")
            .or_else(|| options.value("c"))
            .or_else(|| options.value("b"))
        else {
            return Ok(call.refuse("you must specify a list of bytes, characters, or fields", 1));
        };
        let Some(list) = ranges(list) else {
            return Ok(call.refuse("invalid field value", 1));
        };
        let chosen = |number: usize| {
            list.iter()
                .any(|(first, last)| (*first..=*last).contains(&number))
                != options.has("complement")
        };
        let delimiter = options.value("d").unwrap_or("\t").to_owned();
        let joiner = options
            .value("output-delimiter")
            .map_or(delimiter.clone(), str::to_owned);
        let data = call.read_files(&options.operands);
        let text = data.text();
        let mut out = String::new();
        for line in text.lines() {
            if !fields {
                let part: String = line
                    .chars()
                    .zip(1..)
                    .filter(|(_, number)| chosen(*number))
                    .map(|(ch, _)| ch)
                    .collect();
                out.push_str(&part);
            } else if !line.contains(&delimiter) {
                if options.has("s") {
                    continue;
                }
                out.push_str(line);
            } else {
                let parts = line
                    .split(&delimiter)
                    .zip(1..)
                    .filter(|(_, number)| chosen(*number));
                out.push_str(
                    &parts
                        .map(|(part, _)| part)
                        .collect::<Vec<_>>()
                        .join(&joiner),
                );
            }
            out.push('\n');
        }
        call.out(&out);
        Ok(call.exit)
    }
}

fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    text.split([',', ' '])
        .map(|part| match part.split_once('-') {
            None => part
                .parse()
                .ok()
                .filter(|number| *number > 0)
                .map(|number| (number, number)),
            Some(("", last)) => Some((1, last.parse().ok()?)),
            Some((first, "")) => Some((first.parse().ok()?, usize::MAX)),
            Some((first, last)) => Some((first.parse().ok()?, last.parse().ok()?)),
        })
        .collect()
}
