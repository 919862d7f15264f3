//! Questions that scripts around the page ask: comparisons with real builds, and lessons.

use gloo_worker::WorkerScope;
use layerlab_engine::comparison::{Truth, compare};
use layerlab_engine::lesson::{Lesson, Subject};
use layerlab_engine::report::Report;
use layerlab_engine::{Detail, run};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Engine;

/// A question.
#[derive(Debug, Deserialize)]
#[serde(tag = "ask", rename_all = "lowercase")]
enum Question {
    /// Set the project's estimate beside what a real engine made.
    Compare { truth: Box<Truth> },
    /// Read a lesson.
    Lesson { text: String },
    /// Say what comes of a step's checks for the project.
    Examine { step: usize },
    /// The project that a step begins with, or one that passes it.
    Step { step: usize, solved: bool },
}

/// What a step of the lesson begins with, simulated.
#[derive(Debug)]
pub(crate) struct Begun {
    step: usize,
    report: Report,
}

impl Engine {
    /// Answers a question, both as JSON.
    pub(crate) fn answer(&mut self, scope: &WorkerScope<Self>, question: &str) -> String {
        let answer = serde_json::from_str(question)
            .map_err(|error| error.to_string())
            .and_then(|question| self.consider(scope, question));
        match answer {
            Ok(value) => value.to_string(),
            Err(problem) => json!({ "problem": problem }).to_string(),
        }
    }

    fn consider(&mut self, scope: &WorkerScope<Self>, question: Question) -> Result<Value, String> {
        const NONE: &str = "there is no lesson";
        let simulator = self
            .simulator
            .as_ref()
            .ok_or("the catalog has not come yet")?;
        let catalog = simulator.catalog();
        Ok(match question {
            Question::Compare { truth } => {
                let report = run(&self.project, catalog, Detail::Files).report;
                json!({ "comparison": compare(&report, &truth) })
            }
            Question::Lesson { text } => {
                let lesson = Lesson::parse(&text)?;
                let answer = json!({ "lesson": lesson });
                self.lesson = Some(lesson);
                self.begun = None;
                answer
            }
            Question::Examine { step } => {
                let lesson = self.lesson.as_ref().ok_or(NONE)?;
                let own = self.simulation.as_ref().ok_or("nothing is simulated yet")?;
                let begun = self.begun.take().filter(|begun| begun.step == step);
                self.begun = match begun {
                    None if lesson.compares(step) => Some(Begun {
                        step,
                        report: run(&lesson.start(step), catalog, Detail::Sizes).report,
                    }),
                    known => known,
                };
                let start = self.begun.as_ref().map(|begun| &begun.report);
                let subject = Subject {
                    project: &self.project,
                    own,
                    start,
                    catalog,
                };
                let outcomes = lesson.examine(step, &subject);
                let missing = start.map(|start| start.missing_files.clone());
                self.fetch_files(scope, &missing.unwrap_or_default());
                json!({ "outcomes": outcomes })
            }
            Question::Step { step, solved } => {
                let lesson = self.lesson.as_ref().ok_or(NONE)?;
                let project = if solved {
                    lesson.solution(step)
                } else {
                    lesson.start(step)
                };
                json!({ "project": project })
            }
        })
    }
}
