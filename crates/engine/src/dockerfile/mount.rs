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
    /// `rw`, or `ro=false`; caches and tmpfs are writable unless `ro` says otherwise.
    pub writable: Option<bool>,
    /// `id`.
    pub id: Option<String>,
    /// `required`.
    pub required: bool,
    /// `env`, of a secret.
    pub env: Option<String>,
    /// `mode`, octal.
    pub mode: Option<u16>,
    /// `uid`.
    pub uid: Option<u32>,
    /// `gid`.
    pub gid: Option<u32>,
}

/// Keys that take a value without further meaning for the simulation.
const OTHER_KEYS: [&str; 3] = ["sharing", "size", "propagation"];

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
                ("readonly" | "ro", None) => mount.writable = Some(false),
                ("readwrite" | "rw", None) => mount.writable = Some(true),
                ("required", None) => mount.required = true,
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
                ("readonly" | "ro", Some(value)) => mount.writable = Some(!truth(value)),
                ("readwrite" | "rw", Some(value)) => mount.writable = Some(truth(value)),
                ("required", Some(value)) => mount.required = truth(value),
                ("id", Some(value)) => mount.id = Some(value.to_owned()),
                ("env", Some(value)) => mount.env = Some(value.to_owned()),
                ("mode", Some(value)) => mount.mode = u16::from_str_radix(value, 8).ok(),
                ("uid", Some(value)) => mount.uid = value.parse().ok(),
                ("gid", Some(value)) => mount.gid = value.parse().ok(),
                (key, Some(_)) if OTHER_KEYS.contains(&key) => {}
                _ => return Err(format!("unexpected key '{key}' in '{field}'")),
            }
        }
        Ok(mount)
    }
}

/// A value of a key that is on or off (Go's `strconv.ParseBool`).
fn truth(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")
}
