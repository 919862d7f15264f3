//! `layerlab serve`: the built page over HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

#[derive(clap::Args)]
pub struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The built page.
    #[arg(long, default_value = "dist")]
    dist: PathBuf,
}

/// Headers of every answer. The policy is the page's own, said again where a `meta`
/// element cannot say it (who may frame the page is for the host of the page to decide).
const HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-cache"),
];

/// Serves until it is interrupted.
pub fn run(options: &Options) -> anyhow::Result<()> {
    if !options.dist.join("index.html").is_file() {
        bail!(
            "{} holds no page: run `make page` first",
            options.dist.display()
        );
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(serve(options))
}

async fn serve(options: &Options) -> anyhow::Result<()> {
    let mut app = Router::new()
        .fallback_service(ServeDir::new(&options.dist))
        .layer(CompressionLayer::new());
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        app = app.layer(SetResponseHeaderLayer::overriding(
            name,
            HeaderValue::from_static(value),
        ));
    }
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        println!("Listening on {address}: everyone who reaches this machine can open the page.");
    }
    println!("Layerlab is at http://{address}/ (Ctrl-C ends it)");
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            // Without a signal handler the process ends by the signal itself.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await
        .context("the server stopped")
}
