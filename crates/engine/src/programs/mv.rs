//! `mv`: gives files another place.

use super::copy::{Copier, Manner, targets};
use super::options::{Spec, flag, optional, value};
use super::{Call, Program};
use crate::image::Node;
use crate::shell::{Errno, Flow, Outcome};

const OPTIONS: [Spec; 11] = [
    flag("f", "force"),
    flag("i", "interactive"),
    flag("n", "no-clobber"),
    flag("u", "update"),
    flag("v", "verbose"),
    value("t", "target-directory"),
    flag("T", "no-target-directory"),
    flag("", "strip-trailing-slashes"),
    flag("b", ""),
    optional("", "backup"),
    value("S", "suffix"),
];

/// `mv`: gives files another place.
#[derive(Debug)]
pub(super) struct Mv;

impl Program for Mv {
    fn names(&self) -> &'static [&'static str] {
        &["mv"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let pairs = targets(
            call,
            &options.operands,
            options.value("t"),
            options.has("T"),
        );
        for (source, target) in pairs.unwrap_or_default() {
            call.shell.machine.step()?;
            if options.has("n") && call.lstat(&target).is_ok() {
                continue;
            }
            move_one(call, &source, &target)?;
            if options.has("v") {
                call.line(&format!("renamed '{source}' -> '{target}'"));
            }
        }
        Ok(call.exit)
    }
}

fn move_one(call: &mut Call<'_, '_, '_>, source: &str, target: &str) -> Result<(), Flow> {
    let who = call.who();
    let entry = match call.lstat(source.trim_end_matches('/')) {
        Ok(entry) => entry,
        Err(errno) => {
            let message = if call.is_busybox() {
                format!("can't rename '{source}'")
            } else {
                format!("cannot stat '{source}'")
            };
            call.problem(&message, errno);
            if errno == Errno::Unknown {
                super::copy::perhaps(call, source, target);
            }
            return Ok(());
        }
    };
    if let Ok(existing) = call.lstat(target) {
        let leads_there = matches!(entry.node, Node::Symlink(_))
            && call.stat(source).is_ok_and(|end| end.path == existing.path);
        if leads_there
            || existing.path == entry.path
            || call
                .shell
                .machine
                .files
                .is_same_file(&existing.path, &entry.path)
        {
            call.fail(&format!("'{source}' and '{target}' are the same file"));
            return Ok(());
        }
        match (&entry.node, &existing.node) {
            (Node::Directory(_), Node::Directory(_)) => {}
            (Node::Directory(_), _) => {
                call.fail(&format!(
                    "cannot overwrite non-directory '{target}' with directory '{source}'"
                ));
                return Ok(());
            }
            (_, Node::Directory(_)) => {
                call.fail(&format!(
                    "cannot overwrite directory '{target}' with non-directory"
                ));
                return Ok(());
            }
            _ => {}
        }
    }
    if target.ends_with('/') && !entry.node.is_directory() && call.stat(target).is_err() {
        call.problem(
            &format!("cannot move '{source}' to '{target}'"),
            Errno::NotDirectory,
        );
        return Ok(());
    }
    let (from, to) = (call.at(source), call.at(target));
    if call.files().is_mount(&entry.path) {
        call.problem(
            &format!("cannot move '{source}' to '{target}'"),
            Errno::Busy,
        );
        return Ok(());
    }
    let other_system = call.files().crosses(&from, &to, &who);
    if !other_system {
        match call.files().rename(&from, &to, &who) {
            Ok(()) => {}
            Err(Errno::Invalid) => call.fail(&format!(
                "cannot move '{source}' to a subdirectory of itself, '{target}'"
            )),
            Err(errno) => call.problem(&format!("cannot move '{source}' to '{target}'"), errno),
        }
        return Ok(());
    }
    let mut copier = Copier::new(Manner {
        recursive: true,
        mode: true,
        owner: true,
        links: true,
        replace: true,
        ..Manner::default()
    });
    copier.copy(call, source, target)?;
    if !call.exit.failed() {
        super::rm::remove(call, source, &entry.path)?;
    }
    Ok(())
}
