//! Starts an image to see whether it runs, within limits.

use std::collections::HashMap;
use std::time::Duration;

use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, LogsOptionsBuilder,
    RemoveContainerOptionsBuilder, StartContainerOptions,
};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::engine::LABEL;
use crate::settings::Limits;

/// How an image is started.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunSpec {
    /// The command; the image's own where none is given.
    pub command: Option<Vec<String>>,
    /// Seconds that it may take.
    pub seconds: Option<u64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Whether it may use the network.
    pub network: bool,
}

/// Something that happened to a container.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum RunEvent {
    /// It runs.
    Started,
    /// It could not be started.
    Refused {
        /// The engine's message.
        message: String,
    },
    /// Output.
    Log {
        /// As it came.
        text: String,
    },
    /// There is more output than is passed on.
    Truncated,
    /// It has ended.
    Exited {
        /// Its exit code.
        code: i64,
        /// Whether it was stopped because its time was over.
        timed_out: bool,
        /// Whether it had more memory than it may.
        out_of_memory: bool,
    },
}

/// Runs an image; what happens goes to `say` until nobody listens. Nothing is left of it.
pub async fn run(
    client: &Docker,
    image: &str,
    owner: &str,
    spec: &RunSpec,
    limits: &Limits,
    say: mpsc::Sender<RunEvent>,
) {
    let most = limits.run_memory;
    let memory = spec.memory.unwrap_or(most).min(most);
    let network = spec.network && limits.run_network;
    let body = ContainerCreateBody {
        image: Some(image.to_owned()),
        cmd: spec.command.clone(),
        labels: Some(HashMap::from([(LABEL.to_owned(), owner.to_owned())])),
        host_config: Some(HostConfig {
            network_mode: Some(if network { "bridge" } else { "none" }.to_owned()),
            memory: i64::try_from(memory).ok(),
            memory_swap: i64::try_from(memory).ok(),
            nano_cpus: Some(1_000_000_000),
            pids_limit: Some(256),
            security_opt: Some(vec!["no-new-privileges".to_owned()]),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let created = client
        .create_container(None::<CreateContainerOptions>, body)
        .await;
    let id = match created {
        Ok(created) => created.id,
        Err(error) => {
            // Whoever asked may be gone.
            let _ = say
                .send(RunEvent::Refused {
                    message: message(&error),
                })
                .await;
            return;
        }
    };
    let most = limits.run_time;
    let time = spec
        .seconds
        .map_or(most, |seconds| Duration::from_secs(seconds).min(most));
    follow(client, &id, time, limits.log, &say).await;
    let options = RemoveContainerOptionsBuilder::default()
        .force(true)
        .v(true)
        .build();
    if let Err(error) = client.remove_container(&id, Some(options)).await {
        tracing::warn!(%error, container = id, "a container is left behind");
    }
}

/// The engine's own words.
fn message(error: &bollard::errors::Error) -> String {
    match error {
        bollard::errors::Error::DockerResponseServerError { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

async fn follow(
    client: &Docker,
    id: &str,
    time: Duration,
    most: usize,
    say: &mpsc::Sender<RunEvent>,
) {
    if let Err(error) = client
        .start_container(id, None::<StartContainerOptions>)
        .await
    {
        let _ = say
            .send(RunEvent::Refused {
                message: message(&error),
            })
            .await;
        return;
    }
    if say.send(RunEvent::Started).await.is_err() {
        return;
    }
    let options = LogsOptionsBuilder::default()
        .follow(true)
        .stdout(true)
        .stderr(true)
        .build();
    let mut output = client.logs(id, Some(options));
    let end = tokio::time::sleep(time);
    tokio::pin!(end);
    let mut left = most;
    let timed_out = loop {
        tokio::select! {
            () = &mut end => break true,
            () = say.closed() => return,
            line = output.next() => match line {
                Some(Ok(line)) => {
                    let text = line.to_string();
                    if left == 0 {
                        continue;
                    }
                    left = left.saturating_sub(text.len());
                    let event = if left == 0 { RunEvent::Truncated } else { RunEvent::Log { text } };
                    if say.send(event).await.is_err() {
                        return;
                    }
                }
                _ => break false,
            },
        }
    };
    let state = client
        .inspect_container(id, None::<InspectContainerOptions>)
        .await;
    let state = state.ok().and_then(|found| found.state).unwrap_or_default();
    let _ = say
        .send(RunEvent::Exited {
            code: state.exit_code.unwrap_or(-1),
            timed_out,
            out_of_memory: state.oom_killed.unwrap_or(false),
        })
        .await;
}
