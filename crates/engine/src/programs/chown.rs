//! `chown` and `chgrp`: change owners.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, value};
use crate::image::{Node, path};
use crate::shell::Flow;

const OPTIONS: [Spec; 12] = [
    flag("R", "recursive"),
    flag("h", "no-dereference"),
    flag("", "dereference"),
    flag("v", "verbose"),
    flag("c", "changes"),
    flag("f", "silent"),
    flag("H", ""),
    flag("L", ""),
    flag("P", ""),
    value("", "reference"),
    value("", "from"),
    flag("", "preserve-root"),
];

/// `chown` and `chgrp`: change owners.
#[derive(Debug)]
pub(super) struct Chown;

impl Program for Chown {
    fn names(&self) -> &'static [&'static str] {
        &["chown", "chgrp"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let mut operands = options.operands.clone();
        let group_only = path::split(call.name()).1 == "chgrp";
        let from = match options.value("from").map(|text| owner(call, text)) {
            None => Change::default(),
            Some(Ok(from)) => from,
            Some(Err(Some(message))) => return Ok(call.refuse(&message, 1)),
            Some(Err(None)) => {
                call.doubt();
                return Ok(call.exit);
            }
        };
        let owner = match options.value("reference") {
            Some(reference) => match call.stat(reference) {
                Ok(entry) => {
                    let meta = entry.node.meta();
                    Change {
                        uid: Some(meta.uid).filter(|_| !group_only),
                        gid: Some(meta.gid),
                    }
                }
                Err(errno) => {
                    call.problem(&format!("failed to get attributes of '{reference}'"), errno);
                    return Ok(call.exit);
                }
            },
            None => {
                if operands.len() < 2 {
                    return Ok(call.refuse("missing operand", 1));
                }
                let text = operands.remove(0);
                let owner = if group_only {
                    group(call, &text)
                } else {
                    owner(call, &text)
                };
                match owner {
                    Ok(owner) => owner,
                    Err(None) => {
                        call.doubt();
                        return Ok(call.exit);
                    }
                    Err(Some(message)) => return Ok(call.refuse(&message, 1)),
                }
            }
        };
        let recursive = options.has("R");
        // Recursing, links are changed themselves; else what they lead to.
        let follow = !options.has("h");
        for operand in &operands {
            let entry = if follow && !recursive {
                call.stat(operand)
            } else {
                call.lstat(operand)
            };
            let entry = match entry {
                Ok(entry) => entry,
                Err(errno) => {
                    let message = if call.is_busybox() {
                        operand.clone()
                    } else if call.lstat(operand).is_ok() {
                        format!("cannot dereference '{operand}'")
                    } else {
                        format!("cannot access '{operand}'")
                    };
                    if options.has("f") {
                        call.exit = Exit::code(1);
                    } else {
                        call.problem(&message, errno);
                    }
                    continue;
                }
            };
            change(call, operand, &entry.path, (&from, &owner), recursive)?;
        }
        Ok(call.exit)
    }
}

/// What becomes the owner; `None` stays as it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Change {
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
}

/// Reads `user`, `user:group`, `user:`, `:group` or `user.group`.
///
/// # Errors
/// The message; none where the image's users are not known.
pub(super) fn owner(call: &Call<'_, '_, '_>, text: &str) -> Result<Change, Option<String>> {
    let invalid = |what: &str| Some(format!("invalid {what}: '{text}'"));
    let (user, group_text) = match text.split_once(':').or_else(|| {
        // `user.group`, as it was written once, where no user is called that.
        let parts = text.split_once('.');
        parts.filter(|_| call.shell.machine.user(text).is_none())
    }) {
        Some((user, group)) => (user, Some(group)),
        None => (text, None),
    };
    let mut out = Change::default();
    if !user.is_empty() {
        let (uid, own_group) = match call.shell.machine.user(user) {
            Some((uid, gid)) => (uid, Some(gid)),
            None => match user.parse() {
                Ok(uid) => (uid, None),
                Err(_) if unlisted(call, "/etc/passwd") => return Err(None),
                Err(_) => return Err(invalid("user")),
            },
        };
        out.uid = Some(uid);
        if group_text == Some("") {
            out.gid = Some(own_group.ok_or_else(|| invalid("spec"))?);
        }
    }
    match group_text {
        None | Some("") => {}
        Some(name) => {
            out.gid = group(call, name)
                .map_err(|error| error.map(|_| invalid("group").unwrap_or_default()))?
                .gid
        }
    }
    Ok(out)
}

/// Reads a group.
///
/// # Errors
/// As [`owner`].
pub(super) fn group(call: &Call<'_, '_, '_>, text: &str) -> Result<Change, Option<String>> {
    let gid = call.shell.machine.group(text).or_else(|| text.parse().ok());
    match gid {
        Some(gid) => Ok(Change {
            uid: None,
            gid: Some(gid),
        }),
        None if unlisted(call, "/etc/group") => Err(None),
        None => Err(Some(format!("invalid group: '{text}'"))),
    }
}

/// Whether the content of a file is not known, or packages may have added to it.
fn unlisted(call: &Call<'_, '_, '_>, file: &str) -> bool {
    if call.shell.machine.packages.may_make_users {
        return true;
    }
    match call.stat(file) {
        Err(crate::shell::Errno::Unknown) => true,
        Ok(_) => call.shell.machine.files.text(file).is_none(),
        Err(_) => false,
    }
}

fn change(
    call: &mut Call<'_, '_, '_>,
    shown: &str,
    real: &str,
    (from, owner): (&Change, &Change),
    recursive: bool,
) -> Result<(), Flow> {
    call.shell.machine.step()?;
    let who = call.who();
    let Some(node) = call.files().node(real).cloned() else {
        return Ok(());
    };
    if let (Node::Directory(directory), true) = (&node, recursive) {
        for name in directory.entries.keys() {
            let shown = format!("{}/{name}", shown.trim_end_matches('/'));
            change(call, &shown, &path::child(real, name), (from, owner), true)?;
        }
    }
    let meta = node.meta();
    let other = |wanted: Option<u32>, own: u32| wanted.is_some_and(|wanted| wanted != own);
    if other(from.uid, meta.uid) || other(from.gid, meta.gid) {
        return Ok(());
    }
    if let Err(errno) = call
        .files()
        .change_owner(real, owner.uid, owner.gid, &who, false)
    {
        let what = if owner.uid.is_some() {
            "ownership"
        } else {
            "group"
        };
        call.problem(&format!("changing {what} of '{shown}'"), errno);
    }
    Ok(())
}
