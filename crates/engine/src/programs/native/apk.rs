//! `apk`: Alpine's package manager.

use std::collections::BTreeMap;

use crate::alpine;
use crate::programs::{Call, Program};
use crate::shell::{Exit, Outcome, UNKNOWN};
use crate::size::{Basis, ByteCount};

use super::{UNLISTED, debian, leave, place, same_software, take_out};

/// What Alpine's package weighs, in hundredths of Debian's of the same software without its
/// documentation: the middle of 68 pairs, and what all but the outermost twentieths lie between.
const OF_DEBIAN: (u64, u64, u64) = (86, 20, 286);

/// The index of the repositories main and community in /var/cache/apk.
const INDEX: ByteCount = ByteCount {
    bytes: 2_600_000,
    low: 1_800_000,
    high: 3_600_000,
    basis: Basis::Modelled,
};

/// Bytes that a package adds to /lib/apk/db/installed, and for each byte of it, in millionths.
const BOOKS: (u64, u64) = (400, 4_000);

/// `apk`.
#[derive(Debug)]
pub(in crate::programs) struct Apk;

/// A package to install.
struct Wanted {
    size: ByteCount,
    by: Option<String>,
    programs: Vec<String>,
}

impl Program for Apk {
    fn names(&self) -> &'static [&'static str] {
        &["apk"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let mut names = Vec::new();
        let mut group = None;
        let mut caches = true;
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "-t" | "--virtual" => group = rest.next().cloned(),
                "-X"
                | "--repository"
                | "-p"
                | "--root"
                | "--keys-dir"
                | "--arch"
                | "--repositories-file"
                | "--cache-dir"
                | "--wait" => {
                    rest.next();
                }
                "--no-cache" => caches = false,
                _ if word.starts_with("--virtual=") => group = word.get(10..).map(str::to_owned),
                _ if word.starts_with('-') => {}
                _ => names.push(word.clone()),
            }
        }
        let verb = if names.is_empty() {
            String::new()
        } else {
            names.remove(0)
        };
        if !call.who().is_root() && matches!(verb.as_str(), "add" | "del" | "update" | "upgrade") {
            call.shell.error("ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied");
            return Ok(Exit::code(99));
        }
        match verb.as_str() {
            "add" => add(call, &names, group, caches),
            "del" => {
                delete(call, &names);
                Ok(Exit::OK)
            }
            "update" | "upgrade" => {
                if caches {
                    update(call);
                }
                Ok(Exit::OK)
            }
            "" | "info" | "search" | "list" | "policy" | "version" | "stats" | "audit" | "fix"
            | "cache" | "dot" | "verify" => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// Keeps the repositories' index, once.
fn update(call: &mut Call<'_, '_, '_>) {
    if call
        .shell
        .machine
        .fetched_mut()
        .insert("apk:index".to_owned())
    {
        leave(call, "/var/cache/apk", INDEX);
    }
}

fn add(
    call: &mut Call<'_, '_, '_>,
    names: &[String],
    group: Option<String>,
    caches: bool,
) -> Outcome {
    if !call.shell.machine.network {
        call.shell
            .error("ERROR: unable to select packages: the repositories cannot be reached");
        return Ok(Exit::code(1));
    }
    let Some(index) = call.shell.machine.catalog.alpine() else {
        call.shell.machine.want(crate::catalog::ALPINE);
        debian(call);
        return crate::shell::unknown(call.shell, call.arguments);
    };
    if names.iter().any(|name| !crate::shell::is_known(name)) {
        return crate::shell::unknown(call.shell, call.arguments);
    }
    if caches {
        update(call);
    }
    let mut chosen: BTreeMap<String, Wanted> = BTreeMap::new();
    let mut queue: Vec<(String, Option<String>)> = names
        .iter()
        .map(|name| (plain(name), group.clone()))
        .collect();
    while let Some((name, by)) = queue.pop() {
        let there = call.shell.machine.packages.has(&name);
        if there || chosen.contains_key(&name) || name.is_empty() {
            continue;
        }
        let entry = index.get(&name);
        let wanted = weigh(call, &name, entry, by);
        for need in entry.into_iter().flat_map(|entry| &entry.needs) {
            queue.push((need.clone(), Some(name.clone())));
        }
        chosen.insert(name, wanted);
    }
    let total = chosen.len();
    for (number, (name, wanted)) in chosen.into_iter().enumerate() {
        call.shell.machine.step()?;
        call.line(&format!("({}/{total}) Installing {name}", number + 1));
        let books = BOOKS.0 + wanted.size.bytes * BOOKS.1 / 1_000_000;
        let size = wanted.size + ByteCount::modelled(books, 100, 50, 200);
        place(call, "apk", &name, size, wanted.by, &wanted.programs);
    }
    for name in names {
        follow_links(call, &plain(name));
    }
    Ok(Exit::OK)
}

/// A name without version and repository: `nodejs=20.1-r0`, `curl@edge`.
fn plain(name: &str) -> String {
    name.split(['=', '>', '<', '~', '@'])
        .next()
        .unwrap_or_default()
        .trim_start_matches('!')
        .to_owned()
}

/// What a package weighs, and its programs.
fn weigh(
    call: &mut Call<'_, '_, '_>,
    name: &str,
    entry: Option<&alpine::Entry>,
    by: Option<String>,
) -> Wanted {
    let debian = debian(call);
    let mut programs = Vec::new();
    let mut of = |entry: &crate::debian::Entry<'_>| {
        programs.extend(entry.programs().map(|(at, _)| at.to_owned()));
        entry.sizes().slim
    };
    let size = match (entry, debian) {
        (Some(entry), index) => {
            let names: Vec<&str> = match entry.size {
                // Its programs are those of the same name.
                Some(_) => vec![name],
                None => entry.debian.iter().map(String::as_str).collect(),
            };
            let bytes: u64 = names
                .iter()
                .filter_map(|name| index?.get(name))
                .map(|own| of(&own))
                .sum();
            match entry.size {
                Some(size) => size,
                None => ByteCount::modelled(bytes, OF_DEBIAN.0, OF_DEBIAN.1, OF_DEBIAN.2),
            }
        }
        (None, Some(index)) => match same_software(index, name) {
            // What it needs is not known.
            Some(own) => {
                ByteCount::modelled(of(&own), OF_DEBIAN.0, OF_DEBIAN.1 / 2, OF_DEBIAN.2 * 4)
            }
            None => call.shell.machine.unlisted("apk", name, UNLISTED),
        },
        (None, None) => UNLISTED,
    };
    Wanted { size, by, programs }
}

/// `python3` leads to the version that the release has.
fn follow_links(call: &mut Call<'_, '_, '_>, name: &str) {
    if !matches!(name, "python3" | "py3-pip" | "python3-dev") {
        return;
    }
    let release = call.shell.machine.os.split_once(' ');
    let minor = release.map_or(22, |(_, release)| crate::python::minor(release));
    let version = match minor {
        ..=16 => "3.10",
        17..=19 => "3.11",
        20..=22 => "3.12",
        _ => "3.13",
    };
    let root = crate::shell::Who::default();
    let at = format!("/usr/bin/python{version}");
    let node = crate::image::Node::sized(ByteCount::ZERO, crate::image::Metadata::root(0o755));
    // They may be there already.
    let _ = call.files().place_node(&at, node, &root);
    let _ = call.files().unlink("/usr/bin/python3", &root);
    let _ = call
        .files()
        .symlink(&format!("python{version}"), "/usr/bin/python3", &root);
}

/// `apk del`: packages, groups made with `--virtual`, and what only they needed.
fn delete(call: &mut Call<'_, '_, '_>, names: &[String]) {
    let mut gone: Vec<String> = names.iter().map(|name| plain(name)).collect();
    while let Some(name) = gone.pop() {
        let followers: Vec<String> = call
            .shell
            .machine
            .packages
            .by_name
            .iter()
            .filter(|(_, own)| own.by.as_deref() == Some(name.as_str()))
            .map(|(name, _)| name.clone())
            .collect();
        take_out(call, &name);
        gone.extend(followers);
    }
}
