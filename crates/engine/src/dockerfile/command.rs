//! Typed instructions: the syntax tree checked as BuildKit's `frontend/dockerfile/instructions`
//! does, with its messages. Nothing is expanded yet.

use super::duration;
use super::flags::{Flags, Kind};
use super::mount::Mount;
use super::parse::heredoc_marker;
use super::span::{Lines, Span};
use super::suggest::did_you_mean;
use super::syntax::{Arguments, Instruction};

/// Names of all instructions, in BuildKit's order of suggestion.
pub const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// An instruction with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// What it does.
    pub kind: CommandKind,
    /// The logical line as written.
    pub original: String,
    /// Comments directly before it.
    pub comments: Vec<String>,
    /// Place in the source.
    pub span: Span,
    /// Lines in the source.
    pub lines: Lines,
}

/// What an instruction does.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandKind {
    /// `FROM`
    From(From),
    /// `ARG`
    Arg(Vec<Arg>),
    /// `ENV`
    Env(Vec<(String, String)>),
    /// `LABEL`
    Label(Vec<(String, String)>),
    /// `COPY` and `ADD`
    Copy(Box<Copy>),
    /// `RUN`
    Run(Box<Run>),
    /// `CMD`
    Cmd(CommandLine),
    /// `ENTRYPOINT`
    Entrypoint(CommandLine),
    /// `SHELL`
    Shell(Vec<String>),
    /// `WORKDIR`
    Workdir(String),
    /// `USER`
    User(String),
    /// `EXPOSE`, sorted as BuildKit sorts the words
    Expose(Vec<String>),
    /// `VOLUME`
    Volume(Vec<String>),
    /// `STOPSIGNAL`
    StopSignal(String),
    /// `HEALTHCHECK`
    Healthcheck(Healthcheck),
    /// `ONBUILD`: the instruction to be run later, as text
    Onbuild(String),
    /// `MAINTAINER`
    Maintainer(String),
}

/// `FROM base AS name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct From {
    /// The base as written.
    pub base: String,
    /// The stage's name as written.
    pub name: Option<String>,
    /// `--platform`.
    pub platform: Option<String>,
}

/// One build argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// Its name.
    pub name: String,
    /// Its default.
    pub default: Option<String>,
}

/// A command in shell form or exec form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The words of the exec form, or the line of the shell form as one word.
    pub words: Vec<String>,
    /// Whether the shell is put in front.
    pub shell: bool,
}

/// `COPY` or `ADD`.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    /// Whether it is `ADD`.
    pub add: bool,
    /// Sources in order.
    pub sources: Vec<Source>,
    /// Destination as written.
    pub destination: String,
    /// `--from`.
    pub from: Option<String>,
    /// `--chown`.
    pub chown: Option<String>,
    /// `--chmod`.
    pub chmod: Option<String>,
    /// `--link`.
    pub link: bool,
    /// `--parents`.
    pub parents: bool,
    /// `--exclude`, each.
    pub exclude: Vec<String>,
    /// `--checksum`.
    pub checksum: Option<String>,
    /// `--keep-git-dir`.
    pub keep_git_dir: bool,
    /// `--unpack`, where given.
    pub unpack: Option<bool>,
}

/// What COPY and ADD take from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A path, pattern or URL as written.
    Path(String),
    /// A here-document.
    Inline {
        /// File name.
        name: String,
        /// Content.
        text: String,
        /// Whether variables are expanded.
        expand: bool,
    },
}

/// A here-document of a RUN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The terminator.
    pub name: String,
    /// The lines as written.
    pub content: String,
    /// The lines without the tabs that `<<-` drops.
    pub text: String,
}

/// `RUN`.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What is run.
    pub line: CommandLine,
    /// Here-documents, in order.
    pub heredocs: Vec<Document>,
    /// `--mount`, each; BuildKit complains of a wrong one only when it builds the stage.
    pub mounts: Vec<Result<Mount, String>>,
    /// `--network`.
    pub network: Option<String>,
    /// `--security`.
    pub security: Option<String>,
}

/// `HEALTHCHECK`; durations in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Healthcheck {
    /// `NONE`, `CMD` or `CMD-SHELL`, then the words.
    pub test: Vec<String>,
    /// `--interval`.
    pub interval: i64,
    /// `--timeout`.
    pub timeout: i64,
    /// `--start-period`.
    pub start_period: i64,
    /// `--start-interval`.
    pub start_interval: i64,
    /// `--retries`.
    pub retries: u32,
}

/// Which optional features of the Dockerfile frontend are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    /// `COPY --parents`: in the frontend's image since docker/dockerfile:1.20 and in every
    /// `-labs` release, not in the frontend built into Docker Engine 28.
    pub parents: bool,
    /// `RUN --security`: in `-labs` releases.
    pub security: bool,
}

/// Checks one instruction.
///
/// # Errors
/// BuildKit's message, without the `dockerfile parse error on line N: ` before it.
pub fn command(instruction: &Instruction<'_>, features: Features) -> Result<Command, String> {
    Ok(Command {
        kind: kind(instruction, features)?,
        original: instruction.original.trim().to_owned(),
        comments: instruction
            .comments
            .iter()
            .map(|&comment| comment.to_owned())
            .collect(),
        span: instruction.span,
        lines: instruction.lines,
    })
}

fn kind(instruction: &Instruction<'_>, features: Features) -> Result<CommandKind, String> {
    let keyword = instruction.keyword.value.to_ascii_uppercase();
    let words = words(&instruction.arguments);
    let none = || Flags::parse(instruction, &[]).map(drop);
    match keyword.as_str() {
        "FROM" => from(instruction, words),
        "ARG" => {
            none()?;
            args(words)
        }
        "ENV" => {
            none()?;
            pairs(&instruction.arguments, "ENV").map(CommandKind::Env)
        }
        "LABEL" => {
            none()?;
            pairs(&instruction.arguments, "LABEL").map(CommandKind::Label)
        }
        "COPY" | "ADD" => copy(instruction, words, keyword == "ADD", features),
        "RUN" => run(instruction, features),
        "CMD" => none().map(|()| CommandKind::Cmd(command_line(&instruction.arguments))),
        "ENTRYPOINT" => {
            none().map(|()| CommandKind::Entrypoint(command_line(&instruction.arguments)))
        }
        "SHELL" => {
            none()?;
            match (&instruction.arguments, words.is_empty()) {
                (_, true) => Err("SHELL requires at least one argument".to_owned()),
                (Arguments::Json(_), false) => Ok(CommandKind::Shell(words)),
                _ => Err("SHELL requires the arguments to be in JSON form".to_owned()),
            }
        }
        "WORKDIR" => {
            exactly_one(words, "WORKDIR").and_then(|one| none().map(|()| CommandKind::Workdir(one)))
        }
        "USER" => {
            exactly_one(words, "USER").and_then(|one| none().map(|()| CommandKind::User(one)))
        }
        "STOPSIGNAL" => exactly_one(words, "STOPSIGNAL")
            .and_then(|one| none().map(|()| CommandKind::StopSignal(one))),
        "MAINTAINER" => exactly_one(words, "MAINTAINER")
            .and_then(|one| none().map(|()| CommandKind::Maintainer(one))),
        "EXPOSE" => {
            let mut ports = at_least_one(words, "EXPOSE")?;
            none()?;
            ports.sort();
            Ok(CommandKind::Expose(ports))
        }
        "VOLUME" => {
            let volumes = at_least_one(words, "VOLUME")?;
            none()?;
            volumes
                .into_iter()
                .map(|volume| {
                    let volume = volume.trim().to_owned();
                    if volume.is_empty() {
                        return Err("VOLUME specified can not be an empty string".to_owned());
                    }
                    Ok(volume)
                })
                .collect::<Result<_, _>>()
                .map(CommandKind::Volume)
        }
        "HEALTHCHECK" => healthcheck(instruction),
        "ONBUILD" => onbuild(instruction),
        _ => {
            let word = &instruction.keyword.value;
            Err(format!(
                "unknown instruction: {word}{}",
                did_you_mean(word, KEYWORDS)
            ))
        }
    }
}

fn words(arguments: &Arguments<'_>) -> Vec<String> {
    match arguments {
        Arguments::Text(word) => vec![word.value.clone().into_owned()],
        Arguments::Json(words) | Arguments::Words(words) => words
            .iter()
            .map(|word| word.value.clone().into_owned())
            .collect(),
        _ => Vec::new(),
    }
}

fn exactly_one(mut words: Vec<String>, keyword: &str) -> Result<String, String> {
    match (words.pop(), words.is_empty()) {
        (Some(word), true) => Ok(word),
        _ => Err(format!("{keyword} requires exactly one argument")),
    }
}

fn at_least_one<T>(words: Vec<T>, keyword: &str) -> Result<Vec<T>, String> {
    if words.is_empty() {
        return Err(format!("{keyword} requires at least one argument"));
    }
    Ok(words)
}

fn from(instruction: &Instruction<'_>, words: Vec<String>) -> Result<CommandKind, String> {
    let name = match words.as_slice() {
        [_] => None,
        [_, between, name] if between.eq_ignore_ascii_case("as") => {
            if !is_stage_name(&name.to_lowercase()) {
                return Err(format!(
                    "invalid name for build stage: {}, name can't start with a number or contain symbols",
                    super::quoted(name)
                ));
            }
            Some(name.clone())
        }
        _ => return Err("FROM requires either one or three arguments".to_owned()),
    };
    let flags = Flags::parse(instruction, &[("platform", Kind::Text)])?;
    let base = words.into_iter().next().unwrap_or_default();
    Ok(CommandKind::From(From {
        base,
        name,
        platform: flags.text("platform"),
    }))
}

fn is_stage_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_lowercase())
        && chars.all(|ch| {
            ch.is_ascii_lowercase() || ch.is_ascii_digit() || matches!(ch, '-' | '_' | '.')
        })
}

fn args(words: Vec<String>) -> Result<CommandKind, String> {
    at_least_one(words, "ARG")?
        .into_iter()
        .map(|word| match word.split_once('=') {
            Some(("", _)) => Err("ARG names can not be blank".to_owned()),
            Some((name, value)) => Ok(Arg {
                name: name.to_owned(),
                default: Some(value.to_owned()),
            }),
            None => Ok(Arg {
                name: word,
                default: None,
            }),
        })
        .collect::<Result<_, _>>()
        .map(CommandKind::Arg)
}

fn pairs(arguments: &Arguments<'_>, keyword: &str) -> Result<Vec<(String, String)>, String> {
    let Arguments::Pairs(pairs) = arguments else {
        return Err(format!("{keyword} requires at least one argument"));
    };
    pairs
        .iter()
        .map(|pair| {
            if pair.key.value.is_empty() {
                return Err(format!("{keyword} names can not be blank"));
            }
            Ok((
                pair.key.value.clone().into_owned(),
                pair.value.value.clone().into_owned(),
            ))
        })
        .collect()
}

fn copy(
    instruction: &Instruction<'_>,
    mut words: Vec<String>,
    add: bool,
    features: Features,
) -> Result<CommandKind, String> {
    let keyword = if add { "ADD" } else { "COPY" };
    if words.len() < 2 {
        return Err(format!(
            "{keyword} requires at least two arguments, but only one was provided. Destination could not be determined"
        ));
    }
    let mut known = vec![
        ("chown", Kind::Text),
        ("chmod", Kind::Text),
        ("link", Kind::Bool),
        ("exclude", Kind::Texts),
    ];
    if add {
        known.extend([
            ("keep-git-dir", Kind::Bool),
            ("checksum", Kind::Text),
            ("unpack", Kind::Bool),
        ]);
    } else {
        known.push(("from", Kind::Text));
        if features.parents {
            known.push(("parents", Kind::Bool));
        }
    }
    let flags = Flags::parse(instruction, &known)?;
    let destination = words.pop().unwrap_or_default();
    if matches!(heredoc_marker(&destination), Ok(Some(_))) {
        return Err(format!(
            "{keyword} cannot accept a heredoc as a destination"
        ));
    }
    let sources = words
        .into_iter()
        .map(|word| match heredoc_marker(&word) {
            Ok(Some(marker)) => {
                let found = instruction
                    .heredocs
                    .iter()
                    .rev()
                    .find(|doc| doc.name == marker.name);
                Source::Inline {
                    text: found.map(super::Heredoc::text).unwrap_or_default(),
                    name: marker.name,
                    expand: marker.expand,
                }
            }
            _ => Source::Path(word),
        })
        .collect();
    Ok(CommandKind::Copy(Box::new(Copy {
        add,
        sources,
        destination,
        from: flags.text("from"),
        chown: flags.text("chown"),
        chmod: flags.text("chmod"),
        link: flags.on("link"),
        parents: flags.on("parents"),
        exclude: flags.texts("exclude"),
        checksum: flags.text("checksum"),
        keep_git_dir: flags.on("keep-git-dir"),
        unpack: flags.text("unpack").map(|value| value == "true"),
    })))
}

fn command_line(arguments: &Arguments<'_>) -> CommandLine {
    match arguments {
        Arguments::Json(_) => CommandLine {
            words: words(arguments),
            shell: false,
        },
        _ => CommandLine {
            words: words(arguments),
            shell: true,
        },
    }
}

fn run(instruction: &Instruction<'_>, features: Features) -> Result<CommandKind, String> {
    let mut known = vec![("mount", Kind::Texts), ("network", Kind::Text)];
    if features.security {
        known.push(("security", Kind::Text));
    }
    let flags = Flags::parse(instruction, &known)?;
    let network = flags.text("network");
    if let Some(network) = network
        .as_deref()
        .filter(|&mode| !matches!(mode, "default" | "none" | "host"))
    {
        return Err(format!("invalid network mode {}", super::quoted(network)));
    }
    let security = flags.text("security");
    if let Some(mode) = security
        .as_deref()
        .filter(|&mode| !matches!(mode, "insecure" | "sandbox"))
    {
        return Err(format!("security {} is not valid", super::quoted(mode)));
    }
    Ok(CommandKind::Run(Box::new(Run {
        line: command_line(&instruction.arguments),
        heredocs: instruction
            .heredocs
            .iter()
            .map(|doc| Document {
                name: doc.name.clone(),
                content: doc.content.clone().into_owned(),
                text: doc.text(),
            })
            .collect(),
        mounts: flags
            .texts("mount")
            .iter()
            .map(|mount| Mount::parse(mount))
            .collect(),
        network,
        security,
    })))
}

fn healthcheck(instruction: &Instruction<'_>) -> Result<CommandKind, String> {
    let Arguments::Healthcheck(kind, command) = &instruction.arguments else {
        return Err("HEALTHCHECK requires at least one argument".to_owned());
    };
    let kind = kind.value.to_uppercase();
    let line = command_line(command);
    if kind == "NONE" {
        if !line.words.is_empty() {
            return Err("HEALTHCHECK NONE takes no arguments".to_owned());
        }
        return Ok(CommandKind::Healthcheck(Healthcheck {
            test: vec![kind],
            ..Healthcheck::default()
        }));
    }
    let names = [
        "interval",
        "timeout",
        "start-period",
        "start-interval",
        "retries",
    ];
    let flags = Flags::parse(instruction, &names.map(|name| (name, Kind::Text)))?;
    if kind != "CMD" {
        return Err(format!(
            "Unknown type {} in HEALTHCHECK (try CMD)",
            super::quoted(&kind)
        ));
    }
    if line.words.is_empty() {
        return Err("Missing command after HEALTHCHECK CMD".to_owned());
    }
    let interval = |name: &str| {
        let nanoseconds = match flags.text(name).filter(|value| !value.is_empty()) {
            Some(value) => duration::parse(&value)?,
            None => 0,
        };
        if nanoseconds != 0 && nanoseconds < 1_000_000 {
            return Err(format!("Interval \"{name}\" cannot be less than 1ms"));
        }
        Ok(nanoseconds)
    };
    let mut test = vec![if line.shell {
        "CMD-SHELL".to_owned()
    } else {
        kind
    }];
    test.extend(line.words);
    Ok(CommandKind::Healthcheck(Healthcheck {
        test,
        interval: interval("interval")?,
        timeout: interval("timeout")?,
        start_period: interval("start-period")?,
        start_interval: interval("start-interval")?,
        retries: retries(&flags.text("retries").unwrap_or_default())?,
    }))
}

fn retries(value: &str) -> Result<u32, String> {
    if value.is_empty() {
        return Ok(0);
    }
    let problem =
        |what: &str| format!("strconv.ParseInt: parsing {}: {what}", super::quoted(value));
    match value.parse::<i64>() {
        Ok(number) if i32::try_from(number).is_err() => Err(problem("value out of range")),
        Ok(number) => {
            u32::try_from(number).map_err(|_| format!("--retries cannot be negative ({number})"))
        }
        Err(_) => Err(problem("invalid syntax")),
    }
}

fn onbuild(instruction: &Instruction<'_>) -> Result<CommandKind, String> {
    let Arguments::Onbuild(inner) = &instruction.arguments else {
        return Err("ONBUILD requires at least one argument".to_owned());
    };
    Flags::parse(instruction, &[])?;
    match inner.keyword.value.trim().to_uppercase().as_str() {
        "ONBUILD" => return Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".to_owned()),
        keyword @ ("MAINTAINER" | "FROM") => {
            return Err(format!("{keyword} isn't allowed as an ONBUILD trigger"));
        }
        _ => {}
    }
    let line = instruction.original.trim_start();
    let mut trigger = line
        .get("ONBUILD".len()..)
        .unwrap_or_default()
        .trim_start()
        .to_owned();
    for heredoc in &instruction.heredocs {
        trigger.push('\n');
        trigger.push_str(&heredoc.content);
        trigger.push_str(&heredoc.name);
    }
    Ok(CommandKind::Onbuild(trigger))
}
