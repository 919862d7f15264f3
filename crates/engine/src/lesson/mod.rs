//! Lessons: steps with text, files, questions, and checks that say whether a step is done.
//!
//! A lesson is JSON or TOML; docs/lessons.md describes it.

mod check;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Project;
use crate::context::{ContextFile, check_path};

pub use check::{Condition, Outcome, Subject};

/// The version of the format.
pub const FORMAT: u32 = 1;

/// Most steps of a lesson.
const MAX_STEPS: usize = 100;

/// Most bytes of a lesson.
const MAX_LESSON: usize = 2 << 20;

/// A lesson.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// [`FORMAT`].
    pub layerlab: u32,
    /// Its title.
    pub title: String,
    /// What it is about, in a sentence.
    #[serde(default)]
    pub summary: String,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A step of a lesson.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its title.
    pub title: String,
    /// What is to be read, as Markdown.
    pub text: String,
    /// The files that it begins with; those of the step before where there are none.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The stage that is built.
    #[serde(default)]
    pub target: Option<String>,
    /// Questions to the reader.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// Help, one after the other.
    #[serde(default)]
    pub hints: Vec<String>,
    /// Files that pass the checks; they replace those of the same path.
    #[serde(default)]
    pub solution: BTreeMap<String, String>,
    /// What has to hold for the step to be done.
    #[serde(default)]
    pub checks: Vec<Check>,
}

/// A question; its answer is a choice, a number, or words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub ask: String,
    /// What can be chosen.
    #[serde(default)]
    pub choices: Vec<String>,
    /// The right choice, from 0.
    #[serde(default)]
    pub choice: Option<usize>,
    /// The right number.
    #[serde(default)]
    pub number: Option<f64>,
    /// How far an answer may be off it, in per cent.
    #[serde(default)]
    pub within: f64,
    /// Right answers in words; case does not matter, `*` stands for anything.
    #[serde(default)]
    pub words: Vec<String>,
    /// What is said after the answer.
    #[serde(default)]
    pub why: String,
}

/// Something that has to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What.
    pub that: Condition,
    /// What is said where it does not hold: it teaches.
    pub message: String,
}

impl Lesson {
    /// Reads a lesson: JSON where it begins with a brace, else TOML.
    ///
    /// # Errors
    /// What is wrong, and in which line or step.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LESSON {
            return Err("the lesson has more than 2 MiB".to_owned());
        }
        let lesson: Self = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| error.to_string())?
        } else {
            toml::from_str(text).map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
                format!("{} at line {line}", error.message())
            })?
        };
        lesson.check()?;
        Ok(lesson)
    }

    /// What no form can say.
    fn check(&self) -> Result<(), String> {
        if self.layerlab != FORMAT {
            return Err(format!(
                "the lesson has format {}, this engine reads {FORMAT}",
                self.layerlab
            ));
        }
        if self.steps.is_empty() || self.steps.len() > MAX_STEPS {
            return Err(format!("a lesson has 1 to {MAX_STEPS} steps"));
        }
        for (number, step) in self.steps.iter().enumerate() {
            let at = |problem: String| format!("step {}, {:?}: {problem}", number + 1, step.title);
            for path in step.files.keys().chain(step.solution.keys()) {
                check_path(path).map_err(at)?;
            }
            if number == 0 && step.files.is_empty() {
                return Err(at("the first step has to bring files".to_owned()));
            }
            if step.checks.is_empty() != step.solution.is_empty() {
                return Err(at("checks and a solution go together".to_owned()));
            }
            for question in &step.questions {
                question.check().map_err(at)?;
            }
            for check in &step.checks {
                check.that.validate().map_err(at)?;
            }
        }
        Ok(())
    }

    /// The project that a step begins with.
    pub fn start(&self, number: usize) -> Project {
        let mut files = BTreeMap::new();
        let mut target = None;
        for (place, step) in self.steps.iter().enumerate().take(number + 1) {
            if !step.files.is_empty() {
                files.clone_from(&step.files);
                target.clone_from(&step.target);
            }
            if place < number {
                files.extend(step.solution.clone());
            }
        }
        project(files, target)
    }

    /// The project that passes a step.
    pub fn solution(&self, number: usize) -> Project {
        let mut project = self.start(number);
        let solution = self.steps.get(number).map(|step| step.solution.clone());
        for (path, text) in solution.unwrap_or_default() {
            project.files.retain(|file| file.path != path);
            project.files.push(ContextFile::text(&path, &text));
        }
        project
    }

    fn checks(&self, number: usize) -> impl Iterator<Item = &Check> {
        let step = self.steps.get(number);
        step.into_iter().flat_map(|step| &step.checks)
    }

    /// Whether a step's checks look at what the step begins with.
    pub fn compares(&self, number: usize) -> bool {
        self.checks(number).any(|check| check.that.compares())
    }

    /// What comes of a step's checks for a simulated project.
    pub fn examine(&self, number: usize, subject: &Subject<'_>) -> Vec<Outcome> {
        self.checks(number)
            .map(|check| {
                let (passed, found) = check.that.holds(subject);
                Outcome {
                    passed,
                    message: check.message.clone(),
                    found,
                }
            })
            .collect()
    }
}

impl Question {
    fn check(&self) -> Result<(), String> {
        let kinds = [
            self.choice.is_some(),
            self.number.is_some(),
            !self.words.is_empty(),
        ];
        if kinds.iter().filter(|kind| **kind).count() != 1 {
            return Err(format!(
                "the question {:?} wants one of choice, number and words",
                self.ask
            ));
        }
        if self
            .choice
            .is_some_and(|choice| choice >= self.choices.len())
        {
            return Err(format!("the question {:?} has no such choice", self.ask));
        }
        Ok(())
    }
}

fn project(files: BTreeMap<String, String>, target: Option<String>) -> Project {
    Project {
        files: files
            .iter()
            .map(|(path, text)| ContextFile::text(path, text))
            .collect(),
        dockerfile: "Dockerfile".to_owned(),
        target,
        ..Project::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Lesson, Outcome, Subject};
    use crate::catalog::Catalog;
    use crate::{Detail, Project, run};

    const LESSON: &str = r#"
layerlab = 1
title = "Copy less"

[[steps]]
title = "One file"
text = "Copy only what is needed."
hints = ["Name the file."]
[steps.files]
Dockerfile = "FROM scratch\nCOPY . /\n"
"a.txt" = "aaaa"
"b.txt" = "bb"
[steps.solution]
Dockerfile = "FROM scratch\nCOPY a.txt /\n"
[[steps.checks]]
that.size = { under = "5B" }
message = "It is too large."
[[steps.checks]]
that.all = [{ file = { path = "/a.txt" } }, { not = { file = { path = "/b.txt" } } }]
message = "Only a.txt belongs in it."
[[steps.checks]]
that.not = { not = { size = { smaller-by = 20 } } }
message = "It should shrink."
[[steps.questions]]
ask = "How many bytes?"
number = 4
"#;

    #[test]
    fn reads_and_examines() {
        let lesson = Lesson::parse(LESSON).expect("a lesson");
        let catalog = Catalog::default();
        let start = run(&lesson.start(0), &catalog, Detail::Sizes).report;
        let examine = |project: &Project| -> Vec<Outcome> {
            let own = run(project, &catalog, Detail::Sizes);
            let subject = Subject {
                project,
                own: &own,
                start: Some(&start),
                catalog: &catalog,
            };
            lesson.examine(0, &subject)
        };
        let passed = |outcomes: &[Outcome]| -> Vec<bool> {
            outcomes.iter().map(|outcome| outcome.passed).collect()
        };
        let begun = examine(&lesson.start(0));
        assert_eq!(passed(&begun), [false, false, false]);
        assert!(begun[0].found.contains("under"), "{:?}", begun[0]);
        assert_eq!(passed(&examine(&lesson.solution(0))), [true, true, true]);
        assert!(lesson.compares(0));
        let json = serde_json::to_string(&lesson).expect("JSON");
        assert_eq!(Lesson::parse(&json), Ok(lesson));
    }

    #[test]
    fn says_what_is_wrong() {
        let broken = LESSON.replace("hints", "hintz");
        let problem = Lesson::parse(&broken).expect_err("a mistake");
        assert!(
            problem.contains("hintz") && problem.contains("line 8"),
            "{problem}"
        );
        let broken = LESSON.replace("\"5B\"", "\"small\"");
        let problem = Lesson::parse(&broken).expect_err("a mistake");
        assert!(
            problem.contains("step 1") && problem.contains("small"),
            "{problem}"
        );
        let broken = LESSON.replace("number = 4", "choice = 1");
        assert!(Lesson::parse(&broken).is_err());
        assert!(
            Lesson::parse("{")
                .expect_err("a mistake")
                .contains("line 1")
        );
        let broken = LESSON.replace("\"b.txt\"", "\"../b.txt\"");
        assert!(
            Lesson::parse(&broken)
                .expect_err("a mistake")
                .contains("../b.txt")
        );
    }
}
