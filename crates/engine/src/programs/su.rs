//! `su`, `sudo`, `gosu` and the like: commands as another user.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use crate::image::path;
use crate::shell::Resolution;

/// `su`, `sudo`, `gosu` and the like: commands as another user.
#[derive(Debug)]
pub(super) struct Su;

impl Program for Su {
    fn names(&self) -> &'static [&'static str] {
        &["su", "sudo", "gosu", "su-exec", "runuser", "setpriv"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = path::split(call.name()).1.to_owned();
        let mut words = call.words().to_vec();
        let mut user = None;
        let mut command: Option<String> = None;
        let mut login = false;
        let mut regid = None;
        let mut shell = None;
        let takes_user_first = matches!(name.as_str(), "gosu" | "su-exec");
        if takes_user_first {
            if words.is_empty() {
                return Ok(call.refuse("usage: gosu user-spec command [args]", 1));
            }
            user = Some(words.remove(0));
        }
        while let Some(word) = words.first().cloned() {
            if takes_user_first || !(word.starts_with('-') || name == "su" && user.is_none()) {
                break;
            }
            words.remove(0);
            match word.as_str() {
                "-" | "-l" | "--login" | "-i" => login = true,
                "-c" | "--command" => command = (!words.is_empty()).then(|| words.remove(0)),
                "-s" | "--shell" => shell = (!words.is_empty()).then(|| words.remove(0)),
                "-u" | "--user" => user = (!words.is_empty()).then(|| words.remove(0)),
                "-g" | "-G" => {
                    if !words.is_empty() {
                        words.remove(0);
                    }
                }
                "--" => {}
                other if other.starts_with("--reuid=") => {
                    user = other.split_once('=').map(|(_, value)| value.to_owned());
                }
                other if other.starts_with("--regid=") => {
                    regid = other.split_once('=').map(|(_, value)| value.to_owned());
                }
                other if other.starts_with('-') => {}
                other => user = Some(other.to_owned()),
            }
        }
        // What is left of su's words goes to the shell.
        if name == "su"
            && command.is_none()
            && let Some(place) = words.iter().position(|word| word == "-c")
        {
            words.remove(place);
            command = (place < words.len()).then(|| words.remove(place));
        }
        let user = user.unwrap_or_else(|| "root".to_owned());
        let (own, group) = match user.split_once(':') {
            Some((own, group)) => (own.to_owned(), Some(group.to_owned())),
            None => (user.clone(), regid),
        };
        if !call.who().is_root() {
            return Ok(call.refuse("Authentication failure", 1));
        }
        let records = call.shell.machine.records("/etc/passwd");
        let Some(records) = records else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        let by_number = takes_user_first || name == "setpriv";
        let found = records
            .iter()
            .find(|record| record[0] == own || by_number && record.get(2) == Some(&own));
        let number = |place: usize| found.and_then(|record| record.get(place)?.parse().ok());
        let (uid, gid) = match (number(2), number(3), own.parse::<u32>()) {
            (Some(uid), Some(gid), _) => (uid, gid),
            (_, _, Ok(uid)) if by_number => (uid, 0),
            _ => return Ok(call.refuse(&format!("user {own} does not exist or the user entry does not contain all the required fields"), 1)),
        };
        let gid = group
            .and_then(|group| {
                call.shell
                    .machine
                    .group(&group)
                    .or_else(|| group.parse().ok())
            })
            .unwrap_or(gid);
        call.shell.process.who = call.shell.machine.who(uid, gid, Some(&own));
        let home = found
            .and_then(|record| record.get(5).cloned())
            .unwrap_or_else(|| "/".to_owned());
        let own_shell = found
            .and_then(|record| record.get(6).cloned())
            .filter(|shell| !shell.is_empty());
        if name != "sudo" && name != "setpriv" || login {
            call.shell.process.export("HOME", &home);
        }
        if name == "su" || name == "sudo" {
            if uid != 0 || login {
                call.shell.process.export("USER", &own);
                call.shell.process.export("LOGNAME", &own);
            }
            if login {
                call.shell.process.cwd = path::clean(&home);
                let path = if uid == 0 {
                    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                } else {
                    "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
                };
                call.shell
                    .process
                    .variables
                    .retain(|name, _| name == "TERM");
                for (name, value) in [
                    ("HOME", home.as_str()),
                    ("PATH", path),
                    ("USER", &own),
                    ("LOGNAME", &own),
                ] {
                    call.shell.process.export(name, value);
                }
            }
        }
        let shell = shell.or(own_shell).unwrap_or_else(|| "/bin/sh".to_owned());
        let arguments = match command {
            Some(command) => {
                let mut all = vec![shell, "-c".to_owned(), command];
                all.extend(words);
                all
            }
            None if name == "su" => {
                let mut all = vec![shell];
                all.extend(words);
                all
            }
            None if words.is_empty() => return Ok(Exit::OK),
            None => words,
        };
        let exit = call.execute(&arguments)?;
        if matches!(exit.0, Some(126 | 127))
            && !matches!(call.shell.find_command(&arguments[0]), Resolution::File(..))
        {
            call.complain(&format!("{}: No such file or directory", arguments[0]));
        }
        Ok(exit)
    }
}
