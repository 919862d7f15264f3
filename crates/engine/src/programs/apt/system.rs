//! The system that packages are installed on.

use crate::debian::Index;
use crate::programs::Call;
use crate::shell::{Machine, Who};

/// The user `_apt`, as Debian numbers it.
pub(super) const APT_USER: u32 = 42;

/// A Debian system.
#[derive(Debug)]
pub(super) struct System<'m> {
    /// The packages that its release has, where they are loaded.
    pub(super) index: Option<&'m Index>,
}

/// The release's name, where the system is a Debian.
pub(in crate::programs) fn suite(machine: &Machine<'_>) -> Option<String> {
    let text = machine.files.text("/etc/os-release")?;
    let field = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
            .map(|value| value.trim_matches('"').to_owned())
    };
    (field("ID").as_deref() == Some("debian"))
        .then(|| field("VERSION_CODENAME"))
        .flatten()
}

impl<'m> System<'m> {
    /// The system of a call; `None` where it is not Debian's, or its packages are not known.
    pub(super) fn of(call: &mut Call<'_, '_, 'm>) -> Option<Self> {
        let suite = suite(call.shell.machine)?;
        let machine = &mut *call.shell.machine;
        let index = machine.catalog.debian(&suite);
        if index.is_none() {
            machine.missing.insert(format!("debian/{suite}.index.gz"));
        }
        Some(Self { index })
    }

    /// Whether packages may come from elsewhere too.
    pub(super) fn has_other_sources(&self, call: &mut Call<'_, '_, '_>) -> bool {
        let base = call.shell.machine.base;
        let root = Who::default();
        let directory = "/etc/apt/sources.list.d";
        let names = call.files().list(directory, &root).unwrap_or_default().0;
        names
            .iter()
            .any(|name| base.get(&format!("{directory}/{name}")).is_none())
    }
}
