//! Copying files as `cp`, `install` and `mv` across file systems do.

use std::collections::BTreeMap;

use crate::image::{File, Inode, Metadata, Node, path};
use crate::shell::{Errno, Flow};
use crate::size::ByteCount;

use super::Call;

/// What is kept, and how links are treated.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manner {
    /// Directories with all below them.
    pub(super) recursive: bool,
    /// Permissions are kept.
    pub(super) mode: bool,
    /// Owners are kept.
    pub(super) owner: bool,
    /// Hard links among what is copied are kept.
    pub(super) links: bool,
    /// Links named by the user are followed.
    pub(super) follow_named: bool,
    /// Links met on the way are followed.
    pub(super) follow_all: bool,
    /// What is in the way is removed where it cannot be opened.
    pub(super) force: bool,
    /// What is in the way is removed in any case.
    pub(super) replace: bool,
    /// What is there already stays.
    pub(super) keep_existing: bool,
    /// Hard links are made instead of copies.
    pub(super) hard: bool,
    /// Symbolic links are made instead of copies.
    pub(super) symbolic: bool,
    /// Every copied name is printed.
    pub(super) verbose: bool,
}

/// Notes that something comes to a path of which it is not known whether it is there at all.
pub(super) fn perhaps(call: &mut Call<'_, '_, '_>, source: &str, target: &str) {
    let (source, target) = (call.at(source), call.at(target));
    let size = ByteCount::assumed(0, 0, call.files().unlisted_around(&source));
    let above = path::split(&target).0.to_owned();
    if let Ok(entry) = call.stat(&above) {
        call.files().add_bulk(&entry.path, size);
    }
}

/// A copy under way.
#[derive(Debug)]
pub(super) struct Copier {
    pub(super) manner: Manner,
    /// Where files with several names went, by their number.
    copied: BTreeMap<Inode, String>,
    /// Real paths of directories made by this copy.
    made: Vec<String>,
}

impl Copier {
    pub(super) fn new(manner: Manner) -> Self {
        Self {
            manner,
            copied: BTreeMap::new(),
            made: Vec::new(),
        }
    }

    /// Copies what the user named to the path that it shall have.
    pub(super) fn copy(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        source: &str,
        target: &str,
    ) -> Result<(), Flow> {
        self.one(call, source, target, true)
    }

    fn one(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        source: &str,
        target: &str,
        named: bool,
    ) -> Result<(), Flow> {
        call.shell.machine.step()?;
        let follow = self.manner.follow_all || named && self.manner.follow_named;
        let found = if follow {
            call.stat(source)
        } else {
            call.lstat(source)
        };
        let entry = match found {
            Ok(entry) => entry,
            Err(errno) => {
                let message = if call.is_busybox() {
                    format!("can't stat '{source}'")
                } else {
                    format!("cannot stat '{source}'")
                };
                call.problem(&message, errno);
                if errno == Errno::Unknown {
                    perhaps(call, source, target);
                }
                return Ok(());
            }
        };
        match &entry.node {
            Node::Directory(directory) => {
                if !self.manner.recursive {
                    let message = if call.is_busybox() {
                        format!("omitting directory '{source}'")
                    } else {
                        format!("-r not specified; omitting directory '{source}'")
                    };
                    call.fail(&message);
                    return Ok(());
                }
                let names: Vec<String> =
                    directory.entries.keys().map(ToString::to_string).collect();
                let bulk = directory.bulk;
                self.directory(call, source, target, &entry.path, directory.meta, &names)?;
                if let (Some(bulk), Ok(made)) = (bulk, call.stat(target)) {
                    call.files().add_bulk(&made.path, bulk);
                }
            }
            Node::Symlink(link) => {
                let text = link.target.to_string();
                self.link(call, source, target, &text, entry.node.meta())?;
            }
            Node::File(_) | Node::Special(_) => {
                self.file(call, source, target, &entry.path, &entry.node)?
            }
        }
        Ok(())
    }

    fn directory(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        source: &str,
        target: &str,
        real: &str,
        meta: Metadata,
        names: &[String],
    ) -> Result<(), Flow> {
        if self.made.iter().any(|made| made == real) {
            // It copies what was there before and stops at what it made itself.
            call.fail(&format!(
                "cannot copy a directory, '{source}', into itself, '{target}'"
            ));
            return Ok(());
        }
        let who = call.who();
        let at = call.at(target);
        let existing = call.stat(target);
        if let Ok(existing) = &existing
            && !existing.node.is_directory()
        {
            call.fail(&format!(
                "cannot overwrite non-directory '{target}' with directory '{source}'"
            ));
            return Ok(());
        }
        let made = existing.is_err();
        if made {
            let mode = meta.mode & 0o1777 & !call.shell.process.umask;
            if let Err(errno) = call.files().make_directory(&at, mode | 0o700, &who) {
                let message = if call.is_busybox() {
                    format!("can't create directory '{target}'")
                } else {
                    format!("cannot create directory '{target}'")
                };
                call.problem(&message, errno);
                return Ok(());
            }
            self.report(call, source, target);
        }
        let target_real = call
            .stat(target)
            .map(|entry| entry.path)
            .unwrap_or_default();
        self.made.push(target_real.clone());
        if !who.may(meta, 5) {
            call.problem(&format!("cannot access '{source}'"), Errno::Access);
            return Ok(());
        }
        for name in names {
            let from = format!("{}/{name}", source.trim_end_matches('/'));
            let to = format!("{}/{name}", target.trim_end_matches('/'));
            self.one(call, &from, &to, false)?;
        }
        if self.manner.mode || made {
            let mode = if self.manner.mode {
                meta.mode
            } else {
                meta.mode & 0o1777 & !call.shell.process.umask
            };
            let current = call.files().node(&target_real).map_or(meta, Node::meta);
            let inherited = if self.manner.mode {
                0
            } else {
                current.mode & 0o2000
            };
            if current.mode != mode | inherited {
                // It is the owner's own directory.
                let _ = call
                    .files()
                    .change_mode(&target_real, mode | inherited, &who);
            }
        }
        self.own(call, &target_real, meta);
        Ok(())
    }

    /// Gives what was copied its old owner, where that is wanted and allowed.
    fn own(&self, call: &mut Call<'_, '_, '_>, real: &str, meta: Metadata) {
        let who = call.who();
        if !self.manner.owner || !who.is_root() {
            return;
        }
        let current = call.files().node(real).map(Node::meta);
        if current.is_some_and(|current| (current.uid, current.gid) == (meta.uid, meta.gid)) {
            return;
        }
        let mode = current.map_or(meta.mode, |current| current.mode);
        let done = call
            .files()
            .change_owner(real, Some(meta.uid), Some(meta.gid), &who, false);
        if done.is_ok() {
            let mode = if self.manner.mode { meta.mode } else { mode };
            let link = matches!(call.files().node(real), Some(Node::Symlink(_)));
            if !link {
                // The owner's change took set-id bits away.
                let _ = call.files().change_mode(real, mode, &who);
            }
        }
    }

    fn link(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        source: &str,
        target: &str,
        text: &str,
        meta: Metadata,
    ) -> Result<(), Flow> {
        let who = call.who();
        let at = call.at(target);
        match call.lstat(target) {
            Ok(existing) if existing.node.is_directory() => {
                call.fail(&format!(
                    "cannot overwrite directory '{target}' with non-directory"
                ));
                return Ok(());
            }
            Ok(_) if self.manner.keep_existing => return Ok(()),
            Ok(_) => {
                if let Err(errno) = call.files().unlink(&at, &who) {
                    call.problem(&format!("cannot remove '{target}'"), errno);
                    return Ok(());
                }
            }
            Err(_) => {}
        }
        match call.files().symlink(text, &at, &who) {
            Ok(()) => {
                if let Ok(entry) = call.lstat(target) {
                    self.own(call, &entry.path, meta);
                }
                self.report(call, source, target);
            }
            Err(errno) => call.problem(&format!("cannot create symbolic link '{target}'"), errno),
        }
        Ok(())
    }

    fn file(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        source: &str,
        target: &str,
        real: &str,
        node: &Node,
    ) -> Result<(), Flow> {
        let who = call.who();
        let at = call.at(target);
        let meta = node.meta();
        if !who.may(meta, 4) {
            call.problem(
                &format!("cannot open '{source}' for reading"),
                Errno::Access,
            );
            return Ok(());
        }
        let existing = call.stat(target);
        if let Ok(existing) = &existing {
            if self.manner.keep_existing && !existing.node.is_directory() {
                return Ok(());
            }
            // A symbolic link in the way is replaced by another, wherever it points.
            let replaced = self.manner.symbolic
                && call
                    .lstat(target)
                    .is_ok_and(|entry| matches!(entry.node, Node::Symlink(_)));
            let same = existing.path == real
                || call.shell.machine.files.is_same_file(&existing.path, real)
                    && !self.manner.replace;
            if same && !replaced {
                if self.manner.hard {
                    return Ok(());
                }
                call.fail(&format!("'{source}' and '{target}' are the same file"));
                return Ok(());
            }
            if existing.node.is_directory() {
                call.fail(&format!(
                    "cannot overwrite directory '{target}' with non-directory"
                ));
                return Ok(());
            }
        } else if let Ok(link) = call.lstat(target)
            && !matches!(link.node, Node::Directory(_))
            && !(self.manner.force && call.is_busybox())
            && !self.manner.replace
            && !self.manner.hard
            && !self.manner.symbolic
        {
            call.fail(&format!("not writing through dangling symlink '{target}'"));
            return Ok(());
        }
        let dangling = existing.is_err() && call.lstat(target).is_ok();
        let links = self.manner.hard || self.manner.symbolic;
        let (above, _) = at.rsplit_once('/').unwrap_or_default();
        if self.manner.symbolic
            && !source.starts_with('/')
            && above != call.shell.process.cwd.trim_end_matches('/')
        {
            call.fail(&format!(
                "{target}: can make relative symbolic links only in current directory"
            ));
            return Ok(());
        }
        if links && !self.manner.force && !self.manner.replace && call.lstat(target).is_ok() {
            let message = if self.manner.hard {
                format!("cannot create hard link '{target}' to '{source}'")
            } else {
                format!("cannot create symbolic link '{target}'")
            };
            call.problem(&message, Errno::Exists);
            return Ok(());
        }
        let in_the_way = self.manner.replace || dangling || links;
        if in_the_way
            && call.lstat(target).is_ok()
            && let Err(errno) = call.files().unlink(&at, &who)
        {
            call.problem(&format!("cannot remove '{target}'"), errno);
            return Ok(());
        }
        if self.manner.symbolic {
            return self.link(call, source, target, source, meta);
        }
        let shared = call.files().inode(real);
        let first = shared.and_then(|inode| self.copied.get(&inode).cloned());
        let from = if self.manner.hard {
            Some(call.at(source))
        } else {
            first.filter(|_| self.manner.links)
        };
        if let Some(from) = from {
            if call.lstat(target).is_ok() {
                let _ = call.files().unlink(&at, &who);
            }
            if let Err(errno) = call.files().link(&from, &at, &who, false) {
                call.problem(
                    &format!("cannot create hard link '{target}' to '{source}'"),
                    errno,
                );
            }
            self.report(call, source, target);
            return Ok(());
        }
        let Node::File(file) = node else {
            // A device or a pipe: a new one where the tree is copied, else what can be read from it.
            if self.manner.recursive {
                if let Err(errno) = call.files().place_node(&at, node.clone(), &who) {
                    call.problem(&format!("cannot create special file '{target}'"), errno);
                }
            } else {
                self.write(
                    call,
                    source,
                    target,
                    &Node::file([].as_slice().into(), meta),
                    meta,
                );
            }
            return Ok(());
        };
        let copy = Node::File(File {
            inode: None,
            ..file.clone()
        });
        self.write(call, source, target, &copy, meta);
        if let (Some(inode), Ok(made)) = (shared, call.stat(target)) {
            self.copied.insert(inode, made.path);
        }
        Ok(())
    }

    /// Writes a file's content to its target and gives it the permissions that are due.
    fn write(
        &self,
        call: &mut Call<'_, '_, '_>,
        source: &str,
        target: &str,
        node: &Node,
        meta: Metadata,
    ) {
        let who = call.who();
        let at = call.at(target);
        let umask = call.shell.process.umask;
        let is_new = call.stat(target).is_err();
        let kept = if self.manner.owner {
            meta.mode & 0o700
        } else {
            meta.mode & 0o777
        };
        let mode = if self.manner.mode {
            meta.mode & 0o700
        } else {
            kept & !umask
        };
        let mut opened = call.files().open_for_writing(&at, mode, true, &who);
        if opened.is_err() && self.manner.force && !is_new {
            let removed = call.files().unlink(&at, &who);
            if removed.is_ok() {
                opened = call.files().open_for_writing(&at, mode, true, &who);
            }
        }
        let real = match opened {
            Ok(real) => real,
            Err(errno) => {
                let message = match (call.is_busybox(), is_new) {
                    (true, _) => format!("can't create '{target}'"),
                    (false, true) if target.ends_with('/') => {
                        format!("cannot create regular file '{target}'")
                    }
                    (false, true) => format!("cannot create regular file '{target}'"),
                    (false, false) => format!("cannot create regular file '{target}'"),
                };
                call.problem(
                    &message,
                    if target.ends_with('/') && is_new {
                        Errno::NotDirectory
                    } else {
                        errno
                    },
                );
                return;
            }
        };
        if let Node::File(file) = node {
            call.files().set_file(&real, file);
        }
        if self.manner.owner {
            self.own(call, &real, meta);
        }
        if self.manner.mode {
            let _ = call.files().change_mode(&real, meta.mode, &who);
        } else if is_new && self.manner.owner {
            let _ = call
                .files()
                .change_mode(&real, meta.mode & 0o777 & !umask, &who);
        }
        self.report(call, source, target);
    }

    fn report(&self, call: &mut Call<'_, '_, '_>, source: &str, target: &str) {
        if self.manner.verbose {
            call.line(&format!("'{source}' -> '{target}'"));
        }
    }
}

/// Where operands go: the last one, or the directory that an option names. Gives pairs of
/// source and target, or ends the call.
pub(super) fn targets(
    call: &mut Call<'_, '_, '_>,
    operands: &[String],
    directory: Option<&str>,
    never_into: bool,
) -> Option<Vec<(String, String)>> {
    let (sources, target) = match (operands, directory) {
        ([], _) => {
            call.fail("missing file operand");
            return None;
        }
        (sources, Some(directory)) => (sources, directory.to_owned()),
        ([only], None) => {
            call.fail(&format!("missing destination file operand after '{only}'"));
            return None;
        }
        ([sources @ .., target], None) => (sources, target.clone()),
    };
    let into = !never_into && (directory.is_some() || call.is_directory(&target));
    if directory.is_some() && !call.is_directory(&target)
        || sources.len() > 1 && !call.is_directory(&target)
    {
        let errno = match call.stat(&target) {
            Ok(_) => Errno::NotDirectory,
            Err(errno) => errno,
        };
        call.problem(&format!("target '{target}'"), errno);
        return None;
    }
    if never_into && sources.len() > 1 {
        call.fail(&format!("extra operand '{}'", operands[operands.len() - 1]));
        return None;
    }
    let pairs = sources.iter().map(|source| {
        let target = if into {
            let name = path::split(source.trim_end_matches('/')).1;
            let name = if matches!(name, "." | "..") { "" } else { name };
            format!("{}/{name}", target.trim_end_matches('/'))
                .trim_end_matches('/')
                .to_owned()
        } else {
            target.clone()
        };
        (
            source.clone(),
            if target.is_empty() {
                "/".to_owned()
            } else {
                target
            },
        )
    });
    Some(pairs.collect())
}
