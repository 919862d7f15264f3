//! What somebody still needs (apt-pkg's `pkgDepCache::MarkRequired`).

use std::collections::BTreeSet;

use super::marks::{Marks, Mode};
use super::version::{Version, atoms};
use crate::debian::archive::Archive;
use crate::debian::index::Entry;
use crate::debian::installed::Packages;

/// The priority of packages that stay, whoever asked for them.
const REQUIRED: u8 = 1;

/// Packages that came along and that nobody needs any more.
pub fn left_over(archive: Archive<'_>, packages: &Packages) -> Vec<String> {
    let marks = Marks::new(archive, packages, true);
    let left = marks.left_over(&[]);
    left.into_iter().map(str::to_owned).collect()
}

/// The first relationship of an installed package that does not hold.
pub fn lacks(archive: Archive<'_>, packages: &Packages, name: &str) -> Option<String> {
    let marks = Marks::new(archive, packages, false);
    let mut depends = marks.installed(name)?.depends();
    depends.find(|group| !marks.holds(group)).map(str::to_owned)
}

impl<'r> Marks<'r> {
    /// Leaves out what came along for something that did not come in the end.
    pub(super) fn leave_out_unneeded(&mut self) {
        let there = self.packages.by_name.keys().map(String::as_str);
        let asked = self.marks.iter().filter(|(_, mark)| !mark.auto);
        let needed = self.needed_by(there.chain(asked.map(|(name, _)| *name)));
        for (name, mark) in &mut self.marks {
            if mark.mode == Mode::Install && !needed.contains(name) {
                mark.mode = Mode::Keep;
            }
        }
    }

    /// Installed packages that stay but for which there is no need, but for those that are asked
    /// for from now on.
    pub(super) fn left_over(&self, manual: &[String]) -> Vec<&'r str> {
        let there = self.packages.by_name.iter();
        let roots = there.filter(|(name, installed)| {
            let entry = self.known.name(name).entry;
            let stays = |entry: Entry<'_>| {
                entry.is_essential() || entry.is_protected() || entry.priority() == REQUIRED
            };
            // What base images' packages need in turn only the whole index tells.
            let is_opaque = installed.base && !self.known.is_whole();
            // apt does not think of leaving itself out (deblistparser.cc).
            is_opaque
                || !installed.auto
                || *name == "apt"
                || manual.contains(name)
                || entry.is_some_and(stays)
        });
        let roots = roots.map(|(name, _)| name.as_str());
        let needed = self.needed_by(roots.chain(self.marked(Mode::Install)));
        let there = self.packages.by_name.keys().map(String::as_str);
        there
            .filter(|name| self.mode(name) == Mode::Keep && !needed.contains(name))
            .collect()
    }

    /// Packages of which some will be there in the end, and all that those need or recommend.
    fn needed_by(&self, roots: impl Iterator<Item = &'r str>) -> BTreeSet<&'r str> {
        let mut needed = BTreeSet::new();
        let mut open: Vec<Version<'r>> = roots
            .filter_map(|name| self.planned(name))
            .filter(|version| needed.insert(version.name))
            .collect();
        while let Some(version) = open.pop() {
            let groups = version.depends().chain(version.recommends());
            for atom in groups.flat_map(atoms) {
                let others = self.targets(&atom, Self::planned);
                open.extend(others.into_iter().filter(|other| needed.insert(other.name)));
            }
        }
        needed
    }
}
