//! Programs that build a project's pages and scripts: where their output goes, and a guess at
//! its size from that of the sources.

use crate::image::Node;
use crate::programs::{Call, Program};
use crate::shell::{Exit, Flow, Outcome, Who};
use crate::size::ByteCount;

use super::modules::{Modules, refused};

/// What a bundler writes: its name, the word that makes it build (none: any), the directory,
/// bytes once (least, guess, most), and hundredths of the sources' bytes that come on top.
struct Output {
    name: &'static str,
    verb: &'static str,
    directory: &'static str,
    base: [u64; 3],
    share: u64,
}

const fn output(
    name: &'static str,
    verb: &'static str,
    directory: &'static str,
    base: [u64; 3],
    share: u64,
) -> Output {
    Output {
        name,
        verb,
        directory,
        base,
        share,
    }
}

/// Orders of magnitude: a framework's runtime and a small page.
const OUTPUTS: &[Output] = &[
    output("vite", "build", "dist", [5_000, 180_000, 10_000_000], 50),
    output(
        "vue-cli-service",
        "build",
        "dist",
        [50_000, 600_000, 20_000_000],
        100,
    ),
    output(
        "react-scripts",
        "build",
        "build",
        [150_000, 700_000, 20_000_000],
        100,
    ),
    output(
        "next",
        "build",
        ".next",
        [2_000_000, 40_000_000, 500_000_000],
        200,
    ),
    output(
        "nuxt",
        "build",
        ".output",
        [1_000_000, 4_000_000, 100_000_000],
        100,
    ),
    output("ng", "build", "dist", [100_000, 500_000, 20_000_000], 50),
    output("astro", "build", "dist", [2_000, 60_000, 20_000_000], 60),
    output(
        "svelte-kit",
        "build",
        "build",
        [20_000, 300_000, 20_000_000],
        60,
    ),
    output(
        "gatsby",
        "build",
        "public",
        [500_000, 3_000_000, 200_000_000],
        100,
    ),
    output(
        "remix",
        "build",
        "build",
        [50_000, 600_000, 20_000_000],
        100,
    ),
    output("nest", "build", "dist", [0, 5_000, 5_000_000], 150),
    output("tsc", "", "dist", [0, 500, 5_000_000], 110),
    output("tsup", "", "dist", [0, 500, 5_000_000], 110),
    output("webpack", "", "dist", [1_000, 150_000, 20_000_000], 50),
    output("rollup", "", "dist", [0, 20_000, 20_000_000], 60),
    output("parcel", "build", "dist", [1_000, 200_000, 20_000_000], 60),
    output("esbuild", "", "dist", [0, 20_000, 20_000_000], 60),
];

/// Directories that hold no sources.
const NO_SOURCES: [&str; 9] = [
    "node_modules",
    ".git",
    "dist",
    "build",
    ".next",
    ".output",
    "coverage",
    "public",
    "out",
];

/// A bundler.
#[derive(Debug)]
pub(in crate::programs) struct Bundler;

impl Bundler {
    /// Whether a program is a bundler that is known.
    pub(super) fn knows(name: &str) -> bool {
        OUTPUTS.iter().any(|output| output.name == name)
    }
}

impl Program for Bundler {
    fn names(&self) -> &'static [&'static str] {
        &[
            "vite",
            "vue-cli-service",
            "react-scripts",
            "next",
            "nuxt",
            "ng",
            "astro",
            "svelte-kit",
            "gatsby",
            "remix",
            "nest",
            "tsc",
            "tsup",
            "webpack",
            "rollup",
            "parcel",
            "esbuild",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = crate::image::path::split(call.name()).1.to_owned();
        let words = call.words().to_vec();
        let Some(output) = OUTPUTS.iter().find(|output| output.name == name) else {
            return Ok(Exit::UNKNOWN);
        };
        let checks_only = words.iter().any(|word| word == "--noEmit");
        if checks_only || (!output.verb.is_empty() && !words.iter().any(|word| word == output.verb))
        {
            return Ok(Exit::UNKNOWN);
        }
        let directory =
            asked_directory(call, &words).unwrap_or_else(|| default_directory(call, output));
        build(call, output, &directory)?;
        call.shell.machine.note(
            "bundler-output",
            format!("what {name} writes to {directory} is guessed from the sources, with a range. State the instruction's size with a comment before it: # layerlab: size=12MB"),
        );
        Ok(Exit::UNKNOWN)
    }
}

/// The directory that an option names.
fn asked_directory(call: &Call<'_, '_, '_>, words: &[String]) -> Option<String> {
    let names = [
        "--outDir",
        "--out-dir",
        "--output-path",
        "-o",
        "--outdir",
        "--dist-dir",
        "--dest",
    ];
    let mut words = words.iter();
    while let Some(word) = words.next() {
        for name in names {
            if word == name {
                return words.next().map(|value| call.at(value));
            }
            if let Some(value) = word
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('='))
            {
                return Some(call.at(value));
            }
        }
    }
    None
}

/// The directory that a bundler writes to by itself: TypeScript's is in its settings.
fn default_directory(call: &Call<'_, '_, '_>, output: &Output) -> String {
    let settings = call.shell.machine.files.text(&call.at("tsconfig.json"));
    let stated = settings.as_deref().and_then(|text| {
        let rest = text.split("\"outDir\"").nth(1)?;
        rest.split('"').nth(1).map(str::to_owned)
    });
    match stated {
        Some(stated) if matches!(output.name, "tsc" | "nest") => call.at(&stated),
        None if output.name == "tsc" => call.at("."),
        _ => call.at(output.directory),
    }
}

fn build(call: &mut Call<'_, '_, '_>, output: &Output, directory: &str) -> Result<(), Flow> {
    let root = Who::default();
    let here = call.at(".");
    let names = call.files().list(&here, &root).unwrap_or_default().0;
    let mut sources = 0;
    for name in names {
        let at = crate::image::path::child(&here, &name);
        if NO_SOURCES.contains(&name.as_str()) || at == directory {
            continue;
        }
        if call.is_directory(&at) {
            sources += call.files().total(&at).bytes;
        } else if let Ok(entry) = call.stat(&at)
            && let Node::File(file) = entry.node
            && (name.ends_with(".ts") || name.ends_with(".js") || name.ends_with(".html"))
        {
            sources += file.size.bytes;
        }
    }
    let public = format!("{here}/public");
    let copied = if call.is_directory(&public) {
        call.files().total(&public).bytes
    } else {
        0
    };
    let more = sources * output.share / 100 + copied;
    let [low, bytes, high] = output.base;
    let size = ByteCount::assumed(bytes + more, low + copied, high + sources * 3 + copied);
    let mut modules = Modules::default();
    let outcome = modules.unpacker.directory(call, directory);
    outcome.map_err(|errno| refused(call, errno, directory))?;
    let page = format!("{directory}/index.html");
    if matches!(output.directory, "dist" | "build")
        && call.stat(&format!("{here}/index.html")).is_ok()
    {
        let outcome =
            modules
                .unpacker
                .file(call, &page, ByteCount::assumed(500, 100, 5_000), false);
        outcome.map_err(|errno| refused(call, errno, &page))?;
    }
    if let Ok(real) = call.files().resolve(directory, &root, true) {
        call.files().add_bulk(&real, size);
    }
    Ok(())
}
