//! `ENTRYPOINT`: it resets a CMD that came from the base.

use crate::dockerfile::{Command, CommandLine, quoted_list};

use super::shell::with_shell;
use super::stage::BuiltStage;

pub(super) fn apply(line: &CommandLine, command: &Command, stage: &mut BuiltStage) {
    let words = with_shell(line, stage);
    let shown = format!("ENTRYPOINT {}", quoted_list(&words));
    stage.config.entrypoint = words;
    if !stage.cmd_given {
        stage.config.cmd.clear();
    }
    stage.record(command, shown);
}
