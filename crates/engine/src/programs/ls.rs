//! `ls`: lists directories.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::mode::letters;
use super::options::{Options, Spec, flag, optional, value};
use super::size::{human, on_disk};
use crate::image::Node;
use crate::shell::{Entry, UNKNOWN};

const OPTIONS: [Spec; 32] = [
    flag("l", ""),
    flag("a", "all"),
    flag("A", "almost-all"),
    flag("d", "directory"),
    flag("R", "recursive"),
    flag("h", "human-readable"),
    flag("r", "reverse"),
    flag("t", ""),
    flag("S", ""),
    flag("1", ""),
    flag("F", "classify"),
    flag("p", ""),
    flag("n", "numeric-uid-gid"),
    flag("i", "inode"),
    flag("s", "size"),
    flag("k", ""),
    flag("L", "dereference"),
    flag("H", ""),
    flag("g", ""),
    flag("o", ""),
    flag("G", "no-group"),
    flag("c", ""),
    flag("u", ""),
    flag("U", ""),
    flag("X", ""),
    flag("Z", ""),
    flag("q", ""),
    flag("Q", ""),
    flag("v", ""),
    flag("x", ""),
    optional("", "color"),
    value("", "time-style"),
];

/// `ls`: lists directories.
#[derive(Debug)]
pub(super) struct Ls;

impl Program for Ls {
    fn names(&self) -> &'static [&'static str] {
        &["ls", "dir", "vdir"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 2)?;
        let mut operands = options.operands.clone();
        if operands.is_empty() {
            operands.push(".".to_owned());
        }
        let (mut files, mut directories) = (Vec::new(), Vec::new());
        for operand in &operands {
            let long = options.has("l");
            let entry = if long {
                call.lstat(operand)
            } else {
                call.stat(operand).or_else(|_| call.lstat(operand))
            };
            match entry {
                Ok(entry) if entry.node.is_directory() && !options.has("d") => {
                    directories.push(operand.clone())
                }
                Ok(entry) => files.push((operand.clone(), entry)),
                Err(errno) if call.is_busybox() => call.problem(operand, errno),
                Err(errno) => {
                    call.problem(&format!("cannot access '{operand}'"), errno);
                    if call.exit.failed() {
                        call.exit = Exit::code(2);
                    }
                }
            }
        }
        files.sort_by(|a, b| a.0.cmp(&b.0));
        directories.sort();
        show(call, &options, &files);
        let headers = operands.len() > 1 || options.has("R");
        let mut first = files.is_empty();
        while !directories.is_empty() {
            call.shell.machine.step()?;
            let directory = directories.remove(0);
            let at = call.at(&directory);
            let who = call.who();
            let (names, more) = match call.files().list(&at, &who) {
                Ok(listed) => listed,
                Err(errno) => {
                    call.problem(&format!("cannot open directory '{directory}'"), errno);
                    if call.exit.failed() {
                        call.exit = Exit::code(2);
                    }
                    continue;
                }
            };
            if headers {
                let gap = if first { "" } else { "\n" };
                call.out(&format!("{gap}{directory}:\n"));
            }
            first = false;
            let mut shown = Vec::new();
            let mut names: Vec<String> = names
                .into_iter()
                .filter(|name| !name.starts_with('.') || options.has("a") || options.has("A"))
                .collect();
            if options.has("a") {
                names.insert(0, "..".to_owned());
                names.insert(0, ".".to_owned());
            }
            if options.has("r") {
                names.reverse();
            }
            let mut deeper = Vec::new();
            for name in names {
                let child = format!("{}/{name}", directory.trim_end_matches('/'));
                if let Ok(entry) = call.lstat(&child) {
                    if entry.node.is_directory() && !matches!(name.as_str(), "." | "..") {
                        deeper.push(child);
                    }
                    shown.push((name, entry));
                }
            }
            if options.has("l") || options.has("s") {
                let blocks: u64 = shown
                    .iter()
                    .map(|(_, entry)| disk(&entry.node) / 1024)
                    .sum();
                call.line(&format!("total {blocks}"));
            }
            show(call, &options, &shown);
            if more {
                call.line(&UNKNOWN.to_string());
            }
            if options.has("R") {
                deeper.append(&mut directories);
                directories = deeper;
            }
        }
        Ok(call.exit)
    }
}

fn bytes(node: &Node) -> u64 {
    match node {
        Node::File(file) => file.size.bytes,
        Node::Symlink(link) => link.target.len() as u64,
        Node::Directory(_) => 4096,
        Node::Special(_) => 0,
    }
}

fn disk(node: &Node) -> u64 {
    match node {
        Node::Symlink(_) | Node::Special(_) => 0,
        node => on_disk(bytes(node)),
    }
}

fn show(call: &mut Call<'_, '_, '_>, options: &Options, entries: &[(String, Entry)]) {
    let long = options.has("l") || options.has("n") || options.has("g") || options.has("o");
    for (name, entry) in entries {
        let mut suffix = String::new();
        if options.has("F") || options.has("p") {
            suffix.push_str(match &entry.node {
                Node::Directory(_) => "/",
                Node::Symlink(_) if options.has("F") && !long => "@",
                Node::File(file) if options.has("F") && file.meta.mode & 0o111 != 0 => "*",
                _ => "",
            });
        }
        if !long {
            call.line(&format!("{name}{suffix}"));
            continue;
        }
        let meta = entry.node.meta();
        let kind = match &entry.node {
            Node::File(_) => '-',
            Node::Directory(_) => 'd',
            Node::Symlink(_) => 'l',
            Node::Special(_) => 'c',
        };
        let number = options.has("n");
        let machine = &call.shell.machine;
        let user = machine
            .user_name(meta.uid)
            .filter(|_| !number)
            .unwrap_or_else(|| meta.uid.to_string());
        let group = machine
            .group_name(meta.gid)
            .filter(|_| !number)
            .unwrap_or_else(|| meta.gid.to_string());
        let links = machine.files.link_count(&entry.node);
        let size = bytes(&entry.node);
        let size = if options.has("h") {
            human(size)
        } else {
            size.to_string()
        };
        let target = match &entry.node {
            Node::Symlink(link) => format!(" -> {}", link.target),
            _ => String::new(),
        };
        call.line(&format!(
            "{kind}{} {links} {user} {group} {size} {UNKNOWN} {name}{suffix}{target}",
            letters(meta.mode)
        ));
    }
}
