//! The build's output as `docker build --progress=plain` prints it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::build::{BuiltLayer, Outcome};
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

/// The log of a build.
pub(super) fn of_build(plan: &Plan, outcome: &Outcome) -> Vec<LogLine> {
    let mut lines = Vec::new();
    let mut number = 0;
    let mut step = |line: Option<u32>, text: String, done: bool| {
        number += 1;
        lines.push(LogLine {
            line,
            text: format!("#{number} {text}"),
        });
        if done {
            lines.push(LogLine {
                line,
                text: format!("#{number} DONE"),
            });
        }
    };
    step(
        None,
        "[internal] load build definition from Dockerfile".to_owned(),
        true,
    );
    step(None, "[internal] load .dockerignore".to_owned(), true);
    step(None, "[internal] load build context".to_owned(), true);
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
        let total = own.iter().filter(makes_layer).count() + usize::from(has_from);
        // A single stage has no name in the log; others do.
        let label = match (&stage.name, plan.stages.len()) {
            (None, 1) => String::new(),
            _ => format!("{} ", stage.label()),
        };
        let mut position = 0;
        if let Base::Image(reference) = &stage.base {
            position += 1;
            let text = format!("[{label}{position}/{total}] FROM {}", reference.full());
            step(Some(stage.lines.first), text, true);
        }
        for layer in own.iter().filter(makes_layer) {
            position += 1;
            step(
                Some(layer.line),
                format!("[{label}{position}/{total}] {}", layer.instruction),
                true,
            );
        }
    }
    match &outcome.error {
        Some(error) => lines.push(failure(error)),
        None => step(None, "exporting to image".to_owned(), true),
    }
    lines
}
