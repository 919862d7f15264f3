//! Speed of the parser, beside two other parsers on the same files, and of whole simulations.
//!
//! `cargo bench -p layerlab-engine`; `LAYERLAB_DOCKERFILES` may name a folder whose files
//! are parsed instead of the recorded cases.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerlab_engine::catalog::Catalog;
use layerlab_engine::{Detail, Project, Report, Simulator, simulate};

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Dockerfiles that all three parsers accept, so that none is timed on giving up.
fn corpus() -> Vec<String> {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let folder = std::env::var_os("LAYERLAB_DOCKERFILES").map_or(recorded, PathBuf::from);
    let mut paths = Vec::new();
    files_below(&folder, &mut paths);
    paths.sort();
    let named = paths.iter().filter(|path| path.ends_with("Dockerfile"));
    named
        .filter_map(|path| fs::read_to_string(path).ok())
        // A recorded case of one line of 60 kB would outweigh all others.
        .filter(|text| text.len() < 20_000)
        .filter(|text| layerlab_engine::dockerfile::parse(text).errors.is_empty())
        .filter(|text| dockerfile_parser::Dockerfile::parse(text).is_ok())
        .filter(|text| dockerfile_parser_rs::Dockerfile::from_str(text).is_ok())
        .collect()
}

fn parsers(criterion: &mut Criterion) {
    let corpus = corpus();
    let bytes: usize = corpus.iter().map(String::len).sum();
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("layerlab", |bencher| {
        bencher.iter(|| {
            corpus
                .iter()
                .map(|text| {
                    layerlab_engine::dockerfile::parse(black_box(text))
                        .instructions
                        .len()
                })
                .sum::<usize>()
        });
    });
    group.bench_function("dockerfile-parser", |bencher| {
        bencher.iter(|| {
            corpus
                .iter()
                .filter_map(|text| dockerfile_parser::Dockerfile::parse(black_box(text)).ok())
                .count()
        });
    });
    group.bench_function("dockerfile-parser-rs", |bencher| {
        bencher.iter(|| {
            corpus
                .iter()
                .filter_map(|text| dockerfile_parser_rs::Dockerfile::from_str(black_box(text)).ok())
                .count()
        });
    });
    group.finish();
}

/// A RUN as Dockerfiles have them: users, directories, configuration, a loop, permissions.
const RUN: &str = r#"FROM debian:bookworm-slim
RUN set -eux; \
    groupadd --system --gid 999 app; \
    useradd --system --gid app --uid 999 --home-dir /srv/app --shell /usr/sbin/nologin app; \
    mkdir -p /srv/app/bin /srv/app/data /etc/app/conf.d; \
    printf '%s\n' '#!/bin/sh' 'exec "$@"' > /usr/local/bin/entry; \
    chmod +x /usr/local/bin/entry; \
    for name in web worker cron; do \
        echo "name=$name" > "/etc/app/conf.d/$name.conf"; \
    done; \
    arch="$(uname -m)"; \
    if [ "$arch" = x86_64 ]; then echo amd64 > /srv/app/arch; else echo other > /srv/app/arch; fi; \
    sed -i 's/^name=/app=/' /etc/app/conf.d/*.conf; \
    find /etc/app -name '*.conf' -exec chmod 600 {} +; \
    chown -R app:app /srv/app; \
    rm -rf /var/cache/debconf/* /usr/share/doc/*
"#;

/// The report, with all files of the catalog that it asks for.
fn with_files(project: &Project, catalog: &mut Catalog, folder: &Path) -> Report {
    loop {
        let report = simulate(project, catalog, Detail::Sizes);
        let mut is_complete = true;
        for name in &report.missing_files {
            let bytes = fs::read(folder.join(name)).unwrap_or_default();
            match catalog.add_file(name, &bytes) {
                Ok(()) => is_complete = false,
                Err(problem) => eprintln!("{name}: {problem}"),
            }
        }
        if is_complete {
            return report;
        }
    }
}

fn simulations(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/catalog");
    let core = fs::read_to_string(folder.join("core.json")).unwrap_or_default();
    let mut catalog = Catalog::parse(&core).unwrap_or_default();
    for name in ["debian-bookworm-slim", "debian-trixie-slim"] {
        let text =
            fs::read_to_string(folder.join(format!("trees/{name}.tree"))).unwrap_or_default();
        if let Err(problem) = catalog.add_tree(name, &text) {
            eprintln!("{problem}");
        }
    }
    for (name, text) in [
        ("nothing", "FROM debian:bookworm-slim\n"),
        ("15 lines", RUN),
    ] {
        let project = Project::from_dockerfile(text);
        let report = simulate(&project, &catalog, Detail::Sizes);
        assert!(
            report.success && report.size.is_exact(),
            "{:?}",
            report.size
        );
        criterion.bench_function(&format!("RUN of {name}"), |bencher| {
            bencher.iter(|| {
                simulate(black_box(&project), &catalog, Detail::Sizes)
                    .size
                    .bytes
            });
        });
    }
    for suite in ["bookworm", "trixie"] {
        let name = format!("debian/{suite}.index.zst");
        let bytes = fs::read(folder.join(&name)).unwrap_or_default();
        criterion.bench_function(&format!("load the index of {suite}"), |bencher| {
            bencher.iter(|| Catalog::default().add_file(&name, black_box(&bytes)));
        });
        if let Err(problem) = catalog.add_file(&name, &bytes) {
            eprintln!("{problem}");
        }
    }
    // Some 250 packages.
    let text = "FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y ffmpeg\n";
    let project = Project::from_dockerfile(text);
    let report = with_files(&project, &mut catalog, &folder);
    println!(
        "apt-get install: an image of {} packages, compressed {} bytes",
        report.packages.len(),
        report.compressed.bytes
    );
    criterion.bench_function("apt-get install ffmpeg", |bencher| {
        bencher.iter(|| {
            simulate(black_box(&project), &catalog, Detail::Sizes)
                .size
                .bytes
        });
    });
    // As the page does it: the lines above were simulated before.
    let mut simulator = Simulator::new(catalog.clone());
    criterion.bench_function("a line below apt-get install ffmpeg", |bencher| {
        let mut number = 0;
        bencher.iter(|| {
            number += 1;
            let text = format!("{text}ENV NUMBER={number}\n");
            let project = Project::from_dockerfile(&text);
            simulator.run(&project, Detail::Sizes).report.size.bytes
        });
    });
    let text = "FROM debian:bookworm-slim AS a\nWORKDIR /srv\nCOPY . .\nENV A=1\nFROM python:3.12-slim\nCOPY --from=a /srv /srv\nCOPY . /app/\nCMD [\"x\"]\n";
    let project = Project::from_dockerfile(text);
    criterion.bench_function("simulate two stages", |bencher| {
        bencher.iter(|| {
            simulate(black_box(&project), &catalog, Detail::Sizes)
                .size
                .bytes
        });
    });
}

criterion_group!(benches, parsers, simulations);
criterion_main!(benches);
