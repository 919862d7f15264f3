//! Reading archives: a tar, plain or compressed (moby's `archive`).

use std::io::Read;
use std::sync::Arc;

use crate::compress::{self, MAX_UNPACKED};
use crate::error::ErrorKind;
use crate::image::{File, Inode, Metadata, Node, Symlink, path};
use crate::size::ByteCount;

use crate::build::Failure;
use crate::build::copy::Copier;
use crate::build::source::Picked;

/// Most entries of one archive.
const MAX_ENTRIES: usize = 200_000;

/// Longest file content that is kept.
const MAX_CONTENT: u64 = 64 << 10;

/// Unpacks content that is at hand where it is an archive; says whether it was.
pub(super) fn unpack(
    picked: &Picked,
    content: &Arc<[u8]>,
    copier: &mut Copier<'_>,
) -> Result<bool, Failure> {
    let Some(reader) = compress::reader(content) else {
        return Ok(false);
    };
    let mut archive = tar::Archive::new(reader.take(MAX_UNPACKED));
    let Ok(mut entries) = archive.entries() else {
        return Ok(false);
    };
    // What does not begin with a tar header is no archive and is copied as it is.
    let Some(Ok(first)) = entries.next() else {
        return Ok(false);
    };
    let root = copier.unpack_directory()?;
    let mut unpacked = Unpacked { copier, root };
    unpacked.entry(first)?;
    for (count, entry) in entries.enumerate() {
        if count >= MAX_ENTRIES {
            return Err(Failure::solve(
                ErrorKind::Limit,
                format!("{} has more than {MAX_ENTRIES} entries", picked.path),
            ));
        }
        let entry = entry.map_err(|error| {
            Failure::solve(ErrorKind::Archive, format!("{}: {error}", picked.path))
        })?;
        unpacked.entry(entry)?;
    }
    Ok(true)
}

struct Unpacked<'u, 'c> {
    copier: &'u mut Copier<'c>,
    /// The directory that the archive is unpacked into.
    root: String,
}

impl Unpacked<'_, '_> {
    fn entry<R: Read>(&mut self, mut entry: tar::Entry<'_, R>) -> Result<(), Failure> {
        let fail = |message: String| Failure::solve(ErrorKind::Archive, message);
        let written = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if climbs(&written) {
            return Err(fail(format!(
                "invalid entry name {}",
                crate::dockerfile::quoted(&written)
            )));
        }
        let relative = path::clean(&written);
        if relative == "/" {
            return Ok(());
        }
        let target = self.place(&relative)?;
        let header = entry.header();
        let kind = header.entry_type();
        let number = |value: std::io::Result<u64>| {
            u32::try_from(value.unwrap_or_default()).unwrap_or_default()
        };
        let owner = self.copier.change.owner;
        let meta = Metadata {
            mode: u16::try_from(header.mode().unwrap_or(0o644) & 0o7777).unwrap_or(0o644),
            uid: owner.map_or_else(|| number(header.uid()), |owner| owner.uid),
            gid: owner.map_or_else(|| number(header.gid()), |owner| owner.gid),
        };
        let link = entry
            .link_name_bytes()
            .map(|name| String::from_utf8_lossy(&name).into_owned());
        let workspace = &mut self.copier.workspace;
        let old_is_directory = workspace.tree().get(&target).map(Node::is_directory);
        if old_is_directory == Some(true) && kind.is_dir() {
            workspace.set_meta(&target, meta);
            return Ok(());
        }
        if old_is_directory.is_some() {
            workspace.remove(&target);
        }
        let node = if kind.is_dir() {
            Node::directory(meta)
        } else if kind.is_symlink() {
            let target = link.unwrap_or_default().into();
            Node::Symlink(Symlink {
                meta: Metadata {
                    mode: 0o777,
                    ..meta
                },
                target,
            })
        } else if kind.is_hard_link() {
            let first = path::join(
                &self.root,
                path::clean(&link.unwrap_or_default()).trim_start_matches('/'),
            );
            self.hard_link(&first, meta)
                .ok_or_else(|| fail(format!("link {first} {target}: no such file or directory")))?
        } else if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
            let size = entry.size();
            let mut content = None;
            if size <= MAX_CONTENT {
                let mut bytes = Vec::new();
                entry
                    .read_to_end(&mut bytes)
                    .map_err(|error| fail(format!("{written}: {error}")))?;
                content = Some(Arc::from(bytes));
            }
            Node::File(File {
                meta,
                size: ByteCount::measured(size),
                content,
                program: None,
                inode: None,
            })
        } else if kind.is_fifo() || kind.is_character_special() || kind.is_block_special() {
            Node::Special(meta)
        } else {
            return Ok(());
        };
        self.copier.workspace.put(&target, node);
        Ok(())
    }

    /// Where an entry goes: links above it may not lead out of the directory.
    fn place(&self, relative: &str) -> Result<String, Failure> {
        let mut at = self.root.clone();
        let mut names = path::names(relative).peekable();
        while let Some(name) = names.next() {
            at = path::child(&at, name);
            if names.peek().is_none() {
                break;
            }
            if let Some(Node::Symlink(link)) = self.copier.workspace.tree().get(&at) {
                let target = path::join(path::split(&at).0, &link.target);
                let inside = self.root == "/" || target.starts_with(&format!("{}/", self.root));
                if link.target.starts_with('/') || !inside {
                    return Err(Failure::solve(
                        ErrorKind::Archive,
                        format!("statat {name}: path escapes from parent"),
                    ));
                }
                at = target;
            }
        }
        Ok(at)
    }

    /// A further name of a file; owner and permissions are the file's own, so they change
    /// for its other names too.
    fn hard_link(&mut self, first: &str, meta: Metadata) -> Option<Node> {
        let Node::File(mut file) = self.copier.workspace.tree().get(first)?.clone() else {
            return None;
        };
        file.meta = meta;
        if file.inode.is_none() {
            file.inode = Some(Inode::after(self.copier.next_inode));
        }
        self.copier.workspace.put(first, Node::File(file.clone()));
        Some(Node::File(file))
    }
}

/// Whether a name leads above where it starts.
fn climbs(name: &str) -> bool {
    let mut depth = 0_i32;
    name.split('/').any(|part| {
        depth += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        depth < 0
    })
}
