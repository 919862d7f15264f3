//! `CMD`

use crate::dockerfile::{Command, CommandLine, quoted_list};

use super::shell::with_shell;
use super::stage::BuiltStage;

pub(super) fn apply(line: &CommandLine, command: &Command, stage: &mut BuiltStage) {
    let words = with_shell(line, stage);
    let shown = format!("CMD {}", quoted_list(&words));
    stage.config.cmd = words;
    stage.cmd_given = true;
    stage.record(command, shown);
}
