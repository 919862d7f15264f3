//! What is planned for each package.

use std::cmp::{Ordering, Reverse};

use rustc_hash::FxHashMap;

use super::known::Known;
use super::version::{Version, atoms};
use crate::debian::archive::Archive;
use crate::debian::index::Entry;
use crate::debian::installed::Packages;
use crate::debian::relation::Atom;

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
pub(super) struct Mark {
    pub(super) mode: Mode,
    /// Whether it only comes along.
    pub(super) auto: bool,
    /// Whether only the user may change the plan.
    pub(super) protected: bool,
    /// Whether no other version than the planned one comes into question any more.
    pub(super) settled: bool,
}

/// Which versions come into question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// Those that could be installed.
    Candidates,
    /// Those, and those that are there.
    All,
}

/// Why a package is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker<'r> {
    User,
    Package(&'r str),
}

/// All plans.
pub(super) struct Marks<'r> {
    pub(super) known: Known<'r>,
    pub(super) packages: &'r Packages,
    pub(super) recommends: bool,
    pub(super) marks: FxHashMap<&'r str, Mark>,
    /// Who asked for a package first.
    pub(super) by: FxHashMap<&'r str, &'r str>,
    pub(super) depth: usize,
    /// Whether a package that only the whole index has was chosen.
    pub(super) beyond: bool,
}

impl<'r> Marks<'r> {
    pub(super) fn new(archive: Archive<'r>, packages: &'r Packages, recommends: bool) -> Self {
        Self {
            known: Known::new(archive, packages),
            packages,
            recommends,
            marks: FxHashMap::default(),
            by: FxHashMap::default(),
            depth: 0,
            beyond: false,
        }
    }

    /// The packages that something is to happen to, by name.
    pub(super) fn marked(&self, mode: Mode) -> Vec<&'r str> {
        let marks = self.marks.iter();
        let mut out: Vec<&'r str> = marks
            .filter(|(_, mark)| mark.mode == mode)
            .map(|(name, _)| *name)
            .collect();
        out.sort_unstable();
        out
    }

    /// What is to happen to a package.
    pub(super) fn mode(&self, name: &str) -> Mode {
        self.marks.get(name).map_or(Mode::Keep, |mark| mark.mode)
    }

    pub(super) fn mark(&self, name: &str) -> Mark {
        let mark = self.marks.get(name).copied();
        mark.unwrap_or_else(|| Mark {
            mode: Mode::Keep,
            auto: self.packages.by_name.get(name).is_none_or(|own| own.auto),
            protected: false,
            settled: false,
        })
    }

    pub(super) fn mark_mut(&mut self, name: &'r str) -> &mut Mark {
        let mark = self.mark(name);
        self.marks.entry(name).or_insert(mark)
    }

    pub(super) fn installed(&self, name: &str) -> Option<Version<'r>> {
        self.known.name(name).installed
    }

    pub(super) fn newest(&self, name: &str) -> Option<Version<'r>> {
        self.known.name(name).newest
    }

    /// The version that would be installed.
    pub(super) fn candidate(&self, name: &str) -> Option<Version<'r>> {
        let mark = self.mark(name);
        if mark.settled && mark.mode != Mode::Install {
            return self.planned(name);
        }
        self.newest(name)
    }

    /// The version that is there once all plans are carried out.
    pub(super) fn planned(&self, name: &str) -> Option<Version<'r>> {
        match self.mode(name) {
            Mode::Keep => self.installed(name),
            Mode::Install => self.newest(name),
            Mode::Delete => None,
        }
    }

    /// Versions that satisfy an atom, of those that a function tells for a name.
    pub(super) fn targets(
        &self,
        atom: &Atom<'_>,
        version: impl Fn(&Self, &str) -> Option<Version<'r>>,
    ) -> Vec<Version<'r>> {
        let mut out = Vec::new();
        out.extend(version(self, atom.name));
        for provider in &self.known.name(atom.name).providers {
            out.extend(version(self, provider));
        }
        out.retain(|version| version.satisfies(atom));
        out
    }

    pub(super) fn is_satisfied(&self, atom: &Atom<'_>) -> bool {
        let by_name = self.planned(atom.name);
        by_name.is_some_and(|own| own.satisfies(atom))
            || (self.known.name(atom.name).providers.iter()).any(|provider| {
                self.planned(provider)
                    .is_some_and(|own| own.satisfies(atom))
            })
    }

    pub(super) fn holds(&self, group: &str) -> bool {
        atoms(group).any(|atom| self.is_satisfied(&atom))
    }

    /// Whether another package that is planned is in the way of a version.
    pub(super) fn meets(&self, own: &Version<'r>, atom: &Atom<'_>) -> bool {
        let planned = self.targets(atom, Self::planned);
        planned.iter().any(|other| other.name != own.name)
    }

    /// The first relationship of a version that does not hold.
    pub(super) fn broken_by(&self, version: &Version<'r>) -> Option<&'r str> {
        let mut depends = version.depends();
        depends.find(|group| !self.holds(group)).or_else(|| {
            let mut conflicts = version.conflicts();
            let met = conflicts.find(|atom| self.meets(version, atom));
            met.map(|atom| atom.name)
        })
    }

    /// Whether what is planned of a package lacks something, be it only recommended.
    pub(super) fn lacks(&self, name: &str) -> bool {
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
    pub(super) fn solutions(&self, group: &str, choice: Choice) -> Vec<Version<'r>> {
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

    pub(super) fn may_change(&self, name: &str, mode: Mode, asker: Asker<'r>) -> bool {
        let mark = self.mark(name);
        if asker == Asker::User || mark.mode == mode {
            return true;
        }
        if mark.protected || mode != Mode::Keep && self.packages.held.contains(name) {
            return false;
        }
        let stays = |entry: Entry<'_>| entry.is_essential() || entry.is_protected();
        mode != Mode::Delete || !self.known.name(name).entry.is_some_and(stays)
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

    pub(super) fn keep(&mut self, name: &'r str, asker: Asker<'r>) -> bool {
        if !self.may_change(name, Mode::Keep, asker) {
            return false;
        }
        self.mark_mut(name).mode = Mode::Keep;
        true
    }

    pub(super) fn delete(&mut self, name: &'r str, asker: Asker<'r>) -> bool {
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
    pub(super) fn settle(&mut self, name: &'r str) {
        self.mark_mut(name).settled = true;
    }

    pub(super) fn discard(&mut self, name: &'r str) {
        let mark = self.mark_mut(name);
        mark.mode = Mode::Keep;
        mark.settled = true;
    }

    pub(super) fn choose(&mut self, version: &Version<'r>, asker: Asker<'r>) {
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
}
