//! The build cache: which steps run again after a file of the context has changed (BuildKit's
//! `solver`: a step's key is its own text, the keys of what it begins with, and the content of
//! the files that COPY, ADD and mounts take).

use crate::build::{BuiltStage, Runs};
use crate::catalog::Catalog;
use crate::context::Data;
use crate::dockerfile::{Command, CommandKind, Mount};
use crate::error::{BuildError, ErrorKind};
use crate::image::{Entry, path};
use crate::plan::{Base, Origin};
use crate::{Built, Project, Simulation, built};

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
/// `own` is the project's simulation.
///
/// # Errors
/// Where the build stops, or the context has no such file.
pub fn after_change(
    project: &Project,
    own: &Simulation,
    catalog: &Catalog,
    file: &str,
) -> Result<Vec<Step>, BuildError> {
    let (None, Some(before)) = (&own.report.error, &own.built) else {
        let why = "the build stops before anything can be in the cache";
        return Err(BuildError::new(ErrorKind::Context, why));
    };
    let changed = changed(project, file)?;
    let mut look = Look {
        sent: !before.ignored.iter().any(|ignored| ignored == file),
        before,
        after: built(&changed, catalog, &mut Runs::default(), &mut Vec::new())?,
        file,
        states: Vec::new(),
        steps: Vec::new(),
    };
    for index in 0..before.plan.stages.len() {
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
    before: &'l Built,
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
        let before = self.before.stage(index)?;
        let after = self.after.stage(index);
        let (mut state, inherited) = match stage.base {
            Base::Stage(base) => (self.states[base], self.before.stage(base)?.layers.len()),
            _ => (StageState::default(), 0),
        };
        for (number, step) in before.layers.iter().enumerate().skip(inherited) {
            let mut commands = stage.commands.iter();
            let command = commands.find(|command| command.lines.first == step.line);
            if let Some(command) = command {
                match &command.kind {
                    CommandKind::Copy(copy) => {
                        let from = copy.from.as_deref();
                        let entries = |stage| entries(stage, number);
                        // --link changes nothing where the engine keeps images by itself
                        // (measured).
                        state.again |= after.and_then(entries) != entries(before)
                            || from.is_some_and(|from| self.origin(from, command).runs);
                    }
                    CommandKind::Run(run) => {
                        let mut mounts = run.mounts.iter().flatten();
                        state.again |= mounts.any(|mount| self.is_new(mount, command));
                        state.runs |= state.again;
                    }
                    _ => {}
                }
            }
            self.steps.push(Step {
                line: step.line,
                instruction: step.instruction.clone(),
                again: state.again,
            });
        }
        Some(state)
    }

    /// What has happened in the stage that a command takes from; nothing has to an image.
    fn origin(&self, from: &str, command: &Command) -> StageState {
        match self.before.plan.origin(from, command) {
            Ok(Origin::Stage(index)) => self.states.get(index).copied().unwrap_or_default(),
            _ => StageState::default(),
        }
    }

    /// Whether a mount shows other files than before.
    fn is_new(&self, mount: &Mount, command: &Command) -> bool {
        if mount.kind != "bind" {
            return false;
        }
        match &mount.from {
            Some(from) => self.origin(from, command).again,
            None => {
                let source = path::clean(mount.source.as_deref().unwrap_or("/"));
                let file = path::clean(self.file);
                let below = format!("{}/", source.trim_end_matches('/'));
                self.sent && (file == source || file.starts_with(&below))
            }
        }
    }
}

/// What a step of a stage has put into its layer.
fn entries(stage: &BuiltStage, number: usize) -> Option<&[Entry]> {
    let layer = stage.layers.get(number)?.layer.as_ref()?;
    Some(layer.entries())
}
