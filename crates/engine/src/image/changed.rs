//! What a step changed, told by the trees before and after it.

use rustc_hash::FxHashSet;

use super::tree::{Directory, FileTree, Node};

/// What a step has changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Changed {
    pub(super) before: FileTree,
    pub(super) tree: FileTree,
    /// Paths of the tree before that are in the layer; what is new is in it anyhow.
    pub(super) touched: FxHashSet<Box<str>>,
}

/// Is shown a path, what is there, and what was there before.
type Visit<'v, 'c> = &'v mut dyn FnMut(&str, &'c Node, Option<&'c Node>);

/// A directory whose content is still to be shown.
struct Open<'c> {
    name: &'c str,
    new: &'c Directory,
    old: Option<&'c Directory>,
}

impl Open<'_> {
    /// Whether a path with `name` stands before those of what is in the directory.
    fn is_open_at(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.name);
        rest.is_some_and(|rest| rest.as_bytes().first() < Some(&b'/'))
    }
}

impl Changed {
    /// Shows what the layer has, in the order of paths.
    pub(super) fn each<'c>(&'c self, visit: Visit<'_, 'c>) {
        if let Some(root) = self.tree.directory("/") {
            self.each_below(&mut String::new(), root, self.before.directory("/"), visit);
        }
    }

    fn each_below<'c>(
        &'c self,
        at: &mut String,
        new: &'c Directory,
        old: Option<&'c Directory>,
        visit: Visit<'_, 'c>,
    ) {
        let length = at.len();
        // Both are in the order of names.
        let mut olds = old
            .map(|old| old.entries.iter())
            .into_iter()
            .flatten()
            .peekable();
        // Directories whose content is still to come: that of `a` stands behind `a-b`.
        let mut open: Vec<Open<'c>> = Vec::new();
        for (name, node) in new.entries.iter() {
            while let Some(last) = open.pop_if(|last| !last.is_open_at(name)) {
                self.each_of(last, at, visit);
            }
            at.push('/');
            at.push_str(name);
            while olds.next_if(|(old, _)| *old < name).is_some() {}
            let old = olds.next_if(|(old, _)| *old == name).map(|(_, node)| node);
            if old.is_none() || self.touched.contains(at.as_str()) {
                visit(at, node, old);
                if let Node::Directory(new) = node {
                    let old = old.and_then(Node::as_directory);
                    open.push(Open { name, new, old });
                }
            }
            at.truncate(length);
        }
        while let Some(last) = open.pop() {
            self.each_of(last, at, visit);
        }
    }

    fn each_of<'c>(&'c self, open: Open<'c>, at: &mut String, visit: Visit<'_, 'c>) {
        let length = at.len();
        at.push('/');
        at.push_str(open.name);
        self.each_below(at, open.new, open.old, visit);
        at.truncate(length);
    }
}
