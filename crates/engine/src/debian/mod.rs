//! Debian's packages: the index of a suite, versions, relationships, and what apt resolves.

mod index;
mod installed;
pub mod relation;
mod resolve;
pub mod version;

pub use index::{Content, Entry, FORMAT, Index, Sizes};
pub use installed::{Installed, Packages};
pub use resolve::{Change, Problem, Request, Transaction, removable, resolve};

/// The suite whose packages a system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    /// Whether it is the system's own; else it is the nearest that the catalog has.
    pub exact: bool,
}

/// The suite for a system such as `debian 12` or `ubuntu 22.04`; none where it has no apt.
pub fn suite(os: &str) -> Option<Suite> {
    let (name, version) = os.split_once(' ')?;
    let major: u32 = version
        .split(['.', ' '])
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(u32::MAX);
    let (name, exact) = match (name, major) {
        ("debian", 12) => ("bookworm", true),
        ("debian", 13) => ("trixie", true),
        ("debian", ..12) | ("ubuntu", ..24) => ("bookworm", false),
        ("debian" | "ubuntu", _) => ("trixie", false),
        _ => return None,
    };
    Some(Suite { name, exact })
}
