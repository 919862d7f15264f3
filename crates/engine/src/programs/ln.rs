//! `ln`: makes links.

use super::{Call, Program};
use crate::shell::Outcome;

use super::options::{Options, Spec, flag, optional, value};
use crate::image::path;
use crate::shell::Errno;

const OPTIONS: [Spec; 14] = [
    flag("s", "symbolic"),
    flag("f", "force"),
    flag("n", "no-dereference"),
    flag("r", "relative"),
    flag("v", "verbose"),
    value("t", "target-directory"),
    flag("T", "no-target-directory"),
    flag("L", "logical"),
    flag("P", "physical"),
    flag("i", "interactive"),
    flag("b", ""),
    optional("", "backup"),
    value("S", "suffix"),
    flag("d", "directory"),
];

/// `ln`: makes links.
#[derive(Debug)]
pub(super) struct Ln;

impl Program for Ln {
    fn names(&self) -> &'static [&'static str] {
        &["ln", "link"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let mut operands = options.operands.clone();
        let directory = match options.value("t") {
            Some(directory) => Some(directory.to_owned()),
            None => match operands.as_slice() {
                [] => return Ok(call.refuse("missing file operand", 1)),
                [_] => Some(".".to_owned()),
                [_, target] if options.has("T") || !is_target(call, target, options.has("n")) => {
                    None
                }
                _ => operands.pop(),
            },
        };
        let Some(directory) = directory else {
            let (source, target) = (operands[0].clone(), operands[1].clone());
            link(call, &options, &source, &target);
            return Ok(call.exit);
        };
        if !call.is_directory(&directory) {
            return Ok(call.refuse(&format!("target '{directory}' is not a directory"), 1));
        }
        for source in &operands {
            let name = path::split(source.trim_end_matches('/')).1;
            let target = if directory == "."
                && !options.has("t")
                && operands.len() == 1
                && options.operands.len() == 1
            {
                format!("./{name}")
            } else {
                format!("{}/{name}", directory.trim_end_matches('/'))
            };
            link(call, &options, source, &target);
        }
        Ok(call.exit)
    }
}

/// Whether links go into `path`: it is a directory, and no link to one where those count as files.
fn is_target(call: &Call<'_, '_, '_>, path: &str, links_are_files: bool) -> bool {
    let link = call
        .lstat(path)
        .is_ok_and(|entry| matches!(entry.node, crate::image::Node::Symlink(_)));
    call.is_directory(path) && !(link && links_are_files)
}

fn link(call: &mut Call<'_, '_, '_>, options: &Options, source: &str, target: &str) {
    let who = call.who();
    let symbolic = options.has("s");
    let at = call.at(target);
    let kind = if symbolic {
        "symbolic link"
    } else {
        "hard link"
    };
    if !symbolic {
        match call.lstat(source) {
            Ok(entry) if entry.node.is_directory() => {
                return call.fail(&format!("{source}: hard link not allowed for directory"));
            }
            Ok(_) => {}
            Err(errno) => return call.problem(&format!("failed to access '{source}'"), errno),
        }
    }
    let mut text = source.to_owned();
    if symbolic && options.has("r") {
        text = relative(call, source, target);
    }
    if let Ok(existing) = call.lstat(target) {
        if existing.node.is_directory() {
            let message = if options.has("f") {
                format!("{target}: cannot overwrite directory")
            } else {
                format!("failed to create {kind} '{target}': File exists")
            };
            return call.fail(&message);
        }
        if options.has("f") || options.has("b") || options.has("backup") {
            if !symbolic
                && let Ok(own) = call.lstat(source)
                && call
                    .shell
                    .machine
                    .files
                    .is_same_file(&own.path, &existing.path)
            {
                if own.path == existing.path {
                    return call.fail(&format!("'{source}' and '{target}' are the same file"));
                }
                return;
            }
            if options.has("b") || options.has("backup") {
                let suffix = options.value("S").unwrap_or("~");
                let backup = format!("{at}{suffix}");
                if let Err(errno) = call.files().rename(&at, &backup, &who) {
                    return call.problem(&format!("cannot backup '{target}'"), errno);
                }
            } else if let Err(errno) = call.files().unlink(&at, &who) {
                return call.problem(&format!("cannot remove '{target}'"), errno);
            }
        }
    }
    let result = if symbolic {
        call.files().symlink(&text, &at, &who)
    } else {
        let from = call.at(source);
        call.files().link(&from, &at, &who, options.has("L"))
    };
    match result {
        Ok(()) if options.has("v") => call.line(&format!("'{target}' -> '{text}'")),
        Ok(()) => {}
        Err(Errno::Unknown) => call.doubt(),
        Err(errno) if call.is_busybox() => call.problem(target, errno),
        Err(errno) if symbolic => {
            call.problem(&format!("failed to create {kind} '{target}'"), errno)
        }
        Err(errno) => call.problem(
            &format!("failed to create {kind} '{target}' => '{source}'"),
            errno,
        ),
    }
}

/// The path from the directory of `target` to `source`.
fn relative(call: &mut Call<'_, '_, '_>, source: &str, target: &str) -> String {
    let who = call.who();
    let real = |call: &mut Call<'_, '_, '_>, path: &str| {
        let at = call.at(path);
        call.files()
            .resolve(&at, &who, true)
            .unwrap_or_else(|_| path::clean(&at))
    };
    let source = real(call, source);
    let directory = path::split(target).0;
    let directory = if target.contains('/') { directory } else { "." };
    let directory = real(call, directory);
    relative_path(&source, &directory)
}

/// `path` as seen from `directory`, both absolute.
pub(super) fn relative_path(path: &str, directory: &str) -> String {
    let to: Vec<&str> = path::names(path).collect();
    let from: Vec<&str> = path::names(directory).collect();
    let shared = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let mut parts = vec![".."; from.len() - shared];
    parts.extend(&to[shared..]);
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}
