//! A companion of the tests' own, and a client of it.

#![allow(dead_code, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use futures_util::StreamExt as _;
use layerlab_companion::{Companion, EngineChoice, Limits, Settings};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The token of the tests' companions.
pub const TOKEN: &str = "a-token-of-the-tests";

/// The directory of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A companion that serves.
pub struct Bench {
    pub address: String,
    pub client: reqwest::Client,
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Settings of a test.
pub fn settings(limits: Limits) -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().expect("an address"),
        allow_remote: false,
        dist: root().join("docs"),
        lesson: None,
        engine: EngineChoice::Found,
        token: Some(TOKEN.to_owned()),
        hosts: Vec::new(),
        origins: vec!["https://course.example".to_owned()],
        limits,
    }
}

impl Bench {
    /// Starts one; none where there is no engine.
    pub async fn start(limits: Limits) -> Option<Self> {
        let bench = Self::with(settings(limits)).await;
        if bench.health().await["engine"] == true {
            return Some(bench);
        }
        assert!(
            std::env::var_os("LAYERLAB_ENGINE_WANTED").is_none(),
            "there is no container engine, and it is wanted"
        );
        eprintln!("skipped: no container engine answers");
        None
    }

    /// Starts one, engine or not.
    pub async fn with(settings: Settings) -> Self {
        let companion = Companion::open(settings).await.expect("a companion");
        let address = companion.address.to_string();
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(async move {
            let ended = async {
                let _ = ended.await;
            };
            companion.serve(ended).await.expect("to serve");
        });
        Self {
            address,
            client: reqwest::Client::new(),
            end: Some(end),
            task,
        }
    }

    /// Ends it in order.
    pub async fn stop(mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        drop(self.client);
        self.task.await.expect("an end");
    }

    /// Ends it as a kill does: nothing is tidied.
    pub fn kill(self) {
        self.task.abort();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1/{path}", self.address)
    }

    pub async fn health(&self) -> Value {
        let response = self.client.get(self.url("health")).send().await;
        let health = response.expect("an answer").json().await.expect("JSON");
        conforms("Health", &health);
        health
    }

    pub async fn get(&self, path: &str) -> Value {
        let request = self.client.get(self.url(path)).bearer_auth(TOKEN);
        let response = request.send().await.expect("an answer");
        let ok = response.status().is_success();
        let value = response.json().await.expect("JSON");
        let schema = match path {
            _ if !ok => "Problem",
            "version" => "Version",
            "builds" => "Builds",
            _ if path.ends_with("/image") => "Image",
            _ => "Build",
        };
        conforms(schema, &value);
        value
    }

    /// Posts JSON; the status and the answer.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.post(self.url(path)).bearer_auth(TOKEN);
        let response = request.json(body).send().await.expect("an answer");
        answer(response).await
    }

    /// Starts a build of an archive.
    pub async fn start_archive(&self, query: &str, archive: Vec<u8>) -> (u16, Value) {
        let request = self
            .client
            .post(self.url(&format!("builds?{query}")))
            .bearer_auth(TOKEN)
            .header("content-type", "application/x-tar")
            .body(archive);
        let response = request.send().await.expect("an answer");
        answer(response).await
    }

    /// Starts a build of a Dockerfile with the tests' tool in its context; its name.
    pub async fn start_build(&self, dockerfile: &str) -> String {
        let archive = archive(&[("Dockerfile", dockerfile.as_bytes()), ("tool", tool())]);
        let (status, summary) = self.start_archive("", archive).await;
        assert_eq!(status, 201, "{summary}");
        summary["id"].as_str().expect("a name").to_owned()
    }

    /// The events of a build from its start to its end.
    pub async fn events(&self, id: &str) -> Vec<Value> {
        self.events_after(id, None, usize::MAX).await
    }

    /// So many events after one.
    pub async fn events_after(&self, id: &str, last: Option<usize>, most: usize) -> Vec<Value> {
        let request = self.client.get(self.url(&format!("builds/{id}/events")));
        let mut request = request.bearer_auth(TOKEN);
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        stream(request.send().await.expect("an answer"), "Event", most).await
    }

    /// Builds an upload, which has to succeed; its name and the events.
    pub async fn succeeds(&self, upload: &Value) -> (String, Vec<Value>) {
        let (status, summary) = self.post("builds", upload).await;
        assert_eq!(status, 201, "{summary}");
        let id = summary["id"].as_str().expect("a name").to_owned();
        let events = self.events(&id).await;
        assert_eq!(last(&events)["state"], "succeeded", "{events:#?}");
        (id, events)
    }

    /// Builds; the events and how it ended.
    pub async fn build(&self, dockerfile: &str) -> (String, Value, Vec<Value>) {
        let id = self.start_build(dockerfile).await;
        let events = self.events(&id).await;
        let summary = self.get(&format!("builds/{id}")).await;
        (id, summary, events)
    }

    /// What a container says.
    pub async fn run(&self, id: &str, spec: &Value) -> Vec<Value> {
        let request = self.client.post(self.url(&format!("builds/{id}/run")));
        let request = request.bearer_auth(TOKEN).json(spec);
        let response = request.send().await.expect("an answer");
        stream(response, "RunEvent", usize::MAX).await
    }

    /// Whether the engine is at least so new; says that it is not.
    pub async fn engine_is(&self, least: u64) -> bool {
        let version = self.get("version").await;
        let major = version["engine"]["version"]
            .as_str()
            .and_then(|text| text.split('.').next()?.parse().ok());
        let new_enough = major.unwrap_or(0) >= least;
        if !new_enough {
            eprintln!("skipped: what was recorded is of engine {least}");
        }
        new_enough
    }

    /// Waits until a build is in a state.
    pub async fn until(&self, id: &str, state: &str) -> Value {
        for _ in 0..400 {
            let summary = self.get(&format!("builds/{id}")).await;
            if summary["state"] == state {
                return summary;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("build {id} is never {state}");
    }
}

/// Holds an answer against docs/openapi.json.
pub fn conforms(schema: &str, value: &Value) {
    static SCHEMAS: OnceLock<Value> = OnceLock::new();
    let document = SCHEMAS.get_or_init(|| {
        let text = std::fs::read_to_string(root().join("docs/openapi.json"));
        serde_json::from_str(&text.expect("the document")).expect("JSON")
    });
    let schema = json!({
        "$ref": format!("#/components/schemas/{schema}"),
        "components": document["components"],
    });
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let problems: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{problems:?} in {value}");
}

/// The status and the answer of a request that starts something.
async fn answer(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let value: Value = response.json().await.unwrap_or(Value::Null);
    match status {
        201 => conforms("Build", &value),
        400.. => conforms("Problem", &value),
        _ => {}
    }
    (status, value)
}

/// The events of a stream; their numbers are added as `number`.
async fn stream(response: reqwest::Response, schema: &str, most: usize) -> Vec<Value> {
    assert_eq!(response.status().as_u16(), 200);
    let mut bytes = response.bytes_stream();
    let mut rest = String::new();
    let mut out = Vec::new();
    while let Some(Ok(chunk)) = bytes.next().await {
        rest.push_str(&String::from_utf8_lossy(&chunk));
        while let Some((frame, after)) = rest.split_once("\n\n") {
            let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name));
            if let Some(data) = field("data: ") {
                let mut event: Value = serde_json::from_str(data).expect("JSON");
                conforms(schema, &event);
                if let Some(id) = field("id: ") {
                    event["number"] = json!(id.parse::<usize>().expect("a number"));
                }
                out.push(event);
                if out.len() == most {
                    return out;
                }
            }
            rest = after.to_owned();
        }
    }
    out
}

/// An archive of files; executable ones are those named `tool`.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(if *path == "tool" { 0o755 } else { 0o644 });
        out.append_data(&mut header, path, *content)
            .expect("an entry");
    }
    out.into_inner().expect("an archive")
}

/// A file as an upload has it.
pub fn uploaded(path: &str, mode: u32, bytes: &[u8]) -> Value {
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    json!({ "path": path, "mode": mode, "base64": text })
}

/// A build that goes on for longer than a test. Each test takes seconds of its own: the engine
/// does equal steps of different builds at once.
pub fn sleeps(seconds: u32) -> String {
    format!("FROM scratch\nCOPY tool /tool\nRUN [\"/tool\", \"sleep\", \"{seconds}\"]\n")
}

/// The tests' static program.
pub fn tool() -> &'static [u8] {
    static TOOL: OnceLock<Vec<u8>> = OnceLock::new();
    TOOL.get_or_init(|| {
        let directory = tempfile::tempdir().expect("a directory");
        let at = directory.path().join("tool");
        let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/support/tool.rs");
        let status = Command::new("rustc")
            .args(["--edition=2024", "-Copt-level=s", "-Cstrip=symbols"])
            .args(["-Ctarget-feature=+crt-static", "-o"])
            .arg(&at)
            .arg(source)
            .status();
        assert!(status.expect("rustc").success());
        std::fs::read(at).expect("the program")
    })
}

/// Text of all output.
pub fn output(events: &[Value]) -> String {
    let texts = events.iter().filter(|event| event["type"] == "log");
    texts.filter_map(|event| event["text"].as_str()).collect()
}

/// The last event.
pub fn last(events: &[Value]) -> &Value {
    events.last().expect("an event")
}
