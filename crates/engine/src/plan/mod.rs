//! The build graph: stages, global arguments, target, and what the target needs
//! (BuildKit's `dockerfile2llb`, before anything is built).

mod context;
mod platform;

use std::collections::BTreeMap;

pub use context::normal_name;
pub use platform::Platform;

use crate::catalog::Reference;
use crate::dockerfile::expand::{Style, expand};
use crate::dockerfile::{
    Command, CommandKind, Dockerfile, Features, Lines, Mount, Source, Span, command, did_you_mean,
    parse_trigger,
};
use crate::error::{BuildError, ErrorKind};
use crate::project::NamedContext;
use crate::report::CopyEdge;

/// Most instructions of one Dockerfile that are simulated.
pub const MAX_INSTRUCTIONS: usize = 20_000;

/// Most stages of a Dockerfile that is simulated.
pub const MAX_STAGES: usize = 1000;

/// What a stage begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// `FROM scratch`.
    Scratch,
    /// An earlier stage.
    Stage(usize),
    /// An image.
    Image(Reference),
    /// A named context that is a directory, by its name in normal form.
    Named(String),
}

/// Where COPY, ADD or a mount takes files from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The build context.
    Context,
    /// Nothing: `--from=scratch`.
    Scratch,
    /// A stage.
    Stage(usize),
    /// An image.
    Image(Reference),
    /// A named context that is a directory, by its name in normal form.
    Named(String),
}

impl From<Base> for Origin {
    fn from(base: Base) -> Self {
        match base {
            Base::Scratch => Self::Scratch,
            Base::Stage(index) => Self::Stage(index),
            Base::Image(reference) => Self::Image(reference),
            Base::Named(name) => Self::Named(name),
        }
    }
}

/// One stage.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Place in the file, from 0.
    pub index: usize,
    /// Name as written.
    pub name: Option<String>,
    /// What it begins with.
    pub base: Base,
    /// Base as written, variables expanded.
    pub base_name: String,
    /// Platform.
    pub platform: Platform,
    /// The instructions after FROM.
    pub commands: Vec<Command>,
    /// Lines of the FROM instruction.
    pub lines: Lines,
    /// Place of the FROM instruction.
    pub span: Span,
    /// Comments before FROM.
    pub comments: Vec<String>,
    /// Whether a named context stands for it: nothing of the stage itself is built.
    pub replaced: bool,
}

impl Stage {
    /// The name that the engine's log gives it.
    pub fn label(&self) -> String {
        self.name
            .clone()
            .unwrap_or_else(|| format!("stage-{}", self.index))
    }

    /// The instructions that a stage built on this one runs first; what is wrong with them
    /// comes up when they run.
    fn triggers(&self) -> Vec<Command> {
        let texts = self.commands.iter().filter_map(|own| match &own.kind {
            CommandKind::Onbuild(text) => Some(text),
            _ => None,
        });
        texts
            .filter_map(|text| command(&parse_trigger(text).ok()?, Features::default()).ok())
            .collect()
    }
}

/// The build graph.
#[derive(Debug, Clone)]
pub struct Plan {
    /// All stages, in order.
    pub stages: Vec<Stage>,
    /// Arguments before the first FROM, expanded, and the automatic platform arguments.
    pub globals: Vec<(String, Option<String>)>,
    /// The stage that is the result.
    pub target: usize,
    /// Which stages the target needs.
    pub needed: Vec<bool>,
    /// Escape character of the Dockerfile.
    pub escape: char,
    /// The default platform.
    pub platform: Platform,
    /// What stands for images and stages, by name in normal form.
    contexts: BTreeMap<String, Base>,
}

/// What a build is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Request<'r> {
    /// `--build-arg`.
    pub build_args: Option<&'r BTreeMap<String, String>>,
    /// `--target`.
    pub target: Option<&'r str>,
    /// `--platform`.
    pub platform: Option<&'r str>,
    /// `--build-context`.
    pub contexts: Option<&'r BTreeMap<String, NamedContext>>,
}

impl Plan {
    /// Makes the plan.
    ///
    /// # Errors
    /// What BuildKit refuses before it builds anything.
    pub fn new(parsed: &Dockerfile<'_>, request: &Request<'_>) -> Result<Self, BuildError> {
        if let Some(error) = parsed.errors.first() {
            return Err(BuildError::new(ErrorKind::Parse, &error.message).at(error.lines));
        }
        if parsed.instructions.len() > MAX_INSTRUCTIONS {
            return Err(BuildError::new(
                ErrorKind::Limit,
                format!(
                    "the Dockerfile has {} instructions; Layerlab simulates up to {MAX_INSTRUCTIONS}",
                    parsed.instructions.len()
                ),
            ));
        }
        let platform = match request.platform.filter(|text| !text.is_empty()) {
            Some(text) => Platform::parse(text)
                .map_err(|message| BuildError::new(ErrorKind::Platform, message))?,
            None => Platform::default(),
        };
        let (global_commands, drafts) = drafts(parsed)?;
        if drafts.len() > MAX_STAGES {
            return Err(BuildError::new(
                ErrorKind::Limit,
                format!(
                    "the Dockerfile has {} stages; Layerlab simulates up to {MAX_STAGES}",
                    drafts.len()
                ),
            ));
        }
        let mut globals = platform_arguments(&platform, request.target.unwrap_or_default());
        for (name, value) in &mut globals {
            if let Some(given) = request.build_args.and_then(|given| given.get(name)) {
                *value = Some(given.clone());
            }
        }
        expand_globals(&mut globals, &global_commands, request, parsed.escape)?;
        let contexts = context::named(request.contexts)?;
        let mut stages: Vec<Stage> = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let stage = draft.resolve(&stages, &globals, &platform, parsed.escape, &contexts)?;
            stages.push(stage);
        }
        let target = find_target(&stages, request.target)?;
        let mut plan = Self {
            needed: vec![false; stages.len()],
            stages,
            globals,
            target,
            escape: parsed.escape,
            platform,
            contexts,
        };
        let dependencies = plan.dependencies()?;
        plan.refuse_circles(&dependencies)?;
        plan.mark_needed(&dependencies);
        Ok(plan)
    }

    /// What `--from` of a command in stage `stage` refers to.
    ///
    /// # Errors
    /// Where it is an index that does not exist, or no reference at all.
    pub fn origin(&self, from: &str, command: &Command) -> Result<Origin, BuildError> {
        if from.contains('$') {
            return Err(BuildError::new(
                ErrorKind::Stage,
                "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
            ));
        }
        if let Ok(index) = from.parse::<i64>() {
            return match usize::try_from(index)
                .ok()
                .filter(|&index| index < self.stages.len())
            {
                Some(index) => Ok(Origin::Stage(index)),
                None => Err(BuildError::new(
                    ErrorKind::Stage,
                    format!("invalid stage index {index}"),
                )),
            };
        }
        if let Some(index) = stage_named(&self.stages, from) {
            return Ok(Origin::Stage(index));
        }
        if from == "scratch" {
            return Ok(Origin::Scratch);
        }
        let reference = Reference::parse(from).map_err(|message| {
            let quoted = crate::dockerfile::quoted(from);
            BuildError::new(
                ErrorKind::BaseImage,
                format!("failed to parse stage name {quoted}: {message}"),
            )
            .at(command.lines)
        })?;
        Ok(context::base(reference, &self.contexts).into())
    }

    /// The stages that a stage copies from, with the sources as written.
    pub fn copy_edges(&self, index: usize) -> Vec<CopyEdge> {
        let mut edges = Vec::new();
        for command in &self.stages[index].commands {
            let label = match &command.kind {
                CommandKind::Copy(copy) => {
                    let paths = copy.sources.iter().filter_map(|source| match source {
                        Source::Path(path) => Some(path.as_str()),
                        Source::Inline { .. } => None,
                    });
                    paths.collect::<Vec<_>>().join(" ")
                }
                _ => "mount".to_owned(),
            };
            for from in origins(command) {
                if let Ok(Origin::Stage(from)) = self.origin(from, command) {
                    edges.push(CopyEdge {
                        from,
                        label: label.clone(),
                        line: command.lines.first,
                    });
                }
            }
        }
        edges
    }

    /// The stages that each stage refers to: (which, lines).
    fn dependencies(&self) -> Result<Vec<Vec<(usize, Lines)>>, BuildError> {
        self.stages
            .iter()
            .map(|stage| {
                let mut found = Vec::new();
                if let Base::Stage(base) = stage.base {
                    found.push((base, stage.lines));
                }
                let triggers = match stage.base {
                    Base::Stage(base) => self.stages[base].triggers(),
                    Base::Scratch | Base::Image(_) | Base::Named(_) => Vec::new(),
                };
                for command in triggers.iter().chain(&stage.commands) {
                    for from in origins(command) {
                        if let Origin::Stage(index) = self.origin(from, command)? {
                            found.push((index, command.lines));
                        }
                    }
                }
                Ok(found)
            })
            .collect()
    }

    fn refuse_circles(&self, dependencies: &[Vec<(usize, Lines)>]) -> Result<(), BuildError> {
        for start in 0..self.stages.len() {
            let mut seen = vec![false; self.stages.len()];
            let mut open: Vec<usize> = vec![start];
            while let Some(stage) = open.pop() {
                for &(next, _) in &dependencies[stage] {
                    if next == start {
                        let lines = dependencies[start].iter().find(|(next, _)| {
                            *next == start || self.reaches(*next, start, dependencies)
                        });
                        let label = self.stages[start].label();
                        let error = BuildError::new(
                            ErrorKind::Stage,
                            format!("circular dependency detected on stage: {label}"),
                        );
                        let lines = lines.map_or(self.stages[start].lines, |(_, lines)| *lines);
                        return Err(error.at(lines).in_stage(&label));
                    }
                    if !std::mem::replace(&mut seen[next], true) {
                        open.push(next);
                    }
                }
            }
        }
        Ok(())
    }

    fn reaches(&self, from: usize, to: usize, dependencies: &[Vec<(usize, Lines)>]) -> bool {
        let mut seen = vec![false; self.stages.len()];
        let mut open = vec![from];
        while let Some(stage) = open.pop() {
            if stage == to {
                return true;
            }
            for &(next, _) in &dependencies[stage] {
                if !std::mem::replace(&mut seen[next], true) {
                    open.push(next);
                }
            }
        }
        false
    }

    fn mark_needed(&mut self, dependencies: &[Vec<(usize, Lines)>]) {
        let mut open = vec![self.target];
        while let Some(stage) = open.pop() {
            if !std::mem::replace(&mut self.needed[stage], true) {
                open.extend(dependencies[stage].iter().map(|(next, _)| next));
            }
        }
    }
}

/// The `from` values of a command.
fn origins(command: &Command) -> impl Iterator<Item = &str> {
    let (copy, mounts): (Option<&str>, &[Result<Mount, String>]) = match &command.kind {
        CommandKind::Copy(copy) => (copy.from.as_deref(), &[]),
        CommandKind::Run(run) => (None, &run.mounts),
        _ => (None, &[]),
    };
    copy.into_iter().chain(
        mounts
            .iter()
            .flatten()
            .filter_map(|mount| mount.from.as_deref()),
    )
}

/// The last stage with a name, letters' case aside.
fn stage_named(stages: &[Stage], name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    stages.iter().rposition(|stage| {
        stage
            .name
            .as_ref()
            .is_some_and(|own| own.to_lowercase() == name)
    })
}

fn find_target(stages: &[Stage], target: Option<&str>) -> Result<usize, BuildError> {
    let Some(target) = target.filter(|target| !target.is_empty()) else {
        return Ok(stages.len() - 1);
    };
    stage_named(stages, target).ok_or_else(|| {
        let names: Vec<String> = stages
            .iter()
            .filter_map(|stage| stage.name.as_ref())
            .map(|name| name.to_lowercase())
            .collect();
        BuildError::new(
            ErrorKind::Target,
            format!(
                "target stage {} could not be found{}",
                crate::dockerfile::quoted(target),
                did_you_mean(target, names.iter().map(String::as_str))
            ),
        )
    })
}

/// A stage whose base is not resolved yet.
struct Draft {
    index: usize,
    from: crate::dockerfile::From,
    commands: Vec<Command>,
    lines: Lines,
    span: Span,
    comments: Vec<String>,
}

/// Checks every instruction and sorts them into global ARGs and stages.
fn drafts(parsed: &Dockerfile<'_>) -> Result<(Vec<Command>, Vec<Draft>), BuildError> {
    let features = features(parsed);
    let mut globals = Vec::new();
    let mut drafts: Vec<Draft> = Vec::new();
    for instruction in &parsed.instructions {
        let command = command(instruction, features).map_err(|message| {
            let line = instruction.lines.first;
            BuildError::new(
                ErrorKind::Parse,
                format!("dockerfile parse error on line {line}: {message}"),
            )
            .at(instruction.lines)
        })?;
        match (command.kind, drafts.last_mut()) {
            (CommandKind::From(from), _) => drafts.push(Draft {
                index: drafts.len(),
                from,
                commands: Vec::new(),
                lines: command.lines,
                span: command.span,
                comments: command.comments,
            }),
            (kind @ CommandKind::Arg(_), None) => globals.push(Command { kind, ..command }),
            (_, None) => {
                return Err(
                    BuildError::new(ErrorKind::Parse, "no build stage in current context")
                        .at(command.lines),
                );
            }
            (kind, Some(draft)) => draft.commands.push(Command { kind, ..command }),
        }
    }
    if drafts.is_empty() {
        return Err(BuildError::new(
            ErrorKind::Parse,
            "dockerfile contains no stages to build",
        ));
    }
    Ok((globals, drafts))
}

/// The optional features that `# syntax=` asks for.
pub(crate) fn features(parsed: &Dockerfile<'_>) -> Features {
    let syntax = parsed
        .directives
        .iter()
        .find(|directive| directive.name == "syntax");
    let Some(tag) = syntax.and_then(|directive| {
        let image = directive.value.split_whitespace().next()?;
        let name = image.strip_prefix("docker.io/").unwrap_or(image);
        let rest = name.strip_prefix("docker/dockerfile")?;
        rest.strip_prefix("-upstream")
            .unwrap_or(rest)
            .strip_prefix(':')
            .or(Some("latest"))
    }) else {
        return Features::default();
    };
    let labs = tag.contains("labs") || tag.starts_with("master");
    let mut numbers = tag.split(['.', '-']).map(|part| part.parse::<u32>().ok());
    let recent = match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(1), None) | (None, _) => true,
        (Some(1), Some(minor)) => minor >= 20,
        (Some(major), _) => major > 1,
    };
    Features {
        parents: labs || recent,
        security: labs,
    }
}

/// The automatic platform arguments.
fn platform_arguments(platform: &Platform, target: &str) -> Vec<(String, Option<String>)> {
    let host = Platform::default();
    let target = if target.is_empty() { "default" } else { target };
    [
        ("BUILDPLATFORM", host.text()),
        ("BUILDOS", host.os),
        ("BUILDOSVERSION", String::new()),
        ("BUILDARCH", host.architecture),
        ("BUILDVARIANT", host.variant),
        ("TARGETPLATFORM", platform.text()),
        ("TARGETOS", platform.os.clone()),
        ("TARGETOSVERSION", String::new()),
        ("TARGETARCH", platform.architecture.clone()),
        ("TARGETVARIANT", platform.variant.clone()),
        ("TARGETSTAGE", target.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), Some(value)))
    .collect()
}

fn expand_globals(
    globals: &mut Vec<(String, Option<String>)>,
    commands: &[Command],
    request: &Request<'_>,
    escape: char,
) -> Result<(), BuildError> {
    for command in commands {
        let CommandKind::Arg(args) = &command.kind else {
            continue;
        };
        for arg in args {
            let given = request.build_args.and_then(|given| given.get(&arg.name));
            let value = match (given, &arg.default) {
                (Some(given), _) => Some(given.clone()),
                (None, Some(default)) => Some(
                    expand(default, Style::arguments(escape), &|name| {
                        lookup(globals, name)
                    })
                    .map_err(|message| {
                        BuildError::new(ErrorKind::Expansion, message).at(command.lines)
                    })?
                    .text,
                ),
                (None, None) => None,
            };
            match globals.iter_mut().find(|(name, _)| *name == arg.name) {
                Some((_, old)) => *old = value.or(old.take()),
                None => globals.push((arg.name.clone(), value)),
            }
        }
    }
    Ok(())
}

fn lookup<'g>(globals: &'g [(String, Option<String>)], name: &str) -> Option<&'g str> {
    globals
        .iter()
        .find(|(global, _)| global == name)
        .and_then(|(_, value)| value.as_deref())
}

impl Draft {
    fn resolve(
        self,
        earlier: &[Stage],
        globals: &[(String, Option<String>)],
        platform: &Platform,
        escape: char,
        contexts: &BTreeMap<String, Base>,
    ) -> Result<Stage, BuildError> {
        let label = self
            .from
            .name
            .clone()
            .unwrap_or_else(|| format!("stage-{}", self.index));
        let fail = |kind: ErrorKind, message: String| {
            BuildError::new(kind, message)
                .at(self.lines)
                .in_stage(&label)
        };
        let expanded = |word: &str| {
            expand(word, Style::arguments(escape), &|name| {
                lookup(globals, name)
            })
            .map(|out| out.text)
            .map_err(|message| fail(ErrorKind::Expansion, message))
        };
        let base_name = expanded(&self.from.base)?;
        if base_name.is_empty() {
            let message = format!("base name ({}) should not be blank", self.from.base);
            return Err(fail(ErrorKind::BaseImage, message));
        }
        let stage_platform = match &self.from.platform {
            None => platform.clone(),
            Some(text) => {
                let text = expanded(text)?;
                if text.is_empty() {
                    let written = self.from.platform.as_deref().unwrap_or_default();
                    return Err(fail(
                        ErrorKind::Platform,
                        format!("empty platform value from expression {written}"),
                    ));
                }
                Platform::parse(&text).map_err(|message| {
                    fail(
                        ErrorKind::Platform,
                        format!("failed to parse platform {text}: {message}"),
                    )
                })?
            }
        };
        let replacement = match &self.from.name {
            Some(name) => context::of_stage(name, contexts)?,
            None => None,
        };
        let replaced = replacement.is_some();
        let base = if let Some(base) = replacement {
            base
        } else if let Some(index) = stage_named(earlier, &base_name) {
            Base::Stage(index)
        } else if base_name == "scratch" {
            Base::Scratch
        } else {
            let reference = Reference::parse(&base_name).map_err(|message| {
                let quoted = crate::dockerfile::quoted(&base_name);
                fail(
                    ErrorKind::BaseImage,
                    format!("failed to parse stage name {quoted}: {message}"),
                )
            })?;
            context::base(reference, contexts)
        };
        Ok(Stage {
            index: self.index,
            name: self.from.name,
            base,
            base_name,
            platform: stage_platform,
            commands: if replaced { Vec::new() } else { self.commands },
            replaced,
            lines: self.lines,
            span: self.span,
            comments: self.comments,
        })
    }
}
