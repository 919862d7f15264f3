//! Scripts of `package.json`.

use crate::programs::Call;
use crate::shell::{Exit, Flow};

/// Runs a script's text in a project's directory, the project's programs first on PATH.
///
/// # Errors
/// A limit.
pub(super) fn run(
    call: &mut Call<'_, '_, '_>,
    directory: &str,
    text: &str,
    arguments: &[String],
) -> Result<Exit, Flow> {
    let path = call
        .shell
        .process
        .variable("PATH")
        .unwrap_or_default()
        .to_owned();
    let mut above: Vec<String> = Vec::new();
    let mut at = directory;
    loop {
        above.push(format!("{}/node_modules/.bin", at.trim_end_matches('/')));
        match at.rsplit_once('/') {
            Some((rest, _)) if !at.is_empty() => at = rest,
            _ => break,
        }
    }
    above.push(path);
    let search = above.join(":");
    let mut line = text.to_owned();
    for word in arguments {
        line.push_str(" '");
        line.push_str(&word.replace('\'', "'\\''"));
        line.push('\'');
    }
    let words = ["sh".to_owned(), "-c".to_owned(), line];
    call.flush()?;
    call.shell.subshell(|shell| {
        shell.process.export("PATH", &search);
        directory.clone_into(&mut shell.process.cwd);
        crate::shell::execute(shell, &words)
    })
}
