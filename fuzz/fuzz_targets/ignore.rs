//! Any .dockerignore against any path.
#![no_main]

use layerlab_engine::context::{Context, ContextFile, Patterns};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (String, Vec<String>)| {
    let (text, paths) = input;
    let Ok(patterns) = Patterns::from_ignore_file(&text) else { return };
    let files: Vec<ContextFile> = paths.iter().map(|path| ContextFile::text(path, "x")).collect();
    let _ = Context::new(&files, &patterns);
});
