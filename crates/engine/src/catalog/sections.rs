//! Text files of the catalog that are made of sections: each begins with a line `D NAME …`.

use std::collections::HashMap;

/// The sections of a file.
#[derive(Debug, Clone, Default)]
pub struct Sections {
    text: String,
    /// Where each section begins and ends, by name.
    places: HashMap<String, (usize, usize)>,
}

impl Sections {
    /// Finds the sections of a text.
    ///
    /// # Errors
    /// Where it does not begin with `format`.
    pub fn parse(text: String, format: &str) -> Result<Self, String> {
        if text.lines().next() != Some(format) {
            return Err(format!("not a file of the form {format:?}"));
        }
        let mut out = Self::default();
        let mut open: Option<(String, usize)> = None;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if let Some(rest) = line.strip_prefix("D ") {
                if let Some((name, from)) = open.take() {
                    out.places.insert(name, (from, at));
                }
                let name = rest.split_whitespace().next().unwrap_or_default();
                open = Some((name.to_owned(), at));
            }
            at += line.len();
        }
        if let Some((name, from)) = open {
            out.places.insert(name, (from, at));
        }
        out.text = text;
        Ok(out)
    }

    /// The lines of a section, its first with the name among them.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (from, to) = *self.places.get(name)?;
        Some(&self.text[from..to])
    }
}

/// The facts of a file that has one on each line, without comments.
///
/// # Errors
/// Where it does not begin with `format`.
pub fn facts<'t>(text: &'t str, format: &str) -> Result<impl Iterator<Item = &'t str>, String> {
    let mut lines = text.lines();
    if lines.next() != Some(format) {
        return Err(format!("not an index of the form {format:?}"));
    }
    Ok(lines.filter(|line| !line.is_empty() && !line.starts_with('#')))
}

/// A path that may begin with `N` and a colon: it shares its first N bytes with the one before.
pub fn whole_path(before: &str, path: &str) -> Option<String> {
    let (kept, rest) = shared(path);
    Some(format!("{}{rest}", before.get(..kept)?))
}

/// How many bytes such a path shares with the one before, and its rest.
pub fn shared(path: &str) -> (usize, &str) {
    let digits = path.bytes().take_while(u8::is_ascii_digit).count();
    match path[digits..].strip_prefix(':') {
        Some(rest) if digits > 0 => (path[..digits].parse().unwrap_or(usize::MAX), rest),
        _ => (0, path),
    }
}

/// The lines of files in a section: `KIND PATH⇥NUMBER…`, their paths whole.
pub fn files(lines: &str) -> impl Iterator<Item = (char, String, Vec<u64>)> {
    let mut before = String::new();
    lines.lines().filter_map(move |line| {
        let (kind, rest) = (line.chars().next()?, line.get(2..)?);
        let mut fields = rest.split('\t');
        let path = whole_path(&before, fields.next()?)?;
        before.clone_from(&path);
        let numbers = fields.map(|field| number(Some(field))).collect();
        Some((kind, path, numbers))
    })
}

/// A number of a line; 0 where it is none.
pub fn number(text: Option<&str>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Sections, whole_path};

    #[test]
    fn finds_sections() {
        let text = "x 1\n# why\nD a 1\nl\nD b\n";
        let sections = Sections::parse(text.to_owned(), "x 1").expect("sections");
        assert_eq!(sections.get("a"), Some("D a 1\nl\n"));
        assert_eq!(sections.get("b"), Some("D b\n"));
        assert_eq!(sections.get("c"), None);
        assert!(Sections::parse(String::new(), "x 1").is_err());
        assert_eq!(
            whole_path("lib/a.js", "4:b.js").as_deref(),
            Some("lib/b.js")
        );
        assert_eq!(whole_path("a", "9:b"), None);
    }
}
