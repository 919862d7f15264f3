//! What the companion is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where [`Settings::lesson`] is served.
pub const LESSON: &str = "/lessons/preview.toml";

/// What the companion is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether an address that others can reach is meant.
    pub allow_remote: bool,
    /// The built page.
    pub dist: PathBuf,
    /// A lesson that is being written: served as [`LESSON`].
    pub lesson: Option<PathBuf>,
    /// What builds.
    pub engine: EngineChoice,
    /// What clients prove themselves with; made at the start where there is none.
    pub token: Option<String>,
    /// Further names that the companion is reached by: `host` or `host:port`.
    pub hosts: Vec<String>,
    /// Origins of pages beside its own that may use it: `https://example.org`.
    pub origins: Vec<String>,
    /// What a client may ask of it.
    pub limits: Limits,
}

/// What builds.
#[derive(Debug, Clone, Default)]
pub enum EngineChoice {
    /// The engine that the docker command would use.
    #[default]
    Found,
    /// The engine at an address: `unix://…`, `tcp://…`, `ssh://…`.
    At(String),
    /// A builder of `docker buildx`; its images are loaded into the engine that is found.
    Builder(String),
}

/// Bounds on what clients may ask for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a build context.
    pub context: u64,
    /// Files of a build context.
    pub files: usize,
    /// Builds that run at once.
    pub builds: usize,
    /// Builds that wait.
    pub waiting: usize,
    /// How long a build may take.
    pub build_time: Duration,
    /// Bytes of a build's output that are kept.
    pub log: usize,
    /// Images that are kept.
    pub images: usize,
    /// How long a build goes on with nobody listening.
    pub grace: Duration,
    /// How long a container may run.
    pub run_time: Duration,
    /// Bytes of memory that a container may use.
    pub run_memory: u64,
    /// Whether a container may use the network.
    pub run_network: bool,
    /// Whether RUN goes without network.
    pub build_offline: bool,
    /// Bytes of memory that RUN may use; engines with BuildKit do not look at it.
    pub build_memory: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            context: 1 << 30,
            files: 100_000,
            builds: 2,
            waiting: 50,
            build_time: Duration::from_secs(30 * 60),
            log: 8 << 20,
            images: 10,
            grace: Duration::from_secs(60),
            run_time: Duration::from_secs(60),
            run_memory: 512 << 20,
            run_network: false,
            build_offline: false,
            build_memory: None,
        }
    }
}
