//! Backslash escapes of `echo`, `printf` and `tr`.

/// Whose escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// `echo` and `%b`: octal numbers begin with a 0.
    Echo,
    /// A format of `printf`.
    Format,
}

/// The bytes that a text with escapes stands for, and whether `\c` ended it.
pub(super) fn unescape(text: &str, kind: Escapes) -> (Vec<u8>, bool) {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' || at + 1 >= bytes.len() {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let letter = bytes[at + 1];
        at += 2;
        match letter {
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'c' => return (out, true),
            b'e' | b'E' => out.push(0x1b),
            b'f' => out.push(0x0c),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(0x0b),
            b'\\' => out.push(b'\\'),
            b'"' if kind == Escapes::Format => out.push(b'"'),
            b'x' => {
                let value = number(bytes, &mut at, 16, 2);
                match value {
                    Some(value) => out.push(value),
                    None => out.extend(b"\\x"),
                }
            }
            b'0'..=b'7' if kind == Escapes::Format => {
                at -= 1;
                out.extend(number(bytes, &mut at, 8, 3));
            }
            b'0' => {
                out.push(number(bytes, &mut at, 8, 3).unwrap_or(0));
            }
            b'1'..=b'7' => {
                at -= 1;
                out.extend(number(bytes, &mut at, 8, 3));
            }
            other => {
                out.push(b'\\');
                out.push(other);
            }
        }
    }
    (out, false)
}

fn number(bytes: &[u8], at: &mut usize, radix: u32, most: usize) -> Option<u8> {
    let mut value: Option<u32> = None;
    for _ in 0..most {
        let Some(digit) = bytes
            .get(*at)
            .and_then(|byte| char::from(*byte).to_digit(radix))
        else {
            break;
        };
        value = Some(value.unwrap_or(0) * radix + digit);
        *at += 1;
    }
    #[expect(clippy::cast_possible_truncation, reason = "as C keeps the low byte")]
    value.map(|value| value as u8)
}
