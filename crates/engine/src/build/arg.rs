//! `ARG`

use crate::dockerfile::{Arg, Command};

use super::stage::BuiltStage;
use super::{Build, Failure};

pub(super) fn apply(
    args: &[Arg],
    command: &Command,
    stage: &mut BuiltStage,
    build: &Build<'_>,
) -> Result<(), Failure> {
    let mut shown = Vec::with_capacity(args.len());
    for arg in args {
        let given = build
            .overrides
            .build_args
            .and_then(|given| given.get(&arg.name));
        let value = match (given, &arg.default) {
            (Some(given), _) => Some(given.clone()),
            (None, Some(default)) => Some(stage.expand(default)?),
            (None, None) => {
                let global = build
                    .plan
                    .globals
                    .iter()
                    .find(|(name, _)| *name == arg.name);
                global.and_then(|(_, value)| value.clone())
            }
        };
        match &value {
            Some(value) => {
                stage.set_variable(&arg.name, value);
                shown.push(format!("{}={value}", arg.name));
            }
            None => shown.push(arg.name.clone()),
        }
        stage.args.push((arg.name.clone(), value));
    }
    stage.record(command, format!("ARG {}", shown.join(" ")));
    Ok(())
}
