//! pip's command line, and what its environment adds to it (`PIP_…`).

use crate::programs::Call;
use crate::programs::options::{Options, Spec, flag, value};

/// Options of pip's commands that install or download.
pub(super) const SPECS: &[Spec] = &[
    value("r", "requirement"),
    value("c", "constraint"),
    value("e", "editable"),
    value("t", "target"),
    value("d", "dest"),
    value("w", "wheel-dir"),
    value("i", "index-url"),
    value("f", "find-links"),
    value("b", "build"),
    value("C", "config-settings"),
    value("", "pypi-url"),
    value("", "extra-index-url"),
    value("", "platform"),
    value("", "python-version"),
    value("", "implementation"),
    value("", "abi"),
    value("", "root"),
    value("", "prefix"),
    value("", "src"),
    value("", "upgrade-strategy"),
    value("", "build-option"),
    value("", "global-option"),
    value("", "install-option"),
    value("", "no-binary"),
    value("", "only-binary"),
    value("", "progress-bar"),
    value("", "root-user-action"),
    value("", "report"),
    value("", "group"),
    value("", "log"),
    value("", "proxy"),
    value("", "retries"),
    value("", "timeout"),
    value("", "exists-action"),
    value("", "trusted-host"),
    value("", "cert"),
    value("", "client-cert"),
    value("", "cache-dir"),
    value("", "use-feature"),
    value("", "use-deprecated"),
    value("", "python"),
    value("", "keyring-provider"),
    value("", "resume-retries"),
    value("", "build-constraint"),
    value("", "format"),
    value("", "exclude"),
    value("", "path"),
    flag("U", "upgrade"),
    flag("I", "ignore-installed"),
    flag("q", "quiet"),
    flag("v", "verbose"),
    flag("V", "version"),
    flag("h", "help"),
    flag("y", "yes"),
    flag("l", "local"),
    flag("o", "outdated"),
    flag("", "user"),
    flag("", "pre"),
    flag("", "no-deps"),
    flag("", "no-dependencies"),
    flag("", "no-cache-dir"),
    flag("", "no-cache"),
    flag("", "no-compile"),
    flag("", "compile"),
    flag("", "no-index"),
    flag("", "no-input"),
    flag("", "no-color"),
    flag("", "no-user"),
    flag("", "no-clean"),
    flag("", "no-warn-script-location"),
    flag("", "no-warn-conflicts"),
    flag("", "no-build-isolation"),
    flag("", "no-use-pep517"),
    flag("", "no-python-version-warning"),
    flag("", "use-pep517"),
    flag("", "check-build-dependencies"),
    flag("", "dry-run"),
    flag("", "break-system-packages"),
    flag("", "force-reinstall"),
    flag("", "ignore-requires-python"),
    flag("", "require-hashes"),
    flag("", "prefer-binary"),
    flag("", "disable-pip-version-check"),
    flag("", "isolated"),
    flag("", "require-virtualenv"),
    flag("", "debug"),
    flag("", "all"),
    flag("", "exclude-editable"),
    flag("", "not-required"),
    flag("", "user-site"),
];

/// A call of pip.
#[derive(Debug)]
pub(super) struct Command {
    /// `install`; empty where there is none.
    pub(super) verb: String,
    /// Its options and operands.
    pub(super) options: Options,
}

impl Command {
    /// Reads a command line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(words: &[String]) -> Result<Self, String> {
        let options = Options::read(words, SPECS, true).map_err(|message| {
            // `unrecognized option '--x'` in pip's words.
            match message.split('\'').nth(1) {
                Some(option) => format!("no such option: {option}"),
                None => message,
            }
        })?;
        let verb = options.operand(0, "").to_owned();
        let mut options = options;
        if !options.operands.is_empty() {
            options.operands.remove(0);
        }
        Ok(Self { verb, options })
    }

    /// Whether a flag is given, here or in the environment.
    pub(super) fn is_set(&self, call: &Call<'_, '_, '_>, long: &str) -> bool {
        self.options.has(key(long)) || variable(call, long).is_some_and(is_true)
    }

    /// The value of an option, given here or in the environment.
    pub(super) fn value(&self, call: &Call<'_, '_, '_>, long: &str) -> Option<String> {
        let given = self.options.value(key(long)).map(str::to_owned);
        given.or_else(|| variable(call, long).map(str::to_owned))
    }

    /// Whether downloads and wheels are kept: `--no-cache-dir`, `PIP_NO_CACHE_DIR` (which
    /// counts whatever it is set to, as pip's own documentation has it).
    pub(super) fn keeps_cache(&self, call: &Call<'_, '_, '_>) -> bool {
        !(self.options.has("no-cache-dir")
            || self.options.has("no-cache")
            || variable(call, "no-cache-dir").is_some_and(|value| !value.is_empty()))
    }
}

/// What an option is kept under: its short name, where it has one.
fn key(long: &str) -> &str {
    let spec = SPECS.iter().find(|spec| spec.1 == long);
    spec.map_or(long, |spec| if spec.0.is_empty() { spec.1 } else { spec.0 })
}

fn variable<'c>(call: &'c Call<'_, '_, '_>, long: &str) -> Option<&'c str> {
    let name = format!("PIP_{}", long.to_uppercase().replace('-', "_"));
    call.shell
        .process
        .variables
        .get(&name)
        .filter(|variable| variable.exported)
        .and_then(|_| call.shell.process.variable(&name))
}

fn is_true(value: &str) -> bool {
    matches!(
        value.to_lowercase().as_str(),
        "y" | "yes" | "t" | "true" | "on" | "1"
    )
}
