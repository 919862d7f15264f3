//! Projects to begin with.

use layerlab_engine::Project;
use layerlab_engine::context::ContextFile;
use serde::Deserialize;

/// The examples' file: groups of projects in our own words.
const EXAMPLES: &str = include_str!("../static/examples.json");

#[derive(Deserialize)]
struct Group {
    name: String,
    examples: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    id: String,
    title: String,
    dockerfile: String,
    files: Vec<ExampleFile>,
}

#[derive(Deserialize)]
struct ExampleFile {
    path: String,
    lines: Vec<String>,
}

fn read() -> Vec<Group> {
    // A test holds that the file can be read.
    serde_json::from_str(EXAMPLES).unwrap_or_default()
}

/// Names of groups, each with the ids and titles of its examples.
pub fn groups() -> Vec<(String, Vec<(String, String)>)> {
    read()
        .into_iter()
        .map(|group| {
            let entries = group
                .examples
                .into_iter()
                .map(|example| (example.id, example.title));
            (group.name, entries.collect())
        })
        .collect()
}

/// An example.
pub fn by_id(id: &str) -> Option<Project> {
    let mut all = read().into_iter().flat_map(|group| group.examples);
    all.find(|example| example.id == id).map(project)
}

/// The project of a first visit.
pub fn first() -> Project {
    let mut all = read().into_iter().flat_map(|group| group.examples);
    all.next()
        .map(project)
        .unwrap_or_else(|| Project::from_dockerfile("FROM debian:bookworm-slim\n"))
}

fn project(example: Example) -> Project {
    let files = example.files.iter().map(|file| {
        let text: String = file.lines.iter().map(|line| format!("{line}\n")).collect();
        ContextFile::text(&file.path, &text)
    });
    Project {
        files: files.collect(),
        dockerfile: example.dockerfile,
        ..Project::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_can_be_opened() {
        let groups: Vec<Group> = serde_json::from_str(EXAMPLES).unwrap();
        let ids: Vec<String> = groups
            .iter()
            .flat_map(|group| &group.examples)
            .map(|example| example.id.clone())
            .collect();
        assert!(ids.len() >= 10);
        for id in ids {
            let project = by_id(&id).unwrap();
            assert!(
                project.dockerfile_source().is_some(),
                "{id} has no Dockerfile"
            );
        }
    }
}
