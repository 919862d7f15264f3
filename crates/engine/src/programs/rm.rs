//! `rm`: removes files and directories.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag, optional};
use crate::image::{Node, path};
use crate::shell::{Errno, Flow, UNKNOWN};

const OPTIONS: [Spec; 10] = [
    flag("r", "recursive"),
    flag("R", ""),
    flag("f", "force"),
    flag("i", ""),
    flag("I", ""),
    optional("", "interactive"),
    flag("v", "verbose"),
    flag("d", "dir"),
    flag("", "no-preserve-root"),
    flag("", "one-file-system"),
];

/// `rm`: removes files and directories.
#[derive(Debug)]
pub(super) struct Rm;

impl Program for Rm {
    fn names(&self) -> &'static [&'static str] {
        &["rm", "unlink"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let force = options.has("f");
        if options.operands.is_empty() && !force {
            return Ok(call.refuse("missing operand", 1));
        }
        let recursive = options.has("r") || options.has("R");
        for operand in &options.operands {
            call.shell.machine.step()?;
            if let Some(directory) = operand.strip_suffix(UNKNOWN) {
                // Whatever a directory holds in unlisted files.
                let at = call.at(if directory.is_empty() { "." } else { directory });
                let who = call.who();
                if let Ok(real) = call.files().resolve(&at, &who, true) {
                    call.files().clear_bulk(&real);
                }
                continue;
            }
            let last = operand
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default();
            if matches!(last, "." | "..") {
                call.fail(&format!(
                    "refusing to remove '.' or '..' directory: skipping '{operand}'"
                ));
                continue;
            }
            let entry = match call.lstat(operand) {
                Ok(entry) => entry,
                Err(Errno::NoEntry | Errno::NotDirectory) if force => continue,
                // Whether it was there or not, it is gone.
                Err(Errno::Unknown) if force => continue,
                Err(errno) => {
                    cannot(call, operand, errno);
                    continue;
                }
            };
            if entry.path == "/" && recursive && !options.has("no-preserve-root") {
                call.fail("it is dangerous to operate recursively on '/'");
                continue;
            }
            if entry.node.is_directory() && !recursive {
                let empty = matches!(&entry.node, Node::Directory(directory) if directory.entries.is_empty());
                if options.has("d") && empty {
                    let who = call.who();
                    if let Err(errno) = call.files().remove_directory(&entry.path, &who) {
                        cannot(call, operand, errno);
                    }
                } else {
                    cannot(call, operand, Errno::IsDirectory);
                }
                continue;
            }
            remove(call, operand, &entry.path)?;
            if options.has("v") {
                call.line(&format!("removed '{operand}'"));
            }
        }
        Ok(call.exit)
    }
}

fn cannot(call: &mut Call<'_, '_, '_>, path: &str, errno: Errno) {
    let message = match (call.is_busybox(), errno) {
        (true, Errno::IsDirectory) => {
            return call.fail(&format!("'{path}' is a directory"));
        }
        (true, _) => format!("can't remove '{path}'"),
        (false, _) => format!("cannot remove '{path}'"),
    };
    call.problem(&message, errno);
}

/// Removes what is at a real path with all below it; `shown` is the path in messages.
pub(super) fn remove(call: &mut Call<'_, '_, '_>, shown: &str, real: &str) -> Result<(), Flow> {
    call.shell.machine.step()?;
    let who = call.who();
    let Some(node) = call.files().node(real).cloned() else {
        return Ok(());
    };
    let Node::Directory(directory) = node else {
        if let Err(errno) = call.files().unlink(real, &who) {
            cannot(call, shown, errno);
        }
        return Ok(());
    };
    if !directory.entries.is_empty() && !who.may(directory.meta, 4) {
        cannot(call, shown, Errno::Access);
        return Ok(());
    }
    if call.files().remove_tree(real, &who) {
        return Ok(());
    }
    for name in directory.entries.keys() {
        let shown = format!("{}/{name}", shown.trim_end_matches('/'));
        remove(call, &shown, &path::child(real, name))?;
    }
    if let Err(errno) = call.files().remove_directory(real, &who) {
        // What could not be removed below was complained of there.
        if errno != Errno::NotEmpty {
            cannot(call, shown, errno);
        }
    }
    Ok(())
}
