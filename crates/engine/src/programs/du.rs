//! `du` and `df`: how much space files take up.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, value};
use super::size::on_disk;
use crate::image::Node;
use crate::shell::UNKNOWN;

const OPTIONS: [Spec; 14] = [
    flag("a", "all"),
    flag("b", "bytes"),
    flag("c", "total"),
    value("d", "max-depth"),
    flag("h", "human-readable"),
    flag("k", ""),
    flag("m", ""),
    flag("s", "summarize"),
    flag("x", "one-file-system"),
    flag("L", "dereference"),
    flag("P", ""),
    flag("T", "print-type"),
    flag("i", "inodes"),
    value("", "exclude"),
];

/// `du` and `df`: how much space files take up.
#[derive(Debug)]
pub(super) struct Du;

impl Program for Du {
    fn names(&self) -> &'static [&'static str] {
        &["du", "df"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        if call.name().ends_with("df") {
            call.line(&UNKNOWN.to_string());
            return Ok(Exit::OK);
        }
        let operands = if options.operands.is_empty() {
            vec![".".to_owned()]
        } else {
            options.operands.clone()
        };
        for operand in operands {
            match call.lstat(&operand) {
                Ok(entry) => {
                    let bytes = options.has("b");
                    let total = total(&entry.node, bytes);
                    let text = match total {
                        _ if !bytes && !options.has("s") && entry.node.is_directory() => {
                            UNKNOWN.to_string()
                        }
                        None => UNKNOWN.to_string(),
                        Some(total) if options.has("h") => super::size::human(total),
                        Some(total) if bytes => total.to_string(),
                        Some(total) if options.has("m") => total.div_ceil(1 << 20).to_string(),
                        Some(total) => (total / 1024).to_string(),
                    };
                    call.line(&format!("{text}\t{operand}"));
                }
                Err(errno) => call.problem(&format!("cannot access '{operand}'"), errno),
            }
        }
        Ok(call.exit)
    }
}

/// Bytes of files, or of the blocks that hold them; `None` where files are not listed.
fn total(node: &Node, apparent: bool) -> Option<u64> {
    match node {
        Node::File(file) => Some(if apparent {
            file.size.bytes
        } else {
            on_disk(file.size.bytes)
        }),
        Node::Symlink(link) => Some(if apparent {
            link.target.len() as u64
        } else {
            0
        }),
        Node::Special(_) => Some(0),
        Node::Directory(directory) => {
            if directory.bulk.is_some() {
                return None;
            }
            let mut sum = 4096;
            for child in directory.entries.values() {
                sum += total(child, apparent)?;
            }
            Some(sum)
        }
    }
}
