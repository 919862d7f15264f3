//! What stops a build, as the real engine says it.

use serde::{Deserialize, Serialize};

use crate::dockerfile::Lines;

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The Dockerfile is not well-formed.
    Parse,
    /// A variable or argument cannot be expanded.
    Expansion,
    /// A base image's name is not one.
    BaseImage,
    /// The target stage does not exist.
    Target,
    /// A stage that is referred to does not exist, comes later, or depends on itself.
    Stage,
    /// COPY or ADD does not find a source.
    CopySource,
    /// COPY, ADD or WORKDIR cannot write where it should.
    CopyDestination,
    /// An archive cannot be unpacked.
    Archive,
    /// An instruction's value is not valid.
    Value,
    /// A command fails.
    Run,
    /// .dockerignore is not valid.
    Ignore,
    /// The build context is not acceptable.
    Context,
    /// A platform's name is not one.
    Platform,
    /// A limit of the simulation was reached; a real build has no such limit.
    Limit,
}

/// Why a build stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildError {
    /// The engine's message.
    pub message: String,
    /// First line at fault, counted from 1.
    pub line: Option<u32>,
    /// The stage's name, or `stage-N`.
    pub stage: Option<String>,
    /// What kind of error it is.
    pub kind: ErrorKind,
}

impl BuildError {
    /// An error without a place.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            line: None,
            stage: None,
            kind,
        }
    }

    /// The same at some lines.
    pub fn at(mut self, lines: Lines) -> Self {
        self.line = self.line.or((lines.first > 0).then_some(lines.first));
        self
    }

    /// The same in a stage.
    pub fn in_stage(mut self, stage: &str) -> Self {
        self.stage.get_or_insert_with(|| stage.to_owned());
        self
    }
}
