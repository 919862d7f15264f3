//! File tree, layers, config, history, in OCI's terms.

mod brought;
mod changed;
mod config;
mod entries;
mod layer;
mod merge;
pub mod path;
mod tree;
mod users;
mod workspace;

pub use brought::{Brought, Marks};
pub use config::{Config, Empty, HealthConfig};
pub use entries::{Entries, Name};
pub use layer::{Change, Entry, EntryKind, Layer};
pub use tree::{
    Directory, File, FileTree, Found, Inode, Loader, Metadata, Node, Program, ResolveError,
    Symlink, walk as walk_tree,
};
pub use users::{Owner, is_listed, owner};
pub use workspace::Workspace;
