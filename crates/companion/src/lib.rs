//! Layerlab's companion: serves the page, and builds for real on an engine of the user's.

mod access;
mod api;
mod builder;
mod builds;
mod container;
mod engine;
mod event;
mod image;
mod once;
mod problem;
mod progress;
mod session;
mod settings;
mod spec;
mod spool;
mod transport;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use tokio::net::TcpListener;
use tower_http::compression::{CompressionLayer, Predicate as _, predicate};
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

pub use engine::Engine;
pub use once::build_once;
pub use settings::{EngineChoice, Limits, Settings};
pub use spec::Spec;

use access::Access;
use builds::Builds;
use settings::LESSON;

/// Headers of every answer. The policy is the page's own, said again where a `meta`
/// element cannot say it (who may frame the page is for the host of the page to decide).
const HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-cache"),
];

/// A companion that listens.
#[derive(Debug)]
pub struct Companion {
    listener: TcpListener,
    /// Where it listens.
    pub address: SocketAddr,
    access: Arc<Access>,
    builds: Arc<Builds>,
    settings: Settings,
}

impl Companion {
    /// Starts to listen, and takes out what an earlier one has left on the engine.
    ///
    /// # Errors
    /// Where the address cannot be used, or the engine that was asked for.
    pub async fn open(settings: Settings) -> anyhow::Result<Self> {
        if !settings.listen.ip().is_loopback() && !settings.allow_remote {
            bail!(
                "{} can be reached from other machines, and whoever has the token can build on this one; say --allow-remote if that is meant",
                settings.listen
            );
        }
        let listener = TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("cannot listen on {}", settings.listen))?;
        let address = listener.local_addr()?;
        let token = match &settings.token {
            Some(token) => token.clone(),
            None => access::random_token()?,
        };
        let access = Access::new(token, address, &settings.hosts, &settings.origins);
        let engine = Engine::of(&settings.engine)?;
        let owner = address.to_string().replace([':', '.', '[', ']'], "-");
        let owner = owner.trim_matches('-').to_owned();
        let builds = Builds::new(engine, settings.limits.clone(), owner);
        if builds.engine().answers().await
            && let Err(error) = builds.sweep().await
        {
            tracing::warn!(%error, "what an earlier companion left stays");
        }
        Ok(Self {
            listener,
            address,
            access: Arc::new(access),
            builds: Arc::new(builds),
            settings,
        })
    }

    /// Whether an engine answers.
    pub async fn has_engine(&self) -> bool {
        self.builds.engine().answers().await
    }

    /// The page's address, with the token, and with the lesson that is being written.
    pub fn link(&self) -> String {
        let lesson = self.settings.lesson.as_ref();
        let query = lesson.map_or_else(String::new, |_| format!("?lesson={}&watch", &LESSON[1..]));
        format!(
            "http://{}/{query}#token={}",
            self.address,
            self.access.token()
        )
    }

    fn router(&self) -> Router {
        let page = ServeDir::new(&self.settings.dist);
        let mut app = api::router(Arc::clone(&self.builds));
        if let Some(lesson) = &self.settings.lesson {
            app = app.route_service(LESSON, ServeFile::new(lesson));
        }
        // Events are passed on as they come.
        let compresses = predicate::DefaultPredicate::new()
            .and(predicate::NotForContentType::const_new("text/event-stream"));
        app = app
            .fallback_service(page)
            .layer(CompressionLayer::new().compress_when(compresses))
            .layer(axum::middleware::from_fn_with_state(
                Arc::clone(&self.access),
                access::check,
            ));
        for (name, value) in HEADERS {
            let name = HeaderName::from_static(name);
            app = app.layer(SetResponseHeaderLayer::overriding(
                name,
                HeaderValue::from_static(value),
            ));
        }
        app
    }

    /// Serves until `end`, then ends what goes on.
    ///
    /// # Errors
    /// Where the listener fails.
    pub async fn serve(self, end: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let app = self.router();
        let builds = Arc::clone(&self.builds);
        axum::serve(self.listener, app)
            .with_graceful_shutdown(async move {
                end.await;
                // Connections that listen to a build end with it.
                builds.close().await;
            })
            .await
            .context("the server stopped")
    }
}
