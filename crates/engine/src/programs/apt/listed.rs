//! Packages whose files the catalog lists: what dpkg makes of their archives, path by path.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::debian::slim::left_out;
use crate::debian::version;
use crate::debian::{
    Entry, INFO, Kind, Listing, Member, Owner, Trees, UNITS, Unpacked, books_of, is_kept,
};
use crate::image::{FileTree, Metadata, Name, Node, path};
use crate::programs::{Call, certificates};
use crate::shell::{Flow, Who};
use crate::size::{Basis, ByteCount};

/// Who waits for which trigger.
const TRIGGERS: &str = "/var/lib/dpkg/triggers";
/// Parts of a hundred by which the files of another version may differ.
const OTHER_VERSION: u64 = 3;

/// A package whose files are listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed<'t> {
    /// The package.
    pub(super) entry: Entry<'t>,
    /// Its files.
    pub(super) listing: Listing<'t>,
    /// Trees of packages whose files lie with its own.
    pub(super) trees: &'t Trees,
}

/// Where things are put: directories with their real paths.
#[derive(Debug, Default)]
pub(super) struct Directories {
    real: FxHashMap<String, String>,
    /// Packages whose trees are to be put into place before anybody looks.
    waiting: Vec<Arc<Unpacked>>,
}

impl Directories {
    /// Puts what waits into its place: trees together, since many have the same directories.
    pub(super) fn settle(&mut self, call: &mut Call<'_, '_, '_>) {
        if self.waiting.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let trees: Vec<&FileTree> = waiting.iter().filter_map(|own| own.tree.as_ref()).collect();
        merge(call, self, &trees, true);
        for (first, at) in waiting.iter().flat_map(|own| &own.links) {
            link(call, self, first, at, true);
        }
    }

    /// The real path of a directory, which is made where it is missing: with `meta`, else as
    /// root's. `renamed` tells that it comes into its place by a rename, as dpkg's do.
    fn open(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        at: &str,
        meta: Option<Metadata>,
        renamed: bool,
    ) -> &str {
        if !self.real.contains_key(at) {
            let real = self.make(call, at, meta, renamed);
            self.real.insert(at.to_owned(), real);
        }
        &self.real[at]
    }

    fn make(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        at: &str,
        meta: Option<Metadata>,
        renamed: bool,
    ) -> String {
        let (above, name) = path::split(at);
        if name.is_empty() {
            return "/".to_owned();
        }
        let real = path::child(self.open(call, above, None, renamed), name);
        match call.files().node(&real) {
            Some(Node::Directory(_)) => real,
            Some(Node::Symlink(_)) => {
                let root = Who::default();
                call.files().resolve(&real, &root, true).unwrap_or(real)
            }
            _ => {
                let meta = meta.unwrap_or(Metadata::root(0o755));
                call.files().add_directory(&real, meta, renamed);
                real
            }
        }
    }
}

/// A directory into which files are put together.
#[derive(Debug, Default)]
struct Open {
    directory: String,
    real: String,
    nodes: Vec<(Name, Node)>,
}

impl Open {
    /// Puts the files there.
    fn close(&mut self, call: &mut Call<'_, '_, '_>) {
        if !self.nodes.is_empty() {
            let nodes = std::mem::take(&mut self.nodes);
            call.files().unpack(&self.real, nodes);
        }
        self.directory.clear();
    }
}

/// Where deb-systemd-helper says that a unit is, whatever was seen at another time: from 1.66 on that
/// depends on whether systemd is installed (measured on 16 builds of Debian 13).
fn unit(call: &Call<'_, '_, '_>, target: &str) -> Option<String> {
    let (above, name) = target.rsplit_once(UNITS)?;
    let packages = &call.shell.machine.packages;
    let helpers = packages.by_name.get("init-system-helpers")?;
    let depends = version::compare(&helpers.version, "1.66~").is_ge();
    if !depends || !matches!(above, "/lib" | "/usr/lib") {
        return None;
    }
    let above = if packages.has("systemd") {
        "/usr/lib"
    } else {
        "/lib"
    };
    Some(format!("{above}{UNITS}{name}"))
}

/// Gives a file of the package a further name.
fn link(
    call: &mut Call<'_, '_, '_>,
    directories: &mut Directories,
    first: &str,
    at: &str,
    renamed: bool,
) {
    let root = Who::default();
    let (directory, name) = path::split(at);
    let real = path::child(directories.open(call, directory, None, renamed), name);
    // What was there before is somebody else's.
    let _ = call.files().unlink(&real, &root);
    let _ = call.files().link(&format!("/{first}"), &real, &root, false);
}

impl Listed<'_> {
    /// The files' sizes: those of another version lie near.
    fn count(&self, bytes: u64) -> ByteCount {
        let slack = if self.listing.version == self.entry.version {
            return ByteCount::measured(bytes);
        } else {
            bytes * OTHER_VERSION / 100
        };
        ByteCount {
            bytes,
            low: bytes - slack,
            high: bytes + slack,
            basis: Basis::Modelled,
        }
    }

    /// The name that dpkg's books have: with the architecture where several may be installed.
    fn book_name(&self) -> String {
        let name = self.entry.name;
        if self.entry.is_same() {
            format!("{name}:amd64")
        } else {
            name.to_owned()
        }
    }

    /// Its files as a tree.
    fn unpacked(&self, slim: bool) -> Arc<Unpacked> {
        let make = || Unpacked::new(&self.listing, &self.book_name(), slim);
        self.trees.get(self.entry.name, slim, make)
    }

    /// Unpacks it, and notes it in the books; its files may wait to be put into place.
    pub(super) fn unpack(
        &self,
        call: &mut Call<'_, '_, '_>,
        directories: &mut Directories,
        slim: bool,
    ) {
        let own = self.unpacked(slim);
        let is_same_version = self.listing.version == self.entry.version;
        if own.tree.is_some() && is_same_version {
            let has_links = !own.links.is_empty();
            directories.waiting.push(own);
            if has_links {
                directories.settle(call);
            }
        } else {
            directories.settle(call);
            let is_wanted = |member: &Member<'_>| !member.is_made && is_kept(member, slim);
            self.place(call, directories, self.listing, &is_wanted);
            let size = |bytes| self.count(bytes);
            let books = books_of(&self.listing, &self.book_name(), size).collect();
            call.files().unpack(INFO, books);
        }
        self.note_interests(call, true);
    }

    /// Notes the triggers that it waits for, or takes that out: in a file of the trigger's name, or
    /// in that of all paths (dpkg's trigdb.c).
    fn note_interests(&self, call: &mut Call<'_, '_, '_>, comes: bool) {
        for interest in self.listing.interests() {
            let own = self.book_name().len() + if interest.no_await { 8 } else { 0 };
            let (at, bytes) = if interest.trigger.starts_with('/') {
                let line = interest.trigger.len() + 1 + own + 1;
                (format!("{TRIGGERS}/File"), line)
            } else {
                (format!("{TRIGGERS}/{}", interest.trigger), own + 1)
            };
            let bytes = bytes as i128;
            super::books::grow(call, &at, if comes { bytes } else { -bytes }, 0o644);
            let is_named = !interest.trigger.starts_with('/');
            if !comes && is_named && super::books::size_of(call, &at) == Some(0) {
                // A trigger that nobody waits for any more has no file.
                let _ = call.files().unlink(&at, &Who::default());
            }
        }
    }

    /// What it makes when it is configured.
    ///
    /// # Errors
    /// A limit of the simulation.
    pub(super) fn configure(
        &self,
        call: &mut Call<'_, '_, '_>,
        directories: &mut Directories,
        slim: bool,
    ) -> Result<(), Flow> {
        let own = self.unpacked(slim);
        let has_python = call.shell.machine.packages.has("python3-minimal");
        let is_wanted =
            |member: &Member<'_>| member.is_made && (has_python || !member.is_compiled());
        if self.listing.version == self.entry.version {
            let lines = self.listing.with_lines(&own.made_lines);
            self.place(call, directories, lines, &is_wanted);
            let compiled = has_python.then_some(&own.compiled);
            let trees = [&own.made].into_iter().chain(compiled);
            let trees: Vec<&FileTree> = trees.filter(|tree| !tree.is_empty()).collect();
            if !trees.is_empty() {
                merge(call, directories, &trees, false);
            }
        } else {
            self.place(call, directories, self.listing, &is_wanted);
        }
        self.alternatives(call, "--install")
    }

    fn alternatives(&self, call: &mut Call<'_, '_, '_>, action: &str) -> Result<(), Flow> {
        for words in self.listing.alternatives() {
            let [_, name, path, ..] = words[..] else {
                continue;
            };
            let mut command = vec!["update-alternatives", action];
            match action {
                "--install" => command.extend(&words),
                _ => command.extend([name, path]),
            }
            let command: Vec<String> = command.into_iter().map(str::to_owned).collect();
            call.execute(&command)?;
        }
        Ok(())
    }

    /// Puts those paths of a listing of it that are wanted into their places.
    fn place(
        &self,
        call: &mut Call<'_, '_, '_>,
        directories: &mut Directories,
        listing: Listing<'_>,
        is_wanted: &dyn Fn(&Member<'_>) -> bool,
    ) {
        let mut open = Open::default();
        listing.each(&mut |member| {
            if !is_wanted(&member) {
                return;
            }
            let (directory, name) = path::split(member.path);
            let renamed = !member.is_made;
            let node = match member.kind {
                Kind::File(bytes, owner, _) => Node::sized(self.count(bytes), meta(call, owner)),
                Kind::Link(target) => {
                    let unit = unit(call, target).filter(|_| member.is_made);
                    Node::symlink(unit.as_deref().unwrap_or(target))
                }
                Kind::Directory(owner) => {
                    open.close(call);
                    let meta = meta(call, owner);
                    let real = directories.open(call, member.path, Some(meta), renamed);
                    // What -slim images leave out was made there, and is dpkg's own elsewhere.
                    let is_dpkgs = left_out(member.path.trim_start_matches('/')).is_some();
                    if member.is_made && !is_dpkgs {
                        // A script gives it to somebody; it was made, or found, just before.
                        let _ = call.files().set_meta(real, meta);
                    }
                    return;
                }
                Kind::HardLink(first) => {
                    open.close(call);
                    link(call, directories, first, member.path, renamed);
                    return;
                }
            };
            if open.directory != directory {
                open.close(call);
                directory.clone_into(&mut open.directory);
                let real = directories.open(call, directory, None, renamed);
                real.clone_into(&mut open.real);
            }
            open.nodes.push((name.into(), node));
        });
        open.close(call);
    }

    /// Takes it out: all but its configuration, or that too. Tells whether nothing of it is left.
    ///
    /// # Errors
    /// A limit of the simulation.
    pub(super) fn remove(&self, call: &mut Call<'_, '_, '_>, purge: bool) -> Result<bool, Flow> {
        self.alternatives(call, "--remove")?;
        let root = Who::default();
        let mut directories = Vec::new();
        let mut left = Vec::new();
        self.listing.each(&mut |member| {
            let at = member.path.to_owned();
            directories.extend(path::ancestors(&at).map(str::to_owned));
            match member.kind {
                Kind::Directory(_) => directories.push(at),
                Kind::File(_, owner, true) if !purge => {
                    // debhelper's postrm takes the right to run from a script that stays.
                    if at.starts_with("/etc/init.d/") && owner.mode & 0o111 != 0 {
                        let mode = owner.mode & !0o111;
                        let _ = call.files().change_mode(&at, mode, &root);
                    }
                    left.push(at);
                }
                // What was made is state, which goes with the configuration.
                _ if member.is_made && !member.is_compiled() && !purge => {}
                // What the image had before is written anew without the package's part.
                _ if member.is_made && call.shell.machine.base.get(&at).is_some() => {
                    let _ = call.files().touch(&at, &root, true);
                }
                _ => {
                    // It may be gone, or never have been unpacked.
                    let _ = call.files().unlink(&at, &root);
                }
            }
        });
        if self.entry.name == "ca-certificates" {
            certificates::remove(call);
        }
        directories.sort_unstable_by(|a, b| b.cmp(a));
        directories.dedup();
        // Directories of the base image are other packages' too; others' files keep the rest.
        directories.retain(|at| call.shell.machine.base.get(at).is_none());
        for at in directories {
            let _ = call.files().remove_directory(&at, &root);
        }
        self.note_interests(call, false);
        let has_script = self.listing.books().any(|(book, _)| book == "postrm");
        let stays = !purge && (!left.is_empty() || has_script);
        self.close_books(call, stays, &left);
        Ok(!stays)
    }

    /// dpkg's books of a package that is gone: of one whose configuration is left, the list of
    /// that and the script that would purge it.
    fn close_books(&self, call: &mut Call<'_, '_, '_>, stays: bool, left: &[String]) {
        let root = Who::default();
        let name = self.book_name();
        for (book, _) in self.listing.books() {
            let at = format!("{INFO}/{name}.{book}");
            match book {
                "list" if stays => {
                    let mut paths: Vec<&str> = left.iter().map(String::as_str).collect();
                    paths.extend(left.iter().flat_map(|at| path::ancestors(at)));
                    paths.retain(|at| *at != "/");
                    paths.sort_unstable();
                    paths.dedup();
                    let bytes = paths.iter().map(|at| at.len() as u64 + 1).sum();
                    let node = Node::sized(ByteCount::measured(bytes), Metadata::root(0o644));
                    call.files().place_at(&at, node);
                }
                "postrm" if stays => {}
                _ => {
                    // It may be an older package's, with other books.
                    let _ = call.files().unlink(&at, &root);
                }
            }
        }
    }
}

/// Puts what trees hold into place.
fn merge(
    call: &mut Call<'_, '_, '_>,
    directories: &mut Directories,
    trees: &[&FileTree],
    renamed: bool,
) {
    for (at, node) in call.files().merge(trees, renamed) {
        place_aside(call, directories, &at, node, renamed);
    }
}

/// Puts something into its place where what is there has to be looked at: follows links, goes into
/// mounts.
fn place_aside(
    call: &mut Call<'_, '_, '_>,
    directories: &mut Directories,
    at: &str,
    node: Node,
    renamed: bool,
) {
    match node {
        Node::Directory(directory) => {
            directories.open(call, at, Some(directory.meta), renamed);
            for (name, node) in directory.entries.iter() {
                let at = path::child(at, name);
                place_aside(call, directories, &at, node.clone(), renamed);
            }
        }
        _ => {
            let (above, name) = path::split(at);
            let real = directories.open(call, above, None, renamed).to_owned();
            call.files().unpack(&real, vec![(name.into(), node)]);
        }
    }
}

/// Permissions and owner; users by name are those that the system has.
fn meta(call: &Call<'_, '_, '_>, owner: Owner<'_>) -> Metadata {
    let machine = &call.shell.machine;
    let uid = (owner.user.parse().ok())
        .or_else(|| machine.user(owner.user).map(|(uid, _)| uid))
        .unwrap_or(0);
    let gid = (owner.group.parse().ok())
        .or_else(|| machine.group(owner.group))
        .unwrap_or(0);
    Metadata {
        mode: owner.mode,
        uid,
        gid,
    }
}
