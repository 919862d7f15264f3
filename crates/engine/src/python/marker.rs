//! Environment markers of requirements (PEP 508): `python_version < "3.9" and extra == "test"`.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifier};

/// What markers ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Environment<'e> {
    /// `3.11`.
    pub python: &'e str,
    /// `x86_64`.
    pub machine: &'e str,
}

impl Environment<'_> {
    fn value(&self, name: &str) -> Option<String> {
        Some(match name {
            "python_version" => self.python.to_owned(),
            // Which patch release it is makes no difference that markers ask for.
            "python_full_version" | "implementation_version" => format!("{}.9", self.python),
            "os_name" | "os.name" => "posix".to_owned(),
            "sys_platform" | "sys.platform" => "linux".to_owned(),
            "platform_system" => "Linux".to_owned(),
            "platform_machine" | "platform.machine" => self.machine.to_owned(),
            "implementation_name" => "cpython".to_owned(),
            "platform_python_implementation" | "python_implementation" => "CPython".to_owned(),
            "platform_release" | "platform_version" => String::new(),
            _ => return None,
        })
    }

    /// Whether a marker holds, for a distribution of which `extras` are asked for. One that
    /// cannot be read holds.
    pub fn allows(&self, marker: &str, extras: &[String]) -> bool {
        let mut reader = Reader {
            rest: marker,
            environment: self,
            extras,
        };
        reader.any(0).unwrap_or(true)
    }
}

/// How deep parentheses may be nested.
const MAX_DEPTH: usize = 32;

struct Reader<'r> {
    rest: &'r str,
    environment: &'r Environment<'r>,
    extras: &'r [String],
}

/// A side of a comparison.
enum Side {
    Text(String),
    Version(String),
    Extra,
}

impl Reader<'_> {
    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let found = rest
            .strip_prefix(word)
            .filter(|after| !after.starts_with(|ch: char| ch.is_alphanumeric() || ch == '_'));
        if let Some(after) = found {
            self.rest = after;
        }
        found.is_some()
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(symbol);
        if let Some(after) = found {
            self.rest = after;
        }
        found.is_some()
    }

    fn any(&mut self, depth: usize) -> Option<bool> {
        let mut holds = self.all(depth)?;
        while self.word("or") {
            holds |= self.all(depth)?;
        }
        Some(holds)
    }

    fn all(&mut self, depth: usize) -> Option<bool> {
        let mut holds = self.one(depth)?;
        while self.word("and") {
            holds &= self.one(depth)?;
        }
        Some(holds)
    }

    fn one(&mut self, depth: usize) -> Option<bool> {
        if self.symbol("(") {
            if depth >= MAX_DEPTH {
                return None;
            }
            let holds = self.any(depth + 1)?;
            return self.symbol(")").then_some(holds);
        }
        let left = self.side()?;
        let operator = if self.word("not") {
            self.word("in").then_some("not in")?
        } else if self.word("in") {
            "in"
        } else {
            ["===", "==", "!=", "<=", ">=", "~=", "<", ">"]
                .into_iter()
                .find(|symbol| self.symbol(symbol))?
        };
        let right = self.side()?;
        self.compare(&left, operator, &right)
    }

    fn side(&mut self) -> Option<Side> {
        let rest = self.rest.trim_start();
        if let Some(quote) = rest.chars().next().filter(|ch| matches!(ch, '"' | '\'')) {
            let (text, after) = rest[1..].split_once(quote)?;
            self.rest = after;
            return Some(Side::Text(text.to_owned()));
        }
        let end = rest
            .find(|ch: char| !(ch.is_alphanumeric() || matches!(ch, '_' | '.')))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        self.rest = after;
        if matches!(name, "extra" | "extras") {
            return Some(Side::Extra);
        }
        let value = self.environment.value(name)?;
        Some(if name.ends_with("version") {
            Side::Version(value)
        } else {
            Side::Text(value)
        })
    }

    fn compare(&self, left: &Side, operator: &str, right: &Side) -> Option<bool> {
        match (left, right) {
            (Side::Extra, Side::Text(text)) | (Side::Text(text), Side::Extra) => {
                let asked = self
                    .extras
                    .iter()
                    .any(|extra| super::normalized(extra) == super::normalized(text));
                Some(asked == (operator != "!="))
            }
            (Side::Version(own), Side::Text(text)) => Some(versions(own, operator, text)),
            (Side::Text(text), Side::Version(own)) => {
                let turned = match operator {
                    "<" => ">",
                    ">" => "<",
                    "<=" => ">=",
                    ">=" => "<=",
                    "in" | "not in" => {
                        return Some(texts(text, operator, own));
                    }
                    same => same,
                };
                Some(versions(own, turned, text))
            }
            (Side::Text(left), Side::Text(right)) => Some(texts(left, operator, right)),
            _ => None,
        }
    }
}

fn versions(own: &str, operator: &str, text: &str) -> bool {
    if matches!(operator, "in" | "not in") {
        return texts(own, operator, text);
    }
    match (
        Version::from_str(own),
        VersionSpecifier::from_str(&format!("{operator}{text}")),
    ) {
        (Ok(own), Ok(specifier)) => specifier.contains(&own),
        _ => texts(own, operator, text),
    }
}

fn texts(left: &str, operator: &str, right: &str) -> bool {
    match operator {
        "in" => right.contains(left),
        "not in" => !right.contains(left),
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        "<=" => left <= right,
        ">=" => left >= right,
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;

    #[test]
    fn holds_markers_against_the_environment() {
        let environment = Environment {
            python: "3.11",
            machine: "x86_64",
        };
        for (marker, holds) in [
            ("python_version < '3.9'", false),
            (
                "python_version >= \"3.10\" and sys_platform != 'win32'",
                true,
            ),
            ("extra == 'Standard'", true),
            (
                "extra == 'test' or (platform_system == 'Linux' and extra == 'standard')",
                true,
            ),
            ("sys_platform == 'win32' or sys_platform == 'cygwin'", false),
            ("platform_machine in 'x86_64 aarch64'", true),
            ("'linux' not in sys_platform", false),
            ("python_full_version < '3.11.3'", false),
            ("implementation_name == 'pypy'", false),
            ("nonsense", true),
        ] {
            let extras = ["standard".to_owned()];
            assert_eq!(environment.allows(marker, &extras), holds, "{marker}");
        }
    }
}
