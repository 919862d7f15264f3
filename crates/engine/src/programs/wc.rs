//! `wc`: counts lines, words and bytes.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag, value};
use crate::shell::{Data, Errno, UNKNOWN};

const OPTIONS: [Spec; 6] = [
    flag("c", "bytes"),
    flag("m", "chars"),
    flag("l", "lines"),
    flag("L", "max-line-length"),
    flag("w", "words"),
    value("", "files0-from"),
];

/// `wc`: counts lines, words and bytes.
#[derive(Debug)]
pub(super) struct Wc;

impl Program for Wc {
    fn names(&self) -> &'static [&'static str] {
        &["wc"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let kinds: Vec<&str> = ["l", "w", "m", "c", "L"]
            .into_iter()
            .filter(|key| options.has(key))
            .collect();
        let kinds = if kinds.is_empty() {
            vec!["l", "w", "c"]
        } else {
            kinds
        };
        let names = if options.operands.is_empty() {
            vec!["-".to_owned()]
        } else {
            options.operands.clone()
        };
        let mut rows = Vec::new();
        let mut total_size = 0;
        let mut piped = false;
        for name in &names {
            match call.read(name) {
                Ok(data) => {
                    total_size += data.size().bytes;
                    piped |= name == "-";
                    rows.push((name.clone(), counts(&data, &kinds)));
                }
                Err(Errno::IsDirectory) => {
                    call.fail(&format!("{name}: Is a directory"));
                    piped = true;
                    rows.push((name.clone(), vec![Some(0); kinds.len()]));
                }
                Err(errno) => call.problem(name, errno),
            }
        }
        let from_file = matches!(call.stream(0), Some(crate::shell::Stream::File(_)));
        // One number of one file stands alone; else columns are as wide as the sizes need.
        let width = if call.is_busybox() || names.len() == 1 && kinds.len() == 1 {
            usize::from(call.is_busybox() && kinds.len() > 1) * 9
        } else if piped && !from_file {
            7
        } else {
            total_size.to_string().len()
        };
        if rows.len() > 1 {
            let sums = (0..kinds.len())
                .map(|place| {
                    rows.iter()
                        .map(|(_, row)| row[place])
                        .try_fold(0, |sum, number| Some(sum + number?))
                })
                .collect();
            rows.push(("total".to_owned(), sums));
        }
        for (name, row) in rows {
            let numbers: Vec<String> = row
                .iter()
                .map(|number| {
                    number.map_or(UNKNOWN.to_string(), |number| format!("{number:>width$}"))
                })
                .collect();
            let name = if name == "-" && options.operands.is_empty() {
                String::new()
            } else {
                format!(" {name}")
            };
            call.line(&format!("{}{name}", numbers.join(" ")));
        }
        Ok(call.exit)
    }
}

/// The numbers asked for; those that depend on unknown bytes are not known.
fn counts(data: &Data, kinds: &[&str]) -> Vec<Option<u64>> {
    let size = data.size();
    let Some(bytes) = data.known() else {
        return kinds
            .iter()
            .map(|kind| (*kind == "c" && size.is_exact()).then_some(size.bytes))
            .collect();
    };
    let text = String::from_utf8_lossy(bytes);
    kinds
        .iter()
        .map(|kind| {
            Some(match *kind {
                "l" => text.matches('\n').count() as u64,
                "w" => text.split_whitespace().count() as u64,
                // In the C locale a byte is a character.
                "c" | "m" => bytes.len() as u64,
                _ => text
                    .lines()
                    .map(|line| line.chars().count() as u64)
                    .max()
                    .unwrap_or(0),
            })
        })
        .collect()
}
