//! Commands that are part of the shell.

use crate::image::path;
use crate::programs::{self, Program};
use crate::size::ByteCount;

use super::lookup::{Resolution, external};
use super::process::{Dialect, Exit, Flow, Outcome, Process, Stream, Variable};
use super::run::quoted;
use super::unknown::is_known;
use super::{Data, Shell, run};

/// A builtin.
pub(super) type Builtin = fn(&mut Shell<'_, '_>, &[String]) -> Outcome;

/// The builtin of a name.
pub(super) fn find(name: &str, dialect: Dialect) -> Option<Builtin> {
    let common: Option<Builtin> = match name {
        ":" => Some(|_, _| Ok(Exit::OK)),
        "." => Some(dot),
        "alias" => Some(alias),
        "break" => Some(|shell, arguments| leave_loop(shell, arguments, Flow::Break)),
        "continue" => Some(|shell, arguments| leave_loop(shell, arguments, Flow::Continue)),
        "bg" | "fg" | "jobs" | "hash" | "times" => Some(|_, _| Ok(Exit::OK)),
        "cd" | "chdir" if !(dialect == Dialect::Bash && name == "chdir") => Some(cd),
        "command" => Some(command),
        "eval" => Some(eval),
        "exec" => Some(exec),
        "exit" => Some(exit),
        "export" => Some(|shell, arguments| {
            attribute(shell, arguments, |variable| variable.exported = true)
        }),
        "getopts" => Some(getopts),
        "local" => Some(local),
        "read" => Some(read),
        "readonly" => Some(|shell, arguments| {
            attribute(shell, arguments, |variable| variable.readonly = true)
        }),
        "return" => Some(return_),
        "set" => Some(set),
        "shift" => Some(shift),
        "trap" => Some(trap),
        "type" => Some(type_),
        "ulimit" => Some(|shell, arguments| {
            if arguments.len() < 2 {
                print(shell, "unlimited\n");
            }
            Ok(Exit::OK)
        }),
        "umask" => Some(umask),
        "unalias" => Some(|_, _| Ok(Exit::OK)),
        "unset" => Some(unset),
        "wait" => Some(wait),
        _ => None,
    };
    if common.is_some() || dialect == Dialect::Dash {
        return common;
    }
    match name {
        "source" => Some(dot),
        "let" => Some(let_),
        "builtin" if dialect == Dialect::Bash => Some(command),
        "declare" | "typeset" if dialect == Dialect::Bash => Some(declare),
        "shopt" if dialect == Dialect::Bash => Some(shopt),
        "mapfile" | "readarray" if dialect == Dialect::Bash => Some(mapfile),
        "pushd" | "popd" | "dirs" if dialect == Dialect::Bash => Some(directory_stack),
        "enable" | "disown" | "history" | "bind" | "complete" | "suspend" | "caller" | "logout"
            if dialect == Dialect::Bash =>
        {
            Some(|_, _| Ok(Exit::OK))
        }
        _ => None,
    }
}

/// Programs that shells have as builtins.
pub(super) fn program(name: &str, dialect: Dialect) -> Option<&'static dyn Program> {
    let builtin = matches!(
        name,
        "echo" | "printf" | "test" | "[" | "pwd" | "true" | "false" | "kill"
    ) || dialect == Dialect::Ash && matches!(name, "sleep" | "[[");
    if builtin { programs::find(name) } else { None }
}

/// POSIX's special builtins: what goes wrong in one ends the shell.
pub(super) fn is_special(name: &str, _: Dialect) -> bool {
    matches!(
        name,
        ":" | "."
            | "break"
            | "continue"
            | "eval"
            | "exec"
            | "exit"
            | "export"
            | "readonly"
            | "return"
            | "set"
            | "shift"
            | "times"
            | "trap"
            | "unset"
    )
}

/// Whether words like `a=$b` after this command are assignments.
pub(super) fn declares(name: &str, dialect: Dialect) -> bool {
    match name {
        "export" | "readonly" | "local" => true,
        "declare" | "typeset" => dialect == Dialect::Bash,
        _ => false,
    }
}

fn print(shell: &mut Shell<'_, '_>, text: &str) {
    let stream = shell.process.streams.get(&1).cloned();
    shell.machine.write(stream.as_ref(), Data::from(text));
}

/// A failure of a special builtin ends a POSIX shell.
fn special_failure(shell: &mut Shell<'_, '_>, message: &str) -> Outcome {
    shell.complain(message);
    if shell.process.dialect == Dialect::Bash {
        Ok(Exit::code(1))
    } else {
        Err(Flow::Exit(Exit::code(2)))
    }
}

/// What the script `bin/activate` of Python's virtual environments does, in words of our own;
/// none where the file at a path is not one.
fn activation(shell: &Shell<'_, '_>, at: &str) -> Option<String> {
    let directory = at.strip_suffix("/bin/activate")?;
    let config = format!("{directory}/pyvenv.cfg");
    shell.machine.files.text(&config)?;
    let quoted = directory.replace('\'', "'\\''");
    Some(format!(
        "_PATH_BEFORE=$PATH\nexport VIRTUAL_ENV='{quoted}' PATH='{quoted}'/bin:\"$PATH\"\ndeactivate () {{\nPATH=$_PATH_BEFORE\nunset VIRTUAL_ENV _PATH_BEFORE\nunset -f deactivate\n}}\n"
    ))
}

fn dot(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let Some(name) = arguments.get(1) else {
        return special_failure(shell, ".: filename argument required");
    };
    let mut candidates = vec![name.clone()];
    if !name.contains('/') {
        let search = shell
            .process
            .variable("PATH")
            .unwrap_or_default()
            .to_owned();
        candidates = search
            .split(':')
            .map(|directory| format!("{directory}/{name}"))
            .collect();
        if shell.process.dialect != Dialect::Dash {
            candidates.push(name.clone());
        }
    }
    for candidate in candidates {
        let at = shell.process.absolute(&candidate);
        let data = match shell.machine.files.read(&at, &shell.process.who) {
            Ok(data) => data,
            Err(super::Errno::Unknown) => Data::opaque(ByteCount::ZERO),
            Err(_) => continue,
        };
        let known = data.known();
        let known = known.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let Some(text) = known.or_else(|| activation(shell, &at)) else {
            shell.machine.note(
                "unknown-script",
                format!(
                    "{name} is run, whose content is not known: what it does is not in the estimate"
                ),
            );
            // It may say where other commands are.
            shell.machine.files.note_unlisted("/", ByteCount::ZERO);
            return Ok(Exit::UNKNOWN);
        };
        let old = (shell.process.dialect == Dialect::Bash && arguments.len() > 2)
            .then(|| std::mem::replace(&mut shell.process.arguments, arguments[2..].to_vec()));
        shell.process.calls += 1;
        let outcome = run::source(shell, &text);
        shell.process.calls -= 1;
        if let Some(old) = old {
            shell.process.arguments = old;
        }
        return match outcome {
            Err(Flow::Return(exit)) => Ok(exit),
            other => other,
        };
    }
    let message = match shell.process.dialect {
        Dialect::Bash => format!("{name}: No such file or directory"),
        Dialect::Dash => format!(".: cannot open {name}: No such file"),
        Dialect::Ash => format!(".: can't open '{name}': No such file or directory"),
    };
    special_failure(shell, &message)
}

fn alias(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    for argument in &arguments[1..] {
        if let Some((name, value)) = argument.split_once('=') {
            shell
                .process
                .aliases
                .insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(Exit::OK)
}

fn leave_loop(shell: &mut Shell<'_, '_>, arguments: &[String], flow: fn(u32) -> Flow) -> Outcome {
    let levels = match arguments.get(1) {
        None => 1,
        Some(text) => match text.parse::<u32>() {
            Ok(levels) if levels > 0 => levels,
            _ => return special_failure(shell, &format!("Illegal number: {text}")),
        },
    };
    if shell.process.loops == 0 {
        return Ok(Exit::OK);
    }
    Err(flow(levels.min(shell.process.loops)))
}

fn cd(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let mut physical = false;
    let mut operands = arguments[1..].iter().peekable();
    while let Some(option) = operands.next_if(|word| word.len() > 1 && word.starts_with('-')) {
        match option.as_str() {
            "-P" => physical = true,
            "-L" | "-e" | "-@" => physical = false,
            "--" => break,
            _ => {
                shell.complain(&format!("cd: Illegal option {option}"));
                return Ok(Exit::code(2));
            }
        }
    }
    let mut show = false;
    let target = match operands.next().map(String::as_str) {
        None => match shell.process.variable("HOME") {
            Some(home) => home.to_owned(),
            None if shell.process.dialect == Dialect::Bash => {
                shell.complain("cd: HOME not set");
                return Ok(Exit::code(1));
            }
            None => return Ok(Exit::OK),
        },
        Some("-") => {
            show = true;
            shell.process.variable("OLDPWD").unwrap_or(".").to_owned()
        }
        Some(path) => path.to_owned(),
    };
    if target.is_empty() {
        return Ok(Exit::OK);
    }
    if !is_known(&target) {
        return Ok(Exit::UNKNOWN);
    }
    match change_directory(shell, &target, physical) {
        Ok(()) => {
            if show {
                let line = format!("{}\n", shell.process.cwd);
                print(shell, &line);
            }
            Ok(Exit::OK)
        }
        Err(reason) => {
            let message = match shell.process.dialect {
                Dialect::Bash => format!("cd: {target}: {reason}"),
                Dialect::Dash => format!("cd: can't cd to {target}"),
                Dialect::Ash => format!("cd: can't cd to {target}: {reason}"),
            };
            shell.complain(&message);
            Ok(Exit::code(if shell.process.dialect == Dialect::Dash {
                2
            } else {
                1
            }))
        }
    }
}

/// Goes to a directory and keeps PWD and OLDPWD.
fn change_directory(
    shell: &mut Shell<'_, '_>,
    target: &str,
    physical: bool,
) -> Result<(), super::Errno> {
    let at = shell.process.absolute(target);
    let who = shell.process.who.clone();
    let real = match shell.machine.files.stat(&at, &who) {
        Ok(entry) => {
            if !entry.node.is_directory() {
                return Err(super::Errno::NotDirectory);
            }
            if !who.may(entry.node.meta(), 1) {
                return Err(super::Errno::Access);
            }
            entry.path
        }
        // In an image whose files are not listed it may well be there.
        Err(super::Errno::Unknown) => path::clean(&at),
        Err(errno) => return Err(errno),
    };
    let new = if physical { real } else { path::clean(&at) };
    let old = std::mem::replace(&mut shell.process.cwd, new.clone());
    shell.process.export("OLDPWD", &old);
    shell.process.set("PWD", &new);
    Ok(())
}

fn command(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let mut words = &arguments[1..];
    let mut describe = None;
    while let Some(option) = words
        .first()
        .filter(|word| word.len() > 1 && word.starts_with('-'))
    {
        match option.as_str() {
            "-v" => describe = Some(false),
            "-V" => describe = Some(true),
            "-p" | "--" => {}
            _ => break,
        }
        words = &words[1..];
    }
    if words.is_empty() {
        return Ok(Exit::OK);
    }
    let Some(verbose) = describe else {
        let words = words.to_vec();
        return super::lookup::run(shell, &words);
    };
    let mut exit = Exit::OK;
    // dash and ash describe the first one alone.
    let described = match shell.process.dialect {
        Dialect::Bash => words,
        Dialect::Dash | Dialect::Ash => &words[..1],
    };
    for word in described {
        match describe_command(shell, word, verbose) {
            Description::Found(text) => print(shell, &format!("{text}\n")),
            Description::Missing => {
                if verbose {
                    shell.complain(&format!("{word}: not found"));
                }
                exit = Exit::code(if shell.process.dialect == Dialect::Bash {
                    1
                } else {
                    127
                });
            }
            Description::Unknown => {
                exit = Exit::UNKNOWN;
            }
        }
    }
    Ok(exit)
}

enum Description {
    Found(String),
    Missing,
    Unknown,
}

fn describe_command(shell: &mut Shell<'_, '_>, name: &str, verbose: bool) -> Description {
    let dialect = shell.process.dialect;
    let keyword = matches!(
        name,
        "if" | "then"
            | "else"
            | "elif"
            | "fi"
            | "do"
            | "done"
            | "case"
            | "esac"
            | "while"
            | "until"
            | "for"
            | "{"
            | "}"
            | "!"
    );
    let kind = if keyword {
        Some("a shell keyword")
    } else if shell.process.functions.contains_key(name) {
        Some(if dialect == Dialect::Bash {
            "a function"
        } else {
            "a shell function"
        })
    } else if find(name, dialect).is_some() || program(name, dialect).is_some() {
        Some(if is_special(name, dialect) && dialect != Dialect::Bash {
            "a special shell builtin"
        } else {
            "a shell builtin"
        })
    } else {
        None
    };
    if let Some(kind) = kind {
        return Description::Found(if verbose {
            format!("{name} is {kind}")
        } else {
            name.to_owned()
        });
    }
    match shell.find_command(name) {
        Resolution::File(path, _) => {
            let again = !shell.process.found.insert(name.to_owned());
            let tracked = again && dialect == Dialect::Dash && !name.contains('/');
            Description::Found(match (verbose, tracked) {
                (true, true) => format!("{name} is a tracked alias for {path}"),
                (true, false) => format!("{name} is {path}"),
                (false, _) => path,
            })
        }
        Resolution::Perhaps(_) => Description::Unknown,
        _ => Description::Missing,
    }
}

fn type_(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let mut exit = Exit::OK;
    let short = arguments
        .get(1)
        .is_some_and(|word| matches!(word.as_str(), "-t" | "-p" | "-P"));
    let names = arguments[1..].iter().filter(|word| !word.starts_with('-'));
    for name in names.cloned().collect::<Vec<_>>() {
        match describe_command(shell, &name, !short) {
            Description::Found(text) => print(shell, &format!("{text}\n")),
            Description::Missing => {
                if !short {
                    shell.complain(&format!("{name}: not found"));
                }
                exit = Exit::code(if shell.process.dialect == Dialect::Bash {
                    1
                } else {
                    127
                });
            }
            Description::Unknown => exit = Exit::UNKNOWN,
        }
    }
    Ok(exit)
}

fn eval(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let text = arguments[1..].join(" ");
    if !is_known(&text) {
        shell.machine.note(
            "unknown-script",
            "eval runs text that is not known: what it does is not in the estimate".to_owned(),
        );
        return Ok(Exit::UNKNOWN);
    }
    run::source(shell, &text)
}

fn exec(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    if arguments.len() < 2 {
        return Ok(Exit::OK);
    }
    let exit = external(shell, &arguments[1..])?;
    Err(Flow::Exit(exit))
}

fn status_of(shell: &mut Shell<'_, '_>, text: Option<&String>) -> Result<Exit, Flow> {
    let Some(text) = text else {
        return Ok(shell.process.status);
    };
    if !is_known(text) {
        return Ok(Exit::UNKNOWN);
    }
    match text.parse::<i64>() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "statuses are a byte"
        )]
        Ok(code) => Ok(Exit::code(code as u8)),
        Err(_) => Err(shell.fatal(&format!("Illegal number: {text}"), 2, 2)),
    }
}

fn exit(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let exit = status_of(shell, arguments.get(1))?;
    Err(Flow::Exit(exit))
}

fn return_(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let exit = status_of(shell, arguments.get(1))?;
    if shell.process.calls == 0 {
        if shell.process.dialect == Dialect::Bash {
            shell.complain("return: can only `return' from a function or sourced script");
            return Ok(Exit::code(1));
        }
        return Err(Flow::Exit(exit));
    }
    Err(Flow::Return(exit))
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|ch| ch.is_ascii_alphabetic() || ch == '_')
        && chars.all(|ch| ch.is_ascii_alphanumeric() || ch == '_')
}

/// `export` and `readonly`.
fn attribute(
    shell: &mut Shell<'_, '_>,
    arguments: &[String],
    change: fn(&mut Variable),
) -> Outcome {
    let mut remove = false;
    let mut named = false;
    for word in &arguments[1..] {
        match word.as_str() {
            "-p" | "--" => continue,
            "-n" => {
                remove = true;
                continue;
            }
            "-f" => return Ok(Exit::OK),
            _ => named = true,
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_str(), None),
        };
        let (name, append) = match name.strip_suffix('+') {
            Some(name) => (name, true),
            None => (name, false),
        };
        if !is_name(name) {
            return special_failure(
                shell,
                &format!("{}: {word}: bad variable name", arguments[0]),
            );
        }
        if let Some(value) = value {
            let old = shell.process.variable(name).unwrap_or_default().to_owned();
            let value = if append {
                format!("{old}{value}")
            } else {
                value.to_owned()
            };
            shell.assign(name, &value)?;
        }
        let variable = shell.process.variables.entry(name.to_owned()).or_default();
        if remove {
            variable.exported = false;
        } else {
            change(variable);
        }
    }
    if !named {
        let lines: Vec<String> = shell
            .process
            .environment()
            .map(|(name, value)| format!("export {name}={}\n", quoted(value)))
            .collect();
        print(shell, &lines.concat());
    }
    Ok(Exit::OK)
}

fn local(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    if shell.process.locals.is_empty() {
        return special_failure(shell, "local: not in a function");
    }
    for word in arguments[1..].iter().filter(|word| !word.starts_with('-')) {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_str(), None),
        };
        let old = shell.process.variables.get(name).cloned();
        let exported = old.as_ref().is_some_and(|old| old.exported);
        let kept = old
            .clone()
            .filter(|_| shell.process.dialect != Dialect::Bash);
        if let Some(frame) = shell.process.locals.last_mut() {
            frame.push((name.to_owned(), old));
        }
        let mut variable = kept.unwrap_or_default();
        variable.exported = exported;
        if let Some(value) = value {
            variable.value = Some(value.to_owned());
        }
        shell.process.variables.insert(name.to_owned(), variable);
    }
    Ok(Exit::OK)
}

fn declare(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let (mut export, mut readonly, mut integer, mut array, mut table, mut global) =
        (false, false, false, false, false, false);
    let mut operands = Vec::new();
    for word in &arguments[1..] {
        let Some(flags) = word.strip_prefix('-') else {
            operands.push(word);
            continue;
        };
        for flag in flags.chars() {
            match flag {
                'x' => export = true,
                'r' => readonly = true,
                'i' => integer = true,
                'a' => array = true,
                'A' => table = true,
                'g' => global = true,
                _ => {}
            }
        }
    }
    for word in operands {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_str(), None),
        };
        if !global && let Some(frame) = shell.process.locals.last_mut() {
            frame.push((name.to_owned(), shell.process.variables.get(name).cloned()));
        }
        let variable = shell.process.variables.entry(name.to_owned()).or_default();
        variable.integer |= integer;
        if table {
            variable.table.get_or_insert_default();
        }
        if array {
            variable.elements.get_or_insert_default();
        }
        if let Some(value) = value {
            shell.assign(name, value)?;
        }
        if let Some(variable) = shell.process.variables.get_mut(name) {
            variable.exported |= export;
            variable.readonly |= readonly;
        }
    }
    Ok(Exit::OK)
}

fn let_(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let mut value = Ok(0);
    for word in &arguments[1..] {
        value = super::arithmetic::evaluate(word, shell.process);
    }
    Ok(match value {
        Ok(value) => Exit::of(value != 0),
        Err(_) => Exit::UNKNOWN,
    })
}

fn read(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let mut raw = false;
    let mut names = Vec::new();
    let mut array = None;
    let mut words = arguments[1..].iter();
    let mut descriptor = 0;
    while let Some(word) = words.next() {
        match word.as_str() {
            "-p" | "-t" | "-n" | "-N" | "-d" => {
                words.next();
            }
            "-u" => descriptor = words.next().and_then(|text| text.parse().ok()).unwrap_or(0),
            "-a" => array = words.next().cloned(),
            "-ra" => {
                raw = true;
                array = words.next().cloned();
            }
            flags if flags.len() > 1 && flags.starts_with('-') => raw |= flags.contains('r'),
            name => names.push(name.to_owned()),
        }
    }
    if names.is_empty() && array.is_none() {
        names.push("REPLY".to_owned());
    }
    let stream = shell.process.streams.get(&descriptor).cloned();
    let mut line = String::new();
    let mut complete = false;
    while let Some(part) = shell.machine.read_line(stream.as_ref()) {
        line.push_str(&part);
        complete = line.ends_with('\n');
        let continued = !raw && line.ends_with("\\\n") && !line.ends_with("\\\\\n");
        if !continued {
            break;
        }
        line.truncate(line.len() - 2);
        complete = false;
    }
    let text = line.strip_suffix('\n').unwrap_or(&line);
    let text = if raw { text.to_owned() } else { unescape(text) };
    let separators = shell.process.variable("IFS").unwrap_or(" \t\n").to_owned();
    let limit = if array.is_some() {
        usize::MAX
    } else {
        names.len()
    };
    let mut fields = split_line(&text, &separators, limit);
    if let Some(name) = array {
        let variable = shell.process.variables.entry(name).or_default();
        variable.elements = Some((0..).zip(fields).collect());
    } else {
        fields.resize(names.len(), String::new());
        for (name, value) in names.iter().zip(fields) {
            shell.assign(name, &value)?;
        }
    }
    Ok(Exit::of(complete))
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(ch) = chars.next() {
        if ch == '\\' {
            out.extend(chars.next());
        } else {
            out.push(ch);
        }
    }
    out
}

/// Cuts a line at separators into at most `limit` fields; the last one keeps the rest.
fn split_line(text: &str, separators: &str, limit: usize) -> Vec<String> {
    let blank = |ch: char| separators.contains(ch) && ch.is_ascii_whitespace();
    let mut rest = text.trim_matches(blank);
    let mut out = Vec::new();
    while !rest.is_empty() {
        if out.len() + 1 == limit {
            out.push(rest.to_owned());
            break;
        }
        match rest.find(|ch| separators.contains(ch)) {
            None => {
                out.push(rest.to_owned());
                break;
            }
            Some(end) => {
                out.push(rest[..end].to_owned());
                rest = rest[end..].trim_start_matches(blank);
                if let Some(ch) = rest.chars().next()
                    && separators.contains(ch)
                    && !blank(ch)
                {
                    rest = rest[ch.len_utf8()..].trim_start_matches(blank);
                }
            }
        }
    }
    out
}

fn set(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    if arguments.len() == 1 {
        let lines: Vec<String> = shell
            .process
            .variables
            .iter()
            .filter_map(|(name, variable)| {
                Some(format!("{name}={}\n", quoted(variable.value.as_deref()?)))
            })
            .collect();
        print(shell, &lines.concat());
        return Ok(Exit::OK);
    }
    match set_options(shell.process, &arguments[1..]) {
        Ok(Some(operands)) => {
            shell.process.arguments = operands;
            Ok(Exit::OK)
        }
        Ok(None) => Ok(Exit::OK),
        Err(option) => {
            let message = match shell.process.dialect {
                Dialect::Dash | Dialect::Ash => format!("set: Illegal option {option}"),
                Dialect::Bash => format!("set: {option}: invalid option"),
            };
            if shell.process.dialect == Dialect::Bash {
                shell.complain(&message);
                return Ok(Exit::code(2));
            }
            special_failure(shell, &message)
        }
    }
}

/// Applies the options of `set` or of a shell's own arguments; gives the operands, where
/// there are any.
///
/// # Errors
/// The option that the shell does not have.
pub(crate) fn set_options(
    process: &mut Process,
    words: &[String],
) -> Result<Option<Vec<String>>, String> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let on = match word.chars().next() {
            Some('-') if word == "--" => {
                return Ok(Some(words[at + 1..].to_vec()));
            }
            Some('-') if word.len() > 1 => true,
            Some('+') if word.len() > 1 => false,
            _ => return Ok(Some(words[at..].to_vec())),
        };
        at += 1;
        for flag in word[1..].chars() {
            if flag == 'o' {
                let Some(name) = words.get(at) else {
                    continue;
                };
                at += 1;
                if !set_named(process, name, on) {
                    return Err(format!("{}o {name}", if on { '-' } else { '+' }));
                }
                continue;
            }
            if !set_flag(process, flag, on) {
                return Err(format!("{}{flag}", if on { '-' } else { '+' }));
            }
        }
    }
    Ok(None)
}

fn set_flag(process: &mut Process, flag: char, on: bool) -> bool {
    let options = &mut process.options;
    match flag {
        'e' => options.errexit = on,
        'u' => options.nounset = on,
        'x' => options.xtrace = on,
        'f' => options.noglob = on,
        'a' => options.allexport = on,
        'C' => options.noclobber = on,
        'n' => options.noexec = on,
        'v' => options.verbose = on,
        'b' | 'm' | 'i' | 's' | 'V' | 'E' | 'I' | 'p' | 'q' | 'l' => {}
        'h' | 'B' | 'H' | 'T' | 'P' | 'k' | 't' => return process.dialect == Dialect::Bash,
        _ => return false,
    }
    true
}

/// An option by the name that `-o` takes.
fn set_named(process: &mut Process, name: &str, on: bool) -> bool {
    let flag = match name {
        "errexit" => 'e',
        "nounset" => 'u',
        "xtrace" => 'x',
        "noglob" => 'f',
        "allexport" => 'a',
        "noclobber" => 'C',
        "noexec" => 'n',
        "verbose" => 'v',
        // Debian 12's dash has no pipefail yet; Debian 13's has.
        "pipefail" => {
            let has = process.has_pipefail || process.dialect != Dialect::Dash;
            if has {
                process.options.pipefail = on;
            }
            return has;
        }
        "ignoreeof" | "interactive" | "stdin" | "vi" | "emacs" | "notify" | "monitor" | "nolog"
        | "debug" => return true,
        "posix" | "errtrace" | "functrace" | "hashall" | "histexpand" | "history"
        | "braceexpand" | "keyword" | "onecmd" | "physical" | "privileged" => {
            return process.dialect == Dialect::Bash;
        }
        _ => return false,
    };
    set_flag(process, flag, on)
}

fn shift(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let count = match arguments.get(1) {
        None => 1,
        Some(text) => match text.parse::<usize>() {
            Ok(count) => count,
            Err(_) => return special_failure(shell, &format!("shift: Illegal number: {text}")),
        },
    };
    if count > shell.process.arguments.len() {
        if shell.process.dialect == Dialect::Dash {
            return special_failure(shell, "shift: can't shift that many");
        }
        return Ok(Exit::code(1));
    }
    shell.process.arguments.drain(..count);
    Ok(Exit::OK)
}

fn trap(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let words: Vec<&String> = arguments[1..].iter().filter(|word| *word != "--").collect();
    let Some((action, signals)) = words.split_first() else {
        return Ok(Exit::OK);
    };
    let names = |word: &str| match word {
        "0" => "EXIT".to_owned(),
        other => other.trim_start_matches("SIG").to_owned(),
    };
    if signals.is_empty() {
        shell.process.traps.remove(&names(action));
        return Ok(Exit::OK);
    }
    for signal in signals {
        let signal = names(signal);
        if *action == "-" {
            shell.process.traps.remove(&signal);
        } else {
            shell.process.traps.insert(signal, (*action).clone());
        }
    }
    Ok(Exit::OK)
}

fn umask(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let Some(text) = arguments.get(1).filter(|word| *word != "-S") else {
        let line = format!("{:04o}\n", shell.process.umask);
        print(shell, &line);
        return Ok(Exit::OK);
    };
    if let Ok(mask) = u16::from_str_radix(text, 8)
        && mask <= 0o777
    {
        shell.process.umask = mask;
        return Ok(Exit::OK);
    }
    let granted = 0o777 & !shell.process.umask;
    match programs::change_mode(text, granted, false, 0) {
        Some(granted) => {
            shell.process.umask = 0o777 & !granted;
            Ok(Exit::OK)
        }
        None => special_failure(shell, &format!("umask: Illegal mode: {text}")),
    }
}

fn unset(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let mut functions = false;
    for word in &arguments[1..] {
        match word.as_str() {
            "-f" => functions = true,
            "-v" => functions = false,
            name if functions => {
                shell.process.functions.remove(name);
            }
            name => {
                if let Some((array, index)) =
                    name.strip_suffix(']').and_then(|name| name.split_once('['))
                {
                    if let Some(variable) = shell.process.variables.get_mut(array) {
                        if let (Some(elements), Ok(index)) = (&mut variable.elements, index.parse())
                        {
                            elements.remove(&index);
                        }
                        if let Some(table) = &mut variable.table {
                            table.remove(index);
                        }
                    }
                    continue;
                }
                let readonly = shell
                    .process
                    .variables
                    .get(name)
                    .is_some_and(|variable| variable.readonly);
                if readonly {
                    return special_failure(shell, &format!("unset: {name}: is read only"));
                }
                if shell.process.variables.remove(name).is_none() {
                    shell.process.functions.remove(name);
                }
            }
        }
    }
    Ok(Exit::OK)
}

fn wait(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let Some(pid) = arguments.get(1) else {
        return Ok(Exit::OK);
    };
    let status = shell
        .process
        .variable(&format!("!{pid}"))
        .map(str::to_owned);
    Ok(match status.as_deref() {
        None => Exit::code(127),
        Some(text) => Exit(text.parse().ok()),
    })
}

fn getopts(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let (Some(spec), Some(name)) = (arguments.get(1), arguments.get(2)) else {
        return special_failure(shell, "getopts: usage: getopts optstring var [arg]");
    };
    let given = if arguments.len() > 3 {
        arguments[3..].to_vec()
    } else {
        shell.process.arguments.clone()
    };
    let index: usize = shell
        .process
        .variable("OPTIND")
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let (known, mut within) = shell.process.getopts;
    if known != index {
        within = 1;
    }
    let word = given
        .get(index.wrapping_sub(1))
        .cloned()
        .unwrap_or_default();
    if word.len() < 2 || !word.starts_with('-') || word == "--" {
        let next = if word == "--" { index + 1 } else { index };
        shell.process.set("OPTIND", &next.to_string());
        shell.assign(name, "?")?;
        return Ok(Exit::code(1));
    }
    let letters: Vec<char> = word.chars().collect();
    let letter = letters.get(within).copied().unwrap_or('?');
    let place = spec
        .trim_start_matches(':')
        .find(letter)
        .filter(|_| letter != ':');
    let takes = place
        .is_some_and(|at| spec.trim_start_matches(':')[at + letter.len_utf8()..].starts_with(':'));
    let mut next = (index, within + 1);
    if within + 1 >= letters.len() {
        next = (index + 1, 1);
    }
    let mut value = letter.to_string();
    if place.is_none() {
        if spec.starts_with(':') {
            shell.process.set("OPTARG", &value);
        } else {
            shell.complain(&format!("Illegal option -{letter}"));
        }
        value = "?".to_owned();
    } else if takes {
        let rest: String = letters[within + 1..].iter().collect();
        let argument = if rest.is_empty() {
            next = (index + 2, 1);
            given.get(index).cloned()
        } else {
            next = (index + 1, 1);
            Some(rest)
        };
        match argument {
            Some(argument) => shell.process.set("OPTARG", &argument),
            None => {
                next = (index + 1, 1);
                if spec.starts_with(':') {
                    shell.process.set("OPTARG", &value);
                    value = ":".to_owned();
                } else {
                    shell.complain(&format!("No arg for -{letter} option"));
                    value = "?".to_owned();
                }
            }
        }
    }
    shell.process.getopts = next;
    shell.process.set("OPTIND", &next.0.to_string());
    shell.assign(name, &value)?;
    Ok(Exit::OK)
}

fn shopt(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let mut on = None;
    for word in &arguments[1..] {
        match word.as_str() {
            "-s" => on = Some(true),
            "-u" => on = Some(false),
            name => {
                let options = &mut shell.process.options;
                let option = match name {
                    "nullglob" => &mut options.nullglob,
                    "dotglob" => &mut options.dotglob,
                    "globstar" => &mut options.globstar,
                    _ => continue,
                };
                match on {
                    Some(on) => *option = on,
                    None => return Ok(Exit::of(*option)),
                }
            }
        }
    }
    Ok(Exit::OK)
}

fn mapfile(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let trim = arguments[1..].iter().any(|word| word == "-t");
    let name = arguments[1..]
        .iter()
        .rfind(|word| !word.starts_with('-'))
        .map_or("MAPFILE", String::as_str)
        .to_owned();
    let stream = shell.process.streams.get(&0).cloned();
    let mut lines = Vec::new();
    while let Some(line) = shell.machine.read_line(stream.as_ref()) {
        shell.machine.step()?;
        lines.push(if trim {
            line.trim_end_matches('\n').to_owned()
        } else {
            line
        });
    }
    let variable = shell.process.variables.entry(name).or_default();
    variable.elements = Some((0..).zip(lines).collect());
    Ok(Exit::OK)
}

/// `pushd`, `popd` and `dirs`; the stack is a variable that no script can name.
fn directory_stack(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    const STACK: &str = "=dirs";
    let mut stack: Vec<String> = shell
        .process
        .variable(STACK)
        .map(|text| text.split('\n').map(str::to_owned).collect())
        .unwrap_or_default();
    let old = shell.process.cwd.clone();
    let target = match arguments[0].as_str() {
        "pushd" => match arguments.get(1) {
            Some(target) => {
                stack.push(old);
                Some(target.clone())
            }
            None => stack.pop().inspect(|_| stack.push(old)),
        },
        "popd" => stack.pop(),
        _ => None,
    };
    if let Some(target) = target {
        if change_directory(shell, &target, false).is_err() {
            shell.complain(&format!(
                "{}: {target}: No such file or directory",
                arguments[0]
            ));
            return Ok(Exit::code(1));
        }
    } else if arguments[0] == "popd" {
        shell.complain("popd: directory stack empty");
        return Ok(Exit::code(1));
    }
    if stack.is_empty() {
        shell.process.variables.remove(STACK);
    } else {
        shell.process.set(STACK, &stack.join("\n"));
    }
    let mut line = shell.process.cwd.clone();
    for directory in stack.iter().rev() {
        line.push(' ');
        line.push_str(directory);
    }
    print(shell, &format!("{line}\n"));
    Ok(Exit::OK)
}

/// An empty set of streams of a process that is started: no input, output to the log.
pub(crate) fn standard_streams() -> std::collections::BTreeMap<i32, Stream> {
    [(0, Stream::Null), (1, Stream::Log), (2, Stream::Log)].into()
}
