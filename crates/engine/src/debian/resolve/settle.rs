//! What the plans come to in the end: upgrades, what cannot stay, what cannot come.

use super::Change;
use super::known::{Id, Version};
use super::marks::{Asker, Marks, Mode};
use super::relations::Group;

/// A package that cannot be as it is planned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Broken<'r> {
    pub(super) name: Id,
    /// The first relationship that does not hold.
    pub(super) group: &'r str,
}

impl<'r> Marks<'r> {
    /// Installed packages of which there is a newer version, in the order of the lists.
    fn outdated(&self) -> Vec<Id> {
        let mut out = self.known.there();
        out.retain(|name| {
            let is_newer = |version: Version| !version.installed;
            self.newest(*name).is_some_and(is_newer)
                && !self.packages.held.contains(self.known.get(*name).text)
        });
        out.sort_by_key(|name| self.known.get(*name).entry.map(|entry| entry.number));
        out
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
            let marked = self.marked(Mode::Install);
            let mut left: Vec<Id> = marked
                .iter()
                .copied()
                .filter(|name| self.planned(*name).is_some() && self.broken_by(*name).is_some())
                .collect();
            // One whose old version another package needs stays with it.
            for name in marked {
                let Some(own) = self.planned(name) else {
                    continue;
                };
                let mut tied = Vec::new();
                self.tied(own, &mut tied);
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
        let mut before = 0;
        while self.marked(Mode::Delete).len() > before {
            before = self.marked(Mode::Delete).len();
            for name in self.known.there() {
                let broken = self.planned(name).is_some() && {
                    let own = self.known.get(name);
                    let mut depends = own.relations(&self.known).depends.iter();
                    depends.any(|group| self.lost(group) && !self.holds(group))
                };
                if broken {
                    self.delete(name, Asker::User);
                }
            }
        }
    }

    /// Leaves out new packages where two are in each other's way, and what cannot be without
    /// them. apt weighs the two (algorithms.cc, `pkgProblemResolver`); here the one that the
    /// other names gives way, unless it is protected. Gives back what is broken all the same.
    pub(super) fn settle_broken(&mut self) -> Vec<Broken<'r>> {
        loop {
            let broken = self.broken();
            match broken.iter().find_map(|broken| self.gives_way(broken.name)) {
                Some(name) => self.discard(name),
                None => return broken,
            }
        }
    }

    /// Packages that are to be unpacked and cannot be as they are planned, by name.
    fn broken(&self) -> Vec<Broken<'r>> {
        let marked = self.marked(Mode::Install).into_iter();
        marked
            .filter_map(|name| {
                self.planned(name).filter(|version| !version.installed)?;
                let group = self.broken_by(name)?;
                Some(Broken { name, group })
            })
            .collect()
    }

    /// Which new package is left out on account of one that is broken.
    fn gives_way(&self, name: Id) -> Option<Id> {
        self.planned(name).filter(|_| !self.has(name))?;
        let own = self.known.get(name);
        let relations = own.relations(&self.known);
        let lacks = relations.depends.iter().any(|group| !self.holds(group));
        let rival = relations.conflicts.iter().find_map(|wanted| {
            let others = self.targets(wanted, Self::planned);
            let mut others = others.into_iter().map(|other| other.name);
            others.find(|other| *other != name && !self.has(*other))
        });
        let rival = rival.filter(|rival| !self.mark(*rival).protected);
        let leaves = (lacks || rival.is_some()) && !self.mark(name).protected;
        rival.filter(|_| !lacks).or(leaves.then_some(name))
    }

    /// Whether a package that goes satisfied a group.
    fn lost(&self, group: &Group<'_>) -> bool {
        let goes = |version: Version| self.mode(version.name) == Mode::Delete;
        let mut any = group.any.iter();
        any.any(|wanted| self.any_target(wanted, Self::installed, goes))
    }

    /// What is installed and upgraded, by name.
    pub(super) fn installs(&self) -> Vec<Change> {
        let marked = self.marked(Mode::Install).into_iter();
        marked
            .map(|name| {
                let own = self.known.get(name);
                let by = self.by.get(&name);
                Change {
                    name: own.text.to_owned(),
                    auto: self.mark(name).auto,
                    by: by.map(|by| self.known.get(*by).text.to_owned()),
                    from: own.own.map(|own| own.version.clone()),
                }
            })
            .collect()
    }
}
