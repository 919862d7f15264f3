//! The catalog that is built into the command.

pub mod image;
pub mod verify;

use include_dir::{Dir, File, include_dir};
use layerlab_engine::catalog::{ALPINE, ARCHIVES, CRATES, Catalog};

/// The catalog's folder.
static FOLDER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../static/catalog");

/// Its files that a simulation may ask for, by the names that reports ask for them with.
fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let below = ["debian", "trees"].into_iter();
    let below = below.filter_map(|name| FOLDER.get_dir(name));
    let all = FOLDER.files().chain(below.flat_map(Dir::files));
    all.filter_map(|file| Some((name(file)?, file.contents())))
}

/// The name of a file that simulations ask for; none of those that other catalog files are made from.
fn name(file: &'static File<'static>) -> Option<&'static str> {
    let name = file.path().to_str()?;
    let asked = name.ends_with(".zst")
        || name.ends_with(".tree")
        || [ALPINE, ARCHIVES, CRATES].contains(&name);
    asked.then_some(name)
}

/// Reads its core.
pub fn built_in() -> anyhow::Result<Catalog> {
    let core = include_str!("../../../../static/catalog/core.json");
    Catalog::parse(core).map_err(anyhow::Error::msg)
}

/// Adds the files that a simulation would be more exact with; tells whether there were any.
pub fn add(catalog: &mut Catalog, missing: &[String]) -> anyhow::Result<bool> {
    let mut added = false;
    for (name, bytes) in files().filter(|(name, _)| missing.iter().any(|own| own == name)) {
        catalog.add_file(name, bytes).map_err(anyhow::Error::msg)?;
        added = true;
    }
    Ok(added)
}
