//! Manifests and lock files that package managers read: no panic, no hang, bounded memory.

#![no_main]

use std::sync::LazyLock;

use layerlab_engine::catalog::Catalog;
use layerlab_engine::context::ContextFile;
use layerlab_engine::{Detail, Project, simulate};
use libfuzzer_sys::fuzz_target;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let core = include_str!("../../static/catalog/core.json");
    let mut catalog = Catalog::parse(core).expect("the catalog");
    for (name, bytes) in [
        ("apk.txt", include_bytes!("../../static/catalog/apk.txt").as_slice()),
        ("node.index.zst", include_bytes!("../../static/catalog/node.index.zst")),
        ("python.index.zst", include_bytes!("../../static/catalog/python.index.zst")),
    ] {
        catalog.add_file(name, bytes).expect("a file of the catalog");
    }
    catalog
});

/// An image, the file that is written, and what reads it.
const CASES: [(&str, &str, &str); 9] = [
    ("python:3.12-slim", "requirements.txt", "pip install -r requirements.txt"),
    ("python:3.12-slim", "pyproject.toml", "pip install ."),
    ("python:3.12-slim", "setup.py", "pip install -e ."),
    ("python:3.12-slim", "poetry.lock", "touch pyproject.toml && poetry install"),
    ("python:3.12-slim", "uv.lock", "touch pyproject.toml && uv sync"),
    ("python:3.12-slim", "Pipfile.lock", "pipenv install --system --deploy"),
    ("node:22-slim", "package.json", "npm install && npm run build"),
    ("node:22-slim", "package-lock.json", "echo '{}' > package.json && npm ci"),
    ("golang:1.24", "go.mod", "echo 'package main' > main.go && go build ."),
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, content)) = data.split_first() else {
        return;
    };
    let (image, file, command) = CASES[usize::from(*choice) % CASES.len()];
    let text = format!("FROM {image}\nWORKDIR /app\nCOPY {file} ./\nRUN {command}\n");
    let mut project = Project::from_dockerfile(&text);
    let content = String::from_utf8_lossy(content);
    project.files.push(ContextFile::text(file, &content));
    let _ = simulate(&project, &CATALOG, Detail::Sizes);
});
