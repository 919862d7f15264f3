//! What apt chooses to install and remove (apt-pkg's `pkgDepCache::MarkInstall`, `MarkDelete`
//! and `AutoRemove`).
//!
//! apt takes each package that was asked for, then each relationship of it that is not
//! satisfied yet, in order: the first alternative that can be installed, a package of that very
//! name before those that provide it. What is in the way is removed.

use std::collections::{BTreeMap, BTreeSet};

use super::index::{Entry, Index};
use super::installed::Packages;
use super::relation::{Atom, groups};

/// How deep packages may need each other before the search is given up.
const MAX_DEPTH: usize = 3000;

/// What a command asks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Packages to install.
    pub install: Vec<String>,
    /// Packages to remove.
    pub remove: Vec<String>,
    /// Whether what is recommended comes along.
    pub recommends: bool,
    /// Whether all packages are brought up to date.
    pub upgrade: bool,
    /// Whether upgrading may install and remove others (`dist-upgrade`).
    pub full_upgrade: bool,
    /// Whether only packages that are installed are looked at (`--only-upgrade`).
    pub only_upgrade: bool,
    /// Whether what nobody needs any more is removed too.
    pub autoremove: bool,
}

/// A package that is installed or upgraded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Name.
    pub name: String,
    /// Whether it only came because another one needs it.
    pub auto: bool,
    /// The package that needs it, where it was not asked for.
    pub by: Option<String>,
    /// The version before, where it is an upgrade.
    pub from: Option<String>,
}

/// What will be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Packages that are unpacked, by name.
    pub install: Vec<Change>,
    /// Packages that are removed, by name.
    pub remove: Vec<String>,
    /// Packages that are there in their newest version already.
    pub newest: Vec<String>,
    /// Packages that are asked for by name from now on.
    pub manual: Vec<String>,
}

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// `E: Unable to locate package`
    Unknown(String),
    /// `E: Package 'x' has no installation candidate`
    Virtual(String),
    /// What a package needs cannot be had: package, and the relationship.
    Unmet(String, String),
}

/// Finds what a request leads to.
///
/// # Errors
/// Where apt stops.
pub fn resolve(
    index: &Index,
    packages: &Packages,
    request: &Request,
) -> Result<Transaction, Problem> {
    let mut marks = Marks {
        index,
        packages,
        recommends: request.recommends,
        install: BTreeMap::new(),
        remove: BTreeSet::new(),
        depth: 0,
        asking: "",
        by: BTreeMap::new(),
    };
    let mut out = Transaction::default();
    for name in &request.remove {
        if packages.has(name) {
            marks.delete(name);
        }
    }
    for name in &request.install {
        let installed = packages.by_name.get(name);
        if request.only_upgrade && installed.is_none() {
            continue;
        }
        let Some(entry) = index.get(name) else {
            if installed.is_some() {
                out.newest.push(name.clone());
                out.manual.push(name.clone());
                continue;
            }
            return Err(match index.providers(name).next() {
                None => Problem::Unknown(name.clone()),
                Some(_) => Problem::Virtual(name.clone()),
            });
        };
        out.manual.push(name.clone());
        if installed.is_some_and(|own| own.version.is_empty() || own.version == entry.version) {
            out.newest.push(name.clone());
            continue;
        }
        marks.remove.remove(name);
        marks.install.insert(name.clone(), false);
    }
    // All that was asked for is known before any of it is followed.
    for name in &request.install {
        if marks.install.contains_key(name) {
            marks.follow(name)?;
        }
    }
    if request.upgrade || request.full_upgrade {
        marks.upgrade(request.full_upgrade)?;
    }
    marks.settle()?;
    out.install = marks
        .install
        .iter()
        .map(|(name, auto)| Change {
            name: name.clone(),
            auto: *auto,
            by: marks.by.get(name.as_str()).map(|by| (*by).to_owned()),
            from: packages
                .by_name
                .get(name)
                .map(|installed| installed.version.clone()),
        })
        .collect();
    let mut remove = marks.remove.clone();
    if request.autoremove {
        let mut after = packages.clone();
        for name in &remove {
            after.by_name.remove(name);
        }
        for name in &request.install {
            if let Some(installed) = after.by_name.get_mut(name) {
                installed.auto = false;
            }
        }
        let kept: BTreeSet<&String> = marks.install.keys().collect();
        remove.extend(
            removable(index, &after)
                .into_iter()
                .filter(|name| !kept.contains(name)),
        );
    }
    out.remove = remove.into_iter().collect();
    Ok(out)
}

/// Packages that came along and that nobody needs any more.
pub fn removable(index: &Index, packages: &Packages) -> Vec<String> {
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = Vec::new();
    for (name, installed) in &packages.by_name {
        let essential = index.get(name).is_some_and(|entry| entry.is_essential());
        // What a base image has is there to stay: its marks are not all known.
        if (!installed.auto || installed.base || essential) && needed.insert(name) {
            open.push(name);
        }
    }
    while let Some(name) = open.pop() {
        let Some(entry) = index.get(name) else {
            continue;
        };
        for field in [entry.depends, entry.recommends] {
            for atom in groups(field).flatten() {
                for (own, _) in satisfiers(index, packages, &atom) {
                    if needed.insert(own) {
                        open.push(own);
                    }
                }
            }
        }
    }
    packages
        .by_name
        .keys()
        .filter(|name| !needed.contains(name.as_str()))
        .cloned()
        .collect()
}

/// Installed packages that satisfy an atom, by name or by what they provide.
fn satisfiers<'p>(
    index: &'p Index,
    packages: &'p Packages,
    atom: &Atom<'_>,
) -> Vec<(&'p str, &'p str)> {
    let mut out = Vec::new();
    if let Some((name, installed)) = packages.by_name.get_key_value(atom.name)
        && (installed.version.is_empty() || atom.allows(&installed.version))
    {
        out.push((name.as_str(), installed.version.as_str()));
    }
    for provider in index.providers(atom.name) {
        if let Some((name, installed)) = packages.by_name.get_key_value(provider.name)
            && provider.provides(atom)
        {
            out.push((name.as_str(), installed.version.as_str()));
        }
    }
    out
}

struct Marks<'r> {
    index: &'r Index,
    packages: &'r Packages,
    recommends: bool,
    /// Packages to unpack, and whether they only come along.
    install: BTreeMap<String, bool>,
    remove: BTreeSet<String>,
    depth: usize,
    /// The package whose needs are looked at.
    asking: &'r str,
    /// Who asked for a package first.
    by: BTreeMap<&'r str, &'r str>,
}

impl<'r> Marks<'r> {
    /// Whether an atom holds once all marks are carried out.
    fn holds(&self, atom: &Atom<'_>) -> bool {
        let by_name = |name: &str| {
            if self.remove.contains(name) {
                return false;
            }
            if self.install.contains_key(name) {
                let entry = self.index.get(name);
                return entry.is_some_and(|entry| atom.allows(entry.version));
            }
            self.packages.by_name.get(name).is_some_and(|installed| {
                installed.version.is_empty() || atom.allows(&installed.version)
            })
        };
        let provided = |entry: Entry<'_>| {
            let there = self.install.contains_key(entry.name) || self.packages.has(entry.name);
            there && !self.remove.contains(entry.name) && entry.provides(atom)
        };
        by_name(atom.name) || self.index.providers(atom.name).any(provided)
    }

    /// Whether a package could come in beside what is there and marked.
    fn fits(&self, entry: &Entry<'_>) -> bool {
        groups(entry.conflicts).flatten().all(|atom| {
            let marked = self.install.contains_key(atom.name)
                && atom.name != entry.name
                && self
                    .index
                    .get(atom.name)
                    .is_some_and(|other| atom.allows(other.version));
            let essential = self.packages.has(atom.name)
                && !self.install.contains_key(atom.name)
                && atom.name != entry.name
                && self.index.get(atom.name).is_some_and(|other| {
                    other.is_essential() && atom.allows(&self.packages.by_name[atom.name].version)
                });
            !marked && !essential
        })
    }

    /// The packages that could satisfy an atom, best first.
    fn candidates(&self, atom: &Atom<'_>) -> Vec<Entry<'r>> {
        let mut out = Vec::new();
        if let Some(entry) = self.index.get(atom.name)
            && atom.allows(entry.version)
        {
            out.push(entry);
        }
        let mut providers: Vec<Entry<'r>> = self
            .index
            .providers(atom.name)
            .filter(|entry| entry.name != atom.name && entry.provides(atom))
            .collect();
        // Packages that are there already, then those of higher priority, then the last of the
        // archive's list (apt-pkg's `CompareProviders`, and what apt was seen to do).
        providers.reverse();
        providers.sort_by_key(|entry| {
            (
                !self.packages.has(entry.name),
                !entry.is_essential(),
                !entry.is_important(),
            )
        });
        out.extend(providers);
        out
    }

    /// Marks a package and all that it needs.
    fn mark(&mut self, entry: &Entry<'r>) -> Result<(), Problem> {
        if self.install.contains_key(entry.name) {
            return Ok(());
        }
        self.note(entry);
        self.follow(entry.name)
    }

    /// Marks a package alone.
    fn note(&mut self, entry: &Entry<'r>) {
        if !self.asking.is_empty() {
            self.by.entry(entry.name).or_insert(self.asking);
        }
        let installed = self.packages.by_name.get(entry.name);
        let auto = installed.is_none_or(|installed| installed.auto);
        self.install.insert(entry.name.to_owned(), auto);
        self.remove.remove(entry.name);
    }

    /// Marks what a marked package needs.
    fn follow(&mut self, name: &str) -> Result<(), Problem> {
        let Some(entry) = self.index.get(name) else {
            return Ok(());
        };
        self.depth += 1;
        let result = self.follow_entry(&entry);
        self.depth -= 1;
        result
    }

    fn follow_entry(&mut self, entry: &Entry<'r>) -> Result<(), Problem> {
        if self.depth > MAX_DEPTH {
            return Ok(());
        }
        self.push_aside(entry);
        let groups = || entry.depends.split(',').filter(|group| !group.is_empty());
        // What has no alternative is settled before alternatives are chosen.
        let mut sure = Vec::new();
        for group in groups().filter(|group| !group.contains('|')) {
            let atom = Atom::read(group);
            if self.holds(&atom) {
                continue;
            }
            if let [only] = self.candidates(&atom).as_slice()
                && self.fits(only)
                && !self.install.contains_key(only.name)
            {
                self.asking = entry.name;
                self.note(only);
                sure.push(only.name);
            }
        }
        for name in sure {
            self.follow(name)?;
        }
        for group in groups() {
            self.asking = entry.name;
            if !self.satisfy(group)? {
                return Err(Problem::Unmet(entry.name.to_owned(), group.to_owned()));
            }
        }
        // An upgrade brings no recommendations that were there to be taken before.
        let new = !self.packages.has(entry.name);
        if self.recommends && new {
            for group in entry
                .recommends
                .split(',')
                .filter(|group| !group.is_empty())
            {
                self.asking = entry.name;
                // What is only recommended may be missing.
                self.satisfy(group)?;
            }
        }
        Ok(())
    }

    /// Sees to it that a group of alternatives holds; tells whether it does.
    fn satisfy(&mut self, group: &'r str) -> Result<bool, Problem> {
        let atoms: Vec<Atom<'r>> = group.split('|').map(Atom::read).collect();
        if atoms.iter().any(|atom| self.holds(atom)) {
            return Ok(true);
        }
        for atom in &atoms {
            for candidate in self.candidates(atom) {
                if !self.fits(&candidate) {
                    continue;
                }
                let before = (self.install.clone(), self.remove.clone());
                match self.mark(&candidate) {
                    Ok(()) => return Ok(true),
                    // Another alternative may do.
                    Err(_) => (self.install, self.remove) = before,
                }
            }
        }
        Ok(false)
    }

    /// Removes what cannot stay beside a package.
    fn push_aside(&mut self, entry: &Entry<'_>) {
        for atom in groups(entry.conflicts).flatten() {
            let names: Vec<String> = satisfiers(self.index, self.packages, &atom)
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect();
            for name in names {
                if name == entry.name || self.install.contains_key(&name) {
                    continue;
                }
                // A newer version of it may do.
                let newer = self.index.get(&name).filter(|other| {
                    atom.name == name
                        && !atom.allows(other.version)
                        && self.packages.by_name[&name].version != other.version
                });
                match newer {
                    Some(other) => {
                        let auto = self.packages.by_name[&name].auto;
                        self.install.insert(other.name.to_owned(), auto);
                    }
                    None => self.delete(&name),
                }
            }
        }
    }

    /// Marks a package and all that cannot be without it for removal.
    fn delete(&mut self, name: &str) {
        if !self.remove.insert(name.to_owned()) {
            return;
        }
        self.install.remove(name);
        let broken: Vec<String> = self
            .packages
            .by_name
            .keys()
            .filter(|other| !self.remove.contains(*other))
            .filter(|other| {
                self.index.get(other).is_some_and(|entry| {
                    entry
                        .depends
                        .split(',')
                        .filter(|group| !group.is_empty())
                        .any(|group| {
                            let mut atoms = group.split('|').map(Atom::read);
                            let named = group.split('|').map(Atom::read).any(|atom| {
                                atom.name == name
                                    || self
                                        .index
                                        .get(name)
                                        .is_some_and(|gone| gone.provides(&atom))
                            });
                            named && !atoms.any(|atom| self.holds(&atom))
                        })
                })
            })
            .cloned()
            .collect();
        for other in broken {
            self.delete(&other);
        }
    }

    /// Brings installed packages up to date.
    fn upgrade(&mut self, full: bool) -> Result<(), Problem> {
        let newer: Vec<&'r String> = self
            .packages
            .by_name
            .iter()
            .filter(|(name, installed)| {
                !self.packages.held.contains(*name)
                    && !installed.version.is_empty()
                    && self.index.get(name).is_some_and(|entry| {
                        super::version::compare(entry.version, &installed.version)
                            == std::cmp::Ordering::Greater
                    })
            })
            .map(|(name, _)| name)
            .collect();
        for name in newer {
            let Some(entry) = self.index.get(name) else {
                continue;
            };
            let before = (self.install.clone(), self.remove.clone());
            let marked = self.mark(&entry);
            let grows = self.install.keys().any(|name| !self.packages.has(name));
            let shrinks = self.remove.len() > before.1.len();
            // `upgrade` leaves back what would bring new packages or remove any.
            if marked.is_err() || !full && (grows || shrinks) {
                (self.install, self.remove) = before;
            }
        }
        Ok(())
    }

    /// Upgrades packages of one source together, as they depend on each other's very version.
    fn settle(&mut self) -> Result<(), Problem> {
        loop {
            let upgraded: Vec<(String, String)> = self
                .install
                .keys()
                .filter_map(|name| {
                    let installed = self.packages.by_name.get(name)?;
                    Some((name.clone(), installed.version.clone()))
                })
                .collect();
            let mut also = Vec::new();
            for (name, old) in &upgraded {
                for (other, installed) in &self.packages.by_name {
                    if self.install.contains_key(other) || self.remove.contains(other) {
                        continue;
                    }
                    let tied = installed.version == *old
                        && self.index.get(other).is_some_and(|entry| {
                            groups(entry.depends).flatten().any(|atom| {
                                atom.name == name
                                    && matches!(atom.version, Some(("=", _)))
                                    && entry.version != installed.version
                            })
                        });
                    if tied {
                        also.push(other.clone());
                    }
                }
            }
            if also.is_empty() {
                return Ok(());
            }
            for name in also {
                if let Some(entry) = self.index.get(&name) {
                    self.mark(&entry)?;
                }
            }
        }
    }
}
