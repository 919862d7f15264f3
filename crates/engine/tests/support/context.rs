//! A build context that lies in a folder.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read its data has failed"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use layerlab_engine::context::{ContextFile, Data};

/// The files of a folder, with the modes that the recording scripts give them.
pub fn context(folder: &Path) -> Vec<ContextFile> {
    let mut files = Vec::new();
    if folder.is_dir() {
        add(folder, "", &mut files);
    }
    files
}

fn add(folder: &Path, at: &str, files: &mut Vec<ContextFile>) {
    for entry in fs::read_dir(folder).expect("a context") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if at.is_empty() {
            name
        } else {
            format!("{at}/{name}")
        };
        let kind = entry.file_type().expect("a type");
        if kind.is_dir() {
            files.push(ContextFile {
                path: path.clone(),
                data: Data::Directory,
                mode: None,
            });
            add(&entry.path(), &path, files);
            continue;
        }
        let bytes = fs::read(entry.path()).expect("a file");
        let executable = entry.metadata().expect("metadata").permissions().mode() & 0o100 != 0;
        files.push(ContextFile {
            path,
            data: Data::Bytes(Arc::from(bytes)),
            mode: Some(if executable { 0o755 } else { 0o644 }),
        });
    }
}
