//! `lighty-enable-mod` and `lighty-disable-mod`: links to parts of Debian's lighttpd configuration.

use super::{Call, Program};
use crate::image::path;
use crate::shell::{Exit, Outcome, Who};

const AVAILABLE: &str = "/etc/lighttpd/conf-available";
const ENABLED: &str = "/etc/lighttpd/conf-enabled";

/// `lighty-enable-mod` and `lighty-disable-mod`.
#[derive(Debug)]
pub(super) struct Lighttpd;

impl Program for Lighttpd {
    fn names(&self) -> &'static [&'static str] {
        &[
            "lighty-enable-mod",
            "lighty-disable-mod",
            "lighttpd-enable-mod",
            "lighttpd-disable-mod",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let on = path::split(call.name()).1.contains("-enable-");
        let (names, _) = call
            .files()
            .list(AVAILABLE, &Who::default())
            .unwrap_or_default();
        let has_more = call.files().may_hold_more(AVAILABLE);
        for module in call.words().to_vec() {
            // Files are called NN-NAME.conf.
            let own = |file: &&String| {
                let name = file
                    .strip_suffix(".conf")
                    .and_then(|file| file.split_once('-'));
                name.is_some_and(|(_, name)| name == module)
            };
            let Some(file) = names.iter().find(own) else {
                if has_more {
                    call.doubt();
                } else {
                    call.line(&format!("Ignoring unknown module: {module}"));
                    call.exit = Exit::code(2);
                }
                continue;
            };
            let at = path::child(ENABLED, file);
            if call.lstat(&at).is_ok() == on {
                call.line(if on {
                    "already enabled"
                } else {
                    "already disabled"
                });
                call.exit = Exit::code(2);
                continue;
            }
            let who = call.who();
            let outcome = if on {
                let target = format!("../conf-available/{file}");
                call.files().symlink(&target, &at, &who)
            } else {
                call.files().unlink(&at, &who)
            };
            match outcome {
                Ok(()) if on => call.line(&format!("Enabling {module}: ok")),
                Ok(()) => call.line(&format!("Disabling {module}")),
                Err(errno) => call.problem(&at, errno),
            }
        }
        call.line("Run \"service lighttpd force-reload\" to enable changes");
        Ok(call.exit)
    }
}
