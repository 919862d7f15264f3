//! Go's quoting (`strconv.Quote`, the verb `%q`), which BuildKit uses in its dump, its
//! history and its messages.

/// First of 256 private-use characters that stand for bytes that are not UTF-8.
const BYTE_BASE: u32 = 0x10_FF00;

/// Text from bytes: a byte that is not UTF-8 becomes a private-use character that
/// [`quoted`] writes back as `\xNN`, so that nothing of the input is lost.
pub fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(
            chunk
                .invalid()
                .iter()
                .filter_map(|&byte| char::from_u32(BYTE_BASE + u32::from(byte))),
        );
    }
    text
}

/// `text` in double quotes, as Go's `strconv.Quote` writes it.
pub fn quoted(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for ch in text.chars() {
        let code = u32::from(ch);
        match ch {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            _ if is_printable(ch) => out.push(ch),
            _ => {
                // Writing to a String cannot fail.
                let _ = match code {
                    0..0x80 => write!(out, "\\x{code:02x}"),
                    0x80..0x10000 => write!(out, "\\u{code:04x}"),
                    BYTE_BASE.. => write!(out, "\\x{:02x}", code - BYTE_BASE),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push('"');
    out
}

/// `["a" "b"]`: a list as Go's `%q` writes it.
pub fn quoted_list<S: AsRef<str>>(items: &[S]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(item.as_ref())).collect();
    format!("[{}]", items.join(" "))
}

/// Go's `strconv.IsPrint`: Rust's debug form escapes the same categories (behind another
/// character, where it lets combining marks stand).
fn is_printable(ch: char) -> bool {
    if ch.is_ascii() {
        return (' '..='~').contains(&ch);
    }
    format!("a{ch}").escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        assert_eq!(
            quoted("a\"b\\c\t\u{1}é\u{a0}世"),
            r#""a\"b\\c\t\x01é\u00a0世""#
        );
        assert_eq!(quoted(&decode(b"Jos\xe9 \xff")), r#""Jos\xe9 \xff""#);
        assert_eq!(quoted_list(&["a", "b c"]), r#"["a" "b c"]"#);
    }
}
