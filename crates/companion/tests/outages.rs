//! Engines that go away, companions that are killed.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use layerlab_companion::{EngineChoice, Limits, Settings};
use serde_json::json;
use support::{Bench, TOKEN, archive, settings, sleeps};
use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::task::AbortOnDropHandle;

/// The real engine's socket; none where it is not a socket.
fn engine_socket() -> Option<String> {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let socket = host.strip_prefix("unix://").map(str::to_owned);
    let socket = socket.unwrap_or_else(|| "/var/run/docker.sock".to_owned());
    std::path::Path::new(&socket).exists().then_some(socket)
}

/// A socket that leads to the engine until it is dropped: an engine that can be stopped.
fn passage(at: &std::path::Path, to: &str) -> AbortOnDropHandle<()> {
    let _ = std::fs::remove_file(at);
    let listener = UnixListener::bind(at).expect("a socket");
    let to = Arc::new(to.to_owned());
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let to = Arc::clone(&to);
            connections.push(AbortOnDropHandle::new(tokio::spawn(async move {
                if let Ok(mut far) = UnixStream::connect(to.as_str()).await {
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                }
            })));
        }
    }))
}

#[tokio::test]
async fn says_that_there_is_no_engine() {
    let bench = Bench::with(Settings {
        engine: EngineChoice::At("unix:///nowhere/docker.sock".to_owned()),
        ..settings(Limits::default())
    })
    .await;
    assert_eq!(bench.health().await["engine"], false);
    let (status, problem) = bench
        .start_archive("", archive(&[("Dockerfile", b"FROM scratch\n")]))
        .await;
    assert_eq!(
        (status, problem["error"]["code"].as_str()),
        (503, Some("engine-unreachable"))
    );
    bench.stop().await;
}

#[tokio::test]
async fn survives_an_engine_that_stops() {
    let Some(socket) = engine_socket() else {
        eprintln!("skipped: the engine is not at a socket");
        return;
    };
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path().join("engine.sock");
    let engine = passage(&at, &socket);
    let bench = Bench::with(Settings {
        engine: EngineChoice::At(format!("unix://{}", at.display())),
        ..settings(Limits::default())
    })
    .await;
    if bench.health().await["engine"] != true {
        eprintln!("skipped: no container engine answers");
        return;
    }
    let id = bench.start_build(&sleeps(105)).await;
    bench.until(&id, "building").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(engine);
    let summary = bench.until(&id, "failed").await;
    let error = summary["error"].as_str().expect("an error");
    assert!(error.contains("the engine has gone away"), "{error}");
    assert_eq!(bench.health().await["engine"], false);
    let _engine = passage(&at, &socket);
    assert_eq!(bench.health().await["engine"], true);
    let (_, summary, _) = bench
        .build("FROM scratch\nCOPY tool /tool\nENV AFTER=1\n")
        .await;
    assert_eq!(summary["state"], "succeeded");
    bench.stop().await;
}

#[tokio::test]
async fn tidies_after_one_that_was_killed() {
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    let address = bench.address.clone();
    let (id, summary, _) = bench
        .build("FROM scratch\nCOPY tool /tool\nENV LEFT=1\n")
        .await;
    assert_eq!(summary["state"], "succeeded");
    let image = summary["image"].as_str().expect("an image").to_owned();
    let running = tokio::spawn({
        let request = bench
            .client
            .post(bench.url(&format!("builds/{id}/run")))
            .bearer_auth(TOKEN);
        request
            .json(&json!({ "command": ["/tool", "sleep", "60"] }))
            .send()
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    running.abort();
    bench.kill();
    let docker = bollard::Docker::connect_with_defaults().expect("a client");
    assert!(docker.inspect_image(&image).await.is_ok());
    let again = Bench::with(Settings {
        listen: address.parse().expect("an address"),
        ..settings(Limits::default())
    })
    .await;
    assert!(
        docker.inspect_image(&image).await.is_err(),
        "the image is left"
    );
    again.stop().await;
}

#[tokio::test]
async fn ends_in_order() {
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    let id = bench.start_build(&sleeps(106)).await;
    bench.until(&id, "building").await;
    let events = bench.client.get(bench.url(&format!("builds/{id}/events")));
    let listening = tokio::spawn(events.bearer_auth(TOKEN).send());
    let ended = tokio::time::timeout(Duration::from_secs(20), bench.stop()).await;
    assert!(ended.is_ok(), "it does not end");
    let response = listening.await.expect("a task");
    assert!(response.is_ok_and(|response| response.status().is_success()));
}
