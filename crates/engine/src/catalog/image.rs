//! Facts on base images and the choice of the nearest one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reference::Reference;

/// What is known of a base image. Each fact file says where it comes from and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFact {
    /// Repository as users write it.
    pub name: String,
    /// Tags that stand for this image.
    pub tags: Vec<String>,
    /// When the image was made, or the figure was published: `2026-08-05`.
    pub created: String,
    /// Uncompressed bytes.
    pub size: u64,
    /// To how many bytes the published size is rounded.
    pub size_step: u64,
    /// Bytes that a registry transfers, where published.
    #[serde(default)]
    pub compressed: Option<u64>,
    /// Operating system: `debian 12`, `alpine 3.22`; empty where there is none.
    #[serde(default)]
    pub os: String,
    /// Name of the file tree that it begins with, where there is one.
    #[serde(default)]
    pub tree: Option<String>,
    /// Packages that were installed with apt on top of the tree.
    #[serde(default)]
    pub apt: Vec<String>,
    /// Whether what those recommend came along.
    #[serde(default)]
    pub apt_recommends: bool,
    /// Directory that holds what is not in the tree.
    #[serde(default)]
    pub bulk_at: Option<String>,
    /// Whether it has /bin/sh.
    pub shell: bool,
    /// Users beside those of the tree: name to number (user and group alike).
    #[serde(default)]
    pub users: BTreeMap<String, u32>,
    /// Environment.
    #[serde(default)]
    pub env: Vec<String>,
    /// Default command.
    #[serde(default)]
    pub cmd: Vec<String>,
    /// Entry point.
    #[serde(default)]
    pub entrypoint: Vec<String>,
    /// User.
    #[serde(default)]
    pub user: String,
    /// Working directory.
    #[serde(default)]
    pub workdir: String,
    /// Labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Ports, `80/tcp`.
    #[serde(default)]
    pub ports: Vec<String>,
    /// Volumes.
    #[serde(default)]
    pub volumes: Vec<String>,
    /// Signal to stop it.
    #[serde(default)]
    pub stop_signal: String,
    /// Triggers.
    #[serde(default)]
    pub onbuild: Vec<String>,
    /// Where the facts come from.
    pub source: String,
}

/// How well a fact fits a reference.
#[derive(Debug, Clone)]
pub struct Choice<'c> {
    /// The fact.
    pub fact: &'c ImageFact,
    /// Whether the tag is listed; else it is the nearest one.
    pub exact: bool,
}

/// The fact for a reference: the listed tag, or the nearest tag of the same repository.
pub(super) fn choose<'c>(facts: &'c [ImageFact], reference: &Reference) -> Option<Choice<'c>> {
    let name = reference.familiar_name();
    let same: Vec<&ImageFact> = facts.iter().filter(|fact| fact.name == name).collect();
    if let Some(fact) = same.iter().find(|fact| fact.tags.contains(&reference.tag)) {
        return Some(Choice { fact, exact: true });
    }
    let wanted = &Tag::parse(&reference.tag);
    same.into_iter()
        .flat_map(|fact| {
            fact.tags
                .iter()
                .map(move |tag| (wanted.distance(&Tag::parse(tag)), fact))
        })
        .min_by(|(a, _), (b, _)| a.cmp(b))
        .map(|(_, fact)| Choice { fact, exact: false })
}

/// Debian's and Ubuntu's release names, which a tag may or may not mention.
const RELEASES: [&str; 12] = [
    "buster", "bullseye", "bookworm", "trixie", "forky", "sid", "bionic", "focal", "jammy",
    "noble", "questing", "resolute",
];

/// A tag taken apart: `3.11.4-slim-bookworm` is version 3.11.4, variant slim, release bookworm.
#[derive(Debug, PartialEq, Eq)]
struct Tag {
    version: Vec<u64>,
    variants: Vec<String>,
    releases: Vec<String>,
    /// Versions inside a word: `alpine3.18`.
    variant_versions: Vec<u64>,
}

impl Tag {
    fn parse(tag: &str) -> Self {
        let mut out = Self {
            version: Vec::new(),
            variants: Vec::new(),
            releases: Vec::new(),
            variant_versions: Vec::new(),
        };
        for (position, word) in tag.split('-').enumerate() {
            let letters: String = word.chars().take_while(char::is_ascii_alphabetic).collect();
            let numbers: Vec<u64> = word[letters.len()..]
                .split('.')
                .map_while(|part| part.parse().ok())
                .collect();
            let is_version = position == 0 && (letters.is_empty() || letters == "v");
            if is_version && !numbers.is_empty() {
                out.version = numbers;
            } else if RELEASES.contains(&letters.as_str()) {
                out.releases.push(letters);
            } else if !matches!(
                letters.as_str(),
                "" | "latest" | "lts" | "current" | "mainline" | "stable"
            ) {
                out.variants.push(letters);
                out.variant_versions.extend(numbers);
            }
        }
        out
    }

    /// Smaller is nearer: variants count most, then the version, then the release.
    fn distance(&self, other: &Self) -> (usize, Vec<u64>, usize, u64) {
        let differing = |a: &[String], b: &[String]| {
            a.iter().filter(|word| !b.contains(word)).count()
                + b.iter().filter(|word| !a.contains(word)).count()
        };
        let apart: Vec<u64> = if self.version.is_empty() {
            // Without a version the newest is meant.
            other
                .version
                .iter()
                .map(|number| u64::MAX - number)
                .collect()
        } else {
            (0..self.version.len().max(other.version.len()))
                .map(|place| {
                    let of = |tag: &Self| tag.version.get(place).copied();
                    match (of(self), of(other)) {
                        (Some(a), Some(b)) => a.abs_diff(b),
                        // A tag without the version that is wanted may be any.
                        (Some(_), None) => u64::MAX,
                        (None, Some(b)) => u64::MAX - b,
                        (None, None) => 0,
                    }
                })
                .collect()
        };
        let inner = self
            .variant_versions
            .iter()
            .zip(&other.variant_versions)
            .map(|(a, b)| a.abs_diff(*b))
            .fold(0, |sum, apart| sum * 100 + apart);
        (
            differing(&self.variants, &other.variants),
            apart,
            differing(&self.releases, &other.releases),
            inner,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(tags: &[&str], wanted: &str) -> String {
        let wanted = Tag::parse(wanted);
        let best = tags
            .iter()
            .min_by_key(|tag| wanted.distance(&Tag::parse(tag)));
        (*best.unwrap()).to_owned()
    }

    #[test]
    fn picks_the_nearest_tag() {
        let python = ["3.9-slim", "3.11", "3.11-slim", "3.12-alpine", "3.14-slim"];
        assert_eq!(nearest(&python, "3.10-slim"), "3.9-slim");
        assert_eq!(nearest(&python, "3.11.4-slim-bookworm"), "3.11-slim");
        assert_eq!(nearest(&python, "3.13-alpine3.18"), "3.12-alpine");
        assert_eq!(nearest(&python, "slim"), "3.14-slim");
        assert_eq!(nearest(&["latest", "1.26", "1.20"], "1.21"), "1.20");
        assert_eq!(nearest(&["1.25.3", "1.26.7"], "1"), "1.26.7");
        assert_eq!(nearest(&["3.18", "3.22", "edge"], "3.21"), "3.22");
    }
}
