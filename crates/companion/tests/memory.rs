//! Memory: a context is never held whole.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use layerlab_companion::Limits;
use support::{Bench, TOKEN, last};

/// The most memory that this process has used, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}

#[tokio::test]
async fn passes_a_large_context_through() {
    const BYTES: u64 = 300 << 20;
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    let entry = |path: &str, size: u64| {
        let mut header = tar::Header::new_gnu();
        header.set_path(path).expect("a path");
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        header.as_bytes().to_vec()
    };
    let mut head = entry("Dockerfile", 26);
    head.extend(b"FROM scratch\nCOPY large /\n");
    head.resize(1024, 0);
    head.extend(entry("large", BYTES));
    let chunks = std::iter::once(head)
        .chain((0..BYTES >> 16).map(|number| vec![number as u8; 1 << 16]))
        .chain([vec![0; 1024]])
        .map(Ok::<_, std::io::Error>);
    let request = bench
        .client
        .post(bench.url("builds"))
        .bearer_auth(TOKEN)
        .header("content-type", "application/x-tar")
        .body(reqwest::Body::wrap_stream(futures_util::stream::iter(
            chunks,
        )));
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let summary: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(status, 201, "{summary:#}");
    let events = bench.events(summary["id"].as_str().expect("a name")).await;
    assert_eq!(last(&events)["state"], "succeeded", "{events:#?}");
    let summary = bench
        .get(&format!(
            "builds/{}",
            summary["id"].as_str().expect("a name")
        ))
        .await;
    assert_eq!(summary["size"], BYTES);
    assert!(peak() < 100 << 10, "{} KiB", peak());
    bench.stop().await;
}
