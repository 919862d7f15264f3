//! Python's distributions: requirements, the index of measured releases, and what pip resolves.

mod index;
mod marker;
mod requirement;
mod resolve;

pub use index::{FORMAT, Index, Kind, Member, Release, Wheel, minor};
pub use marker::Environment;
pub use requirement::{Requirement, normalized};
pub use resolve::{Conflict, Pick, Wanted, resolve};
