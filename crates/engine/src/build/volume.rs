//! `VOLUME`: only the config changes; the directory is made when a container starts.

use crate::dockerfile::Command;
use crate::error::ErrorKind;
use crate::image::Empty;

use super::Failure;
use super::stage::BuiltStage;

pub(super) fn apply(
    paths: &[String],
    command: &Command,
    stage: &mut BuiltStage,
) -> Result<(), Failure> {
    let paths = paths
        .iter()
        .map(|path| stage.expand(path))
        .collect::<Result<Vec<_>, _>>()?;
    if paths.iter().any(String::is_empty) {
        return Err(Failure::convert(
            ErrorKind::Value,
            "VOLUME specified can not be an empty string",
        ));
    }
    let shown = format!("VOLUME [{}]", paths.join(" "));
    stage
        .config
        .volumes
        .extend(paths.into_iter().map(|path| (path, Empty {})));
    stage.record(command, shown);
    Ok(())
}
