//! `tr`: replaces or removes characters.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag};
use crate::shell::{UNKNOWN, in_class};
use crate::size::{Basis, ByteCount};

const OPTIONS: [Spec; 5] = [
    flag("c", "complement"),
    flag("C", ""),
    flag("d", "delete"),
    flag("s", "squeeze-repeats"),
    flag("t", "truncate-set1"),
];

/// `tr`: replaces or removes characters.
#[derive(Debug)]
pub(super) struct Tr;

impl Program for Tr {
    fn names(&self) -> &'static [&'static str] {
        &["tr"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.leading_options(&OPTIONS, 1)?;
        let (delete, squeeze) = (options.has("d"), options.has("s"));
        let Some(first) = options.operands.first() else {
            return Ok(call.refuse("missing operand", 1));
        };
        let second = options.operands.get(1);
        if second.is_none() && !delete && !squeeze {
            return Ok(call.refuse(&format!("missing operand after '{first}'"), 1));
        }
        let from = set(first);
        let complement = options.has("c") || options.has("C");
        let inside = |byte: u8| from.contains(&byte) != complement;
        let mut to = second.map(|text| set(text)).unwrap_or_default();
        if let Some(&last) = to.last()
            && !options.has("t")
            && !delete
        {
            to.resize(from.len().max(to.len()), last);
        }
        let squeezed: Vec<u8> = match (squeeze, second) {
            (false, _) => Vec::new(),
            (true, Some(_)) => to.clone(),
            (true, None) => from.clone(),
        };
        let mark = UNKNOWN.to_string().into_bytes();
        let mut last = None;
        let mut translate = |bytes: Vec<u8>| {
            let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
            let mut rest = bytes.as_slice();
            while let Some((&byte, after)) = rest.split_first() {
                if let Some(after) = rest.strip_prefix(mark.as_slice()) {
                    out.extend(&mark);
                    rest = after;
                    last = None;
                    continue;
                }
                rest = after;
                if delete && inside(byte) {
                    continue;
                }
                let new = if delete || second.is_none() {
                    byte
                } else if complement {
                    if inside(byte) {
                        to.last().copied().unwrap_or(byte)
                    } else {
                        byte
                    }
                } else {
                    match from.iter().rposition(|own| *own == byte) {
                        Some(place) => to.get(place).copied().unwrap_or(byte),
                        None => byte,
                    }
                };
                let in_set = if complement && second.is_none() {
                    inside(new)
                } else {
                    squeezed.contains(&new)
                };
                if squeeze && last == Some(new) && in_set {
                    continue;
                }
                last = Some(new);
                out.push(new);
            }
            out
        };
        let data = call.standard_input();
        let endless = data.is_endless();
        let out = data.map(&mut translate, |size| {
            // What has no end has none without some of its bytes either.
            if endless || !(delete || squeeze) {
                return size;
            }
            ByteCount {
                low: 0,
                basis: Basis::Assumed,
                ..size
            }
        });
        call.data(out);
        Ok(call.exit)
    }
}

/// The bytes of a set: ranges, classes, escapes, repetitions.
fn set(text: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = text;
    // Classes first, so that ranges can be seen in what is between them.
    let mut out = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[:")
            && let Some((class, tail)) = after.split_once(":]")
        {
            out.extend(ranges(&std::mem::take(&mut plain)));
            out.extend(
                (0..=255_u8).filter(|byte| byte.is_ascii() && in_class(char::from(*byte), class)),
            );
            rest = tail;
            continue;
        }
        if let Some(after) = rest.strip_prefix("[=")
            && let Some((same, tail)) = after.split_once("=]")
        {
            plain.extend(same.bytes().map(|byte| (byte, true)));
            rest = tail;
            continue;
        }
        let bytes = rest.as_bytes();
        if bytes[0] == b'\\' && bytes.len() > 1 {
            let octal: String = rest[1..]
                .chars()
                .take(3)
                .take_while(|ch| ('0'..'8').contains(ch))
                .collect();
            if octal.is_empty() {
                let (text, _) = super::escape::unescape(
                    &rest[..1 + rest[1..].chars().next().map_or(0, char::len_utf8)],
                    super::escape::Escapes::Format,
                );
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                let unknown = text.len() == 2 && text[0] == b'\\';
                plain.extend(
                    text[usize::from(unknown)..]
                        .iter()
                        .map(|byte| (*byte, true)),
                );
                rest = &rest[length..];
            } else {
                #[expect(clippy::cast_possible_truncation, reason = "as tr keeps the low byte")]
                let value = u32::from_str_radix(&octal, 8).unwrap_or(0) as u8;
                plain.push((value, true));
                rest = &rest[1 + octal.len()..];
            }
            continue;
        }
        let length = rest.chars().next().map_or(1, char::len_utf8);
        plain.extend(rest[..length].bytes().map(|byte| (byte, false)));
        rest = &rest[length..];
    }
    out.extend(ranges(&plain));
    out
}

/// Bytes with `a-z` spelt out; a byte that was escaped is itself.
fn ranges(bytes: &[(u8, bool)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let range = bytes.get(at + 1) == Some(&(b'-', false)) && at + 2 < bytes.len();
        if range && bytes[at].0 <= bytes[at + 2].0 {
            out.extend(bytes[at].0..=bytes[at + 2].0);
            at += 3;
        } else {
            out.push(bytes[at].0);
            at += 1;
        }
    }
    out
}
