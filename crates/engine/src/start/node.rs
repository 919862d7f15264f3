//! Whether a Node program finds the modules that it requires (Node's documentation, "Modules:
//! CommonJS modules" and "Modules: ECMAScript modules").

use std::collections::BTreeSet;

use crate::build::BuiltStage;
use crate::image::path;

use super::modules::{Ended, MAX_FILES, Place, place, text};

/// Node's own modules (`module.builtinModules`).
const BUILT_IN: &str = " assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib ";

/// Ends of the names of files that are required without them.
const ENDS: [&str; 4] = ["", ".js", ".json", ".node"];

/// What Node says of the first module that it does not find, from a file on; none where it
/// finds all, or where that is not known.
pub(super) fn complaint(stage: &BuiltStage, file: &str) -> Option<String> {
    if super::modules::has_guesses(stage) || super::variable(stage, "NODE_OPTIONS").is_some() {
        return None;
    }
    let mut node = Node {
        stage,
        read: BTreeSet::new(),
    };
    match node.file(file) {
        Ok(Some(at)) => node.read(&at).err()?,
        Ok(None) => Some(format!("Error: Cannot find module '{file}'")),
        Err(ended) => ended,
    }
}

/// The command that npm runs for its arguments: `start`, or `run NAME`.
pub(super) fn script(stage: &BuiltStage, arguments: &[&str]) -> Option<String> {
    let name = match *arguments {
        [name @ ("start" | "test")] | ["run" | "run-script", name] => name,
        _ => return None,
    };
    let manifest = path::child(&super::directory(stage), "package.json");
    let manifest: serde_json::Value = serde_json::from_str(&text(stage, &manifest)?).ok()?;
    Some(manifest["scripts"][name].as_str()?.to_owned())
}

struct Node<'s> {
    stage: &'s BuiltStage,
    read: BTreeSet<String>,
}

/// How a file asks for a module.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Request {
    Require(String),
    Import(String),
}

impl Node<'_> {
    /// The file that a path stands for: with an end, or in a directory.
    fn file(&self, at: &str) -> Result<Option<String>, Ended> {
        let mut unlisted = false;
        for end in ENDS {
            let with_end = format!("{at}{end}");
            match place(self.stage, &with_end) {
                Place::File => return Ok(Some(with_end)),
                Place::Unlisted => unlisted = true,
                _ => {}
            }
        }
        if place(self.stage, at) == Place::Directory {
            let manifest = text(self.stage, &path::child(at, "package.json"));
            let manifest = manifest.and_then(|text| serde_json::from_str(&text).ok());
            let manifest: serde_json::Value = manifest.unwrap_or_default();
            if let Some(main) = manifest["main"].as_str()
                && let Some(file) = self.file(&path::join(at, main))?
            {
                return Ok(Some(file));
            }
            let index = ["index.js", "index.json", "index.node"];
            let index = index.map(|name| path::child(at, name));
            let found = index
                .into_iter()
                .find(|file| place(self.stage, file) == Place::File);
            return Ok(found);
        }
        if unlisted { Err(None) } else { Ok(None) }
    }

    /// Follows what a file asks for.
    fn read(&mut self, at: &str) -> Result<(), Ended> {
        if !self.read.insert(at.to_owned()) {
            return Ok(());
        }
        if self.read.len() > MAX_FILES {
            return Err(None);
        }
        let is_script = [".js", ".mjs", ".cjs"].iter().any(|end| at.ends_with(end));
        let Some(source) = text(self.stage, at).filter(|_| is_script) else {
            return Ok(());
        };
        for request in requests(&source) {
            self.request(at, &request)?;
        }
        Ok(())
    }

    fn request(&mut self, from: &str, request: &Request) -> Result<(), Ended> {
        let (name, is_import) = match request {
            Request::Require(name) => (name, false),
            Request::Import(name) => (name, true),
        };
        let directory = path::split(from).0;
        if name.starts_with(['.', '/']) {
            let at = path::join(directory, name);
            // An import names the file as it is.
            let found = match (is_import, place(self.stage, &at)) {
                (true, Place::File) => Some(at.clone()),
                (true, Place::Unlisted) => return Err(None),
                (true, _) => None,
                (false, _) => self.file(&at)?,
            };
            return match found {
                Some(file) => self.read(&file),
                None if is_import => Err(Some(format!(
                    "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '{at}' imported from {from}"
                ))),
                None => Err(Some(format!("Error: Cannot find module '{name}'"))),
            };
        }
        let parts = if name.starts_with('@') { 2 } else { 1 };
        let package: Vec<&str> = name.split('/').take(parts).collect();
        let package = package.join("/");
        if name.starts_with('#')
            || name.starts_with("node:")
            || BUILT_IN.contains(&format!(" {package} "))
        {
            return Ok(());
        }
        let mut at = Some(directory);
        while let Some(directory) = at {
            let folder = path::join(directory, &format!("node_modules/{package}"));
            match place(self.stage, &folder) {
                Place::Nothing => {}
                Place::Unlisted => return Err(None),
                Place::File | Place::Directory => return Ok(()),
            }
            at = (directory != "/").then(|| path::split(directory).0);
        }
        if super::variable(self.stage, "NODE_PATH").is_some() {
            return Err(None);
        }
        Err(Some(if is_import {
            format!(
                "Error [ERR_MODULE_NOT_FOUND]: Cannot find package '{package}' imported from {from}"
            )
        } else {
            format!("Error: Cannot find module '{name}'")
        }))
    }
}

/// What a source asks for whatever happens: at the beginning of a line. Imports come before the
/// rest of the program runs.
fn requests(source: &str) -> Vec<Request> {
    let mut imports = Vec::new();
    let mut requires = Vec::new();
    let mut in_comment = false;
    for line in source.lines() {
        if in_comment {
            in_comment = !line.contains("*/");
            continue;
        }
        if line.starts_with("/*") && !line.contains("*/") {
            in_comment = true;
            continue;
        }
        if let Some(rest) = line.strip_prefix("import ") {
            let name = rest.rsplit_once("from ").map_or(rest, |(_, name)| name);
            imports.extend(quoted(name).map(Request::Import));
            continue;
        }
        let begins = ["const ", "let ", "var ", "require("];
        if begins.iter().any(|start| line.starts_with(start))
            && !line.contains("=>")
            && let Some((_, rest)) = line.split_once("require(")
        {
            requires.extend(quoted(rest).map(Request::Require));
        }
    }
    imports.extend(requires);
    imports
}

/// The text between the quotes that something begins with.
fn quoted(text: &str) -> Option<String> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|ch| matches!(ch, '"' | '\''))?;
    let (inside, _) = text[1..].split_once(quote)?;
    Some(inside.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Request, requests};

    #[test]
    fn reads_requests() {
        let source = "/*\nimport 'no';\n*/\nimport a from 'a';\nimport { b } from \"./b.js\";\nimport 'c';\nconst d = require('d')();\nconst e = () => require('e');\nif (x) {\n  require('f');\n}\n";
        let import = |name: &str| Request::Import(name.to_owned());
        let wanted = [
            import("a"),
            import("./b.js"),
            import("c"),
            Request::Require("d".to_owned()),
        ];
        assert_eq!(requests(source), wanted);
    }
}
