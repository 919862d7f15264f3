//! Installations of packages, held against what a real engine made of them
//! (`tests/record-packages.py`): the set of packages and its versions must be the same, and the
//! layers' sizes near.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read its data has failed"
)]

#[path = "support/context.rs"]
mod context;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use context::context;
use layerlab_engine::report::{LayerReport, Report};
use layerlab_engine::{Detail, Project, simulate};
use serde_json::Value;
use support::catalog;

/// How far a layer may be off, in thousandths of it: at the median, and at worst.
const MEDIAN: u64 = 10;
const WORST: u64 = 30;
/// How many thousandths of a layer's entries may differ.
const MOST_ENTRIES: u64 = 50;

/// The case's project: its Dockerfile, and its folder where it has one.
fn project(path: &Path) -> Project {
    let dockerfile = fs::read_to_string(path.with_extension("Dockerfile")).expect("a Dockerfile");
    let mut project = Project::from_dockerfile(&dockerfile);
    project.files.extend(context(&path.with_extension("")));
    project
}

/// What is wrong with the packages that the report has, by the recording's lists.
fn compare(report: &Report, recorded: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for (list, manager) in [("packages", "dpkg"), ("pip", "pip"), ("npm", "npm")] {
        let expected: BTreeMap<&str, &str> = match &recorded[list] {
            Value::Object(object) => object
                .iter()
                .map(|(name, version)| (name.as_str(), version.as_str().unwrap_or_default()))
                .collect(),
            // Places of packages, with their versions.
            Value::Array(lines) => lines
                .iter()
                .filter_map(|line| line.as_str()?.rsplit_once(' '))
                .map(|(place, version)| {
                    (
                        place.rsplit("node_modules/").next().unwrap_or(place),
                        version,
                    )
                })
                .collect(),
            _ => continue,
        };
        let own: BTreeMap<&str, &str> = report
            .packages
            .iter()
            .filter(|package| package.manager == manager)
            .filter(|package| !matches!(package.name.as_str(), "pip" | "setuptools" | "wheel"))
            .map(|package| (package.name.as_str(), package.version.as_str()))
            .collect();
        let right = |(name, version): &(&&str, &&str)| {
            // Some packages are installed in several versions.
            own.get(*name)
                .is_some_and(|own| own.is_empty() || own == *version || manager == "npm")
        };
        let lacks: Vec<_> = expected.iter().filter(|pair| !right(pair)).collect();
        let much: Vec<_> = own
            .keys()
            .filter(|name| !expected.contains_key(*name))
            .collect();
        if !lacks.is_empty() || !much.is_empty() {
            out.push(format!("{manager}: lacks {lacks:?}, too much {much:?}"));
        }
    }
    out
}

/// The entries of a case's layers, by the layer's place among those of the Dockerfile: path, with
/// what it is, its owner and permissions, and its link.
fn recorded_entries(path: &Path) -> BTreeMap<usize, BTreeMap<String, String>> {
    let mut out: BTreeMap<usize, BTreeMap<String, String>> = BTreeMap::new();
    let Ok(bytes) = fs::read(path.with_extension("entries.gz")) else {
        return out;
    };
    let mut text = String::new();
    let mut reader = flate2::read::GzDecoder::new(bytes.as_slice());
    reader.read_to_string(&mut text).expect("entries");
    let mut layer = 0;
    for line in text.lines() {
        if let Some(number) = line.strip_prefix("# layer ") {
            layer = number.parse().expect("a number");
            continue;
        }
        let fields: Vec<&str> = line.splitn(6, ' ').collect();
        if let [kind, mode, uid, gid, _, rest] = fields[..]
            && !line.starts_with('#')
        {
            let (path, link) = rest.split_once('\t').expect("a path and its link");
            // Links have no permissions of their own, marks those of what made them.
            let mode = if matches!(kind, "symlink" | "whiteout") {
                ""
            } else {
                mode
            };
            let what = format!("{kind} {mode} {uid} {gid} {link}");
            out.entry(layer).or_default().insert(path.to_owned(), what);
        }
    }
    out
}

/// What is known to differ: cases, and layers of them with a colon before their place.
fn differs(folder: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(folder.join("differs")).expect("a list");
    let names = text.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

/// How many entries of a layer are not as they were recorded, and the first of them.
fn compare_entries(
    layer: &LayerReport,
    recorded: &BTreeMap<String, String>,
) -> (usize, Vec<String>) {
    let own: BTreeMap<&str, String> = layer
        .entries
        .iter()
        .map(|entry| {
            let value = serde_json::to_value(entry).expect("an entry");
            let kind = value["kind"].as_str().unwrap_or_default();
            let mode = value["mode"].as_str().unwrap_or_default();
            let mode = if matches!(kind, "symlink" | "whiteout") {
                ""
            } else {
                mode
            };
            let link = value["link"].as_str().unwrap_or_default();
            let what = format!("{kind} {mode} {} {} {link}", value["uid"], value["gid"]);
            (entry.path.as_str(), what)
        })
        .collect();
    let missing = recorded
        .iter()
        .filter(|(path, what)| own.get(path.as_str()) != Some(what));
    let extra = own.keys().filter(|path| !recorded.contains_key(**path));
    let mut out: Vec<String> = missing
        .map(|(path, what)| format!("-{path} {what}"))
        .collect();
    out.extend(extra.map(|path| format!("+{path}")));
    (out.len(), out)
}

/// The entries of layers that packages make, path by path, where all of their files are listed: one
/// in a hundred may differ at the median, and one in twenty at worst.
#[test]
fn entries_of_installations_are_the_recorded_ones() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages");
    let catalog = catalog();
    let mut shares = Vec::new();
    let mut problems = Vec::new();
    let mut names: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("recorded packages")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(".entries.gz"))
        .collect();
    names.sort();
    for path in &names {
        let path = path.with_extension("");
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let report = simulate(&project(&path), &catalog, Detail::Files);
        for (number, recorded) in recorded_entries(&path) {
            let Some(layer) = report.layers.get(number) else {
                problems.push(format!("{name}: there is no layer {number}"));
                continue;
            };
            // Of some packages the catalog does not list the files.
            if layer.unlisted.is_some() {
                println!("{name} {number}: not all of it is listed");
                continue;
            }
            let (off, first) = compare_entries(layer, &recorded);
            let share = (off * 1000 / recorded.len().max(1)) as u64;
            println!(
                "{name} {number}: {off} of {} entries differ",
                recorded.len()
            );
            shares.push(share);
            let known = differs(&folder).contains(&format!("{name}:{number}"));
            if known && share <= MOST_ENTRIES {
                problems.push(format!(
                    "{name}:{number} is listed as different, and is not"
                ));
            } else if share > MOST_ENTRIES && !known {
                let first = first
                    .iter()
                    .take(12)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join("\n    ");
                problems.push(format!(
                    "{name}: {share} thousandths of the entries differ: {}\n    {first}",
                    layer.instruction
                ));
            }
        }
    }
    shares.sort_unstable();
    let median = shares[shares.len() / 2];
    println!(
        "{} layers, at the median {median} thousandths of the entries differ",
        shares.len()
    );
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(median <= MEDIAN, "the median is {median} thousandths");
}

#[test]
fn installations_equal_recorded_ones() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages");
    let catalog = catalog();
    let differs = differs(&folder);
    let is_known = |name: &str| differs.contains(name);
    let mut problems = Vec::new();
    let mut errors = Vec::new();
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("recorded packages")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    cases.sort();
    assert!(cases.len() > 5, "the recordings are there");
    for path in &cases {
        let name = path.file_stem().expect("a name").to_string_lossy();
        let text = fs::read_to_string(path).expect("a recording");
        let recorded: Value = serde_json::from_str(&text).expect("JSON");
        let report = simulate(&project(path), &catalog, Detail::Sizes);
        let before = problems.len();
        if recorded["success"] != report.success {
            let error = report.error.map(|error| error.message);
            problems.push(format!(
                "{name}: recorded {}, {error:?}",
                recorded["success"]
            ));
            continue;
        }
        if let Some(error) = report.error {
            let expected = recorded["error"].as_str().unwrap_or_default();
            if error.message != expected {
                problems.push(format!("{name}: {}\n  recorded: {expected}", error.message));
            }
            continue;
        }
        let is_debian = recorded["packages"].is_object();
        let unknown = report
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.code == "unknown-package");
        // What a package needs that the catalog lacks is not known.
        let compared = if unknown {
            Vec::new()
        } else {
            compare(&report, &recorded)
        };
        for problem in compared {
            problems.push(format!("{name}: {problem}"));
        }
        let layers = recorded["layers"].as_array().expect("layers");
        for (layer, recorded) in report.layers.iter().zip(layers) {
            let truth = recorded["size"].as_u64().unwrap_or_default();
            if truth == 0 {
                continue;
            }
            // Of what compilers and other programs make the range is held.
            let step = recorded["created_by"].as_str().unwrap_or_default();
            let is_apt = is_debian && (step.contains("apt") || step.contains("dpkg"));
            let off = layer.size.bytes.abs_diff(truth) * 1000 / truth;
            let in_range = (layer.size.low..=layer.size.high).contains(&truth);
            if is_apt {
                errors.push(off);
            }
            // Other managers' sizes may be stated with a range, which has to hold then.
            if off > WORST && (is_apt || !in_range) {
                problems.push(format!(
                    "{name}: {} instead of {truth} bytes ({off} thousandths off): {}",
                    layer.size.bytes, layer.instruction
                ));
            }
        }
        // What is known to differ is listed as long as it does.
        if is_known(&name) && problems.len() == before {
            problems.push(format!("{name} is listed as different, and is not"));
        } else if is_known(&name) {
            problems.truncate(before);
        }
    }
    errors.sort_unstable();
    let median = errors[errors.len() / 2];
    println!("{} layers, median {median} thousandths off", errors.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(median <= MEDIAN, "the median is {median} thousandths off");
}
