//! The packages that an image has, as dpkg and apt know them.

use std::collections::BTreeMap;

use super::index::{Index, Sizes};
use crate::size::ByteCount;

/// Bytes of a package's paragraph in apt's extended states, which have the system's architecture.
pub fn auto_state(name: &str) -> u64 {
    "Package: \nArchitecture: amd64\nAuto-Installed: 1\n\n".len() as u64 + name.len() as u64
}

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Version; empty where it is not known.
    pub version: String,
    /// Whether it came only because another one needs it.
    pub auto: bool,
    /// The package that needed it when it came.
    pub by: Option<String>,
    /// Whether it was in the base image.
    pub base: bool,
    /// What it brought.
    pub sizes: Sizes,
    /// Its bytes with their range, where they are not counted.
    pub estimate: Option<ByteCount>,
    /// Whether documentation and translations were left out when it was unpacked.
    pub slim: bool,
    /// Files that are listed on its behalf where its others are not, to go with it.
    pub programs: Vec<String>,
    /// The step that brought it, counted from 0; none for the base image's.
    pub step: Option<usize>,
}

impl Installed {
    /// One that the base image has.
    pub fn of_base(version: &str, sizes: Sizes) -> Self {
        Self {
            version: version.to_owned(),
            auto: false,
            by: None,
            base: true,
            sizes,
            estimate: None,
            slim: true,
            programs: Vec::new(),
            step: None,
        }
    }
}

/// All installed packages, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages {
    /// Whose they are, where it is not dpkg: `apk`, `rpm`, …
    pub manager: Option<&'static str>,
    /// By name.
    pub by_name: BTreeMap<String, Installed>,
    /// Packages that are removed but whose configuration is left.
    pub configured: BTreeMap<String, Installed>,
    /// Packages that came from archives of their own, as an index has them: a line each.
    pub local: Vec<String>,
    /// Packages that apt keeps as they are (`apt-mark hold`).
    pub held: std::collections::BTreeSet<String>,
    /// Whether some were installed whose scripts nobody looked at: they may make users.
    pub may_make_users: bool,
}

impl Packages {
    /// Whether a package is installed.
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Takes all for installed automatically where apt's extended states, of which the size is known,
    /// can only say that: so Debian's images are made (debuerreotype's `apt-mark auto '.*'`).
    pub fn mark_all(&mut self, states: u64) {
        let all: u64 = self.by_name.keys().map(|name| auto_state(name)).sum();
        if all == states {
            for own in self.by_name.values_mut() {
                own.auto = true;
            }
        }
    }

    /// The package that stands for a name: itself, or the only one that provides it.
    pub fn sole_provider(&self, index: &Index, name: &str) -> String {
        if self.has(name) || index.get(name).is_some() {
            return name.to_owned();
        }
        let mut providers = index.providers(name);
        match (providers.next(), providers.next()) {
            (Some(only), None) => only.name.to_owned(),
            _ => name.to_owned(),
        }
    }
}
