//! The files of an image or of one layer, for showing.

use serde::{Deserialize, Serialize};

use crate::build::BuiltStage;
use crate::image::{Change, EntryKind, FileTree, Node};
use crate::size::ByteCount;

/// Most rows of a listing.
const MAX_ROWS: usize = 120_000;

/// A file, directory or link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// Absolute path.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of a file, or of a directory's files that are not listed.
    pub size: ByteCount,
    /// Permissions.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Target of a link.
    pub link: Option<String>,
    /// Against the base image, or the layers below.
    pub change: Change,
}

/// The files of an image or layer, sorted by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The files.
    pub rows: Vec<FileRow>,
    /// How many more there are than are listed.
    pub left_out: usize,
    /// Bytes in files whose names are not known.
    pub unlisted: ByteCount,
}

impl Listing {
    fn push(&mut self, row: FileRow) {
        if self.rows.len() < MAX_ROWS {
            self.rows.push(row);
        } else {
            self.left_out += 1;
        }
    }
}

/// The files of the whole image; what differs from its base image is marked.
pub fn list_image(stage: &BuiltStage) -> Listing {
    let mut listing = Listing::default();
    if let Node::Directory(root) = stage.tree.root() {
        listing.unlisted += root.bulk.unwrap_or_default();
    }
    let mut add = |path: &str, node: &Node| {
        let change = changed(&stage.base_tree, path, node);
        let row = row(path, node, change);
        if node.is_directory() {
            listing.unlisted += row.size;
        }
        listing.push(row);
    };
    stage.tree.walk(&mut add);
    stage.base_tree.walk(&mut |path, node| {
        if stage.tree.get(path).is_none() {
            listing.push(row(path, node, Change::Removed));
        }
    });
    listing
}

/// The files that one step changed.
pub fn list_layer(stage: &BuiltStage, step: usize) -> Listing {
    let mut listing = Listing::default();
    let Some(layer) = stage.layers.get(step).and_then(|step| step.layer.as_ref()) else {
        return listing;
    };
    listing.unlisted = layer.unlisted.unwrap_or_default();
    for entry in layer.entries() {
        listing.push(FileRow {
            path: entry.path.clone(),
            kind: entry.kind,
            size: entry.size,
            mode: entry.meta.mode,
            uid: entry.meta.uid,
            gid: entry.meta.gid,
            link: entry.link.clone(),
            change: entry.change,
        });
    }
    listing
}

fn changed(base: &FileTree, path: &str, node: &Node) -> Change {
    match (base.get(path), node) {
        (None, _) => Change::Added,
        (Some(Node::Directory(_)), Node::Directory(_)) => Change::Kept,
        (Some(Node::File(old)), Node::File(new))
            if old.size == new.size && old.meta == new.meta =>
        {
            Change::Kept
        }
        (Some(Node::Symlink(old)), Node::Symlink(new)) if old.target == new.target => Change::Kept,
        (Some(Node::Special(old)), Node::Special(new)) if old == new => Change::Kept,
        _ => Change::Changed,
    }
}

fn row(path: &str, node: &Node, change: Change) -> FileRow {
    let (kind, size, link) = match node {
        Node::File(file) => (EntryKind::File, file.size, None),
        Node::Directory(directory) => (EntryKind::Dir, directory.bulk.unwrap_or_default(), None),
        Node::Symlink(link) => (
            EntryKind::Symlink,
            ByteCount::ZERO,
            Some(link.target.to_string()),
        ),
        Node::Special(_) => (EntryKind::Other, ByteCount::ZERO, None),
    };
    let meta = node.meta();
    FileRow {
        path: path.to_owned(),
        kind,
        size,
        mode: meta.mode,
        uid: meta.uid,
        gid: meta.gid,
        link,
        change,
    }
}
