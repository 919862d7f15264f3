//! `FROM`: what a stage begins with.

use std::sync::Arc;

use crate::catalog::{Choice, ImageFact, ImageTree, Package, Reference};
use crate::debian::{Installed, Packages, Sizes, Suite, suite};
use crate::error::BuildError;
use crate::image::{Config, Empty, FileTree, Node, path};
use crate::plan::{Base, Stage};
use crate::report::{Diagnostic, Severity};
use crate::size::{Basis, ByteCount};

use super::Build;
use super::stage::{BuiltStage, DEFAULT_PATH};

/// What is taken for an image of which nothing is known: 1 MB to 2 GB.
const UNKNOWN_IMAGE: ByteCount = ByteCount::assumed(150_000_000, 1_000_000, 2_000_000_000);

/// A base image in use.
#[derive(Debug, Clone)]
pub struct UsedImage {
    /// Reference as users write it.
    pub reference: String,
    /// The listed image that stands for it, where that is another one.
    pub nearest: Option<String>,
    /// Uncompressed bytes.
    pub size: ByteCount,
    /// Bytes that a registry transfers.
    pub compressed: ByteCount,
    /// Whether the catalog lists the repository at all.
    pub known: bool,
    /// Where the facts come from and of when they are.
    pub source: String,
    /// Its packages, as far as they are listed.
    pub packages: Arc<[Package]>,
}

impl<'b> Build<'b> {
    /// The stage before its first instruction.
    pub(super) fn begin(&mut self, stage: &Stage) -> Result<BuiltStage, BuildError> {
        match &stage.base {
            Base::Scratch => Ok(BuiltStage::scratch(self.plan.escape)),
            Base::Stage(index) => Ok(self.done[*index]
                .as_ref()
                .map_or_else(|| BuiltStage::scratch(self.plan.escape), BuiltStage::child)),
            Base::Image(reference) => Ok(self.on_image(reference, stage)),
            Base::Named(name) => Ok(self.on_context(name, stage)),
        }
    }

    /// A stage on a directory; one that a directory stands for has no config at all.
    fn on_context(&self, name: &str, stage: &Stage) -> BuiltStage {
        let mut built = BuiltStage::scratch(self.plan.escape);
        built.tree = self.named_tree(name);
        built.base_tree = built.tree.clone();
        let size = match built.tree.root() {
            crate::image::Node::Directory(root) => root.size(),
            _ => ByteCount::ZERO,
        };
        if stage.replaced {
            built.config = Config::default();
        }
        built.base = Some(UsedImage {
            reference: name.to_owned(),
            nearest: None,
            size,
            compressed: scaled(size, 1, 3),
            known: true,
            source: format!("local source for {name}"),
            packages: Arc::default(),
        });
        built
    }

    fn on_image(&mut self, reference: &Reference, stage: &Stage) -> BuiltStage {
        let measured = self.overrides.step_sizes.and_then(|sizes| {
            let size = sizes.get(&format!("FROM {}", reference.familiar()))?;
            Some(ByteCount::measured(*size))
        });
        let stated = self.overrides.image_sizes.and_then(|sizes| {
            let own = sizes.get(&stage.base_name);
            own.or_else(|| sizes.get(&reference.familiar()))
        });
        let stated = measured.or_else(|| stated.map(|&bytes| given(bytes)));
        let tree = self.image_tree(reference);
        let choice = self.listed(reference);
        let (config, used, users, no_shell) = match &choice {
            Some(choice) => {
                let fact = choice.fact;
                let size = stated.unwrap_or_else(|| published(fact, choice.exact));
                let used = UsedImage {
                    reference: reference.familiar(),
                    nearest: (!choice.exact).then(|| listed_name(fact)),
                    compressed: compressed(fact, size),
                    size,
                    known: true,
                    source: format!("{} ({})", fact.source, fact.created),
                    packages: self.packages(fact),
                };
                let mut config = config(fact);
                if !choice.exact {
                    as_tagged(&mut config, reference);
                }
                (config, used, fact.users.clone(), !fact.shell)
            }
            None => {
                let size = stated.unwrap_or(UNKNOWN_IMAGE);
                let used = UsedImage {
                    reference: reference.familiar(),
                    nearest: None,
                    compressed: scaled(size, 1, 3),
                    size,
                    known: false,
                    source: "not in the catalog".to_owned(),
                    packages: Arc::default(),
                };
                let config = Config {
                    env: vec![format!("PATH={DEFAULT_PATH}")],
                    ..Config::default()
                };
                (config, used, std::collections::BTreeMap::new(), false)
            }
        };
        self.report_choice(&used, stated.is_some(), stage);
        let mut built = BuiltStage::from_config(config, tree, self.plan.escape);
        built.users = Arc::new(users);
        built.no_shell = no_shell;
        if let Some(choice) = &choice {
            built.packages = Arc::new(self.installed(choice.fact));
        }
        built.base = Some(used);
        built
    }

    /// The image for a reference: of the user's own catalog, else of the bundled one.
    pub(super) fn listed(&self, reference: &Reference) -> Option<Choice<'b>> {
        let own = self.overrides.catalog.and_then(|own| own.image(reference));
        own.or_else(|| self.catalog.image(reference))
    }

    /// A file tree: of the user's own catalog, else of the bundled one.
    fn tree(&self, name: &str) -> Option<&'b ImageTree> {
        let own = self.overrides.catalog;
        let own = own.and_then(|own| Some(own.trees.get(name)?.tree()));
        own.or_else(|| self.catalog.tree(name))
    }

    /// The packages of an image as dpkg knows them.
    fn installed(&mut self, fact: &ImageFact) -> Packages {
        let mut out = Packages {
            // What an image got on top of its tree may have users of its own.
            may_make_users: fact.bulk_at.is_some(),
            ..Packages::default()
        };
        let Some(suite) = suite(&fact.os) else {
            for package in self.packages(fact).iter() {
                out.manager = Some("apk");
                let own = Installed::of_base(&package.version, Sizes::default());
                out.by_name.insert(package.name.clone(), own);
            }
            return out;
        };
        let index = self.catalog.debian(suite.name);
        let add = |out: &mut Packages, name: &str, version: &str| {
            let sizes = index
                .and_then(|index| index.get(name))
                .map(|entry| entry.sizes());
            let installed = Installed::of_base(version, sizes.unwrap_or_default());
            out.by_name.insert(name.to_owned(), installed);
        };
        if suite.exact {
            for package in self.packages(fact).iter() {
                if package.manager == "dpkg" {
                    add(&mut out, &package.name, &package.version);
                }
            }
            let tree = fact.tree.as_deref().and_then(|name| self.tree(name));
            let states = tree.and_then(|tree| tree.files.get("/var/lib/apt/extended_states"));
            if let Some(Node::File(states)) = states {
                out.mark_all(states.size.bytes);
            }
        } else if let Some(tree) = self.catalog.tree(&slim_tree(suite)) {
            // The nearest release's packages stand in for its own.
            for package in &tree.packages {
                add(&mut out, &package.name, "");
            }
        }
        #[cfg(feature = "programs")]
        if let Some(index) = index {
            self.add_apt(fact, index, &mut out);
        }
        out
    }

    /// Adds the packages that an image got on top of its tree.
    #[cfg(feature = "programs")]
    fn add_apt(&mut self, fact: &ImageFact, index: &crate::debian::Index, out: &mut Packages) {
        use crate::debian::{Archive, Problem, Request, index_file, resolve};

        let names = fact.apt.iter().map(|name| out.sole_provider(index, name));
        let request = Request {
            install: names.collect(),
            recommends: fact.apt_recommends,
            ..Request::default()
        };
        match resolve(Archive::of(index), out, &request) {
            Ok(transaction) => {
                for change in &transaction.install {
                    if let Some(entry) = index.get(&change.name) {
                        let installed = Installed::of_base(entry.version, entry.sizes());
                        out.by_name.insert(change.name.clone(), installed);
                    }
                }
            }
            Err(Problem::Beyond) => self.want(&index_file(index.suite())),
            // Of an image whose packages the suite no longer has, only its files are known.
            Err(_) => {}
        }
    }

    fn report_choice(&mut self, used: &UsedImage, stated: bool, stage: &Stage) {
        let message = match (&used.nearest, used.known) {
            (Some(nearest), _) => format!(
                "{} is not in the catalog; the nearest listed image, {nearest}, stands in for it",
                used.reference
            ),
            (None, false) if stated => {
                format!(
                    "{} is not in the catalog; its size is the one you gave",
                    used.reference
                )
            }
            (None, false) => format!(
                "{} is not in the catalog: its size and files are unknown. Type its size in the Overview, or check the name",
                used.reference
            ),
            (None, true) => return,
        };
        let code = if used.known {
            "nearest-image"
        } else {
            "unknown-image"
        };
        let severity = if used.known || stated {
            Severity::Note
        } else {
            Severity::Warning
        };
        self.diagnostics.push(Diagnostic {
            code: code.to_owned(),
            severity,
            message,
            line: Some(stage.lines.first),
            column: None,
        });
    }

    fn packages(&self, fact: &ImageFact) -> Arc<[Package]> {
        let tree = fact.tree.as_deref().and_then(|name| self.tree(name));
        tree.map_or_else(Arc::default, |tree| Arc::from(tree.packages.as_slice()))
    }

    /// The files of an image, as far as they are known; the rest is bulk.
    pub(super) fn image_tree(&mut self, reference: &Reference) -> FileTree {
        let Some(choice) = self.listed(reference) else {
            let mut tree = FileTree::default();
            tree.add_bulk("/", UNKNOWN_IMAGE);
            return tree;
        };
        let fact = choice.fact;
        let size = published(fact, choice.exact);
        let known = fact.tree.as_deref().and_then(|name| {
            let tree = self.tree(name);
            if tree.is_none() {
                self.want(&format!("trees/{name}.tree"));
            }
            tree
        });
        let mut tree = known.map(|tree| tree.files.clone()).unwrap_or_default();
        let listed = known.map_or(0, |tree| tree.bytes);
        if known.is_some() && fact.bulk_at.is_none() {
            return tree;
        }
        let rest = ByteCount {
            bytes: size.bytes.saturating_sub(listed),
            low: size.low.saturating_sub(listed),
            high: size.high.saturating_sub(listed),
            basis: size.basis,
        };
        let at = fact
            .bulk_at
            .as_deref()
            .filter(|_| known.is_some())
            .unwrap_or("/");
        tree.add_bulk(&path::clean(at), rest);
        tree
    }
}

/// The file tree of a release's -slim image.
pub(super) fn slim_tree(suite: Suite) -> String {
    format!("debian-{}-slim", suite.name)
}

fn listed_name(fact: &ImageFact) -> String {
    format!(
        "{}:{}",
        fact.name,
        fact.tags.first().map_or("latest", String::as_str)
    )
}

/// A size that the user typed.
fn given(bytes: u64) -> ByteCount {
    ByteCount {
        bytes,
        low: bytes,
        high: bytes,
        basis: Basis::Assumed,
    }
}

/// `size * numerator / denominator`, as a guess.
fn scaled(size: ByteCount, numerator: u64, denominator: u64) -> ByteCount {
    ByteCount::assumed(
        size.bytes / denominator * numerator,
        size.low / 5,
        size.high,
    )
}

/// The published size; another tag's size is only near.
fn published(fact: &ImageFact, exact: bool) -> ByteCount {
    // A size that is not rounded was measured.
    let size = match fact.size_step {
        0 | 1 => ByteCount::measured(fact.size),
        step => ByteCount::published(fact.size, step),
    };
    if exact {
        return size;
    }
    ByteCount {
        low: size.low / 10 * 7,
        high: size.high / 10 * 14,
        basis: Basis::Modelled,
        ..size
    }
}

fn compressed(fact: &ImageFact, size: ByteCount) -> ByteCount {
    match fact.compressed {
        Some(bytes) if bytes > 0 => ByteCount::published(bytes, 1),
        // Registries' figures lie between 0.33 and 0.45 of the uncompressed size.
        _ => ByteCount {
            bytes: size.bytes / 100 * 38,
            low: size.low / 100 * 28,
            high: size.high / 100 * 52,
            basis: Basis::Modelled,
        },
    }
}

/// Where another image stands in, the language's version is the tag's: `NODE_VERSION=20` for
/// `node:20-slim`. Which patch release it is, is not known.
fn as_tagged(config: &mut Config, reference: &Reference) {
    let variable = match reference.path.as_str() {
        "library/node" => "NODE_VERSION",
        "library/python" => "PYTHON_VERSION",
        "library/golang" => "GOLANG_VERSION",
        _ => return,
    };
    let version = reference.tag.split('-').next().unwrap_or_default();
    let is_version = version.starts_with(|ch: char| ch.is_ascii_digit())
        && version.chars().all(|ch| ch.is_ascii_digit() || ch == '.');
    for pair in &mut config.env {
        if let Some((name, value)) = pair.split_once('=')
            && name == variable
            && is_version
            && value != version
            && !value.starts_with(&format!("{version}."))
        {
            *pair = format!("{variable}={version}");
        }
    }
}

fn config(fact: &ImageFact) -> Config {
    let set = |names: &[String]| names.iter().map(|name| (name.clone(), Empty {})).collect();
    Config {
        user: fact.user.clone(),
        env: if fact.env.is_empty() {
            vec![format!("PATH={DEFAULT_PATH}")]
        } else {
            fact.env.clone()
        },
        cmd: fact.cmd.clone(),
        entrypoint: fact.entrypoint.clone(),
        working_dir: fact.workdir.clone(),
        labels: fact.labels.clone(),
        exposed_ports: set(&fact.ports),
        volumes: set(&fact.volumes),
        stop_signal: fact.stop_signal.clone(),
        on_build: fact.onbuild.clone(),
        ..Config::default()
    }
}
