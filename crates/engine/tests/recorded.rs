//! Compares simulations with what a real engine made of the same projects
//! (`tests/record.py` makes the recordings).

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot read its data has failed"
)]

#[path = "support/context.rs"]
mod context;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use context::context;
use layerlab_engine::catalog::Catalog;
use layerlab_engine::context::{ContextFile, Data};
use layerlab_engine::{Detail, NamedContext, Project, Report, Simulator, simulate};
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn catalog() -> Catalog {
    let folder = root().join("static/catalog");
    let core = fs::read_to_string(folder.join("core.json")).expect("core.json");
    let mut catalog = Catalog::parse(&core).expect("a valid catalog");
    for entry in fs::read_dir(folder.join("trees")).expect("trees") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        catalog
            .add_tree(&name, &fs::read_to_string(&path).expect("a tree"))
            .expect("a valid tree");
    }
    for suite in ["bookworm", "bullseye", "trixie"] {
        let name = format!("debian/{suite}.index.zst");
        let bytes = fs::read(folder.join(&name)).expect("an index");
        catalog.add_file(&name, &bytes).expect("a valid index");
    }
    catalog
}

fn read_json(path: &Path) -> Value {
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        Err(_) => Value::Null,
    }
}

fn project(case: &Path) -> Project {
    let spec = read_json(&case.join("case.json"));
    let mut files = context(&case.join("context"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for (path, target) in spec["links"].as_object().into_iter().flatten() {
        files.push(ContextFile {
            path: path.clone(),
            data: Data::Link(text(target)),
            mode: None,
        });
    }
    for path in spec["empty"].as_array().into_iter().flatten() {
        files.push(ContextFile {
            path: text(path),
            data: Data::Directory,
            mode: None,
        });
    }
    for (path, mode) in spec["modes"].as_object().into_iter().flatten() {
        let mode = u16::from_str_radix(&text(mode), 8).expect("an octal mode");
        let file = files
            .iter_mut()
            .find(|file| file.path == *path)
            .expect("a file of the context");
        file.mode = Some(mode);
    }
    let mut contexts = BTreeMap::new();
    for (name, value) in spec["contexts"].as_object().into_iter().flatten() {
        let value = text(value);
        let context = match value.strip_prefix("docker-image://") {
            Some(reference) => NamedContext::Image(reference.to_owned()),
            None => NamedContext::Files(context(&case.join(value))),
        };
        contexts.insert(name.clone(), context);
    }
    Project {
        files,
        contexts,
        dockerfile: spec["file"].as_str().unwrap_or("Dockerfile").to_owned(),
        build_args: spec["args"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect::<BTreeMap<_, _>>(),
        target: spec["target"].as_str().map(str::to_owned),
        ..Project::default()
    }
}

/// Most entries of a step that a report of differences names.
const MAX_SHOWN: usize = 8;

/// An entry in one line.
fn shown(entry: &Value) -> String {
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    format!(
        "{} {} {}:{} {} {} {}",
        text("kind"),
        text("mode"),
        entry["uid"],
        entry["gid"],
        entry["size"],
        text("path"),
        text("link")
    )
}

/// What differs between a simulation and the recording; empty where nothing does.
fn differences(report: &Report, expected: &Value) -> String {
    let mut out = String::new();
    if expected["ok"] != json!(report.success) {
        let error = report.error.as_ref().map(|error| error.message.as_str());
        let _ = writeln!(
            out,
            "  success: {}, recorded {}: {error:?} {}",
            report.success, expected["ok"], expected["error"]
        );
        return out;
    }
    if let Some(error) = &report.error {
        let recorded = stable_message(expected["error"]["message"].as_str().unwrap_or_default());
        let message = stable_message(&error.message);
        if message != recorded {
            let _ = writeln!(out, "  message:  {message}\n  recorded: {recorded}");
        }
        let lines = expected["error"]["lines"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        if !lines.is_empty() && !error.line.is_some_and(|line| lines.contains(&json!(line))) {
            let _ = writeln!(out, "  line: {:?}, recorded {lines:?}", error.line);
        }
        return out;
    }
    let config = serde_json::to_value(&report.config).expect("JSON");
    if config != expected["config"] {
        let _ = writeln!(
            out,
            "  config:   {config}\n  recorded: {}",
            expected["config"]
        );
    }
    let steps = expected["layers"].as_array().cloned().unwrap_or_default();
    if steps.len() != report.layers.len() {
        let _ = writeln!(
            out,
            "  {} steps, recorded {}",
            report.layers.len(),
            steps.len()
        );
    }
    for (layer, step) in report.layers.iter().zip(&steps) {
        if json!(layer.created_by) != step["created_by"] {
            let _ = writeln!(
                out,
                "  step:     {}\n  recorded: {}",
                layer.created_by, step["created_by"]
            );
        }
        if json!(layer.empty) != step["empty"] {
            let _ = writeln!(
                out,
                "  {}: empty {}, recorded {}",
                layer.created_by, layer.empty, step["empty"]
            );
        }
        if step["packages"] == json!(true) {
            // What packages bring is held by a test of its own.
            continue;
        }
        let ours: Vec<Value> = serde_json::to_value(&layer.entries)
            .expect("JSON")
            .as_array()
            .cloned()
            .unwrap_or_default();
        let theirs = step["entries"].as_array().cloned().unwrap_or_default();
        let line = layer.line;
        let surplus = ours.iter().filter(|entry| !theirs.contains(entry));
        for entry in surplus.take(MAX_SHOWN) {
            let _ = writeln!(out, "  line {line}: too much {}", shown(entry));
        }
        let missing = theirs.iter().filter(|entry| !ours.contains(entry));
        for entry in missing.take(MAX_SHOWN) {
            let _ = writeln!(out, "  line {line}: lacks    {}", shown(entry));
        }
    }
    if let Some(author) = expected["author"].as_str()
        && author != report.author
    {
        let _ = writeln!(out, "  author: {:?}, recorded {author:?}", report.author);
    }
    out
}

/// A message without what is random in a real build: names of references and of the
/// directory in which the engine keeps its layers.
fn stable_message(message: &str) -> String {
    let message = message.replace("ref REF", "ref …");
    match (message.find("/overlay2/"), message.find("/merged")) {
        (Some(_), Some(end)) => {
            let start = message[..end].rfind(' ').map_or(0, |at| at + 1);
            format!("{}{}", &message[..start], &message[end + "/merged".len()..])
        }
        _ => message,
    }
}

/// The folders of all cases.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let entries = fs::read_dir(folder).expect("recorded");
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    cases.sort();
    assert!(cases.len() > 200, "only {} recorded cases", cases.len());
    cases
}

#[test]
fn simulations_equal_recorded_builds() {
    let catalog = catalog();
    let cases = cases();
    let mut failed = 0;
    let mut report_text = String::new();
    for case in &cases {
        let expected = read_json(&case.join("expected.json"));
        let report = simulate(&project(case), &catalog, Detail::Files);
        let differences = differences(&report, &expected);
        if !differences.is_empty() {
            failed += 1;
            let name = case.file_name().unwrap_or_default().to_string_lossy();
            let _ = writeln!(report_text, "{name}\n{differences}");
        }
    }
    assert_eq!(
        failed,
        0,
        "{failed} of {} cases differ\n{report_text}",
        cases.len()
    );
}

/// A project whose Dockerfile has other lines before and after its own.
fn edited(project: &Project, before: &str, after: &str) -> Project {
    let mut edited = project.clone();
    let file = (edited.files.iter_mut()).find(|file| file.path == project.dockerfile);
    if let (Some(file), Some(text)) = (file, project.dockerfile_source()) {
        file.data = Data::Text(format!("{before}{text}{after}").into());
    }
    edited
}

#[test]
fn an_edited_project_comes_out_like_a_new_one() {
    let mut simulator = Simulator::new(catalog());
    let mut differing = Vec::new();
    for case in cases() {
        let project = project(&case);
        for (before, after) in [
            ("", ""),
            ("# a comment\n", ""),
            ("", "\nRUN echo more >>/etc/motd\n"),
            ("", "\nRUN echo less >>/etc/motd\n"),
        ] {
            let edited = edited(&project, before, after);
            let new = simulate(&edited, simulator.catalog(), Detail::Files);
            let again = simulator.run(&edited, Detail::Files).report;
            if new != again {
                differing.push(format!("{}: {before:?} {after:?}", case.display()));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
