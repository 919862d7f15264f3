//! What a simulation says: one type, one schema, for the page and for `--json`.

mod listing;
mod log;
mod packages;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::build::{BuiltLayer, BuiltStage, Outcome};
use crate::error::BuildError;
use crate::image::{Config, Entry, EntryKind};
use crate::plan::{Base, Plan};
use crate::size::{Basis, ByteCount};

pub use listing::{FileRow, Listing, list_image, list_layer};
pub use log::LogLine;

/// Version of the schema.
pub const SCHEMA: u32 = 1;

/// The result of a simulation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Whether the build would succeed.
    pub success: bool,
    /// What would stop it.
    pub error: Option<BuildError>,
    /// Name of the target stage.
    pub target: String,
    /// Bytes of the image, as `docker images` shows them.
    pub size: ByteCount,
    /// Bytes that a registry would transfer.
    pub compressed: ByteCount,
    /// The image that the target is built on.
    pub base: Option<BaseReport>,
    /// Steps on top of the base image, in order.
    pub layers: Vec<LayerReport>,
    /// All stages.
    pub stages: Vec<StageReport>,
    /// The image config.
    pub config: Config,
    /// `MAINTAINER`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Installed packages.
    pub packages: Vec<PackageReport>,
    /// Findings.
    pub diagnostics: Vec<Diagnostic>,
    /// The build's output.
    pub log: Vec<LogLine>,
    /// Files that .dockerignore keeps out of the context.
    pub ignored: Vec<String>,
    /// Files of the catalog that would make the result more exact.
    pub missing_files: Vec<String>,
}

/// A base image in the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaseReport {
    /// Reference as users write it.
    pub reference: String,
    /// Uncompressed bytes.
    pub size: ByteCount,
    /// Whether the catalog lists it.
    pub known: bool,
    /// The listed image that stands in for it.
    pub nearest: Option<String>,
    /// Where the facts come from.
    pub source: String,
}

/// A step in the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerReport {
    /// The instruction as written, continuations joined.
    pub instruction: String,
    /// The step as `docker history` shows it.
    pub created_by: String,
    /// First line, counted from 1.
    pub line: u32,
    /// Bytes.
    pub size: ByteCount,
    /// Whether it only changes the config.
    pub empty: bool,
    /// Whether a build cache would have it (a simulation starts without one).
    pub cached: bool,
    /// What the layer's tar would hold, sorted by path.
    pub entries: Vec<EntryReport>,
    /// Bytes in files that are not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<ByteCount>,
}

/// An entry of a layer in the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryReport {
    /// Absolute path.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Permissions: `0o755`.
    pub mode: String,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Target of a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A stage in the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageReport {
    /// Place in the file, from 0.
    pub index: usize,
    /// Name as written, or `stage-N`.
    pub name: String,
    /// What it begins with, as written.
    pub base: String,
    /// The stage that it begins with.
    pub base_stage: Option<usize>,
    /// Bytes.
    pub size: ByteCount,
    /// Whether the target needs it.
    pub built: bool,
    /// First line of its FROM.
    pub line: u32,
    /// Stages that it copies from, with what is copied.
    pub copies: Vec<CopyEdge>,
    /// Its own steps.
    pub layers: Vec<LayerReport>,
}

/// A `COPY --from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyEdge {
    /// Place of the stage.
    pub from: usize,
    /// Sources as written.
    pub label: String,
    /// Line of the instruction.
    pub line: u32,
}

/// A package in the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackageReport {
    /// `apt`, `pip`, …
    pub manager: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Bytes.
    pub size: ByteCount,
    /// Place of the step that brought it.
    pub layer: Option<usize>,
    /// Why it is there: the packages that lead to it, from one that was asked for on. Empty
    /// where it was asked for itself, or came with the base image.
    #[serde(default)]
    pub because: Vec<String>,
}

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Says how a number came about.
    Note,
    /// Probably a mistake.
    Warning,
    /// Stops the build.
    Error,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Its name.
    pub code: String,
    /// How serious it is.
    pub severity: Severity,
    /// What it says.
    pub message: String,
    /// Line, counted from 1.
    pub line: Option<u32>,
    /// Column, counted from 1.
    pub column: Option<u32>,
}

/// What of the entries a report carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Sizes only.
    Sizes,
    /// The entries of each layer too.
    Files,
}

impl Report {
    /// A report of a build that could not begin.
    pub(crate) fn failed(error: BuildError, mut diagnostics: Vec<Diagnostic>) -> Self {
        if !diagnostics
            .iter()
            .any(|finding| finding.severity == Severity::Error)
        {
            diagnostics.push(Diagnostic::of_error(&error));
        }
        Self {
            schema: SCHEMA,
            success: false,
            log: log::of_failure(&error),
            error: Some(error),
            target: String::new(),
            size: ByteCount::ZERO,
            compressed: ByteCount::ZERO,
            base: None,
            layers: Vec::new(),
            stages: Vec::new(),
            config: Config::default(),
            author: String::new(),
            packages: Vec::new(),
            diagnostics,
            ignored: Vec::new(),
            missing_files: Vec::new(),
        }
    }

    pub(crate) fn new(
        plan: &Plan,
        outcome: &Outcome,
        mut diagnostics: Vec<Diagnostic>,
        ignored: Vec<String>,
        detail: Detail,
    ) -> Self {
        let stages: Vec<StageReport> = (0..plan.stages.len())
            .map(|index| stage_report(plan, index, outcome, detail))
            .collect();
        diagnostics.extend(outcome.diagnostics.iter().cloned());
        diagnostics.extend(outcome.error.as_ref().map(Diagnostic::of_error));
        let target = outcome.stages[plan.target].as_ref();
        let layers: Vec<LayerReport> = target
            .map(|built| layer_reports(&built.layers, detail))
            .unwrap_or_default();
        let base = target.and_then(|built| built.base.as_ref());
        let compressed = base.map(|base| base.compressed).unwrap_or_default()
            + layers.iter().map(|layer| compressed(layer.size)).sum();
        Self {
            schema: SCHEMA,
            success: outcome.error.is_none(),
            log: log::of_build(plan, outcome),
            target: plan.stages[plan.target].label(),
            size: target.map(BuiltStage::size).unwrap_or_default(),
            compressed,
            base: base.map(|base| BaseReport {
                reference: base.reference.clone(),
                size: base.size,
                known: base.known,
                nearest: base.nearest.clone(),
                source: base.source.clone(),
            }),
            layers,
            stages,
            config: target.map(|built| built.config.clone()).unwrap_or_default(),
            author: target.map(|built| built.author.clone()).unwrap_or_default(),
            packages: target.map(packages::of).unwrap_or_default(),
            diagnostics,
            ignored,
            missing_files: outcome.missing_files.clone(),
            error: outcome.error.clone(),
        }
    }
}

impl Diagnostic {
    fn of_error(error: &BuildError) -> Self {
        Self {
            code: serde_json::to_value(error.kind)
                .ok()
                .and_then(|kind| kind.as_str().map(str::to_owned))
                .unwrap_or_default(),
            severity: Severity::Error,
            message: error.message.clone(),
            line: error.line,
            column: None,
        }
    }
}

/// A layer's transfer size: files compress to between a twentieth and all of their size;
/// base images' published figures have 0.38 at the middle.
fn compressed(size: ByteCount) -> ByteCount {
    ByteCount {
        bytes: size.bytes / 100 * 38 + size.bytes % 100 * 38 / 100,
        low: size.low / 20,
        high: size.high,
        basis: size.basis.max(if size.high == 0 {
            Basis::Measured
        } else {
            Basis::Modelled
        }),
    }
}

fn layer_reports(steps: &[Arc<BuiltLayer>], detail: Detail) -> Vec<LayerReport> {
    steps
        .iter()
        .map(|step| LayerReport {
            instruction: step.instruction.clone(),
            created_by: step.created_by.clone(),
            line: step.line,
            size: step
                .layer
                .as_ref()
                .map(crate::image::Layer::size)
                .unwrap_or_default(),
            empty: step.layer.is_none(),
            cached: false,
            entries: match (&step.layer, detail) {
                (Some(layer), Detail::Files) => {
                    layer.entries().iter().map(EntryReport::new).collect()
                }
                _ => Vec::new(),
            },
            unlisted: step.layer.as_ref().and_then(|layer| layer.unlisted),
        })
        .collect()
}

impl EntryReport {
    fn new(entry: &Entry) -> Self {
        Self {
            path: entry.path.clone(),
            kind: entry.kind,
            mode: format!("0o{:o}", entry.meta.mode),
            uid: entry.meta.uid,
            gid: entry.meta.gid,
            size: (entry.kind == EntryKind::File).then_some(entry.size.bytes),
            link: entry.link.clone(),
        }
    }
}

fn stage_report(plan: &Plan, index: usize, outcome: &Outcome, detail: Detail) -> StageReport {
    let stage = &plan.stages[index];
    let built = outcome.stages[index].as_ref();
    let base_stage = match stage.base {
        Base::Stage(base) => Some(base),
        Base::Scratch | Base::Image(_) | Base::Named(_) => None,
    };
    let inherited = base_stage
        .and_then(|base| outcome.stages[base].as_ref())
        .map_or(0, |base| base.layers.len());
    let own = built
        .map(|built| built.layers.get(inherited..).unwrap_or_default())
        .unwrap_or_default();
    StageReport {
        index,
        name: stage.label(),
        base: stage.base_name.clone(),
        base_stage,
        size: built.map(BuiltStage::size).unwrap_or_default(),
        built: built.is_some(),
        line: stage.lines.first,
        copies: plan.copy_edges(index),
        layers: layer_reports(own, detail),
    }
}
