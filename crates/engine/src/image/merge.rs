//! Putting a whole tree into a step's file tree.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry as Place;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::entries::Name;
use super::tree::{Directory, File, Node};

/// What a merge tells the step's books.
pub(super) struct Merge<'w> {
    /// Paths of the tree before that are in the layer.
    pub(super) touched: &'w mut FxHashSet<Box<str>>,
    /// Number of paths changed.
    pub(super) changes: &'w mut usize,
    /// Whether the step removed anything that was there before.
    pub(super) has_removed: bool,
    /// Directories that hide what the layers below hold, where new ones are moved into their places.
    pub(super) opaque: Option<&'w mut BTreeSet<String>>,
    /// Is shown each file that another takes the place of.
    pub(super) replaced: &'w mut dyn FnMut(&str, &File),
    /// Paths where something is in the way, or a link leads elsewhere.
    pub(super) aside: Vec<(String, Node)>,
}

impl Merge<'_> {
    /// Puts what `from` holds into a directory at `at` that held `before` before the step. New
    /// directories are shared with `from`. Tells whether anything was put there.
    pub(super) fn directory(
        &mut self,
        at: &mut String,
        from: &Directory,
        into: &mut Directory,
        before: Option<&Directory>,
    ) -> bool {
        let length = at.len();
        let mut is_changed = false;
        let entries = Arc::make_mut(&mut into.entries);
        for (name, node) in from.entries.iter() {
            at.push('/');
            at.push_str(name);
            let place = entries.entry(name.clone());
            is_changed |= match node {
                Node::Directory(from) => self.subdirectory(at, from, place, before),
                _ => self.file(at, node, place, before),
            };
            at.truncate(length);
        }
        if is_changed && before.is_some() && length > 0 {
            self.touch(at);
        }
        is_changed
    }

    fn touch(&mut self, at: &str) {
        if !self.touched.contains(at) {
            self.touched.insert(at.into());
            *self.changes += 1;
        }
    }

    /// What was in a directory before at a place where now there is nothing.
    fn gone<'b>(&self, free: &str, before: Option<&'b Directory>) -> Option<&'b Node> {
        let before = before.filter(|_| self.has_removed);
        before.and_then(|before| before.entries.get(free))
    }

    fn subdirectory(
        &mut self,
        at: &mut String,
        from: &Directory,
        place: Place<'_, Name, Node>,
        before: Option<&Directory>,
    ) -> bool {
        match place {
            Place::Vacant(free) => {
                // An overlay notes so what is moved into an older directory.
                if let Some(opaque) = self.opaque.as_mut().filter(|_| before.is_some()) {
                    opaque.insert(at.clone());
                }
                if let Some(old) = self.gone(free.key(), before) {
                    self.touch(at);
                    let Node::Directory(made) = free.insert(Node::directory(from.meta)) else {
                        return true;
                    };
                    self.directory(at, from, made, old.as_directory());
                } else {
                    *self.changes += 1 + from.count();
                    free.insert(Node::Directory(from.clone()));
                }
                true
            }
            Place::Occupied(mut taken) => {
                let old = before.and_then(|before| before.entries.get(taken.key()));
                match taken.get_mut() {
                    Node::Directory(there) => {
                        self.directory(at, from, there, old.and_then(Node::as_directory))
                    }
                    _ => {
                        self.aside.push((at.clone(), Node::Directory(from.clone())));
                        false
                    }
                }
            }
        }
    }

    fn file(
        &mut self,
        at: &str,
        node: &Node,
        place: Place<'_, Name, Node>,
        before: Option<&Directory>,
    ) -> bool {
        match place {
            Place::Vacant(free) => {
                match self.gone(free.key(), before) {
                    Some(_) => self.touch(at),
                    None => *self.changes += 1,
                }
                free.insert(node.clone());
            }
            Place::Occupied(mut taken) => match taken.get() {
                Node::Directory(_) => {
                    self.aside.push((at.to_owned(), node.clone()));
                    return false;
                }
                there => {
                    if let Node::File(file) = there {
                        (self.replaced)(at, file);
                    }
                    if before.is_some_and(|before| before.entries.contains_key(taken.key())) {
                        self.touch(at);
                    }
                    taken.insert(node.clone());
                }
            },
        }
        true
    }
}
