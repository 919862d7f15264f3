//! `rmdir`: removes empty directories.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Spec, flag};
use crate::shell::Errno;

const OPTIONS: [Spec; 3] = [
    flag("p", "parents"),
    flag("v", "verbose"),
    flag("", "ignore-fail-on-non-empty"),
];

/// `rmdir`: removes empty directories.
#[derive(Debug)]
pub(super) struct Rmdir;

impl Program for Rmdir {
    fn names(&self) -> &'static [&'static str] {
        &["rmdir"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        call.require_operand(&options)?;
        let who = call.who();
        for operand in &options.operands {
            let mut path = operand.trim_end_matches('/').to_owned();
            loop {
                let at = call.at(&path);
                match call.files().remove_directory(&at, &who) {
                    Ok(()) => {}
                    Err(Errno::NotEmpty) if options.has("ignore-fail-on-non-empty") => break,
                    Err(errno) => {
                        let message = if call.is_busybox() {
                            format!("'{path}'")
                        } else {
                            format!("failed to remove '{path}'")
                        };
                        call.problem(&message, errno);
                        break;
                    }
                }
                match path.rsplit_once('/') {
                    Some((above, _)) if options.has("p") => {
                        path = if above.is_empty() { "/" } else { above }.to_owned();
                    }
                    _ => break,
                }
            }
        }
        Ok(call.exit)
    }
}
