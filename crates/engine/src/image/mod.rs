//! File tree, layers, config, history, in OCI's terms.

mod config;
mod layer;
pub mod path;
mod tree;
mod users;

pub use config::{Config, Empty, HealthConfig};
pub use layer::{Change, Entry, EntryKind, Layer, Workspace};
pub use tree::{
    Directory, File, FileTree, Found, Metadata, Node, ResolveError, Symlink, walk as walk_tree,
};
pub use users::{Owner, owner};

/// One step of an image's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The step as `docker history` shows it.
    pub created_by: String,
    /// Whether it made no layer.
    pub empty: bool,
}
