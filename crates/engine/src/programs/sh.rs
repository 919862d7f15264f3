//! Shells: `sh`, `dash`, `bash`, busybox's `ash`.

use super::{Call, Flavor, Program};
use crate::image::path;
use crate::shell::{self, Dialect, Exit, Flow, Outcome, Resolution};

/// Shells: `sh`, `dash`, `bash`, busybox's `ash`.
#[derive(Debug)]
pub(super) struct Sh;

impl Program for Sh {
    fn names(&self) -> &'static [&'static str] {
        &["sh", "dash", "bash", "rbash", "ash", "zsh"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let dialect = dialect(call);
        let words = call.words().to_vec();
        let process = &mut *call.shell.process;
        process.dialect = dialect;
        process.options = shell::Options::default();
        process.functions.clear();
        process.traps.clear();
        process.calls = 0;
        process.loops = 0;
        // A shell takes over the environment alone.
        process.variables.retain(|_, variable| variable.exported);
        process.set("OPTIND", "1");
        let cwd = process.cwd.clone();
        process.export("PWD", &cwd);
        if dialect == Dialect::Bash {
            let level: i64 = process
                .variable("SHLVL")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0);
            // The first process of a container, having nothing above it, stays at 0.
            process.export("SHLVL", &level.to_string());
            process.set("BASH", "/bin/bash");
            process.set("HOSTNAME", "buildkitsandbox");
            process.set("OSTYPE", "linux-gnu");
            process.set("BASH_VERSION", "5.2.15(1)-release");
        }
        let (mut command, mut input) = (false, false);
        let mut at = 0;
        while let Some(word) = words.get(at) {
            if word == "--" || word == "-" {
                at += 1;
                break;
            }
            if !(word.len() > 1 && word.starts_with(['-', '+'])) {
                break;
            }
            at += 1;
            if let Some(long) = word.strip_prefix("--") {
                if matches!(long, "rcfile" | "init-file") {
                    at += 1;
                }
                continue;
            }
            command |= word.contains('c');
            input |= word.contains('s');
            if word == "-O" || word == "+O" {
                at += 1;
                continue;
            }
            let flags: String = word
                .chars()
                .filter(|flag| !matches!(flag, 'c' | 'l'))
                .collect();
            let mut given = vec![flags];
            if word.contains('o') {
                given.extend(words.get(at).cloned());
                at += 1;
            }
            if given[0].len() > 1
                && let Err(option) = shell::set_options(call.shell.process, &given)
            {
                call.shell.process.name = call.arguments[0].clone();
                call.shell.complain(&format!("Illegal option {option}"));
                return Ok(Exit::code(2));
            }
        }
        let rest = words[at.min(words.len())..].to_vec();
        let own = call.arguments[0].clone();
        let outcome = if command {
            let Some((script, arguments)) = rest.split_first() else {
                return Ok(call.refuse("-c requires an argument", 2));
            };
            let (name, arguments) = match arguments.split_first() {
                Some((name, arguments)) => (name.clone(), arguments.to_vec()),
                None => (own, Vec::new()),
            };
            begin(call, name, arguments);
            run(call, script)
        } else if let (Some((file, arguments)), false) = (rest.split_first(), input) {
            let Ok(data) = find(call, file) else {
                let message = if dialect == Dialect::Bash {
                    format!("{file}: No such file or directory")
                } else {
                    format!("0: cannot open {file}: No such file")
                };
                return Ok(call.refuse(&message, if dialect == Dialect::Dash { 2 } else { 127 }));
            };
            begin(call, file.clone(), arguments.to_vec());
            match data.known() {
                Some(bytes) => {
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    run(call, &text)
                }
                None => shell::unknown_script(call.shell, file),
            }
        } else {
            begin(call, own, rest);
            let data = call.standard_input();
            match data.known() {
                Some(bytes) => {
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    run(call, &text)
                }
                None => shell::unknown_script(call.shell, "its input"),
            }
        };
        call.shell.leave(outcome)
    }
}

fn begin(call: &mut Call<'_, '_, '_>, name: String, arguments: Vec<String>) {
    call.shell.process.name = name;
    call.shell.process.arguments = arguments;
}

fn run(call: &mut Call<'_, '_, '_>, text: &str) -> Result<Exit, Flow> {
    shell::script(call.shell, text)
}

/// A script's file, looked up as the shell does: here, then in PATH.
fn find(call: &mut Call<'_, '_, '_>, file: &str) -> Result<shell::Data, shell::Errno> {
    match call.read(file) {
        Err(errno) if !file.contains('/') => match call.shell.find_command(file) {
            Resolution::File(path, _) => call.read(&path),
            _ => Err(errno),
        },
        other => other,
    }
}

/// Which shell it is: by its own name, or by what the link `sh` leads to.
fn dialect(call: &Call<'_, '_, '_>) -> Dialect {
    if call.flavor == Flavor::Busybox {
        return Dialect::Ash;
    }
    let name = path::split(call.name()).1.trim_start_matches('-');
    match name {
        "bash" | "rbash" | "zsh" => Dialect::Bash,
        "dash" => Dialect::Dash,
        "ash" => Dialect::Ash,
        _ => match call.shell.find_command(call.name()) {
            Resolution::File(_, real) => match path::split(&real).1 {
                "bash" => Dialect::Bash,
                "busybox" | "ash" => Dialect::Ash,
                "dash" => Dialect::Dash,
                _ => call.shell.machine.default_shell,
            },
            _ => call.shell.machine.default_shell,
        },
    }
}
