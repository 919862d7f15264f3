//! RUN, assumed: what the page shows in the moment before the shell and its programs have come.

use crate::build::stage::BuiltStage;
use crate::build::{Build, Failure, Overrides};
use crate::debian::{core_file, suite};
use crate::image::Workspace;
use crate::plan::Stage;
use crate::size::ByteCount;

use super::{Step, system};

/// A command of which nothing is known: up to 300 MB.
const UNKNOWN_COMMAND: ByteCount = ByteCount::assumed(0, 0, 300_000_000);

/// The programs that need to know a suite's packages.
const APT: [&str; 3] = ["apt", "apt-get", "aptitude"];

/// RUNs are not followed, so that nothing is kept.
#[derive(Debug, Default)]
pub(crate) struct Runs;

impl Runs {
    pub(crate) fn begin(&mut self, _: &Overrides<'_>) {}
}

/// Takes the sum of what the catalog assumes of the words that look like commands.
pub(super) fn follow(
    step: &Step<'_>,
    stage: &mut BuiltStage,
    build: &mut Build<'_>,
    _: &Stage,
) -> Result<(), Failure> {
    if stage.broken {
        stage.record(step.command, step.created_by.clone());
        return Ok(());
    }
    let mut workspace = Workspace::new(stage.tree.clone());
    if let Some(size) = build.stated_size(step.command) {
        workspace.add_unlisted("/", size);
    } else {
        let message = "what RUN does is worked out as soon as the programs have been loaded: until then its size is assumed, with a wide range";
        build.assume(
            "programs-coming",
            message.to_owned(),
            step.command.lines.first,
        );
        let script = step.arguments.join(" ");
        for words in simple_commands(&script) {
            let is_apt = words.iter().any(|word| APT.contains(word));
            if let (true, Some(suite)) = (is_apt, suite(&system(stage, build))) {
                // It is there when the programs come.
                build.want(&core_file(suite.name));
            }
            let (at, size) = match build.catalog.assumption(&words) {
                Some((at, size)) => (stage.absolute(at), size),
                None => ("/".to_owned(), UNKNOWN_COMMAND),
            };
            workspace.add_unlisted(&at, size);
        }
    }
    let changes = stage.commit(step.command, step.created_by.clone(), workspace);
    build.count_changes(changes)
}

/// The simple commands of a script, split at its operators.
fn simple_commands(script: &str) -> Vec<Vec<&str>> {
    script
        .split(['\n', ';', '|', '&'])
        .map(|command| {
            let words = command
                .split_whitespace()
                .map(|word| word.trim_matches(['"', '\'', '(', ')', '\\']));
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>()
        })
        .filter(|words| !words.is_empty())
        .collect()
}
