//! `ENV`

use crate::dockerfile::Command;

use super::Failure;
use super::stage::BuiltStage;

pub(super) fn apply(
    pairs: &[(String, String)],
    command: &Command,
    stage: &mut BuiltStage,
) -> Result<(), Failure> {
    let pairs = expanded(pairs, stage)?;
    let mut shown = String::from("ENV");
    for (name, value) in &pairs {
        shown.push_str(&format!(" {name}={value}"));
        stage.set_variable(name, value);
        stage.config.set_env(name, value);
    }
    stage.record(command, shown);
    Ok(())
}

/// All names and values, expanded with the variables as they were before the instruction.
pub(super) fn expanded(
    pairs: &[(String, String)],
    stage: &BuiltStage,
) -> Result<Vec<(String, String)>, Failure> {
    pairs
        .iter()
        .map(|(name, value)| Ok((stage.expand(name)?, stage.expand(value)?)))
        .collect()
}
