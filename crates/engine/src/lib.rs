//! Layerlab's engine: it reads a Dockerfile and a build context, simulates the build and
//! says what the image would hold and weigh.
//!
//! The engine is pure: no I/O, no clock, no randomness, no threads. The same input gives
//! the same output in a browser, on the command line and in a test.

#[cfg(feature = "programs")]
pub mod alpine;
pub mod build;
#[cfg(feature = "programs")]
pub mod cache;
pub mod catalog;
pub mod comparison;
#[cfg(feature = "archives")]
mod compress;
pub mod context;
pub mod debian;
pub mod dockerfile;
pub mod error;
pub mod image;
#[cfg(feature = "programs")]
pub mod lesson;
#[cfg(feature = "programs")]
pub mod node;
pub mod permalink;
pub mod plan;
#[cfg(feature = "programs")]
pub mod programs;
pub mod project;
#[cfg(feature = "programs")]
pub mod python;
pub mod report;
#[cfg(feature = "programs")]
pub mod rust;
#[cfg(feature = "programs")]
pub mod shell;
mod simulator;
pub mod size;
#[cfg(feature = "programs")]
pub mod start;

pub use project::{NamedContext, Project};
pub use report::{Detail, Report};
pub use simulator::Simulator;

use std::collections::BTreeMap;

use build::{BuiltStage, Contexts, Outcome, Overrides, Runs};
use catalog::Catalog;
use context::{Context, Patterns};
use error::{BuildError, ErrorKind};
use plan::{Plan, Request};
use report::{Diagnostic, Severity};

/// Longest Dockerfile that is simulated, in bytes.
pub const MAX_DOCKERFILE: usize = 2 << 20;

/// A simulated build: what is said of it, and the image itself.
#[derive(Debug)]
pub struct Simulation {
    /// What is said of it.
    pub report: Report,
    /// The build, where the Dockerfile could be read.
    built: Option<Built>,
}

impl Simulation {
    /// The target stage, where the build got that far.
    pub fn target(&self) -> Option<&BuiltStage> {
        let built = self.built.as_ref()?;
        built.stage(built.plan.target)
    }
}

/// Simulates a build and says what comes out.
pub fn simulate(project: &Project, catalog: &Catalog, detail: Detail) -> Report {
    run(project, catalog, detail).report
}

/// Simulates a build.
pub fn run(project: &Project, catalog: &Catalog, detail: Detail) -> Simulation {
    simulated(project, catalog, &mut Runs::default(), detail)
}

fn simulated(project: &Project, catalog: &Catalog, runs: &mut Runs, detail: Detail) -> Simulation {
    let mut diagnostics = Vec::new();
    try_run(project, catalog, runs, detail, &mut diagnostics).unwrap_or_else(|error| Simulation {
        report: Report::failed(error, diagnostics),
        built: None,
    })
}

fn try_run(
    project: &Project,
    catalog: &Catalog,
    runs: &mut Runs,
    detail: Detail,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Simulation, BuildError> {
    let built = built(project, catalog, runs, diagnostics)?;
    let report = Report::new(
        &built.plan,
        &built.outcome,
        std::mem::take(diagnostics),
        built.ignored.clone(),
        detail,
    );
    Ok(Simulation {
        report,
        built: Some(built),
    })
}

/// A build, before anything is said of it.
#[derive(Debug)]
struct Built {
    plan: Plan,
    outcome: Outcome,
    /// Files of the context that .dockerignore keeps out.
    ignored: Vec<String>,
}

impl Built {
    /// A stage by its place in the file; none where it was not built.
    fn stage(&self, index: usize) -> Option<&BuiltStage> {
        self.outcome.stages.get(index)?.as_ref()
    }
}

/// Reads and builds a project; what is found on the way is added to `diagnostics`.
fn built(
    project: &Project,
    catalog: &Catalog,
    runs: &mut Runs,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Built, BuildError> {
    let source = project.dockerfile_source().ok_or_else(|| {
        BuildError::new(
            ErrorKind::Parse,
            format!(
                "failed to read dockerfile: open {}: no such file or directory",
                project.dockerfile
            ),
        )
    })?;
    if source.is_empty() {
        return Err(BuildError::new(
            ErrorKind::Parse,
            "the Dockerfile cannot be empty",
        ));
    }
    if source.len() > MAX_DOCKERFILE {
        return Err(BuildError::new(
            ErrorKind::Limit,
            format!(
                "the Dockerfile has {} bytes; Layerlab simulates up to {MAX_DOCKERFILE}",
                source.len()
            ),
        ));
    }
    let parsed = dockerfile::parse(&source);
    diagnostics.extend(findings(&source, &parsed));
    let request = Request {
        build_args: Some(&project.build_args),
        target: project.target.as_deref(),
        platform: project.platform.as_deref(),
        contexts: Some(&project.contexts),
    };
    let plan = Plan::new(&parsed, &request)?;
    let ignore = Patterns::from_ignore_file(&project.ignore_source().unwrap_or_default())
        .map_err(|message| BuildError::new(ErrorKind::Ignore, message))?;
    let refused = |message: String| BuildError::new(ErrorKind::Context, message);
    let main = Context::new(&project.files, &ignore).map_err(refused)?;
    let mut named = BTreeMap::new();
    for (name, context) in &project.contexts {
        if let NamedContext::Files(files) = context {
            let context = Context::named(files)
                .map_err(|message| refused(format!("named context {name}: {message}")))?;
            named.insert(plan::normal_name(name)?, context);
        }
    }
    let contexts = Contexts { main, named };
    let overrides = Overrides {
        build_args: Some(&project.build_args),
        image_sizes: Some(&project.image_sizes),
        package_sizes: Some(&project.package_sizes),
        step_sizes: Some(&project.step_sizes),
        catalog: project.catalog.as_ref(),
    };
    Ok(Built {
        outcome: build::build(&plan, catalog, &contexts, &overrides, runs),
        plan,
        ignored: contexts.main.ignored,
    })
}

/// Everything that is wrong with the text, not only what stops the build first.
fn findings(source: &str, parsed: &dockerfile::Dockerfile<'_>) -> Vec<Diagnostic> {
    let finding = |code: &str, severity, message: &str, line| Diagnostic {
        code: code.to_owned(),
        severity,
        message: message.to_owned(),
        line: Some(line),
        column: None,
    };
    let features = plan::features(parsed);
    let warnings = parsed.warnings.iter().map(|warning| {
        finding(
            warning.rule,
            Severity::Warning,
            &warning.message,
            warning.lines.first,
        )
    });
    let syntax = parsed.errors.iter().map(|error| {
        // Counted anew: BuildKit's own line is one too small for some errors.
        let before = source.get(..error.span.start as usize).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        finding(
            "parse",
            Severity::Error,
            &error.message,
            u32::try_from(line).unwrap_or(u32::MAX),
        )
    });
    let commands = parsed.instructions.iter().filter_map(|instruction| {
        let message = dockerfile::command(instruction, features).err()?;
        Some(finding(
            "parse",
            Severity::Error,
            &message,
            instruction.lines.first,
        ))
    });
    warnings.chain(syntax).chain(commands).collect()
}
