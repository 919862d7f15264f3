//! `adduser`, `addgroup`, `deluser`, `delgroup`: Debian's and busybox's.

use super::accounts::{Accounts, TODAY, Table, leave_mark, lock, make_home};
use super::options::{Options, Spec, flag, value};
use super::{Call, Program};
use crate::image::path;
use crate::shell::{Exit, Flow, Outcome};

const DEBIAN: [Spec; 26] = [
    flag("", "system"),
    flag("", "group"),
    value("", "home"),
    value("", "shell"),
    flag("", "no-create-home"),
    value("", "uid"),
    value("", "firstuid"),
    value("", "lastuid"),
    value("", "gid"),
    value("", "ingroup"),
    flag("", "disabled-password"),
    flag("", "disabled-login"),
    value("", "gecos"),
    value("", "comment"),
    flag("", "add_extra_groups"),
    flag("", "add-extra-groups"),
    flag("q", "quiet"),
    flag("", "force-badname"),
    flag("", "allow-badname"),
    flag("", "allow-bad-names"),
    flag("", "allow-all-names"),
    value("", "conf"),
    flag("", "debug"),
    flag("", "remove-home"),
    flag("", "only-if-empty"),
    flag("", "remove-all-files"),
];

const BUSYBOX: [Spec; 9] = [
    value("h", "home"),
    value("g", "gecos"),
    value("s", "shell"),
    value("G", "ingroup"),
    flag("S", "system"),
    flag("D", "disabled-password"),
    flag("H", "no-create-home"),
    value("u", "uid"),
    value("k", "skel"),
];

/// `adduser` and its kin.
#[derive(Debug)]
pub(super) struct Adduser;

impl Program for Adduser {
    fn names(&self) -> &'static [&'static str] {
        &["adduser", "addgroup", "deluser", "delgroup"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        if call.shell.machine.records("/etc/passwd").is_none() {
            return Ok(Exit::UNKNOWN);
        }
        // The link decides, since the two are one script.
        let name = path::split(call.name()).1.to_owned();
        if !call.who().is_root() {
            return Ok(call.refuse("Only root may add a user or group to the system.", 1));
        }
        match (name.as_str(), call.is_busybox()) {
            ("adduser", true) => busybox_adduser(call),
            ("addgroup", true) => busybox_addgroup(call),
            ("deluser" | "delgroup", true) => busybox_delete(call, name == "delgroup"),
            ("adduser", false) => debian_adduser(call, false),
            ("addgroup", false) => debian_adduser(call, true),
            (_, false) => debian_delete(call, name == "delgroup"),
            (_, true) => Ok(Exit::UNKNOWN),
        }
    }
}

fn debian_adduser(call: &mut Call<'_, '_, '_>, group_command: bool) -> Outcome {
    let options = call.options(&DEBIAN, 1)?;
    let quiet = options.has("q");
    let say = |call: &mut Call<'_, '_, '_>, text: String| {
        if !quiet {
            call.line(&text);
        }
    };
    let make_group = group_command || options.has("group") && !options.has("system");
    match (options.operands.as_slice(), make_group) {
        ([user, group], false) => {
            let (user, group) = (user.clone(), group.clone());
            join(call, &user, &group)
        }
        ([name], true) => {
            let name = name.clone();
            debian_group(call, &options, &name)
        }
        ([name], false) => {
            let name = name.clone();
            let system = options.has("system");
            if call.shell.machine.user(&name).is_some() {
                if system {
                    say(
                        call,
                        format!("The system user `{name}' already exists. Exiting."),
                    );
                    return Ok(Exit::OK);
                }
                return Ok(call.refuse(&format!("The user `{name}' already exists."), 1));
            }
            leave_mark(call, "/run/adduser");
            if system {
                debian_system(call, &options, &name)
            } else {
                debian_ordinary(call, &options, &name)
            }
        }
        _ => Ok(call.refuse("Only one or two names allowed.", 1)),
    }
}

fn join(call: &mut Call<'_, '_, '_>, user: &str, group: &str) -> Outcome {
    if call.shell.machine.user(user).is_none() {
        return Ok(call.not_there(&format!("The user `{user}' does not exist."), 1));
    }
    if call.shell.machine.group(group).is_none() {
        return Ok(call.not_there(&format!("The group `{group}' does not exist."), 1));
    }
    leave_mark(call, "/run/adduser");
    call.line(&format!("Adding user `{user}' to group `{group}' ..."));
    call.line("Done.");
    lock(call);
    // usermod does it, which opens all four files.
    let passwd = Table::open(call, "/etc/passwd");
    let shadow = Table::open(call, "/etc/shadow");
    let mut table = Table::open(call, "/etc/group");
    let mut gshadow = Table::open(call, "/etc/gshadow");
    table.add_member(group, user);
    gshadow.add_member(group, user);
    for table in [passwd, shadow, table, gshadow] {
        table.close(call, true);
    }
    Ok(Exit::OK)
}

fn debian_group(call: &mut Call<'_, '_, '_>, options: &Options, name: &str) -> Outcome {
    if call.shell.machine.group(name).is_some() {
        if options.has("system") {
            call.line(&format!(
                "The group `{name}' already exists as a system group. Exiting."
            ));
            return Ok(Exit::OK);
        }
        return Ok(call.refuse(&format!("The group `{name}' already exists."), 1));
    }
    leave_mark(call, "/run/adduser");
    lock(call);
    let mut group = Table::open(call, "/etc/group");
    let mut gshadow = Table::open(call, "/etc/gshadow");
    let gid = match options.value("gid").and_then(|text| text.parse().ok()) {
        Some(gid) => gid,
        None if options.has("system") => first_free(&[&group], 100, 999),
        None => first_free(&[&group], 1000, 59_999),
    };
    call.line(&format!("Adding group `{name}' (GID {gid}) ..."));
    call.line("Done.");
    group.add(&[name, "x", &gid.to_string(), ""]);
    gshadow.add(&[name, "!", "", ""]);
    group.close(call, true);
    gshadow.close(call, true);
    Ok(Exit::OK)
}

/// The lowest number that is free in all tables.
fn first_free(tables: &[&Table], low: u32, high: u32) -> u32 {
    (low..=high)
        .find(|number| tables.iter().all(|table| !table.has_number(*number)))
        .unwrap_or(high)
}

/// `groupadd` as a step of `adduser`.
fn add_group(call: &mut Call<'_, '_, '_>, name: &str, gid: u32) {
    lock(call);
    let mut group = Table::open(call, "/etc/group");
    let mut gshadow = Table::open(call, "/etc/gshadow");
    group.add(&[name, "x", &gid.to_string(), ""]);
    gshadow.add(&[name, "!", "", ""]);
    group.close(call, true);
    gshadow.close(call, true);
}

/// The group that `--ingroup` or `--gid` names.
fn group_asked(call: &mut Call<'_, '_, '_>, options: &Options, default: u32) -> Result<u32, Flow> {
    let Some(group) = options.value("ingroup") else {
        let asked = options.value("gid").and_then(|text| text.parse().ok());
        return Ok(asked.unwrap_or(default));
    };
    match call.shell.machine.group(group) {
        Some(gid) => Ok(gid),
        None => {
            let message = format!("The group `{group}' does not exist.");
            Err(Flow::Exit(call.not_there(&message, 1)))
        }
    }
}

fn debian_system(call: &mut Call<'_, '_, '_>, options: &Options, name: &str) -> Outcome {
    let passwd = call
        .shell
        .machine
        .records("/etc/passwd")
        .unwrap_or_default();
    let group = call.shell.machine.records("/etc/group").unwrap_or_default();
    let taken = |records: &[Vec<String>], number: u32| {
        let text = number.to_string();
        records.iter().any(|record| record.get(2) == Some(&text))
    };
    let uid = options
        .value("uid")
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| {
            (100..1000)
                .find(|number| !taken(&passwd, *number))
                .unwrap_or(999)
        });
    call.line(&format!("Adding system user `{name}' (UID {uid}) ..."));
    let gid = if options.has("group") {
        let same = options.value("uid").is_some() && !taken(&group, uid);
        let gid = if same {
            uid
        } else {
            (100..1000)
                .find(|number| !taken(&group, *number))
                .unwrap_or(999)
        };
        call.line(&format!("Adding new group `{name}' (GID {gid}) ..."));
        add_group(call, name, gid);
        gid
    } else {
        group_asked(call, options, 65_534)?
    };
    let home = options.value("home").unwrap_or("/nonexistent").to_owned();
    let shell = options
        .value("shell")
        .unwrap_or("/usr/sbin/nologin")
        .to_owned();
    let mut accounts = Accounts::open(call, false);
    accounts.passwd.add(&[
        name,
        "x",
        &uid.to_string(),
        &gid.to_string(),
        options
            .value("gecos")
            .or(options.value("comment"))
            .unwrap_or_default(),
        &home,
        &shell,
    ]);
    accounts
        .shadow
        .add(&[name, "!", TODAY, "", "", "", "", "", ""]);
    accounts.close(call);
    let kept_out = options.has("no-create-home") || home == "/nonexistent";
    if kept_out {
        call.line(&format!("Not creating `{home}'."));
    } else {
        call.line(&format!("Creating home directory `{home}' ..."));
        let none = "/nonexistent-skeleton";
        make_home(call, &home, none, uid, gid, 0o755)?;
    }
    Ok(Exit::OK)
}

fn debian_ordinary(call: &mut Call<'_, '_, '_>, options: &Options, name: &str) -> Outcome {
    let accounts = (
        call.shell
            .machine
            .records("/etc/passwd")
            .unwrap_or_default(),
        call.shell.machine.records("/etc/group").unwrap_or_default(),
    );
    let taken = |records: &[Vec<String>], number: u32| {
        let text = number.to_string();
        records.iter().any(|record| record.get(2) == Some(&text))
    };
    let own_group = options.value("ingroup").is_none() && options.value("gid").is_none();
    let uid = options
        .value("uid")
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| {
            (1000..60_000)
                .find(|number| {
                    let in_use = taken(&accounts.0, *number);
                    !(in_use || own_group && taken(&accounts.1, *number))
                })
                .unwrap_or(1000)
        });
    call.line(&format!("Adding user `{name}' ..."));
    let gid = if own_group {
        let gid = if taken(&accounts.1, uid) {
            (1000..60_000)
                .find(|number| !taken(&accounts.1, *number))
                .unwrap_or(1000)
        } else {
            uid
        };
        call.line(&format!("Adding new group `{name}' ({gid}) ..."));
        add_group(call, name, gid);
        gid
    } else {
        group_asked(call, options, 100)?
    };
    call.line(&format!(
        "Adding new user `{name}' ({uid}) with group `{name} ({gid})' ..."
    ));
    let home = options
        .value("home")
        .map_or_else(|| format!("/home/{name}"), str::to_owned);
    let login = if options.has("disabled-login") {
        "/usr/sbin/nologin"
    } else {
        "/bin/bash"
    };
    let shell = options.value("shell").unwrap_or(login).to_owned();
    let mut accounts = Accounts::open(call, true);
    accounts.passwd.add(&[
        name,
        "x",
        &uid.to_string(),
        &gid.to_string(),
        "",
        &home,
        &shell,
    ]);
    accounts
        .shadow
        .add(&[name, "!", TODAY, "0", "99999", "7", "", "", ""]);
    accounts.add_subordinate(name);
    accounts.close(call);
    if !options.has("no-create-home") {
        call.line(&format!("Creating home directory `{home}' ..."));
        call.line("Copying files from `/etc/skel' ...");
        make_home(call, &home, "/etc/skel", uid, gid, 0o700)?;
    }
    // chfn, which fills all four parts; then usermod for the group of all users.
    let gecos = options
        .value("gecos")
        .or(options.value("comment"))
        .unwrap_or_default();
    let parts = gecos.matches(',').count();
    // Debian 13's takes what it is given as it is, and nothing for nothing.
    let plain = call.shell.machine.os == "debian 13";
    let missing = if plain {
        0
    } else {
        3_usize.saturating_sub(parts)
    };
    let gecos = format!("{gecos}{}", ",".repeat(missing));
    if !gecos.is_empty() {
        lock(call);
        let mut passwd = Table::open(call, "/etc/passwd");
        if let Some(row) = passwd.row_mut(name)
            && row.len() > 4
        {
            row[4] = gecos;
        }
        passwd.close(call, true);
    }
    call.line(&format!(
        "Adding new user `{name}' to supplemental / extra groups `users' ..."
    ));
    call.line(&format!("Adding user `{name}' to group `users' ..."));
    let mut group = Table::open(call, "/etc/group");
    let mut gshadow = Table::open(call, "/etc/gshadow");
    group.add_member("users", name);
    gshadow.add_member("users", name);
    group.close(call, true);
    gshadow.close(call, true);
    Ok(Exit::OK)
}

fn debian_delete(call: &mut Call<'_, '_, '_>, group_command: bool) -> Outcome {
    let options = call.options(&DEBIAN, 1)?;
    leave_mark(call, "/run/adduser");
    match (
        options.operands.as_slice(),
        group_command || options.has("group"),
    ) {
        ([user, group], _) => {
            let arguments = [
                "gpasswd".to_owned(),
                "-d".to_owned(),
                user.clone(),
                group.clone(),
            ];
            call.execute(&arguments)
        }
        ([name], true) => {
            if call.shell.machine.group(name).is_none() {
                return Ok(call.not_there(&format!("The group `{name}' does not exist."), 3));
            }
            call.line(&format!("Removing group `{name}' ..."));
            call.line("Done.");
            let arguments = ["groupdel".to_owned(), name.clone()];
            call.execute(&arguments)
        }
        ([name], false) => {
            if call.shell.machine.user(name).is_none() {
                return Ok(call.not_there(&format!("The user `{name}' does not exist."), 2));
            }
            call.line(&format!("Removing user `{name}' ..."));
            let mut arguments = vec!["userdel".to_owned()];
            if options.has("remove-home") || options.has("remove-all-files") {
                arguments.push("-r".to_owned());
            }
            arguments.push(name.clone());
            call.execute(&arguments)
        }
        _ => Ok(Exit::UNKNOWN),
    }
}

fn busybox_adduser(call: &mut Call<'_, '_, '_>) -> Outcome {
    let options = call.options(&BUSYBOX, 1)?;
    let system = options.has("S");
    let (name, group) = match options.operands.as_slice() {
        [name] => (name.clone(), None),
        [name, group] => (name.clone(), Some(group.clone())),
        _ => return Ok(call.refuse("usage: adduser [OPTIONS] USER [GROUP]", 1)),
    };
    if let Some(group) = group {
        return busybox_join(call, &name, &group);
    }
    if call.shell.machine.user(&name).is_some() {
        return Ok(call.refuse(&format!("user '{name}' in use"), 1));
    }
    let mut passwd = Table::open(call, "/etc/passwd");
    let group = Table::open(call, "/etc/group");
    let (low, high) = if system { (100, 999) } else { (1000, 60_000) };
    let uid = match options.value("u").map(str::parse) {
        Some(Ok(uid)) => uid,
        Some(Err(_)) => return Ok(call.refuse("invalid number", 1)),
        None => (low..=high)
            .find(|number| {
                let own_group = options.value("G").is_none() && !system;
                let in_use = passwd.has_number(*number);
                !(in_use || own_group && group.has_number(*number))
            })
            .unwrap_or(high),
    };
    if passwd.has_number(uid) && options.value("u").is_some() {
        return Ok(call.refuse(&format!("uid '{uid}' in use"), 1));
    }
    let mut own_group = None;
    let gid = match options.value("G") {
        Some(group) => match call
            .shell
            .machine
            .group(group)
            .or_else(|| group.parse().ok())
        {
            Some(gid) => gid,
            None => return Ok(call.not_there(&format!("unknown group {group}"), 1)),
        },
        None if system => 65_533,
        None => {
            own_group = Some(uid);
            uid
        }
    };
    let home = options
        .value("h")
        .map_or_else(|| format!("/home/{name}"), str::to_owned);
    let shell = options.value("s").map_or_else(
        || {
            if system {
                "/sbin/nologin".to_owned()
            } else {
                "/bin/sh".to_owned()
            }
        },
        str::to_owned,
    );
    let gecos = options.value("g").unwrap_or("Linux User,,,").to_owned();
    passwd.add(&[
        &name,
        "x",
        &uid.to_string(),
        &gid.to_string(),
        &gecos,
        &home,
        &shell,
    ]);
    passwd.close(call, true);
    let mut shadow = Table::open(call, "/etc/shadow");
    shadow.add(&[&name, "!", TODAY, "0", "99999", "7", "", "", ""]);
    shadow.close(call, true);
    if let Some(gid) = own_group {
        let mut group = Table::open(call, "/etc/group");
        group.add(&[&name, "x", &gid.to_string(), ""]);
        group.close(call, true);
    } else {
        // Busybox makes it a member of its own group, too.
        let mut group = Table::open(call, "/etc/group");
        group.add_member(options.value("G").unwrap_or("nogroup"), &name);
        group.close(call, true);
    }
    if !options.has("H") {
        let skeleton = options.value("k").unwrap_or("/etc/skel").to_owned();
        make_home(call, &home, &skeleton, uid, gid, 0o2755)?;
    }
    Ok(Exit::OK)
}

fn busybox_join(call: &mut Call<'_, '_, '_>, user: &str, group: &str) -> Outcome {
    if call.shell.machine.user(user).is_none() {
        return Ok(call.not_there(&format!("unknown user {user}"), 1));
    }
    if call.shell.machine.group(group).is_none() {
        return Ok(call.not_there(&format!("unknown group {group}"), 1));
    }
    let mut table = Table::open(call, "/etc/group");
    table.add_member(group, user);
    table.close(call, true);
    Ok(Exit::OK)
}

fn busybox_addgroup(call: &mut Call<'_, '_, '_>) -> Outcome {
    let specs = [value("g", "gid"), flag("S", "system")];
    let options = call.options(&specs, 1)?;
    match options.operands.as_slice() {
        [user, group] => {
            let (user, group) = (user.clone(), group.clone());
            busybox_join(call, &user, &group)
        }
        [name] => {
            if call.shell.machine.group(name).is_some() {
                return Ok(call.refuse(&format!("group '{name}' in use"), 1));
            }
            let mut table = Table::open(call, "/etc/group");
            let (low, high) = if options.has("S") {
                (100, 999)
            } else {
                (1000, 60_000)
            };
            let gid = match options.value("g").and_then(|text| text.parse().ok()) {
                Some(gid) if table.has_number(gid) => {
                    return Ok(call.refuse(&format!("gid '{gid}' in use"), 1));
                }
                Some(gid) => gid,
                None => first_free(&[&table], low, high),
            };
            table.add(&[name, "x", &gid.to_string(), ""]);
            table.close(call, true);
            Ok(Exit::OK)
        }
        _ => Ok(call.refuse("usage: addgroup [-g GID] [-S] [USER] GROUP", 1)),
    }
}

fn busybox_delete(call: &mut Call<'_, '_, '_>, group_command: bool) -> Outcome {
    let options = call.options(&[flag("", "remove-home")], 1)?;
    let Some(name) = options.operands.first().cloned() else {
        return Ok(call.refuse("usage: deluser USER", 1));
    };
    if group_command || options.operands.len() == 2 {
        let mut table = Table::open(call, "/etc/group");
        match options.operands.get(1) {
            Some(group) => {
                let kept: Vec<String> = table
                    .rows
                    .iter()
                    .map(|row| row[0].clone())
                    .filter(|own| own != group)
                    .collect();
                table.remove_member(&name, &kept);
            }
            None => {
                if table.row(&name).is_none() {
                    return Ok(call.not_there(&format!("unknown group {name}"), 1));
                }
                table.remove(&name);
            }
        }
        table.close(call, true);
        return Ok(Exit::OK);
    }
    if call.shell.machine.user(&name).is_none() {
        return Ok(call.not_there(&format!("unknown user {name}"), 1));
    }
    let home = call
        .shell
        .machine
        .records("/etc/passwd")
        .unwrap_or_default();
    let home = home
        .iter()
        .find(|record| record[0] == name)
        .and_then(|record| record.get(5).cloned());
    for file in ["/etc/passwd", "/etc/shadow", "/etc/group"] {
        let mut table = Table::open(call, file);
        table.remove(&name);
        if file == "/etc/group" {
            table.remove_member(&name, &[]);
        }
        table.close(call, true);
    }
    if options.has("remove-home")
        && let Some(home) = home
        && let Ok(entry) = call.lstat(&home)
    {
        super::rm::remove(call, &home, &entry.path)?;
    }
    Ok(Exit::OK)
}
