//! What RUNs came to, so that one that begins as it did before is not followed again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use crate::build::Overrides;
use crate::catalog::CatalogFile;
use crate::debian::Packages;
use crate::image::{FileTree, Layer, Marks};
use crate::shell::{Note, Who};

use super::mounts::Requested;

/// Most entries of layers that are kept.
const MAX_ENTRIES: usize = 100_000;

/// Most RUNs that are kept.
const MAX_RUNS: usize = 50;

/// What a RUN begins with. Beside the catalog, and what the user states of packages, its course
/// depends on nothing else.
#[derive(Debug, PartialEq)]
pub(super) struct Start {
    // What tells most of them apart is compared first, and trees after it.
    pub(super) arguments: Vec<String>,
    /// User and home directory of the first process.
    pub(super) who: (Who, String),
    pub(super) tree: FileTree,
    /// Files of the base image.
    pub(super) base: FileTree,
    pub(super) mounted: Requested,
    pub(super) working_directory: String,
    pub(super) variables: Vec<(String, String)>,
    /// A here-document that is executed: where it is mounted, and its text.
    pub(super) script: Option<(String, String)>,
    pub(super) network: bool,
    /// `uname -m`.
    pub(super) machine: &'static str,
    /// The image's system: `debian 12`.
    pub(super) os: String,
    pub(super) packages: Arc<Packages>,
    pub(super) fetched: Arc<BTreeSet<String>>,
    pub(super) marks: Marks,
    pub(super) next_inode: u64,
    /// Its number among the steps of its stage.
    pub(super) number: usize,
}

/// What a RUN comes to.
#[derive(Debug)]
pub(super) struct End {
    /// What it printed.
    pub(super) lines: Vec<String>,
    pub(super) notes: Vec<Note>,
    /// Files of the catalog that would make it more exact.
    pub(super) missing: BTreeSet<String>,
    /// What it leaves, or the code that it fails with.
    pub(super) left: Result<Left, u8>,
}

/// What a RUN leaves.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) tree: FileTree,
    pub(super) layer: Layer,
    /// How many bytes more or less the layer may have than the course that was taken.
    pub(super) slack: (u64, u64),
    pub(super) packages: Arc<Packages>,
    pub(super) fetched: Arc<BTreeSet<String>>,
    pub(super) marks: Marks,
    pub(super) next_inode: u64,
    /// Why it was not followed to its end.
    pub(super) limit: Option<&'static str>,
}

/// What RUNs came to under one catalog, those that were used last first.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    kept: VecDeque<(Start, Rc<End>)>,
    package_sizes: BTreeMap<String, u64>,
    own_catalog: Option<CatalogFile>,
}

impl Runs {
    /// Forgets all where the user states something else of packages than before.
    pub(crate) fn begin(&mut self, overrides: &Overrides<'_>) {
        let none = BTreeMap::new();
        let sizes = overrides.package_sizes.unwrap_or(&none);
        if *sizes != self.package_sizes || overrides.catalog != self.own_catalog.as_ref() {
            *self = Self {
                kept: VecDeque::new(),
                package_sizes: sizes.clone(),
                own_catalog: overrides.catalog.cloned(),
            };
        }
    }

    /// What the RUN with this beginning came to.
    pub(super) fn of(&mut self, start: &Start) -> Option<Rc<End>> {
        let place = self.kept.iter().position(|(own, _)| own == start)?;
        let known = self.kept.remove(place)?;
        let end = Rc::clone(&known.1);
        self.kept.push_front(known);
        Some(end)
    }

    /// Keeps what a RUN came to, in place of what was not used for longest.
    pub(super) fn keep(&mut self, start: Start, end: Rc<End>) {
        self.kept.push_front((start, end));
        let mut entries = 0;
        let fits = self.kept.iter().take_while(|(_, end)| {
            entries += end.left.as_ref().map_or(0, |left| left.layer.count());
            entries <= MAX_ENTRIES
        });
        let fits = fits.count().min(MAX_RUNS);
        self.kept.truncate(fits);
    }
}
