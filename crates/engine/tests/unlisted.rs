//! Dockerfiles as the manuals of tools have them, with downloads, scripts and images of which little is
//! known. All of them build: what is not known may not be taken for a mistake.

mod support;

use std::fs;
use std::path::Path;

use layerlab_engine::{Detail, Project, simulate};
use support::catalog;

#[test]
fn what_is_not_known_is_no_mistake() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unlisted");
    let catalog = catalog();
    let mut cases = 0;
    let mut problems = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a Dockerfile");
        let report = simulate(&Project::from_dockerfile(&text), &catalog, Detail::Sizes);
        cases += 1;
        if let Some(error) = &report.error {
            problems.push(format!("{}: {}", path.display(), error.message));
        }
    }
    assert!(cases > 30, "{cases} Dockerfiles are there");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The same, but for a step that fails for certain.
#[test]
fn what_is_known_still_is_one() {
    let catalog = catalog();
    for step in [
        "RUN apt-get update && apt-get install -y gcc && cd / && gcc -o x missing.c",
        "RUN false",
        "COPY nothing /",
        "RUN ./configure",
        "RUN make",
    ] {
        let text = format!("FROM debian:bookworm-slim\n{step}\n");
        let report = simulate(&Project::from_dockerfile(&text), &catalog, Detail::Sizes);
        assert!(!report.success, "{step}");
    }
}
