//! `cargo`: builds of Rust programs, whose size follows from the crates that they are made of.

mod build;
mod manifest;
mod new;

use super::options::{Options, Spec, flag, optional, value};
use super::{Call, Program};
use crate::shell::{Exit, Outcome, UNKNOWN};

use manifest::{Problem, Project};

const SPECS: &[Spec] = &[
    flag("r", "release"),
    flag("", "locked"),
    flag("", "offline"),
    flag("", "frozen"),
    flag("", "workspace"),
    flag("", "all"),
    flag("", "bins"),
    flag("", "lib"),
    flag("", "all-targets"),
    flag("", "all-features"),
    flag("", "no-default-features"),
    flag("", "no-deps"),
    flag("", "no-run"),
    flag("", "no-track"),
    flag("", "tests"),
    flag("", "keep-going"),
    flag("", "git-fetch-with-cli"),
    flag("f", "force"),
    flag("v", "verbose"),
    flag("q", "quiet"),
    optional("", "timings"),
    value("", "profile"),
    value("", "bin"),
    value("", "example"),
    value("", "test"),
    value("p", "package"),
    value("", "exclude"),
    value("F", "features"),
    value("j", "jobs"),
    value("", "target"),
    value("", "target-dir"),
    value("", "manifest-path"),
    value("", "message-format"),
    value("", "color"),
    value("", "config"),
    value("", "path"),
    value("", "root"),
    value("", "git"),
    value("", "branch"),
    value("", "tag"),
    value("", "rev"),
    value("", "version"),
    value("Z", "Z"),
];

/// `cargo`.
#[derive(Debug)]
pub(super) struct Cargo;

impl Program for Cargo {
    fn names(&self) -> &'static [&'static str] {
        &["cargo"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let mut words = call.words().to_vec();
        // `cargo +nightly build`, `cargo --locked build`.
        let first = words.iter().position(|word| !word.starts_with(['+', '-']));
        let verb = first.map(|place| words.remove(place)).unwrap_or_default();
        words.retain(|word| !word.starts_with('+'));
        match verb.as_str() {
            "new" | "init" => new::run(call, &verb, &words),
            "build" | "b" | "rustc" | "install" | "fetch" | "clean" => {
                let options = match Options::read(&words, SPECS, true) {
                    Ok(options) => options,
                    Err(message) => return Ok(refused(call, &message, 1)),
                };
                match verb.as_str() {
                    "install" => build::install(call, &options),
                    "fetch" => build::fetch(call, &options),
                    "clean" => build::clean(call, &options),
                    _ => build::run(call, &options),
                }
            }
            "" | "version" | "help" | "search" | "tree" | "metadata" | "locate-project" | "fmt"
            | "pkgid" | "read-manifest" | "verify-project" | "login" | "owner" => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// Ends with an error in cargo's own form.
fn refused(call: &mut Call<'_, '_, '_>, message: &str, code: u8) -> Exit {
    call.shell.error(&format!("error: {message}"));
    Exit::code(code)
}

/// What comes of a project that cannot be built.
fn stopped(call: &mut Call<'_, '_, '_>, problem: Problem) -> Outcome {
    match problem {
        Problem::Message(message) => Ok(refused(call, &message, 101)),
        Problem::Unknown => crate::shell::unknown(call.shell, call.arguments),
    }
}

/// The project that a call is about.
fn project(call: &mut Call<'_, '_, '_>, options: &Options) -> Result<Project, Problem> {
    let directory = match (options.value("manifest-path"), options.value("path")) {
        (Some(manifest), _) => {
            let at = call.at(manifest);
            crate::image::path::split(&at).0.to_owned()
        }
        (None, Some(path)) => call.at(path),
        (None, None) => call.at("."),
    };
    let all = options.has("workspace") || options.has("all");
    Project::find(call, &directory, all)
}

/// Where cargo keeps its registry and installs programs.
fn home(call: &Call<'_, '_, '_>) -> String {
    call.directory("CARGO_HOME", ".cargo")
}
