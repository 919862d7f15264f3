//! bun's lock file (`bun.lock`): JSON with commas before closing brackets.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::manifest::{Lock, Locked};
use super::pins::split;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    workspaces: BTreeMap<String, Info>,
    /// By place, each name below the one that has it: `name@version`, where it comes from, what
    /// it says of itself, a digest.
    packages: BTreeMap<String, Vec<Value>>,
}

/// What a package, or the project, says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Info {
    dependencies: BTreeMap<String, String>,
    optional_dependencies: BTreeMap<String, String>,
    peer_dependencies: BTreeMap<String, String>,
    os: Value,
    cpu: Value,
}

impl Info {
    /// The names of what it needs, development aside.
    fn needs(&self) -> impl Iterator<Item = &String> {
        let firm = self.dependencies.keys();
        firm.chain(self.optional_dependencies.keys())
            .chain(self.peer_dependencies.keys())
    }
}

/// Reads a lock file for a machine, `x86_64`, in the form of npm's.
///
/// # Errors
/// Where it is not one.
pub fn read(text: &str, machine: &str) -> Result<Lock, String> {
    let file: File = serde_json::from_str(&without_commas(text)).map_err(|e| e.to_string())?;
    let cpu = match machine {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let mut out = Lock::default();
    let mut infos: BTreeMap<&str, Info> = BTreeMap::new();
    for (place, fields) in &file.packages {
        let Some((name, version)) = fields.first().and_then(|text| split(text.as_str()?)) else {
            continue;
        };
        let info = fields.iter().find(|field| field.is_object()).cloned();
        let info: Info = info
            .and_then(|info| serde_json::from_value(info).ok())
            .unwrap_or_default();
        let runs = allows(&info.os, "linux") && allows(&info.cpu, cpu);
        let locked = Locked {
            name: Some(name.to_owned()),
            version: Some(version.to_owned()),
            link: version.starts_with("workspace:"),
            optional: !info.os.is_null() || !info.cpu.is_null(),
            // Until something beside development is found to need it.
            dev: true,
            ..Locked::default()
        };
        if runs {
            out.packages.insert(directory(place), locked);
        }
        infos.insert(place, info);
    }
    let root = file.workspaces.get("");
    let mut open: Vec<String> = root.iter().flat_map(|root| root.needs().cloned()).collect();
    let mut seen = BTreeSet::new();
    while let Some(place) = open.pop() {
        if !seen.insert(place.clone()) {
            continue;
        }
        if let Some(locked) = out.packages.get_mut(&directory(&place)) {
            locked.dev = false;
        }
        for name in infos
            .get(place.as_str())
            .iter()
            .flat_map(|info| info.needs())
        {
            let found = places(&place, name).find(|at| infos.contains_key(at.as_str()));
            open.extend(found);
        }
    }
    Ok(out)
}

/// Where a package that another one needs may be: below it, or below one that has it.
fn places<'n>(place: &str, name: &'n str) -> impl Iterator<Item = String> + use<'n> {
    let mut above: Vec<String> = Vec::new();
    let mut path = String::new();
    for segment in segments(place) {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(segment);
        above.push(format!("{path}/{name}"));
    }
    let top = std::iter::once(name.to_owned());
    above.into_iter().rev().chain(top)
}

/// The names of a place; a scope's slash is part of its name.
fn segments(place: &str) -> impl Iterator<Item = &str> {
    let mut rest = place;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let from = if rest.starts_with('@') {
            rest.find('/').map_or(rest.len(), |at| at + 1)
        } else {
            0
        };
        let end = rest[from..].find('/').map_or(rest.len(), |at| from + at);
        let name = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(name)
    })
}

fn directory(place: &str) -> String {
    let names: Vec<String> = segments(place)
        .map(|name| format!("node_modules/{name}"))
        .collect();
    names.join("/")
}

/// Whether a list of systems, or one, has a name; none is for all.
fn allows(list: &Value, name: &str) -> bool {
    match list {
        Value::String(only) => only == name,
        Value::Array(names) => names.iter().any(|own| own == name),
        _ => true,
    }
}

/// The text without commas that nothing follows.
fn without_commas(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for (at, ch) in text.char_indices() {
        if quoted {
            quoted = escaped || ch != '"';
            escaped = ch == '\\' && !escaped;
        } else if ch == '"' {
            quoted = true;
        } else if ch == ',' && text[at + 1..].trim_start().starts_with(['}', ']']) {
            continue;
        }
        out.push(ch);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn reads_a_lock_file() {
        let text = r#"{
  "lockfileVersion": 1,
  "workspaces": { "": { "dependencies": { "a": "^1", }, "devDependencies": { "@s/b": "^2", }, }, },
  "packages": {
    "a": ["a@1.0.0", "", { "dependencies": { "c": "^1", "d": "^1" } }, "sha512-,]"],
    "@s/b": ["@s/b@2.0.0", "", { "dependencies": { "c": "^2" } }, "sha512-x"],
    "@s/b/c": ["c@2.0.0", "", {}, "sha512-x"],
    "c": ["c@1.0.0", "", {}, "sha512-x"],
    "d": ["d@1.0.0", "", { "os": "win32", "cpu": "x64" }, "sha512-x"],
  },
}
"#;
        let lock = read(text, "x86_64").expect("a lock file");
        let found: Vec<_> = (lock.packages.iter())
            .map(|(at, own)| (at.as_str(), own.version.as_deref().unwrap_or(""), own.dev))
            .collect();
        assert_eq!(
            found,
            [
                ("node_modules/@s/b", "2.0.0", true),
                ("node_modules/@s/b/node_modules/c", "2.0.0", true),
                ("node_modules/a", "1.0.0", false),
                ("node_modules/c", "1.0.0", false),
            ]
        );
    }
}
