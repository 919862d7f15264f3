//! A package's files as a tree: what dpkg unpacks, made once and shared by all builds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::files::{Kind, Listing, Member, Owner};
use super::slim::{keeps_directory, left_out};
use crate::image::{FileTree, Metadata, Name, Node, path};
use crate::size::ByteCount;

/// dpkg's books.
pub const INFO: &str = "/var/lib/dpkg/info";

/// The end of the directories of systemd's units.
pub const UNITS: &str = "/systemd/system/";

/// What a package puts into a system.
#[derive(Debug)]
pub struct Unpacked {
    /// Its files and dpkg's books of it; none where what they belong to goes by name, and so by
    /// the system's own users.
    pub tree: Option<FileTree>,
    /// Further names of files: the file's path without the first slash, and the name.
    pub links: Vec<(String, String)>,
    /// What is made when it is configured, whatever the system.
    pub made: FileTree,
    /// Python modules that are compiled then, where there is a Python.
    pub compiled: FileTree,
    /// The lines of its listing that tell what else is made then, with whole paths: directories that
    /// it gives to somebody, owners by name, links to systemd's units.
    pub made_lines: String,
}

/// By package, and whether it is for -slim images.
type Known = BTreeMap<(String, bool), Arc<Unpacked>>;

/// The trees that were made, shared by all clones.
#[derive(Debug, Clone, Default)]
pub struct Trees(Arc<Mutex<Known>>);

impl Trees {
    /// The tree of a package, which is made where it is asked for first.
    pub fn get(&self, name: &str, slim: bool, make: impl FnOnce() -> Unpacked) -> Arc<Unpacked> {
        // A panic while another held it has left nothing half done: entries are put in whole.
        let mut trees = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tree = trees.entry((name.to_owned(), slim));
        Arc::clone(tree.or_insert_with(|| Arc::new(make())))
    }
}

/// Whether dpkg unpacks a path of an archive.
pub fn is_kept(member: &Member<'_>, slim: bool) -> bool {
    let path = member.path.trim_start_matches('/');
    !slim
        || match member.kind {
            Kind::File(..) | Kind::HardLink(_) => left_out(path).is_none(),
            Kind::Directory(_) | Kind::Link(_) => keeps_directory(path),
        }
}

/// dpkg's books of a package whose name they have: scripts can be run. `size` makes a size of bytes.
pub fn books_of(
    listing: &Listing<'_>,
    book_name: &str,
    size: impl Fn(u64) -> ByteCount,
) -> impl Iterator<Item = (Name, Node)> {
    listing.books().map(move |(book, bytes)| {
        let mode = match book {
            "preinst" | "postinst" | "prerm" | "postrm" | "config" => 0o755,
            _ => 0o644,
        };
        let node = Node::sized(size(bytes), Metadata::root(mode));
        (format!("{book_name}.{book}").into(), node)
    })
}

/// Permissions and owner, where the owner goes by number.
fn numbered(owner: Owner<'_>) -> Option<Metadata> {
    Some(Metadata {
        mode: owner.mode,
        uid: owner.user.parse().ok()?,
        gid: owner.group.parse().ok()?,
    })
}

/// What is at a path, where that is a thing of its own and its owner goes by number.
fn node(kind: Kind<'_>) -> Option<Node> {
    match kind {
        Kind::File(bytes, owner, _) => {
            Some(Node::sized(ByteCount::measured(bytes), numbered(owner)?))
        }
        Kind::Directory(owner) => numbered(owner).map(Node::directory),
        Kind::Link(target) => Some(Node::symlink(target)),
        Kind::HardLink(_) => None,
    }
}

impl Unpacked {
    /// What a listing tells; `book_name` is the name that dpkg's books have.
    pub fn new(listing: &Listing<'_>, book_name: &str, slim: bool) -> Self {
        let mut tree = FileTree::default();
        let mut links = Vec::new();
        let mut is_numbered = true;
        listing.each(&mut |member| {
            if member.is_made || !is_kept(&member, slim) {
                return;
            }
            if let Kind::HardLink(first) = member.kind {
                links.push((first.to_owned(), member.path.to_owned()));
                return;
            }
            match node(member.kind) {
                // A listing may name a directory after what is below it.
                Some(Node::Directory(directory)) if tree.directory(member.path).is_some() => {
                    tree.set_meta(member.path, directory.meta);
                }
                Some(node) => {
                    tree.put(member.path, node);
                }
                None => is_numbered = false,
            }
        });
        for (name, node) in books_of(listing, book_name, ByteCount::measured) {
            tree.put(&path::child(INFO, &name), node);
        }
        let (mut made, mut compiled) = (FileTree::default(), FileTree::default());
        let made_lines = listing.made(&mut |member| match node(member.kind) {
            None | Some(Node::Directory(_)) => false,
            Some(Node::Symlink(link)) if link.target.contains(UNITS) => false,
            Some(node) => {
                let tree = if member.is_compiled() {
                    &mut compiled
                } else {
                    &mut made
                };
                tree.put(member.path, node);
                true
            }
        });
        Self {
            tree: is_numbered.then_some(tree),
            links,
            made,
            compiled,
            made_lines,
        }
    }
}
