//! The index of Python distributions: their releases, what those require, and the files of the
//! measured ones.
//!
//! Text, compressed with zstd on disk, one fact a line:
//!
//! ```text
//! layerlab-python 1
//! P 3.11 3.13                     Pythons that modules were compiled with
//! D flask                         a distribution
//! V >=3.9 3.1.2 3.1.1             its releases by Requires-Python, newest first
//! Y 0.13                          releases that are not chosen by themselves
//! R 3.1.2 musl                    a measured release; musl: Alpine needs no compiler
//! I flask-3.1.2.dist-info         the directory of its metadata
//! Q blinker>=1.9.0                a requirement (PEP 508)
//! C flask flask.cli:main          a console script
//! W 3.11,3.13 wheel 103308 NAME   what those Pythons install, bytes of the file, its name
//! B 2450 400                      bytes of RECORD: with no modules, and those of its modules
//! f 6:app.py⇥61744⇥85000⇥86000    a file: path, bytes, bytes compiled by each Python
//! d torch/include⇥61744⇥900⇥0     a directory summed up: bytes, files, modules, compiled bytes
//! ```
//!
//! A path that begins with `N` and a colon shares its first N bytes with the one before it.
//! `@bin/`, `@bin#/` (a script that begins with the interpreter's path) and `@data/` are
//! places outside of site-packages. Compiled bytes do not count the path that they hold.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

use crate::catalog::sections::{Sections, files, number};

/// The version of the format.
pub const FORMAT: &str = "layerlab-python 1";

/// The distributions.
#[derive(Debug, Clone, Default)]
pub struct Index {
    sections: Sections,
}

/// A distribution.
#[derive(Debug, Clone)]
pub struct Distribution<'i> {
    /// Releases that pip chooses from, newest first, with their Requires-Python.
    pub versions: Vec<(Version, &'i str)>,
    /// Releases that are taken only where they are asked for by version: yanked ones and
    /// those before a release.
    pub others: Vec<Version>,
    /// The measured releases.
    pub releases: Vec<Release<'i>>,
}

/// A measured release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release<'i> {
    /// Its version.
    pub version: Version,
    /// Whether there is a wheel for musl's systems.
    pub musl: bool,
    /// The directory of its metadata.
    pub info: &'i str,
    /// What it requires.
    pub requires: Vec<&'i str>,
    /// Its console scripts, with what they call.
    pub scripts: Vec<(&'i str, &'i str)>,
    /// What is installed, by Python.
    pub wheels: Vec<Wheel<'i>>,
}

/// What pip installs from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A wheel.
    Wheel,
    /// A source archive that needs no compiler.
    Source,
    /// A source archive that needs a compiler; what comes of it is not known.
    Build,
}

/// The files of a release for some Pythons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wheel<'i> {
    /// The Pythons that it is measured with.
    pub pythons: Vec<&'i str>,
    /// What it is made from.
    pub kind: Kind,
    /// Bytes that are downloaded.
    pub download: u64,
    /// The name of the file that is downloaded.
    pub name: &'i str,
    /// Bytes of RECORD: without modules and scripts, and those of modules.
    pub record: (u64, u64),
    lines: &'i str,
}

/// A file of a wheel, or a directory of which only the sum is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where it goes.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Whether it is executable.
    pub executable: bool,
    /// Number of files, where it is a directory's sum.
    pub files: u64,
    /// Number of compiled modules in that sum.
    pub modules: u64,
    /// Bytes compiled, by the wheel's Pythons; empty where it is no module.
    pub compiled: Vec<u64>,
}

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// Where the text is not one.
    pub fn parse(text: String) -> Result<Self, String> {
        Ok(Self {
            sections: Sections::parse(text, FORMAT)?,
        })
    }

    /// The measured release of a version of a distribution, or else the nearest one.
    pub fn release(&self, name: &str, version: Option<&Version>) -> Option<Release<'_>> {
        self.get(name)?.nearest(version?).cloned()
    }

    /// The distribution of a normalized name.
    pub fn get(&self, name: &str) -> Option<Distribution<'_>> {
        self.sections.get(name).map(Distribution::read)
    }
}

impl<'i> Distribution<'i> {
    fn read(text: &'i str) -> Self {
        let mut out = Self {
            versions: Vec::new(),
            others: Vec::new(),
            releases: Vec::new(),
        };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            at += line.len();
            let (Some(kind), Some(rest)) = (line.chars().next(), line.trim_end().get(2..)) else {
                continue;
            };
            let release = out.releases.last_mut();
            match (kind, release) {
                ('V', _) => {
                    let mut words = rest.split(' ');
                    let python = words.next().unwrap_or("-");
                    let versions = words.filter_map(|word| Version::from_str(word).ok());
                    out.versions
                        .extend(versions.map(|version| (version, python)));
                }
                ('Y', _) => {
                    out.others.extend(
                        rest.split(' ')
                            .filter_map(|word| Version::from_str(word).ok()),
                    );
                }
                ('R', _) => {
                    let (version, flag) = rest.split_once(' ').unwrap_or((rest, ""));
                    if let Ok(version) = Version::from_str(version) {
                        out.releases.push(Release {
                            version,
                            musl: flag == "musl",
                            info: "",
                            requires: Vec::new(),
                            scripts: Vec::new(),
                            wheels: Vec::new(),
                        });
                    }
                }
                ('I', Some(release)) => release.info = rest,
                ('Q', Some(release)) => release.requires.push(rest),
                ('C', Some(release)) => release.scripts.extend(rest.split_once(' ')),
                ('W', Some(release)) => {
                    let mut words = rest.split(' ');
                    release.wheels.push(Wheel {
                        pythons: words.next().unwrap_or_default().split(',').collect(),
                        kind: match words.next() {
                            Some("build") => Kind::Build,
                            Some("sdist") => Kind::Source,
                            _ => Kind::Wheel,
                        },
                        download: number(words.next()),
                        name: words.next().unwrap_or_default(),
                        record: (0, 0),
                        lines: "",
                    });
                }
                ('B', Some(release)) => {
                    let mut words = rest.split(' ');
                    if let Some(wheel) = release.wheels.last_mut() {
                        wheel.record = (number(words.next()), number(words.next()));
                        wheel.lines = &text[at..at];
                    }
                }
                ('f' | 'x' | 'd', Some(release)) => {
                    if let Some(wheel) = release.wheels.last_mut() {
                        let from = at - line.len() - wheel.lines.len();
                        wheel.lines = &text[from..at];
                    }
                }
                _ => {}
            }
        }
        out.versions.sort_by(|left, right| right.0.cmp(&left.0));
        out
    }

    /// Releases that a Python can have, newest first.
    pub fn for_python(&self, python: &Version) -> impl Iterator<Item = &Version> {
        // Many releases state the same.
        let mut last = ("-", true);
        self.versions.iter().filter_map(move |(version, requires)| {
            if last.0 != *requires {
                let allowed = VersionSpecifiers::from_str(requires)
                    .map_or(true, |requires| requires.contains(python));
                last = (requires, *requires == "-" || allowed);
            }
            last.1.then_some(version)
        })
    }

    /// The newest release that is measured.
    pub fn newest(&self) -> Option<&Release<'i>> {
        self.releases
            .iter()
            .max_by(|a, b| a.version.cmp(&b.version))
    }

    /// The measured release of a version, or else the nearest one.
    pub fn nearest(&self, version: &Version) -> Option<&Release<'i>> {
        let below = self.releases.iter().filter(|own| own.version <= *version);
        let above = self.releases.iter().filter(|own| own.version > *version);
        below
            .max_by(|left, right| left.version.cmp(&right.version))
            .into_iter()
            .chain(above.min_by(|left, right| left.version.cmp(&right.version)))
            .min_by_key(|own| (distance(&own.version, version), own.version > *version))
    }
}

impl<'i> Release<'i> {
    /// What a Python installs: the wheel that is measured with it, else the nearest.
    pub fn wheel(&self, python: &str) -> Option<&Wheel<'i>> {
        let own = self
            .wheels
            .iter()
            .find(|wheel| wheel.pythons.contains(&python));
        own.or_else(|| {
            self.wheels.iter().min_by_key(|wheel| {
                let distances = wheel
                    .pythons
                    .iter()
                    .map(|own| minor(own).abs_diff(minor(python)));
                distances.min().unwrap_or(u32::MAX)
            })
        })
    }
}

impl Wheel<'_> {
    /// Its files.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        files(self.lines).map(|(kind, path, numbers)| {
            let at = |place: usize| numbers.get(place).copied().unwrap_or(0);
            // Of a directory's sum the numbers of files and modules come before.
            let (files, modules, rest) = if kind == 'd' {
                (at(1), at(2), 3)
            } else {
                (0, 0, 1)
            };
            Member {
                path,
                size: at(0),
                executable: kind == 'x',
                files,
                modules,
                compiled: numbers.get(rest..).unwrap_or_default().to_vec(),
            }
        })
    }

    /// Bytes of all files, compiled ones left out.
    pub fn bytes(&self) -> u64 {
        self.members().map(|member| member.size).sum()
    }
}

/// The second part of a Python's version: 11 of `3.11` and of `3.11.9`.
pub fn minor(python: &str) -> u32 {
    let part = python.split('.').nth(1);
    part.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// How far two versions are apart: the first part that differs decides.
fn distance(left: &Version, right: &Version) -> u64 {
    let part = |version: &Version, place: usize| version.release().get(place).copied().unwrap_or(0);
    let mut weight = 1_000_000_000_000_u64;
    for place in 0..4 {
        let apart = part(left, place).abs_diff(part(right, place));
        if apart > 0 {
            return weight.saturating_mul(apart.min(10_000));
        }
        weight /= 10_000;
    }
    0
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use pep440_rs::Version;

    use super::{Index, Kind};

    const TEXT: &str = "layerlab-python 1\n# a source\nP 3.11 3.13\nD flask\nV >=3.9 3.1.0 3.0.3\nV >=3.7 2.2.5\nY 0.13\nR 3.1.0 musl\nI flask-3.1.0.dist-info\nQ blinker>=1.9.0\nC flask flask.cli:main\nW 3.11,3.13 wheel 100\nB 200 50\nf flask-3.1.0.dist-info/METADATA\t70\nf flask/app.py\t1000\t1500\t1400\nx 6:tool\t9\nR 2.2.5 -\nW 3.11 build 300\nD x\n";

    #[test]
    fn reads_distributions() {
        let index = Index::parse(TEXT.to_owned()).expect("an index");
        let flask = index.get("flask").expect("flask");
        let version = |text: &str| Version::from_str(text).expect(text);
        let old: Vec<_> = flask.for_python(&version("3.8")).collect();
        assert_eq!(old, [&version("2.2.5")]);
        let release = flask.nearest(&version("3.0.3")).expect("a release");
        assert_eq!(release.version, version("3.1.0"));
        assert_eq!(release.scripts, [("flask", "flask.cli:main")]);
        let wheel = release.wheel("3.12").expect("a wheel");
        let members: Vec<_> = wheel.members().collect();
        assert_eq!(members[1].compiled, [1500, 1400]);
        assert_eq!(members[2].path, "flask/tool");
        assert!(members[2].executable);
        assert_eq!(wheel.bytes(), 1079);
        let old = flask.nearest(&version("2.2.0")).expect("a release");
        assert_eq!(old.wheel("3.13").map(|wheel| wheel.kind), Some(Kind::Build));
        assert!(Index::parse("layerlab-python 2\n".to_owned()).is_err());
    }
}
