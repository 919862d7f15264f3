//! The API, version 1; docs/api.md describes it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use futures_util::{Stream, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::io::{StreamReader, SyncIoBridge};

use crate::access::media_type;
use crate::builds::{Build, Builds, Summary};
use crate::container::{self, RunEvent, RunSpec};
use crate::event::Event;
use crate::problem::Problem;
use crate::settings::Limits;
use crate::spec::{Spec, Upload};
use crate::spool::{Spool, Writer};

/// Longest body of JSON.
const MAX_JSON: usize = 64 << 20;

/// How long a client may send nothing of its context.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a refused context that are read all the same.
const MAX_DRAINED: u64 = 256 << 20;

/// How often a quiet connection is kept open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

type Shared = State<Arc<Builds>>;

/// The API's paths.
pub fn router(builds: Arc<Builds>) -> Router {
    Router::new()
        .route("/api/v1/health", get(health))
        .route("/api/v1/version", get(version))
        .route("/api/v1/builds", get(list).post(start))
        .route("/api/v1/builds/{id}", get(show).delete(remove))
        .route("/api/v1/builds/{id}/events", get(events))
        .route("/api/v1/builds/{id}/cancel", post(cancel))
        .route("/api/v1/builds/{id}/image", get(image))
        .route("/api/v1/builds/{id}/run", post(run))
        .route("/api/{*rest}", get(nothing).post(nothing).delete(nothing))
        .layer(DefaultBodyLimit::disable())
        .with_state(builds)
}

async fn nothing() -> Problem {
    Problem::missing("such path; docs/api.md lists them")
}

async fn health(State(builds): Shared) -> Json<Value> {
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "engine": builds.engine().answers().await,
    }))
}

async fn version(State(builds): Shared) -> Result<Json<Value>, Problem> {
    let about = builds.engine().about().await;
    let about = about.map_err(|error| Problem::engine(&error))?;
    let limits = builds.limits();
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "engine": about,
        "limits": {
            "context": limits.context,
            "files": limits.files,
            "builds": limits.builds,
            "waiting": limits.waiting,
            "build_seconds": limits.build_time.as_secs(),
            "log": limits.log,
            "images": limits.images,
            "run_seconds": limits.run_time.as_secs(),
            "run_memory": limits.run_memory,
            "run_network": limits.run_network,
        },
    })))
}

async fn list(State(builds): Shared) -> Json<Value> {
    Json(json!({ "builds": builds.summaries() }))
}

fn find(builds: &Builds, id: &str) -> Result<Arc<Build>, Problem> {
    builds.get(id).ok_or_else(|| Problem::missing("such build"))
}

async fn show(State(builds): Shared, Path(id): Path<String>) -> Result<Json<Summary>, Problem> {
    Ok(Json(find(&builds, &id)?.summary()))
}

async fn image(State(builds): Shared, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let build = find(&builds, &id)?;
    let truth = build.truth().ok_or_else(no_image)?;
    let mut answer = json!(&*truth);
    answer["steps"] = json!(build.steps());
    Ok(Json(answer))
}

fn no_image() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "no-image",
        "the build has no image: it goes on, or did not succeed",
    )
}

async fn cancel(State(builds): Shared, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    find(&builds, &id)?.cancel();
    Ok(StatusCode::ACCEPTED)
}

async fn remove(State(builds): Shared, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let build = find(&builds, &id)?;
    builds.remove(&build).await;
    Ok(StatusCode::NO_CONTENT)
}

async fn start(
    State(builds): Shared,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    request: Request,
) -> Result<impl IntoResponse, Problem> {
    builds.check_room()?;
    if !builds.engine().answers().await {
        return Err(Problem::engine(&"no answer within 2 seconds"));
    }
    let is_json = media_type(&headers) == Some("application/json");
    let limits = builds.limits().clone();
    let (spec, spool) = if is_json {
        let bytes = axum::body::to_bytes(request.into_body(), MAX_JSON)
            .await
            .map_err(|_| {
                Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "context-too-large",
                    "a context as JSON has at most 64 MiB; send a tar archive",
                )
            })?;
        let upload: Upload = serde_json::from_slice(&bytes)
            .map_err(|error| Problem::invalid("json-invalid", error.to_string()))?;
        of_json(upload, &limits)?
    } else {
        let spec = Spec::of_query(query)?.check()?;
        (spec, of_archive(request.into_body(), limits).await?)
    };
    let build = builds.start(spec, spool)?;
    Ok((StatusCode::CREATED, Json(build.summary())))
}

async fn of_archive(body: Body, limits: Limits) -> Result<Spool, Problem> {
    let stream = futures_util::stream::unfold(body.into_data_stream(), |mut body| async {
        let next = tokio::time::timeout(PATIENCE, body.next()).await;
        let next = next.unwrap_or_else(|_| Some(Err(axum::Error::new("nothing comes any more"))));
        next.map(|bytes| (bytes.map_err(std::io::Error::other), body))
    });
    let mut reader = SyncIoBridge::new(StreamReader::new(Box::pin(stream)));
    let reading = tokio::task::spawn_blocking(move || {
        let outcome = Spool::read(&mut reader, &limits);
        if outcome.is_err() {
            // A client that still sends would not hear why it is refused.
            let _ = std::io::copy(&mut reader.take(MAX_DRAINED), &mut std::io::sink());
        }
        outcome
    });
    let reading = reading.await;
    reading.map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "context-broken",
            error.to_string(),
        )
    })?
}

fn of_json(upload: Upload, limits: &Limits) -> Result<(Spec, Spool), Problem> {
    let spec = upload.spec.check()?;
    let mut writer = Writer::new(limits)?;
    for file in upload.files {
        let bytes = match (&file.text, &file.base64) {
            (Some(text), None) => text.as_bytes().to_vec(),
            (None, Some(text)) => base64::engine::general_purpose::STANDARD
                .decode(text)
                .map_err(|error| {
                    Problem::invalid("json-invalid", format!("{}: {error}", file.path))
                })?,
            _ => {
                return Err(Problem::invalid(
                    "json-invalid",
                    format!("{}: give either text or base64", file.path),
                ));
            }
        };
        let mode = file.mode.unwrap_or(0o644);
        writer.file(&file.path, bytes.len() as u64, mode, 0, bytes.as_slice())?;
    }
    Ok((spec, writer.finish()?))
}

/// The events of a build, from after the one that was last received on.
async fn events(
    State(builds): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Frame, Infallible>>>, Problem> {
    let build = find(&builds, &id)?;
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    let from = last.map_or(0, |last| last + 1);
    let listener = build.listen();
    let stream = futures_util::stream::unfold(
        (build, listener, from, std::collections::VecDeque::new()),
        |(build, listener, mut from, mut ready)| async move {
            if ready.is_empty() {
                ready.extend(build.events(from).await);
            }
            let (number, event): (usize, Event) = ready.pop_front()?;
            from = number + 1;
            let frame = Frame::default().id(number.to_string()).json_data(&event);
            Some((
                Ok(frame.unwrap_or_default()),
                (build, listener, from, ready),
            ))
        },
    );
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

async fn run(
    State(builds): Shared,
    Path(id): Path<String>,
    Json(spec): Json<RunSpec>,
) -> Result<Sse<impl Stream<Item = Result<Frame, Infallible>>>, Problem> {
    if spec.network && !builds.limits().run_network {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "network-refused",
            "containers go without network; start the companion with --run-network to allow it",
        ));
    }
    let truth = find(&builds, &id)?.truth().ok_or_else(no_image)?;
    let client = builds.engine().client().clone();
    let (say, heard) = mpsc::channel(64);
    tokio::spawn(async move {
        container::run(
            &client,
            &truth.id,
            builds.owner(),
            &spec,
            builds.limits(),
            say,
        )
        .await;
    });
    let stream = futures_util::stream::unfold(heard, |mut heard| async {
        let event: RunEvent = heard.recv().await?;
        let frame = Frame::default().json_data(&event).unwrap_or_default();
        Some((Ok(frame), heard))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}
