//! A project's `package.json` and lock file, as they lie in the image.

use crate::image::path;
use crate::node::{Index, Lock, Manifest, Options, Pins, Problem, Tree, from_lock, ideal};
use crate::programs::Call;
use crate::shell::{Data, Exit};

use super::install;

/// What is read of a project.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// Its directory.
    pub(super) directory: String,
    /// Its manifest; none where there is no such file.
    pub(super) manifest: Option<Manifest>,
    /// The manifest's text.
    pub(super) text: String,
    /// npm's lock file.
    pub(super) lock: Option<Lock>,
    /// What yarn's or pnpm's lock file says.
    pub(super) pins: Pins,
    /// Whether a file is there whose content is not known.
    pub(super) unknown: bool,
}

impl Project {
    /// Reads the project at a directory.
    ///
    /// # Errors
    /// npm's end, where a file is not what it should be.
    pub(super) fn read(call: &mut Call<'_, '_, '_>, directory: &str) -> Result<Self, Exit> {
        let mut out = Self {
            directory: directory.to_owned(),
            ..Self::default()
        };
        let at = path::child(directory, "package.json");
        if let Some(text) = out.content(call, &at) {
            match Manifest::parse(&text) {
                Ok(manifest) => out.manifest = Some(manifest),
                Err(message) => {
                    call.shell.error(&format!("npm error code EJSONPARSE\nnpm error path {at}\nnpm error JSON.parse {message}\nnpm error JSON.parse Failed to parse JSON data.\nnpm error JSON.parse Note: package.json must be actual JSON, not just JavaScript."));
                    return Err(Exit::code(1));
                }
            }
            out.text = text;
        }
        for name in ["npm-shrinkwrap.json", "package-lock.json"] {
            let at = path::child(directory, name);
            // One that npm wrote in this build says what the manifest comes to anyway.
            let said = call.read(&at).ok();
            let text = said
                .as_ref()
                .and_then(Data::known)
                .map(String::from_utf8_lossy);
            if out.lock.is_none()
                && let Some(text) = text
            {
                // npm goes on without a lock file that it cannot read.
                out.lock = Lock::parse(&text).ok();
            }
        }
        Ok(out)
    }

    fn content(&mut self, call: &mut Call<'_, '_, '_>, at: &str) -> Option<String> {
        if call.is_missing(at) {
            return None;
        }
        match call.read(at).ok().as_ref().and_then(Data::known) {
            Some(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            None => {
                self.unknown = true;
                None
            }
        }
    }

    /// Reads a lock file of another manager than npm.
    pub(super) fn read_pins(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        lock: &str,
        read: fn(&str) -> Pins,
    ) {
        if let Some(text) = self.content(call, lock) {
            self.pins = read(&text);
        }
    }

    /// Whether the manifest asks for a package that this lock file does not have.
    pub(super) fn is_outdated(&self) -> bool {
        !self.pins.is_empty() && self.asked().any(|(name, _)| !self.pins.has(name))
    }

    /// What the manifest asks for, by name and range.
    fn asked(&self) -> impl Iterator<Item = (&String, &String)> {
        self.manifest.iter().flat_map(|manifest| {
            let own = manifest.dependencies.iter();
            own.chain(&manifest.dev_dependencies)
        })
    }

    /// Takes what the command line of another manager than npm names, and leaves npm's lock
    /// file aside.
    pub(super) fn for_others(&mut self, words: &[String]) -> Manifest {
        self.lock = None;
        let mut manifest = self.manifest.take().unwrap_or_default();
        for word in words {
            let (name, range) = install::asked(word);
            manifest.dependencies.insert(name, range);
        }
        self.manifest = Some(manifest.clone());
        manifest
    }

    /// What is installed of it.
    ///
    /// # Errors
    /// Where a dependency has no release.
    pub(super) fn tree<'i>(
        &self,
        index: &'i Index,
        options: &Options<'_>,
    ) -> Result<Tree<'i>, Problem> {
        if let Some(lock) = &self.lock {
            return Ok(from_lock(index, lock, options));
        }
        match &self.manifest {
            Some(manifest) => {
                let pins = Some(&self.pins);
                ideal(index, manifest, &Options { pins, ..*options })
            }
            None => Ok(Tree::default()),
        }
    }

    /// Whether what the manifest needs is missing in the lock file, so that `npm ci` refuses.
    pub(super) fn strayed(&self) -> Vec<String> {
        let Some(lock) = &self.lock else {
            return Vec::new();
        };
        self.asked()
            .filter(|(name, _)| !lock.packages.contains_key(&format!("node_modules/{name}")))
            .map(|(name, range)| format!("{name}@{range}"))
            .collect()
    }
}
