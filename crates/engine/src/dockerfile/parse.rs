//! Text to instructions, by the rules of BuildKit's `frontend/dockerfile/parser`.
//!
//! Parsing cannot fail: what BuildKit refuses is noted in [`Dockerfile::errors`] and the
//! rest is parsed all the same.

use super::expand;
use super::json::{self, ExecForm};
use super::line::{LogicalLine, Slice};
use super::span::{Lines, Span};
use super::syntax::{
    Arguments, Directive, Dockerfile, Heredoc, Instruction, SyntaxError, SyntaxWarning,
};
use super::words;

/// Longest line that BuildKit reads, its line end included (Go's `bufio.MaxScanTokenSize`).
const MAX_LINE: usize = 64 * 1024;

/// Deepest nesting of `ONBUILD` that is followed; BuildKit refuses the second level later on.
const MAX_ONBUILD_DEPTH: usize = 16;

/// Parses a Dockerfile.
pub fn parse(source: &str) -> Dockerfile<'_> {
    let mut parser = Parser::new(source);
    parser.run();
    if parser.out.instructions.is_empty() && parser.out.errors.is_empty() {
        let last = parser.line;
        parser.error(
            "file with no instructions".to_owned(),
            Lines { first: last, last },
            Span::new(0, source.len()),
        );
    }
    parser.out
}

/// Parses a single instruction, as found in an image's `ONBUILD` triggers.
///
/// # Errors
/// BuildKit's message where it is not exactly one instruction.
pub fn parse_trigger(source: &str) -> Result<Instruction<'_>, String> {
    let mut parsed = parse(source);
    if let Some(error) = parsed.errors.into_iter().next() {
        return Err(error.message);
    }
    match (parsed.instructions.pop(), parsed.instructions.is_empty()) {
        (Some(instruction), true) => Ok(instruction),
        _ => Err("onbuild trigger should be a single expression".to_owned()),
    }
}

/// One physical line.
#[derive(Clone, Copy)]
struct PhysicalLine<'a> {
    /// With its line end.
    raw: &'a str,
    /// Offset in the source.
    start: usize,
}

impl<'a> PhysicalLine<'a> {
    fn text(&self) -> &'a str {
        self.raw.trim_end_matches(['\r', '\n'])
    }

    fn is_comment(&self) -> bool {
        self.text().trim_start().starts_with('#')
    }
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
    line: u32,
    directives_done: bool,
    comments: Vec<&'a str>,
    out: Dockerfile<'a>,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            at: if source.starts_with('\u{feff}') {
                '\u{feff}'.len_utf8()
            } else {
                0
            },
            line: 0,
            directives_done: false,
            comments: Vec::new(),
            out: Dockerfile {
                instructions: Vec::new(),
                directives: Vec::new(),
                escape: '\\',
                errors: Vec::new(),
                warnings: Vec::new(),
            },
        }
    }

    fn error(&mut self, message: String, lines: Lines, span: Span) {
        self.out.errors.push(SyntaxError {
            message,
            lines,
            span,
        });
    }

    fn next_line(&mut self) -> Option<PhysicalLine<'a>> {
        let rest = self.source.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |n| n + 1);
        let line = PhysicalLine {
            raw: &rest[..length],
            start: self.at,
        };
        self.at += length;
        self.line += 1;
        if length > MAX_LINE || (length == MAX_LINE && !line.raw.ends_with('\n')) {
            // BuildKit names the line before, as it has not counted this one yet.
            let lines = Lines {
                first: self.line - 1,
                last: self.line - 1,
            };
            let message = format!(
                "dockerfile line greater than max allowed size of {}",
                MAX_LINE - 1
            );
            self.error(message, lines, Span::new(line.start, line.start + length));
        }
        Some(line)
    }

    fn run(&mut self) {
        while let Some(line) = self.next_line() {
            let text = line.text();
            let trimmed = text.trim_start();
            if !self.directives_done {
                self.directive(trimmed, line.start);
            }
            if let Some(comment) = trimmed.strip_prefix('#') {
                self.comments.push(comment.trim());
                continue;
            }
            if trimmed.is_empty() {
                continue;
            }
            self.instruction(trimmed, line.start + (text.len() - trimmed.len()));
        }
    }

    /// Takes note of a parser directive; the first line that is none ends them.
    fn directive(&mut self, line: &'a str, start: usize) {
        let Some((name, value)) = directive(line) else {
            self.directives_done = true;
            return;
        };
        let name = name.to_ascii_lowercase();
        // BuildKit names the line before, as it has not counted this one yet.
        let lines = Lines {
            first: self.line - 1,
            last: self.line - 1,
        };
        let span = Span::new(start, start + line.len());
        if self.out.directives.iter().any(|seen| seen.name == name) {
            let message = format!("only one {name} parser directive can be used");
            return self.error(message, lines, span);
        }
        if name == "escape" {
            match value {
                "\\" | "`" => self.out.escape = char::from(value.as_bytes()[0]),
                _ => {
                    let message = format!("invalid escape token '{value}' does not match ` or \\");
                    self.error(message, lines, span);
                }
            }
        }
        self.out.directives.push(Directive {
            name,
            value,
            line: self.line,
        });
    }

    /// Reads the logical line that begins with `first`, then what it announces.
    fn instruction(&mut self, first: &'a str, start: usize) {
        let first_line = self.line;
        let (text, mut continues) = continuation(first, self.out.escape);
        let mut line = LogicalLine::whole(text, start);
        let mut empty_continuation = false;
        while continues {
            let Some(next) = self.next_line() else { break };
            if next.is_comment() {
                continue;
            }
            let text = next.text();
            if text.trim_start().is_empty() {
                empty_continuation = true;
                continue;
            }
            let (text, more) = continuation(text, self.out.escape);
            line.join(text, next.start);
            continues = more;
        }
        let mut lines = Lines {
            first: first_line,
            last: self.line,
        };
        if empty_continuation {
            self.out.warnings.push(SyntaxWarning {
                rule: "NoEmptyContinuation",
                message: "Empty continuation line".to_owned(),
                lines,
            });
        }
        let parsed = node(line.slice(), self.out.escape, 0);
        let end_of_line = self.end_of_text();
        let mut instruction = match parsed {
            Ok(instruction) => instruction,
            Err(message) => {
                self.comments.clear();
                return self.error(message, lines, Span::new(start, end_of_line));
            }
        };
        if instruction.can_have_heredocs() {
            match heredocs_of(line.slice().as_str()) {
                Err(message) => self.error(message, lines, Span::new(start, end_of_line)),
                Ok(announced) => {
                    for heredoc in announced {
                        match self.heredoc_body(heredoc) {
                            Some(heredoc) => instruction.heredocs.push(heredoc),
                            None => {
                                lines.last = self.line;
                                let span = Span::new(start, end_of_line);
                                self.error("unterminated heredoc".to_owned(), lines, span);
                            }
                        }
                    }
                }
            }
        }
        instruction.span = Span::new(start, self.end_of_text());
        instruction.lines = Lines {
            first: first_line,
            last: self.line,
        };
        instruction.comments = std::mem::take(&mut self.comments);
        instruction.original = line.into_text();
        self.out.instructions.push(instruction);
    }

    /// Offset past the last line's text, its line end left out.
    fn end_of_text(&self) -> usize {
        self.source[..self.at].trim_end_matches(['\r', '\n']).len()
    }

    fn heredoc_body(&mut self, mut heredoc: Heredoc<'a>) -> Option<Heredoc<'a>> {
        let start = self.at;
        while let Some(line) = self.next_line() {
            let text = line.text();
            let text = if heredoc.chomp {
                text.trim_start_matches('\t')
            } else {
                text
            };
            if text == heredoc.name {
                heredoc.span = Span::new(start, line.start);
                heredoc.content = self.source[start..line.start].into();
                return Some(heredoc);
            }
        }
        None
    }
}

impl Instruction<'_> {
    /// Whether here-documents are looked for: RUN, COPY and ADD in their non-JSON forms,
    /// also inside ONBUILD.
    fn can_have_heredocs(&self) -> bool {
        let inner = match &self.arguments {
            Arguments::Onbuild(inner) => inner,
            _ => self,
        };
        ["run", "copy", "add"]
            .iter()
            .any(|name| inner.keyword.value.eq_ignore_ascii_case(name))
            && !matches!(inner.arguments, Arguments::Json(_))
    }
}

/// Name and value of a comment that is a parser directive.
fn directive(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix('#')?;
    let (name, value) = rest.split_once('=')?;
    let blanks: &[char] = &['\t', '\n', '\u{c}', '\r', ' '];
    let name = name.trim_matches(blanks);
    let value = value.trim_matches(blanks);
    let known = ["syntax", "escape", "check"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known));
    (known && !value.is_empty()).then_some((name, value))
}

/// Cuts a line continuation off: an escape character at the end, blanks after it allowed,
/// that does not follow another.
fn continuation(line: &str, escape: char) -> (&str, bool) {
    let text = line.trim_end_matches([' ', '\t']);
    match text.strip_suffix(escape) {
        Some(text) if !text.ends_with(escape) => (text, true),
        _ => (line, false),
    }
}

/// One instruction from its logical line.
fn node<'a>(line: Slice<'_, 'a>, escape: char, depth: usize) -> Result<Instruction<'a>, String> {
    let (keyword, flags, rest) = words::split_instruction(line);
    let arguments = arguments(&keyword.value, rest, escape, depth)?;
    Ok(Instruction {
        keyword,
        flags,
        arguments,
        heredocs: Vec::new(),
        comments: Vec::new(),
        original: line.word().value,
        span: line.span(),
        lines: Lines::default(),
    })
}

fn arguments<'a>(
    keyword: &str,
    rest: Slice<'_, 'a>,
    escape: char,
    depth: usize,
) -> Result<Arguments<'a>, String> {
    let mut buffer = [0; 12];
    let lower = match buffer.get_mut(..keyword.len()) {
        Some(lower) => {
            lower.copy_from_slice(keyword.as_bytes());
            lower.make_ascii_lowercase();
            &*lower
        }
        None => return Ok(Arguments::Ignored),
    };
    match lower {
        b"from" | b"expose" => Ok(words::blank_separated(rest)),
        b"run" | b"cmd" | b"entrypoint" | b"shell" => text_or_json(rest),
        b"copy" | b"add" | b"volume" => match json::exec_form(rest) {
            ExecForm::NotJson => Ok(words::blank_separated(rest)),
            form => strings_only(form),
        },
        b"workdir" | b"user" | b"stopsignal" | b"maintainer" => Ok(text(rest)),
        b"env" => words::pairs(rest, "ENV", escape),
        b"label" => words::pairs(rest, "LABEL", escape),
        b"arg" => Ok(words::names(rest, escape)),
        b"healthcheck" => match words::split_healthcheck(rest) {
            None => Ok(Arguments::None),
            Some((kind, command)) => Ok(Arguments::Healthcheck(
                kind.word(),
                Box::new(text_or_json(command)?),
            )),
        },
        b"onbuild" if rest.is_empty() => Ok(Arguments::None),
        b"onbuild" if depth >= MAX_ONBUILD_DEPTH => {
            Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".to_owned())
        }
        b"onbuild" => Ok(Arguments::Onbuild(Box::new(node(rest, escape, depth + 1)?))),
        _ => Ok(Arguments::Ignored),
    }
}

fn text<'a>(rest: Slice<'_, 'a>) -> Arguments<'a> {
    if rest.is_empty() {
        Arguments::None
    } else {
        Arguments::Text(rest.word())
    }
}

fn text_or_json<'a>(rest: Slice<'_, 'a>) -> Result<Arguments<'a>, String> {
    match json::exec_form(rest) {
        ExecForm::NotJson => Ok(text(rest)),
        form => strings_only(form),
    }
}

fn strings_only(form: ExecForm<'_>) -> Result<Arguments<'_>, String> {
    match form {
        ExecForm::Strings(words) => Ok(Arguments::Json(words)),
        _ => {
            Err("when using JSON array syntax, arrays must be comprised of strings only".to_owned())
        }
    }
}

/// The here-documents that a logical line announces, still without content.
fn heredocs_of<'a>(line: &str) -> Result<Vec<Heredoc<'a>>, String> {
    if memchr::memmem::find(line.as_bytes(), b"<<").is_none() {
        return Ok(Vec::new());
    }
    let words = expand::raw_words(line).unwrap_or_default();
    let mut found = Vec::new();
    for word in words {
        found.extend(heredoc_marker(&word)?);
    }
    Ok(found)
}

/// Reads a word as the announcement of a here-document: `<<EOF`, `3<<-"EOF"`.
///
/// # Errors
/// The message of the word expansion where quotes do not close.
pub fn heredoc_marker<'a>(word: &str) -> Result<Option<Heredoc<'a>>, String> {
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let Some(rest) = word[digits..].strip_prefix("<<") else {
        return Ok(None);
    };
    let (chomp, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let (plain, raw) = expand::heredoc_words(rest)?;
    let [name] = plain.as_slice() else {
        return Ok(None);
    };
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    Ok(Some(Heredoc {
        name: name.clone(),
        descriptor: word[..digits].parse().unwrap_or(0),
        expand: raw.first().is_some_and(|raw| quotes(raw) == quotes(name)),
        chomp,
        content: "".into(),
        span: Span::default(),
    }))
}
