//! The engine's recorded builds once more, through the companion: what it tells is what was
//! recorded.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use futures_util::StreamExt as _;
use layerlab_companion::Limits;
use serde_json::{Value, json};
use support::{Bench, last, root, uploaded};

/// The first engine whose own frontend has what the cases use.
const ENGINE: u64 = 28;

/// Files of a context: path, permissions, content.
type Files = Vec<(String, u32, Vec<u8>)>;

/// The files of a context; none where it has what an upload as JSON cannot say.
fn files(directory: &Path, at: &str, out: &mut Files) -> Option<()> {
    for entry in fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        let path = format!("{at}{}", entry.file_name().to_str()?);
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            files(&entry.path(), &format!("{path}/"), out)?;
        } else if kind.is_file() {
            let mode = entry.metadata().expect("metadata").permissions().mode();
            let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
            out.push((path, mode, fs::read(entry.path()).expect("a file")));
        } else {
            return None;
        }
    }
    Some(())
}

/// Whether a Dockerfile needs no image.
fn is_from_scratch(text: &str) -> bool {
    let mut stages = BTreeSet::from(["scratch".to_owned()]);
    text.lines()
        .filter_map(|line| {
            line.trim()
                .to_lowercase()
                .strip_prefix("from ")
                .map(str::to_owned)
        })
        .all(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let known = words.first().is_some_and(|name| stages.contains(*name));
            stages.extend(words.get(2).map(|name| (*name).to_owned()));
            known
        })
        && !text.contains("# syntax")
}

/// A case as an upload, with what was recorded; none where it needs more than the engine has.
fn case(directory: &Path) -> Option<(Value, Value)> {
    let stated = fs::read_to_string(directory.join("case.json")).unwrap_or_else(|_| "{}".into());
    let stated: Value = serde_json::from_str(&stated).expect("JSON");
    let known = ["args", "target"];
    if stated
        .as_object()?
        .keys()
        .any(|key| !known.contains(&key.as_str()))
    {
        return None;
    }
    let mut found = Vec::new();
    files(&directory.join("context"), "", &mut found)?;
    let dockerfile = found.iter().find(|(path, ..)| path == "Dockerfile")?;
    if !is_from_scratch(std::str::from_utf8(&dockerfile.2).ok()?) {
        return None;
    }
    let files: Vec<Value> = found
        .iter()
        .map(|(path, mode, bytes)| uploaded(path, *mode, bytes))
        .collect();
    let spec =
        json!({ "args": stated.get("args").unwrap_or(&json!({})), "target": stated.get("target") });
    let expected = fs::read_to_string(directory.join("expected.json")).ok()?;
    Some((
        json!({ "spec": spec, "files": files }),
        serde_json::from_str(&expected).expect("JSON"),
    ))
}

/// Builds a case; what differs from the record.
async fn differs(bench: &Bench, upload: &Value, expected: &Value) -> Option<String> {
    let (status, summary) = bench.post("builds", upload).await;
    if status != 201 {
        return Some(summary.to_string());
    }
    let id = summary["id"].as_str().expect("a name");
    let events = bench.events(id).await;
    let end = last(&events);
    if (end["state"] == "succeeded") != (expected["ok"] == true) {
        return Some(end.to_string());
    }
    if expected["ok"] != true {
        return None;
    }
    let image = bench.get(&format!("builds/{id}/image")).await;
    let simple = |layers: &Value| -> Vec<Value> {
        let layers = layers.as_array().cloned().unwrap_or_default();
        let layers = layers.into_iter().map(|layer| {
            json!([
                layer["created_by"],
                layer["empty"],
                layer.get("entries").unwrap_or(&json!([]))
            ])
        });
        layers.collect()
    };
    let (found, wanted) = (simple(&image["layers"]), simple(&expected["layers"]));
    let config = image["config"] == expected["config"];
    (found != wanted || !config).then(|| format!("{found:?}\n{wanted:?}\n{}", image["config"]))
}

#[tokio::test]
async fn tells_what_was_recorded() {
    let limits = Limits {
        builds: 4,
        waiting: 1000,
        images: 1000,
        ..Limits::default()
    };
    let Some(bench) = Bench::start(limits).await else {
        return;
    };
    if !bench.engine_is(ENGINE).await {
        bench.stop().await;
        return;
    }
    let mut directories: Vec<_> = fs::read_dir(root().join("crates/engine/tests/recorded"))
        .expect("the cases")
        .map(|entry| entry.expect("a case").path())
        .collect();
    directories.sort();
    let cases = directories.iter().filter_map(|at| Some((at, case(at)?)));
    let outcomes: Vec<_> = futures_util::stream::iter(cases)
        .map(|(at, (upload, expected))| {
            let bench = &bench;
            async move { (at, differs(bench, &upload, &expected).await) }
        })
        .buffer_unordered(4)
        .collect()
        .await;
    let wrong: Vec<_> = outcomes
        .iter()
        .filter(|(_, difference)| difference.is_some())
        .collect();
    assert!(outcomes.len() > 100, "{} cases", outcomes.len());
    assert!(
        wrong.is_empty(),
        "{} of {} differ: {wrong:#?}",
        wrong.len(),
        outcomes.len()
    );
    eprintln!("{} cases", outcomes.len());
    bench.stop().await;
}
