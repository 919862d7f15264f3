//! `useradd` and `groupadd` of shadow.

use super::accounts::{
    Accounts, TODAY, Table, groups_asked, home_mode, is_valid_name, lock, make_home,
};
use super::options::{Options, Spec, flag, value};
use super::{Call, Program};
use crate::shell::{Exit, Outcome};

const USER_OPTIONS: [Spec; 25] = [
    value("b", "base-dir"),
    value("c", "comment"),
    value("d", "home-dir"),
    flag("D", "defaults"),
    value("e", "expiredate"),
    value("f", "inactive"),
    flag("F", "add-subids-for-system"),
    value("g", "gid"),
    value("G", "groups"),
    value("k", "skel"),
    value("K", "key"),
    flag("l", "no-log-init"),
    flag("m", "create-home"),
    flag("M", "no-create-home"),
    flag("N", "no-user-group"),
    flag("o", "non-unique"),
    value("p", "password"),
    flag("r", "system"),
    value("R", "root"),
    value("P", "prefix"),
    value("s", "shell"),
    value("u", "uid"),
    flag("U", "user-group"),
    flag("", "badname"),
    flag("", "badnames"),
];

const GROUP_OPTIONS: [Spec; 9] = [
    flag("f", "force"),
    value("g", "gid"),
    value("K", "key"),
    flag("o", "non-unique"),
    value("p", "password"),
    flag("r", "system"),
    value("R", "root"),
    value("P", "prefix"),
    value("U", "users"),
];

/// `useradd` of shadow.
#[derive(Debug)]
pub(super) struct Useradd;

impl Program for Useradd {
    fn names(&self) -> &'static [&'static str] {
        &["useradd"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&USER_OPTIONS, 2)?;
        if options.has("D") {
            return Ok(Exit::OK);
        }
        let [name] = options.operands.as_slice() else {
            return Ok(call.refuse("usage: useradd [options] LOGIN", 2));
        };
        if !call.who().is_root() {
            return Ok(call.refuse(
                "Permission denied.\nuseradd: cannot lock /etc/passwd; try again later.",
                1,
            ));
        }
        if !is_valid_name(name) {
            return Ok(call.refuse(
                &format!("invalid user name '{name}': use --badname to ignore"),
                3,
            ));
        }
        if call.shell.machine.records("/etc/passwd").is_none() {
            return Ok(Exit::UNKNOWN);
        }
        match add(call, &options, name) {
            Ok(()) => Ok(Exit::OK),
            Err(Problem::Status(message, code)) => Ok(call.refuse(&message, code)),
            Err(Problem::NoGroup(message)) => Ok(call.not_there(&message, 6)),
            Err(Problem::Limit(flow)) => Err(flow),
        }
    }
}

enum Problem {
    Status(String, u8),
    /// A group that is named is not there.
    NoGroup(String),
    Limit(crate::shell::Flow),
}

fn add(call: &mut Call<'_, '_, '_>, options: &Options, name: &str) -> Result<(), Problem> {
    let stop = |message: String, code| Err(Problem::Status(message, code));
    let system = options.has("r");
    // What is refused before the files are opened leaves no trace.
    let machine = &call.shell.machine;
    let groups = groups_asked(machine, options).map_err(Problem::NoGroup)?;
    if machine.user(name).is_some() {
        return stop(format!("user '{name}' already exists"), 9);
    }
    let own_group = options.value("g").is_none() && !options.has("N");
    if own_group && machine.group(name).is_some() {
        return stop(
            format!("group {name} exists - if you want to add this user to that group, use -g."),
            9,
        );
    }
    // Subordinate numbers are for ordinary users (shadow's `is_sub_uid`).
    let stated: Option<u32> = options.value("u").and_then(|text| text.parse().ok());
    let is_ordinary = !system && stated.is_none_or(|uid| (1000..=60_000).contains(&uid));
    let mut accounts = Accounts::open(call, is_ordinary);
    let uid = match options.value("u") {
        Some(text) => match text.parse() {
            Ok(uid) => uid,
            Err(_) => return stop(format!("invalid user ID '{text}'"), 3),
        },
        None if system => Accounts::next_system(&accounts.passwd),
        None => Accounts::next_ordinary(&accounts.passwd),
    };
    if options.value("u").is_some() && !options.has("o") && accounts.passwd.has_number(uid) {
        return stop(format!("UID {uid} is not unique"), 4);
    }
    let gid = if own_group {
        // The user's number, where it is one for a group of the kind (shadow's `find_new_gid`).
        let is_fit = system == (101..1000).contains(&uid) && uid <= 60_000;
        let free = is_fit && !accounts.group.has_number(uid);
        let gid = match (free, system) {
            (true, _) => uid,
            (false, true) => Accounts::next_system(&accounts.group),
            (false, false) => Accounts::next_ordinary(&accounts.group),
        };
        accounts.group.add(&[name, "x", &gid.to_string(), ""]);
        accounts.gshadow.add(&[name, "!", "", ""]);
        gid
    } else {
        match options.value("g") {
            Some(group) => accounts
                .group
                .row(group)
                .and_then(|row| row.get(2)?.parse().ok())
                .or_else(|| group.parse().ok())
                .unwrap_or(100),
            None => 100,
        }
    };
    for group in &groups {
        let by_number = accounts
            .group
            .rows
            .iter()
            .find(|row| row.get(2) == Some(group))
            .map(|row| row[0].clone());
        let group = by_number.unwrap_or_else(|| group.clone());
        accounts.group.add_member(&group, name);
        accounts.gshadow.add_member(&group, name);
    }
    let base = options.value("b").unwrap_or("/home");
    let home = options
        .value("d")
        .map_or_else(|| format!("{base}/{name}"), str::to_owned);
    let shell = options.value("s").unwrap_or("/bin/sh");
    accounts.passwd.add(&[
        name,
        "x",
        &uid.to_string(),
        &gid.to_string(),
        options.value("c").unwrap_or_default(),
        &home,
        shell,
    ]);
    let password = options.value("p").unwrap_or("!");
    let ages = if system {
        ["", "", ""]
    } else {
        ["0", "99999", "7"]
    };
    let expires = if options.value("e").is_some_and(|text| !text.is_empty()) {
        "20778"
    } else {
        ""
    };
    accounts.shadow.add(&[
        name, password, TODAY, ages[0], ages[1], ages[2], "", expires, "",
    ]);
    if is_ordinary {
        accounts.add_subordinate(name);
    }
    accounts.close(call);
    if options.has("m") && !options.has("M") {
        if call.stat(&home).is_ok() {
            call.shell.error(&format!(
                "useradd: warning: the home directory {home} already exists.\nuseradd: Not copying any file from skel directory into it."
            ));
        } else {
            let skeleton = options.value("k").unwrap_or("/etc/skel").to_owned();
            let mode = home_mode(call);
            make_home(call, &home, &skeleton, uid, gid, mode).map_err(Problem::Limit)?;
        }
    }
    Ok(())
}

/// `groupadd` of shadow.
#[derive(Debug)]
pub(super) struct Groupadd;

impl Program for Groupadd {
    fn names(&self) -> &'static [&'static str] {
        &["groupadd"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&GROUP_OPTIONS, 2)?;
        let [name] = options.operands.as_slice() else {
            return Ok(call.refuse("usage: groupadd [options] GROUP", 2));
        };
        if !call.who().is_root() {
            return Ok(call.refuse(
                "Permission denied.\ngroupadd: cannot lock /etc/group; try again later.",
                10,
            ));
        }
        if !is_valid_name(name) {
            return Ok(call.refuse(&format!("'{name}' is not a valid group name"), 3));
        }
        if call.shell.machine.records("/etc/group").is_none() {
            return Ok(Exit::UNKNOWN);
        }
        if call.shell.machine.group(name).is_some() {
            if options.has("f") {
                return Ok(Exit::OK);
            }
            return Ok(call.refuse(&format!("group '{name}' already exists"), 9));
        }
        let given = match options.value("g").map(str::parse::<u32>) {
            Some(Err(_)) => {
                let text = options.value("g").unwrap_or_default();
                return Ok(call.refuse(&format!("invalid group ID '{text}'"), 3));
            }
            Some(Ok(gid)) => Some(gid),
            None => None,
        };
        if let Some(gid) = given.filter(|_| !options.has("o"))
            && call.shell.machine.group_name(gid).is_some()
            && !options.has("f")
        {
            return Ok(call.refuse(&format!("GID '{gid}' already exists"), 4));
        }
        lock(call);
        let mut group = Table::open(call, "/etc/group");
        let mut gshadow = Table::open(call, "/etc/gshadow");
        let given = given.filter(|gid| !(options.has("f") && group.has_number(*gid)));
        let gid = match given {
            Some(gid) => gid,
            None if options.has("r") => Accounts::next_system(&group),
            None => Accounts::next_ordinary(&group),
        };
        let members = options.value("U").unwrap_or_default();
        group.add(&[name, "x", &gid.to_string(), members]);
        gshadow.add(&[name, "!", "", members]);
        group.close(call, true);
        gshadow.close(call, true);
        Ok(Exit::OK)
    }
}
