//! `env` and `printenv`: the environment, and commands in another one.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, value};
use crate::shell::Resolution;

const OPTIONS: [Spec; 6] = [
    flag("i", "ignore-environment"),
    flag("0", "null"),
    value("u", "unset"),
    value("C", "chdir"),
    value("S", "split-string"),
    flag("v", "debug"),
];

/// `env` and `printenv`: the environment, and commands in another one.
#[derive(Debug)]
pub(super) struct Env;

impl Program for Env {
    fn names(&self) -> &'static [&'static str] {
        &["env", "printenv"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        if call.name().ends_with("printenv") {
            let names: Vec<&String> = call
                .words()
                .iter()
                .filter(|word| !word.starts_with('-'))
                .collect();
            if names.is_empty() {
                return print(call, "\n");
            }
            let mut found = true;
            for name in names {
                let value = call
                    .shell
                    .process
                    .environment()
                    .find(|(own, _)| own == name)
                    .map(|(_, value)| value.to_owned());
                match value {
                    Some(value) => call.line(&value),
                    None => found = false,
                }
            }
            return Ok(Exit::of(found));
        }
        let options = call.leading_options(&OPTIONS, 125)?;
        let mut words = options.operands.clone();
        if let Some(split) = options.value("S") {
            let mut split: Vec<String> = split.split_whitespace().map(str::to_owned).collect();
            split.append(&mut words);
            words = split;
        }
        if options.has("i") || words.first().is_some_and(|word| word == "-") {
            call.shell.process.variables.clear();
            words.retain(|word| word != "-");
        }
        for name in options.values("u").map(str::to_owned).collect::<Vec<_>>() {
            call.shell.process.variables.remove(&name);
        }
        let mut count = 0;
        for word in &words {
            let Some((name, value)) = word.split_once('=') else {
                break;
            };
            call.shell.process.export(name, value);
            count += 1;
        }
        words.drain(..count);
        if words.is_empty() {
            return print(call, if options.has("0") { "\0" } else { "\n" });
        }
        if let Some(directory) = options.value("C") {
            call.shell.process.cwd = crate::image::path::clean(&call.at(directory));
        }
        let exit = call.execute(&words)?;
        if exit == Exit::code(127)
            && matches!(call.shell.find_command(&words[0]), Resolution::Missing)
        {
            call.complain(&format!("'{}': No such file or directory", words[0]));
        }
        Ok(exit)
    }
}

fn print(call: &mut Call<'_, '_, '_>, end: &str) -> Outcome {
    let lines: Vec<String> = call
        .shell
        .process
        .environment()
        .map(|(name, value)| format!("{name}={value}{end}"))
        .collect();
    call.out(&lines.concat());
    Ok(Exit::OK)
}
