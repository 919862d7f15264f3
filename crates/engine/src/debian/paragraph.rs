//! Paragraphs of fields, as the files of package managers have them (deb822(5); apk's database is
//! made alike).

/// The paragraphs of a text.
pub fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
}

/// The first line of a field, where the paragraph has it.
pub fn field<'p>(paragraph: &'p str, key: &str) -> Option<&'p str> {
    let mut lines = paragraph.lines();
    let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    Some(value.trim())
}
