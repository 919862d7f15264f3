//! What apt can install from: a suite, and packages that a command brings itself.

use super::index::{Entry, Index};

/// The packages that apt knows of.
#[derive(Debug, Clone, Copy)]
pub struct Archive<'i> {
    /// The suite's.
    pub suite: &'i Index,
    /// Those that come from files or stand for sources; they go before the suite's.
    pub local: Option<&'i Index>,
}

impl<'i> Archive<'i> {
    /// A suite alone.
    pub fn of(suite: &'i Index) -> Self {
        Self { suite, local: None }
    }

    /// A package by its name.
    pub fn get(&self, name: &str) -> Option<Entry<'i>> {
        let local = self.local.and_then(|local| local.get(name));
        let local = local.map(|entry| self.numbered(entry));
        local.or_else(|| self.suite.get(name))
    }

    /// A local package, which apt comes to know after the suite's.
    fn numbered(&self, entry: Entry<'i>) -> Entry<'i> {
        let after = u32::try_from(self.suite.len()).unwrap_or(u32::MAX);
        entry.after(after)
    }

    /// The packages that provide a name beside the one that has it.
    pub fn providers<'n>(&self, name: &'n str) -> impl Iterator<Item = Entry<'i>> + use<'i, 'n> {
        let local = self.local.into_iter();
        let local = local.flat_map(move |local| local.providers(name));
        let archive = *self;
        let local = local.map(move |entry| archive.numbered(entry));
        local.chain(self.suite.providers(name))
    }
}
