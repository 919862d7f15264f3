//! The exec form: a JSON array of strings, as Go's `encoding/json` reads it.

use super::line::{Slice, Word};

/// What a text that may be an exec form turned out to be.
pub(super) enum ExecForm<'a> {
    /// An array of strings.
    Strings(Vec<Word<'a>>),
    /// A JSON array, but not of strings only: refused.
    OtherArray,
    /// Not a JSON array: the shell form.
    NotJson,
}

/// Reads `text` as an exec form (`parseJSON` in BuildKit's `parser/line_parsers.go`).
pub(super) fn exec_form<'a>(text: Slice<'_, 'a>) -> ExecForm<'a> {
    let text = text.trim_start();
    if !text.as_str().starts_with('[') {
        return ExecForm::NotJson;
    }
    match strings(text) {
        Some(words) => ExecForm::Strings(words),
        None => match serde_json::from_str::<Vec<serde_json::Value>>(text.as_str()) {
            Ok(_) => ExecForm::OtherArray,
            Err(_) => ExecForm::NotJson,
        },
    }
}

fn strings<'a>(text: Slice<'_, 'a>) -> Option<Vec<Word<'a>>> {
    let bytes = text.as_str().as_bytes();
    let skip_blanks = |mut at: usize| {
        while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            at += 1;
        }
        at
    };
    let mut words = Vec::new();
    let mut at = skip_blanks(1);
    if bytes.get(at) == Some(&b']') {
        at += 1;
    } else {
        loop {
            let end = string_end(bytes, at)?;
            let inside = text.part(at + 1, end - 1);
            let raw = inside.as_str();
            words.push(if raw.contains('\\') {
                text.part(at, end).word_with(unescape(raw)?)
            } else {
                let mut word = inside.word();
                word.span = text.part(at, end).span();
                word
            });
            at = skip_blanks(end);
            match bytes.get(at)? {
                b',' => at = skip_blanks(at + 1),
                b']' => {
                    at += 1;
                    break;
                }
                _ => return None,
            }
        }
    }
    (skip_blanks(at) == bytes.len()).then_some(words)
}

/// Offset past the closing quote of the string that begins at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            0..0x20 => return None,
            _ => at += 1,
        }
    }
}

/// Undoes JSON escapes; a lone surrogate becomes U+FFFD, as in Go.
fn unescape(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let code = *rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        out.push(match code {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = hex4(rest)?;
                rest = &rest[4..];
                match pair(first, rest) {
                    Some(joined) => {
                        rest = &rest[6..];
                        joined
                    }
                    None => char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => return None,
        });
    }
    out.push_str(rest);
    Some(out)
}

fn hex4(text: &str) -> Option<u32> {
    let digits = text
        .get(..4)
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

/// The character of a surrogate pair whose second half is escaped at the start of `rest`.
fn pair(first: u32, rest: &str) -> Option<char> {
    if !(0xD800..0xDC00).contains(&first) {
        return None;
    }
    let second = hex4(rest.strip_prefix("\\u")?)?;
    if !(0xDC00..0xE000).contains(&second) {
        return None;
    }
    char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
}
