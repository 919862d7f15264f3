//! What the plans come to in the end: upgrades, what cannot stay, what is not needed after all.

use std::collections::{BTreeMap, BTreeSet};

use super::Change;
use super::marks::{Asker, Mark, Marks, Mode};
use super::version::{Version, atoms};

impl<'r> Marks<'r> {
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
