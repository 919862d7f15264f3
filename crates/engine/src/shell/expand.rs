//! Word expansion (POSIX, 2.6): parameters, substitutions, arithmetic, fields, pathnames.

use brush_parser::ast::Word;
use brush_parser::word::{BraceExpressionMember, BraceExpressionOrText, TildeExpr, WordPiece};

use super::arithmetic;
use super::glob;
use super::pattern::escaped;
use super::process::{Dialect, Exit, Flow, Stream};
use super::syntax::parse_braces;
use super::unknown::UNKNOWN;
use super::{Shell, run};

/// Most fields that one word may become.
const MAX_FIELDS: usize = 50_000;

const TOO_MANY: Flow = Flow::Limit("a command has more than 50,000 arguments");

/// Most that braces may become, in bytes.
const MAX_BRACED: usize = 8 << 20;

/// Longest word after expansion, in bytes.
const MAX_WORD: usize = 4 << 20;

/// A field under construction: its text, and the same as a pattern in which what was quoted
/// is escaped.
#[derive(Debug, Clone, Default)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) pattern: String,
    /// Whether a part of it was quoted, so that it stays even when it is empty.
    quoted: bool,
}

/// Fields that a word becomes.
#[derive(Debug, Default)]
pub(super) struct Fields {
    done: Vec<Field>,
    open: Option<Field>,
}

impl Fields {
    fn current(&mut self) -> &mut Field {
        self.open.get_or_insert_default()
    }

    fn quoted(&mut self, text: &str) {
        let field = self.current();
        field.text.push_str(text);
        field.pattern.push_str(&escaped(text));
        field.quoted = true;
    }

    fn plain(&mut self, text: &str) {
        let field = self.current();
        field.text.push_str(text);
        field.pattern.push_str(text);
    }

    fn end(&mut self) {
        self.done.extend(self.open.take());
    }

    /// Adds what an expansion gave, cut where `separators` say.
    fn split(&mut self, text: &str, separators: &str) {
        let blank = |ch: char| separators.contains(ch) && matches!(ch, ' ' | '\t' | '\n');
        let mut chars = text.chars().peekable();
        while let Some(ch) = chars.next() {
            if !separators.contains(ch) {
                let field = self.current();
                field.text.push(ch);
                // What is not quoted keeps its meaning in patterns.
                field.pattern.push(ch);
                continue;
            }
            if blank(ch) {
                while chars.peek().is_some_and(|next| blank(*next)) {
                    chars.next();
                }
                if self.open.is_some()
                    && chars
                        .peek()
                        .is_some_and(|next| separators.contains(*next) && !blank(*next))
                {
                    // Blanks before another separator belong to it.
                    continue;
                }
                self.end();
            } else {
                self.current();
                self.end();
                while chars.peek().is_some_and(|next| blank(*next)) {
                    chars.next();
                }
            }
        }
    }

    fn finish(mut self) -> Vec<Field> {
        self.end();
        self.done
            .retain(|field| field.quoted || !field.text.is_empty());
        self.done
    }

    /// All fields as one text.
    fn joined(mut self) -> Field {
        self.end();
        let mut out = Field::default();
        for (number, field) in self.done.into_iter().enumerate() {
            if number > 0 {
                out.text.push(' ');
                out.pattern.push(' ');
            }
            out.text.push_str(&field.text);
            out.pattern.push_str(&field.pattern);
        }
        out
    }
}

/// How a word is expanded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    /// Inside double quotes.
    pub(super) quoted: bool,
    /// Whether expansions are cut into fields.
    pub(super) split: bool,
}

const FIELDS: Mode = Mode {
    quoted: false,
    split: true,
};
const ONE: Mode = Mode {
    quoted: false,
    split: false,
};

impl Shell<'_, '_> {
    /// The arguments that words become.
    pub(super) fn expand_words<'w>(
        &mut self,
        words: impl Iterator<Item = &'w Word>,
    ) -> Result<Vec<String>, Flow> {
        let mut out = Vec::new();
        for word in words {
            for text in self.braces(&word.value)? {
                self.expand_fields(&text, &mut out)?;
            }
            if out.len() > MAX_FIELDS {
                return Err(TOO_MANY);
            }
        }
        Ok(out)
    }

    /// Brace expansion, which bash alone has.
    fn braces(&self, word: &str) -> Result<Vec<String>, Flow> {
        if self.process.dialect != Dialect::Bash {
            return Ok(vec![word.to_owned()]);
        }
        match parse_braces(word)? {
            Some(parts) => brace_product(&parts),
            None => Ok(vec![word.to_owned()]),
        }
    }

    fn expand_fields(&mut self, word: &str, out: &mut Vec<String>) -> Result<(), Flow> {
        let mut fields = Fields::default();
        self.expand_into(word, FIELDS, &mut fields)?;
        for field in fields.finish() {
            if self.process.options.noglob || !glob::has_wildcard(&field.pattern) {
                out.push(field.text);
                continue;
            }
            self.machine.step()?;
            let paths =
                glob::expand(&field.pattern, &self.machine.files, self.process).ok_or(TOO_MANY)?;
            // Paths take some time to list: eight count as a step.
            let steps = u32::try_from(paths.len() / 8).unwrap_or(u32::MAX);
            self.machine.count(steps)?;
            if !paths.is_empty() {
                out.extend(paths);
            } else if !self.process.options.nullglob {
                out.push(field.text);
            }
        }
        Ok(())
    }

    /// The text that a word becomes without being cut: assignments, redirections, `case`.
    pub(super) fn expand_text(&mut self, word: &str) -> Result<String, Flow> {
        Ok(self.expand_one(word)?.text)
    }

    /// The pattern that a word becomes.
    pub(super) fn expand_pattern(&mut self, word: &str) -> Result<String, Flow> {
        Ok(self.expand_one(word)?.pattern)
    }

    fn expand_one(&mut self, word: &str) -> Result<Field, Flow> {
        let mut fields = Fields::default();
        self.expand_into(word, ONE, &mut fields)?;
        Ok(fields.joined())
    }

    /// An assignment's value: `~` counts after each colon too.
    pub(super) fn expand_value(&mut self, word: &str) -> Result<String, Flow> {
        if !word.contains(":~") {
            return self.expand_text(word);
        }
        let mut parts = Vec::new();
        for part in word.split(':') {
            parts.push(self.expand_text(part)?);
        }
        Ok(parts.join(":"))
    }

    /// The text of a here-document.
    pub(super) fn expand_heredoc(&mut self, text: &str) -> Result<String, Flow> {
        let Some(pieces) = self.machine.parse_heredoc(text, self.process.dialect)? else {
            return Err(self.syntax_error());
        };
        let mut fields = Fields::default();
        let mode = Mode {
            quoted: true,
            split: false,
        };
        self.expand_pieces(&pieces, mode, &mut fields)?;
        Ok(fields.joined().text)
    }

    /// Expands a word as inside double quotes.
    pub(super) fn expand_quoted(&mut self, word: &str) -> Result<String, Flow> {
        let mut fields = Fields::default();
        let mode = Mode {
            quoted: true,
            split: false,
        };
        self.expand_into(word, mode, &mut fields)?;
        Ok(fields.joined().text)
    }

    /// Expands a word into fields.
    pub(super) fn expand_into(
        &mut self,
        word: &str,
        mode: Mode,
        out: &mut Fields,
    ) -> Result<(), Flow> {
        let special = |ch: char| matches!(ch, '$' | '`' | '\\' | '\'' | '"' | '~');
        if !word.contains(special) {
            if mode.quoted {
                out.quoted(word);
            } else {
                out.plain(word);
            }
            return Ok(());
        }
        let Some(pieces) = self.machine.parse_word(word, self.process.dialect)? else {
            return Err(self.syntax_error());
        };
        self.expand_pieces(&pieces, mode, out)
    }

    fn expand_pieces(
        &mut self,
        pieces: &[WordPiece],
        mode: Mode,
        out: &mut Fields,
    ) -> Result<(), Flow> {
        for (number, piece) in pieces.iter().enumerate() {
            if let (WordPiece::Text(dollar), Some(WordPiece::Text(next))) =
                (piece, pieces.get(number + 1))
                && dollar == "$"
                && next.starts_with('{')
            {
                return Err(self.fatal("Bad substitution", 2, 1));
            }
            self.expand_piece(piece, mode, out)?;
            if out
                .open
                .as_ref()
                .is_some_and(|field| field.text.len() > MAX_WORD)
            {
                return Err(Flow::Limit("a word is longer than 4 MiB"));
            }
        }
        Ok(())
    }

    fn expand_piece(
        &mut self,
        piece: &WordPiece,
        mode: Mode,
        out: &mut Fields,
    ) -> Result<(), Flow> {
        match piece {
            WordPiece::Text(text) if mode.quoted => out.quoted(&text.replace("\\\n", "")),
            WordPiece::Text(text) => out.plain(text),
            WordPiece::SingleQuotedText(text) => out.quoted(text),
            WordPiece::AnsiCQuotedText(text) => {
                if self.process.dialect == Dialect::Dash {
                    out.plain("$");
                    out.quoted(text);
                } else {
                    out.quoted(&ansi_c(text));
                }
            }
            WordPiece::DoubleQuotedSequence(pieces)
            | WordPiece::GettextDoubleQuotedSequence(pieces) => {
                let pieces: Vec<WordPiece> =
                    pieces.iter().map(|piece| piece.piece.clone()).collect();
                // `"$@"` without arguments is no field at all; any other quotes make one.
                if !is_all_arguments(&pieces) {
                    out.quoted("");
                }
                let mode = Mode {
                    quoted: true,
                    split: mode.split,
                };
                self.expand_pieces(&pieces, mode, out)?;
            }
            WordPiece::TildeExpansion(tilde) => {
                let home = self.tilde(tilde);
                out.quoted(&home);
            }
            WordPiece::EscapeSequence(text) => {
                let ch = text.strip_prefix('\\').unwrap_or(text);
                if ch != "\n" {
                    out.quoted(ch);
                }
            }
            WordPiece::ParameterExpansion(expr) => self.parameter(expr, mode, out)?,
            WordPiece::CommandSubstitution(script)
            | WordPiece::BackquotedCommandSubstitution(script) => {
                let text = self.substitute(script)?;
                self.add_expanded(&text, mode, out);
            }
            WordPiece::ArithmeticExpression(expr) => {
                let text = self.expand_quoted(&expr.value)?;
                let value = match arithmetic::evaluate(&text, self.process) {
                    Ok(value) => value.to_string(),
                    Err(arithmetic::Failure::Unknown) => UNKNOWN.to_string(),
                    Err(arithmetic::Failure::Error(message)) => {
                        return Err(self.fatal(&message, 2, 1));
                    }
                };
                self.add_expanded(&value, mode, out);
            }
        }
        Ok(())
    }

    /// Adds what an expansion gave.
    pub(super) fn add_expanded(&self, text: &str, mode: Mode, out: &mut Fields) {
        if mode.quoted {
            out.quoted(text);
        } else if mode.split {
            let separators = self.process.variable("IFS").unwrap_or(" \t\n").to_owned();
            out.split(text, &separators);
        } else {
            out.plain(text);
        }
    }

    /// Adds several words, as `"$@"` does.
    pub(super) fn add_list(&self, list: &[String], mode: Mode, out: &mut Fields) {
        for (number, text) in list.iter().enumerate() {
            if number > 0 {
                out.end();
            }
            if mode.quoted {
                out.quoted(text);
            } else {
                self.add_expanded(text, mode, out);
            }
        }
    }

    fn tilde(&self, tilde: &TildeExpr) -> String {
        match tilde {
            TildeExpr::Home => self.process.variable("HOME").unwrap_or("~").to_owned(),
            TildeExpr::UserHome(name) => {
                let records = self.machine.records("/etc/passwd").unwrap_or_default();
                let record = records.iter().find(|record| record[0] == *name);
                record
                    .and_then(|record| record.get(5))
                    .cloned()
                    .unwrap_or_else(|| format!("~{name}"))
            }
            TildeExpr::WorkingDir if self.process.dialect == Dialect::Bash => {
                self.process.cwd.clone()
            }
            TildeExpr::WorkingDir => "~+".to_owned(),
            TildeExpr::OldWorkingDir => match self.process.variable("OLDPWD") {
                Some(old) if self.process.dialect == Dialect::Bash => old.to_owned(),
                _ => "~-".to_owned(),
            },
            TildeExpr::NthDirFromTopOfDirStack { n, .. }
            | TildeExpr::NthDirFromBottomOfDirStack { n } => format!("~{n}"),
        }
    }

    /// What a command prints, without the line ends at its end.
    pub(super) fn substitute(&mut self, script: &str) -> Result<String, Flow> {
        let trimmed = script.trim();
        if self.process.dialect == Dialect::Bash
            && let Some(file) = trimmed.strip_prefix('<')
            && !file.contains(['<', '>', '&', '|', ';', '\n'])
        {
            let file = self.expand_text(file.trim())?;
            let at = self.process.absolute(&file);
            let text = self
                .machine
                .files
                .read(&at, &self.process.who)
                .map(|data| data.text());
            let exit = Exit::of(text.is_ok());
            self.process.substituted = Some(exit);
            return Ok(text.unwrap_or_default().trim_end_matches('\n').to_owned());
        }
        let (stream, buffer) = Stream::buffer();
        let exit = self.subshell(|shell| {
            shell.process.streams.insert(1, stream);
            run::script(shell, script)
        })?;
        self.process.substituted = Some(exit);
        let text = buffer.borrow().text();
        Ok(text
            .trim_end_matches('\n')
            .chars()
            .filter(|ch| *ch != '\0')
            .collect())
    }
}

fn is_all_arguments(pieces: &[WordPiece]) -> bool {
    use brush_parser::word::{Parameter, ParameterExpr, SpecialParameter};
    pieces.iter().any(|piece| {
        matches!(
            piece,
            WordPiece::ParameterExpansion(ParameterExpr::Parameter {
                parameter: Parameter::Special(SpecialParameter::AllPositionalParameters {
                    concatenate: false
                }) | Parameter::NamedWithAllIndices {
                    concatenate: false,
                    ..
                },
                ..
            })
        )
    })
}

/// `$'…'`.
fn ansi_c(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        if ch != '\\' {
            out.push(ch);
            continue;
        }
        let Some(ch) = chars.next() else {
            out.push('\\');
            break;
        };
        let mut digits = |radix: u32, most: usize, first: Option<char>| {
            let mut text: String = first.into_iter().collect();
            while text.len() < most && chars.peek().is_some_and(|ch| ch.is_digit(radix)) {
                text.extend(chars.next());
            }
            u32::from_str_radix(&text, radix)
                .ok()
                .and_then(char::from_u32)
        };
        match ch {
            'a' => out.push('\x07'),
            'b' => out.push('\x08'),
            'e' | 'E' => out.push('\x1b'),
            'f' => out.push('\x0c'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\x0b'),
            'x' => out.extend(digits(16, 2, None)),
            'u' => out.extend(digits(16, 4, None)),
            'U' => out.extend(digits(16, 8, None)),
            '0'..='7' => out.extend(digits(8, 3, Some(ch))),
            '\\' | '\'' | '"' | '?' => out.push(ch),
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    out
}

/// All words that a brace expansion stands for.
fn brace_product(parts: &[BraceExpressionOrText]) -> Result<Vec<String>, Flow> {
    let mut out = vec![String::new()];
    for part in parts {
        let choices = match part {
            BraceExpressionOrText::Text(text) => vec![text.clone()],
            BraceExpressionOrText::Expr(members) => {
                let mut choices = Vec::new();
                for member in members {
                    choices.extend(brace_member(member)?);
                }
                choices
            }
        };
        let bytes = |words: &[String]| words.iter().map(String::len).sum::<usize>();
        let total = bytes(&out) * choices.len() + bytes(&choices) * out.len();
        if out.len() * choices.len() > MAX_FIELDS || total > MAX_BRACED {
            return Err(TOO_MANY);
        }
        out = out
            .iter()
            .flat_map(|before| {
                choices
                    .iter()
                    .map(move |choice| format!("{before}{choice}"))
            })
            .collect();
    }
    Ok(out)
}

fn brace_member(member: &BraceExpressionMember) -> Result<Vec<String>, Flow> {
    let steps = |start: i64, end: i64, increment: i64| {
        let step = increment.unsigned_abs().max(1);
        let count = start.abs_diff(end) / step;
        (0..=count.min(MAX_FIELDS as u64)).map(move |number| {
            let offset = i64::try_from(number * step).unwrap_or(0);
            if end >= start {
                start + offset
            } else {
                start - offset
            }
        })
    };
    let words = match member {
        BraceExpressionMember::NumberSequence {
            start,
            end,
            increment,
        } => steps(*start, *end, *increment)
            .map(|number| number.to_string())
            .collect(),
        BraceExpressionMember::CharSequence {
            start,
            end,
            increment,
        } => steps(
            i64::from(u32::from(*start)),
            i64::from(u32::from(*end)),
            *increment,
        )
        .filter_map(|code| char::from_u32(u32::try_from(code).ok()?))
        .map(String::from)
        .collect(),
        BraceExpressionMember::Child(parts) => brace_product(parts)?,
    };
    Ok(words)
}
