//! Finding what COPY and ADD take.

use crate::context::glob::{Glob, has_wildcard};
use crate::image::{Directory, FileTree, Found, Metadata, Node, path};
use crate::size::ByteCount;

/// The files that sources are taken from.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    /// All of them.
    pub(super) tree: FileTree,
    /// Those that a base image brought.
    pub(super) base: FileTree,
}

/// Something that a source path stands for.
#[derive(Debug, Clone)]
pub(super) struct Picked {
    /// The path as written, cleaned; its last name is the file's name at the destination.
    pub(super) path: String,
    /// What is there, links followed.
    pub(super) node: Node,
    /// Whether it is only supposed to be there, in files that are not listed.
    pub(super) supposed: bool,
}

/// What a source path or pattern stands for.
///
/// # Errors
/// The path that does not exist.
pub(super) fn pick(files: &Files, source: &str) -> Result<Vec<Picked>, String> {
    let tree = &files.tree;
    let cleaned = path::clean(source);
    if !has_wildcard(&cleaned) {
        return one(files, &unescape(&cleaned)).map(|picked| vec![picked]);
    }
    let mut found = vec!["/".to_owned()];
    let mut literal = true;
    for name in path::names(&cleaned) {
        let wild = has_wildcard(name);
        let mut next = Vec::new();
        for directory in &found {
            // Directories before the first wildcard may be links, as in a look-up.
            let at = if literal {
                tree.resolve(directory).unwrap_or_default()
            } else {
                directory.clone()
            };
            if !wild && literal {
                next.push(path::child(directory, &unescape(name)));
                continue;
            }
            let (Ok(glob), Some(Node::Directory(node))) = (Glob::new(name), tree.get(&at)) else {
                continue;
            };
            next.extend(
                node.entries
                    .keys()
                    .filter(|own| glob.matches(own))
                    .map(|own| path::child(directory, own)),
            );
        }
        literal &= !wild;
        found = next;
    }
    found.iter().map(|at| one(files, at)).collect()
}

fn unescape(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(ch) = chars.next() {
        out.extend(if ch == '\\' { chars.next() } else { Some(ch) });
    }
    out
}

fn one(files: &Files, at: &str) -> Result<Picked, String> {
    let tree = &files.tree;
    let missing = || at.to_owned();
    let target = tree.resolve(at).map_err(|_| missing())?;
    let (node, supposed) = match tree.find(&target) {
        Found::Node(node) => (node.clone(), false),
        Found::Nothing => return Err(missing()),
        Found::Unlisted => (supposed(files, &target), true),
    };
    Ok(Picked {
        path: at.to_owned(),
        node,
        supposed,
    })
}

/// A stand-in for something in a directory whose files are not listed: it may be nothing,
/// or all that the directories above hold. What a RUN added there is taken to be meant.
fn supposed(files: &Files, at: &str) -> Node {
    let bulk = |tree: &FileTree, directory: &str| match tree.get(directory) {
        Some(Node::Directory(Directory { bulk, .. })) => bulk.unwrap_or_default(),
        _ => ByteCount::ZERO,
    };
    let mut size = ByteCount::assumed(0, 0, 0);
    for directory in path::ancestors(at).chain(["/"]) {
        let all = bulk(&files.tree, directory);
        let inherited = bulk(&files.base, directory);
        let added = all.bytes.saturating_sub(inherited.bytes);
        size.bytes = size.bytes.saturating_add(added);
        size.high = size.high.saturating_add(all.high);
    }
    Node::sized(size, Metadata::root(0o755))
}
