//! Runs the plan: one file per instruction.
//!
//! BuildKit first turns every needed stage into a graph, then solves it. A mistake in the
//! first phase (a variable, a port) therefore wins over one in the second (a missing
//! source), wherever they stand; [`Failure::solve`] keeps the two apart.

mod archive;
mod arg;
mod base;
mod chmod;
mod cmd;
mod copy;
mod entrypoint;
mod env;
mod expose;
mod healthcheck;
mod label;
mod maintainer;
mod onbuild;
mod place;
mod run;
mod shell;
mod source;
mod stage;
mod stop_signal;
mod user;
mod volume;
mod workdir;

use std::collections::BTreeMap;

pub use base::UsedImage;
pub(crate) use run::Runs;
#[cfg(feature = "programs")]
pub(crate) use run::container_user;
#[cfg(feature = "programs")]
pub(crate) use stage::DEFAULT_PATH;
pub use stage::{BuiltLayer, BuiltStage, FailedStep};

use crate::catalog::{Catalog, CatalogFile};
use crate::context::Context;
use crate::dockerfile::{Command, CommandKind};
use crate::error::{BuildError, ErrorKind};
use crate::image::FileTree;
use crate::plan::{Origin, Plan, Stage};
use crate::report::{Diagnostic, Severity};
use crate::size::ByteCount;

use source::Files;

/// Most paths that all steps of a build may change together.
const MAX_CHANGES: usize = 2_000_000;

/// Longest history that all steps of a build may write together, in bytes.
const MAX_HISTORY: usize = 64 << 20;

/// A step's failure.
#[derive(Debug)]
struct Failure {
    kind: ErrorKind,
    message: String,
    /// Whether it would come up only when the step is executed.
    solve: bool,
}

impl Failure {
    /// Comes up when the graph is made.
    fn convert(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            solve: false,
        }
    }

    /// Comes up when the step is executed.
    fn solve(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            solve: true,
        }
    }
}

/// Where a build takes files from.
#[derive(Debug, Clone, Default)]
pub struct Contexts {
    /// The build context.
    pub main: Context,
    /// Named contexts that are directories, by name in normal form.
    pub named: BTreeMap<String, Context>,
}

/// Sizes and values that the user has given for what cannot be known.
#[derive(Debug, Clone, Default)]
pub struct Overrides<'o> {
    /// Build arguments.
    pub build_args: Option<&'o BTreeMap<String, String>>,
    /// Uncompressed sizes of images, by reference as written.
    pub image_sizes: Option<&'o BTreeMap<String, u64>>,
    /// Images, packages and downloads of the user's own.
    pub catalog: Option<&'o CatalogFile>,
    /// Sizes of packages that the catalog does not list: `npm:NAME`.
    pub package_sizes: Option<&'o BTreeMap<String, u64>>,
    /// Measured sizes of steps, by instruction as written.
    pub step_sizes: Option<&'o BTreeMap<String, u64>>,
}

/// A build under way.
struct Build<'b> {
    plan: &'b Plan,
    catalog: &'b Catalog,
    contexts: &'b Contexts,
    overrides: &'b Overrides<'b>,
    #[cfg_attr(
        not(feature = "programs"),
        expect(dead_code, reason = "only who follows a RUN keeps what it came to")
    )]
    runs: &'b mut Runs,
    /// Stages done so far, by index.
    done: Vec<Option<BuiltStage>>,
    diagnostics: Vec<Diagnostic>,
    /// Files of the catalog that would make the result more exact.
    missing_files: Vec<String>,
    changes: usize,
    history: usize,
}

/// What a build leaves.
#[derive(Debug)]
pub struct Outcome {
    /// Stages that were built, by index.
    pub stages: Vec<Option<BuiltStage>>,
    /// The first error, where the build stops.
    pub error: Option<BuildError>,
    /// Findings on the way.
    pub diagnostics: Vec<Diagnostic>,
    /// Files of the catalog that were wanted and are not loaded.
    pub missing_files: Vec<String>,
}

/// Builds every stage that the target needs; RUNs that begin as one that was kept are not followed.
pub(crate) fn build(
    plan: &Plan,
    catalog: &Catalog,
    contexts: &Contexts,
    overrides: &Overrides<'_>,
    runs: &mut Runs,
) -> Outcome {
    runs.begin(overrides);
    let mut build = Build {
        plan,
        catalog,
        contexts,
        overrides,
        runs,
        done: vec![None; plan.stages.len()],
        diagnostics: Vec::new(),
        missing_files: Vec::new(),
        changes: 0,
        history: 0,
    };
    let mut solve_error = None;
    let mut convert_error = None;
    for stage in plan.stages.iter().filter(|stage| plan.needed[stage.index]) {
        match build.stage(stage) {
            Ok(first) => solve_error = solve_error.or(first),
            Err(error) => {
                convert_error = Some(error);
                break;
            }
        }
    }
    Outcome {
        stages: build.done,
        error: convert_error.or(solve_error),
        diagnostics: build.diagnostics,
        missing_files: build.missing_files,
    }
}

impl Build<'_> {
    /// Notes a file of the catalog that would make the result more exact.
    fn want(&mut self, file: &str) {
        if !self.missing_files.iter().any(|missing| missing == file) {
            self.missing_files.push(file.to_owned());
        }
    }

    /// Builds one stage; the result is the first failure of an execution.
    fn stage(&mut self, stage: &Stage) -> Result<Option<BuildError>, BuildError> {
        let label = stage.label();
        let mut built = self.begin(stage)?;
        let mut failed: Option<BuildError> = None;
        let triggers = onbuild::triggers(&mut built, stage)
            .map_err(|error| error.at(stage.lines).in_stage(&label))?;
        for command in triggers.iter().chain(&stage.commands) {
            if built.broken {
                // The tree is not known any more; config and history still are.
                built.layers.truncate(built.good_layers);
            }
            match self.step(command, &mut built, stage) {
                Ok(()) => {}
                Err(failure) => {
                    let error = BuildError::new(failure.kind, failure.message)
                        .at(command.lines)
                        .in_stage(&label);
                    if !failure.solve {
                        return Err(error);
                    }
                    if !built.broken {
                        built.good_layers = built.layers.len();
                    }
                    built.broken = true;
                    let log = std::mem::take(&mut built.output);
                    built.failed.get_or_insert_with(|| FailedStep {
                        instruction: command.original.clone(),
                        line: command.lines.first,
                        log,
                        message: error.message.clone(),
                    });
                    failed.get_or_insert(error);
                }
            }
        }
        if built.broken {
            built.layers.truncate(built.good_layers);
        }
        self.done[stage.index] = Some(built);
        Ok(failed)
    }

    fn step(
        &mut self,
        command: &Command,
        stage: &mut BuiltStage,
        plan: &Stage,
    ) -> Result<(), Failure> {
        stage.check_size()?;
        match &command.kind {
            CommandKind::From(_) => {}
            CommandKind::Arg(args) => arg::apply(args, command, stage, self)?,
            CommandKind::Env(pairs) => env::apply(pairs, command, stage)?,
            CommandKind::Label(pairs) => label::apply(pairs, command, stage)?,
            CommandKind::Copy(copy) => copy::apply(copy, command, stage, self, plan)?,
            CommandKind::Run(run) => run::apply(run, command, stage, self, plan)?,
            CommandKind::Cmd(line) => cmd::apply(line, command, stage),
            CommandKind::Entrypoint(line) => entrypoint::apply(line, command, stage),
            CommandKind::Shell(words) => shell::apply(words, command, stage),
            CommandKind::Workdir(path) => workdir::apply(path, command, stage, self)?,
            CommandKind::User(user) => user::apply(user, command, stage)?,
            CommandKind::Expose(ports) => expose::apply(ports, command, stage)?,
            CommandKind::Volume(paths) => volume::apply(paths, command, stage)?,
            CommandKind::StopSignal(signal) => stop_signal::apply(signal, command, stage)?,
            CommandKind::Healthcheck(check) => healthcheck::apply(check, command, stage),
            CommandKind::Onbuild(trigger) => stage.config.on_build.push(trigger.clone()),
            CommandKind::Maintainer(name) => maintainer::apply(name, command, stage),
        }
        self.count_history(stage)
    }

    /// The files that a `--from` refers to.
    fn files_of(&mut self, origin: &Origin, stage: &Stage) -> Result<Files, Failure> {
        match origin {
            Origin::Context => Ok(Files {
                tree: self.contexts.main.tree.clone(),
                base: FileTree::default(),
            }),
            Origin::Named(name) => Ok(Files {
                tree: self.named_tree(name),
                base: FileTree::default(),
            }),
            Origin::Scratch => Ok(Files::default()),
            Origin::Image(reference) => {
                let tree = self.image_tree(reference);
                Ok(Files {
                    base: tree.clone(),
                    tree,
                })
            }
            Origin::Stage(index) => match self.done.get(*index).and_then(Option::as_ref) {
                Some(built) => Ok(Files {
                    tree: built.tree.clone(),
                    base: built.base_tree.clone(),
                }),
                None => {
                    let other = self
                        .plan
                        .stages
                        .get(*index)
                        .map(Stage::label)
                        .unwrap_or_default();
                    let quoted = crate::dockerfile::quoted;
                    Err(Failure::convert(
                        ErrorKind::Stage,
                        format!(
                            "cannot copy from stage {}, it needs to be defined before current stage {}",
                            quoted(&other),
                            quoted(&stage.label())
                        ),
                    ))
                }
            },
        }
    }

    /// Whether an origin is the very state that a stage is in now.
    fn is_now(&self, origin: &Origin, stage: &BuiltStage) -> bool {
        let base = |built: &BuiltStage| built.base.as_ref().map(|base| base.reference.clone());
        match origin {
            Origin::Stage(index) => self.done[*index]
                .as_ref()
                .is_some_and(|other| base(other) == base(stage) && other.same_layers(stage)),
            Origin::Image(image) => {
                base(stage) == Some(image.familiar()) && stage.made_layers().next().is_none()
            }
            Origin::Named(name) => {
                base(stage).as_ref() == Some(name) && stage.made_layers().next().is_none()
            }
            Origin::Context | Origin::Scratch => false,
        }
    }

    /// The files of a named context that is a directory.
    fn named_tree(&self, name: &str) -> FileTree {
        let context = self.contexts.named.get(name);
        context
            .map(|context| context.tree.clone())
            .unwrap_or_default()
    }

    /// Counts changed paths against the limit of the simulation.
    fn count_changes(&mut self, changes: usize) -> Result<(), Failure> {
        self.changes += changes;
        if self.changes > MAX_CHANGES {
            return Err(Failure::solve(
                ErrorKind::Limit,
                format!(
                    "the build changes more than {MAX_CHANGES} paths; Layerlab simulates up to that many"
                ),
            ));
        }
        Ok(())
    }

    /// Counts what the last step wrote into the history against the limit of the simulation.
    fn count_history(&mut self, stage: &BuiltStage) -> Result<(), Failure> {
        self.history += stage
            .layers
            .last()
            .map_or(0, |layer| layer.instruction.len() + layer.created_by.len());
        if self.history > MAX_HISTORY {
            return Err(Failure::convert(
                ErrorKind::Limit,
                format!(
                    "the build's history is longer than {MAX_HISTORY} bytes; Layerlab simulates up to that"
                ),
            ));
        }
        Ok(())
    }

    /// Notes that a size is a guess.
    fn assume(&mut self, code: &'static str, message: String, line: u32) {
        if self
            .diagnostics
            .iter()
            .any(|old| old.code == code && old.line == Some(line) && old.message == message)
        {
            return;
        }
        self.diagnostics.push(Diagnostic {
            code: code.to_owned(),
            severity: Severity::Note,
            message,
            line: Some(line),
            column: None,
        });
    }
}

impl Build<'_> {
    /// The size of a step that the user states, or an engine of theirs has measured.
    fn stated_size(&self, command: &Command) -> Option<ByteCount> {
        commented_size(command).or_else(|| {
            let measured = self.overrides.step_sizes?.get(&command.original)?;
            Some(ByteCount::measured(*measured))
        })
    }
}

/// The size that a comment before the instruction gives: `# layerlab: size=12MB`.
fn commented_size(command: &Command) -> Option<ByteCount> {
    command.comments.iter().rev().find_map(|comment| {
        let text = comment
            .strip_prefix("layerlab:")?
            .trim()
            .strip_prefix("size=")?;
        parse_size(text).map(|bytes| ByteCount {
            bytes,
            low: bytes,
            high: bytes,
            basis: crate::size::Basis::Assumed,
        })
    })
}

/// Bytes from `12MB`, `1.5 GB`, `300 kB`, `10MiB` or a plain number.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|ch: char| !(ch.is_ascii_digit() || ch == '.'))
        .unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let scale = match text[end..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = number * scale;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to fit"
    )]
    (bytes.is_finite() && (0.0..=1e15).contains(&bytes)).then(|| bytes.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes() {
        assert_eq!(parse_size("12MB"), Some(12_000_000));
        assert_eq!(parse_size(" 1.5 GB "), Some(1_500_000_000));
        assert_eq!(parse_size("10MiB"), Some(10 * 1024 * 1024));
        assert_eq!(parse_size("7"), Some(7));
        assert_eq!(parse_size("-1"), None);
        assert_eq!(parse_size("x"), None);
        assert_eq!(parse_size("9e99GB"), None);
    }
}
