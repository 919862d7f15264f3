//! `ONBUILD`: triggers of the base run before the stage's own instructions.

use crate::dockerfile::{Command, CommandKind, Features, command, parse_trigger};
use crate::error::{BuildError, ErrorKind};
use crate::plan::Stage;

use super::stage::BuiltStage;

/// Takes the triggers out of the base's config; their errors point at the FROM line.
pub(super) fn triggers(built: &mut BuiltStage, stage: &Stage) -> Result<Vec<Command>, BuildError> {
    std::mem::take(&mut built.config.on_build)
        .iter()
        .map(|trigger| {
            let fail = |message: String| BuildError::new(ErrorKind::Parse, message);
            let instruction = parse_trigger(trigger).map_err(fail)?;
            let mut command = command(&instruction, Features::default()).map_err(fail)?;
            if matches!(command.kind, CommandKind::From(_)) {
                return Err(fail("FROM isn't allowed as an ONBUILD trigger".to_owned()));
            }
            command.lines = stage.lines;
            command.span = stage.span;
            Ok(command)
        })
        .collect()
}
