//! What interpreters look for when a program is started: files of modules.

use crate::build::BuiltStage;
use crate::image::{Found, Node, path};
use crate::size::Basis;

/// Most files whose imports are followed.
pub(super) const MAX_FILES: usize = 200;

/// Directories that an image of a distribution has of its own.
const OF_THE_SYSTEM: [&str; 12] = [
    "bin", "etc", "home", "lib", "lib64", "opt", "root", "sbin", "srv", "tmp", "usr", "var",
];

/// Why a program ends there: what it says, or that it is not known what it does.
pub(super) type Ended = Option<String>;

/// What is at a path where a module may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Directory,
    Nothing,
    /// Perhaps something.
    Unlisted,
}

/// Whether files that nobody has listed may be in a stage beside those of its base image: what
/// an unknown program made may be any module.
pub(super) fn has_guesses(stage: &BuiltStage) -> bool {
    stage.made_layers().any(|step| {
        let layer = step.layer.as_ref();
        layer.is_some_and(|layer| layer.size().basis == Basis::Assumed)
    })
}

/// What is at a path, links followed. Below directories of the user's own nothing is unlisted,
/// even where the base image's files are not listed.
pub(super) fn place(stage: &BuiltStage, at: &str) -> Place {
    match super::look(stage, at) {
        Found::Node(Node::Directory(_)) => Place::Directory,
        Found::Node(_) => Place::File,
        Found::Nothing => Place::Nothing,
        Found::Unlisted => {
            let first = path::names(at).next().unwrap_or_default();
            let own = super::is_official(stage) && !OF_THE_SYSTEM.contains(&first);
            let above = path::ancestors(at).filter_map(|above| stage.tree.get(above));
            let mut is_bulk =
                above.map(|node| matches!(node, Node::Directory(found) if found.bulk.is_some()));
            let is_bulk = is_bulk.any(|is_bulk| is_bulk);
            if own && !is_bulk && stage.tree.get(&format!("/{first}")).is_some() {
                Place::Nothing
            } else {
                Place::Unlisted
            }
        }
    }
}

/// The text of a file.
pub(super) fn text(stage: &BuiltStage, at: &str) -> Option<String> {
    let content = stage.tree.content(at)?;
    Some(String::from_utf8_lossy(content).into_owned())
}

/// Whether a directory has a file whose name is so.
pub(super) fn has_entry(stage: &BuiltStage, directory: &str, is: impl Fn(&str) -> bool) -> bool {
    match super::look(stage, directory) {
        Found::Node(Node::Directory(directory)) => directory.entries.keys().any(is),
        _ => false,
    }
}
