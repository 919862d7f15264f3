//! `RUN --mount=…` (BuildKit's `instructions/commands_runmount.go`).

/// A mount of a RUN instruction; values are not expanded yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mount {
    /// `bind` (default), `cache`, `tmpfs`, `secret` or `ssh`.
    pub kind: String,
    /// `from`: a stage, an image or a named context.
    pub from: Option<String>,
    /// `source`.
    pub source: Option<String>,
    /// `target`.
    pub target: Option<String>,
}

/// Keys that take a value without further meaning for the simulation.
const OTHER_KEYS: [&str; 9] = [
    "sharing",
    "id",
    "required",
    "mode",
    "uid",
    "gid",
    "size",
    "env",
    "propagation",
];

impl Mount {
    /// Parses the value of one `--mount` flag.
    ///
    /// # Errors
    /// BuildKit's message on an unknown type or key.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut mount = Self {
            kind: "bind".to_owned(),
            ..Self::default()
        };
        for field in text.split(',').map(|field| field.trim_matches('"')) {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (field, None),
            };
            let key = key.to_lowercase();
            match (key.as_str(), value) {
                ("readonly" | "ro" | "readwrite" | "rw" | "required", None) => {}
                (_, None) => {
                    return Err(format!("invalid field '{field}' must be a key=value pair"));
                }
                ("type", Some(value)) => {
                    let kind = value.to_lowercase();
                    if !["bind", "cache", "tmpfs", "secret", "ssh"].contains(&kind.as_str()) {
                        return Err(format!("unsupported mount type {}", super::quoted(value)));
                    }
                    mount.kind = kind;
                }
                ("from", Some(value)) => mount.from = Some(value.to_owned()),
                ("source" | "src", Some(value)) => mount.source = Some(value.to_owned()),
                ("target" | "dst" | "destination", Some(value)) => {
                    mount.target = Some(value.to_owned());
                }
                ("readonly" | "ro" | "readwrite" | "rw", Some(_)) => {}
                (key, Some(_)) if OTHER_KEYS.contains(&key) => {}
                _ => return Err(format!("unexpected key '{key}' in '{field}'")),
            }
        }
        Ok(mount)
    }
}
