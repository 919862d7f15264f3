//! Debian's packages: the index of a suite, versions, relationships, and what apt resolves.

mod index;
mod installed;
pub mod relation;
mod resolve;
pub mod version;

pub use index::{Content, Entry, FORMAT, Index, Sizes};
pub use installed::{Installed, Packages};
pub use resolve::{Change, Problem, Request, Transaction, removable, resolve};
