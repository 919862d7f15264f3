//! `RUN`: what programs do is not modelled here; the instruction's size is assumed, with
//! a range, and said to be so.

use crate::dockerfile::{Command, Run};
use crate::error::ErrorKind;
use crate::image::{Found, Workspace};
use crate::size::ByteCount;

use super::shell::with_shell;
use super::stage::BuiltStage;
use super::{Build, Failure, stated_size};

/// A command of which nothing is known: up to 300 MB.
const UNKNOWN_COMMAND: ByteCount = ByteCount::assumed(0, 0, 300_000_000);

pub(super) fn apply(
    run: &Run,
    command: &Command,
    stage: &mut BuiltStage,
    build: &mut Build<'_>,
) -> Result<(), Failure> {
    check_mounts(run, stage)?;
    let words = with_shell(&run.line, stage);
    let created_by = history(&words, stage);
    if stage.broken {
        stage.record(command, created_by);
        return Ok(());
    }
    if lacks(words.first().map_or("", String::as_str), stage) {
        return Err(Failure::solve(
            ErrorKind::Run,
            format!(
                "process {} did not complete successfully: exit code: 1",
                crate::dockerfile::quoted(&words.join(" "))
            ),
        ));
    }
    let mut workspace = Workspace::new(stage.tree.clone());
    let script = script(run);
    if let Some(size) = stated_size(command) {
        workspace.add_unlisted("/", size);
    } else {
        let message = "what this RUN does is not modelled yet: its size is assumed, with a wide range. State it with a comment before the instruction: # layerlab: size=12MB";
        build.assume("unmodelled-run", message.to_owned(), command.lines.first);
        for words in simple_commands(&script) {
            let (at, size) = assumed(&words, stage, build);
            workspace.add_unlisted(&at, size);
        }
    }
    let changes = stage.commit(command, created_by, workspace);
    build.count_changes(changes)
}

/// The step as the history has it: `RUN |1 VERSION=2 /bin/sh -c … # buildkit`.
fn history(words: &[String], stage: &BuiltStage) -> String {
    let mut out = String::from("RUN ");
    if !stage.args.is_empty() {
        out.push_str(&format!("|{} ", stage.args.len()));
        for (name, value) in &stage.args {
            out.push_str(&format!("{name}={} ", value.as_deref().unwrap_or_default()));
        }
    }
    out.push_str(&words.join(" "));
    out.push_str(" # buildkit");
    out
}

fn check_mounts(run: &Run, stage: &BuiltStage) -> Result<(), Failure> {
    for mount in &run.mounts {
        let mount = mount
            .as_ref()
            .map_err(|message| Failure::convert(ErrorKind::Value, message.clone()))?;
        let target = mount
            .target
            .as_deref()
            .map(|target| stage.expand(target))
            .transpose()?;
        let needs_target = matches!(mount.kind.as_str(), "bind" | "cache" | "tmpfs");
        let place = target.as_deref().map(|target| stage.absolute(target));
        if needs_target && place.as_deref().unwrap_or("/") == "/" {
            return Err(Failure::convert(
                ErrorKind::Value,
                "invalid mount target \"/\"",
            ));
        }
    }
    Ok(())
}

/// Whether a program given by its whole path is certainly not in the image.
fn lacks(program: &str, stage: &BuiltStage) -> bool {
    if !program.starts_with('/') {
        return false;
    }
    match stage.tree.resolve(&crate::image::path::clean(program)) {
        Err(_) => true,
        Ok(path) => match stage.tree.find(&path) {
            Found::Node(_) => false,
            Found::Nothing => true,
            Found::Unlisted => stage.no_shell && program == "/bin/sh",
        },
    }
}

/// What the shell is given, here-documents included.
fn script(run: &Run) -> String {
    let mut out = run.line.words.join(" ");
    for (_, content, _) in &run.heredocs {
        out.push('\n');
        out.push_str(content);
    }
    out
}

/// The simple commands of a script, split at its operators.
fn simple_commands(script: &str) -> Vec<Vec<&str>> {
    script
        .split(['\n', ';', '|', '&'])
        .map(|command| {
            let words = command
                .split_whitespace()
                .map(|word| word.trim_matches(['"', '\'', '(', ')', '\\']));
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>()
        })
        .filter(|words| !words.is_empty())
        .collect()
}

/// Where a simple command is assumed to write, and how much.
fn assumed(words: &[&str], stage: &BuiltStage, build: &Build<'_>) -> (String, ByteCount) {
    match build.catalog.assumption(words) {
        Some((at, size)) => (stage.absolute(at), size),
        None => ("/".to_owned(), UNKNOWN_COMMAND),
    }
}
