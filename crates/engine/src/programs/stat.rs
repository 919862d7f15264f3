//! `stat`: what a file is.

use super::{Call, Program};
use crate::shell::Outcome;

use super::mode::letters;
use super::options::{Spec, flag, value};
use crate::image::Node;
use crate::shell::{Entry, UNKNOWN};

const OPTIONS: [Spec; 6] = [
    flag("L", "dereference"),
    flag("f", "file-system"),
    value("c", "format"),
    value("", "printf"),
    flag("t", "terse"),
    value("", "cached"),
];

/// `stat`: what a file is.
#[derive(Debug)]
pub(super) struct Stat;

impl Program for Stat {
    fn names(&self) -> &'static [&'static str] {
        &["stat"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        call.require_operand(&options)?;
        for operand in &options.operands {
            let entry = if options.has("L") {
                call.stat(operand)
            } else {
                call.lstat(operand)
            };
            let entry = match entry {
                Ok(entry) => entry,
                Err(errno) if call.is_busybox() => {
                    call.problem(&format!("can't stat '{operand}'"), errno);
                    continue;
                }
                Err(errno) => {
                    call.problem(&format!("cannot statx '{operand}'"), errno);
                    continue;
                }
            };
            let Some(format) = options.value("c").or_else(|| options.value("printf")) else {
                call.line(&UNKNOWN.to_string());
                continue;
            };
            let text = shown(call, format, operand, &entry);
            call.out(&text);
            if options.has("c") {
                call.out("\n");
            }
        }
        Ok(call.exit)
    }
}

fn shown(call: &Call<'_, '_, '_>, format: &str, name: &str, entry: &Entry) -> String {
    let meta = entry.node.meta();
    let machine = &call.shell.machine;
    let size = match &entry.node {
        Node::File(file) => file.size.is_exact().then_some(file.size.bytes),
        Node::Symlink(link) => Some(link.target.len() as u64),
        Node::Directory(_) => None,
        Node::Special(_) => Some(0),
    };
    let kind = match &entry.node {
        Node::File(file) if file.size.high == 0 => "regular empty file",
        Node::File(_) => "regular file",
        Node::Directory(_) => "directory",
        Node::Symlink(_) => "symbolic link",
        Node::Special(_) => "character special file",
    };
    let letter = match &entry.node {
        Node::File(_) => '-',
        Node::Directory(_) => 'd',
        Node::Symlink(_) => 'l',
        Node::Special(_) => 'c',
    };
    let unknown = UNKNOWN.to_string();
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(ch) = chars.next() {
        match ch {
            '%' => match chars.next() {
                Some('a') => out.push_str(&format!("{:o}", meta.mode)),
                Some('A') => out.push_str(&format!("{letter}{}", letters(meta.mode))),
                Some('u') => out.push_str(&meta.uid.to_string()),
                Some('g') => out.push_str(&meta.gid.to_string()),
                Some('U') => out.push_str(
                    &machine
                        .user_name(meta.uid)
                        .unwrap_or_else(|| "UNKNOWN".to_owned()),
                ),
                Some('G') => out.push_str(
                    &machine
                        .group_name(meta.gid)
                        .unwrap_or_else(|| "UNKNOWN".to_owned()),
                ),
                Some('s') => out.push_str(&size.map_or(unknown.clone(), |size| size.to_string())),
                Some('n') => out.push_str(name),
                Some('N') => match &entry.node {
                    Node::Symlink(link) => out.push_str(&format!("'{name}' -> '{}'", link.target)),
                    _ => out.push_str(&format!("'{name}'")),
                },
                Some('F') => out.push_str(kind),
                Some('h') => out.push_str(&machine.files.link_count(&entry.node).to_string()),
                Some('%') => out.push('%'),
                _ => out.push_str(&unknown),
            },
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out
}
