//! What all processes of a RUN share: files, output, limits, and what is known of programs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use brush_parser::ast::Program;
use brush_parser::word::WordPiece;

use crate::catalog::{Catalog, CatalogFile};
use crate::debian::Packages;
use crate::image::{FileTree, Marks, Node};
use crate::size::ByteCount;

use super::data::Data;
use super::files::{Files, Who};
use super::process::{Dialect, Exit, Flow, OpenFile, Process, Stream};

/// Most commands that one RUN may execute.
pub const MAX_STEPS: u32 = 100_000;

/// Most bytes that one RUN may print, or pass through pipes.
const MAX_OUTPUT: u64 = 64 << 20;

/// Most bytes of files that writing to them may copy, for each write makes a file's content anew.
const MAX_COPIED: u64 = 1 << 30;

/// Most paths that one RUN may change.
const MAX_CHANGES: usize = 200_000;

/// How deep shells, functions and substitutions may be nested.
pub const MAX_DEPTH: usize = 64;

/// A finding on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its name.
    pub code: &'static str,
    /// What it says.
    pub message: String,
}

/// Parsed scripts and words, by text.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// Scripts.
    pub programs: HashMap<(bool, String), Option<Rc<Program>>>,
    /// Words.
    pub words: HashMap<(bool, String), Option<Rc<Vec<WordPiece>>>>,
}

/// The machine that a RUN runs on.
#[derive(Debug, Clone)]
pub struct Machine<'m> {
    /// Its files.
    pub files: Files,
    /// What it knows beside them.
    pub catalog: &'m Catalog,
    /// Files of the base image: programs found there are what their names say.
    pub base: &'m FileTree,
    /// What was printed.
    pub log: Data,
    /// Findings.
    pub notes: Vec<Note>,
    /// Parsed scripts and words.
    pub parsed: Parsed,
    /// How many bytes more or less the layer may have than the course that was taken.
    pub slack: (u64, u64),
    /// `uname -m`.
    pub machine: &'static str,
    /// Whether programs reach the network.
    pub network: bool,
    /// What /bin/sh is where the image does not say.
    pub default_shell: Dialect,
    /// The image's system: `debian 12`; empty where it is not known.
    pub os: String,
    /// Packages that are installed.
    pub packages: Arc<Packages>,
    /// What package managers other than the system's brought.
    pub marks: Marks,
    /// What package managers hold in their caches, so that they do not fetch it again:
    /// `npm:express`.
    pub fetched: Arc<BTreeSet<String>>,
    /// Addresses that this step downloaded from; what installed something is taken out.
    pub downloaded: Vec<String>,
    /// The user's own catalog.
    pub own_catalog: Option<&'m CatalogFile>,
    /// Sizes of packages that the user has stated: `npm:NAME`.
    pub package_sizes: Option<&'m BTreeMap<String, u64>>,
    /// The number of this RUN among all steps of its stage.
    pub run_number: usize,
    /// Files of the catalog that would make the result more exact.
    pub missing: BTreeSet<String>,
    steps: u32,
    output: u64,
    copied: u64,
    last_pid: u32,
}

impl<'m> Machine<'m> {
    /// A machine with files.
    pub fn new(
        files: Files,
        catalog: &'m Catalog,
        base: &'m FileTree,
        machine: &'static str,
    ) -> Self {
        Self {
            files,
            catalog,
            base,
            log: Data::default(),
            notes: Vec::new(),
            parsed: Parsed::default(),
            slack: (0, 0),
            machine,
            network: true,
            default_shell: Dialect::Dash,
            os: String::new(),
            packages: Arc::default(),
            marks: Marks::default(),
            fetched: Arc::default(),
            downloaded: Vec::new(),
            own_catalog: None,
            package_sizes: None,
            run_number: 0,
            missing: BTreeSet::new(),
            steps: 0,
            output: 0,
            copied: 0,
            last_pid: 6,
        }
    }

    /// Asks for a file of the catalog. Until it comes nothing is known of what the program
    /// makes, so that nothing is called missing.
    pub fn want(&mut self, file: &str) {
        self.missing.insert(file.to_owned());
        self.files.add_bulk("/", ByteCount::ZERO);
    }

    /// What the user's own catalog tells, else the bundled one.
    pub fn told<T>(&self, tells: impl Fn(&CatalogFile) -> Option<T>) -> Option<T> {
        let own = self.own_catalog.and_then(&tells);
        own.or_else(|| tells(self.catalog.core()))
    }

    /// What package managers hold in their caches, to be changed.
    pub fn fetched_mut(&mut self) -> &mut BTreeSet<String> {
        Arc::make_mut(&mut self.fetched)
    }

    /// The same for a cache in a directory, whose own begin with `kind`: where the directory is
    /// gone, they are.
    pub fn fetched_in(&mut self, directory: &str, kind: &str) -> &mut BTreeSet<String> {
        let gone = self.files.node(directory).is_none();
        let fetched = Arc::make_mut(&mut self.fetched);
        if gone {
            fetched.retain(|what| !what.starts_with(kind));
        }
        fetched
    }

    /// Packages that are installed, to be changed.
    pub fn packages_mut(&mut self) -> &mut Packages {
        Arc::make_mut(&mut self.packages)
    }

    /// The size of a package that the catalog does not list: what the user has stated, else
    /// `guess`, which is said.
    pub fn unlisted(&mut self, manager: &str, name: &str, guess: ByteCount) -> ByteCount {
        let stated = self
            .package_sizes
            .and_then(|sizes| sizes.get(&format!("{manager}:{name}")));
        if let Some(&bytes) = stated {
            return ByteCount::assumed(bytes, bytes, bytes);
        }
        if let Some(known) = self.own_catalog.and_then(|own| own.package(manager, name)) {
            return known;
        }
        self.note(
            "unknown-package",
            format!("the {manager} package {name} is not in the catalog: its size, and that of what it needs, is assumed, with a range. Type it in the Packages view"),
        );
        guess
    }

    /// Counts a command against the limits.
    ///
    /// # Errors
    /// Where one is reached.
    pub fn step(&mut self) -> Result<(), Flow> {
        self.count(1)
    }

    /// Counts work against the limits.
    ///
    /// # Errors
    /// Where one is reached.
    pub fn count(&mut self, steps: u32) -> Result<(), Flow> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            return Err(Flow::Limit("it takes more than 100,000 steps"));
        }
        if self.output > MAX_OUTPUT {
            return Err(Flow::Limit("it writes more than 64 MiB of text"));
        }
        if self.copied > MAX_COPIED {
            return Err(Flow::Limit("it writes too often to large files"));
        }
        if self.files.changes() > MAX_CHANGES {
            return Err(Flow::Limit("it changes more than 200,000 paths"));
        }
        Ok(())
    }

    /// A number for a new process.
    pub fn next_pid(&mut self) -> u32 {
        self.last_pid += 1;
        self.last_pid
    }

    /// Notes a finding once.
    pub fn note(&mut self, code: &'static str, message: String) {
        let note = Note { code, message };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Writes to a stream.
    pub fn write(&mut self, stream: Option<&Stream>, data: Data) -> bool {
        self.output = self.output.saturating_add(data.held());
        if data.is_endless() && matches!(stream, Some(Stream::File(_) | Stream::Log)) {
            self.output = u64::MAX;
        }
        match stream {
            None | Some(Stream::Full) => return data.is_empty(),
            Some(Stream::Null | Stream::Zero | Stream::Random) => {}
            Some(Stream::Log) => self.log.append(data),
            Some(Stream::Buffer(buffer)) => buffer.borrow_mut().append(data),
            Some(Stream::File(file)) => {
                let mut file = file.borrow_mut();
                self.write_file(&mut file, data);
            }
        }
        true
    }

    fn write_file(&mut self, file: &mut OpenFile, data: Data) {
        let Ok(mut content) = self.files.read(&file.path, &Who::default()) else {
            return;
        };
        let size = data.size();
        let held = content.known().map_or(0, <[u8]>::len) as u64;
        self.copied = self.copied.saturating_add(held);
        match file.position {
            None => content.append(data),
            Some(position) => {
                let end = content.size();
                let mut before = content.take(position);
                if end.is_exact() && end.bytes < position {
                    before.append(Data::from(vec![
                        0;
                        usize::try_from(position - end.bytes)
                            .unwrap_or(0)
                            .min(1 << 20)
                    ]));
                }
                before.append(data);
                content.take(size.bytes);
                before.append(content);
                content = before;
                file.position = Some(position + size.bytes);
            }
        }
        let path = file.path.clone();
        self.files.set_content(&path, &content);
    }

    /// Reads all that is left in a stream.
    pub fn read_all(&mut self, stream: Option<&Stream>) -> Data {
        match stream {
            Some(Stream::Buffer(buffer)) => std::mem::take(&mut *buffer.borrow_mut()),
            Some(Stream::File(file)) => std::mem::take(&mut file.borrow_mut().unread),
            Some(Stream::Zero | Stream::Random) => Data::endless(),
            _ => Data::default(),
        }
    }

    /// Reads one line from a stream.
    pub fn read_line(&mut self, stream: Option<&Stream>) -> Option<String> {
        match stream {
            Some(Stream::Buffer(buffer)) => buffer.borrow_mut().take_line(),
            Some(Stream::File(file)) => file.borrow_mut().unread.take_line(),
            _ => None,
        }
    }

    /// Reads at most `count` bytes from a stream.
    pub fn read_some(&mut self, stream: Option<&Stream>, count: u64) -> Data {
        match stream {
            Some(Stream::Buffer(buffer)) => buffer.borrow_mut().take(count),
            Some(Stream::File(file)) => file.borrow_mut().unread.take(count),
            Some(Stream::Zero) if count <= 1 << 16 => {
                Data::from(vec![0; usize::try_from(count).unwrap_or(0)])
            }
            Some(Stream::Zero | Stream::Random) => Data::opaque(ByteCount::measured(count)),
            _ => Data::default(),
        }
    }

    /// Lines of a file of fields separated by colons, where its content is known.
    pub fn records(&self, file: &str) -> Option<Vec<Vec<String>>> {
        let text = self.files.text(file)?;
        let fields = |line: &str| line.split(':').map(str::to_owned).collect();
        Some(text.lines().map(fields).collect())
    }

    /// Whether all users and groups are known.
    pub fn knows_users(&self) -> bool {
        self.records("/etc/passwd").is_some() && !self.packages.may_make_users
    }

    /// The user of a number.
    pub fn user_name(&self, uid: u32) -> Option<String> {
        name_of(&self.records("/etc/passwd")?, uid)
    }

    /// The group of a number.
    pub fn group_name(&self, gid: u32) -> Option<String> {
        name_of(&self.records("/etc/group")?, gid)
    }

    /// Number and group of a user.
    pub fn user(&self, name: &str) -> Option<(u32, u32)> {
        let records = self.records("/etc/passwd")?;
        let record = records.iter().find(|record| record[0] == name)?;
        Some((record.get(2)?.parse().ok()?, record.get(3)?.parse().ok()?))
    }

    /// Number of a group.
    pub fn group(&self, name: &str) -> Option<u32> {
        let records = self.records("/etc/group")?;
        let record = records.iter().find(|record| record[0] == name)?;
        record.get(2)?.parse().ok()
    }

    /// Who a user is, with the groups that /etc/group gives.
    pub fn who(&self, uid: u32, gid: u32, name: Option<&str>) -> Who {
        let mut groups = Vec::new();
        for record in self.records("/etc/group").into_iter().flatten() {
            let member = record
                .get(3)
                .is_some_and(|members| members.split(',').any(|member| Some(member) == name));
            if let (true, Some(Ok(gid))) = (member, record.get(2).map(|gid| gid.parse())) {
                groups.push(gid);
            }
        }
        Who { uid, gid, groups }
    }

    /// The course that is left aside: what the layer would weigh with it.
    pub fn consider(&mut self, other: &Self) {
        let (own, theirs) = (self.files.layer_size(), other.files.layer_size());
        let less = own.bytes.saturating_sub(theirs.bytes) + other.slack.0;
        let more = theirs.bytes.saturating_sub(own.bytes) + other.slack.1;
        self.slack = (self.slack.0.max(less), self.slack.1.max(more));
        self.steps = self.steps.max(other.steps);
        for note in &other.notes {
            self.note(note.code, note.message.clone());
        }
    }

    /// Runs a course of events without keeping its effects, to know what it would weigh.
    ///
    /// # Errors
    /// A limit.
    pub fn imagine(
        &mut self,
        process: &Process,
        course: impl FnOnce(&mut Machine<'m>, &mut Process) -> Result<Exit, Flow>,
    ) -> Result<(), Flow> {
        let mut other = self.clone();
        let mut process = process.clone();
        match course(&mut other, &mut process) {
            Err(limit @ Flow::Limit(_)) => Err(limit),
            // A course that ends the build is not one that an image comes from.
            Err(Flow::Exit(exit)) if exit.failed() => Ok(()),
            _ => {
                self.consider(&other);
                Ok(())
            }
        }
    }

    /// Whether a node holds a script, and its first line.
    pub fn script_line(node: &Node) -> Option<String> {
        let Node::File(file) = node else { return None };
        let content = file.content.as_deref()?;
        let text = String::from_utf8_lossy(content);
        let line = text.lines().next()?.strip_prefix("#!")?;
        Some(line.trim().to_owned())
    }

    /// What a table of names by number says.
    pub fn users(&self) -> BTreeMap<u32, String> {
        let records = self.records("/etc/passwd").unwrap_or_default();
        records
            .iter()
            .rev()
            .filter_map(|record| Some((record.get(2)?.parse().ok()?, record[0].clone())))
            .collect()
    }
}

fn name_of(records: &[Vec<String>], id: u32) -> Option<String> {
    let id = id.to_string();
    let record = records.iter().find(|record| record.get(2) == Some(&id))?;
    Some(record[0].clone())
}
