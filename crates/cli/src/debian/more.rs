//! `layerlab catalog debian-more`: measures further packages of a suite than those of its core, in
//! the versions that its index has; the rest of the index stays as it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use layerlab_engine::debian::{Entry, Index, Sizes, core_file, index_file};

use super::archive::{Archive, measure, read_all};
use super::listing::list;
use super::write::save;
use super::{compiled, files};

/// What is measured.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    files: files::Options,
    /// Bytes of the modules that packages' Python sources compile to, a line each: BYTES PACKAGE.
    #[arg(long)]
    compiled: PathBuf,
}

/// Adds to the index and writes further parts.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let files = &options.files;
    let text = files.read(index_file)?;
    let index = Index::parse(text.clone()).map_err(anyhow::Error::msg)?;
    let core = Index::parse(files.read(core_file)?).map_err(anyhow::Error::msg)?;
    let is_more = |name: &str| {
        let is_core = core.get(name).is_some_and(|entry| entry.is_measured());
        !is_core && index.get(name).is_some()
    };
    let mut measured = read_all(&files.archives, is_more, |bytes| {
        let (name, mut archive) = measure(bytes)?;
        archive.sizes.download = bytes.len() as u64;
        Ok((name, archive))
    })?;
    compiled(&options.compiled, &mut measured)?;
    measured.retain(|name, archive| {
        let same = |entry: Entry<'_>| entry.version == archive.version;
        index.get(name).is_some_and(same)
    });
    let listings = read_all(&files.archives, |name| measured.contains_key(name), list)?;
    let names = fs::read_to_string(files.catalog.join("debian/more.txt"))?;
    let first = core.entries().filter_map(|entry| entry.part()).max();
    let first = first.map_or(0, |last| last + 1);
    let parts = files.write(&index, &names, &listings, first)?;
    let lines = text.split_inclusive('\n');
    let text: String = lines.map(|line| with_measured(line, &measured)).collect();
    let path = files.catalog.join(index_file(&files.suite));
    save(&path, &files::with_parts(&text, &parts))?;
    eprintln!("{} more packages are measured", measured.len());
    Ok(ExitCode::SUCCESS)
}

/// A line of the index with what the package's archive says of it, where that was measured.
fn with_measured(line: &str, measured: &BTreeMap<String, Archive>) -> String {
    let mut fields: Vec<&str> = line.trim_end_matches('\n').split('\t').collect();
    let archive = fields.first().and_then(|name| measured.get(*name));
    let (Some(archive), [_, _, flags, sizes, .., programs, users]) = (archive, &mut fields[..])
    else {
        return line.to_owned();
    };
    let flags_before = flags.trim_end_matches(|ch: char| ch == 'm' || ch.is_ascii_digit());
    let own_flags = format!("{flags_before}m");
    let own_sizes = Sizes {
        stated: Sizes::read(sizes).stated,
        ..archive.sizes
    };
    let own_sizes = own_sizes.write();
    let own_programs = archive.programs.join(" ");
    let own_users = archive.users();
    (*flags, *sizes) = (&own_flags, &own_sizes);
    (*programs, *users) = (&own_programs, &own_users);
    fields.join("\t") + "\n"
}
