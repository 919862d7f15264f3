//! `unzip`: Info-ZIP's, for archives whose content is known.

use super::options::{Options, Spec, flag, value};
use super::zip::{CENTRAL, END, LOCAL};
use super::{Call, Program};
use crate::compress;
use crate::image::{Metadata, Node, path};
use crate::shell::{Data, Errno, Exit, Flow, Outcome, Pattern, UNKNOWN};
use crate::size::ByteCount;

const OPTIONS: [Spec; 13] = [
    flag("q", ""),
    flag("o", ""),
    flag("n", ""),
    flag("j", ""),
    flag("l", ""),
    flag("p", ""),
    flag("t", ""),
    flag("u", ""),
    flag("a", ""),
    flag("v", ""),
    flag("K", ""),
    value("d", ""),
    value("x", ""),
];

/// `unzip`.
#[derive(Debug)]
pub(super) struct Unzip;

/// A member of an archive.
struct Member {
    name: String,
    /// Permissions, where the archive was made on Unix.
    mode: Option<u16>,
    content: Option<Vec<u8>>,
    size: u64,
}

impl Program for Unzip {
    fn names(&self) -> &'static [&'static str] {
        &["unzip"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let Ok(options) = Options::read(call.words(), &OPTIONS, true) else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        let Some((archive, patterns)) = options.operands.split_first() else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        let Some((archive, data)) = open(call, archive) else {
            if call.exit.failed() {
                return Ok(Exit::code(9));
            }
            return Ok(call.exit);
        };
        let Some(bytes) = data.known() else {
            unknown(call, &options, data.size());
            return Ok(call.exit);
        };
        let shown = !options.has("q") && !options.has("p");
        if shown {
            call.line(&format!("Archive:  {archive}"));
        }
        let Some(members) = members(bytes) else {
            call.shell.error(&format!(
                "  End-of-central-directory signature not found.\nunzip:  cannot find zipfile directory in one of {archive} or {archive}.zip"
            ));
            return Ok(Exit::code(9));
        };
        if let Some(directory) = options
            .value("d")
            .filter(|directory| call.stat(directory).is_err())
        {
            let (at, who) = (call.at(directory), call.who());
            let mode = 0o777 & !call.shell.process.umask;
            if let Err(errno) = call.files().make_directory(&at, mode, &who) {
                call.shell.error(&format!(
                    "checkdir:  cannot create extraction directory: {directory}\n           {errno}"
                ));
                return Ok(Exit::code(2));
            }
        }
        let mut extraction = Extraction {
            options: &options,
            directories: Vec::new(),
            refused: false,
        };
        let mut found = vec![false; patterns.len()];
        for member in &members {
            call.shell.machine.step()?;
            let mut meant = patterns.is_empty();
            for (pattern, found) in patterns.iter().zip(&mut found) {
                if Pattern::new(pattern).matches(&member.name) {
                    (*found, meant) = (true, true);
                }
            }
            let excluded = options
                .values("x")
                .any(|pattern| Pattern::new(pattern).matches(&member.name));
            if meant && !excluded {
                extraction.member(call, member)?;
            }
        }
        extraction.finish(call);
        for (pattern, _) in patterns.iter().zip(&found).filter(|(_, found)| !**found) {
            call.shell
                .error(&format!("caution: filename not matched:  {pattern}"));
            call.exit = Exit::code(11);
        }
        Ok(call.exit)
    }
}

/// The archive, under its name or with `.zip` behind it.
fn open(call: &mut Call<'_, '_, '_>, archive: &str) -> Option<(String, Data)> {
    for name in [
        archive.to_owned(),
        format!("{archive}.zip"),
        format!("{archive}.ZIP"),
    ] {
        match call.read(&name) {
            Ok(data) => return Some((name, data)),
            Err(Errno::Unknown) => {
                call.doubt();
                return None;
            }
            Err(_) => {}
        }
    }
    call.shell.error(&format!(
        "unzip:  cannot find or open {archive}, {archive}.zip or {archive}.ZIP."
    ));
    call.exit = Exit::code(9);
    None
}

/// Notes what an archive of unknown content unpacks to.
fn unknown(call: &mut Call<'_, '_, '_>, options: &Options, size: ByteCount) {
    if options.has("p") || options.has("l") {
        call.line(&UNKNOWN.to_string());
        return call.doubt();
    }
    if let Some(directory) = options.value("d") {
        super::mkdir::make_parents(call, directory, None, false);
    }
    let at = options.value("d").unwrap_or(".");
    if let Ok(entry) = call.stat(at) {
        let unpacked = ByteCount::assumed(
            size.bytes.saturating_mul(3),
            size.low,
            size.high.saturating_mul(20),
        );
        call.files().add_bulk(&entry.path, unpacked);
    }
    call.shell.machine.note(
        "unknown-archive",
        "an archive is unpacked whose content is not known: its size is assumed, with a range"
            .to_owned(),
    );
    call.doubt();
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(N)?)?;
    let mut wide = [0; 8];
    wide[..N].copy_from_slice(part);
    Some(u64::from_le_bytes(wide))
}

fn place(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}

/// What an archive holds; `None` where it is not one.
fn members(bytes: &[u8]) -> Option<Vec<Member>> {
    // A comment of up to 64 KiB may follow the end record.
    let last = bytes.len().checked_sub(22)?;
    let end = (last.saturating_sub(0xffff)..=last)
        .rev()
        .find(|at| bytes[*at..].starts_with(&END))?;
    let count = number::<2>(bytes, end + 10)?;
    let mut at = place(number::<4>(bytes, end + 16)?)?;
    let mut left = compress::MAX_UNPACKED;
    let mut out = Vec::new();
    for _ in 0..count {
        if !bytes.get(at..)?.starts_with(&CENTRAL) {
            return None;
        }
        let system = number::<1>(bytes, at + 5)?;
        let method = number::<2>(bytes, at + 10)?;
        let packed = place(number::<4>(bytes, at + 20)?)?;
        let size = number::<4>(bytes, at + 24)?;
        let name_length = place(number::<2>(bytes, at + 28)?)?;
        let extra = place(number::<2>(bytes, at + 30)?)?;
        let comment = place(number::<2>(bytes, at + 32)?)?;
        let attributes = number::<4>(bytes, at + 38)?;
        let local = place(number::<4>(bytes, at + 42)?)?;
        let name = bytes.get(at + 46..at + 46 + name_length)?;
        at += 46 + name_length + extra + comment;

        if !bytes.get(local..)?.starts_with(&LOCAL) {
            return None;
        }
        let start = local
            + 30
            + place(number::<2>(bytes, local + 26)?)?
            + place(number::<2>(bytes, local + 28)?)?;
        let raw = bytes.get(start..start.checked_add(packed)?)?;
        let content = match method {
            0 => Some(raw.to_vec()),
            8 => compress::inflated(raw, left),
            _ => None,
        };
        left = left.checked_sub(size)?;
        out.push(Member {
            name: String::from_utf8_lossy(name).into_owned(),
            mode: (system == 3)
                .then_some(u16::try_from((attributes >> 16) & 0o777).unwrap_or(0o644)),
            content,
            size,
        });
    }
    Some(out)
}

struct Extraction<'o> {
    options: &'o Options,
    /// Directories whose permissions are set at the end.
    directories: Vec<(String, u16)>,
    /// Whether files that are in the way stay, as nobody answers the question.
    refused: bool,
}

impl Extraction<'_> {
    fn member(&mut self, call: &mut Call<'_, '_, '_>, member: &Member) -> Result<(), Flow> {
        let data = match &member.content {
            Some(content) => Data::from(content.as_slice()),
            None => Data::opaque(ByteCount::measured(member.size)),
        };
        if self.options.has("p") {
            call.data(data);
            return Ok(());
        }
        if self.options.has("l") || self.options.has("t") || self.options.has("v") {
            // Listings show times, which are not known.
            call.line(&format!("{UNKNOWN} {}", member.name));
            return Ok(());
        }
        // What would lead out of the directory is dropped.
        let names: Vec<&str> = member
            .name
            .split('/')
            .filter(|name| !matches!(*name, "" | "." | ".."))
            .collect();
        let is_directory = member.name.ends_with('/');
        let inner = if self.options.has("j") {
            match names.last() {
                Some(name) if !is_directory => (*name).to_owned(),
                _ => return Ok(()),
            }
        } else {
            names.join("/")
        };
        let target = match self.options.value("d") {
            Some(directory) => format!("{}/{inner}", directory.trim_end_matches('/')),
            None => inner,
        };
        let shown = !self.options.has("q");
        if is_directory {
            if call.stat(&target).is_err() {
                super::mkdir::make_parents(call, &target, None, false);
                if shown {
                    call.line(&format!("   creating: {target}/"));
                }
                if let (Some(mode), Ok(entry)) = (member.mode, call.stat(&target)) {
                    self.directories.push((entry.path, mode));
                }
            }
            return Ok(());
        }
        if call.lstat(&target).is_ok() && !self.options.has("o") {
            if !self.options.has("n") && !self.refused {
                self.refused = true;
                call.shell.error(&format!(
                    "replace {target}? [y]es, [n]o, [A]ll, [N]one, [r]ename:  NULL\n(EOF or read error, treating as \"[N]one\" ...)"
                ));
                call.exit = Exit::code(1);
            }
            return Ok(());
        }
        let above = path::split(&target).0;
        if !above.is_empty() && !call.is_directory(above) {
            super::mkdir::make_parents(call, above, None, false);
        }
        if shown {
            call.line(&format!("  inflating: {target}"));
        }
        self.write(call, &target, member.mode, &data);
        Ok(())
    }

    fn write(&self, call: &mut Call<'_, '_, '_>, target: &str, mode: Option<u16>, data: &Data) {
        let who = call.who();
        let at = call.at(target);
        let mode = mode.unwrap_or(0o666 & !call.shell.process.umask);
        let node = Node::file(
            [].as_slice().into(),
            Metadata {
                mode,
                uid: who.uid,
                gid: who.gid,
            },
        );
        match call.files().place_node(&at, node, &who) {
            Ok(real) => call.files().set_content(&real, data),
            Err(errno) => {
                call.shell
                    .error(&format!("error:  cannot create {target}\n        {errno}"));
                call.exit = Exit::code(50);
            }
        }
    }

    fn finish(&mut self, call: &mut Call<'_, '_, '_>) {
        let who = call.who();
        for (at, mode) in self.directories.drain(..) {
            // Its own directory, just made: it cannot be refused.
            let _ = call.files().change_mode(&at, mode, &who);
        }
    }
}
