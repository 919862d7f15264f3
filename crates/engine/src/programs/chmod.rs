//! `chmod`: changes permissions.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::mode::change_mode;
use super::options::{Spec, flag, value};
use crate::image::{Node, path};
use crate::shell::{Errno, Flow, is_known};

const OPTIONS: [Spec; 6] = [
    flag("R", "recursive"),
    flag("v", "verbose"),
    flag("c", "changes"),
    flag("f", "silent"),
    value("", "reference"),
    flag("", "preserve-root"),
];

/// `chmod`: changes permissions.
#[derive(Debug)]
pub(super) struct Chmod;

impl Program for Chmod {
    fn names(&self) -> &'static [&'static str] {
        &["chmod"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        // A mode may look like an option: `chmod -x FILE`.
        let mut words = call.words().to_vec();
        let like_mode = |word: &str| {
            word.len() > 1
                && word.starts_with('-')
                && word[1..]
                    .chars()
                    .all(|ch| "rwxXstugoa,=+-0123456789".contains(ch))
                && !word.starts_with("--")
        };
        let mut mode = None;
        if let Some(place) = words
            .iter()
            .position(|word| like_mode(word) && word != "-R")
        {
            mode = Some(words.remove(place));
        }
        let options = match super::options::Options::read(&words, &OPTIONS, true) {
            Ok(options) => options,
            Err(message) => return Ok(call.refuse(&message, 1)),
        };
        let mut operands = options.operands.clone();
        let reference = options.value("reference").map(str::to_owned);
        if mode.is_none() && reference.is_none() && !operands.is_empty() {
            mode = Some(operands.remove(0));
        }
        if operands.is_empty() {
            return Ok(call.refuse("missing operand", 1));
        }
        let mode = match (&mode, &reference) {
            (Some(mode), _) => mode.clone(),
            (None, Some(reference)) => match call.stat(reference) {
                Ok(entry) => format!("{:o}", entry.node.meta().mode),
                Err(errno) => {
                    call.problem(&format!("failed to get attributes of '{reference}'"), errno);
                    return Ok(call.exit);
                }
            },
            (None, None) => return Ok(call.refuse("missing operand", 1)),
        };
        let umask = call.shell.process.umask;
        if is_known(&mode) && change_mode(&mode, 0, false, umask).is_none() {
            return Ok(call.refuse(&format!("invalid mode: '{mode}'"), 1));
        }
        for operand in &operands {
            let entry = match call.stat(operand) {
                Ok(entry) => entry,
                Err(errno) => {
                    let message = match (call.is_busybox(), call.lstat(operand).is_ok()) {
                        (true, _) => operand.clone(),
                        (false, true) => format!("cannot operate on dangling symlink '{operand}'"),
                        (false, false) => format!("cannot access '{operand}'"),
                    };
                    if options.has("f") {
                        call.exit = Exit::code(1);
                    } else {
                        call.problem(&message, errno);
                    }
                    continue;
                }
            };
            change(call, operand, &entry.path, &mode, options.has("R"))?;
        }
        Ok(call.exit)
    }
}

fn change(
    call: &mut Call<'_, '_, '_>,
    shown: &str,
    real: &str,
    mode: &str,
    recursive: bool,
) -> Result<(), Flow> {
    call.shell.machine.step()?;
    let who = call.who();
    let umask = call.shell.process.umask;
    let Some(node) = call.files().node(real).cloned() else {
        return Ok(());
    };
    if let Node::Symlink(_) = node {
        return Ok(());
    }
    let old = node.meta().mode;
    let new = change_mode(mode, old, node.is_directory(), umask).unwrap_or(old);
    if let Err(errno) = call.files().change_mode(real, new, &who) {
        call.problem(&format!("changing permissions of '{shown}'"), errno);
    }
    if let (Node::Directory(directory), true) = (&node, recursive) {
        if !who.may(
            call.files().node(real).map_or(directory.meta, Node::meta),
            5,
        ) {
            call.problem(&format!("cannot read directory '{shown}'"), Errno::Access);
            return Ok(());
        }
        for name in directory.entries.keys() {
            let shown = format!("{}/{name}", shown.trim_end_matches('/'));
            change(call, &shown, &path::child(real, name), mode, true)?;
        }
    }
    Ok(())
}
