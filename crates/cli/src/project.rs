//! The project that a command line names, and its estimate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use layerlab_engine::catalog::CatalogFile;
use layerlab_engine::{Detail, NamedContext, Project, Report, simulate};

/// What is built.
#[derive(clap::Args)]
pub struct Source {
    /// The build context.
    pub context: PathBuf,
    /// The Dockerfile (default: CONTEXT/Dockerfile).
    #[arg(short = 'f', long)]
    file: Option<PathBuf>,
    /// The stage to build.
    #[arg(long)]
    target: Option<String>,
    /// Build argument; without a value it is taken from the environment.
    #[arg(long = "build-arg", value_name = "K=V")]
    build_args: Vec<String>,
    /// A directory, or docker-image://REFERENCE, that stands for an image or a stage.
    #[arg(long = "build-context", value_name = "NAME=PATH")]
    build_contexts: Vec<String>,
    /// Platform of the image.
    #[arg(long)]
    platform: Option<String>,
    /// A catalog file with images, packages and downloads of one's own (docs/catalog.md).
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
}

/// Simulates a project with all that the catalog has for it.
///
/// # Errors
/// Where the bundled catalog cannot be read.
pub fn estimate(project: &Project, detail: Detail) -> anyhow::Result<Report> {
    let mut catalog = crate::catalog::built_in()?;
    let mut report = simulate(project, &catalog, detail);
    while crate::catalog::add(&mut catalog, &report.missing_files)? {
        report = simulate(project, &catalog, detail);
    }
    Ok(report)
}

impl Source {
    /// Reads it.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn project(&self) -> anyhow::Result<Project> {
        read(self)
    }
}

fn read(options: &Source) -> anyhow::Result<Project> {
    let files = crate::context::read(&options.context)?;
    let mut project = Project {
        files,
        dockerfile: "Dockerfile".to_owned(),
        build_args: build_args(&options.build_args),
        target: options.target.clone(),
        platform: options.platform.clone(),
        contexts: named_contexts(&options.build_contexts)?,
        catalog: options.catalog.as_deref().map(own_catalog).transpose()?,
        ..Project::default()
    };
    if let Some(file) = &options.file {
        match inside(file, &options.context) {
            Some(path) => project.dockerfile = path,
            None => {
                let bytes = std::fs::read(file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                project.dockerfile_text = Some(layerlab_engine::dockerfile::decode(&bytes));
                project.dockerfile = file.to_string_lossy().into_owned();
                // NAME.dockerignore beside a Dockerfile outside the context counts too.
                let mut ignore = file.clone().into_os_string();
                ignore.push(".dockerignore");
                project.ignore_text = std::fs::read_to_string(ignore).ok();
            }
        }
    }
    Ok(project)
}

/// Reads a catalog of one's own.
fn own_catalog(path: &Path) -> anyhow::Result<CatalogFile> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    CatalogFile::parse(&text).map_err(|problem| anyhow::anyhow!("{name}: {problem}"))
}

/// The path of a file relative to a directory that holds it.
fn inside(file: &Path, directory: &Path) -> Option<String> {
    let file = file.canonicalize().ok()?;
    let relative = file.strip_prefix(directory.canonicalize().ok()?).ok()?;
    relative.to_str().map(str::to_owned)
}

fn named_contexts(given: &[String]) -> anyhow::Result<BTreeMap<String, NamedContext>> {
    let mut out = BTreeMap::new();
    for text in given {
        let (name, value) = text
            .split_once('=')
            .with_context(|| format!("invalid context value: {text}, expected key=value"))?;
        let context = match value.split_once("://") {
            Some(("docker-image", reference)) => NamedContext::Image(reference.to_owned()),
            Some((scheme, _)) => bail!(
                "--build-context {text}: Layerlab knows directories and docker-image://REFERENCE, not {scheme}://"
            ),
            None => NamedContext::Files(crate::context::read(Path::new(value))?),
        };
        out.insert(name.to_owned(), context);
    }
    Ok(out)
}

fn build_args(given: &[String]) -> BTreeMap<String, String> {
    given
        .iter()
        .filter_map(|argument| match argument.split_once('=') {
            Some((name, value)) => Some((name.to_owned(), value.to_owned())),
            None => std::env::var(argument)
                .ok()
                .map(|value| (argument.clone(), value)),
        })
        .collect()
}
