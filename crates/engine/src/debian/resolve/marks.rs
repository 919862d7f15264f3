//! What is planned for each package.

use std::cmp::{Ordering, Reverse};

use rustc_hash::FxHashMap;

use super::known::{Id, Known, Version};
use super::relations::{Group, Wanted};
use crate::debian::archive::Archive;
use crate::debian::index::Entry;
use crate::debian::installed::Packages;

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
pub(super) enum Asker {
    User,
    Package(Id),
}

/// All plans.
pub(super) struct Marks<'r> {
    pub(super) known: Known<'r>,
    pub(super) packages: &'r Packages,
    pub(super) recommends: bool,
    /// Whether it takes more than to be recommended to be needed.
    pub(super) only_depends: bool,
    /// By the number of the name.
    marks: Vec<Option<Mark>>,
    /// Who asked for a package first.
    pub(super) by: FxHashMap<Id, Id>,
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
            only_depends: false,
            marks: Vec::new(),
            by: FxHashMap::default(),
            depth: 0,
            beyond: false,
        }
    }

    /// The packages that something is to happen to, by name.
    pub(super) fn marked(&self, mode: Mode) -> Vec<Id> {
        let mut out = self.planned_for(|mark| mark.mode == mode);
        out.sort_by_cached_key(|name| self.known.get(*name).text);
        out
    }

    /// The packages for which there is a plan of a kind.
    pub(super) fn planned_for(&self, kind: impl Fn(&Mark) -> bool) -> Vec<Id> {
        let ids = self.known.ids();
        ids.filter(|name| self.mark_of(*name).is_some_and(&kind))
            .collect()
    }

    /// What is to happen to a package.
    pub(super) fn mode(&self, name: Id) -> Mode {
        self.mark_of(name).map_or(Mode::Keep, |mark| mark.mode)
    }

    fn mark_of(&self, name: Id) -> Option<&Mark> {
        self.marks.get(name.index())?.as_ref()
    }

    /// The plan for a package, which is none at first.
    pub(super) fn mark(&self, name: Id) -> Mark {
        let mark = self.mark_of(name).copied();
        mark.unwrap_or_else(|| Mark {
            mode: Mode::Keep,
            auto: self.known.get(name).own.is_none_or(|own| own.auto),
            protected: false,
            settled: false,
        })
    }

    pub(super) fn mark_mut(&mut self, name: Id) -> &mut Mark {
        let mark = self.mark(name);
        if self.marks.len() <= name.index() {
            self.marks.resize(name.index() + 1, None);
        }
        self.marks[name.index()].get_or_insert(mark)
    }

    /// Whether a package is there.
    pub(super) fn has(&self, name: Id) -> bool {
        self.known.get(name).own.is_some()
    }

    pub(super) fn installed(&self, name: Id) -> Option<Version> {
        self.known.get(name).installed()
    }

    pub(super) fn newest(&self, name: Id) -> Option<Version> {
        self.known.get(name).newest()
    }

    /// The version that would be installed.
    pub(super) fn candidate(&self, name: Id) -> Option<Version> {
        let mark = self.mark(name);
        if mark.settled && mark.mode != Mode::Install {
            return self.planned(name);
        }
        self.newest(name)
    }

    /// The version that is there once all plans are carried out.
    pub(super) fn planned(&self, name: Id) -> Option<Version> {
        match self.mode(name) {
            Mode::Keep => self.installed(name),
            Mode::Install => self.newest(name),
            Mode::Delete => None,
        }
    }

    /// Goes through the versions that satisfy what is wanted, of those that a function tells for
    /// a name, until another function is content with one.
    pub(super) fn any_target(
        &self,
        wanted: &Wanted<'_>,
        version: impl Fn(&Self, Id) -> Option<Version>,
        mut is_enough: impl FnMut(Version) -> bool,
    ) -> bool {
        let mut is_target = |name: Id| {
            let version = version(self, name);
            version.is_some_and(|own| self.known.satisfies(own, wanted) && is_enough(own))
        };
        if is_target(wanted.name) {
            return true;
        }
        let name = self.known.get(wanted.name);
        let mut providers = name.providers(&self.known).iter();
        providers.any(|provider| is_target(*provider))
    }

    /// Versions that satisfy what is wanted, of those that a function tells for a name.
    pub(super) fn targets(
        &self,
        wanted: &Wanted<'_>,
        version: impl Fn(&Self, Id) -> Option<Version>,
    ) -> Vec<Version> {
        let mut out = Vec::new();
        self.any_target(wanted, version, |own| {
            out.push(own);
            false
        });
        out
    }

    pub(super) fn is_satisfied(&self, wanted: &Wanted<'_>) -> bool {
        self.any_target(wanted, Self::planned, |_| true)
    }

    pub(super) fn holds(&self, group: &Group<'_>) -> bool {
        group.any.iter().any(|wanted| self.is_satisfied(wanted))
    }

    /// Whether another package that is planned is in the way of one.
    pub(super) fn meets(&self, own: Id, wanted: &Wanted<'_>) -> bool {
        self.any_target(wanted, Self::planned, |other| other.name != own)
    }

    /// The first relationship of a package that does not hold.
    pub(super) fn broken_by(&self, own: Id) -> Option<&'r str> {
        let name = self.known.get(own);
        let relations = name.relations(&self.known);
        let mut depends = relations.depends.iter();
        let lacking = depends.find(|group| !self.holds(group));
        lacking.map(|group| group.text).or_else(|| {
            let mut conflicts = relations.conflicts.iter();
            let met = conflicts.find(|wanted| self.meets(own, wanted));
            met.map(|wanted| wanted.atom.name)
        })
    }

    /// Whether what is planned of a package lacks something, be it only recommended.
    pub(super) fn lacks(&self, own: Id) -> bool {
        self.planned(own).is_some()
            && (self.broken_by(own).is_some()
                || self.recommends && {
                    let name = self.known.get(own);
                    let mut recommends = name.relations(&self.known).recommends.iter();
                    recommends.any(|group| !self.holds(group))
                })
    }

    /// The order in which packages that satisfy an atom are tried (`CompareProviders`).
    fn compare(&self, wanted: &Wanted<'_>, a: Version, b: Version) -> Ordering {
        let key = |own: Version| {
            let name = self.known.get(own.name);
            let there = name.own.is_some();
            let same = name.entry.is_some_and(|entry| entry.is_same());
            Reverse((
                self.mark(own.name).protected,
                there && same,
                there,
                own.name == wanted.name,
                name.entry.is_some_and(|entry| entry.is_essential()),
                name.entry.is_some_and(|entry| entry.is_protected()),
                Reverse(name.entry.map_or(4, |entry| entry.priority())),
                name.entry.map_or(0, |entry| entry.number),
            ))
        };
        key(a).cmp(&key(b))
    }

    /// What could satisfy a group, best first.
    pub(super) fn solutions(&self, group: &Group<'_>, choice: Choice) -> Vec<Version> {
        let (mut there, mut new) = (Vec::new(), Vec::new());
        for wanted in &group.any {
            let mut versions = self.targets(wanted, Self::candidate);
            if choice == Choice::All {
                versions.extend(self.targets(wanted, Self::installed));
            }
            versions.sort_by(|a, b| self.compare(wanted, *a, *b));
            for version in versions {
                let known = if self.has(version.name) {
                    &mut there
                } else {
                    &mut new
                };
                if !known.contains(&version) {
                    known.push(version);
                }
            }
        }
        there.append(&mut new);
        there.retain(|version| {
            let mark = self.mark(version.name);
            let out =
                mark.mode == Mode::Delete || mark.mode == Mode::Keep && !self.has(version.name);
            !(mark.protected && out)
        });
        there
    }

    pub(super) fn may_change(&self, name: Id, mode: Mode, asker: Asker) -> bool {
        let mark = self.mark(name);
        if asker == Asker::User || mark.mode == mode {
            return true;
        }
        let own = self.known.get(name);
        if mark.protected || mode != Mode::Keep && self.packages.held.contains(own.text) {
            return false;
        }
        let stays = |entry: Entry<'_>| entry.is_essential() || entry.is_protected();
        mode != Mode::Delete || !own.entry.is_some_and(stays)
    }

    /// Marks a package that the user names.
    pub(super) fn ask(&mut self, name: Id) {
        self.mark_mut(name).protected = true;
        self.install(name, false, Asker::User);
    }

    /// Marks all that a package needs that the user named.
    pub(super) fn follow(&mut self, name: Id) {
        if self.lacks(name) {
            self.install(name, true, Asker::User);
        }
    }

    /// Marks what an installed package lacks.
    pub(super) fn mend(&mut self, name: Id) {
        if self.planned(name).is_some() && self.broken_by(name).is_some() {
            self.install(name, true, Asker::Package(name));
        }
    }

    /// Marks a package for removal that the user named.
    pub(super) fn remove(&mut self, name: Id) {
        self.delete(name, Asker::User);
        self.mark_mut(name).protected = true;
    }

    pub(super) fn keep(&mut self, name: Id, asker: Asker) -> bool {
        if !self.may_change(name, Mode::Keep, asker) {
            return false;
        }
        self.mark_mut(name).mode = Mode::Keep;
        true
    }

    pub(super) fn delete(&mut self, name: Id, asker: Asker) -> bool {
        if !self.may_change(name, Mode::Delete, asker) {
            return false;
        }
        let there = self.has(name);
        let asked = !there && self.mode(name) == Mode::Install && !self.mark(name).auto;
        if asker != Asker::User && asked {
            return false;
        }
        self.mark_mut(name).mode = if there { Mode::Delete } else { Mode::Keep };
        true
    }

    /// No version but the planned one comes into question from now on.
    pub(super) fn settle(&mut self, name: Id) {
        self.mark_mut(name).settled = true;
    }

    pub(super) fn discard(&mut self, name: Id) {
        let mark = self.mark_mut(name);
        mark.mode = Mode::Keep;
        mark.settled = true;
    }

    pub(super) fn choose(&mut self, version: Version, asker: Asker) {
        let there = self.has(version.name);
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
