//! `apt-mark` and other small parts of apt.

use super::{Call, Program, apt};
use crate::programs::regex::Regex;
use crate::shell::{Data, Exit, Outcome, UNKNOWN};

/// `apt-mark`, `apt-cache`, `apt-config`, `apt-key`, `add-apt-repository`.
#[derive(Debug)]
pub(super) struct AptMark;

impl Program for AptMark {
    fn names(&self) -> &'static [&'static str] {
        &[
            "apt-mark",
            "apt-cache",
            "apt-config",
            "apt-key",
            "add-apt-repository",
            "apt-add-repository",
            "apt-file",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        match crate::image::path::split(call.name()).1 {
            "apt-mark" => mark(call),
            "add-apt-repository" | "apt-add-repository" => add_source(call),
            "apt-key" => crate::shell::unknown(call.shell, call.arguments),
            _ => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
        }
    }
}

/// Marks a package, and says so.
fn set(call: &mut Call<'_, '_, '_>, verb: &str, name: &str) -> String {
    let packages = call.shell.machine.packages_mut();
    let (is_new, how) = match verb {
        "hold" => (packages.held.insert(name.to_owned()), "on hold"),
        "unhold" => {
            let was_held = packages.held.remove(name);
            return if was_held {
                format!("Canceled hold on {name}.")
            } else {
                format!("{name} was already not hold.")
            };
        }
        "auto" | "markauto" => (apt::mark(call, name, true), "to automatically installed"),
        _ => (apt::mark(call, name, false), "to manually installed"),
    };
    let verb = if is_new { "set" } else { "was already set" };
    format!("{name} {verb} {how}.")
}

fn mark(call: &mut Call<'_, '_, '_>) -> Outcome {
    let words: Vec<String> = call
        .words()
        .iter()
        .filter(|word| !word.starts_with('-'))
        .cloned()
        .collect();
    let Some((verb, operands)) = words.split_first() else {
        return Ok(call.refuse("no command given", 1));
    };
    let packages = &call.shell.machine.packages;
    let shown: Vec<String> = match verb.as_str() {
        "showauto" | "showmanual" => packages
            .by_name
            .iter()
            .filter(|(_, own)| own.auto == (verb == "showauto"))
            .map(|(name, _)| name.clone())
            .collect(),
        "showhold" => packages.held.iter().cloned().collect(),
        "auto" | "manual" | "hold" | "unhold" | "markauto" | "unmarkauto" => {
            let mut shown = Vec::new();
            for operand in operands {
                let names = matching(&call.shell.machine.packages, operand);
                if names.is_empty() {
                    call.shell
                        .error(&format!("E: Unable to locate package {operand}"));
                    return Ok(Exit::code(100));
                }
                for name in names {
                    shown.push(set(call, verb, &name));
                }
            }
            shown
        }
        other => {
            let message = format!("E: Invalid operation {other}");
            call.shell.error(&message);
            return Ok(Exit::code(100));
        }
    };
    for line in shown {
        call.line(&line);
    }
    Ok(Exit::OK)
}

/// Installed packages by name, or by a regular expression where there is none of that name.
fn matching(packages: &crate::debian::Packages, operand: &str) -> Vec<String> {
    let name = operand.split(':').next().unwrap_or_default();
    if packages.has(name) {
        return vec![name.to_owned()];
    }
    let Some(regex) = Regex::new(operand, true, false).ok() else {
        return Vec::new();
    };
    let names = packages.by_name.keys();
    names.filter(|name| regex.is_match(name)).cloned().collect()
}

/// A further source of packages, by its own file.
fn add_source(call: &mut Call<'_, '_, '_>) -> Outcome {
    let words = call.words().iter().filter(|word| !word.starts_with('-'));
    let asked = words.cloned().collect::<Vec<_>>().join(" ");
    // A personal archive goes by its owner and name (add-apt-repository(1)).
    let ppa = asked.strip_prefix("ppa:");
    let (file, line) = match ppa.and_then(|own| own.split_once('/')) {
        Some((owner, name)) => (
            format!("{owner}-ubuntu-{name}"),
            format!("deb https://ppa.launchpadcontent.net/{owner}/{name}/ubuntu/ {UNKNOWN} main"),
        ),
        None => ("added".to_owned(), asked),
    };
    let at = format!("/etc/apt/sources.list.d/{file}.list");
    let data = Data::from(format!("{line}\n").as_str());
    if let Err(errno) = call.write(&at, data) {
        call.problem(&at, errno);
    }
    Ok(call.exit)
}
