//! What is in an image, read from the engine's export of it as it streams.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead as _, BufReader, Read};

use anyhow::Context as _;
use bollard::Docker;
use bollard::models::ImageConfig as ImageConfigModel;
use flate2::read::GzDecoder;
use futures_util::TryStreamExt as _;
use layerlab_engine::catalog::database;
use layerlab_engine::comparison::{TrueLayer, TruePackage, Truth};
use layerlab_engine::debian::paragraph::{field, paragraphs};
use layerlab_engine::image::{Config, EntryKind, path};
use layerlab_engine::report::EntryReport;
use serde::Deserialize;
use tar::{Archive, EntryType};
use tokio_util::io::{StreamReader, SyncIoBridge};

use crate::engine::LABEL;

/// Largest document (a config, a manifest, a package's metadata) that is read.
const MAX_DOCUMENT: u64 = 16 << 20;

/// Most entries of an image's layers.
const MAX_ENTRIES: usize = 2_000_000;

/// Reads an image.
///
/// # Errors
/// Where the engine fails, or what it sends is not an image.
pub async fn read(client: &Docker, id: &str) -> anyhow::Result<Truth> {
    let image = client.inspect_image(id).await?;
    let layers = image.root_fs.and_then(|root| root.layers);
    let mut truth = if layers.is_none_or(|layers| layers.is_empty()) {
        without_layers(client, id, image.config).await?
    } else {
        exported(client, id).await?
    };
    truth.id = id.to_owned();
    truth.config.labels.remove(LABEL);
    Ok(truth)
}

/// An image without layers, which engines do not export.
async fn without_layers(
    client: &Docker,
    id: &str,
    config: Option<ImageConfigModel>,
) -> anyhow::Result<Truth> {
    let mut steps = client.image_history(id).await?;
    // The newest comes first.
    steps.reverse();
    Ok(Truth {
        id: String::new(),
        size: 0,
        layers: steps
            .into_iter()
            .map(|step| TrueLayer {
                created_by: step.created_by,
                size: 0,
                empty: true,
                entries: Vec::new(),
            })
            .collect(),
        config: Config::stated(serde_json::to_value(config)?)?,
        packages: Vec::new(),
    })
}

async fn exported(client: &Docker, id: &str) -> anyhow::Result<Truth> {
    let stream = client.export_image(id).map_err(io::Error::other);
    let reader = SyncIoBridge::new(StreamReader::new(Box::pin(stream)));
    let export = tokio::task::spawn_blocking(move || Export::read(reader)).await??;
    export.truth()
}

/// What an export holds.
#[derive(Default)]
struct Export {
    documents: HashMap<String, Vec<u8>>,
    layers: HashMap<String, Layer>,
    /// Layers that are another one again, as engines before 25 export them.
    same: HashMap<String, String>,
}

/// A layer, and what its files say of packages.
#[derive(Clone, Default)]
struct Layer {
    entries: Vec<EntryReport>,
    size: u64,
    marks: Vec<(String, Vec<TruePackage>)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest {
    config: String,
    layers: Vec<String>,
}

#[derive(Deserialize)]
struct ImageConfig {
    #[serde(default, deserialize_with = "Config::stated")]
    config: Config,
    #[serde(default)]
    history: Vec<History>,
}

#[derive(Deserialize)]
struct History {
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    empty_layer: bool,
}

impl Export {
    fn read(reader: impl Read) -> anyhow::Result<Self> {
        let mut out = Self::default();
        let mut archive = Archive::new(reader);
        let mut left = MAX_ENTRIES;
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = entry.path()?.to_string_lossy().into_owned();
            if let Some(target) = entry.link_name()? {
                let directory = format!("/{}", path::split(&name).0);
                let target = path::join(&directory, &target.to_string_lossy());
                out.same.insert(name, target[1..].to_owned());
                continue;
            }
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let size = entry.size();
            let mut content = BufReader::new(&mut entry);
            let first = content.fill_buf()?.first().copied();
            if matches!(first, Some(b'{' | b'[')) && size <= MAX_DOCUMENT {
                let mut bytes = Vec::new();
                content.read_to_end(&mut bytes)?;
                out.documents.insert(name, bytes);
            } else if name != "repositories" && !name.ends_with("/VERSION") {
                let layer = if content.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
                    Layer::read(GzDecoder::new(content), &mut left)
                } else {
                    Layer::read(content, &mut left)
                };
                out.layers.insert(name, layer?);
            }
        }
        Ok(out)
    }

    fn truth(self) -> anyhow::Result<Truth> {
        let manifest = self.documents.get("manifest.json");
        let manifest = manifest.context("the engine's export has no manifest")?;
        let manifests: Vec<Manifest> = serde_json::from_slice(manifest)?;
        let manifest = manifests.first().context("the engine's export is empty")?;
        let config = self.documents.get(&manifest.config);
        let config = config.context("the engine's export has no config")?;
        let config: ImageConfig = serde_json::from_slice(config)?;
        let mut names = manifest.layers.iter();
        let mut layers = Vec::new();
        let mut packages = Packages::default();
        for step in config.history {
            let layer = if step.empty_layer {
                Layer::default()
            } else {
                let name = names
                    .next()
                    .context("the image has more steps than layers")?;
                let name = self.same.get(name).unwrap_or(name);
                let layer = self.layers.get(name);
                layer.context("the engine's export lacks a layer")?.clone()
            };
            packages.add(&layer);
            layers.push(TrueLayer {
                created_by: step.created_by,
                size: layer.size,
                empty: step.empty_layer,
                entries: layer.entries,
            });
        }
        Ok(Truth {
            id: String::new(),
            size: layers.iter().map(|layer| layer.size).sum(),
            layers,
            config: config.config,
            packages: packages.list(),
        })
    }
}

impl Layer {
    fn read(reader: impl Read, left: &mut usize) -> anyhow::Result<Self> {
        let mut out = Self::default();
        let mut archive = Archive::new(reader);
        for entry in archive.entries()? {
            let mut entry = entry?;
            *left = left
                .checked_sub(1)
                .context("the image has too many files")?;
            let report = report(&entry)?;
            out.size += report.size.unwrap_or(0);
            if report.kind == EntryKind::File
                && let Some(mark) = Mark::at(&report.path)
            {
                let mut bytes = Vec::new();
                (&mut entry).take(MAX_DOCUMENT).read_to_end(&mut bytes)?;
                let packages = mark.packages(&report.path, &String::from_utf8_lossy(&bytes));
                out.marks.push((report.path.clone(), packages));
            }
            out.entries.push(report);
        }
        out.entries
            .sort_by(|left, right| left.path.cmp(&right.path));
        Ok(out)
    }
}

fn report(entry: &tar::Entry<'_, impl Read>) -> anyhow::Result<EntryReport> {
    let header = entry.header();
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let at = path::clean(&name);
    let mut kind = match header.entry_type() {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => EntryKind::File,
        EntryType::Directory => EntryKind::Dir,
        EntryType::Symlink => EntryKind::Symlink,
        EntryType::Link => EntryKind::Hardlink,
        _ => EntryKind::Other,
    };
    if path::split(&at).1.starts_with(".wh.") {
        kind = EntryKind::Whiteout;
    }
    let target = || {
        let bytes = entry.link_name_bytes().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok(EntryReport {
        kind,
        mode: format!("{:#o}", header.mode()? & 0o7777),
        uid: u32::try_from(header.uid()?)?,
        gid: u32::try_from(header.gid()?)?,
        size: (kind == EntryKind::File).then(|| entry.size()),
        link: match kind {
            EntryKind::Symlink => Some(target()),
            EntryKind::Hardlink => Some(path::clean(&target())),
            _ => None,
        },
        path: at,
    })
}

/// Packages by the file that says that they are there.
#[derive(Default)]
struct Packages {
    by_mark: BTreeMap<String, Vec<TruePackage>>,
}

impl Packages {
    fn add(&mut self, layer: &Layer) {
        for entry in layer
            .entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Whiteout)
        {
            let (directory, mark) = path::split(&entry.path);
            let gone = match mark.strip_prefix(".wh.") {
                Some(".wh..opq") | None => directory.to_owned(),
                Some(name) => format!("{}/{name}", directory.trim_end_matches('/')),
            };
            let below = format!("{}/", gone.trim_end_matches('/'));
            self.by_mark
                .retain(|at, _| *at != gone && !at.starts_with(&below));
        }
        self.by_mark.extend(layer.marks.iter().cloned());
    }

    fn list(self) -> Vec<TruePackage> {
        let mut out: Vec<TruePackage> = self.by_mark.into_values().flatten().collect();
        out.sort();
        out.dedup();
        out
    }
}

/// A file that says which packages there are.
enum Mark {
    /// A package manager's own.
    Database(database::Reader),
    /// `METADATA` of a Python distribution.
    Distribution,
    /// `package.json` of a Node module.
    Module,
}

impl Mark {
    fn at(path: &str) -> Option<Self> {
        if let Some(reader) = database::reader(path) {
            return Some(Self::Database(reader));
        }
        // Debian's own, which dpkg has.
        let of_debian = path.starts_with("/usr/lib/python3/dist-packages/");
        if path.ends_with(".dist-info/METADATA") && !of_debian {
            return Some(Self::Distribution);
        }
        if path.ends_with("/package.json") && path.contains("/node_modules/") {
            let (_, rest) = path.rsplit_once("/node_modules/")?;
            let depth = if rest.starts_with('@') { 2 } else { 1 };
            return (rest.matches('/').count() == depth).then_some(Self::Module);
        }
        None
    }

    fn packages(&self, path: &str, text: &str) -> Vec<TruePackage> {
        match self {
            Self::Database(read) => {
                let known = read(text).into_iter();
                known
                    .map(|own| package(&own.manager, &own.name, &own.version))
                    .collect()
            }
            Self::Distribution => distribution(text).into_iter().collect(),
            Self::Module => module(path, text).into_iter().collect(),
        }
    }
}

fn package(manager: &str, name: &str, version: &str) -> TruePackage {
    TruePackage {
        manager: manager.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
    }
}

fn distribution(text: &str) -> Option<TruePackage> {
    let head = paragraphs(text).next()?;
    let name = field(head, "Name")?.to_lowercase().replace(['_', '.'], "-");
    Some(package("pip", &name, field(head, "Version")?))
}

fn module(path: &str, text: &str) -> Option<TruePackage> {
    let (_, rest) = path.rsplit_once("/node_modules/")?;
    let name = rest.strip_suffix("/package.json")?;
    let manifest: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(package("npm", name, manifest["version"].as_str()?))
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[test]
    fn knows_packages() {
        let at = "/app/node_modules/@x/y/package.json";
        let found = Mark::at(at).map(|mark| mark.packages(at, "{\"version\":\"3\"}"));
        assert_eq!(found.unwrap()[0].name, "@x/y");
        assert!(Mark::at("/app/node_modules/x/lib/package.json").is_none());
        assert!(Mark::at("/usr/lib/python3/dist-packages/x.dist-info/METADATA").is_none());
        let at = "/venv/lib/python3/site-packages/x.dist-info/METADATA";
        let text = "Name: Big_Name\nVersion: 2\n\nName: not this";
        let found = Mark::at(at).map(|mark| mark.packages(at, text));
        assert_eq!(found.unwrap()[0].name, "big-name");
    }
}
