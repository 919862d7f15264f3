//! The engine: whether it answers, and builds on it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bollard::Docker;
use bollard::models::SystemVersion;
use bollard::query_parameters::RemoveImageOptionsBuilder;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use layerlab_engine::comparison::Truth;
use layerlab_engine::{MAX_DOCKERFILE, dockerfile};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::StreamReader;

use crate::builder;
use crate::event::Event;
use crate::image;
use crate::progress::Progress;
use crate::session;
use crate::settings::EngineChoice;
use crate::spec::Spec;
use crate::spool::{Kind, Spool};
use crate::transport::Address;

/// Longest message of the engine.
const MAX_MESSAGE: usize = 16 << 20;

/// What a container or an image of the companion is labelled with, the value being whose it is.
pub const LABEL: &str = "dev.layerlab.companion";

/// An engine.
#[derive(Debug)]
pub struct Engine {
    address: Address,
    client: Docker,
    /// A builder of `docker buildx` that builds in its stead.
    builder: Option<String>,
}

/// What is known of an engine.
#[derive(Debug, Clone, Serialize)]
pub struct About {
    /// `28.1.1`
    pub version: String,
    /// `amd64`
    pub arch: String,
    /// `linux`
    pub os: String,
    /// `buildkit` or `classic`
    pub builder: &'static str,
}

/// What is built, and how it is known.
#[derive(Debug)]
pub struct Order<'o> {
    /// How it is built.
    pub spec: &'o Spec,
    /// The context.
    pub spool: Arc<Spool>,
    /// The name that the image gets.
    pub tag: String,
    /// Whose it is.
    pub owner: &'o str,
    /// Whether RUN goes without network.
    pub offline: bool,
    /// Bytes of memory that RUN may use, where the engine looks at it.
    pub memory: Option<u64>,
}

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

fn no_body() -> Body {
    Full::new(Bytes::new())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// The archive of a context as a body, read as it is sent.
fn archive_body(spool: Arc<Spool>) -> Body {
    let chunks = futures_util::stream::try_unfold((spool, 0), |(spool, at)| async move {
        let bytes = spool.archive_chunk(at, 256 << 10)?;
        let next = at + bytes.len() as u64;
        let frame = Frame::data(Bytes::from(bytes));
        Ok((next > at).then_some((frame, (spool, next))))
    });
    StreamBody::new(chunks).boxed_unsync()
}

impl Engine {
    /// The engine at an address; it need not be there yet.
    ///
    /// # Errors
    /// Where there can be no client of it.
    pub fn new(address: Address) -> anyhow::Result<Self> {
        Ok(Self {
            client: address.client()?,
            address,
            builder: None,
        })
    }

    /// The engine that is chosen.
    ///
    /// # Errors
    /// Where its address is none.
    pub fn of(choice: &EngineChoice) -> anyhow::Result<Self> {
        let builder = match choice {
            EngineChoice::Builder(name) => Some(name.clone()),
            EngineChoice::Found | EngineChoice::At(_) => None,
        };
        Ok(Self {
            builder,
            ..Self::new(Address::of(choice)?)?
        })
    }

    /// A client of its API.
    pub fn client(&self) -> &Docker {
        &self.client
    }

    /// Whether it answers.
    pub async fn answers(&self) -> bool {
        let ping = tokio::time::timeout(std::time::Duration::from_secs(2), self.client.ping());
        matches!(ping.await, Ok(Ok(_)))
    }

    /// What it is.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn about(&self) -> anyhow::Result<About> {
        let version = self.client.version().await?;
        let has_buildkit = has_buildkit(&version);
        Ok(About {
            version: version.version.unwrap_or_default(),
            arch: version.arch.unwrap_or_default(),
            os: version.os.unwrap_or_default(),
            builder: if has_buildkit { "buildkit" } else { "classic" },
        })
    }

    /// Builds; gives back what the image is.
    ///
    /// # Errors
    /// The engine's message where the build fails; dropping the future cancels it.
    pub async fn build(&self, order: &Order<'_>, say: impl FnMut(Event)) -> anyhow::Result<Truth> {
        let id = match &self.builder {
            Some(name) => builder::build(name, order, say).await?,
            None => self.build_here(order, say).await?,
        };
        image::read(&self.client, &id).await
    }

    /// Writes an image to a file, as `docker save` does.
    ///
    /// # Errors
    /// Where the engine does not have it, or the file cannot be written.
    pub async fn save(&self, name: &str, path: &Path) -> anyhow::Result<()> {
        let stream = self.client.export_image(name).map_err(io::Error::other);
        let mut reader = StreamReader::new(Box::pin(stream));
        let mut file = tokio::fs::File::create(path).await?;
        tokio::io::copy(&mut reader, &mut file).await?;
        file.flush().await?;
        Ok(())
    }

    /// Takes an image out; one that is not there is out already.
    ///
    /// # Errors
    /// Where the engine does not do it.
    pub async fn remove_image(&self, name: &str) -> anyhow::Result<()> {
        let options = RemoveImageOptionsBuilder::default().force(true).build();
        let outcome = self.client.remove_image(name, Some(options), None).await;
        match outcome {
            Ok(_)
            | Err(bollard::errors::Error::DockerResponseServerError {
                status_code: 404, ..
            }) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("the image {name} stays")),
        }
    }

    /// Builds on the engine itself; gives back the image's name.
    async fn build_here(
        &self,
        order: &Order<'_>,
        mut say: impl FnMut(Event),
    ) -> anyhow::Result<String> {
        let mut progress = Progress::default();
        let with_buildkit = has_buildkit(&self.client.version().await?);
        let mut query = query(order);
        let (session, body) = if with_buildkit {
            let id = crate::access::random_token()?;
            query.push(("version", "2".to_owned()));
            query.push(("session", id.clone()));
            query.push(("remote", "client-session".to_owned()));
            (Some(self.open_session(&id, order).await?), no_body())
        } else {
            check_privileges(&order.spool, &order.spec.dockerfile)?;
            (None, archive_body(Arc::clone(&order.spool)))
        };
        // What serves the context ends with the build.
        let _guard = session.map(tokio_util::task::AbortOnDropHandle::new);
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        let request = Request::post(format!("/build?{}", query.join("&")))
            .header(CONTENT_TYPE, "application/x-tar")
            .body(body)?;
        let response = self.address.send(request).await?;
        if response.status() != StatusCode::OK {
            let bytes = response.into_body().collect().await?.to_bytes();
            let message: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let text = message["message"].as_str().map(str::to_owned);
            bail!(text.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned()));
        }
        let mut stream = response.into_body().into_data_stream();
        let mut rest = Vec::new();
        while let Some(bytes) = stream.next().await {
            rest.extend_from_slice(&bytes.context("the engine has gone away")?);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                progress.read(&line).into_iter().for_each(&mut say);
            }
            if rest.len() > MAX_MESSAGE {
                bail!("the engine sends a message of more than 16 MiB");
            }
        }
        progress.read(&rest).into_iter().for_each(&mut say);
        if let Some(error) = progress.error {
            bail!(error);
        }
        match progress.image {
            Some(image) => Ok(image),
            // Podman says it in its output only; the name is there in any case.
            None if !with_buildkit => Ok(order.tag.clone()),
            None => bail!("the engine has gone away before there was an image"),
        }
    }

    async fn open_session(
        &self,
        id: &str,
        order: &Order<'_>,
    ) -> anyhow::Result<tokio::task::JoinHandle<()>> {
        let request = Request::post("/session")
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "h2c")
            .header("X-Docker-Expose-Session-Uuid", id)
            .header("X-Docker-Expose-Session-Name", "layerlab")
            .header("X-Docker-Expose-Session-Sharedkey", id)
            .header("X-Docker-Expose-Session-Grpc-Method", session::METHOD)
            .body(no_body())?;
        let response = self.address.send(request).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            bail!("the engine opens no session: {}", response.status());
        }
        let upgraded = hyper::upgrade::on(response).await?;
        let spool = Arc::clone(&order.spool);
        Ok(tokio::spawn(async move {
            if let Err(error) = session::serve(Box::new(TokioIo::new(upgraded)), spool).await {
                tracing::debug!(%error, "the session");
            }
        }))
    }
}

/// Whether an engine has BuildKit: Docker's has it since 18.09, Podman's has not.
fn has_buildkit(version: &SystemVersion) -> bool {
    let mut components = version.components.iter().flatten();
    !components.any(|component| component.name.contains("Podman"))
}

/// Refuses what an engine without BuildKit grants unasked: RUN on the host's network, or with
/// its privileges, and Dockerfiles that it would read otherwise than they stand there.
fn check_privileges(spool: &Spool, name: &str) -> anyhow::Result<()> {
    let entry = spool.get(name);
    let Some(entry) = entry.filter(|entry| matches!(entry.kind, Kind::File(..))) else {
        bail!("failed to read dockerfile: open {name}: no such file or directory");
    };
    // Buildah runs the C preprocessor over these, which reads files of the machine.
    if name.ends_with(".in") {
        bail!("{name}: a Dockerfile for the C preprocessor is not granted");
    }
    let bytes = spool.chunk(entry, 0, MAX_DOCKERFILE + 1)?;
    if bytes.len() > MAX_DOCKERFILE {
        bail!("{name} is longer than {MAX_DOCKERFILE} bytes");
    }
    let source = dockerfile::decode(&bytes);
    for instruction in &dockerfile::parse(&source).instructions {
        let flags = instruction.flags.iter().map(|flag| flag.value.as_ref());
        // A trigger's flags are part of its text.
        let trigger = instruction.keyword.value.eq_ignore_ascii_case("ONBUILD");
        let words = instruction.original.split_whitespace().filter(|_| trigger);
        for flag in flags.chain(words) {
            let granted = match flag.split_once('=') {
                Some(("--network", value)) => matches!(value, "none" | "default"),
                Some(("--security", value)) => value == "sandbox",
                _ => true,
            };
            if !granted {
                bail!("{flag} is not granted");
            }
        }
    }
    Ok(())
}

/// The parameters of the engine's `/build`.
fn query(order: &Order<'_>) -> Vec<(&'static str, String)> {
    let spec = order.spec;
    let json = |map: &BTreeMap<String, String>| serde_json::json!(map).to_string();
    let mut out = vec![
        ("t", order.tag.clone()),
        ("dockerfile", spec.dockerfile.clone()),
        ("buildargs", json(&spec.args)),
        (
            "labels",
            json(&BTreeMap::from([(
                LABEL.to_owned(),
                order.owner.to_owned(),
            )])),
        ),
        ("rm", "1".to_owned()),
        ("forcerm", "1".to_owned()),
    ];
    if let Some(target) = &spec.target {
        out.push(("target", target.clone()));
    }
    if let Some(platform) = &spec.platform {
        out.push(("platform", platform.clone()));
    }
    if let Some(memory) = order.memory {
        out.push(("memory", memory.to_string()));
        out.push(("memswap", memory.to_string()));
    }
    if spec.no_cache {
        out.push(("nocache", "1".to_owned()));
    }
    if order.offline || spec.offline {
        out.push(("networkmode", "none".to_owned()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{MAX_DOCKERFILE, check_privileges};
    use crate::settings::Limits;
    use crate::spool::{Spool, Writer};

    fn spool(name: &str, text: &str) -> Spool {
        let mut writer = Writer::new(&Limits::default()).expect("a context");
        let size = text.len() as u64;
        let file = writer.file(name, size, 0o644, 0, text.as_bytes());
        file.expect("a file");
        writer.link("linked", name, 0).expect("a link");
        writer.finish().expect("a context")
    }

    #[test]
    fn grants_no_privileges() {
        let refused = |text: &str| check_privileges(&spool("D", text), "D").is_err();
        assert!(!refused(
            "FROM a\nRUN --network=none x\nRUN --mount=type=cache,target=/c x\n"
        ));
        for line in [
            "RUN --network=host x",
            "RUN --network=$N x",
            "run \\\n  --security=insecure x",
            "ONBUILD RUN --network=host x",
        ] {
            assert!(refused(&format!("FROM a\n{line}\n")), "{line}");
        }
        let long = format!("FROM a\n#{}\n", "x".repeat(MAX_DOCKERFILE));
        assert!(refused(&long));
        assert!(check_privileges(&spool("D.in", "FROM a\n"), "D.in").is_err());
        assert!(check_privileges(&spool("D", "FROM a\n"), "linked").is_err());
        assert!(check_privileges(&spool("D", "FROM a\n"), "other").is_err());
    }
}
