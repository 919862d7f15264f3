//! Builds through `docker buildx`.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use layerlab_companion::{EngineChoice, Limits, Settings};
use serde_json::json;
use support::{Bench, archive, last, output, settings, tool};

#[tokio::test]
async fn builds_through_a_builder() {
    let version = std::process::Command::new("docker")
        .args(["buildx", "version"])
        .output();
    if !version.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no docker buildx");
        return;
    }
    let bench = Bench::with(Settings {
        engine: EngineChoice::Builder("default".to_owned()),
        ..settings(Limits::default())
    })
    .await;
    if bench.health().await["engine"] != true {
        eprintln!("skipped: no container engine answers");
        return;
    }
    let files: [(&str, &[u8]); 4] = [
        ("Dockerfile", b"FROM scratch\nARG TEXT\nCOPY . /all/\nRUN [\"/all/tool\", \"print\", \"it is built\"]\n"),
        (".dockerignore", b"*\n!tool\n"),
        ("tool", tool()),
        ("drop", b"x"),
    ];
    let (status, summary) = bench
        .start_archive(
            "no_cache=true&args=%7B%22TEXT%22%3A%22a%20b%22%7D",
            archive(&files),
        )
        .await;
    assert_eq!(status, 201, "{summary}");
    let id = summary["id"].as_str().expect("a name");
    let events = bench.events(id).await;
    assert_eq!(last(&events)["state"], "succeeded", "{events:#?}");
    assert!(output(&events).contains("it is built"));
    let image = bench.get(&format!("builds/{id}/image")).await;
    let entries: Vec<_> = image["layers"][1]["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["path"].clone())
        .collect();
    assert_eq!(entries, [json!("/all"), json!("/all/tool")]);
    assert!(
        image["steps"]
            .as_array()
            .is_some_and(|steps| steps.len() > 2)
    );
    let (_, summary, _) = bench.build("FROM scratch\nCOPY nothing /\n").await;
    // Engines of different age word it `"/nothing": not found` and `"/nothing" not found`.
    let error = summary["error"].as_str().expect("an error");
    assert!(
        error.contains("\"/nothing\"") && error.ends_with("not found"),
        "{summary}"
    );
    let climbs = archive(&[("Dockerfile", b"FROM scratch\n")]);
    let (status, problem) = bench
        .start_archive("dockerfile=..%2F..%2Fetc%2Fpasswd", climbs)
        .await;
    assert_eq!(
        (status, problem["error"]["code"].as_str()),
        (400, Some("dockerfile-refused"))
    );
    bench.stop().await;
}
