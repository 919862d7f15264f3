//! Any Dockerfile over a small context.
#![no_main]

use layerlab_engine::catalog::Catalog;
use layerlab_engine::context::{ContextFile, Data};
use layerlab_engine::{Detail, Project, simulate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (text, archive) = input;
    let mut project = Project::from_dockerfile(text);
    project.files.push(ContextFile::text("a", "a"));
    project.files.push(ContextFile { path: "d/t.tar".to_owned(), data: Data::Bytes(archive.into()), mode: None });
    project.files.push(ContextFile { path: "d/l".to_owned(), data: Data::Link("../d".to_owned()), mode: None });
    let _ = simulate(&project, &Catalog::default(), Detail::Files);
});
