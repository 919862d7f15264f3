//! `xargs`: runs a command with what it reads.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, optional, value};
use crate::shell::Stream;

const OPTIONS: [Spec; 15] = [
    flag("0", "null"),
    value("a", "arg-file"),
    value("d", "delimiter"),
    value("E", ""),
    value("I", ""),
    optional("i", "replace"),
    value("L", "max-lines"),
    value("n", "max-args"),
    flag("o", "open-tty"),
    value("P", "max-procs"),
    flag("p", "interactive"),
    flag("r", "no-run-if-empty"),
    value("s", "max-chars"),
    flag("t", "verbose"),
    flag("x", "exit"),
];

/// `xargs`: runs a command with what it reads.
#[derive(Debug)]
pub(super) struct Xargs;

impl Program for Xargs {
    fn names(&self) -> &'static [&'static str] {
        &["xargs"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.leading_options(&OPTIONS, 1)?;
        let data = call.standard_input();
        let text = data.text();
        let replace = options.value("I").map(str::to_owned).or_else(|| {
            options
                .has("i")
                .then(|| options.value("i").unwrap_or("{}").to_owned())
        });
        let items: Vec<String> = if options.has("0") {
            text.split_terminator('\0').map(str::to_owned).collect()
        } else if let Some(delimiter) = options.value("d") {
            let (bytes, _) = super::escape::unescape(delimiter, super::escape::Escapes::Format);
            let delimiter = String::from_utf8_lossy(&bytes).into_owned();
            text.split_terminator(delimiter.as_str())
                .map(str::to_owned)
                .collect()
        } else if replace.is_some() {
            text.lines()
                .map(|line| line.trim_start().to_owned())
                .filter(|line| !line.is_empty())
                .collect()
        } else {
            match words(&text) {
                Some(items) => items,
                None => return Ok(call.refuse("unmatched single quote; by default quotes are special to xargs unless you use the -0 option", 1)),
            }
        };
        let mut command = options.operands.clone();
        if command.is_empty() {
            command.push("echo".to_owned());
        }
        let mut runs: Vec<Vec<String>> = Vec::new();
        if let Some(mark) = &replace {
            for item in &items {
                runs.push(
                    command
                        .iter()
                        .map(|word| word.replace(mark.as_str(), item))
                        .collect(),
                );
            }
        } else {
            let most = options
                .value("n")
                .or_else(|| options.value("L"))
                .and_then(|text| text.parse().ok())
                .filter(|most| *most > 0)
                .unwrap_or(5000);
            if items.is_empty() && !options.has("r") && !call.is_busybox() {
                runs.push(command.clone());
            }
            for part in items.chunks(most) {
                runs.push(command.iter().chain(part).cloned().collect());
            }
        }
        call.shell.process.streams.insert(0, Stream::Null);
        for run in runs {
            if options.has("t") {
                call.shell.error(&run.join(" "));
            }
            let exit = call.execute(&run)?;
            match exit.0 {
                Some(0) => {}
                Some(127)
                    if !matches!(
                        call.shell.find_command(&run[0]),
                        crate::shell::Resolution::File(..)
                    ) =>
                {
                    call.complain(&format!("{}: No such file or directory", run[0]));
                    return Ok(Exit::code(127));
                }
                Some(126) => return Ok(Exit::code(126)),
                Some(255) => return Ok(Exit::code(124)),
                Some(_) => call.exit = Exit::code(123),
                None => call.doubt(),
            }
        }
        Ok(call.exit)
    }
}

/// Words as xargs reads them: blanks part them, quotes and backslashes protect.
fn words(text: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(ch) = chars.next() {
        match ch {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        end if end == ch => break,
                        '\n' => return None,
                        inside => word.push(inside),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            ch if ch.is_whitespace() => out.extend(word.take()),
            ch => word.get_or_insert_default().push(ch),
        }
    }
    out.extend(word);
    Some(out)
}
