//! `WORKDIR`: the directory is made, owned by USER, where it is missing.

use crate::dockerfile::Command;
use crate::image::{Metadata, Workspace, owner, path};

use super::place::make_directories;
use super::stage::BuiltStage;
use super::{Build, Failure};

pub(super) fn apply(
    written: &str,
    command: &Command,
    stage: &mut BuiltStage,
    build: &mut Build<'_>,
) -> Result<(), Failure> {
    let written = stage.expand(written)?;
    // An absolute path is kept as written, a relative one is joined and cleaned.
    let shown = if written.starts_with('/') {
        written
    } else {
        stage.absolute(&written)
    };
    let directory = path::clean(&shown);
    stage.config.working_dir.clone_from(&shown);
    let created_by = format!("WORKDIR {shown}");
    if directory == "/" {
        stage.record(command, created_by);
        return Ok(());
    }
    let mut workspace = Workspace::new(stage.tree.clone());
    let owner = owner(&stage.tree, &stage.users, &stage.config.user);
    make_directories(
        &mut workspace,
        &directory,
        Metadata {
            mode: 0o755,
            uid: owner.uid,
            gid: owner.gid,
        },
    )?;
    let changes = stage.commit(command, created_by, workspace);
    build.count_changes(changes)
}
