//! `STOPSIGNAL`

use crate::dockerfile::Command;
use crate::error::ErrorKind;

use super::Failure;
use super::stage::BuiltStage;

/// Linux's signals by name (moby's `sys/signal`), `SIG` left out.
const NAMES: [&str; 36] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL",
    "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
    "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
];

pub(super) fn apply(
    signal: &str,
    command: &Command,
    stage: &mut BuiltStage,
) -> Result<(), Failure> {
    let signal = stage.expand(signal)?;
    if !is_signal(&signal) {
        return Err(Failure::convert(
            ErrorKind::Value,
            format!("invalid signal: {signal}"),
        ));
    }
    let shown = format!("STOPSIGNAL {signal}");
    stage.config.stop_signal = signal;
    stage.record(command, shown);
    Ok(())
}

fn is_signal(text: &str) -> bool {
    if let Ok(number) = text.parse::<i64>() {
        return number != 0;
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let offset = |base: &str, sign: char, most: u32| {
        name.strip_prefix(base)
            .and_then(|rest| rest.strip_prefix(sign))
            .and_then(|number| number.parse::<u32>().ok())
            .is_some_and(|number| (1..=most).contains(&number))
    };
    NAMES.contains(&name) || offset("RTMIN", '+', 15) || offset("RTMAX", '-', 14)
}
