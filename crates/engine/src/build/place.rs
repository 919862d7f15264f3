//! Making directories, as the engine's file operations do.

use crate::error::ErrorKind;
use crate::image::{Metadata, Node, ResolveError, Workspace, path};

use super::Failure;

/// Where the engine mounts a stage while it works on it; messages show paths below it.
pub(super) const MERGED: &str = "/var/lib/docker/overlay2/…/merged";

/// Longest path in a stage: Linux's 4096 bytes less the directory that the stage is mounted on
/// (measured; the engine's varies by a byte or two).
const MAX_PATH: usize = 4043;

/// Longest name of a file or directory (Linux's `NAME_MAX`).
const MAX_NAME: usize = 255;

/// Refuses a path that Linux could not hold, with the engine's message.
fn check_length(at: &str) -> Result<(), Failure> {
    let mut prefixes = vec![at];
    prefixes.extend(path::ancestors(at));
    let too_long = prefixes.into_iter().rev().find_map(|prefix| {
        if path::split(prefix).1.len() > MAX_NAME {
            Some(("mkdir", prefix))
        } else {
            (prefix.len() > MAX_PATH).then_some(("lstat", prefix))
        }
    });
    match too_long {
        None => Ok(()),
        Some((operation, prefix)) => Err(Failure::solve(
            ErrorKind::CopyDestination,
            format!("{operation} {prefix}: file name too long"),
        )),
    }
}

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
    check_length(at)?;
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
