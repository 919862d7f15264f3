//! Any fragment, and any JSON in a well-formed one; what is decoded is simulated.
#![no_main]

use layerlab_engine::catalog::Catalog;
use layerlab_engine::{Detail, Project, permalink, simulate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(project) = permalink::decode(text) {
        let _ = simulate(&project, &Catalog::default(), Detail::Files);
    }
    let project = Project::from_dockerfile(text);
    if let Ok(link) = permalink::encode(&project) {
        assert_eq!(permalink::decode(&link).as_ref(), Ok(&project));
    }
});
