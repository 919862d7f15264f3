//! What a real engine made, beside what was estimated.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::image::{Config, EntryKind};
use crate::report::{EntryReport, LayerReport, Report};
use crate::size::ByteCount;

/// Most paths that are listed of a kind of difference in a layer.
const MAX_PATHS: usize = 200;

/// An image as a real engine made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Its digest.
    pub id: String,
    /// Bytes of all layers, the base image's among them.
    pub size: u64,
    /// The steps of its history, the base image's first.
    pub layers: Vec<TrueLayer>,
    /// Its config.
    pub config: Config,
    /// Packages in it.
    pub packages: Vec<TruePackage>,
}

/// A step of a real image's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrueLayer {
    /// As `docker history` shows it.
    pub created_by: String,
    /// Bytes of its files.
    pub size: u64,
    /// Whether it only changes the config.
    pub empty: bool,
    /// What its tar holds, sorted by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<EntryReport>,
}

/// A package in a real image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TruePackage {
    /// `dpkg`, `pip`, `npm` or `apk`, as in reports.
    pub manager: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// An estimate beside the truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The whole image.
    pub size: Pair,
    /// What the target is built on.
    pub base: Pair,
    /// The steps on top of it.
    pub layers: Vec<LayerComparison>,
    /// Fields of the config that differ: name, estimate, truth.
    pub config: Vec<(String, String, String)>,
    /// Packages that only the real image has.
    pub missing_packages: Vec<TruePackage>,
    /// Packages that it does not have, or in another version.
    pub surplus_packages: Vec<TruePackage>,
}

/// A number beside the true one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// What was estimated.
    pub estimate: ByteCount,
    /// What it is.
    pub truth: u64,
}

impl Pair {
    /// How far the estimate is off, in parts of a hundred; 0 where both are nothing.
    pub fn percent(&self) -> f64 {
        if self.truth == 0 {
            return if self.estimate.bytes == 0 { 0.0 } else { 100.0 };
        }
        (self.estimate.bytes as f64 - self.truth as f64) / self.truth as f64 * 100.0
    }

    /// Whether the truth is in the range that was given.
    pub fn is_in_range(&self) -> bool {
        (self.estimate.low..=self.estimate.high).contains(&self.truth)
    }
}

/// A step beside the real one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerComparison {
    /// The instruction.
    pub instruction: String,
    /// Its line.
    pub line: u32,
    /// Its bytes.
    pub size: Pair,
    /// Paths that only the real layer has, and how many there are.
    pub missing: Paths,
    /// Paths that it does not have.
    pub surplus: Paths,
    /// Paths that differ in kind, owner, permissions, size or target.
    pub differing: Paths,
}

/// Paths, the first ones by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paths {
    /// How many.
    pub count: usize,
    /// The first ones.
    pub first: Vec<String>,
}

impl Paths {
    fn add(&mut self, path: &str) {
        self.count += 1;
        if self.first.len() < MAX_PATHS {
            self.first.push(path.to_owned());
        }
    }
}

/// Sets an estimate beside the truth. The steps are matched from the last one on.
pub fn compare(report: &Report, truth: &Truth) -> Comparison {
    let own = report.layers.len().min(truth.layers.len());
    let (below, above) = truth.layers.split_at(truth.layers.len() - own);
    let estimated = &report.layers[report.layers.len() - own..];
    let layers: Vec<LayerComparison> = estimated
        .iter()
        .zip(above)
        .map(|(layer, real)| compare_layer(layer, real))
        .collect();
    let (missing_packages, surplus_packages) = packages(report, truth);
    Comparison {
        size: Pair {
            estimate: report.size,
            truth: truth.size,
        },
        base: Pair {
            estimate: report
                .base
                .as_ref()
                .map(|base| base.size)
                .unwrap_or_default(),
            truth: below.iter().map(|layer| layer.size).sum(),
        },
        layers,
        config: config(&report.config, &truth.config),
        missing_packages,
        surplus_packages,
    }
}

fn compare_layer(layer: &LayerReport, real: &TrueLayer) -> LayerComparison {
    let mut out = LayerComparison {
        instruction: layer.instruction.clone(),
        line: layer.line,
        size: Pair {
            estimate: layer.size,
            truth: real.size,
        },
        missing: Paths::default(),
        surplus: Paths::default(),
        differing: Paths::default(),
    };
    let own: BTreeMap<&str, &EntryReport> = layer
        .entries
        .iter()
        .map(|entry| (entry.path.as_str(), entry))
        .collect();
    let theirs: BTreeMap<&str, &EntryReport> = real
        .entries
        .iter()
        .map(|entry| (entry.path.as_str(), entry))
        .collect();
    for (path, entry) in &theirs {
        match own.get(path) {
            None => out.missing.add(path),
            Some(own) if !is_same(own, entry) => out.differing.add(path),
            Some(_) => {}
        }
    }
    for path in own.keys().filter(|path| !theirs.contains_key(*path)) {
        out.surplus.add(path);
    }
    out
}

fn is_same(own: &EntryReport, real: &EntryReport) -> bool {
    let size = own.kind != EntryKind::File || own.size == real.size;
    let link = own.kind != EntryKind::Symlink || own.link == real.link;
    let meta =
        (own.kind, &own.mode, own.uid, own.gid) == (real.kind, &real.mode, real.uid, real.gid);
    size && link && meta
}

fn config(own: &Config, real: &Config) -> Vec<(String, String, String)> {
    let fields = |config: &Config| match serde_json::to_value(config) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (own, real) = (fields(own), fields(real));
    let mut names: Vec<&String> = own.keys().chain(real.keys()).collect();
    names.sort();
    names.dedup();
    let text =
        |value: Option<&serde_json::Value>| value.map(ToString::to_string).unwrap_or_default();
    names
        .into_iter()
        .filter(|name| own.get(*name) != real.get(*name))
        .map(|name| (name.clone(), text(own.get(name)), text(real.get(name))))
        .collect()
}

fn packages(report: &Report, truth: &Truth) -> (Vec<TruePackage>, Vec<TruePackage>) {
    let own: BTreeSet<TruePackage> = report
        .packages
        .iter()
        .map(|package| TruePackage {
            manager: package.manager.clone(),
            name: package.name.clone(),
            version: package.version.clone(),
        })
        .collect();
    let key = |package: &TruePackage| (package.manager.clone(), package.name.clone());
    let real: BTreeSet<TruePackage> = truth.packages.iter().cloned().collect();
    // Where a version is not known, the name decides.
    let unversioned: BTreeSet<_> = own
        .iter()
        .filter(|package| package.version.is_empty())
        .map(key)
        .collect();
    let names: BTreeSet<_> = real.iter().map(key).collect();
    let missing = real
        .difference(&own)
        .filter(|package| !unversioned.contains(&key(package)));
    let surplus = own
        .difference(&real)
        .filter(|package| !(package.version.is_empty() && names.contains(&key(package))));
    (missing.cloned().collect(), surplus.cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::{TrueLayer, Truth, compare};
    use crate::catalog::Catalog;
    use crate::{Detail, Project};

    #[test]
    fn takes_what_was_measured() {
        let mut project = Project::from_dockerfile("FROM debian:bookworm-slim\nRUN cargo build\n");
        project
            .step_sizes
            .insert("FROM debian:bookworm-slim".to_owned(), 70);
        project.step_sizes.insert("RUN cargo build".to_owned(), 5);
        let report = crate::simulate(&project, &Catalog::default(), Detail::Sizes);
        assert_eq!(report.size, crate::size::ByteCount::measured(75));
    }

    #[test]
    fn sets_side_by_side() {
        let project = Project::from_dockerfile("FROM scratch\nWORKDIR /a\nWORKDIR /b\n");
        let report = crate::simulate(&project, &Catalog::default(), Detail::Files);
        let mut entries = report.layers[1].entries.clone();
        entries[0].mode = "0o700".to_owned();
        let layer = |name: &str, entries| TrueLayer {
            created_by: name.to_owned(),
            size: 0,
            empty: false,
            entries,
        };
        let truth = Truth {
            id: "sha256:0".to_owned(),
            size: 7,
            layers: vec![
                layer("WORKDIR /a", Vec::new()),
                layer("WORKDIR /b", entries),
            ],
            config: report.config.clone(),
            packages: Vec::new(),
        };
        let comparison = compare(&report, &truth);
        assert_eq!(comparison.layers[0].surplus.first, ["/a"]);
        assert_eq!(comparison.layers[1].differing.first, ["/b"]);
        assert!(comparison.config.is_empty());
        assert_eq!(comparison.size.percent(), -100.0);
        assert!(!comparison.size.is_in_range());
    }
}
