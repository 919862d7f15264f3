//! Lists of patterns with `**` and `!`, as in .dockerignore and `COPY --exclude`
//! (moby's `patternmatcher`): the last pattern that matches a path, or a directory above
//! it, decides.

use super::class::Class;
use super::glob::Glob;
use crate::image::path;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// `*`: anything but a slash.
    Star,
    /// `?`
    Any,
    /// `**/`: nothing, or any directories.
    Directories,
    /// `**` at the end: anything.
    Everything,
    Class(Class),
    Literal(char),
}

/// One pattern.
#[derive(Debug, Clone)]
struct Pattern {
    tokens: Vec<Token>,
    /// `**` followed by plain text: matches where a path ends with the text.
    suffix: Option<String>,
    /// Begins with `!`.
    exception: bool,
}

/// Patterns in order.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    patterns: Vec<Pattern>,
}

/// Which patterns matched a directory; what is below it inherits the matches.
#[derive(Debug, Clone)]
pub struct Matches {
    matched: Vec<bool>,
    /// Whether the path is matched over all.
    pub selected: bool,
}

impl Patterns {
    /// Parses the text of a .dockerignore file.
    ///
    /// # Errors
    /// The engine's message on a pattern that it refuses.
    pub fn from_ignore_file(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = Vec::new();
        for line in text.lines() {
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            let (mark, pattern) = match line.strip_prefix('!') {
                Some(rest) => ("!", rest.trim()),
                None => ("", line),
            };
            if pattern.is_empty() {
                if !mark.is_empty() {
                    lines.push(mark.to_owned());
                }
                continue;
            }
            let pattern = clean(pattern);
            let pattern = match pattern.strip_prefix('/') {
                Some(rest) if !rest.is_empty() => rest,
                _ => &pattern,
            };
            lines.push(format!("{mark}{pattern}"));
        }
        Self::new(lines.iter().map(String::as_str))
    }

    /// Parses patterns.
    ///
    /// # Errors
    /// The engine's message on a pattern that it refuses.
    pub fn new<'p>(patterns: impl Iterator<Item = &'p str>) -> Result<Self, String> {
        let mut parsed = Vec::new();
        for pattern in patterns
            .map(str::trim)
            .filter(|pattern| !pattern.is_empty())
        {
            let (exception, pattern) = match pattern.strip_prefix('!') {
                Some("") => return Err("illegal exclusion pattern: \"!\"".to_owned()),
                Some(rest) => (true, rest),
                None => (false, pattern),
            };
            let pattern = clean(pattern);
            Glob::new(&pattern).map_err(|error| error.to_string())?;
            parsed.push(Pattern::new(&pattern, exception));
        }
        Ok(Self { patterns: parsed })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether any pattern is an exception.
    pub fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }

    /// Matches a path without a slash in front; `above` is the result for its directory.
    pub fn matches(&self, at: &str, above: Option<&Matches>) -> Matches {
        let mut selected = false;
        let matched = self
            .patterns
            .iter()
            .enumerate()
            .map(|(number, pattern)| {
                let matched =
                    above.is_some_and(|above| above.matched[number]) || pattern.matches(at);
                if matched {
                    selected = !pattern.exception;
                }
                matched
            })
            .collect();
        Matches { matched, selected }
    }
}

/// Go's `filepath.Clean`, keeping relative paths relative.
fn clean(pattern: &str) -> String {
    let cleaned = path::clean(pattern);
    if pattern.starts_with('/') {
        return cleaned;
    }
    match cleaned.strip_prefix('/') {
        Some("") | None => ".".to_owned(),
        Some(rest) => {
            // `..` at the front stays: such a pattern matches nothing in the context.
            let climbs = climbs(pattern);
            format!("{}{rest}", "../".repeat(climbs))
        }
    }
}

/// How many directories above its start a relative path begins.
fn climbs(pattern: &str) -> usize {
    let (mut depth, mut lowest) = (0_isize, 0_isize);
    for name in pattern.split('/') {
        match name {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        lowest = lowest.min(depth);
    }
    lowest.unsigned_abs()
}

impl Pattern {
    fn new(pattern: &str, exception: bool) -> Self {
        let mut tokens = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(ch) = chars.next() {
            tokens.push(match ch {
                '*' if chars.next_if_eq(&'*').is_some() => {
                    chars.next_if_eq(&'/');
                    if chars.peek().is_none() {
                        Token::Everything
                    } else {
                        Token::Directories
                    }
                }
                '*' => Token::Star,
                '?' => Token::Any,
                '[' => match Class::parse(&mut chars) {
                    Some(class) => Token::Class(class),
                    None => Token::Literal('['),
                },
                '\\' => Token::Literal(chars.next().unwrap_or('\\')),
                _ => Token::Literal(ch),
            });
        }
        let suffix = pattern
            .strip_prefix("**")
            .filter(|rest| !rest.is_empty() && !rest.contains(['*', '?', '[', ']', '\\']))
            .map(str::to_owned);
        Self {
            tokens,
            suffix,
            exception,
        }
    }

    fn matches(&self, at: &str) -> bool {
        if let Some(suffix) = &self.suffix {
            return at.ends_with(suffix.as_str()) || suffix.strip_prefix('/') == Some(at);
        }
        // States: before token i, and (second half) inside the `**/` that is token i.
        let count = self.tokens.len();
        let mut now = vec![false; 2 * count + 1];
        self.enter(&mut now, 0);
        for ch in at.chars() {
            let mut next = vec![false; 2 * count + 1];
            for (token, kind) in self.tokens.iter().enumerate() {
                let before = now[token];
                let inside = now[count + 1 + token];
                match kind {
                    Token::Star if before && ch != '/' => self.enter(&mut next, token),
                    Token::Everything if before => self.enter(&mut next, token),
                    Token::Any if before && ch != '/' => self.enter(&mut next, token + 1),
                    Token::Class(class) if before && class.contains(ch) => {
                        self.enter(&mut next, token + 1);
                    }
                    Token::Literal(literal) if before && *literal == ch => {
                        self.enter(&mut next, token + 1);
                    }
                    Token::Directories if before || inside => {
                        next[count + 1 + token] = true;
                        if ch == '/' {
                            self.enter(&mut next, token + 1);
                        }
                    }
                    _ => {}
                }
            }
            now = next;
        }
        now[count]
    }

    /// Marks the state before `token`, and those reached from it without a character.
    fn enter(&self, states: &mut [bool], mut token: usize) {
        loop {
            states[token] = true;
            match self.tokens.get(token) {
                Some(Token::Star | Token::Everything | Token::Directories) => token += 1,
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Patterns;

    fn selected(patterns: &[&str], at: &str) -> bool {
        let patterns = Patterns::new(patterns.iter().copied()).unwrap();
        let mut above = None;
        for (end, _) in at.match_indices('/').chain([(at.len(), "")]) {
            above = Some(patterns.matches(&at[..end], above.as_ref()));
        }
        above.unwrap().selected
    }

    #[test]
    fn double_stars_and_exceptions() {
        assert!(selected(&["**/*.log"], "a.log"));
        assert!(selected(&["**/*.log"], "x/y/a.log"));
        assert!(selected(&["**/tmp"], "x/tmp/f"));
        assert!(!selected(&["**/tmp"], "x/tmpx"));
        assert!(selected(&["d/**"], "d/e/f"));
        assert!(!selected(&["d/**"], "e/d/f"));
        assert!(!selected(&["*", "!src"], "src/deep/o"));
        assert!(selected(&["*", "!src", "src/skip"], "src/skip/n"));
        assert!(!selected(&["d", "!d/e/f"], "d/e/f"));
        assert!(selected(&["d", "!d/e/f"], "d/e/g"));
        assert!(selected(&["a/**/b"], "a/b"));
        assert!(selected(&["a/**/b"], "a/x/y/b"));
    }
}
