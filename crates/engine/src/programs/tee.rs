//! `tee`: passes its input on and writes it to files.

use super::options::{Spec, flag, optional};
use super::{Call, Program};
use crate::shell::Outcome;

const OPTIONS: [Spec; 4] = [
    flag("a", "append"),
    flag("i", "ignore-interrupts"),
    flag("p", ""),
    optional("", "output-error"),
];

/// `tee`: passes its input on and writes it to files.
#[derive(Debug)]
pub(super) struct Tee;

impl Program for Tee {
    fn names(&self) -> &'static [&'static str] {
        &["tee"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let data = call.standard_input();
        for name in &options.operands {
            match call.shell.open_output(name, options.has("a")) {
                Ok(stream) => {
                    call.shell.machine.write(Some(&stream), data.clone());
                }
                Err(errno) => call.problem(name, errno),
            }
        }
        call.data(data);
        Ok(call.exit)
    }
}
