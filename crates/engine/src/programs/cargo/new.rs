//! `cargo new`, `cargo init`: a package to begin with.

use crate::image::path;
use crate::programs::Call;
use crate::programs::options::{Options, Spec, flag, value};
use crate::shell::{Data, Exit, Outcome, Resolution};
use crate::size::ByteCount;

use super::refused;

/// What `git init` leaves: examples of hooks, and a few settings (git 2.39 and 2.47).
const REPOSITORY: ByteCount = ByteCount::assumed(25_500, 400, 30_000);

const SPECS: &[Spec] = &[
    flag("", "bin"),
    flag("", "lib"),
    flag("v", "verbose"),
    flag("q", "quiet"),
    flag("", "offline"),
    flag("", "locked"),
    flag("", "frozen"),
    value("", "name"),
    value("", "edition"),
    value("", "vcs"),
    value("", "color"),
    value("", "registry"),
];

pub(super) fn run(call: &mut Call<'_, '_, '_>, verb: &str, words: &[String]) -> Outcome {
    let options = match Options::read(words, SPECS, true) {
        Ok(options) => options,
        Err(message) => return Ok(refused(call, &message, 1)),
    };
    let (is_new, operand) = (verb == "new", options.operands.first());
    if is_new && operand.is_none() {
        let message = "the following required arguments were not provided:\n  <PATH>\n\nUsage: cargo new <PATH>\n\nFor more information, try '--help'.";
        return Ok(refused(call, message, 1));
    }
    let at = call.at(operand.map_or(".", String::as_str));
    if is_new && call.stat(&at).is_ok() {
        let message = format!(
            "destination `{at}` already exists\n\nUse `cargo init` to initialize the directory"
        );
        return Ok(refused(call, &message, 101));
    }
    if call.stat(&path::child(&at, "Cargo.toml")).is_ok() {
        return Ok(refused(
            call,
            "`cargo init` cannot be run on existing Cargo packages",
            101,
        ));
    }
    let name = options
        .value("name")
        .unwrap_or(path::split(&at).1)
        .to_owned();
    let edition = options.value("edition").unwrap_or("2024");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n\n[dependencies]\n"
    );
    let source = path::child(&at, "src");
    crate::programs::mkdir::make_parents(call, &source, None, false);
    let (file, text) = if options.has("lib") {
        (
            "lib.rs",
            "pub fn add(left: u64, right: u64) -> u64 {\n    left + right\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn it_works() {\n        let result = add(2, 2);\n        assert_eq!(result, 4);\n    }\n}\n",
        )
    } else {
        (
            "main.rs",
            "fn main() {\n    println!(\"Hello, world!\");\n}\n",
        )
    };
    let has_program = call.stat(&path::child(&source, file)).is_ok();
    let mut files = vec![(path::child(&at, "Cargo.toml"), manifest.as_str())];
    if !has_program {
        files.push((path::child(&source, file), text));
    }
    let has_git = matches!(
        call.shell.find_command("git"),
        Resolution::File(..) | Resolution::Perhaps(_)
    );
    let with_repository = has_git && options.value("vcs") != Some("none");
    if with_repository && call.stat(&path::child(&at, ".git")).is_err() {
        files.push((path::child(&at, ".gitignore"), "/target\n"));
        // Where it cannot be made, the files below cannot either.
        let _ = crate::programs::unpacker::Unpacker::default().bulk(
            call,
            &path::child(&at, ".git"),
            REPOSITORY,
        );
    }
    for (at, text) in files {
        if let Err(errno) = call.write(&at, Data::from(text)) {
            return Ok(refused(
                call,
                &format!("Failed to create package `{name}` at `{at}`\n\nCaused by:\n  {errno}"),
                101,
            ));
        }
    }
    Ok(Exit::OK)
}
