//! Builds through a builder of `docker buildx`: a remote BuildKit, a cluster, whatever it drives.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::engine::{LABEL, Order};
use crate::event::Event;
use crate::progress::Progress;
use crate::spool::{Kind, Spool};

/// Bytes that are copied at once.
const CHUNK: usize = 1 << 20;

/// How the directories of an owner's contexts begin.
fn prefix(owner: &str) -> String {
    let owner = owner.replace([':', '.', '[', ']'], "-");
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
    for entry in spool.entries() {
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
        if !matches!(entry.kind, Kind::Link(_)) {
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
    let mut child = command(builder, order, context.path(), digest.path())
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

fn command(builder: &str, order: &Order<'_>, context: &Path, digest: &Path) -> Command {
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
        .arg(context.join(&spec.dockerfile));
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
