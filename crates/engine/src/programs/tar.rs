//! `tar`: packs and unpacks archives.

use super::options::{Options, Spec, flag, optional, value};
use super::{Call, Program, gzip};
use crate::compress::{self, Format};
use crate::image::{File, Inode, Metadata, Node, path};
use crate::shell::{Data, Errno, Exit, Flow, Outcome, Pattern, Resolution, Who};
use crate::size::ByteCount;

const BLOCK: u64 = 512;

/// Archives are padded to this many bytes (20 blocks).
const RECORD: u64 = 20 * BLOCK;

const OPTIONS: [Spec; 60] = [
    flag("c", "create"),
    flag("x", "extract"),
    flag("", "get"),
    flag("t", "list"),
    flag("r", "append"),
    flag("u", "update"),
    value("f", "file"),
    value("C", "directory"),
    flag("z", "gzip"),
    flag("j", "bzip2"),
    flag("J", "xz"),
    flag("a", "auto-compress"),
    flag("", "zstd"),
    flag("v", "verbose"),
    flag("p", "preserve-permissions"),
    flag("", "same-permissions"),
    flag("", "no-same-permissions"),
    flag("", "same-owner"),
    flag("o", "no-same-owner"),
    flag("k", "keep-old-files"),
    flag("", "skip-old-files"),
    flag("", "overwrite"),
    flag("", "no-overwrite-dir"),
    flag("h", "dereference"),
    flag("P", "absolute-names"),
    flag("m", "touch"),
    flag("O", "to-stdout"),
    flag("S", "sparse"),
    flag("w", "interactive"),
    flag("l", "check-links"),
    flag("U", "unlink-first"),
    flag("W", "verify"),
    value("T", "files-from"),
    value("X", "exclude-from"),
    value("b", "blocking-factor"),
    value("I", "use-compress-program"),
    value("H", "format"),
    value("", "exclude"),
    flag("", "exclude-vcs"),
    value("", "strip-components"),
    value("", "transform"),
    value("", "xform"),
    value("", "owner"),
    value("", "group"),
    value("", "mode"),
    value("", "mtime"),
    value("", "sort"),
    flag("", "numeric-owner"),
    flag("", "wildcards"),
    flag("", "no-wildcards"),
    flag("", "anchored"),
    flag("", "no-anchored"),
    flag("", "remove-files"),
    flag("", "no-recursion"),
    flag("", "ignore-failed-read"),
    flag("", "delay-directory-restore"),
    value("", "warning"),
    flag("", "totals"),
    optional("", "checkpoint"),
    optional("", "one-top-level"),
];

/// `tar`: packs and unpacks archives.
#[derive(Debug)]
pub(super) struct Tar;

impl Program for Tar {
    fn names(&self) -> &'static [&'static str] {
        &["tar"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = with_dash(call.words());
        let options = match Options::read(&words, &OPTIONS, true) {
            Ok(options) => options,
            Err(message) => return Ok(call.refuse(&message, 64)),
        };
        if options.has("transform") || options.has("xform") {
            call.doubt();
        }
        let start = call.shell.process.cwd.clone();
        let archive = options.value("f").unwrap_or("-").to_owned();
        let outcome = if options.has("c") {
            create(call, &words, &options, &archive)
        } else if options.has("x") || options.has("get") || options.has("t") {
            extract(call, &options, &archive)
        } else {
            return Ok(call.refuse(
                "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options",
                2,
            ));
        };
        call.shell.process.cwd = start;
        outcome?;
        if call.exit == Exit::code(1) {
            call.exit = Exit::code(2);
        }
        Ok(call.exit)
    }
}

/// `tar xzf a.tgz` is `tar -x -z -f a.tgz`: letters in the first word take their values in turn.
fn with_dash(words: &[String]) -> Vec<String> {
    let Some((first, rest)) = words.split_first() else {
        return Vec::new();
    };
    if first.starts_with('-') || first.is_empty() {
        return words.to_vec();
    }
    let mut rest = rest.iter();
    let mut out = Vec::new();
    for letter in first.chars() {
        out.push(format!("-{letter}"));
        if matches!(letter, 'f' | 'C' | 'T' | 'X' | 'b' | 'I' | 'H') {
            out.extend(rest.next().cloned());
        }
    }
    out.extend(rest.cloned());
    out
}

fn format_of(options: &Options, name: &str) -> Option<Format> {
    if options.has("z") {
        Some(Format::Gzip)
    } else if options.has("j") {
        Some(Format::Bzip2)
    } else if options.has("J") {
        Some(Format::Xz)
    } else if options.has("zstd") {
        Some(Format::Zstd)
    } else if options.has("a") {
        format_of_name(name)
    } else {
        None
    }
}

/// How a file of this name is compressed.
fn format_of_name(name: &str) -> Option<Format> {
    let endings = [
        (".gz", Format::Gzip),
        (".tgz", Format::Gzip),
        (".bz2", Format::Bzip2),
        (".xz", Format::Xz),
        (".zst", Format::Zstd),
    ];
    let known = endings.iter().find(|(end, _)| name.ends_with(end));
    known.map(|(_, format)| *format)
}

/// The program that GNU tar leaves compression to, where the image does not have it. Of bzip2's it
/// takes the parallel one first.
fn missing_program(call: &Call<'_, '_, '_>, format: Format) -> Option<&'static str> {
    let (names, shown): (&[&str], _) = match format {
        Format::Gzip => (&["gzip"], "gzip"),
        Format::Bzip2 => (&["lbzip2", "bzip2"], "lbzip2"),
        Format::Xz => (&["xz"], "xz"),
        Format::Zstd => (&["zstd"], "zstd"),
    };
    let missing = |name: &&str| matches!(call.shell.find_command(name), Resolution::Missing);
    (!call.is_busybox() && names.iter().all(missing)).then_some(shown)
}

/// GNU tar's end.
fn give_up(call: &mut Call<'_, '_, '_>, message: &str) {
    let text = format!("{message}\ntar: Error is not recoverable: exiting now");
    call.shell.error(&text);
    call.exit = Exit::code(2);
}

fn is_excluded(options: &Options, name: &str) -> bool {
    options.values("exclude").any(|text| {
        let pattern = Pattern::new(text.trim_end_matches('/'));
        // Unanchored: any tail that begins at a name.
        let mut tail = name;
        loop {
            if pattern.matches(tail) {
                return true;
            }
            match tail.split_once('/') {
                Some((_, rest)) => tail = rest,
                None => return false,
            }
        }
    })
}

fn create(
    call: &mut Call<'_, '_, '_>,
    words: &[String],
    options: &Options,
    archive: &str,
) -> Result<(), Flow> {
    // Directories of -C count for what follows them.
    let mut members: Vec<(String, String)> = Vec::new();
    let mut directory = call.shell.process.cwd.clone();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let changed = match word.strip_prefix("--directory=") {
            Some(changed) => Some(changed.to_owned()),
            None if word == "-C" || word == "--directory" => rest.next().cloned(),
            None if word.starts_with("-C") => Some(word[2..].to_owned()),
            None => None,
        };
        if let Some(changed) = changed {
            directory = path::join(&directory, &changed);
            continue;
        }
        if matches!(
            word.as_str(),
            "-f" | "--file"
                | "-T"
                | "-X"
                | "--exclude"
                | "-b"
                | "-I"
                | "-H"
                | "--owner"
                | "--group"
                | "--mode"
                | "--format"
                | "--sort"
                | "--mtime"
        ) {
            rest.next();
            continue;
        }
        // A bundle such as -czf takes the archive's name from the next word.
        if word.starts_with('-') && word.len() > 1 {
            if !word.starts_with("--") && word.ends_with('f') {
                rest.next();
            }
            continue;
        }
        members.push((directory.clone(), word.clone()));
    }
    for list in options.values("T").map(str::to_owned).collect::<Vec<_>>() {
        match call.read(&list) {
            Ok(data) => members.extend(
                data.text()
                    .lines()
                    .map(|line| (directory.clone(), line.to_owned())),
            ),
            Err(errno) => call.problem(&list, errno),
        }
    }
    if members.is_empty() {
        call.fail("Cowardly refusing to create an empty archive");
        return Ok(());
    }
    // The archive is opened before anything is read.
    if let Err(errno) = call.write(archive, Data::default()) {
        call.problem(&format!("{archive}: Cannot open"), errno);
        call.shell
            .error("tar: Error is not recoverable: exiting now");
        return Ok(());
    }
    let start = call.shell.process.cwd.clone();
    let mut packer = Packer {
        out: Data::default(),
        linked: std::collections::BTreeMap::new(),
        options,
        archive: call.at(archive),
        stripped: false,
    };
    let mut stopped = false;
    for (directory, member) in members {
        if let Err(errno) = call.stat(&directory) {
            call.problem(&format!("{directory}: Cannot open"), errno);
            call.shell
                .error("tar: Error is not recoverable: exiting now");
            stopped = true;
            break;
        }
        call.shell.process.cwd = directory;
        let trimmed = member.trim_end_matches('/');
        packer.add(call, if trimmed.is_empty() { "/" } else { trimmed })?;
    }
    call.shell.process.cwd = start;
    let mut out = packer.out;
    if stopped {
        // What makes whole records has been written by then.
        let size = out.size().bytes;
        out = out.take(size / RECORD * RECORD);
    } else {
        out.push(&[0; 1024]);
        let size = out.size().bytes;
        let padding = size.div_ceil(RECORD) * RECORD - size;
        out.push(&vec![0; usize::try_from(padding).unwrap_or(0)]);
    }
    let format = format_of(options, archive);
    if let Some(program) = format.and_then(|format| missing_program(call, format)) {
        // The archive is opened before the program is looked for; bzip2 is called by its own name here.
        let program = if program == "lbzip2" {
            "bzip2"
        } else {
            program
        };
        if let Err(errno) = call.write(archive, Data::default()) {
            call.problem(&format!("{archive}: Cannot open"), errno);
        }
        give_up(
            call,
            &format!("/bin/sh: 1: {program}: not found\ntar: Child returned status 127"),
        );
        return Ok(());
    }
    if let Some(format) = format {
        out = gzip::pack(&out, format, 6, "-");
    }
    if options.has("v") && archive == "-" {
        call.shell
            .error("tar: members are listed on the error output");
    }
    if let Err(errno) = call.write(archive, out) {
        call.problem(&format!("{archive}: Cannot open"), errno);
    }
    Ok(())
}

struct Packer<'p> {
    out: Data,
    linked: std::collections::BTreeMap<Inode, String>,
    options: &'p Options,
    archive: String,
    stripped: bool,
}

impl Packer<'_> {
    fn add(&mut self, call: &mut Call<'_, '_, '_>, name: &str) -> Result<(), Flow> {
        call.shell.machine.step()?;
        if is_excluded(self.options, name) || call.at(name) == self.archive {
            return Ok(());
        }
        let entry = if self.options.has("h") {
            call.stat(name)
        } else {
            call.lstat(name)
        };
        let entry = match entry {
            Ok(entry) => entry,
            Err(errno) => {
                call.problem(&format!("{name}: Cannot stat"), errno);
                return Ok(());
            }
        };
        let stored = if self.options.has("P") {
            name
        } else {
            name.trim_start_matches('/')
        };
        if stored.len() < name.len() && !self.stripped {
            self.stripped = true;
            call.shell
                .error("tar: Removing leading `/' from member names");
        }
        let stored = if stored.is_empty() { "." } else { stored };
        match &entry.node {
            Node::Directory(directory) => {
                self.header(
                    call,
                    &format!("{stored}/"),
                    tar::EntryType::Directory,
                    entry.node.meta(),
                    0,
                    "",
                );
                if self.options.has("no-recursion") {
                    return Ok(());
                }
                for child in directory.entries.keys() {
                    self.add(call, &format!("{}/{child}", name.trim_end_matches('/')))?;
                }
                if let Some(bulk) = directory.bulk {
                    self.out.append(Data::opaque(bulk));
                }
            }
            Node::Symlink(link) => {
                self.header(
                    call,
                    stored,
                    tar::EntryType::Symlink,
                    entry.node.meta(),
                    0,
                    &link.target,
                );
            }
            Node::Special(meta) => self.header(call, stored, tar::EntryType::Fifo, *meta, 0, ""),
            Node::File(file) => {
                if let Some(inode) = file.inode {
                    if let Some(first) = self.linked.get(&inode).cloned() {
                        self.header(call, stored, tar::EntryType::Link, file.meta, 0, &first);
                        return Ok(());
                    }
                    self.linked.insert(inode, stored.to_owned());
                }
                if !call.who().may(file.meta, 4) {
                    call.problem(&format!("{name}: Cannot open"), Errno::Access);
                    return Ok(());
                }
                self.header(
                    call,
                    stored,
                    tar::EntryType::Regular,
                    file.meta,
                    file.size.bytes,
                    "",
                );
                self.out.append(match &file.content {
                    Some(content) => Data::from(&**content),
                    None => Data::opaque(file.size),
                });
                let padding = file.size.bytes.div_ceil(BLOCK) * BLOCK - file.size.bytes;
                self.out
                    .push(&vec![0; usize::try_from(padding).unwrap_or(0)]);
            }
        }
        Ok(())
    }

    fn header(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        name: &str,
        kind: tar::EntryType,
        meta: Metadata,
        size: u64,
        link: &str,
    ) {
        if self.options.has("v") {
            call.line(name);
        }
        for (letter, text) in [
            (tar::EntryType::GNULongLink, link),
            (tar::EntryType::GNULongName, name),
        ] {
            if text.len() > 100 {
                let mut long = tar::Header::new_gnu();
                long.set_entry_type(letter);
                long.set_size(text.len() as u64 + 1);
                long.set_mode(0o644);
                long.as_old_mut().name[..13].copy_from_slice(b"././@LongLink");
                long.set_cksum();
                self.out.push(long.as_bytes());
                let mut bytes = text.as_bytes().to_vec();
                bytes.resize((text.len() + 1).div_ceil(512) * 512, 0);
                self.out.push(&bytes);
            }
        }
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        let put = |field: &mut [u8], text: &str| {
            let bytes = text.as_bytes();
            let length = bytes.len().min(field.len());
            field[..length].copy_from_slice(&bytes[..length]);
        };
        put(&mut header.as_old_mut().name, name);
        put(&mut header.as_old_mut().linkname, link);
        header.set_size(size);
        let mode = self
            .options
            .value("mode")
            .and_then(|text| super::mode::change_mode(text, meta.mode, kind.is_dir(), 0))
            .unwrap_or(meta.mode);
        header.set_mode(u32::from(mode));
        header.set_mtime(0);
        let machine = &call.shell.machine;
        let owner = self
            .options
            .value("owner")
            .map(|text| text.split(':').next().unwrap_or_default().to_owned());
        let uid = owner.as_ref().map_or(meta.uid, |text| {
            machine
                .user(text)
                .map_or_else(|| text.parse().unwrap_or(0), |(uid, _)| uid)
        });
        let group = self
            .options
            .value("group")
            .map(|text| text.split(':').next().unwrap_or_default().to_owned());
        let gid = group.as_ref().map_or(meta.gid, |text| {
            machine
                .group(text)
                .unwrap_or_else(|| text.parse().unwrap_or(0))
        });
        header.set_uid(u64::from(uid));
        header.set_gid(u64::from(gid));
        if !self.options.has("numeric-owner") {
            let (user, group) = (
                machine.user_name(uid).unwrap_or_default(),
                machine.group_name(gid).unwrap_or_default(),
            );
            if let Some(gnu) = header.as_gnu_mut() {
                put(&mut gnu.uname, &user);
                put(&mut gnu.gname, &group);
            }
        }
        header.set_cksum();
        self.out.push(header.as_bytes());
    }
}

fn extract(call: &mut Call<'_, '_, '_>, options: &Options, archive: &str) -> Result<(), Flow> {
    let data = match call.read(archive) {
        Ok(data) => data,
        Err(errno) => {
            call.problem(&format!("{archive}: Cannot open"), errno);
            if call.exit.failed() {
                call.shell
                    .error("tar: Error is not recoverable: exiting now");
            }
            return Ok(());
        }
    };
    for directory in options.values("C") {
        let target = path::join(&call.shell.process.cwd, directory);
        if !call.is_directory(directory) {
            let errno = call.stat(directory).err().unwrap_or(Errno::NotDirectory);
            call.problem(&format!("{directory}: Cannot open"), errno);
            return Ok(());
        }
        call.shell.process.cwd = target;
    }
    if options.has("one-top-level") {
        let name = match options.value("one-top-level") {
            Some(name) => name.to_owned(),
            None => path::split(archive)
                .1
                .split(".t")
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        super::mkdir::make_parents(call, &name, None, false);
        call.shell.process.cwd = path::join(&call.shell.process.cwd, &name);
    }
    let known = data.known().map(compress::format);
    let asked = format_of(options, "");
    let found = known.flatten().or(asked);
    if let (Some(Some(format)), None, "-", false) = (known, asked, archive, call.is_busybox()) {
        let option = match format {
            Format::Gzip => "-z",
            Format::Bzip2 => "-j",
            Format::Xz => "-J",
            Format::Zstd => "--zstd",
        };
        let message = format!("tar: Archive is compressed. Use {option} option");
        give_up(call, &message);
        return Ok(());
    }
    let format = found.or_else(|| format_of_name(archive).filter(|_| known.is_none()));
    if let Some(program) = format.and_then(|format| missing_program(call, format)) {
        let child = if archive == "-" {
            "grandchild"
        } else {
            "child"
        };
        give_up(
            call,
            &format!(
                "tar ({child}): {program}: Cannot exec: No such file or directory\ntar ({child}): Error is not recoverable: exiting now\ntar: Child returned status 2"
            ),
        );
        return Ok(());
    }
    let data = match (known, asked) {
        (Some(Some(format)), _) => gzip::unpack(&data, format),
        (Some(None), Some(_)) if data.known().is_some_and(|bytes| !bytes.is_empty()) => Err(()),
        (None, Some(format)) => gzip::unpack(&data, format),
        (None, None) if has_unknown_start(&data) => {
            let size = data.size();
            Ok(Data::opaque(ByteCount::assumed(
                size.bytes.saturating_mul(3),
                size.low,
                size.high.saturating_mul(20),
            )))
        }
        _ => Ok(data),
    };
    let Ok(data) = data else {
        call.fail("This does not look like a tar archive");
        return Ok(());
    };
    let mut reader = Reader {
        options,
        strip: options
            .value("strip-components")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0),
        directories: Vec::new(),
        found: vec![false; options.operands.len()],
    };
    reader.run(call, data)
}

fn has_unknown_start(data: &Data) -> bool {
    data.clone().take(BLOCK).known().is_none()
}

/// A header's part that is needed.
struct Member {
    name: String,
    kind: tar::EntryType,
    meta: Metadata,
    link: String,
}

struct Reader<'r> {
    options: &'r Options,
    strip: usize,
    /// Directories whose permissions are set at the end.
    directories: Vec<(String, Metadata)>,
    found: Vec<bool>,
}

impl Reader<'_> {
    fn run(&mut self, call: &mut Call<'_, '_, '_>, mut data: Data) -> Result<(), Flow> {
        let (mut long_name, mut long_link): (Option<String>, Option<String>) = (None, None);
        let mut count = 0;
        loop {
            if data.is_empty() {
                break;
            }
            call.shell.machine.step()?;
            let block = data.take(BLOCK);
            let Some(bytes) = block.known().map(<[u8]>::to_vec) else {
                // What is unpacked is not known, only about how much it is.
                let mut rest = block;
                rest.append(data);
                self.unknown(call, rest.size());
                return Ok(());
            };
            if bytes.iter().all(|byte| *byte == 0) {
                break;
            }
            let Ok(bytes) = <[u8; 512]>::try_from(bytes.as_slice()) else {
                call.fail("Unexpected EOF in archive");
                return Ok(());
            };
            let header = tar::Header::from_byte_slice(&bytes).clone();
            let Some(size) = checked_size(&header) else {
                call.fail(if count == 0 {
                    "This does not look like a tar archive"
                } else {
                    "Skipping to next header"
                });
                return Ok(());
            };
            count += 1;
            let content = data.take(size);
            data.take(size.div_ceil(BLOCK) * BLOCK - size);
            let text = || content.text().trim_end_matches('\0').to_owned();
            match header.entry_type() {
                tar::EntryType::GNULongName => {
                    long_name = Some(text());
                    continue;
                }
                tar::EntryType::GNULongLink => {
                    long_link = Some(text());
                    continue;
                }
                tar::EntryType::XHeader => {
                    for (key, value) in pax(&content.text()) {
                        match key.as_str() {
                            "path" => long_name = Some(value),
                            "linkpath" => long_link = Some(value),
                            _ => {}
                        }
                    }
                    continue;
                }
                tar::EntryType::XGlobalHeader => continue,
                _ => {}
            }
            let member = member(call, &header, long_name.take(), long_link.take());
            self.member(call, &member, content)?;
        }
        let root = Who::default();
        for (at, meta) in std::mem::take(&mut self.directories).into_iter().rev() {
            let who = call.who();
            let mode = if who.is_root() || self.options.has("p") {
                meta.mode
            } else {
                meta.mode & !call.shell.process.umask
            };
            let current = call.files().node(&at).map(Node::meta);
            if current.is_some_and(|current| current.mode != mode) {
                let _ = call.files().change_mode(&at, mode, &root);
            }
        }
        for (name, found) in self.options.operands.iter().zip(&self.found) {
            if !found {
                call.fail(&format!("{name}: Not found in archive"));
            }
        }
        Ok(())
    }

    /// The archive's own `.`: owner and permissions of the directory that it is unpacked to.
    fn own_root(&mut self, call: &mut Call<'_, '_, '_>, meta: &Metadata) {
        let who = call.who();
        let Ok(entry) = call.stat(".") else { return };
        if who.is_root() && !self.options.has("o") {
            let (uid, gid) = (Some(meta.uid), Some(meta.gid));
            // As root it cannot fail but on a mount that is read-only.
            let _ = call.files().change_owner(&entry.path, uid, gid, &who, true);
        }
        self.directories.push((entry.path, *meta));
    }

    fn unknown(&self, call: &mut Call<'_, '_, '_>, size: ByteCount) {
        if self.options.has("t") || self.options.has("O") {
            call.line(&crate::shell::UNKNOWN.to_string());
            return;
        }
        let who = call.who();
        let at = call.shell.process.cwd.clone();
        if let Ok(real) = call.files().resolve(&at, &who, true) {
            call.files().add_bulk(&real, size);
        }
        call.shell.machine.note(
            "unknown-archive",
            "an archive is unpacked whose content is not known: its size is assumed, with a range"
                .to_owned(),
        );
        call.doubt();
    }

    fn wanted(&mut self, name: &str) -> bool {
        if self.options.operands.is_empty() {
            return true;
        }
        let plain = name.trim_end_matches('/');
        let mut any = false;
        for (operand, found) in self.options.operands.iter().zip(&mut self.found) {
            let operand = operand.trim_end_matches('/');
            let matches = if self.options.has("wildcards") {
                let pattern = Pattern::new(operand);
                pattern.matches(plain)
                    || path::ancestors(&format!("/{plain}"))
                        .any(|above| pattern.matches(&above[1..]))
            } else {
                plain == operand || plain.starts_with(&format!("{operand}/"))
            };
            *found |= matches;
            any |= matches;
        }
        any
    }

    fn member(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        member: &Member,
        content: Data,
    ) -> Result<(), Flow> {
        if !self.wanted(&member.name)
            || is_excluded(self.options, member.name.trim_end_matches('/'))
        {
            return Ok(());
        }
        if self.options.has("t") {
            call.line(&member.name);
            return Ok(());
        }
        if self.options.has("O") {
            call.data(content);
            return Ok(());
        }
        let absolute = self.options.has("P") && member.name.starts_with('/');
        // `.` counts for --strip-components as any other name.
        let whole: Vec<&str> = member
            .name
            .split('/')
            .filter(|name| !name.is_empty())
            .collect();
        let names = plain_names(&whole, 0);
        if names.contains(&"..") && !self.options.has("P") {
            call.fail(&format!("{}: Member name contains '..'", member.name));
            return Ok(());
        }
        if names.is_empty() && self.strip == 0 && member.kind.is_dir() {
            self.own_root(call, &member.meta);
            return Ok(());
        }
        if whole.len() <= self.strip {
            return Ok(());
        }
        let name = plain_names(&whole, self.strip).join("/");
        if name.is_empty() {
            return Ok(());
        }
        let stripped = |name: &str| {
            let whole: Vec<&str> = name.split('/').filter(|name| !name.is_empty()).collect();
            plain_names(&whole, self.strip).join("/")
        };
        let name = if absolute { format!("/{name}") } else { name };
        if self.options.has("v") {
            call.line(&member.name);
        }
        let who = call.who();
        let at = call.at(&name);
        // Directories above that the archive does not have.
        for above in path::ancestors(&path::clean(&at))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            let mode = 0o777 & !call.shell.process.umask;
            let _ = call.files().make_directory(above, mode, &who);
        }
        let existing = call.lstat(&name).ok();
        if let Some(existing) = &existing {
            if self.options.has("skip-old-files") && !member.kind.is_dir() {
                return Ok(());
            }
            if self.options.has("k") && !member.kind.is_dir() {
                call.fail(&format!("{name}: Cannot open: File exists"));
                return Ok(());
            }
            let both = existing.node.is_directory() && member.kind.is_dir();
            let through = member.kind.is_dir() && call.is_directory(&name) && call.is_busybox();
            if !both && !through {
                if existing.node.is_directory() {
                    if call.files().remove_directory(&at, &who).is_err() {
                        call.fail(&format!("{name}: Cannot open: Is a directory"));
                        return Ok(());
                    }
                } else if let Err(errno) = call.files().unlink(&at, &who) {
                    call.problem(&format!("{name}: Cannot unlink"), errno);
                    return Ok(());
                }
            }
        }
        let mask = if who.is_root() || self.options.has("p") {
            0
        } else {
            call.shell.process.umask
        };
        let mask = if self.options.has("no-same-permissions") {
            call.shell.process.umask
        } else {
            mask
        };
        let own = who.is_root() && !self.options.has("o") || self.options.has("same-owner");
        let meta = Metadata {
            mode: member.meta.mode & !mask,
            uid: if own { member.meta.uid } else { who.uid },
            gid: if own { member.meta.gid } else { who.gid },
        };
        let result = match member.kind {
            tar::EntryType::Directory => {
                let mut result = Ok(());
                if call.lstat(&name).is_err() {
                    result = call.files().make_directory(&at, meta.mode | 0o700, &who);
                }
                if let Ok(entry) = call.stat(&name) {
                    let keep = existing.is_some() && self.options.has("no-overwrite-dir");
                    if !keep {
                        if own {
                            let _ = call.files().change_owner(
                                &entry.path,
                                Some(meta.uid),
                                Some(meta.gid),
                                &who,
                                true,
                            );
                        }
                        self.directories.push((entry.path, meta));
                    }
                }
                result
            }
            tar::EntryType::Symlink => {
                let mut link = Node::symlink(&member.link);
                link.set_meta(meta);
                call.files().place_node(&at, link, &who).map(|_| ())
            }
            tar::EntryType::Link => {
                let target = if self.strip > 0 {
                    stripped(&member.link)
                } else {
                    member.link.clone()
                };
                let from = call.at(&target);
                call.files().link(&from, &at, &who, false)
            }
            tar::EntryType::Fifo | tar::EntryType::Char | tar::EntryType::Block => call
                .files()
                .place_node(&at, Node::Special(meta), &who)
                .map(|_| ()),
            _ => {
                let node = Node::File(File {
                    meta,
                    size: ByteCount::ZERO,
                    content: Some([].as_slice().into()),
                    program: None,
                    inode: None,
                });
                match call.files().place_node(&at, node, &who) {
                    Ok(real) => {
                        call.files().set_content(&real, &content);
                        Ok(())
                    }
                    Err(errno) => Err(errno),
                }
            }
        };
        if let Err(errno) = result {
            call.problem(&format!("{name}: Cannot open"), errno);
        }
        Ok(())
    }
}

/// Names after the first ones, without those that are nothing but a dot.
fn plain_names<'n>(names: &[&'n str], strip: usize) -> Vec<&'n str> {
    let rest = names.iter().skip(strip).copied();
    rest.filter(|name| *name != ".").collect()
}

/// The size of a header's content, where its checksum is right.
fn checked_size(header: &tar::Header) -> Option<u64> {
    let bytes = header.as_bytes();
    let sum: u32 = bytes
        .iter()
        .enumerate()
        .map(|(place, byte)| {
            if (148..156).contains(&place) {
                32
            } else {
                u32::from(*byte)
            }
        })
        .sum();
    (header.cksum().ok()? == sum).then_some(())?;
    header.entry_size().ok().filter(|size| *size < 1 << 50)
}

fn member(
    call: &Call<'_, '_, '_>,
    header: &tar::Header,
    name: Option<String>,
    link: Option<String>,
) -> Member {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let name = name.unwrap_or_else(|| text(&header.path_bytes()));
    let link = link.unwrap_or_else(|| {
        header
            .link_name_bytes()
            .map(|bytes| text(&bytes))
            .unwrap_or_default()
    });
    let number =
        |value: std::io::Result<u64>| u32::try_from(value.unwrap_or_default()).unwrap_or_default();
    let machine = &call.shell.machine;
    // Names count for more than numbers where this system has them.
    let user = header
        .username()
        .ok()
        .flatten()
        .filter(|name| !name.is_empty());
    let group = header
        .groupname()
        .ok()
        .flatten()
        .filter(|name| !name.is_empty());
    let uid = user
        .and_then(|name| machine.user(name))
        .map_or_else(|| number(header.uid()), |(uid, _)| uid);
    let gid = group
        .and_then(|name| machine.group(name))
        .unwrap_or_else(|| number(header.gid()));
    Member {
        kind: if name.ends_with('/') {
            tar::EntryType::Directory
        } else {
            header.entry_type()
        },
        name,
        link,
        meta: Metadata {
            mode: u16::try_from(header.mode().unwrap_or(0o644) & 0o7777).unwrap_or(0o644),
            uid,
            gid,
        },
    }
}

/// Records of a pax header: `LENGTH KEY=VALUE`.
fn pax(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| {
            let (_, record) = line.split_once(' ')?;
            let (key, value) = record.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        })
        .collect()
}
