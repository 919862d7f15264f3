//! `npm config`: settings in `.npmrc` files (npm-config(1); modes and order measured with npm 9).

use crate::image::path;
use crate::programs::Call;
use crate::shell::{Data, Outcome};

use super::cache;
use super::command::Command;

/// `npm config set NAME VALUE`, `NAME=VALUE …`.
pub(super) fn set(call: &mut Call<'_, '_, '_>, command: &Command, words: &[&str]) -> Outcome {
    let pairs: Vec<(&str, &str)> = match words {
        [name, value] if !name.contains('=') => vec![(name, value)],
        _ => words
            .iter()
            .map(|word| word.split_once('=').unwrap_or((word, "")))
            .collect(),
    };
    let mut lines = read(call, command);
    for (name, value) in pairs {
        let line = format!("{name}={value}");
        match lines.iter_mut().find(|line| is_of(line, name)) {
            Some(old) => *old = line,
            None => lines.push(line),
        }
    }
    write(call, command, &lines)
}

/// `npm config delete NAME…`.
pub(super) fn delete(call: &mut Call<'_, '_, '_>, command: &Command, names: &[&str]) -> Outcome {
    let mut lines = read(call, command);
    lines.retain(|line| !names.iter().any(|name| is_of(line, name)));
    write(call, command, &lines)
}

fn is_of(line: &str, name: &str) -> bool {
    line.split('=').next() == Some(name)
}

/// The file of the settings that are meant: the user's, unless another is asked for.
fn file(call: &Call<'_, '_, '_>, command: &Command) -> (String, u16) {
    match command.value(&["location", "L"]) {
        Some("project") => (call.at(".npmrc"), 0o666),
        Some("global") => global(call),
        _ if command.is_set(&["global", "g"]) => global(call),
        _ => (path::child(&call.home(), ".npmrc"), 0o600),
    }
}

/// Debian's npm has the settings of all users in /etc, npm's own where it was installed.
fn global(call: &Call<'_, '_, '_>) -> (String, u16) {
    let is_debians = call.stat("/usr/share/nodejs/npm").is_ok();
    let directory = if is_debians { "/etc" } else { "/usr/local/etc" };
    (path::child(directory, "npmrc"), 0o666)
}

fn read(call: &mut Call<'_, '_, '_>, command: &Command) -> Vec<String> {
    let (at, _) = file(call, command);
    let data = call.read(&at).unwrap_or_default();
    let text = data.text();
    text.lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn write(call: &mut Call<'_, '_, '_>, command: &Command, lines: &[String]) -> Outcome {
    cache::log(call);
    let (at, mode) = file(call, command);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let who = call.who();
    crate::programs::mkdir::make_parents(call, path::split(&at).0, None, false);
    let data = Data::from(text.as_str());
    let written = call.files().write(&at, &data, mode, &who);
    // It sets the permissions, whatever the mask is.
    if let Err(errno) = written.and_then(|()| call.files().change_mode(&at, mode, &who)) {
        call.problem(&at, errno);
    }
    Ok(call.exit)
}
