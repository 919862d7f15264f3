//! `SHELL`, and the shell form of other instructions.

use crate::dockerfile::{Command, CommandLine};

use super::stage::BuiltStage;

pub(super) fn apply(words: &[String], command: &Command, stage: &mut BuiltStage) {
    stage.config.shell = words.to_vec();
    stage.record(command, format!("SHELL [{}]", words.join(" ")));
}

/// The words of a command, the shell put in front of the shell form.
pub(super) fn with_shell(line: &CommandLine, stage: &BuiltStage) -> Vec<String> {
    if !line.shell {
        return line.words.clone();
    }
    let mut words = if stage.config.shell.is_empty() {
        vec!["/bin/sh".to_owned(), "-c".to_owned()]
    } else {
        stage.config.shell.clone()
    };
    words.push(line.words.join(" "));
    words
}
