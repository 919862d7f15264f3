//! Making directories, as the engine's file operations do.

use crate::error::ErrorKind;
use crate::image::{Metadata, Node, ResolveError, Workspace, path};

use super::Failure;

/// Where the engine mounts a stage while it works on it; messages show paths below it.
pub(super) const MERGED: &str = "/var/lib/docker/overlay2/…/merged";

/// The path with all links followed.
pub(super) fn resolved(workspace: &Workspace, at: &str) -> Result<String, Failure> {
    workspace.tree().resolve(at).map_err(|error| {
        Failure::solve(
            ErrorKind::CopyDestination,
            match error {
                ResolveError::NotADirectory(below) => format!("lstat {below}: not a directory"),
                ResolveError::TooManyLinks => format!("{at}: too many links"),
            },
        )
    })
}

/// Makes a directory and those above it, as far as they are missing, with `meta`; gives
/// back the path with links followed.
pub(super) fn make_directories(
    workspace: &mut Workspace,
    at: &str,
    meta: Metadata,
) -> Result<String, Failure> {
    let target = resolved(workspace, at)?;
    if workspace
        .tree()
        .get(&target)
        .is_some_and(|node| !node.is_directory())
    {
        return Err(Failure::solve(
            ErrorKind::CopyDestination,
            format!("mkdir {at}: not a directory"),
        ));
    }
    let mut missing = vec![target.as_str()];
    missing.extend(path::ancestors(&target));
    missing.retain(|directory| *directory != "/" && workspace.tree().get(directory).is_none());
    for directory in missing.into_iter().rev() {
        workspace.put(directory, Node::directory(meta));
    }
    Ok(target)
}
