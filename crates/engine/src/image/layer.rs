//! A layer: what a step changed, as the tar that a registry stores would hold it.

use std::collections::btree_map::Entry as Entries;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::entries::Name;
use super::merge::Merge;
use super::path;
use super::tree::{Directory, File, FileTree, Metadata, Node};
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
    /// Entries sorted by path.
    pub entries: Arc<Vec<Entry>>,
    /// Bytes in files that are not listed.
    pub unlisted: Option<ByteCount>,
    /// How many bytes it might have less, had a condition that is not known come out otherwise.
    pub perhaps_less: u64,
    /// What the layer has, where that is stated: whatever the entries come to.
    pub stated: Option<ByteCount>,
}

impl Layer {
    /// Bytes of all files.
    pub fn size(&self) -> ByteCount {
        if let Some(stated) = self.stated {
            return stated;
        }
        let size = self
            .entries
            .iter()
            .map(|entry| entry.size)
            .sum::<ByteCount>()
            + self.unlisted.unwrap_or_default();
        ByteCount {
            low: size.low.saturating_sub(self.perhaps_less),
            ..size
        }
    }
}

/// A file tree being changed by one step, on top of what was there before; keeps book of
/// what an overlay file system would copy up.
#[derive(Debug, Clone)]
pub struct Workspace {
    before: FileTree,
    tree: FileTree,
    /// Paths of the tree before that are in the layer; what is new is in it anyhow.
    touched: FxHashSet<Box<str>>,
    changes: usize,
    removed: BTreeSet<String>,
    opaque: BTreeSet<String>,
    whiteout_mode: u16,
    unlisted: Option<ByteCount>,
}

impl Workspace {
    /// Starts from a tree.
    pub fn new(tree: FileTree) -> Self {
        Self {
            before: tree.clone(),
            tree,
            touched: FxHashSet::default(),
            changes: 0,
            removed: BTreeSet::new(),
            opaque: BTreeSet::new(),
            whiteout_mode: 0,
            unlisted: None,
        }
    }

    /// The tree as it is now.
    pub fn tree(&self) -> &FileTree {
        &self.tree
    }

    /// The permissions that marks of removed files have: programs of a RUN leave others than
    /// BuildKit's own operations (measured on Docker Engine 28).
    pub fn set_whiteout_mode(&mut self, mode: u16) {
        self.whiteout_mode = mode;
    }

    /// Marks a directory as one that hides all that the layers below hold in its place.
    pub fn mark_opaque(&mut self, at: &str) {
        self.opaque.insert(at.to_owned());
    }

    /// Whether a path was there before the step, and what it was.
    pub fn before(&self, at: &str) -> Option<&Node> {
        self.before.get(at)
    }

    /// Number of paths changed so far.
    pub fn changes(&self) -> usize {
        self.changes
    }

    /// Marks a path and the directories above it as part of the layer.
    pub fn touch(&mut self, at: &str) {
        if self.touched.contains(at) {
            return;
        }
        let mut above = self.before.root();
        let mut length = 0;
        for name in path::names(at) {
            let Node::Directory(directory) = above else {
                return;
            };
            let Some(node) = directory.entries.get(name) else {
                return;
            };
            length += 1 + name.len();
            let Some(own) = at.get(..length) else {
                return;
            };
            if !self.touched.contains(own) {
                self.touched.insert(own.into());
                self.changes += 1;
            }
            above = node;
        }
    }

    /// Puts a node at a path; a node of another kind that was there counts as removed.
    pub fn put(&mut self, at: &str, node: Node) {
        self.touch(at);
        let is_directory = node.is_directory();
        match self.tree.put(at, node) {
            Some(old) if old.is_directory() == is_directory => {}
            Some(_) => {
                self.removed.insert(at.to_owned());
            }
            None => self.changes += 1,
        }
    }

    /// Puts nodes into a directory, as one by one; `wants` is asked where something is in the way.
    pub fn put_all(
        &mut self,
        directory: &str,
        nodes: Vec<(Name, Node)>,
        wants: &mut dyn FnMut(&str, &Node, &Node) -> bool,
    ) {
        self.touch(directory);
        let before = self.before.directory(directory);
        let entries = self.tree.entries_mut(directory);
        if entries.is_empty() && before.is_none() {
            self.changes += nodes.len();
            entries.extend(nodes);
            return;
        }
        let was_there = |name: &str| before.is_some_and(|before| before.entries.contains_key(name));
        // What was there before and is not now was removed by this step.
        let may_return = !self.removed.is_empty();
        for (name, node) in nodes {
            match entries.entry(name) {
                Entries::Vacant(free) => {
                    if may_return && was_there(free.key()) {
                        self.touched
                            .insert(path::child(directory, free.key()).into());
                    }
                    self.changes += 1;
                    free.insert(node);
                }
                Entries::Occupied(mut taken) => {
                    if !wants(taken.key(), taken.get(), &node) {
                        continue;
                    }
                    let at = path::child(directory, taken.key());
                    if taken.get().is_directory() != node.is_directory() {
                        self.removed.insert(at.clone());
                    }
                    if was_there(taken.key()) {
                        self.touched.insert(at.into());
                    }
                    taken.insert(node);
                }
            }
        }
    }

    /// Puts all that a tree holds into place. `renamed` tells that new directories are made elsewhere
    /// and moved into their places, as dpkg does where it unpacks an archive; `replaced` is shown
    /// each file that another takes the place of. Gives back the paths, with what belongs there,
    /// where something is in the way or a link leads elsewhere.
    pub fn merge(
        &mut self,
        tree: &FileTree,
        renamed: bool,
        replaced: &mut dyn FnMut(&str, &File),
    ) -> Vec<(String, Node)> {
        let mut merge = Merge {
            touched: &mut self.touched,
            changes: &mut self.changes,
            has_removed: !self.removed.is_empty(),
            opaque: renamed.then_some(&mut self.opaque),
            replaced,
            aside: Vec::new(),
        };
        if let Some(from) = tree.directory("/") {
            let root = self.tree.directory_mut("/");
            merge.directory(&mut String::new(), from, root, self.before.directory("/"));
        }
        merge.aside
    }

    /// Changes owner and permissions.
    pub fn set_meta(&mut self, at: &str, meta: Metadata) {
        self.touch(at);
        self.tree.set_meta(at, meta);
    }

    /// Removes a path with all below it.
    pub fn remove(&mut self, at: &str) {
        if self.tree.remove(at).is_some() {
            self.touch(path::split(at).0);
            self.removed.insert(at.to_owned());
        }
    }

    /// Notes bytes that the step adds in files that are not listed.
    pub fn add_unlisted(&mut self, at: &str, size: ByteCount) {
        self.add_bulk(at, size);
        self.count_unlisted(size);
    }

    /// Notes bytes below a directory in files that are not listed, in the tree alone.
    pub fn add_bulk(&mut self, at: &str, size: ByteCount) {
        self.tree.add_bulk(at, size);
    }

    /// Counts bytes of unlisted files to the layer.
    pub fn count_unlisted(&mut self, size: ByteCount) {
        self.unlisted = Some(self.unlisted.unwrap_or_default() + size);
    }

    /// Bytes of the listed files that the layer would hold now.
    pub fn touched_size(&self) -> ByteCount {
        let mut size = ByteCount::ZERO;
        self.each_changed(&mut |_, node, _| {
            if let Node::File(file) = node {
                size += file.size;
            }
        });
        size
    }

    /// Shows what the layer has: path, node, and what was there before.
    fn each_changed<'w>(&'w self, visit: &mut dyn FnMut(&str, &'w Node, Option<&'w Node>)) {
        if let Some(root) = self.tree.directory("/") {
            self.each_below(&mut String::new(), root, self.before.directory("/"), visit);
        }
    }

    fn each_below<'w>(
        &'w self,
        at: &mut String,
        new: &'w Directory,
        old: Option<&'w Directory>,
        visit: &mut dyn FnMut(&str, &'w Node, Option<&'w Node>),
    ) {
        let length = at.len();
        // Both are in the order of names.
        let mut olds = old
            .map(|old| old.entries.iter())
            .into_iter()
            .flatten()
            .peekable();
        for (name, node) in new.entries.iter() {
            at.push('/');
            at.push_str(name);
            while olds.next_if(|(old, _)| *old < name).is_some() {}
            let before = olds.next_if(|(old, _)| *old == name).map(|(_, node)| node);
            if before.is_none() || self.touched.contains(at.as_str()) {
                visit(at, node, before);
                if let Node::Directory(new) = node {
                    let old = match before {
                        Some(Node::Directory(old)) => Some(old),
                        _ => None,
                    };
                    self.each_below(at, new, old, visit);
                }
            }
            at.truncate(length);
        }
    }

    /// The resulting tree and the layer.
    pub fn finish(self) -> (FileTree, Layer) {
        let mut found: Vec<(String, &Node, Change)> = Vec::with_capacity(self.changes);
        self.each_changed(&mut |at, node, old| {
            let change = match old {
                None => Change::Added,
                Some(old) if old.is_directory() && node.is_directory() => Change::Kept,
                Some(_) => Change::Changed,
            };
            found.push((at.to_owned(), node, change));
        });
        // The order of the walk is nearly that of paths, which the stable sort makes use of.
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let first_names = first_names(&found);
        let mut entries: Vec<Entry> = found
            .into_iter()
            .map(|(at, node, change)| entry(at, node, change, &first_names))
            .collect();
        let listed = entries.len();
        let mut opaque = self.opaque;
        for at in &self.removed {
            // Below a directory that went itself there is nothing left to hide.
            let covered = path::ancestors(at)
                .any(|above| self.removed.contains(above) && self.before.get(above).is_some());
            if covered || self.before.get(at).is_none() {
                continue;
            }
            match self.tree.get(at) {
                Some(Node::Directory(_)) => {
                    opaque.insert(at.clone());
                }
                Some(_) => {}
                None => {
                    let (directory, name) = path::split(at);
                    // Below a directory that is gone itself one mark is enough.
                    if directory == "/" || self.tree.get(directory).is_some_and(Node::is_directory)
                    {
                        let mark = path::child(directory, &format!(".wh.{name}"));
                        entries.push(whiteout(mark, Metadata::root(self.whiteout_mode)));
                    }
                }
            }
        }
        for at in &opaque {
            if let Some(Node::Directory(directory)) = self.tree.get(at) {
                entries.push(whiteout(path::child(at, ".wh..wh..opq"), directory.meta));
            }
        }
        if entries.len() > listed {
            entries.sort_by(|a, b| a.path.cmp(&b.path));
        }
        (
            self.tree,
            Layer {
                entries: Arc::new(entries),
                unlisted: self.unlisted,
                perhaps_less: 0,
                stated: None,
            },
        )
    }
}

/// The first name of each file with several, by its number.
fn first_names(found: &[(String, &Node, Change)]) -> BTreeMap<u64, String> {
    let mut first: BTreeMap<u64, String> = BTreeMap::new();
    for (at, node, _) in found {
        let Node::File(File {
            inode: Some(inode), ..
        }) = node
        else {
            continue;
        };
        let name = first.entry(*inode).or_insert_with(|| at.clone());
        // A tar is written directory by directory, names in order: `/` sorts before all else.
        if path::names(at).lt(path::names(name)) {
            name.clone_from(at);
        }
    }
    first
}

fn whiteout(path: String, meta: Metadata) -> Entry {
    Entry {
        path,
        kind: EntryKind::Whiteout,
        meta,
        size: ByteCount::ZERO,
        link: None,
        change: Change::Removed,
    }
}

fn entry(at: String, node: &Node, change: Change, first_names: &BTreeMap<u64, String>) -> Entry {
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
            let first = file.inode.and_then(|inode| first_names.get(&inode));
            match first.filter(|first| **first != entry.path) {
                Some(first) => {
                    entry.kind = EntryKind::Hardlink;
                    entry.link = Some(first.clone());
                }
                None => {
                    entry.kind = EntryKind::File;
                    entry.size = file.size;
                }
            }
        }
    }
    // Whoever reads the layer takes such a name for a mark, whatever made it.
    if path::split(&entry.path).1.starts_with(".wh.") {
        entry.kind = EntryKind::Whiteout;
        entry.size = ByteCount::ZERO;
        entry.link = None;
    }
    entry
}
