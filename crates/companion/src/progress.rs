//! What the engine says of a build, as events.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard_buildkit_proto::google::protobuf::Timestamp;
use bollard_buildkit_proto::moby::buildkit::v1::StatusResponse;
use prost::Message as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::event::{Event, StepState};

/// What BuildKit says at a time; `docker buildx` writes the same as JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    vertexes: Vec<Vertex>,
    statuses: Vec<Transfer>,
    logs: Vec<Output>,
}

/// A step.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Vertex {
    digest: String,
    name: String,
    /// Seconds.
    #[serde(deserialize_with = "moment")]
    started: Option<f64>,
    #[serde(deserialize_with = "moment")]
    completed: Option<f64>,
    cached: bool,
    error: String,
}

/// Something that a step fetches or writes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Transfer {
    id: String,
    vertex: String,
    current: i64,
    total: i64,
}

/// Output of a step.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Output {
    vertex: String,
    #[serde(deserialize_with = "encoded")]
    data: Vec<u8>,
}

fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let parsed = text.and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok());
    Ok(parsed.map(|at| at.unix_timestamp_nanos() as f64 / 1e9))
}

fn encoded<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(from)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}

impl From<StatusResponse> for Status {
    fn from(status: StatusResponse) -> Self {
        let seconds = |at: Timestamp| at.seconds as f64 + f64::from(at.nanos) / 1e9;
        let vertexes = status.vertexes.into_iter().map(|vertex| Vertex {
            digest: vertex.digest,
            name: vertex.name,
            started: vertex.started.map(seconds),
            completed: vertex.completed.map(seconds),
            cached: vertex.cached,
            error: vertex.error,
        });
        let statuses = status.statuses.into_iter().map(|status| Transfer {
            id: status.id,
            vertex: status.vertex,
            current: status.current,
            total: status.total,
        });
        let logs = status.logs.into_iter().map(|log| Output {
            vertex: log.vertex,
            data: log.msg,
        });
        Self {
            vertexes: vertexes.collect(),
            statuses: statuses.collect(),
            logs: logs.collect(),
        }
    }
}

/// Follows a build's stream of messages.
#[derive(Debug, Default)]
pub struct Progress {
    /// Numbers of the steps, and how far each is.
    steps: HashMap<String, (usize, Option<StepState>)>,
    /// The image, once there is one.
    pub image: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
}

impl Progress {
    /// Reads a message: a line of JSON.
    pub fn read(&mut self, line: &[u8]) -> Vec<Event> {
        let Ok(message) = serde_json::from_slice::<Value>(line) else {
            return Vec::new();
        };
        if let Some(error) = message["errorDetail"]["message"]
            .as_str()
            .or_else(|| message["error"].as_str())
        {
            self.error = Some(error.to_owned());
        }
        if let Some(id) = message["aux"]["ID"].as_str() {
            self.image = Some(id.to_owned());
        }
        // The classic builder says it in plain text.
        if let Some(text) = message["stream"].as_str() {
            return vec![Event::Log {
                step: None,
                text: text.to_owned(),
            }];
        }
        if message["id"] != "moby.buildkit.trace" {
            return Vec::new();
        }
        let bytes = message["aux"]
            .as_str()
            .and_then(|text| STANDARD.decode(text).ok());
        let status = bytes.and_then(|bytes| StatusResponse::decode(bytes.as_slice()).ok());
        status
            .map(|status| self.status(status.into()))
            .unwrap_or_default()
    }

    /// Reads a line of `docker buildx build --progress=rawjson`.
    pub fn read_raw(&mut self, line: &[u8]) -> Vec<Event> {
        match serde_json::from_slice(line) {
            Ok(status) => self.status(status),
            // What is no progress is what it complains of.
            Err(_) => {
                let text = String::from_utf8_lossy(line);
                let text = text.trim();
                if let Some(error) = text.strip_prefix("ERROR: ") {
                    let error = error.trim_start_matches("failed to build: ");
                    self.error = Some(error.trim_start_matches("failed to solve: ").to_owned());
                }
                Vec::new()
            }
        }
    }

    fn step(&mut self, digest: &str) -> &mut (usize, Option<StepState>) {
        let next = self.steps.len();
        let step = self.steps.entry(digest.to_owned());
        step.or_insert((next, None))
    }

    fn status(&mut self, status: Status) -> Vec<Event> {
        let mut out = Vec::new();
        for vertex in status.vertexes {
            let (step, known) = self.step(&vertex.digest);
            let Some(state) = state(&vertex).filter(|state| *known != Some(*state)) else {
                continue;
            };
            *known = Some(state);
            let step = *step;
            let seconds = vertex
                .started
                .zip(vertex.completed)
                .map(|(from, to)| to - from);
            out.push(Event::Step {
                step,
                name: vertex.name,
                state,
                seconds,
            });
        }
        for status in status.statuses {
            let (step, _) = *self.step(&status.vertex);
            out.push(Event::Progress {
                step,
                id: status.id,
                current: u64::try_from(status.current).unwrap_or(0),
                total: u64::try_from(status.total).unwrap_or(0),
            });
        }
        for log in status.logs {
            let (step, _) = *self.step(&log.vertex);
            out.push(Event::Log {
                step: Some(step),
                text: String::from_utf8_lossy(&log.data).into_owned(),
            });
        }
        out
    }
}

fn state(vertex: &Vertex) -> Option<StepState> {
    match (vertex.started, vertex.completed) {
        _ if !vertex.error.is_empty() => Some(StepState::Failed),
        _ if vertex.cached => Some(StepState::Cached),
        (_, Some(_)) => Some(StepState::Done),
        (Some(_), None) => Some(StepState::Running),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use bollard_buildkit_proto::google::protobuf::Timestamp;
    use bollard_buildkit_proto::moby::buildkit::v1::{StatusResponse, Vertex, VertexLog};
    use prost::Message as _;

    use super::Progress;
    use crate::event::{Event, StepState};

    #[test]
    fn reads_messages() {
        let mut progress = Progress::default();
        let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
        let status = StatusResponse {
            vertexes: vec![Vertex {
                digest: "d".into(),
                name: "[1/2] RUN x".into(),
                started: at(10),
                completed: at(12),
                ..Vertex::default()
            }],
            logs: vec![VertexLog {
                vertex: "d".into(),
                msg: b"hello\n".to_vec(),
                ..VertexLog::default()
            }],
            ..StatusResponse::default()
        };
        let aux = base64::engine::general_purpose::STANDARD.encode(status.encode_to_vec());
        let line = serde_json::json!({ "id": "moby.buildkit.trace", "aux": aux }).to_string();
        let events = progress.read(line.as_bytes());
        assert_eq!(
            events,
            [
                Event::Step {
                    step: 0,
                    name: "[1/2] RUN x".into(),
                    state: StepState::Done,
                    seconds: Some(2.0)
                },
                Event::Log {
                    step: Some(0),
                    text: "hello\n".into()
                }
            ]
        );
        assert!(progress.read(line.as_bytes()).len() == 1, "said once");
        progress.read(br#"{"id":"moby.image.id","aux":{"ID":"sha256:1"}}"#);
        progress.read(br#"{"errorDetail":{"message":"no"},"error":"no"}"#);
        assert_eq!(progress.image.as_deref(), Some("sha256:1"));
        assert_eq!(progress.error.as_deref(), Some("no"));
        assert!(progress.read(b"not json").is_empty());
        let raw = br#"{"vertexes":[{"digest":"e","name":"y","started":"2026-01-01T00:00:00.5Z","completed":"2026-01-01T00:00:02Z"}],"logs":[{"vertex":"e","data":"aGk="}]}"#;
        let events = progress.read_raw(raw);
        assert!(
            matches!(&events[0], Event::Step { seconds: Some(seconds), .. } if (seconds - 1.5).abs() < 1e-6)
        );
        assert!(matches!(&events[1], Event::Log { text, .. } if text == "hi"));
        progress.read_raw(b"ERROR: failed to build: failed to solve: it is so\n");
        assert_eq!(progress.error.as_deref(), Some("it is so"));
    }
}
