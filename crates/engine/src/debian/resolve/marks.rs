//! What is planned for each package, and how one plan leads to others.
//!
//! The rules are those of apt-pkg's `pkgDepCache` (depcache.cc: `MarkInstall`, `MarkKeep`,
//! `MarkDelete`): each relationship that is not satisfied yet is taken in the order of the
//! package's fields (Pre-Depends, Depends, Conflicts, Breaks, Recommends), and the first package
//! that can be installed for it is. What was asked for is protected, and so is what alone can
//! satisfy it; nothing that comes along may change that.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Change;
use crate::debian::archive::Archive;
use crate::debian::index::Entry;
use crate::debian::installed::Packages;
use crate::debian::relation::{Atom, groups};
use crate::debian::version;

/// How deep packages may need each other before apt gives up, with room on the stack.
const MAX_DEPTH: usize = 1000;

/// What is to happen to a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nothing.
    Keep,
    /// It is installed or upgraded.
    Install,
    /// It is removed.
    Delete,
}

/// The plan for a package.
#[derive(Debug, Clone, Copy)]
struct Mark {
    mode: Mode,
    /// Whether it only comes along.
    auto: bool,
    /// Whether only the user may change the plan.
    protected: bool,
    /// Whether no other version than the planned one comes into question any more.
    settled: bool,
}

/// A version of a package: the one that is there, or the archive's.
#[derive(Debug, Clone, Copy)]
struct Version<'r> {
    name: &'r str,
    version: &'r str,
    /// Whether it is the one that is there.
    installed: bool,
    /// What is known of it; the relationships of an installed version are taken to be those of
    /// the archive's.
    entry: Option<Entry<'r>>,
}

impl<'r> Version<'r> {
    fn satisfies(&self, atom: &Atom<'_>) -> bool {
        if self.name == atom.name && (self.version.is_empty() || atom.allows(self.version)) {
            return true;
        }
        self.entry.is_some_and(|entry| entry.provides(atom))
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.installed == other.installed
    }

    fn depends(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        fields(self.entry.map_or("", |entry| entry.depends))
    }

    fn recommends(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        fields(self.entry.map_or("", |entry| entry.recommends))
    }

    fn conflicts(&self) -> impl Iterator<Item = Atom<'r>> + use<'r> {
        groups(self.entry.map_or("", |entry| entry.conflicts)).flatten()
    }
}

/// The groups of a field, as text.
fn fields(field: &str) -> impl Iterator<Item = &str> {
    field.split(',').filter(|group| !group.is_empty())
}

fn atoms(group: &str) -> impl Iterator<Item = Atom<'_>> {
    group.split('|').map(Atom::read)
}

/// Which versions come into question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// Those that could be installed.
    Candidates,
    /// Those, and those that are there.
    All,
}

/// A relationship that is to be satisfied.
#[derive(Debug, Clone, Copy)]
struct Need<'r> {
    group: &'r str,
    /// Whether the package is broken without it; else it is only recommended.
    critical: bool,
}

/// Why a package is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker<'r> {
    User,
    Package(&'r str),
}

/// What has to give way to a package.
#[derive(Debug, Default)]
struct Obstacles<'r> {
    /// Another version of these may do.
    upgrade: Vec<&'r str>,
    /// These are removed once all else has worked.
    remove: Vec<&'r str>,
}

/// All plans.
pub(super) struct Marks<'r> {
    archive: Archive<'r>,
    packages: &'r Packages,
    recommends: bool,
    marks: HashMap<&'r str, Mark>,
    /// Who asked for a package first.
    by: HashMap<&'r str, &'r str>,
    depth: usize,
    beyond: bool,
}

impl<'r> Marks<'r> {
    pub(super) fn new(archive: Archive<'r>, packages: &'r Packages, recommends: bool) -> Self {
        Self {
            archive,
            packages,
            recommends,
            marks: HashMap::new(),
            by: HashMap::new(),
            depth: 0,
            beyond: false,
        }
    }

    /// Whether a package that only the whole index has was chosen.
    pub(super) fn went_beyond(&self) -> bool {
        self.beyond
    }

    /// What is to happen to a package.
    pub(super) fn mode(&self, name: &str) -> Mode {
        self.mark(name).mode
    }

    fn mark(&self, name: &str) -> Mark {
        let mark = self.marks.get(name).copied();
        mark.unwrap_or_else(|| Mark {
            mode: Mode::Keep,
            auto: self.packages.by_name.get(name).is_none_or(|own| own.auto),
            protected: false,
            settled: false,
        })
    }

    fn mark_mut(&mut self, name: &'r str) -> &mut Mark {
        let mark = self.mark(name);
        self.marks.entry(name).or_insert(mark)
    }

    fn installed(&self, name: &str) -> Option<Version<'r>> {
        let (name, own) = self.packages.by_name.get_key_value(name)?;
        Some(Version {
            name,
            version: &own.version,
            installed: true,
            entry: self.archive.get(name),
        })
    }

    fn newest(&self, name: &str) -> Option<Version<'r>> {
        let installed = self.installed(name);
        let entry = match installed {
            Some(own) => own.entry,
            None => self.archive.get(name),
        };
        let Some(entry) = entry else {
            return installed;
        };
        let newer = installed.is_none_or(|own| {
            !own.version.is_empty() && version::compare(entry.version, own.version).is_gt()
        });
        if !newer {
            return installed;
        }
        Some(Version {
            name: entry.name,
            version: entry.version,
            installed: false,
            entry: Some(entry),
        })
    }

    /// The version that would be installed.
    fn candidate(&self, name: &str) -> Option<Version<'r>> {
        let mark = self.mark(name);
        if mark.settled && mark.mode != Mode::Install {
            return self.planned(name);
        }
        self.newest(name)
    }

    /// The version that is there once all plans are carried out.
    fn planned(&self, name: &str) -> Option<Version<'r>> {
        match self.mode(name) {
            Mode::Keep => self.installed(name),
            Mode::Install => self.newest(name),
            Mode::Delete => None,
        }
    }

    /// Versions that satisfy an atom, of those that a function tells for a name.
    fn targets(
        &self,
        atom: &Atom<'_>,
        version: impl Fn(&Self, &str) -> Option<Version<'r>>,
    ) -> Vec<Version<'r>> {
        let mut out = Vec::new();
        out.extend(version(self, atom.name));
        for provider in self.archive.providers(atom.name) {
            if provider.name != atom.name {
                out.extend(version(self, provider.name));
            }
        }
        out.retain(|version| version.satisfies(atom));
        out
    }

    fn is_satisfied(&self, atom: &Atom<'_>) -> bool {
        let by_name = self.planned(atom.name);
        by_name.is_some_and(|own| own.satisfies(atom))
            || self.archive.providers(atom.name).any(|provider| {
                self.planned(provider.name)
                    .is_some_and(|own| own.satisfies(atom))
            })
    }

    fn holds(&self, group: &str) -> bool {
        atoms(group).any(|atom| self.is_satisfied(&atom))
    }

    /// Whether another package that is planned is in the way of a version.
    fn meets(&self, own: &Version<'r>, atom: &Atom<'_>) -> bool {
        let planned = self.targets(atom, Self::planned);
        planned.iter().any(|other| other.name != own.name)
    }

    /// The first relationship of a version that does not hold.
    fn broken_by(&self, version: &Version<'r>) -> Option<&'r str> {
        let mut depends = version.depends();
        depends.find(|group| !self.holds(group)).or_else(|| {
            let mut conflicts = version.conflicts();
            let met = conflicts.find(|atom| self.meets(version, atom));
            met.map(|atom| atom.name)
        })
    }

    /// Whether what is planned of a package lacks something, be it only recommended.
    fn lacks(&self, name: &str) -> bool {
        self.planned(name).is_some_and(|version| {
            self.broken_by(&version).is_some()
                || self.recommends && version.recommends().any(|group| !self.holds(group))
        })
    }

    /// The order in which packages that satisfy an atom are tried (`CompareProviders`).
    fn compare(&self, atom: &Atom<'_>, a: &Version<'r>, b: &Version<'r>) -> Ordering {
        let key = |own: &Version<'r>| {
            let there = self.packages.has(own.name);
            let same = own.entry.is_some_and(|entry| entry.is_same());
            Reverse((
                self.mark(own.name).protected,
                there && same,
                there,
                own.name == atom.name,
                own.entry.is_some_and(|entry| entry.is_essential()),
                own.entry.is_some_and(|entry| entry.is_protected()),
                Reverse(own.entry.map_or(4, |entry| entry.priority())),
                own.entry.map_or(0, |entry| entry.number),
            ))
        };
        key(a).cmp(&key(b))
    }

    /// What could satisfy a group, best first.
    fn solutions(&self, group: &str, choice: Choice) -> Vec<Version<'r>> {
        let (mut there, mut new) = (Vec::new(), Vec::new());
        for atom in atoms(group) {
            let mut versions = self.targets(&atom, Self::candidate);
            if choice == Choice::All {
                versions.extend(self.targets(&atom, Self::installed));
            }
            versions.sort_by(|a, b| self.compare(&atom, a, b));
            for version in versions {
                let known = if self.packages.has(version.name) {
                    &mut there
                } else {
                    &mut new
                };
                if !known.iter().any(|own: &Version<'r>| own.is_same(&version)) {
                    known.push(version);
                }
            }
        }
        there.append(&mut new);
        there.retain(|version| {
            let mark = self.mark(version.name);
            let out = mark.mode == Mode::Delete
                || mark.mode == Mode::Keep && !self.packages.has(version.name);
            !(mark.protected && out)
        });
        there
    }

    fn may_change(&self, name: &str, mode: Mode, asker: Asker<'r>) -> bool {
        let mark = self.mark(name);
        if asker == Asker::User || mark.mode == mode {
            return true;
        }
        if mark.protected || mode != Mode::Keep && self.packages.held.contains(name) {
            return false;
        }
        let stays = |entry: Entry<'_>| entry.is_essential() || entry.is_protected();
        mode != Mode::Delete || !self.archive.get(name).is_some_and(stays)
    }

    /// Marks a package that the user names.
    pub(super) fn ask(&mut self, name: &'r str) {
        self.mark_mut(name).protected = true;
        self.install(name, false, Asker::User);
    }

    /// Marks all that a package needs that the user named.
    pub(super) fn follow(&mut self, name: &'r str) {
        if self.lacks(name) {
            self.install(name, true, Asker::User);
        }
    }

    /// Marks what an installed package lacks.
    pub(super) fn mend(&mut self, name: &'r str) {
        let broken = self
            .planned(name)
            .is_some_and(|own| self.broken_by(&own).is_some());
        if broken {
            self.install(name, true, Asker::Package(name));
        }
    }

    /// Marks a package for removal that the user named.
    pub(super) fn remove(&mut self, name: &'r str) {
        self.delete(name, Asker::User);
        self.mark_mut(name).protected = true;
    }

    fn keep(&mut self, name: &'r str, asker: Asker<'r>) -> bool {
        if !self.may_change(name, Mode::Keep, asker) {
            return false;
        }
        self.mark_mut(name).mode = Mode::Keep;
        true
    }

    fn delete(&mut self, name: &'r str, asker: Asker<'r>) -> bool {
        if !self.may_change(name, Mode::Delete, asker) {
            return false;
        }
        let there = self.packages.has(name);
        let asked = !there && self.mode(name) == Mode::Install && !self.mark(name).auto;
        if asker != Asker::User && asked {
            return false;
        }
        self.mark_mut(name).mode = if there { Mode::Delete } else { Mode::Keep };
        true
    }

    /// No version but the planned one comes into question from now on.
    fn settle(&mut self, name: &'r str) {
        self.mark_mut(name).settled = true;
    }

    fn discard(&mut self, name: &'r str) {
        let mark = self.mark_mut(name);
        mark.mode = Mode::Keep;
        mark.settled = true;
    }

    fn choose(&mut self, version: &Version<'r>, asker: Asker<'r>) {
        let there = self.packages.has(version.name);
        if let Asker::Package(by) = asker
            && by != version.name
            && !there
        {
            self.by.entry(version.name).or_insert(by);
        }
        let mark = self.mark_mut(version.name);
        if mark.protected && mark.mode == Mode::Install {
            return;
        }
        mark.mode = if version.installed {
            Mode::Keep
        } else {
            Mode::Install
        };
        match asker {
            Asker::User => mark.auto = false,
            Asker::Package(_) if !there => mark.auto = true,
            Asker::Package(_) => {}
        }
    }

    /// Marks a package, and with `solve` all that it needs. Tells whether that worked.
    fn install(&mut self, name: &'r str, solve: bool, asker: Asker<'r>) -> bool {
        let mark = self.mark(name);
        let Some(candidate) = self.candidate(name) else {
            return false;
        };
        let stays = mark.protected && mark.mode == Mode::Keep && candidate.installed;
        if !stays && !self.may_change(name, Mode::Install, asker) {
            return false;
        }
        if candidate.entry.is_some_and(|entry| entry.is_stub()) {
            self.beyond = true;
            return false;
        }
        if !mark.protected && !self.lacks(name) {
            if candidate.installed {
                return mark.mode != Mode::Delete || self.keep(name, asker);
            }
            if mark.mode == Mode::Install {
                return true;
            }
        }
        if solve && !candidate.installed && !self.is_possible(&candidate) {
            if !mark.protected {
                self.discard(name);
            }
            return false;
        }
        if asker == Asker::User {
            self.choose(&candidate, asker);
        }
        if !solve {
            if asker != Asker::User {
                self.choose(&candidate, asker);
            }
            return true;
        }
        if self.depth > MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        let worked = self.solve(&candidate, mark.protected, asker);
        self.depth -= 1;
        worked
    }

    /// Whether all that a version needs could be had.
    fn is_possible(&self, version: &Version<'r>) -> bool {
        let could = |atom: &Atom<'_>| {
            self.is_satisfied(atom) || !self.targets(atom, Self::candidate).is_empty()
        };
        version
            .depends()
            .all(|group| atoms(group).any(|atom| could(&atom)))
    }

    /// Marks what a package needs and what gives way to it.
    fn solve(&mut self, own: &Version<'r>, protected: bool, asker: Asker<'r>) -> bool {
        let lenient = protected || asker == Asker::User;
        let critical = own.depends().map(|group| (group, true));
        let recommends = self.recommends.then(|| own.recommends());
        let recommended = recommends.into_iter().flatten().map(|group| (group, false));
        let needs: Vec<Need<'r>> = critical
            .chain(recommended)
            .map(|(group, critical)| Need { group, critical })
            .filter(|need| protected || !self.holds(need.group))
            .collect();
        let mut obstacles = Obstacles::default();
        let mut worked = self.find_obstacles(own, protected, lenient, &mut obstacles);
        if !worked && !lenient {
            return false;
        }
        self.tied(own, &mut obstacles.upgrade);
        if asker != Asker::User {
            self.choose(own, asker);
        }
        // Nothing that comes along may change a package that is being followed.
        self.mark_mut(own.name).protected = true;
        let done = self.make_way(own, &obstacles.upgrade, protected, lenient)
            && self.satisfy(own, &needs, protected, lenient)
            && (obstacles.remove.iter())
                .all(|name| self.delete(name, Asker::Package(own.name)) || lenient);
        self.mark_mut(own.name).protected = protected;
        if !done && !lenient {
            self.discard(own.name);
        }
        worked &= done;
        worked
    }

    /// Finds what cannot stay beside a version.
    fn find_obstacles(
        &mut self,
        own: &Version<'r>,
        propagate: bool,
        lenient: bool,
        obstacles: &mut Obstacles<'r>,
    ) -> bool {
        let mut worked = true;
        let mut bad = Vec::new();
        for atom in own.conflicts() {
            if !propagate && !self.meets(own, &atom) {
                continue;
            }
            for other in self.targets(&atom, Self::candidate) {
                if other.name == own.name {
                    continue;
                }
                let ok = if other.installed {
                    self.set_aside(own, other.name, propagate, obstacles)
                } else if self.mode(other.name) == Mode::Install
                    && !self.keep(other.name, Asker::Package(own.name))
                {
                    false
                } else {
                    if propagate {
                        self.settle(other.name);
                        if !self.packages.has(other.name) {
                            self.mark_mut(other.name).protected = true;
                        }
                    } else {
                        bad.push(other.name);
                    }
                    true
                };
                worked &= ok;
                if !ok && !lenient {
                    return false;
                }
            }
            for other in self.targets(&atom, Self::installed) {
                if other.name == own.name {
                    continue;
                }
                let ok = match self.candidate(other.name) {
                    Some(new) if !new.installed && !bad.contains(&other.name) => {
                        obstacles.upgrade.push(other.name);
                        true
                    }
                    Some(new) if new.installed => true,
                    _ => self.set_aside(own, other.name, propagate, obstacles),
                };
                worked &= ok;
                if !ok && !lenient {
                    return false;
                }
            }
        }
        worked
    }

    /// Removes a package that no other version can replace, at once or in the end.
    fn set_aside(
        &mut self,
        own: &Version<'r>,
        name: &'r str,
        propagate: bool,
        obstacles: &mut Obstacles<'r>,
    ) -> bool {
        let asker = Asker::Package(own.name);
        if self.mode(name) == Mode::Delete && !propagate {
            return true;
        }
        if !propagate {
            if !self.may_change(name, Mode::Delete, asker) {
                return false;
            }
            obstacles.remove.push(name);
            return true;
        }
        if self.mode(name) != Mode::Delete && !self.delete(name, asker) {
            return false;
        }
        self.settle(name);
        self.mark_mut(name).protected = true;
        true
    }

    /// Installed packages that need the version that an upgrade replaces.
    fn tied(&self, own: &Version<'r>, upgrade: &mut Vec<&'r str>) {
        let Some(old) = self.installed(own.name).filter(|_| !own.installed) else {
            return;
        };
        for (name, other) in &self.packages.by_name {
            if self.mode(name) == Mode::Install || upgrade.contains(&name.as_str()) {
                continue;
            }
            let Some(entry) = self.archive.get(name) else {
                continue;
            };
            // What an older version of it needed is not listed; one of the same source needs
            // the same version.
            let exactly =
                |atom: Atom<'_>| atom.name == own.name && atom.version == Some(("=", own.version));
            let needs = other.version == old.version && entry.version == own.version;
            if needs && groups(entry.depends).flatten().any(exactly) {
                upgrade.push(name);
            }
        }
    }

    /// Upgrades what is in the way, or removes it.
    fn make_way(
        &mut self,
        own: &Version<'r>,
        upgrade: &[&'r str],
        propagate: bool,
        lenient: bool,
    ) -> bool {
        let asker = Asker::Package(own.name);
        let mut worked = true;
        for name in upgrade {
            if self.mode(name) == Mode::Install || self.install(name, true, asker) {
                continue;
            }
            if !self.delete(name, asker) {
                worked = false;
                if !lenient {
                    return false;
                }
            } else if propagate {
                self.mark_mut(name).protected = true;
            }
        }
        worked
    }

    /// Marks what satisfies each need.
    fn satisfy(
        &mut self,
        own: &Version<'r>,
        needs: &[Need<'r>],
        propagate: bool,
        lenient: bool,
    ) -> bool {
        let asker = Asker::Package(own.name);
        let mut worked = true;
        for need in needs {
            if self.holds(need.group) {
                if propagate && need.critical {
                    worked &= self.protect_only(need.group, asker);
                }
                continue;
            }
            // An upgrade brings no recommendations that were there to be taken before.
            if !need.critical && self.packages.has(own.name) {
                continue;
            }
            let solutions = self.solutions(need.group, Choice::Candidates);
            let only = propagate && need.critical && solutions.len() == 1;
            let found = solutions.iter().any(|solution| {
                let candidate = self.candidate(solution.name);
                if !candidate.is_some_and(|candidate| candidate.is_same(solution)) {
                    return false;
                }
                if only {
                    if !self.install(solution.name, false, asker) {
                        return false;
                    }
                    self.mark_mut(solution.name).protected = true;
                }
                self.install(solution.name, true, asker)
            });
            if !found && need.critical {
                worked = false;
                if !lenient {
                    return false;
                }
            }
        }
        worked
    }

    /// Protects the only version that can satisfy a group, and what that needs.
    fn protect_only(&mut self, group: &'r str, asker: Asker<'r>) -> bool {
        let solutions = self.solutions(group, Choice::All);
        let [only] = solutions.as_slice() else {
            return true;
        };
        if self.mark(only.name).protected {
            return true;
        }
        self.mark_mut(only.name).protected = true;
        self.install(only.name, true, asker)
    }

    /// Installed packages of which there is a newer version, in the order of the lists.
    fn outdated(&self) -> Vec<&'r str> {
        let names = self.packages.by_name.keys();
        let mut out: Vec<Version<'r>> = names
            .filter(|name| !self.packages.held.contains(*name))
            .filter_map(|name| self.newest(name))
            .filter(|version| !version.installed)
            .collect();
        out.sort_by_key(|version| version.entry.map(|entry| entry.number));
        out.iter().map(|version| version.name).collect()
    }

    /// Brings all installed packages up to date, with what that needs.
    pub(super) fn upgrade_fully(&mut self) {
        for name in self.outdated() {
            self.install(name, true, Asker::Package(name));
        }
    }

    /// Brings installed packages up to date as far as nothing new is needed and nothing removed.
    pub(super) fn upgrade(&mut self) {
        for name in self.outdated() {
            self.install(name, false, Asker::Package(name));
        }
        loop {
            let marked: Vec<&'r str> = (self.marks.iter())
                .filter(|(_, mark)| mark.mode == Mode::Install)
                .map(|(name, _)| *name)
                .collect();
            let mut left: Vec<&'r str> = marked
                .iter()
                .filter(|name| {
                    let planned = self.planned(name);
                    planned.is_some_and(|version| self.broken_by(&version).is_some())
                })
                .copied()
                .collect();
            // One whose old version another package needs stays with it.
            for name in marked {
                let Some(own) = self.planned(name) else {
                    continue;
                };
                let mut tied = Vec::new();
                self.tied(&own, &mut tied);
                if !tied.is_empty() {
                    left.push(name);
                }
            }
            if left.is_empty() {
                return;
            }
            for name in left {
                self.mark_mut(name).mode = Mode::Keep;
            }
        }
    }

    /// Removes what cannot be without a package that goes.
    pub(super) fn remove_dependents(&mut self) {
        let deleted = |marks: &Self| {
            let all = marks.marks.values();
            all.filter(|mark| mark.mode == Mode::Delete).count()
        };
        let mut before = 0;
        while deleted(self) > before {
            before = deleted(self);
            for name in self.packages.by_name.keys() {
                let broken = self.planned(name).is_some_and(|version| {
                    let mut depends = version.depends();
                    depends.any(|group| self.lost(group) && !self.holds(group))
                });
                if broken {
                    self.delete(name, Asker::User);
                }
            }
        }
    }

    /// Leaves out new packages where two are in each other's way, and what cannot be without
    /// them. apt weighs the two (algorithms.cc, `pkgProblemResolver`); here the one that the
    /// other names gives way, unless it is protected.
    pub(super) fn settle_broken(&mut self) {
        loop {
            let mut new: Vec<&'r str> = (self.marks.iter())
                .filter(|(name, mark)| mark.mode == Mode::Install && !self.packages.has(name))
                .map(|(name, _)| *name)
                .collect();
            new.sort_unstable();
            let given_up = new.iter().find_map(|name| {
                let own = self.planned(name)?;
                let lacks = own.depends().any(|group| !self.holds(group));
                let rival = own.conflicts().find_map(|atom| {
                    let others = self.targets(&atom, Self::planned);
                    let mut others = others.into_iter().map(|other| other.name);
                    others.find(|other| other != name && !self.packages.has(other))
                });
                let rival = rival.filter(|rival| !self.mark(rival).protected);
                let own = (lacks || rival.is_some()) && !self.mark(name).protected;
                rival.filter(|_| !lacks).or(own.then_some(*name))
            });
            match given_up {
                Some(name) => self.discard(name),
                None => return,
            }
        }
    }

    /// Whether a package that goes satisfied a group.
    fn lost(&self, group: &str) -> bool {
        atoms(group).any(|atom| {
            let before = self.targets(&atom, Self::installed);
            before
                .iter()
                .any(|version| self.mode(version.name) == Mode::Delete)
        })
    }

    /// A planned package that cannot have what it needs, those that were asked for first.
    pub(super) fn unmet(&self, asked: &[String]) -> Option<(String, String)> {
        let asked = asked.iter().map(String::as_str);
        let marked: BTreeMap<&str, &Mark> = self.marks.iter().map(|(k, v)| (*k, v)).collect();
        let marked = marked
            .into_iter()
            .filter(|(_, mark)| mark.mode == Mode::Install)
            .map(|(name, _)| name);
        asked.chain(marked).find_map(|name| {
            let version = self.planned(name)?;
            let new = !version.installed;
            let group = new.then(|| self.broken_by(&version)).flatten()?;
            Some((name.to_owned(), group.to_owned()))
        })
    }

    /// Leaves out what came along for something that did not come in the end.
    pub(super) fn leave_out_unneeded(&mut self) {
        let mut needed: BTreeSet<&'r str> = BTreeSet::new();
        let mut open: Vec<Version<'r>> = Vec::new();
        let names = self.packages.by_name.keys().map(String::as_str);
        let asked = self.marks.iter().filter(|(_, mark)| !mark.auto);
        for name in names.chain(asked.map(|(name, _)| *name)) {
            if let Some(version) = self.planned(name)
                && needed.insert(version.name)
            {
                open.push(version);
            }
        }
        while let Some(version) = open.pop() {
            for group in version.depends().chain(version.recommends()) {
                for atom in atoms(group) {
                    for other in self.targets(&atom, Self::planned) {
                        if needed.insert(other.name) {
                            open.push(other);
                        }
                    }
                }
            }
        }
        for (name, mark) in &mut self.marks {
            if mark.mode == Mode::Install && !needed.contains(name) {
                mark.mode = Mode::Keep;
            }
        }
    }

    /// What is installed and upgraded, by name.
    pub(super) fn installs(&self) -> Vec<Change> {
        let mut out: Vec<Change> = (self.marks.iter())
            .filter(|(_, mark)| mark.mode == Mode::Install)
            .map(|(name, mark)| Change {
                name: (*name).to_owned(),
                auto: mark.auto,
                by: self.by.get(name).map(|by| (*by).to_owned()),
                from: (self.packages.by_name.get(*name)).map(|own| own.version.clone()),
            })
            .collect();
        out.sort_by(|a, b| a.name.cmp(&b.name));
        out
    }

    /// What is removed.
    pub(super) fn removals(&self) -> BTreeSet<String> {
        let marks = self.marks.iter();
        marks
            .filter(|(_, mark)| mark.mode == Mode::Delete)
            .map(|(name, _)| (*name).to_owned())
            .collect()
    }
}
