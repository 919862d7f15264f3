//! `sed`: edits streams.

use super::options::{Spec, flag, optional, value};
use super::regex::Regex;
use super::{Call, Program};
use crate::image::{Metadata, Node, path};
use crate::shell::{Data, Exit, Flow, Outcome, UNKNOWN, is_known};
use crate::size::ByteCount;

const OPTIONS: [Spec; 12] = [
    flag("n", "quiet"),
    value("e", "expression"),
    value("f", "file"),
    flag("E", "regexp-extended"),
    flag("r", ""),
    optional("i", "in-place"),
    flag("s", "separate"),
    flag("z", "null-data"),
    flag("u", "unbuffered"),
    flag("", "posix"),
    flag("", "follow-symlinks"),
    flag("", "sandbox"),
];

/// Settings that are not listed, when they were edited.
const UNLISTED: ByteCount = ByteCount::assumed(3_000, 0, 60_000);

/// `sed`: edits streams.
#[derive(Debug)]
pub(super) struct Sed;

impl Program for Sed {
    fn names(&self) -> &'static [&'static str] {
        &["sed"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let mut operands = options.operands.clone();
        let mut text = String::new();
        for (key, value) in options
            .given()
            .map(|(key, value)| (key, value.map(str::to_owned)))
            .collect::<Vec<_>>()
        {
            let Some(value) = value.filter(|_| matches!(key, "e" | "f")) else {
                continue;
            };
            if key == "e" {
                text.push_str(&value);
            } else {
                match call.read(&value) {
                    Ok(data) => text.push_str(&data.text()),
                    Err(errno) => {
                        call.problem(&format!("couldn't open file {value}"), errno);
                        return Ok(call.exit);
                    }
                }
            }
            text.push('\n');
        }
        if !options.has("e") && !options.has("f") {
            if operands.is_empty() {
                return Ok(call.refuse(
                    "usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...",
                    1,
                ));
            }
            text = operands.remove(0);
        }
        let in_place = options.has("i");
        if !is_known(&text) {
            // The edit is not known: neither is what it leaves.
            return unknown(call, &operands, in_place);
        }
        let extended = options.has("E") || options.has("r");
        let script = match Script::parse(&text, extended) {
            Ok(script) => script,
            Err(message) if message.ends_with("not modelled") => {
                return unknown(call, &operands, in_place);
            }
            Err(message) => {
                return Ok(call.refuse(&format!("-e expression #1, char 0: {message}"), 1));
            }
        };
        let quiet = options.has("n") || text.starts_with("#n\n");
        if in_place {
            for file in &operands {
                let data = match call.read(file) {
                    Ok(data) => data,
                    Err(crate::shell::Errno::IsDirectory) => {
                        let message = format!("couldn't edit {file}: not a regular file");
                        return Ok(call.refuse(&message, 4));
                    }
                    Err(crate::shell::Errno::Unknown) => {
                        call.doubt();
                        // Where the build goes on, a package's settings were there.
                        let at = call.at(file);
                        if at.starts_with("/etc/") {
                            let node = Node::sized(UNLISTED, Metadata::root(0o644));
                            call.files().place_at(&at, node);
                        }
                        continue;
                    }
                    Err(errno) => {
                        call.problem(&format!("can't read {file}"), errno);
                        if call.exit.failed() {
                            call.exit = Exit::code(2);
                        }
                        continue;
                    }
                };
                let mut editor = Editor::new(&script, quiet, options.has("z"));
                let out = if data.known().is_none()
                    && !is_known(&data.text())
                    && data.size().bytes > 0
                    && data.text().chars().count() <= 2
                {
                    edited(&data)
                } else {
                    editor.run(call, &[data.text()])?.as_str().into()
                };
                replace(call, file, &out, options.value("i"));
                if let Some(code) = editor.exit {
                    return Ok(Exit::code(code));
                }
            }
            return Ok(call.exit);
        }
        let mut inputs = Vec::new();
        if operands.is_empty() {
            operands.push("-".to_owned());
        }
        for file in &operands {
            match call.read(file) {
                Ok(data) => inputs.push(data.text()),
                Err(errno) => {
                    call.problem(&format!("can't read {file}"), errno);
                    if call.exit.failed() {
                        call.exit = Exit::code(2);
                    }
                }
            }
        }
        let mut editor = Editor::new(&script, quiet, options.has("z"));
        let out = editor.run(call, &inputs)?;
        call.out(&out);
        if let Some(code) = editor.exit {
            return Ok(Exit::code(code));
        }
        Ok(call.exit)
    }
}

/// What an edit leaves where it, or what it edits, is not known: about as much as there was.
fn edited(data: &Data) -> Data {
    let size = data.size();
    Data::opaque(ByteCount::assumed(
        size.bytes,
        0,
        size.high.saturating_mul(2).saturating_add(1000),
    ))
}

/// Writes a file anew, as `-i` does: a file of its own in the place of the old name.
fn replace(call: &mut Call<'_, '_, '_>, file: &str, data: &Data, suffix: Option<&str>) {
    let who = call.who();
    let at = call.at(file);
    let Ok(old) = call.stat(file) else { return };
    if let Some(suffix) = suffix {
        let backup = if suffix.contains('*') {
            let name = suffix.replace('*', path::split(&at).1);
            if name.contains('/') {
                name
            } else {
                format!("{}/{name}", path::split(&at).0)
            }
        } else {
            format!("{at}{suffix}")
        };
        if call.files().rename(&at, &backup, &who).is_err() {
            return call.fail(&format!("cannot rename {file}"));
        }
    }
    let node = crate::image::Node::file([].as_slice().into(), old.node.meta());
    match call.files().place_node(&at, node, &who) {
        Ok(real) => call.files().set_content(&real, data),
        Err(errno) => {
            call.problem(
                &format!(
                    "couldn't open temporary file {}/sedXXXXXX",
                    path::split(&at).0
                ),
                errno,
            );
            if call.exit.failed() {
                call.exit = Exit::code(4);
            }
        }
    }
}

pub(super) fn unknown(call: &mut Call<'_, '_, '_>, files: &[String], in_place: bool) -> Outcome {
    for file in files {
        match call.read(file) {
            Ok(data) if in_place => {
                replace(call, file, &edited(&data), None);
            }
            Ok(_) => call.line(&UNKNOWN.to_string()),
            Err(errno) => call.problem(&format!("can't read {file}"), errno),
        }
    }
    if files.is_empty() {
        call.line(&UNKNOWN.to_string());
    }
    Ok(call.exit)
}

/// Which lines a command applies to.
#[derive(Debug, Clone)]
enum Address {
    Line(usize),
    Last,
    Step(usize, usize),
    Match(Regex),
    Plus(usize),
    Multiple(usize),
}

#[derive(Debug, Clone)]
struct Command {
    first: Option<Address>,
    second: Option<Address>,
    negated: bool,
    action: Action,
}

#[derive(Debug, Clone)]
enum Action {
    Begin(usize),
    End,
    Label,
    Delete,
    DeleteFirst,
    Print,
    PrintFirst,
    Number,
    Next,
    NextAppend,
    Hold(char),
    Quit(u8, bool),
    Append(String),
    Insert(String),
    Change(String),
    Read(String),
    Write(String),
    Branch(char, String),
    Translate(Vec<(char, char)>),
    Substitute(Substitution),
    List,
    Zap,
}

#[derive(Debug, Clone)]
struct Substitution {
    regex: Option<Regex>,
    replacement: Vec<Part>,
    global: bool,
    print: bool,
    occurrence: usize,
    write: Option<String>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Group(usize),
    Case(char),
}

#[derive(Debug)]
struct Script {
    commands: Vec<Command>,
    labels: Vec<(String, usize)>,
}

struct Reader<'r> {
    chars: Vec<char>,
    at: usize,
    extended: bool,
    last: &'r mut Option<Regex>,
}

impl Script {
    fn parse(text: &str, extended: bool) -> Result<Self, String> {
        let mut last = None;
        let mut reader = Reader {
            chars: text.chars().collect(),
            at: 0,
            extended,
            last: &mut last,
        };
        let mut script = Self {
            commands: Vec::new(),
            labels: Vec::new(),
        };
        let mut open = Vec::new();
        loop {
            reader.skip(|ch| ch.is_whitespace() || ch == ';');
            let Some(ch) = reader.peek() else { break };
            if ch == '#' {
                reader.skip(|ch| ch != '\n');
                continue;
            }
            let first = reader.address()?;
            reader.skip(|ch| ch == ' ');
            let mut second = None;
            if first.is_some() && reader.peek() == Some(',') {
                reader.at += 1;
                reader.skip(|ch| ch == ' ');
                second = Some(reader.address()?.ok_or("unexpected `,'")?);
            }
            reader.skip(|ch| ch == ' ');
            let mut negated = false;
            while reader.peek() == Some('!') {
                negated = true;
                reader.at += 1;
                reader.skip(|ch| ch == ' ');
            }
            let Some(letter) = reader.peek() else {
                return Err("missing command".to_owned());
            };
            reader.at += 1;
            let action = match letter {
                '{' => {
                    open.push(script.commands.len());
                    Action::Begin(0)
                }
                '}' => {
                    let start = open.pop().ok_or("unexpected `}'")?;
                    let end = script.commands.len();
                    if let Some(command) = script.commands.get_mut(start) {
                        command.action = Action::Begin(end);
                    }
                    Action::End
                }
                ':' => {
                    let label = reader.label();
                    script.labels.push((label, script.commands.len()));
                    Action::Label
                }
                other => reader.action(other)?,
            };
            script.commands.push(Command {
                first,
                second,
                negated,
                action,
            });
        }
        if !open.is_empty() {
            return Err("unmatched `{'".to_owned());
        }
        Ok(script)
    }

    fn label(&self, name: &str) -> Option<usize> {
        if name.is_empty() {
            return Some(self.commands.len());
        }
        let found = self.labels.iter().find(|(own, _)| own == name)?;
        Some(found.1)
    }
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> usize {
        let start = self.at;
        self.skip(|ch| ch.is_ascii_digit());
        let text: String = self.chars[start..self.at].iter().collect();
        text.parse().unwrap_or(usize::MAX)
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        Ok(match self.peek() {
            Some(ch) if ch.is_ascii_digit() => {
                let first = self.number();
                if self.peek() == Some('~') {
                    self.at += 1;
                    let step = self.number();
                    return Ok(Some(Address::Step(first, step)));
                }
                Some(Address::Line(first))
            }
            Some('$') => {
                self.at += 1;
                Some(Address::Last)
            }
            Some('+') => {
                self.at += 1;
                Some(Address::Plus(self.number()))
            }
            Some('~') => {
                self.at += 1;
                Some(Address::Multiple(self.number()))
            }
            Some('/' | '\\') => {
                if self.peek() == Some('\\') {
                    self.at += 1;
                }
                let delimiter = self.peek().ok_or("unterminated address regex")?;
                self.at += 1;
                let pattern = self
                    .until(delimiter, true)
                    .ok_or("unterminated address regex")?;
                let mut ignore_case = false;
                while let Some(flag) = self.peek().filter(|flag| matches!(flag, 'I' | 'M')) {
                    ignore_case |= flag == 'I';
                    self.at += 1;
                }
                Some(Address::Match(self.regex(&pattern, ignore_case)?))
            }
            _ => None,
        })
    }

    fn regex(&mut self, pattern: &str, ignore_case: bool) -> Result<Regex, String> {
        if pattern.is_empty() {
            return self
                .last
                .clone()
                .ok_or_else(|| "no previous regular expression".to_owned());
        }
        let regex = Regex::new(pattern, self.extended, ignore_case)?;
        *self.last = Some(regex.clone());
        Ok(regex)
    }

    /// Text up to a delimiter; an escaped delimiter is itself. In an expression brackets
    /// hide delimiters.
    fn until(&mut self, delimiter: char, expression: bool) -> Option<String> {
        let mut out = String::new();
        let mut bracket = false;
        loop {
            let ch = self.peek()?;
            self.at += 1;
            if ch == delimiter && !bracket {
                return Some(out);
            }
            if ch == '\\' && !bracket {
                let next = self.peek()?;
                self.at += 1;
                if next == delimiter && expression {
                    // The delimiter as a plain character.
                    if "|+?(){}".contains(next) && delimiter != '/' {
                        out.push('\\');
                    }
                    out.push(next);
                } else if next == delimiter {
                    out.push(next);
                } else {
                    out.push('\\');
                    out.push(next);
                }
                continue;
            }
            if expression && ch == '[' && !bracket {
                bracket = true;
                out.push(ch);
                if self.peek() == Some('^') {
                    out.push('^');
                    self.at += 1;
                }
                if self.peek() == Some(']') {
                    out.push(']');
                    self.at += 1;
                }
                continue;
            }
            if bracket && ch == '[' && self.peek() == Some(':') {
                out.push(ch);
                while let Some(ch) = self.peek() {
                    self.at += 1;
                    out.push(ch);
                    if ch == ']' {
                        break;
                    }
                }
                continue;
            }
            if bracket && ch == ']' {
                bracket = false;
            }
            out.push(ch);
        }
    }

    fn label(&mut self) -> String {
        self.skip(|ch| ch == ' ');
        let start = self.at;
        self.skip(|ch| ch != '\n' && ch != ';' && ch != '}');
        let text: String = self.chars[start..self.at].iter().collect();
        text.trim().to_owned()
    }

    fn name(&mut self) -> String {
        self.skip(|ch| ch == ' ');
        let start = self.at;
        self.skip(|ch| ch != '\n');
        self.chars[start..self.at].iter().collect()
    }

    /// The text of `a`, `i` and `c`.
    fn text(&mut self) -> String {
        self.skip(|ch| ch == ' ' || ch == '\t');
        if self.peek() == Some('\\') {
            self.at += 1;
            self.skip(|ch| ch == ' ' || ch == '\t');
            if self.peek() == Some('\n') {
                self.at += 1;
            }
        }
        let mut out = String::new();
        while let Some(ch) = self.peek() {
            self.at += 1;
            match ch {
                '\\' => {
                    if let Some(next) = self.peek() {
                        self.at += 1;
                        match next {
                            't' => out.push('\t'),
                            other => out.push(other),
                        }
                    }
                }
                '\n' => break,
                other => out.push(other),
            }
        }
        out.push('\n');
        out
    }

    fn action(&mut self, letter: char) -> Result<Action, String> {
        Ok(match letter {
            'd' => Action::Delete,
            'D' => Action::DeleteFirst,
            'p' => Action::Print,
            'P' => Action::PrintFirst,
            '=' => Action::Number,
            'n' => Action::Next,
            'N' => Action::NextAppend,
            'h' | 'H' | 'g' | 'G' | 'x' => Action::Hold(letter),
            'l' => Action::List,
            'z' => Action::Zap,
            'q' | 'Q' => {
                self.skip(|ch| ch == ' ');
                let code = if self.peek().is_some_and(|ch| ch.is_ascii_digit()) {
                    self.number()
                } else {
                    0
                };
                Action::Quit(u8::try_from(code & 255).unwrap_or(0), letter == 'q')
            }
            'a' => Action::Append(self.text()),
            'i' => Action::Insert(self.text()),
            'c' => Action::Change(self.text()),
            'r' => Action::Read(self.name()),
            'w' => Action::Write(self.name()),
            'b' | 't' | 'T' => Action::Branch(letter, self.label()),
            'y' => {
                let delimiter = self.peek().ok_or("unterminated `y' command")?;
                self.at += 1;
                let from = self
                    .until(delimiter, false)
                    .ok_or("unterminated `y' command")?;
                let to = self
                    .until(delimiter, false)
                    .ok_or("unterminated `y' command")?;
                let plain = |text: &str| -> Vec<char> {
                    text.replace("\\n", "\n")
                        .replace("\\\\", "\\")
                        .chars()
                        .collect()
                };
                let (from, to) = (plain(&from), plain(&to));
                if from.len() != to.len() {
                    return Err("strings for `y' command are different lengths".to_owned());
                }
                Action::Translate(from.into_iter().zip(to).collect())
            }
            's' => Action::Substitute(self.substitution()?),
            other => return Err(format!("unknown command: `{other}'")),
        })
    }

    fn substitution(&mut self) -> Result<Substitution, String> {
        let unterminated = "unterminated `s' command";
        let delimiter = self.peek().ok_or(unterminated)?;
        self.at += 1;
        let pattern = self.until(delimiter, true).ok_or(unterminated)?;
        let replacement = self.until(delimiter, false).ok_or(unterminated)?;
        let mut out = Substitution {
            regex: None,
            replacement: parts(&replacement),
            global: false,
            print: false,
            occurrence: 1,
            write: None,
        };
        let mut ignore_case = false;
        let mut multiline = false;
        loop {
            match self.peek() {
                Some('g') => out.global = true,
                Some('p') => out.print = true,
                Some('i' | 'I') => ignore_case = true,
                Some('m' | 'M') => multiline = true,
                Some('e') => return Err("the flag e is not modelled".to_owned()),
                Some('w') => {
                    self.at += 1;
                    out.write = Some(self.name());
                    break;
                }
                Some(ch) if ch.is_ascii_digit() => {
                    out.occurrence = self.number();
                    continue;
                }
                Some(ch) if ch.is_whitespace() || matches!(ch, ';' | '}' | '#') => break,
                None => break,
                Some(_) => return Err("unknown option to `s'".to_owned()),
            }
            self.at += 1;
        }
        out.regex = Some(if multiline && !pattern.is_empty() {
            let text = super::regex::translated(&pattern, self.extended)?;
            Regex::perl(&format!("(?m){text}"), ignore_case)?
        } else {
            self.regex(&pattern, ignore_case)?
        });
        Ok(out)
    }
}

/// A replacement taken apart.
fn parts(text: &str) -> Vec<Part> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars();
    let mut push = |part: Part, plain: &mut String| {
        if !plain.is_empty() {
            out.push(Part::Text(std::mem::take(plain)));
        }
        out.push(part);
    };
    while let Some(ch) = chars.next() {
        match ch {
            '&' => push(Part::Group(0), &mut plain),
            '\\' => match chars.next() {
                Some(digit) if digit.is_ascii_digit() => {
                    push(
                        Part::Group(digit.to_digit(10).unwrap_or(0) as usize),
                        &mut plain,
                    );
                }
                Some(case @ ('U' | 'L' | 'u' | 'l' | 'E')) => push(Part::Case(case), &mut plain),
                Some('n') => plain.push('\n'),
                Some('t') => plain.push('\t'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            other => plain.push(other),
        }
    }
    if !plain.is_empty() {
        out.push(Part::Text(plain));
    }
    out
}

struct Editor<'e> {
    script: &'e Script,
    quiet: bool,
    end: char,
    hold: String,
    ranges: Vec<Option<Option<usize>>>,
    written: Vec<(String, String)>,
    exit: Option<u8>,
}

impl<'e> Editor<'e> {
    fn new(script: &'e Script, quiet: bool, zero: bool) -> Self {
        Self {
            script,
            quiet,
            end: if zero { '\0' } else { '\n' },
            hold: String::new(),
            ranges: vec![None; script.commands.len()],
            written: Vec::new(),
            exit: None,
        }
    }

    /// Edits inputs as one stream.
    fn run(&mut self, call: &mut Call<'_, '_, '_>, inputs: &[String]) -> Result<String, Flow> {
        let mut lines: Vec<(String, bool)> = Vec::new();
        for input in inputs {
            for line in input.split_inclusive(self.end) {
                match line.strip_suffix(self.end) {
                    Some(body) => lines.push((body.to_owned(), true)),
                    None => lines.push((line.to_owned(), false)),
                }
            }
        }
        // A file that does not end with a line end is ended before the next one.
        let count = lines.len();
        for line in lines.iter_mut().take(count.saturating_sub(1)) {
            line.1 = true;
        }
        let mut out = String::new();
        let mut number = 0;
        'lines: while number < lines.len() {
            let mut space = lines[number].0.clone();
            let mut ended = lines[number].1;
            number += 1;
            let mut restart = true;
            while restart {
                restart = false;
                let mut after = String::new();
                let mut replaced = false;
                let mut deleted = false;
                let mut at = 0;
                let mut steps = 0;
                while at < self.script.commands.len() {
                    steps += 1;
                    if steps % 64 == 0 {
                        call.shell.machine.step()?;
                    }
                    let command = &self.script.commands[at];
                    let selected = self.selects(at, command, number, number == lines.len(), &space)
                        != command.negated;
                    at += 1;
                    if !selected {
                        if let Action::Begin(end) = command.action {
                            at = end + 1;
                        }
                        continue;
                    }
                    match &command.action {
                        Action::Begin(_) | Action::End | Action::Label => {}
                        Action::Delete => {
                            deleted = true;
                            break;
                        }
                        Action::DeleteFirst => {
                            deleted = true;
                            if let Some((_, rest)) = space.split_once('\n') {
                                space = rest.to_owned();
                                restart = true;
                            }
                            break;
                        }
                        Action::Print => self.print(&mut out, &space, true),
                        Action::PrintFirst => {
                            let first = space.split('\n').next().unwrap_or_default().to_owned();
                            self.print(&mut out, &first, true);
                        }
                        Action::List => out.push_str(&format!(
                            "{}$\n",
                            space
                                .replace('\\', "\\\\")
                                .replace('\n', "\\n")
                                .replace('\t', "\\t")
                        )),
                        Action::Number => out.push_str(&format!("{number}\n")),
                        Action::Zap => space.clear(),
                        Action::Next => {
                            if number >= lines.len() {
                                if !self.quiet {
                                    self.print(&mut out, &space, ended);
                                }
                                out.push_str(&after);
                                break 'lines;
                            }
                            if !self.quiet {
                                self.print(&mut out, &space, true);
                            }
                            out.push_str(&std::mem::take(&mut after));
                            (space, ended) = lines[number].clone();
                            number += 1;
                        }
                        Action::NextAppend => {
                            if number >= lines.len() {
                                if !self.quiet {
                                    self.print(&mut out, &space, ended);
                                }
                                out.push_str(&after);
                                break 'lines;
                            }
                            space.push('\n');
                            space.push_str(&lines[number].0);
                            ended = lines[number].1;
                            number += 1;
                        }
                        Action::Hold(letter) => match letter {
                            'h' => self.hold.clone_from(&space),
                            'H' => {
                                self.hold.push('\n');
                                self.hold.push_str(&space);
                            }
                            'g' => space.clone_from(&self.hold),
                            'G' => {
                                space.push('\n');
                                space.push_str(&self.hold);
                            }
                            _ => std::mem::swap(&mut space, &mut self.hold),
                        },
                        Action::Quit(code, print) => {
                            if *print {
                                if !self.quiet {
                                    self.print(&mut out, &space, ended);
                                }
                                out.push_str(&after);
                            }
                            self.exit = Some(*code).filter(|code| *code != 0);
                            break 'lines;
                        }
                        Action::Append(text) => after.push_str(text),
                        Action::Insert(text) => out.push_str(text),
                        Action::Change(text) => {
                            let in_range = command.second.is_some() && !command.negated;
                            if !in_range || self.ranges[at - 1].is_none() {
                                out.push_str(text);
                            }
                            deleted = true;
                            break;
                        }
                        Action::Read(file) => {
                            if let Ok(data) = call.read(file) {
                                after.push_str(&data.text());
                            }
                        }
                        Action::Write(file) => {
                            self.write(call, &mut out, file, &format!("{space}\n"))
                        }
                        Action::Branch(kind, label) => {
                            let taken = match kind {
                                'b' => true,
                                't' => std::mem::take(&mut replaced),
                                _ => !std::mem::take(&mut replaced),
                            };
                            if taken {
                                at = self
                                    .script
                                    .label(label)
                                    .unwrap_or(self.script.commands.len());
                                call.shell.machine.step()?;
                            }
                        }
                        Action::Translate(pairs) => {
                            space = space
                                .chars()
                                .map(|ch| {
                                    pairs
                                        .iter()
                                        .find(|(from, _)| *from == ch)
                                        .map_or(ch, |(_, to)| *to)
                                })
                                .collect();
                        }
                        Action::Substitute(substitution) => {
                            if let Some(new) = substitute(substitution, &space) {
                                space = new;
                                replaced = true;
                                if substitution.print {
                                    self.print(&mut out, &space, true);
                                }
                                if let Some(file) = &substitution.write {
                                    self.write(call, &mut out, file, &format!("{space}\n"));
                                }
                            }
                        }
                    }
                }
                if !deleted && !self.quiet {
                    self.print(&mut out, &space, ended);
                }
                if !after.is_empty() && !out.is_empty() && !out.ends_with(self.end) {
                    out.push(self.end);
                }
                out.push_str(&after);
            }
        }
        Ok(out)
    }

    fn print(&self, out: &mut String, text: &str, ended: bool) {
        if !out.is_empty() && !out.ends_with(self.end) {
            out.push(self.end);
        }
        out.push_str(text);
        if ended {
            out.push(self.end);
        }
    }

    fn write(&mut self, call: &mut Call<'_, '_, '_>, out: &mut String, file: &str, text: &str) {
        if file == "/dev/stdout" {
            out.push_str(text);
            return;
        }
        let known = self.written.iter_mut().find(|(own, _)| own == file);
        let whole = match known {
            Some((_, whole)) => {
                whole.push_str(text);
                whole.clone()
            }
            None => {
                self.written.push((file.to_owned(), text.to_owned()));
                text.to_owned()
            }
        };
        if let Err(errno) = call.write(file, whole.as_str().into()) {
            call.problem(&format!("couldn't open file {file}"), errno);
        }
    }

    fn selects(
        &mut self,
        place: usize,
        command: &Command,
        number: usize,
        last: bool,
        space: &str,
    ) -> bool {
        let Some(first) = &command.first else {
            return true;
        };
        let matches = |address: &Address| match address {
            Address::Line(line) => *line == number,
            Address::Last => last,
            Address::Step(first, 0) => number == *first,
            Address::Step(first, step) => {
                number >= *first && (number - first).is_multiple_of(*step)
            }
            Address::Match(regex) => regex.is_match(space),
            Address::Plus(_) | Address::Multiple(_) => false,
        };
        let Some(second) = &command.second else {
            return matches(first);
        };
        if let Some(end) = self.ranges[place] {
            let over = match (end, second) {
                (Some(end), _) => number >= end,
                (None, second) => matches(second),
            };
            if over {
                self.ranges[place] = None;
            }
            // A range whose end has passed already is over.
            return match (end, second) {
                (Some(end), Address::Line(_)) => number <= end,
                _ => true,
            };
        }
        let starts = matches(first) || matches!(first, Address::Line(0)) && number == 1;
        if !starts {
            return false;
        }
        if let (Address::Line(0), Address::Match(regex)) = (first, second)
            && regex.is_match(space)
        {
            return true;
        }
        let end = match second {
            Address::Line(line) => Some(*line),
            Address::Plus(more) => Some(number + more),
            Address::Multiple(0) => Some(number),
            Address::Multiple(step) => Some(number.div_ceil(*step) * step),
            Address::Last if last => Some(number),
            _ => None,
        };
        if end.is_none_or(|end| end > number) {
            self.ranges[place] = Some(end);
        }
        true
    }
}

/// The text after a substitution, where the pattern is found.
fn substitute(substitution: &Substitution, text: &str) -> Option<String> {
    let regex = substitution.regex.as_ref()?;
    let mut out = String::with_capacity(text.len());
    let (mut at, mut copied, mut count) = (0, 0, 0);
    let mut changed = false;
    while at <= text.len() {
        let Some(found) = regex.find_at(text, at) else {
            break;
        };
        let (start, end) = found[0]?;
        count += 1;
        let wanted = if substitution.global {
            count >= substitution.occurrence
        } else {
            count == substitution.occurrence
        };
        // Nothing is not found again right after a match.
        let empty_again = start == end
            && start == copied
            && changed
            && start > 0
            && at == copied
            && start == at
            && count > 1;
        if wanted && !empty_again {
            out.push_str(&text[copied..start]);
            out.push_str(&filled(&substitution.replacement, text, &found));
            copied = end;
            changed = true;
        }
        if changed && !substitution.global {
            break;
        }
        at = if end > start {
            end
        } else {
            end + text[end..].chars().next().map_or(1, char::len_utf8)
        };
    }
    out.push_str(&text[copied.min(text.len())..]);
    changed.then_some(out)
}

fn filled(parts: &[Part], text: &str, found: &[Option<(usize, usize)>]) -> String {
    let mut out = String::new();
    let (mut all, mut one) = (None, None);
    for part in parts {
        let piece = match part {
            Part::Text(text) => text.clone(),
            Part::Group(number) => match found.get(*number).copied().flatten() {
                Some((start, end)) => text[start..end].to_owned(),
                None => String::new(),
            },
            Part::Case(case @ ('U' | 'L')) => {
                all = Some(*case);
                continue;
            }
            Part::Case('E') => {
                all = None;
                continue;
            }
            Part::Case(case) => {
                one = Some(*case);
                continue;
            }
        };
        let mut piece = match all {
            Some('U') => piece.to_uppercase(),
            Some(_) => piece.to_lowercase(),
            None => piece,
        };
        if let (Some(case), Some(first)) = (one, piece.chars().next()) {
            let changed = if case == 'u' {
                first.to_uppercase().to_string()
            } else {
                first.to_lowercase().to_string()
            };
            piece = format!("{changed}{}", &piece[first.len_utf8()..]);
            one = None;
        }
        out.push_str(&piece);
    }
    out
}
