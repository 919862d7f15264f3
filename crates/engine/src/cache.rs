//! The build cache: which steps run again after a file of the context has changed (BuildKit's
//! `solver`: a step's key is its own text, the keys of what it begins with, and the content of
//! the files that COPY, ADD and mounts take).

use crate::build::BuiltStage;
use crate::catalog::Catalog;
use crate::context::Data;
use crate::dockerfile::{Command, CommandKind, Mount};
use crate::error::{BuildError, ErrorKind};
use crate::image::path;
use crate::plan::{Base, Origin};
use crate::{Built, Project, built};

/// A step of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// First line of its instruction.
    pub line: u32,
    /// The instruction as written.
    pub instruction: String,
    /// Whether it runs again.
    pub again: bool,
}

/// The steps of the stages that the target needs, and which of them run again when a file of
/// the context gets another content. A RUN that runs again is taken to make what it makes now
/// of other bytes, so that what is copied of it is copied again.
///
/// # Errors
/// Where the build stops, or the context has no such file.
pub fn after_change(
    project: &Project,
    catalog: &Catalog,
    file: &str,
) -> Result<Vec<Step>, BuildError> {
    let changed = changed(project, file)?;
    let before = built(project, catalog, &mut Vec::new())?;
    let after = built(&changed, catalog, &mut Vec::new())?;
    if let Some(error) = before.outcome.error {
        return Err(error);
    }
    let mut look = Look {
        sent: !before.ignored.iter().any(|ignored| ignored == file),
        before,
        after,
        file,
        states: Vec::new(),
        steps: Vec::new(),
    };
    for index in 0..look.before.plan.stages.len() {
        let state = look.stage(index).unwrap_or_default();
        look.states.push(state);
    }
    Ok(look.steps)
}

/// What has happened in a stage.
#[derive(Debug, Clone, Copy, Default)]
struct StageState {
    /// Whether its last step runs again.
    again: bool,
    /// Whether a RUN does.
    runs: bool,
}

/// The project with one more byte in a file: what takes it, takes another size.
fn changed(project: &Project, file: &str) -> Result<Project, BuildError> {
    let refused = |what: &str| {
        let message = format!("the context has no file {file} that could change{what}");
        Err(BuildError::new(ErrorKind::Context, message))
    };
    let mut out = project.clone();
    let Some(own) = out.files.iter_mut().find(|own| own.path == file) else {
        return refused("");
    };
    own.data = match &own.data {
        Data::Text(text) => Data::Text(format!("{text}\n").into()),
        Data::Bytes(bytes) => Data::Bytes([bytes, &b"\n"[..]].concat().into()),
        Data::Size(size) => Data::Size(size.saturating_add(1)),
        Data::Link(_) | Data::Directory => return refused(": it is no regular file"),
    };
    Ok(out)
}

/// A look at both builds.
struct Look<'l> {
    before: Built,
    after: Built,
    file: &'l str,
    /// Whether the file is sent to the engine at all.
    sent: bool,
    /// What has happened in the stages so far.
    states: Vec<StageState>,
    steps: Vec<Step>,
}

impl Look<'_> {
    /// Goes through a stage's own steps; none where it is not built.
    fn stage(&mut self, index: usize) -> Option<StageState> {
        let stage = &self.before.plan.stages[index];
        let before = self.before.outcome.stages.get(index)?.as_ref()?;
        let after = self.after.outcome.stages.get(index)?.as_ref();
        let (mut state, inherited) = match stage.base {
            Base::Stage(base) => (
                self.states[base],
                layers(self.before.outcome.stages.get(base)?.as_ref()),
            ),
            _ => (StageState::default(), 0),
        };
        let mut steps = Vec::new();
        for (number, step) in before.layers.iter().enumerate().skip(inherited) {
            let mut commands = stage.commands.iter();
            let command = commands.find(|command| command.lines.first == step.line);
            let entries = |stage: &BuiltStage| {
                let step = stage.layers.get(number)?;
                step.layer.as_ref().map(|layer| layer.entries.clone())
            };
            let differs = after.and_then(entries) != entries(before);
            let kind = command.map(|command| &command.kind);
            let again = match kind {
                Some(CommandKind::Copy(copy)) => {
                    let takes_again = differs
                        || copy
                            .from
                            .as_ref()
                            .zip(command)
                            .is_some_and(|(from, command)| self.origin_runs(from, command));
                    // --link changes nothing where the engine keeps images by itself (measured).
                    takes_again || state.again
                }
                Some(CommandKind::Run(run)) => {
                    let mounts = run.mounts.iter().flatten();
                    state.again
                        || command.is_some_and(|command| {
                            mounts.into_iter().any(|mount| self.is_new(mount, command))
                        })
                }
                _ => state.again,
            };
            state.again |= again;
            state.runs |= again && matches!(kind, Some(CommandKind::Run(_)));
            steps.push(Step {
                line: step.line,
                instruction: step.instruction.clone(),
                again,
            });
        }
        self.steps.extend(steps);
        Some(state)
    }

    /// Whether a RUN of the stage that is copied from runs again.
    fn origin_runs(&self, from: &str, command: &Command) -> bool {
        let origin = self.before.plan.origin(from, command);
        matches!(origin, Ok(Origin::Stage(index)) if self.states.get(index).is_some_and(|state| state.runs))
    }

    /// Whether a mount shows other files than before.
    fn is_new(&self, mount: &Mount, command: &Command) -> bool {
        if mount.kind != "bind" {
            return false;
        }
        match &mount.from {
            Some(from) => {
                let origin = self.before.plan.origin(from, command);
                matches!(origin, Ok(Origin::Stage(index)) if self.states.get(index).is_some_and(|state| state.again))
            }
            None => {
                let source = path::clean(mount.source.as_deref().unwrap_or("/"));
                let file = path::clean(self.file);
                let below = format!("{}/", source.trim_end_matches('/'));
                self.sent && (file == source || file.starts_with(&below))
            }
        }
    }
}

fn layers(stage: Option<&BuiltStage>) -> usize {
    stage.map_or(0, |stage| stage.layers.len())
}
