//! Who may use the companion: the token, the names it is reached by, the pages that may ask.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::problem::Problem;

/// A page served over https asks for this before it may talk to an address of a private
/// network (WICG Private Network Access).
const PRIVATE_NETWORK: (&str, &str) = (
    "access-control-request-private-network",
    "access-control-allow-private-network",
);

/// Who may use the companion.
#[derive(Debug)]
pub struct Access {
    token: String,
    hosts: BTreeSet<String>,
    origins: BTreeSet<String>,
}

/// A token that nobody guesses: 32 random bytes.
///
/// # Errors
/// Where the system has no random numbers.
pub fn random_token() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

impl Access {
    /// Rules for a companion that listens at `address`.
    pub fn new(token: String, address: SocketAddr, hosts: &[String], origins: &[String]) -> Self {
        let port = address.port();
        let mut names: BTreeSet<String> = hosts.iter().map(|name| name.to_lowercase()).collect();
        names.insert(address.to_string());
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            names.extend([
                format!("127.0.0.1:{port}"),
                format!("localhost:{port}"),
                format!("[::1]:{port}"),
            ]);
        }
        let mut pages: BTreeSet<String> =
            names.iter().map(|name| format!("http://{name}")).collect();
        pages.extend(
            origins
                .iter()
                .map(|origin| origin.trim_end_matches('/').to_lowercase()),
        );
        Self {
            token,
            hosts: names,
            origins: pages,
        }
    }

    /// The token.
    pub fn token(&self) -> &str {
        &self.token
    }

    fn knows_host(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).and_then(|value| value.to_str().ok());
        host.is_some_and(|host| self.hosts.contains(&host.to_lowercase()))
    }

    /// The origin that asks, where there is one and it may.
    fn origin(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, Problem> {
        let Some(origin) = headers.get(ORIGIN) else {
            return Ok(None);
        };
        let known = origin
            .to_str()
            .is_ok_and(|text| self.origins.contains(&text.to_lowercase()));
        if known {
            return Ok(Some(origin.clone()));
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "origin-refused",
            "pages of this origin may not use the companion; start it with --allow-origin to let them",
        ))
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let given = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        given.is_some_and(|given| given.as_bytes().ct_eq(self.token.as_bytes()).into())
    }
}

/// Lets in what may come in.
pub async fn check(State(access): State<Arc<Access>>, request: Request, next: Next) -> Response {
    match admit(&access, &request) {
        Ok(Admitted::Preflight(response)) => response,
        Ok(Admitted::Request(origin)) => {
            let mut response = next.run(request).await;
            if let Some(origin) = origin {
                allow(response.headers_mut(), origin);
            }
            response
        }
        Err((problem, origin)) => {
            let mut response = problem.into_response();
            if let Some(origin) = origin {
                allow(response.headers_mut(), origin);
            }
            response
        }
    }
}

enum Admitted {
    Preflight(Response),
    Request(Option<HeaderValue>),
}

type Refused = (Problem, Option<HeaderValue>);

fn admit(access: &Access, request: &Request) -> Result<Admitted, Refused> {
    let headers = request.headers();
    if !access.knows_host(headers) {
        let problem = Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host-refused",
            "the companion is not reached by this name; start it with --allow-host to add it",
        );
        return Err((problem, None));
    }
    let origin = access.origin(headers).map_err(|problem| (problem, None))?;
    if request.method() == Method::OPTIONS {
        return Ok(Admitted::Preflight(preflight(headers, origin)));
    }
    let path = request.uri().path();
    if path.starts_with("/api/") && path != "/api/v1/health" && !access.has_token(headers) {
        let problem = Problem::new(
            StatusCode::UNAUTHORIZED,
            "token-wanted",
            "send the token that the companion has printed: Authorization: Bearer TOKEN",
        );
        return Err((problem, origin));
    }
    // A form of another page can send none of these types.
    let known = ["application/json", "application/x-tar"];
    if request.method() == Method::POST
        && path.starts_with("/api/")
        && !media_type(headers).is_some_and(|kind| known.contains(&kind))
    {
        let problem = Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "type-refused",
            "send application/json, or application/x-tar",
        );
        return Err((problem, origin));
    }
    Ok(Admitted::Request(origin))
}

/// What a body is, without parameters.
pub fn media_type(headers: &HeaderMap) -> Option<&str> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    kind.split(';').next().map(str::trim)
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(VARY, HeaderValue::from_static("origin"));
}

fn preflight(headers: &HeaderMap, origin: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let Some(origin) = origin else {
        return response;
    };
    let answer = response.headers_mut();
    allow(answer, origin);
    answer.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, DELETE"),
    );
    answer.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, last-event-id"),
    );
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    if headers.contains_key(PRIVATE_NETWORK.0) {
        answer.insert(
            HeaderName::from_static(PRIVATE_NETWORK.1),
            HeaderValue::from_static("true"),
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;

    use super::{Access, Admitted, admit};

    fn status(method: &str, path: &str, headers: &[(&str, &str)]) -> StatusCode {
        let address = "127.0.0.1:8080".parse().expect("an address");
        let origins = ["https://course.example".to_owned()];
        let access = Access::new("secret".to_owned(), address, &[], &origins);
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        use axum::response::IntoResponse as _;
        match admit(&access, &request) {
            Ok(Admitted::Preflight(response)) => response.status(),
            Ok(Admitted::Request(_)) => StatusCode::OK,
            Err((problem, _)) => problem.into_response().status(),
        }
    }

    #[test]
    fn lets_in_who_may() {
        let host = ("host", "localhost:8080");
        let token = ("authorization", "Bearer secret");
        let json = ("content-type", "application/json; charset=utf-8");
        assert_eq!(status("GET", "/api/v1/health", &[host]), StatusCode::OK);
        assert_eq!(status("GET", "/", &[host]), StatusCode::OK);
        assert_eq!(
            status("GET", "/api/v1/builds", &[host, token]),
            StatusCode::OK
        );
        assert_eq!(
            status("GET", "/api/v1/builds", &[host]),
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            status(
                "GET",
                "/api/v1/builds",
                &[host, ("authorization", "Bearer secre")]
            ),
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            status(
                "GET",
                "/api/v1/builds",
                &[("host", "evil.example:8080"), token]
            ),
            StatusCode::MISDIRECTED_REQUEST
        );
        let evil = ("origin", "https://evil.example");
        assert_eq!(
            status("GET", "/api/v1/builds", &[host, token, evil]),
            StatusCode::FORBIDDEN
        );
        let course = ("origin", "https://course.example");
        assert_eq!(
            status("OPTIONS", "/api/v1/builds", &[host, course]),
            StatusCode::NO_CONTENT
        );
        assert_eq!(
            status("POST", "/api/v1/builds", &[host, token, json]),
            StatusCode::OK
        );
        assert_eq!(
            status(
                "POST",
                "/api/v1/builds",
                &[host, token, ("content-type", "text/plain")]
            ),
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
    }
}
