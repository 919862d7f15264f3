//! The system that packages are installed on.

use crate::catalog::{ARCHIVES, ArchivePackage};
use crate::debian::{Index, core_file, index_file, suite};
use crate::image::Node;
use crate::programs::Call;
use crate::shell::{Outcome, Who};

/// apt's own user, and the number that it has from Debian 12 on.
pub(super) const APT_USER: (&str, u32) = ("_apt", 42);

/// A system with apt.
#[derive(Debug)]
pub(in crate::programs) struct System<'m> {
    /// The packages that its release has, where they are loaded.
    pub(in crate::programs) index: Option<&'m Index>,
    /// Whether they are its own, and not those of the nearest release.
    pub(in crate::programs) exact: bool,
}

impl<'m> System<'m> {
    /// The system of a call; `None` where it has no apt, or is not known.
    pub(in crate::programs) fn of(call: &mut Call<'_, '_, 'm>) -> Option<Self> {
        let machine = &mut *call.shell.machine;
        let suite = suite(&machine.os)?;
        let index = machine.catalog.debian(suite.name);
        if index.is_none() {
            let name = suite.name;
            machine.missing.insert(core_file(name));
            if !suite.exact {
                machine
                    .missing
                    .insert(format!("trees/debian-{name}-slim.tree"));
            }
        }
        if !suite.exact && index.is_some() {
            let message = format!(
                "the packages of {} are not in the catalog: those of Debian's {} stand in for them, with a range",
                machine.os, suite.name
            );
            machine.note("nearest-packages", message);
        }
        Some(Self {
            index,
            exact: suite.exact,
        })
    }

    /// Asks for the whole index where a part of it does not tell.
    pub(super) fn wants_all(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        if let Some(index) = self.index {
            call.shell.machine.want(&index_file(index.suite()));
        }
        crate::shell::unknown(call.shell, call.arguments)
    }

    /// What apt's settings say of where packages come from, as far as a build changes them.
    pub(super) fn settings(&self, call: &mut Call<'_, '_, '_>) -> Settings {
        let mut out = Settings {
            is_foreign: !self.exact,
            ..Settings::default()
        };
        let base = call.shell.machine.base;
        let root = Who::default();
        let directory = format!("{APT}/sources.list.d");
        let names = call.files().list(&directory, &root).unwrap_or_default().0;
        let added = names
            .iter()
            .map(|name| format!("{directory}/{name}"))
            .chain([format!("{APT}/sources.list")]);
        for path in added.collect::<Vec<_>>() {
            let size = |node: Option<&Node>| match node {
                Some(Node::File(file)) => Some(file.size),
                _ => None,
            };
            let before = size(base.get(&path));
            let known = before.is_some();
            let now = size(call.files().node(&path));
            let Ok(data) = call.read(&path) else {
                continue;
            };
            let Some(bytes) = data.known() else {
                // A file that was changed in ways that are not known may name anything; the
                // suite's own is, if anything, asked for its sources.
                if now != before {
                    out.has_sources = true;
                    out.is_foreign |= !known;
                }
                continue;
            };
            let text = String::from_utf8_lossy(bytes);
            // Where the addresses of a paragraph begin.
            let mut paragraph = out.archives.len();
            for line in text.lines().map(str::trim) {
                let types = line.strip_prefix("Types:").unwrap_or(line);
                let mut words = types.split_whitespace();
                let deb822 = types.len() < line.len();
                let first = words.next();
                out.has_sources |=
                    first == Some("deb-src") || deb822 && words.any(|word| word == "deb-src");
                out.is_foreign |= !known && first == Some("deb");
                if known {
                    continue;
                }
                if line.is_empty() {
                    paragraph = out.archives.len();
                } else if let Some(suites) = line.strip_prefix("Suites:") {
                    for address in &mut out.archives[paragraph..] {
                        address.push(' ');
                        address.push_str(suites.trim());
                    }
                } else {
                    out.archives.extend(addresses(line));
                }
            }
        }
        out
    }
}

/// Where apt's settings are.
const APT: &str = "/etc/apt";

/// The addresses that a line of apt's sources names (sources.list(5)): `deb [OPTIONS] ADDRESS SUITE…`,
/// of which the suite is told too, or `URIs: ADDRESS…`.
fn addresses(line: &str) -> Vec<String> {
    if let Some(addresses) = line.strip_prefix("URIs:") {
        return addresses.split_whitespace().map(str::to_owned).collect();
    }
    let Some(rest) = line.strip_prefix("deb ").map(str::trim_start) else {
        return Vec::new();
    };
    let options = rest.strip_prefix('[').and_then(|own| own.split_once(']'));
    let words = options.map_or(rest, |(_, rest)| rest).split_whitespace();
    let address: Vec<&str> = words.take(2).collect();
    let address = (!address.is_empty()).then(|| address.join(" "));
    address.into_iter().collect()
}

/// Where packages come from beside the suite itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    /// Whether another archive is named.
    pub(super) is_foreign: bool,
    /// Whether lists of source packages are fetched.
    pub(super) has_sources: bool,
    /// The addresses of other archives, with their suites.
    pub(super) archives: Vec<String>,
}

impl Settings {
    /// The packages of other archives that the catalog has: their lines, as an index has them. Tells too
    /// whether it has all the archives there are.
    pub(super) fn packages(&self, call: &mut Call<'_, '_, '_>) -> (Vec<String>, bool) {
        let machine = &mut call.shell.machine;
        let bundled = machine.catalog.archives();
        if bundled.is_none() && !self.archives.is_empty() {
            machine.want(ARCHIVES);
        }
        let known = self.archives.iter().map(|url| {
            let own = machine.own_catalog.and_then(|own| own.archive(url));
            own.or_else(|| bundled?.archive(url))
        });
        let known: Vec<_> = known.collect();
        let packages = known.iter().flatten().flat_map(|own| &own.packages);
        let lines = packages.map(ArchivePackage::line).collect();
        let names_all = !self.archives.is_empty() && known.iter().all(Option::is_some);
        (lines, !self.is_foreign || names_all)
    }
}
