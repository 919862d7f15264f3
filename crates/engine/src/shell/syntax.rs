//! Shell grammar, by brush-parser; what it is given is bounded first.

use std::rc::Rc;

use brush_parser::ast::Program;
use brush_parser::word::WordPiece;
use brush_parser::{Parser, ParserOptions, word};

use super::machine::Machine;
use super::process::{Dialect, Flow};

/// Longest script that is parsed, in bytes.
const MAX_SCRIPT: usize = 256 << 10;

/// How deep a script may be nested.
const MAX_NESTING: usize = 40;

/// How a dialect is parsed.
pub fn options(dialect: Dialect) -> ParserOptions {
    let sh = dialect != Dialect::Bash;
    ParserOptions {
        enable_extended_globbing: false,
        posix_mode: sh,
        sh_mode: sh,
        tilde_expansion_at_word_start: true,
        tilde_expansion_after_colon: false,
        ..ParserOptions::default()
    }
}

/// How words are parsed: busybox knows most of bash's expansions.
fn word_options(dialect: Dialect) -> ParserOptions {
    match dialect {
        Dialect::Dash => options(dialect),
        Dialect::Ash | Dialect::Bash => options(Dialect::Bash),
    }
}

/// Refuses what would take the parser too deep or too long.
fn check(text: &str) -> Result<(), Flow> {
    if text.len() > MAX_SCRIPT {
        return Err(Flow::Limit("the script is longer than 256 KiB"));
    }
    let (mut deepest, mut depth) = (0_usize, 0_usize);
    let mut word = String::new();
    for ch in text.chars().chain(std::iter::once('\n')) {
        if ch.is_ascii_alphabetic() {
            word.push(ch);
            continue;
        }
        match word.as_str() {
            "if" | "while" | "until" | "for" | "case" | "select" => depth += 1,
            "fi" | "done" | "esac" => depth = depth.saturating_sub(1),
            _ => {}
        }
        word.clear();
        match ch {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    // `!`, backquotes and quotes nest without closing words of their own.
    let marks = text
        .matches("\\`")
        .count()
        .max(text.matches("! ! ").count());
    if deepest > MAX_NESTING || marks > 4 * MAX_NESTING {
        return Err(Flow::Limit("the script is nested more than 40 deep"));
    }
    Ok(())
}

impl Machine<'_> {
    /// Parses a script; `None` where it is not one.
    ///
    /// # Errors
    /// Where it is beyond the limits.
    pub fn parse(&mut self, text: &str, dialect: Dialect) -> Result<Option<Rc<Program>>, Flow> {
        let key = (dialect == Dialect::Bash, text.to_owned());
        if let Some(known) = self.parsed.programs.get(&key) {
            return Ok(known.clone());
        }
        check(text)?;
        let parsed = Parser::new(text.as_bytes(), &options(dialect))
            .parse_program()
            .ok()
            .map(Rc::new);
        self.parsed.programs.insert(key, parsed.clone());
        Ok(parsed)
    }

    /// Takes a word apart; `None` where it is not well-formed.
    ///
    /// # Errors
    /// Where it is beyond the limits.
    pub fn parse_word(
        &mut self,
        text: &str,
        dialect: Dialect,
    ) -> Result<Option<Rc<Vec<WordPiece>>>, Flow> {
        let key = (dialect != Dialect::Dash, text.to_owned());
        if let Some(known) = self.parsed.words.get(&key) {
            return Ok(known.clone());
        }
        check(text)?;
        let parsed = word::parse(text, &word_options(dialect)).ok();
        let parsed =
            parsed.map(|pieces| Rc::new(pieces.into_iter().map(|piece| piece.piece).collect()));
        self.parsed.words.insert(key, parsed.clone());
        Ok(parsed)
    }

    /// Takes the text of a here-document apart.
    ///
    /// # Errors
    /// Where it is beyond the limits.
    pub fn parse_heredoc(
        &self,
        text: &str,
        dialect: Dialect,
    ) -> Result<Option<Vec<WordPiece>>, Flow> {
        check(text)?;
        let parsed = word::parse_heredoc(text, &word_options(dialect)).ok();
        Ok(parsed.map(|pieces| pieces.into_iter().map(|piece| piece.piece).collect()))
    }
}
