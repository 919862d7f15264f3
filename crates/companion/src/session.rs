//! BuildKit's session: the engine asks for the context's files as it needs them
//! (fsutil's protocol, `moby.filesync.v1.FileSync`).

use std::pin::Pin;
use std::sync::Arc;

use bollard_buildkit_proto::fsutil::types::packet::PacketType;
use bollard_buildkit_proto::fsutil::types::{Packet, Stat};
use bollard_buildkit_proto::health::health_check_response::ServingStatus;
use bollard_buildkit_proto::health::health_server::{Health, HealthServer};
use bollard_buildkit_proto::health::{
    HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse,
};
use bollard_buildkit_proto::moby::filesync::packet::file_sync_server::{FileSync, FileSyncServer};
use futures_util::{Stream, StreamExt as _};
use layerlab_engine::context::{Matches, Patterns};
use percent_encoding::percent_decode_str;
use tokio::sync::mpsc;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use crate::spool::{Entry, Kind, Spool};
use crate::transport::Io;

/// Bytes of a file that are sent at once.
const CHUNK: usize = 64 << 10;

/// The method that the engine is told of.
pub const METHOD: &str = "/moby.filesync.v1.FileSync/DiffCopy";

/// Serves a context over a connection until the engine closes it.
///
/// # Errors
/// Where the connection fails.
pub async fn serve(io: Box<dyn Io>, spool: Arc<Spool>) -> Result<(), tonic::transport::Error> {
    let connection = futures_util::stream::once(async { Ok::<_, std::io::Error>(Connection(io)) });
    tonic::transport::Server::builder()
        .add_service(HealthServer::new(Alive))
        .add_service(FileSyncServer::new(Files { spool }))
        .serve_with_incoming(connection)
        .await
}

/// A connection as tonic wants it.
struct Connection(Box<dyn Io>);

impl tonic::transport::server::Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl tokio::io::AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl tokio::io::AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// The engine asks now and then whether the session lives.
struct Alive;

#[tonic::async_trait]
impl Health for Alive {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let status = ServingStatus::Serving.into();
        Ok(Response::new(HealthCheckResponse { status }))
    }

    async fn list(
        &self,
        _: Request<HealthListRequest>,
    ) -> Result<Response<HealthListResponse>, Status> {
        Err(Status::unimplemented("list"))
    }

    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("watch"))
    }
}

/// The context's files.
struct Files {
    spool: Arc<Spool>,
}

type Packets = Pin<Box<dyn Stream<Item = Result<Packet, Status>> + Send>>;

#[tonic::async_trait]
impl FileSync for Files {
    type DiffCopyStream = Packets;
    type TarStreamStream = Packets;

    async fn diff_copy(
        &self,
        request: Request<Streaming<Packet>>,
    ) -> Result<Response<Self::DiffCopyStream>, Status> {
        let wanted = wanted(&self.spool, request.metadata())?;
        let (to, out) = mpsc::channel(16);
        tokio::spawn(send(
            Arc::clone(&self.spool),
            wanted,
            request.into_inner(),
            to,
        ));
        let stream = futures_util::stream::unfold(out, |mut out| async {
            out.recv().await.map(|packet| (packet, out))
        });
        Ok(Response::new(Box::pin(stream)))
    }

    async fn tar_stream(
        &self,
        _: Request<Streaming<Packet>>,
    ) -> Result<Response<Self::TarStreamStream>, Status> {
        Err(Status::unimplemented("TarStream"))
    }
}

/// The values of a header; those that are not plain come encoded (session/filesync).
fn values(metadata: &MetadataMap, key: &str) -> Vec<String> {
    let encoded = metadata
        .get(format!("{key}-encoded"))
        .is_some_and(|value| value == "1");
    metadata
        .get_all(key)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .map(|text| {
            if encoded {
                let text = text.replace('+', " ");
                percent_decode_str(&text).decode_utf8_lossy().into_owned()
            } else {
                text.to_owned()
            }
        })
        .collect()
}

/// The entries that the engine asks for: of the directory that the Dockerfile is in those that
/// it names, of the context all but those that .dockerignore keeps out.
fn wanted(spool: &Spool, metadata: &MetadataMap) -> Result<Vec<Entry>, Status> {
    let names = values(metadata, "include-patterns");
    let patterns = values(metadata, "exclude-patterns");
    let patterns =
        Patterns::new(patterns.iter().map(String::as_str)).map_err(Status::invalid_argument)?;
    let named = |entry: &Entry| {
        let below = |name: &str| {
            let rest = name.trim_start_matches('/').strip_prefix(&entry.path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        names.is_empty() || names.iter().any(|name| below(name))
    };
    let mut out = Vec::new();
    // Directories above the entry at hand: how they match, and whether they are sent already.
    let mut above: Vec<(Entry, Matches, bool)> = Vec::new();
    for entry in spool.entries().filter(|entry| named(entry)) {
        while above.last().is_some_and(|(directory, ..)| {
            let rest = entry.path.strip_prefix(&directory.path);
            !rest.is_some_and(|rest| rest.starts_with('/'))
        }) {
            above.pop();
        }
        let matches = patterns.matches(&entry.path, above.last().map(|(_, matches, _)| matches));
        let kept = !matches.selected;
        if kept {
            for (directory, _, sent) in &mut above {
                if !std::mem::replace(sent, true) {
                    out.push(directory.clone());
                }
            }
            out.push(entry.clone());
        }
        if matches!(entry.kind, Kind::Directory) {
            above.push((entry.clone(), matches, kept));
        }
    }
    Ok(out)
}

/// Permissions as Go's `os.FileMode` has them.
fn mode(entry: &Entry) -> u32 {
    let special = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];
    let bits = special
        .iter()
        .filter(|(bit, _)| entry.mode & bit != 0)
        .fold(entry.mode & 0o777, |mode, (_, go)| mode | go);
    match entry.kind {
        Kind::File(..) => bits,
        Kind::Directory => bits | 1 << 31,
        Kind::Link(_) => 0o777 | 1 << 27,
    }
}

/// Sends what there is, then what of it is asked for.
async fn send(
    spool: Arc<Spool>,
    entries: Vec<Entry>,
    mut input: Streaming<Packet>,
    to: mpsc::Sender<Result<Packet, Status>>,
) {
    let packet = |kind: PacketType| Packet {
        r#type: kind.into(),
        ..Packet::default()
    };
    let (ask, mut asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(packet)) = input.next().await {
            if ask.send(packet).is_err() {
                break;
            }
        }
    });
    for entry in &entries {
        let stat = Stat {
            path: entry.path.clone(),
            mode: mode(entry),
            size: match entry.kind {
                Kind::File(_, size) => i64::try_from(size).unwrap_or(i64::MAX),
                _ => 0,
            },
            mod_time: i64::try_from(entry.modified)
                .unwrap_or(0)
                .saturating_mul(1_000_000_000),
            linkname: match &entry.kind {
                Kind::Link(target) => target.clone(),
                _ => String::new(),
            },
            ..Stat::default()
        };
        let packet = Packet {
            stat: Some(stat),
            ..packet(PacketType::PacketStat)
        };
        if to.send(Ok(packet)).await.is_err() {
            return;
        }
    }
    if to.send(Ok(packet(PacketType::PacketStat))).await.is_err() {
        return;
    }
    while let Some(request) = asked.recv().await {
        match PacketType::try_from(request.r#type) {
            Ok(PacketType::PacketReq) => {
                let entry = entries.get(request.id as usize);
                let Some(entry) = entry else { return };
                let mut at = 0;
                loop {
                    let data = match spool.chunk(entry, at, CHUNK) {
                        Ok(data) => data,
                        Err(error) => {
                            let _ = to.send(Err(Status::internal(error.to_string()))).await;
                            return;
                        }
                    };
                    let last = data.is_empty();
                    at += data.len() as u64;
                    let packet = Packet {
                        id: request.id,
                        data,
                        ..packet(PacketType::PacketData)
                    };
                    if to.send(Ok(packet)).await.is_err() {
                        return;
                    }
                    if last {
                        break;
                    }
                }
            }
            Ok(PacketType::PacketFin) => {
                // The engine may have closed by now.
                let _ = to.send(Ok(packet(PacketType::PacketFin))).await;
                return;
            }
            _ => return,
        }
    }
}
