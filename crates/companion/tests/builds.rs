//! Builds on a real engine.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use layerlab_companion::Limits;
use serde_json::{Value, json};
use support::{Bench, archive, last, output, sleeps, tool};

const WRITES: &str = "FROM scratch\nCOPY tool /tool\nRUN [\"/tool\", \"write\", \"/file\", \"1000\"]\nENV A=1\nCMD [\"/tool\"]\n";

#[tokio::test]
async fn tells_what_the_engine_made() {
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    let files: [(&str, &[u8]); 5] = [
        ("Dockerfile", b"FROM scratch AS first\nCOPY . /all/\nFROM first\nCOPY --from=first /all/tool /tool\nENTRYPOINT [\"/tool\"]\n"),
        (".dockerignore", b"Dockerfile\n.dockerignore\n*.log\n!keep.log\n"),
        ("tool", tool()),
        ("drop.log", b"x"),
        ("dir/keep.log", b"keep"),
    ];
    let (status, summary) = bench.start_archive("", archive(&files)).await;
    assert_eq!(status, 201, "{summary}");
    let id = summary["id"].as_str().expect("a name");
    let events = bench.events(id).await;
    assert_eq!(last(&events)["type"], "finished");
    assert_eq!(last(&events)["state"], "succeeded", "{events:#?}");
    assert!(
        events
            .iter()
            .any(|event| event["type"] == "step" && event["state"] == "done")
    );
    let summary = bench.get(&format!("builds/{id}")).await;
    let image = bench.get(&format!("builds/{id}/image")).await;
    assert_eq!(summary["size"], image["size"]);
    assert_eq!(image["size"], tool().len() as u64 * 2 + 4);
    let layers = image["layers"].as_array().expect("layers");
    assert_eq!(layers.len(), 3);
    let paths = |layer: &Value| -> Vec<String> {
        let entries = layer["entries"].as_array().expect("entries");
        entries
            .iter()
            .map(|entry| entry["path"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    // The Dockerfile is kept out, as the docker command keeps it out.
    assert_eq!(
        paths(&layers[0]),
        ["/all", "/all/dir", "/all/dir/keep.log", "/all/tool"]
    );
    assert_eq!(layers[0]["entries"][3]["mode"], "0o755");
    assert_eq!(paths(&layers[1]), ["/tool"]);
    assert_eq!(layers[2]["empty"], true);
    assert_eq!(image["config"]["Entrypoint"], json!(["/tool"]));
    assert_eq!(image["config"].get("Labels"), None);
    bench.stop().await;
}

#[tokio::test]
async fn takes_files_arguments_and_targets() {
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    let dockerfile = "FROM scratch AS a\nARG WHO\nENV WHO=$WHO\nCOPY x y /\nFROM a AS b\nENV B=1\n";
    let upload = json!({
        "spec": { "dockerfile": "my/Dockerfile", "target": "a", "args": { "WHO": "me" } },
        "files": [
            { "path": "my/Dockerfile", "text": dockerfile },
            { "path": "x", "text": "é" },
            { "path": "y", "base64": "AAEC", "mode": 0o600 },
        ],
    });
    let (id, _) = bench.succeeds(&upload).await;
    let image = bench.get(&format!("builds/{id}/image")).await;
    let env = image["config"]["Env"].as_array().expect("variables");
    assert!(env.contains(&json!("WHO=me")) && !env.contains(&json!("B=1")));
    bench.get("version").await;
    let entries = image["layers"].as_array().and_then(|layers| layers.last());
    let entries = &entries.expect("a layer")["entries"];
    assert_eq!(entries[1]["mode"], "0o600");
    assert_eq!(entries[1]["size"], 3);
    let (status, _) = bench
        .post("builds", &json!({ "files": [], "surprise": 1 }))
        .await;
    assert_eq!(status, 400);
    bench.stop().await;
}

#[tokio::test]
async fn passes_on_how_a_build_fails() {
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    let (_, summary, events) = bench
        .build("FROM scratch\nCOPY tool /tool\nRUN [\"/tool\", \"fail\"]\n")
        .await;
    assert_eq!(summary["state"], "failed");
    let error = summary["error"].as_str().expect("an error");
    assert!(
        error.contains("/tool fail") && error.contains("exit code: 3"),
        "{error}"
    );
    assert!(output(&events).contains("it fails"));
    assert!(
        events
            .iter()
            .any(|event| event["state"] == "failed" && event["type"] == "step")
    );
    let (_, summary, _) = bench.build("FROM scratch\nRUNN x\n").await;
    assert!(
        summary["error"]
            .as_str()
            .is_some_and(|error| error.contains("unknown instruction: RUNN"))
    );
    let (_, summary, _) = bench.build("FROM scratch\nCOPY nothing /\n").await;
    assert!(
        summary["error"]
            .as_str()
            .is_some_and(|error| error.contains("not found"))
    );
    bench.stop().await;
}

#[tokio::test]
async fn shows_what_the_cache_had() {
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    let (_, first, _) = bench.build(WRITES).await;
    let (_, second, events) = bench.build(WRITES).await;
    assert_eq!(first["state"], "succeeded");
    assert_eq!(second["state"], "succeeded");
    let cached = events.iter().any(|event| event["state"] == "cached");
    assert!(cached, "{events:#?}");
    let archive = archive(&[("Dockerfile", WRITES.as_bytes()), ("tool", tool())]);
    let (_, summary) = bench.start_archive("no_cache=true", archive).await;
    let events = bench.events(summary["id"].as_str().expect("a name")).await;
    let run = events.iter().find(|event| {
        event["state"] == "done"
            && event["name"]
                .as_str()
                .is_some_and(|name| name.contains("write"))
    });
    assert!(
        run.is_some_and(|run| run["seconds"].as_f64().is_some()),
        "{events:#?}"
    );
    bench.stop().await;
}

#[tokio::test]
async fn cancels() {
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    let id = bench.start_build(&sleeps(101)).await;
    bench.until(&id, "building").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (status, _) = bench.post(&format!("builds/{id}/cancel"), &json!({})).await;
    assert_eq!(status, 202);
    let events = bench.events(&id).await;
    assert_eq!(last(&events)["state"], "cancelled");
    let (status, problem) = bench.post(&format!("builds/{id}/run"), &json!({})).await;
    assert_eq!(
        (status, problem["error"]["code"].as_str()),
        (409, Some("no-image"))
    );
    bench.stop().await;
}

#[tokio::test]
async fn ends_what_nobody_listens_to() {
    let limits = Limits {
        grace: Duration::from_secs(1),
        ..Limits::default()
    };
    let Some(bench) = Bench::start(limits).await else {
        return;
    };
    let id = bench.start_build(&sleeps(102)).await;
    // Somebody listens for longer than the time of grace, and goes.
    let listening = bench.events_after(&id, None, usize::MAX);
    assert!(
        tokio::time::timeout(Duration::from_secs(3), listening)
            .await
            .is_err()
    );
    assert_ne!(
        bench.get(&format!("builds/{id}")).await["state"],
        "cancelled"
    );
    let summary = bench.until(&id, "cancelled").await;
    assert_eq!(summary["error"], "nobody listened to it any more");
    bench.stop().await;
}

#[tokio::test]
async fn lets_builds_wait_for_their_turn() {
    let limits = Limits {
        builds: 1,
        waiting: 2,
        ..Limits::default()
    };
    let Some(bench) = Bench::start(limits).await else {
        return;
    };
    let first = bench.start_build(&sleeps(103)).await;
    bench.until(&first, "building").await;
    let second = bench.start_build(WRITES).await;
    let third = bench.start_build(WRITES).await;
    assert_eq!(bench.get(&format!("builds/{third}")).await["position"], 1);
    let archive = archive(&[("Dockerfile", WRITES.as_bytes())]);
    let (status, problem) = bench.start_archive("", archive).await;
    assert_eq!(
        (status, problem["error"]["code"].as_str()),
        (429, Some("queue-full"))
    );
    bench
        .post(&format!("builds/{first}/cancel"), &json!({}))
        .await;
    let events = bench.events(&third).await;
    let positions: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == "waiting")
        .map(|event| event["position"].as_u64())
        .collect();
    assert_eq!(positions, [Some(1), Some(0)]);
    assert_eq!(last(&events)["state"], "succeeded");
    bench.until(&second, "succeeded").await;
    bench.stop().await;
}

#[tokio::test]
async fn keeps_to_its_limits() {
    let limits = Limits {
        build_time: Duration::from_secs(2),
        log: 100,
        context: 3 << 20,
        files: 10,
        ..Limits::default()
    };
    let Some(bench) = Bench::start(limits).await else {
        return;
    };
    let (_, summary, _) = bench.build(&sleeps(104)).await;
    assert_eq!(summary["state"], "timed-out");
    let (_, summary, events) = bench
        .build(&format!(
            // The cache of an earlier run has no output.
            "FROM scratch\nCOPY tool /tool\nRUN [\"/tool\", \"lines\", \"1000\", \"{}\"]\n",
            std::process::id()
        ))
        .await;
    assert_eq!(summary["state"], "succeeded");
    assert!(output(&events).len() <= 100);
    assert!(events.iter().any(|event| event["type"] == "truncated"));
    let large = vec![0; 4 << 20];
    let (status, problem) = bench.start_archive("", archive(&[("large", &large)])).await;
    assert_eq!(
        (status, problem["error"]["code"].as_str()),
        (413, Some("context-too-large"))
    );
    let names: Vec<String> = (0..11).map(|number| format!("f{number}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let (status, _) = bench.start_archive("", archive(&many)).await;
    assert_eq!(status, 413);
    let (status, problem) = bench
        .start_archive("", b"no archive at all, but text".to_vec())
        .await;
    assert_eq!(
        (status, problem["error"]["code"].as_str()),
        (400, Some("context-broken"))
    );
    let (status, _) = bench.start_archive("network=host", Vec::new()).await;
    assert_eq!(status, 400);
    bench.stop().await;
}

#[tokio::test]
async fn grants_no_privileges() {
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    for flag in ["--security=insecure", "--network=host"] {
        let dockerfile = format!(
            "FROM scratch\nCOPY tool /tool\nRUN {flag} [\"/tool\", \"print\", \"got it\"]\n"
        );
        let (_, summary, events) = bench.build(&dockerfile).await;
        assert_eq!(summary["state"], "failed", "{flag}");
        assert!(!output(&events).contains("got it"), "{flag}");
    }
    let offline = archive(&[
        (
            "Dockerfile",
            b"FROM scratch\nCOPY tool /tool\nRUN [\"/tool\", \"network\"]\n",
        ),
        ("tool", tool()),
    ]);
    let (_, summary) = bench
        .start_archive("offline=true&no_cache=true", offline)
        .await;
    let events = bench.events(summary["id"].as_str().expect("a name")).await;
    assert!(
        output(&events).contains("interfaces 1"),
        "{}",
        output(&events)
    );
    bench.stop().await;
}

#[tokio::test]
async fn goes_on_where_a_connection_was_lost() {
    let Some(bench) = Bench::start(Limits::default()).await else {
        return;
    };
    let id = bench.start_build(WRITES).await;
    let first = bench.events_after(&id, None, 2).await;
    let number = last(&first)["number"].as_u64().expect("a number");
    let rest = bench
        .events_after(&id, usize::try_from(number).ok(), usize::MAX)
        .await;
    assert!(rest[0]["number"].as_u64() > Some(number));
    assert_eq!(last(&rest)["state"], "succeeded");
    // Of what a step fetches only the last word is kept.
    let kept = |events: &[Value]| -> Vec<Value> {
        let kept = events.iter().filter(|event| event["type"] != "progress");
        kept.cloned().collect()
    };
    let again = kept(&bench.events(&id).await);
    assert_eq!(again, [kept(&first), kept(&rest)].concat());
    bench.stop().await;
}

#[tokio::test]
async fn keeps_and_takes_out_images() {
    let limits = Limits {
        images: 2,
        ..Limits::default()
    };
    let Some(bench) = Bench::start(limits).await else {
        return;
    };
    let mut names = Vec::new();
    for number in 0..3 {
        let (id, summary, _) = bench.build(&format!("{WRITES}ENV N={number}\n")).await;
        assert_eq!(summary["state"], "succeeded");
        names.push(id);
    }
    bench.until_count(2).await;
    let list = bench.get("builds").await;
    let kept: Vec<_> = list["builds"]
        .as_array()
        .expect("builds")
        .iter()
        .map(|build| build["id"].clone())
        .collect();
    assert_eq!(kept, [json!(names[1]), json!(names[2])]);
    let request = bench
        .client
        .delete(bench.url(&format!("builds/{}", names[1])));
    let response = request
        .bearer_auth(support::TOKEN)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status().as_u16(), 204);
    bench.until_count(1).await;
    let (status, _) = bench
        .post(&format!("builds/{}/cancel", names[1]), &json!({}))
        .await;
    assert_eq!(status, 404);
    bench.stop().await;
}

impl Bench {
    async fn until_count(&self, count: usize) {
        for _ in 0..200 {
            let list = self.get("builds").await;
            if list["builds"].as_array().map(Vec::len) == Some(count) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("there are never {count} builds");
    }
}

#[tokio::test]
async fn serves_fifty_at_once() {
    let limits = Limits {
        builds: 4,
        waiting: 60,
        images: 60,
        ..Limits::default()
    };
    let Some(bench) = Bench::start(limits).await else {
        return;
    };
    let builds = (0..50).map(|number| {
        let bench = &bench;
        async move {
            let dockerfile = format!("FROM scratch\nCOPY Dockerfile /\nENV N={}\n", number % 5);
            let archive = archive(&[("Dockerfile", dockerfile.as_bytes())]);
            let (status, summary) = bench.start_archive("", archive).await;
            assert_eq!(status, 201, "{summary}");
            let events = bench.events(summary["id"].as_str().expect("a name")).await;
            last(&events)["state"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        }
    });
    let states = futures_util::future::join_all(builds).await;
    assert!(
        states.iter().all(|state| state == "succeeded"),
        "{states:?}"
    );
    bench.stop().await;
}
