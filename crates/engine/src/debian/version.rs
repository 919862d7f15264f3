//! Versions of Debian packages (deb-version(7)).

use std::cmp::Ordering;

/// Orders two versions: epoch, upstream version, revision.
pub fn compare(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    let (left_epoch, left) = epoch(left);
    let (right_epoch, right) = epoch(right);
    let (left_upstream, left_revision) = revision(left);
    let (right_upstream, right_revision) = revision(right);
    left_epoch
        .cmp(&right_epoch)
        .then_with(|| compare_part(left_upstream, right_upstream))
        .then_with(|| compare_part(left_revision, right_revision))
}

/// Versions are short: to look at their bytes costs less than what searches in longer texts.
fn epoch(version: &str) -> (u64, &str) {
    match version.bytes().position(|byte| byte == b':') {
        Some(at) => (version[..at].parse().unwrap_or(0), &version[at + 1..]),
        None => (0, version),
    }
}

fn revision(version: &str) -> (&str, &str) {
    match version.bytes().rposition(|byte| byte == b'-') {
        Some(at) => (&version[..at], &version[at + 1..]),
        None => (version, ""),
    }
}

/// Where a character stands: `~` before the end, the end before letters, letters before all else.
fn weight(byte: Option<u8>) -> i32 {
    match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(byte),
        Some(byte) => i32::from(byte) + 256,
    }
}

/// Letters and digits in turn, digits as numbers.
fn compare_part(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    let is_text = |bytes: &[u8]| bytes.first().is_some_and(|byte| !byte.is_ascii_digit());
    while !left.is_empty() || !right.is_empty() {
        while is_text(left) || is_text(right) {
            let order = weight(left.first().copied()).cmp(&weight(right.first().copied()));
            if order != Ordering::Equal {
                return order;
            }
            left = left.get(1..).unwrap_or_default();
            right = right.get(1..).unwrap_or_default();
        }
        let (left_number, left_rest) = number(left);
        let (right_number, right_rest) = number(right);
        let order = left_number
            .len()
            .cmp(&right_number.len())
            .then_with(|| left_number.cmp(right_number));
        if order != Ordering::Equal {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}

/// Digits at the beginning, without leading zeros, and the rest.
fn number(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(bytes.len());
    let (digits, rest) = bytes.split_at(end);
    let start = digits
        .iter()
        .position(|digit| *digit != b'0')
        .unwrap_or(digits.len());
    (&digits[start..], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_dpkg_does() {
        for (left, right, order) in [
            ("1.0", "1.0", Ordering::Equal),
            ("1.0", "1.0-0", Ordering::Equal),
            ("1:0.9", "1.0", Ordering::Greater),
            ("1.0~rc1", "1.0", Ordering::Less),
            ("1.0~rc1-1", "1.0~rc2-1", Ordering::Less),
            ("2.36-9+deb12u10", "2.36-9+deb12u9", Ordering::Greater),
            ("1.2.10", "1.2.9", Ordering::Greater),
            ("1.0a", "1.0+", Ordering::Less),
            ("007", "7", Ordering::Equal),
            ("2.0-1", "2.0-1+b1", Ordering::Less),
            ("1.0~~", "1.0~", Ordering::Less),
        ] {
            assert_eq!(compare(left, right), order, "{left} {right}");
            assert_eq!(compare(right, left), order.reverse(), "{right} {left}");
        }
    }
}
