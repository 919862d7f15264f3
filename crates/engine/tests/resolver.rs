//! What apt resolves, held against what it said it would do (`tests/record-resolver.py`): for
//! packages drawn by chance, alone and three at once, with what is recommended and without, and
//! for what building sources needs.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read its data has failed"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;

use layerlab_engine::catalog::Catalog;
use layerlab_engine::debian::{
    Archive, Index, Installed, Packages, Problem, Request, STAND_IN, Sizes, deb, resolve,
};
use support::{catalog, root};

/// A line of a recording: what was asked for, and what apt said.
struct Case<'t> {
    kind: &'t str,
    names: Vec<String>,
    said: &'t str,
}

fn cases(text: &str) -> impl Iterator<Item = Case<'_>> {
    text.lines().filter_map(|line| {
        let (asked, said) = line.split_once(':')?;
        let (kind, names) = asked.split_once(' ')?;
        Some(Case {
            kind,
            names: names.split(' ').map(str::to_owned).collect(),
            said: said.trim(),
        })
    })
}

/// The packages of an image without anything in it but Debian's own.
fn base(catalog: &Catalog, suite: &str) -> Packages {
    let tree = catalog
        .tree(&format!("debian-{suite}-slim"))
        .expect("a tree");
    let mut out = Packages::default();
    for package in tree.packages.iter() {
        let installed = Installed::of_base(&package.version, Sizes::default());
        out.by_name.insert(package.name.clone(), installed);
    }
    out
}

/// What the model does in apt's own words: names, those to remove with a `-` before.
fn own(catalog: &Catalog, suite: &str, packages: &Packages, case: &Case<'_>) -> String {
    let index = catalog.debian(suite).expect("an index");
    let names = case.names.iter();
    let mut request = Request {
        install: names
            .map(|name| packages.sole_provider(index, name))
            .collect(),
        recommends: case.kind == "R",
        ..Request::default()
    };
    let mut local = None;
    if case.kind == "B" {
        let sources = catalog.debian_sources(suite).expect("sources");
        let source = sources.get(&case.names[0]).expect("a source");
        request.install = vec![source.package()];
        local = Index::parse(deb::index_of([source.line().as_str()])).ok();
    }
    let archive = Archive {
        suite: index,
        local: local.as_ref(),
    };
    match resolve(archive, packages, &request) {
        Ok(transaction) => {
            let install = transaction.install.into_iter().map(|change| change.name);
            let remove = transaction
                .remove
                .into_iter()
                .map(|name| format!("-{name}"));
            let names: BTreeSet<String> = install
                .chain(remove)
                .filter(|name| !name.starts_with(STAND_IN))
                .collect();
            names.into_iter().collect::<Vec<_>>().join(" ")
        }
        Err(Problem::Beyond) => "beyond".to_owned(),
        Err(_) => "E".to_owned(),
    }
}

#[test]
fn resolves_as_apt() {
    let catalog = catalog();
    let folder = root().join("crates/engine/tests/resolver");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("recordings") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let Some(suite) = name.split('.').next().filter(|_| name.ends_with(".gz")) else {
            continue;
        };
        let bytes = fs::read(&path).expect("a recording");
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .expect("a text");
        let packages = base(&catalog, suite);
        for case in cases(&text) {
            count += 1;
            let own = own(&catalog, suite, &packages, &case);
            if own != case.said {
                let real: BTreeSet<&str> = case.said.split(' ').collect();
                let ours: BTreeSet<&str> = own.split(' ').collect();
                let lacks: Vec<_> = real.difference(&ours).take(8).collect();
                let much: Vec<_> = ours.difference(&real).take(8).collect();
                wrong.push(format!(
                    "{name} {} {}: of {} lacks {lacks:?}, too much {much:?}",
                    case.kind,
                    case.names.join(" "),
                    real.len(),
                ));
            }
        }
    }
    println!("{} of {count} differ", wrong.len());
    assert!(count > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The core of a suite tells what the whole index does, or that it cannot tell.
#[test]
fn the_core_tells_the_same() {
    let folder = root().join("static/catalog/debian");
    let named = fs::read_to_string(folder.join("measured.txt")).expect("names");
    let whole = catalog();
    for suite in ["bullseye", "bookworm", "trixie"] {
        let mut core = Catalog::default();
        let name = format!("debian/{suite}.core.zst");
        let bytes = fs::read(root().join("static/catalog").join(&name)).expect("a core");
        core.add_file(&name, &bytes).expect("a valid core");
        assert!(core.debian(suite).is_some_and(|index| !index.is_whole()));
        let packages = base(&whole, suite);
        let (mut told, mut asked) = (0, 0);
        let further = fs::read_to_string(folder.join(format!("{suite}.measured.txt")));
        let further = further.unwrap_or_default();
        let lines = named.lines().chain(further.lines());
        let names = lines.filter(|line| !line.starts_with('#'));
        for name in names.flat_map(str::split_whitespace) {
            for kind in ["R", "N"] {
                let case = Case {
                    kind,
                    names: vec![name.to_owned()],
                    said: "",
                };
                let by_whole = own(&whole, suite, &packages, &case);
                let by_core = own(&core, suite, &packages, &case);
                asked += u32::from(by_whole != "E");
                if by_core != "beyond" {
                    told += 1;
                    assert_eq!(by_core, by_whole, "{suite}: {kind} {name}");
                }
            }
        }
        println!("{suite}: the core tells {told} of {asked}");
        // Nearly all: a choice may lie outside where recommendations are left out.
        assert!(told * 100 >= asked * 95, "{suite}: {told} of {asked}");
    }
}
