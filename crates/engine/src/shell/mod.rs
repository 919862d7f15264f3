//! RUN: a shell that interprets a script over the simulated files.
//!
//! Grammar is brush-parser's; what commands do is ours. What cannot be known, such as the
//! output of a program that is not modelled, is [`unknown::UNKNOWN`] and spreads from there;
//! where a condition depends on it, both courses are considered and the layer gets a range.

mod arithmetic;
mod builtins;
mod case;
mod data;
mod errno;
mod expand;
mod files;
mod glob;
mod lookup;
mod machine;
mod parameter;
mod pattern;
mod process;
mod redirect;
mod run;
mod syntax;
mod test_command;
mod unknown;

pub(crate) use builtins::{set_options, standard_streams};
pub use data::Data;
pub use errno::Errno;
pub use files::{Entry, Files, Mount, Who};
pub use glob::{expand as expand_paths, has_wildcard, unescaped};
pub use lookup::execute;
pub(crate) use lookup::{Resolution, known_script, unknown, unknown_script};
pub use machine::{MAX_DEPTH, Machine, Note};
pub use pattern::{Pattern, in_class};
pub use process::{Dialect, Exit, Flow, OpenFile, Options, Outcome, Process, Stream, Variable};
pub use run::{script, source};
pub use test_command::evaluate as evaluate_test;
pub use unknown::{UNKNOWN, is_known};

/// A shell at work: one process of it on the machine.
#[derive(Debug)]
pub struct Shell<'s, 'm> {
    /// The machine.
    pub machine: &'s mut Machine<'m>,
    /// The process.
    pub process: &'s mut Process,
}

impl Shell<'_, '_> {
    /// Prints to the shell's error output.
    pub fn error(&mut self, text: &str) {
        let stream = self.process.streams.get(&2).cloned();
        self.machine
            .write(stream.as_ref(), Data::from(format!("{text}\n").as_str()));
    }

    /// A message as the shell begins it: `/bin/sh: 1: …`.
    pub fn complain(&mut self, message: &str) {
        let text = match self.process.dialect {
            Dialect::Dash => format!("{}: 1: {message}", self.process.name),
            Dialect::Ash | Dialect::Bash => format!("{}: {message}", self.process.name),
        };
        self.error(&text);
    }

    /// An error that ends a shell that is not interactive; statuses of POSIX shells and bash.
    pub fn fatal(&mut self, message: &str, posix: u8, bash: u8) -> Flow {
        self.complain(message);
        Flow::Exit(Exit::code(if self.process.dialect == Dialect::Bash {
            bash
        } else {
            posix
        }))
    }

    /// A script that is not one.
    pub fn syntax_error(&mut self) -> Flow {
        self.fatal("Syntax error", 2, 2)
    }

    /// Sets a variable, unless it is read-only.
    ///
    /// # Errors
    /// Where that ends the shell.
    pub fn assign(&mut self, name: &str, value: &str) -> Result<(), Flow> {
        if self
            .process
            .variables
            .get(name)
            .is_some_and(|variable| variable.readonly)
        {
            let message = match self.process.dialect {
                Dialect::Bash => format!("{name}: readonly variable"),
                _ => format!("{name}: is read only"),
            };
            return Err(self.fatal(&message, 2, 1));
        }
        let integer = self
            .process
            .variables
            .get(name)
            .is_some_and(|variable| variable.integer);
        if integer && let Ok(number) = arithmetic::evaluate(value, self.process) {
            self.process.set(name, &number.to_string());
        } else {
            self.process.set(name, value);
        }
        Ok(())
    }

    /// Runs something in a copy of this process; gives its status.
    ///
    /// # Errors
    /// A limit.
    pub fn subshell(
        &mut self,
        course: impl FnOnce(&mut Shell<'_, '_>) -> Outcome,
    ) -> Result<Exit, Flow> {
        if self.process.depth >= MAX_DEPTH {
            return Err(Flow::Limit(
                "shells and functions are nested more than 64 deep",
            ));
        }
        let mut process = self.process.clone();
        process.depth += 1;
        process.loops = 0;
        process.traps.clear();
        let mut shell = Shell {
            machine: self.machine,
            process: &mut process,
        };
        let outcome = course(&mut shell);
        shell.leave(outcome)
    }

    /// The status that a shell ends with; its EXIT trap has run.
    ///
    /// # Errors
    /// A limit.
    pub fn leave(&mut self, outcome: Outcome) -> Result<Exit, Flow> {
        let exit = ended(outcome)?;
        let Some(command) = self.process.traps.remove("EXIT") else {
            return Ok(exit);
        };
        self.process.status = exit;
        let outcome = run::script(self, &command);
        match outcome {
            Err(Flow::Exit(exit)) => Ok(exit),
            Err(limit @ Flow::Limit(_)) => Err(limit),
            _ => Ok(exit),
        }
    }
}

/// The status of what has come to its end, one way or another.
///
/// # Errors
/// A limit.
pub fn ended(outcome: Outcome) -> Result<Exit, Flow> {
    match outcome {
        Ok(exit) | Err(Flow::Exit(exit) | Flow::Return(exit)) => Ok(exit),
        Err(Flow::Break(_) | Flow::Continue(_)) => Ok(Exit::OK),
        Err(limit @ Flow::Limit(_)) => Err(limit),
    }
}
