//! What pip's resolver picks: for each name the newest release that everything allows.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::str::FromStr;

use pep440_rs::Version;

use super::index::{Distribution, Index, Release, Wheel};
use super::marker::Environment;
use super::requirement::Requirement;

/// How often a pick may be taken back before it is given up.
const MAX_ROUNDS: usize = 2_000;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Requirements of the command line and of its files.
    pub requirements: Vec<Requirement>,
    /// Constraints: they limit versions, but install nothing.
    pub constraints: Vec<Requirement>,
    /// What is installed already: names and versions.
    pub installed: BTreeMap<String, String>,
    /// Whether installed ones that are asked for make way for newer ones.
    pub upgrade: bool,
    /// Whether requirements of requirements are left out.
    pub no_dependencies: bool,
}

/// A release that is picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick<'i> {
    /// Its normalized name.
    pub name: String,
    /// Its version; none where the distribution is not in the index.
    pub version: Option<Version>,
    /// What is measured of that version, or else of the nearest one.
    pub release: Option<Release<'i>>,
    /// Whether it was asked for by name.
    pub requested: bool,
    /// Whether it was there before.
    pub installed: bool,
    /// Who requires it first: names, from what was asked for on.
    pub because: Vec<String>,
}

impl<'i> Pick<'i> {
    /// A release that is stated, not chosen.
    pub fn stated(index: &'i Index, name: &str, version: Option<&str>) -> Self {
        let version = version.and_then(|text| Version::from_str(text).ok());
        Self {
            name: name.to_owned(),
            release: index.release(name, version.as_ref()),
            version,
            requested: false,
            installed: false,
            because: Vec::new(),
        }
    }

    /// What a Python installs of it.
    pub fn wheel(&self, python: &str) -> Option<&Wheel<'i>> {
        self.release.as_ref()?.wheel(python)
    }
}

/// Why there is nothing to pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// No release of a distribution will do.
    Missing {
        /// The requirement as it is written.
        requirement: String,
        /// The releases that this Python can have, oldest first.
        versions: Vec<String>,
        /// Those that need another Python: versions with their Requires-Python.
        other_python: Vec<(String, String)>,
    },
    /// Requirements contradict each other.
    Contradiction {
        /// The name that they are about.
        name: String,
        /// Who requires what.
        demands: Vec<(String, String)>,
    },
}

/// One demand on a name.
#[derive(Debug, Clone)]
struct Demand {
    /// Who demands it; empty for the user.
    by: String,
    requirement: Requirement,
}

/// A distribution, with those of its releases that the Python can have, newest first.
struct Known<'i> {
    distribution: Distribution<'i>,
    available: Vec<Version>,
}

/// The distributions that are looked at: each is read from the index once.
struct Names<'i> {
    index: &'i Index,
    python: Version,
    read: RefCell<HashMap<String, Option<Rc<Known<'i>>>>>,
}

impl<'i> Names<'i> {
    fn get(&self, name: &str) -> Option<Rc<Known<'i>>> {
        if let Some(known) = self.read.borrow().get(name) {
            return known.clone();
        }
        let known = self.index.get(name).map(|distribution| {
            Rc::new(Known {
                available: distribution.for_python(&self.python).cloned().collect(),
                distribution,
            })
        });
        let mut read = self.read.borrow_mut();
        read.insert(name.to_owned(), known.clone());
        known
    }
}

/// Picks releases.
///
/// # Errors
/// Where requirements cannot be satisfied, as far as the index knows.
pub fn resolve<'i>(
    index: &'i Index,
    wanted: &Wanted,
    environment: &Environment<'_>,
) -> Result<Vec<Pick<'i>>, Conflict> {
    let python = Version::from_str(&format!("{}.9", environment.python))
        .unwrap_or_else(|_| Version::new([3, 12]));
    let names = Names {
        index,
        python,
        read: RefCell::default(),
    };
    let mut excluded: BTreeSet<(String, Version)> = BTreeSet::new();
    let mut first_problem = None;
    for _ in 0..MAX_ROUNDS {
        let round = Round {
            names: &names,
            wanted,
            environment,
            excluded: &excluded,
        };
        match round.run() {
            Ok(picks) => return Ok(picks),
            Err((conflict, suspect)) => {
                let problem = first_problem.get_or_insert(conflict);
                let Some(suspect) = suspect else {
                    return Err(problem.clone());
                };
                excluded.insert(suspect);
            }
        }
    }
    Err(first_problem.unwrap_or(Conflict::Contradiction {
        name: String::new(),
        demands: Vec::new(),
    }))
}

struct Round<'r, 'i> {
    names: &'r Names<'i>,
    wanted: &'r Wanted,
    environment: &'r Environment<'r>,
    excluded: &'r BTreeSet<(String, Version)>,
}

type Suspect = Option<(String, Version)>;

impl<'i> Round<'_, 'i> {
    fn run(&self) -> Result<Vec<Pick<'i>>, (Conflict, Suspect)> {
        let mut picked: BTreeMap<String, Option<Version>> = BTreeMap::new();
        loop {
            let (demands, order) = self.demands(&picked);
            let mut next = BTreeMap::new();
            for name in &order {
                next.insert(name.clone(), self.pick(name, &demands[name], &picked)?);
            }
            if next == picked {
                return Ok(self.report(&picked, &demands, &order));
            }
            picked = next;
        }
    }

    /// What is demanded by the user and by what is picked so far, in the order in which it
    /// is found.
    fn demands(
        &self,
        picked: &BTreeMap<String, Option<Version>>,
    ) -> (BTreeMap<String, Vec<Demand>>, Vec<String>) {
        let mut demands: BTreeMap<String, Vec<Demand>> = BTreeMap::new();
        let mut order = Vec::new();
        let mut extras: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut queue: Vec<Demand> = self
            .wanted
            .requirements
            .iter()
            .filter(|requirement| self.counts(requirement, &[]))
            .map(|requirement| Demand {
                by: String::new(),
                requirement: requirement.clone(),
            })
            .collect();
        let mut at = 0;
        while at < queue.len() {
            let demand = queue[at].clone();
            at += 1;
            let name = demand.requirement.name.clone();
            let own = extras.entry(name.clone()).or_default();
            let before = own.len();
            own.extend(demand.requirement.extras.iter().cloned());
            let more = own.len() > before;
            let asked: Vec<String> = own.iter().cloned().collect();
            let list = demands.entry(name.clone()).or_default();
            let first = list.is_empty();
            if first {
                order.push(name.clone());
            }
            list.push(demand);
            if self.wanted.no_dependencies || !(first || more) {
                continue;
            }
            let Some(Some(version)) = picked.get(&name) else {
                continue;
            };
            let known = self.names.get(&name);
            let nearest = known
                .as_ref()
                .map(|known| known.distribution.nearest(version));
            let Some(Some(release)) = nearest else {
                continue;
            };
            for text in &release.requires {
                let Ok(requirement) = Requirement::parse(text) else {
                    continue;
                };
                let again = !first && self.counts(&requirement, &[]);
                if self.counts(&requirement, &asked) && !again {
                    queue.push(Demand {
                        by: name.clone(),
                        requirement,
                    });
                }
            }
        }
        (demands, order)
    }

    fn counts(&self, requirement: &Requirement, extras: &[String]) -> bool {
        requirement
            .marker
            .as_ref()
            .is_none_or(|marker| self.environment.allows(marker, extras))
    }

    /// The newest release of a name that all demands allow.
    fn pick(
        &self,
        name: &str,
        demands: &[Demand],
        picked: &BTreeMap<String, Option<Version>>,
    ) -> Result<Option<Version>, (Conflict, Suspect)> {
        let limits: Vec<&Requirement> = demands
            .iter()
            .map(|demand| &demand.requirement)
            .chain(
                self.wanted
                    .constraints
                    .iter()
                    .filter(|limit| limit.name == name),
            )
            .collect();
        let allowed = |version: &Version| {
            limits.iter().all(|limit| limit.versions.contains(version))
                && !self.excluded.contains(&(name.to_owned(), version.clone()))
        };
        let requested = demands.iter().any(|demand| demand.by.is_empty());
        let installed = self
            .wanted
            .installed
            .get(name)
            .and_then(|text| Version::from_str(text).ok());
        if let Some(installed) = installed
            && allowed(&installed)
            && !(self.wanted.upgrade && requested)
        {
            return Ok(Some(installed));
        }
        let direct = limits.iter().any(|limit| limit.url.is_some());
        let Some(known) = self.names.get(name).filter(|_| !direct) else {
            // Not in the index: its version is the one that it is pinned to, if it is.
            return Ok(None);
        };
        let newest = known.available.iter().find(|version| allowed(version));
        if let Some(version) = newest {
            return Ok(Some(version.clone()));
        }
        let pinned = limits.iter().find_map(|limit| limit.pinned());
        if let Some(version) = pinned
            && known.distribution.others.contains(version)
            && allowed(version)
        {
            return Ok(Some(version.clone()));
        }
        // Whoever demanded it may be taken in an older release, unless it is the user.
        // First one that asks for what there is not, then the last one that has a choice.
        let has_choice = |by: &str| {
            let pinned = |requirement: &Requirement| {
                requirement.name == by && requirement.pinned().is_some()
            };
            !self.wanted.requirements.iter().any(pinned)
        };
        let asks_too_much = |demand: &Demand| {
            let versions = &demand.requirement.versions;
            !known
                .available
                .iter()
                .any(|version| versions.contains(version))
        };
        let by_others = || demands.iter().rev().filter(|demand| !demand.by.is_empty());
        let suspect = by_others()
            .find(|demand| asks_too_much(demand))
            .or_else(|| by_others().find(|demand| has_choice(&demand.by)))
            .and_then(|demand| {
                let version = picked.get(&demand.by)?.clone()?;
                Some((demand.by.clone(), version))
            });
        let conflict = match demands {
            [only] => Conflict::Missing {
                requirement: format!("{}{}", only.requirement.name, only.requirement.written),
                versions: known
                    .available
                    .iter()
                    .rev()
                    .map(ToString::to_string)
                    .collect(),
                other_python: known
                    .distribution
                    .versions
                    .iter()
                    .rev()
                    .filter(|(version, _)| !known.available.contains(version))
                    .map(|(version, requires)| (version.to_string(), (*requires).to_owned()))
                    .collect(),
            },
            _ => Conflict::Contradiction {
                name: name.to_owned(),
                demands: demands
                    .iter()
                    .map(|demand| {
                        let by = match picked.get(&demand.by) {
                            Some(Some(version)) => format!("{} {version}", demand.by),
                            _ => demand.by.clone(),
                        };
                        (by, format!("{name}{}", demand.requirement.written))
                    })
                    .collect(),
            },
        };
        Err((conflict, suspect))
    }

    fn report(
        &self,
        picked: &BTreeMap<String, Option<Version>>,
        demands: &BTreeMap<String, Vec<Demand>>,
        order: &[String],
    ) -> Vec<Pick<'i>> {
        let because = |name: &str| {
            let mut chain = Vec::new();
            let mut at = name.to_owned();
            while let Some(demand) = demands.get(&at).and_then(|list| list.first()) {
                if demand.by.is_empty() || chain.contains(&demand.by) {
                    break;
                }
                at.clone_from(&demand.by);
                chain.insert(0, at.clone());
            }
            chain
        };
        order
            .iter()
            .map(|name| {
                let version = picked.get(name).cloned().flatten();
                let pinned = || {
                    let mut pins = demands[name].iter().map(|demand| &demand.requirement);
                    pins.find_map(Requirement::pinned).cloned()
                };
                let installed = version.as_ref().is_some_and(|version| {
                    self.wanted.installed.get(name).map(String::as_str)
                        == Some(version.to_string().as_str())
                });
                let version = version.or_else(pinned);
                let known = self.names.get(name);
                Pick {
                    name: name.clone(),
                    release: known
                        .zip(version.as_ref())
                        .and_then(|(known, version)| known.distribution.nearest(version).cloned()),
                    version,
                    requested: demands[name].iter().any(|demand| demand.by.is_empty()),
                    installed,
                    because: because(name),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Conflict, Wanted, resolve};
    use crate::python::{Environment, Index, Requirement};

    const TEXT: &str = "layerlab-python 1\nP 3.11\nD a\nV - 2.0 1.0\nR 1.0 -\nQ b<2\nR 2.0 -\nQ b>=2\nQ c; extra == 'more'\nD b\nV >=3.9 3.0\nV - 2.5 1.5\nR 1.5 -\nR 2.5 -\nR 3.0 -\nD c\nV - 1.0\nR 1.0 -\nQ b<3\n";
    const ENVIRONMENT: Environment<'_> = Environment {
        python: "3.11",
        machine: "x86_64",
    };

    fn picks(requirements: &[&str]) -> Result<Vec<String>, Conflict> {
        let index = Index::parse(TEXT.to_owned()).expect("an index");
        let wanted = Wanted {
            requirements: requirements
                .iter()
                .map(|text| Requirement::parse(text).expect(text))
                .collect(),
            ..Wanted::default()
        };
        let picks = resolve(&index, &wanted, &ENVIRONMENT)?;
        Ok(picks
            .iter()
            .map(|pick| match &pick.version {
                Some(version) => format!("{} {version}", pick.name),
                None => pick.name.clone(),
            })
            .collect())
    }

    #[test]
    fn takes_the_newest_that_all_allow() {
        assert_eq!(picks(&["a"]), Ok(vec!["a 2.0".into(), "b 3.0".into()]));
        assert_eq!(
            picks(&["a[more]"]),
            Ok(vec!["a 2.0".into(), "b 2.5".into(), "c 1.0".into()])
        );
        assert_eq!(
            picks(&["a<2", "z==4"]),
            Ok(vec!["a 1.0".into(), "z 4".into(), "b 1.5".into()])
        );
        // a 2.0 does not go with b 1.5, a 1.0 does.
        assert_eq!(
            picks(&["b==1.5", "a"]),
            Ok(vec!["b 1.5".into(), "a 1.0".into()])
        );
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(matches!(picks(&["b==9"]), Err(Conflict::Missing { .. })));
        assert!(matches!(
            picks(&["a==2.0", "b==1.5"]),
            Err(Conflict::Contradiction { .. })
        ));
    }
}
