//! `layerlab serve`: the built page over HTTP, and builds on a real engine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use layerlab_companion::{Companion, EngineChoice, Limits, Settings};

#[derive(clap::Args)]
pub struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Listen where other machines can reach it.
    #[arg(long)]
    allow_remote: bool,
    /// The built page.
    #[arg(long, default_value = "dist")]
    dist: PathBuf,
    /// A lesson to preview: the link opens it, and it opens anew whenever the file changes.
    #[arg(long, value_name = "FILE")]
    lesson: Option<PathBuf>,
    /// Engine that builds: unix://PATH, tcp://HOST:PORT or ssh://USER@HOST. Without it, the
    /// one that the docker command would use.
    #[arg(long, value_name = "URL")]
    engine: Option<String>,
    /// Builder of `docker buildx` that builds: a remote BuildKit, a cluster.
    #[arg(long, value_name = "NAME", conflicts_with = "engine")]
    builder: Option<String>,
    /// Token that clients prove themselves with; a random one without it.
    #[arg(long, env = "LAYERLAB_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A further name that the companion is reached by: HOST or HOST:PORT.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Origin of a page elsewhere that may use the companion: https://example.org.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Most MiB of a build context.
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    max_context: u64,
    /// Most files of a build context.
    #[arg(long, default_value_t = 100_000)]
    max_files: usize,
    /// Builds at once.
    #[arg(long, default_value_t = 2)]
    max_builds: usize,
    /// Builds that may wait.
    #[arg(long, default_value_t = 50)]
    max_waiting: usize,
    /// Seconds that a build may take.
    #[arg(long, default_value_t = 1800, value_name = "SECONDS")]
    build_time: u64,
    /// Most KiB of a build's output that are kept.
    #[arg(long, default_value_t = 8192, value_name = "KIB")]
    max_log: usize,
    /// Images that are kept.
    #[arg(long, default_value_t = 10)]
    keep_images: usize,
    /// Seconds that a build goes on with nobody listening.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    grace: u64,
    /// RUN goes without network.
    #[arg(long)]
    offline: bool,
    /// MiB of memory that RUN may use, where the engine looks at it (Podman does, BuildKit not).
    #[arg(long, value_name = "MIB")]
    build_memory: Option<u64>,
    /// Seconds that a container may run.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    run_time: u64,
    /// MiB of memory that a container may use.
    #[arg(long, default_value_t = 512, value_name = "MIB")]
    run_memory: u64,
    /// Containers may use the network.
    #[arg(long)]
    run_network: bool,
}

impl Options {
    fn settings(&self) -> Settings {
        Settings {
            listen: self.listen,
            allow_remote: self.allow_remote,
            dist: self.dist.clone(),
            lesson: self.lesson.clone(),
            engine: match (&self.engine, &self.builder) {
                (Some(address), _) => EngineChoice::At(address.clone()),
                (None, Some(name)) => EngineChoice::Builder(name.clone()),
                (None, None) => EngineChoice::Found,
            },
            token: self.token.clone(),
            hosts: self.allow_host.clone(),
            origins: self.allow_origin.clone(),
            limits: Limits {
                context: self.max_context << 20,
                files: self.max_files,
                builds: self.max_builds.max(1),
                waiting: self.max_waiting,
                build_time: Duration::from_secs(self.build_time),
                log: self.max_log << 10,
                images: self.keep_images,
                grace: Duration::from_secs(self.grace),
                run_time: Duration::from_secs(self.run_time),
                run_memory: self.run_memory << 20,
                run_network: self.run_network,
                build_offline: self.offline,
                build_memory: self.build_memory.map(|mib| mib << 20),
            },
        }
    }
}

/// Serves until it is interrupted.
pub fn run(options: &Options) -> anyhow::Result<()> {
    if !options.dist.join("index.html").is_file() {
        bail!(
            "{} holds no page: run `make page` first",
            options.dist.display()
        );
    }
    let filter = tracing_subscriber::EnvFilter::try_from_env("LAYERLAB_LOG")
        .unwrap_or_else(|_| "warn,layerlab_companion=info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let companion = Companion::open(options.settings()).await?;
            if !companion.address.ip().is_loopback() {
                println!(
                    "Listening on {}: everyone who reaches this machine can open the page, and whoever has the token can build here.",
                    companion.address
                );
            }
            let builds = if companion.has_engine().await {
                "it builds for real with the token in the link"
            } else {
                "no container engine answers yet: estimates only"
            };
            println!("Layerlab is at {} ({builds}; Ctrl-C ends it)", companion.link());
            companion
                .serve(interrupted())
                .await
        })
}

/// Ctrl-C, or the signal that asks a service to end.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    // Without a handler the process ends by the signal itself.
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}
