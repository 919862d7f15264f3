//! POSIX regular expressions, matched by regex-lite after translation. Back-references are
//! not to be had there: what uses them is unknown.

use regex_lite::RegexBuilder;

/// Longest expression.
const MAX_PATTERN: usize = 4096;

/// A regular expression.
#[derive(Debug, Clone)]
pub struct Regex {
    inner: regex_lite::Regex,
}

/// A match: begin and end of the whole and of each group, in bytes.
pub type Match = Vec<Option<(usize, usize)>>;

impl Regex {
    /// Reads a basic expression, or an extended one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(pattern: &str, extended: bool, ignore_case: bool) -> Result<Self, String> {
        if pattern.len() > MAX_PATTERN {
            return Err("Regular expression too big".to_owned());
        }
        Self::perl(&translated(pattern, extended)?, ignore_case)
    }

    /// Reads an expression in Perl's manner.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn perl(pattern: &str, ignore_case: bool) -> Result<Self, String> {
        RegexBuilder::new(pattern)
            .case_insensitive(ignore_case)
            .size_limit(1 << 20)
            .build()
            .map(|inner| Self { inner })
            .map_err(|_| "Invalid regular expression".to_owned())
    }

    /// Whether it is found in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.inner.is_match(text)
    }

    /// The first match at or after a place.
    pub fn find_at(&self, text: &str, start: usize) -> Option<Match> {
        let found = self.inner.captures_at(text, start)?;
        Some(
            (0..found.len())
                .map(|group| found.get(group).map(|part| (part.start(), part.end())))
                .collect(),
        )
    }

    /// The texts of the first match and its groups.
    pub fn groups(&self, text: &str) -> Option<Vec<Option<String>>> {
        let found = self.find_at(text, 0)?;
        let part =
            |place: Option<(usize, usize)>| place.map(|(start, end)| text[start..end].to_owned());
        Some(found.into_iter().map(part).collect())
    }
}

/// A text as an expression that matches it alone.
pub fn literal(text: &str) -> String {
    regex_lite::escape(text)
}

/// A POSIX expression in Perl's manner.
///
/// # Errors
/// What is wrong with it.
pub fn translated(pattern: &str, extended: bool) -> Result<String, String> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut at = 0;
    // Whether a `*` here would repeat something.
    let mut repeatable = false;
    while at < chars.len() {
        let ch = chars[at];
        at += 1;
        match ch {
            '\\' => {
                let Some(&next) = chars.get(at) else {
                    return Err("Trailing backslash".to_owned());
                };
                at += 1;
                match next {
                    '(' | ')' | '{' | '}' | '|' if !extended => {
                        repeatable = next == ')' || next == '}';
                        out.push(next);
                        if next == '|' || next == '(' {
                            repeatable = false;
                        }
                    }
                    '+' | '?' if !extended => {
                        out.push(if repeatable { next } else { '\\' });
                        if !repeatable {
                            out.push(next);
                        }
                    }
                    '1'..='9' => return Err("back-references are not modelled".to_owned()),
                    '<' => out.push_str(r"\b"),
                    '>' => out.push_str(r"\b"),
                    'b' | 'B' | 'w' | 'W' | 's' | 'S' => {
                        out.push('\\');
                        out.push(next);
                        repeatable = true;
                    }
                    '`' => out.push_str(r"\A"),
                    '\'' => out.push_str(r"\z"),
                    'n' => {
                        out.push_str(r"\n");
                        repeatable = true;
                    }
                    't' => {
                        out.push_str(r"\t");
                        repeatable = true;
                    }
                    other => {
                        push_literal(&mut out, other);
                        repeatable = true;
                    }
                }
            }
            '[' => {
                at = bracket(&chars, at, &mut out)?;
                repeatable = true;
            }
            '*' => {
                if repeatable {
                    out.push('*');
                } else {
                    out.push_str(r"\*");
                    repeatable = true;
                }
            }
            '^' => {
                let anchor = extended || at == 1 || ends_with_open(&chars[..at - 1]);
                out.push_str(if anchor { "^" } else { r"\^" });
                repeatable = !anchor;
            }
            '$' => {
                let anchor = extended
                    || at == chars.len()
                    || chars[at..].starts_with(&['\\', ')'])
                    || chars[at..].starts_with(&['\\', '|']);
                out.push_str(if anchor { "$" } else { r"\$" });
                repeatable = !anchor;
            }
            '.' => {
                out.push('.');
                repeatable = true;
            }
            '+' | '?' | '(' | ')' | '|' if extended => {
                out.push(ch);
                repeatable = ch == ')';
                if matches!(ch, '+' | '?') {
                    repeatable = true;
                }
            }
            '{' if extended => {
                let digit = chars
                    .get(at)
                    .is_some_and(|ch| ch.is_ascii_digit() || *ch == ',');
                out.push_str(if digit && repeatable { "{" } else { r"\{" });
            }
            '}' if extended => {
                let open = out
                    .rfind('{')
                    .filter(|&place| place == 0 || !out[..place].ends_with('\\'));
                let closed = open.is_some_and(|place| !out[place..].contains('}'));
                out.push_str(if closed { "}" } else { r"\}" });
                repeatable = true;
            }
            other => {
                push_literal(&mut out, other);
                repeatable = true;
            }
        }
    }
    Ok(out)
}

fn ends_with_open(before: &[char]) -> bool {
    before.ends_with(&['\\', '(']) || before.ends_with(&['\\', '|'])
}

fn push_literal(out: &mut String, ch: char) {
    let mut buffer = [0; 4];
    out.push_str(&literal(ch.encode_utf8(&mut buffer)));
}

/// A bracket expression that begins before `at`; gives the place after it.
fn bracket(chars: &[char], mut at: usize, out: &mut String) -> Result<usize, String> {
    let unmatched = || "Unmatched [, [^, [:, [., or [=".to_owned();
    out.push('[');
    if chars.get(at) == Some(&'^') {
        out.push('^');
        at += 1;
    }
    let first = at;
    loop {
        let ch = *chars.get(at).ok_or_else(unmatched)?;
        at += 1;
        match ch {
            ']' if at - 1 > first => {
                out.push(']');
                return Ok(at);
            }
            '[' if chars.get(at) == Some(&':') => {
                let rest: String = chars[at + 1..].iter().collect();
                let (name, _) = rest.split_once(":]").ok_or_else(unmatched)?;
                out.push_str(&format!("[:{name}:]"));
                at += name.chars().count() + 3;
            }
            '-' => {
                // A range where something stands on both sides of it.
                let range = at - 1 > first && chars.get(at).is_some_and(|next| *next != ']');
                out.push_str(if range { "-" } else { r"\-" });
            }
            '\\' | '[' | ']' | '^' | '&' | '~' | '#' => {
                out.push('\\');
                out.push(ch);
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_and_extended() {
        let matches =
            |pattern, extended, text| Regex::new(pattern, extended, false).unwrap().is_match(text);
        assert!(matches("a*b", false, "aab"));
        assert!(matches("^*a", false, "*a"));
        assert!(matches("a+", false, "a+"));
        assert!(!matches("a+b", false, "aab"));
        assert!(matches("a\\+b", false, "aab"));
        assert!(matches("\\(ab\\)\\{2\\}", false, "abab"));
        assert!(matches("(ab){2}", true, "abab"));
        assert!(matches("[]a-]x", false, "-x"));
        assert!(matches("[[:digit:]]+\\.[0-9]", true, "12.3"));
        assert!(matches("x{", true, "x{"));
        assert!(matches("a.b$", false, "a.b"));
        assert!(matches("a$b", false, "a$b"));
        assert!(Regex::new("\\(a\\)\\1", false, false).is_err());
    }
}
