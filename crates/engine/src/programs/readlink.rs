//! `readlink` and `realpath`: where links lead.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, value};
use crate::image::{Node, path};
use crate::shell::{Errno, UNKNOWN};

const OPTIONS: [Spec; 11] = [
    flag("f", "canonicalize"),
    flag("e", "canonicalize-existing"),
    flag("m", "canonicalize-missing"),
    flag("n", "no-newline"),
    flag("q", "quiet"),
    flag("v", "verbose"),
    flag("z", "zero"),
    flag("s", "strip"),
    flag("L", "logical"),
    flag("P", "physical"),
    value("", "relative-to"),
];

/// `readlink` and `realpath`: where links lead.
#[derive(Debug)]
pub(super) struct Readlink;

impl Program for Readlink {
    fn names(&self) -> &'static [&'static str] {
        &["readlink", "realpath"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        call.require_operand(&options)?;
        let whole = call.name().ends_with("realpath");
        let resolve = whole || ["f", "e", "m"].iter().any(|key| options.has(key));
        let end = if options.has("z") {
            "\0"
        } else if options.has("n") && !whole {
            ""
        } else {
            "\n"
        };
        for operand in &options.operands {
            let shown = if resolve {
                let at = call.at(operand);
                if options.has("s") {
                    Ok(path::clean(&at))
                } else {
                    canonical(call, &at, options.has("e"), options.has("m"))
                }
            } else {
                match call.lstat(operand) {
                    Ok(entry) => match entry.node {
                        Node::Symlink(link) => Ok(link.target.to_string()),
                        _ => Err(Errno::Invalid),
                    },
                    Err(errno) => Err(errno),
                }
            };
            match shown {
                Ok(mut shown) => {
                    if let Some(base) = options.value("relative-to") {
                        let base = call.at(base);
                        let base = canonical(call, &base, false, true).unwrap_or(base);
                        shown = super::ln::relative_path(&shown, &base);
                    }
                    call.out(&format!("{shown}{end}"));
                }
                Err(Errno::Unknown) => {
                    call.out(&format!("{UNKNOWN}{end}"));
                    call.doubt();
                }
                Err(errno) if whole && !options.has("q") => call.problem(operand, errno),
                Err(_) => call.exit = Exit::code(1),
            }
        }
        Ok(call.exit)
    }
}

/// The path without links; the last name may be missing, or all (`missing`), or none (`existing`).
fn canonical(
    call: &Call<'_, '_, '_>,
    at: &str,
    existing: bool,
    missing: bool,
) -> Result<String, Errno> {
    let files = &call.shell.machine.files;
    let who = &call.shell.process.who;
    let found = if existing {
        files.stat(at, who).map(|entry| entry.path)
    } else {
        files.resolve(at, who, true)
    };
    match found {
        Err(Errno::NoEntry | Errno::NotDirectory) if missing => Ok(path::clean(at)),
        other => other,
    }
}
