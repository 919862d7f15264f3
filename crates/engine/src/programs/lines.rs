//! `tac`, `rev`, `nl`, `paste`, `fold`, `expand`: lines in another form.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Options, Spec, flag, value};
use crate::shell::UNKNOWN;

const OPTIONS: [Spec; 11] = [
    value("b", "body-numbering"),
    value("d", "delimiters"),
    value("e", ""),
    value("i", ""),
    value("n", "head-count"),
    flag("s", "serial"),
    value("t", "tabs"),
    value("w", "width"),
    value("v", ""),
    flag("r", "regex"),
    flag("z", "zero-terminated"),
];

/// `tac`, `rev`, `nl`, `paste`, `fold`, `expand`: lines in another form.
#[derive(Debug)]
pub(super) struct Lines;

impl Program for Lines {
    fn names(&self) -> &'static [&'static str] {
        &[
            "tac", "rev", "nl", "paste", "fold", "expand", "unexpand", "shuf", "column", "fmt",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let name = crate::image::path::split(call.name()).1.to_owned();
        if name == "paste" {
            return paste(call, &options);
        }
        let data = call.read_files(&options.operands);
        let text = data.text();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        match name.as_str() {
            "tac" => lines.reverse(),
            "rev" => {
                lines = lines
                    .iter()
                    .map(|line| line.chars().rev().collect())
                    .collect()
            }
            "nl" => {
                let mut number = 0;
                lines = lines
                    .iter()
                    .map(|line| {
                        if line.is_empty() && options.value("b") != Some("a") {
                            return "       ".to_owned();
                        }
                        number += 1;
                        format!("{number:>6}\t{line}")
                    })
                    .collect();
            }
            "expand" => lines = lines.iter().map(|line| expanded(line)).collect(),
            "fold" => {
                let width = options
                    .value("w")
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(80)
                    .max(1);
                lines = lines
                    .iter()
                    .flat_map(|line| {
                        let chars: Vec<char> = line.chars().collect();
                        let pieces: Vec<String> = chars
                            .chunks(width)
                            .map(|part| part.iter().collect())
                            .collect();
                        if pieces.is_empty() {
                            vec![String::new()]
                        } else {
                            pieces
                        }
                    })
                    .collect();
            }
            // The order, or the form, is not known.
            _ => lines = vec![UNKNOWN.to_string(); usize::from(!lines.is_empty())],
        }
        for line in lines {
            call.line(&line);
        }
        Ok(call.exit)
    }
}

fn expanded(line: &str) -> String {
    let mut out = String::new();
    for ch in line.chars() {
        if ch == '\t' {
            let width = 8 - out.chars().count() % 8;
            out.push_str(&" ".repeat(width));
        } else {
            out.push(ch);
        }
    }
    out
}

fn paste(call: &mut Call<'_, '_, '_>, options: &Options) -> Outcome {
    let (bytes, _) = super::escape::unescape(
        options.value("d").unwrap_or("\t"),
        super::escape::Escapes::Format,
    );
    let delimiters: Vec<char> = String::from_utf8_lossy(&bytes).chars().collect();
    let delimiter = |place: usize| {
        delimiters
            .get(place % delimiters.len().max(1))
            .map(char::to_string)
            .unwrap_or_default()
    };
    let mut columns = Vec::new();
    let names = if options.operands.is_empty() {
        vec!["-".to_owned()]
    } else {
        options.operands.clone()
    };
    for name in &names {
        match call.read(name) {
            Ok(data) => columns.push(data.text().lines().map(str::to_owned).collect::<Vec<_>>()),
            Err(errno) => call.problem(name, errno),
        }
    }
    if options.has("s") {
        for column in columns {
            let mut line = String::new();
            for (place, text) in column.iter().enumerate() {
                if place > 0 {
                    line.push_str(&delimiter(place - 1));
                }
                line.push_str(text);
            }
            call.line(&line);
        }
        return Ok(call.exit);
    }
    // `-` more than once takes its lines in turn.
    let dashes = names.iter().filter(|name| *name == "-").count();
    if dashes > 1
        && let Some(all) = columns.first().cloned()
    {
        for part in all.chunks(dashes) {
            let mut line = String::new();
            for place in 0..dashes {
                if place > 0 {
                    line.push_str(&delimiter(place - 1));
                }
                line.push_str(part.get(place).map_or("", String::as_str));
            }
            call.line(&line);
        }
        return Ok(call.exit);
    }
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..rows {
        let mut line = String::new();
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                line.push_str(&delimiter(place - 1));
            }
            line.push_str(column.get(row).map_or("", String::as_str));
        }
        call.line(&line);
    }
    Ok(call.exit)
}
