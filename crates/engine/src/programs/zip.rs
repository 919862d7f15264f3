//! `zip`: Info-ZIP's archiver. Times are not known and stand as zeros, which changes no size.

use super::options::{Options, Spec, flag, value};
use super::{Call, Program};
use crate::compress;
use crate::image::{Metadata, Node};
use crate::shell::{Data, Errno, Exit, Flow, Outcome, Pattern};
use crate::size::ByteCount;

const OPTIONS: [Spec; 21] = [
    flag("r", "recurse-paths"),
    flag("q", "quiet"),
    flag("v", "verbose"),
    flag("j", "junk-paths"),
    flag("y", "symlinks"),
    flag("m", "move"),
    flag("X", "no-extra"),
    flag("D", "no-dir-entries"),
    flag("o", "latest-time"),
    value("x", "exclude"),
    value("i", "include"),
    flag("0", ""),
    flag("1", ""),
    flag("2", ""),
    flag("3", ""),
    flag("4", ""),
    flag("5", ""),
    flag("6", ""),
    flag("7", ""),
    flag("8", ""),
    flag("9", ""),
];

/// Signatures of the parts of an archive (PKWARE's APPNOTE, 4.3).
pub(super) const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// As [`LOCAL`].
pub(super) const CENTRAL: [u8; 4] = *b"PK\x01\x02";
/// As [`LOCAL`].
pub(super) const END: [u8; 4] = *b"PK\x05\x06";

/// Extra fields with times and owner, before the content and in the directory.
const LOCAL_EXTRA: u16 = 28;
const CENTRAL_EXTRA: u16 = 24;

/// What is compressed already, and so stored (`-n` of zip's manual).
const STORED: [&str; 6] = [".Z", ".zip", ".zoo", ".arc", ".lzh", ".arj"];

/// `zip`.
#[derive(Debug)]
pub(super) struct Zip;

impl Program for Zip {
    fn names(&self) -> &'static [&'static str] {
        &["zip"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = with_lists(call.words());
        let Ok(options) = Options::read(&words, &OPTIONS, true) else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        let Some((archive, files)) = options.operands.split_first() else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        let mut archive = archive.clone();
        let name = archive.rsplit('/').next().unwrap_or_default();
        if archive != "-" && !name.contains('.') {
            archive.push_str(".zip");
        }
        // What is there already is added to.
        if archive != "-" && call.stat(&archive).is_ok() {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        let mut writer = Writer {
            options: &options,
            out: Data::default(),
            directory: Vec::new(),
            count: 0,
        };
        for file in files {
            match call.lstat(file) {
                Ok(_) => writer.add(call, file)?,
                Err(Errno::Unknown) => call.doubt(),
                Err(_) => call.line(&format!("\tzip warning: name not matched: {file}")),
            }
        }
        if writer.count == 0 {
            call.shell.error(&format!(
                "\nzip error: Nothing to do! ({}{archive})",
                if options.has("r") { "" } else { "try: zip -r " }
            ));
            return Ok(Exit::code(12));
        }
        let data = writer.finish();
        if let Err(errno) = call.write(&archive, data) {
            call.shell.error(&format!(
                "zip I/O error: {errno}\nzip error: Could not create output file ({archive})"
            ));
            return Ok(Exit::code(15));
        }
        if options.has("m") {
            let mut words = vec!["rm".to_owned(), "-r".to_owned()];
            words.extend(files.iter().cloned());
            call.execute(&words)?;
        }
        Ok(call.exit)
    }
}

/// `-x` and `-i` take all words up to the next option or `@`: each gets an option of its own.
fn with_lists(words: &[String]) -> Vec<String> {
    let mut out = Vec::with_capacity(words.len());
    let mut list: Option<&str> = None;
    for word in words {
        match (list, word.as_str()) {
            (_, "-x" | "--exclude") => list = Some("-x"),
            (_, "-i" | "--include") => list = Some("-i"),
            (Some(_), "@") => list = None,
            (Some(_), word) if word.starts_with('-') => {
                list = None;
                out.push(word.to_owned());
            }
            (Some(option), word) => out.extend([option.to_owned(), word.to_owned()]),
            (None, word) => out.push(word.to_owned()),
        }
    }
    out
}

struct Writer<'o> {
    options: &'o Options,
    out: Data,
    /// The central directory.
    directory: Vec<u8>,
    count: u16,
}

impl Writer<'_> {
    fn add(&mut self, call: &mut Call<'_, '_, '_>, file: &str) -> Result<(), Flow> {
        call.shell.machine.step()?;
        let entry = if self.options.has("y") {
            call.lstat(file)
        } else {
            call.stat(file)
        };
        let Ok(entry) = entry else {
            return Ok(());
        };
        let name = if self.options.has("j") {
            file.rsplit('/').next().unwrap_or_default().to_owned()
        } else {
            file.trim_start_matches(['/'])
                .trim_start_matches("./")
                .to_owned()
        };
        match &entry.node {
            Node::Directory(directory) => {
                let name = format!("{}/", name.trim_end_matches('/'));
                let named = name != "./" && name != "/";
                let listed = !self.options.has("D") && !self.options.has("j");
                if named && listed && self.is_meant(&name) {
                    self.member(call, &name, directory.meta, Data::default());
                }
                if self.options.has("r") {
                    let names: Vec<String> =
                        directory.entries.keys().map(ToString::to_string).collect();
                    let above = file.trim_end_matches('/');
                    for name in names {
                        self.add(call, &format!("{above}/{name}"))?;
                    }
                }
            }
            Node::File(own) if self.is_meant(&name) => {
                let data = match &own.content {
                    Some(content) => Data::from(&**content),
                    None => Data::opaque(own.size),
                };
                self.member(call, &name, own.meta, data);
            }
            Node::Symlink(link) if self.is_meant(&name) => {
                let target = Data::from(&*link.target);
                self.member(call, &name, link.meta, target);
            }
            _ => {}
        }
        Ok(())
    }

    fn is_meant(&self, name: &str) -> bool {
        let matches = |pattern: &str| Pattern::new(pattern).matches(name);
        let mut included = self.options.values("i").peekable();
        let meant = included.peek().is_none() || included.any(matches);
        meant && !self.options.values("x").any(matches)
    }

    fn member(&mut self, call: &mut Call<'_, '_, '_>, name: &str, meta: Metadata, data: Data) {
        let level = self
            .options
            .last(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
            .and_then(|level| level.parse().ok())
            .unwrap_or(6);
        let level = if STORED.iter().any(|suffix| name.ends_with(suffix)) {
            0
        } else {
            level
        };
        let size = data.size();
        let deflated = data
            .known()
            .filter(|bytes| level > 0 && !bytes.is_empty())
            .map(|bytes| compress::deflated(bytes, level))
            .filter(|packed| (packed.len() as u64) < size.bytes);
        let unknown = data.known().is_none();
        let (method, content) = match deflated {
            Some(packed) => (8_u16, Data::from(packed)),
            None if unknown && level > 0 => {
                let packed = ByteCount::assumed(size.bytes / 100 * 35, 0, size.high);
                (8, Data::opaque(packed))
            }
            None => (0, data),
        };
        let packed = content.size().bytes;
        if !self.options.has("q") {
            let how = if method == 0 { "stored" } else { "deflated" };
            let saved = 100 - (packed * 100).checked_div(size.bytes).unwrap_or(100);
            call.line(&format!("  adding: {name} ({how} {saved}%)"));
        }
        let offset = u32::try_from(self.out.size().bytes).unwrap_or(u32::MAX);
        let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
        let plain = self.options.has("X");
        // Version, flags, method, time, date, checksum, sizes.
        let mut common = Vec::with_capacity(26);
        common.extend(20_u16.to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        common.extend(method.to_le_bytes());
        common.extend([0; 8]);
        for bytes in [packed, size.bytes] {
            common.extend(u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes());
        }
        common.extend(length.to_le_bytes());
        let extra = |size: u16| if plain { 0 } else { size };

        self.out.push(&LOCAL);
        self.out.push(&common);
        self.out.push(&extra(LOCAL_EXTRA).to_le_bytes());
        self.out.push(name.as_bytes());
        self.out.push(&vec![0; extra(LOCAL_EXTRA).into()]);
        self.out.append(content);

        let directory = &mut self.directory;
        directory.extend(CENTRAL);
        // Made on Unix, by version 3.0.
        directory.extend([30, 3]);
        directory.extend(&common);
        directory.extend(extra(CENTRAL_EXTRA).to_le_bytes());
        // No comment, first disk, no internal attributes.
        directory.extend([0; 6]);
        let kind: u32 = if name.ends_with('/') {
            0o040_000
        } else {
            0o100_000
        };
        directory.extend(((kind | u32::from(meta.mode)) << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
        directory.extend(vec![0; extra(CENTRAL_EXTRA).into()]);
        self.count = self.count.saturating_add(1);
    }

    fn finish(mut self) -> Data {
        let offset = u32::try_from(self.out.size().bytes).unwrap_or(u32::MAX);
        let length = u32::try_from(self.directory.len()).unwrap_or(u32::MAX);
        self.out.push(&self.directory);
        self.out.push(&END);
        self.out.push(&[0; 4]);
        self.out.push(&self.count.to_le_bytes());
        self.out.push(&self.count.to_le_bytes());
        self.out.push(&length.to_le_bytes());
        self.out.push(&offset.to_le_bytes());
        self.out.push(&[0; 2]);
        self.out
    }
}
