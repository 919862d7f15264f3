//! `--chmod`: octal or symbolic modes.

/// A mode of `--chmod`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chmod {
    /// `0644`
    Octal(u16),
    /// `u=rwX,go=rX`
    Symbolic(Vec<Clause>),
}

/// One clause of a symbolic mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// Bits of user, group and others that are meant.
    who: u16,
    /// Operator and permissions, in order.
    actions: Vec<(char, Permissions)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Permissions {
    /// Read, write and execute as one octal digit.
    bits: u16,
    /// `X`: execute where it is a directory or somebody may execute it already.
    conditional: bool,
    /// `s`
    set_id: bool,
    /// `t`
    sticky: bool,
}

impl Chmod {
    /// Parses a mode.
    ///
    /// # Errors
    /// The engine's message.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with(|ch: char| ch.is_ascii_digit()) {
            return match u16::from_str_radix(text, 8) {
                Ok(mode) if mode <= 0o7777 => Ok(Self::Octal(mode)),
                _ => Err(format!(
                    "invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"
                )),
            };
        }
        text.split(',')
            .map(clause)
            .collect::<Option<Vec<_>>>()
            .map(Self::Symbolic)
            .ok_or_else(|| format!("invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"))
    }

    /// The mode that something with `mode` gets.
    pub(super) fn apply(&self, mode: u16, directory: bool) -> u16 {
        match self {
            Self::Octal(octal) => *octal,
            Self::Symbolic(clauses) => clauses
                .iter()
                .fold(mode, |mode, clause| clause.apply(mode, directory)),
        }
    }

    /// The mode of directories that are made on the way.
    pub(super) fn of_new_directories(&self) -> u16 {
        match self {
            Self::Octal(octal) => *octal,
            Self::Symbolic(_) => 0o755,
        }
    }
}

fn clause(text: &str) -> Option<Clause> {
    let operators = ['+', '-', '='];
    let start = text.find(operators)?;
    let mut who = 0;
    for ch in text[..start].chars() {
        who |= match ch {
            'u' => 0o4700,
            'g' => 0o2070,
            'o' => 0o1007,
            'a' => 0o7777,
            _ => return None,
        };
    }
    if who == 0 {
        who = 0o7777;
    }
    let mut actions: Vec<(char, Permissions)> = Vec::new();
    for ch in text[start..].chars() {
        if operators.contains(&ch) {
            actions.push((ch, Permissions::default()));
            continue;
        }
        let permissions = &mut actions.last_mut()?.1;
        match ch {
            'r' => permissions.bits |= 4,
            'w' => permissions.bits |= 2,
            'x' => permissions.bits |= 1,
            'X' => permissions.conditional = true,
            's' => permissions.set_id = true,
            't' => permissions.sticky = true,
            _ => return None,
        }
    }
    Some(Clause { who, actions })
}

impl Clause {
    fn apply(&self, mut mode: u16, directory: bool) -> u16 {
        for (operator, permissions) in &self.actions {
            let mut bits = permissions.bits;
            if permissions.conditional && (directory || mode & 0o111 != 0) {
                bits |= 1;
            }
            let mut wanted = bits << 6 | bits << 3 | bits;
            if permissions.set_id {
                wanted |= 0o6000;
            }
            if permissions.sticky {
                wanted |= 0o1000;
            }
            let wanted = wanted & self.who;
            match operator {
                '+' => mode |= wanted,
                '-' => mode &= !wanted,
                _ => mode = (mode & !(self.who & 0o777)) | wanted,
            }
        }
        mode
    }
}

#[cfg(test)]
mod tests {
    use super::Chmod;

    #[test]
    fn applies_modes() {
        let apply =
            |text: &str, mode, directory| Chmod::parse(text).unwrap().apply(mode, directory);
        assert_eq!(apply("+x", 0o644, false), 0o755);
        assert_eq!(apply("u=rwX,go=rX", 0o600, false), 0o644);
        assert_eq!(apply("u=rwX,go=rX", 0o700, true), 0o755);
        assert_eq!(apply("g+w,o-r", 0o644, false), 0o660);
        assert_eq!(apply("a=r", 0o755, false), 0o444);
        assert_eq!(apply("u+s,g+s", 0o644, false), 0o6644);
        assert_eq!(apply("go=", 0o644, false), 0o600);
        assert_eq!(apply("0640", 0o777, true), 0o640);
        assert!(
            Chmod::parse("999").is_err()
                && Chmod::parse("u").is_err()
                && Chmod::parse("q+x").is_err()
        );
    }
}
