//! Looking names up in an image's /etc/passwd and /etc/group.

use std::collections::BTreeMap;

use super::tree::FileTree;

/// User and group as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Owner {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// Resolves `user`, `user:group`, `:group` (names or numbers) as the engine does for
/// `--chown` and for the owner of a WORKDIR: an unknown user is 0, an unknown group is
/// the user's own, an empty group after a colon is 0 (measured on Docker Engine 28).
///
/// `users` are users of the image beside those in its /etc/passwd, as far as that is known.
pub fn owner(tree: &FileTree, users: &BTreeMap<String, u32>, text: &str) -> Owner {
    let (user, group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (text, None),
    };
    let own = number(user).map(|id| Owner { uid: id, gid: id });
    let known = |name: &str| users.get(name).copied();
    let own = own
        .or_else(|| user_by_name(tree, user))
        .or_else(|| known(user).map(|id| Owner { uid: id, gid: id }))
        .unwrap_or_default();
    let gid = match group {
        None => own.gid,
        Some("") => 0,
        Some(group) => number(group)
            .or_else(|| group_by_name(tree, group))
            .or_else(|| known(group))
            .unwrap_or(own.gid),
    };
    Owner { uid: own.uid, gid }
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// Fields of the line of `file` that begins with `name`.
fn fields<'t>(tree: &'t FileTree, file: &str, name: &str) -> Option<Vec<&'t str>> {
    let text = std::str::from_utf8(tree.content(file)?).ok()?;
    text.lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields[0] == name)
}

/// Whether a user is listed in /etc/passwd.
pub fn is_listed(tree: &FileTree, name: &str) -> bool {
    user_by_name(tree, name).is_some()
}

fn user_by_name(tree: &FileTree, name: &str) -> Option<Owner> {
    let fields = fields(tree, "/etc/passwd", name)?;
    Some(Owner {
        uid: number(fields.get(2)?)?,
        gid: number(fields.get(3)?)?,
    })
}

fn group_by_name(tree: &FileTree, name: &str) -> Option<u32> {
    number(fields(tree, "/etc/group", name)?.get(2)?)
}
