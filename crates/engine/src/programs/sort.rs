//! `sort`: sorts lines.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, value};
use std::cmp::Ordering;

const OPTIONS: [Spec; 20] = [
    flag("b", "ignore-leading-blanks"),
    flag("d", "dictionary-order"),
    flag("f", "ignore-case"),
    flag("g", "general-numeric-sort"),
    flag("h", "human-numeric-sort"),
    flag("i", "ignore-nonprinting"),
    flag("M", "month-sort"),
    flag("n", "numeric-sort"),
    flag("r", "reverse"),
    flag("V", "version-sort"),
    flag("c", "check"),
    flag("C", ""),
    value("k", "key"),
    value("o", "output"),
    flag("s", "stable"),
    value("t", "field-separator"),
    flag("u", "unique"),
    flag("z", "zero-terminated"),
    value("S", "buffer-size"),
    value("T", "temporary-directory"),
];

/// `sort`: sorts lines.
#[derive(Debug)]
pub(super) struct Sort;

impl Program for Sort {
    fn names(&self) -> &'static [&'static str] {
        &["sort"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 2)?;
        let data = call.read_files(&options.operands);
        if call.exit.failed() {
            return Ok(Exit::code(2));
        }
        let text = data.text();
        let end = if options.has("z") { '\0' } else { '\n' };
        let mut lines: Vec<&str> = text.split_terminator(end).collect();
        let keys: Vec<Key> = options.values("k").map(Key::read).collect();
        let general = Order::of(|flag| options.has(flag));
        let separator = options.value("t").and_then(|text| text.chars().next());
        let compare = |a: &&str, b: &&str| {
            for key in &keys {
                let order = key.order.unwrap_or(general);
                let found = order.compare(key.of(a, separator), key.of(b, separator));
                if found.is_ne() {
                    return found;
                }
            }
            if keys.is_empty() {
                general.compare(a, b)
            } else {
                Ordering::Equal
            }
        };
        if options.has("c") || options.has("C") {
            let sorted = lines
                .windows(2)
                .all(|pair| compare(&pair[0], &pair[1]).is_le());
            return Ok(Exit::of(sorted));
        }
        let unique = options.has("u");
        lines.sort_by(|a, b| {
            let found = compare(a, b);
            if found.is_eq() && !unique && !options.has("s") {
                // What is equal by its keys is in the order of its bytes.
                let bytes = a.cmp(b);
                return if general.reverse {
                    bytes.reverse()
                } else {
                    bytes
                };
            }
            found
        });
        if unique {
            lines.dedup_by(|a, b| compare(a, b).is_eq());
        }
        let mut out = String::with_capacity(text.len());
        for line in lines {
            out.push_str(line);
            out.push(end);
        }
        match options.value("o") {
            Some(path) => {
                if let Err(errno) = call.write(path, out.as_str().into()) {
                    call.problem(&format!("open failed: {path}"), errno);
                    call.exit = Exit::code(2);
                }
            }
            None => call.out(&out),
        }
        Ok(call.exit)
    }
}

/// How keys are compared.
#[derive(Debug, Clone, Copy, Default)]
struct Order {
    numeric: bool,
    human: bool,
    version: bool,
    fold: bool,
    blanks: bool,
    reverse: bool,
}

impl Order {
    fn of(has: impl Fn(&'static str) -> bool) -> Self {
        Self {
            numeric: has("n") || has("g"),
            human: has("h"),
            version: has("V"),
            fold: has("f"),
            blanks: has("b"),
            reverse: has("r"),
        }
    }

    fn compare(self, a: &str, b: &str) -> Ordering {
        let (a, b) = if self.blanks {
            (a.trim_start(), b.trim_start())
        } else {
            (a, b)
        };
        let order = if self.numeric || self.human {
            number(a, self.human).total_cmp(&number(b, self.human))
        } else if self.version {
            versions(a, b)
        } else if self.fold {
            a.to_ascii_uppercase().cmp(&b.to_ascii_uppercase())
        } else {
            a.cmp(b)
        };
        if self.reverse { order.reverse() } else { order }
    }
}

/// The number that a text begins with.
fn number(text: &str, human: bool) -> f64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(place, ch)| !(ch.is_ascii_digit() || *ch == '.' || *ch == '-' && *place == 0))
        .map_or(text.len(), |(place, _)| place);
    let value: f64 = text[..end].parse().unwrap_or(0.0);
    let power = match text[end..].chars().next() {
        Some('K' | 'k') if human => 1,
        Some('M') if human => 2,
        Some('G') if human => 3,
        Some('T') if human => 4,
        _ => 0,
    };
    value * 1024_f64.powi(power)
}

/// Version order: numbers inside the texts count as numbers.
pub(super) fn versions(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let text = |text: &str| {
            text.find(|ch: char| ch.is_ascii_digit())
                .unwrap_or(text.len())
        };
        let (end_a, end_b) = (text(a), text(b));
        let rank = |ch: Option<char>| match ch {
            Some('~') => -1,
            None => 0,
            Some(ch) if ch.is_ascii_alphabetic() => i64::from(u32::from(ch)),
            Some(ch) => i64::from(u32::from(ch)) + 256,
        };
        let (mut left, mut right) = (a[..end_a].chars(), b[..end_b].chars());
        loop {
            let (x, y) = (left.next(), right.next());
            if x.is_none() && y.is_none() {
                break;
            }
            let order = rank(x).cmp(&rank(y));
            if order.is_ne() {
                return order;
            }
        }
        (a, b) = (&a[end_a..], &b[end_b..]);
        let digits = |text: &str| {
            text.find(|ch: char| !ch.is_ascii_digit())
                .unwrap_or(text.len())
        };
        let (end_a, end_b) = (digits(a), digits(b));
        let (x, y) = (
            a[..end_a].trim_start_matches('0'),
            b[..end_b].trim_start_matches('0'),
        );
        let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
        if order.is_ne() {
            return order;
        }
        (a, b) = (&a[end_a..], &b[end_b..]);
        if a.is_empty() && b.is_empty() {
            return Ordering::Equal;
        }
    }
}

/// A key: `-k 2,3n`.
#[derive(Debug)]
struct Key {
    first: (usize, usize),
    last: Option<(usize, usize)>,
    order: Option<Order>,
}

impl Key {
    fn read(text: &str) -> Self {
        let place = |text: &str, default: usize| {
            let numbers: String = text
                .chars()
                .take_while(|ch| ch.is_ascii_digit() || *ch == '.')
                .collect();
            let flags = text[numbers.len()..].to_owned();
            let (field, ch) = match numbers.split_once('.') {
                Some((field, ch)) => (field.to_owned(), ch.parse().unwrap_or(default)),
                None => (numbers, default),
            };
            ((field.parse().unwrap_or(1), ch), flags)
        };
        let (first, last) = match text.split_once(',') {
            Some((first, last)) => (first, Some(last)),
            None => (text, None),
        };
        let (first, mut flags) = place(first, 1);
        let last = last.map(|last| {
            let (last, more) = place(last, 0);
            flags.push_str(&more);
            last
        });
        let order = (!flags.is_empty()).then(|| Order::of(|flag| flags.contains(flag)));
        Self { first, last, order }
    }

    fn of<'l>(&self, line: &'l str, separator: Option<char>) -> &'l str {
        let fields = fields(line, separator);
        let start = match fields.get(self.first.0.saturating_sub(1)) {
            Some((start, end)) => (start + self.first.1.saturating_sub(1)).min(*end),
            None => line.len(),
        };
        let end = match self.last {
            None => line.len(),
            Some((field, ch)) => match fields.get(field.saturating_sub(1)) {
                Some((_, end)) if ch == 0 => *end,
                Some((start, end)) => (start + ch).min(*end),
                None => line.len(),
            },
        };
        line.get(start..end.max(start)).unwrap_or_default()
    }
}

/// Where fields begin and end; without a separator blanks before a field belong to it.
fn fields(line: &str, separator: Option<char>) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = 0;
    match separator {
        Some(separator) => {
            for part in line.split(separator) {
                out.push((start, start + part.len()));
                start += part.len() + separator.len_utf8();
            }
        }
        None => {
            let mut in_field = false;
            for (place, ch) in line.char_indices() {
                let blank = matches!(ch, ' ' | '\t');
                if blank && in_field {
                    out.push((start, place));
                    start = place;
                    in_field = false;
                } else if !blank {
                    in_field = true;
                }
            }
            out.push((start, line.len()));
        }
    }
    out
}
