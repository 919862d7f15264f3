//! `sqlite3`: how large a database becomes by the statements that make it (the file format's pages:
//! sqlite.org/fileformat2.html).

use super::{Call, Program};
use crate::shell::{Data, Errno, Outcome, UNKNOWN, unknown};
use crate::size::{Basis, ByteCount};

/// Bytes of a page.
const PAGE: u64 = 4096;
/// Statements that change a database.
const CHANGING: [&str; 9] = [
    "create", "insert", "update", "delete", "drop", "alter", "replace", "vacuum", "attach",
];

/// `sqlite3`.
#[derive(Debug)]
pub(super) struct Sqlite;

impl Program for Sqlite {
    fn names(&self) -> &'static [&'static str] {
        &["sqlite3"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let mut operands = Vec::new();
        let mut words = call.words().iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-cmd" | "-init" | "-separator" | "-newline" | "-nullvalue" | "-mmap" => {
                    words.next();
                }
                _ if word.starts_with('-') => {}
                _ => operands.push(word.clone()),
            }
        }
        let Some((file, statements)) = operands.split_first() else {
            return unknown(call.shell, call.arguments);
        };
        let text = if statements.is_empty() {
            let data = call.standard_input();
            match data.known() {
                Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                None => return unknown(call.shell, call.arguments),
            }
        } else {
            statements.join(";\n")
        };
        // What the shell itself does with files is not followed.
        let acts = [
            ".import", ".read", ".output", ".save", ".backup", ".restore",
        ];
        if acts.iter().any(|word| text.contains(word)) || text.contains(UNKNOWN) {
            return unknown(call.shell, call.arguments);
        }
        let changed = growth(&text);
        // It is opened for writing, whatever is asked.
        let (at, who) = (call.at(file), call.who());
        let _ = call.files().touch(&at, &who, true);
        if let Some(growth) = changed.filter(|_| file != ":memory:") {
            let old = match call.read(file) {
                Ok(data) => data.size(),
                Err(Errno::Unknown) => return unknown(call.shell, call.arguments),
                // Its schema has a page.
                Err(_) => ByteCount::measured(PAGE),
            };
            if let Err(errno) = call.write(file, Data::opaque(old + growth)) {
                call.problem(&format!("unable to open database \"{file}\""), errno);
            }
        }
        let asks = text.to_ascii_lowercase().contains("select");
        if asks || text.contains("\n.") || text.starts_with('.') {
            call.line(&UNKNOWN.to_string());
        }
        Ok(call.exit)
    }
}

/// What statements add to a database: a page for each table and index, and what the rows fill; `None`
/// where they change nothing.
fn growth(text: &str) -> Option<ByteCount> {
    let (mut pages, mut rows, mut changes) = (0, 0, false);
    for statement in text.split(';') {
        let lower = statement.trim_start().to_ascii_lowercase();
        let mut words = lower.split_whitespace();
        let Some(first) = words.next() else { continue };
        if !CHANGING.contains(&first) {
            continue;
        }
        changes = true;
        match first {
            "create" => {
                let is_kept = words.any(|word| matches!(word, "table" | "index"));
                pages += u64::from(is_kept);
                // Each has an index of its own, but for a table's number.
                let unique = lower.matches("unique").count()
                    - usize::from(lower.starts_with("create unique"));
                let keys = lower.matches("primary key").count();
                let numbers = lower.matches("integer primary key").count();
                pages += (unique + keys - numbers.min(keys)) as u64;
            }
            "insert" | "replace" => rows += statement.len() as u64,
            _ => {}
        }
    }
    let filled = rows / PAGE;
    changes.then_some(ByteCount {
        bytes: (pages + filled) * PAGE,
        low: pages.saturating_sub(1) * PAGE,
        high: (pages * 2 + filled * 2 + 2) * PAGE,
        basis: Basis::Modelled,
    })
}

#[cfg(test)]
mod tests {
    use super::growth;

    #[test]
    fn counts_pages() {
        let pages = |text: &str| growth(text).map(|size| size.bytes / 4096);
        assert_eq!(
            pages("create table t(id integer primary key, n text)"),
            Some(1)
        );
        assert_eq!(
            pages("CREATE TABLE t(n TEXT UNIQUE); CREATE INDEX i ON t(n)"),
            Some(3)
        );
        assert_eq!(pages("select 1; pragma journal_mode"), None);
    }
}
