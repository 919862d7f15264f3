//! `update-rc.d`: which services start with the system (Debian's init-system-helpers; what it leaves
//! was measured with cron). A container starts none; the links are there all the same.

use super::{Call, Program};
use crate::image::path;
use crate::shell::{Exit, Outcome, Who};

/// Runlevels in which services start, where a script says nothing else.
const STARTS: [char; 4] = ['2', '3', '4', '5'];

const UNITS: &str = "/etc/systemd/system";

/// `update-rc.d`.
#[derive(Debug)]
pub(super) struct UpdateRc;

impl Program for UpdateRc {
    fn names(&self) -> &'static [&'static str] {
        &["update-rc.d"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().iter().filter(|word| !word.starts_with('-'));
        let words: Vec<String> = words.cloned().collect();
        let [name, verb, ..] = words.as_slice() else {
            return Ok(call.refuse("error: not enough arguments", 1));
        };
        let script = format!("/etc/init.d/{name}");
        if verb != "remove" && call.is_missing(&script) {
            call.shell
                .error(&format!("update-rc.d: error: unable to read {script}"));
            return Ok(Exit::code(1));
        }
        match verb.as_str() {
            "remove" => {
                for (level, link) in links(call, name) {
                    unlink(call, &format!("/etc/rc{level}.d/{link}"));
                }
            }
            "defaults" | "defaults-disabled" if links(call, name).is_empty() => {
                let letter = if verb == "defaults" { 'S' } else { 'K' };
                for level in STARTS {
                    link(call, level, letter, name);
                }
                // Whether it is stopped in others its script says.
                call.doubt();
            }
            "enable" | "disable" => {
                let (from, to) = if verb == "enable" {
                    ('K', 'S')
                } else {
                    ('S', 'K')
                };
                for (level, old) in links(call, name) {
                    if STARTS.contains(&level) && old.starts_with(from) {
                        unlink(call, &format!("/etc/rc{level}.d/{old}"));
                        link(call, level, to, name);
                    }
                }
                unit(call, name, verb == "enable");
            }
            _ => {}
        }
        Ok(call.exit)
    }
}

/// The links to a service's script: runlevel and name.
fn links(call: &mut Call<'_, '_, '_>, name: &str) -> Vec<(char, String)> {
    let mut out = Vec::new();
    for level in "0123456S".chars() {
        let directory = format!("/etc/rc{level}.d");
        let (names, _) = call
            .files()
            .list(&directory, &Who::default())
            .unwrap_or_default();
        let own = names
            .into_iter()
            .filter(|link| link.starts_with(['S', 'K']) && link.get(3..) == Some(name));
        out.extend(own.map(|link| (level, link)));
    }
    out
}

fn link(call: &mut Call<'_, '_, '_>, level: char, letter: char, name: &str) {
    let at = format!("/etc/rc{level}.d/{letter}01{name}");
    let target = format!("../init.d/{name}");
    let who = call.who();
    if let Err(errno) = call.files().symlink(&target, &at, &who) {
        call.problem(&at, errno);
    }
}

fn unlink(call: &mut Call<'_, '_, '_>, at: &str) {
    let who = call.who();
    if let Err(errno) = call.files().unlink(at, &who) {
        call.problem(at, errno);
    }
}

/// systemd's links to a service's unit follow.
fn unit(call: &mut Call<'_, '_, '_>, name: &str, on: bool) {
    let unit = format!("{name}.service");
    let sources = ["/usr/lib/systemd/system", "/lib/systemd/system"];
    let source = sources
        .into_iter()
        .map(|directory| path::child(directory, &unit))
        .find(|at| call.stat(at).is_ok());
    let Some(source) = source else {
        return;
    };
    let wants = format!("{UNITS}/multi-user.target.wants/{unit}");
    let there = call.lstat(&wants).is_ok();
    if on && !there {
        let who = call.who();
        // systemd names units where they were before /usr was merged, as long as both are one.
        let target = source.replacen("/usr/lib/", "/lib/", 1);
        super::mkdir::make_parents(call, path::split(&wants).0, None, false);
        if let Err(errno) = call.files().symlink(&target, &wants, &who) {
            call.problem(&wants, errno);
        }
    } else if !on && there {
        unlink(call, &wants);
    }
}
