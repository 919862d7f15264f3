//! Character classes of patterns: `[a-z]`, `[^x]`.

use std::iter::Peekable;
use std::str::Chars;

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Class {
    /// Reads a class whose `[` has been taken; `None` where it does not close or is empty.
    pub(super) fn parse(chars: &mut Peekable<Chars<'_>>) -> Option<Self> {
        let negated = chars.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        loop {
            if !ranges.is_empty() && chars.next_if_eq(&']').is_some() {
                return Some(Self { negated, ranges });
            }
            let low = Self::member(chars)?;
            let high = if chars.next_if_eq(&'-').is_some() {
                Self::member(chars)?
            } else {
                low
            };
            ranges.push((low, high));
        }
    }

    fn member(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
        match chars.next()? {
            '-' | ']' => None,
            '\\' => chars.next(),
            ch => Some(ch),
        }
    }

    pub(super) fn contains(&self, ch: char) -> bool {
        self.ranges
            .iter()
            .any(|&(low, high)| (low..=high).contains(&ch))
            != self.negated
    }
}
