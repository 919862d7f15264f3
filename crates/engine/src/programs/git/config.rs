//! `git config`: settings, written as git writes them (git-config(1), its config.c).

use crate::image::path;
use crate::programs::Call;
use crate::shell::{Data, Exit, Outcome, is_known};

/// What is to be done with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Get,
    Set,
    Add,
    Unset,
    List,
}

/// Where settings are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    Local,
    Global,
    System,
    File(String),
}

/// A name, taken apart: section, subsection, key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name<'n> {
    section: String,
    subsection: Option<&'n str>,
    key: &'n str,
}

/// `git config WORDS`.
pub(super) fn config(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let mut scope = Scope::Local;
    let mut action = None;
    let mut operands: Vec<&String> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--global" => scope = Scope::Global,
            "--system" => scope = Scope::System,
            "--local" => scope = Scope::Local,
            "-f" | "--file" => scope = Scope::File(words.next().cloned().unwrap_or_default()),
            "--add" => action = Some(Action::Add),
            "--replace-all" => action = Some(Action::Set),
            "--unset" | "--unset-all" => action = Some(Action::Unset),
            "--get" | "--get-all" => action = Some(Action::Get),
            "-l" | "--list" => action = Some(Action::List),
            // Words of newer releases.
            "set" if operands.is_empty() => action = Some(Action::Set),
            "get" if operands.is_empty() => action = Some(Action::Get),
            "unset" if operands.is_empty() => action = Some(Action::Unset),
            "list" if operands.is_empty() => action = Some(Action::List),
            "--type" => {
                words.next();
            }
            _ if word.starts_with("--") => {}
            _ => operands.push(word),
        }
    }
    let action = action.unwrap_or(match operands.len() {
        0 => Action::List,
        1 => Action::Get,
        _ => Action::Set,
    });
    let Some(file) = file_of(call, &scope) else {
        if matches!(action, Action::Get | Action::List) {
            return Ok(Exit::code(1));
        }
        return Ok(say(call, "fatal: not in a git directory", 128));
    };
    let text = match call.read(&file) {
        Ok(data) => data.text(),
        Err(_) => String::new(),
    };
    if action == Action::List {
        call.out(&text);
        return Ok(call.exit);
    }
    let Some(name) = operands.first().and_then(|name| Name::read(name)) else {
        let shown = operands.first().map_or("", |name| name.as_str());
        return Ok(say(
            call,
            &format!("error: key does not contain a section: {shown}"),
            2,
        ));
    };
    let value = operands.get(1).map_or("", |value| value.as_str());
    let new = match action {
        Action::Get => {
            return Ok(match find(&text, &name).pop() {
                Some((_, value)) => {
                    call.line(&value);
                    call.exit
                }
                None => Exit::code(1),
            });
        }
        Action::List => return Ok(call.exit),
        Action::Unset if find(&text, &name).is_empty() => return Ok(Exit::code(5)),
        Action::Unset => changed(&text, &name, None, false),
        Action::Set => changed(&text, &name, Some(value), false),
        Action::Add => changed(&text, &name, Some(value), true),
    };
    let is_known = is_known(&new);
    let data = Data::from(new.as_str());
    // It is written beside the file and renamed.
    let who = call.who();
    let at = call.at(&file);
    let lock = format!("{at}.lock");
    let outcome = call
        .files()
        .write(&lock, &data, 0o644, &who)
        .and_then(|()| call.files().rename(&lock, &at, &who));
    if let Err(errno) = outcome {
        let message = format!("error: could not lock config file {file}: {errno}");
        return Ok(say(call, &message, 255));
    }
    if !is_known {
        call.doubt();
    }
    Ok(call.exit)
}

/// Ends with git's own words.
fn say(call: &mut Call<'_, '_, '_>, message: &str, code: u8) -> Exit {
    call.shell.error(message);
    Exit::code(code)
}

/// The value that the user's, else the system's settings have.
pub(super) fn setting(call: &mut Call<'_, '_, '_>, name: &str) -> Option<String> {
    let name = Name::read(name)?;
    [Scope::Global, Scope::System].iter().find_map(|scope| {
        let file = file_of(call, scope)?;
        let text = call.read(&file).ok()?.text();
        find(&text, &name).pop().map(|(_, value)| value)
    })
}

/// The file of a scope; none outside of a repository.
fn file_of(call: &Call<'_, '_, '_>, scope: &Scope) -> Option<String> {
    match scope {
        Scope::File(file) => Some(file.clone()),
        Scope::System => Some("/etc/gitconfig".to_owned()),
        Scope::Global => {
            let own = format!("{}/.gitconfig", call.home());
            let other = call.directory("XDG_CONFIG_HOME", ".config") + "/git/config";
            let is_other = call.stat(&own).is_err() && call.stat(&other).is_ok();
            Some(if is_other { other } else { own })
        }
        Scope::Local => {
            let here = call.at(".");
            let mut above: Vec<&str> = path::ancestors(&here).collect();
            above.insert(0, &here);
            above.push("/");
            let found = above.into_iter().find(|at| {
                let git = path::child(at, ".git");
                call.is_directory(&git)
            });
            found.map(|at| format!("{}/config", path::child(at, ".git")))
        }
    }
}

impl<'n> Name<'n> {
    fn read(text: &'n str) -> Option<Self> {
        let (before, key) = text.rsplit_once('.')?;
        let (section, subsection) = match before.split_once('.') {
            Some((section, rest)) => (section, Some(rest)),
            None => (before, None),
        };
        (!section.is_empty() && !key.is_empty()).then(|| Self {
            section: section.to_owned(),
            subsection,
            key,
        })
    }

    fn head(&self) -> String {
        match self.subsection {
            Some(own) => {
                let own = own.replace('\\', "\\\\").replace('"', "\\\"");
                format!("[{} \"{own}\"]", self.section)
            }
            None => format!("[{}]", self.section),
        }
    }

    /// Whether a line is the head of its section; sections do not heed case, subsections do.
    fn is_head(&self, line: &str) -> bool {
        let own = self.head();
        let line = line.trim();
        match own.split_once(' ') {
            Some((section, rest)) => line.split_once(' ').is_some_and(|(other, other_rest)| {
                other.eq_ignore_ascii_case(section) && other_rest == rest
            }),
            None => line.eq_ignore_ascii_case(&own),
        }
    }
}

/// The lines that set a name, with the value.
fn find(text: &str, name: &Name<'_>) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = name.is_head(line);
        } else if inside {
            let (key, value) = line.split_once('=').unwrap_or((line, "true"));
            if key.trim().eq_ignore_ascii_case(name.key) {
                out.push((number, unquoted(value.trim())));
            }
        }
    }
    out
}

/// The text with a value set, added, or taken out.
fn changed(text: &str, name: &Name<'_>, value: Option<&str>, adds: bool) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = value.map(|value| format!("\t{} = {}", name.key, quoted(value)));
    let old = if adds { Vec::new() } else { find(text, name) };
    if let Some((last, _)) = old.last() {
        match line {
            Some(line) => lines[*last] = line,
            None => {
                for (number, _) in old.iter().rev() {
                    lines.remove(*number);
                }
                remove_empty_section(&mut lines, name);
            }
        }
    } else if let Some(line) = line {
        match lines.iter().rposition(|line| name.is_head(line)) {
            Some(head) => {
                let section = lines[head + 1..].iter();
                let length = section
                    .take_while(|line| !line.trim_start().starts_with('['))
                    .count();
                lines.insert(head + 1 + length, line);
            }
            None => lines.extend([name.head(), line]),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A section of which nothing is left goes.
fn remove_empty_section(lines: &mut Vec<String>, name: &Name<'_>) {
    let Some(head) = lines.iter().rposition(|line| name.is_head(line)) else {
        return;
    };
    if lines
        .get(head + 1)
        .is_none_or(|line| line.trim_start().starts_with('['))
    {
        lines.remove(head);
    }
}

/// A value as it stands in the file.
fn quoted(value: &str) -> String {
    let mut out = String::new();
    for ch in value.chars() {
        match ch {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            _ => out.push(ch),
        }
    }
    if value.starts_with(' ') || value.ends_with(' ') || value.contains([';', '#']) {
        out = format!("\"{out}\"");
    }
    out
}

/// A value as it is meant.
fn unquoted(value: &str) -> String {
    let mut out = String::new();
    let mut chars = value.chars();
    while let Some(ch) = chars.next() {
        match ch {
            '"' => {}
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            _ => out.push(ch),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Name, changed, find};

    #[test]
    fn writes_settings_as_git_does() {
        let name = |text| Name::read(text).expect("a name");
        let text = changed("", &name("user.name"), Some("A B"), false);
        assert_eq!(text, "[user]\n\tname = A B\n");
        let text = changed(
            &text,
            &name("url.https://a/.insteadOf"),
            Some("git://a/"),
            false,
        );
        let text = changed(&text, &name("user.email"), Some("a#b"), false);
        assert_eq!(
            text,
            "[user]\n\tname = A B\n\temail = \"a#b\"\n[url \"https://a/\"]\n\tinsteadOf = git://a/\n"
        );
        assert_eq!(find(&text, &name("user.email"))[0].1, "a#b");
        let text = changed(&text, &name("USER.Name"), Some("C"), false);
        assert!(text.starts_with("[user]\n\tName = C\n"));
        let text = changed(&text, &name("user.name"), None, false);
        let text = changed(&text, &name("user.email"), None, false);
        assert!(text.starts_with("[url"));
        let text = changed(&text, &name("safe.directory"), Some("/a"), true);
        let text = changed(&text, &name("safe.directory"), Some("/b"), true);
        assert!(text.ends_with("[safe]\n\tdirectory = /a\n\tdirectory = /b\n"));
        assert!(Name::read("plain").is_none());
    }
}
