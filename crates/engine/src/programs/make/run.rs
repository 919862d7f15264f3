//! Making targets: what they need first, then their recipes.

use std::collections::BTreeSet;

use super::Beyond;
use super::expand::Scope;
use super::makefile::{Makefile, Rule, Variable};
use crate::programs::Call;
use crate::programs::options::Options;
use crate::shell::{Exit, Flow};

/// How deep targets may need each other.
const MAX_DEPTH: usize = 60;

/// Why a run ends before its goals are made.
pub(super) enum Stop {
    Failed(Exit),
    Beyond(Beyond),
}

impl From<Beyond> for Stop {
    fn from(beyond: Beyond) -> Self {
        Self::Beyond(beyond)
    }
}

impl From<Flow> for Stop {
    fn from(flow: Flow) -> Self {
        Self::Beyond(Beyond::Flow(flow))
    }
}

pub(super) struct Run<'m> {
    makefile: &'m Makefile,
    options: &'m Options,
    done: BTreeSet<String>,
    /// Targets whose recipes ran.
    made: BTreeSet<String>,
    /// Whether a command ran since the last goal began.
    ran: bool,
}

impl<'m> Run<'m> {
    pub(super) fn new(makefile: &'m Makefile, options: &'m Options) -> Self {
        Self {
            makefile,
            options,
            done: BTreeSet::new(),
            made: BTreeSet::new(),
            ran: false,
        }
    }

    /// Makes what was asked for, or says that there is nothing to do.
    pub(super) fn goal(&mut self, call: &mut Call<'_, '_, '_>, goal: &str) -> Result<(), Stop> {
        self.ran = false;
        self.target(call, goal, None, &[], 0)?;
        if !self.ran {
            let rule = self.makefile.rules.get(goal);
            let what = if rule.is_some_and(|rule| rule.recipe.is_empty()) {
                format!("Nothing to be done for '{goal}'.")
            } else {
                format!("'{goal}' is up to date.")
            };
            let name = call.name().to_owned();
            call.line(&format!("{name}: {what}"));
        }
        Ok(())
    }

    /// The rule that makes a target, where there is one.
    fn rule(&self, call: &Call<'_, '_, '_>, target: &str) -> Option<Rule> {
        let named = self.makefile.rules.get(target);
        let is_phony = self.makefile.phony.contains(target);
        if let Some(rule) = named.filter(|rule| is_phony || !rule.recipe.is_empty()) {
            return Some(rule.clone());
        }
        let implied = self.makefile.implied(call, target, 0);
        match (named, implied) {
            (Some(named), Some(mut rule)) => {
                rule.needs.extend(named.needs.iter().cloned());
                rule.order.extend(named.order.iter().cloned());
                rule.variables.clone_from(&named.variables);
                Some(rule)
            }
            (named, implied) => implied.or_else(|| named.cloned()),
        }
    }

    fn target(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        target: &str,
        needed_by: Option<&str>,
        inherited: &[(String, Variable)],
        depth: usize,
    ) -> Result<(), Stop> {
        call.shell.machine.step()?;
        if depth > MAX_DEPTH {
            return Err(Beyond::Model.into());
        }
        if !self.done.insert(target.to_owned()) {
            return Ok(());
        }
        let Some(rule) = self.rule(call, target) else {
            if call.stat(target).is_ok() {
                return Ok(());
            }
            let needed = needed_by.map_or(String::new(), |by| format!(", needed by '{by}'"));
            let message = format!("*** No rule to make target '{target}'{needed}.  Stop.");
            return Err(Stop::Failed(call.refuse(&message, 2)));
        };
        let mut variables = inherited.to_vec();
        variables.extend(rule.variables.iter().cloned());
        for need in rule.needs.iter().chain(&rule.order) {
            self.target(call, need, Some(target), &variables, depth + 1)?;
        }
        if self.is_stale(call, target, &rule) {
            self.made.insert(target.to_owned());
            let scope = scope(target, &rule, variables);
            for line in &rule.recipe {
                // A canned recipe has several lines.
                let text = self.makefile.expand(call, line, &scope)?;
                for command in commands(&text) {
                    self.command(call, target, &rule, &command, &scope)?;
                    self.ran = true;
                }
            }
        }
        Ok(())
    }

    /// Whether a target has to be made: times are not kept, what is there is taken to be newer than
    /// what it is made of.
    fn is_stale(&self, call: &Call<'_, '_, '_>, target: &str, rule: &Rule) -> bool {
        if self.makefile.phony.contains(target) || self.options.has("B") {
            return true;
        }
        call.stat(target).is_err() || rule.needs.iter().any(|need| self.made.contains(need))
    }

    fn command(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        target: &str,
        rule: &Rule,
        line: &str,
        scope: &Scope,
    ) -> Result<(), Stop> {
        let command = line.trim_start_matches(['@', '-', '+', ' ', '\t']);
        let prefix = &line[..line.len() - command.len()];
        if command.trim().is_empty() {
            return Ok(());
        }
        let only_prints = self.options.has("n");
        let is_silent = prefix.contains('@') || self.options.has("s") || self.makefile.silent;
        if only_prints || !is_silent {
            call.line(command);
        }
        // What starts make itself runs nevertheless.
        if only_prints && !prefix.contains('+') && !line.contains("make") {
            return Ok(());
        }
        let shell = self.makefile.expand(call, "$(SHELL)", &Scope::default())?;
        let words = [shell.trim().to_owned(), "-c".to_owned(), command.to_owned()];
        let all = self.makefile.variables.keys();
        let all = all.filter(|_| self.makefile.exports_all);
        for name in all.chain(&self.makefile.exported) {
            let text = self.makefile.expand(call, &format!("$({name})"), scope)?;
            call.shell.process.export(name, &text);
        }
        let exit = call.execute(&words)?;
        if exit.success().is_none() {
            call.doubt();
        }
        let lenient = prefix.contains('-') || self.options.has("i");
        if exit.failed() && !lenient {
            let code = exit.0.unwrap_or(1);
            let message = format!("*** [{}: {target}] Error {code}", rule.place);
            return Err(Stop::Failed(call.refuse(&message, 2)));
        }
        Ok(())
    }
}

/// The variables that a recipe has of its target (GNU make manual, 10.5.3).
fn scope(target: &str, rule: &Rule, variables: Vec<(String, Variable)>) -> Scope {
    let mut once: Vec<&str> = Vec::new();
    for need in &rule.needs {
        if !once.contains(&need.as_str()) {
            once.push(need);
        }
    }
    let first = rule.needs.first().map_or("", String::as_str);
    let own = [
        ("@", target.to_owned()),
        ("<", first.to_owned()),
        ("^", once.join(" ")),
        ("+", rule.needs.join(" ")),
        ("|", rule.order.join(" ")),
        ("*", rule.stem.clone()),
    ];
    Scope {
        own: own.map(|(name, text)| (name.to_owned(), text)).to_vec(),
        variables,
        ..Scope::default()
    }
}

/// The commands of an expanded line of a recipe: one, but where a variable has several lines.
fn commands(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in text.split('\n') {
        match out.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.push('\n');
                last.push_str(line);
            }
            None => out.push(line.to_owned()),
        }
    }
    out
}
