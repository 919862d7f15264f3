//! What the archive and the system have of a name, looked up once.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::version::Version;
use crate::debian::archive::Archive;
use crate::debian::index::Entry;
use crate::debian::installed::Packages;
use crate::debian::version::compare;

/// What there is of a name.
#[derive(Debug)]
pub(super) struct Name<'r> {
    /// What the archive has.
    pub(super) entry: Option<Entry<'r>>,
    /// The version that is there.
    pub(super) installed: Option<Version<'r>>,
    /// The archive's, where it is newer; else the one that is there.
    pub(super) newest: Option<Version<'r>>,
    /// Packages of the archive that provide it, beside the one that has it.
    pub(super) providers: Vec<&'r str>,
}

impl<'r> Name<'r> {
    fn look_up(archive: Archive<'r>, packages: &'r Packages, name: &str) -> Self {
        let entry = archive.get(name);
        let installed = (packages.by_name.get_key_value(name)).map(|(name, own)| Version {
            name,
            version: &own.version,
            installed: true,
            entry,
        });
        let newer = entry.filter(|entry| {
            installed.is_none_or(|own| {
                !own.version.is_empty() && compare(entry.version, own.version).is_gt()
            })
        });
        let newest = newer.map(|entry| Version {
            name: entry.name,
            version: entry.version,
            installed: false,
            entry: Some(entry),
        });
        let others = archive.providers(name).map(|provider| provider.name);
        Self {
            entry,
            installed,
            newest: newest.or(installed),
            providers: others.filter(|other| *other != name).collect(),
        }
    }
}

/// What is known of names.
#[derive(Debug)]
pub(super) struct Known<'r> {
    archive: Archive<'r>,
    packages: &'r Packages,
    names: RefCell<FxHashMap<Box<str>, Rc<Name<'r>>>>,
}

impl<'r> Known<'r> {
    pub(super) fn new(archive: Archive<'r>, packages: &'r Packages) -> Self {
        Self {
            archive,
            packages,
            names: RefCell::default(),
        }
    }

    /// Whether all packages of the suite are known.
    pub(super) fn is_whole(&self) -> bool {
        self.archive.suite.is_whole()
    }

    /// What there is of a name.
    pub(super) fn name(&self, name: &str) -> Rc<Name<'r>> {
        let mut names = self.names.borrow_mut();
        if let Some(known) = names.get(name) {
            return Rc::clone(known);
        }
        let known = Rc::new(Name::look_up(self.archive, self.packages, name));
        names.insert(name.into(), Rc::clone(&known));
        known
    }
}
