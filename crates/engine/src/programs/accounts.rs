//! The files of users and groups, changed as the programs of `shadow` change them: what is
//! opened is locked and copied up, what is changed leaves its old self with a `-`.

use crate::image::{Metadata, Node, path};
use crate::shell::{Data, Flow, Machine, Who};

use super::Call;
use super::options::Options;

/// Days since 1970 in /etc/shadow. The real number is the build's day; it has as many digits
/// until 2243.
pub(super) const TODAY: &str = "20778";

/// The groups of `-G`.
///
/// # Errors
/// That one of them, or the one of `-g`, does not exist.
pub(super) fn groups_asked(machine: &Machine, options: &Options) -> Result<Vec<String>, String> {
    let groups: Vec<String> = options
        .value("G")
        .unwrap_or_default()
        .split(',')
        .filter(|group| !group.is_empty())
        .map(str::to_owned)
        .collect();
    for group in groups.iter().map(String::as_str).chain(options.value("g")) {
        let by_number = group.parse().ok().and_then(|gid| machine.group_name(gid));
        if machine.group(group).is_none() && by_number.is_none() {
            return Err(format!("group '{group}' does not exist"));
        }
    }
    Ok(groups)
}

/// A file of records.
#[derive(Debug, Clone)]
pub(super) struct Table {
    path: &'static str,
    /// Records, field by field.
    pub(super) rows: Vec<Vec<String>>,
    changed: bool,
    exists: bool,
}

impl Table {
    /// Opens a file as for writing.
    pub(super) fn open(call: &mut Call<'_, '_, '_>, path: &'static str) -> Self {
        let text = call.shell.machine.files.text(path);
        let exists = call.stat(path).is_ok();
        if exists && let Ok(entry) = call.stat(path) {
            call.files().copy_up(&entry.path);
        }
        let rows = text
            .unwrap_or_default()
            .lines()
            .map(|line| line.split(':').map(str::to_owned).collect())
            .collect();
        Self {
            path,
            rows,
            changed: false,
            exists,
        }
    }

    /// The record of a name.
    pub(super) fn row(&self, name: &str) -> Option<&Vec<String>> {
        self.rows.iter().find(|row| row[0] == name)
    }

    /// The record of a name, to be changed.
    pub(super) fn row_mut(&mut self, name: &str) -> Option<&mut Vec<String>> {
        let row = self.rows.iter_mut().find(|row| row[0] == name);
        self.changed |= row.is_some();
        row
    }

    /// Adds a record.
    pub(super) fn add(&mut self, row: &[&str]) {
        self.rows
            .push(row.iter().map(|field| (*field).to_owned()).collect());
        self.changed = true;
    }

    /// Removes the record of a name.
    pub(super) fn remove(&mut self, name: &str) {
        let before = self.rows.len();
        self.rows.retain(|row| row[0] != name);
        self.changed |= before != self.rows.len();
    }

    /// Whether a number is taken, in the third field.
    pub(super) fn has_number(&self, number: u32) -> bool {
        let text = number.to_string();
        self.rows.iter().any(|row| row.get(2) == Some(&text))
    }

    /// Adds a member to the list in the last field.
    pub(super) fn add_member(&mut self, group: &str, member: &str) {
        if let Some(row) = self.rows.iter_mut().find(|row| row[0] == group)
            && let Some(list) = row.last_mut()
            && !list.split(',').any(|own| own == member)
        {
            if !list.is_empty() {
                list.push(',');
            }
            list.push_str(member);
            self.changed = true;
        }
    }

    /// Removes a member from all lists but those of `kept`.
    pub(super) fn remove_member(&mut self, member: &str, kept: &[String]) {
        for row in &mut self.rows {
            if kept.contains(&row[0]) {
                continue;
            }
            if let Some(list) = row.last_mut()
                && list.split(',').any(|own| own == member)
            {
                let rest: Vec<&str> = list.split(',').filter(|own| *own != member).collect();
                *list = rest.join(",");
                self.changed = true;
            }
        }
    }

    /// Writes the file where it was changed; `backup` says whether the old one is kept.
    pub(super) fn close(self, call: &mut Call<'_, '_, '_>, backup: bool) {
        if !self.changed || !self.exists {
            return;
        }
        let root = Who::default();
        let Ok(entry) = call.stat(self.path) else {
            return;
        };
        if backup {
            let old = format!("{}-", self.path);
            // What cannot be written here the kernel would refuse root too.
            if let Ok(real) = call.files().place_node(&old, entry.node.clone(), &root) {
                call.files().copy_up(&real);
            }
        }
        let lines: Vec<String> = self
            .rows
            .iter()
            .map(|row| format!("{}\n", row.join(":")))
            .collect();
        let meta = entry.node.meta();
        let node = Node::file(lines.concat().into_bytes().into(), meta);
        let _ = call.files().place_node(&entry.path, node, &root);
    }
}

/// All files, as a program has them open.
#[derive(Debug)]
pub(super) struct Accounts {
    pub(super) passwd: Table,
    pub(super) shadow: Table,
    pub(super) group: Table,
    pub(super) gshadow: Table,
    pub(super) subuid: Option<Table>,
    pub(super) subgid: Option<Table>,
}

impl Accounts {
    /// Locks and opens the files of users and groups, and those of subordinate numbers where
    /// they are wanted.
    pub(super) fn open(call: &mut Call<'_, '_, '_>, subordinate: bool) -> Self {
        lock(call);
        Self {
            passwd: Table::open(call, "/etc/passwd"),
            shadow: Table::open(call, "/etc/shadow"),
            group: Table::open(call, "/etc/group"),
            gshadow: Table::open(call, "/etc/gshadow"),
            subuid: subordinate.then(|| Table::open(call, "/etc/subuid")),
            subgid: subordinate.then(|| Table::open(call, "/etc/subgid")),
        }
    }

    /// Writes what was changed.
    pub(super) fn close(self, call: &mut Call<'_, '_, '_>) {
        for table in [
            Some(self.passwd),
            Some(self.shadow),
            Some(self.group),
            Some(self.gshadow),
            self.subuid,
            self.subgid,
        ]
        .into_iter()
        .flatten()
        {
            table.close(call, true);
        }
    }

    /// The next number for an ordinary user or group: one more than the highest.
    pub(super) fn next_ordinary(table: &Table) -> u32 {
        numbers(table)
            .filter(|number| (1000..=60_000).contains(number))
            .max()
            .map_or(1000, |highest| highest + 1)
    }

    /// The next number for a system's user or group: below the lowest one, and from the top down
    /// where there is no room (shadow's lib/find_new_uid.c; SYS_UID_MIN is 101 where login.defs does
    /// not say).
    pub(super) fn next_system(table: &Table) -> u32 {
        let system = 101..1000;
        let lowest = numbers(table)
            .filter(|number| system.contains(number))
            .min();
        let below = (system.start..lowest.unwrap_or(system.end)).next_back();
        let mut free = system.rev().filter(|number| !table.has_number(*number));
        below.or_else(|| free.next()).unwrap_or(999)
    }

    /// Gives a user its range of subordinate numbers.
    pub(super) fn add_subordinate(&mut self, name: &str) {
        for table in [&mut self.subuid, &mut self.subgid].into_iter().flatten() {
            if !table.exists {
                continue;
            }
            let next = table
                .rows
                .iter()
                .filter_map(|row| {
                    Some(row.get(1)?.parse::<u64>().ok()? + row.get(2)?.parse::<u64>().ok()?)
                })
                .max()
                .unwrap_or(100_000)
                .max(100_000);
            table.add(&[name, &next.to_string(), "65536"]);
        }
    }
}

fn numbers(table: &Table) -> impl Iterator<Item = u32> {
    table.rows.iter().filter_map(|row| row.get(2)?.parse().ok())
}

/// The lock of the files: it is opened for writing.
pub(super) fn lock(call: &mut Call<'_, '_, '_>) {
    let root = Who::default();
    let _ = call
        .files()
        .open_for_writing("/etc/.pwd.lock", 0o600, false, &root);
}

/// The permissions that useradd gives a home directory: `HOME_MODE` of login.defs(5), which Debian 13
/// sets, else what the usual umask leaves.
pub(super) fn home_mode(call: &mut Call<'_, '_, '_>) -> u16 {
    let text = call.files().text("/etc/login.defs").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("HOME_MODE"));
    let mode = line.and_then(|mode| u16::from_str_radix(mode.trim(), 8).ok());
    mode.unwrap_or(0o755)
}

/// Makes a home directory with what /etc/skel holds.
pub(super) fn make_home(
    call: &mut Call<'_, '_, '_>,
    home: &str,
    skeleton: &str,
    uid: u32,
    gid: u32,
    mode: u16,
) -> Result<(), Flow> {
    let root = Who::default();
    for directory in path::ancestors(&path::clean(home))
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        // Those that are there already stay as they are.
        let _ = call.files().make_directory(directory, 0o755, &root);
    }
    if call.files().make_directory(home, mode, &root).is_err() {
        return Ok(());
    }
    copy_skeleton(call, skeleton, home, uid, gid)?;
    let _ = call
        .files()
        .change_owner(home, Some(uid), Some(gid), &root, true);
    let _ = call.files().change_mode(home, mode, &root);
    Ok(())
}

fn copy_skeleton(
    call: &mut Call<'_, '_, '_>,
    from: &str,
    to: &str,
    uid: u32,
    gid: u32,
) -> Result<(), Flow> {
    let root = Who::default();
    let Ok((names, _)) = call.files().list(from, &root) else {
        return Ok(());
    };
    for name in names {
        call.shell.machine.step()?;
        let (source, target) = (path::child(from, &name), path::child(to, &name));
        let Ok(entry) = call.files().lstat(&source, &root) else {
            continue;
        };
        match &entry.node {
            Node::Directory(directory) => {
                let _ = call
                    .files()
                    .make_directory(&target, directory.meta.mode, &root);
                copy_skeleton(call, &source, &target, uid, gid)?;
                let _ = call
                    .files()
                    .change_owner(&target, Some(uid), Some(gid), &root, false);
            }
            node => {
                let mut copy = node.clone();
                if let Node::File(file) = &mut copy {
                    file.inode = None;
                }
                copy.set_meta(Metadata {
                    uid,
                    gid,
                    ..node.meta()
                });
                let _ = call.files().place_node(&target, copy, &root);
            }
        }
    }
    Ok(())
}

/// Whether a name may be a user's or a group's.
pub(super) fn is_valid_name(name: &str) -> bool {
    // Debian's shadow is lenient: no colon, no comma, no blank, no slash, and no leading dash.
    !name.is_empty()
        && !name.starts_with(['-', '+', '~'])
        && !name.contains([':', ',', '/', ' ', '\t', '\n'])
}

/// The mark of a locked password that programs hash: yescrypt's length.
pub(super) fn hashed_password() -> String {
    format!("$y$j9T${}${}", ".".repeat(22), ".".repeat(43))
}

/// Writes a table without keeping its old self.
pub(super) fn write_alone(call: &mut Call<'_, '_, '_>, table: Table) {
    table.close(call, false);
}

/// Data of a lock file that programs leave.
pub(super) fn leave_mark(call: &mut Call<'_, '_, '_>, at: &str) {
    let root = Who::default();
    let _ = call.files().write(at, &Data::default(), 0o644, &root);
}
