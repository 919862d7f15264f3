//! Makefiles: variables, rules and the conditions around them (GNU make manual, 3.5, 4 to 7).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::Beyond;
use super::expand::Scope;
use super::implicit::Pattern;
use crate::programs::Call;
use crate::shell::{UNKNOWN, has_wildcard, is_known};

/// How deep makefiles may include each other.
const MAX_INCLUDES: usize = 20;

/// Where a variable comes from; the later win over those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Environment,
    File,
    CommandLine,
}

/// A variable.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) text: String,
    /// Whether its text is expanded already (`:=`).
    pub(super) simple: bool,
    pub(super) origin: Origin,
}

/// What is known of a target.
#[derive(Debug, Default, Clone)]
pub(super) struct Rule {
    pub(super) needs: Vec<String>,
    /// What has to be there before, whenever it was made (`| directory`).
    pub(super) order: Vec<String>,
    pub(super) recipe: Vec<String>,
    /// What `%` stood for in a static pattern rule.
    pub(super) stem: String,
    /// Variables of this target, and of what it needs.
    pub(super) variables: Vec<(String, Variable)>,
    /// Where its recipe begins, for messages: file and line.
    pub(super) place: String,
}

/// All that makefiles say.
#[derive(Debug, Default)]
pub(super) struct Makefile {
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) exported: BTreeSet<String>,
    pub(super) exports_all: bool,
    pub(super) rules: BTreeMap<String, Rule>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) phony: BTreeSet<String>,
    /// All files that rules name, which may be made on the way.
    pub(super) named: BTreeSet<String>,
    pub(super) silent: bool,
    /// For how many targets a pattern was looked for.
    pub(super) tried: Cell<u32>,
    pub(super) first: Option<String>,
}

/// One condition around lines.
#[derive(Debug)]
struct Branch {
    /// Whether lines count here.
    active: bool,
    /// Whether one of its branches was taken.
    taken: bool,
}

/// Whose recipe lines follow.
#[derive(Debug)]
enum Open {
    Nothing,
    Targets(Vec<String>),
    Patterns(usize),
}

/// A line's kind, by its first operator outside of `$(…)`.
enum Shape<'l> {
    Assignment(&'l str, &'l str, &'l str),
    Rule(&'l str, &'l str),
    Other,
}

impl Makefile {
    /// Reads a makefile's text.
    ///
    /// # Errors
    /// Where it is beyond the model, or a limit.
    pub(super) fn read(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        text: &str,
        file: &str,
        depth: usize,
    ) -> Result<(), Beyond> {
        if depth > MAX_INCLUDES || !is_known(text) {
            return Err(Beyond::Model);
        }
        let mut open = Open::Nothing;
        let mut branches: Vec<Branch> = Vec::new();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            call.shell.machine.step()?;
            let is_active = branches.iter().all(|branch| branch.active);
            if let Some(command) = line.strip_prefix('\t')
                && !matches!(open, Open::Nothing)
            {
                let mut command = command.to_owned();
                // A recipe keeps its continued lines as they are.
                while command.ends_with('\\') {
                    command.push('\n');
                    let next = lines.next().map_or("", |(_, line)| line);
                    command.push_str(next.strip_prefix('\t').unwrap_or(next));
                }
                if is_active {
                    self.add_command(&open, command, &format!("{file}:{}", number + 1));
                }
                continue;
            }
            let mut line = line.to_owned();
            while let Some(stem) = line.strip_suffix('\\') {
                let next = lines.next().map_or("", |(_, line)| line);
                line = format!("{} {}", stem.trim_end(), next.trim_start());
            }
            let line = without_comment(&line);
            let line = line.trim();
            if line.is_empty() || self.condition(call, line, &mut branches)? || !is_active {
                continue;
            }
            if let Some(name) = line.strip_prefix("define ") {
                let mut body = Vec::new();
                for (_, line) in lines.by_ref() {
                    if line.trim() == "endef" {
                        break;
                    }
                    body.push(line);
                }
                let name = name.trim().trim_end_matches('=').trim();
                self.set(name, body.join("\n"), false, Origin::File);
                continue;
            }
            if let Some(names) = ["include ", "-include ", "sinclude "]
                .iter()
                .find_map(|word| line.strip_prefix(word))
            {
                let must = line.starts_with('i');
                self.include(call, names, must, depth)?;
                open = Open::Nothing;
                continue;
            }
            if !self.directive(call, line)? {
                open = self.rule(call, line, &format!("{file}:{}", number + 1))?;
            }
        }
        if branches.is_empty() {
            Ok(())
        } else {
            Err(Beyond::Model)
        }
    }

    fn add_command(&mut self, open: &Open, command: String, place: &str) {
        match open {
            Open::Nothing => {}
            Open::Targets(targets) => {
                for target in targets {
                    let rule = self.rules.entry(target.clone()).or_default();
                    if rule.recipe.is_empty() {
                        place.clone_into(&mut rule.place);
                    }
                    rule.recipe.push(command.clone());
                }
            }
            Open::Patterns(from) => {
                for pattern in &mut self.patterns[*from..] {
                    if pattern.recipe.is_empty() {
                        place.clone_into(&mut pattern.place);
                    }
                    pattern.recipe.push(command.clone());
                }
            }
        }
    }

    /// Follows `ifeq` and the like. Tells whether the line was one.
    fn condition(
        &self,
        call: &mut Call<'_, '_, '_>,
        line: &str,
        branches: &mut Vec<Branch>,
    ) -> Result<bool, Beyond> {
        let (word, rest) = line.split_once([' ', '\t', '(']).unwrap_or((line, ""));
        let is_active = |branches: &[Branch]| branches.iter().all(|branch| branch.active);
        match word {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => {
                let holds = is_active(branches) && self.holds(call, word, &line[word.len()..])?;
                branches.push(Branch {
                    active: holds,
                    taken: holds,
                });
            }
            "else" => {
                let Some(own) = branches.pop() else {
                    return Err(Beyond::Model);
                };
                let rest = rest.trim();
                let may = is_active(branches) && !own.taken;
                let holds = if rest.is_empty() {
                    may
                } else {
                    let (word, _) = rest.split_once([' ', '\t', '(']).unwrap_or((rest, ""));
                    may && self.holds(call, word, &rest[word.len()..])?
                };
                branches.push(Branch {
                    active: holds,
                    taken: own.taken || holds,
                });
            }
            "endif" => {
                if branches.pop().is_none() {
                    return Err(Beyond::Model);
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn holds(&self, call: &mut Call<'_, '_, '_>, word: &str, rest: &str) -> Result<bool, Beyond> {
        let rest = rest.trim();
        if matches!(word, "ifdef" | "ifndef") {
            let name = self.expand(call, rest, &Scope::default())?;
            let is_set = self.variables.get(name.trim());
            let is_set = is_set.is_some_and(|own| !own.text.is_empty());
            return Ok(is_set == (word == "ifdef"));
        }
        let (a, b) = sides(rest).ok_or(Beyond::Model)?;
        let a = self.expand(call, a, &Scope::default())?;
        let b = self.expand(call, b, &Scope::default())?;
        if !is_known(&a) || !is_known(&b) {
            return Err(Beyond::Model);
        }
        match word {
            "ifeq" => Ok(a == b),
            "ifneq" => Ok(a != b),
            _ => Err(Beyond::Model),
        }
    }

    fn include(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        names: &str,
        must: bool,
        depth: usize,
    ) -> Result<(), Beyond> {
        let names = self.expand(call, names, &Scope::default())?;
        for name in self.files(call, &names)? {
            match call.read(&name).ok() {
                Some(data) => match data.known() {
                    Some(text) => {
                        let text = String::from_utf8_lossy(text).into_owned();
                        self.read(call, &text, &name, depth + 1)?;
                    }
                    None if must => return Err(Beyond::Model),
                    // What compilers write says which headers they read.
                    None => {}
                },
                // A rule may make it, which starts make anew.
                None if must => return Err(Beyond::Model),
                None => {}
            }
        }
        Ok(())
    }

    /// Reads an assignment or `export`. Tells whether the line was one.
    fn directive(&mut self, call: &mut Call<'_, '_, '_>, line: &str) -> Result<bool, Beyond> {
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        match word {
            "export" if rest.is_empty() => self.exports_all = true,
            "export" => match shape(rest) {
                Shape::Assignment(name, operator, text) => {
                    self.exported.insert(name.to_owned());
                    self.assign(call, name, operator, text)?;
                }
                _ => {
                    let names = self.expand(call, rest, &Scope::default())?;
                    let names = names.split_whitespace().map(str::to_owned);
                    self.exported.extend(names);
                }
            },
            "override" | "private" => return self.directive(call, rest),
            "unexport" | "undefine" => {
                for name in rest.split_whitespace() {
                    self.exported.remove(name);
                    if word == "undefine" {
                        self.variables.remove(name);
                    }
                }
            }
            "vpath" | "load" | "-load" => return Err(Beyond::Model),
            _ => match shape(line) {
                Shape::Assignment(name, operator, text) => {
                    self.assign(call, name, operator, text)?;
                }
                _ => return Ok(false),
            },
        }
        Ok(true)
    }

    fn assign(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        name: &str,
        operator: &str,
        text: &str,
    ) -> Result<(), Beyond> {
        let name = self.expand(call, name, &Scope::default())?;
        let name = name.trim();
        if name == "VPATH" || name.contains([' ', '\t']) {
            return Err(Beyond::Model);
        }
        let old = self.variables.get(name).cloned();
        let new = self.value(call, old.as_ref(), operator, text)?;
        if let Some((text, simple)) = new {
            self.set(name, text, simple, Origin::File);
        }
        Ok(())
    }

    /// What an assignment makes of a variable: its text, and whether that is expanded.
    fn value(
        &self,
        call: &mut Call<'_, '_, '_>,
        old: Option<&Variable>,
        operator: &str,
        text: &str,
    ) -> Result<Option<(String, bool)>, Beyond> {
        let scope = Scope::default();
        Ok(Some(match operator {
            "?" if old.is_some() => return Ok(None),
            "" | "?" => (text.to_owned(), false),
            ":" | "::" | ":::" => (self.expand(call, text, &scope)?, true),
            "!" => (self.shell(call, text)?, true),
            "+" => match old {
                Some(old) if old.simple => {
                    let more = self.expand(call, text, &scope)?;
                    (format!("{} {more}", old.text), true)
                }
                Some(old) => (format!("{} {text}", old.text), false),
                None => (text.to_owned(), false),
            },
            _ => return Err(Beyond::Model),
        }))
    }

    pub(super) fn set(&mut self, name: &str, text: String, simple: bool, origin: Origin) {
        let old = self.variables.get(name);
        if old.is_some_and(|old| old.origin > origin) {
            return;
        }
        let variable = Variable {
            text,
            simple,
            origin,
        };
        self.variables.insert(name.to_owned(), variable);
    }

    /// Reads a rule, up to its recipe.
    fn rule(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        line: &str,
        place: &str,
    ) -> Result<Open, Beyond> {
        let Shape::Rule(targets, rest) = shape(line) else {
            // `$(info …)` and the like say something, or nothing.
            let text = self.expand(call, line, &Scope::default())?;
            return if text.trim().is_empty() {
                Ok(Open::Nothing)
            } else {
                Err(Beyond::Model)
            };
        };
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        let targets = self.expand(call, targets, &Scope::default())?;
        let targets = self.files(call, &targets)?;
        let own = rest.trim();
        let exported = own.strip_prefix("export ");
        if let Shape::Assignment(name, operator, text) = shape(exported.unwrap_or(own)) {
            if exported.is_some() {
                self.exported.insert(name.to_owned());
            }
            for target in &targets {
                self.own_variable(call, target, name, operator, text)?;
            }
            return Ok(Open::Nothing);
        }
        let (rest, command) = match outside(rest, ';') {
            Some(at) => (&rest[..at], Some(rest[at + 1..].trim_start().to_owned())),
            None => (rest, None),
        };
        let (pattern, needs) = match outside(rest, ':') {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        let pattern = pattern.map(|text| self.expand(call, text, &Scope::default()));
        let pattern = pattern.transpose()?.map(|text| text.trim().to_owned());
        let needs = self.expand(call, needs, &Scope::default())?;
        let (needs, order) = needs.split_once('|').unwrap_or((&needs, ""));
        let (needs, order) = (self.files(call, needs)?, self.files(call, order)?);
        let open = if targets.iter().any(|target| target.contains('%')) {
            let from = self.patterns.len();
            for target in targets {
                self.patterns.push(Pattern {
                    target,
                    needs: needs.clone(),
                    order: order.clone(),
                    recipe: Vec::new(),
                    place: place.to_owned(),
                });
            }
            Open::Patterns(from)
        } else {
            self.explicit(&targets, pattern.as_deref(), &needs, &order, place)?
        };
        if let Some(command) = command {
            self.add_command(&open, command, place);
        }
        Ok(open)
    }

    fn explicit(
        &mut self,
        targets: &[String],
        pattern: Option<&str>,
        needs: &[String],
        order: &[String],
        place: &str,
    ) -> Result<Open, Beyond> {
        match targets.first().map(String::as_str) {
            None => return Ok(Open::Nothing),
            Some(".PHONY") => {
                self.phony.extend(needs.iter().cloned());
                return Ok(Open::Nothing);
            }
            Some(".SILENT") => {
                self.silent |= needs.is_empty();
                return Ok(Open::Nothing);
            }
            Some(".EXPORT_ALL_VARIABLES") => {
                self.exports_all = true;
                return Ok(Open::Nothing);
            }
            Some(
                ".SUFFIXES" | ".PRECIOUS" | ".SECONDARY" | ".DELETE_ON_ERROR" | ".NOTPARALLEL"
                | ".POSIX" | ".IGNORE",
            ) => return Ok(Open::Nothing),
            Some(first) if first.starts_with('.') && !first.contains('/') => {
                // A suffix rule is an old way to write a pattern.
                let Some(own) = Pattern::of_suffixes(first, place).filter(|_| needs.is_empty())
                else {
                    return Err(Beyond::Model);
                };
                self.patterns.push(own);
                return Ok(Open::Patterns(self.patterns.len() - 1));
            }
            Some(_) => {}
        }
        for target in targets {
            if !target.starts_with('.') {
                self.first.get_or_insert_with(|| target.clone());
            }
            let rule = self.rules.entry(target.clone()).or_default();
            let stem = match pattern {
                Some(pattern) => super::implicit::stem(pattern, target).ok_or(Beyond::Model)?,
                None => String::new(),
            };
            let whole = |need: &String| match pattern {
                Some(_) => need.replacen('%', &stem, 1),
                None => need.clone(),
            };
            rule.needs.extend(needs.iter().map(whole));
            rule.order.extend(order.iter().map(whole));
            self.named.insert(target.clone());
            self.named.extend(rule.needs.iter().cloned());
            rule.stem = stem;
        }
        Ok(Open::Targets(targets.to_vec()))
    }

    fn own_variable(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        target: &str,
        name: &str,
        operator: &str,
        text: &str,
    ) -> Result<(), Beyond> {
        if target.contains('%') {
            return Err(Beyond::Model);
        }
        let own = self.rules.get(target).and_then(|rule| {
            let found = rule.variables.iter().rev();
            found.clone().find(|(own, _)| own == name)
        });
        let old = own
            .map(|(_, variable)| variable)
            .or_else(|| self.variables.get(name))
            .cloned();
        if let Some((text, simple)) = self.value(call, old.as_ref(), operator, text)? {
            let variable = Variable {
                text,
                simple,
                origin: Origin::File,
            };
            let rule = self.rules.entry(target.to_owned()).or_default();
            rule.variables.push((name.to_owned(), variable));
        }
        Ok(())
    }

    /// The files that words stand for; patterns with nothing behind them stay.
    fn files(&self, call: &mut Call<'_, '_, '_>, words: &str) -> Result<Vec<String>, Beyond> {
        let mut out = Vec::new();
        for word in words.split_whitespace() {
            if word.contains(UNKNOWN) {
                return Err(Beyond::Model);
            }
            let word = word
                .strip_prefix("./")
                .filter(|rest| !rest.is_empty())
                .unwrap_or(word);
            if has_wildcard(word) {
                let found = call.glob(word).ok_or(Beyond::Model)?;
                if found.iter().any(|path| !is_known(path)) {
                    return Err(Beyond::Model);
                }
                if !found.is_empty() {
                    out.extend(found);
                    continue;
                }
            }
            out.push(word.to_owned());
        }
        Ok(out)
    }
}

/// Where a character first stands outside of `$(…)`.
fn outside(text: &str, wanted: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, ch) in text.char_indices() {
        match ch {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ if ch == wanted && depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// What a line is.
fn shape(line: &str) -> Shape<'_> {
    let equals = outside(line, '=');
    let colon = outside(line, ':');
    let first = match (equals, colon) {
        (Some(equals), None) => equals,
        (Some(equals), Some(colon)) if equals < colon => equals,
        (Some(equals), Some(colon)) if line[colon..equals].chars().all(|ch| ch == ':') => equals,
        (_, Some(colon)) => return Shape::Rule(&line[..colon], &line[colon + 1..]),
        (None, None) => return Shape::Other,
    };
    let before = &line[..first];
    let name = before.trim_end_matches([':', '?', '+', '!']);
    let operator = &before[name.len()..];
    Shape::Assignment(name.trim(), operator, line[first + 1..].trim())
}

/// The two texts that a condition compares.
fn sides(text: &str) -> Option<(&str, &str)> {
    if let Some(inner) = text.strip_prefix('(') {
        let inner = inner.trim_end().strip_suffix(')')?;
        let at = outside(inner, ',')?;
        return Some((inner[..at].trim_end(), inner[at + 1..].trim_start()));
    }
    let quote = text.chars().next().filter(|ch| matches!(ch, '"' | '\''))?;
    let (a, rest) = text[1..].split_once(quote)?;
    let rest = rest.trim_start();
    let other = rest.chars().next().filter(|ch| matches!(ch, '"' | '\''))?;
    let (b, _) = rest[1..].split_once(other)?;
    Some((a, b))
}

/// A line up to its comment.
fn without_comment(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            '\\' if chars.peek() == Some(&'#') => {
                out.push('#');
                chars.next();
            }
            '#' => break,
            _ => out.push(ch),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Shape, shape, sides, without_comment};

    #[test]
    fn tells_lines_apart() {
        assert!(matches!(
            shape("A := b:c"),
            Shape::Assignment("A", ":", "b:c")
        ));
        assert!(matches!(
            shape("A ?= $(x:a=b)"),
            Shape::Assignment("A", "?", "$(x:a=b)")
        ));
        assert!(matches!(shape("a b: c"), Shape::Rule("a b", " c")));
        assert!(matches!(
            shape("$(A:.c=.o): x"),
            Shape::Rule("$(A:.c=.o)", " x")
        ));
        assert!(matches!(
            shape("a: CFLAGS += -g"),
            Shape::Rule("a", " CFLAGS += -g")
        ));
        assert_eq!(sides("($(A), b)"), Some(("$(A)", "b")));
        assert_eq!(sides("\"a\" 'b'"), Some(("a", "b")));
        assert_eq!(without_comment(r"a \# b # c"), "a # b ");
    }
}
