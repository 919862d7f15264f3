//! Which steps run again after a change: what is predicted, beside what a real engine does.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use layerlab_companion::Limits;
use layerlab_engine::cache::after_change;
use layerlab_engine::catalog::Catalog;
use layerlab_engine::context::{ContextFile, Data};
use layerlab_engine::{Detail, Project, run};
use serde_json::{Value, json};
use support::{Bench, tool, uploaded};

/// Dockerfiles, each with the file that changes.
const CASES: [(&str, &str); 16] = [
    (
        "COPY lock /\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]\nCOPY . /app/\nRUN [\"/tool\", \"write\", \"/b\", \"9\"]",
        "src/main",
    ),
    (
        "COPY . /app/\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]",
        "src/main",
    ),
    (
        "COPY lock /\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]\nCOPY . /app/",
        "lock",
    ),
    (
        "COPY src /src\nWORKDIR /w\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]",
        "notes",
    ),
    (
        "COPY *.txt /\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]",
        "a.txt",
    ),
    (
        "COPY *.txt /\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]",
        "lock",
    ),
    (
        "ARG WHAT=src\nCOPY $WHAT /x/\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]",
        "src/main",
    ),
    (
        "RUN --mount=type=bind,source=src,target=/m [\"/tool\", \"write\", \"/a\", \"9\"]\nCOPY notes /",
        "src/main",
    ),
    (
        "RUN --mount=type=bind,source=src,target=/m [\"/tool\", \"write\", \"/a\", \"9\"]\nCOPY notes /",
        "notes",
    ),
    (
        "RUN --mount=type=bind,target=/m [\"/tool\", \"write\", \"/a\", \"9\"]",
        "ignored",
    ),
    (
        "COPY src /src\nCOPY --link notes /n\nCOPY lock /",
        "src/main",
    ),
    (
        "FROM base AS b\nCOPY lock /\nRUN [\"/tool\", \"write\", \"/out\", \"9\"]\nCOPY src /src\nFROM base\nCOPY --from=b /out /\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]",
        "src/main",
    ),
    (
        "FROM base AS b\nCOPY src /src\nFROM base\nCOPY --from=b /src/main /\nCOPY notes /",
        "src/main",
    ),
    (
        "FROM base AS b\nCOPY . /all\nFROM base\nCOPY --from=b /all/notes /\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]",
        "src/main",
    ),
    (
        "FROM base AS b\nCOPY lock /\nFROM b AS c\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]\nFROM c\nCOPY src /src",
        "lock",
    ),
    (
        "ADD src /src\nCOPY --exclude=main src /x/\nRUN [\"/tool\", \"write\", \"/a\", \"9\"]",
        "notes",
    ),
];

fn files() -> BTreeMap<&'static str, Vec<u8>> {
    BTreeMap::from([
        ("tool", tool().to_vec()),
        ("lock", b"1".to_vec()),
        ("notes", b"n".to_vec()),
        ("a.txt", b"a".to_vec()),
        ("ignored", b"i".to_vec()),
        ("src/main", b"m".to_vec()),
        (".dockerignore", b"ignored\nDockerfile\n".to_vec()),
    ])
}

/// What is predicted: the instructions, and whether each runs again.
fn predicted(dockerfile: &str, file: &str) -> BTreeMap<String, bool> {
    let mut project = Project::from_dockerfile(dockerfile);
    for (path, bytes) in files() {
        project.files.push(ContextFile {
            path: path.to_owned(),
            data: Data::Bytes(bytes.into()),
            mode: (path == "tool").then_some(0o755),
        });
    }
    let catalog = Catalog::default();
    let own = run(&project, &catalog, Detail::Sizes);
    let steps = after_change(&project, &own, &catalog, file).expect("steps");
    let steps = steps.into_iter();
    steps.map(|step| (step.instruction, step.again)).collect()
}

/// Builds; the steps, and whether each ran.
async fn real(
    bench: &Bench,
    dockerfile: &str,
    files: &BTreeMap<&str, Vec<u8>>,
) -> BTreeMap<String, bool> {
    let mut upload: Vec<Value> = files
        .iter()
        .map(|(path, bytes)| uploaded(path, if *path == "tool" { 0o755 } else { 0o644 }, bytes))
        .collect();
    upload.push(json!({ "path": "Dockerfile", "text": dockerfile }));
    let (_, events) = bench.succeeds(&json!({ "files": upload })).await;
    let steps = events.iter().filter(|event| event["type"] == "step");
    steps
        .filter_map(|event| {
            let (_, name) = event["name"].as_str()?.split_once("] ")?;
            Some((name.to_owned(), event["state"] != "cached"))
        })
        .collect()
}

#[tokio::test]
async fn is_as_predicted() {
    let limits = Limits {
        images: 100,
        ..Limits::default()
    };
    let Some(bench) = Bench::start(limits).await else {
        return;
    };
    if !bench.engine_is(28).await {
        bench.stop().await;
        return;
    }
    let mut wrong = Vec::new();
    for (number, (lines, file)) in CASES.iter().enumerate() {
        // Each case and each run of the test has a cache of its own.
        let own = format!("{number} {}", std::process::id());
        let base = format!(
            "FROM scratch AS base\nCOPY tool /tool\nENV CASE=\"{own}\"\nWORKDIR /{number}\n"
        );
        let from = if lines.starts_with("FROM") {
            ""
        } else {
            "FROM base\n"
        };
        let dockerfile = format!("{base}{from}{lines}\n");
        let mut files = files();
        // What other runs have left is not this one's cache.
        files.insert("lock", own.clone().into_bytes());
        files.insert("notes", own.clone().into_bytes());
        files.insert("src/main", own.clone().into_bytes());
        files.insert("a.txt", own.into_bytes());
        real(&bench, &dockerfile, &files).await;
        files.entry(file).or_default().push(b'!');
        let ran = real(&bench, &dockerfile, &files).await;
        let predicted = predicted(&dockerfile, file);
        for (instruction, ran) in ran {
            let expected = predicted.get(&instruction);
            if expected.is_some_and(|expected| *expected != ran) {
                wrong.push(format!("{lines:?} {file}: {instruction}: runs {ran}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    bench.stop().await;
}
