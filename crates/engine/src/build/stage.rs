//! The state of a stage while it is built.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::debian::Packages;
use crate::dockerfile::Command;
use crate::dockerfile::expand::{Expansion, Style, expand};
use crate::error::ErrorKind;
use crate::image::{Config, FileTree, Found, Layer, Marks, Workspace};
use crate::size::ByteCount;

use super::Failure;

/// Most bytes that the variables of a stage may hold together.
const MAX_VARIABLES: usize = 8 << 20;

/// Where variables are not set in an image built from scratch.
pub(crate) const DEFAULT_PATH: &str =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A step of the result's history.
#[derive(Debug, Clone)]
pub struct BuiltLayer {
    /// The instruction as written, continuations joined.
    pub instruction: String,
    /// The step as `docker history` shows it.
    pub created_by: String,
    /// First line, counted from 1; in the stage that wrote it.
    pub line: u32,
    /// What changed; `None` for a step that makes no layer.
    pub layer: Option<Layer>,
    /// What the step printed.
    pub log: Vec<String>,
}

/// A step that failed when it was executed.
#[derive(Debug, Clone)]
pub struct FailedStep {
    /// The instruction as written.
    pub instruction: String,
    /// Its first line.
    pub line: u32,
    /// What it printed.
    pub log: Vec<String>,
    /// The engine's message.
    pub message: String,
}

/// A stage that was built, or is being built.
#[derive(Debug, Clone)]
pub struct BuiltStage {
    /// The tree as it is now.
    pub tree: FileTree,
    /// The tree of the base image at the root of the stage.
    pub base_tree: FileTree,
    /// The config as it is now.
    pub config: Config,
    /// `MAINTAINER`.
    pub author: String,
    /// Steps on top of the base image.
    pub layers: Vec<Arc<BuiltLayer>>,
    /// The base image at the root of the stage, where it has one.
    pub base: Option<super::base::UsedImage>,
    /// Whether an executed step failed, so that the tree is not known.
    pub broken: bool,
    /// The first step that failed.
    pub failed: Option<FailedStep>,
    /// What the step under way has printed.
    pub(super) output: Vec<String>,
    /// Whether the image is known to lack a shell even where its files are not listed.
    pub(super) no_shell: bool,
    /// Users of the image beside those in its /etc/passwd.
    pub(crate) users: Arc<BTreeMap<String, u32>>,
    /// The packages that are installed.
    pub packages: Arc<Packages>,
    /// What other package managers brought.
    pub marks: Marks,
    /// What package managers hold in their caches, so that they do not fetch it again.
    #[cfg(feature = "programs")]
    pub(super) fetched: Arc<std::collections::BTreeSet<String>>,
    /// Last number given to a set of hard links.
    pub(super) next_inode: u64,
    /// `ENV` and `ARG` together, as commands see them; the last one set wins.
    pub(super) variables: Vec<(String, String)>,
    /// `ARG`s of this stage, for the history of RUN.
    pub(super) args: Vec<(String, Option<String>)>,
    /// Whether CMD was given in this stage.
    pub(super) cmd_given: bool,
    /// Number of steps before the first failure.
    pub(super) good_layers: usize,
    /// Escape character of the Dockerfile.
    pub(super) escape: char,
}

impl BuiltStage {
    /// A stage from nothing (BuildKit's `emptyImage`).
    pub(super) fn scratch(escape: char) -> Self {
        let config = Config {
            env: vec![format!("PATH={DEFAULT_PATH}")],
            working_dir: "/".to_owned(),
            ..Config::default()
        };
        Self::from_config(config, FileTree::default(), escape)
    }

    /// A stage on an image.
    pub(super) fn from_config(config: Config, tree: FileTree, escape: char) -> Self {
        let variables = config
            .env
            .iter()
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            base_tree: tree.clone(),
            tree,
            config,
            author: String::new(),
            layers: Vec::new(),
            base: None,
            broken: false,
            failed: None,
            output: Vec::new(),
            no_shell: false,
            users: Arc::default(),
            packages: Arc::default(),
            marks: Marks::default(),
            #[cfg(feature = "programs")]
            fetched: Arc::default(),
            // Trees of base images number their own hard links from 1.
            next_inode: 1 << 32,
            variables,
            args: Vec::new(),
            cmd_given: false,
            good_layers: 0,
            escape,
        }
    }

    /// A stage that continues this one.
    pub(super) fn child(&self) -> Self {
        Self {
            args: Vec::new(),
            cmd_given: false,
            ..self.clone()
        }
    }

    /// Whether all users are listed in /etc/passwd.
    pub fn knows_users(&self) -> bool {
        let is_unlisted = matches!(self.tree.find("/etc/passwd"), Found::Unlisted);
        !self.packages.may_make_users && !is_unlisted
    }

    /// Bytes of the base image.
    pub fn base_size(&self) -> ByteCount {
        self.base.as_ref().map(|base| base.size).unwrap_or_default()
    }

    /// Bytes of the image: base and all layers.
    pub fn size(&self) -> ByteCount {
        self.base_size()
            + self
                .layers
                .iter()
                .filter_map(|step| step.layer.as_ref())
                .map(Layer::size)
                .sum()
    }

    /// The steps that made a layer.
    pub(crate) fn made_layers(&self) -> impl Iterator<Item = &Arc<BuiltLayer>> {
        self.layers.iter().filter(|step| step.layer.is_some())
    }

    /// Whether two stages are at the same steps, not only at equal ones.
    pub(super) fn same_layers(&self, other: &Self) -> bool {
        let same = |(a, b)| Arc::ptr_eq(a, b);
        self.made_layers().count() == other.made_layers().count()
            && self.made_layers().zip(other.made_layers()).all(same)
    }

    /// A variable as commands see it.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// Sets a variable.
    pub(super) fn set_variable(&mut self, name: &str, value: &str) {
        match self.variables.iter_mut().find(|(own, _)| own == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.variables.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Refuses variables that have grown past all reason.
    pub(super) fn check_size(&self) -> Result<(), Failure> {
        let bytes: usize = self
            .variables
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        if bytes > MAX_VARIABLES {
            return Err(Failure::convert(
                ErrorKind::Limit,
                format!(
                    "the stage's variables hold {bytes} bytes; Layerlab allows {MAX_VARIABLES}"
                ),
            ));
        }
        Ok(())
    }

    fn expansion(&self, word: &str, style: Style) -> Result<Expansion, Failure> {
        expand(word, style, &|name| self.variable(name))
            .map_err(|message| Failure::convert(ErrorKind::Expansion, message))
    }

    /// Expands a word of an instruction.
    pub(super) fn expand(&self, word: &str) -> Result<String, Failure> {
        self.expansion(word, Style::arguments(self.escape))
            .map(|out| out.text)
    }

    /// Expands a word into several.
    pub(super) fn expand_words(&self, word: &str) -> Result<Vec<String>, Failure> {
        self.expansion(word, Style::arguments(self.escape))
            .map(|out| out.words)
    }

    /// Expands the content of a here-document.
    pub(super) fn expand_heredoc(&self, text: &str) -> Result<String, Failure> {
        self.expansion(text, Style::heredoc(self.escape))
            .map(|out| out.text)
    }

    /// Notes a step that makes no layer.
    pub(super) fn record(&mut self, command: &Command, created_by: String) {
        self.push(command, created_by, None, Vec::new());
    }

    /// Takes over what a step changed.
    pub(super) fn commit(
        &mut self,
        command: &Command,
        created_by: String,
        workspace: Workspace,
    ) -> usize {
        let (tree, layer) = workspace.finish();
        let changes = layer.count();
        self.commit_run(command, created_by, tree, layer, Vec::new());
        changes
    }

    /// Takes over what a RUN left and printed.
    pub(super) fn commit_run(
        &mut self,
        command: &Command,
        created_by: String,
        tree: FileTree,
        layer: Layer,
        log: Vec<String>,
    ) {
        self.tree = tree;
        self.push(command, created_by, Some(layer), log);
    }

    fn push(
        &mut self,
        command: &Command,
        created_by: String,
        layer: Option<Layer>,
        log: Vec<String>,
    ) {
        self.layers.push(Arc::new(BuiltLayer {
            instruction: command.original.clone(),
            created_by,
            line: command.lines.first,
            layer,
            log,
        }));
    }

    /// A path as instructions mean it: relative ones start at WORKDIR.
    pub(super) fn absolute(&self, path: &str) -> String {
        crate::image::path::join(&crate::image::path::clean(&self.config.working_dir), path)
    }
}
