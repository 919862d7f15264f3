//! A build context from a directory.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use layerlab_engine::context::{ContextFile, Data};

/// Files up to this size are read, larger ones are taken by size.
const MAX_READ: u64 = 16 << 20;

/// Most files of a context.
const MAX_FILES: usize = 500_000;

/// Reads all files below a directory.
pub fn read(root: &Path) -> anyhow::Result<Vec<ContextFile>> {
    if !root.is_dir() {
        bail!(
            "{} is not a directory: name the build context",
            root.display()
        );
    }
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    Ok(files)
}

fn walk(directory: &Path, at: &str, files: &mut Vec<ContextFile>) -> anyhow::Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            bail!("{} has a name that is not UTF-8", entry.path().display());
        };
        let path = if at.is_empty() {
            name.to_owned()
        } else {
            format!("{at}/{name}")
        };
        let metadata = fs::symlink_metadata(entry.path())?;
        let mode = u16::try_from(metadata.permissions().mode() & 0o7777).ok();
        let data = if metadata.is_dir() {
            walk(&entry.path(), &path, files)?;
            Data::Directory
        } else if metadata.is_symlink() {
            Data::Link(fs::read_link(entry.path())?.to_string_lossy().into_owned())
        } else if !metadata.is_file() {
            continue;
        } else if metadata.len() > MAX_READ {
            Data::Size(metadata.len())
        } else {
            let bytes = fs::read(entry.path())
                .with_context(|| format!("cannot read {}", entry.path().display()))?;
            Data::Bytes(Arc::from(bytes))
        };
        files.push(ContextFile { path, data, mode });
        if files.len() > MAX_FILES {
            bail!("the build context holds more than {MAX_FILES} files");
        }
    }
    Ok(())
}
