//! `layerlab catalog image`: a catalog file with a base image, files included.

mod bundle;
mod files;
mod tree;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use layerlab_companion::{Engine, EngineChoice};
use layerlab_engine::catalog::{CatalogFile, FORMAT, ImageFact, OwnTree, Reference};
use layerlab_engine::image::Config;
use serde::Deserialize;

use bundle::Bundle;
use files::Files;

/// What is added.
#[derive(Args)]
pub struct Options {
    /// An image of the local engine, an archive that `docker save` made, or the folder of an OCI
    /// layout.
    image: String,
    /// What Dockerfiles call it, where the image itself does not say: `lab/base:2026`.
    #[arg(long)]
    name: Option<String>,
    /// The engine: `unix:///run/docker.sock`, `tcp://HOST:PORT`; else the one that is found.
    #[arg(long)]
    engine: Option<String>,
    /// The file to write; standard output where it is not given.
    #[arg(long, short)]
    output: Option<PathBuf>,
}

/// An image's config (OCI image-spec, config.md), as far as a catalog has it.
#[derive(Deserialize)]
struct Image {
    #[serde(default)]
    created: Option<String>,
    #[serde(default, deserialize_with = "Config::stated")]
    config: Config,
}

/// Reads an image and writes the file.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let path = Path::new(&options.image);
    let folder = tempfile::tempdir()?;
    let (bundle, source) = if path.is_dir() {
        (Bundle::of_folder(path)?, "an OCI layout")
    } else if path.is_file() {
        (Bundle::of_archive(path, folder.path())?, "docker save")
    } else {
        let saved = folder.path().join("saved.tar");
        save(options, &saved)?;
        (Bundle::of_archive(&saved, folder.path())?, "docker save")
    };
    let named = options.name.clone().or_else(|| bundle.name.clone());
    let named = named.or_else(|| (!path.exists()).then(|| options.image.clone()));
    let named = named.context("the image has no name; give one: --name lab/base:2026")?;
    let mut files = Files::default();
    let mut size = 0;
    for layer in &bundle.layers {
        size += files.add_layer(layer)?;
    }
    let file = catalog_file(&named, size, &bundle, &files, source)?;
    let text = serde_json::to_string_pretty(&file)?;
    match &options.output {
        Some(path) => {
            std::fs::write(path, text + "\n").with_context(|| path.display().to_string())?
        }
        None => writeln!(std::io::stdout(), "{text}")?,
    }
    eprintln!(
        "{named}: {size} bytes, {} files and directories",
        files.len()
    );
    Ok(ExitCode::SUCCESS)
}

/// Has the engine save the image.
fn save(options: &Options, path: &Path) -> anyhow::Result<()> {
    let choice = (options.engine.clone()).map_or(EngineChoice::Found, EngineChoice::At);
    let image = &options.image;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async { Engine::of(&choice)?.save(image, path).await })
        .with_context(|| format!("{image} is neither a path nor an image of the engine"))
}

fn catalog_file(
    named: &str,
    size: u64,
    bundle: &Bundle,
    files: &Files,
    source: &str,
) -> anyhow::Result<CatalogFile> {
    let reference =
        Reference::parse(named).map_err(|problem| anyhow::anyhow!("{named}: {problem}"))?;
    let image: Image = serde_json::from_slice(&bundle.config).context("the image's config")?;
    let config = image.config;
    let created = image.created.unwrap_or_default();
    let created = created.get(..10).unwrap_or("1970-01-01").to_owned();
    let tree = reference.familiar();
    let text = tree::write(files, &format!("{source}, {created}"));
    let fact = ImageFact {
        name: reference.familiar_name(),
        tags: vec![reference.tag.clone()],
        created: created.clone(),
        size,
        size_step: 1,
        compressed: None,
        os: files.os(),
        tree: Some(tree.clone()),
        apt: Vec::new(),
        apt_recommends: false,
        bulk_at: None,
        shell: files.has_shell(),
        users: BTreeMap::new(),
        env: config.env,
        cmd: config.cmd,
        entrypoint: config.entrypoint,
        user: config.user,
        workdir: config.working_dir,
        labels: config.labels,
        ports: config.exposed_ports.into_keys().collect(),
        volumes: config.volumes.into_keys().collect(),
        stop_signal: config.stop_signal,
        onbuild: config.on_build,
        source: format!("{source}: image of {created}"),
    };
    let own = OwnTree::read(&text).map_err(anyhow::Error::msg)?;
    Ok(CatalogFile {
        format: FORMAT,
        images: vec![fact],
        trees: BTreeMap::from([(tree, own)]),
        ..CatalogFile::default()
    })
}
