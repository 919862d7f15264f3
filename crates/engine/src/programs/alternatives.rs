//! `update-alternatives`: which of several programs a name stands for.

use super::apt::is_slim;
use super::{Call, Program};
use crate::debian::slim::left_out;
use crate::image::{Node, path};
use crate::shell::{Data, Errno, Exit, Outcome, Who};

const STATE: &str = "/var/lib/dpkg/alternatives";
const LOG: &str = "/var/log/alternatives.log";

/// `update-alternatives`: which of several programs a name stands for.
#[derive(Debug)]
pub(super) struct Alternatives;

impl Program for Alternatives {
    fn names(&self) -> &'static [&'static str] {
        &["update-alternatives"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        if call.is_busybox() {
            return Ok(Exit::OK);
        }
        let words: Vec<String> = call.words().to_vec();
        let Some(action) = words.iter().position(|word| {
            matches!(
                word.as_str(),
                "--install"
                    | "--set"
                    | "--remove"
                    | "--remove-all"
                    | "--auto"
                    | "--query"
                    | "--display"
                    | "--list"
                    | "--config"
            )
        }) else {
            return Ok(call.refuse("need --display, --query, --list, --get-selections, --config, --set, --set-selections, --install, --remove, --all, --remove-all or --auto", 2));
        };
        let rest = &words[action + 1..];
        match (words[action].as_str(), rest) {
            ("--install", [link, name, path, priority, slaves @ ..]) => {
                if call.stat(path).is_err_and(|errno| errno != Errno::Unknown) {
                    return Ok(
                        call.refuse(&format!("error: alternative path {path} doesn't exist"), 2)
                    );
                }
                let mut group = Group::read(call, name).unwrap_or_else(|| Group::new(link));
                log(call, &format!("run with {}", words.join(" ")));
                let mut own = Vec::new();
                for slave in slaves.chunks(4).filter(|slave| slave.len() == 4) {
                    if !group.slaves.iter().any(|(known, _)| *known == slave[2]) {
                        group.slaves.push((slave[2].clone(), slave[1].clone()));
                    }
                    own.push((slave[2].clone(), slave[3].clone()));
                }
                group.choices.retain(|choice| choice.path != *path);
                group.choices.push(Choice {
                    path: path.clone(),
                    priority: priority.parse().unwrap_or(0),
                    slaves: own,
                });
                group.choices.sort_by(|a, b| a.path.cmp(&b.path));
                if group.auto {
                    point(call, name, &group);
                }
                group.write(call, name);
            }
            ("--set", [name, path]) => {
                let Some(mut group) = Group::read(call, name) else {
                    return Ok(none_for(call, name));
                };
                if !group.choices.iter().any(|choice| choice.path == *path) {
                    return Ok(call.refuse(
                        &format!(
                            "error: alternative {path} for {name} not registered; not setting"
                        ),
                        2,
                    ));
                }
                log(call, &format!("run with {}", words.join(" ")));
                if group.auto {
                    group.auto = false;
                    let link = group.link.clone();
                    log(call, &format!("status of link group {link} set to manual"));
                }
                point_at(call, name, &group, path);
                group.write(call, name);
            }
            ("--remove", [name, path]) => {
                let Some(mut group) = Group::read(call, name) else {
                    return Ok(Exit::OK);
                };
                log(call, &format!("run with {}", words.join(" ")));
                group.choices.retain(|choice| choice.path != *path);
                if group.auto {
                    point(call, name, &group);
                }
                group.write(call, name);
            }
            ("--list", [name]) => match Group::read(call, name) {
                Some(group) => {
                    for choice in group.choices {
                        call.line(&choice.path);
                    }
                }
                None => return Ok(none_for(call, name)),
            },
            _ => return crate::shell::unknown(call.shell, call.arguments),
        }
        Ok(call.exit)
    }
}

/// One of the programs that a name can stand for.
struct Choice {
    path: String,
    priority: i64,
    /// Names that go with it, and where they lead.
    slaves: Vec<(String, String)>,
}

/// What is known of a name (the file format of dpkg).
struct Group {
    auto: bool,
    link: String,
    /// Names that go with it, and their links.
    slaves: Vec<(String, String)>,
    choices: Vec<Choice>,
}

impl Group {
    fn new(link: &str) -> Self {
        Self {
            auto: true,
            link: link.to_owned(),
            slaves: Vec::new(),
            choices: Vec::new(),
        }
    }

    fn read(call: &Call<'_, '_, '_>, name: &str) -> Option<Self> {
        let text = call.shell.machine.files.text(&format!("{STATE}/{name}"))?;
        let mut lines = text.lines().map(str::to_owned);
        let auto = lines.next()? == "auto";
        let link = lines.next()?;
        let mut group = Self {
            auto,
            ..Self::new(&link)
        };
        while let Some(slave) = lines.next().filter(|line| !line.is_empty()) {
            group.slaves.push((slave, lines.next()?));
        }
        while let Some(path) = lines.next().filter(|line| !line.is_empty()) {
            let priority = lines.next()?.parse().ok()?;
            let mut slaves = Vec::new();
            for (slave, _) in &group.slaves {
                slaves.push((slave.clone(), lines.next()?));
            }
            group.choices.push(Choice {
                path,
                priority,
                slaves,
            });
        }
        Some(group)
    }

    fn write(&self, call: &mut Call<'_, '_, '_>, name: &str) {
        let at = format!("{STATE}/{name}");
        let root = Who::default();
        if self.choices.is_empty() {
            // Nothing is left to choose from.
            let _ = call.files().unlink(&at, &root);
            let slaves = self.slaves.iter().map(|(name, link)| (name.as_str(), link));
            for (name, link) in std::iter::once((name, &self.link)).chain(slaves) {
                drop_link(call, link);
                drop_link(call, &format!("/etc/alternatives/{name}"));
            }
            return;
        }
        let mut text = format!(
            "{}\n{}\n",
            if self.auto { "auto" } else { "manual" },
            self.link
        );
        for (slave, link) in &self.slaves {
            text.push_str(&format!("{slave}\n{link}\n"));
        }
        text.push('\n');
        for choice in &self.choices {
            text.push_str(&format!("{}\n{}\n", choice.path, choice.priority));
            for (slave, _) in &self.slaves {
                let own = choice.slaves.iter().find(|(own, _)| own == slave);
                text.push_str(&format!("{}\n", own.map_or("", |(_, path)| path)));
            }
        }
        text.push('\n');
        if let Err(errno) = call
            .files()
            .write(&at, &Data::from(text.as_str()), 0o644, &root)
        {
            call.problem(
                &format!("error: unable to create file '{at}.dpkg-tmp'"),
                errno,
            );
        }
    }
}

/// What becomes of a call for a group that is not there: packages may have made it of which not all is
/// known.
fn none_for(call: &mut Call<'_, '_, '_>, name: &str) -> Exit {
    if call.is_missing(&path::child(STATE, name)) {
        call.refuse(&format!("error: no alternatives for {name}"), 2)
    } else {
        Exit::UNKNOWN
    }
}

/// A line of the log; how long its time is does not change.
fn log(call: &mut Call<'_, '_, '_>, text: &str) {
    let root = Who::default();
    let mut data = call.files().read(LOG, &root).unwrap_or_default();
    data.push(format!("update-alternatives 2026-01-01 00:00:00: {text}\n").as_bytes());
    if let Err(errno) = call.files().write(LOG, &data, 0o644, &root) {
        call.problem(&format!("warning: cannot append to '{LOG}'"), errno);
    }
}

/// Leads the name to its best choice.
fn point(call: &mut Call<'_, '_, '_>, name: &str, group: &Group) {
    let best = group
        .choices
        .iter()
        .rev()
        .max_by_key(|choice| choice.priority);
    if let Some(path) = best.map(|choice| choice.path.clone()) {
        point_at(call, name, group, &path);
    }
}

fn point_at(call: &mut Call<'_, '_, '_>, name: &str, group: &Group, path: &str) {
    let Some(choice) = group.choices.iter().find(|choice| choice.path == path) else {
        return;
    };
    let mut links = vec![(name, group.link.as_str(), Some(path))];
    for (slave, link) in &group.slaves {
        let own = choice.slaves.iter().find(|(own, _)| own == slave);
        // One whose file is not there is dropped (update-alternatives.c, `alternative_prepare_install`).
        let target = own.filter(|(_, target)| may_be_there(call, target));
        links.push((slave, link, target.map(|(_, target)| target.as_str())));
    }
    let mut changed = false;
    for (name, link, target) in links {
        let middle = format!("/etc/alternatives/{name}");
        match target {
            Some(target) => {
                changed |= lead(call, link, &middle);
                changed |= lead(call, &middle, target);
            }
            None => {
                drop_link(call, link);
                drop_link(call, &middle);
            }
        }
    }
    if changed {
        log(
            call,
            &format!("link group {name} updated to point to {path}"),
        );
    }
}

/// Whether there may be a file: of those that are not listed, dpkg leaves out some in -slim images.
fn may_be_there(call: &Call<'_, '_, '_>, at: &str) -> bool {
    match call.stat(at) {
        Ok(_) => true,
        Err(Errno::Unknown) => !is_slim(call) || left_out(at.trim_start_matches('/')).is_none(),
        Err(_) => false,
    }
}

/// Takes out a link, where it is one.
fn drop_link(call: &mut Call<'_, '_, '_>, link: &str) {
    if matches!(call.lstat(link), Ok(entry) if matches!(entry.node, Node::Symlink(_))) {
        // It is there.
        let _ = call.files().unlink(link, &Who::default());
    }
}

/// Makes a link lead somewhere; says whether it did not before.
fn lead(call: &mut Call<'_, '_, '_>, link: &str, target: &str) -> bool {
    let root = Who::default();
    if let Ok(entry) = call.lstat(link) {
        if let Node::Symlink(old) = &entry.node
            && &*old.target == target
        {
            return false;
        }
        let _ = call.files().unlink(link, &root);
    }
    if let Err(errno) = call.files().symlink(target, link, &root) {
        call.problem(
            &format!("error: unable to make {link} a symlink to {target}"),
            errno,
        );
    }
    true
}
