//! `layerlab simulate`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use layerlab_engine::catalog::CatalogFile;
use layerlab_engine::report::Severity;
use layerlab_engine::size::{Basis, ByteCount};
use layerlab_engine::{Detail, NamedContext, Project, Report, simulate};

#[derive(clap::Args)]
pub struct Options {
    /// The build context.
    context: PathBuf,
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
    /// Print the whole report as JSON.
    #[arg(long)]
    json: bool,
    /// List the entries of each layer in the JSON report.
    #[arg(long)]
    files: bool,
}

/// Prints the report; a build that would fail makes the status 1.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let project = project(options)?;
    let detail = if options.files {
        Detail::Files
    } else {
        Detail::Sizes
    };
    let mut catalog = crate::catalog::built_in()?;
    let mut report = simulate(&project, &catalog, detail);
    while crate::catalog::add(&mut catalog, &report.missing_files)? {
        report = simulate(&project, &catalog, detail);
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print_report(&report);
    }
    Ok(if report.success {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn project(options: &Options) -> anyhow::Result<Project> {
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

fn print_report(report: &Report) {
    for layer in report.layers.iter().filter(|layer| !layer.empty) {
        let text: String = layer.instruction.chars().take(90).collect();
        println!("{:>22}  line {:<4} {text}", size(layer.size), layer.line);
    }
    if let Some(base) = &report.base {
        println!("{:>22}  base      {}", size(base.size), base.reference);
    }
    println!("{:>22}  image     {}", size(report.size), report.target);
    if !report.size.is_exact() {
        println!(
            "{:>22}  between {} and {} bytes",
            "", report.size.low, report.size.high
        );
    }
    for finding in report
        .diagnostics
        .iter()
        .filter(|finding| finding.severity != Severity::Error)
    {
        let line = finding
            .line
            .map(|line| format!("line {line}: "))
            .unwrap_or_default();
        eprintln!("{line}{}", finding.message);
    }
    if let Some(error) = &report.error {
        let line = error
            .line
            .map(|line| format!(" (line {line})"))
            .unwrap_or_default();
        eprintln!(
            "ERROR: failed to build: failed to solve: {}{line}",
            error.message
        );
    }
}

fn size(size: ByteCount) -> String {
    let mark = match size.basis {
        Basis::Measured => "",
        Basis::Published => "published ",
        Basis::Modelled => "modelled ",
        Basis::Assumed => "assumed ",
    };
    format!("{mark}{} B", size.bytes)
}
