//! The source packages of a Debian suite: what `apt-get build-dep` installs.
//!
//! Text, compressed with zstd on disk, made like an index: a head up to a line with a dot, then
//! one line a source package, sorted by name, its fields separated by tabs: name; version; the
//! packages that are built from it, as far as they have other names; Build-Depends with its
//! kin; Build-Conflicts with its kin.

use super::index::list;

/// The version of the format.
pub const FORMAT: &str = "layerlab-sources 1";

/// What parts the head from the packages.
const END: &str = "\n.\n";

/// How names of packages begin that stand for the building of a source.
pub const STAND_IN: &str = "builddeps:";

/// A source package.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// Name.
    pub name: &'s str,
    depends: &'s str,
    conflicts: &'s str,
}

impl Source<'_> {
    /// The line of the package that stands for its building, as an index has it. All need what
    /// is essential to build with.
    pub fn line(&self) -> String {
        let (name, depends, conflicts) = (self.package(), self.depends, self.conflicts);
        format!("{name}\t1\t\t\tbuild-essential,{depends}\t\t\t{conflicts}\t\t")
    }

    /// The name of that package.
    pub fn package(&self) -> String {
        format!("{STAND_IN}{}", self.name)
    }
}

/// The source packages of a suite.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    suite: String,
    /// Files of /var/lib/apt/lists, with their sizes.
    lists: Vec<(String, u64)>,
    text: String,
}

impl Sources {
    /// Reads the file.
    ///
    /// # Errors
    /// Where the text is not one.
    pub fn parse(mut text: String) -> Result<Self, String> {
        let end = text.find(END).ok_or("a head without an end")?;
        let body = text.split_off(end + END.len());
        let mut lines = text[..end].lines();
        if lines.next() != Some(FORMAT) {
            return Err(format!("not of the form {FORMAT:?}"));
        }
        let mut out = Self::default();
        for line in lines {
            match line.split_once(' ') {
                Some(("suite", name)) => name.clone_into(&mut out.suite),
                Some(("list", rest)) => out.lists.push(list(rest)?),
                _ => {}
            }
        }
        if let Some(line) = body.lines().find(|line| line.split('\t').count() != 5) {
            return Err(format!("{line:?} does not have five fields"));
        }
        out.text = body;
        Ok(out)
    }

    /// The suite's name.
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// What `apt-get update` leaves in /var/lib/apt/lists for them: names and bytes.
    pub fn lists(&self) -> &[(String, u64)] {
        &self.lists
    }

    /// The source package of a name: the one that a package of that name is built from, else the
    /// one that has it (apt's `FindSrc`).
    pub fn get(&self, name: &str) -> Option<Source<'_>> {
        let mut named = None;
        // Few of the many lines name it at all.
        for line in self.text.lines().filter(|line| line.contains(name)) {
            let mut fields = line.split('\t');
            let (Some(own), Some(_), Some(binaries), Some(depends), Some(conflicts)) = (
                fields.next(),
                fields.next(),
                fields.next(),
                fields.next(),
                fields.next(),
            ) else {
                continue;
            };
            let source = Source {
                name: own,
                depends,
                conflicts,
            };
            if binaries.split(' ').any(|binary| binary == name) {
                return Some(source);
            }
            if own == name {
                named = Some(source);
            }
        }
        named
    }
}
