//! Runs BuildKit's own test data for the parser and the word expansion.
//!
//! The data is not part of this repository. `LAYERLAB_CONFORMANCE` names a folder with
//! `parser/NAME/{Dockerfile,result}`, `parser-negative/NAME/Dockerfile` and
//! `shell/{envVarTest,wordsTest}`: the `testfiles`, `testfiles-negative` and `shell` test
//! data of BuildKit's `frontend/dockerfile`. Without it these tests say that they skip.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read its data has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};

use layerlab_engine::dockerfile::expand::{Style, expand};
use layerlab_engine::dockerfile::{decode, dump, parse};

fn data(part: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LAYERLAB_CONFORMANCE").map(|root| Path::new(&root).join(part));
    if folder.is_none() {
        eprintln!("skipped: LAYERLAB_CONFORMANCE does not name BuildKit's test data");
    }
    folder
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{} is empty", folder.display());
    found
}

fn source(case: &Path) -> String {
    decode(&fs::read(case.join("Dockerfile")).expect("a Dockerfile"))
}

#[test]
fn dumps_agree() {
    let Some(folder) = data("parser") else { return };
    for case in cases(&folder) {
        let source = source(&case);
        let parsed = parse(&source);
        assert!(
            parsed.errors.is_empty(),
            "{}: {:?}",
            case.display(),
            parsed.errors
        );
        let expected = fs::read_to_string(case.join("result")).expect("a result");
        assert_eq!(
            dump(&parsed).trim_end(),
            expected.trim_end(),
            "{}",
            case.display()
        );
    }
}

#[test]
fn invalid_files_are_refused() {
    let Some(folder) = data("parser-negative") else {
        return;
    };
    for case in cases(&folder) {
        let source = source(&case);
        assert!(
            !parse(&source).errors.is_empty(),
            "{} is accepted",
            case.display()
        );
    }
}

#[test]
fn words_expand_alike() {
    let Some(folder) = data("shell") else { return };
    let cases = fs::read_to_string(folder.join("envVarTest")).expect("envVarTest");
    let variables = |name: &str| match name {
        "PWD" => Some("/home"),
        "SHELL" => Some("bash"),
        "KOREAN" => Some("한국어"),
        "NULL" => Some(""),
        _ => None,
    };
    let mut checked = 0;
    for (number, line) in cases.lines().enumerate() {
        let line = line
            .split('#')
            .next()
            .filter(|_| line.starts_with('#'))
            .unwrap_or(line);
        let mut fields = line.split('|').map(str::trim);
        let (Some(platform @ ("A" | "U")), Some(word), Some(expected)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        checked += 1;
        let got = expand(word, Style::arguments('\\'), &variables).map(|out| out.text);
        match got {
            Ok(text) => assert_eq!(text, expected, "line {}: {platform}|{word}", number + 1),
            Err(message) => assert_eq!(expected, "error", "line {}: {message}", number + 1),
        }
    }
    assert!(checked > 100, "only {checked} lines apply");
}

#[test]
fn words_split_alike() {
    let Some(folder) = data("shell") else { return };
    let cases = fs::read_to_string(folder.join("wordsTest")).expect("wordsTest");
    let mut set: Vec<(String, String)> = Vec::new();
    let mut checked = 0;
    for (number, line) in cases.lines().enumerate() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        if let Some((name, value)) = line
            .strip_prefix("ENV ")
            .and_then(|pair| pair.split_once('='))
        {
            set.insert(0, (name.to_owned(), value.to_owned()));
            continue;
        }
        let (word, expected) = line.split_once('|').expect("input | words");
        let (word, expected) = (word.trim(), expected.trim_start());
        checked += 1;
        let lookup = |name: &str| {
            set.iter()
                .find(|pair| pair.0 == name)
                .map(|pair| pair.1.as_str())
        };
        match expand(word, Style::arguments('\\'), &lookup) {
            Ok(out) => assert_eq!(out.words.join(","), expected, "line {}: {word}", number + 1),
            Err(_) => assert_eq!(expected, "error", "line {}", number + 1),
        }
    }
    assert!(checked > 10, "only {checked} lines");
}
