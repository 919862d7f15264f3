//! A process: who it is, where it is, what it has open and what variables it knows.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use brush_parser::ast::FunctionBody;

use super::data::Data;
use super::files::Who;

/// How a command ended; `None` where that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(pub Option<u8>);

impl Exit {
    /// It worked.
    pub const OK: Self = Self(Some(0));
    /// Not known.
    pub const UNKNOWN: Self = Self(None);

    /// With a status.
    pub const fn code(code: u8) -> Self {
        Self(Some(code))
    }

    /// 0 for true, 1 for false.
    pub const fn of(success: bool) -> Self {
        Self(Some(if success { 0 } else { 1 }))
    }

    /// Whether it worked, where that is known.
    pub fn success(self) -> Option<bool> {
        self.0.map(|code| code == 0)
    }

    /// Whether it certainly failed.
    pub fn failed(self) -> bool {
        self.success() == Some(false)
    }
}

/// What leaves the ordinary course of a script.
#[derive(Debug, Clone, PartialEq)]
pub enum Flow {
    /// `exit`, or what ends the shell.
    Exit(Exit),
    /// `return`.
    Return(Exit),
    /// `break`, and how many loops.
    Break(u32),
    /// `continue`, and how many loops.
    Continue(u32),
    /// A limit of the simulation.
    Limit(&'static str),
}

/// How a command ends.
pub type Outcome = Result<Exit, Flow>;

/// A file that is open.
#[derive(Debug)]
pub struct OpenFile {
    /// Real path.
    pub path: String,
    /// What has not been read yet.
    pub unread: Data,
    /// Where the next write goes; at the end where it is `None`.
    pub position: Option<u64>,
}

/// Where a file descriptor leads.
#[derive(Debug, Clone)]
pub enum Stream {
    /// `/dev/null`.
    Null,
    /// `/dev/zero`.
    Zero,
    /// `/dev/urandom`.
    Random,
    /// `/dev/full`.
    Full,
    /// The build's output.
    Log,
    /// A pipe, or the shell that takes what a substitution prints.
    Buffer(Rc<RefCell<Data>>),
    /// A file.
    File(Rc<RefCell<OpenFile>>),
}

impl Stream {
    /// An empty buffer, twice.
    pub fn buffer() -> (Self, Rc<RefCell<Data>>) {
        let data = Rc::default();
        (Self::Buffer(Rc::clone(&data)), data)
    }
}

/// Which shell it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Debian's /bin/sh.
    Dash,
    /// Busybox's.
    Ash,
    /// GNU bash.
    Bash,
}

/// A variable.
#[derive(Debug, Clone, Default)]
pub struct Variable {
    /// Its value; of an array the first element's. `None` where it is only declared.
    pub value: Option<String>,
    /// The elements, of an array.
    pub elements: Option<BTreeMap<i64, String>>,
    /// The elements, of an associative array.
    pub table: Option<BTreeMap<String, String>>,
    /// Whether programs see it.
    pub exported: bool,
    /// Whether it cannot be set.
    pub readonly: bool,
    /// Whether it is an integer (`declare -i`).
    pub integer: bool,
}

/// `set -…` and what bash's `shopt` adds.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `-e`
    pub errexit: bool,
    /// `-u`
    pub nounset: bool,
    /// `-x`
    pub xtrace: bool,
    /// `-f`
    pub noglob: bool,
    /// `-a`
    pub allexport: bool,
    /// `-C`
    pub noclobber: bool,
    /// `-n`
    pub noexec: bool,
    /// `-v`
    pub verbose: bool,
    /// `-o pipefail`
    pub pipefail: bool,
    /// `shopt -s nullglob`
    pub nullglob: bool,
    /// `shopt -s dotglob`
    pub dotglob: bool,
    /// `shopt -s globstar`
    pub globstar: bool,
}

/// A process; a subshell is a copy of it.
#[derive(Debug, Clone)]
pub struct Process {
    /// On whose behalf.
    pub who: Who,
    /// Working directory, as `pwd` prints it.
    pub cwd: String,
    /// `umask`.
    pub umask: u16,
    /// Variables, the environment's among them.
    pub variables: BTreeMap<String, Variable>,
    /// Open files.
    pub streams: BTreeMap<i32, Stream>,
    /// Which shell it is, or was started by.
    pub dialect: Dialect,
    /// `$0`.
    pub name: String,
    /// `$1` and so on.
    pub arguments: Vec<String>,
    /// `set`.
    pub options: Options,
    /// Functions.
    pub functions: BTreeMap<String, Rc<FunctionBody>>,
    /// `alias`; kept for `alias` and `type`, since scripts do not expand them.
    pub aliases: BTreeMap<String, String>,
    /// `trap`: the command by signal.
    pub traps: BTreeMap<String, String>,
    /// `$?`.
    pub status: Exit,
    /// How deep shells, functions and substitutions are nested.
    pub depth: usize,
    /// How many loops are around.
    pub loops: u32,
    /// How many functions are around.
    pub calls: usize,
    /// Whether a failure is looked at, so that `set -e` does not apply.
    pub tested: bool,
    /// What `local` hid, function by function.
    pub locals: Vec<Vec<(String, Option<Variable>)>>,
    /// State of `getopts` within an argument.
    pub getopts: (usize, usize),
    /// Commands that were found in PATH before, which dash says of them.
    pub found: std::collections::BTreeSet<String>,
    /// Whether this machine's dash knows `set -o pipefail`, as Debian 13's does.
    pub has_pipefail: bool,
    /// Status of the last command substitution of the command being expanded.
    pub substituted: Option<Exit>,
}

impl Process {
    /// A process that has just been started.
    pub fn new(who: Who, cwd: &str, streams: BTreeMap<i32, Stream>) -> Self {
        Self {
            who,
            cwd: cwd.to_owned(),
            umask: 0o022,
            variables: BTreeMap::new(),
            streams,
            dialect: Dialect::Dash,
            name: String::new(),
            arguments: Vec::new(),
            options: Options::default(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            traps: BTreeMap::new(),
            status: Exit::OK,
            depth: 0,
            loops: 0,
            calls: 0,
            tested: false,
            locals: Vec::new(),
            getopts: (1, 1),
            found: std::collections::BTreeSet::new(),
            has_pipefail: false,
            substituted: None,
        }
    }

    /// A variable's value.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.value.as_deref()
    }

    /// Sets a variable; an exported one stays so.
    pub fn set(&mut self, name: &str, value: &str) {
        let export = self.options.allexport;
        let variable = self.variables.entry(name.to_owned()).or_default();
        variable.value = Some(value.to_owned());
        if let Some(elements) = &mut variable.elements {
            elements.insert(0, value.to_owned());
        }
        variable.exported |= export;
    }

    /// Sets a variable that programs see.
    pub fn export(&mut self, name: &str, value: &str) {
        self.set(name, value);
        if let Some(variable) = self.variables.get_mut(name) {
            variable.exported = true;
        }
    }

    /// The environment of programs.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().filter_map(|(name, variable)| {
            let value = variable.value.as_deref().filter(|_| variable.exported)?;
            Some((name.as_str(), value))
        })
    }

    /// A path from the working directory.
    pub fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') || path.is_empty() {
            path.to_owned()
        } else if self.cwd == "/" {
            format!("/{path}")
        } else {
            format!("{}/{path}", self.cwd)
        }
    }
}
