//! What a package needs and gives, read once.

use super::known::{Id, Known};
use crate::debian::index::Entry;
use crate::debian::relation::Atom;

/// A package that another one names, and which of its versions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'r> {
    pub(super) name: Id,
    pub(super) atom: Atom<'r>,
}

/// Packages of which any one will do.
#[derive(Debug)]
pub(super) struct Group<'r> {
    /// As the package writes it.
    pub(super) text: &'r str,
    pub(super) any: Box<[Wanted<'r>]>,
}

/// The relationships of a package.
#[derive(Debug)]
pub(super) struct Relations<'r> {
    /// Pre-Depends and Depends.
    pub(super) depends: Box<[Group<'r>]>,
    pub(super) recommends: Box<[Group<'r>]>,
    /// Conflicts and Breaks.
    pub(super) conflicts: Box<[Wanted<'r>]>,
    pub(super) provides: Box<[Wanted<'r>]>,
}

impl<'r> Relations<'r> {
    /// Reads those of a package; one that the archive does not have has none that are known.
    pub(super) fn read(known: &Known<'r>, entry: Option<Entry<'r>>) -> Self {
        let field = |of: fn(&Entry<'r>) -> &'r str| {
            let field = entry.as_ref().map_or("", of);
            field.split(',').filter(|group| !group.is_empty())
        };
        let any = |text: &'r str| text.split('|').map(|text| Wanted::read(known, text));
        let group = |text| Group {
            text,
            any: any(text).collect(),
        };
        Self {
            depends: field(|entry| entry.depends).map(group).collect(),
            recommends: field(|entry| entry.recommends).map(group).collect(),
            conflicts: field(|entry| entry.conflicts).flat_map(any).collect(),
            provides: field(|entry| entry.provides).flat_map(any).collect(),
        }
    }
}

impl<'r> Wanted<'r> {
    fn read(known: &Known<'r>, text: &'r str) -> Self {
        let atom = Atom::read(text);
        let name = known.id(atom.name);
        Self { name, atom }
    }
}
