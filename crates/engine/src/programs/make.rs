//! `make`, for simple makefiles: variables, rules with recipes of shell commands, `.PHONY`.
//! Pattern rules, functions, conditionals and includes are beyond it: what such a makefile
//! does is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::options::{Options, Spec, flag, optional, value};
use super::{Call, Program};
use crate::image::path;
use crate::shell::{Exit, Flow, Outcome};

const OPTIONS: [Spec; 11] = [
    value("C", "directory"),
    value("f", "file"),
    optional("j", "jobs"),
    flag("s", "silent"),
    flag("B", "always-make"),
    flag("i", "ignore-errors"),
    flag("k", "keep-going"),
    flag("w", "print-directory"),
    flag("e", "environment-overrides"),
    flag("r", "no-builtin-rules"),
    flag("", "no-print-directory"),
];

/// How deep variables may refer to each other, and targets need each other.
const MAX_DEPTH: usize = 50;

/// `make`.
#[derive(Debug)]
pub(super) struct Make;

impl Program for Make {
    fn names(&self) -> &'static [&'static str] {
        &["make", "gmake"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words: Vec<String> = call.words().to_vec();
        let Ok(options) = Options::read(&words, &OPTIONS, true) else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        if let Some(directory) = options.value("C") {
            if !call.is_directory(directory) {
                let message = format!("*** {directory}: No such file or directory.  Stop.");
                return Ok(call.refuse(&message, 2));
            }
            call.shell.process.cwd = path::join(&call.shell.process.cwd, directory);
        }
        let text = match read_makefile(call, &options) {
            Ok(text) => text,
            Err(exit) => return Ok(exit),
        };
        let parsed = text.as_deref().and_then(Makefile::parse);
        let Some(mut makefile) = parsed else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        let mut goals = Vec::new();
        for operand in &options.operands {
            match operand.split_once('=') {
                Some((name, text)) => {
                    let name = name.trim_end_matches(':').to_owned();
                    makefile.overrides.insert(name, text.to_owned());
                }
                None => goals.push(operand.clone()),
            }
        }
        for (name, text) in call.shell.process.environment() {
            let names = &mut makefile.variables;
            names
                .entry(name.to_owned())
                .or_insert_with(|| text.to_owned());
        }
        if goals.is_empty() {
            goals.extend(makefile.first.clone());
        }
        if goals.is_empty() {
            return Ok(call.refuse("*** No targets.  Stop.", 2));
        }
        // All of it is looked at before any of it runs.
        let Some(recipes) = makefile.recipes(&goals) else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        let mut run = Run {
            makefile,
            recipes,
            options: &options,
            done: BTreeSet::new(),
            ran: false,
        };
        for goal in &goals {
            run.ran = false;
            match run.target(call, goal, None, 0) {
                Ok(()) => {}
                Err(Stop::Failed(exit)) => return Ok(exit),
                Err(Stop::Flow(flow)) => return Err(flow),
            }
            if !run.ran {
                let named = run.makefile.rules.get(goal);
                let what = if named.is_some_and(|rule| rule.recipe.is_empty()) {
                    format!("Nothing to be done for '{goal}'.")
                } else {
                    format!("'{goal}' is up to date.")
                };
                let name = call.name().to_owned();
                call.line(&format!("{name}: {what}"));
            }
        }
        Ok(call.exit)
    }
}

/// The makefile's text; `None` where it is there but not known.
fn read_makefile(call: &mut Call<'_, '_, '_>, options: &Options) -> Result<Option<String>, Exit> {
    let default = ["GNUmakefile", "makefile", "Makefile"];
    let found = match options.value("f") {
        Some(file) => call.read(file).ok(),
        None => default.iter().find_map(|file| call.read(file).ok()),
    };
    if let Some(data) = found {
        return Ok(data
            .known()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
    }
    let message = match (options.value("f"), options.operands.first()) {
        (Some(file), _) => {
            call.complain(&format!("{file}: No such file or directory"));
            format!("*** No rule to make target '{file}'.  Stop.")
        }
        (None, Some(goal)) if !goal.contains('=') => {
            format!("*** No rule to make target '{goal}'.  Stop.")
        }
        (None, _) => "*** No targets specified and no makefile found.  Stop.".to_owned(),
    };
    Err(call.refuse(&message, 2))
}

#[derive(Debug, Default, Clone)]
struct Rule {
    needs: Vec<String>,
    recipe: Vec<String>,
}

#[derive(Debug, Default)]
struct Makefile {
    variables: BTreeMap<String, String>,
    /// Variables of the command line, which win over the file's.
    overrides: BTreeMap<String, String>,
    rules: BTreeMap<String, Rule>,
    phony: BTreeSet<String>,
    first: Option<String>,
}

impl Makefile {
    /// Reads a makefile; `None` where it is not a simple one.
    fn parse(text: &str) -> Option<Self> {
        let mut out = Self::default();
        let mut targets: Vec<String> = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(command) = line.strip_prefix('\t') {
                let mut command = command.to_owned();
                // A recipe keeps its continued lines as they are.
                while command.ends_with('\\') {
                    command.push('\n');
                    let next = lines.next().unwrap_or_default();
                    command.push_str(next.strip_prefix('\t').unwrap_or(next));
                }
                for target in &targets {
                    let rule = out.rules.get_mut(target)?;
                    rule.recipe.push(command.clone());
                }
                if targets.is_empty() && !command.trim().is_empty() {
                    return None;
                }
                continue;
            }
            let mut line = line.to_owned();
            while let Some(stem) = line.strip_suffix('\\') {
                line = format!("{} {}", stem.trim_end(), lines.next()?.trim_start());
            }
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            if !out.assignment(line)? {
                targets = out.rule(line)?;
            }
        }
        Some(out)
    }

    /// Reads `NAME = TEXT`; `None` where it is beyond the model.
    fn assignment(&mut self, line: &str) -> Option<bool> {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some(at) = line.find('=') else {
            return Some(false);
        };
        let text = line[at + 1..].trim();
        let (name, operator) = match line[..at].strip_suffix([':', '?', '+', '!']) {
            Some(name) => (name.trim_end_matches(':'), &line[name.len()..at]),
            None => (&line[..at], ""),
        };
        let name = name.trim();
        if name.is_empty() || name.contains([' ', '\t', ':', '$']) {
            // A variable of a target, or a recipe after `;`.
            return None;
        }
        let value = match operator {
            "" => text.to_owned(),
            "?" => match self.variables.get(name) {
                Some(old) => old.clone(),
                None => text.to_owned(),
            },
            "+" => match self.variables.get(name) {
                Some(old) => format!("{old} {text}"),
                None => text.to_owned(),
            },
            ":" => self.expand(text, &[], 0)?,
            _ => return None,
        };
        self.variables.insert(name.to_owned(), value);
        Some(true)
    }

    /// Reads `TARGETS: NEEDS`; `None` where it is something else.
    fn rule(&mut self, line: &str) -> Option<Vec<String>> {
        let (targets, needs) = line.split_once(':')?;
        let needs = self.expand(needs.trim_start_matches(':'), &[], 0)?;
        let targets = self.expand(targets, &[], 0)?;
        if needs.contains([';', '%', '|', '=']) || targets.contains('%') {
            return None;
        }
        let needs: Vec<String> = needs.split_whitespace().map(str::to_owned).collect();
        let targets: Vec<String> = targets.split_whitespace().map(str::to_owned).collect();
        match targets.first().map(String::as_str) {
            Some(".PHONY") => {
                self.phony.extend(needs);
                return Some(Vec::new());
            }
            Some(first) if first.starts_with('.') && !first.contains('/') => return None,
            None | Some("include" | "-include" | "ifeq" | "ifneq" | "ifdef" | "define") => {
                return None;
            }
            Some(_) => {}
        }
        for target in &targets {
            self.first.get_or_insert_with(|| target.clone());
            let rule = self.rules.entry(target.clone()).or_default();
            rule.needs.extend(needs.iter().cloned());
        }
        Some(targets)
    }

    /// Puts variables in; `None` where there is a function, or no end.
    fn expand(&self, text: &str, own: &[(char, String)], depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let first = rest.chars().next()?;
            let name = match first {
                '$' => {
                    out.push('$');
                    rest = &rest[1..];
                    continue;
                }
                '(' | '{' => {
                    let end = rest.find(if first == '(' { ')' } else { '}' })?;
                    let name = &rest[1..end];
                    rest = &rest[end + 1..];
                    name
                }
                _ => {
                    let (name, after) = rest.split_at(first.len_utf8());
                    rest = after;
                    name
                }
            };
            if let [ch] = name.chars().collect::<Vec<_>>().as_slice()
                && let Some((_, text)) = own.iter().find(|(key, _)| key == ch)
            {
                out.push_str(text);
                continue;
            }
            if name.contains([' ', ',', '$', ':', '(']) || "@<^?*+|%".contains(name) {
                return None;
            }
            let value = match name {
                "MAKE" => "make",
                "CC" if !self.variables.contains_key(name) => "cc",
                "CXX" if !self.variables.contains_key(name) => "g++",
                "RM" if !self.variables.contains_key(name) => "rm -f",
                _ => self
                    .overrides
                    .get(name)
                    .or_else(|| self.variables.get(name))
                    .map_or("", String::as_str),
            };
            out.push_str(&self.expand(value, own, depth + 1)?);
        }
        out.push_str(rest);
        Some(out)
    }

    /// The expanded recipes of all that goals need; `None` where one is beyond the model.
    fn recipes(&self, goals: &[String]) -> Option<BTreeMap<String, Vec<String>>> {
        let mut out = BTreeMap::new();
        let mut open: Vec<&String> = goals.iter().collect();
        while let Some(target) = open.pop() {
            let Some(rule) = self.rules.get(target) else {
                continue;
            };
            if out.contains_key(target) {
                continue;
            }
            let mut needs: Vec<String> = Vec::new();
            for need in &rule.needs {
                if !needs.contains(need) {
                    needs.push(need.clone());
                }
            }
            let own = [
                ('@', target.clone()),
                ('<', needs.first().cloned().unwrap_or_default()),
                ('^', needs.join(" ")),
            ];
            let lines = rule.recipe.iter().map(|line| self.expand(line, &own, 0));
            out.insert(target.clone(), lines.collect::<Option<Vec<_>>>()?);
            open.extend(&rule.needs);
        }
        Some(out)
    }
}

/// Why a run ends before its goals are made.
enum Stop {
    Failed(Exit),
    Flow(Flow),
}

struct Run<'o> {
    makefile: Makefile,
    recipes: BTreeMap<String, Vec<String>>,
    options: &'o Options,
    done: BTreeSet<String>,
    /// Whether anything ran since the last goal began.
    ran: bool,
}

impl Run<'_> {
    fn target(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        target: &str,
        needed_by: Option<&str>,
        depth: usize,
    ) -> Result<(), Stop> {
        call.shell.machine.step().map_err(Stop::Flow)?;
        if depth > MAX_DEPTH || !self.done.insert(target.to_owned()) {
            return Ok(());
        }
        let Some(rule) = self.makefile.rules.get(target).cloned() else {
            if call.stat(target).is_ok() {
                return Ok(());
            }
            let needed = needed_by.map_or(String::new(), |by| format!(", needed by '{by}'"));
            let message = format!("*** No rule to make target '{target}'{needed}.  Stop.");
            return Err(Stop::Failed(call.refuse(&message, 2)));
        };
        let ran_before = std::mem::take(&mut self.ran);
        for need in &rule.needs {
            self.target(call, need, Some(target), depth + 1)?;
        }
        let phony = self.makefile.phony.contains(target) || self.options.has("B");
        let exists = call.stat(target).is_ok();
        let stale = phony || !exists || self.ran;
        if !stale && !rule.needs.is_empty() {
            // Which of them is newer is not known, as times are not kept.
            call.doubt();
        }
        if stale {
            for line in self.recipes.get(target).cloned().unwrap_or_default() {
                self.command(call, target, &line)?;
                self.ran = true;
            }
        }
        self.ran |= ran_before;
        Ok(())
    }

    fn command(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        target: &str,
        line: &str,
    ) -> Result<(), Stop> {
        let command = line.trim_start_matches(['@', '-', '+', ' ', '\t']);
        let prefix = &line[..line.len() - command.len()];
        if command.trim().is_empty() {
            return Ok(());
        }
        if !prefix.contains('@') && !self.options.has("s") {
            call.line(command);
        }
        let shell = self.makefile.expand("$(SHELL)", &[], 0).unwrap_or_default();
        let shell = if shell.is_empty() { "/bin/sh" } else { &shell };
        let words = [shell.to_owned(), "-c".to_owned(), command.to_owned()];
        let exit = call.execute(&words).map_err(Stop::Flow)?;
        if exit.success().is_none() {
            call.doubt();
        }
        let lenient = prefix.contains('-') || self.options.has("i");
        if exit.failed() && !lenient {
            let code = exit.0.unwrap_or(1);
            let message = format!("*** [Makefile: {target}] Error {code}");
            return Err(Stop::Failed(call.refuse(&message, 2)));
        }
        Ok(())
    }
}
