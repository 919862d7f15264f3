//! A version of a package, and what it needs.

use crate::debian::index::Entry;
use crate::debian::relation::{Atom, groups};

/// A version of a package: the one that is there, or the archive's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version<'r> {
    pub(super) name: &'r str,
    pub(super) version: &'r str,
    /// Whether it is the one that is there.
    pub(super) installed: bool,
    /// What is known of it; the relationships of an installed version are taken to be those of
    /// the archive's.
    pub(super) entry: Option<Entry<'r>>,
}

impl<'r> Version<'r> {
    pub(super) fn satisfies(&self, atom: &Atom<'_>) -> bool {
        if self.name == atom.name && (self.version.is_empty() || atom.allows(self.version)) {
            return true;
        }
        self.entry.is_some_and(|entry| entry.provides(atom))
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.installed == other.installed
    }

    pub(super) fn depends(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        fields(self.entry.map_or("", |entry| entry.depends))
    }

    pub(super) fn recommends(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        fields(self.entry.map_or("", |entry| entry.recommends))
    }

    pub(super) fn conflicts(&self) -> impl Iterator<Item = Atom<'r>> + use<'r> {
        groups(self.entry.map_or("", |entry| entry.conflicts)).flatten()
    }
}

/// The groups of a field, as text.
pub(super) fn fields(field: &str) -> impl Iterator<Item = &str> {
    field.split(',').filter(|group| !group.is_empty())
}

pub(super) fn atoms(group: &str) -> impl Iterator<Item = Atom<'_>> {
    group.split('|').map(Atom::read)
}
