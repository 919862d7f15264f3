//! Relationships between packages (deb-control(5), Debian policy 7.1).

use std::cmp::Ordering;

use super::version::compare;

/// A package that another one names, and which of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Atom<'t> {
    /// Name, without an architecture.
    pub name: &'t str,
    /// Operator (`<<`, `<=`, `=`, `>=`, `>>`) and version.
    pub version: Option<(&'t str, &'t str)>,
}

impl<'t> Atom<'t> {
    /// Reads `libc6 (>= 2.36)`, `libc6:any`, or the index's shorter `libc6>=2.36`.
    pub fn read(text: &'t str) -> Self {
        let text = text.trim();
        let ends = |byte| matches!(byte, b' ' | b'(' | b'<' | b'=' | b'>' | b'[');
        let end = text.bytes().position(ends).unwrap_or(text.len());
        let colon = text.bytes().position(|byte| byte == b':');
        let name = &text[..colon.map_or(end, |colon| colon.min(end))];
        if end == text.len() {
            return Self {
                name,
                version: None,
            };
        }
        let rest = text[end..].trim_start();
        let rest = rest.strip_prefix('(').unwrap_or(rest);
        let rest = rest.split(')').next().unwrap_or_default();
        let start = rest
            .find(|ch| !matches!(ch, '<' | '=' | '>'))
            .unwrap_or(rest.len());
        let (operator, version) = rest.split_at(start);
        // A single `<` or `>` is what `<=` and `>=` once were.
        let operator = match operator {
            "<" => "<=",
            ">" => ">=",
            other => other,
        };
        let known = matches!(operator, "<<" | "<=" | "=" | ">=" | ">>");
        Self {
            name,
            version: known.then_some((operator, version.trim())),
        }
    }

    /// Whether what another package provides under its name will do.
    pub fn is_met_by(&self, provided: &Atom<'_>) -> bool {
        match (provided.version, self.version) {
            (_, None) => true,
            (Some((_, version)), Some(_)) => self.allows(version),
            // Without a version it satisfies no versioned relationship.
            (None, Some(_)) => false,
        }
    }

    /// Whether a version will do.
    pub fn allows(&self, version: &str) -> bool {
        let Some((operator, wanted)) = self.version else {
            return true;
        };
        let order = compare(version, wanted);
        match operator {
            "<<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            "=" => order == Ordering::Equal,
            ">=" => order != Ordering::Less,
            _ => order == Ordering::Greater,
        }
    }
}

/// The groups of a field, each with its alternatives.
pub fn groups(field: &str) -> impl Iterator<Item = impl Iterator<Item = Atom<'_>>> {
    field
        .split(',')
        .map(str::trim)
        .filter(|group| !group.is_empty())
        .map(|group| group.split('|').map(Atom::read))
}

/// A relationship field as an index has it: without blanks, parentheses and architectures.
pub fn short(field: &str) -> String {
    let atom = |text: &str| {
        let atom = Atom::read(text);
        match atom.version {
            Some((operator, version)) => format!("{}{operator}{version}", atom.name),
            None => atom.name.to_owned(),
        }
    };
    let group = |text: &str| text.split('|').map(atom).collect::<Vec<_>>().join("|");
    let groups = field.split(',').filter(|text| !text.trim().is_empty());
    groups.map(group).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_relationships() {
        let field = "libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0, python3:any";
        let read: Vec<Vec<&str>> = groups(field)
            .map(|group| group.map(|atom| atom.name).collect())
            .collect();
        assert_eq!(
            read,
            [
                vec!["libc6"],
                vec!["debconf", "debconf-2.0"],
                vec!["python3"]
            ]
        );
        let atom = Atom::read("a>=1.2");
        assert!(atom.allows("1.2-1") && !atom.allows("1.1"));
        assert!(!Atom::read("a (<< 2)").allows("2"));
        assert!(Atom::read("a").allows("0"));
    }
}
