//! `layerlab catalog verify`: whether catalog files are sound.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use layerlab_engine::catalog::{CatalogFile, ImageFact};

/// What is verified.
#[derive(Args)]
pub struct Options {
    /// Catalog files of one's own (docs/catalog.md); the bundled catalog where there is none.
    files: Vec<PathBuf>,
}

/// Prints what each file has, or what is wrong with it.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut problems = Vec::new();
    if options.files.is_empty() {
        let mut catalog = super::built_in()?;
        for (name, bytes) in super::files() {
            match catalog.add_file(name, bytes) {
                Ok(()) => println!("{name}: sound, {} bytes", bytes.len()),
                Err(problem) => problems.push(format!("{name}: {problem}")),
            }
        }
        println!("core.json: {} images", catalog.images().len());
        problems.extend(check_images("core.json", catalog.images()));
        for fact in catalog.images() {
            if let Some(tree) = fact
                .tree
                .as_deref()
                .filter(|tree| catalog.tree(tree).is_none())
            {
                problems.push(format!(
                    "core.json: {} has the tree {tree}, which there is not",
                    fact.name
                ));
            }
        }
    }
    for path in &options.files {
        let name = path.display().to_string();
        let read = fs::read_to_string(path).map_err(|error| error.to_string());
        match read.and_then(|text| CatalogFile::parse(&text)) {
            Ok(file) => {
                println!(
                    "{name}: {} images, {} packages, {} downloads",
                    file.images.len(),
                    file.packages.len(),
                    file.downloads.len()
                );
                problems.extend(check_images(&name, &file.images));
                let unsourced = file.packages.iter().filter(|own| own.source.is_empty());
                problems.extend(unsourced.map(|own| format!("{name}: {}: no source", own.name)));
            }
            Err(problem) => problems.push(format!("{name}: {problem}")),
        }
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    Ok(if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Each image has a tag of its own, a size, a source and a date.
fn check_images(file: &str, images: &[ImageFact]) -> Vec<String> {
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for fact in images {
        let name = &fact.name;
        let mut say =
            |what: &str| out.push(format!("{file}: {name}:{}: {what}", fact.tags.join(",")));
        if fact.tags.is_empty() {
            say("no tag");
        }
        if fact.source.is_empty() {
            say("no source");
        }
        let dated = fact.created.len() == 10
            && fact
                .created
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !dated {
            say("created is not a date such as 2026-08-05");
        }
        for tag in &fact.tags {
            if !seen.insert(format!("{name}:{tag}")) {
                say(&format!("the tag {tag} stands twice"));
            }
        }
    }
    out
}
