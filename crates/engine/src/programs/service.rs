//! `service`, `invoke-rc.d` and scripts of /etc/init.d: what a service leaves as it starts is what the
//! catalog assumes of it.

use super::{Call, Program};
use crate::shell::{Errno, Exit, Outcome, unknown};

/// Actions after which a service runs.
const STARTING: [&str; 3] = ["start", "restart", "force-reload"];

/// `service`, `invoke-rc.d`.
#[derive(Debug)]
pub(super) struct Service;

impl Program for Service {
    fn names(&self) -> &'static [&'static str] {
        &["service", "invoke-rc.d"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let mut words = call.words().iter().filter(|word| !word.starts_with('-'));
        let (Some(name), action) = (words.next(), words.next()) else {
            return Ok(call.exit);
        };
        match call.stat(&format!("/etc/init.d/{name}")) {
            Ok(_) | Err(Errno::Unknown) => {}
            Err(_) => {
                call.shell.error(&format!("{name}: unrecognized service"));
                return Ok(Exit::code(1));
            }
        }
        let starts = action.is_some_and(|action| STARTING.contains(&action.as_str()));
        let words = ["service", name.as_str(), "start"].map(str::to_owned);
        let named = words.each_ref().map(String::as_str);
        if starts && call.shell.machine.catalog.assumption(&named).is_some() {
            return unknown(call.shell, &words);
        }
        Ok(Exit::OK)
    }
}
