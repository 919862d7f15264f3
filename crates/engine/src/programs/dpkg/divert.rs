//! `dpkg-divert` and `dpkg-statoverride`: places and permissions that packages do not decide.

use crate::image::path;
use crate::programs::{Call, change_mode};
use crate::shell::{Data, Exit, Outcome, Who};
use crate::size::ByteCount;

const DIVERSIONS: &str = "/var/lib/dpkg/diversions";
const OVERRIDES: &str = "/var/lib/dpkg/statoverride";

/// What the diversions of Debian 12's images are, all of them dash's: their bytes are known from the
/// images' listing alone.
const DASH: &str = "/bin/sh\n/bin/sh.distrib\ndash\n/usr/share/man/man1/sh.1.gz\n/usr/share/man/man1/sh.distrib.1.gz\ndash\n";

/// One of dpkg's lists: the lines that are known, and the bytes of those that are not.
struct List {
    at: &'static str,
    hidden: ByteCount,
    lines: Vec<String>,
}

/// `dpkg-divert`.
pub(super) fn divert(call: &mut Call<'_, '_, '_>) -> Outcome {
    let (mut package, mut renames, mut to, mut verb) = (":".to_owned(), true, None, "--add");
    let mut operands = Vec::new();
    let mut words = call.words().iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--local" => ":".clone_into(&mut package),
            "--package" => package = words.next().cloned().unwrap_or_default(),
            "--divert" => to = words.next().cloned(),
            "--rename" => renames = true,
            "--no-rename" => renames = false,
            "--add" | "--remove" | "--list" | "--listpackage" | "--truename" => verb = word,
            "--quiet" | "--test" => {}
            _ => operands.push(word.clone()),
        }
    }
    let mut list = List::read(call, DIVERSIONS);
    let known = operands.first().and_then(|file| list.diversion(file));
    let lines = &mut list.lines;
    let Some(file) = operands.first().filter(|file| file.starts_with('/')) else {
        return Ok(match verb {
            "--list" => {
                call.line(&lines.join("\n"));
                call.exit
            }
            _ => call.refuse("error: needs a single argument", 2),
        });
    };
    match (verb, known) {
        ("--truename", _) => {
            let diverted = known.map(|at| lines[3 * at + 1].clone());
            call.line(&diverted.unwrap_or_else(|| file.clone()));
            return Ok(call.exit);
        }
        ("--add", None) => {
            let to = to.unwrap_or_else(|| format!("{file}.distrib"));
            call.line(&format!("Adding 'local diversion of {file} to {to}'"));
            if renames && call.lstat(file).is_ok() {
                moved(call, file, &to);
            }
            lines.extend([file.clone(), to, package]);
        }
        ("--add", Some(_)) => {
            call.line(&format!("Leaving 'local diversion of {file}'"));
            return Ok(call.exit);
        }
        ("--remove", Some(at)) => {
            let to = lines[3 * at + 1].clone();
            call.line(&format!("Removing 'local diversion of {file} to {to}'"));
            if renames && call.lstat(&to).is_ok() {
                moved(call, &to, file);
            }
            lines.drain(3 * at..3 * at + 3);
        }
        ("--remove", None) => {
            call.line(&format!(
                "No diversion 'any diversion of {file}', none removed."
            ));
            return Ok(call.exit);
        }
        _ => return Ok(Exit::UNKNOWN),
    }
    list.replace(call);
    Ok(call.exit)
}

fn moved(call: &mut Call<'_, '_, '_>, from: &str, to: &str) {
    let who = call.who();
    if let Err(errno) = call.files().rename(from, to, &who) {
        call.problem(&format!("error: rename '{from}'"), errno);
    }
}

/// `dpkg-statoverride`.
pub(super) fn stat_override(call: &mut Call<'_, '_, '_>) -> Outcome {
    let words = call.words().to_vec();
    let has = |option: &str| words.iter().any(|word| word == option);
    let operands: Vec<&String> = words
        .iter()
        .filter(|word| !word.starts_with("--"))
        .collect();
    let mut list = List::read(call, OVERRIDES);
    let lines = &mut list.lines;
    let of = |line: &String, file: &str| line.splitn(4, ' ').nth(3) == Some(file);
    match operands.as_slice() {
        [user, group, mode, file] if has("--add") => {
            if lines.iter().any(|line| of(line, file)) && !has("--force") && !has("--force-all") {
                let message = format!(
                    "error: an override for '{file}' already exists, but --force specified so will be ignored"
                );
                return Ok(call.refuse(&message, 2));
            }
            lines.retain(|line| !of(line, file));
            lines.push(format!("{user} {group} {mode} {file}"));
            if has("--update") && call.stat(file).is_ok() {
                apply(call, [user, group, mode, file]);
            }
        }
        [file] if has("--remove") => {
            if !lines.iter().any(|line| of(line, file)) {
                return Ok(call.refuse("warning: no override present", 2));
            }
            lines.retain(|line| !of(line, file));
        }
        files => {
            let shown = lines
                .iter()
                .filter(|line| files.is_empty() || files.iter().any(|file| of(line, file)));
            let shown: Vec<&String> = shown.collect();
            for line in &shown {
                call.line(line);
            }
            return Ok(Exit::of(!shown.is_empty()));
        }
    }
    list.replace(call);
    Ok(call.exit)
}

/// Gives a file the owner, group and permissions of an override.
fn apply(call: &mut Call<'_, '_, '_>, [user, group, mode, file]: [&String; 4]) {
    let machine = &call.shell.machine;
    let uid = machine.user(user).map(|(uid, _)| uid);
    let gid = machine.group(group);
    let at = call.at(file);
    let who = call.who();
    let Some(mode) = change_mode(mode, 0, false, 0) else {
        call.exit = Exit::code(2);
        return;
    };
    let files = call.files();
    let owned = files.change_owner(&at, uid, gid, &who, true);
    if let Err(errno) = owned.and_then(|()| files.change_mode(&at, mode, &who)) {
        call.problem(file, errno);
    }
}

impl List {
    fn read(call: &mut Call<'_, '_, '_>, at: &'static str) -> Self {
        let data = call.read(at).unwrap_or_default();
        let text = match data.known() {
            Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            None if at == DIVERSIONS && data.size().bytes == DASH.len() as u64 => DASH.to_owned(),
            None => String::new(),
        };
        let is_hidden = text.is_empty();
        Self {
            at,
            hidden: if is_hidden {
                data.size()
            } else {
                ByteCount::ZERO
            },
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    /// The place of a diversion's three lines, which are whole.
    fn diversion(&self, file: &str) -> Option<usize> {
        let mut whole = self.lines.chunks_exact(3);
        whole.position(|own| own[0] == file)
    }

    /// Writes it anew; the one before stays beside it.
    fn replace(self, call: &mut Call<'_, '_, '_>) {
        let root = Who::default();
        let mut data = Data::opaque(self.hidden);
        for line in &self.lines {
            data.push(format!("{line}\n").as_bytes());
        }
        let at = self.at;
        let old = format!("{at}-old");
        if call.stat(at).is_ok() {
            // dpkg links the old one and renames the new one into its place.
            let _ = call.files().unlink(&old, &root);
            let _ = call.files().link(at, &old, &root, false);
        }
        let new = format!("{at}-new");
        let written = call
            .files()
            .write(&new, &data, 0o644, &root)
            .and_then(|()| call.files().rename(&new, at, &root));
        if let Err(errno) = written {
            call.problem(path::split(at).1, errno);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DIVERSIONS, List};
    use crate::size::ByteCount;

    #[test]
    fn lines_that_are_cut_short_are_no_diversion() {
        let list = |lines: &[&str]| List {
            at: DIVERSIONS,
            hidden: ByteCount::ZERO,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        assert_eq!(list(&["/a", "/b", ":", "/c"]).diversion("/c"), None);
        assert_eq!(
            list(&["/a", "/b", ":", "/c", "/d", ":"]).diversion("/c"),
            Some(1)
        );
    }
}
