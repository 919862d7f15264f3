//! npm's packages: the index of measured releases, manifests and lock files, and the tree that
//! npm makes of `node_modules`.

pub mod bun;
mod ideal;
mod index;
mod manifest;
mod pins;

pub use ideal::{Options, Placed, Problem, Tree, from_lock, ideal};
pub use index::{FORMAT, Index, Member, Package, Release};
pub use manifest::{Lock, Manifest};
pub use pins::Pins;
