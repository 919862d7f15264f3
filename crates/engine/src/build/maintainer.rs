//! `MAINTAINER`

use crate::dockerfile::Command;

use super::stage::BuiltStage;

pub(super) fn apply(name: &str, command: &Command, stage: &mut BuiltStage) {
    name.clone_into(&mut stage.author);
    stage.record(command, format!("MAINTAINER {name}"));
}
