//! Variables and functions in makefiles (GNU make manual, 6 and 8).

use super::Beyond;
use super::implicit::{self, Pattern};
use super::makefile::{Makefile, Variable};
use crate::image::path;
use crate::programs::Call;
use crate::shell::{UNKNOWN, is_known};

/// How deep variables may refer to each other.
const MAX_DEPTH: usize = 60;

/// Longest text that comes out.
const MAX_TEXT: usize = 1 << 20;

/// What is known where a text is expanded, beside the makefile's own variables.
#[derive(Debug, Default, Clone)]
pub(super) struct Scope {
    /// `@`, `<`, `^`, and what `call` and `foreach` give.
    pub(super) own: Vec<(String, String)>,
    /// Those of the target, and of what needs it.
    pub(super) variables: Vec<(String, Variable)>,
    pub(super) depth: usize,
}

impl Scope {
    fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    fn with(&self, name: &str, text: &str) -> Self {
        let mut out = self.clone();
        out.own.push((name.to_owned(), text.to_owned()));
        out
    }
}

/// What make's variables are where nobody sets them.
fn default(name: &str) -> &'static str {
    match name {
        "MAKE" => "make",
        "SHELL" => "/bin/sh",
        "CC" => "cc",
        "CXX" => "g++",
        "CPP" => "$(CC) -E",
        "AR" => "ar",
        "ARFLAGS" => "rv",
        "AS" => "as",
        "LD" => "ld",
        "RM" => "rm -f",
        "LEX" => "lex",
        "YACC" => "yacc",
        "FC" | "F77" => "f77",
        _ => "",
    }
}

impl Makefile {
    /// A text with its variables and functions put in.
    ///
    /// # Errors
    /// Where it is beyond the model, or a limit.
    pub(super) fn expand(
        &self,
        call: &mut Call<'_, '_, '_>,
        text: &str,
        scope: &Scope,
    ) -> Result<String, Beyond> {
        call.shell.machine.step()?;
        if scope.depth > MAX_DEPTH {
            return Err(Beyond::Model);
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let Some(first) = rest.chars().next() else {
                break;
            };
            match first {
                '$' => {
                    out.push('$');
                    rest = &rest[1..];
                }
                '(' | '{' => {
                    let end = closing(rest).ok_or(Beyond::Model)?;
                    out.push_str(&self.reference(call, &rest[1..end], scope)?);
                    rest = &rest[end + 1..];
                }
                _ => {
                    let (name, after) = rest.split_at(first.len_utf8());
                    out.push_str(&self.variable(call, name, scope)?);
                    rest = after;
                }
            }
            if out.len() > MAX_TEXT {
                return Err(Beyond::Model);
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// What `$(…)` stands for.
    fn reference(
        &self,
        call: &mut Call<'_, '_, '_>,
        inner: &str,
        scope: &Scope,
    ) -> Result<String, Beyond> {
        let scope = &scope.deeper();
        if let Some((name, arguments)) = inner.split_once([' ', '\t'])
            && !name.is_empty()
            && name.chars().all(|ch| ch.is_ascii_lowercase() || ch == '-')
        {
            return self.function(call, name, arguments.trim_start(), scope);
        }
        let inner = self.expand(call, inner, scope)?;
        if let Some((name, change)) = inner.split_once(':')
            && let Some((from, to)) = change.split_once('=')
        {
            let text = self.variable(call, name, scope)?;
            bounded(&text, &[to])?;
            let (from, to) = if from.contains('%') {
                (from.to_owned(), to.to_owned())
            } else {
                (format!("%{from}"), format!("%{to}"))
            };
            return Ok(each(&text, |word| {
                Some(implicit::replaced(&from, &to, word))
            }));
        }
        self.variable(call, &inner, scope)
    }

    fn variable(
        &self,
        call: &mut Call<'_, '_, '_>,
        name: &str,
        scope: &Scope,
    ) -> Result<String, Beyond> {
        if let Some((_, text)) = scope.own.iter().rev().find(|(own, _)| own == name) {
            return Ok(text.clone());
        }
        // `$(@D)` and `$(@F)`: directory and name.
        if let Some(stem) = name.strip_suffix(['D', 'F'])
            && let Some((_, text)) = scope.own.iter().rev().find(|(own, _)| own == stem)
        {
            return Ok(each(text, |word| {
                let (directory, file) = split(word);
                Some(if name.ends_with('F') {
                    file.to_owned()
                } else {
                    directory.trim_end_matches('/').to_owned()
                })
            }));
        }
        match name {
            "CURDIR" => return Ok(call.shell.process.cwd.clone()),
            "?" => return Err(Beyond::Model),
            _ => {}
        }
        let own = scope.variables.iter().rev().find(|(own, _)| own == name);
        let variable = own
            .map(|(_, variable)| variable)
            .or_else(|| self.variables.get(name));
        let inner = scope.deeper();
        match variable {
            Some(variable) if variable.simple => Ok(variable.text.clone()),
            Some(variable) => {
                let text = variable.text.clone();
                self.expand(call, &text, &inner)
            }
            None => self.expand(call, default(name), &inner),
        }
    }

    fn function(
        &self,
        call: &mut Call<'_, '_, '_>,
        name: &str,
        text: &str,
        scope: &Scope,
    ) -> Result<String, Beyond> {
        let raw = arguments(text);
        match name {
            // These expand what they need only.
            "if" => {
                let holds = self.expand(call, raw[0], scope)?;
                let chosen = raw.get(if holds.trim().is_empty() { 2 } else { 1 });
                return chosen.map_or(Ok(String::new()), |text| self.expand(call, text, scope));
            }
            "or" | "and" => {
                let mut last = String::new();
                for each in &raw {
                    last = self.expand(call, each.trim(), scope)?;
                    if last.is_empty() == (name == "and") {
                        break;
                    }
                }
                return Ok(last);
            }
            "foreach" => {
                let [variable, list, body] = raw[..] else {
                    return Err(Beyond::Model);
                };
                let list = self.expand(call, list, scope)?;
                let mut out = Vec::new();
                let mut length = 0;
                for word in list.split_whitespace() {
                    let text = self.expand(call, body, &scope.with(variable.trim(), word))?;
                    length += text.len() + 1;
                    if length > MAX_TEXT {
                        return Err(Beyond::Model);
                    }
                    out.push(text);
                }
                return Ok(out.join(" "));
            }
            _ => {}
        }
        let mut given = Vec::new();
        for each in &raw {
            given.push(self.expand(call, each, scope)?);
        }
        let argument = |number: usize| given.get(number).map_or("", String::as_str);
        if matches!(name, "subst" | "patsubst" | "addsuffix" | "addprefix") {
            let (changed, changes) = given.split_last().ok_or(Beyond::Model)?;
            let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
            bounded(changed, &changes)?;
        }
        // The last argument of these may hold commas.
        let last = |from: usize| given.get(from..).unwrap_or_default().join(",");
        Ok(match name {
            "subst" => last(2).replace(argument(0), argument(1)),
            "patsubst" => {
                let (from, to) = (argument(0).trim(), argument(1).trim());
                each(&last(2), |word| Some(implicit::replaced(from, to, word)))
            }
            "strip" => each(&last(0), |word| Some(word.to_owned())),
            "findstring" => {
                let found = last(1).contains(argument(0));
                if found { argument(0) } else { "" }.to_owned()
            }
            "filter" | "filter-out" => {
                let patterns: Vec<&str> = argument(0).split_whitespace().collect();
                each(&last(1), |word| {
                    let fits = patterns.iter().any(|own| Pattern::fits(own, word));
                    (fits == (name == "filter")).then(|| word.to_owned())
                })
            }
            "sort" => {
                let text = last(0);
                let mut words: Vec<&str> = text.split_whitespace().collect();
                words.sort_unstable();
                words.dedup();
                words.join(" ")
            }
            "word" | "wordlist" => {
                let whole = |number: usize| argument(number).trim().parse::<usize>().ok();
                let from = whole(0).filter(|from| *from > 0).ok_or(Beyond::Model)?;
                let (to, text) = if name == "word" {
                    (from, last(1))
                } else {
                    (whole(1).ok_or(Beyond::Model)?, last(2))
                };
                let words = text.split_whitespace().take(to).skip(from - 1);
                words.collect::<Vec<_>>().join(" ")
            }
            "words" => last(0).split_whitespace().count().to_string(),
            "firstword" => last(0).split_whitespace().next().unwrap_or("").to_owned(),
            "lastword" => last(0).split_whitespace().last().unwrap_or("").to_owned(),
            "dir" => each(&last(0), |word| Some(split(word).0.to_owned())),
            "notdir" => each(&last(0), |word| Some(split(word).1.to_owned())),
            "suffix" => each(&last(0), |word| suffix(word).map(str::to_owned)),
            "basename" => each(&last(0), |word| {
                let own = suffix(word).map_or(0, str::len);
                Some(word[..word.len() - own].to_owned())
            }),
            "addsuffix" => each(&last(1), |word| Some(format!("{word}{}", argument(0)))),
            "addprefix" => each(&last(1), |word| Some(format!("{}{word}", argument(0)))),
            "join" => {
                let (a, b) = (argument(0).split_whitespace(), last(1));
                let mut b = b.split_whitespace();
                let mut words: Vec<String> = a
                    .map(|word| format!("{word}{}", b.next().unwrap_or("")))
                    .collect();
                words.extend(b.map(str::to_owned));
                words.join(" ")
            }
            "wildcard" => {
                let mut out = Vec::new();
                for pattern in last(0).split_whitespace() {
                    out.extend(call.glob(pattern).ok_or(Beyond::Model)?);
                }
                if out.iter().any(|path| !is_known(path)) {
                    return Err(Beyond::Model);
                }
                out.join(" ")
            }
            "realpath" | "abspath" => {
                let cwd = call.shell.process.cwd.clone();
                each(&last(0), |word| Some(path::join(&cwd, word)))
            }
            "shell" => self.shell(call, &last(0))?,
            "call" => {
                let mut inner = scope.deeper();
                for (number, text) in given.iter().enumerate() {
                    inner.own.push((number.to_string(), text.clone()));
                }
                self.variable(call, argument(0).trim(), &inner)?
            }
            "value" => {
                let own = self.variables.get(argument(0).trim());
                own.map_or(String::new(), |own| own.text.clone())
            }
            "origin" => {
                let known = self.variables.contains_key(argument(0).trim());
                if known { "file" } else { "undefined" }.to_owned()
            }
            "info" | "warning" => {
                call.line(&last(0));
                String::new()
            }
            _ => return Err(Beyond::Model),
        })
    }

    /// What a command prints, line ends as blanks.
    pub(super) fn shell(
        &self,
        call: &mut Call<'_, '_, '_>,
        command: &str,
    ) -> Result<String, Beyond> {
        if command.contains(UNKNOWN) {
            return Ok(UNKNOWN.to_string());
        }
        let words = ["/bin/sh", "-c", command].map(str::to_owned);
        let text = call.output_of(&words)?;
        Ok(text.trim_end_matches('\n').replace('\n', " "))
    }
}

/// Whether a text stays short enough when something is put into each of its places.
///
/// # Errors
/// Where it does not.
fn bounded(text: &str, put: &[&str]) -> Result<(), Beyond> {
    let each: usize = put.iter().map(|put| put.len()).sum();
    if text.len().saturating_mul(each) <= 16 * MAX_TEXT {
        Ok(())
    } else {
        Err(Beyond::Model)
    }
}

/// Each word changed, or left out.
fn each(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let words: Vec<String> = text.split_whitespace().filter_map(change).collect();
    words.join(" ")
}

/// Directory with its slash (`./` where there is none), and name.
fn split(word: &str) -> (&str, &str) {
    match word.rfind('/') {
        Some(at) => word.split_at(at + 1),
        None => ("./", word),
    }
}

fn suffix(word: &str) -> Option<&str> {
    let name = split(word).1;
    name.rfind('.').map(|at| &name[at..])
}

/// Where the bracket that a text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let (open, close) = if text.starts_with('(') {
        ('(', ')')
    } else {
        ('{', '}')
    };
    let mut depth = 0;
    for (at, ch) in text.char_indices() {
        if ch == open {
            depth += 1;
        } else if ch == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// A function's arguments, at the commas outside of brackets.
fn arguments(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, ch) in text.char_indices() {
        match ch {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                out.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push(&text[from..]);
    out
}
