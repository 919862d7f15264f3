//! The system that packages are installed on.

use crate::debian::{Index, suite};
use crate::programs::Call;
use crate::shell::Who;

/// The user `_apt`, as Debian numbers it.
pub(super) const APT_USER: u32 = 42;

/// A system with apt.
#[derive(Debug)]
pub(super) struct System<'m> {
    /// The packages that its release has, where they are loaded.
    pub(super) index: Option<&'m Index>,
    /// Whether they are its own, and not those of the nearest release.
    pub(super) exact: bool,
}

impl<'m> System<'m> {
    /// The system of a call; `None` where it has no apt, or is not known.
    pub(super) fn of(call: &mut Call<'_, '_, 'm>) -> Option<Self> {
        let machine = &mut *call.shell.machine;
        let suite = suite(&machine.os)?;
        let index = machine.catalog.debian(suite.name);
        if index.is_none() {
            let name = suite.name;
            machine.missing.insert(format!("debian/{name}.index.gz"));
            if !suite.exact {
                machine
                    .missing
                    .insert(format!("trees/debian-{name}-slim.tree"));
            }
        }
        if !suite.exact && index.is_some() {
            let message = format!(
                "the packages of {} are not in the catalog: those of Debian's {} stand in for them, with a range",
                machine.os, suite.name
            );
            machine.note("nearest-packages", message);
        }
        Some(Self {
            index,
            exact: suite.exact,
        })
    }

    /// Whether packages may come from elsewhere too.
    pub(super) fn has_other_sources(&self, call: &mut Call<'_, '_, '_>) -> bool {
        if !self.exact {
            return true;
        }
        let base = call.shell.machine.base;
        let root = Who::default();
        let directory = "/etc/apt/sources.list.d";
        let names = call.files().list(directory, &root).unwrap_or_default().0;
        names
            .iter()
            .any(|name| base.get(&format!("{directory}/{name}")).is_none())
    }
}
