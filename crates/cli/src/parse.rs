//! `layerlab parse`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use layerlab_engine::dockerfile::{decode, dump, parse};

#[derive(clap::Args)]
pub struct Options {
    /// The Dockerfile.
    file: PathBuf,
}

/// Prints the dump; errors go to standard error and make the status 1.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(&options.file)
        .with_context(|| format!("cannot read {}", options.file.display()))?;
    let source = decode(&bytes);
    let parsed = parse(&source);
    print!("{}", dump(&parsed));
    for error in &parsed.errors {
        eprintln!(
            "{}:{}: {}",
            options.file.display(),
            error.lines.first,
            error.message
        );
    }
    Ok(if parsed.errors.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
