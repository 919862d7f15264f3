//! The tree that npm makes of `node_modules` (@npmcli/arborist: each package as near to the
//! root as it can be without being in another one's way).

use std::collections::{BTreeMap, BTreeSet};

use nodejs_semver::{Range, Version};

use super::index::{Index, Release};
use super::manifest::{Lock, Manifest};
use super::pins::{Needs, Pins, alias};

/// Most packages of a tree.
const MAX_PACKAGES: usize = 20_000;

/// What is installed of a project.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// Whether what only development needs is left out.
    pub omit_dev: bool,
    /// Whether what may be missing is left out.
    pub omit_optional: bool,
    /// `x86_64`.
    pub machine: &'o str,
    /// Whether the C library is musl.
    pub musl: bool,
    /// The version of Node, where it is known.
    pub node: Option<&'o Version>,
    /// Versions that a lock file of yarn or pnpm has chosen.
    pub pins: Option<&'o Pins>,
}

/// A package in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<'i> {
    /// The directory it goes to: `node_modules/a/node_modules/b`.
    pub at: String,
    /// Its name.
    pub name: String,
    /// Its version; none where the index does not have the package.
    pub version: Option<Version>,
    /// What is measured of that version, or else of the nearest one.
    pub release: Option<Release<'i>>,
    /// Whether it runs on the platform and is not left out.
    pub installed: bool,
    /// Whether only development needs it.
    pub dev: bool,
    /// Whether it comes inside of another one's archive.
    pub bundled: bool,
    /// Who requires it: names, from one that the project asks for on.
    pub because: Vec<String>,
}

/// The packages of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree<'i> {
    /// In the order in which they were placed.
    pub packages: Vec<Placed<'i>>,
}

/// Why there is no tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No release of a package is in a range.
    NoVersion {
        /// The package.
        name: String,
        /// The range.
        range: String,
    },
    /// There are too many packages.
    TooMany,
}

/// A node of the tree while it is made.
#[derive(Default)]
struct Node<'i> {
    name: String,
    version: Option<Version>,
    release: Option<Release<'i>>,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    dev: bool,
    optional: bool,
    depth: usize,
    at: String,
    /// The node that it was placed for.
    by: usize,
    /// What is to be found for it, once its turn has come.
    edges: Vec<Edge>,
}

/// Something that has to be found for a node.
struct Edge {
    from: usize,
    /// The node whose `node_modules` is the deepest place for it.
    start: usize,
    name: String,
    range: String,
    dev: bool,
    optional: bool,
}

/// The tree of a project without a lock file.
///
/// # Errors
/// Where a dependency has no release, as far as the index knows.
pub fn ideal<'i>(
    index: &'i Index,
    manifest: &Manifest,
    options: &Options<'_>,
) -> Result<Tree<'i>, Problem> {
    let mut maker = Maker {
        index,
        options,
        nodes: vec![Node::default()],
        queue: BTreeSet::new(),
    };
    let mut edges: Vec<Edge> = Vec::new();
    let kinds = [
        (&manifest.dependencies, false, false),
        (&manifest.optional_dependencies, false, true),
        (&manifest.peer_dependencies, false, false),
        (&manifest.dev_dependencies, true, false),
    ];
    for (list, dev, optional) in kinds {
        for (name, range) in list {
            // What is listed twice counts once, and not as optional's opposite.
            if !edges.iter().any(|edge| edge.name == *name) {
                edges.push(Edge {
                    from: 0,
                    start: 0,
                    name: name.clone(),
                    range: range.clone(),
                    dev,
                    optional,
                });
            }
        }
    }
    edges.sort_by(|left, right| left.name.cmp(&right.name));
    maker.nodes[0].edges = edges;
    maker.queue.insert((0, String::new(), 0));
    maker.run()?;
    Ok(maker.tree())
}

struct Maker<'m, 'i> {
    index: &'i Index,
    options: &'m Options<'m>,
    nodes: Vec<Node<'i>>,
    /// Nodes by depth and place: what is nearer to the root has its turn before.
    queue: BTreeSet<(usize, String, usize)>,
}

impl<'m, 'i> Maker<'m, 'i> {
    fn run(&mut self) -> Result<(), Problem> {
        while let Some((_, _, node)) = self.queue.pop_first() {
            for edge in std::mem::take(&mut self.nodes[node].edges) {
                self.meet(&edge)?;
                if self.nodes.len() > MAX_PACKAGES {
                    return Err(Problem::TooMany);
                }
            }
        }
        Ok(())
    }

    /// The node that a name leads to from another one.
    fn find(&self, from: usize, name: &str) -> Option<usize> {
        let mut at = Some(from);
        while let Some(node) = at {
            if let Some(child) = self.nodes[node].children.get(name) {
                return Some(*child);
            }
            at = self.nodes[node].parent;
        }
        None
    }

    fn meet(&mut self, edge: &Edge) -> Result<(), Problem> {
        let (package, range) = match edge.range.starts_with("npm:") {
            true => alias(&edge.name, &edge.range),
            false => (edge.name.as_str(), edge.range.as_str()),
        };
        if let Some(found) = self.find(edge.start, &edge.name) {
            let holds = match (&self.nodes[found].version, Range::parse(range)) {
                (Some(version), Ok(wanted)) => version.satisfies(&wanted),
                _ => true,
            };
            // A peer that is there stays, fitting or not.
            if holds || edge.from != edge.start {
                if !edge.dev {
                    self.needed(found, edge.optional);
                }
                return Ok(());
            }
        }
        let known = self.index.get(package);
        if known.is_none() && edge.optional && is_for_another(package, self.options.musl) {
            return Ok(());
        }
        let pinned = self.options.pins.and_then(|pins| pins.pick(package, range));
        let version = match &known {
            _ if pinned.is_some() => pinned,
            Some(known) => match known.best(range, self.options.node) {
                Some(version) => Some(version),
                None if Range::parse(range).is_err() => None,
                None if edge.optional => return Ok(()),
                // A release that only others have asked for may not be listed.
                None if known.versions.len() == known.releases.len() => Range::parse(range)
                    .ok()
                    .and_then(|range| range.min_version()),
                None => {
                    return Err(Problem::NoVersion {
                        name: package.to_owned(),
                        range: range.to_owned(),
                    });
                }
            },
            None => Range::parse(range)
                .ok()
                .and_then(|range| range.min_version()),
        };
        // As near to the root as nothing of that name is in the way.
        let mut target = edge.start;
        let mut at = Some(edge.start);
        while let Some(node) = at {
            if self.nodes[node].children.contains_key(&edge.name) {
                break;
            }
            target = node;
            at = self.nodes[node].parent;
        }
        let stated = self.stated(package, version.as_ref());
        let nearest = known
            .as_ref()
            .zip(version.as_ref())
            .and_then(|(known, version)| known.nearest(version));
        let release = nearest.cloned();
        let number = self.nodes.len();
        let above = &self.nodes[target];
        let slash = if above.at.is_empty() { "" } else { "/" };
        let at = format!("{}{slash}node_modules/{}", above.at, edge.name);
        let depth = above.depth + 1;
        self.nodes.push(Node {
            name: package.to_owned(),
            version,
            release: release.clone(),
            parent: Some(target),
            dev: edge.dev,
            optional: edge.optional,
            depth,
            at: at.clone(),
            by: edge.from,
            ..Node::default()
        });
        self.nodes[target]
            .children
            .insert(edge.name.clone(), number);
        let (machine, musl) = (self.options.machine, self.options.musl);
        let runs = release
            .as_ref()
            .is_none_or(|own| own.runs_on(machine, musl));
        if !runs && edge.optional {
            return Ok(());
        }
        let mut edges: Vec<Edge> = Vec::new();
        let mut add = |name: &str, range: &str, optional: bool, start: usize| {
            edges.push(Edge {
                from: number,
                start,
                name: name.to_owned(),
                range: range.to_owned(),
                dev: edge.dev,
                optional: optional || edge.optional,
            });
        };
        if let Some(needs) = stated {
            // A lock file has all that is needed, and no peers beside it.
            for (name, range) in &needs.dependencies {
                add(name, range, false, number);
            }
            for (name, range) in &needs.optional {
                add(name, range, true, number);
            }
        } else if let Some(release) = release {
            for (name, range) in &release.dependencies {
                add(name, range, false, number);
            }
            for (name, range) in &release.optional {
                add(name, range, true, number);
            }
            for (name, range) in &release.peers {
                add(name, range, false, target);
            }
        }
        edges.sort_by(|left, right| left.name.cmp(&right.name));
        self.nodes[number].edges = edges;
        self.queue.insert((depth, at, number));
        Ok(())
    }

    /// Notes that something beside development needs a node, and with it what it needs.
    fn needed(&mut self, found: usize, optional: bool) {
        if !self.nodes[found].dev && (optional || !self.nodes[found].optional) {
            return;
        }
        self.nodes[found].dev = false;
        self.nodes[found].optional &= optional;
        for name in self.names_needed(found) {
            if let Some(child) = self.find(found, &name)
                && child != found
            {
                self.needed(child, optional);
            }
        }
    }

    /// What a node needs: as a lock file has it, or else its release.
    fn names_needed(&self, node: usize) -> Vec<String> {
        let node = &self.nodes[node];
        if let Some(needs) = self.stated(&node.name, node.version.as_ref()) {
            let all = needs.dependencies.keys().chain(needs.optional.keys());
            return all.cloned().collect();
        }
        let Some(release) = &node.release else {
            return Vec::new();
        };
        let all = release.dependencies.iter().chain(&release.optional);
        all.map(|(name, _)| (*name).to_owned()).collect()
    }

    /// What a lock file says that a version needs.
    fn stated(&self, name: &str, version: Option<&Version>) -> Option<&'m Needs> {
        self.options.pins?.needs_of(name, version?)
    }

    /// The names that lead to a node from one that the project asks for.
    fn chain(&self, number: usize) -> Vec<String> {
        let mut out = Vec::new();
        let mut at = self.nodes[number].by;
        // A node is placed for one of a smaller number.
        while at > 0 {
            out.insert(0, self.nodes[at].name.clone());
            at = self.nodes[at].by;
        }
        out
    }

    fn tree(&self) -> Tree<'i> {
        let mut packages = Vec::with_capacity(self.nodes.len());
        for (number, node) in self.nodes.iter().enumerate().skip(1) {
            let runs = node
                .release
                .as_ref()
                .is_none_or(|release| release.runs_on(self.options.machine, self.options.musl));
            let left_out = (node.dev && self.options.omit_dev)
                || (node.optional && self.options.omit_optional);
            packages.push(Placed {
                at: node.at.clone(),
                name: node.name.clone(),
                version: node.version.clone(),
                release: node.release.clone(),
                installed: (runs || !node.optional) && !left_out,
                dev: node.dev,
                bundled: false,
                because: self.chain(number),
            });
        }
        Tree { packages }
    }
}

/// Whether a package's name says that it is for another platform: `@esbuild/win32-x64`.
fn is_for_another(name: &str, musl: bool) -> bool {
    const OTHERS: [&str; 22] = [
        "win32",
        "windows",
        "darwin",
        "macos",
        "android",
        "freebsd",
        "netbsd",
        "openbsd",
        "sunos",
        "aix",
        "openharmony",
        "wasm32",
        "arm64",
        "aarch64",
        "arm",
        "armv7",
        "ia32",
        "riscv64",
        "s390x",
        "ppc64",
        "ppc64le",
        "loong64",
    ];
    name.split(['-', '/', '@', '.', '_']).any(|part| {
        OTHERS.contains(&part)
            || matches!(part, "gnueabihf" | "musleabihf" | "x86")
            || part == if musl { "gnu" } else { "musl" }
    })
}

/// The tree that a lock file states.
pub fn from_lock<'i>(index: &'i Index, lock: &Lock, options: &Options<'_>) -> Tree<'i> {
    let mut packages = Vec::new();
    for (at, own) in &lock.packages {
        let Some((_, directory)) = at.rsplit_once("node_modules/") else {
            continue;
        };
        if own.link || packages.len() >= MAX_PACKAGES {
            continue;
        }
        let name = own.name.clone().unwrap_or_else(|| directory.to_owned());
        let version = own
            .version
            .as_deref()
            .and_then(|text| Version::parse(text).ok());
        let release = index.release(&name, version.as_ref());
        let runs = release
            .as_ref()
            .is_none_or(|release| release.runs_on(options.machine, options.musl));
        let optional = own.optional || own.dev_optional;
        let left_out = ((own.dev || own.dev_optional) && options.omit_dev)
            || (own.optional && options.omit_optional);
        packages.push(Placed {
            at: at.clone(),
            name,
            version,
            release,
            installed: (runs || !optional) && !left_out,
            dev: own.dev,
            bundled: own.in_bundle,
            because: Vec::new(),
        });
    }
    Tree { packages }
}

#[cfg(test)]
mod tests {
    use super::{Options, from_lock, ideal};
    use crate::node::{Index, Lock, Manifest};

    const OPTIONS: Options<'_> = Options {
        omit_dev: false,
        omit_optional: false,
        machine: "x86_64",
        musl: false,
        node: None,
        pins: None,
    };

    fn index() -> Index {
        Index::parse("layerlab-node 1\nD a 1.0.0 1\nR 1.0.0 1 1 - -\nQ b ^1.0.0\nQ c ^1.0.0\nD b 2.0.0 1\nR 1.0.0 1 1 - -\nR 2.0.0 1 1 - -\nD c 1.0.0 1\nR 1.0.0 1 1 - -\nQ b ^2.0.0\nO w ^1.0.0\nP d ^1.0.0\nD d 1.0.0 1\nR 1.0.0 1 1 - -\nD w 1.0.0 1\nR 1.0.0 1 1 - os=win32\n".to_owned()).expect("an index")
    }

    #[test]
    fn places_packages_near_the_root() {
        let manifest =
            Manifest::parse(r#"{"dependencies":{"a":"^1.0.0"},"devDependencies":{"d":"*"}}"#)
                .expect("a manifest");
        let own = index();
        let tree = ideal(&own, &manifest, &OPTIONS).expect("a tree");
        let places: Vec<_> = tree
            .packages
            .iter()
            .filter(|package| package.installed)
            .map(|package| package.at.as_str())
            .collect();
        assert_eq!(
            places,
            [
                "node_modules/a",
                "node_modules/d",
                "node_modules/b",
                "node_modules/c",
                "node_modules/c/node_modules/b",
            ]
        );
        // The peer makes d more than a thing of development.
        assert!(tree.packages.iter().all(|package| !package.dev));
        let missing = Manifest::parse(r#"{"dependencies":{"z":"file:../z"}}"#).expect("a manifest");
        assert_eq!(
            ideal(&index(), &missing, &OPTIONS).map(|tree| tree.packages.len()),
            Ok(1)
        );
    }

    #[test]
    fn takes_lock_files_as_they_are() {
        let lock = Lock::parse(r#"{"lockfileVersion":3,"packages":{"":{"name":"x"},"node_modules/b":{"version":"1.0.0","dev":true},"node_modules/w":{"version":"1.0.0","optional":true}}}"#).expect("a lock");
        let options = Options {
            omit_dev: true,
            ..OPTIONS
        };
        let index = index();
        let tree = from_lock(&index, &lock, &options);
        assert_eq!(tree.packages.len(), 2);
        assert!(tree.packages.iter().all(|package| !package.installed));
    }
}
