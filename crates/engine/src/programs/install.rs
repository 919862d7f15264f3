//! `install`: copies files and makes directories with given permissions.

use super::copy::{Copier, Manner, targets};
use super::mode::change_mode;
use super::options::{Options, Spec, flag, optional, value};
use super::{Call, Program, chown, mkdir};
use crate::shell::{Exit, Flow, Outcome};

const OPTIONS: [Spec; 14] = [
    flag("b", ""),
    optional("", "backup"),
    flag("c", ""),
    flag("C", "compare"),
    flag("d", "directory"),
    flag("D", ""),
    value("g", "group"),
    value("m", "mode"),
    value("o", "owner"),
    flag("p", "preserve-timestamps"),
    flag("s", "strip"),
    value("t", "target-directory"),
    flag("T", "no-target-directory"),
    flag("v", "verbose"),
];

/// `install`: copies files and makes directories with given permissions.
#[derive(Debug)]
pub(super) struct Install;

impl Program for Install {
    fn names(&self) -> &'static [&'static str] {
        &["install"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let directories = options.has("d");
        let mode = match options.value("m") {
            None => 0o755,
            Some(text) => match change_mode(text, 0, directories, 0) {
                Some(mode) => mode,
                None => return Ok(call.refuse(&format!("invalid mode '{text}'"), 1)),
            },
        };
        let owner = owner(call, &options)?;
        if directories {
            if options.operands.is_empty() {
                return Ok(call.refuse("missing file operand", 1));
            }
            for operand in &options.operands {
                // Directories above are made with 0755, whatever the umask.
                let umask = std::mem::replace(&mut call.shell.process.umask, 0o022);
                mkdir::make_parents(call, operand, None, options.has("v"));
                call.shell.process.umask = umask;
                let text = options.value("m").unwrap_or("755");
                finish_directory(call, operand, text, owner);
            }
            return Ok(call.exit);
        }
        let directory = options.value("t");
        if options.has("D") {
            let wanted = match (directory, options.operands.as_slice()) {
                (Some(directory), _) => Some(directory.to_owned()),
                (None, [_, target]) => target
                    .trim_end_matches('/')
                    .rsplit_once('/')
                    .map(|(above, _)| above.to_owned()),
                _ => None,
            };
            if let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) {
                let umask = std::mem::replace(&mut call.shell.process.umask, 0o022);
                mkdir::make_parents(call, &wanted, None, false);
                call.shell.process.umask = umask;
            }
        }
        let pairs = targets(call, &options.operands, directory, options.has("T"));
        let mut copier = Copier::new(Manner {
            follow_named: true,
            replace: true,
            verbose: options.has("v"),
            ..Manner::default()
        });
        for (source, target) in pairs.unwrap_or_default() {
            let before = call.exit;
            call.exit = Exit::OK;
            if call.is_directory(&source) {
                call.fail(&format!("omitting directory '{source}'"));
                continue;
            }
            copier.copy(call, &source, &target)?;
            if call.exit == Exit::OK {
                finish(call, &target, mode, owner);
                call.exit = before;
            }
        }
        Ok(call.exit)
    }
}

fn owner(call: &mut Call<'_, '_, '_>, options: &Options) -> Result<chown::Change, Flow> {
    let mut out = chown::Change::default();
    if let Some(user) = options.value("o") {
        match chown::owner(call, user) {
            Ok(change) => out.uid = change.uid,
            Err(Some(message)) => return Err(Flow::Exit(call.refuse(&message, 1))),
            Err(None) => call.doubt(),
        }
    }
    if let Some(group) = options.value("g") {
        match chown::group(call, group) {
            Ok(change) => out.gid = change.gid,
            Err(Some(message)) => return Err(Flow::Exit(call.refuse(&message, 1))),
            Err(None) => call.doubt(),
        }
    }
    Ok(out)
}

/// Owner and permissions of a directory: what is as it shall be is left alone, and the
/// set-id bits that it has are kept where the mode does not name them.
fn finish_directory(call: &mut Call<'_, '_, '_>, path: &str, mode: &str, owner: chown::Change) {
    let Ok(entry) = call.stat(path) else { return };
    let meta = entry.node.meta();
    let mode = change_mode(mode, meta.mode, true, 0).unwrap_or(meta.mode);
    let other_owner = owner.uid.is_some_and(|uid| uid != meta.uid)
        || owner.gid.is_some_and(|gid| gid != meta.gid);
    if other_owner || mode != meta.mode {
        let kept = if other_owner {
            owner
        } else {
            chown::Change::default()
        };
        finish(call, path, mode, kept);
    }
}

/// Owner and permissions of what was made.
fn finish(call: &mut Call<'_, '_, '_>, path: &str, mode: u16, owner: chown::Change) {
    let who = call.who();
    let at = call.at(path);
    let owned = owner.uid.is_some() || owner.gid.is_some();
    if owned
        && let Err(errno) = call
            .files()
            .change_owner(&at, owner.uid, owner.gid, &who, true)
    {
        call.problem(&format!("cannot change ownership of '{path}'"), errno);
    }
    if call.stat(path).is_ok()
        && let Err(errno) = call.files().change_mode(&at, mode, &who)
    {
        call.problem(&format!("cannot change permissions of '{path}'"), errno);
    }
}
