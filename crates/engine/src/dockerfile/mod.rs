//! Text to instructions with spans: grammar, directives, here-documents, word expansion.

mod command;
mod dump;
pub mod duration;
pub mod expand;
mod flags;
mod json;
mod line;
mod mount;
mod parse;
mod pattern;
mod quote;
mod span;
mod suggest;
mod syntax;
mod words;

pub use command::{
    Arg, Command, CommandKind, CommandLine, Copy, Document, Features, From, Healthcheck, KEYWORDS,
    Run, Source, command,
};
pub use dump::dump;
pub use line::Word;
pub use mount::Mount;
pub use parse::{heredoc_marker, parse, parse_trigger};
pub use quote::{decode, quoted, quoted_list};
pub use span::{Lines, Span};
pub use suggest::did_you_mean;
pub use syntax::{
    Arguments, Directive, Dockerfile, Heredoc, Instruction, Pair, SyntaxError, SyntaxWarning,
};
