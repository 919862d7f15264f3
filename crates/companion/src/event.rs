//! What is said of a build while it goes on.

use serde::Serialize;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// It waits; so many are before it.
    Waiting {
        /// Builds before it.
        position: usize,
    },
    /// The engine has it.
    Started,
    /// A step has begun, or ended.
    Step {
        /// Its number, from 0, in the order in which steps were first heard of.
        step: usize,
        /// `[build 2/5] RUN make`
        name: String,
        /// How far it is.
        state: StepState,
        /// How long it took.
        #[serde(skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// Something that a step fetches or writes.
    Progress {
        /// The step's number.
        step: usize,
        /// What it is.
        id: String,
        /// Bytes so far.
        current: u64,
        /// Bytes in all; 0 where that is not known.
        total: u64,
    },
    /// Output.
    Log {
        /// The step's number, where the engine says whose it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<usize>,
        /// As it came.
        text: String,
    },
    /// There is more output than is kept.
    Truncated,
    /// It has ended.
    Finished {
        /// How.
        state: State,
        /// Why, where it did not succeed.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// It runs.
    Running,
    /// It is done.
    Done,
    /// The engine had its result.
    Cached,
    /// It failed.
    Failed,
}

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It waits for its turn.
    Waiting,
    /// The engine has it.
    Building,
    /// There is an image.
    Succeeded,
    /// A step failed, or the engine refused it.
    Failed,
    /// Somebody cancelled it, or nobody listened.
    Cancelled,
    /// It took too long.
    TimedOut,
}

impl State {
    /// Whether nothing more happens.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Building)
    }
}
