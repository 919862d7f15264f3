//! `USER`

use crate::dockerfile::Command;

use super::Failure;
use super::stage::BuiltStage;

pub(super) fn apply(user: &str, command: &Command, stage: &mut BuiltStage) -> Result<(), Failure> {
    let user = stage.expand(user)?;
    let shown = format!("USER {user}");
    stage.config.user = user;
    stage.record(command, shown);
    Ok(())
}
