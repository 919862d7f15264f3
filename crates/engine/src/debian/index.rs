//! The index of a Debian suite: every package that apt can install from it.
//!
//! Text, compressed with zstd on disk. The first lines say what it is, then comes one line a
//! package, in the order in which apt comes to know them, its fields separated by tabs:
//!
//! ```text
//! layerlab-debian 2
//! suite bookworm
//! part core
//! source …
//! list 151075 mirror_debian_dists_bookworm_InRelease
//! made ca-certificates 222073 /etc/ssl/certs
//! ahead cron cron-daemon-common
//! .
//! NAME VERSION SIZES RELATIONS…
//! ```
//!
//! `ahead` names what must be configured before a package is unpacked (Pre-Depends), as far as base
//! images lack it.
//!
//! Fields of a package: name; version; flags (`a` architecture all, `e` essential, `p`
//! protected, `m` sizes measured from the archive itself, `s` multi-arch same, `-` a stub; the
//! priority where it is not optional: `r` required, `i` important, `t` standard, `x` extra; the
//! number of the part of the suite's files of files that lists its own, where one does);
//! numbers separated by blanks (see [`Sizes`]); Pre-Depends and Depends; Recommends; Provides; Conflicts and Breaks; programs
//! as `PATH=BYTES`, `PATH>LINK`, or the path alone where the size is not known; users
//! that it makes (`%` marks a group, `^` before it what systemd-sysusers makes).
//!
//! A part of a suite has what most builds need, and stubs for packages that these name: enough
//! to tell that the whole index is needed.

use std::collections::HashMap;

use hashbrown::HashTable;
use rustc_hash::FxHashMap;

use super::relation::groups;

/// The version of the format.
pub const FORMAT: &str = "layerlab-debian 2";

/// Bytes that a package brings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Kibibytes that the package states (Installed-Size).
    pub stated: u64,
    /// Of the archive that is downloaded.
    pub download: u64,
    /// In regular files.
    pub full: u64,
    /// The same without documentation, manual pages and translations, as -slim images leave
    /// them out.
    pub slim: u64,
    /// In /var/lib/dpkg/info.
    pub info: u64,
    /// Of the paragraph in /var/lib/dpkg/status.
    pub status: u64,
    /// Of debconf templates.
    pub templates: u64,
    /// What its libraries add to /etc/ld.so.cache.
    pub libraries: u64,
    /// In the compiled Python modules that are made when it is installed.
    pub python: u64,
    /// Number of files and directories.
    pub paths: u64,
}

impl Sizes {
    /// Reads the numbers of a line, in the order of the fields above.
    pub fn read(text: &str) -> Self {
        let mut numbers = text.split(' ').map(|number| number.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        Self {
            stated: next(),
            download: next(),
            full: next(),
            slim: next(),
            info: next(),
            status: next(),
            templates: next(),
            libraries: next(),
            python: next(),
            paths: next(),
        }
    }

    /// The numbers of a line.
    pub fn write(&self) -> String {
        [
            self.stated,
            self.download,
            self.full,
            self.slim,
            self.info,
            self.status,
            self.templates,
            self.libraries,
            self.python,
            self.paths,
        ]
        .map(|number| number.to_string())
        .join(" ")
    }
}

/// A user or group that a package makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made<'i> {
    /// Its name.
    pub name: &'i str,
    /// Whether it is a group alone.
    pub is_group: bool,
    /// Whether systemd-sysusers makes it, where that is there: it counts downwards.
    pub by_sysusers: bool,
}

/// A package of the index.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'i> {
    /// Name.
    pub name: &'i str,
    /// The version that apt installs.
    pub version: &'i str,
    /// When apt comes to know its name, as it reads its lists: the later of two equal providers
    /// is chosen (apt-pkg numbers packages so, and compares these numbers last).
    pub number: u32,
    flags: &'i str,
    numbers: &'i str,
    /// Pre-Depends and Depends.
    pub depends: &'i str,
    /// Recommends.
    pub recommends: &'i str,
    /// Provides.
    pub provides: &'i str,
    /// Conflicts and Breaks.
    pub conflicts: &'i str,
    programs: &'i str,
    users: &'i str,
}

/// What a program on PATH is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'i> {
    /// A file of so many bytes.
    Bytes(u64),
    /// A symbolic link.
    Link(&'i str),
    /// A file of unknown size.
    File,
}

impl<'i> Entry<'i> {
    fn read(number: u32, line: &'i str) -> Option<Self> {
        let ends = memchr::memchr_iter(b'\t', line.as_bytes()).chain([line.len()]);
        let mut start = 0;
        let mut fields = ends.map(|end| {
            let field = &line[start..end];
            start = end + 1;
            field
        });
        Some(Self {
            number,
            name: fields.next()?,
            version: fields.next()?,
            flags: fields.next()?,
            numbers: fields.next()?,
            depends: fields.next()?,
            recommends: fields.next()?,
            provides: fields.next()?,
            conflicts: fields.next()?,
            programs: fields.next()?,
            users: fields.next()?,
        })
    }

    /// The same, known after so many others.
    pub(super) fn after(self, others: u32) -> Self {
        Self {
            number: self.number.saturating_add(others),
            ..self
        }
    }

    /// Its sizes.
    pub fn sizes(&self) -> Sizes {
        Sizes::read(self.numbers)
    }

    /// Whether it is for all architectures.
    pub fn is_all(&self) -> bool {
        self.flags.contains('a')
    }

    /// Whether the system cannot do without it.
    pub fn is_essential(&self) -> bool {
        self.flags.contains('e')
    }

    /// Whether it is not removed but by name (`Protected: yes`).
    pub fn is_protected(&self) -> bool {
        self.flags.contains('p')
    }

    /// Its priority: 1 (required) to 5 (extra).
    pub fn priority(&self) -> u8 {
        let priorities = [('r', 1), ('i', 2), ('t', 3), ('x', 5)];
        let mut known = priorities.iter();
        known
            .find(|(flag, _)| self.flags.contains(*flag))
            .map_or(4, |(_, priority)| *priority)
    }

    /// Whether only the whole index has what it needs.
    pub fn is_stub(&self) -> bool {
        self.flags.contains('-')
    }

    /// Whether its sizes are those of the archive itself.
    pub fn is_measured(&self) -> bool {
        self.flags.contains('m')
    }

    /// The part of the suite's files of files that lists its own.
    pub fn part(&self) -> Option<u16> {
        let digits = self
            .flags
            .trim_start_matches(|ch: char| !ch.is_ascii_digit());
        digits.parse().ok()
    }

    /// Whether several architectures of it may be installed, so that its files are named for one.
    pub fn is_same(&self) -> bool {
        self.flags.contains('s')
    }

    /// The users that it makes when it is configured.
    pub fn users(&self) -> impl Iterator<Item = Made<'i>> {
        let names = self.users.split(' ').filter(|name| !name.is_empty());
        names.map(|name| {
            let (by_sysusers, name) = match name.strip_prefix('^') {
                Some(rest) => (true, rest),
                None => (false, name),
            };
            let (is_group, name) = match name.strip_prefix('%') {
                Some(rest) => (true, rest),
                None => (false, name),
            };
            Made {
                name,
                is_group,
                by_sysusers,
            }
        })
    }

    /// The programs that it puts on PATH, by path.
    pub fn programs(&self) -> impl Iterator<Item = (&'i str, Content<'i>)> {
        self.programs.split(' ').filter_map(|program| {
            if let Some((path, target)) = program.split_once('>') {
                return Some((path, Content::Link(target)));
            }
            match program.split_once('=') {
                Some((path, bytes)) => Some((path, Content::Bytes(bytes.parse().ok()?))),
                None if program.is_empty() => None,
                None => Some((program, Content::File)),
            }
        })
    }
}

/// The packages of a suite.
#[derive(Debug, Clone, Default)]
pub struct Index {
    text: String,
    /// Where each package's line begins.
    lines: Vec<u32>,
    /// Numbers of packages, by name.
    names: HashTable<u32>,
    /// Hashes of names that are provided, with the number of the package that does, sorted.
    providers: Vec<(u64, u32)>,
    /// Where a hash is first in the table of providers.
    provided: FxHashMap<u64, u32>,
    /// Files of /var/lib/apt/lists, with their sizes.
    lists: Vec<(String, u64)>,
    suite: String,
    whole: bool,
    /// What packages make when they are configured: directories and bytes.
    made: HashMap<String, Vec<(String, u64)>>,
    /// What must be configured before a package is unpacked.
    ahead: HashMap<String, Vec<String>>,
}

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// Where the text is not one.
    pub fn parse(text: String) -> Result<Self, String> {
        let mut out = Self {
            whole: true,
            ..Self::default()
        };
        let mut at = 0;
        let mut head = true;
        let mut names = Vec::new();
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let line = line.trim_end_matches('\n');
            if start == 0 {
                if line != FORMAT {
                    return Err(format!("not an index of the form {FORMAT:?}"));
                }
            } else if head {
                let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
                match key {
                    "suite" => out.suite = rest.to_owned(),
                    "part" => out.whole = false,
                    "list" => out.lists.push(list(rest)?),
                    "made" => {
                        let mut fields = rest.split(' ');
                        let (Some(name), Some(Ok(bytes)), Some(at)) =
                            (fields.next(), fields.next().map(str::parse), fields.next())
                        else {
                            return Err(format!("{line:?} does not say what is made"));
                        };
                        let made = out.made.entry(name.to_owned()).or_default();
                        made.push((at.to_owned(), bytes));
                    }
                    "ahead" => {
                        let mut names = rest.split(' ').map(str::to_owned);
                        let name = names.next().unwrap_or_default();
                        out.ahead.insert(name, names.collect());
                    }
                    "." => head = false,
                    _ => {}
                }
            } else {
                let mut tabs = memchr::memchr_iter(b'\t', line.as_bytes());
                let (Some(name), Some(from), Some(to), Some(_), Some(_), None) = (
                    tabs.next(),
                    tabs.nth(4),
                    tabs.next(),
                    tabs.next(),
                    tabs.next(),
                    tabs.next(),
                ) else {
                    return Err(format!("{:?} does not have ten fields", line.get(..40)));
                };
                let number = u32::try_from(out.lines.len()).unwrap_or(u32::MAX);
                names.push((hash(&line[..name]), number));
                for provided in line[from + 1..to].split(',') {
                    let end = provided.find(['<', '=', '>']).unwrap_or(provided.len());
                    if end > 0 {
                        out.providers.push((hash(&provided[..end]), number));
                    }
                }
                out.lines
                    .push(u32::try_from(start).map_err(|_| "the index is too long")?);
            }
        }
        out.names = HashTable::with_capacity(names.len());
        for (own, number) in &names {
            let hash_of = |number: &u32| names[*number as usize].0;
            out.names.insert_unique(*own, *number, hash_of);
        }
        out.providers.sort_unstable();
        for (place, (provided, _)) in (0..).zip(&out.providers) {
            out.provided.entry(*provided).or_insert(place);
        }
        out.text = text;
        Ok(out)
    }

    /// The suite's name.
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// Whether it has all packages of the suite.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// What `apt-get update` leaves in /var/lib/apt/lists: names and bytes.
    pub fn lists(&self) -> &[(String, u64)] {
        &self.lists
    }

    /// What a package makes when it is configured, beside the files that it brings:
    /// directories and bytes.
    pub fn made(&self, name: &str) -> &[(String, u64)] {
        self.made.get(name).map_or(&[], Vec::as_slice)
    }

    /// What must be configured before a package is unpacked, where base images lack it.
    pub fn ahead(&self, name: &str) -> impl Iterator<Item = &str> {
        let names = self.ahead.get(name).map_or(&[][..], Vec::as_slice);
        names.iter().map(String::as_str)
    }

    /// How many packages there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no package.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The text from a package's line on.
    fn text_from(&self, number: u32) -> Option<&str> {
        self.text.get(*self.lines.get(number as usize)? as usize..)
    }

    fn entry(&self, number: u32) -> Option<Entry<'_>> {
        let rest = self.text_from(number)?;
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        Entry::read(number, &rest[..end])
    }

    /// All packages, in apt's order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..).map_while(|number| self.entry(number))
    }

    /// A package by its name.
    pub fn get(&self, name: &str) -> Option<Entry<'_>> {
        let is_own = |number: &u32| {
            let line = self.text_from(*number);
            line.and_then(|line| line.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with('\t'))
        };
        self.entry(*self.names.find(hash(name), is_own)?)
    }

    /// The packages that provide a name beside the one that has it.
    pub fn providers<'i, 'n>(
        &'i self,
        name: &'n str,
    ) -> impl Iterator<Item = Entry<'i>> + use<'i, 'n> {
        let own = hash(name);
        let first = self.provided.get(&own).map(|first| *first as usize);
        let from_first = first.and_then(|first| self.providers.get(first..));
        let same = from_first.unwrap_or_default().iter();
        same.take_while(move |(provided, _)| *provided == own)
            .filter_map(|(_, number)| self.entry(*number))
            // Other names may have the same hash.
            .filter(move |entry| groups(entry.provides).flatten().any(|own| own.name == name))
    }
}

/// A file of /var/lib/apt/lists: its name and bytes, from `BYTES NAME`.
pub(super) fn list(text: &str) -> Result<(String, u64), &'static str> {
    let (size, name) = text.split_once(' ').ok_or("a list without a name")?;
    let size = size.parse().map_err(|_| "a list without a size")?;
    Ok((name.to_owned(), size))
}

/// FNV-1a: names are short and many.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
