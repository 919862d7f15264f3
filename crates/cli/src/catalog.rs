//! The catalog that is built into the command.

use layerlab_engine::catalog::Catalog;

/// The catalog's file trees by name.
const TREES: [(&str, &str); 4] = [
    (
        "debian-bookworm",
        include_str!("../../../static/catalog/trees/debian-bookworm.tree"),
    ),
    (
        "debian-bookworm-slim",
        include_str!("../../../static/catalog/trees/debian-bookworm-slim.tree"),
    ),
    (
        "debian-trixie",
        include_str!("../../../static/catalog/trees/debian-trixie.tree"),
    ),
    (
        "debian-trixie-slim",
        include_str!("../../../static/catalog/trees/debian-trixie-slim.tree"),
    ),
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
