//! The parenthesis that may open a pattern of `case`.
//!
//! brush-parser 0.4 takes the `)` behind a pattern for the end of an unquoted `$(case … esac)`.
//! POSIX lets a pattern open with `(`, so the same script can be written without that doubt.

/// What the text being read is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// `"…"`
    Quotes,
    /// `${…}`
    Braces,
    /// `$(…)`
    Substitution,
    /// `(…)`
    Parentheses,
    /// `case`, before its `in`.
    Subject,
    /// A pattern of `case`, before its `)`.
    Pattern,
    /// The commands of a pattern.
    Commands,
}

/// The script with a `(` before each pattern of `case` that has none.
pub(super) fn with_open_patterns(script: &str) -> String {
    let mut reader = Reader {
        rest: script,
        out: String::with_capacity(script.len() + 16),
        frames: Vec::new(),
        command_follows: true,
        documents: Vec::new(),
    };
    while !reader.rest.is_empty() {
        reader.step();
    }
    reader.out
}

struct Reader<'t> {
    rest: &'t str,
    out: String,
    frames: Vec<Frame>,
    /// Whether a word here would be a command or a reserved word.
    command_follows: bool,
    /// Delimiters of the here-documents that begin at the next line.
    documents: Vec<String>,
}

impl Reader<'_> {
    fn step(&mut self) {
        let frame = self.frames.last().copied();
        let quoted = frame == Some(Frame::Quotes);
        let Some(ch) = self.rest.chars().next() else {
            return;
        };
        match ch {
            '\\' => {
                let escaped = self.rest[1..].chars().next().map_or(0, char::len_utf8);
                self.copy(1 + escaped);
                self.command_follows = false;
            }
            '"' => {
                self.copy(1);
                self.command_follows = false;
                if quoted {
                    self.frames.pop();
                } else {
                    self.frames.push(Frame::Quotes);
                }
            }
            '$' if self.rest.starts_with("${") => self.open(2, Frame::Braces),
            '$' if self.rest.starts_with("$(") => self.open(2, Frame::Substitution),
            '}' if frame == Some(Frame::Braces) => self.close(),
            _ if quoted || frame == Some(Frame::Braces) && ch != '\'' => self.copy(ch.len_utf8()),
            '\'' => {
                let end = self.rest[1..]
                    .find('\'')
                    .map_or(self.rest.len(), |at| at + 2);
                self.copy(end);
                self.command_follows = false;
            }
            ')' if frame == Some(Frame::Pattern) => {
                self.frames.pop();
                self.open(1, Frame::Commands);
            }
            '(' => self.open(1, Frame::Parentheses),
            ')' => self.close(),
            '#' if self.out.is_empty() || self.out.ends_with([' ', '\t', '\n', ';']) => {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.copy(end);
            }
            '<' if self.rest.starts_with("<<<") => self.copy(3),
            '<' if self.rest.starts_with("<<") => self.heredoc(),
            '\n' => {
                self.copy(1);
                self.command_follows = true;
                self.skip_documents();
            }
            ';' if frame == Some(Frame::Commands)
                && (self.rest.starts_with(";;") || self.rest.starts_with(";&")) =>
            {
                self.copy(if self.rest.starts_with(";;&") { 3 } else { 2 });
                self.frames.pop();
                self.begin_pattern();
            }
            ';' | '&' | '|' => {
                self.copy(1);
                self.command_follows = true;
            }
            ' ' | '\t' => self.copy(1),
            _ => self.word(),
        }
    }

    fn copy(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.out.push_str(taken);
        self.rest = rest;
    }

    fn open(&mut self, length: usize, frame: Frame) {
        self.copy(length);
        self.frames.push(frame);
        self.command_follows = true;
    }

    fn close(&mut self) {
        self.copy(1);
        // The parentheses of a function's name are followed by its body.
        self.command_follows = self.frames.pop() == Some(Frame::Parentheses);
    }

    fn word(&mut self) {
        let ends = |ch: char| " \t\n;&|()<>\"'\\$`}".contains(ch);
        let length = self.rest.find(ends).unwrap_or(self.rest.len()).max(
            // What ends a word and begins none is passed as it is.
            self.rest.chars().next().map_or(0, char::len_utf8),
        );
        let word = &self.rest[..length];
        let first = std::mem::take(&mut self.command_follows);
        let frame = self.frames.last().copied();
        match word {
            "case" if first => self.frames.push(Frame::Subject),
            "in" if frame == Some(Frame::Subject) => {
                self.copy(length);
                self.frames.pop();
                return self.begin_pattern();
            }
            "esac" if first && frame == Some(Frame::Commands) => {
                self.frames.pop();
            }
            "if" | "then" | "elif" | "else" | "while" | "until" | "do" | "!" | "{" if first => {
                self.command_follows = true;
            }
            _ => {}
        }
        self.copy(length);
    }

    /// After `in` or `;;`: a pattern, or `esac`.
    fn begin_pattern(&mut self) {
        loop {
            let blank = self.rest.len() - self.rest.trim_start().len();
            self.copy(blank);
            if !self.rest.starts_with('#') {
                break;
            }
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.copy(end);
        }
        let ends_case = self.rest.strip_prefix("esac").is_some_and(|rest| {
            !rest.starts_with(|ch: char| ch.is_ascii_alphanumeric() || ch == '_')
        });
        if ends_case {
            self.copy("esac".len());
            return;
        }
        if self.rest.starts_with('(') {
            self.copy(1);
        } else {
            self.out.push('(');
        }
        self.frames.push(Frame::Pattern);
    }

    fn heredoc(&mut self) {
        self.copy(if self.rest.starts_with("<<-") { 3 } else { 2 });
        let blank = self.rest.len() - self.rest.trim_start_matches([' ', '\t']).len();
        self.copy(blank);
        let ends = |ch: char| " \t\n;&|()<>".contains(ch);
        let length = self.rest.find(ends).unwrap_or(self.rest.len());
        let delimiter = self.rest[..length].replace(['\'', '"', '\\'], "");
        self.documents.push(delimiter);
        self.copy(length);
    }

    fn skip_documents(&mut self) {
        for delimiter in std::mem::take(&mut self.documents) {
            while !self.rest.is_empty() {
                let length = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
                let last = self.rest[..length]
                    .trim_end_matches('\n')
                    .trim_start_matches('\t');
                let done = last == delimiter;
                self.copy(length);
                if done {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_open_patterns;

    #[test]
    fn opens_patterns() {
        for (script, expected) in [
            (
                "a=$(case $x in a|b) echo 1;; *) echo 2 ;; esac); b",
                "a=$(case $x in (a|b) echo 1;; (*) echo 2 ;; esac); b",
            ),
            (
                "case \"$(uname -m)\" in\n  # a comment)\n  x) case y in (y) :;; esac;;\nesac",
                "case \"$(uname -m)\" in\n  # a comment)\n  (x) case y in (y) :;; esac;;\nesac",
            ),
            ("echo case x in a) b", "echo case x in a) b"),
            (
                "cat <<E\ncase x in a) b ;; esac\nE\n",
                "cat <<E\ncase x in a) b ;; esac\nE\n",
            ),
            (
                "f() { case ${1#a)} in 'b)') echo \"$(c)\" ;& *) ;; esac; }",
                "f() { case ${1#a)} in ('b)') echo \"$(c)\" ;& (*) ;; esac; }",
            ),
            ("case x in a) b", "case x in (a) b"),
        ] {
            assert_eq!(with_open_patterns(script), expected);
        }
    }
}
