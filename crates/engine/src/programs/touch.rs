//! `touch`: makes empty files and sets times.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag, value};
use crate::shell::{Errno, is_known};

const OPTIONS: [Spec; 9] = [
    flag("a", ""),
    flag("c", "no-create"),
    flag("f", ""),
    flag("h", "no-dereference"),
    flag("m", ""),
    value("d", "date"),
    value("t", ""),
    value("r", "reference"),
    value("", "time"),
];

/// `touch`: makes empty files and sets times.
#[derive(Debug)]
pub(super) struct Touch;

impl Program for Touch {
    fn names(&self) -> &'static [&'static str] {
        &["touch"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        if options.operands.is_empty() {
            return Ok(call.refuse("missing file operand", 1));
        }
        if let Some(model) = options.value("r")
            && let Err(errno) = call.stat(model)
        {
            call.problem(&format!("failed to get attributes of '{model}'"), errno);
            return Ok(call.exit);
        }
        let who = call.who();
        let mode = 0o666 & !call.shell.process.umask;
        let make = !options.has("c") && !options.has("h");
        for operand in &options.operands {
            call.shell.machine.step()?;
            if operand == "-" {
                continue;
            }
            let at = call.at(operand);
            let result = match call.files().touch(&at, &who, !options.has("h")) {
                Err(Errno::NoEntry | Errno::Unknown) if make && is_known(&at) => call
                    .files()
                    .open_for_writing(&at, mode, false, &who)
                    .map(|_| ()),
                Err(Errno::NoEntry) if options.has("c") => Ok(()),
                other => other,
            };
            match result {
                Ok(()) => {}
                Err(errno) if call.is_busybox() => call.problem(operand, errno),
                // What is a directory but looks like a file that is missing.
                Err(errno) => call.problem(&format!("cannot touch '{operand}'"), errno),
            }
        }
        Ok(call.exit)
    }
}
