//! Programs that leave nothing in an image's files: they signal, wait or look.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

/// Programs that leave nothing in an image's files: they signal, wait or look.
#[derive(Debug)]
pub(super) struct Nothing;

impl Program for Nothing {
    fn names(&self) -> &'static [&'static str] {
        &[
            "kill",
            "sync",
            "stty",
            "clear",
            "reset",
            "ulimit",
            "chattr",
            "lsattr",
            "renice",
            "ionice",
            "dmesg",
            "ps",
            "top",
            "free",
            "systemctl",
            "pkill",
            "killall",
            "sysctl",
            "mount",
            "umount",
            "logger",
            "uptime",
            "setterm",
            // Nobody edits: it can only be asked to check.
            "visudo",
            "mesg",
            "wall",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let _ = call;
        Ok(Exit::OK)
    }
}
