//! The wildcards of `${name#pattern}`, `${name%pattern}` and `${name/pattern/text}`:
//! `*` and `?`, without brackets (BuildKit turns them into a Go regular expression;
//! this matches in the same order of preference).

/// Longest pattern, in tokens.
const MAX_TOKENS: usize = 1000;

/// Most (token, position) pairs that one match may look at.
const MAX_STATES: usize = 1 << 22;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Star,
    Any,
    Literal(char),
}

/// A parsed pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
    source: String,
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// BuildKit's message on a backslash before an ordinary character.
    pub(super) fn new(source: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut chars = source.chars().peekable();
        while let Some(ch) = chars.next() {
            tokens.push(match ch {
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' => match chars.next() {
                    Some(ch @ ('}' | '/' | '*' | '?' | '\\')) => Token::Literal(ch),
                    other => {
                        let other = other.unwrap_or(char::REPLACEMENT_CHARACTER);
                        return Err(format!(
                            "invalid pattern ({source}) in substitution: invalid escape '\\{other}'"
                        ));
                    }
                },
                _ => Token::Literal(ch),
            });
        }
        if tokens.len() > MAX_TOKENS {
            return Err(format!(
                "the pattern is longer than {MAX_TOKENS} characters"
            ));
        }
        Ok(Self {
            tokens,
            source: source.to_owned(),
        })
    }

    /// `value` without what the pattern matches at its start.
    pub(super) fn without_prefix(&self, value: &str, greedy: bool) -> Result<String, String> {
        let text: Vec<char> = value.chars().collect();
        let end = self
            .matcher(&self.tokens, &text, greedy)?
            .end(0)
            .unwrap_or(0);
        Ok(text[end..].iter().collect())
    }

    /// `value` without what the pattern matches at its end.
    pub(super) fn without_suffix(&self, value: &str, greedy: bool) -> Result<String, String> {
        let text: Vec<char> = value.chars().rev().collect();
        let tokens: Vec<Token> = self.tokens.iter().rev().copied().collect();
        let end = self.matcher(&tokens, &text, greedy)?.end(0).unwrap_or(0);
        Ok(text[end..].iter().rev().collect())
    }

    /// Replaces the first match or `all` of them.
    pub(super) fn replace(
        &self,
        value: &str,
        replacement: &str,
        all: bool,
    ) -> Result<String, String> {
        let text: Vec<char> = value.chars().collect();
        let mut matcher = self.matcher(&self.tokens, &text, true)?;
        let mut out = String::new();
        let (mut at, mut last_end) = (0, None);
        while at <= text.len() {
            match matcher.end(at) {
                // Go allows no empty match right behind another match.
                Some(end) if end > at || last_end != Some(at) => {
                    let matched: String = text[at..end].iter().collect();
                    if all {
                        out.push_str(&template(replacement, &matched));
                    } else {
                        out.push_str(replacement);
                    }
                    last_end = Some(end);
                    if end == at {
                        out.extend(text.get(at));
                        at += 1;
                    } else {
                        at = end;
                    }
                    if !all {
                        break;
                    }
                }
                _ => {
                    out.extend(text.get(at));
                    at += 1;
                }
            }
        }
        out.extend(text.get(at..).unwrap_or_default());
        Ok(out)
    }

    fn matcher<'m>(
        &self,
        tokens: &'m [Token],
        text: &'m [char],
        greedy: bool,
    ) -> Result<Matcher<'m>, String> {
        let states = (tokens.len() + 1).saturating_mul(text.len() + 1);
        if states > MAX_STATES {
            return Err(format!(
                "invalid pattern ({}) in substitution: too long for a value of {} characters",
                self.source,
                text.len()
            ));
        }
        Ok(Matcher {
            tokens,
            text,
            greedy,
            failed: vec![false; states],
        })
    }
}

struct Matcher<'m> {
    tokens: &'m [Token],
    text: &'m [char],
    greedy: bool,
    /// (token, position) pairs from which no match can be had.
    failed: Vec<bool>,
}

impl Matcher<'_> {
    /// Where the preferred match that starts at `at` ends.
    fn end(&mut self, at: usize) -> Option<usize> {
        self.from(0, at)
    }

    fn from(&mut self, token: usize, at: usize) -> Option<usize> {
        let Some(&kind) = self.tokens.get(token) else {
            return Some(at);
        };
        let state = token * (self.text.len() + 1) + at;
        if self.failed[state] {
            return None;
        }
        let found = match kind {
            Token::Star => {
                let run = self.text[at..].iter().take_while(|&&ch| ch != '\n').count();
                if self.greedy {
                    (at..=at + run)
                        .rev()
                        .find_map(|next| self.from(token + 1, next))
                } else {
                    (at..=at + run).find_map(|next| self.from(token + 1, next))
                }
            }
            Token::Any => match self.text.get(at) {
                Some(&ch) if ch != '\n' => self.from(token + 1, at + 1),
                _ => None,
            },
            Token::Literal(ch) if self.text.get(at) == Some(&ch) => self.from(token + 1, at + 1),
            Token::Literal(_) => None,
        };
        self.failed[state] = found.is_none();
        found
    }
}

/// A replacement as Go's `Regexp.Expand` reads it: `$$` is `$`, `$0` the match, and any
/// other name nothing.
fn template(replacement: &str, matched: &str) -> String {
    let mut out = String::new();
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (name, after) = match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some(split) => split,
            None => {
                let end = rest
                    .find(|c: char| !(c == '_' || c.is_alphanumeric()))
                    .unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        if name.is_empty() {
            out.push('$');
        } else {
            if name == "0" {
                out.push_str(matched);
            }
            rest = after;
        }
    }
    out.push_str(rest);
    out
}
