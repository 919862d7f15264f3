//! Shell patterns: `*`, `?`, brackets, escapes (POSIX, 2.14 Pattern Matching Notation).

use super::unknown::UNKNOWN;

/// A pattern ready to match; quoted characters come with a backslash.
#[derive(Debug, Clone)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Char(char),
    Any,
    Many,
    Set(Vec<Item>, bool),
}

#[derive(Debug, Clone, PartialEq)]
enum Item {
    Range(char, char),
    Class(&'static str),
}

const CLASSES: [&str; 12] = [
    "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "xdigit",
];

/// Whether a character is in a POSIX class (in the C locale).
pub fn in_class(ch: char, class: &str) -> bool {
    match class {
        "alnum" => ch.is_ascii_alphanumeric(),
        "alpha" => ch.is_ascii_alphabetic(),
        "blank" => ch == ' ' || ch == '\t',
        "cntrl" => ch.is_ascii_control(),
        "digit" => ch.is_ascii_digit(),
        "graph" => ch.is_ascii_graphic(),
        "lower" => ch.is_ascii_lowercase(),
        "print" => ch.is_ascii_graphic() || ch == ' ',
        "punct" => ch.is_ascii_punctuation(),
        "space" => ch.is_ascii_whitespace() || ch == '\x0b',
        "upper" => ch.is_ascii_uppercase(),
        "xdigit" => ch.is_ascii_hexdigit(),
        _ => false,
    }
}

impl Pattern {
    /// Reads a pattern; nothing is an error, an open bracket without its end is itself.
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            let piece = match chars[at] {
                '\\' if at + 1 < chars.len() => {
                    at += 1;
                    Piece::Char(chars[at])
                }
                '?' => Piece::Any,
                '*' | UNKNOWN => Piece::Many,
                '[' => match set(&chars, at) {
                    Some((piece, end)) => {
                        at = end;
                        piece
                    }
                    None => Piece::Char('['),
                },
                ch => Piece::Char(ch),
            };
            if !(piece == Piece::Many && pieces.last() == Some(&Piece::Many)) {
                pieces.push(piece);
            }
            at += 1;
        }
        Self { pieces }
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.matches_chars(&chars)
    }

    /// Whether the characters match, all of them.
    pub fn matches_chars(&self, chars: &[char]) -> bool {
        let (mut at, mut piece) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < chars.len() {
            match self.pieces.get(piece) {
                Some(Piece::Many) => {
                    star = Some((piece, at));
                    piece += 1;
                    continue;
                }
                Some(one) if one.matches(chars[at]) => {
                    at += 1;
                    piece += 1;
                    continue;
                }
                _ => {}
            }
            let Some((back, from)) = star else {
                return false;
            };
            star = Some((back, from + 1));
            at = from + 1;
            piece = back + 1;
        }
        self.pieces[piece..].iter().all(|rest| *rest == Piece::Many)
    }

    /// Whether the first character that matches must be a written dot: hidden files are not
    /// matched by wildcards.
    pub fn starts_with_dot(&self) -> bool {
        self.pieces.first() == Some(&Piece::Char('.'))
    }
}

impl Piece {
    fn matches(&self, ch: char) -> bool {
        match self {
            Self::Char(own) => *own == ch,
            Self::Any | Self::Many => true,
            Self::Set(items, negated) => {
                items.iter().any(|item| match item {
                    Item::Range(low, high) => (*low..=*high).contains(&ch),
                    Item::Class(class) => in_class(ch, class),
                }) != *negated
            }
        }
    }
}

/// A bracket expression that begins at `start`; gives the place of its `]`.
fn set(chars: &[char], start: usize) -> Option<(Piece, usize)> {
    let mut at = start + 1;
    let negated = matches!(chars.get(at), Some('!' | '^'));
    if negated {
        at += 1;
    }
    let first = at;
    let mut items = Vec::new();
    loop {
        let ch = *chars.get(at)?;
        if ch == ']' && at > first {
            return Some((Piece::Set(items, negated), at));
        }
        if ch == '[' && chars.get(at + 1) == Some(&':') {
            let rest: String = chars[at + 2..].iter().collect();
            if let Some((name, _)) = rest.split_once(":]")
                && let Some(class) = CLASSES.iter().find(|class| **class == name)
            {
                items.push(Item::Class(class));
                at += 4 + name.chars().count();
                continue;
            }
        }
        let mut low = ch;
        if ch == '\\' {
            at += 1;
            low = *chars.get(at)?;
        }
        let range =
            chars.get(at + 1) == Some(&'-') && chars.get(at + 2).is_some_and(|ch| *ch != ']');
        if range {
            at += 2;
            let mut high = *chars.get(at)?;
            if high == '\\' {
                at += 1;
                high = *chars.get(at)?;
            }
            items.push(Item::Range(low, high));
        } else {
            items.push(Item::Range(low, low));
        }
        at += 1;
    }
}

/// `text` with all that a pattern gives a meaning to escaped.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        if matches!(ch, '*' | '?' | '[' | ']' | '\\' | '-' | '!' | '^') {
            out.push('\\');
        }
        out.push(ch);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_shells_do() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*b", "axxb", true),
            ("a*b*c", "abbc", true),
            ("a*b", "axxc", false),
            ("[a-c]?", "bz", true),
            ("[!a-c]", "b", false),
            ("[]]", "]", true),
            ("[", "[", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("[[:digit:]]*", "1a", true),
            ("x[", "x[", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(text),
                expected,
                "{pattern} {text}"
            );
        }
    }
}
