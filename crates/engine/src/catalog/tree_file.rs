//! The file format of recorded file trees.
//!
//! Text, one node a line, in order of path:
//!
//! ```text
//! layerlab-tree 1
//! # source: …
//! d755 0:0 etc
//! f644 0:0 267 usr/lib/os-release
//! l 0:0 ../usr/lib/os-release etc/os-release
//! h usr/bin/perl usr/bin/perl5.36.0
//! c etc/hostname "debuerreotype\n"
//! u etc/apt/sources.list.d
//! p dpkg adduser 3.134 702464
//! ```
//!
//! A path that begins with `N` and a colon shares its first N bytes with the path of the
//! node before it. `c` gives the content of a small file that the simulation reads, `u`
//! a directory in which other makes of the image have files too, `p` a package: its manager, name,
//! version (`-` where it differs from image to image) and bytes.

use std::sync::Arc;

use crate::image::{File, FileTree, Inode, Metadata, Node, Symlink};
use crate::size::ByteCount;

use super::sections::whole_path;

/// What is recorded of an image's files.
#[derive(Debug, Clone, Default)]
pub struct ImageTree {
    /// The files.
    pub files: FileTree,
    /// Bytes of all files.
    pub bytes: u64,
    /// The packages that they belong to.
    pub packages: Vec<Package>,
}

/// A package that a base image has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// `dpkg` or `apk`.
    pub manager: String,
    /// Name.
    pub name: String,
    /// Version; empty where it is not known.
    pub version: String,
    /// Bytes installed, as the package states.
    pub size: u64,
}

/// Reads a tree.
///
/// # Errors
/// The line that does not fit the format.
pub fn parse(text: &str) -> Result<ImageTree, String> {
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, line)| line) != Some("layerlab-tree 1") {
        return Err("not a layerlab-tree of version 1".to_owned());
    }
    let mut tree = ImageTree::default();
    let mut before = String::new();
    let mut inodes = 0;
    for (number, line) in lines {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        add(&mut tree, line, &mut before, &mut inodes)
            .ok_or_else(|| format!("line {}: {line:?} is not a node", number + 1))?;
    }
    if let Node::Directory(root) = tree.files.root() {
        tree.bytes = root.size().bytes;
    }
    Ok(tree)
}

fn add(into: &mut ImageTree, line: &str, before: &mut String, inodes: &mut u64) -> Option<()> {
    let (kind, rest) = line.split_once(' ')?;
    let tree = &mut into.files;
    match kind.as_bytes().first()? {
        b'd' => {
            let (owner, path) = rest.split_once(' ')?;
            let meta = meta(&kind[1..], owner)?;
            tree.put(&expand(before, path)?, Node::directory(meta));
        }
        b'f' => {
            let (owner, rest) = rest.split_once(' ')?;
            let (size, path) = rest.split_once(' ')?;
            let size = ByteCount::measured(size.parse().ok()?);
            tree.put(
                &expand(before, path)?,
                Node::sized(size, meta(&kind[1..], owner)?),
            );
        }
        b'l' => {
            let (owner, rest) = rest.split_once(' ')?;
            let (target, path) = rest.split_once(' ')?;
            let link = Symlink {
                meta: meta("777", owner)?,
                target: target.into(),
            };
            tree.put(&expand(before, path)?, Node::Symlink(link));
        }
        b'h' => {
            let (first, path) = rest.split_once(' ')?;
            let first = format!("/{first}");
            let Node::File(mut file) = tree.get(&first)?.clone() else {
                return None;
            };
            if file.inode.is_none() {
                file.inode = Some(Inode::after(inodes));
                tree.put(&first, Node::File(file.clone()));
            }
            tree.put(&expand(before, path)?, Node::File(file));
        }
        b'c' => {
            let (path, content) = rest.split_once(' ')?;
            let path = format!("/{path}");
            let Node::File(file) = tree.get(&path)?.clone() else {
                return None;
            };
            let content: String = serde_json::from_str(content).ok()?;
            let content = Some(Arc::from(content.as_bytes()));
            tree.put(&path, Node::File(File { content, ..file }));
        }
        b'u' => tree.add_bulk(&format!("/{rest}"), ByteCount::ZERO),
        b'p' => {
            let mut fields = rest.split(' ').map(str::to_owned);
            into.packages.push(Package {
                manager: fields.next()?,
                name: fields.next()?,
                version: fields.next().filter(|text| text != "-").unwrap_or_default(),
                size: fields.next()?.parse().ok()?,
            });
        }
        _ => return None,
    }
    Some(())
}

fn meta(mode: &str, owner: &str) -> Option<Metadata> {
    let (uid, gid) = owner.split_once(':')?;
    Some(Metadata {
        mode: u16::from_str_radix(mode, 8).ok()?,
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
    })
}

/// The whole path of a node; it becomes the one that the next node shares from.
fn expand(before: &mut String, path: &str) -> Option<String> {
    *before = whole_path(before, path)?;
    Some(format!("/{before}"))
}
