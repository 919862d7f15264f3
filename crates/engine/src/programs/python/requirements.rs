//! What pip is asked to install: names, files, archives, projects, and requirement files.

use crate::image::path;
use crate::programs::Call;
use crate::python::Requirement;
use crate::shell::Errno;

/// How deep requirement files may include others.
const MAX_NESTED: usize = 16;

/// Most requirements that are read.
const MAX_REQUIREMENTS: usize = 10_000;

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Requirements {
    /// Distributions by name.
    pub(super) named: Vec<Requirement>,
    /// Limits on versions.
    pub(super) constraints: Vec<Requirement>,
    /// Directories with projects, whether editable, and the extras asked of them.
    pub(super) projects: Vec<(String, bool, Vec<String>)>,
    /// Wheels and source archives that lie in the image.
    pub(super) archives: Vec<String>,
    /// Addresses: archives and repositories.
    pub(super) addresses: Vec<String>,
    /// Whether they may come from another index than the public one.
    pub(super) other_index: bool,
    /// Whether what is asked for is not known in full.
    pub(super) unknown: bool,
}

impl Requirements {
    /// Takes an operand of the command line.
    ///
    /// # Errors
    /// pip's message.
    pub(super) fn add_operand(
        &mut self,
        call: &Call<'_, '_, '_>,
        word: &str,
        editable: bool,
    ) -> Result<(), String> {
        if !crate::shell::is_known(word) {
            self.unknown = true;
            return Ok(());
        }
        if word.contains("://") || word.starts_with("git+") {
            if let Some((name, _)) = word.split_once('@').filter(|(name, _)| !name.contains(':')) {
                self.addresses.push(name.trim().to_owned());
            } else {
                self.addresses.push(word.to_owned());
            }
            return Ok(());
        }
        let (place, extras) = match word.split_once('[') {
            Some((place, rest)) => (
                place,
                rest.trim_end_matches(']')
                    .split(',')
                    .map(|extra| extra.trim().to_owned())
                    .collect(),
            ),
            None => (word, Vec::new()),
        };
        let is_archive = [".whl", ".tar.gz", ".zip", ".tar.bz2"]
            .iter()
            .any(|end| place.ends_with(end));
        if is_archive {
            if call.is_missing(place) {
                let file = call.at(place);
                return Err(format!(
                    "WARNING: Requirement '{place}' looks like a filename, but the file does not exist\nERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory: '{file}'\n"
                ));
            }
            self.archives.push(place.to_owned());
            return Ok(());
        }
        if place.contains('/') || place == "." || place == ".." || editable {
            if !call.is_directory(place) && call.is_missing(place) {
                return Err(if editable {
                    format!(
                        "ERROR: {place} is not a valid editable requirement. It should either be a path to a local project or a VCS URL (beginning with bzr+http, bzr+https, bzr+ssh, bzr+sftp, bzr+ftp, bzr+lp, bzr+file, git+http, git+https, git+ssh, git+git, git+file, hg+file, hg+http, hg+https, hg+ssh, hg+static-http, svn+ssh, svn+http, svn+https, svn+svn, svn+file)."
                    )
                } else {
                    format!(
                        "ERROR: Invalid requirement: '{word}': Expected package name at the start of dependency specifier\n    {word}\n    ^\nHint: It looks like a path. File '{place}' does not exist."
                    )
                });
            }
            // Where it may be among files that are not listed, nothing is known of it.
            let manifest = format!("{}/pyproject.toml", place.trim_end_matches('/'));
            match call.stat(&manifest) {
                Err(Errno::Unknown)
                    if call
                        .stat(&manifest.replace("pyproject.toml", "setup.py"))
                        .is_err() =>
                {
                    self.unknown = true;
                }
                _ => self.projects.push((place.to_owned(), editable, extras)),
            }
            return Ok(());
        }
        let requirement = Requirement::parse(word).map_err(|message| {
            if call.stat(word).is_ok() {
                format!("ERROR: {message}\nHint: It looks like a path. File '{word}' does exist.")
            } else {
                format!("ERROR: {message}")
            }
        })?;
        self.named.push(requirement);
        self.check()
    }

    fn check(&self) -> Result<(), String> {
        if self.named.len() + self.constraints.len() > MAX_REQUIREMENTS {
            return Err(
                "ERROR: more than 10,000 requirements: the simulation ends here".to_owned(),
            );
        }
        Ok(())
    }

    /// Reads a requirement file, or one of constraints.
    ///
    /// # Errors
    /// pip's message.
    pub(super) fn add_file(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        file: &str,
        constraints: bool,
        depth: usize,
    ) -> Result<(), String> {
        if depth > MAX_NESTED {
            return Err(format!(
                "ERROR: {file} recursively references itself in requirements file"
            ));
        }
        if file.contains("://") || !crate::shell::is_known(file) {
            self.unknown = true;
            return Ok(());
        }
        let data = match call.read(file) {
            Ok(data) => data,
            Err(Errno::Unknown) => {
                self.unknown = true;
                return Ok(());
            }
            Err(errno) => {
                let (number, reason) = match errno {
                    Errno::NoEntry => (2, "No such file or directory"),
                    Errno::Access => (13, "Permission denied"),
                    Errno::IsDirectory => (21, "Is a directory"),
                    _ => (20, "Not a directory"),
                };
                return Err(format!(
                    "ERROR: Could not open requirements file: [Errno {number}] {reason}: '{file}'"
                ));
            }
        };
        let Some(bytes) = data.known() else {
            self.unknown = true;
            return Ok(());
        };
        let text = decoded(bytes);
        let directory = path::split(file).0.to_owned();
        let beside = |other: &str| {
            if directory.is_empty() || other.starts_with('/') || !file.contains('/') {
                other.to_owned()
            } else {
                format!("{directory}/{other}")
            }
        };
        for (number, line) in joined(&text) {
            let line = without_comment(&line);
            let line = substituted(call, line.trim());
            if line.is_empty() {
                continue;
            }
            let (word, rest) = line.split_once([' ', '=']).unwrap_or((&line, ""));
            let rest = rest.trim();
            match word {
                "-r" | "--requirement" => self.add_file(call, &beside(rest), false, depth + 1)?,
                "-c" | "--constraint" => self.add_file(call, &beside(rest), true, depth + 1)?,
                "-e" | "--editable" => self.add_operand(call, rest, true)?,
                "-i" | "--index-url" | "--extra-index-url" | "-f" | "--find-links" => {
                    self.other_index = true;
                }
                _ if word.starts_with("-r") => {
                    self.add_file(call, &beside(&word[2..]), false, depth + 1)?;
                }
                _ if word.starts_with('-') => {}
                _ => {
                    // Options of a single requirement: hashes and settings.
                    let own = line.split(" --").next().unwrap_or(&line).trim();
                    if constraints {
                        if let Ok(requirement) = Requirement::parse(own) {
                            self.constraints.push(requirement);
                        }
                    } else {
                        self.add_operand(call, own, false).map_err(|message| {
                            format!("{message} (from line {number} of {file})")
                        })?;
                    }
                    self.check()?;
                }
            }
        }
        Ok(())
    }
}

/// The text of a file: UTF-8, or UTF-16 where it begins with that mark.
fn decoded(bytes: &[u8]) -> String {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => {
            let units = rest
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or('\u{fffd}'))
                .collect()
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Lines with those that end in a backslash joined, with the number of their first.
fn joined(text: &str) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        let (own, more) = match line.strip_suffix('\\') {
            Some(own) => (own, true),
            None => (line, false),
        };
        match out.last_mut() {
            Some((_, last)) if open => last.push_str(own),
            _ => out.push((number + 1, own.to_owned())),
        }
        open = more;
    }
    out
}

/// A line without its comment: `#` counts at the start and after a blank.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, ch) in line.char_indices() {
        if ch == '#' && before.is_whitespace() {
            return &line[..at];
        }
        before = ch;
    }
    line
}

/// A line with `${NAME}` replaced by the environment's values.
fn substituted(call: &Call<'_, '_, '_>, line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) => {
                match call.shell.process.variable(name) {
                    Some(value) => out.push_str(value),
                    None => out.push_str(&format!("${{{name}}}")),
                }
                rest = tail;
            }
            None => {
                out.push_str("${");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{decoded, joined, without_comment};

    #[test]
    fn reads_lines() {
        let lines = joined("a \\\n  b\nc # d\n\n");
        assert_eq!(lines[0], (1, "a   b".to_owned()));
        assert_eq!(without_comment(&lines[1].1), "c ");
        assert_eq!(without_comment("a#b"), "a#b");
        assert_eq!(decoded(&[0xff, 0xfe, b'a', 0]), "a");
    }
}
