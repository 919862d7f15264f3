//! `layerlab lesson`: checks and tests lessons.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use layerlab_engine::lesson::{Lesson, Outcome, Subject};
use layerlab_engine::{Detail, Project, run};

#[derive(clap::Args)]
pub struct Files {
    /// Lessons, as JSON or TOML; those of the page where none are named.
    files: Vec<PathBuf>,
}

impl Files {
    fn paths(&self) -> anyhow::Result<Vec<PathBuf>> {
        if !self.files.is_empty() {
            return Ok(self.files.clone());
        }
        let directory = Path::new("static/lessons");
        let mut out = Vec::new();
        let entries = std::fs::read_dir(directory)
            .with_context(|| format!("cannot read {}: name the lessons", directory.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "toml") {
                out.push(path);
            }
        }
        out.sort();
        Ok(out)
    }
}

/// Says what is wrong with the form of lessons.
pub fn check(files: &Files) -> anyhow::Result<ExitCode> {
    let mut wrong = 0;
    for path in files.paths()? {
        match read(&path) {
            Ok(lesson) => println!("{}: {} steps", path.display(), lesson.steps.len()),
            Err(problem) => {
                wrong += 1;
                println!("{}: {problem:#}", path.display());
            }
        }
    }
    Ok(ending(wrong))
}

/// Runs each step's start and solution through its checks.
pub fn test(files: &Files) -> anyhow::Result<ExitCode> {
    let (mut lessons, mut steps, mut checks, mut wrong) = (0, 0, 0, 0);
    for path in files.paths()? {
        let name = path.display();
        let lesson = match read(&path) {
            Ok(lesson) => lesson,
            Err(problem) => {
                wrong += 1;
                println!("{name}: {problem:#}");
                continue;
            }
        };
        lessons += 1;
        for (number, step) in lesson.steps.iter().enumerate() {
            steps += 1;
            if step.checks.is_empty() {
                continue;
            }
            checks += step.checks.len();
            let at = format!("{name}: step {}, {:?}", number + 1, step.title);
            let start = examine(&lesson, number, &lesson.start(number))?;
            if start.iter().all(|outcome| outcome.passed) {
                wrong += 1;
                println!("{at}: what it begins with passes already");
            }
            for outcome in examine(&lesson, number, &lesson.solution(number))? {
                if !outcome.passed {
                    wrong += 1;
                    println!(
                        "{at}: the solution does not pass: {} ({})",
                        outcome.message, outcome.found
                    );
                }
            }
        }
    }
    println!("{lessons} lessons, {steps} steps, {checks} checks, {wrong} wrong");
    Ok(ending(wrong))
}

fn read(path: &Path) -> anyhow::Result<Lesson> {
    let text = std::fs::read_to_string(path).context("cannot be read")?;
    Lesson::parse(&text).map_err(anyhow::Error::msg)
}

fn examine(lesson: &Lesson, number: usize, project: &Project) -> anyhow::Result<Vec<Outcome>> {
    let mut catalog = crate::catalog::built_in()?;
    loop {
        let own = run(project, &catalog, Detail::Sizes);
        let start = run(&lesson.start(number), &catalog, Detail::Sizes).report;
        let missing = [
            own.report.missing_files.as_slice(),
            start.missing_files.as_slice(),
        ];
        if !crate::catalog::add(&mut catalog, &missing.concat())? {
            let subject = Subject {
                project,
                own: &own,
                start: Some(&start),
                catalog: &catalog,
            };
            return Ok(lesson.examine(number, &subject));
        }
    }
}

fn ending(wrong: usize) -> ExitCode {
    if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
