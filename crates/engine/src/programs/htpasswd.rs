//! `htpasswd` of apache2-utils: a line for each user, as long as its kind of digest is.

use super::options::{Spec, flag, value};
use super::{Call, Program};
use crate::shell::{Data, Errno, Outcome};
use crate::size::ByteCount;

const OPTIONS: [Spec; 14] = [
    flag("c", ""),
    flag("n", ""),
    flag("b", ""),
    flag("i", ""),
    flag("m", ""),
    flag("B", ""),
    flag("2", ""),
    flag("5", ""),
    flag("d", ""),
    flag("s", ""),
    flag("p", ""),
    flag("D", ""),
    flag("v", ""),
    value("C", ""),
];

/// `htpasswd`.
#[derive(Debug)]
pub(super) struct Htpasswd;

impl Program for Htpasswd {
    fn names(&self) -> &'static [&'static str] {
        &["htpasswd"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 2)?;
        let mut operands = options.operands.iter();
        let file = if options.has("n") {
            None
        } else {
            operands.next()
        };
        let (Some(user), password) = (operands.next(), operands.next()) else {
            return Ok(call.refuse(
                "Usage: htpasswd [-cimB25dpsDv] [-C cost] passwordfile username",
                2,
            ));
        };
        if options.has("D") || options.has("v") {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        let digest = if options.has("B") {
            60
        } else if options.has("s") {
            "{SHA}".len() + 28
        } else if options.has("d") {
            13
        } else if options.has("p") {
            password.map_or(8, String::len)
        } else if options.has("2") || options.has("5") {
            return crate::shell::unknown(call.shell, call.arguments);
        } else {
            // `$apr1$`, a salt of 8, and 22 of the digest.
            37
        };
        let line = (user.len() + 1 + digest + 1) as u64;
        let line = Data::opaque(ByteCount::measured(line));
        let Some(file) = file else {
            call.data(line);
            return Ok(call.exit);
        };
        let is_new = options.has("c");
        let mut data = Data::default();
        if !is_new {
            match call.read(file) {
                Ok(old) => data = old,
                Err(Errno::Unknown) => call.doubt(),
                Err(_) => {
                    let message = format!("cannot modify file {file}; use '-c' to create it.");
                    return Ok(call.refuse(&message, 1));
                }
            }
        }
        data.append(line);
        if let Err(errno) = call.write(file, data) {
            call.problem(&format!("cannot create file {file}"), errno);
        }
        // It works on a copy.
        call.work_in_tmp();
        Ok(call.exit)
    }
}
