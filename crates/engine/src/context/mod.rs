//! The build context and .dockerignore.

mod class;
pub mod glob;
mod patterns;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use patterns::{Matches, Patterns};

use crate::image::{Directory, FileTree, Metadata, Node, path};
use crate::size::ByteCount;

/// A file of the build context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextFile {
    /// Path relative to the context's root, `/` between names.
    pub path: String,
    /// What it is.
    pub data: Data,
    /// Permission bits; 0o644 for files and 0o755 for directories where not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u16>,
}

/// Content of a file of the build context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Data {
    /// Text.
    Text(Arc<str>),
    /// Other content; base64 in JSON.
    #[serde(with = "base64_bytes")]
    Bytes(Arc<[u8]>),
    /// Only the size in bytes is held.
    Size(u64),
    /// A symbolic link's target.
    Link(String),
    /// A directory (needed for empty ones only).
    Directory,
}

impl ContextFile {
    /// A text file.
    pub fn text(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            data: Data::Text(text.into()),
            mode: None,
        }
    }

    /// Bytes in the file.
    pub fn size(&self) -> u64 {
        match &self.data {
            Data::Text(text) => text.len() as u64,
            Data::Bytes(bytes) => bytes.len() as u64,
            Data::Size(size) => *size,
            Data::Link(_) | Data::Directory => 0,
        }
    }

    /// Its text, where its content is held.
    pub fn decoded(&self) -> Option<String> {
        match &self.data {
            Data::Text(text) => Some(text.to_string()),
            Data::Bytes(bytes) => Some(crate::dockerfile::decode(bytes)),
            Data::Size(_) | Data::Link(_) | Data::Directory => None,
        }
    }

    fn node(&self) -> Node {
        let meta = |default| Metadata::root(self.mode.unwrap_or(default) & 0o7777);
        match &self.data {
            Data::Text(text) => Node::file(Arc::from(text.as_bytes()), meta(0o644)),
            Data::Bytes(bytes) => Node::file(bytes.clone(), meta(0o644)),
            Data::Size(size) => Node::sized(ByteCount::measured(*size), meta(0o644)),
            Data::Link(target) => Node::symlink(target),
            Data::Directory => Node::directory(meta(0o755)),
        }
    }
}

/// Bytes as base64 text.
mod base64_bytes {
    use std::sync::Arc;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &Arc<[u8]>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<[u8]>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD
            .decode(text)
            .map(Arc::from)
            .map_err(D::Error::custom)
    }
}

/// Checks a path of a context file: relative, with no `..`, no empty name and no NUL.
///
/// # Errors
/// What is wrong with it.
pub fn check_path(path: &str) -> Result<(), String> {
    const LONGEST: usize = 4096;
    let problem = if path.is_empty() {
        "is empty"
    } else if path.len() > LONGEST {
        "is longer than 4096 bytes"
    } else if path.starts_with('/') {
        "is absolute"
    } else if path.split('/').any(|name| name == "..") {
        "climbs out of the build context"
    } else if path.split('/').any(|name| name.is_empty() || name == ".") {
        "has an empty name"
    } else if path.contains('\0') {
        "contains a NUL"
    } else {
        return Ok(());
    };
    Err(format!("the path {path:?} {problem}"))
}

/// The context as the builder sees it.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// What COPY and ADD can take.
    pub tree: FileTree,
    /// Files that .dockerignore keeps out.
    pub ignored: Vec<String>,
}

impl Context {
    /// Lays a named context out; its own .dockerignore counts.
    ///
    /// # Errors
    /// Where a path or a pattern is not acceptable.
    pub fn named(files: &[ContextFile]) -> Result<Self, String> {
        let ignore = files.iter().find(|file| file.path == ".dockerignore");
        let text = ignore.and_then(ContextFile::decoded).unwrap_or_default();
        Self::new(files, &Patterns::from_ignore_file(&text)?)
    }

    /// Lays files out, leaving out what `ignore` selects.
    ///
    /// # Errors
    /// Where a path is not acceptable.
    pub fn new(files: &[ContextFile], ignore: &Patterns) -> Result<Self, String> {
        let mut tree = FileTree::default();
        // Directories first, so that one listed after its files does not replace them.
        let (directories, others): (Vec<_>, Vec<_>) = files
            .iter()
            .partition(|file| matches!(file.data, Data::Directory));
        for file in directories.into_iter().chain(others) {
            check_path(&file.path)?;
            tree.put(&path::clean(&file.path), file.node());
        }
        if ignore.is_empty() {
            return Ok(Self {
                tree,
                ignored: Vec::new(),
            });
        }
        let mut ignored = Vec::new();
        let Node::Directory(root) = tree.root() else {
            return Ok(Self::default());
        };
        let kept = kept(root, "", None, ignore, &mut ignored).unwrap_or(Directory::new(root.meta));
        let mut tree = FileTree::default();
        tree.put("/", Node::Directory(kept));
        Ok(Self { tree, ignored })
    }
}

/// What is kept of a directory's content; `None` where that is nothing.
fn kept(
    directory: &Directory,
    at: &str,
    above: Option<&Matches>,
    ignore: &Patterns,
    ignored: &mut Vec<String>,
) -> Option<Directory> {
    let mut out = Directory::new(directory.meta);
    for (name, node) in directory.entries.iter() {
        let at = if at.is_empty() {
            name.to_string()
        } else {
            format!("{at}/{name}")
        };
        let matches = ignore.matches(&at, above);
        let node = match node {
            Node::Directory(inner) => {
                let inner_kept = kept(inner, &at, Some(&matches), ignore, ignored);
                if matches.selected {
                    inner_kept.map(Node::Directory)
                } else {
                    Some(Node::Directory(
                        inner_kept.unwrap_or(Directory::new(inner.meta)),
                    ))
                }
            }
            _ if matches.selected => {
                ignored.push(at);
                None
            }
            other => Some(other.clone()),
        };
        if let Some(node) = node {
            Arc::make_mut(&mut out.entries).insert(name.clone(), node);
        }
    }
    (!out.entries.is_empty()).then_some(out)
}
