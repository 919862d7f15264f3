//! `mkfifo` and `mknod`: make pipes and devices.

use super::{Call, Program};
use crate::shell::Outcome;

use super::mode::change_mode;
use super::options::{Spec, value};
use crate::image::{Metadata, Node};
use crate::shell::Errno;

const OPTIONS: [Spec; 1] = [value("m", "mode")];

/// `mkfifo` and `mknod`: make pipes and devices.
#[derive(Debug)]
pub(super) struct Mknod;

impl Program for Mknod {
    fn names(&self) -> &'static [&'static str] {
        &["mkfifo", "mknod"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let umask = call.shell.process.umask;
        let mode = match options.value("m") {
            Some(text) => change_mode(text, 0o666, false, umask).unwrap_or(0o666),
            None => 0o666 & !umask,
        };
        let who = call.who();
        let device = call.name().ends_with("mknod");
        let names = if device {
            &options.operands[..options.operands.len().min(1)]
        } else {
            &options.operands[..]
        };
        if names.is_empty() {
            return Ok(call.refuse("missing operand", 1));
        }
        for name in names {
            if call.lstat(name).is_ok() {
                call.problem(&format!("cannot create fifo '{name}'"), Errno::Exists);
                continue;
            }
            let at = call.at(name);
            let meta = Metadata {
                mode,
                uid: who.uid,
                gid: who.gid,
            };
            if let Err(errno) = call.files().place_node(&at, Node::Special(meta), &who) {
                call.problem(&format!("cannot create fifo '{name}'"), errno);
            }
        }
        Ok(call.exit)
    }
}
