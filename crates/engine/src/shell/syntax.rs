//! Shell grammar, by brush-parser; what it is given is bounded first.

use std::rc::Rc;

use brush_parser::ast::Program;
use brush_parser::word::{BraceExpressionOrText, WordPiece};
use brush_parser::{ParserOptions, Token, parse_tokens, uncached_tokenize_str, word};

use super::case::with_open_patterns;
use super::machine::Machine;
use super::process::{Dialect, Flow};

/// Longest script that is parsed, in bytes.
const MAX_SCRIPT: usize = 256 << 10;

/// How deep a script may be nested.
const MAX_NESTING: usize = 40;

/// How deep parentheses and `case` may be nested in each other, and braces in a word: the
/// grammar tries each of them in several ways, so the time doubles with every level.
const MAX_DOUBLING: usize = 10;
const MAX_BRACES: usize = 6;

/// How a dialect is parsed.
fn options(dialect: Dialect) -> ParserOptions {
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

fn parse(text: &str, options: &ParserOptions) -> Result<Option<Program>, Flow> {
    match uncached_tokenize_str(text, &options.tokenizer_options()) {
        Ok(tokens) => {
            check_tokens(&tokens)?;
            Ok(parse_tokens(&set_apart(tokens), options).ok())
        }
        Err(_) => Ok(None),
    }
}

/// Refuses parentheses and `case` nested too deep.
fn check_tokens(tokens: &[Token]) -> Result<(), Flow> {
    let (mut parentheses, mut cases) = (0_usize, 0_usize);
    for token in tokens {
        match token {
            Token::Operator(text, _) => match text.as_str() {
                "(" => parentheses += 1,
                ")" => parentheses = parentheses.saturating_sub(1),
                _ => {}
            },
            Token::Word(text, _) => match text.as_str() {
                "case" => cases += 1,
                "esac" => cases = cases.saturating_sub(1),
                _ => {}
            },
        }
        if parentheses + cases > MAX_DOUBLING {
            return Err(Flow::Limit("the script is nested more than 10 deep"));
        }
    }
    Ok(())
}

/// Sets apart what the grammar would take together: `( (` for the `((` of arithmetic, and
/// `esac)` for another pattern of its `case`.
fn set_apart(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if let Some(last) = out.last() {
            let span = token.location();
            let between = match (last, &token) {
                (Token::Operator(before, end), Token::Operator(after, start))
                    if before == "(" && after == "(" && end.end.index != start.start.index =>
                {
                    Some("\n")
                }
                (Token::Word(word, _), Token::Operator(after, _))
                    if word == "esac" && after == ")" && !follows_parenthesis(&out) =>
                {
                    Some(";")
                }
                _ => None,
            };
            if let Some(between) = between {
                out.push(Token::Operator(between.to_owned(), span.clone()));
            }
        }
        out.push(token);
    }
    out
}

/// Whether the last token stands right behind a parenthesis, as a pattern of `case` may.
fn follows_parenthesis(tokens: &[Token]) -> bool {
    matches!(tokens, [.., Token::Operator(text, _), _] if text == "(")
}

/// Takes a word apart at its braces; `None` where it has none that expand.
///
/// # Errors
/// Where they are nested too deep.
pub fn parse_braces(word: &str) -> Result<Option<Vec<BraceExpressionOrText>>, Flow> {
    if !word.contains('{') {
        return Ok(None);
    }
    check_braces(word)?;
    Ok(word::parse_brace_expansions(word, &options(Dialect::Bash))
        .ok()
        .flatten())
}

/// Refuses unquoted braces nested too deep; those of `${` do not count.
fn check_braces(word: &str) -> Result<(), Flow> {
    let (mut depth, mut quote, mut before) = (0_usize, None, ' ');
    let mut chars = word.chars();
    while let Some(ch) = chars.next() {
        match ch {
            '\\' if quote != Some('\'') => {
                chars.next();
            }
            '\'' | '"' if quote == Some(ch) => quote = None,
            '\'' | '"' if quote.is_none() => quote = Some(ch),
            '{' if quote.is_none() && before != '$' => depth += 1,
            '}' if quote.is_none() => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = ch;
        if depth > MAX_BRACES {
            return Err(Flow::Limit("braces are nested more than 6 deep in a word"));
        }
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
        let mut parsed = parse(text, &options(dialect))?;
        if parsed.is_none() && text.contains("$(") && text.contains("case") {
            parsed = parse(&with_open_patterns(text), &options(dialect))?;
        }
        let parsed = parsed.map(Rc::new);
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
