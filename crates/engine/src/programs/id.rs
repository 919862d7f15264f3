//! `id`, `whoami` and `groups`: who runs this.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag};
use crate::shell::UNKNOWN;

const OPTIONS: [Spec; 7] = [
    flag("u", "user"),
    flag("g", "group"),
    flag("G", "groups"),
    flag("n", "name"),
    flag("r", "real"),
    flag("a", ""),
    flag("z", "zero"),
];

/// `id`, `whoami` and `groups`: who runs this.
#[derive(Debug)]
pub(super) struct Id;

impl Program for Id {
    fn names(&self) -> &'static [&'static str] {
        &["id", "whoami", "groups", "logname"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = crate::image::path::split(call.name()).1.to_owned();
        let who = call.who();
        if name == "whoami" || name == "logname" {
            return Ok(match call.shell.machine.user_name(who.uid) {
                Some(user) => {
                    call.line(&user);
                    Exit::OK
                }
                None if !call.shell.machine.knows_users() => {
                    call.line(&UNKNOWN.to_string());
                    Exit::OK
                }
                None => call.refuse(&format!("cannot find name for user ID {}", who.uid), 1),
            });
        }
        let options = call.options(&OPTIONS, 1)?;
        let (who, user) = match options.operands.first() {
            None => (who.clone(), call.shell.machine.user_name(who.uid)),
            Some(user) => match call.shell.machine.user(user).or_else(|| {
                let uid = user.parse().ok()?;
                call.shell.machine.user(&call.shell.machine.user_name(uid)?)
            }) {
                Some((uid, gid)) => {
                    let own = call.shell.machine.user_name(uid);
                    (call.shell.machine.who(uid, gid, own.as_deref()), own)
                }
                None if !call.shell.machine.knows_users() => {
                    call.line(&UNKNOWN.to_string());
                    return Ok(Exit::UNKNOWN);
                }
                None => {
                    let quoted = if call.is_busybox() {
                        format!("unknown user {user}")
                    } else {
                        format!("'{user}': no such user")
                    };
                    return Ok(call.refuse(&quoted, 1));
                }
            },
        };
        let group_name = |gid: u32| call.shell.machine.group_name(gid);
        let mut groups = vec![who.gid];
        groups.extend(who.groups.iter().copied().filter(|gid| *gid != who.gid));
        let by_name = options.has("n");
        let gid_text = |gid: u32| {
            if by_name {
                group_name(gid).unwrap_or_else(|| gid.to_string())
            } else {
                gid.to_string()
            }
        };
        let text = if name == "groups" {
            let list: Vec<String> = groups
                .iter()
                .map(|gid| group_name(*gid).unwrap_or_else(|| gid.to_string()))
                .collect();
            match options.operands.first() {
                Some(user) if !call.is_busybox() => format!("{user} : {}", list.join(" ")),
                _ => list.join(" "),
            }
        } else if options.has("u") {
            if by_name {
                user.unwrap_or_else(|| who.uid.to_string())
            } else {
                who.uid.to_string()
            }
        } else if options.has("g") {
            gid_text(who.gid)
        } else if options.has("G") {
            groups
                .iter()
                .map(|gid| gid_text(*gid))
                .collect::<Vec<_>>()
                .join(" ")
        } else {
            let named = |id: u32, name: Option<String>| match name {
                Some(name) => format!("{id}({name})"),
                None => id.to_string(),
            };
            let list: Vec<String> = groups
                .iter()
                .map(|gid| named(*gid, group_name(*gid)))
                .collect();
            format!(
                "uid={} gid={} groups={}",
                named(who.uid, user),
                named(who.gid, group_name(who.gid)),
                list.join(",")
            )
        };
        call.line(&text);
        Ok(Exit::OK)
    }
}
