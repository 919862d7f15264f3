//! Splitting an instruction's text: keyword, flags, words and `KEY=value` pairs
//! (BuildKit's `parser/split_command.go` and `parser/line_parsers.go`).

use super::line::{Slice, Word};
use super::syntax::{Arguments, Pair};

/// The blanks that separate words in BuildKit's `reWhitespace`.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x0b | 0x0c | b'\r' | b' ')
}

/// Go's `unicode.IsSpace` applied to a single byte, as BuildKit does in two places.
fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | 0x85 | 0xa0)
}

/// Splits at the first run of blanks.
fn split_once<'l, 'a>(text: Slice<'l, 'a>) -> Option<(Slice<'l, 'a>, Slice<'l, 'a>)> {
    let bytes = text.as_str().as_bytes();
    let first = bytes.iter().position(|&b| is_blank(b))?;
    let rest = bytes[first..]
        .iter()
        .position(|&b| !is_blank(b))
        .map_or(bytes.len(), |n| first + n);
    Some((text.part(0, first), text.from(rest)))
}

/// Keyword, flags and the trimmed rest of a logical line.
pub(super) fn split_instruction<'l, 'a>(
    line: Slice<'l, 'a>,
) -> (Word<'a>, Vec<Word<'a>>, Slice<'l, 'a>) {
    let line = line.trim();
    match split_once(line) {
        None => (line.word(), Vec::new(), line.from(line.as_str().len())),
        Some((keyword, rest)) => {
            let (flags, rest) = split_flags(rest);
            (keyword.word(), flags, rest.trim())
        }
    }
}

/// Takes the leading `--flags` off; bytes are characters here, as in BuildKit.
fn split_flags<'l, 'a>(text: Slice<'l, 'a>) -> (Vec<Word<'a>>, Slice<'l, 'a>) {
    let bytes = text.as_str().as_bytes();
    let mut flags = Vec::new();
    let mut at = 0;
    loop {
        while at < bytes.len() && is_space_byte(bytes[at]) {
            at += 1;
        }
        if !bytes[at..].starts_with(b"--") {
            return (flags, tail(text, at));
        }
        let start = at;
        let (value, quoted) = flag_word(bytes, &mut at);
        if value == "--" {
            return (flags, tail(text, at));
        }
        if quoted || !value.is_empty() {
            flags.push(text.part(start, at).word_with(value));
        }
    }
}

/// The rest from byte `at`, moved to the next character boundary (a byte of a
/// multi-byte character may have been taken for a space).
fn tail<'l, 'a>(text: Slice<'l, 'a>, mut at: usize) -> Slice<'l, 'a> {
    while !text.as_str().is_char_boundary(at) {
        at += 1;
    }
    text.from(at)
}

/// Reads one flag word with its quotes undone: (value, whether any of it was quoted).
fn flag_word(bytes: &[u8], at: &mut usize) -> (String, bool) {
    let mut value = String::new();
    let mut quote = None;
    let mut quoted = false;
    while let Some(&byte) = bytes.get(*at) {
        match (quote, byte) {
            (None, _) if is_space_byte(byte) => break,
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                quoted = true;
            }
            (Some(open), _) if byte == open => quote = None,
            (_, b'\\') => {
                *at += 1;
                match bytes.get(*at) {
                    Some(&escaped) => value.push(char::from(escaped)),
                    None => break,
                }
            }
            _ => value.push(char::from(byte)),
        }
        *at += 1;
    }
    (value, quoted)
}

/// Words separated by blanks, nothing quoted (`FROM`, `EXPOSE`, `COPY`, …).
pub(super) fn blank_separated<'a>(text: Slice<'_, 'a>) -> Arguments<'a> {
    if text.is_empty() {
        return Arguments::None;
    }
    let bytes = text.as_str().as_bytes();
    let mut words = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        if is_blank(bytes[at]) {
            words.push(text.part(start, at).word());
            while at < bytes.len() && is_blank(bytes[at]) {
                at += 1;
            }
            start = at;
        } else {
            at += 1;
        }
    }
    words.push(text.from(start).word());
    Arguments::Words(words)
}

/// Words with quotes kept (they are undone at expansion).
pub(super) fn quoted_words<'l, 'a>(text: Slice<'l, 'a>, escape: char) -> Vec<Slice<'l, 'a>> {
    let source = text.as_str();
    let mut words = Vec::new();
    let mut chars = source.char_indices().peekable();
    while let Some(&(start, first)) = chars.peek() {
        if first.is_whitespace() {
            chars.next();
            continue;
        }
        let mut quote = None;
        let mut end = source.len();
        while let Some((at, ch)) = chars.next() {
            if quote.is_none() && ch.is_whitespace() {
                end = at;
                break;
            }
            if ch == escape && quote != Some('\'') {
                if chars.next().is_none() {
                    // An escape at the very end is dropped.
                    end = at;
                }
                continue;
            }
            match quote {
                Some(open) if ch == open => quote = None,
                None if ch == '\'' || ch == '"' => quote = Some(ch),
                _ => {}
            }
        }
        if end > start {
            words.push(text.part(start, end));
        }
    }
    words
}

/// `ARG`: names and `name=value`, quotes kept.
pub(super) fn names<'a>(text: Slice<'_, 'a>, escape: char) -> Arguments<'a> {
    let words = quoted_words(text, escape);
    if words.is_empty() {
        return Arguments::None;
    }
    Arguments::Words(words.iter().map(Slice::word).collect())
}

/// `ENV` and `LABEL`: `KEY=value …`, or the old form `KEY the rest`.
///
/// # Errors
/// BuildKit's message where a pair lacks its value.
pub(super) fn pairs<'a>(
    text: Slice<'_, 'a>,
    keyword: &str,
    escape: char,
) -> Result<Arguments<'a>, String> {
    let words = quoted_words(text, escape);
    let Some(first) = words.first() else {
        return Ok(Arguments::None);
    };
    if !first.as_str().contains('=') {
        let (key, value) =
            split_once(text).ok_or_else(|| format!("{keyword} must have two arguments"))?;
        let pair = Pair {
            key: key.word(),
            value: value.word(),
            equals: false,
        };
        return Ok(Arguments::Pairs(vec![pair]));
    }
    words
        .into_iter()
        .map(pair)
        .collect::<Result<_, _>>()
        .map(Arguments::Pairs)
}

fn pair<'a>(word: Slice<'_, 'a>) -> Result<Pair<'a>, String> {
    let Some(at) = word.as_str().find('=') else {
        let quoted = super::quote::quoted(word.as_str());
        return Err(format!(
            "Syntax error - can't find = in {quoted}. Must be of the form: name=value"
        ));
    };
    Ok(Pair {
        key: word.part(0, at).word(),
        value: word.from(at + 1).word(),
        equals: true,
    })
}

/// The first word of a HEALTHCHECK and where the rest begins; `None` without a first word.
pub(super) fn split_healthcheck<'l, 'a>(
    text: Slice<'l, 'a>,
) -> Option<(Slice<'l, 'a>, Slice<'l, 'a>)> {
    let bytes = text.as_str().as_bytes();
    let first = bytes
        .iter()
        .position(|&b| is_space_byte(b))
        .unwrap_or(bytes.len());
    if first == 0 {
        return None;
    }
    let next = bytes[first..]
        .iter()
        .position(|&b| !is_space_byte(b))
        .map_or(bytes.len(), |n| first + n);
    let floor = |mut at: usize| {
        while !text.as_str().is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    Some((text.part(0, floor(first)), text.from(floor(next))))
}
