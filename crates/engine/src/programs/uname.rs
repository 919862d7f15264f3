//! `uname`, `arch`, `hostname`, `nproc`: what machine this is.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag};
use crate::shell::UNKNOWN;

const OPTIONS: [Spec; 9] = [
    flag("a", "all"),
    flag("s", "kernel-name"),
    flag("n", "nodename"),
    flag("r", "kernel-release"),
    flag("v", "kernel-version"),
    flag("m", "machine"),
    flag("p", "processor"),
    flag("i", "hardware-platform"),
    flag("o", "operating-system"),
];

/// `uname`, `arch`, `hostname`, `nproc`: what machine this is.
#[derive(Debug)]
pub(super) struct Uname;

impl Program for Uname {
    fn names(&self) -> &'static [&'static str] {
        &["uname", "arch", "hostname", "nproc", "getconf"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = crate::image::path::split(call.name()).1.to_owned();
        match name.as_str() {
            "arch" => {
                let machine = call.shell.machine.machine;
                call.line(machine);
            }
            "hostname" => call.line("buildkitsandbox"),
            // How many processors the build's machine has is not known.
            "nproc" => call.line(&UNKNOWN.to_string()),
            "getconf" => match call.words().last().map(String::as_str) {
                Some("LONG_BIT") => call.line("64"),
                Some("PAGESIZE" | "PAGE_SIZE") => call.line("4096"),
                _ => call.line(&UNKNOWN.to_string()),
            },
            _ => {
                let options = call.options(&OPTIONS, 1)?;
                let machine = call.shell.machine.machine;
                let all = options.has("a");
                let mut parts = Vec::new();
                let unknown = UNKNOWN.to_string();
                if all || options.has("s") || options.given().next().is_none() {
                    parts.push("Linux");
                }
                if all || options.has("n") {
                    parts.push("buildkitsandbox");
                }
                if all || options.has("r") {
                    parts.push(&unknown);
                }
                if all || options.has("v") {
                    parts.push(&unknown);
                }
                if all || options.has("m") {
                    parts.push(machine);
                }
                if options.has("p") || options.has("i") {
                    parts.push("unknown");
                }
                if all || options.has("o") {
                    parts.push(if call.is_busybox() {
                        "Linux"
                    } else {
                        "GNU/Linux"
                    });
                }
                call.line(&parts.join(" "));
            }
        }
        Ok(Exit::OK)
    }
}
