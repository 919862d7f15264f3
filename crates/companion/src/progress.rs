//! What the engine says of a build, as events.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard_buildkit_proto::google::protobuf::Timestamp;
use bollard_buildkit_proto::moby::buildkit::v1::{StatusResponse, Vertex};
use prost::Message as _;
use serde_json::Value;

use crate::event::{Event, StepState};

/// Follows a build's stream of messages.
#[derive(Debug, Default)]
pub struct Progress {
    steps: HashMap<String, usize>,
    states: Vec<Option<StepState>>,
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
        status.map(|status| self.status(status)).unwrap_or_default()
    }

    fn step(&mut self, digest: &str) -> usize {
        let next = self.steps.len();
        let step = *self.steps.entry(digest.to_owned()).or_insert(next);
        if self.states.len() <= step {
            self.states.resize(step + 1, None);
        }
        step
    }

    fn status(&mut self, status: StatusResponse) -> Vec<Event> {
        let mut out = Vec::new();
        for vertex in status.vertexes {
            let step = self.step(&vertex.digest);
            let Some(state) = state(&vertex) else {
                continue;
            };
            if self.states[step] == Some(state) {
                continue;
            }
            self.states[step] = Some(state);
            let seconds = vertex
                .started
                .as_ref()
                .zip(vertex.completed.as_ref())
                .map(|(from, to)| seconds(to) - seconds(from));
            out.push(Event::Step {
                step,
                name: vertex.name,
                state,
                seconds,
            });
        }
        for status in status.statuses {
            let step = self.step(&status.vertex);
            out.push(Event::Progress {
                step,
                id: status.id,
                current: u64::try_from(status.current).unwrap_or(0),
                total: u64::try_from(status.total).unwrap_or(0),
            });
        }
        for log in status.logs {
            let step = self.step(&log.vertex);
            out.push(Event::Log {
                step: Some(step),
                text: String::from_utf8_lossy(&log.msg).into_owned(),
            });
        }
        out
    }
}

fn state(vertex: &Vertex) -> Option<StepState> {
    match (&vertex.started, &vertex.completed) {
        _ if !vertex.error.is_empty() => Some(StepState::Failed),
        _ if vertex.cached => Some(StepState::Cached),
        (_, Some(_)) => Some(StepState::Done),
        (Some(_), None) => Some(StepState::Running),
        _ => None,
    }
}

fn seconds(at: &Timestamp) -> f64 {
    at.seconds as f64 + f64::from(at.nanos) / 1e9
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
    }
}
