//! `lsb_release`: the name of the distribution's release.

use super::{Call, Program};
use crate::debian::suite;
use crate::shell::{Exit, Outcome, UNKNOWN};

/// `lsb_release`.
#[derive(Debug)]
pub(super) struct LsbRelease;

impl Program for LsbRelease {
    fn names(&self) -> &'static [&'static str] {
        &["lsb_release"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let letters: String = call.words().iter().flat_map(|word| word.chars()).collect();
        let os = call.shell.machine.os.clone();
        let (distribution, number) = os.split_once(' ').unwrap_or((&os, ""));
        let unknown = UNKNOWN.to_string();
        let distribution = match distribution {
            "debian" => "Debian",
            "ubuntu" => "Ubuntu",
            _ => &unknown,
        };
        let known = |text: Option<&str>| text.unwrap_or(&unknown).to_owned();
        let fields = [
            ('i', "Distributor ID:", distribution.to_owned()),
            (
                'r',
                "Release:",
                known(Some(number).filter(|text| !text.is_empty())),
            ),
            (
                'c',
                "Codename:",
                known(
                    suite(&os)
                        .filter(|suite| suite.exact)
                        .map(|suite| suite.name),
                ),
            ),
        ];
        let short = letters.contains('s') || letters.contains("short");
        for (letter, title, value) in fields {
            if letters.contains(letter) || letters.contains('a') {
                let line = if short {
                    value
                } else {
                    format!("{title}\t{value}")
                };
                call.line(&line);
            }
        }
        Ok(Exit::OK)
    }
}
