//! A layer: what a step changed, as the tar that a registry stores would hold it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::changed::Changed;
use super::path;
use super::tree::{Inode, Metadata, Node};
use crate::size::ByteCount;

/// Kind of a layer's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A further name of a file that stands before it in the layer.
    Hardlink,
    /// A pipe or a device.
    Other,
    /// A mark that something below is gone: `.wh.NAME`, or `.wh..wh..opq` in a directory
    /// that hides all that the layers below hold in it (OCI image specification).
    Whiteout,
}

/// What an entry does to the files of the layers below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Added,
    /// It takes the place of an older one.
    Changed,
    /// It takes an older one away.
    Removed,
    /// A directory that was there before; something below it changed.
    Kept,
}

/// One entry of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Absolute path, as in the tar.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Owner and permissions.
    pub meta: Metadata,
    /// Bytes of a file.
    pub size: ByteCount,
    /// Target of a link.
    pub link: Option<String>,
    /// What it does to the layers below.
    pub change: Change,
}

/// What a step added to the image.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    listed: Arc<Listed>,
    /// Bytes in files that are not listed.
    pub unlisted: Option<ByteCount>,
    /// How many bytes it might have less, had a condition that is not known come out otherwise.
    pub perhaps_less: u64,
    /// What the layer has, where that is stated: whatever the entries come to.
    pub stated: Option<ByteCount>,
}

/// The entries, which are made where somebody wants to see them: most builds are only weighed.
#[derive(Debug, Default)]
struct Listed {
    changed: Changed,
    marks: Vec<Entry>,
    count: usize,
    size: ByteCount,
    entries: OnceLock<Vec<Entry>>,
}

impl Layer {
    /// What was changed, and the marks of what is gone.
    pub(super) fn new(changed: Changed, marks: Vec<Entry>, unlisted: Option<ByteCount>) -> Self {
        let mut count = marks.len();
        let mut size = ByteCount::ZERO;
        let mut counted = FxHashSet::default();
        changed.each(&mut |at, node, _| {
            count += 1;
            if let Node::File(file) = node
                && !is_mark(at)
                && file.inode.is_none_or(|inode| counted.insert(inode))
            {
                size += file.size;
            }
        });
        Self {
            listed: Arc::new(Listed {
                changed,
                marks,
                count,
                size,
                entries: OnceLock::new(),
            }),
            unlisted,
            perhaps_less: 0,
            stated: None,
        }
    }

    /// Bytes of all files.
    pub fn size(&self) -> ByteCount {
        if let Some(stated) = self.stated {
            return stated;
        }
        let size = self.listed.size + self.unlisted.unwrap_or_default();
        ByteCount {
            low: size.low.saturating_sub(self.perhaps_less),
            ..size
        }
    }

    /// How many entries there are.
    pub fn count(&self) -> usize {
        self.listed.count
    }

    /// Shows the paths that are new or changed, in order.
    pub fn each_path(&self, visit: &mut dyn FnMut(&str)) {
        self.listed.changed.each(&mut |at, _, _| visit(at));
    }

    /// Entries sorted by path.
    pub fn entries(&self) -> &[Entry] {
        let listed = &*self.listed;
        listed.entries.get_or_init(|| listed.entries())
    }
}

impl Listed {
    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(self.count);
        let mut linked: Vec<(usize, Inode)> = Vec::new();
        self.changed.each(&mut |at, node, old| {
            let change = match old {
                None => Change::Added,
                Some(old) if old.is_directory() && node.is_directory() => Change::Kept,
                Some(_) => Change::Changed,
            };
            let entry = entry(at.to_owned(), node, change);
            if let (EntryKind::File, Node::File(file)) = (entry.kind, node)
                && let Some(inode) = file.inode
            {
                linked.push((entries.len(), inode));
            }
            entries.push(entry);
        });
        link(&mut entries, &linked);
        if !self.marks.is_empty() {
            entries.extend(self.marks.iter().cloned());
            entries.sort_by(|a, b| a.path.cmp(&b.path));
        }
        entries
    }
}

/// Makes links of the further names of files with several: places among the entries, with the
/// files' numbers.
fn link(entries: &mut [Entry], linked: &[(usize, Inode)]) {
    let mut first: BTreeMap<Inode, usize> = BTreeMap::new();
    for (place, inode) in linked {
        let known = first.entry(*inode).or_insert(*place);
        // A tar is written directory by directory, names in order: `/` sorts before all else.
        if path::names(&entries[*place].path).lt(path::names(&entries[*known].path)) {
            *known = *place;
        }
    }
    for (place, inode) in linked {
        let Some(own) = first.get(inode).filter(|first| *first != place) else {
            continue;
        };
        let target = entries[*own].path.clone();
        let entry = &mut entries[*place];
        entry.kind = EntryKind::Hardlink;
        entry.size = ByteCount::ZERO;
        entry.link = Some(target);
    }
}

/// Whether whoever reads the layer takes a name for a mark, whatever made it.
fn is_mark(at: &str) -> bool {
    path::split(at).1.starts_with(".wh.")
}

/// The mark that hides what the layers below have.
pub(super) fn whiteout(path: String, meta: Metadata) -> Entry {
    Entry {
        path,
        kind: EntryKind::Whiteout,
        meta,
        size: ByteCount::ZERO,
        link: None,
        change: Change::Removed,
    }
}

fn entry(at: String, node: &Node, change: Change) -> Entry {
    let mut entry = Entry {
        path: at,
        kind: EntryKind::Dir,
        meta: node.meta(),
        size: ByteCount::ZERO,
        link: None,
        change,
    };
    match node {
        Node::Directory(_) => {}
        Node::Symlink(link) => {
            entry.kind = EntryKind::Symlink;
            entry.link = Some(link.target.to_string());
        }
        Node::Special(_) => entry.kind = EntryKind::Other,
        Node::File(file) => {
            entry.kind = EntryKind::File;
            entry.size = file.size;
        }
    }
    if is_mark(&entry.path) {
        entry.kind = EntryKind::Whiteout;
        entry.size = ByteCount::ZERO;
        entry.link = None;
    }
    entry
}
