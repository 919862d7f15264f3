//! `layerlab catalog debian`: makes the index of a Debian suite from the archive's own files.

mod archive;
mod contents;
pub mod files;
mod listing;
mod model;
pub mod more;
mod script;
mod sources;
mod stanzas;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use layerlab_engine::catalog::tree_file;
use layerlab_engine::debian::{
    Installed, Packages, Sizes, core_file, index_file, sources_file, version,
};

use contents::Listing;
use model::Model;
use stanzas::Stanza;
use write::{Suite, save};

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
    /// The catalog's folder, where the suite's files are written.
    #[arg(long)]
    catalog: PathBuf,
}

/// Makes the index.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut packages: BTreeMap<String, Stanza> = BTreeMap::new();
    let mut listings: BTreeMap<String, Listing> = BTreeMap::new();
    let mut numbers = HashMap::new();
    let mut known_sources = BTreeMap::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(&options.lists)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    // The order of an image's list of sources: the suite, its updates, security.
    paths.sort_by_key(|path| {
        let name = path.to_string_lossy().into_owned();
        (name.contains("-security"), name.contains("-updates"), name)
    });
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with("_Packages") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            stanzas::number(&text, &mut numbers);
            for stanza in stanzas::read(&text) {
                let newer = packages
                    .get(&stanza.name)
                    .is_none_or(|known| version::compare(&stanza.version, &known.version).is_gt());
                if newer {
                    packages.insert(stanza.name.clone(), stanza);
                }
            }
        } else if name.ends_with("_Sources") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            sources::read(&text, &mut known_sources);
        } else if name.contains("_Contents-") {
            contents::read(&path, &mut listings).with_context(|| path.display().to_string())?;
        }
    }
    let mut measured = match &options.archives {
        Some(directory) => archive::read_all(directory, |_| true, archive::measure)?,
        None => BTreeMap::new(),
    };
    compiled(&options.compiled, &mut measured)?;
    let model = Model::learn(&packages, &listings, &measured);
    eprintln!("{}", model.report(&packages, &listings, &measured));
    let suite = Suite {
        packages,
        numbers,
        listings,
        measured,
        model,
        base: base_packages(&options.catalog, &options.suite)?,
    };
    let path = |file: String| options.catalog.join(file);
    let [whole, core] = suite.indexes(options)?;
    save(&path(index_file(&options.suite)), &whole)?;
    save(&path(core_file(&options.suite)), &core)?;
    let sizes = fs::read_to_string(&options.sizes)?;
    save(
        &path(sources_file(&options.suite)),
        &sources::write(options, &sizes, &known_sources),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Adds what packages' Python sources compile to.
fn compiled(path: &Path, measured: &mut BTreeMap<String, archive::Archive>) -> anyhow::Result<()> {
    for line in fs::read_to_string(path)?.lines() {
        let (bytes, name) = line.split_once(' ').context("not BYTES PACKAGE")?;
        if let Some(archive) = measured.get_mut(name) {
            archive.sizes.python = bytes.parse()?;
        }
    }
    Ok(())
}

/// The packages of the suite's -slim image.
fn base_packages(catalog: &Path, suite: &str) -> anyhow::Result<Packages> {
    let path = catalog.join(format!("trees/debian-{suite}-slim.tree"));
    let text = fs::read_to_string(path)?;
    let tree = tree_file::parse(&text).map_err(anyhow::Error::msg)?;
    let mut out = Packages::default();
    for package in tree.packages {
        let installed = Installed::of_base(&package.version, Sizes::default());
        out.by_name.insert(package.name, installed);
    }
    Ok(out)
}
