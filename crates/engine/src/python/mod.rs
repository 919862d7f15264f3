//! Python's distributions: requirements, the index of measured releases, and what pip resolves.

mod index;
mod marker;
mod requirement;
mod resolve;

pub use index::{Distribution, FORMAT, Index, Kind, Member, Release, Wheel, minor};
pub use marker::Environment;
pub use requirement::{Requirement, normalized};
pub use resolve::{Conflict, Pick, Wanted, resolve};

/// Major and minor version: `3.12` of `3.12.4`.
pub fn series(version: &str) -> Option<String> {
    let mut parts = version.split('.');
    Some(format!("{}.{}", parts.next()?, parts.next()?))
}

/// A value of a virtual environment's `pyvenv.cfg`.
pub fn venv_value<'t>(config: &'t str, name: &str) -> Option<&'t str> {
    let mut pairs = config.lines().filter_map(|line| line.split_once('='));
    let (_, value) = pairs.find(|(own, _)| own.trim() == name)?;
    Some(value.trim())
}
