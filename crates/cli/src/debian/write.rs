//! The index of a suite, written: the whole of it, and its core.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use layerlab_engine::debian::relation::{Atom, groups, short};
use layerlab_engine::debian::{FORMAT, Packages, Sizes};

use super::Options;
use super::archive::Archive;
use super::contents::Listing;
use super::model::Model;
use super::stanzas::Stanza;

/// All that is known of a suite.
pub(super) struct Suite {
    /// Its packages, by name.
    pub(super) packages: BTreeMap<String, Stanza>,
    /// When apt comes to know a name.
    pub(super) numbers: HashMap<String, usize>,
    pub(super) listings: BTreeMap<String, Listing>,
    pub(super) measured: BTreeMap<String, Archive>,
    pub(super) model: Model,
    /// The packages of its -slim image.
    pub(super) base: Packages,
}

impl Suite {
    /// Packages in apt's order.
    fn in_order(&self) -> Vec<&Stanza> {
        let mut known: Vec<&Stanza> = self.packages.values().collect();
        known.sort_by_key(|stanza| self.numbers.get(&stanza.name));
        known
    }

    /// Which packages provide a name, for each.
    fn provided(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for stanza in self.packages.values() {
            for text in stanza.provides.split(',').filter(|text| !text.is_empty()) {
                let names = out.entry(Atom::read(text).name).or_default();
                names.insert(&stanza.name);
            }
        }
        out
    }

    /// The archive of a package, where it was measured in this version.
    fn archive(&self, stanza: &Stanza) -> Option<&Archive> {
        let archive = self.measured.get(&stanza.name)?;
        (archive.version == stanza.version).then_some(archive)
    }

    /// The whole index, and its core: what most builds need, and stubs of what that names.
    pub(super) fn indexes(&self, options: &Options) -> anyhow::Result<[String; 2]> {
        let provided = self.provided();
        let named = self.named_by_core(&provided);
        let whole_ahead = self.ahead(&|_| true);
        let core_ahead = self.ahead(&|stanza| self.is_core(stanza));
        let mut whole = head(options, "", &whole_ahead)?;
        let mut core = head(options, "part core\n", &core_ahead)?;
        for stanza in self.in_order() {
            let line = self.line(stanza, &provided);
            whole.push_str(&line);
            if self.is_core(stanza) {
                core.push_str(&line);
            } else if named.contains(stanza.name.as_str()) {
                core.push_str(&stub(stanza));
            }
        }
        Ok([whole, core])
    }

    /// What must be configured before packages are unpacked, where the -slim image lacks it.
    fn ahead(&self, is_wanted: &dyn Fn(&Stanza) -> bool) -> String {
        let mut out = String::new();
        for stanza in self.packages.values().filter(|stanza| is_wanted(stanza)) {
            let missing = groups(&stanza.pre_depends).filter_map(|group| {
                let names: Vec<&str> = group.map(|atom| atom.name).collect();
                let is_there = names.iter().any(|name| self.base.has(name));
                (!is_there).then_some(names)
            });
            let names: Vec<&str> = missing.flatten().collect();
            if !names.is_empty() {
                out.push_str(&format!("ahead {} {}\n", stanza.name, names.join(" ")));
            }
        }
        out
    }

    /// Whether most builds need to know a package: those that were measured, and those that a
    /// base image has.
    fn is_core(&self, stanza: &Stanza) -> bool {
        let base = matches!(stanza.priority(), "r" | "i");
        base || stanza.essential || stanza.protected || self.archive(stanza).is_some()
    }

    /// What the core's packages name.
    fn named_by_core<'s>(
        &'s self,
        provided: &BTreeMap<&'s str, BTreeSet<&'s str>>,
    ) -> BTreeSet<&'s str> {
        let mut out = BTreeSet::new();
        for stanza in self.packages.values().filter(|own| self.is_core(own)) {
            let conflicts = self.relevant(stanza, provided);
            for field in [&stanza.depends, &stanza.recommends, &conflicts] {
                for atom in groups(field).flatten() {
                    if let Some((name, _)) = self.packages.get_key_value(atom.name) {
                        out.insert(name.as_str());
                    }
                    out.extend(provided.get(atom.name).into_iter().flatten());
                }
            }
        }
        out
    }

    /// The line of a package.
    fn line(&self, stanza: &Stanza, provided: &BTreeMap<&str, BTreeSet<&str>>) -> String {
        let listing = self.listings.get(&stanza.name);
        let archive = self.archive(stanza);
        let sizes = match archive {
            Some(archive) => Sizes {
                stated: stanza.installed_size,
                download: stanza.size,
                ..archive.sizes
            },
            None => self.model.sizes(stanza, listing),
        };
        let mut flags = flags(stanza);
        if archive.is_some() {
            flags.push('m');
        }
        let programs = match (archive, listing) {
            (Some(archive), _) => archive.programs.join(" "),
            (None, Some(listing)) => listing.programs.join(" "),
            (None, None) => String::new(),
        };
        let users = archive.map_or_else(String::new, Archive::users);
        let fields = [
            &stanza.name,
            &stanza.version,
            &flags,
            &sizes.write(),
            &short(&stanza.depends),
            &short(&stanza.recommends),
            &short(&stanza.provides),
            &short(&self.relevant(stanza, provided)),
            &programs,
            &users,
        ];
        fields.map(String::as_str).join("\t") + "\n"
    }

    /// Conflicts that can arise inside the suite: most name versions that are long gone.
    fn relevant(&self, stanza: &Stanza, provided: &BTreeMap<&str, BTreeSet<&str>>) -> String {
        let kept: Vec<&str> = (stanza.conflicts.split(','))
            .filter(|text| !text.trim().is_empty() && !of_another_architecture(text))
            .filter(|text| {
                let atom = Atom::read(text);
                let real = (self.packages.get(atom.name))
                    .is_some_and(|other| atom.allows(&other.version) && other.name != stanza.name);
                let by_others = (provided.get(atom.name))
                    .is_some_and(|names| names.iter().any(|name| *name != stanza.name));
                real || atom.version.is_none() && by_others
            })
            .collect();
        kept.join(",")
    }
}

/// The line of a package of which the core only says that there is more to know.
fn stub(stanza: &Stanza) -> String {
    let (name, version) = (&stanza.name, &stanza.version);
    let (flags, provides) = (flags(stanza), short(&stanza.provides));
    format!("{name}\t{version}\t-{flags}\t\t\t\t{provides}\t\t\t\n")
}

/// Whether a relationship is to a package of another architecture: `libc6:i386`.
fn of_another_architecture(text: &str) -> bool {
    let name = text.trim().split([' ', '(']).next().unwrap_or_default();
    let architecture = name.split_once(':').map(|(_, architecture)| architecture);
    architecture.is_some_and(|architecture| !matches!(architecture, "any" | "amd64"))
}

/// What the first lines of an index say.
fn head(options: &Options, part: &str, ahead: &str) -> anyhow::Result<String> {
    let mut out = format!(
        "{FORMAT}\nsuite {}\n{part}source the archive's own Packages and Contents files, and package archives, read {}\n",
        options.suite, options.date
    );
    for line in fs::read_to_string(&options.sizes)?.lines() {
        // Lists of sources are those of another file.
        if !line.contains("_Sources") {
            out.push_str(&format!("list {line}\n"));
        }
    }
    for line in fs::read_to_string(&options.made)?.lines() {
        let (package, rest) = line.split_once(' ').unwrap_or((line, ""));
        // What differs between suites is marked with its own.
        let (name, suite) = package.split_once('/').unwrap_or((package, &options.suite));
        if name != "#" && suite == options.suite {
            out.push_str(&format!("made {name} {rest}\n"));
        }
    }
    out.push_str(ahead);
    out.push_str(".\n");
    Ok(out)
}

/// What a package's stanza says of it.
fn flags(stanza: &Stanza) -> String {
    let mut out = String::new();
    for (flag, set) in [
        ('a', stanza.architecture == "all"),
        ('e', stanza.essential),
        ('p', stanza.protected),
        ('s', stanza.multi_arch_same),
    ] {
        if set {
            out.push(flag);
        }
    }
    out.push_str(stanza.priority());
    out
}

/// How hard zstd tries: these files are made once and fetched by everybody.
const LEVEL: i32 = 22;

/// How far back it looks: 16 MiB, a whole index.
const WINDOW: u32 = 24;

/// Writes a text, compressed.
pub(super) fn save(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = fs::File::create(path).with_context(|| path.display().to_string())?;
    let mut file = zstd::Encoder::new(file, LEVEL)?;
    file.window_log(WINDOW)?;
    file.write_all(text.as_bytes())?;
    file.finish()?;
    let bytes = fs::metadata(path)?.len();
    eprintln!(
        "{}: {} bytes, {bytes} compressed",
        path.display(),
        text.len()
    );
    Ok(())
}
