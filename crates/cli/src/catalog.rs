//! The catalog that is built into the command.

use layerlab_engine::catalog::Catalog;

/// Names of the catalog's file trees with their texts.
macro_rules! trees {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../static/catalog/trees/", $name, ".tree")))),*]
    };
}

const TREES: [(&str, &str); 8] = trees![
    "alpine",
    "debian-bookworm",
    "debian-bookworm-slim",
    "debian-old",
    "debian-trixie",
    "debian-trixie-slim",
    "ubuntu",
    "ubuntu-noble",
];

/// Reads it.
pub fn built_in() -> anyhow::Result<Catalog> {
    let core = include_str!("../../../static/catalog/core.json");
    let mut catalog = Catalog::parse(core).map_err(anyhow::Error::msg)?;
    for (name, text) in TREES {
        catalog.add_tree(name, text).map_err(anyhow::Error::msg)?;
    }
    Ok(catalog)
}
