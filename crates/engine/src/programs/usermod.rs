//! Programs that change users and groups: `usermod`, `userdel`, `groupmod`, `groupdel`,
//! `gpasswd`, `passwd`, `chpasswd`, `chsh`, `chfn`, `chage`.

use super::accounts::{Accounts, TODAY, Table, groups_asked, hashed_password, lock, write_alone};
use super::options::{Spec, flag, value};
use super::{Call, Program};
use crate::image::path;
use crate::shell::{Exit, Outcome, Who};

const OPTIONS: [Spec; 24] = [
    flag("a", "append"),
    value("c", "comment"),
    value("d", "home"),
    value("e", "expiredate"),
    value("f", "inactive"),
    value("g", "gid"),
    value("G", "groups"),
    value("l", "login"),
    flag("L", "lock"),
    flag("m", "move-home"),
    value("n", "new-name"),
    flag("o", "non-unique"),
    value("p", "password"),
    flag("r", "remove"),
    value("s", "shell"),
    value("u", "uid"),
    flag("U", "unlock"),
    value("v", "add-subuids"),
    value("w", "add-subgids"),
    flag("", "badname"),
    value("R", "root"),
    value("P", "prefix"),
    flag("Z", ""),
    flag("b", ""),
];

/// Programs that change users and groups.
#[derive(Debug)]
pub(super) struct Usermod;

impl Program for Usermod {
    fn names(&self) -> &'static [&'static str] {
        &[
            "usermod", "userdel", "groupmod", "groupdel", "gpasswd", "passwd", "chpasswd", "chsh",
            "chfn", "chage",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = path::split(call.name()).1.to_owned();
        if call.shell.machine.records("/etc/passwd").is_none()
            || call.is_busybox() && name == "passwd"
        {
            return Ok(Exit::UNKNOWN);
        }
        if !call.who().is_root() {
            return Ok(call.refuse("Permission denied.", 1));
        }
        match name.as_str() {
            "usermod" => usermod(call),
            "userdel" => userdel(call),
            "groupmod" | "groupdel" => group(call, name == "groupdel"),
            "gpasswd" => gpasswd(call),
            "passwd" => passwd(call),
            "chpasswd" => chpasswd(call),
            _ => field(call, &name),
        }
    }
}

fn usermod(call: &mut Call<'_, '_, '_>) -> Outcome {
    let options = call.options(&OPTIONS, 2)?;
    let [user] = options.operands.as_slice() else {
        return Ok(call.refuse("usage: usermod [options] LOGIN", 2));
    };
    let Some((uid, gid)) = call.shell.machine.user(user) else {
        return Ok(call.not_there(&format!("user '{user}' does not exist"), 6));
    };
    let groups = match groups_asked(call.shell.machine, &options) {
        Ok(groups) => groups,
        Err(message) => return Ok(call.not_there(&message, 6)),
    };
    if let Some(new) = options.value("l")
        && new != user
        && call.shell.machine.user(new).is_some()
    {
        return Ok(call.refuse(&format!("user '{new}' already exists"), 9));
    }
    let new_uid = options.value("u").and_then(|text| text.parse::<u32>().ok());
    if let Some(new) = new_uid.filter(|new| *new != uid && !options.has("o"))
        && call.shell.machine.user_name(new).is_some()
    {
        return Ok(call.refuse(&format!("UID '{new}' already exists"), 4));
    }
    lock(call);
    let mut passwd = Table::open(call, "/etc/passwd");
    let mut shadow = Table::open(call, "/etc/shadow");
    let with_groups = options.value("G").is_some() || options.value("l").is_some();
    let mut tables = with_groups.then(|| {
        (
            Table::open(call, "/etc/group"),
            Table::open(call, "/etc/gshadow"),
        )
    });
    let old_home = passwd
        .row(user)
        .and_then(|row| row.get(5).cloned())
        .unwrap_or_default();
    let mut wanted = passwd.row(user).cloned().unwrap_or_default();
    wanted.resize(7, String::new());
    if let Some(text) = options.value("c") {
        text.clone_into(&mut wanted[4]);
    }
    if let Some(text) = options.value("d") {
        text.clone_into(&mut wanted[5]);
    }
    if let Some(text) = options.value("s") {
        text.clone_into(&mut wanted[6]);
    }
    if let Some(new) = new_uid {
        wanted[2] = new.to_string();
    }
    let mut new_gid = gid;
    if let Some(group) = options.value("g") {
        new_gid = call
            .shell
            .machine
            .group(group)
            .or_else(|| group.parse().ok())
            .unwrap_or(gid);
        wanted[3] = new_gid.to_string();
    }
    if let Some(new) = options.value("l") {
        new.clone_into(&mut wanted[0]);
        if let Some(row) = shadow.row_mut(user) {
            new.clone_into(&mut row[0]);
        }
    }
    if passwd.row(user) != Some(&wanted)
        && let Some(row) = passwd.row_mut(user)
    {
        *row = wanted;
    }
    if let Some((group, gshadow)) = &mut tables {
        if options.value("G").is_some() && !options.has("a") {
            group.remove_member(user, &groups);
            gshadow.remove_member(user, &groups);
        }
        for name in &groups {
            group.add_member(name, user);
            gshadow.add_member(name, user);
        }
        if let Some(new) = options.value("l") {
            for table in [group, gshadow] {
                let member_of: Vec<String> = table
                    .rows
                    .iter()
                    .filter(|row| {
                        row.last()
                            .is_some_and(|list| list.split(',').any(|own| own == user))
                    })
                    .map(|row| row[0].clone())
                    .collect();
                table.remove_member(user, &[]);
                for group in member_of {
                    table.add_member(&group, new);
                }
            }
        }
    }
    let password = match (options.value("p"), options.has("L"), options.has("U")) {
        (Some(text), _, _) => Some(text.to_owned()),
        (None, true, _) => shadow
            .row(user)
            .map(|row| row[1].clone())
            .filter(|old| !old.starts_with('!'))
            .map(|old| format!("!{old}")),
        (None, _, true) => shadow
            .row(user)
            .map(|row| row[1].trim_start_matches('!').to_owned()),
        _ => None,
    };
    if let Some(password) = password
        && let Some(row) = shadow.row_mut(user)
    {
        row[1] = password;
    }
    passwd.close(call, true);
    shadow.close(call, true);
    if let Some((group, gshadow)) = tables {
        group.close(call, true);
        gshadow.close(call, true);
    }
    let root = Who::default();
    if new_uid.is_some_and(|new| new != uid) {
        for log in ["/var/log/faillog", "/var/log/lastlog"] {
            if let Ok(entry) = call.stat(log) {
                call.files().copy_up(&entry.path);
            }
        }
    }
    if let (true, Some(home)) = (options.has("m"), options.value("d"))
        && call.is_directory(&old_home)
        && call.stat(home).is_err()
    {
        let _ = call.files().rename(&old_home, home, &root);
    }
    let home = options
        .value("d")
        .filter(|_| options.has("m"))
        .unwrap_or(&old_home)
        .to_owned();
    let moved = new_uid.is_some_and(|new| new != uid) || new_gid != gid;
    if moved && call.is_directory(&home) {
        own_below(call, &home, (uid, gid), (new_uid.unwrap_or(uid), new_gid))?;
    }
    Ok(Exit::OK)
}

/// Gives the files of a home directory their owner's new numbers.
fn own_below(
    call: &mut Call<'_, '_, '_>,
    at: &str,
    old: (u32, u32),
    new: (u32, u32),
) -> Result<(), crate::shell::Flow> {
    call.shell.machine.step()?;
    let root = Who::default();
    let Ok(entry) = call.files().lstat(at, &root) else {
        return Ok(());
    };
    let meta = entry.node.meta();
    let uid = (meta.uid == old.0)
        .then_some(new.0)
        .filter(|uid| *uid != meta.uid);
    let gid = (meta.gid == old.1)
        .then_some(new.1)
        .filter(|gid| *gid != meta.gid);
    if uid.is_some() || gid.is_some() {
        let _ = call
            .files()
            .change_owner(&entry.path, uid, gid, &root, false);
    }
    if let crate::image::Node::Directory(directory) = &entry.node {
        for name in directory.entries.keys() {
            own_below(call, &path::child(&entry.path, name), old, new)?;
        }
    }
    Ok(())
}

fn userdel(call: &mut Call<'_, '_, '_>) -> Outcome {
    let options = call.options(&OPTIONS, 2)?;
    let [user] = options.operands.as_slice() else {
        return Ok(call.refuse("usage: userdel [options] LOGIN", 2));
    };
    let Some((uid, _)) = call.shell.machine.user(user) else {
        return Ok(call.not_there(&format!("user '{user}' does not exist"), 6));
    };
    let mut accounts = Accounts::open(call, true);
    let home = accounts
        .passwd
        .row(user)
        .and_then(|row| row.get(5).cloned())
        .unwrap_or_default();
    accounts.passwd.remove(user);
    accounts.shadow.remove(user);
    accounts.group.remove_member(user, &[]);
    accounts.gshadow.remove_member(user, &[]);
    let own = accounts.group.row(user).cloned();
    if let Some(row) = own
        && row.get(3).is_none_or(|members| members.is_empty())
        && !accounts
            .passwd
            .rows
            .iter()
            .any(|other| other.get(3) == row.get(2))
    {
        accounts.group.remove(user);
        accounts.gshadow.remove(user);
    }
    for table in [&mut accounts.subuid, &mut accounts.subgid]
        .into_iter()
        .flatten()
    {
        table.remove(user);
    }
    accounts.close(call);
    if options.has("r") {
        call.shell.error(&format!(
            "userdel: {user} mail spool (/var/mail/{user}) not found"
        ));
        match call.lstat(&home) {
            Ok(entry) if entry.node.meta().uid == uid => {
                super::rm::remove(call, &home, &entry.path)?
            }
            Ok(_) => call.complain(&format!("{home} not owned by {user}, not removing")),
            Err(_) => {
                call.complain(&format!("{user} home directory ({home}) not found"));
            }
        }
    }
    Ok(call.exit)
}

fn group(call: &mut Call<'_, '_, '_>, remove: bool) -> Outcome {
    let options = call.options(&OPTIONS, 2)?;
    let [name] = options.operands.as_slice() else {
        return Ok(call.refuse("usage: groupmod [options] GROUP", 2));
    };
    let Some(gid) = call.shell.machine.group(name) else {
        return Ok(call.not_there(&format!("group '{name}' does not exist"), 6));
    };
    if remove {
        let text = gid.to_string();
        let records = call
            .shell
            .machine
            .records("/etc/passwd")
            .unwrap_or_default();
        if let Some(user) = records.iter().find(|record| record.get(3) == Some(&text)) {
            return Ok(call.refuse(
                &format!("cannot remove the primary group of user '{}'", user[0]),
                8,
            ));
        }
    }
    lock(call);
    let mut group = Table::open(call, "/etc/group");
    // A new number is none of its business.
    let is_named = remove || options.value("n").is_some();
    let mut gshadow = is_named.then(|| Table::open(call, "/etc/gshadow"));
    if remove {
        for table in std::iter::once(&mut group).chain(&mut gshadow) {
            table.remove(name);
        }
    } else {
        let mut passwd = options.value("g").map(|_| Table::open(call, "/etc/passwd"));
        if let Some(new) = options.value("g") {
            if let Some(row) = group.row_mut(name) {
                new.clone_into(&mut row[2]);
            }
            if let Some(passwd) = &mut passwd {
                let old = gid.to_string();
                let users: Vec<String> = passwd
                    .rows
                    .iter()
                    .filter(|row| row.get(3) == Some(&old))
                    .map(|row| row[0].clone())
                    .collect();
                for user in users {
                    if let Some(row) = passwd.row_mut(&user) {
                        new.clone_into(&mut row[3]);
                    }
                }
            }
        }
        if let Some(new) = options.value("n") {
            for table in std::iter::once(&mut group).chain(&mut gshadow) {
                if let Some(row) = table.row_mut(name) {
                    new.clone_into(&mut row[0]);
                }
            }
        }
        if let Some(passwd) = passwd {
            passwd.close(call, true);
        }
    }
    group.close(call, true);
    if let Some(gshadow) = gshadow {
        gshadow.close(call, true);
    }
    Ok(Exit::OK)
}

fn gpasswd(call: &mut Call<'_, '_, '_>) -> Outcome {
    let words = call.words().to_vec();
    let (Some(user), Some(name)) = (words.get(1), words.get(2)) else {
        return Ok(Exit::UNKNOWN);
    };
    if call.shell.machine.user(user).is_none() {
        return Ok(call.not_there(&format!("user '{user}' does not exist"), 3));
    }
    if call.shell.machine.group(name).is_none() {
        return Ok(call.not_there(&format!("group '{name}' does not exist in /etc/group"), 3));
    }
    lock(call);
    let mut group = Table::open(call, "/etc/group");
    let mut gshadow = Table::open(call, "/etc/gshadow");
    for table in [&mut group, &mut gshadow] {
        if words[0] == "-d" {
            let kept: Vec<String> = table
                .rows
                .iter()
                .map(|row| row[0].clone())
                .filter(|own| own != name)
                .collect();
            table.remove_member(user, &kept);
        } else {
            table.add_member(name, user);
        }
    }
    group.close(call, true);
    gshadow.close(call, true);
    Ok(Exit::OK)
}

fn passwd(call: &mut Call<'_, '_, '_>) -> Outcome {
    let words = call.words().to_vec();
    let own = call
        .shell
        .machine
        .user_name(call.who().uid)
        .unwrap_or_default();
    let user = words
        .iter()
        .find(|word| !word.starts_with('-'))
        .cloned()
        .unwrap_or(own);
    if call.shell.machine.user(&user).is_none() {
        return Ok(call.not_there(&format!("user '{user}' does not exist"), 1));
    }
    let flags: String = words
        .iter()
        .filter(|word| word.starts_with('-'))
        .cloned()
        .collect();
    if flags.is_empty() {
        // It asks for a password, and gets none.
        call.shell
            .error("passwd: Authentication token manipulation error\npasswd: password unchanged");
        return Ok(Exit::code(10));
    }
    lock(call);
    let mut shadow = Table::open(call, "/etc/shadow");
    if let Some(row) = shadow.row_mut(&user) {
        row[1] = if flags.contains('d') {
            String::new()
        } else if flags.contains('l') && !row[1].starts_with('!') {
            format!("!{}", row[1])
        } else if flags.contains('u') {
            row[1].trim_start_matches('!').to_owned()
        } else {
            row[1].clone()
        };
    }
    shadow.close(call, true);
    call.shell.error("passwd: password changed.");
    Ok(Exit::OK)
}

fn chpasswd(call: &mut Call<'_, '_, '_>) -> Outcome {
    let plain = call
        .words()
        .iter()
        .any(|word| matches!(word.as_str(), "-e" | "--encrypted"));
    let text = call.standard_input().text();
    for line in text.lines() {
        let Some((user, password)) = line.split_once(':') else {
            return Ok(call.refuse("line 1: missing new password", 1));
        };
        if call.shell.machine.user(user).is_none() {
            return Ok(call.refuse(&format!("(user {user}) pam_chauthtok() failed, error:\nAuthentication token manipulation error"), 1));
        }
        lock(call);
        let mut shadow = Table::open(call, "/etc/shadow");
        if let Some(row) = shadow.row_mut(user) {
            row[1] = if plain {
                password.to_owned()
            } else {
                hashed_password()
            };
            TODAY.clone_into(&mut row[2]);
        }
        if plain {
            shadow.close(call, true);
        } else {
            // PAM keeps no copy of the old file.
            write_alone(call, shadow);
        }
    }
    Ok(Exit::OK)
}

/// `chsh -s SHELL USER`, `chfn`, `chage`.
fn field(call: &mut Call<'_, '_, '_>, name: &str) -> Outcome {
    let words = call.words().to_vec();
    let mut operands = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if !word.starts_with('-') {
            operands.push(word);
        } else if !word.contains('=') && !matches!(word.as_str(), "-l" | "--list") {
            rest.next();
        }
    }
    // Without a name it is whoever asks.
    let own = call.shell.machine.user_name(call.who().uid);
    let Some(user) = operands.first().map(|user| (*user).clone()).or(own) else {
        return Ok(Exit::UNKNOWN);
    };
    if call.shell.machine.user(&user).is_none() {
        return Ok(call.not_there(&format!("user '{user}' does not exist"), 1));
    }
    let shell = words
        .iter()
        .position(|word| word == "-s")
        .and_then(|place| words.get(place + 1))
        .cloned();
    match (name, shell) {
        ("chsh", Some(shell)) => {
            lock(call);
            let mut passwd = Table::open(call, "/etc/passwd");
            if let Some(row) = passwd.row_mut(&user)
                && row.len() > 6
            {
                row[6] = shell;
            }
            passwd.close(call, true);
            Ok(Exit::OK)
        }
        ("chage", _) => {
            lock(call);
            // It opens the users' file beside the one that it writes.
            Table::open(call, "/etc/passwd");
            let mut shadow = Table::open(call, "/etc/shadow");
            for (option, field) in [("-d", 2), ("-m", 3), ("-M", 4), ("-W", 5), ("-I", 6)] {
                let at = words.iter().position(|word| word == option);
                let value = at.and_then(|at| words.get(at + 1));
                if let (Some(value), Some(row)) = (value, shadow.row_mut(&user))
                    && row.len() > field
                {
                    row[field] = if value == "-1" {
                        String::new()
                    } else {
                        value.clone()
                    };
                }
            }
            shadow.close(call, true);
            Ok(Exit::UNKNOWN)
        }
        _ => Ok(Exit::UNKNOWN),
    }
}
