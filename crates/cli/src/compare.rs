//! `layerlab compare`: the estimate beside what a real engine makes.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use layerlab_companion::{EngineChoice, Spec, build_once};
use layerlab_engine::Detail;
use layerlab_engine::comparison::{Comparison, Pair, compare};

use crate::project::{Source, estimate};

/// Longest instruction that is printed.
const MAX_INSTRUCTION: usize = 60;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    source: Source,
    /// Engine that builds: unix://PATH, tcp://HOST:PORT or ssh://USER@HOST. Without it, the
    /// one that the docker command would use.
    #[arg(long, value_name = "URL")]
    engine: Option<String>,
    /// Build without the engine's cache.
    #[arg(long)]
    no_cache: bool,
    /// Per cent that the image's size may be off.
    #[arg(long, default_value_t = 5.0, value_name = "PERCENT")]
    tolerance: f64,
    /// Print the comparison as JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the table; an estimate that is off by more than the tolerance makes the status 1.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let project = options.source.project()?;
    if project.dockerfile_text.is_some() || !project.contexts.is_empty() {
        bail!("compare builds Dockerfiles that are in the context, without --build-context");
    }
    let report = estimate(&project, Detail::Files)?;
    let spec = Spec {
        dockerfile: project.dockerfile.clone(),
        target: project.target.clone(),
        platform: project.platform.clone(),
        args: project.build_args.clone(),
        no_cache: options.no_cache,
        offline: false,
    };
    let engine = match &options.engine {
        Some(address) => EngineChoice::At(address.clone()),
        None => EngineChoice::Found,
    };
    let built = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(build_once(
            &engine,
            &spec,
            &options.source.context,
            |text| {
                eprint!("{text}");
            },
        ));
    let truth = match (built, &report.error) {
        (Ok(truth), None) => truth,
        (Ok(_), Some(error)) => {
            println!(
                "The build succeeds; the estimate says that it fails:\n{}",
                error.message
            );
            return Ok(ExitCode::FAILURE);
        }
        (Err(error), None) => {
            return Err(error).context("the build fails; the estimate says that it succeeds");
        }
        (Err(error), Some(estimated)) => {
            println!(
                "Both fail.\nreal:     {error:#}\nestimate: {}",
                estimated.message
            );
            return Ok(ExitCode::SUCCESS);
        }
    };
    let comparison = compare(&report, &truth);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&comparison)?);
    } else {
        print(&comparison);
    }
    Ok(if comparison.size.percent().abs() <= options.tolerance {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print(comparison: &Comparison) {
    println!("{:>15} {:>15} {:>9}", "estimate", "real", "off by");
    row(&comparison.base, "base image");
    for layer in &comparison.layers {
        let text: String = layer.instruction.chars().take(MAX_INSTRUCTION).collect();
        let files = [
            (layer.missing.count, "missing"),
            (layer.surplus.count, "too many"),
            (layer.differing.count, "different"),
        ];
        let files: Vec<String> = files
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let files = if files.is_empty() {
            String::new()
        } else {
            format!("  [files: {}]", files.join(", "))
        };
        row(
            &layer.size,
            &format!("line {:<4} {text}{files}", layer.line),
        );
    }
    row(&comparison.size, "image");
    for (name, estimate, truth) in &comparison.config {
        println!("config {name}: {estimate} for {truth}");
    }
    for package in &comparison.missing_packages {
        println!(
            "package missing: {} {} {}",
            package.manager, package.name, package.version
        );
    }
    for package in &comparison.surplus_packages {
        println!(
            "package too many: {} {} {}",
            package.manager, package.name, package.version
        );
    }
}

fn row(pair: &Pair, what: &str) {
    let off = if pair.estimate.bytes == pair.truth {
        "exact".to_owned()
    } else {
        format!("{:+.2}%", pair.percent())
    };
    println!(
        "{:>15} {:>15} {off:>9}  {what}",
        pair.estimate.bytes, pair.truth
    );
}
