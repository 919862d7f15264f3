//! The catalog that is built into the command.

pub mod image;
pub mod verify;

use layerlab_engine::catalog::Catalog;

/// Files of the catalog with their content, by the names that reports ask for them with.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../../../../static/catalog/", $name)).as_slice())),*]
    };
}

const FILES: [(&str, &[u8]); 22] = files![
    "apk.txt",
    "debian/bookworm.core.gz",
    "debian/bookworm.index.gz",
    "debian/bookworm.sources.gz",
    "debian/bullseye.core.gz",
    "debian/bullseye.index.gz",
    "debian/bullseye.sources.gz",
    "debian/trixie.core.gz",
    "debian/trixie.index.gz",
    "debian/trixie.sources.gz",
    "node.index.gz",
    "python.index.gz",
    "trees/alpine.tree",
    "trees/debian-bookworm.tree",
    "trees/debian-bookworm-slim.tree",
    "trees/debian-bullseye.tree",
    "trees/debian-bullseye-slim.tree",
    "trees/debian-old.tree",
    "trees/debian-trixie.tree",
    "trees/debian-trixie-slim.tree",
    "trees/ubuntu.tree",
    "trees/ubuntu-noble.tree",
];

/// Reads its core.
pub fn built_in() -> anyhow::Result<Catalog> {
    let core = include_str!("../../../../static/catalog/core.json");
    Catalog::parse(core).map_err(anyhow::Error::msg)
}

/// Adds the files that a simulation would be more exact with; tells whether there were any.
pub fn add(catalog: &mut Catalog, missing: &[String]) -> anyhow::Result<bool> {
    let mut added = false;
    for (name, bytes) in FILES {
        if missing.iter().any(|missing| missing == name) {
            catalog.add_file(name, bytes).map_err(anyhow::Error::msg)?;
            added = true;
        }
    }
    Ok(added)
}
