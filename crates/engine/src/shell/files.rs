//! The file system as programs see it: the layer being made, the mounts over it, permissions
//! and the kernel's errors.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::image::{
    Directory, File, FileTree, Found, Inode, Layer, Metadata, Name, Node, Program, Workspace, path,
    walk_tree,
};
use crate::size::{Basis, ByteCount};

use super::data::Data;
use super::errno::Errno;
use super::unknown::is_known;

/// Files up to this size keep their content.
const MAX_CONTENT: u64 = 4 << 20;

/// Most symbolic links that one look-up follows (Linux's `MAXSYMLINKS`).
const MAX_LINKS: usize = 40;

/// Longest path, with its end (Linux's `PATH_MAX`).
const MAX_PATH: usize = 4095;

/// Longest name (Linux's `NAME_MAX`).
const MAX_NAME: usize = 255;

/// On whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Further groups.
    pub groups: Vec<u32>,
}

impl Who {
    /// Whether permissions do not bind.
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// Whether `meta` grants all of `bits` (4 read, 2 write, 1 execute).
    pub fn may(&self, meta: Metadata, bits: u16) -> bool {
        if self.is_root() {
            return true;
        }
        let shift = if self.uid == meta.uid {
            6
        } else if self.gid == meta.gid || self.groups.contains(&meta.gid) {
            3
        } else {
            0
        };
        (meta.mode >> shift) & bits == bits
    }
}

/// Something mounted over the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where.
    pub at: String,
    /// Its files.
    pub tree: FileTree,
    /// The path in `tree` that is mounted; a file where a file is mounted.
    pub source: String,
    /// Whether it can be written to.
    pub writable: bool,
}

/// Where a path leads.
enum Place {
    Image,
    Mount(usize, String),
}

/// Where a look-up ends.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Path without links.
    pub path: String,
    /// What is there.
    pub node: Node,
}

/// The files of a RUN.
#[derive(Debug, Clone)]
pub struct Files {
    workspace: Workspace,
    mounts: Vec<Mount>,
    next_inode: u64,
    /// Names of files with several names that were linked in this step.
    linked: BTreeMap<Inode, BTreeSet<String>>,
    /// Bytes in unlisted files that this step adds, by directory.
    bulk: BTreeMap<String, ByteCount>,
}

impl Files {
    /// Starts from an image's files.
    pub fn new(tree: FileTree, mounts: Vec<Mount>, next_inode: u64) -> Self {
        let mut workspace = Workspace::new(tree);
        workspace.set_whiteout_mode(0o600);
        Self {
            workspace,
            mounts,
            next_inode,
            linked: BTreeMap::new(),
            bulk: BTreeMap::new(),
        }
    }

    /// Mounts these in place of what was mounted.
    pub fn mount(&mut self, mounts: Vec<Mount>) {
        self.mounts = mounts;
    }

    /// The resulting tree, the layer, and the next number for hard links.
    pub fn finish(mut self) -> (FileTree, Layer, u64) {
        for size in std::mem::take(&mut self.bulk).into_values() {
            self.workspace.count_unlisted(size);
        }
        let (tree, layer) = self.workspace.finish();
        (tree, layer, self.next_inode)
    }

    /// Number of paths changed so far.
    pub fn changes(&self) -> usize {
        self.workspace.changes()
    }

    /// Bytes that the layer holds so far.
    pub fn layer_size(&self) -> ByteCount {
        self.workspace.touched_size() + self.bulk.values().copied().sum()
    }

    fn place(&self, real: &str) -> Place {
        let mount = self
            .mounts
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, mount)| {
                real.strip_prefix(mount.at.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .max_by_key(|(_, mount)| mount.at.len());
        match mount {
            None => Place::Image,
            Some((index, mount)) => {
                let rest = &real[mount.at.len()..];
                let inner = path::clean(&format!("{}/{rest}", mount.source));
                Place::Mount(index, inner)
            }
        }
    }

    fn tree_and_path<'a>(&'a self, real: &'a str) -> (&'a FileTree, std::borrow::Cow<'a, str>) {
        match self.place(real) {
            Place::Image => (self.workspace.tree(), real.into()),
            Place::Mount(index, inner) => (&self.mounts[index].tree, inner.into()),
        }
    }

    /// What is at a path without links.
    pub fn find(&self, real: &str) -> Found<'_> {
        match self.place(real) {
            Place::Image => self.workspace.tree().find(real),
            Place::Mount(index, inner) => self.mounts[index].tree.find(&inner),
        }
    }

    /// The node at a path without links.
    pub fn node(&self, real: &str) -> Option<&Node> {
        match self.find(real) {
            Found::Node(node) => Some(node),
            Found::Nothing | Found::Unlisted => None,
        }
    }

    /// Follows links; the last name may not exist. `follow` says whether a link that the
    /// path ends with is followed (it always is where a slash follows it).
    ///
    /// # Errors
    /// As the kernel's path look-up.
    pub fn resolve(&self, at: &str, who: &Who, follow: bool) -> Result<String, Errno> {
        if at.is_empty() {
            return Err(Errno::NoEntry);
        }
        if !is_known(at) {
            return Err(Errno::Unknown);
        }
        if at.len() > MAX_PATH {
            return Err(Errno::NameTooLong);
        }
        if who.uid == 0 && self.is_direct(at) {
            return Ok(at.to_owned());
        }
        let directory_wanted = at.ends_with('/') || at.ends_with("/.");
        let mut rest: Vec<String> = path::names(at).rev().map(str::to_owned).collect();
        let mut done = String::from("/");
        let mut links = 0;
        while let Some(name) = rest.pop() {
            if name == "." {
                continue;
            }
            if name.len() > MAX_NAME {
                return Err(Errno::NameTooLong);
            }
            if let Some(Node::Directory(directory)) = self.node(&done)
                && !who.may(directory.meta, 1)
            {
                return Err(Errno::Access);
            }
            if name == ".." {
                path::split(&done).0.to_owned().clone_into(&mut done);
                continue;
            }
            let next = path::child(&done, &name);
            let last = rest.is_empty();
            match self.find(&next) {
                Found::Node(Node::Symlink(link)) if !last || follow || directory_wanted => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Errno::Loop);
                    }
                    if link.target.starts_with('/') {
                        done = String::from("/");
                    }
                    rest.extend(path::names(&link.target).rev().map(str::to_owned));
                    continue;
                }
                Found::Node(Node::Directory(_)) => {}
                Found::Node(_) if !last || directory_wanted => return Err(Errno::NotDirectory),
                Found::Nothing if !last => return Err(Errno::NoEntry),
                Found::Node(_) | Found::Nothing | Found::Unlisted => {}
            }
            done = next;
        }
        Ok(done)
    }

    /// Whether a path leads through directories of the image alone to what is no link, or is not
    /// there: looking it up name by name would lead to itself.
    fn is_direct(&self, at: &str) -> bool {
        let (above, name) = path::split(at);
        let tidy = at.starts_with('/')
            && !at.contains("//")
            && (1..=MAX_NAME).contains(&name.len())
            && !path::names(at).any(|name| matches!(name, "." | ".."));
        if !tidy || !matches!(self.place(at), Place::Image) {
            return false;
        }
        match self.find(at) {
            Found::Node(Node::Symlink(_)) => false,
            Found::Node(_) => true,
            Found::Nothing | Found::Unlisted => {
                matches!(self.node(above), Some(Node::Directory(_)))
            }
        }
    }

    fn entry(&self, at: &str, who: &Who, follow: bool) -> Result<Entry, Errno> {
        let path = self.resolve(at, who, follow)?;
        match self.find(&path) {
            Found::Node(node) => Ok(Entry {
                node: node.clone(),
                path,
            }),
            Found::Nothing => Err(Errno::NoEntry),
            Found::Unlisted => Err(Errno::Unknown),
        }
    }

    /// What is at a path, links followed.
    ///
    /// # Errors
    /// As `stat`.
    pub fn stat(&self, at: &str, who: &Who) -> Result<Entry, Errno> {
        self.entry(at, who, true)
    }

    /// What is at a path, a link at its end not followed.
    ///
    /// # Errors
    /// As `lstat`.
    pub fn lstat(&self, at: &str, who: &Who) -> Result<Entry, Errno> {
        self.entry(at, who, false)
    }

    /// Names in a directory, and whether there may be more.
    ///
    /// # Errors
    /// As `opendir`.
    pub fn list(&self, at: &str, who: &Who) -> Result<(Vec<String>, bool), Errno> {
        let entry = self.stat(at, who)?;
        let Node::Directory(directory) = &entry.node else {
            return Err(Errno::NotDirectory);
        };
        if !who.may(directory.meta, 4) {
            return Err(Errno::Access);
        }
        let mut names: Vec<String> = directory
            .entries
            .keys()
            .map(|name| name.to_string())
            .collect();
        for mount in &self.mounts {
            let (above, name) = path::split(&mount.at);
            if above == entry.path && !directory.entries.contains_key(name) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok((names, directory.bulk.is_some()))
    }

    /// Whether bytes in unlisted files lie in this very directory.
    pub fn has_bulk(&self, real: &str) -> bool {
        matches!(self.node(real), Some(Node::Directory(directory)) if directory.bulk.is_some())
    }

    /// The most bytes that files may have that are not listed, in the directories above a real path.
    pub fn unlisted_around(&self, real: &str) -> u64 {
        let above = path::ancestors(real).chain(["/"]);
        let bulk = above.filter_map(|at| match self.node(at) {
            Some(Node::Directory(directory)) => directory.bulk,
            _ => None,
        });
        bulk.map(|size| size.high).sum()
    }

    /// Whether a directory may hold more than is listed of it.
    pub fn may_hold_more(&self, real: &str) -> bool {
        // No file has this name.
        matches!(self.find(&path::child(real, "\0")), Found::Unlisted)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// As `open` and `read`.
    pub fn read(&self, at: &str, who: &Who) -> Result<Data, Errno> {
        let entry = self.stat(at, who)?;
        if !who.may(entry.node.meta(), 4) {
            return Err(Errno::Access);
        }
        match entry.node {
            Node::Directory(_) => Err(Errno::IsDirectory),
            Node::File(file) => Ok(match file.content {
                Some(content) => Data::from(&*content),
                None => Data::opaque(file.size),
            }),
            Node::Symlink(_) | Node::Special(_) => Ok(Data::default()),
        }
    }

    /// The text of a file whose content is known.
    pub fn text(&self, at: &str) -> Option<String> {
        let data = self.read(at, &Who::default()).ok()?;
        data.known()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    fn check_writable(&self, real: &str) -> Result<(), Errno> {
        match self.place(real) {
            Place::Mount(index, _) if !self.mounts[index].writable => Err(Errno::ReadOnly),
            _ => Ok(()),
        }
    }

    /// Whether names in the directory of `real` may be changed.
    fn check_parent(&self, real: &str, who: &Who) -> Result<(), Errno> {
        let directory = path::split(real).0;
        match self.find(directory) {
            Found::Nothing => return Err(Errno::NoEntry),
            Found::Node(Node::Directory(parent)) => {
                if !who.may(parent.meta, 3) {
                    return Err(Errno::Access);
                }
            }
            Found::Node(_) => return Err(Errno::NotDirectory),
            Found::Unlisted => {}
        }
        self.check_writable(directory)
    }

    /// Whether a name may be taken out of its directory; sticky directories protect others' files.
    fn check_removable(&self, real: &str, who: &Who) -> Result<(), Errno> {
        if self.mounts.iter().any(|mount| mount.at == real) {
            return Err(Errno::Busy);
        }
        self.check_parent(real, who)?;
        let parent = self.node(path::split(real).0).map(Node::meta);
        let own = self.node(real).map(Node::meta);
        if let (Some(parent), Some(own)) = (parent, own)
            && parent.mode & 0o1000 != 0
            && !who.is_root()
            && who.uid != own.uid
            && who.uid != parent.uid
        {
            return Err(Errno::NotPermitted);
        }
        Ok(())
    }

    /// Owner and permissions of something that `who` makes at a path.
    fn new_meta(&self, real: &str, mode: u16, who: &Who, directory: bool) -> Metadata {
        let mut meta = Metadata {
            mode,
            uid: who.uid,
            gid: who.gid,
        };
        if let Some(parent) = self.node(path::split(real).0).map(Node::meta)
            && parent.mode & 0o2000 != 0
        {
            meta.gid = parent.gid;
            if directory {
                meta.mode |= 0o2000;
            }
        }
        meta
    }

    /// Puts a node in place, whatever was there.
    fn put(&mut self, real: &str, node: Node) {
        match self.place(real) {
            Place::Image => self.workspace.put(real, node),
            Place::Mount(index, inner) => {
                self.mounts[index].tree.put(&inner, node);
            }
        }
    }

    /// Marks what is at a path as part of the layer, as a file system that copies up does
    /// when something is opened for writing.
    pub fn copy_up(&mut self, real: &str) {
        if let Place::Image = self.place(real) {
            self.unlink_inode(real);
            self.workspace.touch(real);
        }
    }

    /// A file with several names in the layers below is its own file once it is copied up.
    fn unlink_inode(&mut self, real: &str) {
        let Some(Node::File(file)) = self.node(real) else {
            return;
        };
        if let Some(inode) = file.inode
            && !self.linked.contains_key(&inode)
        {
            let node = Node::File(File {
                inode: None,
                ..file.clone()
            });
            self.put(real, node);
        }
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// As `mkdir`.
    pub fn make_directory(&mut self, at: &str, mode: u16, who: &Who) -> Result<(), Errno> {
        let real = self.resolve(at.trim_end_matches('/'), who, false)?;
        if self.node(&real).is_some() {
            return Err(Errno::Exists);
        }
        self.check_parent(&real, who)?;
        let meta = self.new_meta(&real, mode, who, true);
        self.put(&real, Node::directory(meta));
        Ok(())
    }

    /// Opens a file for writing, making it with `mode` where it is missing; gives back its
    /// real path.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_for_writing(
        &mut self,
        at: &str,
        mode: u16,
        truncate: bool,
        who: &Who,
    ) -> Result<String, Errno> {
        let real = self.resolve(at, who, true)?;
        match self.find(&real) {
            Found::Node(Node::Directory(_)) => return Err(Errno::IsDirectory),
            Found::Node(Node::Special(meta)) => {
                return if who.may(*meta, 2) {
                    Ok(real)
                } else {
                    Err(Errno::Access)
                };
            }
            Found::Node(node) => {
                if !who.may(node.meta(), 2) {
                    return Err(Errno::Access);
                }
                self.check_writable(&real)?;
                self.copy_up(&real);
                if truncate {
                    self.set_content(&real, &Data::default());
                }
            }
            Found::Nothing | Found::Unlisted => {
                if at.ends_with('/') {
                    return Err(Errno::IsDirectory);
                }
                self.check_parent(&real, who)?;
                let meta = self.new_meta(&real, mode, who, false);
                self.put(&real, Node::file(Arc::from([].as_slice()), meta));
            }
        }
        Ok(real)
    }

    /// Replaces the content of the file at a real path.
    pub fn set_content(&mut self, real: &str, data: &Data) {
        let Some(Node::File(old)) = self.node(real) else {
            return;
        };
        let content = data
            .known()
            .filter(|bytes| bytes.len() as u64 <= MAX_CONTENT);
        let file = File {
            size: data.size(),
            content: content.map(Arc::from),
            program: None,
            ..old.clone()
        };
        self.update(real, Node::File(file));
    }

    /// Gives the file at a real path the content of another, where it is known and where not.
    pub fn set_file(&mut self, real: &str, from: &File) {
        let Some(Node::File(old)) = self.node(real) else {
            return;
        };
        let file = File {
            size: from.size,
            content: from.content.clone(),
            program: from.program,
            ..old.clone()
        };
        self.update(real, Node::File(file));
    }

    /// Whether two paths lie on different file systems.
    pub fn crosses(&self, from: &str, to: &str, who: &Who) -> bool {
        let number = |at: &str| {
            let real = self.resolve(at.trim_end_matches('/'), who, false).ok()?;
            Some(match self.place(&real) {
                Place::Image => 0,
                Place::Mount(index, _) => index + 1,
            })
        };
        number(from) != number(to)
    }

    /// Puts a changed node in place, under all names of the same file.
    fn update(&mut self, real: &str, node: Node) {
        let inode = match &node {
            Node::File(file) => file.inode,
            _ => None,
        };
        let others = inode.and_then(|inode| self.linked.get(&inode)).cloned();
        for other in others.into_iter().flatten().filter(|other| other != real) {
            self.put(&other, node.clone());
        }
        self.put(real, node);
    }

    /// Writes a whole file.
    ///
    /// # Errors
    /// As `open`.
    pub fn write(&mut self, at: &str, data: &Data, mode: u16, who: &Who) -> Result<(), Errno> {
        let real = self.open_for_writing(at, mode, true, who)?;
        self.set_content(&real, data);
        Ok(())
    }

    /// Puts a node that a program has made (a copied file, a device) in place of what was there.
    ///
    /// # Errors
    /// As `open` with `O_CREAT`.
    pub fn place_node(&mut self, at: &str, node: Node, who: &Who) -> Result<String, Errno> {
        let real = self.resolve(at, who, false)?;
        self.check_parent(&real, who)?;
        self.place_at(&real, node);
        Ok(real)
    }

    /// The real path of a directory that `who` may put files into.
    ///
    /// # Errors
    /// As `open` with `O_CREAT` below it.
    pub fn open_directory(&self, at: &str, who: &Who) -> Result<String, Errno> {
        let real = self.resolve(at, who, true)?;
        self.check_parent(&path::child(&real, "."), who)?;
        Ok(real)
    }

    /// Puts a node at the real path of a file, in place of what was there; whether that may be
    /// is the caller's to know.
    pub fn place_at(&mut self, real: &str, node: Node) {
        self.forget_name(real);
        self.put(real, node);
    }

    /// Puts what an archive holds into a directory with this real path, in place of what was there;
    /// as dpkg does it a directory stays where the archive has a link.
    pub fn unpack(&mut self, directory: &str, nodes: Vec<(Name, Node)>) {
        if !matches!(self.place(directory), Place::Image) {
            for (name, node) in nodes {
                self.place_at(&path::child(directory, &name), node);
            }
            return;
        }
        let linked = &mut self.linked;
        self.workspace
            .put_all(directory, nodes, &mut |name, old, new| {
                if let Node::File(File {
                    inode: Some(inode), ..
                }) = old
                    && let Some(names) = linked.get_mut(inode)
                {
                    names.remove(&path::child(directory, name));
                }
                !old.is_directory() || !matches!(new, Node::Symlink(_))
            });
    }

    /// Puts all that trees hold into place, as [`Files::unpack`] does with a directory's files;
    /// `renamed` is as in [`Files::add_directory`]. Gives back the paths, with what belongs there,
    /// where something is in the way or a link or a mount leads elsewhere.
    pub fn merge(&mut self, trees: &[&FileTree], renamed: bool) -> Vec<(String, Node)> {
        let is_mounted = |tree: &&FileTree| {
            let mut mounts = self.mounts.iter();
            mounts.any(|mount| tree.get(&mount.at).is_some())
        };
        if trees.iter().any(is_mounted) {
            let whole = trees.iter().map(|tree| tree.root().clone());
            return whole.map(|root| ("/".to_owned(), root)).collect();
        }
        let linked = &mut self.linked;
        self.workspace.merge(trees, renamed, &mut |at, file| {
            if let Some(names) = file.inode.and_then(|inode| linked.get_mut(&inode)) {
                names.remove(at);
            }
        })
    }

    /// Whether a path lies in a directory of the layers below.
    fn is_into_old(&self, real: &str) -> bool {
        let above = self.workspace.before(path::split(real).0);
        above.is_some_and(Node::is_directory)
    }

    /// Puts a directory at a real path where there is none; `renamed` tells that it was made
    /// elsewhere in this layer and moved into its place, as dpkg does.
    pub fn add_directory(&mut self, real: &str, meta: Metadata, renamed: bool) {
        self.put(real, Node::directory(meta));
        if renamed && matches!(self.place(real), Place::Image) && self.is_into_old(real) {
            self.workspace.mark_opaque(real);
        }
    }

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// As `symlink`.
    pub fn symlink(&mut self, target: &str, at: &str, who: &Who) -> Result<(), Errno> {
        let real = self.resolve(at, who, false)?;
        if self.node(&real).is_some() {
            return Err(Errno::Exists);
        }
        self.check_parent(&real, who)?;
        let mut node = Node::symlink(target);
        node.set_meta(self.new_meta(&real, 0o777, who, false));
        self.put(&real, node);
        Ok(())
    }

    /// Gives a file another name.
    ///
    /// # Errors
    /// As `link`.
    pub fn link(&mut self, from: &str, to: &str, who: &Who, follow: bool) -> Result<(), Errno> {
        let from = self.resolve(from, who, follow)?;
        let to = self.resolve(to, who, false)?;
        let node = match self.find(&from) {
            Found::Node(node) => node.clone(),
            Found::Nothing => return Err(Errno::NoEntry),
            Found::Unlisted => return Err(Errno::Unknown),
        };
        if node.is_directory() {
            return Err(Errno::NotPermitted);
        }
        if self.node(&to).is_some() {
            return Err(Errno::Exists);
        }
        self.check_parent(&to, who)?;
        if !matches!(
            (self.place(&from), self.place(&to)),
            (Place::Image, Place::Image)
        ) {
            return Err(Errno::CrossDevice);
        }
        self.copy_up(&from);
        let Some(Node::File(file)) = self.node(&from).cloned() else {
            // Links of symbolic links are kept apart; a tar shows them alike.
            self.put(&to, node);
            return Ok(());
        };
        let next = &mut self.next_inode;
        let inode = file.inode.unwrap_or_else(|| Inode::after(next));
        let shared = Node::File(File {
            inode: Some(inode),
            ..file
        });
        self.put(&from, shared.clone());
        self.put(&to, shared);
        let names = self.linked.entry(inode).or_default();
        names.insert(from);
        names.insert(to);
        Ok(())
    }

    fn forget_name(&mut self, real: &str) {
        if self.linked.is_empty() {
            return;
        }
        if let Some(Node::File(File {
            inode: Some(inode), ..
        })) = self.node(real)
        {
            let inode = *inode;
            if let Some(names) = self.linked.get_mut(&inode) {
                names.remove(real);
            }
        }
    }

    fn take_out(&mut self, real: &str) {
        self.forget_name(real);
        let below = format!("{real}/");
        self.bulk
            .retain(|at, _| at != real && !at.starts_with(&below));
        match self.place(real) {
            Place::Image => self.workspace.remove(real),
            Place::Mount(index, inner) => {
                self.mounts[index].tree.remove(&inner);
            }
        }
    }

    /// Removes a name that is not a directory's.
    ///
    /// # Errors
    /// As `unlink`.
    pub fn unlink(&mut self, at: &str, who: &Who) -> Result<(), Errno> {
        let entry = self.lstat(at, who)?;
        if entry.node.is_directory() {
            return Err(Errno::IsDirectory);
        }
        self.check_removable(&entry.path, who)?;
        self.take_out(&entry.path);
        Ok(())
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// As `rmdir`.
    pub fn remove_directory(&mut self, at: &str, who: &Who) -> Result<(), Errno> {
        if at == "." || at.ends_with("/.") {
            return Err(Errno::Invalid);
        }
        let entry = self.lstat(at, who)?;
        let Node::Directory(directory) = &entry.node else {
            return Err(Errno::NotDirectory);
        };
        if entry.path == "/" || self.mounts.iter().any(|mount| mount.at == entry.path) {
            return Err(Errno::Busy);
        }
        self.check_removable(&entry.path, who)?;
        if !directory.entries.is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.take_out(&entry.path);
        Ok(())
    }

    /// Removes a directory with all below it at once, where nothing can be in the way: on
    /// behalf of root, and without mounts. Tells whether it did.
    pub fn remove_tree(&mut self, real: &str, who: &Who) -> bool {
        let below = |at: &str| {
            at.strip_prefix(real)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let mounted = |mount: &Mount| mount.at == real || below(&mount.at);
        let on_image = matches!(self.place(real), Place::Image);
        if !who.is_root() || !on_image || self.mounts.iter().any(mounted) {
            return false;
        }
        let mut linked = Vec::new();
        if let Some(node) = self.node(real) {
            walk_tree(real, node, &mut |at, node| {
                if matches!(node, Node::File(file) if file.inode.is_some()) {
                    linked.push(at.to_owned());
                }
            });
        }
        for at in linked {
            self.forget_name(&at);
        }
        self.take_out(real);
        true
    }

    /// Forgets the unlisted files of a directory.
    pub fn clear_bulk(&mut self, real: &str) {
        self.bulk.remove(real);
        if let Some(Node::Directory(directory)) = self.node(real) {
            let node = Node::Directory(Directory {
                bulk: None,
                ..directory.clone()
            });
            self.put(real, node);
        }
    }

    /// Notes bytes that the step adds below a directory in files that are not listed.
    pub fn add_bulk(&mut self, real: &str, size: ByteCount) {
        if let Place::Image = self.place(real) {
            self.workspace.add_bulk(real, size);
            *self.bulk.entry(real.to_owned()).or_default() += size;
        }
    }

    /// Notes that a directory may have files that are not listed, and are not counted here.
    pub fn note_unlisted(&mut self, real: &str, size: ByteCount) {
        if let Place::Image = self.place(real) {
            self.workspace.add_bulk(real, size);
        }
    }

    /// Notes that any of a directory's unlisted files may be gone.
    pub fn doubt_bulk(&mut self, real: &str) {
        let doubted = |size: ByteCount| ByteCount {
            low: 0,
            basis: Basis::Assumed,
            ..size
        };
        self.change_bulk(real, doubted, true);
    }

    /// Takes bytes out of a directory's unlisted files; where this step added them, out of
    /// the layer too.
    pub fn take_bulk(&mut self, real: &str, bytes: u64, from_layer: bool) {
        let less = |size: ByteCount| ByteCount {
            bytes: size.bytes.saturating_sub(bytes),
            low: size.low.saturating_sub(bytes),
            high: size.high.saturating_sub(bytes),
            basis: size.basis,
        };
        self.change_bulk(real, less, from_layer);
    }

    fn change_bulk(&mut self, real: &str, less: impl Fn(ByteCount) -> ByteCount, from_layer: bool) {
        if from_layer && let Some(size) = self.bulk.get_mut(real) {
            *size = less(*size);
        }
        if let Some(Node::Directory(directory)) = self.node(real)
            && let Some(size) = directory.bulk
        {
            let node = Node::Directory(Directory {
                bulk: Some(less(size)),
                ..directory.clone()
            });
            self.put(real, node);
        }
    }

    /// Gives something another path.
    ///
    /// # Errors
    /// As `rename`.
    pub fn rename(&mut self, from: &str, to: &str, who: &Who) -> Result<(), Errno> {
        let source = self.lstat(from, who)?;
        let target = self.resolve(to.trim_end_matches('/'), who, false)?;
        if source.path == target {
            return Ok(());
        }
        if target.starts_with(&format!("{}/", source.path)) {
            return Err(Errno::Invalid);
        }
        self.check_removable(&source.path, who)?;
        match self.node(&target) {
            Some(Node::Directory(old)) => {
                if !source.node.is_directory() {
                    return Err(Errno::IsDirectory);
                }
                if !old.entries.is_empty() {
                    return Err(Errno::NotEmpty);
                }
                self.check_removable(&target, who)?;
                self.take_out(&target);
            }
            Some(_) => {
                if source.node.is_directory() {
                    return Err(Errno::NotDirectory);
                }
                self.check_removable(&target, who)?;
                self.forget_name(&target);
            }
            None => self.check_parent(&target, who)?,
        }
        let both_in_image = matches!(
            (self.place(&source.path), self.place(&target)),
            (Place::Image, Place::Image)
        );
        if let Node::File(File {
            inode: Some(inode), ..
        }) = &source.node
            && both_in_image
            && self.linked.contains_key(inode)
        {
            let inode = *inode;
            self.take_out(&source.path);
            self.put(&target, source.node);
            self.linked.entry(inode).or_default().insert(target);
            return Ok(());
        }
        let moved_bulk: Vec<(String, ByteCount)> = self
            .bulk
            .iter()
            .filter_map(|(at, size)| {
                let rest = at.strip_prefix(source.path.as_str())?;
                (rest.is_empty() || rest.starts_with('/'))
                    .then(|| (format!("{target}{rest}"), *size))
            })
            .collect();
        // A directory of this very layer that comes into one of the layers below becomes opaque;
        // one of those below is copied instead, entry by entry (ovl_rename).
        let is_new = !self
            .workspace
            .before(&source.path)
            .is_some_and(Node::is_directory);
        let opaque =
            both_in_image && source.node.is_directory() && is_new && self.is_into_old(&target);
        self.take_out(&source.path);
        self.put(&target, source.node.clone());
        if opaque {
            self.workspace.mark_opaque(&target);
        }
        self.bulk.extend(moved_bulk);
        let mut below = Vec::new();
        walk_tree(&target, &source.node, &mut |at, _| {
            below.push(at.to_owned())
        });
        for at in below {
            self.copy_up(&at);
        }
        Ok(())
    }

    /// Changes permissions.
    ///
    /// # Errors
    /// As `chmod`.
    pub fn change_mode(&mut self, at: &str, mode: u16, who: &Who) -> Result<(), Errno> {
        let entry = self.stat(at, who)?;
        let meta = entry.node.meta();
        if !who.is_root() && who.uid != meta.uid {
            return Err(Errno::NotPermitted);
        }
        self.set_meta(&entry.path, Metadata { mode, ..meta })
    }

    /// Says what is known of a program whose content is not.
    ///
    /// # Errors
    /// As `stat`.
    pub fn set_program(
        &mut self,
        at: &str,
        program: Option<Program>,
        who: &Who,
    ) -> Result<(), Errno> {
        let real = self.stat(at, who)?.path;
        if let Some(Node::File(old)) = self.node(&real) {
            let file = File {
                program,
                ..old.clone()
            };
            self.update(&real, Node::File(file));
        }
        Ok(())
    }

    /// Changes owner and group; `None` keeps one.
    ///
    /// # Errors
    /// As `chown`, or `lchown` where `follow` is false.
    pub fn change_owner(
        &mut self,
        at: &str,
        uid: Option<u32>,
        gid: Option<u32>,
        who: &Who,
        follow: bool,
    ) -> Result<(), Errno> {
        let entry = if follow {
            self.stat(at, who)?
        } else {
            self.lstat(at, who)?
        };
        let mut meta = entry.node.meta();
        let own_group = |gid: u32| gid == who.gid || who.groups.contains(&gid);
        if !who.is_root()
            && (uid.is_some_and(|uid| uid != meta.uid)
                || who.uid != meta.uid
                || gid.is_some_and(|gid| !own_group(gid)))
        {
            return Err(Errno::NotPermitted);
        }
        meta.uid = uid.unwrap_or(meta.uid);
        meta.gid = gid.unwrap_or(meta.gid);
        if let Node::File(_) = entry.node
            && (uid.is_some() || gid.is_some())
        {
            // A new owner does not inherit the rights of set-id programs (chown(2)).
            meta.mode &= !0o4000;
            if meta.mode & 0o010 != 0 {
                meta.mode &= !0o2000;
            }
        }
        self.set_meta(&entry.path, meta)
    }

    /// Changes owner and permissions of what is at a real path.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_meta(&mut self, real: &str, meta: Metadata) -> Result<(), Errno> {
        self.check_writable(real)?;
        self.copy_up(real);
        if let Some(mut node) = self.node(real).cloned() {
            node.set_meta(meta);
            self.update(real, node);
        }
        Ok(())
    }

    /// Sets times, which leaves nothing but the fact that the file was written to.
    ///
    /// # Errors
    /// As `utimensat`.
    pub fn touch(&mut self, at: &str, who: &Who, follow: bool) -> Result<(), Errno> {
        let entry = if follow {
            self.stat(at, who)?
        } else {
            self.lstat(at, who)?
        };
        let meta = entry.node.meta();
        if who.uid != meta.uid && !who.may(meta, 2) {
            return Err(Errno::Access);
        }
        self.check_writable(&entry.path)?;
        self.copy_up(&entry.path);
        Ok(())
    }

    /// Number of names of a file.
    pub fn link_count(&self, node: &Node) -> usize {
        match node {
            Node::Directory(directory) => {
                2 + directory
                    .entries
                    .values()
                    .filter(|node| node.is_directory())
                    .count()
            }
            Node::File(File {
                inode: Some(inode), ..
            }) => self.linked.get(inode).map_or(2, BTreeSet::len),
            _ => 1,
        }
    }

    /// Whether two real paths are names of the same file.
    pub fn is_same_file(&self, a: &str, b: &str) -> bool {
        if a == b {
            return true;
        }
        match (self.node(a), self.node(b)) {
            (Some(Node::File(a)), Some(Node::File(b))) => a.inode.is_some() && a.inode == b.inode,
            _ => false,
        }
    }

    /// The bytes below a real path.
    pub fn total(&self, real: &str) -> ByteCount {
        let (tree, at) = self.tree_and_path(real);
        match tree.get(&at) {
            Some(Node::Directory(directory)) => directory.size(),
            Some(Node::File(file)) => file.size,
            _ => ByteCount::ZERO,
        }
    }

    /// Whether a path is a mount's.
    pub fn is_mount(&self, real: &str) -> bool {
        self.mounts.iter().any(|mount| mount.at == real)
    }

    /// A number that tells the file at a real path apart from others, where it has several names.
    pub fn inode(&self, real: &str) -> Option<Inode> {
        match self.node(real) {
            Some(Node::File(file)) => file.inode,
            _ => None,
        }
    }
}
