//! How the plan for one package leads to others.
//!
//! The rules are those of apt-pkg's `pkgDepCache` (depcache.cc: `MarkInstall`, `MarkKeep`,
//! `MarkDelete`): each relationship that is not satisfied yet is taken in the order of the
//! package's fields (Pre-Depends, Depends, Conflicts, Breaks, Recommends), and the first package
//! that can be installed for it is. What was asked for is protected, and so is what alone can
//! satisfy it; nothing that comes along may change that.

use super::known::{Id, Version};
use super::marks::{Asker, Choice, Marks, Mode};
use super::relations::{Group, Wanted};

/// How deep packages may need each other before apt gives up, with room on the stack.
const MAX_DEPTH: usize = 1000;

/// A relationship that is to be satisfied.
#[derive(Debug, Clone, Copy)]
struct Need<'n, 'r> {
    group: &'n Group<'r>,
    /// Whether the package is broken without it; else it is only recommended.
    critical: bool,
}

/// What has to give way to a package.
#[derive(Debug, Default)]
struct Obstacles {
    /// Another version of these may do.
    upgrade: Vec<Id>,
    /// These are removed once all else has worked.
    remove: Vec<Id>,
}

impl<'r> Marks<'r> {
    /// Marks a package, and with `solve` all that it needs. Tells whether that worked.
    pub(super) fn install(&mut self, name: Id, solve: bool, asker: Asker) -> bool {
        let mark = self.mark(name);
        let Some(candidate) = self.candidate(name) else {
            return false;
        };
        let stays = mark.protected && mark.mode == Mode::Keep && candidate.installed;
        if !stays && !self.may_change(name, Mode::Install, asker) {
            return false;
        }
        let entry = self.known.get(name).entry;
        if !candidate.installed && entry.is_some_and(|entry| entry.is_stub()) {
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
        if solve && !candidate.installed && !self.is_possible(name) {
            if !mark.protected {
                self.discard(name);
            }
            return false;
        }
        // What comes along is chosen once it is known what has to give way to it.
        if asker == Asker::User || !solve {
            self.choose(candidate, asker);
        }
        if !solve {
            return true;
        }
        if self.depth > MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        let worked = self.solve(candidate, mark.protected, asker);
        self.depth -= 1;
        worked
    }

    /// Whether all that a package needs could be had.
    fn is_possible(&self, own: Id) -> bool {
        let could = |wanted: &Wanted<'_>| {
            self.is_satisfied(wanted) || self.any_target(wanted, Self::candidate, |_| true)
        };
        let name = self.known.get(own);
        let mut depends = name.relations(&self.known).depends.iter();
        depends.all(|group| group.any.iter().any(could))
    }

    /// Marks what a package needs and what gives way to it.
    fn solve(&mut self, own: Version, protected: bool, asker: Asker) -> bool {
        let lenient = protected || asker == Asker::User;
        let name = self.known.get(own.name);
        let relations = name.relations(&self.known);
        let critical = relations.depends.iter().map(|group| (group, true));
        let recommends = self.recommends.then_some(relations.recommends.iter());
        let recommended = recommends.into_iter().flatten().map(|group| (group, false));
        let needs: Vec<Need<'_, 'r>> = critical
            .chain(recommended)
            .map(|(group, critical)| Need { group, critical })
            .filter(|need| protected || !self.holds(need.group))
            .collect();
        let mut obstacles = Obstacles::default();
        let worked = self.find_obstacles(own, protected, lenient, &mut obstacles);
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
                .all(|name| self.delete(*name, Asker::Package(own.name)) || lenient);
        self.mark_mut(own.name).protected = protected;
        if !done && !lenient {
            self.discard(own.name);
        }
        worked && done
    }

    /// Finds what cannot stay beside a version.
    fn find_obstacles(
        &mut self,
        own: Version,
        propagate: bool,
        lenient: bool,
        obstacles: &mut Obstacles,
    ) -> bool {
        let mut worked = true;
        let mut bad = Vec::new();
        let name = self.known.get(own.name);
        for wanted in &name.relations(&self.known).conflicts {
            if !propagate && !self.meets(own.name, wanted) {
                continue;
            }
            for other in self.targets(wanted, Self::candidate) {
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
                        if !self.has(other.name) {
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
            for other in self.targets(wanted, Self::installed) {
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
        own: Version,
        name: Id,
        propagate: bool,
        obstacles: &mut Obstacles,
    ) -> bool {
        let asker = Asker::Package(own.name);
        let goes = self.mode(name) == Mode::Delete;
        if !propagate {
            let may_go = goes || self.may_change(name, Mode::Delete, asker);
            if may_go && !goes {
                obstacles.remove.push(name);
            }
            return may_go;
        }
        if !goes && !self.delete(name, asker) {
            return false;
        }
        self.settle(name);
        self.mark_mut(name).protected = true;
        true
    }

    /// Installed packages that need the version that an upgrade replaces.
    pub(super) fn tied(&self, own: Version, upgrade: &mut Vec<Id>) {
        let Some(old) = self.installed(own.name).filter(|_| !own.installed) else {
            return;
        };
        let name = self.known.get(own.name);
        let (old, new) = (name.version(old), name.version(own));
        for other in self.known.there() {
            if self.mode(other) == Mode::Install || upgrade.contains(&other) {
                continue;
            }
            let there = self.known.get(other);
            let (Some(entry), Some(installed)) = (there.entry, there.own) else {
                continue;
            };
            // What an older version of it needed is not listed; one of the same source needs
            // the same version.
            let exactly = |wanted: &Wanted<'_>| {
                wanted.name == own.name && wanted.atom.version == Some(("=", new))
            };
            let needs = installed.version == old && entry.version == new;
            let mut depends = there.relations(&self.known).depends.iter();
            if needs && depends.any(|group| group.any.iter().any(exactly)) {
                upgrade.push(other);
            }
        }
    }

    /// Upgrades what is in the way, or removes it.
    fn make_way(&mut self, own: Version, upgrade: &[Id], propagate: bool, lenient: bool) -> bool {
        let asker = Asker::Package(own.name);
        let mut worked = true;
        for name in upgrade.iter().copied() {
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
        own: Version,
        needs: &[Need<'_, 'r>],
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
            if !need.critical && self.has(own.name) {
                continue;
            }
            let solutions = self.solutions(need.group, Choice::Candidates);
            let only = propagate && need.critical && solutions.len() == 1;
            let found = solutions.iter().any(|solution| {
                let candidate = self.candidate(solution.name);
                if candidate != Some(*solution) {
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
    fn protect_only(&mut self, group: &Group<'r>, asker: Asker) -> bool {
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
}
