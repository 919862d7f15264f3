//! What the archive and the system have of a name, looked up once.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::relations::{Relations, Wanted};
use crate::debian::archive::Archive;
use crate::debian::index::Entry;
use crate::debian::installed::{Installed, Packages};
use crate::debian::version::compare;

/// The number of a name, in the order in which names come to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Id(usize);

impl Id {
    pub(super) fn index(self) -> usize {
        self.0
    }
}

/// A version of a package: the one that is there, or the archive's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) name: Id,
    /// Whether it is the one that is there.
    pub(super) installed: bool,
}

/// What there is of a name.
#[derive(Debug)]
pub(super) struct Name<'r> {
    id: Id,
    pub(super) text: &'r str,
    /// What the archive has.
    pub(super) entry: Option<Entry<'r>>,
    /// What is there.
    pub(super) own: Option<&'r Installed>,
    /// Whether the archive's version is newer than the one that is there.
    is_newer: bool,
    relations: OnceCell<Relations<'r>>,
    providers: OnceCell<Box<[Id]>>,
}

impl<'r> Name<'r> {
    fn look_up(known: &Known<'r>, id: Id, text: &'r str) -> Self {
        let entry = known.archive.get(text);
        let own = known.packages.by_name.get(text);
        let is_newer = entry.is_some_and(|entry| {
            own.is_none_or(|own| {
                !own.version.is_empty() && compare(entry.version, &own.version).is_gt()
            })
        });
        Self {
            id,
            text,
            entry,
            own,
            is_newer,
            relations: OnceCell::new(),
            providers: OnceCell::new(),
        }
    }

    /// The version that is there.
    pub(super) fn installed(&self) -> Option<Version> {
        self.own.map(|_| Version {
            name: self.id,
            installed: true,
        })
    }

    /// The archive's version, where it is newer; else the one that is there.
    pub(super) fn newest(&self) -> Option<Version> {
        let newer = self.is_newer.then_some(Version {
            name: self.id,
            installed: false,
        });
        newer.or(self.installed())
    }

    /// The text of one of its versions; empty where it is not known.
    pub(super) fn version(&self, version: Version) -> &'r str {
        if version.installed {
            self.own.map_or("", |own| &own.version)
        } else {
            self.entry.map_or("", |entry| entry.version)
        }
    }

    /// What it needs and gives; the relationships of an installed version are taken to be those
    /// of the archive's.
    pub(super) fn relations(&self, known: &Known<'r>) -> &Relations<'r> {
        let read = || Relations::read(known, self.entry);
        self.relations.get_or_init(read)
    }

    /// Packages of the archive that provide it, beside the one that has it.
    pub(super) fn providers(&self, known: &Known<'r>) -> &[Id] {
        self.providers.get_or_init(|| {
            let providers = known.archive.providers(self.text);
            let others = providers.filter(|other| other.name != self.text);
            others.map(|other| known.id(other.name)).collect()
        })
    }
}

/// What is known of names.
#[derive(Debug)]
pub(super) struct Known<'r> {
    archive: Archive<'r>,
    packages: &'r Packages,
    ids: RefCell<FxHashMap<&'r str, Id>>,
    names: RefCell<Vec<Rc<Name<'r>>>>,
}

impl<'r> Known<'r> {
    pub(super) fn new(archive: Archive<'r>, packages: &'r Packages) -> Self {
        Self {
            archive,
            packages,
            ids: RefCell::default(),
            names: RefCell::default(),
        }
    }

    /// Whether all packages of the suite are known.
    pub(super) fn is_whole(&self) -> bool {
        self.archive.suite.is_whole()
    }

    /// The number of a name, which is known from then on.
    pub(super) fn id(&self, text: &'r str) -> Id {
        *self.ids.borrow_mut().entry(text).or_insert_with(|| {
            let mut names = self.names.borrow_mut();
            let id = Id(names.len());
            names.push(Rc::new(Name::look_up(self, id, text)));
            id
        })
    }

    /// The numbers of all names that are known by now.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (0..self.names.borrow().len()).map(Id)
    }

    /// The numbers of the packages that are there, by name.
    pub(super) fn there(&self) -> Vec<Id> {
        let names = self.packages.by_name.keys();
        names.map(|name| self.id(name)).collect()
    }

    /// What there is of a name.
    pub(super) fn get(&self, id: Id) -> Rc<Name<'r>> {
        Rc::clone(&self.names.borrow()[id.0])
    }

    /// Whether a version is what is wanted, or provides it.
    pub(super) fn satisfies(&self, version: Version, wanted: &Wanted<'_>) -> bool {
        let name = self.get(version.name);
        if version.name == wanted.name {
            let text = name.version(version);
            if text.is_empty() || wanted.atom.allows(text) {
                return true;
            }
        }
        let provided = name.relations(self).provides.iter();
        let mut same = provided.filter(|own| own.name == wanted.name);
        same.any(|own| wanted.atom.is_met_by(&own.atom))
    }
}
