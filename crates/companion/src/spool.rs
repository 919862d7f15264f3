//! A build context as it is uploaded: checked while it streams, kept in a file without a name.
//!
//! The file is a tar archive made anew of what was let in. It has no name, so that nothing is
//! left of it whatever happens to the companion.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use axum::http::StatusCode;
use layerlab_engine::context::check_path;
use layerlab_engine::image::path;
use tar::{Archive, Builder, EntryType, Header, PaxExtensions};

use crate::problem::Problem;
use crate::settings::Limits;

/// Longest name and link target (Linux's `PATH_MAX`).
const MAX_NAME: u64 = 4096;

/// Most bytes of an extended header.
const MAX_EXTENSION: u64 = 64 << 10;

/// A build context.
#[derive(Debug)]
pub struct Spool {
    file: File,
    /// By [`order`] of the path.
    entries: BTreeMap<String, Entry>,
    /// Bytes of all files.
    pub bytes: u64,
}

/// An entry of a context.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Path without a slash in front.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Permissions.
    pub mode: u32,
    /// Seconds since 1970.
    pub modified: u64,
}

/// What an entry is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A regular file: where its bytes are, and how many.
    File(u64, u64),
    /// A directory.
    Directory,
    /// A symbolic link with its target.
    Link(String),
}

/// Sorts paths as a walk meets them: what is below a directory before its neighbours.
pub fn order(path: &str) -> String {
    path.replace('/', "\0")
}

fn refused(path: &str, why: &str) -> Problem {
    Problem::invalid("context-refused", format!("{path:?} in the context {why}"))
}

fn too_large(limit: u64) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "context-too-large",
        format!(
            "the context is larger than {limit} bytes; leave files out with .dockerignore, or start the companion with --max-context"
        ),
    )
}

fn no_room(error: &io::Error) -> Problem {
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "no-room",
        format!(
            "the companion cannot keep the context in {}: {error}; make room there, or start the companion with TMPDIR set to a directory that has some",
            std::env::temp_dir().display()
        ),
    )
}

/// What went wrong while a context was read and written: the disk, or the context.
fn broken(error: &io::Error) -> Problem {
    if matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    ) {
        return no_room(error);
    }
    Problem::invalid(
        "context-broken",
        format!("the context cannot be read: {error}"),
    )
}

/// Keeps what it is given, within limits.
pub struct Writer {
    out: Builder<File>,
    entries: BTreeMap<String, Entry>,
    bytes: u64,
    max_bytes: u64,
    max_files: usize,
}

impl Writer {
    /// Begins a context.
    ///
    /// # Errors
    /// Where there is no room for it.
    pub fn new(limits: &Limits) -> Result<Self, Problem> {
        let file = tempfile::tempfile().map_err(|error| no_room(&error))?;
        Ok(Self {
            out: Builder::new(file),
            entries: BTreeMap::new(),
            bytes: 0,
            max_bytes: limits.context,
            max_files: limits.files,
        })
    }

    fn put(&mut self, entry: Entry) -> Result<(), Problem> {
        check_path(&entry.path).map_err(|why| Problem::invalid("context-refused", why))?;
        if entry.path.len() as u64 > MAX_NAME {
            return Err(refused(&entry.path, "has too long a path"));
        }
        let is_other = |entry: &Entry| !matches!(entry.kind, Kind::Directory);
        let below_other = path::ancestors(&format!("/{}", entry.path)).any(|above| {
            let above = self.entries.get(&order(&above[1..]));
            above.is_some_and(is_other)
        });
        let below = order(&format!("{}/", entry.path));
        let mut from = self.entries.range(below.clone()..);
        let above_something = from.next().is_some_and(|(at, _)| at.starts_with(&below));
        if above_something && is_other(&entry) {
            return Err(refused(&entry.path, "is a directory, and something else"));
        }
        if below_other {
            return Err(refused(
                &entry.path,
                "is below something that is no directory",
            ));
        }
        self.entries.insert(order(&entry.path), entry);
        if self.entries.len() > self.max_files {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "context-too-large",
                format!(
                    "the context has more than {} files; leave some out with .dockerignore, or start the companion with --max-files",
                    self.max_files
                ),
            ));
        }
        Ok(())
    }

    fn header(kind: EntryType, size: u64, mode: u32, modified: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(mode & 0o7777);
        header.set_mtime(modified);
        header
    }

    /// Adds a directory.
    ///
    /// # Errors
    /// Where it is refused.
    pub fn directory(&mut self, path: &str, mode: u32, modified: u64) -> Result<(), Problem> {
        self.put(Entry {
            path: path.to_owned(),
            kind: Kind::Directory,
            mode,
            modified,
        })?;
        let mut header = Self::header(EntryType::Directory, 0, mode, modified);
        let outcome = self.out.append_data(&mut header, path, io::empty());
        outcome.map_err(|error| broken(&error))
    }

    /// Adds a symbolic link.
    ///
    /// # Errors
    /// Where it leads out of the context, or could.
    pub fn link(&mut self, path: &str, target: &str, modified: u64) -> Result<(), Problem> {
        let depth = path.matches('/').count();
        if target.len() as u64 > MAX_NAME || leads_out(depth, target) {
            return Err(refused(
                path,
                "is a link that leads out of it, or could, with .. after a name",
            ));
        }
        self.any_link(path, target, modified)
    }

    /// Adds a symbolic link, wherever it leads: one of the user's own directory.
    fn any_link(&mut self, path: &str, target: &str, modified: u64) -> Result<(), Problem> {
        self.put(Entry {
            path: path.to_owned(),
            kind: Kind::Link(target.to_owned()),
            mode: 0o777,
            modified,
        })?;
        let mut header = Self::header(EntryType::Symlink, 0, 0o777, modified);
        let outcome = self.out.append_link(&mut header, path, target);
        outcome.map_err(|error| broken(&error))
    }

    /// Adds a file of so many bytes.
    ///
    /// # Errors
    /// Where it is refused, or there are fewer bytes.
    pub fn file(
        &mut self,
        path: &str,
        size: u64,
        mode: u32,
        modified: u64,
        content: impl Read,
    ) -> Result<(), Problem> {
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > self.max_bytes {
            return Err(too_large(self.max_bytes));
        }
        // Where the bytes are is known once they are there.
        self.put(Entry {
            path: path.to_owned(),
            kind: Kind::File(0, size),
            mode,
            modified,
        })?;
        let mut header = Self::header(EntryType::Regular, size, mode, modified);
        self.out
            .append_data(&mut header, path, content.take(size))
            .map_err(|error| broken(&error))?;
        let end = self.out.get_mut().stream_position();
        let end = end.map_err(|error| broken(&error))?;
        let from = end.checked_sub(size.next_multiple_of(512));
        let from = from.ok_or_else(|| refused(path, "is cut short"))?;
        if let Some(entry) = self.entries.get_mut(&order(path)) {
            entry.kind = Kind::File(from, size);
        }
        Ok(())
    }

    /// Adds a further name of a file that is there.
    fn hard_link(&mut self, path: &str, target: &str) -> Result<(), Problem> {
        let known = self.entries.get(&order(target)).cloned();
        let Some(Entry {
            kind: Kind::File(from, size),
            mode,
            modified,
            ..
        }) = known
        else {
            return Err(refused(
                path,
                "is a link to something that is not before it",
            ));
        };
        let file = self.out.get_mut().try_clone();
        let file = file.map_err(|error| broken(&error))?;
        let content = Section {
            file: &file,
            at: from,
        };
        self.file(path, size, mode, modified, content)
    }

    /// The context.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<Spool, Problem> {
        // Directories that are only implied are there all the same.
        let implied: Vec<String> = self
            .entries
            .values()
            .flat_map(|entry| {
                let at = format!("/{}", entry.path);
                let above: Vec<String> = path::ancestors(&at)
                    .map(|above| above[1..].to_owned())
                    .collect();
                above
            })
            .filter(|above| !self.entries.contains_key(&order(above)))
            .collect();
        for at in implied {
            if !self.entries.contains_key(&order(&at)) {
                self.directory(&at, 0o755, 0)?;
            }
        }
        let file = self.out.into_inner().map_err(|error| broken(&error))?;
        Ok(Spool {
            file,
            entries: self.entries,
            bytes: self.bytes,
        })
    }
}

/// The bytes of a file from a place on.
struct Section<'f> {
    file: &'f File,
    at: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(to, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Whether a link so many directories below the root may lead above it. Above the link are
/// directories only; a name in its target may be a link again, and what is above that one is
/// not known.
fn leads_out(depth: usize, target: &str) -> bool {
    let names = || target.split('/').filter(|name| !matches!(*name, "" | "."));
    let up = names().take_while(|name| *name == "..").count();
    target.starts_with('/') || up > depth || names().skip(up).any(|name| name == "..")
}

/// Bytes of an entry that describes the next one.
fn extension(entry: &mut impl Read, size: u64) -> Result<Vec<u8>, Problem> {
    if size > MAX_EXTENSION {
        return Err(Problem::invalid(
            "context-refused",
            "the archive has an extended header of more than 64 KiB",
        ));
    }
    let mut bytes = Vec::new();
    entry
        .take(MAX_EXTENSION)
        .read_to_end(&mut bytes)
        .map_err(|error| broken(&error))?;
    Ok(bytes)
}

fn text(bytes: &[u8]) -> Result<String, Problem> {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Problem::invalid("context-refused", "a path in the context is not UTF-8"))
}

impl Spool {
    /// Reads a tar archive as it streams in.
    ///
    /// # Errors
    /// Where it is refused; nothing of it is kept then.
    pub fn read(archive: impl Read, limits: &Limits) -> Result<Self, Problem> {
        let mut writer = Writer::new(limits)?;
        // Headers come on top of the files' own bytes.
        let most = limits.context + (limits.files as u64 + 16) * 2048;
        let mut archive = Archive::new(archive.take(most));
        let mut long_name = None;
        let mut long_link = None;
        let entries = archive.entries().map_err(|error| broken(&error))?;
        for entry in entries.raw(true) {
            let mut entry = entry.map_err(|error| broken(&error))?;
            let header = entry.header().clone();
            let size = header.entry_size().map_err(|error| broken(&error))?;
            match header.entry_type() {
                EntryType::GNULongName => {
                    long_name = Some(text(&extension(&mut entry, size)?)?);
                    continue;
                }
                EntryType::GNULongLink => {
                    long_link = Some(text(&extension(&mut entry, size)?)?);
                    continue;
                }
                EntryType::XHeader => {
                    let bytes = extension(&mut entry, size)?;
                    for field in PaxExtensions::new(&bytes) {
                        let field = field.map_err(|error| broken(&error))?;
                        match field.key_bytes() {
                            b"path" => long_name = Some(text(field.value_bytes())?),
                            b"linkpath" => long_link = Some(text(field.value_bytes())?),
                            b"size" => return Err(too_large(limits.context)),
                            _ => {}
                        }
                    }
                    continue;
                }
                EntryType::XGlobalHeader => {
                    extension(&mut entry, size)?;
                    continue;
                }
                _ => {}
            }
            let name = match long_name.take() {
                Some(name) => name,
                None => text(&entry.path_bytes())?,
            };
            let link = match long_link.take() {
                Some(link) => link,
                None => text(&entry.link_name_bytes().unwrap_or_default())?,
            };
            let name = tidy(&name);
            if name.is_empty() {
                continue;
            }
            let mode = header.mode().unwrap_or(0o644);
            let modified = header.mtime().unwrap_or(0);
            match header.entry_type() {
                EntryType::Regular | EntryType::Continuous => {
                    writer.file(&name, size, mode, modified, &mut entry)?;
                }
                EntryType::Directory => writer.directory(&name, mode, modified)?,
                EntryType::Symlink => writer.link(&name, &link, modified)?,
                EntryType::Link => writer.hard_link(&name, &tidy(&link))?,
                _ => {
                    return Err(refused(&name, "is neither a file, a directory nor a link"));
                }
            }
        }
        writer.finish()
    }

    /// Reads a directory, as the docker command does.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of_directory(directory: &Path, limits: &Limits) -> Result<Self, Problem> {
        let mut writer = Writer::new(limits)?;
        let mut open = vec![(directory.to_owned(), String::new())];
        while let Some((directory, at)) = open.pop() {
            let problem = |error: io::Error| {
                Problem::invalid(
                    "context-broken",
                    format!("{}: {error}", directory.display()),
                )
            };
            for entry in std::fs::read_dir(&directory).map_err(problem)? {
                let entry = entry.map_err(problem)?;
                let name = entry.file_name();
                let name = name.to_str().ok_or_else(|| {
                    let name = entry.path();
                    refused(&name.to_string_lossy(), "has a name that is not UTF-8")
                })?;
                let path = if at.is_empty() {
                    name.to_owned()
                } else {
                    format!("{at}/{name}")
                };
                let about = entry.metadata().map_err(problem)?;
                let modified = u64::try_from(about.mtime()).unwrap_or(0);
                if about.is_dir() {
                    writer.directory(&path, about.mode(), modified)?;
                    open.push((entry.path(), path));
                } else if about.is_symlink() {
                    let target = std::fs::read_link(entry.path()).map_err(problem)?;
                    writer.any_link(&path, &target.to_string_lossy(), modified)?;
                } else if about.is_file() {
                    let file = File::open(entry.path()).map_err(problem)?;
                    writer.file(&path, about.len(), about.mode(), modified, file)?;
                }
            }
        }
        writer.finish()
    }

    /// Its entries, in the order of a walk.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// An entry.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(&order(path))
    }

    /// Reads a file's bytes from a place on; none at its end.
    ///
    /// # Errors
    /// Where the file system fails.
    pub fn chunk(&self, entry: &Entry, at: u64, most: usize) -> io::Result<Vec<u8>> {
        let Kind::File(from, size) = entry.kind else {
            return Ok(Vec::new());
        };
        let length = usize::try_from(size.saturating_sub(at)).unwrap_or(most);
        let mut bytes = vec![0; length.min(most)];
        self.file.read_exact_at(&mut bytes, from + at)?;
        Ok(bytes)
    }

    /// Bytes of the whole archive from a place on; none at its end.
    ///
    /// # Errors
    /// Where the file system fails.
    pub fn archive_chunk(&self, at: u64, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; most];
        let read = self.file.read_at(&mut bytes, at)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}

/// A name as the rest knows it: `./a/` is `a`. One that is absolute or climbs stays so.
fn tidy(name: &str) -> String {
    let mut name = name;
    while let Some(rest) = name.strip_prefix("./") {
        name = rest.trim_start_matches('/');
    }
    if name == "." {
        return String::new();
    }
    name.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use tar::{Builder, EntryType, Header};

    use super::{Kind, Spool, Writer};
    use crate::settings::Limits;

    #[test]
    fn a_full_disk_is_not_the_contexts_fault() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let mut writer = Writer {
            out: Builder::new(full.expect("Linux's full device")),
            ..Writer::new(&Limits::default()).expect("a context")
        };
        let problem = writer.file("a", 1, 0o644, 0, &b"x"[..]).expect_err("full");
        assert_eq!(problem.code, "no-room");
        assert!(problem.message.contains("TMPDIR"), "{problem}");
    }

    /// An archive of raw entries: type, name, link, content.
    fn archive(entries: &[(EntryType, &str, &str, &str)]) -> Vec<u8> {
        let mut out = Builder::new(Vec::new());
        for (kind, name, link, content) in entries {
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            header.set_size(content.len() as u64);
            let put = |to: &mut [u8], text: &str| to[..text.len()].copy_from_slice(text.as_bytes());
            if let Some(header) = header.as_gnu_mut() {
                put(&mut header.name, name);
                put(&mut header.linkname, link);
            }
            header.set_cksum();
            out.append(&header, content.as_bytes()).expect("an entry");
        }
        out.into_inner().expect("an archive")
    }

    fn read(entries: &[(EntryType, &str, &str, &str)]) -> Result<Spool, String> {
        let limits = Limits {
            context: 1000,
            files: 4,
            ..Limits::default()
        };
        Spool::read(archive(entries).as_slice(), &limits).map_err(|problem| problem.to_string())
    }

    const FILE: EntryType = EntryType::Regular;

    #[test]
    fn keeps_what_is_let_in() {
        let spool = read(&[
            (FILE, "./src/main.py", "", "print(1)"),
            (EntryType::Symlink, "src/link", "../top", ""),
            (EntryType::Link, "again", "src/main.py", ""),
        ]);
        let spool = spool.expect("a context");
        let paths: Vec<&str> = spool.entries().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["again", "src", "src/link", "src/main.py"]);
        for name in ["src/main.py", "again"] {
            let entry = spool.get(name).expect("an entry");
            assert_eq!(spool.chunk(entry, 6, 100).expect("bytes"), b"1)");
        }
        assert!(matches!(
            spool.get("src").map(|entry| &entry.kind),
            Some(Kind::Directory)
        ));
        let mut whole = spool.archive_chunk(0, 1 << 20).expect("bytes");
        assert!(whole.len() > 4 * 512);
        whole.flush().expect("a vector");
    }

    #[test]
    fn refuses_what_may_not_be() {
        for entry in [
            (FILE, "../x", "", ""),
            (FILE, "/etc/passwd", "", ""),
            (FILE, "a/../../x", "", ""),
            (EntryType::Symlink, "a", "/etc", ""),
            (EntryType::Symlink, "a/b", "../../etc", ""),
            (EntryType::Symlink, "a/b", "c/../../..", ""),
            (EntryType::Symlink, "b", "a/..", ""),
            (EntryType::Link, "a", "/etc/passwd", ""),
            (EntryType::Char, "null", "", ""),
            (EntryType::Block, "sda", "", ""),
            (EntryType::Fifo, "pipe", "", ""),
            (EntryType::GNUSparse, "sparse", "", ""),
        ] {
            assert!(read(&[entry]).is_err(), "{entry:?}");
        }
        assert!(
            read(&[(EntryType::Symlink, "a", "b", ""), (FILE, "a/x", "", "")]).is_err(),
            "below a link"
        );
        assert!(
            read(&[(FILE, "a/x", "", ""), (EntryType::Symlink, "a", "b", "")]).is_err(),
            "above a file"
        );
        let large = "x".repeat(600);
        let two = read(&[(FILE, "a", "", &large), (FILE, "b", "", &large)]);
        assert!(two.expect_err("too large").contains("larger than 1000"));
        let many: Vec<String> = (0..5).map(|number| number.to_string()).collect();
        let many: Vec<_> = many
            .iter()
            .map(|name| (FILE, name.as_str(), "", ""))
            .collect();
        assert!(read(&many).expect_err("too many").contains("more than 4"));
        let long = "n".repeat(70_000);
        let long = read(&[(EntryType::GNULongName, "././@LongLink", "", &long)]);
        assert!(long.is_err());
    }
}
