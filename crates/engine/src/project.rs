//! What is simulated: a Dockerfile, its context and the build's options.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::CatalogFile;
use crate::context::ContextFile;

/// A project, as the page keeps it and permalinks carry it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Project {
    /// Files of the build context, the Dockerfile among them.
    pub files: Vec<ContextFile>,
    /// Path of the Dockerfile in the context.
    pub dockerfile: String,
    /// A Dockerfile from outside the context; it wins over `dockerfile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dockerfile_text: Option<String>,
    /// The ignore file of a Dockerfile from outside the context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_text: Option<String>,
    /// `--build-arg`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub build_args: BTreeMap<String, String>,
    /// `--target`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// `--platform`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// `--build-context`: what stands for an image or a stage of that name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub contexts: BTreeMap<String, NamedContext>,
    /// Sizes in bytes of images that the catalog does not list, by reference as written.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub image_sizes: BTreeMap<String, u64>,
    /// Images, packages and downloads beside the catalog's, or instead of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog: Option<CatalogFile>,
    /// Sizes in bytes of packages that the catalog does not list: `npm:NAME`, `pip:NAME`, …
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub package_sizes: BTreeMap<String, u64>,
    /// Bytes that an engine of the user's has measured of steps, by instruction as written, and
    /// of base images, by `FROM` and the reference.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub step_sizes: BTreeMap<String, u64>,
}

/// What a named context is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamedContext {
    /// `docker-image://REFERENCE`, without the scheme.
    Image(String),
    /// A directory's files.
    Files(Vec<ContextFile>),
}

impl Project {
    /// All files, those of named contexts included.
    pub fn all_files(&self) -> impl Iterator<Item = &ContextFile> {
        let named = self.contexts.values().filter_map(|context| match context {
            NamedContext::Files(files) => Some(files),
            NamedContext::Image(_) => None,
        });
        self.files.iter().chain(named.flatten())
    }

    /// A project of a Dockerfile alone.
    pub fn from_dockerfile(text: &str) -> Self {
        Self {
            files: vec![ContextFile::text("Dockerfile", text)],
            dockerfile: "Dockerfile".to_owned(),
            ..Self::default()
        }
    }

    /// A file of the context.
    pub fn file(&self, path: &str) -> Option<&ContextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    fn text_of(&self, path: &str) -> Option<String> {
        self.file(path)?.decoded()
    }

    /// The Dockerfile's text.
    pub fn dockerfile_source(&self) -> Option<String> {
        self.dockerfile_text
            .clone()
            .or_else(|| self.text_of(&self.dockerfile))
    }

    /// The text of the ignore file that applies: `NAME.dockerignore` beside the
    /// Dockerfile NAME, else `.dockerignore`.
    pub fn ignore_source(&self) -> Option<String> {
        self.ignore_text
            .clone()
            .or_else(|| self.text_of(&format!("{}.dockerignore", self.dockerfile)))
            .or_else(|| self.text_of(".dockerignore"))
    }
}
