//! Whether an image's command would start, and what the engine says where not (runc's
//! messages, measured with Docker Engine 28).

mod modules;
mod node;
mod python;

use serde::{Deserialize, Serialize};

use crate::build::{BuiltStage, DEFAULT_PATH, container_user};
use crate::image::{File, Found, Node, path};
use crate::shell::Who;

/// Most interpreters that a script's first line leads through (Linux's `BINPRM_MAX_RECURSION`).
const MAX_INTERPRETERS: usize = 5;

/// What comes of starting an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "start", rename_all = "lowercase")]
pub enum Start {
    /// Its command is there and can be run; what it does then is its own affair.
    Runs {
        /// The program that runs.
        program: String,
    },
    /// It does not run.
    Fails {
        /// What the engine, or the program that finds nothing to do, says.
        message: String,
    },
    /// Files that matter are not listed.
    Unknown {
        /// Why.
        why: String,
    },
}

/// The programs of official images whose files are not listed, beside those of the distribution
/// below them (their Dockerfiles). What is installed on top of them is listed.
const OFFICIAL: [(&str, &[&str]); 10] = [
    ("golang", &["go", "gofmt"]),
    ("httpd", &["httpd", "httpd-foreground"]),
    ("mysql", &["docker-entrypoint.sh", "mysql", "mysqld"]),
    ("nginx", &["nginx"]),
    (
        "node",
        &[
            "corepack",
            "docker-entrypoint.sh",
            "node",
            "nodejs",
            "npm",
            "npx",
            "yarn",
            "yarnpkg",
        ],
    ),
    ("postgres", &["docker-entrypoint.sh", "postgres", "psql"]),
    (
        "python",
        &[
            "idle",
            "pip",
            "pip3",
            "pydoc",
            "python",
            "python3",
            "python3-config",
        ],
    ),
    (
        "redis",
        &["docker-entrypoint.sh", "redis-cli", "redis-server"],
    ),
    ("ruby", &["bundle", "bundler", "gem", "irb", "rake", "ruby"]),
    ("rust", &["cargo", "rustc", "rustup"]),
];

/// What the full ones of these images have beside that (buildpack-deps' Dockerfiles); those with
/// `slim` or `alpine` in their tag have not.
const BUILD_TOOLS: [&str; 12] = [
    "c++", "cc", "curl", "file", "g++", "gcc", "git", "make", "patch", "unzip", "wget", "xz",
];

/// Programs of Alpine's busybox that images are started with.
const BUSYBOX: [&str; 18] = [
    "ash", "cat", "cp", "echo", "env", "false", "grep", "ls", "mkdir", "nc", "ping", "sed", "sh",
    "sleep", "tail", "top", "true", "wget",
];

/// Official images that are built on buildpack-deps.
const WITH_BUILD_TOOLS: [&str; 5] = ["golang", "node", "python", "ruby", "rust"];

enum Program<'t> {
    File(String, &'t File),
    /// It is in a directory that is not listed.
    Known(String),
    Missing(String),
    Unlisted(String),
}

/// Whether an image starts with its own command, or with another one in place of CMD.
pub fn predict(stage: &BuiltStage, command: Option<&[String]>) -> Start {
    let config = &stage.config;
    let fails = |message: String| Start::Fails { message };
    let command = command.unwrap_or(&config.cmd);
    let words: Vec<&str> = config
        .entrypoint
        .iter()
        .chain(command)
        .map(String::as_str)
        .collect();
    let Some(first) = words.first() else {
        return fails("no command specified".to_owned());
    };
    if let Err(message) = container_user(stage) {
        return fails(message);
    }
    // runc looks at the permissions before it becomes the user.
    match find(stage, first, 0) {
        Program::Missing(message) => fails(message),
        Program::Unlisted(why) => Start::Unknown { why },
        Program::File(at, file) => run(stage, &at, file, &words, 0),
        Program::Known(at) => known(stage, &at, &words, 0),
    }
}

/// What comes of a program of the base image of which only the name is known.
fn known(stage: &BuiltStage, at: &str, words: &[&str], depth: usize) -> Start {
    let runs = || Start::Runs {
        program: at.to_owned(),
    };
    let Some(rest) = words.get(1..).filter(|rest| !rest.is_empty()) else {
        return runs();
    };
    if at != "docker-entrypoint.sh" {
        return script(stage, at, words, depth).unwrap_or_else(runs);
    }
    // These scripts end in `exec "$@"`; node's takes what is no program for one of its own.
    let uid = who(stage).uid;
    match find(stage, rest[0], uid) {
        Program::File(at, file) => run(stage, &at, file, rest, depth + 1),
        Program::Known(at) => script(stage, &at, rest, depth).unwrap_or_else(runs),
        Program::Missing(_) if official(stage) == Some("node") => {
            let through: Vec<&str> = std::iter::once("node")
                .chain(rest.iter().copied())
                .collect();
            script(stage, "node", &through, depth).unwrap_or_else(runs)
        }
        Program::Missing(message) => Start::Fails { message },
        Program::Unlisted(why) => Start::Unknown { why },
    }
}

/// Whether a program whose directory is not listed is known to be there: one that the official
/// image at the root of the stage brings.
fn is_known(stage: &BuiltStage, name: &str) -> bool {
    let image = official(stage).unwrap_or_default();
    let reference = stage.base.as_ref().map_or("", |base| &base.reference);
    let own = OFFICIAL.iter().find(|(own, _)| *own == image);
    let slim = reference.contains("slim") || reference.contains("alpine");
    own.is_some_and(|(_, programs)| programs.contains(&name))
        || (!slim && WITH_BUILD_TOOLS.contains(&image) && BUILD_TOOLS.contains(&name))
        || (reference.contains("alpine") && BUSYBOX.contains(&name))
}

/// The name of the program that a path leads to, without a version: `python` of `python3.12`.
fn real_name(stage: &BuiltStage, at: &str) -> String {
    let real = stage.tree.resolve(at).unwrap_or_else(|_| at.to_owned());
    let name = path::split(&real).1;
    let plain = name.trim_end_matches(|ch: char| ch.is_ascii_digit() || ch == '.');
    if plain.is_empty() { name } else { plain }.to_owned()
}

/// The official image at the root of a stage.
fn official(stage: &BuiltStage) -> Option<&str> {
    let base = stage.base.as_ref()?;
    Some(base.reference.split([':', '@']).next().unwrap_or_default())
}

/// Whether the image at the root of a stage is one of [`OFFICIAL`].
fn is_official(stage: &BuiltStage) -> bool {
    let name = official(stage);
    OFFICIAL.iter().any(|(own, _)| name == Some(*own))
}

/// On whose behalf the container's process runs; root's where the engine knows no such user.
fn who(stage: &BuiltStage) -> Who {
    container_user(stage).map_or_else(|_| Who::default(), |(who, _)| who)
}

/// Whether a program is on the image's PATH.
pub fn has_program(stage: &BuiltStage, name: &str) -> bool {
    matches!(find(stage, name, 0), Program::File(..) | Program::Known(_))
}

/// Where a command's program is, for a user.
fn find<'t>(stage: &'t BuiltStage, name: &str, uid: u32) -> Program<'t> {
    if name.contains('/') {
        let at = path::join(&directory(stage), name);
        return match look(stage, &at) {
            Found::Node(Node::File(file)) if is_executable(stage, file, uid) => {
                Program::File(at, file)
            }
            Found::Node(Node::Directory(_)) => {
                Program::Missing(format!("exec: \"{name}\": is a directory"))
            }
            Found::Node(_) => Program::Missing(format!("exec: \"{name}\": permission denied")),
            Found::Nothing => Program::Missing(format!(
                "exec: \"{name}\": stat {name}: no such file or directory"
            )),
            Found::Unlisted if is_known(stage, &real_name(stage, &at)) => Program::Known(at),
            Found::Unlisted => Program::Unlisted(format!("{at} may be there or not")),
        };
    }
    let search = variable(stage, "PATH").unwrap_or(DEFAULT_PATH);
    let mut unlisted = false;
    for directory in search.split(':').filter(|directory| !directory.is_empty()) {
        let at = path::join(directory, name);
        match look(stage, &at) {
            Found::Node(Node::File(file)) if is_executable(stage, file, uid) => {
                return Program::File(at, file);
            }
            // A link that is there, to a program that is known to be.
            Found::Unlisted
                if stage.tree.get(&at).is_some() && is_known(stage, &real_name(stage, &at)) =>
            {
                return Program::Known(at);
            }
            Found::Unlisted => unlisted = true,
            _ => {}
        }
    }
    if unlisted && is_known(stage, name) {
        return Program::Known(name.to_owned());
    }
    if unlisted && !is_official(stage) {
        return Program::Unlisted(format!("{name} may be there or not"));
    }
    Program::Missing(format!(
        "exec: \"{name}\": executable file not found in $PATH"
    ))
}

/// What the kernel and the program itself make of it.
fn run(stage: &BuiltStage, at: &str, file: &File, words: &[&str], depth: usize) -> Start {
    let fails = |message: String| Start::Fails { message };
    if depth > MAX_INTERPRETERS {
        return fails(format!("exec {at}: too many levels of symbolic links"));
    }
    if let Some(content) = &file.content {
        let head = &content[..content.len().min(256)];
        if let Some(line) = head.strip_prefix(b"#!") {
            let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            let (interpreter, argument) = match line.trim().split_once(char::is_whitespace) {
                Some((interpreter, argument)) => (interpreter, Some(argument.trim())),
                None => (line.trim(), None),
            };
            // A carriage return is a part of the name.
            let interpreter = if line.ends_with('\r') && !line.trim().contains(' ') {
                format!("{interpreter}\r")
            } else {
                interpreter.to_owned()
            };
            let mut through = vec![interpreter.as_str()];
            through.extend(argument);
            through.push(at);
            through.extend(words.iter().skip(1));
            return match look(stage, &path::join("/", &interpreter)) {
                Found::Node(Node::File(next)) => {
                    run(stage, &interpreter, next, &through, depth + 1)
                }
                Found::Unlisted if is_known(stage, &real_name(stage, &interpreter)) => {
                    known(stage, &interpreter, &through, depth)
                }
                Found::Unlisted => Start::Unknown {
                    why: format!("{interpreter} may be there or not"),
                },
                _ => fails(format!("exec {at}: no such file or directory")),
            };
        }
        if !head.starts_with(b"\x7fELF") {
            return fails(format!("exec {at}: exec format error"));
        }
        // The loader that a dynamic program names has to be there: glibc's is not in Alpine.
        if let Some(loader) = loader(content)
            && lacks_loader(stage, &loader)
        {
            return fails(format!("exec {at}: no such file or directory"));
        }
    }
    if let Some(loader) = file.program.and_then(|own| own.loader)
        && lacks_loader(stage, loader.path())
    {
        return fails(format!("exec {at}: no such file or directory"));
    }
    script(stage, at, words, depth).unwrap_or_else(|| Start::Runs {
        program: at.to_owned(),
    })
}

/// Whether a loader is not there: glibc's is in no Alpine that has not got one.
fn lacks_loader(stage: &BuiltStage, loader: &str) -> bool {
    let reference = stage.base.as_ref().map_or("", |base| &base.reference);
    match look(stage, &path::join("/", loader)) {
        Found::Nothing => true,
        Found::Unlisted => {
            let has = |name: &str| stage.packages.has(name);
            reference.contains("alpine")
                && loader.contains("ld-linux")
                && !has("gcompat")
                && !has("libc6-compat")
        }
        Found::Node(_) => false,
    }
}

/// The loader that a 64-bit program names (ELF, `PT_INTERP`).
fn loader(content: &[u8]) -> Option<String> {
    const INTERPRETER: u32 = 3;
    let bytes = |at: usize, length: usize| content.get(at..at.checked_add(length)?);
    let half = |at: usize| Some(u16::from_le_bytes(bytes(at, 2)?.try_into().ok()?));
    let word = |at: usize| Some(u32::from_le_bytes(bytes(at, 4)?.try_into().ok()?));
    let long = |at: usize| {
        let number = u64::from_le_bytes(bytes(at, 8)?.try_into().ok()?);
        usize::try_from(number).ok()
    };
    let (table, size, count) = (long(32)?, half(54)?, half(56)?);
    (0..usize::from(count)).find_map(|number| {
        let entry = table.checked_add(number * usize::from(size))?;
        if word(entry)? != INTERPRETER {
            return None;
        }
        let text = bytes(long(entry + 8)?, long(entry + 32)?)?;
        let text = text.split(|byte| *byte == 0).next()?;
        Some(String::from_utf8_lossy(text).into_owned())
    })
}

/// What an interpreter says of a script that is not there.
fn script(stage: &BuiltStage, at: &str, words: &[&str], depth: usize) -> Option<Start> {
    let name = path::split(at).1;
    let operand = *words.get(1)?;
    let shell = matches!(name, "sh" | "dash" | "bash" | "ash");
    if shell && operand == "-c" {
        return shell_command(stage, words.get(2)?, depth);
    }
    let fails = |message: String| Start::Fails { message };
    if name.starts_with("python") && operand.starts_with('-') {
        return python::complaint(stage, at, words).map(fails);
    }
    if operand.starts_with('-') {
        return None;
    }
    if name == "env" && !operand.contains('=') {
        return through_env(stage, words.get(1..)?, depth);
    }
    let file = path::join(&directory(stage), operand);
    let there = |at: &str| !matches!(look(stage, at), Found::Nothing);
    let message = if shell && !there(&file) && operand.contains('/') {
        format!("{name}: 0: cannot open {operand}: No such file")
    } else if name.starts_with("python") && there(&file) {
        python::complaint(stage, at, words)?
    } else if name.starts_with("python") {
        // Python joins the paths as they are: `//main.py` in the root.
        let shown = match operand.starts_with('/') {
            true => operand.to_owned(),
            false => format!("{}/{operand}", directory(stage)),
        };
        format!("can't open file '{shown}': [Errno 2] No such file or directory")
    } else if matches!(name, "node" | "nodejs") {
        node::complaint(stage, &file)?
    } else if name == "npm" {
        return node::script(stage, words.get(1..)?)
            .and_then(|line| shell_command(stage, &line, depth));
    } else {
        return None;
    };
    Some(fails(message))
}

/// What `env` makes of a command: what the first line of many a script leads to.
fn through_env(stage: &BuiltStage, words: &[&str], depth: usize) -> Option<Start> {
    let uid = who(stage).uid;
    Some(match find(stage, words.first()?, uid) {
        Program::Missing(_) => Start::Fails {
            message: format!("env: '{}': No such file or directory", words[0]),
        },
        Program::Unlisted(why) => Start::Unknown { why },
        Program::Known(at) => known(stage, &at, words, depth),
        Program::File(at, file) => run(stage, &at, file, words, depth + 1),
    })
}

/// What a shell makes of a simple command; none where it is more than that.
fn shell_command(stage: &BuiltStage, text: &str, depth: usize) -> Option<Start> {
    let plain = |ch: char| ch.is_ascii_alphanumeric() || " -_./:=,@%+[]\"".contains(ch);
    if !text.chars().all(plain) {
        return None;
    }
    let text = text.strip_prefix("exec ").unwrap_or(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let first = words
        .first()
        .filter(|word| !word.contains(['=', '"', '[']))?;
    const BUILTINS: [&str; 12] = [
        "cd", "echo", "exit", "export", "printf", "pwd", "set", "sleep", "test", "true", "false",
        "wait",
    ];
    if BUILTINS.contains(first) {
        return None;
    }
    let uid = who(stage).uid;
    match find(stage, first, uid) {
        Program::Missing(_) => Some(Start::Fails {
            message: format!("{first}: not found"),
        }),
        Program::Unlisted(why) => Some(Start::Unknown { why }),
        Program::Known(at) => Some(known(stage, &at, &words, depth)),
        Program::File(at, file) => Some(run(stage, &at, file, &words, depth + 1)),
    }
}

fn directory(stage: &BuiltStage) -> String {
    path::join("/", &stage.config.working_dir)
}

fn variable<'s>(stage: &'s BuiltStage, name: &str) -> Option<&'s str> {
    let mut found = stage.config.env.iter().rev();
    found.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// What is at a path, links followed.
fn look<'t>(stage: &'t BuiltStage, at: &str) -> Found<'t> {
    match stage.tree.resolve(at) {
        Ok(real) => stage.tree.find(&real),
        Err(_) => Found::Nothing,
    }
}

fn is_executable(stage: &BuiltStage, file: &File, uid: u32) -> bool {
    let gid = who(stage).gid;
    let shift = match (uid, gid) {
        (0, _) => return file.meta.mode & 0o111 != 0,
        (uid, _) if uid == file.meta.uid => 6,
        (_, gid) if gid == file.meta.gid => 3,
        _ => 0,
    };
    (file.meta.mode >> shift) & 1 != 0
}
