//! Numbers as people read them.

use layerlab_engine::size::{Basis, ByteCount};

/// Bytes in decimal units, as `docker images` shows them: `74.9 MB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 999.5 && unit < UNITS.len() - 1 {
        value /= 1000.0;
        unit += 1;
    }
    let digits = match (unit, value) {
        (0, _) => 0,
        (_, value) if value < 9.995 => 2,
        (_, value) if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {}", UNITS[unit])
}

/// The range of a size, where it has one.
pub fn range(size: ByteCount) -> Option<String> {
    (bytes(size.low) != bytes(size.high))
        .then(|| format!("{} to {}", bytes(size.low), bytes(size.high)))
}

/// How a size is known, in words.
pub fn basis(size: ByteCount) -> &'static str {
    match size.basis {
        Basis::Measured => "measured",
        Basis::Published => "published",
        Basis::Modelled => "modelled",
        Basis::Assumed => "assumed",
    }
}

/// Everything about a size in a line, for tooltips.
pub fn explained(size: ByteCount) -> String {
    let exact = if size.bytes < 10_000 {
        String::new()
    } else {
        format!(" ({} bytes)", grouped(size.bytes))
    };
    match range(size) {
        Some(range) => format!("{}{exact}, {}: {range}", bytes(size.bytes), basis(size)),
        None => format!("{}{exact}, {}", bytes(size.bytes), basis(size)),
    }
}

/// Digits in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A difference with its sign.
pub fn difference(a: u64, b: u64) -> String {
    match b.cmp(&a) {
        std::cmp::Ordering::Greater => format!("+{}", bytes(b - a)),
        std::cmp::Ordering::Less => format!("\u{2212}{}", bytes(a - b)),
        std::cmp::Ordering::Equal => "±0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.00 kB");
        assert_eq!(bytes(74_873_231), "74.9 MB");
        assert_eq!(bytes(999_999), "1.00 MB");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(difference(5_000, 3_000), "\u{2212}2.00 kB");
    }
}
