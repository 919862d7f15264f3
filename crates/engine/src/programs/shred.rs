//! `shred`: overwrites files, and with `-u` removes them.

use super::{Call, Program};
use crate::shell::Outcome;

/// `shred`.
#[derive(Debug)]
pub(super) struct Shred;

impl Program for Shred {
    fn names(&self) -> &'static [&'static str] {
        &["shred"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let (options, files): (Vec<&String>, Vec<&String>) =
            call.words().iter().partition(|word| word.starts_with('-'));
        let removes = options.iter().any(|word| {
            word.starts_with("--remove") || !word.starts_with("--") && word.contains('u')
        });
        for file in files {
            let who = call.who();
            let at = call.at(file);
            let outcome = match call.stat(file) {
                Ok(_) if removes => call.files().unlink(&at, &who),
                Ok(entry) => {
                    call.files().copy_up(&entry.path);
                    Ok(())
                }
                Err(errno) => Err(errno),
            };
            if let Err(errno) = outcome {
                call.problem(&format!("{file}: failed to open for writing"), errno);
            }
        }
        Ok(call.exit)
    }
}
