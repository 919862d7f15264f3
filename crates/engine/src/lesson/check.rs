//! What lessons check: over the report, the image and the project.

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::context::glob::Glob;
use crate::image::path;
use crate::report::Report;
use crate::start::{self, Start};
use crate::{Project, Simulation, cache, dockerfile};

/// What comes of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it holds.
    pub passed: bool,
    /// What the author says where it does not.
    pub message: String,
    /// What is, and what was wanted.
    pub found: String,
}

/// What a check is made of.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    /// The project.
    pub project: &'s Project,
    /// Its simulation.
    pub own: &'s Simulation,
    /// The report of what the step begins with, where the checks look at it.
    pub start: Option<&'s Report>,
    /// What the project was simulated with.
    pub catalog: &'s Catalog,
}

/// Something that can hold or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    /// The image's size, or a stage's.
    Size(Size),
    /// How many stages there are.
    Stages(Count),
    /// How many layers with files the image has on top of its base.
    Layers(Count),
    /// An instruction is there.
    Instruction {
        /// `COPY`
        keyword: String,
        /// Text that is in it.
        #[serde(default)]
        contains: String,
    },
    /// A stage has this name.
    Stage {
        /// Its name.
        named: String,
    },
    /// What the target is built on: `alpine:*`.
    Base {
        /// A pattern.
        matches: String,
    },
    /// A file is in the image.
    File {
        /// Its path.
        path: String,
    },
    /// A package is in the image.
    Package {
        /// Its name.
        name: String,
    },
    /// A program is found on the image's PATH.
    Program {
        /// Its name.
        name: String,
    },
    /// The build succeeds.
    Builds,
    /// The build fails.
    Fails {
        /// `parse`, `copy-source`, `run`, …
        #[serde(default)]
        kind: Option<String>,
        /// At this line.
        #[serde(default)]
        line: Option<u32>,
        /// With this in its message.
        #[serde(default)]
        message: String,
    },
    /// A field of the config has a value: `User`, `Env`, `Cmd`, `ExposedPorts`, …
    Config {
        /// The field.
        field: String,
        /// Text that is in its value as JSON.
        contains: String,
    },
    /// There is such a finding.
    Finding {
        /// Its code.
        code: String,
    },
    /// .dockerignore keeps a file out.
    Ignored {
        /// Its path.
        path: String,
    },
    /// An instruction's result is still in the build cache after a file has changed.
    Cached {
        /// Text that is in the instruction: `pip install`.
        contains: String,
        /// The file of the context.
        after: String,
    },
    /// The image's command is there and can be run.
    Starts,
    /// It is not, and the engine says this.
    StartFails {
        /// Text of the message.
        #[serde(default)]
        message: String,
    },
    /// All of these.
    All(Vec<Condition>),
    /// One of these at least.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
}

/// Bounds of a size.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Size {
    /// `50MB`
    pub under: Option<String>,
    /// `1kB`
    pub over: Option<String>,
    /// The stage; the image where none is named.
    pub of: Option<String>,
    /// Parts of a hundred by which it is smaller than what the step began with.
    pub smaller_by: Option<f64>,
}

/// Bounds of a number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Count {
    /// No fewer than these.
    pub at_least: Option<usize>,
    /// No more.
    pub at_most: Option<usize>,
}

/// Bytes as people read them.
fn bytes(count: u64) -> String {
    let units = ["B", "kB", "MB", "GB"];
    let mut value = count as f64;
    let mut place = 0;
    while value >= 1000.0 && place < 3 {
        value /= 1000.0;
        place += 1;
    }
    if place == 0 {
        format!("{count} B")
    } else {
        format!("{value:.1} {}", units[place])
    }
}

impl Condition {
    /// What is wrong with it, where its form cannot say so.
    ///
    /// # Errors
    /// What.
    pub fn validate(&self) -> Result<(), String> {
        match self {
            Self::Size(size) => {
                for text in [&size.under, &size.over].into_iter().flatten() {
                    if crate::build::parse_size(text).is_none() {
                        return Err(format!("{text:?} is no size: write 50MB, 1.5GB or 300kB"));
                    }
                }
                if size.under.is_none() && size.over.is_none() && size.smaller_by.is_none() {
                    return Err("size wants under, over or smaller-by".to_owned());
                }
                Ok(())
            }
            Self::Stages(count) | Self::Layers(count) => {
                if *count == Count::default() {
                    return Err("a number wants at-least or at-most".to_owned());
                }
                Ok(())
            }
            Self::Base { matches } => Glob::new(matches)
                .map(|_| ())
                .map_err(|_| format!("{matches:?} is no pattern")),
            Self::All(list) | Self::Any(list) => list.iter().try_for_each(Self::validate),
            Self::Not(condition) => condition.validate(),
            _ => Ok(()),
        }
    }

    /// Whether it looks at what the step began with.
    pub fn compares(&self) -> bool {
        match self {
            Self::Size(size) => size.smaller_by.is_some(),
            Self::All(list) | Self::Any(list) => list.iter().any(Self::compares),
            Self::Not(condition) => condition.compares(),
            _ => false,
        }
    }

    /// Whether it holds, and what there is.
    pub fn holds(&self, subject: &Subject<'_>) -> (bool, String) {
        let Subject {
            project,
            own,
            start,
            ..
        } = *subject;
        let report = &own.report;
        match self {
            Self::Size(size) => size.holds(report, start),
            Self::Stages(count) => count.holds(report.stages.len(), "stages"),
            Self::Layers(count) => {
                let layers = report.layers.iter().filter(|layer| !layer.empty);
                count.holds(layers.count(), "layers")
            }
            Self::Instruction { keyword, contains } => {
                let found = has_instruction(project, keyword, contains);
                let wanted = format!("{keyword} {contains}").trim().to_owned();
                (
                    found,
                    presence(found, &format!("an instruction with {wanted:?}")),
                )
            }
            Self::Stage { named } => {
                let found = report.stages.iter().any(|stage| stage.name == *named);
                (found, presence(found, &format!("a stage named {named:?}")))
            }
            Self::Base { matches } => {
                let base = report
                    .base
                    .as_ref()
                    .map_or("scratch", |base| &base.reference);
                let found = Glob::new(matches).is_ok_and(|glob| glob.matches(base));
                (found, format!("it is built on {base}; wanted is {matches}"))
            }
            Self::File { path } => {
                let found = has_file(own, path);
                (found, presence(found, path))
            }
            Self::Package { name } => {
                let found = report.packages.iter().any(|package| package.name == *name);
                (found, presence(found, &format!("the package {name}")))
            }
            Self::Program { name } => {
                let found = own
                    .target()
                    .is_some_and(|stage| start::has_program(stage, name));
                (found, presence(found, &format!("the program {name}")))
            }
            Self::Builds => (report.success, outcome(report)),
            Self::Fails {
                kind,
                line,
                message,
            } => {
                let found = report.error.as_ref().is_some_and(|error| {
                    let own = serde_json::to_value(error.kind).ok();
                    let own = own.as_ref().and_then(|kind| kind.as_str());
                    kind.as_deref().is_none_or(|kind| own == Some(kind))
                        && line.is_none_or(|line| error.line == Some(line))
                        && error.message.contains(message.as_str())
                });
                (found, outcome(report))
            }
            Self::Config { field, contains } => {
                let config = serde_json::to_value(&report.config).unwrap_or_default();
                let value = config
                    .get(field)
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let found = report.success && value.contains(contains.as_str());
                let shown = if value.is_empty() { "not set" } else { &value };
                (found, format!("{field} is {shown}; wanted is {contains}"))
            }
            Self::Finding { code } => {
                let found = report
                    .diagnostics
                    .iter()
                    .any(|finding| finding.code == *code);
                (found, presence(found, &format!("the finding {code}")))
            }
            Self::Ignored { path } => {
                let found = report.ignored.iter().any(|ignored| ignored == path);
                let where_to = if found { "is kept out" } else { "is sent" };
                (found, format!("{path} {where_to}"))
            }
            Self::Cached { contains, after } => cached(subject, contains, after),
            Self::Starts => match predicted(own) {
                Start::Runs { program } => (true, format!("{program} runs")),
                Start::Fails { message } => (false, message),
                Start::Unknown { why } => (false, why),
            },
            Self::StartFails { message } => match predicted(own) {
                Start::Runs { program } => (false, format!("{program} runs")),
                Start::Fails { message: said } => (said.contains(message.as_str()), said),
                Start::Unknown { why } => (false, why),
            },
            Self::All(list) => {
                let failing = list
                    .iter()
                    .map(|condition| condition.holds(subject))
                    .find(|(passed, _)| !passed);
                failing.unwrap_or((true, "all of it".to_owned()))
            }
            Self::Any(list) => {
                let mut said = Vec::new();
                for condition in list {
                    let (passed, found) = condition.holds(subject);
                    if passed {
                        return (true, found);
                    }
                    said.push(found);
                }
                (false, said.join("; "))
            }
            Self::Not(condition) => {
                let (passed, found) = condition.holds(subject);
                (!passed, found)
            }
        }
    }
}

/// Whether the instructions with a text keep their results after a file has changed.
fn cached(subject: &Subject<'_>, contains: &str, after: &str) -> (bool, String) {
    let steps = match cache::after_change(subject.project, subject.own, subject.catalog, after) {
        Ok(steps) => steps,
        Err(error) => return (false, error.message),
    };
    let own = steps
        .iter()
        .filter(|step| step.instruction.contains(contains));
    let again = own.clone().find(|step| step.again);
    match (again, own.count()) {
        (_, 0) => (
            false,
            presence(false, &format!("an instruction with {contains:?}")),
        ),
        (Some(step), _) => (
            false,
            format!("after a change of {after}, line {} runs again", step.line),
        ),
        (None, _) => (
            true,
            format!("after a change of {after}, it comes from the cache"),
        ),
    }
}

fn presence(found: bool, what: &str) -> String {
    let verb = if found { "is there" } else { "is not there" };
    format!("{what} {verb}")
}

fn outcome(report: &Report) -> String {
    match &report.error {
        None => "the build succeeds".to_owned(),
        Some(error) => {
            let line = error
                .line
                .map(|line| format!(" at line {line}"))
                .unwrap_or_default();
            format!("the build fails{line}: {}", error.message)
        }
    }
}

fn predicted(own: &Simulation) -> Start {
    match own.target() {
        Some(stage) if own.report.success => start::predict(stage, None),
        _ => Start::Unknown {
            why: "there is no image to start".to_owned(),
        },
    }
}

fn has_file(own: &Simulation, path: &str) -> bool {
    let Some(stage) = own.target().filter(|_| own.report.success) else {
        return false;
    };
    let at = path::clean(path);
    let real = stage.tree.resolve(&at);
    real.is_ok_and(|real| stage.tree.get(&real).is_some())
}

fn has_instruction(project: &Project, keyword: &str, contains: &str) -> bool {
    let Some(source) = project.dockerfile_source() else {
        return false;
    };
    let parsed = dockerfile::parse(&source);
    parsed.instructions.iter().any(|instruction| {
        instruction.keyword.value.eq_ignore_ascii_case(keyword)
            && instruction.original.contains(contains)
    })
}

impl Size {
    fn holds(&self, report: &Report, start: Option<&Report>) -> (bool, String) {
        let size = |report: &Report| match &self.of {
            None => Some(report.size.bytes),
            Some(name) => report
                .stages
                .iter()
                .find(|stage| stage.name == *name)
                .map(|stage| stage.size.bytes),
        };
        let Some(own) = size(report).filter(|_| report.success) else {
            return (false, outcome(report));
        };
        let limit = |text: &Option<String>| text.as_deref().and_then(crate::build::parse_size);
        let mut wanted = Vec::new();
        let mut passed = true;
        if let Some(limit) = limit(&self.under) {
            passed &= own < limit;
            wanted.push(format!("under {}", bytes(limit)));
        }
        if let Some(limit) = limit(&self.over) {
            passed &= own > limit;
            wanted.push(format!("over {}", bytes(limit)));
        }
        if let Some(percent) = self.smaller_by {
            let limit = start.and_then(size).unwrap_or(0) as f64 * (1.0 - percent / 100.0);
            passed &= own as f64 <= limit;
            wanted.push(format!("at most {}", bytes(limit as u64)));
        }
        (
            passed,
            format!("{}; wanted is {}", bytes(own), wanted.join(" and ")),
        )
    }
}

impl Count {
    fn holds(&self, count: usize, what: &str) -> (bool, String) {
        let passed = self.at_least.is_none_or(|least| count >= least)
            && self.at_most.is_none_or(|most| count <= most);
        let mut wanted = Vec::new();
        wanted.extend(self.at_least.map(|least| format!("at least {least}")));
        wanted.extend(self.at_most.map(|most| format!("at most {most}")));
        (
            passed,
            format!("{count} {what}; wanted are {}", wanted.join(" and ")),
        )
    }
}
