//! Commands that run another one: `timeout`, `nice`, `nohup` and the like.

use super::{Call, Program};
use crate::shell::Outcome;

use crate::shell::Resolution;

/// Commands that run another one: `timeout`, `nice`, `nohup` and the like.
#[derive(Debug)]
pub(super) struct Wrapper;

impl Program for Wrapper {
    fn names(&self) -> &'static [&'static str] {
        &[
            "timeout",
            "nice",
            "nohup",
            "setsid",
            "stdbuf",
            "time",
            "command",
            "flock",
            "chronic",
            "unbuffer",
            "catchsegv",
            "linux32",
            "linux64",
            "setarch",
            "busybox-wrapper",
            "fakeroot",
            "xvfb-run",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = crate::image::path::split(call.name()).1.to_owned();
        let mut words = call.words().to_vec();
        while let Some(word) = words
            .first()
            .filter(|word| word.starts_with('-') && word.len() > 1)
            .cloned()
        {
            words.remove(0);
            let with_value = matches!(
                (name.as_str(), word.as_str()),
                ("timeout", "-k" | "-s")
                    | ("nice", "-n")
                    | ("stdbuf", "-i" | "-o" | "-e")
                    | ("flock", "-w" | "-E")
            );
            if with_value && !words.is_empty() {
                words.remove(0);
            }
            if name == "flock" && word == "-c" {
                break;
            }
        }
        if matches!(name.as_str(), "timeout" | "flock") && !words.is_empty() {
            words.remove(0);
        }
        if words.is_empty() {
            return Ok(call.refuse("missing operand", 125));
        }
        let exit = call.execute(&words)?;
        if matches!(exit.0, Some(126 | 127))
            && matches!(call.shell.find_command(&words[0]), Resolution::Missing)
        {
            call.complain(&format!(
                "failed to run command '{}': No such file or directory",
                words[0]
            ));
        }
        Ok(exit)
    }
}
