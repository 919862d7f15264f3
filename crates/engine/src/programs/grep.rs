//! `grep`: lines that match a pattern.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Options, Spec, flag, optional, value};
use super::regex::{Regex, literal};
use crate::shell::{Data, Errno, Flow, Pattern, UNKNOWN, is_known};

const OPTIONS: [Spec; 34] = [
    flag("E", "extended-regexp"),
    flag("F", "fixed-strings"),
    flag("G", "basic-regexp"),
    flag("P", "perl-regexp"),
    value("e", "regexp"),
    value("f", "file"),
    flag("i", "ignore-case"),
    flag("y", ""),
    flag("w", "word-regexp"),
    flag("x", "line-regexp"),
    flag("v", "invert-match"),
    value("m", "max-count"),
    flag("n", "line-number"),
    flag("b", "byte-offset"),
    flag("H", "with-filename"),
    flag("h", "no-filename"),
    flag("o", "only-matching"),
    flag("q", "quiet"),
    flag("", "silent"),
    flag("s", "no-messages"),
    flag("a", "text"),
    flag("I", ""),
    flag("r", "recursive"),
    flag("R", "dereference-recursive"),
    value("", "include"),
    value("", "exclude"),
    value("", "exclude-dir"),
    flag("L", "files-without-match"),
    flag("l", "files-with-matches"),
    flag("c", "count"),
    value("A", "after-context"),
    value("B", "before-context"),
    value("C", "context"),
    optional("", "color"),
];

/// `grep`: lines that match a pattern.
#[derive(Debug)]
pub(super) struct Grep;

impl Program for Grep {
    fn names(&self) -> &'static [&'static str] {
        &["grep", "egrep", "fgrep", "rgrep"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 2)?;
        let mut operands = options.operands.clone();
        let mut patterns: Vec<String> = options.values("e").map(str::to_owned).collect();
        for file in options.values("f").map(str::to_owned).collect::<Vec<_>>() {
            match call.read(&file) {
                Ok(data) => patterns.extend(data.text().lines().map(str::to_owned)),
                Err(errno) => {
                    call.problem(&file, errno);
                    return Ok(Exit::code(2));
                }
            }
        }
        if !options.has("e") && !options.has("f") {
            if operands.is_empty() {
                return Ok(call.refuse("usage: grep [OPTION]... PATTERNS [FILE]...", 2));
            }
            patterns.extend(operands.remove(0).split('\n').map(str::to_owned));
        }
        let search = match Search::new(call, &options, &patterns) {
            Ok(search) => search,
            Err(message) => {
                if patterns.iter().all(|pattern| is_known(pattern))
                    && message.ends_with("not modelled")
                {
                    call.doubt();
                    return Ok(Exit::UNKNOWN);
                }
                return Ok(call.refuse(&message, 2));
            }
        };
        let recursive = options.has("r") || options.has("R") || call.name().ends_with("rgrep");
        let mut files = Vec::new();
        let mut failed = false;
        if operands.is_empty() {
            files.push(if recursive {
                ".".to_owned()
            } else {
                "-".to_owned()
            });
        } else {
            files = operands;
        }
        let mut named = files.len() > 1;
        if recursive {
            let mut all = Vec::new();
            for file in &files {
                named |= call.is_directory(file);
                below(call, file, &options, &mut all)?;
            }
            files = all;
        }
        let names = (named || options.has("H")) && !options.has("h");
        let mut found = false;
        let mut doubtful = false;
        for file in &files {
            call.shell.machine.step()?;
            let data = match call.read(file) {
                Ok(data) => data,
                Err(Errno::IsDirectory) => {
                    if !options.has("s") {
                        call.complain(&format!("{file}: Is a directory"));
                    }
                    failed = true;
                    Data::default()
                }
                Err(Errno::Unknown) => {
                    doubtful = true;
                    continue;
                }
                Err(errno) => {
                    if !options.has("s") {
                        call.complain(&format!("{file}: {errno}"));
                    }
                    failed = true;
                    continue;
                }
            };
            let shown = if file == "-" {
                "(standard input)"
            } else {
                file
            };
            match search.file(call, &data, shown, names) {
                Some(true) => found = true,
                Some(false) => {}
                None => doubtful = true,
            }
            if found && options.has("q") {
                return Ok(Exit::OK);
            }
        }
        Ok(match (found, doubtful, failed) {
            (true, _, false) => Exit::OK,
            (_, true, _) => Exit::UNKNOWN,
            (_, _, true) => Exit::code(2),
            (false, _, false) => Exit::code(1),
        })
    }
}

/// The files below a path, in the order of their names.
fn below(
    call: &mut Call<'_, '_, '_>,
    path: &str,
    options: &Options,
    out: &mut Vec<String>,
) -> Result<(), Flow> {
    call.shell.machine.step()?;
    let at = call.at(path);
    let who = call.who();
    let Ok((names, _)) = call.files().list(&at, &who) else {
        let base = path.rsplit('/').next().unwrap_or_default();
        let matches = |pattern: &str| Pattern::new(pattern).matches(base);
        let included =
            options.values("include").next().is_none() || options.values("include").any(matches);
        if included && !options.values("exclude").any(matches) {
            out.push(path.to_owned());
        }
        return Ok(());
    };
    for name in names {
        let child = format!("{}/{name}", path.trim_end_matches('/'));
        let link = call
            .lstat(&child)
            .is_ok_and(|entry| matches!(entry.node, crate::image::Node::Symlink(_)));
        let left_out = call.is_directory(&child)
            && options
                .values("exclude-dir")
                .any(|pattern| Pattern::new(pattern).matches(&name));
        if left_out || link && !options.has("R") {
            continue;
        }
        below(call, &child, options, out)?;
    }
    Ok(())
}

/// What is searched for, and how it is shown.
struct Search {
    regex: Option<Regex>,
    invert: bool,
    count: bool,
    list: Option<bool>,
    quiet: bool,
    only: bool,
    number: bool,
    most: usize,
    before: usize,
    after: usize,
}

impl Search {
    fn new(
        call: &Call<'_, '_, '_>,
        options: &Options,
        patterns: &[String],
    ) -> Result<Self, String> {
        let fixed = options.has("F") || call.name().ends_with("fgrep");
        let extended = options.has("E") || call.name().ends_with("egrep");
        let ignore_case = options.has("i") || options.has("y");
        let parts: Result<Vec<String>, String> = patterns
            .iter()
            .map(|pattern| {
                if fixed {
                    Ok(literal(pattern))
                } else if options.has("P") {
                    Ok(format!("(?:{pattern})"))
                } else {
                    super::regex::translated(pattern, extended).map(|text| format!("(?:{text})"))
                }
            })
            .collect();
        let mut whole = parts?.join("|");
        if options.has("x") {
            whole = format!("^(?:{whole})$");
        } else if options.has("w") {
            whole = format!(r"(?:^|\b)(?:{whole})(?:\b|$)");
        }
        let unknown = patterns.iter().any(|pattern| !is_known(pattern));
        let regex = if unknown {
            None
        } else {
            Some(Regex::perl(&whole, ignore_case)?)
        };
        let lines = |key: &str| {
            options
                .value(key)
                .or(options.value("C"))
                .and_then(|text| text.parse().ok())
                .unwrap_or(0)
        };
        Ok(Self {
            regex,
            invert: options.has("v"),
            count: options.has("c"),
            list: if options.has("l") {
                Some(true)
            } else if options.has("L") {
                Some(false)
            } else {
                None
            },
            quiet: options.has("q") || options.has("silent"),
            only: options.has("o"),
            number: options.has("n"),
            most: options
                .value("m")
                .and_then(|text| text.parse().ok())
                .unwrap_or(usize::MAX),
            before: lines("B"),
            after: lines("A"),
        })
    }

    /// Searches a file; says whether something was found, where that is known.
    fn file(
        &self,
        call: &mut Call<'_, '_, '_>,
        data: &Data,
        shown: &str,
        names: bool,
    ) -> Option<bool> {
        let text = data.text();
        let Some(regex) = self
            .regex
            .as_ref()
            .filter(|_| is_known(&text) || data.known().is_some())
        else {
            return self.unknown_file(call, &text);
        };
        let lines: Vec<&str> = text.lines().collect();
        let matching: Vec<usize> = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| regex.is_match(line) != self.invert)
            .map(|(number, _)| number)
            .take(self.most)
            .collect();
        let found = !matching.is_empty();
        if self.quiet {
            return Some(found);
        }
        if let Some(wanted) = self.list {
            if found == wanted {
                call.line(shown);
            }
            return Some(if wanted { found } else { !found });
        }
        let prefix = |number: usize, sign: char| {
            let mut out = String::new();
            if names {
                out.push_str(&format!("{shown}{sign}"));
            }
            if self.number {
                out.push_str(&format!("{}{sign}", number + 1));
            }
            out
        };
        if self.count {
            let name = if names {
                format!("{shown}:")
            } else {
                String::new()
            };
            call.line(&format!("{name}{}", matching.len()));
            return Some(found);
        }
        let mut printed: Option<usize> = None;
        for (place, &number) in matching.iter().enumerate() {
            if self.only {
                let mut at = 0;
                while let Some(found) = regex.find_at(lines[number], at) {
                    let Some((start, end)) = found[0] else { break };
                    if end > start {
                        call.line(&format!(
                            "{}{}",
                            prefix(number, ':'),
                            &lines[number][start..end]
                        ));
                    }
                    at = if end > start { end } else { end + 1 };
                    if at > lines[number].len() || !lines[number].is_char_boundary(at) {
                        break;
                    }
                }
                continue;
            }
            let first = number
                .saturating_sub(self.before)
                .max(printed.map_or(0, |last| last + 1));
            if (self.before > 0 || self.after > 0) && printed.is_some_and(|last| first > last + 1) {
                call.line("--");
            }
            for (context, line) in lines.iter().enumerate().take(number).skip(first) {
                call.line(&format!("{}{line}", prefix(context, '-')));
            }
            call.line(&format!("{}{}", prefix(number, ':'), lines[number]));
            let next = matching.get(place + 1).copied().unwrap_or(lines.len());
            let last = (number + self.after)
                .min(next.saturating_sub(1))
                .min(lines.len().saturating_sub(1));
            for (context, line) in lines.iter().enumerate().take(last + 1).skip(number + 1) {
                call.line(&format!("{}{line}", prefix(context, '-')));
            }
            printed = Some(last.max(number));
        }
        Some(found)
    }

    /// A file of which a part is unknown may match in any line.
    fn unknown_file(&self, call: &mut Call<'_, '_, '_>, text: &str) -> Option<bool> {
        if !self.quiet && !text.is_empty() {
            call.line(&UNKNOWN.to_string());
        }
        if text.is_empty() { Some(false) } else { None }
    }
}
