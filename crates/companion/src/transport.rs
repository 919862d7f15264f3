//! Where the engine is, found as the docker command finds it, and connections to it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use hyper::body::{Body, Incoming};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite, Join};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::settings::EngineChoice;

/// How long the engine has to begin an answer; builds and runs have limits of their own.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How long it may take to reach the engine.
const CONNECT: Duration = Duration::from_secs(10);

/// A connection.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Where an engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A socket of this machine.
    Unix(PathBuf),
    /// A host and a port.
    Tcp(String),
    /// The same, with the directory of ca.pem, cert.pem and key.pem.
    Tls(String, PathBuf),
    /// A user and a host, perhaps a port.
    Ssh(String),
}

impl Address {
    /// Reads an address: `unix:///…`, `tcp://…`, `https://…`, `ssh://…`.
    ///
    /// # Errors
    /// Where it is none of these.
    pub fn parse(text: &str, certificates: Option<PathBuf>) -> anyhow::Result<Self> {
        let (scheme, rest) = text.split_once("://").with_context(|| {
            format!("{text:?} is no address of an engine: write unix://PATH, tcp://HOST:PORT or ssh://USER@HOST")
        })?;
        let rest = rest.trim_end_matches('/');
        Ok(match (scheme, certificates) {
            ("unix", _) => Self::Unix(PathBuf::from(rest)),
            ("tcp" | "https", Some(directory)) => Self::Tls(rest.to_owned(), directory),
            ("tcp" | "http", None) => Self::Tcp(rest.to_owned()),
            ("ssh", _) => Self::Ssh(rest.to_owned()),
            _ => bail!("engines are not reached by {scheme}:"),
        })
    }

    /// The engine that is chosen.
    ///
    /// # Errors
    /// Where its address is none.
    pub fn of(choice: &EngineChoice) -> anyhow::Result<Self> {
        match choice {
            EngineChoice::Found | EngineChoice::Builder(_) => Self::find(),
            EngineChoice::At(address) => Self::parse(address, certificates()),
        }
    }

    /// The engine that the docker command would use; one of the usual sockets where it has no
    /// opinion.
    ///
    /// # Errors
    /// Where what the docker command is told cannot be read.
    pub fn find() -> anyhow::Result<Self> {
        let config = configuration();
        if let Some(host) = set("DOCKER_HOST") {
            return Self::parse(&host, certificates()).context("DOCKER_HOST");
        }
        let context = set("DOCKER_CONTEXT").or_else(|| current_context(&config));
        if let Some(name) = context.filter(|name| name != "default") {
            return Self::of_context(&config, &name);
        }
        let mut sockets = vec![PathBuf::from("/var/run/docker.sock")];
        let runtime = set("XDG_RUNTIME_DIR").map(PathBuf::from);
        sockets.extend(runtime.iter().map(|at| at.join("docker.sock")));
        sockets.push(home().join(".docker/run/docker.sock"));
        sockets.extend(runtime.iter().map(|at| at.join("podman/podman.sock")));
        sockets.push(PathBuf::from("/run/podman/podman.sock"));
        // The usual one may be there later.
        let found = sockets.iter().find(|at| at.exists());
        Ok(Self::Unix(found.unwrap_or(&sockets[0]).clone()))
    }

    /// The engine of one of the docker command's contexts.
    fn of_context(config: &Path, name: &str) -> anyhow::Result<Self> {
        let id = context_id(name);
        let file = config.join("contexts/meta").join(&id).join("meta.json");
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("docker's context {name:?}: {}", file.display()))?;
        let meta: serde_json::Value =
            serde_json::from_str(&text).with_context(|| format!("docker's context {name:?}"))?;
        let host = meta["Endpoints"]["docker"]["Host"].as_str();
        let host = host.with_context(|| format!("docker's context {name:?} names no engine"))?;
        let certificates = config.join("contexts/tls").join(&id).join("docker");
        Self::parse(host, Some(certificates).filter(|at| at.is_dir()))
    }

    /// A client of the engine's API; the engine need not be there yet.
    ///
    /// # Errors
    /// Where bollard makes none.
    pub fn client(&self) -> anyhow::Result<Docker> {
        let address = self.clone();
        let transport = move |request: BollardRequest| {
            let address = address.clone();
            async move {
                let sent = tokio::time::timeout(TIMEOUT, address.send(request)).await;
                sent.map_err(|_| Error::RequestTimeoutError)?
                    .map_err(|error| Error::IOError {
                        err: io::Error::other(error),
                    })
            }
        };
        Ok(Docker::connect_with_custom_transport(
            transport,
            Some("http://engine"),
            TIMEOUT.as_secs(),
            API_DEFAULT_VERSION,
        )?)
    }

    /// Sends a request over a connection of its own, which lives as long as the answer.
    ///
    /// # Errors
    /// Where the engine cannot be reached, or does not speak HTTP.
    pub async fn send<B>(&self, mut request: Request<B>) -> anyhow::Result<Response<Incoming>>
    where
        B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        let host = HeaderValue::from_static("engine");
        request.headers_mut().insert(HOST, host);
        if let Some(path) = request.uri().path_and_query() {
            *request.uri_mut() = Uri::from(path.clone());
        }
        let io = TokioIo::new(self.open().await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.with_upgrades().await {
                tracing::debug!(%error, "the engine's connection");
            }
        });
        Ok(sender.send_request(request).await?)
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// Where the engine cannot be reached.
    async fn open(&self) -> anyhow::Result<Box<dyn Io>> {
        let opening = async {
            Ok::<Box<dyn Io>, anyhow::Error>(match self {
                Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
                Self::Tcp(host) => Box::new(TcpStream::connect(host).await?),
                Self::Tls(host, directory) => {
                    let name = host
                        .rsplit_once(':')
                        .map_or(host.as_str(), |(name, _)| name);
                    let name = ServerName::try_from(name.to_owned())?;
                    let stream = TcpStream::connect(host).await?;
                    Box::new(tls(directory)?.connect(name, stream).await?)
                }
                Self::Ssh(host) => Box::new(dial(host)?),
            })
        };
        tokio::time::timeout(CONNECT, opening)
            .await
            .context("the engine cannot be reached within 10 seconds")?
    }
}

/// A variable of the environment that is not empty.
fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn home() -> PathBuf {
    set("HOME").map(PathBuf::from).unwrap_or_default()
}

/// The directory of the docker command's configuration.
fn configuration() -> PathBuf {
    set("DOCKER_CONFIG").map_or_else(|| home().join(".docker"), PathBuf::from)
}

/// The certificates that the environment asks for (docker/cli, `DOCKER_TLS_VERIFY`).
fn certificates() -> Option<PathBuf> {
    set("DOCKER_TLS_VERIFY")?;
    Some(set("DOCKER_CERT_PATH").map_or_else(configuration, PathBuf::from))
}

/// The directory of a context: its name's digest (docker/cli, cli/context/store).
fn context_id(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn current_context(config: &Path) -> Option<String> {
    let text = std::fs::read_to_string(config.join("config.json")).ok()?;
    let config: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(config["currentContext"].as_str()?.to_owned()).filter(|name| !name.is_empty())
}

fn tls(directory: &Path) -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(directory.join("ca.pem"))? {
        roots.add(certificate?)?;
    }
    let own: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(directory.join("cert.pem"))?.collect();
    let key = PrivateKeyDer::from_pem_file(directory.join("key.pem"))?;
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_client_auth_cert(own?, key)?;
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The way of the docker command: its own at the other end passes on what comes. It ends when
/// its input does.
fn dial(host: &str) -> anyhow::Result<Join<ChildStdout, ChildStdin>> {
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (host, None),
    };
    let mut command = Command::new("ssh");
    if let Some(port) = port {
        command.args(["-p", port]);
    }
    let mut child = command
        .args(["--", host, "docker", "system", "dial-stdio"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("ssh cannot be started")?;
    let input = child.stdin.take().context("ssh has no input")?;
    let output = child.stdout.take().context("ssh has no output")?;
    Ok(tokio::io::join(output, input))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Address, context_id};

    #[test]
    fn reads_addresses() {
        let parse = |text: &str| Address::parse(text, None).ok();
        assert_eq!(
            parse("unix:///run/docker.sock"),
            Some(Address::Unix(PathBuf::from("/run/docker.sock")))
        );
        assert_eq!(
            parse("tcp://10.0.0.1:2375/"),
            Some(Address::Tcp("10.0.0.1:2375".to_owned()))
        );
        assert_eq!(
            parse("ssh://me@host"),
            Some(Address::Ssh("me@host".to_owned()))
        );
        assert_eq!(parse("/run/docker.sock"), None);
        assert_eq!(
            Address::parse("tcp://h:2376", Some(PathBuf::from("/c"))).ok(),
            Some(Address::Tls("h:2376".to_owned(), PathBuf::from("/c")))
        );
        let directory = tempfile::tempdir().expect("a directory");
        assert!(Address::of_context(directory.path(), "away").is_err());
    }

    /// A context of the docker command's that leads to a host with TLS on both sides.
    #[tokio::test]
    async fn reaches_an_engine_behind_tls() {
        use std::sync::Arc;

        use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
        use tokio_rustls::rustls::server::WebPkiClientVerifier;
        use tokio_rustls::rustls::{RootCertStore, ServerConfig};

        let ca_key = KeyPair::generate().expect("a key");
        let mut ca = CertificateParams::new(Vec::new()).expect("parameters");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_certificate = ca.self_signed(&ca_key).expect("a certificate");
        let issuer = Issuer::new(ca, ca_key);
        let issue = || {
            let key = KeyPair::generate().expect("a key");
            let own = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
            (own.signed_by(&key, &issuer).expect("a certificate"), key)
        };
        let (own, key) = issue();
        let mut roots = RootCertStore::empty();
        roots.add(ca_certificate.der().clone()).expect("a root");
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots))
            .build()
            .expect("a verifier");
        let server = ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![own.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .expect("a server");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
        let listener = tokio::net::TcpListener::bind("localhost:0")
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")
                    .await;
                let _ = stream.shutdown().await;
            }
        });

        let config = tempfile::tempdir().expect("a directory");
        let id = context_id("away");
        let meta = config.path().join("contexts/meta").join(&id);
        let tls = config.path().join("contexts/tls").join(&id).join("docker");
        std::fs::create_dir_all(&meta).expect("a directory");
        std::fs::create_dir_all(&tls).expect("a directory");
        let host = format!(
            r#"{{"Name":"away","Endpoints":{{"docker":{{"Host":"tcp://localhost:{port}"}}}}}}"#
        );
        let (client, client_key) = issue();
        for (at, text) in [
            (meta.join("meta.json"), host),
            (tls.join("ca.pem"), ca_certificate.pem()),
            (tls.join("cert.pem"), client.pem()),
            (tls.join("key.pem"), client_key.serialize_pem()),
        ] {
            std::fs::write(at, text).expect("a file");
        }
        let address = Address::of_context(config.path(), "away").expect("an address");
        assert_eq!(address, Address::Tls(format!("localhost:{port}"), tls));
        let mut stream = address.open().await.expect("a connection");
        stream
            .write_all(b"GET /_ping HTTP/1.1\r\nhost: e\r\n\r\n")
            .await
            .expect("to write");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.ends_with("OK"), "{answer}");
        let answers = async |address| {
            let engine = crate::engine::Engine::new(address).expect("an engine");
            engine.answers().await
        };
        assert!(answers(address).await);
        // Without a certificate of its own it is not let in.
        let plain = Address::Tcp(format!("localhost:{port}"));
        assert!(!answers(plain).await);
    }
}
