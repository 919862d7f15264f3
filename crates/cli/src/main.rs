//! The `layerlab` command: simulate and parse on the command line, serve the page.

mod catalog;
mod compare;
mod context;
mod debian;
mod lesson;
mod parse;
mod project;
mod serve;
mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A Dockerfile playground: what a build would make, with no Docker installed.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Simulate a build and print the image's size, layers and findings.
    Simulate(simulate::Options),
    /// Build for real on a container engine, and set the estimate beside the truth.
    Compare(compare::Options),
    /// Print a Dockerfile's instructions as S-expressions, as BuildKit's parser dumps them.
    Parse(parse::Options),
    /// Serve the page.
    Serve(serve::Options),
    /// Check and test lessons.
    #[command(subcommand)]
    Lesson(LessonCommand),
    /// Make catalog files.
    #[command(subcommand)]
    Catalog(CatalogCommand),
}

#[derive(Subcommand)]
enum LessonCommand {
    /// Check the form of lessons.
    Check(lesson::Files),
    /// Run each step's start and solution through its checks.
    Test(lesson::Files),
}

#[derive(Subcommand)]
enum CatalogCommand {
    /// Make the index of a Debian suite from the archive's own files.
    Debian(debian::Options),
    /// List the files of a Debian suite's packages from their archives.
    DebianFiles(debian::files::Options),
    /// Measure further packages of a Debian suite, in the versions that its index has.
    DebianMore(debian::more::Options),
    /// Make a catalog file with a base image of one's own, files included.
    Image(catalog::image::Options),
    /// Check the bundled catalog, or catalog files of one's own.
    Verify(catalog::verify::Options),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Simulate(options) => simulate::run(&options),
        Command::Compare(options) => compare::run(&options),
        Command::Parse(options) => parse::run(&options),
        Command::Serve(options) => serve::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Lesson(LessonCommand::Check(files)) => lesson::check(&files),
        Command::Lesson(LessonCommand::Test(files)) => lesson::test(&files),
        Command::Catalog(CatalogCommand::Debian(options)) => debian::run(&options),
        Command::Catalog(CatalogCommand::DebianFiles(options)) => debian::files::run(&options),
        Command::Catalog(CatalogCommand::DebianMore(options)) => debian::more::run(&options),
        Command::Catalog(CatalogCommand::Image(options)) => catalog::image::run(&options),
        Command::Catalog(CatalogCommand::Verify(options)) => catalog::verify::run(&options),
    };
    result.unwrap_or_else(|error| {
        eprintln!("layerlab: {error:#}");
        ExitCode::from(2)
    })
}
