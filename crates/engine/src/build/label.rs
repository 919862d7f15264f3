//! `LABEL`

use crate::dockerfile::Command;

use super::Failure;
use super::env::expanded;
use super::stage::BuiltStage;

pub(super) fn apply(
    pairs: &[(String, String)],
    command: &Command,
    stage: &mut BuiltStage,
) -> Result<(), Failure> {
    let mut shown = String::from("LABEL");
    for (name, value) in expanded(pairs, stage)? {
        shown.push_str(&format!(" {name}={value}"));
        stage.config.labels.insert(name, value);
    }
    stage.record(command, shown);
    Ok(())
}
