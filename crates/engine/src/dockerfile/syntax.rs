//! The syntax tree: what a Dockerfile says before anything is checked or expanded.

use std::borrow::Cow;

use super::line::Word;
use super::span::{Lines, Span};

/// A parsed Dockerfile. Errors are part of it, so that an editor can show all of them.
#[derive(Debug, Clone)]
pub struct Dockerfile<'a> {
    /// The instructions that could be parsed, in order.
    pub instructions: Vec<Instruction<'a>>,
    /// Parser directives (`# syntax=`, `# escape=`, `# check=`), in order.
    pub directives: Vec<Directive<'a>>,
    /// The escape character: `\` or, with `# escape=`, a backtick.
    pub escape: char,
    /// What BuildKit refuses; a build stops with the first of them.
    pub errors: Vec<SyntaxError>,
    /// What BuildKit warns of.
    pub warnings: Vec<SyntaxWarning>,
}

/// A parser directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive<'a> {
    /// Name in lower case: `syntax`, `escape` or `check`.
    pub name: String,
    /// Its value.
    pub value: &'a str,
    /// Its line, counted from 1.
    pub line: u32,
}

/// One instruction.
#[derive(Debug, Clone, PartialEq)]
pub struct Instruction<'a> {
    /// The instruction's word as written (`FROM`, `from`, or an unknown one).
    pub keyword: Word<'a>,
    /// Flags between keyword and arguments, quotes undone (`--from=build`).
    pub flags: Vec<Word<'a>>,
    /// What follows.
    pub arguments: Arguments<'a>,
    /// Here-documents, in the order in which they are announced.
    pub heredocs: Vec<Heredoc<'a>>,
    /// Comment lines directly before the instruction, without `#`, trimmed.
    pub comments: Vec<&'a str>,
    /// The logical line (continuations joined, comments dropped).
    pub original: Cow<'a, str>,
    /// Place in the source, here-documents included.
    pub span: Span,
    /// Lines in the source, here-documents included.
    pub lines: Lines,
}

/// The arguments of an instruction, by the form that its grammar gives them.
#[derive(Debug, Clone, PartialEq)]
pub enum Arguments<'a> {
    /// Nothing.
    None,
    /// The rest of the line as one string (shell form, `WORKDIR`, `USER`, …).
    Text(Word<'a>),
    /// A JSON array of strings (exec form).
    Json(Vec<Word<'a>>),
    /// Words separated by white space.
    Words(Vec<Word<'a>>),
    /// `ENV` and `LABEL`.
    Pairs(Vec<Pair<'a>>),
    /// The instruction inside `ONBUILD`.
    Onbuild(Box<Instruction<'a>>),
    /// `HEALTHCHECK`: type and command.
    Healthcheck(Word<'a>, Box<Arguments<'a>>),
    /// An unknown instruction's arguments, which BuildKit's parser drops.
    Ignored,
}

/// One `KEY=value` of `ENV` or `LABEL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<'a> {
    /// The key.
    pub key: Word<'a>,
    /// The value, still quoted and unexpanded.
    pub value: Word<'a>,
    /// Whether it was written with `=` (false: the old form `ENV KEY value`).
    pub equals: bool,
}

/// A here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc<'a> {
    /// The terminator, which is also the file's name for COPY and ADD.
    pub name: String,
    /// File descriptor before `<<` (0 if none).
    pub descriptor: u32,
    /// Whether variables are expanded (the terminator was not quoted).
    pub expand: bool,
    /// `<<-`: leading tabs are dropped.
    pub chomp: bool,
    /// The lines between, line ends included, as written.
    pub content: Cow<'a, str>,
    /// Where the content stands.
    pub span: Span,
}

impl Heredoc<'_> {
    /// The content as the file or shell receives it: `<<-` drops leading tabs of each line.
    pub fn text(&self) -> String {
        if !self.chomp {
            return self.content.clone().into_owned();
        }
        self.content
            .split_inclusive('\n')
            .map(|line| line.trim_start_matches('\t'))
            .collect()
    }
}

/// What BuildKit's parser refuses, in its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// BuildKit's message.
    pub message: String,
    /// Lines at fault.
    pub lines: Lines,
    /// Place in the source.
    pub span: Span,
}

/// What BuildKit's parser warns of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxWarning {
    /// BuildKit's rule name.
    pub rule: &'static str,
    /// The message.
    pub message: String,
    /// Lines concerned.
    pub lines: Lines,
}
