//! A file tree that one step changes, with the books that an overlay file system keeps.

use std::collections::BTreeSet;

use super::changed::Changed;
use super::entries::Name;
use super::layer::{Entry, Layer, whiteout};
use super::merge::Merge;
use super::path;
use super::tree::{Directory, File, FileTree, Metadata, Node};
use crate::size::ByteCount;

/// A file tree being changed by one step, on top of what was there before; keeps book of
/// what an overlay file system would copy up.
#[derive(Debug, Clone)]
pub struct Workspace {
    changed: Changed,
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
            changed: Changed {
                before: tree.clone(),
                tree,
                ..Changed::default()
            },
            changes: 0,
            removed: BTreeSet::new(),
            opaque: BTreeSet::new(),
            whiteout_mode: 0,
            unlisted: None,
        }
    }

    /// The tree as it is now.
    pub fn tree(&self) -> &FileTree {
        &self.changed.tree
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
        self.changed.before.get(at)
    }

    /// Number of paths changed so far.
    pub fn changes(&self) -> usize {
        self.changes
    }

    /// Marks a path and the directories above it as part of the layer.
    pub fn touch(&mut self, at: &str) {
        if self.changed.touched.contains(at) {
            return;
        }
        let mut above = self.changed.before.root();
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
            if !self.changed.touched.contains(own) {
                self.changed.touched.insert(own.into());
                self.changes += 1;
            }
            above = node;
        }
    }

    /// Puts a node at a path; a node of another kind that was there counts as removed.
    pub fn put(&mut self, at: &str, node: Node) {
        self.touch(at);
        let is_directory = node.is_directory();
        match self.changed.tree.put(at, node) {
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
        let before = self.changed.before.directory(directory);
        let entries = self.changed.tree.entries_mut(directory);
        if entries.is_empty() && before.is_none() {
            self.changes += nodes.len();
            entries.extend(nodes);
            return;
        }
        let was_there = |name: &str| before.is_some_and(|before| before.entries.contains_key(name));
        // What was there before and is not now was removed by this step.
        let may_return = !self.removed.is_empty();
        for (name, node) in nodes {
            let Some(taken) = entries.get_mut(&name) else {
                if may_return && was_there(&name) {
                    self.changed
                        .touched
                        .insert(path::child(directory, &name).into());
                }
                self.changes += 1;
                entries.insert(name, node);
                continue;
            };
            if !wants(&name, taken, &node) {
                continue;
            }
            let at = path::child(directory, &name);
            if taken.is_directory() != node.is_directory() {
                self.removed.insert(at.clone());
            }
            *taken = node;
            if was_there(&name) {
                self.changed.touched.insert(at.into());
            }
        }
    }

    /// Puts all that trees hold into place, as one after the other. `renamed` tells that new directories are made elsewhere
    /// and moved into their places, as dpkg does where it unpacks an archive; `replaced` is shown
    /// each file that another takes the place of. Gives back the paths, with what belongs there,
    /// where something is in the way or a link leads elsewhere.
    pub fn merge(
        &mut self,
        trees: &[&FileTree],
        renamed: bool,
        replaced: &mut dyn FnMut(&str, &File),
    ) -> Vec<(String, Node)> {
        let mut merge = Merge {
            touched: &mut self.changed.touched,
            changes: &mut self.changes,
            has_removed: !self.removed.is_empty(),
            opaque: renamed.then_some(&mut self.opaque),
            replaced,
            aside: Vec::new(),
        };
        let from: Vec<&Directory> = trees
            .iter()
            .filter_map(|tree| tree.directory("/"))
            .collect();
        let root = self.changed.tree.directory_mut("/");
        merge.directory(
            &mut String::new(),
            &from,
            root,
            self.changed.before.directory("/"),
        );
        merge.aside
    }

    /// Changes owner and permissions.
    pub fn set_meta(&mut self, at: &str, meta: Metadata) {
        self.touch(at);
        self.changed.tree.set_meta(at, meta);
    }

    /// Removes a path with all below it.
    pub fn remove(&mut self, at: &str) {
        if self.changed.tree.remove(at).is_some() {
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
        self.changed.tree.add_bulk(at, size);
    }

    /// Counts bytes of unlisted files to the layer.
    pub fn count_unlisted(&mut self, size: ByteCount) {
        self.unlisted = Some(self.unlisted.unwrap_or_default() + size);
    }

    /// Bytes of the listed files that the layer would hold now.
    pub fn touched_size(&self) -> ByteCount {
        let mut size = ByteCount::ZERO;
        self.changed.each(&mut |_, node, _| {
            if let Node::File(file) = node {
                size += file.size;
            }
        });
        size
    }

    /// The resulting tree and the layer.
    pub fn finish(mut self) -> (FileTree, Layer) {
        let opaque = std::mem::take(&mut self.opaque);
        let marks = self.marks(opaque);
        let tree = self.changed.tree.clone();
        (tree, Layer::new(self.changed, marks, self.unlisted))
    }

    /// The marks of what is gone, those of opaque directories among them.
    fn marks(&self, mut opaque: BTreeSet<String>) -> Vec<Entry> {
        let mut marks = Vec::new();
        for at in &self.removed {
            // Below a directory that went itself there is nothing left to hide.
            let covered = path::ancestors(at).any(|above| {
                self.removed.contains(above) && self.changed.before.get(above).is_some()
            });
            if covered || self.changed.before.get(at).is_none() {
                continue;
            }
            match self.changed.tree.get(at) {
                Some(Node::Directory(_)) => {
                    opaque.insert(at.clone());
                }
                Some(_) => {}
                None => {
                    let (directory, name) = path::split(at);
                    // Below a directory that is gone itself one mark is enough.
                    if directory == "/"
                        || self
                            .changed
                            .tree
                            .get(directory)
                            .is_some_and(Node::is_directory)
                    {
                        let mark = path::child(directory, &format!(".wh.{name}"));
                        marks.push(whiteout(mark, Metadata::root(self.whiteout_mode)));
                    }
                }
            }
        }
        for at in &opaque {
            if let Some(Node::Directory(directory)) = self.changed.tree.get(at) {
                marks.push(whiteout(path::child(at, ".wh..wh..opq"), directory.meta));
            }
        }
        marks
    }
}
