//! `RUN`: mounts, user and environment of its container, and what its command leaves
//! (BuildKit's `dispatchRun`, `executor/oci` and runc).

#[cfg(not(feature = "programs"))]
mod assumed;
#[cfg(feature = "programs")]
mod executed;
#[cfg(feature = "programs")]
mod kept;
#[cfg(feature = "programs")]
mod mounts;

#[cfg(not(feature = "programs"))]
pub(crate) use assumed::Runs;
#[cfg(not(feature = "programs"))]
use assumed::follow;
#[cfg(feature = "programs")]
use executed::follow;
#[cfg(feature = "programs")]
pub(crate) use kept::Runs;
#[cfg(feature = "programs")]
pub(crate) use mounts::container_user;

use crate::catalog::Reference;
use crate::dockerfile::{Command, Run};
use crate::error::ErrorKind;
use crate::plan::Stage;

use super::shell::with_shell;
use super::stage::BuiltStage;
use super::{Build, Failure};

pub(super) fn apply(
    run: &Run,
    command: &Command,
    stage: &mut BuiltStage,
    build: &mut Build<'_>,
    plan: &Stage,
) -> Result<(), Failure> {
    check_mounts(run, stage)?;
    let arguments = arguments(run, stage);
    let created_by = history(&arguments, stage);
    follow(
        &Step {
            run,
            command,
            arguments: &arguments,
            created_by,
        },
        stage,
        build,
        plan,
    )
}

/// A RUN as it is followed.
struct Step<'s> {
    #[cfg_attr(
        not(feature = "programs"),
        expect(dead_code, reason = "only who follows a RUN needs all of it")
    )]
    run: &'s Run,
    command: &'s Command,
    arguments: &'s [String],
    created_by: String,
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

/// The words that are executed, here-documents given to the shell as BuildKit gives them.
fn arguments(run: &Run, stage: &BuiltStage) -> Vec<String> {
    let mut words = with_shell(&run.line, stage);
    if run.heredocs.is_empty() {
        return words;
    }
    let Some(last) = words.last_mut() else {
        return words;
    };
    if let Some((name, _)) = heredoc_script(run) {
        *last = name;
    } else if is_lone_heredoc(last) {
        run.heredocs[0].text.clone_into(last);
    } else {
        for document in &run.heredocs {
            last.push_str(&format!("\n{}{}", document.content, document.name));
        }
    }
    words
}

/// What the image's system is: `debian 12`.
fn system(stage: &BuiltStage, build: &Build<'_>) -> String {
    let Some(reference) = stage
        .base
        .as_ref()
        .and_then(|base| Reference::parse(&base.reference).ok())
    else {
        return String::new();
    };
    match build.listed(&reference) {
        // The nearest image may be of another release than the tag says.
        Some(choice) if !choice.exact => reference
            .release()
            .map_or_else(|| choice.fact.os.clone(), str::to_owned),
        Some(choice) => choice.fact.os.clone(),
        None => reference.release().unwrap_or_default().to_owned(),
    }
}

/// Whether a line is nothing but the mark of a here-document.
fn is_lone_heredoc(line: &str) -> bool {
    let Some(rest) = line.trim().strip_prefix("<<") else {
        return false;
    };
    let name = rest.trim_start_matches('-');
    !name.is_empty() && !name.contains(char::is_whitespace) && !name.contains("<<")
}

/// A here-document that is a script of its own: where it is mounted, and its text.
fn heredoc_script(run: &Run) -> Option<(String, String)> {
    let document = run.heredocs.first()?;
    let lone = run.line.shell && is_lone_heredoc(run.line.words.last()?);
    (lone && document.text.starts_with("#!")).then(|| {
        (
            format!("/dev/pipes/{}", document.name),
            document.text.clone(),
        )
    })
}
