//! `mktemp`: makes a file or a directory with a name of its own.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, optional, value};

const OPTIONS: [Spec; 7] = [
    flag("d", "directory"),
    flag("u", "dry-run"),
    flag("q", "quiet"),
    value("p", ""),
    optional("", "tmpdir"),
    value("", "suffix"),
    flag("t", ""),
];

/// `mktemp`: makes a file or a directory with a name of its own.
#[derive(Debug)]
pub(super) struct Mktemp;

impl Program for Mktemp {
    fn names(&self) -> &'static [&'static str] {
        &["mktemp"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let template = options.operands.first().cloned();
        let directory = options
            .value("p")
            .map(str::to_owned)
            .or_else(|| call.shell.process.variable("TMPDIR").map(str::to_owned))
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| "/tmp".to_owned());
        let in_directory =
            options.has("t") || options.has("p") || options.has("tmpdir") || template.is_none();
        let template = template.unwrap_or_else(|| "tmp.XXXXXXXXXX".to_owned());
        let suffix = options.value("suffix").unwrap_or_default().to_owned();
        let Some(end) = template.rfind("XXX").map(|place| place + 3) else {
            return Ok(call.refuse(&format!("too few X's in template '{template}'"), 1));
        };
        let start = template[..end].trim_end_matches('X').len();
        // Real names are random; ours count, so that they differ among themselves.
        let number = call.shell.machine.next_pid();
        let digits = format!("{number:0>width$}", width = end - start);
        let name = format!("{}{digits}{}{suffix}", &template[..start], &template[end..]);
        let shown = if in_directory {
            format!("{}/{name}", directory.trim_end_matches('/'))
        } else {
            name
        };
        if !options.has("u") {
            let at = call.at(&shown);
            let who = call.who();
            let made = if options.has("d") {
                call.files().make_directory(&at, 0o700, &who)
            } else {
                call.files()
                    .open_for_writing(&at, 0o600, true, &who)
                    .map(|_| ())
            };
            if let Err(errno) = made {
                let what = if options.has("d") {
                    "directory"
                } else {
                    "file"
                };
                if !options.has("q") {
                    call.problem(
                        &format!("failed to create {what} via template '{shown}'"),
                        errno,
                    );
                }
                return Ok(Exit::code(1));
            }
        }
        call.line(&shown);
        Ok(Exit::OK)
    }
}
