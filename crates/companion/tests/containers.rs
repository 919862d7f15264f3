//! Images that are started on a real engine.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use layerlab_companion::Limits;
use serde_json::json;
use support::{Bench, last, output};

#[tokio::test]
async fn says_whether_an_image_starts() {
    let limits = Limits {
        run_time: Duration::from_secs(4),
        run_memory: 64 << 20,
        ..Limits::default()
    };
    let Some(bench) = Bench::start(limits).await else {
        return;
    };
    let (id, summary, _) =
        bench.build("FROM scratch\nCOPY tool /tool\nENTRYPOINT [\"/tool\"]\nCMD [\"print\", \"it\", \"runs\"]\n").await;
    assert_eq!(summary["state"], "succeeded");
    let events = bench.run(&id, &json!({})).await;
    assert_eq!(events[0]["type"], "started", "{events:?}");
    assert_eq!(output(&events), "it runs\n");
    assert_eq!(last(&events)["code"], 0);
    let events = bench.run(&id, &json!({ "command": ["fail"] })).await;
    assert_eq!(last(&events)["code"], 3);
    let events = bench
        .run(&id, &json!({ "command": ["sleep", "60"], "seconds": 1 }))
        .await;
    assert_eq!(last(&events)["timed_out"], true);
    let events = bench.run(&id, &json!({ "command": ["fill", "200"] })).await;
    assert_ne!(last(&events)["code"], 0, "{events:?}");
    let events = bench.run(&id, &json!({ "command": ["network"] })).await;
    assert_eq!(output(&events), "interfaces 1\n");
    let (status, problem) = bench
        .post(&format!("builds/{id}/run"), &json!({ "network": true }))
        .await;
    assert_eq!(
        (status, problem["error"]["code"].as_str()),
        (403, Some("network-refused"))
    );
    let (id, ..) = bench
        .build("FROM scratch\nCOPY tool /tool\nCMD [\"uvicorn\"]\n")
        .await;
    let events = bench.run(&id, &json!({})).await;
    assert_eq!(events[0]["type"], "refused");
    let message = events[0]["message"].as_str().expect("a message");
    assert!(
        message.contains("\"uvicorn\": executable file not found in $PATH"),
        "{message}"
    );
    bench.stop().await;
}
