//! Text to instructions with spans: grammar, directives, here-documents, word expansion.

mod dump;
pub mod expand;
mod json;
mod line;
mod parse;
mod pattern;
mod quote;
mod span;
mod syntax;
mod words;

pub use dump::dump;
pub use line::Word;
pub use parse::{heredoc_marker, parse, parse_trigger};
pub use quote::{decode, quoted, quoted_list};
pub use span::{Lines, Span};
pub use syntax::{
    Arguments, Directive, Dockerfile, Heredoc, Instruction, Pair, SyntaxError, SyntaxWarning,
};
