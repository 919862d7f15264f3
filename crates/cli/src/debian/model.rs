//! Sizes of packages whose archives were not measured, from what the measured ones teach.

use std::collections::BTreeMap;

use layerlab_engine::debian::Sizes;

use super::archive::Archive;
use layerlab_engine::debian::slim::KINDS;

use super::contents::Listing;
use super::stanzas::Stanza;

/// What was learnt.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    /// Bytes of a file that -slim images leave out, by kind: the median of packages' means, since a
    /// few packages have most of the bytes.
    left_out: [f64; KINDS],
    /// Share of paths that are links and not files.
    links: f64,
    /// Bytes of control files beside the list of files, for each path of it.
    info_of_path: f64,
    /// Bytes of a status paragraph beyond its stanza in the archive's list.
    status: f64,
    /// Mean bytes of a compiled Python module.
    module: f64,
}

/// Mean bytes of a file in a package whose documentation has files of the usual sizes.
const USUAL_FILE: f64 = 10_000.0;
/// How documentation grows with the package's other files: the power of their mean size that
/// fits the measured packages best, of 0 to 0.6.
const GROWTH: f64 = 0.4;
/// What is left at least, as a share of what as many files of the mean size have; likewise fitted.
const LEAST: f64 = 0.4;

fn ratio(sum: f64, count: f64) -> f64 {
    if count > 0.0 { sum / count } else { 0.0 }
}

fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// A number with no more digits than the model is good for.
fn rounded(number: f64, digits: i32) -> u64 {
    let step = 10_f64.powi((number.max(1.0).log10().floor() as i32 - digits + 1).max(0));
    ((number / step).round() * step) as u64
}

impl Model {
    /// Learns from the packages that were measured.
    pub(super) fn learn(
        packages: &BTreeMap<String, Stanza>,
        listings: &BTreeMap<String, Listing>,
        measured: &BTreeMap<String, Archive>,
    ) -> Self {
        let mut left: [Vec<f64>; KINDS] = Default::default();
        let (mut links, mut files, mut info, mut paths) = (0.0, 0.0, 0.0, 0.0);
        let (mut status, mut count, mut python, mut modules) = (0.0, 0.0, 0.0, 0.0);
        for (name, archive) in measured {
            let (Some(stanza), Some(listing)) = (packages.get(name), listings.get(name)) else {
                continue;
            };
            for (kind, (number, bytes)) in archive.left_out.iter().enumerate() {
                if *number > 0 {
                    left[kind].push(*bytes as f64 / *number as f64);
                }
            }
            links += archive.links as f64;
            files += (archive.links + archive.files) as f64;
            info += archive.sizes.info.saturating_sub(listing.list_bytes) as f64;
            paths += archive.sizes.paths as f64;
            status += archive.sizes.status.saturating_sub(stanza.length) as f64;
            count += 1.0;
            python += archive.sizes.python as f64;
            modules += listing.modules as f64;
        }
        Self {
            left_out: left.map(|mut means| median(&mut means)),
            links: ratio(links, files),
            info_of_path: ratio(info, paths),
            status: ratio(status, count),
            module: ratio(python, modules),
        }
    }

    /// The sizes of a package.
    ///
    /// Installed-Size counts every file in whole kibibytes, and one for each directory and link.
    pub(super) fn sizes(&self, stanza: &Stanza, listing: Option<&Listing>) -> Sizes {
        let empty = Listing::default();
        let listing = listing.unwrap_or(&empty);
        let links = listing.files as f64 * self.links;
        let files = listing.files as f64 - links;
        let whole = (stanza.installed_size as f64 - listing.directories as f64 - links) * 1024.0;
        let full = (whole - files * 512.0).max(whole / 4.0).max(0.0);
        let kinds = listing.left_out.iter().zip(&self.left_out);
        let left: f64 = kinds.map(|(number, bytes)| *number as f64 * bytes).sum();
        let growth = (ratio(full, files) / USUAL_FILE).powf(GROWTH);
        let left_files: u64 = listing.left_out.iter().sum();
        let kept = ratio(files - left_files as f64, files).max(0.0);
        let paths = listing.files + listing.directories;
        let info = listing.list_bytes as f64 + self.info_of_path * paths as f64;
        Sizes {
            stated: stanza.installed_size,
            download: rounded(stanza.size as f64, 3),
            full: rounded(full, 3),
            slim: rounded((full - left * growth).max(full * kept * LEAST), 3),
            info: rounded(info, 2),
            status: rounded(stanza.length as f64 + self.status, 2),
            templates: 0,
            libraries: listing.library_bytes,
            python: rounded(listing.modules as f64 * self.module, 2),
            paths: rounded(paths as f64, 2),
        }
    }

    /// How far the model is off for the packages that were measured.
    pub(super) fn report(
        &self,
        packages: &BTreeMap<String, Stanza>,
        listings: &BTreeMap<String, Listing>,
        measured: &BTreeMap<String, Archive>,
    ) -> String {
        let mut errors = (Vec::new(), Vec::new());
        let (mut sums, mut truth) = ((0, 0), (0, 0));
        for (name, archive) in measured {
            let Some(stanza) = packages.get(name) else {
                continue;
            };
            let sizes = self.sizes(stanza, listings.get(name));
            let off = |guess: u64, truth: u64| (guess as f64 / truth.max(1) as f64 - 1.0).abs();
            errors.0.push(off(sizes.full, archive.sizes.full));
            errors.1.push(off(sizes.slim, archive.sizes.slim));
            sums = (sums.0 + sizes.full, sums.1 + sizes.slim);
            truth = (truth.0 + archive.sizes.full, truth.1 + archive.sizes.slim);
        }
        format!(
            "model: full off by {:.1}% at the median, slim by {:.1}%; sums {:.4} and {:.4} of the truth",
            median(&mut errors.0) * 100.0,
            median(&mut errors.1) * 100.0,
            ratio(sums.0 as f64, truth.0 as f64),
            ratio(sums.1 as f64, truth.1 as f64),
        )
    }
}
