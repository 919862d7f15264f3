//! Putting whole trees into a step's file tree.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::entries::Name;
use super::tree::{Directory, File, Node};

/// A name in one of the trees, and what has it there.
type Found<'f> = (&'f Name, &'f Node);

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
    /// Puts what directories hold into that at `at`, which held `before` before the step: as one
    /// after the other, but name by name, so that each place is looked for once. New directories
    /// that one alone has are shared with it. Tells whether anything was put there.
    pub(super) fn directory(
        &mut self,
        at: &mut String,
        from: &[&Directory],
        into: &mut Directory,
        before: Option<&Directory>,
    ) -> bool {
        let length = at.len();
        let mut is_changed = false;
        let each = from.iter().flat_map(|from| from.entries.iter());
        let mut found: Vec<Found<'_>> = each.collect();
        if from.len() > 1 {
            // What has one name stays in the order in which it comes.
            found.sort_by(|a, b| a.0.cmp(b.0));
        }
        let entries = Arc::make_mut(&mut into.entries);
        let mut new = Vec::new();
        for same in found.chunk_by(|a, b| a.0 == b.0) {
            let [(name, first), rest @ ..] = same else {
                continue;
            };
            at.push('/');
            at.push_str(name);
            is_changed |= match entries.get_mut(name) {
                Some(there) => self.taken(at, same, there, before),
                None => {
                    let node = self.free(at, name, first, rest, before);
                    new.push(((*name).clone(), node));
                    true
                }
            };
            at.truncate(length);
        }
        entries.add_sorted(new);
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

    /// What is there in the end where there was nothing.
    fn free(
        &mut self,
        at: &mut String,
        name: &Name,
        first: &Node,
        rest: &[Found<'_>],
        before: Option<&Directory>,
    ) -> Node {
        let old = self.gone(name, before);
        match old {
            Some(_) => self.touch(at),
            None => *self.changes += 1,
        }
        let mut node = first.clone();
        if let (Node::Directory(from), Node::Directory(made)) = (first, &mut node) {
            // An overlay notes so what is moved into an older directory.
            if let Some(opaque) = self.opaque.as_mut().filter(|_| before.is_some()) {
                opaque.insert(at.clone());
            }
            if old.is_none() {
                *self.changes += from.count();
            } else {
                *made = Directory::new(from.meta);
                self.directory(at, &[from], made, old.and_then(Node::as_directory));
            }
        }
        if !rest.is_empty() {
            self.taken(at, rest, &mut node, before);
        }
        node
    }

    /// Puts things where something is. Tells whether anything was put there.
    fn taken(
        &mut self,
        at: &mut String,
        same: &[Found<'_>],
        there: &mut Node,
        before: Option<&Directory>,
    ) -> bool {
        let mut is_changed = false;
        let mut below = Vec::new();
        let mut old = None;
        for (name, node) in same {
            match (&*there, node) {
                (Node::Directory(_), Node::Directory(from)) => {
                    if below.is_empty() {
                        old = before.and_then(|before| before.entries.get(name));
                    }
                    below.push(from);
                }
                (Node::Directory(_), _) | (_, Node::Directory(_)) => {
                    self.aside.push((at.clone(), (*node).clone()));
                }
                (other, _) => {
                    if let Node::File(file) = other {
                        (self.replaced)(at, file);
                    }
                    if before.is_some_and(|before| before.entries.contains_key(name)) {
                        self.touch(at);
                    }
                    *there = (*node).clone();
                    is_changed = true;
                }
            }
        }
        if let Node::Directory(there) = there
            && !below.is_empty()
        {
            is_changed |= self.directory(at, &below, there, old.and_then(Node::as_directory));
        }
        is_changed
    }
}
