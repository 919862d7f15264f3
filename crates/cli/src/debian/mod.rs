//! `layerlab catalog debian`: makes the index of a Debian suite from the archive's own files.

mod archive;
mod contents;
mod model;
mod script;
mod stanzas;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use layerlab_engine::debian::relation::Atom;
use layerlab_engine::debian::{FORMAT, Sizes, version};

use archive::Archive;
use contents::Listing;
use model::Model;
use stanzas::Stanza;

/// What the index is made from.
#[derive(Args)]
pub struct Options {
    /// The suite's name: bookworm.
    #[arg(long)]
    suite: String,
    /// A directory with the files of /var/lib/apt/lists, lists uncompressed: Packages and Contents.
    #[arg(long)]
    lists: PathBuf,
    /// Sizes of the files that `apt-get update` leaves, a line each: BYTES NAME.
    #[arg(long)]
    sizes: PathBuf,
    /// A directory with package archives to measure.
    #[arg(long)]
    archives: Option<PathBuf>,
    /// What packages make when they are configured, a line each: PACKAGE[/SUITE] BYTES DIRECTORY.
    #[arg(long)]
    made: PathBuf,
    /// Bytes of the modules that packages' Python sources compile to, a line each: BYTES PACKAGE.
    #[arg(long)]
    compiled: PathBuf,
    /// When it was all read: 2026-11-21.
    #[arg(long)]
    date: String,
    /// The index to write.
    #[arg(long)]
    output: PathBuf,
}

/// Makes the index.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut packages: BTreeMap<String, Stanza> = BTreeMap::new();
    let mut listings: BTreeMap<String, Listing> = BTreeMap::new();
    for entry in fs::read_dir(&options.lists)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with("_Packages") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            for stanza in stanzas::read(&text) {
                let newer = packages
                    .get(&stanza.name)
                    .is_none_or(|known| version::compare(&stanza.version, &known.version).is_gt());
                if newer {
                    packages.insert(stanza.name.clone(), stanza);
                }
            }
        } else if name.contains("_Contents-") {
            contents::read(&path, &mut listings).with_context(|| path.display().to_string())?;
        }
    }
    let mut measured = match &options.archives {
        Some(directory) => archive::measure_all(directory)?,
        None => BTreeMap::new(),
    };
    for line in fs::read_to_string(&options.compiled)?.lines() {
        let (bytes, name) = line.split_once(' ').context("not BYTES PACKAGE")?;
        if let Some(archive) = measured.get_mut(name) {
            archive.sizes.python = bytes.parse()?;
        }
    }
    let model = Model::learn(&packages, &listings, &measured);
    eprintln!("{}", model.report(&packages, &listings, &measured));
    let text = write(options, &packages, &listings, &measured, &model)?;
    let mut file = GzEncoder::new(fs::File::create(&options.output)?, Compression::best());
    file.write_all(text.as_bytes())?;
    file.finish()?;
    eprintln!(
        "{} packages, {} of them measured; {} bytes, {} compressed",
        packages.len(),
        measured.len(),
        text.len(),
        fs::metadata(&options.output)?.len()
    );
    Ok(ExitCode::SUCCESS)
}

fn write(
    options: &Options,
    packages: &BTreeMap<String, Stanza>,
    listings: &BTreeMap<String, Listing>,
    measured: &BTreeMap<String, Archive>,
    model: &Model,
) -> anyhow::Result<String> {
    let mut out = format!(
        "{FORMAT}\nsuite {}\nsource the archive's own Packages and Contents files, and package archives, read {}\n",
        options.suite, options.date
    );
    for line in fs::read_to_string(&options.sizes)?.lines() {
        out.push_str(&format!("list {line}\n"));
    }
    for line in fs::read_to_string(&options.made)?.lines() {
        let (package, rest) = line.split_once(' ').unwrap_or((line, ""));
        // What differs between suites is marked with its own.
        let (name, suite) = package.split_once('/').unwrap_or((package, &options.suite));
        if name != "#" && suite == options.suite {
            out.push_str(&format!("made {name} {rest}\n"));
        }
    }
    out.push_str(".\n");
    let mut provided: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for stanza in packages.values() {
        for text in stanza.provides.split(',').filter(|text| !text.is_empty()) {
            let names = provided.entry(Atom::read(text).name).or_default();
            names.insert(&stanza.name);
        }
    }
    for stanza in packages.values() {
        let listing = listings.get(&stanza.name);
        let archive = measured
            .get(&stanza.name)
            .filter(|archive| archive.version == stanza.version);
        let sizes = match archive {
            Some(archive) => Sizes {
                stated: stanza.installed_size,
                download: stanza.size,
                ..archive.sizes
            },
            None => model.sizes(stanza, listing),
        };
        let mut flags = String::new();
        for (flag, set) in [
            ('a', stanza.architecture == "all"),
            ('e', stanza.essential),
            ('i', stanza.is_important()),
            ('m', archive.is_some()),
            ('s', stanza.multi_arch_same),
        ] {
            if set {
                flags.push(flag);
            }
        }
        let programs = match (archive, listing) {
            (Some(archive), _) => archive.programs.join(" "),
            (None, Some(listing)) => listing.programs.join(" "),
            (None, None) => String::new(),
        };
        let users = archive.map_or_else(String::new, |archive| {
            let users: Vec<&str> = archive.users.iter().map(String::as_str).collect();
            users.join(" ")
        });
        let conflicts = relevant(&stanza.conflicts, packages, &provided, &stanza.name);
        let fields = [
            &stanza.name,
            &stanza.version,
            &flags,
            &sizes.write(),
            &short(&stanza.depends),
            &short(&stanza.recommends),
            &short(&stanza.provides),
            &conflicts,
            &programs,
            &users,
        ];
        out.push_str(&fields.map(String::as_str).join("\t"));
        out.push('\n');
    }
    Ok(out)
}

/// A relationship as the index has it: without blanks, parentheses and architectures.
fn short(field: &str) -> String {
    let atom = |text: &str| {
        let atom = Atom::read(text);
        match atom.version {
            Some((operator, version)) => format!("{}{operator}{version}", atom.name),
            None => atom.name.to_owned(),
        }
    };
    let group = |text: &str| text.split('|').map(atom).collect::<Vec<_>>().join("|");
    field
        .split(',')
        .filter(|text| !text.trim().is_empty())
        .map(group)
        .collect::<Vec<_>>()
        .join(",")
}

/// Conflicts that can arise inside the suite: most name versions that are long gone.
fn relevant(
    field: &str,
    packages: &BTreeMap<String, Stanza>,
    provided: &BTreeMap<&str, BTreeSet<&str>>,
    own: &str,
) -> String {
    let kept: Vec<&str> = field
        .split(',')
        .filter(|text| !text.trim().is_empty())
        .filter(|text| {
            let atom = Atom::read(text);
            let real = packages
                .get(atom.name)
                .is_some_and(|other| atom.allows(&other.version) && other.name != own);
            let by_others = provided
                .get(atom.name)
                .is_some_and(|names| names.iter().any(|name| *name != own));
            real || atom.version.is_none() && by_others
        })
        .collect();
    short(&kept.join(","))
}
