//! The build's output as `docker build --progress=plain` prints it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::build::{BuiltLayer, FailedStep, Outcome};
use crate::error::BuildError;
use crate::plan::{Base, Plan};

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Line of the Dockerfile that it belongs to.
    pub line: Option<u32>,
    /// Text.
    pub text: String,
}

/// The log of a build that could not begin.
pub(super) fn of_failure(error: &BuildError) -> Vec<LogLine> {
    vec![failure(error)]
}

fn failure(error: &BuildError) -> LogLine {
    LogLine {
        line: error.line,
        text: format!("ERROR: failed to build: failed to solve: {}", error.message),
    }
}

/// A log under way: steps are numbered.
#[derive(Default)]
struct Writer {
    lines: Vec<LogLine>,
    number: usize,
}

impl Writer {
    fn push(&mut self, line: Option<u32>, text: String) {
        self.lines.push(LogLine { line, text });
    }

    /// A step: its title, what it printed, and how it ended.
    fn step(&mut self, line: Option<u32>, title: &str, output: &[String], end: &str) {
        self.number += 1;
        let number = self.number;
        self.push(line, format!("#{number} {title}"));
        for text in output {
            self.push(line, format!("#{number} {text}"));
        }
        self.push(line, format!("#{number} {end}"));
    }
}

/// The log of a build.
pub(super) fn of_build(plan: &Plan, outcome: &Outcome) -> Vec<LogLine> {
    let mut log = Writer::default();
    for title in [
        "[internal] load build definition from Dockerfile",
        "[internal] load .dockerignore",
        "[internal] load build context",
    ] {
        log.step(None, title, &[], "DONE");
    }
    let mut failed: Option<(String, &FailedStep)> = None;
    for stage in plan.stages.iter().filter(|stage| plan.needed[stage.index]) {
        let Some(built) = &outcome.stages[stage.index] else {
            continue;
        };
        let inherited = match stage.base {
            Base::Stage(base) => outcome.stages[base]
                .as_ref()
                .map_or(0, |base| base.layers.len()),
            Base::Scratch | Base::Image(_) | Base::Named(_) => 0,
        };
        let own = built.layers.get(inherited..).unwrap_or_default();
        let makes_layer = |step: &&Arc<BuiltLayer>| step.layer.is_some();
        let has_from = matches!(stage.base, Base::Image(_));
        let total = own.iter().filter(makes_layer).count()
            + usize::from(has_from)
            + usize::from(built.failed.is_some());
        // A single stage has no name in the log; others do.
        let label = match (&stage.name, plan.stages.len()) {
            (None, 1) => String::new(),
            _ => format!("{} ", stage.label()),
        };
        let mut position = 0;
        if let Base::Image(reference) = &stage.base {
            position += 1;
            let title = format!("[{label}{position}/{total}] FROM {}", reference.full());
            log.step(Some(stage.lines.first), &title, &[], "DONE");
        }
        for layer in own.iter().filter(makes_layer) {
            position += 1;
            let title = format!("[{label}{position}/{total}] {}", layer.instruction);
            log.step(Some(layer.line), &title, &layer.log, "DONE");
        }
        if let Some(step) = &built.failed {
            position += 1;
            let title = format!("[{label}{position}/{total}] {}", step.instruction);
            let end = format!("ERROR: {}", step.message);
            log.step(Some(step.line), &title, &step.log, &end);
            failed.get_or_insert((title, step));
        }
    }
    if let Some((title, step)) = failed {
        let line = Some(step.line);
        log.push(line, "------".to_owned());
        log.push(line, format!(" > {title}:"));
        for text in &step.log {
            log.push(line, text.clone());
        }
        log.push(line, "------".to_owned());
    }
    match &outcome.error {
        Some(error) => log.lines.push(failure(error)),
        None => log.step(None, "exporting to image", &[], "DONE"),
    }
    log.lines
}
