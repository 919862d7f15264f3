//! What a call of apt asks for.

use crate::debian::{Archive, Packages};
use crate::shell::{Pattern, is_known};

/// A call, taken apart.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub(super) verb: String,
    pub(super) operands: Vec<String>,
    /// Operands that are paths of archives.
    pub(super) paths: Vec<String>,
    pub(super) yes: bool,
    pub(super) recommends: bool,
    pub(super) simulates: bool,
    pub(super) only_downloads: bool,
    pub(super) only_upgrade: bool,
    pub(super) reinstalls: bool,
    pub(super) purge: bool,
    pub(super) autoremove: bool,
    pub(super) fix_broken: bool,
    /// Whether the archives of packages are kept, where nothing else takes them away.
    pub(super) keeps_archives: bool,
    /// Whether it takes more than to be recommended to be needed, where packages are removed.
    pub(super) only_depends: bool,
}

/// Why operands lead to nothing.
#[derive(Debug)]
pub(super) enum Refusal {
    /// apt's message.
    Message(String),
    /// Only the whole index of the suite can tell.
    Beyond,
}

/// The packages that a call names.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) install: Vec<String>,
    pub(super) remove: Vec<String>,
    /// Those that another source has, in a version that the suite has not.
    pub(super) foreign: Vec<String>,
    /// Whether a name is not known, or it asks for what is not modelled.
    pub(super) unknown: bool,
}

/// Where versions are that the suite does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// Nowhere: apt refuses them.
    Nowhere,
    /// In another archive that is named.
    Elsewhere,
    /// In the system's own release, for which this one stands in.
    Instead,
}

impl Command {
    /// Reads the words of a call, after the settings of files; `name` is apt's own.
    ///
    /// # Errors
    /// What is wrong with an option.
    pub(super) fn read(
        name: &str,
        settings: &[(String, String)],
        words: &[String],
    ) -> Result<Self, String> {
        let mut out = Self {
            recommends: true,
            // `apt` is for people, and keeps nothing (apt(8)).
            keeps_archives: name != "apt",
            ..Self::default()
        };
        for (setting, value) in settings {
            let own = format!("binary::{name}::");
            let setting = setting.to_ascii_lowercase();
            out.set(setting.strip_prefix(&own).unwrap_or(&setting), value);
        }
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if let Some(long) = word.strip_prefix("--") {
                out.long(long, &mut words)?;
            } else if word.len() > 1 && word.starts_with('-') {
                out.short(&word[1..], &mut words)?;
            } else if out.verb.is_empty() {
                word.clone_into(&mut out.verb);
            } else if word.contains('/') && word.ends_with(".deb") && is_known(word) {
                out.paths.push(word.clone());
            } else {
                out.operands.push(word.clone());
            }
        }
        match out.verb.as_str() {
            "purge" => out.purge = true,
            "autopurge" => (out.purge, out.autoremove) = (true, true),
            "autoremove" => out.autoremove = true,
            "reinstall" => out.reinstalls = true,
            _ => {}
        }
        Ok(out)
    }

    fn long<'w>(
        &mut self,
        option: &str,
        words: &mut impl Iterator<Item = &'w String>,
    ) -> Result<(), String> {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (option, None),
        };
        let off = value.as_deref() == Some("false");
        match name {
            "yes" | "assume-yes" | "force-yes" => self.yes = true,
            "assume-no" => self.yes = false,
            "no-install-recommends" | "without-recommends" => self.recommends = off,
            "install-recommends" | "with-recommends" => self.recommends = !off,
            "simulate" | "just-print" | "dry-run" | "recon" | "no-act" | "print-uris" => {
                self.simulates = true;
            }
            "download-only" => self.only_downloads = true,
            "only-upgrade" => self.only_upgrade = true,
            "reinstall" => self.reinstalls = true,
            "purge" => self.purge = true,
            "auto-remove" | "autoremove" => self.autoremove = !off,
            "option" | "target-release" | "default-release" | "config-file" => {
                let value = match value {
                    Some(value) => value,
                    None => words.next().cloned().unwrap_or_default(),
                };
                if name == "option" {
                    self.setting(&value);
                }
            }
            "fix-broken" => self.fix_broken = true,
            "quiet"
            | "fix-missing"
            | "ignore-missing"
            | "verbose-versions"
            | "allow-unauthenticated"
            | "allow-downgrades"
            | "allow-remove-essential"
            | "allow-change-held-packages"
            | "allow-releaseinfo-change"
            | "no-upgrade"
            | "show-upgraded"
            | "show-progress"
            | "ignore-hold"
            | "trivial-only"
            | "no-download"
            | "install-suggests"
            | "no-install-suggests"
            | "no-remove"
            | "with-new-pkgs"
            | "error-on"
            | "allow-insecure-repositories"
            | "build-profiles"
            | "host-architecture"
            | "no-show-upgraded"
            | "color"
            | "no-color"
            | "add-user-tag" => {}
            _ => {
                return Err(format!(
                    "Command line option --{name} is not understood in combination with the other options"
                ));
            }
        }
        Ok(())
    }

    fn short<'w>(
        &mut self,
        letters: &str,
        words: &mut impl Iterator<Item = &'w String>,
    ) -> Result<(), String> {
        // `-q=2` is as quiet as `-qq`, which takes a yes for granted.
        if letters.starts_with("q=") {
            self.yes |= letters > "q=1";
            return Ok(());
        }
        self.yes |= letters.matches('q').count() > 1;
        for (at, letter) in letters.char_indices() {
            match letter {
                'y' => self.yes = true,
                's' => self.simulates = true,
                'd' => self.only_downloads = true,
                'o' | 't' | 'c' | 'a' => {
                    let rest = &letters[at + 1..];
                    let value = if rest.is_empty() {
                        words.next().cloned().unwrap_or_default()
                    } else {
                        rest.trim_start_matches('=').to_owned()
                    };
                    if letter == 'o' {
                        self.setting(&value);
                    }
                    return Ok(());
                }
                'f' => self.fix_broken = true,
                'q' | 'm' | 'u' | 'V' | 'b' | 'R' | 'r' | 'P' => {}
                other => {
                    return Err(format!(
                        "Command line option '{other}' [from -{letters}] is not understood in combination with the other options."
                    ));
                }
            }
        }
        Ok(())
    }

    /// `-o NAME=VALUE`.
    fn setting(&mut self, text: &str) {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        self.set(&name.to_ascii_lowercase(), value.trim_matches(['"', '\'']));
    }

    /// Sets what a name in small letters stands for.
    fn set(&mut self, name: &str, value: &str) {
        let on = !matches!(value, "0" | "false" | "no" | "off");
        match name {
            "apt::install-recommends" => self.recommends = on,
            "apt::get::assume-yes" => self.yes = on,
            "apt::get::purge" => self.purge = on,
            "apt::keep-downloaded-packages" => self.keeps_archives = on,
            "apt::get::automaticremove" => self.autoremove = on,
            "apt::autoremove::recommendsimportant" => self.only_depends = !on,
            _ => {}
        }
    }

    /// The packages that the operands name.
    ///
    /// # Errors
    /// apt's message about a name that it does not know; `listed` says whether it has lists, and
    /// `others` where versions are that the suite does not have.
    pub(super) fn wanted(
        &self,
        archive: Archive<'_>,
        packages: &Packages,
        listed: bool,
        others: Others,
    ) -> Result<Wanted, Refusal> {
        let unlocated = |name: &str| {
            let message = format!("Unable to locate package {name}");
            Err(if archive.suite.is_whole() || !listed {
                Refusal::Message(message)
            } else {
                Refusal::Beyond
            })
        };
        let mut out = Wanted::default();
        let removes = matches!(
            self.verb.as_str(),
            "remove" | "purge" | "autoremove" | "autopurge"
        );
        if self.verb == "build-dep" {
            // These are sources.
            return Ok(out);
        }
        for operand in &self.operands {
            if !is_known(operand) {
                out.unknown = true;
                continue;
            }
            let (name, into) = match operand.strip_suffix(['-', '+']) {
                // Names such as g++ end in these letters themselves.
                Some(stem) if archive.get(operand).is_none() && !operand.ends_with("++") => {
                    (stem, operand.ends_with('-'))
                }
                _ => (operand.as_str(), removes),
            };
            let (name, version) = match name.split_once(['=', '/']) {
                Some((name, version)) => (name, Some(version)),
                None => (name, None),
            };
            let name = name.split(':').next().unwrap_or_default();
            let has_list = |name: &str| packages.has(name) || listed && archive.get(name).is_some();
            let names = if name.contains(['*', '?']) {
                let pattern = Pattern::new(name);
                let mut names: Vec<String> = packages
                    .by_name
                    .keys()
                    .filter(|name| pattern.matches(name))
                    .cloned()
                    .collect();
                if !into && listed {
                    if !archive.suite.is_whole() {
                        return Err(Refusal::Beyond);
                    }
                    let all = archive
                        .suite
                        .entries()
                        .filter(|entry| pattern.matches(entry.name));
                    names.extend(all.map(|entry| entry.name.to_owned()));
                }
                if names.is_empty() {
                    return unlocated(name);
                }
                names
            } else {
                let known = has_list(name) || listed && archive.providers(name).next().is_some();
                if !known && (into || !listed) {
                    return unlocated(name);
                }
                // What a part of an index lacks, the whole may have.
                if archive.suite.is_whole() {
                    vec![packages.sole_provider(archive.suite, name)]
                } else {
                    vec![name.to_owned()]
                }
            };
            if let (Some(version), Some(entry)) = (version, archive.get(name)) {
                let is_suite = operand.contains('/');
                let wild = Pattern::new(version).matches(entry.version);
                // What is known of a vendor's package goes for its other versions too.
                let vendors = archive.local.is_some_and(|own| own.get(name).is_some());
                match others {
                    _ if is_suite || wild || vendors => {}
                    Others::Nowhere => {
                        let message = format!("Version '{version}' for '{name}' was not found");
                        return Err(Refusal::Message(message));
                    }
                    Others::Elsewhere => {
                        out.foreign.push(name.to_owned());
                        continue;
                    }
                    Others::Instead => {}
                }
            }
            if into {
                out.remove.extend(names);
            } else {
                out.install.extend(names);
            }
        }
        Ok(out)
    }
}
