//! Debian's packages: the index of a suite, versions, relationships, and what apt resolves.

mod archive;
#[cfg(feature = "archives")]
pub mod deb;
mod files;
mod index;
mod installed;
#[cfg(feature = "programs")]
mod order;
pub mod paragraph;
pub mod relation;
#[cfg(feature = "programs")]
mod resolve;
pub mod slim;
mod sources;
mod unpacked;
pub mod version;

pub use archive::Archive;
#[cfg(feature = "archives")]
pub use deb::Deb;
pub use files::{FORMAT as FILES_FORMAT, Files, Interest, Kind, Listing, Member, Owner, User};
pub use index::{Content, Entry, FORMAT, Index, Made, Sizes};
pub use installed::{Installed, Packages, auto_state};
#[cfg(feature = "programs")]
pub use order::makers_of_users;
#[cfg(feature = "programs")]
pub use resolve::{Change, Problem, Request, Transaction, lacks, left_over, resolve};
pub use sources::{FORMAT as SOURCES_FORMAT, STAND_IN, Source, Sources};
pub use unpacked::{INFO, Trees, UNITS, Unpacked, books_of, is_kept};

/// The suite whose packages a system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    /// Whether it is the system's own; else it is the nearest that the catalog has.
    pub exact: bool,
}

/// The catalog's file with the packages of a suite that most builds need.
pub fn core_file(suite: &str) -> String {
    format!("debian/{suite}.core.zst")
}

/// The catalog's file with all packages of a suite.
pub fn index_file(suite: &str) -> String {
    format!("debian/{suite}.index.zst")
}

/// The catalog's file with the files of a part of a suite's packages.
pub fn files_file(suite: &str, part: u16) -> String {
    format!("debian/{suite}.files.{part}.zst")
}

/// The catalog's file with what building a suite's source packages needs.
pub fn sources_file(suite: &str) -> String {
    format!("debian/{suite}.sources.zst")
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
        ("debian", 11) => ("bullseye", true),
        ("debian", 12) => ("bookworm", true),
        ("debian", 13) => ("trixie", true),
        ("debian", ..11) | ("ubuntu", ..22) => ("bullseye", false),
        ("ubuntu", ..24) => ("bookworm", false),
        ("debian" | "ubuntu", _) => ("trixie", false),
        _ => return None,
    };
    Some(Suite { name, exact })
}
