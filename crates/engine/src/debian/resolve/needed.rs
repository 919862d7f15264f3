//! What somebody still needs (apt-pkg's `pkgDepCache::MarkRequired`).

use rustc_hash::FxHashSet;

use super::known::Id;
use super::marks::{Marks, Mode};
use crate::debian::archive::Archive;
use crate::debian::index::Entry;
use crate::debian::installed::Packages;

/// The priority of packages that stay, whoever asked for them.
const REQUIRED: u8 = 1;

/// Packages that came along and that nobody needs any more.
pub fn left_over(archive: Archive<'_>, packages: &Packages) -> Vec<String> {
    let marks = Marks::new(archive, packages, true);
    let left = marks.left_over(&[]);
    let names = left.into_iter().map(|name| marks.known.get(name).text);
    names.map(str::to_owned).collect()
}

/// The first relationship of an installed package that does not hold.
pub fn lacks(archive: Archive<'_>, packages: &Packages, name: &str) -> Option<String> {
    let marks = Marks::new(archive, packages, false);
    let name = marks.known.get(marks.known.id(name));
    name.own?;
    let mut depends = name.relations(&marks.known).depends.iter();
    let lacking = depends.find(|group| !marks.holds(group));
    lacking.map(|group| group.text.to_owned())
}

impl<'r> Marks<'r> {
    /// Leaves out what came along for something that did not come in the end.
    pub(super) fn leave_out_unneeded(&mut self) {
        let there = self.known.there().into_iter();
        let asked = self.planned_for(|mark| !mark.auto);
        let needed = self.needed_by(there.chain(asked), false);
        for name in self.planned_for(|mark| mark.mode == Mode::Install) {
            if !needed.contains(&name) {
                self.mark_mut(name).mode = Mode::Keep;
            }
        }
    }

    /// Installed packages that stay but for which there is no need, but for those that are asked
    /// for from now on.
    pub(super) fn left_over(&self, manual: &[String]) -> Vec<Id> {
        let there = self.known.there();
        let roots = there.iter().copied().filter(|name| {
            let name = self.known.get(*name);
            let Some(installed) = name.own else {
                return false;
            };
            let stays = |entry: Entry<'_>| {
                entry.is_essential() || entry.is_protected() || entry.priority() == REQUIRED
            };
            // What base images' packages need in turn only the whole index tells.
            let is_opaque = installed.base && !self.known.is_whole();
            // apt does not think of leaving itself out (deblistparser.cc).
            is_opaque
                || !installed.auto
                || name.text == "apt"
                || manual.iter().any(|manual| manual == name.text)
                || name.entry.is_some_and(stays)
        });
        let needed = self.needed_by(roots.chain(self.marked(Mode::Install)), self.only_depends);
        there
            .iter()
            .copied()
            .filter(|name| self.mode(*name) == Mode::Keep && !needed.contains(name))
            .collect()
    }

    /// Packages of which some will be there in the end, and all that those need, or recommend.
    fn needed_by(&self, roots: impl Iterator<Item = Id>, only_depends: bool) -> FxHashSet<Id> {
        let mut needed = FxHashSet::default();
        let mut open: Vec<Id> = roots
            .filter(|name| self.planned(*name).is_some() && needed.insert(*name))
            .collect();
        while let Some(name) = open.pop() {
            let name = self.known.get(name);
            let relations = name.relations(&self.known);
            let recommends = (!only_depends).then_some(&relations.recommends);
            let recommends = recommends.into_iter().flatten();
            let groups = relations.depends.iter().chain(recommends);
            for wanted in groups.flat_map(|group| &group.any) {
                self.any_target(wanted, Self::planned, |other| {
                    if needed.insert(other.name) {
                        open.push(other.name);
                    }
                    false
                });
            }
        }
        needed
    }
}
