//! File modes as chmod reads them.

/// The mode that `text` makes of `mode`; `None` where it is not a mode. `umask` binds
/// clauses that name no class.
pub fn change_mode(text: &str, mode: u16, directory: bool, umask: u16) -> Option<u16> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = u16::from_str_radix(text, 8)
            .ok()
            .filter(|number| *number <= 0o7777)?;
        // Short octal modes leave the set-id bits of directories alone.
        return Some(if directory && text.len() < 5 {
            number | (mode & 0o6000)
        } else {
            number
        });
    }
    let mut mode = mode;
    for clause in text.split(',') {
        mode = symbolic(clause, mode, directory, umask)?;
    }
    Some(mode)
}

fn symbolic(clause: &str, mut mode: u16, directory: bool, umask: u16) -> Option<u16> {
    let classes_end = clause.find(['+', '-', '='])?;
    let mut who = 0;
    for class in clause[..classes_end].chars() {
        who |= match class {
            'u' => 0o4700,
            'g' => 0o2070,
            'o' => 0o1007,
            'a' => 0o7777,
            _ => return None,
        };
    }
    let bound = if who == 0 { !umask & 0o7777 } else { 0o7777 };
    let who = if who == 0 { 0o7777 } else { who };
    let mut rest = &clause[classes_end..];
    while let Some(operator) = rest.chars().next() {
        if !matches!(operator, '+' | '-' | '=') {
            return None;
        }
        rest = &rest[1..];
        let end = rest.find(['+', '-', '=']).unwrap_or(rest.len());
        let bits = permissions(&rest[..end], mode, directory)? & who & bound;
        rest = &rest[end..];
        mode = match operator {
            '+' => mode | bits,
            '-' => mode & !bits,
            _ => {
                // Directories keep their set-id bits unless those are named.
                let kept = if directory { mode & 0o6000 } else { 0 };
                (mode & !(who & 0o7777)) | bits | (kept & who) | (mode & 0o1000 & !who)
            }
        };
    }
    Some(mode)
}

fn permissions(text: &str, mode: u16, directory: bool) -> Option<u16> {
    let spread = |bits: u16| bits | bits << 3 | bits << 6;
    let mut bits = 0;
    for letter in text.chars() {
        bits |= match letter {
            'r' => 0o444,
            'w' => 0o222,
            'x' => 0o111,
            'X' if directory || mode & 0o111 != 0 => 0o111,
            'X' => 0,
            's' => 0o6000,
            't' => 0o1000,
            'u' => spread((mode >> 6) & 7),
            'g' => spread((mode >> 3) & 7),
            'o' => spread(mode & 7),
            _ => return None,
        };
    }
    Some(bits)
}

/// `-rwxr-xr-x`, after the letter of the kind.
pub fn letters(mode: u16) -> String {
    let mut out = String::with_capacity(9);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = (mode >> shift) & 7;
        out.push(if bits & 4 != 0 { 'r' } else { '-' });
        out.push(if bits & 2 != 0 { 'w' } else { '-' });
        out.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_modes() {
        assert_eq!(change_mode("755", 0o644, false, 0o22), Some(0o755));
        assert_eq!(change_mode("u+x,g-w", 0o664, false, 0o22), Some(0o744));
        assert_eq!(change_mode("+x", 0o644, false, 0o22), Some(0o755));
        assert_eq!(change_mode("+w", 0o444, false, 0o22), Some(0o644));
        assert_eq!(change_mode("a+rX", 0o600, false, 0o22), Some(0o644));
        assert_eq!(change_mode("go=u", 0o750, false, 0o22), Some(0o777));
        assert_eq!(change_mode("u+s", 0o755, false, 0o22), Some(0o4755));
        assert_eq!(change_mode("755", 0o2700, true, 0o22), Some(0o2755));
        assert_eq!(change_mode("u+q", 0, false, 0), None);
        assert_eq!(letters(0o4755), "rwsr-xr-x");
    }
}
