//! The command lines of npm, yarn and pnpm, and what the environment and `.npmrc` add.

use std::collections::BTreeMap;

use crate::image::path;
use crate::programs::Call;

/// Options that take the next word as their value.
const VALUES: [&str; 30] = [
    "prefix",
    "cache",
    "registry",
    "loglevel",
    "omit",
    "include",
    "only",
    "workspace",
    "w",
    "tag",
    "userconfig",
    "C",
    "cwd",
    "install-strategy",
    "fetch-timeout",
    "fetch-retries",
    "maxsockets",
    "python",
    "target",
    "arch",
    "os",
    "cpu",
    "libc",
    "script-shell",
    "jobs",
    "network-timeout",
    "cache-folder",
    "modules-folder",
    "filter",
    "store-dir",
];

/// A call.
#[derive(Debug, Clone, Default)]
pub(super) struct Command {
    /// `install`; empty where there is none.
    pub(super) verb: String,
    /// What follows it.
    pub(super) operands: Vec<String>,
    /// Options by name; flags have the value `true` or `false`.
    options: BTreeMap<String, Vec<String>>,
}

impl Command {
    /// Reads a command line.
    pub(super) fn read(call: &Call<'_, '_, '_>, words: &[String]) -> Self {
        let mut out = Self::default();
        out.read_settings(call);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                out.operands.extend(words.cloned());
                break;
            }
            let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) else {
                if out.verb.is_empty() {
                    out.verb.clone_from(word);
                } else {
                    out.operands.push(word.clone());
                    // What a script is given is its own.
                    if matches!(out.verb.as_str(), "run" | "run-script" | "exec") {
                        out.operands.extend(words.cloned());
                        break;
                    }
                }
                continue;
            };
            let name = name.trim_start_matches('-');
            if let Some((name, value)) = name.split_once('=') {
                out.add(name, value);
            } else if VALUES.contains(&name) {
                let value = words.next().cloned().unwrap_or_default();
                out.add(name, &value);
            } else if let Some(name) = name.strip_prefix("no-") {
                out.add(name, "false");
            } else {
                out.add(name, "true");
            }
        }
        out
    }

    fn add(&mut self, name: &str, value: &str) {
        self.options
            .entry(name.to_owned())
            .or_default()
            .push(value.to_owned());
    }

    /// `npm_config_…` variables, the user's `.npmrc` and the project's.
    fn read_settings(&mut self, call: &Call<'_, '_, '_>) {
        let settings: Vec<(String, String)> = call
            .shell
            .process
            .environment()
            .filter_map(|(name, value)| {
                let lower = name.to_lowercase();
                let name = lower.strip_prefix("npm_config_")?;
                Some((name.replace('_', "-"), value.to_owned()))
            })
            .collect();
        for (name, value) in settings {
            self.add(&name, &value);
        }
        let user = path::child(&call.home(), ".npmrc");
        let project = call.at(".npmrc");
        let project = (project != user).then_some(project);
        for at in std::iter::once(user).chain(project) {
            let text = call.shell.machine.files.text(&at).unwrap_or_default();
            for line in text.lines() {
                if let Some((name, value)) = line.split_once('=')
                    && !name.starts_with(['#', ';', '/'])
                {
                    self.add(name.trim(), value.trim());
                }
            }
        }
    }

    /// The value of an option; the last one given counts.
    pub(super) fn value(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .find_map(|name| self.options.get(*name)?.last())
            .map(String::as_str)
    }

    /// Whether a flag is set.
    pub(super) fn is_set(&self, names: &[&str]) -> bool {
        self.value(names)
            .is_some_and(|value| !matches!(value, "false" | "0" | "null" | ""))
    }

    /// Whether a flag is turned off.
    pub(super) fn is_off(&self, name: &str) -> bool {
        self.value(&[name]) == Some("false")
    }

    /// Whether what only development needs is left out: `--omit=dev`, `--production`,
    /// `--only=production`, `NODE_ENV=production`.
    pub(super) fn omits_dev(&self, call: &Call<'_, '_, '_>) -> bool {
        let lists = |name: &str, what: &str| {
            self.options
                .get(name)
                .is_some_and(|values| values.iter().any(|value| value == what))
        };
        if lists("include", "dev") || self.is_off("production") {
            return false;
        }
        let only = self.value(&["only"]);
        lists("omit", "dev")
            || self.is_set(&["production", "prod", "P"])
            || matches!(only, Some("prod" | "production"))
            || call.shell.process.variable("NODE_ENV") == Some("production")
    }

    /// Whether what may be missing is left out.
    pub(super) fn omits_optional(&self) -> bool {
        let listed = self
            .options
            .get("omit")
            .is_some_and(|values| values.iter().any(|value| value == "optional"));
        listed || self.is_off("optional")
    }
}
