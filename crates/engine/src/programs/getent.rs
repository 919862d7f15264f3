//! `getent`: looks names up.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use crate::shell::UNKNOWN;

/// `getent`: looks names up.
#[derive(Debug)]
pub(super) struct Getent;

impl Program for Getent {
    fn names(&self) -> &'static [&'static str] {
        &["getent"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let [database, keys @ ..] = call.words() else {
            return Ok(call.refuse("wrong number of arguments", 1));
        };
        let file = match database.as_str() {
            "passwd" => "/etc/passwd",
            "group" => "/etc/group",
            "shadow" => "/etc/shadow",
            "gshadow" => "/etc/gshadow",
            "hosts" | "ahosts" => {
                call.line(&UNKNOWN.to_string());
                return Ok(Exit::UNKNOWN);
            }
            _ => return Ok(call.refuse(&format!("Unknown database: {database}"), 1)),
        };
        let Some(records) = call.shell.machine.records(file) else {
            call.line(&UNKNOWN.to_string());
            return Ok(Exit::UNKNOWN);
        };
        if keys.is_empty() {
            for record in records {
                call.line(&record.join(":"));
            }
            return Ok(Exit::OK);
        }
        let mut exit = Exit::OK;
        for key in keys {
            let found = records
                .iter()
                .find(|record| record[0] == *key || record.get(2) == Some(key));
            match found {
                Some(record) => call.line(&record.join(":")),
                None if matches!(database.as_str(), "passwd" | "group")
                    && !call.shell.machine.knows_users() =>
                {
                    exit = Exit::UNKNOWN;
                }
                None => exit = Exit::code(2),
            }
        }
        Ok(exit)
    }
}
