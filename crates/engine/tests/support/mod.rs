//! What tests of the engine share.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read its data has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};

use layerlab_engine::catalog::Catalog;

/// The directory of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The bundled catalog, with all its files.
pub fn catalog() -> Catalog {
    let folder = root().join("static/catalog");
    let core = fs::read_to_string(folder.join("core.json")).expect("core.json");
    let mut catalog = Catalog::parse(&core).expect("a valid catalog");
    for kind in ["trees", "debian"] {
        for entry in fs::read_dir(folder.join(kind)).expect("a folder of the catalog") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            if name.ends_with(".txt") {
                continue;
            }
            let bytes = fs::read(&path).expect("a file");
            catalog
                .add_file(&format!("{kind}/{name}"), &bytes)
                .expect("a valid file");
        }
    }
    for name in [
        "python.index.zst",
        "node.index.zst",
        "crates.txt",
        "archives.json",
    ] {
        let bytes = fs::read(folder.join(name)).expect("a file");
        catalog.add_file(name, &bytes).expect("a valid file");
    }
    catalog
}
