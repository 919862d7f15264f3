//! What a client asks to be built.

use std::collections::BTreeMap;

use layerlab_engine::context::check_path;
use serde::Deserialize;

use crate::problem::Problem;

/// How a context is built.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spec {
    /// Path of the Dockerfile in the context.
    pub dockerfile: String,
    /// The stage that is wanted; the last one where none is named.
    pub target: Option<String>,
    /// `linux/amd64`; the engine's own where none is named.
    pub platform: Option<String>,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// Whether nothing is taken from the build cache.
    pub no_cache: bool,
    /// Whether RUN goes without network.
    pub offline: bool,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            dockerfile: "Dockerfile".to_owned(),
            target: None,
            platform: None,
            args: BTreeMap::new(),
            no_cache: false,
            offline: false,
        }
    }
}

impl Spec {
    /// Reads one from a query, where arguments are JSON.
    ///
    /// # Errors
    /// Where a part is not what it should be.
    pub fn of_query(query: BTreeMap<String, String>) -> Result<Self, Problem> {
        let mut out = Self::default();
        let flag = |name: &str, value: &str| match value {
            "true" | "1" => Ok(true),
            "false" | "0" | "" => Ok(false),
            _ => Err(Problem::invalid(
                "query-invalid",
                format!("{name}={value}: write true or false"),
            )),
        };
        for (name, value) in query {
            match name.as_str() {
                "dockerfile" => out.dockerfile = value,
                "target" => out.target = Some(value),
                "platform" => out.platform = Some(value),
                "no_cache" => out.no_cache = flag(&name, &value)?,
                "offline" => out.offline = flag(&name, &value)?,
                "args" => {
                    out.args = serde_json::from_str(&value).map_err(|error| {
                        Problem::invalid("query-invalid", format!("args: {error}"))
                    })?;
                }
                _ => {
                    return Err(Problem::invalid(
                        "query-invalid",
                        format!("there is no parameter {name:?}"),
                    ));
                }
            }
        }
        Ok(out)
    }

    /// Holds that the Dockerfile is one of the context: what builds may take its path for one
    /// of the machine's.
    ///
    /// # Errors
    /// Where its path is absolute or climbs.
    pub fn check(mut self) -> Result<Self, Problem> {
        let plain = self.dockerfile.trim_start_matches("./");
        check_path(plain).map_err(|why| Problem::invalid("dockerfile-refused", why))?;
        self.dockerfile = plain.to_owned();
        Ok(self)
    }
}

/// A build as JSON: how it is built, and the files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// How it is built.
    #[serde(default)]
    pub spec: Spec,
    /// The context.
    pub files: Vec<UploadedFile>,
}

/// A file of a context as JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadedFile {
    /// Path without a slash in front.
    pub path: String,
    /// Its text.
    pub text: Option<String>,
    /// Or its bytes, base64.
    pub base64: Option<String>,
    /// Permissions; 0o644 where none are given.
    pub mode: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::{Spec, Upload};

    #[test]
    fn takes_dockerfiles_of_the_context_only() {
        let checked = |dockerfile: &str| {
            let spec = Spec {
                dockerfile: dockerfile.to_owned(),
                ..Spec::default()
            };
            spec.check().map(|spec| spec.dockerfile).ok()
        };
        assert_eq!(checked("./my/Dockerfile").as_deref(), Some("my/Dockerfile"));
        for path in ["", "/etc/passwd", "../Dockerfile", "a/../../x", "./../x"] {
            assert_eq!(checked(path), None, "{path:?}");
        }
        let upload: Upload = serde_json::from_str(r#"{"files":[]}"#).expect("an upload");
        assert_eq!(upload.spec.dockerfile, "Dockerfile");
    }
}
