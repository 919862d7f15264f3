//! Go's `filepath.Match`: `*`, `?`, `[a-z]` and `\`, none of which matches a slash.

use super::class::Class;

/// A pattern that Go refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadPattern;

impl std::fmt::Display for BadPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("syntax error in pattern")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Star,
    Any,
    Class(Class),
    Literal(char),
}

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    tokens: Vec<Token>,
}

impl Glob {
    /// Parses a pattern.
    ///
    /// # Errors
    /// On an unclosed class or a backslash at the end.
    pub fn new(pattern: &str) -> Result<Self, BadPattern> {
        let mut tokens = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(ch) = chars.next() {
            tokens.push(match ch {
                '*' => Token::Star,
                '?' => Token::Any,
                '[' => Token::Class(Class::parse(&mut chars).ok_or(BadPattern)?),
                '\\' => Token::Literal(chars.next().ok_or(BadPattern)?),
                _ => Token::Literal(ch),
            });
        }
        Ok(Self { tokens })
    }

    /// Whether the whole of `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut token, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        loop {
            let step = match (self.tokens.get(token), name.get(at)) {
                (None, None) => return true,
                (Some(Token::Star), _) => {
                    star = Some((token + 1, at));
                    token += 1;
                    continue;
                }
                (Some(Token::Any), Some(&ch)) => ch != '/',
                (Some(Token::Class(class)), Some(&ch)) => ch != '/' && class.contains(ch),
                (Some(Token::Literal(literal)), Some(ch)) => literal == ch,
                _ => false,
            };
            if step {
                token += 1;
                at += 1;
            } else {
                // Let the last star take one character more, unless that is a slash.
                match star {
                    Some((after, from)) if name.get(from).is_some_and(|&ch| ch != '/') => {
                        star = Some((after, from + 1));
                        token = after;
                        at = from + 1;
                    }
                    _ => return false,
                }
            }
        }
    }
}

/// Whether a path contains a wildcard that is not escaped.
pub fn has_wildcard(path: &str) -> bool {
    let mut chars = path.chars();
    while let Some(ch) = chars.next() {
        match ch {
            '\\' => {
                chars.next();
            }
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn matches_as_go_does() {
        for (pattern, name, expected) in [
            ("*.txt", "a.txt", true),
            ("*.txt", "d/a.txt", false),
            ("d/*/three", "d/two/three", true),
            ("**/three", "d/two/three", false),
            ("[^a]*.txt", "b.txt", true),
            ("[^a]*.txt", "a.txt", false),
            ("a\\*b", "a*b", true),
            ("a*b*c", "aXbYbZc", true),
            ("?", "/", false),
            ("", "", true),
        ] {
            assert_eq!(
                Glob::new(pattern).unwrap().matches(name),
                expected,
                "{pattern} {name}"
            );
        }
        assert!(Glob::new("[a").is_err() && Glob::new("a\\").is_err() && Glob::new("[]").is_err());
    }
}
