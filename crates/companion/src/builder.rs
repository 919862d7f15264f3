//! Builds through a builder of `docker buildx`: a remote BuildKit, a cluster, whatever it drives.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::engine::{LABEL, Order};
use crate::event::Event;
use crate::progress::Progress;
use crate::spool::{Entry, Kind, Spool};

/// Bytes that are copied at once.
const CHUNK: usize = 1 << 20;

/// How the directories of an owner's contexts begin.
fn prefix(owner: &str) -> String {
    format!("layerlab-context-{owner}-")
}

/// Takes out contexts that an earlier companion of the same name has left.
pub fn sweep(owner: &str) {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with(&prefix(owner))
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!(%error, path = %entry.path().display(), "a context is left behind");
        }
    }
}

/// Lays a context out: what is in it has been checked when it came.
fn lay_out(spool: &Spool, owner: &str) -> anyhow::Result<TempDir> {
    let directory = tempfile::Builder::new().prefix(&prefix(owner)).tempdir()?;
    // Links come last: nothing is written through one.
    let is_link = |entry: &&Entry| matches!(entry.kind, Kind::Link(_));
    let others = spool.entries().filter(|entry| !is_link(entry));
    for entry in others.chain(spool.entries().filter(is_link)) {
        let at = directory.path().join(&entry.path);
        match &entry.kind {
            Kind::Directory => std::fs::create_dir(&at)?,
            Kind::Link(target) => symlink(target, &at)?,
            Kind::File(..) => {
                use std::io::Write as _;
                let mut file = std::fs::File::create_new(&at)?;
                let mut done = 0;
                loop {
                    let bytes = spool.chunk(entry, done, CHUNK)?;
                    if bytes.is_empty() {
                        break;
                    }
                    done += bytes.len() as u64;
                    file.write_all(&bytes)?;
                }
            }
        }
        if !is_link(&entry) {
            // A directory that its owner may not write to could not be filled.
            let kept = if matches!(entry.kind, Kind::Directory) {
                0o700
            } else {
                0
            };
            let mode = std::fs::Permissions::from_mode(entry.mode & 0o7777 | kept);
            std::fs::set_permissions(&at, mode)?;
        }
    }
    Ok(directory)
}

/// The Dockerfile of a context that is laid out, wherever links lead.
///
/// # Errors
/// Where it is not there, or not one of the context.
fn dockerfile(context: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let found = context.join(name).canonicalize();
    let found = found.with_context(|| format!("failed to read dockerfile: open {name}"))?;
    if !found.starts_with(context.canonicalize()?) {
        bail!("failed to read dockerfile: {name} leads out of the context");
    }
    Ok(found)
}

/// Builds; the image is loaded into the engine, and its digest given back.
///
/// # Errors
/// The builder's message where the build fails; dropping the future ends the command.
pub async fn build(
    builder: &str,
    order: &Order<'_>,
    mut say: impl FnMut(Event),
) -> anyhow::Result<String> {
    let spool = std::sync::Arc::clone(&order.spool);
    let owner = order.owner.to_owned();
    let context = tokio::task::spawn_blocking(move || lay_out(&spool, &owner)).await??;
    let digest = tempfile::NamedTempFile::new()?;
    let dockerfile = dockerfile(context.path(), &order.spec.dockerfile)?;
    let mut child = command(builder, order, context.path(), &dockerfile, digest.path())
        .spawn()
        .context("docker buildx cannot be started")?;
    let output = child.stderr.take().context("docker buildx has no output")?;
    let mut lines = BufReader::new(output).split(b'\n');
    let mut progress = Progress::default();
    while let Some(line) = lines.next_segment().await? {
        progress.read_raw(&line).into_iter().for_each(&mut say);
    }
    let status = child.wait().await?;
    if !status.success() {
        let message = progress.error;
        bail!(message.unwrap_or_else(|| format!("docker buildx ended with {status}")));
    }
    let id = std::fs::read_to_string(digest.path())?;
    Ok(id.trim().to_owned())
}

fn command(
    builder: &str,
    order: &Order<'_>,
    context: &Path,
    dockerfile: &Path,
    digest: &Path,
) -> Command {
    let spec = order.spec;
    let mut command = Command::new("docker");
    command
        .args(["buildx", "build", "--builder", builder])
        .args(["--progress=rawjson", "--load", "--provenance=false"])
        .args(["--tag", &order.tag])
        .args(["--label", &format!("{LABEL}={}", order.owner)])
        .arg("--iidfile")
        .arg(digest)
        .arg("--file")
        .arg(dockerfile);
    for (name, value) in &spec.args {
        command.args(["--build-arg", &format!("{name}={value}")]);
    }
    if let Some(target) = &spec.target {
        command.args(["--target", target]);
    }
    if let Some(platform) = &spec.platform {
        command.args(["--platform", platform]);
    }
    if spec.no_cache {
        command.arg("--no-cache");
    }
    if order.offline || spec.offline {
        command.arg("--network=none");
    }
    command
        .arg(context)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[cfg(test)]
mod tests {
    use super::{dockerfile, lay_out};
    use crate::settings::Limits;
    use crate::spool::Writer;

    #[test]
    fn takes_dockerfiles_of_the_context_only() {
        let mut writer = Writer::new(&Limits::default()).expect("a context");
        let text = b"FROM scratch\n";
        let file = writer.file("real", text.len() as u64, 0o644, 0, text.as_slice());
        file.expect("a file");
        writer.link("Dockerfile", "real", 0).expect("a link");
        let spool = writer.finish().expect("a context");
        let context = lay_out(&spool, "test").expect("a directory");
        let found = dockerfile(context.path(), "Dockerfile").expect("a Dockerfile");
        assert_eq!(std::fs::read(found).expect("its text"), text);
        assert!(dockerfile(context.path(), "nothing").is_err());
        std::os::unix::fs::symlink("/etc/passwd", context.path().join("out")).expect("a link");
        assert!(dockerfile(context.path(), "out").is_err());
    }
}
