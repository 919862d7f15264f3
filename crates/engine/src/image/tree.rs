//! A file tree that is cheap to snapshot: directories are shared until they change.

use std::num::NonZeroU64;
use std::sync::Arc;

use super::entries::Entries;
use super::path;
use crate::size::ByteCount;

/// Most symbolic links that one look-up follows (Linux stops at 40, BuildKit at 255).
const MAX_LINKS: usize = 255;

/// Owner and permission bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// Permission bits with setuid, setgid and sticky: `0o7777` at most.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

impl Metadata {
    /// `mode`, owned by root.
    pub const fn root(mode: u16) -> Self {
        Self {
            mode,
            uid: 0,
            gid: 0,
        }
    }
}

/// Something that has a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A regular file.
    File(File),
    /// A directory.
    Directory(Directory),
    /// A symbolic link.
    Symlink(Symlink),
    /// A pipe or a device, which holds no bytes.
    Special(Metadata),
}

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Owner and permissions.
    pub meta: Metadata,
    /// Its size.
    pub size: ByteCount,
    /// Its content, where it is known and small enough to be kept.
    pub content: Option<Arc<[u8]>>,
    /// What is known of it where it is a program, or part of one, whose content is not.
    pub program: Option<Program>,
    /// Files of one tree with the same number are hard links of each other.
    pub inode: Option<Inode>,
}

/// The number of a file that may have several names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inode(NonZeroU64);

impl Inode {
    /// The number after the last that was given.
    pub fn after(last: &mut u64) -> Self {
        let number = NonZeroU64::MIN.saturating_add(*last);
        *last = number.get();
        Self(number)
    }
}

/// What starts a program that is linked with libraries, on x86-64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loader {
    /// glibc's.
    Glibc,
    /// musl's.
    Musl,
}

impl Loader {
    /// Where it is.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Glibc => "/lib64/ld-linux-x86-64.so.2",
            Self::Musl => "/lib/ld-musl-x86_64.so.1",
        }
    }
}

/// What is known of a program without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Program {
    /// The loader that it names; a static one names none.
    pub loader: Option<Loader>,
    /// Whether its sources open no file to write: it prints at most.
    pub only_prints: bool,
}

/// A directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Owner and permissions.
    pub meta: Metadata,
    /// What it holds, by name.
    pub entries: Arc<Entries>,
    /// Bytes known to be somewhere below, in files that are not listed.
    pub bulk: Option<ByteCount>,
}

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symlink {
    /// Owner; the permissions are always `0o777`.
    pub meta: Metadata,
    /// Where it points.
    pub target: Box<str>,
}

impl Node {
    /// Owner and permissions.
    pub fn meta(&self) -> Metadata {
        match self {
            Self::File(file) => file.meta,
            Self::Directory(directory) => directory.meta,
            Self::Symlink(link) => link.meta,
            Self::Special(meta) => *meta,
        }
    }

    /// Changes owner and permissions; a link keeps its `0o777`.
    pub fn set_meta(&mut self, meta: Metadata) {
        match self {
            Self::File(file) => file.meta = meta,
            Self::Directory(directory) => directory.meta = meta,
            Self::Symlink(link) => {
                link.meta = Metadata {
                    mode: 0o777,
                    ..meta
                }
            }
            Self::Special(old) => *old = meta,
        }
    }

    /// A file whose content is at hand.
    pub fn file(content: Arc<[u8]>, meta: Metadata) -> Self {
        let size = ByteCount::measured(content.len() as u64);
        Self::File(File {
            meta,
            size,
            content: Some(content),
            program: None,
            inode: None,
        })
    }

    /// A file of which only the size is known.
    pub fn sized(size: ByteCount, meta: Metadata) -> Self {
        Self::File(File {
            meta,
            size,
            content: None,
            program: None,
            inode: None,
        })
    }

    /// An empty directory.
    pub fn directory(meta: Metadata) -> Self {
        Self::Directory(Directory::new(meta))
    }

    /// A symbolic link owned by root.
    pub fn symlink(target: &str) -> Self {
        Self::Symlink(Symlink {
            meta: Metadata::root(0o777),
            target: target.into(),
        })
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        matches!(self, Self::Directory(_))
    }

    /// What it is as a directory.
    pub fn as_directory(&self) -> Option<&Directory> {
        match self {
            Self::Directory(directory) => Some(directory),
            Self::File(_) | Self::Symlink(_) | Self::Special(_) => None,
        }
    }
}

impl Directory {
    /// An empty directory.
    pub fn new(meta: Metadata) -> Self {
        Self {
            meta,
            entries: Arc::default(),
            bulk: None,
        }
    }

    /// Number of paths below it that are listed.
    pub fn count(&self) -> usize {
        let below = self.entries.values().map(|node| match node {
            Node::Directory(directory) => 1 + directory.count(),
            Node::File(_) | Node::Symlink(_) | Node::Special(_) => 1,
        });
        below.sum()
    }

    /// Bytes in and below it.
    pub fn size(&self) -> ByteCount {
        let listed: ByteCount = self
            .entries
            .values()
            .map(|node| match node {
                Node::File(file) => file.size,
                Node::Directory(directory) => directory.size(),
                Node::Symlink(_) | Node::Special(_) => ByteCount::ZERO,
            })
            .sum();
        listed + self.bulk.unwrap_or_default()
    }
}

/// What is at a path.
#[derive(Debug, Clone, Copy)]
pub enum Found<'t> {
    /// This.
    Node(&'t Node),
    /// Nothing, for certain.
    Nothing,
    /// Perhaps something: a directory above holds files that are not listed.
    Unlisted,
}

/// Why a path cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveError {
    /// A name above the last is not a directory; the path up to the name below it.
    NotADirectory(String),
    /// Symbolic links in a circle.
    TooManyLinks,
}

/// A file tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTree {
    root: Node,
}

impl Default for FileTree {
    fn default() -> Self {
        Self {
            root: Node::directory(Metadata::root(0o755)),
        }
    }
}

impl FileTree {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.root
            .as_directory()
            .is_none_or(|root| root.entries.is_empty())
    }

    /// The root directory.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// What is at a cleaned absolute path; links are not followed.
    pub fn find(&self, at: &str) -> Found<'_> {
        let mut node = &self.root;
        let mut unlisted = false;
        for name in path::names(at) {
            let Node::Directory(directory) = node else {
                return Found::Nothing;
            };
            unlisted |= directory.bulk.is_some();
            match directory.entries.get(name) {
                Some(next) => node = next,
                None if unlisted => return Found::Unlisted,
                None => return Found::Nothing,
            }
        }
        Found::Node(node)
    }

    /// The node at a cleaned absolute path; links are not followed.
    pub fn get(&self, at: &str) -> Option<&Node> {
        match self.find(at) {
            Found::Node(node) => Some(node),
            Found::Nothing | Found::Unlisted => None,
        }
    }

    /// The directory at a cleaned absolute path; links are not followed.
    pub fn directory(&self, at: &str) -> Option<&Directory> {
        self.get(at)?.as_directory()
    }

    /// The content of a file, links followed.
    pub fn content(&self, at: &str) -> Option<&Arc<[u8]>> {
        match self.get(&self.resolve(at).ok()?)? {
            Node::File(file) => file.content.as_ref(),
            _ => None,
        }
    }

    /// Follows all symbolic links in a path, the last name's too; names that do not exist
    /// are kept. Links cannot lead out of the tree.
    ///
    /// # Errors
    /// Where a name above the last is a file, or links go in a circle.
    pub fn resolve(&self, at: &str) -> Result<String, ResolveError> {
        let mut rest: Vec<String> = path::names(at).map(str::to_owned).collect();
        rest.reverse();
        let mut done = String::from("/");
        let mut links = 0;
        while let Some(name) = rest.pop() {
            match name.as_str() {
                "." => continue,
                ".." => {
                    done = path::split(&done).0.to_owned();
                    continue;
                }
                _ => {}
            }
            let next = path::child(&done, &name);
            match self.get(&next) {
                Some(Node::Symlink(link)) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(ResolveError::TooManyLinks);
                    }
                    if link.target.starts_with('/') {
                        done = String::from("/");
                    }
                    rest.extend(path::names(&link.target).map(str::to_owned).rev());
                }
                Some(Node::File(_)) if !rest.is_empty() => {
                    let below = rest.pop().unwrap_or_default();
                    return Err(ResolveError::NotADirectory(path::child(&next, &below)));
                }
                _ => done = next,
            }
        }
        Ok(done)
    }

    /// Puts a node at a path, in place of what was there, which it gives back. Directories
    /// above that are missing are made, owned by root.
    pub fn put(&mut self, at: &str, node: Node) -> Option<Node> {
        let (directory, name) = path::split(at);
        if name.is_empty() {
            return node
                .is_directory()
                .then(|| std::mem::replace(&mut self.root, node));
        }
        self.entries_mut(directory).insert(name.into(), node)
    }

    /// What the directory at a path holds, to be changed; it is made where it is missing.
    pub fn entries_mut(&mut self, at: &str) -> &mut Entries {
        Arc::make_mut(&mut self.directory_mut(at).entries)
    }

    /// Takes a node out.
    pub fn remove(&mut self, at: &str) -> Option<Node> {
        let (directory, name) = path::split(at);
        self.directory(directory)?;
        self.entries_mut(directory).remove(name)
    }

    /// Changes owner and permissions of what is at a path.
    pub fn set_meta(&mut self, at: &str, meta: Metadata) {
        if let Some(mut node) = self.get(at).cloned() {
            node.set_meta(meta);
            self.put(at, node);
        }
    }

    /// Notes bytes below a directory in files that are not listed.
    pub fn add_bulk(&mut self, at: &str, size: ByteCount) {
        let directory = self.directory_mut(at);
        directory.bulk = Some(directory.bulk.unwrap_or_default() + size);
    }

    /// The directory at a path, made where it is missing.
    pub(super) fn directory_mut(&mut self, at: &str) -> &mut Directory {
        let mut node = &mut self.root;
        for name in path::names(at) {
            let entries = Arc::make_mut(&mut as_directory(node).entries);
            let missing = || Node::directory(Metadata::root(0o755));
            node = entries.get_or_insert_with(name, missing);
        }
        as_directory(node)
    }

    /// Every node below the root with its path, parents before children, names in order.
    pub fn walk(&self, visit: &mut dyn FnMut(&str, &Node)) {
        walk("/", &self.root, visit);
    }
}

/// The directory that a node is, or becomes in place of what it was.
fn as_directory(node: &mut Node) -> &mut Directory {
    if !node.is_directory() {
        *node = Node::directory(Metadata::root(0o755));
    }
    match node {
        Node::Directory(directory) => directory,
        Node::File(_) | Node::Symlink(_) | Node::Special(_) => {
            unreachable!("made a directory above")
        }
    }
}

/// Visits everything below `node`, which is at `at`.
pub fn walk(at: &str, node: &Node, visit: &mut dyn FnMut(&str, &Node)) {
    if let Node::Directory(directory) = node {
        for (name, child) in directory.entries.iter() {
            let path = path::child(at, name);
            visit(&path, child);
            walk(&path, child, visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Node;

    /// Trees are walked and copied whole: what a name leads to has room in little more than a cache line.
    #[test]
    fn nodes_are_small() {
        assert!(size_of::<Node>() <= 72, "{}", size_of::<Node>());
    }
}
