//! An image on disk: what `docker save` makes, or an OCI layout (image-spec, image-layout.md).

use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// An image's parts.
pub(super) struct Bundle {
    /// The name that it was saved under.
    pub(super) name: Option<String>,
    /// Its config, JSON.
    pub(super) config: Vec<u8>,
    /// Its layers' archives, lowest first.
    pub(super) layers: Vec<PathBuf>,
}

/// An entry of docker's manifest.json.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    digest: String,
    #[serde(default)]
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    architecture: String,
}

impl Bundle {
    /// Unpacks an archive.
    ///
    /// # Errors
    /// Where it is not an image's.
    pub(super) fn of_archive(path: &Path, into: &Path) -> anyhow::Result<Self> {
        let folder = into.join("image");
        let mut archive = tar::Archive::new(File::open(path)?);
        // What is wrong with it is told by bytes that say nothing to a reader.
        if archive.unpack(&folder).is_err() {
            bail!("{} is not an archive of an image", path.display());
        }
        Self::of_folder(&folder)
    }

    /// Reads a folder.
    ///
    /// # Errors
    /// Where it is not an image's, or has more than one.
    pub(super) fn of_folder(folder: &Path) -> anyhow::Result<Self> {
        if let Ok(text) = fs::read(folder.join("manifest.json")) {
            let saved: Vec<Saved> = serde_json::from_slice(&text).context("manifest.json")?;
            let [saved] = saved.as_slice() else {
                bail!(
                    "{} has {} images; one is wanted",
                    folder.display(),
                    saved.len()
                );
            };
            return Ok(Self {
                name: saved.repo_tags.iter().flatten().next().cloned(),
                config: fs::read(inside(folder, &saved.config)?).context("the config")?,
                layers: (saved.layers.iter())
                    .map(|layer| inside(folder, layer))
                    .collect::<anyhow::Result<_>>()?,
            });
        }
        let text = fs::read(folder.join("index.json"))
            .with_context(|| format!("{} is not an OCI layout", folder.display()))?;
        let mut index: Index = serde_json::from_slice(&text).context("index.json")?;
        // An index may name another one, which has a manifest for each platform.
        for _ in 0..4 {
            let ours = |descriptor: &&Descriptor| {
                let platform = descriptor.platform.as_ref();
                platform.is_none_or(|platform| platform.architecture == "amd64")
            };
            let first = index.manifests.iter().find(ours);
            let first = first.context("the layout has no image for amd64")?;
            let text = fs::read(blob(folder, &first.digest)?)?;
            if let Ok(next) = serde_json::from_slice(&text) {
                index = next;
                continue;
            }
            let manifest: Manifest = serde_json::from_slice(&text).context("the manifest")?;
            return Ok(Self {
                name: None,
                config: fs::read(blob(folder, &manifest.config.digest)?).context("the config")?,
                layers: (manifest.layers.iter())
                    .map(|layer| blob(folder, &layer.digest))
                    .collect::<anyhow::Result<_>>()?,
            });
        }
        bail!("the layout's indexes name each other");
    }
}

/// The file of a digest.
fn blob(folder: &Path, digest: &str) -> anyhow::Result<PathBuf> {
    let (algorithm, hash) = digest.split_once(':').context("a digest without a colon")?;
    inside(folder, &format!("blobs/{algorithm}/{hash}"))
}

/// A path that a document names, which has to stay in the folder.
fn inside(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let parts = Path::new(name).components();
    if !parts
        .into_iter()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        bail!("{name:?} leads out of the image's folder");
    }
    Ok(folder.join(name))
}
