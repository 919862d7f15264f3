//! `layerlab catalog debian-files`: lists the files of a suite's packages, in parts of which a
//! build needs as few as can be.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use layerlab_engine::debian::{
    Archive, FILES_FORMAT, Index, Packages, Request, core_file, files_file, index_file, resolve,
};

use super::archive::read_all;
use super::base_packages;
use super::listing::{Listing, list, read_configured};
use super::write::save;

/// Bytes of a part's text.
const PART: usize = 450_000;

/// What is listed.
#[derive(Args)]
pub struct Options {
    /// The suite's name: bookworm.
    #[arg(long)]
    pub(super) suite: String,
    /// A directory with package archives.
    #[arg(long)]
    pub(super) archives: PathBuf,
    /// What packages make when they are configured, as scripts/configured-packages.py writes it,
    /// compressed with zstd.
    #[arg(long)]
    configured: Option<PathBuf>,
    /// When the archives were read: 2026-11-21.
    #[arg(long)]
    date: String,
    /// The catalog's folder: its index of the suite is read, and told in which part a package is.
    #[arg(long)]
    pub(super) catalog: PathBuf,
}

/// Writes the parts.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let suite = &options.suite;
    let index = Index::parse(options.read(index_file)?).map_err(anyhow::Error::msg)?;
    let mut names = fs::read_to_string(options.catalog.join("debian/measured.txt"))?;
    let own = options.catalog.join(format!("debian/{suite}.measured.txt"));
    if own.exists() {
        names.push_str(&fs::read_to_string(own)?);
    }
    let listings = read_all(&options.archives, |_| true, list)?;
    let parts = options.write(&index, &names, &listings, 0)?;
    for file in [index_file, core_file] {
        let text = with_parts(&options.read(file)?, &parts);
        save(&options.catalog.join(file(suite)), &text)?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Options {
    /// A file of the suite, by what names it.
    pub(super) fn read(&self, file: fn(&str) -> String) -> anyhow::Result<String> {
        read_packed(&self.catalog.join(file(&self.suite)))
    }

    /// Writes parts from a number on, those first that many of the names, a line each, bring;
    /// tells in which part each package is.
    pub(super) fn write<'i>(
        &self,
        index: &'i Index,
        names: &str,
        listings: &BTreeMap<String, Listing>,
        first: u16,
    ) -> anyhow::Result<HashMap<&'i str, u16>> {
        let configured = match &self.configured {
            Some(path) => read_configured(&read_packed(path)?)?,
            None => BTreeMap::new(),
        };
        let names: Vec<&str> = (names.lines())
            .filter(|line| !line.starts_with('#'))
            .collect();
        let head = format!(
            "{FILES_FORMAT}\n# package archives of {}, read {}\n",
            self.suite, self.date
        );
        let mut parts: HashMap<&str, u16> = HashMap::new();
        let mut part = head.clone();
        let mut number = first;
        let path = |number| self.catalog.join(files_file(&self.suite, number));
        for name in in_groups(index, &base_packages(&self.catalog, &self.suite)?, &names) {
            let Some(listing) = listings.get(name) else {
                continue;
            };
            let section = listing.section(name, configured.get(name));
            if part.len() + section.len() > PART && part.len() > head.len() {
                save(&path(number), &part)?;
                part.clone_from(&head);
                number += 1;
            }
            part.push_str(&section);
            parts.insert(name, number);
        }
        save(&path(number), &part)?;
        Ok(parts)
    }
}

fn read_packed(path: &Path) -> anyhow::Result<String> {
    let file = fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut text = String::new();
    zstd::Decoder::new(file)?.read_to_string(&mut text)?;
    Ok(text)
}

/// All packages in an order that keeps together what is installed together: first what many of
/// the names bring, then what each name is the first to bring, then the others.
fn in_groups<'i>(index: &'i Index, base: &Packages, names: &[&str]) -> Vec<&'i str> {
    let mut uses: HashMap<&str, (usize, usize)> = HashMap::new();
    for (number, name) in names.iter().enumerate() {
        let request = Request {
            install: vec![(*name).to_owned()],
            recommends: true,
            ..Request::default()
        };
        // A name that the suite does not have brings nothing.
        let transaction = resolve(Archive::of(index), base, &request).unwrap_or_default();
        for change in &transaction.install {
            if let Some(entry) = index.get(&change.name) {
                uses.entry(entry.name).or_insert((0, number)).0 += 1;
            }
        }
    }
    let many = names.len() / 12;
    let mut out: Vec<&str> = index.entries().map(|entry| entry.name).collect();
    out.sort_by_key(|name| match uses.get(name) {
        Some((count, _)) if *count > many => (0, names.len() - *count, *name),
        Some((_, first)) => (1, *first, *name),
        None => (2, 0, *name),
    });
    out
}

/// An index with the numbers of the parts among its flags; packages that are in none of these keep
/// theirs.
pub(super) fn with_parts(text: &str, parts: &HashMap<&str, u16>) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let fields: Vec<&str> = line.splitn(4, '\t').collect();
        let [name, version, flags, rest] = fields[..] else {
            out.push_str(line);
            continue;
        };
        let Some(part) = parts.get(name).filter(|_| !flags.contains('-')) else {
            out.push_str(line);
            continue;
        };
        let flags = flags.trim_end_matches(|ch: char| ch.is_ascii_digit());
        out.push_str(&format!("{name}\t{version}\t{flags}{part}\t{rest}"));
    }
    out
}
