//! The bundled catalog holds together.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read its data has failed"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use layerlab_engine::catalog::Catalog;
use layerlab_engine::{Detail, Project, run};

#[test]
fn bundled_catalog_is_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/catalog");
    let text = fs::read_to_string(folder.join("core.json")).expect("core.json");
    let mut catalog = Catalog::parse(&text).expect("a catalog");
    let trees: BTreeSet<String> = catalog
        .images()
        .iter()
        .filter_map(|fact| fact.tree.clone())
        .collect();
    for name in trees {
        let text = fs::read_to_string(folder.join("trees").join(format!("{name}.tree")))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        catalog.add_tree(&name, &text).expect("a tree");
    }

    let mut seen = BTreeSet::new();
    for fact in catalog.images() {
        let name = format!("{}:{}", fact.name, fact.tags.join(","));
        assert!(!fact.tags.is_empty(), "{name} has no tag");
        for tag in &fact.tags {
            assert!(
                seen.insert((&fact.name, tag)),
                "{name}: {tag} is listed twice"
            );
        }
        assert!(fact.size > 0, "{name} has no size");
        assert!(!fact.source.is_empty(), "{name} has no source");
        let date: Vec<usize> = fact.created.split('-').map(str::len).collect();
        assert_eq!(date, [4, 2, 2], "{name}: {} is not a date", fact.created);
        for variable in &fact.env {
            assert!(variable.contains('='), "{name}: {variable} is no variable");
        }
    }
}

#[test]
fn images_have_the_packages_that_they_are_said_to_have() {
    let catalog = support::catalog();
    for fact in catalog.images().iter().filter(|fact| !fact.apt.is_empty()) {
        let dockerfile = format!("FROM {}:{}\n", fact.name, fact.tags[0]);
        let project = Project::from_dockerfile(&dockerfile);
        let simulation = run(&project, &catalog, Detail::Sizes);
        let packages = &simulation.target().expect("an image").packages;
        let suite = if fact.os == "debian 12" {
            "bookworm"
        } else {
            "trixie"
        };
        let index = catalog.debian(suite).expect("an index");
        for name in &fact.apt {
            let name = packages.sole_provider(index, name);
            assert!(packages.has(&name), "{dockerfile} lacks {name}");
        }
    }
}

/// The bundled catalog with the parts of suites that are loaded first, and nothing more of them.
fn catalog_of_parts() -> Catalog {
    let folder = support::root().join("static/catalog");
    let core = fs::read_to_string(folder.join("core.json")).expect("core.json");
    let mut catalog = Catalog::parse(&core).expect("a catalog");
    let name = "debian-bookworm-slim";
    let tree = fs::read_to_string(folder.join(format!("trees/{name}.tree"))).expect("a tree");
    catalog.add_tree(name, &tree).expect("a tree");
    let bytes = fs::read(folder.join("debian/bookworm.core.zst")).expect("a part");
    let added = catalog.add_file("debian/bookworm.core.zst", &bytes);
    added.expect("a part of a suite");
    catalog
}

#[test]
fn nothing_that_is_needed_is_left_over() {
    let text = "FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make curl && apt-get purge -y --auto-remove gcc libc6-dev make\n";
    let project = Project::from_dockerfile(text);
    let names = |catalog: &Catalog| -> Vec<String> {
        let simulation = run(&project, catalog, Detail::Sizes);
        assert!(simulation.report.success, "{:?}", simulation.report.error);
        let packages = &simulation.target().expect("an image").packages;
        packages.by_name.keys().cloned().collect()
    };
    assert_eq!(names(&catalog_of_parts()), names(&support::catalog()));
}
