//! The index of npm's packages: their releases, what those depend on, and their files.
//!
//! Text, compressed with zstd on disk, one fact a line:
//!
//! ```text
//! layerlab-node 1
//! D express 5.3.0 564807           a package, its latest release, bytes of its document
//! V >= 18⇥5.3.0 5.2.1               releases by the Node they need, of a package that is asked for
//! R 4.18.2 56330 1523 - -          a measured release: bytes of its archive and of its entry in
//!                                  a lock file; `s` with a script; what it runs on (os=linux)
//! Q accepts ~1.3.8                 a dependency; O an optional one, P one of its user's
//! C mime cli.js                    a program
//! f 4:index.js⇥224                 a file: path, bytes; x where it is executable
//! d dist⇥61744⇥900                 a directory summed up: bytes, files
//! ```
//!
//! A path that begins with `N` and a colon shares its first N bytes with the one before it.

use nodejs_semver::{Range, Version};

use crate::catalog::sections::{Sections, files, number};

/// The version of the format.
pub const FORMAT: &str = "layerlab-node 1";

/// The packages.
#[derive(Debug, Clone, Default)]
pub struct Index {
    sections: Sections,
}

/// A package.
#[derive(Debug, Clone)]
pub struct Package<'i> {
    /// Its latest release.
    pub latest: &'i str,
    /// Releases, newest first, with the versions of Node that they need (`*`: any); of a
    /// package that is only depended on, those that are measured.
    pub versions: Vec<(Version, &'i str)>,
    /// The measured releases.
    pub releases: Vec<Release<'i>>,
}

/// A measured release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release<'i> {
    /// Its version.
    pub version: Version,
    /// Bytes of what the registry says of its package.
    pub document: u64,
    /// Bytes of its archive.
    pub download: u64,
    /// Bytes of its entry in a lock file, without its path and where it came from.
    pub entry: u64,
    /// Whether it runs a script when it is installed.
    pub has_script: bool,
    platform: &'i str,
    /// What it depends on: names and ranges.
    pub dependencies: Vec<(&'i str, &'i str)>,
    /// The same, where they may be missing.
    pub optional: Vec<(&'i str, &'i str)>,
    /// What it wants of whoever depends on it.
    pub peers: Vec<(&'i str, &'i str)>,
    /// Its programs: names and files.
    pub programs: Vec<(&'i str, &'i str)>,
    lines: &'i str,
}

/// A file of a package, or a directory of which only the sum is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where it is in the package.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Whether it is executable.
    pub executable: bool,
    /// Number of files, where it is a directory's sum.
    pub files: u64,
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

    /// The measured release of a version of a package, or else the nearest one.
    pub fn release(&self, name: &str, version: Option<&Version>) -> Option<Release<'_>> {
        self.get(name)?.nearest(version?).cloned()
    }

    /// A package by its name.
    pub fn get(&self, name: &str) -> Option<Package<'_>> {
        self.sections.get(name).map(Package::read)
    }
}

impl<'i> Package<'i> {
    fn read(text: &'i str) -> Self {
        let mut out = Self {
            latest: "",
            versions: Vec::new(),
            releases: Vec::new(),
        };
        let mut document = 0;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            at += line.len();
            let (Some(kind), Some(rest)) = (line.chars().next(), line.trim_end().get(2..)) else {
                continue;
            };
            let pair = || rest.split_once(' ').unwrap_or((rest, ""));
            match (kind, out.releases.last_mut()) {
                ('D', _) => {
                    let mut words = rest.split(' ').skip(1);
                    out.latest = words.next().unwrap_or_default();
                    document = number(words.next());
                }
                ('V', _) => {
                    let (engines, words) = rest.split_once('\t').unwrap_or(("*", rest));
                    let words = words.split(' ');
                    let versions = words.filter_map(|word| Version::parse(word).ok());
                    out.versions
                        .extend(versions.map(|version| (version, engines)));
                }
                ('R', _) => {
                    let mut words = rest.split(' ');
                    if let Some(Ok(version)) = words.next().map(Version::parse) {
                        out.releases.push(Release {
                            version,
                            document,
                            download: number(words.next()),
                            entry: number(words.next()),
                            has_script: words.next() == Some("s"),
                            platform: words.next().unwrap_or("-"),
                            dependencies: Vec::new(),
                            optional: Vec::new(),
                            peers: Vec::new(),
                            programs: Vec::new(),
                            lines: &text[at..at],
                        });
                    }
                }
                ('Q', Some(release)) => release.dependencies.push(pair()),
                ('O', Some(release)) => release.optional.push(pair()),
                ('P', Some(release)) => release.peers.push(pair()),
                ('C', Some(release)) => release.programs.push(pair()),
                ('f' | 'x' | 'd', Some(release)) => {
                    release.lines = &text[at - line.len() - release.lines.len()..at];
                }
                _ => {}
            }
        }
        for release in &out.releases {
            if !out
                .versions
                .iter()
                .any(|(version, _)| *version == release.version)
            {
                out.versions.push((release.version.clone(), "*"));
            }
        }
        out.versions.sort_by(|left, right| right.0.cmp(&left.0));
        out
    }

    /// The release that npm takes for a range (npm-pick-manifest): the latest one where it is
    /// in it, else the newest that is; and rather one that runs on this Node.
    pub fn best(&self, range: &str, node: Option<&Version>) -> Option<Version> {
        let range = match range.trim() {
            "" | "*" | "x" | "latest" => Range::any(),
            range => Range::parse(range).ok()?,
        };
        let latest = Version::parse(self.latest).ok();
        let runs = |engines: &str| match (node, Range::parse(engines)) {
            (Some(node), Ok(engines)) => node.satisfies(&engines),
            _ => true,
        };
        let fitting = || {
            self.versions
                .iter()
                .filter(|(version, _)| version.satisfies(&range))
        };
        let sound = fitting().filter(|(_, engines)| runs(engines));
        sound
            .min_by_key(|(version, _)| Some(version) != latest.as_ref())
            .or_else(|| fitting().min_by_key(|(version, _)| Some(version) != latest.as_ref()))
            .map(|(version, _)| version.clone())
    }

    /// The measured release of a version, or else the nearest one.
    pub fn nearest(&self, version: &Version) -> Option<&Release<'i>> {
        self.releases.iter().min_by_key(|own| {
            let own = &own.version;
            (
                own.major().abs_diff(version.major()),
                own.minor().abs_diff(version.minor()),
                own.patch().abs_diff(version.patch()),
            )
        })
    }
}

impl Release<'_> {
    /// Whether it runs on a platform; `musl` says whose C library it has.
    pub fn runs_on(&self, machine: &str, musl: bool) -> bool {
        let cpu = match machine {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        let libc = if musl { "musl" } else { "glibc" };
        self.platform.split(',').all(|demand| {
            let Some((what, allowed)) = demand.split_once('=') else {
                return true;
            };
            let own = match what {
                "os" => "linux",
                "cpu" => cpu,
                _ => libc,
            };
            let mut negative = false;
            let listed = allowed.split('|').any(|word| match word.strip_prefix('!') {
                Some(word) => {
                    negative = true;
                    word == own
                }
                None => word == own || word == "any",
            });
            listed != negative
        })
    }

    /// Its files.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        files(self.lines).map(|(kind, path, numbers)| Member {
            path,
            size: numbers.first().copied().unwrap_or(0),
            executable: kind == 'x',
            files: numbers.get(1).copied().unwrap_or(0),
        })
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.members().map(|member| member.size).sum()
    }
}

#[cfg(test)]
mod tests {
    use nodejs_semver::Version;

    use super::Index;

    const TEXT: &str = "layerlab-node 1\nD a 2.1.0 500\nV *\t2.1.0 2.0.0 1.9.0\nV >=99\t3.0.0\nR 1.9.0 10 20 - -\nQ b ^1.0.0\nf index.js\t5\nf 5:.d.ts\t6\nR 2.1.0 11 20 s os=linux|darwin,cpu=x64\nC a bin/a.js\nx bin/a.js\t7\nd dist\t100\t9\nD b 3.0.0 1\nR 1.2.0 5 5 - os=!win32\n";

    #[test]
    fn reads_packages() {
        let index = Index::parse(TEXT.to_owned()).expect("an index");
        let a = index.get("a").expect("a");
        let best = |range: &str| {
            a.best(range, Version::parse("20.0.0").ok().as_ref())
                .map(|version| version.to_string())
        };
        assert_eq!(best("^1.0.0").as_deref(), Some("1.9.0"));
        assert_eq!(best("*").as_deref(), Some("2.1.0"));
        assert_eq!(best(">=1 <2.1").as_deref(), Some("2.0.0"));
        assert_eq!(best("^9"), None);
        assert_eq!(best("^3").as_deref(), Some("3.0.0"));
        let release = a
            .nearest(&Version::parse("2.0.0").expect("2.0.0"))
            .expect("a release");
        assert_eq!(release.version.to_string(), "2.1.0");
        assert!(release.has_script && release.runs_on("x86_64", true));
        assert!(!release.runs_on("aarch64", false));
        assert_eq!(release.bytes(), 107);
        let files: Vec<_> = a.releases[0].members().map(|member| member.path).collect();
        assert_eq!(files, ["index.js", "index.d.ts"]);
        let b = index.get("b").expect("b");
        assert!(b.releases[0].runs_on("x86_64", false));
        assert_eq!(
            b.best("^1.0.0", None)
                .map(|version| version.to_string())
                .as_deref(),
            Some("1.2.0")
        );
    }
}
