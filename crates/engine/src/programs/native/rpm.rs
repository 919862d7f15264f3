//! `dnf` and its kin, `zypper`, `pacman`: modelled from what apt would install of Debian's
//! packages of the same software.

use crate::debian::{Archive, Installed, Packages, Request, Sizes, resolve};
use crate::programs::{Call, Program};
use crate::shell::{Exit, Outcome, UNKNOWN};
use crate::size::{Basis, ByteCount};

use super::{SUITE, UNLISTED, debian, leave, place, same_software, take_out};

/// Hundredths of Debian's bytes, documentation included, least and most: no pairs are known.
const OF_DEBIAN: (u64, u64, u64) = (110, 40, 300);

/// `dnf`, `yum`, `microdnf`, `tdnf`.
#[derive(Debug)]
pub(in crate::programs) struct Dnf;

impl Program for Dnf {
    fn names(&self) -> &'static [&'static str] {
        &["dnf", "dnf5", "yum", "microdnf", "tdnf"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = plain_words(call);
        let cache = Cache {
            at: if call.name().ends_with("yum") {
                "/var/cache/yum"
            } else {
                "/var/cache/dnf"
            },
            size: ByteCount::assumed(90_000_000, 10_000_000, 400_000_000),
        };
        match words.first().map(String::as_str) {
            Some("install" | "localinstall" | "reinstall" | "in") => {
                install(call, &words[1..], &cache)
            }
            Some("update" | "upgrade" | "makecache" | "check-update" | "groupinstall") => {
                keep(call, &cache);
                crate::shell::unknown(call.shell, call.arguments)
            }
            Some("remove" | "erase" | "autoremove") => remove(call, &words[1..]),
            Some("clean") => clean(call, &cache),
            _ => says(call),
        }
    }
}

/// `zypper`.
#[derive(Debug)]
pub(in crate::programs) struct Zypper;

impl Program for Zypper {
    fn names(&self) -> &'static [&'static str] {
        &["zypper"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = plain_words(call);
        let cache = Cache {
            at: "/var/cache/zypp",
            size: ByteCount::assumed(60_000_000, 10_000_000, 200_000_000),
        };
        match words.first().map(String::as_str) {
            Some("install" | "in") => install(call, &words[1..], &cache),
            Some("refresh" | "ref") => {
                keep(call, &cache);
                Ok(Exit::OK)
            }
            Some("remove" | "rm") => remove(call, &words[1..]),
            Some("clean" | "cc") => clean(call, &cache),
            _ => says(call),
        }
    }
}

/// `pacman`.
#[derive(Debug)]
pub(in crate::programs) struct Pacman;

impl Program for Pacman {
    fn names(&self) -> &'static [&'static str] {
        &["pacman"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let flags: String = call
            .words()
            .iter()
            .filter(|word| word.starts_with('-') && !word.starts_with("--"))
            .cloned()
            .collect();
        let words = plain_words(call);
        let cache = Cache {
            at: "/var/lib/pacman/sync",
            size: ByteCount::assumed(9_000_000, 5_000_000, 15_000_000),
        };
        if flags.contains("-R") {
            return remove(call, &words);
        }
        if flags.contains("c") {
            return clean(
                call,
                &Cache {
                    at: "/var/cache/pacman/pkg",
                    ..cache
                },
            );
        }
        if !flags.contains("-S") {
            return says(call);
        }
        if flags.contains('y') {
            keep(call, &cache);
        }
        if flags.contains('u') {
            let size = ByteCount::assumed(100_000_000, 0, 1_500_000_000);
            leave(call, "/usr", size);
        }
        let outcome = install(call, &words, &cache)?;
        // Packages stay where they were downloaded to.
        let size = ByteCount::assumed(5_000_000, 100_000, 500_000_000);
        if !words.is_empty() {
            leave(call, "/var/cache/pacman/pkg", size);
        }
        Ok(outcome)
    }
}

/// What a manager keeps of its repositories.
struct Cache {
    at: &'static str,
    size: ByteCount,
}

/// The words that are no options.
fn plain_words(call: &Call<'_, '_, '_>) -> Vec<String> {
    call.words()
        .iter()
        .filter(|word| !word.starts_with('-'))
        .cloned()
        .collect()
}

fn says(call: &mut Call<'_, '_, '_>) -> Outcome {
    call.line(&UNKNOWN.to_string());
    Ok(Exit::OK)
}

fn keep(call: &mut Call<'_, '_, '_>, cache: &Cache) {
    if call
        .shell
        .machine
        .fetched_mut()
        .insert(format!("cache:{}", cache.at))
    {
        leave(call, cache.at, cache.size);
    }
}

fn clean(call: &mut Call<'_, '_, '_>, cache: &Cache) -> Outcome {
    call.shell
        .machine
        .fetched_mut()
        .remove(&format!("cache:{}", cache.at));
    if let Ok(entry) = call.stat(cache.at) {
        call.files().clear_bulk(&entry.path);
    }
    Ok(Exit::OK)
}

fn remove(call: &mut Call<'_, '_, '_>, names: &[String]) -> Outcome {
    for name in names {
        take_out(call, name);
    }
    Ok(Exit::OK)
}

fn install(call: &mut Call<'_, '_, '_>, names: &[String], cache: &Cache) -> Outcome {
    if names.iter().any(|name| !crate::shell::is_known(name)) {
        return crate::shell::unknown(call.shell, call.arguments);
    }
    let index = debian(call);
    let tree = format!("debian-{SUITE}-slim");
    let base = call.shell.machine.catalog.tree(&tree);
    let (Some(index), Some(base)) = (index, base) else {
        call.shell.machine.want(&format!("trees/{tree}.tree"));
        return crate::shell::unknown(call.shell, call.arguments);
    };
    keep(call, cache);
    let mut there = Packages::default();
    for package in &base.packages {
        let installed = Installed::of_base("", Sizes::default());
        there.by_name.insert(package.name.clone(), installed);
    }
    for name in names {
        call.shell.machine.step()?;
        let Some(own) = same_software(index, name) else {
            let size = call.shell.machine.unlisted("rpm", name, UNLISTED);
            place(call, "rpm", name, size, None, &[]);
            continue;
        };
        let request = Request {
            install: vec![own.name.to_owned()],
            ..Request::default()
        };
        let mut bytes = 0;
        let mut programs = Vec::new();
        if let Ok(transaction) = resolve(Archive::of(index), &there, &request) {
            for change in &transaction.install {
                if let Some(entry) = index.get(&change.name) {
                    bytes += entry.sizes().full;
                    programs.extend(entry.programs().map(|(at, _)| at.to_owned()));
                    let installed = Installed::of_base("", entry.sizes());
                    there.by_name.insert(change.name.clone(), installed);
                }
            }
        }
        let size = ByteCount {
            basis: Basis::Assumed,
            ..ByteCount::modelled(bytes, OF_DEBIAN.0, OF_DEBIAN.1, OF_DEBIAN.2)
        };
        place(call, "rpm", name, size, None, &programs);
    }
    call.line("Complete!");
    Ok(Exit::OK)
}
