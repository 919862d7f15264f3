//! `su`, `sudo`, `gosu` and the like: commands as another user.

use super::{Call, Program};
use crate::image::path;
use crate::shell::{Exit, Outcome, Resolution, is_known};

/// `secure_path` of Debian's sudoers, and the PATH that a login of root gets.
const ROOT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The PATH that a login of another user gets.
const USER_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";

/// `su`, `sudo`, `gosu` and the like: commands as another user.
#[derive(Debug)]
pub(super) struct Su;

/// What a call asks for.
#[derive(Debug, Default)]
struct Request {
    user: Option<String>,
    group: Option<String>,
    command: Option<String>,
    shell: Option<String>,
    login: bool,
    /// `sudo -s`: the words are for the user's shell.
    in_shell: bool,
    /// `sudo -E`: the environment stays.
    keeps_environment: bool,
    words: Vec<String>,
}

/// Who is asked for.
#[derive(Debug)]
struct Account {
    name: String,
    uid: u32,
    gid: u32,
    home: String,
    shell: String,
}

impl Program for Su {
    fn names(&self) -> &'static [&'static str] {
        &["su", "sudo", "gosu", "su-exec", "runuser", "setpriv"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = path::split(call.name()).1.to_owned();
        let by_number = matches!(name.as_str(), "gosu" | "su-exec" | "setpriv");
        if matches!(name.as_str(), "gosu" | "su-exec") && call.words().is_empty() {
            return Ok(call.refuse("usage: gosu user-spec command [args]", 1));
        }
        let mut request = Request::read(&name, call.words());
        if !call.who().is_root() {
            if name != "sudo" {
                return Ok(call.refuse("Authentication failure", 1));
            }
            if !may_use_sudo(call) {
                return Ok(call.refuse("a password is required", 1));
            }
        }
        let user = request.user.take().unwrap_or_else(|| "root".to_owned());
        let (own, group) = match user.split_once(':') {
            Some((own, group)) => (own.to_owned(), Some(group.to_owned())),
            None => (user.clone(), request.group.take()),
        };
        let Some(records) = call.shell.machine.records("/etc/passwd") else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        let Some(mut account) = Account::find(&records, &own, by_number) else {
            let message = match name.as_str() {
                "sudo" => format!("unknown user {own}"),
                _ => format!(
                    "user {own} does not exist or the user entry does not contain all the required fields"
                ),
            };
            return Ok(call.refuse(&message, 1));
        };
        if let Some(group) = group {
            let gid = call.shell.machine.group(&group);
            account.gid = gid.or_else(|| group.parse().ok()).unwrap_or(account.gid);
        }
        match name.as_str() {
            "sudo" => sudo_environment(call, &mut request, &account),
            "setpriv" => {}
            _ => environment(call, &name, &request, &account),
        }
        call.shell.process.who =
            call.shell
                .machine
                .who(account.uid, account.gid, Some(&account.name));
        let Some(arguments) = request.arguments(&name, account.shell) else {
            return Ok(Exit::OK);
        };
        let exit = call.execute(&arguments)?;
        if matches!(exit.0, Some(126 | 127))
            && !matches!(call.shell.find_command(&arguments[0]), Resolution::File(..))
        {
            if name == "sudo" {
                return Ok(call.refuse(&format!("{}: command not found", arguments[0]), 1));
            }
            call.complain(&format!("{}: No such file or directory", arguments[0]));
        }
        Ok(exit)
    }
}

impl Request {
    fn read(name: &str, words: &[String]) -> Self {
        let mut out = Self::default();
        let mut words = words.to_vec();
        let takes_user_first = matches!(name, "gosu" | "su-exec");
        if takes_user_first {
            out.user = Some(words.remove(0));
        }
        let mut ended = false;
        while let Some(word) = words.first().cloned() {
            let is_option = word.starts_with('-') && !ended;
            let is_user = name == "su" && out.user.is_none();
            if takes_user_first || !is_option && !is_user {
                break;
            }
            words.remove(0);
            let mut next = || (!words.is_empty()).then(|| words.remove(0));
            match word.as_str() {
                "--" => ended = true,
                "-" | "-l" | "--login" | "-i" => out.login = true,
                "-c" | "--command" => out.command = next(),
                "-s" if name == "sudo" => out.in_shell = true,
                "-s" | "--shell" => out.shell = next(),
                "-u" | "--user" => out.user = next(),
                "-E" | "--preserve-env" if name == "sudo" => out.keeps_environment = true,
                "-g" | "-G" => out.group = next(),
                other => {
                    if let Some(user) = other.strip_prefix("--reuid=") {
                        out.user = Some(user.to_owned());
                    } else if let Some(group) = other.strip_prefix("--regid=") {
                        out.group = Some(group.to_owned());
                    } else if !is_option {
                        out.user = Some(other.to_owned());
                    }
                }
            }
        }
        // What is left of su's words goes to the shell.
        if name == "su"
            && out.command.is_none()
            && let Some(place) = words.iter().position(|word| word == "-c")
        {
            words.remove(place);
            out.command = (place < words.len()).then(|| words.remove(place));
        }
        out.words = words;
        out
    }

    /// The command to run; `None` where there is none.
    fn arguments(self, name: &str, own_shell: String) -> Option<Vec<String>> {
        let shell = self.shell.unwrap_or(own_shell);
        let in_shell = self.in_shell || name == "sudo" && self.login;
        let command = match self.command {
            Some(command) => Some(command),
            None if in_shell && !self.words.is_empty() => {
                return Some(vec![shell, "-c".to_owned(), self.words.join(" ")]);
            }
            None => None,
        };
        let mut all = match command {
            Some(command) => vec![shell, "-c".to_owned(), command],
            None if name == "su" || in_shell => vec![shell],
            None => Vec::new(),
        };
        all.extend(self.words);
        (!all.is_empty()).then_some(all)
    }
}

impl Account {
    fn find(records: &[Vec<String>], name: &str, by_number: bool) -> Option<Self> {
        let record = records.iter().find(|record| {
            record[0] == name || by_number && record.get(2).is_some_and(|uid| uid == name)
        });
        let field = |place: usize| record.and_then(|record| record.get(place)).cloned();
        let number = |place: usize| field(place).and_then(|text| text.parse().ok());
        let (uid, gid) = match (number(2), number(3)) {
            (Some(uid), Some(gid)) => (uid, gid),
            _ if by_number => (name.parse().ok()?, 0),
            _ => return None,
        };
        Some(Self {
            name: record.map_or(name, |record| record[0].as_str()).to_owned(),
            uid,
            gid,
            home: field(5).unwrap_or_else(|| "/".to_owned()),
            shell: field(6)
                .filter(|shell| !shell.is_empty())
                .unwrap_or_else(|| "/bin/sh".to_owned()),
        })
    }
}

/// Whether sudoers let this user run anything without a password. What cannot be read is
/// taken to be as the build needs it.
fn may_use_sudo(call: &Call<'_, '_, '_>) -> bool {
    let who = &call.shell.process.who;
    let machine = &call.shell.machine;
    let user = machine.user_name(who.uid).unwrap_or_default();
    let mut subjects = vec!["ALL".to_owned(), user];
    let groups = who.groups.iter().chain([&who.gid]);
    subjects.extend(groups.filter_map(|gid| Some(format!("%{}", machine.group_name(*gid)?))));
    let mut files = vec!["/etc/sudoers".to_owned()];
    let root = crate::shell::Who::default();
    if let Ok((names, _)) = machine.files.list("/etc/sudoers.d", &root) {
        files.extend(names.iter().map(|name| format!("/etc/sudoers.d/{name}")));
    }
    files.iter().any(|file| match machine.files.text(file) {
        Some(text) => text.lines().any(|line| {
            let subject = line.split_whitespace().next().unwrap_or_default();
            line.contains("NOPASSWD") && subjects.iter().any(|own| own == subject)
        }),
        None => machine.files.stat(file, &root).is_ok(),
    })
}

/// The environment that sudo gives (its `env_reset`).
fn sudo_environment(call: &mut Call<'_, '_, '_>, request: &mut Request, account: &Account) {
    let caller = call.who();
    let caller_name = call.shell.machine.user_name(caller.uid).unwrap_or_default();
    let given = request
        .words
        .iter()
        .take_while(|word| word.contains('=') && !word.starts_with(['/', '=']))
        .count();
    let settings: Vec<String> = request.words.drain(..given).collect();
    let mut words = request.words.clone();
    if let Some(first) = words.first_mut()
        && let Resolution::File(found, _) = call.shell.find_command(first)
    {
        *first = found;
    }
    let command = words.join(" ");
    let process = &mut *call.shell.process;
    if !request.keeps_environment {
        process
            .variables
            .retain(|name, _| matches!(name.as_str(), "TERM" | "PWD" | "OLDPWD"));
        for name in ["PWD", "OLDPWD"] {
            if let Some(variable) = process.variables.get_mut(name) {
                variable.exported = false;
            }
        }
        process.export("HOME", &account.home);
        process.export("MAIL", &format!("/var/mail/{}", account.name));
    }
    let path = if request.login && account.uid != 0 {
        USER_PATH
    } else {
        ROOT_PATH
    };
    let (uid, gid) = (caller.uid.to_string(), caller.gid.to_string());
    for (name, value) in [
        ("PATH", path),
        ("LOGNAME", &account.name),
        ("USER", &account.name),
        ("SHELL", &account.shell),
        ("SUDO_COMMAND", &command),
        ("SUDO_USER", &caller_name),
        ("SUDO_UID", &uid),
        ("SUDO_GID", &gid),
    ] {
        process.export(name, value);
    }
    if process.variable("TERM").is_none() {
        process.export("TERM", "unknown");
    }
    for setting in settings.iter().filter(|setting| is_known(setting)) {
        if let Some((name, value)) = setting.split_once('=') {
            process.export(name, value);
        }
    }
    if request.login {
        process.cwd = path::clean(&account.home);
    }
}

/// The environment that su, runuser and gosu give.
fn environment(call: &mut Call<'_, '_, '_>, name: &str, request: &Request, account: &Account) {
    let process = &mut *call.shell.process;
    if request.login {
        process.cwd = path::clean(&account.home);
        process.variables.retain(|name, _| name == "TERM");
        let path = if account.uid == 0 {
            ROOT_PATH
        } else {
            USER_PATH
        };
        process.export("PATH", path);
    }
    // `runuser -u` runs a program, with nothing but the user changed.
    let is_shell = name == "su" || request.command.is_some();
    process.export("HOME", &account.home);
    if is_shell {
        process.export("SHELL", request.shell.as_deref().unwrap_or(&account.shell));
    }
    if is_shell && (account.uid != 0 || request.login) {
        process.export("USER", &account.name);
        process.export("LOGNAME", &account.name);
    }
    if is_shell && name == "su" {
        process.export("MAIL", &format!("/var/mail/{}", account.name));
    }
}
