//! Pathname expansion over the simulated files.

use crate::image::{Node, path};

use super::files::Files;
use super::pattern::Pattern;
use super::process::Process;
use super::unknown::UNKNOWN;

/// Most paths that one pattern may stand for.
const MAX_PATHS: usize = 50_000;

/// Whether a pattern has a wildcard that is not escaped.
pub fn has_wildcard(pattern: &str) -> bool {
    let mut escaped = false;
    pattern.chars().any(|ch| {
        let found = !escaped && matches!(ch, '*' | '?' | '[');
        escaped = !escaped && ch == '\\';
        found
    })
}

/// A pattern without its escapes.
pub fn unescaped(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(ch) = chars.next() {
        out.extend(if ch == '\\' { chars.next() } else { Some(ch) });
    }
    out
}

/// The paths that a pattern stands for, in order; empty where nothing matches, `None` where they
/// are too many.
///
/// A directory that holds unlisted files adds a path that ends with [`UNKNOWN`].
pub fn expand(pattern: &str, files: &Files, process: &Process) -> Option<Vec<String>> {
    let absolute = pattern.starts_with('/');
    let mut found = vec![if absolute {
        "/".to_owned()
    } else {
        String::new()
    }];
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let directories_only = pattern.ends_with('/');
    for (number, part) in parts.iter().enumerate() {
        let last = number + 1 == parts.len();
        let mut next = Vec::new();
        for base in &found {
            if !has_wildcard(part) {
                let path = join(base, &unescaped(part));
                let at = process.absolute(&path);
                let there = files.lstat(&at, &process.who).is_ok();
                if there && (!last || !directories_only || is_directory(files, process, &path)) {
                    next.push(path);
                }
                continue;
            }
            if *part == "**" && process.options.globstar {
                // It stands for no directory at all, too.
                if !base.is_empty() && (!last || directories_only) {
                    next.push(base.clone());
                }
                below(base, files, process, &mut next, 0);
                continue;
            }
            let glob = Pattern::new(part);
            let at = if base.is_empty() { "." } else { base };
            let Ok((names, more)) = files.list(&process.absolute(at), &process.who) else {
                continue;
            };
            let hidden = glob.starts_with_dot() || process.options.dotglob;
            let matching = names
                .iter()
                .filter(|name| (hidden || !name.starts_with('.')) && glob.matches(name));
            for name in matching {
                let path = join(base, name);
                if (last && !directories_only) || is_directory(files, process, &path) {
                    next.push(path);
                }
            }
            let real = files.resolve(&process.absolute(at), &process.who, true);
            // `jq=1.7*` is a version for apt: hardly a file has such a name.
            let is_pin = part.contains('=');
            if more && last && !is_pin && real.is_ok_and(|real| files.has_bulk(&real)) {
                next.push(join(base, &UNKNOWN.to_string()));
            }
            if next.len() > MAX_PATHS {
                return None;
            }
        }
        found = next;
    }
    if directories_only {
        found.retain(|path| is_directory(files, process, path));
        for path in &mut found {
            path.push('/');
        }
    }
    found.sort();
    Some(found)
}

/// What `**` stands for.
fn below(base: &str, files: &Files, process: &Process, out: &mut Vec<String>, depth: usize) {
    let at = if base.is_empty() { "." } else { base };
    let Ok((names, _)) = files.list(&process.absolute(at), &process.who) else {
        return;
    };
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        if out.len() > MAX_PATHS || depth > 64 {
            return;
        }
        let path = join(base, name);
        let node = files.lstat(&process.absolute(&path), &process.who);
        out.push(path.clone());
        if node.is_ok_and(|entry| entry.node.is_directory()) {
            below(&path, files, process, out, depth + 1);
        }
    }
}

fn is_directory(files: &Files, process: &Process, path: &str) -> bool {
    let at = process.absolute(path);
    files
        .stat(&at, &process.who)
        .is_ok_and(|entry| matches!(entry.node, Node::Directory(_)))
}

fn join(base: &str, name: &str) -> String {
    if base.is_empty() {
        name.to_owned()
    } else {
        path::child(base, name)
    }
}
