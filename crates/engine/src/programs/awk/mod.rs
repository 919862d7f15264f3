//! `awk`: programs over lines and fields.

mod parse;
mod run;

use std::collections::BTreeMap;

use super::options::{Spec, value};
use super::{Call, Program};
use crate::shell::{Exit, Outcome, UNKNOWN, is_known};

use parse::parse;
use run::Machine;

const OPTIONS: [Spec; 4] = [
    value("F", "field-separator"),
    value("v", "assign"),
    value("f", "file"),
    value("W", ""),
];

/// `awk`: programs over lines and fields.
#[derive(Debug)]
pub(super) struct Awk;

impl Program for Awk {
    fn names(&self) -> &'static [&'static str] {
        &["awk", "mawk", "gawk", "original-awk", "nawk"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.leading_options(&OPTIONS, 2)?;
        let mut operands = options.operands.clone();
        let mut text = String::new();
        for file in options.values("f").map(str::to_owned).collect::<Vec<_>>() {
            match call.read(&file) {
                Ok(data) => text.push_str(&data.text()),
                Err(errno) => {
                    call.problem(&format!("cannot open {file}"), errno);
                    return Ok(Exit::code(2));
                }
            }
            text.push('\n');
        }
        if !options.has("f") {
            if operands.is_empty() {
                return Ok(call.refuse("usage: awk [-F fs][-v var=value] 'prog' [file ...]", 2));
            }
            text = operands.remove(0);
        }
        if !is_known(&text) {
            call.line(&UNKNOWN.to_string());
            return Ok(Exit::UNKNOWN);
        }
        let program = match parse(&text) {
            Ok(program) => program,
            Err(parse::Problem::Syntax(message)) => return Ok(call.refuse(&message, 2)),
            Err(parse::Problem::NotModelled) => {
                call.line(&UNKNOWN.to_string());
                return Ok(Exit::UNKNOWN);
            }
        };
        let mut machine = Machine::new(&program);
        if let Some(separator) = options.value("F") {
            let separator = if separator == "t" { "\t" } else { separator };
            machine.set("FS", &run::escaped(separator));
        }
        for assignment in options.values("v") {
            if let Some((name, value)) = assignment.split_once('=') {
                machine.set(name, &run::escaped(value));
            }
        }
        let environment: BTreeMap<String, String> = call
            .shell
            .process
            .environment()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        machine.set_array("ENVIRON", environment);
        let code = machine.run(call, &operands)?;
        if call.exit.failed() {
            return Ok(Exit::code(2));
        }
        Ok(match code {
            Some(code) => Exit::code(code),
            None => Exit::UNKNOWN,
        })
    }
}
