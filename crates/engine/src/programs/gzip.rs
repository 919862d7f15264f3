//! `gzip`, `bzip2`, `xz` and their kin: compress files and unpack them.

use super::options::{Options, Spec, flag, value};
use super::{Call, Program};
use crate::compress::{self, Format};
use crate::image::path;
use crate::shell::{Data, Outcome};
use crate::size::{Basis, ByteCount};

const OPTIONS: [Spec; 25] = [
    flag("c", "stdout"),
    flag("d", "decompress"),
    flag("f", "force"),
    flag("k", "keep"),
    flag("l", "list"),
    flag("n", "no-name"),
    flag("N", "name"),
    flag("q", "quiet"),
    flag("r", "recursive"),
    value("S", "suffix"),
    flag("t", "test"),
    flag("v", "verbose"),
    flag("z", "compress"),
    flag("e", "extreme"),
    value("T", "threads"),
    value("F", "format"),
    flag("1", "fast"),
    flag("2", ""),
    flag("3", ""),
    flag("4", ""),
    flag("5", ""),
    flag("6", ""),
    flag("7", ""),
    flag("8", ""),
    flag("9", "best"),
];

/// `gzip`, `bzip2`, `xz` and their kin.
#[derive(Debug)]
pub(super) struct Gzip;

impl Program for Gzip {
    fn names(&self) -> &'static [&'static str] {
        &[
            "gzip", "gunzip", "zcat", "bzip2", "bunzip2", "bzcat", "xz", "unxz", "xzcat", "pigz",
            "unpigz",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let name = path::split(call.name()).1.to_owned();
        let format = match name.as_str() {
            "bzip2" | "bunzip2" | "bzcat" => Format::Bzip2,
            "xz" | "unxz" | "xzcat" => Format::Xz,
            _ => Format::Gzip,
        };
        let prints = options.has("c") || name.ends_with("cat");
        let unpacks =
            options.has("d") || options.has("t") || name.contains("un") || name.ends_with("cat");
        let mut files = options.operands.clone();
        if files.is_empty() {
            files.push("-".to_owned());
        }
        for file in &files {
            call.shell.machine.step()?;
            one(call, &options, file, format, unpacks, prints)?;
        }
        Ok(call.exit)
    }
}

fn suffix(format: Format) -> &'static str {
    match format {
        Format::Gzip => ".gz",
        Format::Bzip2 => ".bz2",
        Format::Xz => ".xz",
        Format::Zstd => ".zst",
    }
}

fn one(
    call: &mut Call<'_, '_, '_>,
    options: &Options,
    file: &str,
    format: Format,
    unpacks: bool,
    prints: bool,
) -> Result<(), crate::shell::Flow> {
    if call.is_directory(file) {
        if options.has("r") {
            let who = call.who();
            let at = call.at(file);
            let (names, _) = call.files().list(&at, &who).unwrap_or_default();
            for name in names {
                one(
                    call,
                    options,
                    &format!("{}/{name}", file.trim_end_matches('/')),
                    format,
                    unpacks,
                    prints,
                )?;
            }
        } else {
            call.complain(&format!("{file} is a directory -- ignored"));
            call.exit = crate::shell::Exit::code(2);
        }
        return Ok(());
    }
    let mut file = file.to_owned();
    let ending = options.value("S").unwrap_or(suffix(format)).to_owned();
    if unpacks
        && file != "-"
        && call.stat(&file).is_err()
        && call.stat(&format!("{file}{ending}")).is_ok()
    {
        file.push_str(&ending);
    }
    if file != "-" && !prints && !options.has("f") && !options.has("t") && !may_replace(call, &file)
    {
        return Ok(());
    }
    let data = match call.read(&file) {
        Ok(data) => data,
        Err(errno) => {
            call.problem(&file, errno);
            return Ok(());
        }
    };
    let level = options.last(&["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let result = if unpacks {
        match unpack(&data, format) {
            Ok(data) => data,
            Err(()) => {
                let shown = if file == "-" { "stdin" } else { &file };
                let what = match format {
                    Format::Gzip => "not in gzip format",
                    Format::Bzip2 => "is not a bzip2 file.",
                    Format::Xz => "File format not recognized",
                    Format::Zstd => "unsupported format",
                };
                call.fail(&format!("{shown}: {what}"));
                return Ok(());
            }
        }
    } else {
        pack(
            &data,
            format,
            level.and_then(|level| level.parse().ok()).unwrap_or(6),
            &file,
        )
    };
    if options.has("t") || options.has("l") {
        return Ok(());
    }
    if prints || file == "-" {
        call.data(result);
        return Ok(());
    }
    let target = if unpacks {
        let known = [
            (".tgz", ".tar"),
            (".tbz2", ".tar"),
            (".tbz", ".tar"),
            (".txz", ".tar"),
        ];
        match (
            file.strip_suffix(&ending),
            known.iter().find(|(end, _)| file.ends_with(end)),
        ) {
            (Some(stem), _) => stem.to_owned(),
            (None, Some((end, new))) => format!("{}{new}", file.trim_end_matches(end)),
            (None, None) => {
                call.complain(&format!("{file}: unknown suffix -- ignored"));
                call.exit = crate::shell::Exit::code(2);
                return Ok(());
            }
        }
    } else if file.ends_with(&ending) {
        call.complain(&format!("{file} already has {ending} suffix -- unchanged"));
        call.exit = crate::shell::Exit::code(2);
        return Ok(());
    } else {
        format!("{file}{ending}")
    };
    if call.lstat(&target).is_ok() && !options.has("f") {
        call.complain(&format!("{target} already exists;\tnot overwritten"));
        call.exit = crate::shell::Exit::code(2);
        return Ok(());
    }
    let Ok(old) = call.stat(&file) else {
        return Ok(());
    };
    let who = call.who();
    let at = call.at(&target);
    let node = crate::image::Node::file([].as_slice().into(), old.node.meta());
    match call.files().place_node(&at, node, &who) {
        Ok(real) => {
            call.files().set_content(&real, &result);
            if !options.has("k") {
                let at = call.at(&file);
                if let Err(errno) = call.files().unlink(&at, &who) {
                    call.problem(&file, errno);
                }
            }
        }
        Err(errno) => call.problem(&target, errno),
    }
    Ok(())
}

/// Whether a file may be replaced: links to it, and files with other names, are left alone.
fn may_replace(call: &mut Call<'_, '_, '_>, file: &str) -> bool {
    let Ok(entry) = call.lstat(file) else {
        return true;
    };
    if let crate::image::Node::Symlink(_) = entry.node {
        call.problem(file, crate::shell::Errno::Loop);
        return false;
    }
    let others = call.shell.machine.files.link_count(&entry.node) - 1;
    if others > 0 {
        let plural = if others == 1 { "" } else { "s" };
        call.complain(&format!(
            "{file} has {others} other link{plural} -- file ignored"
        ));
        call.exit = crate::shell::Exit::code(2);
        return false;
    }
    true
}

/// What a compressed file holds; of unknown content something larger.
pub(super) fn unpack(data: &Data, format: Format) -> Result<Data, ()> {
    match data.known() {
        Some([]) => Err(()),
        Some(bytes) if compress::format(bytes) != Some(format) => Err(()),
        Some(bytes) => compress::unpacked(bytes).map(Data::from).ok_or(()),
        None => {
            let size = data.size();
            Ok(Data::opaque(ByteCount::assumed(
                size.bytes.saturating_mul(3),
                size.low,
                size.high.saturating_mul(20),
            )))
        }
    }
}

/// What compressing leaves: of known content and gzip nearly as many bytes as gzip itself makes,
/// else something smaller.
pub(super) fn pack(data: &Data, format: Format, level: u32, name: &str) -> Data {
    let size = data.size();
    if let (Some(bytes), Format::Gzip) = (data.known(), format) {
        let packed = compress::gzipped(bytes, level);
        // The header names the file, unless it came by a pipe.
        let own = if name == "-" {
            0
        } else {
            path::split(name).1.len() as u64 + 1
        };
        let length = packed.len() as u64 + own;
        let slack = length / 50 + 2;
        let size = ByteCount {
            bytes: length,
            low: length.saturating_sub(slack),
            high: length + slack,
            basis: Basis::Modelled,
        };
        // What it unpacks to stays known as long as it is not written with the name in it.
        return if own == 0 {
            Data::from(packed)
        } else {
            with_name(packed, name, size)
        };
    }
    Data::opaque(ByteCount::assumed(
        size.bytes / 100 * 30 + 60,
        size.low / 1000,
        size.high
            .saturating_add(size.high / 100)
            .saturating_add(128),
    ))
}

/// A gzip file whose header has the file's name.
fn with_name(packed: Vec<u8>, name: &str, size: ByteCount) -> Data {
    if packed.len() < 10 {
        return Data::opaque(size);
    }
    let mut out = packed[..10].to_vec();
    out[3] |= 8;
    out.extend(path::split(name).1.bytes());
    out.push(0);
    out.extend(&packed[10..]);
    Data::from(out)
}
