//! Word expansion: quotes, escapes and `$variables`, as BuildKit's
//! `frontend/dockerfile/shell` does it for `ARG` and `ENV`.

use std::collections::BTreeSet;

use super::pattern::Pattern;
use super::quote::quoted;

/// Longest result of one expansion, in bytes; a build argument that doubles itself on each
/// line would otherwise fill the memory.
pub const MAX_EXPANSION: usize = 1 << 18;

/// Deepest nesting of `${a:-${b:-…}}`.
const MAX_DEPTH: usize = 100;

/// Looks a variable up.
pub type Lookup<'e> = dyn Fn(&str) -> Option<&'e str> + 'e;

/// What a word became.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The word as one string.
    pub text: String,
    /// The same split at white space that is not quoted, after expansion.
    pub words: Vec<String>,
    /// Variables that were used and are set.
    pub matched: BTreeSet<String>,
    /// Variables that were used and are not set.
    pub unmatched: BTreeSet<String>,
}

/// How a word is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The Dockerfile's escape character.
    pub escape: char,
    /// Keep quotes in the result.
    pub raw_quotes: bool,
    /// Keep escape characters in the result.
    pub raw_escapes: bool,
    /// Quotes have no meaning (the content of here-documents).
    pub ignore_quotes: bool,
    /// Leave variables that are not set as they stand.
    pub keep_unset: bool,
}

impl Style {
    /// The style of instruction arguments.
    pub fn arguments(escape: char) -> Self {
        Self {
            escape,
            raw_quotes: false,
            raw_escapes: false,
            ignore_quotes: false,
            keep_unset: false,
        }
    }

    /// The style of here-documents given to COPY and ADD.
    pub fn heredoc(escape: char) -> Self {
        Self {
            ignore_quotes: true,
            ..Self::arguments(escape)
        }
    }
}

/// Expands a word.
///
/// # Errors
/// BuildKit's message: an unclosed quote, a bad substitution, `${x:?message}`.
pub fn expand<'e>(
    word: &'e str,
    style: Style,
    variables: &'e Lookup<'e>,
) -> Result<Expansion, String> {
    if !style.raw_quotes && is_plain(word, style.escape) {
        return Ok(Expansion {
            text: word.to_owned(),
            words: word.split_whitespace().map(str::to_owned).collect(),
            ..Expansion::default()
        });
    }
    let mut lexer = Lexer {
        rest: word.chars().peekable(),
        style,
        raw_escapes: style.raw_escapes,
        depth: 0,
        length: 0,
        variables,
        out: Expansion::default(),
    };
    match lexer.until(None, style.raw_escapes) {
        Ok((text, words)) => Ok(Expansion {
            text,
            words,
            ..lexer.out
        }),
        Err(message) => Err(format!("failed to process {}: {message}", quoted(word))),
    }
}

fn is_plain(word: &str, escape: char) -> bool {
    !word
        .bytes()
        .any(|byte| matches!(byte, b'$' | b'\'' | b'"') || char::from(byte) == escape)
}

/// The words of a line with quotes, escapes and variables kept, to look for here-documents.
pub(super) fn raw_words(line: &str) -> Result<Vec<String>, String> {
    let style = Style {
        raw_quotes: true,
        raw_escapes: true,
        keep_unset: true,
        ..Style::arguments('\\')
    };
    expand(line, style, &|_| None).map(|out| out.words)
}

/// The words of a here-document's terminator, with quotes undone and with quotes kept.
pub(super) fn heredoc_words(text: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let style = Style {
        keep_unset: true,
        ..Style::arguments('\\')
    };
    let plain = expand(text, style, &|_| None)?.words;
    let raw = expand(
        text,
        Style {
            raw_quotes: true,
            ..style
        },
        &|_| None,
    )?
    .words;
    Ok((plain, raw))
}

/// Words as they come together: white space splits them unless it was quoted.
#[derive(Default)]
struct Words {
    word: String,
    done: Vec<String>,
}

impl Words {
    fn add(&mut self, ch: char) {
        if !ch.is_whitespace() {
            self.word.push(ch);
        } else if !self.word.is_empty() {
            self.done.push(std::mem::take(&mut self.word));
        }
    }

    fn finish(mut self) -> Vec<String> {
        if !self.word.is_empty() {
            self.done.push(self.word);
        }
        self.done
    }
}

struct Lexer<'e> {
    rest: std::iter::Peekable<std::str::Chars<'e>>,
    style: Style,
    raw_escapes: bool,
    depth: usize,
    /// Bytes put out by expansions so far, nested ones included.
    length: usize,
    variables: &'e Lookup<'e>,
    out: Expansion,
}

impl Lexer<'_> {
    /// Reads up to `stop`, which is consumed, or to the end where there is none.
    fn until(
        &mut self,
        stop: Option<char>,
        raw_escapes: bool,
    ) -> Result<(String, Vec<String>), String> {
        let outer = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        self.depth += 1;
        let result = if self.depth > MAX_DEPTH {
            Err(format!(
                "substitutions are nested more than {MAX_DEPTH} deep"
            ))
        } else {
            self.until_inner(stop)
        };
        self.depth -= 1;
        self.raw_escapes = outer;
        result
    }

    fn until_inner(&mut self, stop: Option<char>) -> Result<(String, Vec<String>), String> {
        let mut text = String::new();
        let mut words = Words::default();
        while let Some(&ch) = self.rest.peek() {
            if Some(ch) == stop {
                self.rest.next();
                return Ok((text, words.finish()));
            }
            match ch {
                '$' => {
                    let value = self.dollar()?;
                    self.count(value.len())?;
                    value.chars().for_each(|ch| words.add(ch));
                    text.push_str(&value);
                }
                '\'' | '"' if !self.style.ignore_quotes => {
                    let value = if ch == '\'' {
                        self.single_quote()?
                    } else {
                        self.double_quote()?
                    };
                    words.word.push_str(&value);
                    text.push_str(&value);
                }
                _ if ch == self.style.escape => {
                    self.rest.next();
                    if self.raw_escapes {
                        words.word.push(ch);
                        text.push(ch);
                    }
                    let Some(escaped) = self.rest.next() else {
                        break;
                    };
                    words.word.push(escaped);
                    text.push(escaped);
                }
                _ => {
                    self.rest.next();
                    words.add(ch);
                    text.push(ch);
                }
            }
        }
        match stop {
            None => Ok((text, words.finish())),
            Some(stop) => Err(format!(
                "unexpected end of statement while looking for matching {stop}"
            )),
        }
    }

    fn count(&mut self, bytes: usize) -> Result<(), String> {
        self.length += bytes;
        if self.length > MAX_EXPANSION {
            return Err(format!(
                "the expansion is longer than {MAX_EXPANSION} bytes"
            ));
        }
        Ok(())
    }

    fn single_quote(&mut self) -> Result<String, String> {
        let mut text = String::new();
        self.quote_mark(&mut text);
        loop {
            match self.rest.peek() {
                None => {
                    return Err(
                        "unexpected end of statement while looking for matching single-quote"
                            .into(),
                    );
                }
                Some('\'') => {
                    self.quote_mark(&mut text);
                    return Ok(text);
                }
                Some(&ch) => {
                    self.rest.next();
                    text.push(ch);
                }
            }
        }
    }

    /// Consumes a quote, keeping it where the style asks for it.
    fn quote_mark(&mut self, text: &mut String) {
        text.extend(self.rest.next().filter(|_| self.style.raw_quotes));
    }

    fn double_quote(&mut self) -> Result<String, String> {
        let escape = self.style.escape;
        let mut text = String::new();
        self.quote_mark(&mut text);
        loop {
            match self.rest.peek() {
                None => {
                    return Err(
                        "unexpected end of statement while looking for matching double-quote"
                            .into(),
                    );
                }
                Some('"') => {
                    self.quote_mark(&mut text);
                    return Ok(text);
                }
                Some('$') => {
                    let value = self.dollar()?;
                    self.count(value.len())?;
                    text.push_str(&value);
                }
                Some(&ch) => {
                    self.rest.next();
                    let mut kept = ch;
                    if ch == escape {
                        if self.raw_escapes {
                            text.push(ch);
                        }
                        match self.rest.peek() {
                            None => continue,
                            Some(&next) if next == '"' || next == '$' || next == escape => {
                                self.rest.next();
                                kept = next;
                            }
                            Some(_) => {}
                        }
                    }
                    text.push(kept);
                }
            }
        }
    }

    fn dollar(&mut self) -> Result<String, String> {
        self.rest.next();
        if self.rest.peek() != Some(&'{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            return Ok(match self.get(&name) {
                None if self.style.keep_unset => format!("${name}"),
                value => value.unwrap_or_default(),
            });
        }
        self.rest.next();
        match self.rest.peek() {
            None => return Err("syntax error: missing '}'".to_owned()),
            Some('{' | '}' | ':') => return Err("syntax error: bad substitution".to_owned()),
            Some(_) => {}
        }
        let name = self.name();
        match self.rest.next() {
            Some('}') => Ok(match self.get(&name) {
                None if self.style.keep_unset => format!("${{{name}}}"),
                value => value.unwrap_or_default(),
            }),
            Some('/') => self.replace(&name),
            Some(':') => {
                let modifier = self.rest.next();
                self.modify(&name, modifier, true)
            }
            modifier @ Some('+' | '-' | '?' | '#' | '%') => self.modify(&name, modifier, false),
            modifier => Err(unsupported(modifier, false)),
        }
    }

    /// `${name:-word}` and its kin; `modifier` is the character after the optional colon.
    fn modify(
        &mut self,
        name: &str,
        modifier: Option<char>,
        colon: bool,
    ) -> Result<String, String> {
        let (word, _) = self
            .until(Some('}'), matches!(modifier, Some('#' | '%')))
            .map_err(|message| {
                if self.rest.peek().is_none() {
                    "syntax error: missing '}'".to_owned()
                } else {
                    message
                }
            })?;
        let value = self.get(name);
        if value.is_none() && self.style.keep_unset {
            let colon = if colon { ":" } else { "" };
            let modifier = modifier.unwrap_or(char::REPLACEMENT_CHARACTER);
            return Ok(format!("${{{name}{colon}{modifier}{word}}}"));
        }
        let usable = value
            .as_ref()
            .is_some_and(|value| !(colon && value.is_empty()));
        let unset = value.is_none();
        let value = value.unwrap_or_default();
        match modifier {
            Some('-') => Ok(if usable { value } else { word }),
            Some('+') => Ok(if usable { word } else { String::new() }),
            Some('?') if usable => Ok(value),
            Some('?') => {
                let state = if unset { "unset" } else { "empty" };
                let reason = if word.is_empty() {
                    format!("is not allowed to be {state}")
                } else {
                    word
                };
                Err(format!("{name}: {reason}"))
            }
            Some(end @ ('#' | '%')) => {
                let (text, greedy) = match word.strip_prefix(end) {
                    Some(text) => (text, true),
                    None => (word.as_str(), false),
                };
                let pattern = Pattern::new(text)?;
                if end == '#' {
                    pattern.without_prefix(&value, greedy)
                } else {
                    pattern.without_suffix(&value, greedy)
                }
            }
            _ => Err(unsupported(modifier, colon)),
        }
    }

    /// `${name/pattern/replacement}` and `${name//pattern/replacement}`.
    fn replace(&mut self, name: &str) -> Result<String, String> {
        let all = self.rest.next_if_eq(&'/').is_some();
        let mut part = |stop: char, missing: &str| {
            self.until(Some(stop), true).map_err(|message| {
                if self.rest.peek().is_none() {
                    format!("syntax error: missing {missing}")
                } else {
                    message
                }
            })
        };
        let (pattern, _) = part('/', "'/' in ${}")?;
        let (replacement, _) = part('}', "'}'")?;
        let value = self.get(name);
        let Some(value) = value.or_else(|| (!self.style.keep_unset).then(String::new)) else {
            return Ok(format!("${{{name}/{pattern}/{replacement}}}"));
        };
        Pattern::new(&pattern)?.replace(&value, &replacement, all)
    }

    /// A variable's name: letters, digits and `_`, only digits, or one special parameter.
    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(&ch) = self.rest.peek() {
            if name.is_empty() && is_digit(ch) {
                while let Some(digit) = self.rest.next_if(|&ch| is_digit(ch)) {
                    name.push(digit);
                }
                return name;
            }
            if name.is_empty() && matches!(ch, '@' | '*' | '#' | '?' | '-' | '$' | '!') {
                self.rest.next();
                return ch.to_string();
            }
            if !(ch == '_' || is_letter(ch) || is_digit(ch)) {
                break;
            }
            self.rest.next();
            name.push(ch);
        }
        name
    }

    fn get(&mut self, name: &str) -> Option<String> {
        let value = (self.variables)(name);
        let seen = if value.is_some() {
            &mut self.out.matched
        } else {
            &mut self.out.unmatched
        };
        seen.insert(name.to_owned());
        value.map(str::to_owned)
    }
}

fn unsupported(modifier: Option<char>, colon: bool) -> String {
    let colon = if colon { ":" } else { "" };
    let modifier = modifier.unwrap_or(char::REPLACEMENT_CHARACTER);
    format!("unsupported modifier ({colon}{modifier}) in substitution")
}

// Beyond ASCII, Go's `IsDigit` and `IsLetter` leave out number letters and combining vowel
// signs, which Rust's tables count in; no variable of either kind is known.

fn is_digit(ch: char) -> bool {
    if ch.is_ascii() {
        ch.is_ascii_digit()
    } else {
        ch.is_numeric()
    }
}

fn is_letter(ch: char) -> bool {
    ch.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(word: &str) -> Result<String, String> {
        let lookup = |name: &str| match name {
            "file" => Some("a/b/c.tar.gz"),
            "dollar" => Some("x$y"),
            _ => None,
        };
        expand(word, Style::arguments('\\'), &lookup).map(|out| out.text)
    }

    #[test]
    fn trims_prefixes_and_suffixes() {
        assert_eq!(expanded("${file#*/}").as_deref(), Ok("b/c.tar.gz"));
        assert_eq!(expanded("${file##*/}").as_deref(), Ok("c.tar.gz"));
        assert_eq!(expanded("${file%.*}").as_deref(), Ok("a/b/c.tar"));
        assert_eq!(expanded("${file%%.*}").as_deref(), Ok("a/b/c"));
        assert!(expanded("${file%%\\.*}").is_err());
    }

    #[test]
    fn replaces() {
        assert_eq!(expanded("${file/\\//-}").as_deref(), Ok("a-b/c.tar.gz"));
        assert_eq!(expanded("${file//\\//-}").as_deref(), Ok("a-b-c.tar.gz"));
        assert_eq!(expanded("${file//?/x}").as_deref(), Ok("xxxxxxxxxxxx"));
    }

    #[test]
    fn stops_expansions_that_explode() {
        let big = "x".repeat(200_000);
        let lookup = |_: &str| Some(big.as_str());
        assert!(expand("${A}${A}", Style::arguments('\\'), &lookup).is_err());
        let deep = "${a:-".repeat(5000);
        assert!(expand(&deep, Style::arguments('\\'), &|_| None).is_err());
    }
}
