//! Redirections.

use std::cell::RefCell;
use std::rc::Rc;

use brush_parser::ast::{IoFileRedirectKind, IoFileRedirectTarget, IoRedirect};

use super::Shell;
use super::data::Data;
use super::errno::Errno;
use super::process::{Dialect, Exit, Flow, OpenFile, Stream};
use super::unknown::is_known;

impl Shell<'_, '_> {
    /// Puts redirections in force; gives a status where one fails.
    pub(super) fn redirect(&mut self, redirects: &[IoRedirect]) -> Result<Option<Exit>, Flow> {
        for redirect in redirects {
            if let Err(message) = self.redirect_one(redirect)? {
                self.complain(&message);
                let code = if self.process.dialect == Dialect::Dash {
                    2
                } else {
                    1
                };
                return Ok(Some(Exit::code(code)));
            }
        }
        Ok(None)
    }

    fn redirect_one(&mut self, redirect: &IoRedirect) -> Result<Result<(), String>, Flow> {
        match redirect {
            IoRedirect::File(number, kind, target) => {
                let number = number.unwrap_or(match kind {
                    IoFileRedirectKind::Read
                    | IoFileRedirectKind::ReadAndWrite
                    | IoFileRedirectKind::DuplicateInput => 0,
                    _ => 1,
                });
                match target {
                    IoFileRedirectTarget::Filename(word) => {
                        let path = self.expand_text(&word.value)?;
                        return Ok(self.open(number, kind, &path));
                    }
                    IoFileRedirectTarget::Fd(other) => {
                        return Ok(self.duplicate(number, &other.to_string()));
                    }
                    IoFileRedirectTarget::Duplicate(word) => {
                        let text = self.expand_text(&word.value)?;
                        return Ok(self.duplicate(number, &text));
                    }
                    IoFileRedirectTarget::ProcessSubstitution(_, substitution) => {
                        let (stream, buffer) = Stream::buffer();
                        if matches!(kind, IoFileRedirectKind::Read) {
                            self.subshell(|shell| {
                                shell.process.streams.insert(1, stream);
                                shell.subshell_list(substitution)
                            })?;
                        }
                        self.process.streams.insert(number, Stream::Buffer(buffer));
                    }
                }
            }
            IoRedirect::HereDocument(number, document) => {
                let text = if document.requires_expansion {
                    self.expand_heredoc(&document.doc.value)?
                } else {
                    document.doc.value.clone()
                };
                self.input(number.unwrap_or(0), &text);
            }
            IoRedirect::HereString(number, word) => {
                let text = self.expand_text(&word.value)?;
                self.input(number.unwrap_or(0), &format!("{text}\n"));
            }
            IoRedirect::OutputAndError(word, append) => {
                let path = self.expand_text(&word.value)?;
                let kind = if *append {
                    IoFileRedirectKind::Append
                } else {
                    IoFileRedirectKind::Write
                };
                if let Err(message) = self.open(1, &kind, &path) {
                    return Ok(Err(message));
                }
                return Ok(self.duplicate(2, "1"));
            }
        }
        Ok(Ok(()))
    }

    fn subshell_list(
        &mut self,
        substitution: &brush_parser::ast::SubshellCommand,
    ) -> super::process::Outcome {
        super::run::script(self, &substitution.list.to_string())
    }

    fn input(&mut self, number: i32, text: &str) {
        let data = Rc::new(RefCell::new(Data::from(text)));
        self.process.streams.insert(number, Stream::Buffer(data));
    }

    fn duplicate(&mut self, number: i32, source: &str) -> Result<(), String> {
        if source == "-" {
            self.process.streams.remove(&number);
            return Ok(());
        }
        // `1>&2-` moves.
        let (source, moves) = match source.strip_suffix('-') {
            Some(source) => (source, true),
            None => (source, false),
        };
        let stream = source
            .parse::<i32>()
            .ok()
            .and_then(|source| self.process.streams.get(&source).cloned());
        match stream {
            Some(stream) => {
                self.process.streams.insert(number, stream);
                if moves && let Ok(source) = source.parse() {
                    self.process.streams.remove(&source);
                }
                Ok(())
            }
            None if source.parse::<i32>().is_ok() => Err(format!("{source}: Bad file descriptor")),
            None => {
                // `>& FILE`
                self.open(1, &IoFileRedirectKind::Write, source)?;
                self.duplicate(2, "1")
            }
        }
    }

    fn open(&mut self, number: i32, kind: &IoFileRedirectKind, path: &str) -> Result<(), String> {
        let stream = self.open_stream(kind, path).map_err(|errno| {
            let dash = self.process.dialect == Dialect::Dash;
            match (dash, kind) {
                (true, IoFileRedirectKind::Read) => {
                    format!("cannot open {path}: {}", dash_reason(errno))
                }
                (true, _) => format!("cannot create {path}: {}", dash_creation(errno)),
                (false, _) => format!("{path}: {errno}"),
            }
        })?;
        self.process.streams.insert(number, stream);
        Ok(())
    }

    fn open_stream(&mut self, kind: &IoFileRedirectKind, path: &str) -> Result<Stream, Errno> {
        if let Some(stream) = self.device(path) {
            return stream;
        }
        let at = self.process.absolute(path);
        let who = self.process.who.clone();
        let mode = 0o666 & !self.process.umask;
        if matches!(kind, IoFileRedirectKind::Read) {
            let entry = self.machine.files.stat(&at, &who)?;
            if entry.node.is_directory() {
                return Ok(Stream::Null);
            }
            let data = self.machine.files.read(&at, &who)?;
            return Ok(Stream::File(Rc::new(RefCell::new(OpenFile {
                path: entry.path,
                unread: data,
                position: Some(0),
            }))));
        }
        let truncate = !matches!(
            kind,
            IoFileRedirectKind::Append | IoFileRedirectKind::ReadAndWrite
        );
        if truncate
            && self.process.options.noclobber
            && !matches!(kind, IoFileRedirectKind::Clobber)
            && let Ok(entry) = self.machine.files.stat(&at, &who)
            && matches!(entry.node, crate::image::Node::File(_))
        {
            return Err(Errno::Exists);
        }
        if !is_known(&at) {
            self.machine.note(
                "unknown-path",
                "a file is written whose name depends on something unknown".to_owned(),
            );
            return Ok(Stream::Null);
        }
        let real = self
            .machine
            .files
            .open_for_writing(&at, mode, truncate, &who)?;
        let unread = match kind {
            IoFileRedirectKind::ReadAndWrite => self.machine.files.read(&real, &who)?,
            _ => Data::default(),
        };
        let append = matches!(kind, IoFileRedirectKind::Append);
        Ok(Stream::File(Rc::new(RefCell::new(OpenFile {
            path: real,
            unread,
            position: (!append).then_some(0),
        }))))
    }

    /// Files that are not files.
    fn device(&self, path: &str) -> Option<Result<Stream, Errno>> {
        let number = match path {
            "/dev/null" => return Some(Ok(Stream::Null)),
            "/dev/zero" => return Some(Ok(Stream::Zero)),
            "/dev/urandom" | "/dev/random" => return Some(Ok(Stream::Random)),
            "/dev/full" => return Some(Ok(Stream::Full)),
            "/dev/stdin" => "0",
            "/dev/stdout" => "1",
            "/dev/stderr" => "2",
            "/dev/tty" => return Some(Err(Errno::NoEntry)),
            _ => path
                .strip_prefix("/dev/fd/")
                .or_else(|| path.strip_prefix("/proc/self/fd/"))
                .or_else(|| path.strip_prefix("/proc/1/fd/"))?,
        };
        let stream = number
            .parse()
            .ok()
            .and_then(|number: i32| self.process.streams.get(&number).cloned());
        Some(stream.ok_or(Errno::NoEntry))
    }

    /// Opens what a program names as its input.
    pub fn open_input(&mut self, path: &str) -> Result<Stream, Errno> {
        self.open_stream(&IoFileRedirectKind::Read, path)
    }

    /// Opens what a program names as its output.
    pub fn open_output(&mut self, path: &str, append: bool) -> Result<Stream, Errno> {
        let kind = if append {
            IoFileRedirectKind::Append
        } else {
            IoFileRedirectKind::Write
        };
        let saved = std::mem::take(&mut self.process.options.noclobber);
        let stream = self.open_stream(&kind, path);
        self.process.options.noclobber = saved;
        stream
    }
}

/// How dash words a failed reading.
fn dash_reason(errno: Errno) -> String {
    match errno {
        Errno::NoEntry => "No such file".to_owned(),
        other => other.to_string(),
    }
}

/// How dash words a failed creation.
fn dash_creation(errno: Errno) -> String {
    match errno {
        Errno::NoEntry => "Directory nonexistent".to_owned(),
        other => other.to_string(),
    }
}
