//! Platforms: `linux/amd64`, `linux/arm/v7`.

/// A platform in normal form (containerd's `platforms` package).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// Operating system.
    pub os: String,
    /// Processor.
    pub architecture: String,
    /// Variant of the processor, or nothing.
    pub variant: String,
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            os: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            variant: String::new(),
        }
    }
}

const SYSTEMS: [&str; 6] = ["linux", "windows", "darwin", "freebsd", "netbsd", "openbsd"];
const ARCHITECTURES: [&str; 11] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips64", "mips64le", "ppc64le", "riscv64", "s390x",
    "wasm",
];

impl Platform {
    /// Parses a platform.
    ///
    /// # Errors
    /// The engine's message.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_lowercase();
        let parts: Vec<&str> = lower.split('/').collect();
        let (os, architecture, variant) = match parts.as_slice() {
            [one] if SYSTEMS.contains(one) => (*one, "amd64", ""),
            [one] if is_architecture(one) => ("linux", *one, ""),
            [_] => {
                return Err(format!(
                    "\"{text}\": unknown operating system or architecture: invalid argument"
                ));
            }
            [os, architecture] => (*os, *architecture, ""),
            [os, architecture, variant] => (*os, *architecture, *variant),
            _ => {
                return Err(format!(
                    "\"{text}\": cannot parse platform specifier: invalid argument"
                ));
            }
        };
        let (architecture, variant) = normalize(architecture, variant);
        Ok(Self {
            os: os.to_owned(),
            architecture,
            variant,
        })
    }

    /// `linux/arm/v7`.
    pub fn text(&self) -> String {
        let mut out = format!("{}/{}", self.os, self.architecture);
        if !self.variant.is_empty() {
            out.push('/');
            out.push_str(&self.variant);
        }
        out
    }
}

fn is_architecture(name: &str) -> bool {
    ARCHITECTURES.contains(&name)
        || matches!(
            name,
            "x86_64" | "x86-64" | "i386" | "aarch64" | "armhf" | "armel"
        )
}

fn normalize(architecture: &str, variant: &str) -> (String, String) {
    let (architecture, variant) = match (architecture, variant) {
        ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64", variant) => ("amd64", variant),
        ("i386", _) => ("386", ""),
        ("aarch64" | "arm64", "8" | "v8" | "") => ("arm64", ""),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) | ("arm", "6") => ("arm", "v6"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "8") => ("arm", "v8"),
        other => other,
    };
    (architecture.to_owned(), variant.to_owned())
}
