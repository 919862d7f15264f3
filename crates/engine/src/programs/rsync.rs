//! `rsync`, where it copies on one machine what it could copy with cp.

use super::{Call, Flavor, Program, cp};
use crate::shell::{Exit, Outcome};

/// `rsync`.
#[derive(Debug)]
pub(super) struct Rsync;

/// Options that change nothing of what is copied.
const PLAIN: [&str; 8] = [
    "--archive",
    "--compress",
    "--human-readable",
    "--info=progress2",
    "--progress",
    "--quiet",
    "--recursive",
    "--verbose",
];

impl Program for Rsync {
    fn names(&self) -> &'static [&'static str] {
        &["rsync"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let (options, operands): (Vec<&String>, Vec<&String>) =
            call.words().iter().partition(|word| word.starts_with('-'));
        let letters: String = options
            .iter()
            .filter(|word| !word.starts_with("--"))
            .flat_map(|word| word[1..].chars())
            .collect();
        let plain = options
            .iter()
            .filter(|word| word.starts_with("--"))
            .all(|word| PLAIN.contains(&word.as_str()));
        let remote = operands.iter().any(|word| word.contains(':'));
        let simple = letters
            .chars()
            .all(|letter| "arvzqhPltopgD".contains(letter));
        if !plain || !simple || remote || operands.len() < 2 {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        let archive = letters.contains('a') || options.iter().any(|word| *word == "--archive");
        let how = if archive { "-a" } else { "-r" };
        let (sources, target) = operands.split_at(operands.len() - 1);
        let target = target[0].trim_end_matches('/');
        let target = if target.is_empty() { "/" } else { target };
        let single = sources.len() == 1 && !call.is_directory(sources[0]);
        let into_directory = !single || operands[1].ends_with('/');
        if into_directory && call.is_missing(target) {
            // It makes one directory, and none above it.
            let (at, who) = (call.at(target), call.who());
            if let Err(errno) = call.files().make_directory(&at, 0o755, &who) {
                call.shell.error(&format!(
                    "rsync: [Receiver] mkdir \"{at}\" failed: {errno} (2)\nrsync error: error in file IO (code 11) at main.c(787) [Receiver]"
                ));
                return Ok(Exit::code(11));
            }
        }
        for source in sources {
            // A slash at the end: what the directory holds.
            let source = match source.strip_suffix('/') {
                Some(directory) => format!("{directory}/."),
                None => (*source).clone(),
            };
            let words = ["cp", how, &source, target].map(str::to_owned);
            let exit = super::run(&cp::Cp, call.shell, &words, Flavor::Gnu)?;
            if exit.failed() {
                return Ok(Exit::code(23));
            }
        }
        Ok(call.exit)
    }
}
