//! `package.json` and `package-lock.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a `package.json` says, as far as installing goes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Manifest {
    /// The project's name.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What it needs.
    pub dependencies: BTreeMap<String, String>,
    /// What developing it needs.
    pub dev_dependencies: BTreeMap<String, String>,
    /// What it can do without.
    pub optional_dependencies: BTreeMap<String, String>,
    /// What it wants of whoever depends on it; npm installs that for the project itself too.
    pub peer_dependencies: BTreeMap<String, String>,
    /// Its scripts by name.
    pub scripts: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads one.
    ///
    /// # Errors
    /// Where it is not JSON of the expected form.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())
    }
}

/// A lock file of npm's form 2 or 3.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lock {
    /// The form.
    pub lockfile_version: u32,
    /// Packages by the directory they go to; the project itself is the one without.
    pub packages: BTreeMap<String, Locked>,
    /// Form 1: packages by name.
    pub dependencies: BTreeMap<String, OldLocked>,
}

/// A package of a lock file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Locked {
    /// Its name, where the directory's is another.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Whether only development needs it.
    pub dev: bool,
    /// Whether it may be missing.
    pub optional: bool,
    /// Both of these.
    pub dev_optional: bool,
    /// Whether it is a link to a directory of the project.
    pub link: bool,
    /// Whether it comes inside of another package's archive.
    pub in_bundle: bool,
    /// What the project's own entry says it needs.
    pub dependencies: BTreeMap<String, String>,
    /// The same for development.
    pub dev_dependencies: BTreeMap<String, String>,
}

/// A package of a lock file of form 1.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OldLocked {
    /// Its version.
    pub version: String,
    /// Whether only development needs it.
    pub dev: bool,
    /// Whether it may be missing.
    pub optional: bool,
    /// Packages below it.
    pub dependencies: BTreeMap<String, OldLocked>,
}

impl Lock {
    /// Reads one; form 1 is turned into the newer one.
    ///
    /// # Errors
    /// Where it is not JSON of the expected form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lock: Self = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| error.to_string())?;
        if lock.packages.is_empty() {
            let old = std::mem::take(&mut lock.dependencies);
            lock.add_old("", &old, 0);
        }
        Ok(lock)
    }

    fn add_old(&mut self, below: &str, old: &BTreeMap<String, OldLocked>, depth: usize) {
        // Deeper than any tree that npm makes.
        if depth > 64 {
            return;
        }
        for (name, own) in old {
            let at = format!("{below}node_modules/{name}");
            self.packages.insert(
                at.clone(),
                Locked {
                    version: Some(own.version.clone()),
                    dev: own.dev,
                    optional: own.optional,
                    ..Locked::default()
                },
            );
            self.add_old(&format!("{at}/"), &own.dependencies, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, Manifest};

    #[test]
    fn reads_manifests_and_locks() {
        let manifest = Manifest::parse(r#"{"name":"x","devDependencies":{"a":"^1"},"bin":"x"}"#);
        assert_eq!(manifest.expect("a manifest").dev_dependencies["a"], "^1");
        assert!(Manifest::parse("{").is_err());
        let lock = Lock::parse(r#"{"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0","dependencies":{"b":{"version":"2.0.0","dev":true}}}}}"#).expect("a lock");
        assert!(lock.packages["node_modules/a/node_modules/b"].dev);
    }
}
