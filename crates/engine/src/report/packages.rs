//! The packages of the image.

use std::collections::BTreeMap;

use super::PackageReport;
use crate::build::BuiltStage;
use crate::debian::Packages;
use crate::size::{Basis, ByteCount};

/// How long a chain of reasons may be.
const MAX_CHAIN: usize = 40;

/// dpkg's as they were followed, the base image's own as it brings them, and those of other
/// package managers as far as their marks are in the image.
pub(super) fn of(built: &BuiltStage) -> Vec<PackageReport> {
    let mut out = of_base(built);
    let manager = built.packages.manager.unwrap_or("dpkg");
    // The base image's are listed already, where its own manager is not dpkg.
    let followed = built
        .packages
        .by_name
        .iter()
        .filter(|(_, own)| manager == "dpkg" || !own.base);
    out.extend(followed.map(|(name, own)| {
        let bytes = if own.slim {
            own.sizes.slim
        } else {
            own.sizes.full
        };
        PackageReport {
            manager: manager.to_owned(),
            name: name.clone(),
            version: own.version.clone(),
            size: own.estimate.unwrap_or_else(|| published(bytes)),
            layer: own.step,
            because: match own.by {
                Some(_) => chain(&built.packages, name),
                None => Vec::new(),
            },
        }
    }));
    out.extend(marked(built));
    out
}

fn published(bytes: u64) -> ByteCount {
    ByteCount {
        basis: Basis::Published,
        ..ByteCount::measured(bytes)
    }
}

fn of_base(built: &BuiltStage) -> Vec<PackageReport> {
    let base = built.base.iter().flat_map(|base| base.packages.iter());
    base.filter(|package| package.manager != "dpkg")
        .map(|package| PackageReport {
            manager: package.manager.clone(),
            name: package.name.clone(),
            version: package.version.clone(),
            size: published(package.size),
            layer: None,
            because: Vec::new(),
        })
        .collect()
}

/// Who needed a package, and who needed that one.
fn chain(packages: &Packages, name: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = name;
    while let Some(by) = packages.by_name.get(at).and_then(|own| own.by.as_deref()) {
        if out.len() >= MAX_CHAIN || out.iter().any(|other| other == by) {
            break;
        }
        out.insert(0, by.to_owned());
        at = by;
    }
    out
}

/// Packages whose marks are among the layers' files, and still in the image.
fn marked(built: &BuiltStage) -> Vec<PackageReport> {
    let mut found: BTreeMap<String, PackageReport> = BTreeMap::new();
    if built.marks.is_empty() {
        return Vec::new();
    }
    for (number, step) in built.layers.iter().enumerate() {
        let Some(layer) = &step.layer else {
            continue;
        };
        layer.each_path(&mut |at| {
            let is_mark = at.ends_with("/METADATA") || at.ends_with("/package.json");
            let Some(brought) = is_mark.then(|| built.marks.of(at)).flatten() else {
                return;
            };
            if built.tree.get(at).is_none() {
                return;
            }
            found.insert(
                at.to_owned(),
                PackageReport {
                    manager: brought.manager.to_owned(),
                    name: brought.name.clone(),
                    version: brought.version.clone(),
                    size: brought.size,
                    layer: Some(number),
                    because: brought.because.clone(),
                },
            );
        });
    }
    found.into_values().collect()
}
