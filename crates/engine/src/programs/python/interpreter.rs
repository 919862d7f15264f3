//! The Python that a program belongs to, and where its distributions are.

use crate::image::path;
use crate::programs::Call;
use crate::python::{minor, series, venv_value};
use crate::shell::Resolution;

/// How a Python is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Built from source, as in Docker's official images: all below one prefix.
    Local,
    /// Debian's own: what pip installs goes below /usr/local, to `dist-packages`.
    Debian,
    /// Another distribution's own, below /usr.
    System,
    /// A virtual environment.
    Venv,
}

/// A Python.
#[derive(Debug, Clone)]
pub(super) struct Interpreter {
    /// `3.11`.
    pub(super) version: String,
    /// `3.11.9`, where it is known.
    pub(super) full_version: Option<String>,
    /// How it is laid out.
    pub(super) layout: Layout,
    /// The directory that its own are below.
    pub(super) prefix: String,
    /// Its path, as scripts that it installs begin with it.
    pub(super) executable: String,
}

impl Interpreter {
    /// The Python that a command of its directory belongs to; `None` where it is not known.
    pub(super) fn of(call: &Call<'_, '_, '_>, command: &str) -> Option<Self> {
        let (found, real) = match call.shell.find_command(command) {
            Resolution::File(found, real) => (found, Some(real)),
            Resolution::Perhaps(found) => (found, None),
            _ => return None,
        };
        let found = call.at(&found);
        let directory = path::split(&found).0.to_owned();
        let prefix = path::split(&directory).0.to_owned();
        if let Some(text) = call
            .shell
            .machine
            .files
            .text(&path::child(&prefix, "pyvenv.cfg"))
        {
            return Self::of_venv(&prefix, &found, &text);
        }
        let variable = call.shell.process.variable("PYTHON_VERSION");
        let full = variable.map(str::to_owned);
        let by_file = real
            .as_deref()
            .and_then(version_of_file)
            .or_else(|| Self::beside(call, &directory));
        let is_system = matches!(directory.as_str(), "/usr/bin" | "/bin");
        let version = by_file.or_else(|| series(full.as_deref()?))?;
        let os = call.shell.machine.os.as_str();
        let layout = match is_system {
            true if os.starts_with("debian") || os.starts_with("ubuntu") => Layout::Debian,
            true => Layout::System,
            false => Layout::Local,
        };
        let executable = match layout {
            _ if path::split(&found).1.starts_with("python") => found,
            Layout::Local => format!("{directory}/python{version}"),
            _ => "/usr/bin/python3".to_owned(),
        };
        Some(Self {
            full_version: full.filter(|full| !is_system && full.starts_with(&version)),
            version,
            layout,
            prefix,
            executable,
        })
    }

    fn of_venv(prefix: &str, found: &str, text: &str) -> Option<Self> {
        let full = venv_value(text, "version").or_else(|| venv_value(text, "version_info"))?;
        Some(Self {
            version: series(full)?,
            full_version: Some(full.to_owned()),
            layout: Layout::Venv,
            prefix: prefix.to_owned(),
            executable: if path::split(found).1.starts_with("python") {
                found.to_owned()
            } else {
                format!("{prefix}/bin/python")
            },
        })
    }

    /// The Python that a virtual environment was made with, which has the standard library; itself
    /// where it is none.
    pub(super) fn base(&self, call: &Call<'_, '_, '_>) -> Option<Self> {
        if self.layout != Layout::Venv {
            return Some(self.clone());
        }
        let settings = path::child(&self.prefix, "pyvenv.cfg");
        let text = call.shell.machine.files.text(&settings)?;
        let home = venv_value(&text, "home")?;
        let base = Self::of(call, &path::child(home, "python3"))?;
        (base.layout != Layout::Venv).then_some(base)
    }

    /// The version of the Python in a directory, as its name says.
    fn beside(call: &Call<'_, '_, '_>, directory: &str) -> Option<String> {
        let entry = call.stat(&path::child(directory, "python3")).ok()?;
        version_of_file(&entry.path)
    }

    /// Where its standard library is.
    pub(super) fn library(&self) -> String {
        format!("{}/lib/python{}", self.prefix, self.version)
    }

    /// Where it keeps distributions that pip installs.
    pub(super) fn site(&self) -> String {
        let Self {
            prefix, version, ..
        } = self;
        match self.layout {
            Layout::Debian => format!("/usr/local/lib/python{version}/dist-packages"),
            _ => format!(
                "{}/lib/python{version}/site-packages",
                prefix.trim_end_matches('/')
            ),
        }
    }

    /// What scripts and data go below.
    pub(super) fn data(&self) -> String {
        match self.layout {
            Layout::Debian => "/usr/local".to_owned(),
            _ => self.prefix.clone(),
        }
    }

    /// Whether the distribution that it belongs to forbids pip to install for all (PEP 668):
    /// Debian since 12, Ubuntu since 23.04, Alpine since 3.20.
    pub(super) fn is_externally_managed(&self, call: &Call<'_, '_, '_>) -> bool {
        let marker = format!("/usr/lib/python{}/EXTERNALLY-MANAGED", self.version);
        if matches!(self.layout, Layout::Local | Layout::Venv) {
            return false;
        }
        let os = call.shell.machine.os.as_str();
        let number: f64 = os
            .split_once(' ')
            .and_then(|(_, version)| version.parse().ok())
            .unwrap_or(0.0);
        let since = match os.split(' ').next() {
            Some("debian") => 12.0,
            Some("ubuntu") => 23.04,
            Some("alpine") => return self.minor() >= 12,
            _ => return false,
        };
        number >= since && !call.is_missing(&marker)
    }

    /// `11` of `3.11`.
    pub(super) fn minor(&self) -> u32 {
        minor(&self.version)
    }

    /// The part of compiled modules' names that says who compiled them.
    pub(super) fn cache_tag(&self) -> String {
        format!("cpython-{}", self.version.replace('.', ""))
    }

    /// The versions of pip, setuptools and wheel that a new Python or virtual environment
    /// has (cpython's Lib/ensurepip; the official images' Dockerfiles; Debian's packages).
    pub(super) fn bundled(&self, in_venv: bool) -> Vec<(&'static str, &'static str)> {
        let debian = self.layout == Layout::Debian;
        let (pip, setuptools) = match self.minor() {
            ..=8 => ("23.0.1", "56.0.0"),
            9 => ("23.0.1", "58.1.0"),
            10 => ("23.0.1", "65.5.0"),
            11 if debian => ("23.0.1", "66.1.1"),
            11 => ("24.0", "65.5.0"),
            12 => ("25.0.1", ""),
            13 if debian => ("25.1.1", ""),
            _ => ("25.3", ""),
        };
        let mut out = vec![("pip", pip)];
        match (setuptools, in_venv) {
            ("", _) => {}
            (own, true) => out.push(("setuptools", own)),
            // The images bring newer ones, and wheel, for Pythons before 3.12.
            (_, false) => out.extend([("setuptools", "79.0.1"), ("wheel", "0.45.1")]),
        }
        out
    }
}

/// The version in a file's name: `3.11` of `/usr/bin/python3.11`.
fn version_of_file(at: &str) -> Option<String> {
    let rest = path::split(at).1.strip_prefix("python")?;
    let digits = rest
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (digits && rest.contains('.')).then(|| rest.to_owned())
}
