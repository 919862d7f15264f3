//! Executing the syntax tree.

use std::rc::Rc;

use brush_parser::ast::{
    AndOr, AndOrList, Assignment, AssignmentName, AssignmentValue, CaseItemPostAction, Command,
    CommandPrefixOrSuffixItem, CompoundCommand, CompoundList, IfClauseCommand, IoFileRedirectKind,
    IoFileRedirectTarget, IoRedirect, Pipeline, SeparatorOperator, SimpleCommand, SubshellCommand,
    UnexpandedArithmeticExpr, Word,
};

use super::pattern::Pattern;
use super::process::{Dialect, Exit, Flow, Outcome, Stream, Variable};
use super::unknown::is_known;
use super::{MAX_DEPTH, Shell, arithmetic, builtins, lookup, test_command};

/// Runs a script to its end.
///
/// # Errors
/// What leaves it before.
pub fn script(shell: &mut Shell<'_, '_>, text: &str) -> Outcome {
    if shell.process.depth >= MAX_DEPTH {
        return Err(Flow::Limit(
            "shells and functions are nested more than 64 deep",
        ));
    }
    let Some(program) = shell.machine.parse(text, shell.process.dialect)? else {
        return Err(shell.syntax_error());
    };
    let mut exit = Exit::OK;
    for list in &program.complete_commands {
        exit = shell.list(list)?;
    }
    Ok(exit)
}

/// Runs a script in this very shell, as `.` and `eval` do.
///
/// # Errors
/// What leaves the shell.
pub fn source(shell: &mut Shell<'_, '_>, text: &str) -> Outcome {
    shell.process.depth += 1;
    let outcome = script(shell, text);
    shell.process.depth -= 1;
    outcome
}

impl Shell<'_, '_> {
    fn list(&mut self, list: &CompoundList) -> Outcome {
        let mut exit = Exit::OK;
        for item in &list.0 {
            exit = match item.1 {
                SeparatorOperator::Sequence => self.and_or(&item.0)?,
                SeparatorOperator::Async => self.background(&item.0)?,
            };
        }
        Ok(exit)
    }

    /// `&`: it runs at once and to its end, as it would by the time of a `wait`.
    fn background(&mut self, list: &AndOrList) -> Outcome {
        let pid = self.machine.next_pid();
        let exit = self.subshell(|shell| {
            shell.process.streams.insert(0, Stream::Null);
            shell.and_or(list)
        })?;
        let status = exit.0.map_or(String::new(), |code| code.to_string());
        self.process.set("!", &pid.to_string());
        self.process.set(&format!("!{pid}"), &status);
        self.process.status = Exit::OK;
        Ok(Exit::OK)
    }

    fn and_or(&mut self, list: &AndOrList) -> Outcome {
        let mut exit = self.pipeline(&list.first, !list.additional.is_empty())?;
        for (number, next) in list.additional.iter().enumerate() {
            let more = number + 1 < list.additional.len();
            match (next, exit.success()) {
                // What is built at all comes from commands that worked.
                (AndOr::And(pipeline), Some(true) | None) => {
                    exit = self.pipeline(pipeline, more)?
                }
                (AndOr::Or(pipeline), Some(false)) => exit = self.pipeline(pipeline, more)?,
                (AndOr::Or(pipeline), None) => {
                    self.machine.imagine(self.process, |machine, process| {
                        Shell { machine, process }.pipeline(pipeline, more)
                    })?;
                    exit = Exit::OK;
                }
                (AndOr::And(_), Some(false)) | (AndOr::Or(_), Some(true)) => {}
            }
        }
        self.process.status = exit;
        Ok(exit)
    }

    /// Runs a pipeline; `tested` says whether `&&` or `||` looks at its status.
    fn pipeline(&mut self, pipeline: &Pipeline, tested: bool) -> Outcome {
        let before = self.process.tested;
        self.process.tested |= tested || pipeline.bang;
        let outcome = match pipeline.seq.as_slice() {
            [one] => self.command(one),
            many => self.pipe(many),
        };
        self.process.tested = before;
        let mut exit = outcome?;
        let checked = match pipeline.seq.as_slice() {
            [Command::Compound(CompoundCommand::Subshell(_), _)] => true,
            [Command::Compound(..) | Command::Function(_)] => false,
            _ => true,
        };
        if pipeline.bang {
            exit = Exit(exit.0.map(|code| u8::from(code == 0)));
        }
        self.process.status = exit;
        let errexit = self.process.options.errexit && !before && !tested && !pipeline.bang;
        if errexit && checked && exit.failed() {
            return Err(Flow::Exit(exit));
        }
        Ok(exit)
    }

    fn pipe(&mut self, commands: &[Command]) -> Outcome {
        self.open_early(commands)?;
        let mut input: Option<Stream> = None;
        let mut exits = Vec::with_capacity(commands.len());
        for (number, command) in commands.iter().enumerate() {
            let last = number + 1 == commands.len();
            let (output, _) = Stream::buffer();
            let exit = self.subshell(|shell| {
                if let Some(input) = input.take() {
                    shell.process.streams.insert(0, input);
                }
                if !last {
                    shell.process.streams.insert(1, output.clone());
                }
                shell.command(command)
            })?;
            exits.push(exit);
            input = Some(output);
        }
        let last = exits.last().copied().unwrap_or(Exit::OK);
        if !self.process.options.pipefail {
            return Ok(last);
        }
        let failed = exits.iter().rev().find(|exit| exit.failed());
        let unknown = exits.iter().find(|exit| exit.0.is_none());
        Ok(*failed.or(unknown).unwrap_or(&last))
    }

    /// The commands of a pipeline start together, so that the files they write to are there, and
    /// empty, before the first one has read anything.
    fn open_early(&mut self, commands: &[Command]) -> Result<(), Flow> {
        for command in commands {
            let redirects: Vec<IoRedirect> = match command {
                Command::Simple(simple) => simple
                    .suffix
                    .iter()
                    .flat_map(|suffix| &suffix.0)
                    .filter_map(|item| match item {
                        CommandPrefixOrSuffixItem::IoRedirect(redirect) => Some(redirect.clone()),
                        _ => None,
                    })
                    .collect(),
                Command::Compound(_, Some(list)) => list.0.clone(),
                _ => continue,
            };
            for redirect in redirects {
                let IoRedirect::File(_, kind, IoFileRedirectTarget::Filename(word)) = &redirect
                else {
                    continue;
                };
                let writes = matches!(
                    kind,
                    IoFileRedirectKind::Write
                        | IoFileRedirectKind::Append
                        | IoFileRedirectKind::Clobber
                );
                if writes && !word.value.contains(['`', '(']) {
                    self.subshell(|shell| {
                        // What goes wrong is said when the command itself starts.
                        shell.process.streams.insert(2, Stream::Null);
                        let failure = shell.redirect(std::slice::from_ref(&redirect))?;
                        Ok(failure.unwrap_or(Exit::OK))
                    })?;
                }
            }
        }
        Ok(())
    }

    fn command(&mut self, command: &Command) -> Outcome {
        self.machine.step()?;
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound, redirects) => {
                let redirects: &[IoRedirect] = redirects.as_ref().map_or(&[], |list| &list.0);
                self.redirected(redirects, |shell| shell.compound(compound))
            }
            Command::Function(definition) => {
                self.process.functions.insert(
                    definition.fname.value.clone(),
                    Rc::new(definition.body.clone()),
                );
                Ok(Exit::OK)
            }
            Command::ExtendedTest(test, redirects) => {
                let redirects: &[IoRedirect] = redirects.as_ref().map_or(&[], |list| &list.0);
                self.redirected(redirects, |shell| test_command::extended(shell, &test.expr))
            }
        }
    }

    /// Runs something with redirections in force, which are undone afterwards.
    fn redirected(
        &mut self,
        redirects: &[IoRedirect],
        course: impl FnOnce(&mut Self) -> Outcome,
    ) -> Outcome {
        if redirects.is_empty() {
            return course(self);
        }
        let saved = self.process.streams.clone();
        let outcome = match self.redirect(redirects)? {
            Some(failure) => Ok(failure),
            None => course(self),
        };
        self.process.streams = saved;
        outcome
    }

    fn compound(&mut self, command: &CompoundCommand) -> Outcome {
        match command {
            CompoundCommand::BraceGroup(group) => self.list(&group.list),
            CompoundCommand::Subshell(SubshellCommand { list, .. }) => {
                self.subshell(|shell| shell.list(list))
            }
            CompoundCommand::IfClause(clause) => self.if_clause(clause),
            CompoundCommand::ForClause(clause) => {
                let values = match &clause.values {
                    Some(words) => self.expand_words(words.iter())?,
                    None => self.process.arguments.clone(),
                };
                let mut exit = Exit::OK;
                for value in values {
                    self.machine.step()?;
                    self.assign(&clause.variable_name, &value)?;
                    match self.turn(&clause.body.list)? {
                        Turn::Next(status) => exit = status,
                        Turn::Stop => return Ok(Exit::OK),
                    }
                }
                Ok(exit)
            }
            CompoundCommand::WhileClause(clause) => self.repeat(&clause.0, &clause.1.list, true),
            CompoundCommand::UntilClause(clause) => self.repeat(&clause.0, &clause.1.list, false),
            CompoundCommand::CaseClause(clause) => {
                let value = self.expand_text(&clause.value.value)?;
                if !is_known(&value) {
                    return self
                        .unknown_case(clause.cases.iter().filter_map(|case| case.cmd.as_ref()));
                }
                let mut fall_through = false;
                let mut exit = Exit::OK;
                for case in &clause.cases {
                    let mut matched = fall_through;
                    for pattern in &case.patterns {
                        if matched {
                            break;
                        }
                        let pattern = self.expand_pattern(&pattern.value)?;
                        matched = Pattern::new(&pattern).matches(&value);
                    }
                    if !matched {
                        continue;
                    }
                    if let Some(list) = &case.cmd {
                        exit = self.list(list)?;
                    }
                    match case.post_action {
                        CaseItemPostAction::ExitCase => return Ok(exit),
                        CaseItemPostAction::UnconditionallyExecuteNextCaseItem => {
                            fall_through = true
                        }
                        CaseItemPostAction::ContinueEvaluatingCases => fall_through = false,
                    }
                }
                Ok(exit)
            }
            CompoundCommand::Arithmetic(command) => {
                let value = self.arithmetic(&command.expr)?;
                Ok(value.map_or(Exit::UNKNOWN, |value| Exit::of(value != 0)))
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                if let Some(expr) = &clause.initializer {
                    self.arithmetic(expr)?;
                }
                let mut exit = Exit::OK;
                loop {
                    self.machine.step()?;
                    if let Some(expr) = &clause.condition
                        && self.arithmetic(expr)?.unwrap_or(0) == 0
                    {
                        return Ok(exit);
                    }
                    match self.turn(&clause.body.list)? {
                        Turn::Next(status) => exit = status,
                        Turn::Stop => return Ok(Exit::OK),
                    }
                    if let Some(expr) = &clause.updater {
                        self.arithmetic(expr)?;
                    }
                }
            }
            CompoundCommand::Coprocess(coprocess) => {
                self.subshell(|shell| shell.command(&coprocess.body))?;
                Ok(Exit::OK)
            }
        }
    }

    fn arithmetic(&mut self, expr: &UnexpandedArithmeticExpr) -> Result<Option<i64>, Flow> {
        let text = self.expand_quoted(&expr.value)?;
        match arithmetic::evaluate(&text, self.process) {
            Ok(value) => Ok(Some(value)),
            Err(arithmetic::Failure::Unknown) => Ok(None),
            Err(arithmetic::Failure::Error(message)) => {
                self.complain(&message);
                Ok(Some(0))
            }
        }
    }

    /// Runs a condition, whose failure is no failure of the script.
    fn condition(&mut self, list: &CompoundList) -> Outcome {
        let before = std::mem::replace(&mut self.process.tested, true);
        let outcome = self.list(list);
        self.process.tested = before;
        outcome
    }

    fn if_clause(&mut self, clause: &IfClauseCommand) -> Outcome {
        let condition = self.condition(&clause.condition)?;
        let elses = clause.elses.as_deref().unwrap_or_default();
        match condition.success() {
            Some(true) => self.list(&clause.then),
            Some(false) => self.elses(elses),
            None => {
                // The condition is not known: both courses are considered.
                self.machine.imagine(self.process, |machine, process| {
                    Shell { machine, process }.elses(elses)
                })?;
                self.list(&clause.then)
            }
        }
    }

    fn elses(&mut self, elses: &[brush_parser::ast::ElseClause]) -> Outcome {
        for (number, clause) in elses.iter().enumerate() {
            let Some(condition) = &clause.condition else {
                return self.list(&clause.body);
            };
            match self.condition(condition)?.success() {
                Some(true) => return self.list(&clause.body),
                Some(false) => {}
                None => {
                    let rest = &elses[number + 1..];
                    self.machine.imagine(self.process, |machine, process| {
                        Shell { machine, process }.elses(rest)
                    })?;
                    return self.list(&clause.body);
                }
            }
        }
        Ok(Exit::OK)
    }

    /// A `case` of something unknown: the first branch is taken, all are considered.
    fn unknown_case<'l>(&mut self, lists: impl Iterator<Item = &'l CompoundList>) -> Outcome {
        let lists: Vec<&CompoundList> = lists.collect();
        let Some((first, others)) = lists.split_first() else {
            return Ok(Exit::OK);
        };
        for list in others {
            self.machine.imagine(self.process, |machine, process| {
                Shell { machine, process }.list(list)
            })?;
        }
        self.machine.imagine(self.process, |_, _| Ok(Exit::OK))?;
        self.list(first)
    }

    fn repeat(&mut self, condition: &CompoundList, body: &CompoundList, wanted: bool) -> Outcome {
        let mut exit = Exit::OK;
        loop {
            self.machine.step()?;
            self.process.loops += 1;
            let outcome = self.condition(condition);
            self.process.loops -= 1;
            let tested = match outcome {
                Err(Flow::Break(levels)) if levels > 1 => return Err(Flow::Break(levels - 1)),
                Err(Flow::Break(_)) => return Ok(Exit::OK),
                Err(Flow::Continue(levels)) if levels > 1 => {
                    return Err(Flow::Continue(levels - 1));
                }
                Err(Flow::Continue(_)) => continue,
                other => other?,
            };
            match tested.success() {
                Some(success) if success == wanted => {}
                Some(_) => return Ok(exit),
                None => {
                    // How often it turns is not known: once, in the range of not at all.
                    self.machine.imagine(self.process, |_, _| Ok(Exit::OK))?;
                    return match self.turn(body)? {
                        Turn::Next(exit) => Ok(exit),
                        Turn::Stop => Ok(Exit::OK),
                    };
                }
            }
            match self.turn(body)? {
                Turn::Next(status) => exit = status,
                Turn::Stop => return Ok(Exit::OK),
            }
        }
    }

    /// One turn of a loop.
    fn turn(&mut self, body: &CompoundList) -> Result<Turn, Flow> {
        self.process.loops += 1;
        let outcome = self.list(body);
        self.process.loops -= 1;
        match outcome {
            Ok(exit) => Ok(Turn::Next(exit)),
            Err(Flow::Break(levels)) if levels > 1 => Err(Flow::Break(levels - 1)),
            Err(Flow::Break(_)) => Ok(Turn::Stop),
            Err(Flow::Continue(levels)) if levels > 1 => Err(Flow::Continue(levels - 1)),
            Err(Flow::Continue(_)) => Ok(Turn::Next(Exit::OK)),
            Err(other) => Err(other),
        }
    }

    fn simple(&mut self, command: &SimpleCommand) -> Outcome {
        let prefix = command.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = command.suffix.iter().flat_map(|suffix| &suffix.0);
        let mut assignments: Vec<&Assignment> = Vec::new();
        let mut redirects: Vec<IoRedirect> = Vec::new();
        let mut words: Vec<Word> = command.word_or_name.iter().cloned().collect();
        let declares = command
            .word_or_name
            .as_ref()
            .is_some_and(|word| builtins::declares(&word.value, self.process.dialect));
        let mut declared: Vec<&Assignment> = Vec::new();
        self.process.substituted = None;
        for item in prefix {
            match item {
                CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => {
                    assignments.push(assignment)
                }
                CommandPrefixOrSuffixItem::IoRedirect(redirect) => redirects.push(redirect.clone()),
                _ => {}
            }
        }
        for item in suffix {
            match item {
                CommandPrefixOrSuffixItem::IoRedirect(redirect) => redirects.push(redirect.clone()),
                CommandPrefixOrSuffixItem::Word(word) => words.push(word.clone()),
                CommandPrefixOrSuffixItem::AssignmentWord(assignment, _)
                    if declares && matches!(assignment.value, AssignmentValue::Array(_)) =>
                {
                    declared.push(assignment);
                    let (AssignmentName::VariableName(name)
                    | AssignmentName::ArrayElementName(name, _)) = &assignment.name;
                    words.push(Word::new(name));
                }
                CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                    words.push(match (&assignment.value, &assignment.name) {
                        // `export A=$B` is not cut into fields where it is an assignment.
                        (AssignmentValue::Scalar(value), AssignmentName::VariableName(name))
                            if declares =>
                        {
                            let value = self.expand_value(&value.value)?;
                            let sign = if assignment.append { "+=" } else { "=" };
                            Word::new(&format!("{name}{sign}{}", quoted(&value)))
                        }
                        _ => word.clone(),
                    });
                }
                CommandPrefixOrSuffixItem::ProcessSubstitution(_, substitution) => {
                    words.push(Word::new(&self.process_substitution(substitution)?));
                }
            }
        }
        let arguments = self.expand_words(words.iter())?;
        let Some(name) = arguments.first() else {
            return self.assignments_only(&assignments, &redirects);
        };
        if self.process.options.xtrace {
            self.error(&format!("+ {}", arguments.join(" ")));
        }
        let special = builtins::is_special(name, self.process.dialect);
        let function = self
            .process
            .functions
            .get(name)
            .cloned()
            .filter(|_| !special);
        let keep = special && self.process.dialect != Dialect::Bash;
        let mut hidden: Vec<(String, Option<Variable>)> = Vec::new();
        for assignment in &assignments {
            let name = variable_of(assignment);
            hidden.push((name.clone(), self.process.variables.get(&name).cloned()));
            self.apply_assignment(assignment)?;
            if let Some(variable) = self.process.variables.get_mut(&name) {
                variable.exported = true;
            }
        }
        let saved = self.process.streams.clone();
        let outcome = match self.redirect(&redirects) {
            Err(flow) => Err(flow),
            // A redirection that fails ends a POSIX shell where a special builtin asked for it.
            Ok(Some(failure)) if special && self.process.dialect != Dialect::Bash => {
                Err(Flow::Exit(failure))
            }
            Ok(Some(failure)) => Ok(failure),
            Ok(None) => match function {
                Some(body) => self.call(&body, &arguments),
                None => lookup::run(self, &arguments),
            },
        };
        // Whether it is a table is known once it is declared.
        for assignment in declared {
            self.apply_assignment(assignment)?;
        }
        if !(name == "exec" && arguments.len() == 1) {
            self.process.streams = saved;
        }
        if !keep {
            for (name, variable) in hidden.into_iter().rev() {
                match variable {
                    Some(variable) => self.process.variables.insert(name, variable),
                    None => self.process.variables.remove(&name),
                };
            }
        }
        outcome
    }

    fn assignments_only(
        &mut self,
        assignments: &[&Assignment],
        redirects: &[IoRedirect],
    ) -> Outcome {
        let saved = self.process.streams.clone();
        let failure = self.redirect(redirects)?;
        self.process.streams = saved;
        if let Some(failure) = failure {
            return Ok(failure);
        }
        for assignment in assignments {
            self.apply_assignment(assignment)?;
        }
        Ok(self.process.substituted.take().unwrap_or(Exit::OK))
    }

    fn apply_assignment(&mut self, assignment: &Assignment) -> Result<(), Flow> {
        let trace = self.process.options.xtrace;
        match (&assignment.name, &assignment.value) {
            (AssignmentName::VariableName(name), AssignmentValue::Scalar(value)) => {
                let mut text = self.expand_value(&value.value)?;
                if assignment.append {
                    text.insert_str(0, self.process.variable(name).unwrap_or_default());
                }
                if trace {
                    self.error(&format!("+ {name}={text}"));
                }
                self.assign(name, &text)
            }
            (AssignmentName::VariableName(name), AssignmentValue::Array(items)) => {
                self.assign_array(name, items, assignment.append)
            }
            (AssignmentName::ArrayElementName(name, index), AssignmentValue::Scalar(value)) => {
                let text = self.expand_value(&value.value)?;
                let index = self.expand_quoted(index)?;
                self.assign_element(name, &index, text);
                Ok(())
            }
            (AssignmentName::ArrayElementName(..), AssignmentValue::Array(_)) => Ok(()),
        }
    }

    fn assign_element(&mut self, name: &str, index: &str, text: String) {
        let is_table = self
            .process
            .variables
            .get(name)
            .is_some_and(|variable| variable.table.is_some());
        let number = arithmetic::evaluate(index, self.process).unwrap_or(0);
        let variable = self.process.variables.entry(name.to_owned()).or_default();
        if is_table {
            variable
                .table
                .get_or_insert_default()
                .insert(index.to_owned(), text);
        } else {
            let first = variable.value.take();
            let elements = variable.elements.get_or_insert_default();
            if let Some(first) = first {
                elements.insert(0, first);
            }
            elements.insert(number, text);
        }
    }

    fn assign_array(
        &mut self,
        name: &str,
        items: &[(Option<Word>, Word)],
        append: bool,
    ) -> Result<(), Flow> {
        let variable = self.process.variables.entry(name.to_owned()).or_default();
        let is_table = variable.table.is_some();
        if !append {
            variable.value = None;
            if is_table {
                variable.table = Some(std::collections::BTreeMap::new());
            } else {
                variable.elements = Some(std::collections::BTreeMap::new());
            }
        }
        let elements = self
            .process
            .variables
            .get(name)
            .and_then(|variable| variable.elements.as_ref());
        let mut next = elements
            .and_then(|elements| elements.keys().next_back())
            .map_or(0, |last| last + 1);
        for (index, word) in items {
            if let Some(index) = index {
                let index = self.expand_quoted(&index.value)?;
                let text = self.expand_value(&word.value)?;
                next = arithmetic::evaluate(&index, self.process).unwrap_or(0) + 1;
                self.assign_element(name, &index, text);
                continue;
            }
            for text in self.expand_words(std::iter::once(word))? {
                self.assign_element(name, &next.to_string(), text);
                next += 1;
            }
        }
        Ok(())
    }

    /// Calls a function.
    fn call(&mut self, body: &brush_parser::ast::FunctionBody, arguments: &[String]) -> Outcome {
        if self.process.depth >= MAX_DEPTH {
            return Err(Flow::Limit(
                "shells and functions are nested more than 64 deep",
            ));
        }
        let old = std::mem::replace(&mut self.process.arguments, arguments[1..].to_vec());
        let loops = std::mem::take(&mut self.process.loops);
        self.process.depth += 1;
        self.process.calls += 1;
        self.process.locals.push(Vec::new());
        let redirects: &[IoRedirect] = body.1.as_ref().map_or(&[], |list| &list.0);
        let outcome = self.redirected(redirects, |shell| shell.compound(&body.0));
        self.process.depth -= 1;
        self.process.calls -= 1;
        self.process.loops = loops;
        self.process.arguments = old;
        for (name, variable) in self
            .process
            .locals
            .pop()
            .unwrap_or_default()
            .into_iter()
            .rev()
        {
            match variable {
                Some(variable) => self.process.variables.insert(name, variable),
                None => self.process.variables.remove(&name),
            };
        }
        match outcome {
            Err(Flow::Return(exit)) => Ok(exit),
            other => other,
        }
    }

    /// `<(…)`: its output lies in a file that only this command sees.
    fn process_substitution(&mut self, substitution: &SubshellCommand) -> Result<String, Flow> {
        let (stream, buffer) = Stream::buffer();
        self.subshell(|shell| {
            shell.process.streams.insert(1, stream);
            shell.list(&substitution.list)
        })?;
        let data = buffer.borrow().clone();
        let path = format!("/dev/fd/{}", 63 - self.process.depth);
        let number = 63 - i32::try_from(self.process.depth).unwrap_or(0);
        self.process.streams.insert(
            number,
            Stream::Buffer(Rc::new(std::cell::RefCell::new(data))),
        );
        Ok(path)
    }
}

/// What comes after a turn of a loop.
enum Turn {
    Next(Exit),
    Stop,
}

fn variable_of(assignment: &Assignment) -> String {
    match &assignment.name {
        AssignmentName::VariableName(name) | AssignmentName::ArrayElementName(name, _) => {
            name.clone()
        }
    }
}

/// A text in single quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
