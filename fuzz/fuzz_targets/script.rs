//! Scripts in RUN: no panic, no hang, bounded memory, whichever shell it is.

#![no_main]

use std::sync::LazyLock;

use layerlab_engine::catalog::Catalog;
use layerlab_engine::{Detail, Project, simulate};
use libfuzzer_sys::fuzz_target;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let core = include_str!("../../static/catalog/core.json");
    let mut catalog = Catalog::parse(core).expect("the catalog");
    for (name, text) in [
        ("alpine", include_str!("../../static/catalog/trees/alpine.tree")),
        (
            "debian-bookworm-slim",
            include_str!("../../static/catalog/trees/debian-bookworm-slim.tree"),
        ),
    ] {
        catalog.add_tree(name, text).expect("a tree");
    }
    catalog
});

fuzz_target!(|data: &[u8]| {
    let Some((choice, script)) = data.split_first() else {
        return;
    };
    let script = String::from_utf8_lossy(script);
    let head = match choice % 3 {
        0 => "FROM debian:bookworm-slim\n",
        1 => "FROM debian:bookworm-slim\nSHELL [\"/bin/bash\", \"-c\"]\n",
        _ => "FROM alpine:3.22\n",
    };
    let text = format!("{head}RUN <<'LAYERLAB_END'\n{script}\nLAYERLAB_END\n");
    let _ = simulate(&Project::from_dockerfile(&text), &CATALOG, Detail::Files);
});
