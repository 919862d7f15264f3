//! Finding what COPY and ADD take.

use crate::context::glob::{Glob, has_wildcard};
use crate::image::{Directory, FileTree, Found, Metadata, Node, path};
use crate::size::{Basis, ByteCount};

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
pub(super) fn pick(tree: &FileTree, source: &str) -> Result<Vec<Picked>, String> {
    let cleaned = path::clean(source);
    if !has_wildcard(&cleaned) {
        return one(tree, &unescape(&cleaned)).map(|picked| vec![picked]);
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
    found.iter().map(|at| one(tree, at)).collect()
}

fn unescape(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(ch) = chars.next() {
        out.extend(if ch == '\\' { chars.next() } else { Some(ch) });
    }
    out
}

fn one(tree: &FileTree, at: &str) -> Result<Picked, String> {
    let missing = || at.to_owned();
    let target = tree.resolve(at).map_err(|_| missing())?;
    let (node, supposed) = match tree.find(&target) {
        Found::Node(node) => (node.clone(), false),
        Found::Nothing => return Err(missing()),
        Found::Unlisted => (supposed(tree, &target), true),
    };
    Ok(Picked {
        path: at.to_owned(),
        node,
        supposed,
    })
}

/// A stand-in for something in a directory whose files are not listed: it may be nothing,
/// or all that the directories above hold. What a RUN added there is taken to be meant.
fn supposed(tree: &FileTree, at: &str) -> Node {
    let mut size = ByteCount::assumed(0, 0, 0);
    for directory in path::ancestors(at).chain(["/"]) {
        if let Some(Node::Directory(Directory {
            bulk: Some(bulk), ..
        })) = tree.get(directory)
        {
            if bulk.basis == Basis::Assumed {
                size.bytes = size.bytes.saturating_add(bulk.bytes);
            }
            size.high = size.high.saturating_add(bulk.high);
        }
    }
    Node::sized(size, Metadata::root(0o755))
}
