//! What the lock files of yarn and pnpm say: which version a range has come to, and what each
//! version needs.

use std::collections::BTreeMap;

use nodejs_semver::{Range, Version};

/// Most lines of a lock file that are read.
const MAX_LINES: usize = 500_000;

/// What a package of a lock file needs: names and ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// What it cannot be without.
    pub dependencies: BTreeMap<String, String>,
    /// What may be missing.
    pub optional: BTreeMap<String, String>,
}

/// Versions that are chosen already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins {
    /// By package and range, as the lock file writes them.
    asked: BTreeMap<(String, String), Version>,
    /// All of a package, with what each needs.
    all: BTreeMap<String, BTreeMap<Version, Needs>>,
}

/// A section of a package's paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Dependencies,
    Optional,
    Other,
}

impl Section {
    fn of(line: &str) -> Self {
        match line.trim().trim_end_matches(':') {
            "dependencies" => Self::Dependencies,
            "optionalDependencies" => Self::Optional,
            _ => Self::Other,
        }
    }
}

/// How deep a line stands.
fn depth(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Key and value of a line such as `a: ^1`, `"@b/c" "^2"` or `'@b/c': 2.0.0`.
fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (key, value) = match line.split_once(": ") {
        Some(pair) => pair,
        None => line.split_once(' ')?,
    };
    let plain = |text| str::trim_matches(text, ['"', '\'', ' ']);
    Some((plain(key), plain(value)))
}

impl Pins {
    /// Reads a `yarn.lock`, of the first series or of later ones.
    pub fn yarn(text: &str) -> Self {
        let mut out = Self::default();
        let mut keys: Vec<(String, String)> = Vec::new();
        let mut current = None;
        let mut section = Section::Other;
        for line in text.lines().take(MAX_LINES) {
            match depth(line) {
                _ if line.starts_with('#') || line.is_empty() => {}
                0 => {
                    let written = line.trim_end_matches(':').replace('"', "");
                    let written = written.split(", ").filter_map(|key| {
                        let (name, range) = split(key)?;
                        let range = range.strip_prefix("npm:").unwrap_or(range);
                        Some((name.to_owned(), range.to_owned()))
                    });
                    keys = written.collect();
                    current = None;
                    section = Section::Other;
                }
                2 => {
                    section = Section::of(line);
                    let stated = line.strip_prefix("  version");
                    let stated = stated.map(|rest| rest.trim_start_matches(':').trim());
                    let stated = stated.and_then(|text| text.trim_matches('"').parse().ok());
                    let Some(version): Option<Version> = stated else {
                        continue;
                    };
                    for (name, range) in keys.drain(..) {
                        // `a@npm:b@^1` asks for another package under this name.
                        let (package, _) = alias(&name, &range);
                        current = Some((package.to_owned(), version.clone()));
                        out.needs(package, &version);
                        out.asked.insert((name, range), version.clone());
                    }
                }
                _ => {
                    if let (Some((name, version)), Some((other, range))) = (&current, pair(line)) {
                        let range = range.strip_prefix("npm:").unwrap_or(range);
                        out.note(name, version, section, other, range);
                    }
                }
            }
        }
        out
    }

    /// Reads a `pnpm-lock.yaml`, of the versions 5 to 9 of its form.
    pub fn pnpm(text: &str) -> Self {
        let mut out = Self::default();
        let mut part = "";
        let mut current = None;
        let mut section = Section::Other;
        // What the project asks for: a name, and then its range and version.
        let (mut name, mut specifier): (Option<&str>, Option<&str>) = (None, None);
        for line in text.lines().take(MAX_LINES) {
            match depth(line) {
                _ if line.is_empty() => {}
                0 => part = line.trim_end_matches(':'),
                2 if matches!(part, "packages" | "snapshots") => {
                    section = Section::Other;
                    current = release(line);
                    if let Some((name, version)) = &current {
                        out.needs(name, version);
                    }
                }
                4 if matches!(part, "packages" | "snapshots") => section = Section::of(line),
                _ if part == "importers" => match pair(line) {
                    Some(("specifier", range)) => specifier = Some(range),
                    Some(("version", version)) => {
                        let asked = name.take().zip(specifier.take());
                        if let (Some((name, range)), Ok(version)) = (asked, plain(version).parse())
                        {
                            out.asked
                                .insert((name.to_owned(), range.to_owned()), version);
                        }
                    }
                    _ => name = Some(line.trim().trim_end_matches(':').trim_matches('\'')),
                },
                _ => {
                    let Some(((name, version), (other, range))) = current.as_ref().zip(pair(line))
                    else {
                        continue;
                    };
                    // Another package under this name is written with its own.
                    let range = match release(range) {
                        Some((package, version)) => format!("npm:{package}@{version}"),
                        None => plain(range).to_owned(),
                    };
                    out.note(name, version, section, other, &range);
                }
            }
        }
        out
    }

    /// What a version needs, to be noted.
    fn needs(&mut self, name: &str, version: &Version) -> &mut Needs {
        let versions = self.all.entry(name.to_owned()).or_default();
        versions.entry(version.clone()).or_default()
    }

    fn note(&mut self, name: &str, version: &Version, section: Section, other: &str, range: &str) {
        let needs = self.needs(name, version);
        let list = match section {
            Section::Dependencies => &mut needs.dependencies,
            Section::Optional => &mut needs.optional,
            Section::Other => return,
        };
        list.insert(other.to_owned(), range.to_owned());
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a package is in it.
    pub fn has(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    /// The version that a range has come to: what was asked for so, or else the newest one
    /// that fits.
    pub fn pick(&self, name: &str, range: &str) -> Option<Version> {
        let asked = (name.to_owned(), range.to_owned());
        if let Some(version) = self.asked.get(&asked) {
            return Some(version.clone());
        }
        let range = Range::parse(range).ok()?;
        let mut versions = self.all.get(name)?.keys().rev();
        versions.find(|version| version.satisfies(&range)).cloned()
    }

    /// What a version needs, as far as the lock file has it.
    pub fn needs_of(&self, name: &str, version: &Version) -> Option<&Needs> {
        self.all.get(name)?.get(version)
    }
}

/// The package that a name stands for, and its range: `npm:other@range` takes another one.
pub fn alias<'t>(name: &'t str, range: &'t str) -> (&'t str, &'t str) {
    let other = range.strip_prefix("npm:").unwrap_or(range);
    match split(other) {
        Some(pair) => pair,
        None if other.len() < range.len() => (other, "*"),
        None => (name, range),
    }
}

/// A version without the peers that it was built for, in parentheses or after an underscore.
fn plain(text: &str) -> &str {
    text.split(['(', '_']).next().unwrap_or_default().trim()
}

/// Package and version of a key of pnpm's: `'@a/b@1.0.0(c@2.0.0)':`, `/a/1.0.0`.
fn release(key: &str) -> Option<(String, Version)> {
    let key = key.trim().trim_end_matches([':', ' ', '{', '}']);
    let key = plain(key.trim_matches('\'').trim_start_matches('/'));
    let (name, version) = split(key).or_else(|| key.rsplit_once('/'))?;
    Some((name.to_owned(), version.parse().ok()?))
}

/// Name and range, or version, of `name@range`; a scope's own mark is part of the name.
pub(super) fn split(key: &str) -> Option<(&str, &str)> {
    let at = key.get(1..)?.find('@')? + 1;
    Some((&key[..at], &key[at + 1..]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Pins;

    fn picks(pins: &Pins, name: &str, range: &str) -> Option<String> {
        pins.pick(name, range).map(|version| version.to_string())
    }

    #[test]
    fn reads_lock_files_of_yarn() {
        let first = "# yarn lockfile v1\n\n\n\"@a/b@^1.0.0\", \"@a/b@^1.2.0\":\n  version \"1.2.3\"\n  resolved \"x\"\n  dependencies:\n    c \"^2\"\n\nc@^2, c@~2.1.0:\n  version \"2.1.4\"\n";
        let pins = Pins::yarn(first);
        assert_eq!(picks(&pins, "@a/b", "^1.0.0").as_deref(), Some("1.2.3"));
        assert_eq!(picks(&pins, "c", "~2.1.0").as_deref(), Some("2.1.4"));
        assert_eq!(picks(&pins, "c", ">=2").as_deref(), Some("2.1.4"));
        assert_eq!(picks(&pins, "c", "^3"), None);
        let version = "1.2.3".parse().expect("a version");
        let needs = pins.needs_of("@a/b", &version).cloned().unwrap_or_default();
        assert_eq!(needs.dependencies["c"], "^2");
        let later = "__metadata:\n  version: 8\n\n\"c@npm:^2, c@npm:^2.1\":\n  version: 2.1.4\n  resolution: \"c@npm:2.1.4\"\n";
        let pins = Pins::yarn(later);
        assert_eq!(picks(&pins, "c", "^2.1").as_deref(), Some("2.1.4"));
    }

    #[test]
    fn reads_lock_files_of_pnpm() {
        for text in [
            "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      c:\n        specifier: ^2\n        version: 2.1.4\n\npackages:\n\n  '@a/b@1.2.3':\n    resolution: {integrity: x}\n\n  c@2.1.4:\n    resolution: {integrity: x}\n\nsnapshots:\n\n  '@a/b@1.2.3(x@1.0.0)':\n    dependencies:\n      c: 2.1.4\n      d-old: d@1.0.0\n    optionalDependencies:\n      e: 3.0.0(c@2.1.4)\n\n  c@2.1.4: {}\n",
            "lockfileVersion: '6.0'\n\npackages:\n\n  /@a/b@1.2.3(x@1.0.0):\n    dependencies:\n      c: 2.1.4\n      d-old: /d@1.0.0\n    optionalDependencies:\n      e: 3.0.0(c@2.1.4)\n    dev: false\n\n  /c@2.1.4:\n    dev: false\n",
            "lockfileVersion: 5.4\n\npackages:\n\n  /@a/b/1.2.3_x@1.0.0:\n    dependencies:\n      c: 2.1.4\n      d-old: /d/1.0.0\n    optionalDependencies:\n      e: 3.0.0_c@2.1.4\n    dev: false\n\n  /c/2.1.4:\n    dev: false\n",
        ] {
            let pins = Pins::pnpm(text);
            assert_eq!(
                picks(&pins, "@a/b", "^1").as_deref(),
                Some("1.2.3"),
                "{text}"
            );
            assert_eq!(picks(&pins, "c", "^2").as_deref(), Some("2.1.4"), "{text}");
            assert_eq!(picks(&pins, "c", "^9"), None, "{text}");
            let version = "1.2.3".parse().expect("a version");
            let needs = pins.needs_of("@a/b", &version).cloned().unwrap_or_default();
            let pairs = |list: &[(&str, &str)]| -> BTreeMap<String, String> {
                let list = list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
                list.collect()
            };
            let dependencies = pairs(&[("c", "2.1.4"), ("d-old", "npm:d@1.0.0")]);
            assert_eq!(needs.dependencies, dependencies, "{text}");
            assert_eq!(needs.optional, pairs(&[("e", "3.0.0")]), "{text}");
        }
    }
}
