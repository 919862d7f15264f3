//! `COPY` and `ADD` (BuildKit's `dockerfile2llb` and `solver/llbsolver/file`, and
//! `fsutil/copy`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::context::{Matches, Patterns};
use crate::dockerfile::{Command, Copy, Source};
use crate::error::ErrorKind;
use crate::image::{
    File, FileTree, Inode, Metadata, Node, Owner, Workspace, is_listed, owner, path,
};
use crate::plan::{Origin, Stage};
use crate::size::ByteCount;

use super::chmod::Chmod;
use super::place::{MERGED, make_directories, resolved};
use super::source::{Picked, pick};
use super::stage::BuiltStage;
use super::{Build, Failure, archive};

/// A file from the network of which nothing is known: up to 500 MB.
const UNKNOWN_DOWNLOAD: ByteCount = ByteCount::assumed(10_000_000, 0, 500_000_000);

/// A Git repository's work tree of which nothing is known: up to 1 GB.
const UNKNOWN_REPOSITORY: ByteCount = ByteCount::assumed(20_000_000, 0, 1_000_000_000);

/// How copied things are changed on the way.
pub(super) struct Change {
    pub(super) owner: Option<Owner>,
    pub(super) mode: Option<Chmod>,
}

impl Change {
    fn of(&self, node: &Node) -> Metadata {
        let mut meta = node.meta();
        if let Some(owner) = self.owner {
            (meta.uid, meta.gid) = (owner.uid, owner.gid);
        }
        if let Some(mode) = &self.mode {
            meta.mode = mode.apply(meta.mode, node.is_directory());
        }
        meta
    }

    /// Owner and permissions of directories that are made on the way.
    pub(super) fn of_new_directories(&self) -> Metadata {
        let owner = self.owner.unwrap_or_default();
        let mode = self.mode.as_ref().map_or(0o755, Chmod::of_new_directories);
        Metadata {
            mode,
            uid: owner.uid,
            gid: owner.gid,
        }
    }
}

/// Where copies go.
pub(super) struct Destination {
    /// Cleaned absolute path.
    pub(super) path: String,
    /// Whether it was written as a directory.
    directory: bool,
}

pub(super) struct Copier<'c> {
    pub(super) workspace: Workspace,
    destination: Destination,
    pub(super) change: Change,
    exclude: Patterns,
    pub(super) next_inode: &'c mut u64,
    /// New numbers of hard links, within one source.
    inodes: BTreeMap<Inode, Inode>,
}

pub(super) fn apply(
    copy: &Copy,
    command: &Command,
    stage: &mut BuiltStage,
    build: &mut Build<'_>,
    plan: &Stage,
) -> Result<(), Failure> {
    let expanded = expand(copy, stage)?;
    let created_by = history(copy, &expanded);
    let (files, unchecked) = match &copy.from {
        None => (build.files_of(&Origin::Context, plan)?, false),
        Some(from) => {
            let origin = build
                .plan
                .origin(from, command)
                .map_err(|error| Failure::convert(error.kind, error.message))?;
            let unchecked = origin == Origin::Scratch || build.is_now(&origin, stage);
            if let Origin::Stage(index) = origin
                && let Some(other) = &build.done[index]
            {
                stage.marks.take(&other.marks);
            }
            (build.files_of(&origin, plan)?, unchecked)
        }
    };
    if stage.broken {
        stage.record(command, created_by);
        return Ok(());
    }
    let change = Change {
        owner: expanded
            .chown
            .as_deref()
            .map(|text| owner(&stage.tree, &stage.users, text)),
        mode: expanded.chmod.clone(),
    };
    note_unknown_owner(expanded.chown.as_deref(), command, stage, build);
    let exclude = Patterns::new(copy.exclude.iter().map(String::as_str))
        .map_err(|message| Failure::solve(ErrorKind::CopySource, message))?;
    let mut next_inode = stage.next_inode;
    let mut copier = Copier {
        workspace: Workspace::new(stage.tree.clone()),
        destination: Destination {
            path: stage.absolute(&expanded.destination),
            directory: is_directory(&expanded.destination),
        },
        change,
        exclude,
        next_inode: &mut next_inode,
        inodes: BTreeMap::new(),
    };
    for source in &expanded.sources {
        match source {
            Source::Inline { name, text, .. } => {
                let node = Node::file(Arc::from(text.as_bytes()), Metadata::root(0o644));
                copier.copy(&Picked {
                    path: format!("/{name}"),
                    node,
                    supposed: false,
                })?;
            }
            Source::Path(url) if copy.add && is_git(url) => {
                copier.repository(url, command, build)?
            }
            Source::Path(url) if copy.add && is_http(url) => {
                copier.download(url, copy.unpack == Some(true), command, build)?;
            }
            Source::Path(source) if copy.parents => copier.with_parents(&files.tree, source)?,
            Source::Path(source) => {
                let picked = pick(&files, source).map_err(|path| missing(&path, unchecked))?;
                for picked in picked {
                    note_supposed(&picked, command, build);
                    let unpack = copy.add && copy.unpack != Some(false);
                    if unpack && archive::unpack(&picked, &mut copier, command, build)? {
                        continue;
                    }
                    copier.copy(&picked)?;
                }
            }
        }
        build.count_changes(copier.workspace.changes())?;
    }
    let workspace = copier.workspace;
    stage.next_inode = next_inode;
    stage.commit(command, created_by, workspace);
    Ok(())
}

/// The instruction's words after expansion.
struct Expanded {
    sources: Vec<Source>,
    destination: String,
    chown: Option<String>,
    chmod: Option<Chmod>,
    chmod_text: Option<String>,
}

fn expand(copy: &Copy, stage: &BuiltStage) -> Result<Expanded, Failure> {
    let optional =
        |text: &Option<String>| text.as_deref().map(|text| stage.expand(text)).transpose();
    let chown = optional(&copy.chown)?.filter(|text| !text.is_empty());
    let chmod_text = optional(&copy.chmod)?.filter(|text| !text.is_empty());
    let checksum = optional(&copy.checksum)?;
    let sources = copy
        .sources
        .iter()
        .map(|source| match source {
            Source::Path(path) => stage.expand(path).map(Source::Path),
            Source::Inline { name, text, expand } => Ok(Source::Inline {
                name: name.clone(),
                text: if *expand {
                    stage.expand_heredoc(text)?
                } else {
                    text.clone()
                },
                expand: *expand,
            }),
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let destination = stage.expand(&copy.destination)?;
    let value = |message: &str| Failure::convert(ErrorKind::Value, message);
    for source in &sources {
        let Source::Path(path) = source else { continue };
        if !copy.add && is_http(path) {
            return Err(value("source can't be a URL for COPY"));
        }
        if !copy.add && is_git(path) && path.contains("://") {
            return Err(value("source can't be a git ref for COPY"));
        }
        if checksum.is_some() && !is_http(path) && !is_git(path) {
            return Err(value("checksum requires HTTP(S) or Git sources"));
        }
    }
    let chmod = chmod_text
        .as_deref()
        .map(Chmod::parse)
        .transpose()
        .map_err(|message| Failure::convert(ErrorKind::Value, message))?;
    Ok(Expanded {
        sources,
        destination,
        chown,
        chmod,
        chmod_text,
    })
}

/// The step as the history has it: paths first, then here-documents.
fn history(copy: &Copy, expanded: &Expanded) -> String {
    let mut out = String::from(if copy.add { "ADD" } else { "COPY" });
    if copy.parents {
        out.push_str(" --parents");
    }
    for (flag, value) in [("chown", &expanded.chown), ("chmod", &expanded.chmod_text)] {
        if let Some(value) = value {
            out.push_str(&format!(" --{flag}={value}"));
        }
    }
    for source in &expanded.sources {
        if let Source::Path(path) = source {
            out.push_str(&format!(" {path}"));
        }
    }
    for source in &expanded.sources {
        if let Source::Inline { name, .. } = source {
            out.push_str(&format!(" <<{name}"));
        }
    }
    format!("{out} {} # buildkit", expanded.destination)
}

/// Whether a destination is written as a directory.
fn is_directory(destination: &str) -> bool {
    matches!(destination, "" | "." | "..")
        || destination.ends_with('/')
        || destination.ends_with("/.")
}

pub(super) fn is_http(source: &str) -> bool {
    (source.starts_with("http://") || source.starts_with("https://")) && !is_git(source)
}

/// Whether ADD takes a source for a Git repository (BuildKit's `gitutil.ParseGitRef`).
fn is_git(source: &str) -> bool {
    let location = source.split('#').next().unwrap_or_default();
    let http = location.starts_with("http://") || location.starts_with("https://");
    (http && location.ends_with(".git"))
        || ["git://", "ssh://", "git@"]
            .iter()
            .any(|scheme| location.starts_with(scheme))
}

/// A source that does not exist. BuildKit takes checksums of sources first, but not of what
/// is empty or is the very thing copied onto (`FileOp.CacheMap`); then the copy itself fails.
fn missing(path: &str, unchecked: bool) -> Failure {
    Failure::solve(
        ErrorKind::CopySource,
        if unchecked {
            format!("lstat {path}: no such file or directory")
        } else {
            format!(
                "failed to compute cache key: failed to calculate checksum of ref …: {}: not found",
                crate::dockerfile::quoted(path)
            )
        },
    )
}

fn note_unknown_owner(
    chown: Option<&str>,
    command: &Command,
    stage: &BuiltStage,
    build: &mut Build<'_>,
) {
    let Some(user) = chown.and_then(|text| text.split(':').next()) else {
        return;
    };
    let named = user.parse::<u32>().is_err() && !user.is_empty();
    let unlisted = !stage.knows_users();
    let known = stage.users.contains_key(user) || is_listed(&stage.tree, user);
    if named && unlisted && !known {
        let message = format!(
            "the users of this base image are not listed in the catalog: {user} is taken for root"
        );
        build.assume("unknown-user", message, command.lines.first);
    }
}

fn note_supposed(picked: &Picked, command: &Command, build: &mut Build<'_>) {
    if picked.supposed {
        let message = format!(
            "whether {} exists, and its size, cannot be known yet: what runs before it is not modelled",
            picked.path
        );
        build.assume("supposed-source", message, command.lines.first);
    }
}

/// Whether a path looks like that of a file: it has a suffix, or lies where programs do.
fn is_named_as_file(at: &str) -> bool {
    let (above, name) = path::split(at);
    let directory = path::split(above).1;
    name.trim_start_matches('.').contains('.') || matches!(directory, "bin" | "sbin")
}

impl Copier<'_> {
    /// Copies one source: a directory's content, or a file.
    fn copy(&mut self, picked: &Picked) -> Result<(), Failure> {
        self.inodes.clear();
        let target = self.target(&picked.path, picked.node.is_directory())?;
        if picked.supposed && !is_named_as_file(&picked.path) {
            self.suppose(picked, &target);
            return Ok(());
        }
        match &picked.node {
            Node::Directory(directory) => {
                match self.workspace.tree().get(&target) {
                    None => {
                        make_directories(
                            &mut self.workspace,
                            &target,
                            self.change.of_new_directories(),
                        )?;
                    }
                    Some(node) if !node.is_directory() => return Err(not_a_directory(&target)),
                    Some(_) => self.workspace.touch(&target),
                }
                if let Some(bulk) = directory.bulk {
                    self.workspace.add_unlisted(&target, bulk);
                }
                for (name, node) in directory.entries.iter() {
                    self.below(node, name, &path::child(&target, name), None)?;
                }
                Ok(())
            }
            // Hard links are kept within a directory only.
            Node::File(file) => self.put(
                &target,
                &Node::File(File {
                    inode: None,
                    ..file.clone()
                }),
            ),
            Node::Symlink(_) | Node::Special(_) => self.put(&target, &picked.node),
        }
    }

    /// Copies what may be a file, a directory, or nothing: something that is not listed.
    fn suppose(&mut self, picked: &Picked, target: &str) {
        let above = path::split(target).0;
        self.workspace.touch(above);
        if let Node::File(file) = &picked.node {
            self.workspace.add_unlisted(above, file.size);
        }
    }

    /// Makes the directory that a source goes to and gives the source's own path there.
    fn target(&mut self, source: &str, is_directory: bool) -> Result<String, Failure> {
        let destination = self.destination.path.clone();
        let ensured = if self.destination.directory {
            destination.as_str()
        } else {
            path::split(&destination).0
        };
        make_directories(
            &mut self.workspace,
            ensured,
            self.change.of_new_directories(),
        )?;
        let target = resolved(&self.workspace, &destination)?;
        let into = self
            .workspace
            .tree()
            .get(&target)
            .is_some_and(Node::is_directory);
        if into && !is_directory {
            return Ok(path::child(&target, path::split(source).1));
        }
        Ok(target)
    }

    /// Copies something inside a copied directory; `relative` is its path there.
    fn below(
        &mut self,
        node: &Node,
        relative: &str,
        target: &str,
        above: Option<&Matches>,
    ) -> Result<(), Failure> {
        let matches = (!self.exclude.is_empty()).then(|| self.exclude.matches(relative, above));
        let excluded = matches.as_ref().is_some_and(|matches| matches.selected);
        let Node::Directory(directory) = node else {
            return if excluded {
                Ok(())
            } else {
                self.put(target, node)
            };
        };
        if excluded && !self.exclude.has_exceptions() {
            return Ok(());
        }
        if !excluded {
            self.put_directory(target, node)?;
            if let Some(bulk) = directory.bulk {
                self.workspace.add_unlisted(target, bulk);
            }
        }
        for (name, child) in directory.entries.iter() {
            let (relative, target) = (format!("{relative}/{name}"), path::child(target, name));
            self.below(child, &relative, &target, matches.as_ref())?;
        }
        Ok(())
    }

    fn put_directory(&mut self, target: &str, node: &Node) -> Result<(), Failure> {
        let meta = self.change.of(node);
        match self.workspace.tree().get(target) {
            Some(Node::Directory(_)) => self.workspace.set_meta(target, meta),
            Some(_) => return Err(not_a_directory(target)),
            None => self.workspace.put(target, Node::directory(meta)),
        }
        Ok(())
    }

    fn put(&mut self, target: &str, node: &Node) -> Result<(), Failure> {
        if self
            .workspace
            .tree()
            .get(target)
            .is_some_and(Node::is_directory)
        {
            return Err(Failure::solve(
                ErrorKind::CopyDestination,
                format!("cannot replace to directory {MERGED}{target} with file"),
            ));
        }
        let mut copied = node.clone();
        copied.set_meta(self.change.of(node));
        if let Node::File(File {
            inode: Some(inode), ..
        }) = &mut copied
        {
            let known = self.inodes.entry(*inode);
            *inode = *known.or_insert_with(|| Inode::after(self.next_inode));
        }
        self.workspace.put(target, copied);
        Ok(())
    }

    /// `COPY --parents`: matching files with the directories above them, from `/./` on.
    fn with_parents(&mut self, tree: &FileTree, source: &str) -> Result<(), Failure> {
        let (pivot, rest) = match source.split_once("/./") {
            Some((pivot, rest)) => (pivot, rest),
            None => ("", source.strip_prefix("./").unwrap_or(source)),
        };
        let root = tree
            .resolve(&path::clean(pivot))
            .map_err(|_| missing(source, false))?;
        let wanted = path::clean(rest);
        let wanted = wanted.trim_start_matches('/');
        let patterns = Patterns::new(std::iter::once(wanted))
            .map_err(|message| Failure::solve(ErrorKind::CopySource, message))?;
        let Some(node @ Node::Directory(_)) = tree.get(&root) else {
            return Err(missing(&path::clean(source), false));
        };
        let base = make_directories(
            &mut self.workspace,
            &self.destination.path.clone(),
            self.change.of_new_directories(),
        )?;
        let mut copied = false;
        self.matching(node, "", &base, &patterns, None, &mut copied)?;
        if !copied && !crate::context::glob::has_wildcard(source) {
            return Err(missing(&path::clean(source), false));
        }
        Ok(())
    }

    fn matching(
        &mut self,
        node: &Node,
        relative: &str,
        target: &str,
        patterns: &Patterns,
        above: Option<&Matches>,
        copied: &mut bool,
    ) -> Result<(), Failure> {
        let Node::Directory(directory) = node else {
            return Ok(());
        };
        for (name, child) in directory.entries.iter() {
            let relative = if relative.is_empty() {
                name.to_string()
            } else {
                format!("{relative}/{name}")
            };
            let target = path::child(target, name);
            let matches = patterns.matches(&relative, above);
            let excluded =
                !self.exclude.is_empty() && self.exclude.matches(&relative, None).selected;
            if matches.selected && !excluded {
                *copied = true;
                match child {
                    Node::Directory(_) => self.put_directory(&target, child)?,
                    _ => self.put(&target, child)?,
                }
            }
            if child.is_directory() && !excluded {
                let mut inner = false;
                let before = self.workspace.tree().get(&target).is_some();
                self.matching(
                    child,
                    &relative,
                    &target,
                    patterns,
                    Some(&matches),
                    &mut inner,
                )?;
                if inner && !before {
                    // A directory above a match keeps its own owner and permissions.
                    self.workspace.set_meta(&target, self.change.of(child));
                }
                *copied |= inner;
            }
        }
        Ok(())
    }

    /// ADD of a URL: one file, readable by its owner only.
    fn download(
        &mut self,
        url: &str,
        unpack: bool,
        command: &Command,
        build: &mut Build<'_>,
    ) -> Result<(), Failure> {
        let size = build.stated_size(command).unwrap_or_else(|| {
            build.assume("unknown-download", unknown_size(url), command.lines.first);
            UNKNOWN_DOWNLOAD
        });
        if unpack {
            return self.bulk(size);
        }
        let location = url.split(['?', '#']).next().unwrap_or_default();
        let name = location
            .splitn(4, '/')
            .nth(3)
            .and_then(|path| path.rsplit('/').next());
        let name = name
            .filter(|name| !name.is_empty())
            .unwrap_or("__unnamed__");
        let node = Node::sized(size, Metadata::root(0o600));
        self.copy(&Picked {
            path: format!("/{name}"),
            node,
            supposed: false,
        })
    }

    /// ADD of a Git repository: a directory whose files are not known.
    fn repository(
        &mut self,
        url: &str,
        command: &Command,
        build: &mut Build<'_>,
    ) -> Result<(), Failure> {
        let size = build.stated_size(command).unwrap_or_else(|| {
            build.assume("unknown-repository", unknown_size(url), command.lines.first);
            UNKNOWN_REPOSITORY
        });
        self.bulk(size)
    }

    /// Puts bytes in unlisted files at the destination.
    pub(super) fn bulk(&mut self, size: ByteCount) -> Result<(), Failure> {
        let target = self.unpack_directory()?;
        self.workspace.add_unlisted(&target, size);
        Ok(())
    }

    /// The destination, made a directory to unpack into.
    pub(super) fn unpack_directory(&mut self) -> Result<String, Failure> {
        let owner = self.change.owner.unwrap_or_default();
        let meta = Metadata {
            mode: 0o755,
            uid: owner.uid,
            gid: owner.gid,
        };
        let target = make_directories(&mut self.workspace, &self.destination.path.clone(), meta)?;
        self.workspace.touch(&target);
        Ok(target)
    }
}

fn unknown_size(url: &str) -> String {
    format!(
        "the size of {url} cannot be known; state it with a comment before the instruction: # layerlab: size=12MB"
    )
}

fn not_a_directory(target: &str) -> Failure {
    Failure::solve(
        ErrorKind::CopyDestination,
        format!("cannot copy to non-directory: {MERGED}{target}"),
    )
}
