//! `setcap`: capabilities of programs, which are kept beside a file's content (setcap(8)).

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

/// `setcap`.
#[derive(Debug)]
pub(super) struct Setcap;

impl Program for Setcap {
    fn names(&self) -> &'static [&'static str] {
        &["setcap"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call
            .words()
            .iter()
            .filter(|word| !matches!(word.as_str(), "-q" | "-v" | "-n"));
        let words: Vec<String> = words.cloned().collect();
        if !call.who().is_root() {
            call.shell
                .error("unable to set CAP_SETFCAP effective capability: Operation not permitted");
            return Ok(Exit::code(1));
        }
        if words.len() < 2 || words.len() % 2 == 1 {
            call.shell.error("usage: setcap [-h] [-q] [-v] [-n <rootid>] (-r|-|<caps>) <filename> [ ... (-r|-|<capsN>) <filenameN> ]");
            return Ok(Exit::code(1));
        }
        for pair in words.chunks(2) {
            let file = &pair[1];
            match call.stat(file) {
                // Of a file that is changed in any way the whole is in the layer.
                Ok(entry) => call.files().copy_up(&entry.path),
                Err(errno) => {
                    call.shell.error(&format!(
                        "Failed to set capabilities on file '{file}': {errno}"
                    ));
                    call.exit = Exit::code(1);
                    return Ok(call.exit);
                }
            }
        }
        Ok(call.exit)
    }
}
