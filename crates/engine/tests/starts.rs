//! What containers say when they are started, held against what was recorded on a real engine
//! (`tests/record-starts.py`).

mod support;

use std::collections::BTreeMap;

use layerlab_engine::context::ContextFile;
use layerlab_engine::start::{Start, predict};
use layerlab_engine::{Detail, Project, run};
use serde::Deserialize;
use support::catalog;

#[derive(Deserialize)]
struct Case {
    name: String,
    dockerfile: String,
    files: BTreeMap<String, String>,
    /// How it ended; none where it went on.
    code: Option<i32>,
    said: Vec<String>,
    /// Why the failure is not foretold, where it is not.
    unpredicted: Option<String>,
}

#[test]
fn say_what_was_recorded() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("starts/cases.json")).expect("the cases");
    let catalog = catalog();
    let mut wrong = Vec::new();
    for case in &cases {
        let mut project = Project::from_dockerfile(&case.dockerfile);
        for (path, text) in &case.files {
            project.files.push(ContextFile::text(path, text));
        }
        let simulation = run(&project, &catalog, Detail::Sizes);
        let predicted = predict(simulation.target().expect("an image"), None);
        let ended_well = matches!(case.code, None | Some(0));
        let agrees = match &predicted {
            Start::Runs { .. } => ended_well || case.unpredicted.is_some(),
            Start::Fails { message } => {
                !ended_well && case.said.iter().any(|line| line.contains(message.as_str()))
            }
            Start::Unknown { .. } => false,
        };
        if !agrees {
            wrong.push(format!(
                "{}: predicted {predicted:?}, {:?} {:#?}",
                case.name, case.code, case.said
            ));
        }
    }
    assert!(cases.len() > 30, "{} cases", cases.len());
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
