//! `layerlab simulate`

use std::process::ExitCode;

use layerlab_engine::report::Severity;
use layerlab_engine::size::{Basis, ByteCount};
use layerlab_engine::{Detail, Report};

use crate::project::{Source, estimate};

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    source: Source,
    /// Print the whole report as JSON.
    #[arg(long)]
    json: bool,
    /// List the entries of each layer in the JSON report.
    #[arg(long)]
    files: bool,
}

/// Prints the report; a build that would fail makes the status 1.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let project = options.source.project()?;
    let detail = if options.files {
        Detail::Files
    } else {
        Detail::Sizes
    };
    let report = estimate(&project, detail)?;
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
