//! Maintainer scripts, as far as they say plainly which alternatives and users they make.

use std::collections::BTreeMap;

/// What a script makes.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Links on PATH, as the index has them.
    pub(super) alternatives: Vec<String>,
    pub(super) users: Vec<String>,
}

/// Looks through a script. Variables with plain values and loops over plain words are followed;
/// whatever else is computed is passed over.
pub(super) fn read(text: &str) -> Found {
    let mut out = Found::default();
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut loops: Option<(String, Vec<String>)> = None;
    for line in text.replace("\\\n", " ").lines() {
        let line = line.trim();
        if let Some((name, value)) = assignment(line) {
            variables.insert(name.to_owned(), value.to_owned());
        }
        if let Some(rest) = line.strip_prefix("for ")
            && let Some((name, words)) = rest.split_once(" in ")
        {
            let words = words.split(';').next().unwrap_or_default();
            let words = expanded(words, &variables);
            let words = words.split_whitespace().map(str::to_owned).collect();
            loops = Some((name.trim().to_owned(), words));
        }
        let turns = match &loops {
            Some((name, words)) => words
                .iter()
                .map(|word| {
                    let mut with = variables.clone();
                    with.insert(name.clone(), word.clone());
                    expanded(line, &with)
                })
                .collect(),
            None => vec![expanded(line, &variables)],
        };
        for line in turns {
            out.alternatives(&line);
            out.user(&line);
        }
        if line == "done" || line.starts_with("done ") {
            loops = None;
        }
    }
    out.alternatives.sort();
    out.alternatives.dedup();
    out
}

/// Whether a postinst makes nothing when a package is installed for the first time, but for modules
/// that Python compiles: all of its commands are such as test, print or say where the script ends.
pub(super) fn is_quiet(text: &str) -> bool {
    const QUIET: [&str; 21] = [
        "set",
        "fi",
        "case",
        "esac",
        "exit",
        "return",
        ":",
        "true",
        "false",
        "echo",
        "[",
        "test",
        "command",
        "which",
        "dpkg",
        "dpkg-maintscript-helper",
        "py3compile",
        "pypy3compile",
        "py3clean",
        "ldconfig",
        "shift",
    ];
    // What a script is called with, before a case's bracket.
    const CALLED: [&str; 6] = [
        "configure",
        "reconfigure",
        "triggered",
        "abort-upgrade",
        "abort-remove",
        "abort-deconfigure",
    ];
    // Where output goes that nobody wants.
    let nowhere = [
        "2>&1",
        "1>&2",
        ">&2",
        "2>/dev/null",
        ">/dev/null",
        "> /dev/null",
    ];
    let text = nowhere
        .iter()
        .fold(text.replace("\\\n", " "), |text, to| text.replace(to, ""));
    let lines = text.lines().map(str::trim);
    let mut commands = lines
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split([';', '&', '|']));
    commands.all(|command| {
        let leads = ["if", "then", "else", "elif", "!", "{", "}"];
        let mut words = command.split_whitespace();
        let first = words.find(|word| !leads.contains(word)).unwrap_or(":");
        let case = first.trim_end_matches(')').trim_matches(['"', '\'', '(']);
        let is_case = CALLED.contains(&case) || first == "*)";
        (is_case || QUIET.contains(&first))
            && !command.contains(['`', '>'])
            && !command.contains("$(")
    })
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let plain = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
    let value = value.trim_end_matches(';').trim_matches(['"', '\'']);
    let known = !name.is_empty() && name.chars().all(plain) && !value.contains(['`', '(']);
    known.then_some((name, value))
}

/// Puts in the variables that are known.
fn expanded(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = text.to_owned();
    for _ in 0..3 {
        for (name, value) in variables.iter().rev() {
            out = out.replace(&format!("${{{name}}}"), value);
            out = out.replace(&format!("${name}"), value);
        }
    }
    out
}

/// Whether a word is plain: no variable or quote is left in it.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && !word.contains(['$', '"', '\'', '`', '*', '=', '>', '(', ';'])
}

/// A line whose quoted texts are one word each.
fn joined(line: &str) -> String {
    let mut quote = None;
    let change = |ch: char| {
        if quote == Some(ch) {
            quote = None;
        } else if quote.is_none() && matches!(ch, '"' | '\'') {
            quote = Some(ch);
        }
        if quote.is_some() && ch.is_whitespace() {
            '_'
        } else {
            ch
        }
    };
    line.chars().map(change).collect()
}

impl Found {
    /// `update-alternatives --install LINK NAME PATH PRIORITY --slave LINK NAME PATH`.
    fn alternatives(&mut self, line: &str) {
        let Some((_, rest)) = line.split_once("update-alternatives") else {
            return;
        };
        let words: Vec<&str> = rest.split_whitespace().collect();
        for (at, word) in words.iter().enumerate() {
            if !matches!(*word, "--install" | "--slave") {
                continue;
            }
            let (Some(link), Some(target)) = (words.get(at + 1), words.get(at + 3)) else {
                continue;
            };
            let link = link.trim_matches(['"', '\'']);
            let target = target.trim_matches(['"', '\'']);
            let on_path = super::contents::program(link.trim_start_matches('/')).is_some();
            if on_path && is_plain(link) && is_plain(target) {
                self.alternatives.push(format!("{link}>{target}"));
            }
        }
    }

    /// `adduser --system … NAME`, `useradd … NAME`; groups are marked with `%`.
    fn user(&mut self, line: &str) {
        let command = |word: &&str| {
            let name = word.rsplit('/').next().unwrap_or_default();
            !matches!(name, "adduser" | "useradd" | "addgroup" | "groupadd")
        };
        let line = &joined(line);
        let mut words = line.split_whitespace().skip_while(command);
        let Some(command) = words.next() else {
            return;
        };
        if !line.contains("--system") && !line.contains(" -r") {
            return;
        }
        let mark = if command.contains("group") { "%" } else { "" };
        let mut name = None;
        let mut takes_value = false;
        for word in words {
            if matches!(
                word,
                "||" | "&&" | "|" | ">" | ">/dev/null" | "2>&1" | "1>&2" | ";"
            ) {
                break;
            }
            if std::mem::take(&mut takes_value) {
                continue;
            }
            if word.starts_with('-') {
                takes_value = !word.contains('=')
                    && matches!(
                        word,
                        "--home"
                            | "--shell"
                            | "--gecos"
                            | "--ingroup"
                            | "--uid"
                            | "--gid"
                            | "--comment"
                            | "--firstuid"
                            | "--lastuid"
                            | "--conf"
                            | "-d"
                            | "-s"
                            | "-g"
                            | "-u"
                            | "-c"
                    );
            } else {
                // `if ! addgroup --system NAME; then`
                let plain = word.trim_end_matches(';').trim_matches(['"', '\'']);
                if name.is_none() && is_plain(plain) && !plain.starts_with('/') {
                    name = Some(plain);
                }
                if word.ends_with(';') {
                    break;
                }
            }
        }
        let valid = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-' | '.');
        if let Some(name) = name.filter(|name| name.chars().all(valid)) {
            self.users.push(format!("{mark}{name}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scripts() {
        let found = read(
            "tools='java keytool'\nbase=/usr/lib/jvm/x\nfor i in $tools; do\n  update-alternatives --install /usr/bin/$i $i $base/bin/$i 10 \\\n    --slave /usr/share/man/man1/$i.1.gz $i.1.gz $base/man/$i.1.gz\ndone\nupdate-alternatives --quiet --install /usr/bin/cc cc /usr/bin/gcc 20\nadduser --system --home /var/lib/redis --quiet --group redis || true\naddgroup --system --quiet _ssh\n",
        );
        assert_eq!(
            found.alternatives,
            [
                "/usr/bin/cc>/usr/bin/gcc",
                "/usr/bin/java>/usr/lib/jvm/x/bin/java",
                "/usr/bin/keytool>/usr/lib/jvm/x/bin/keytool"
            ]
        );
        assert_eq!(found.users, ["redis", "%_ssh"]);
    }

    #[test]
    fn knows_scripts_that_make_nothing() {
        let quiet = "#!/bin/sh\nset -e\n# Automatically added by dh_python3\nif command -v py3compile >/dev/null 2>&1; then\n\tpy3compile -p python3-anyio \nfi\ncase \"$1\" in\n  configure|reconfigure)\n  ;;\n  abort-upgrade)\n  ;;\n  *)\n    echo \"called with $1\" >&2\n    exit 1\n  ;;\nesac\ndpkg-maintscript-helper rm_conffile /etc/x 1~ -- \"$@\"\nexit 0\n";
        assert!(is_quiet(quiet));
        for line in [
            "mkdir /a",
            "echo x > /a",
            "X=$(mktemp)",
            "adduser --system a",
            "ucf /a /b",
        ] {
            assert!(!is_quiet(&format!("set -e\n{line}\n")), "{line}");
        }
    }

    #[test]
    fn reads_users_in_quotes() {
        let found = read("if ! addgroup --quiet --system wireshark; then\n");
        assert_eq!(found.users, ["%wireshark"]);
        let found = read(
            "WHO=turnserver\nadduser --system \\\n  --gecos \"turn server\" \\\n  --ingroup \"$WHO\" \\\n  \"$WHO\" || exit 1\n",
        );
        assert_eq!(found.users, ["turnserver"]);
    }
}
