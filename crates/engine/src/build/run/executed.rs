//! RUN, followed: its command is interpreted over the stage's files.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::error::ErrorKind;
use crate::image::{Found, Layer, path};
use crate::plan::Stage;
use crate::shell::{
    Data, Dialect, Exit, Flow, Machine, Process, Resolution, Shell, UNKNOWN, Variable, Who, ended,
    execute, standard_streams,
};
use crate::size::ByteCount;

use crate::build::stage::BuiltStage;
use crate::build::{Build, Failure, Overrides};

use super::kept::{End, Left, Start};
use super::{Step, heredoc_script, mounts, system};

/// What is taken for a RUN that is beyond the limits of the simulation: up to 300 MB.
const UNKNOWN_RUN: ByteCount = ByteCount::assumed(0, 0, 300_000_000);

/// Runs the command and takes over what it leaves.
pub(super) fn follow(
    step: &Step<'_>,
    stage: &mut BuiltStage,
    build: &mut Build<'_>,
    plan: &Stage,
) -> Result<(), Failure> {
    let mounted = mounts::requested(step.run, step.command, stage, build, plan)?;
    if stage.broken {
        stage.record(step.command, step.created_by.clone());
        return Ok(());
    }
    let failed = |reason: &str| {
        let shown = crate::dockerfile::quoted(&step.arguments.join(" "));
        Failure::solve(
            ErrorKind::Run,
            format!("process {shown} did not complete successfully: {reason}"),
        )
    };
    if let Some(name) = &mounted.missing_secret {
        return Err(Failure::solve(
            ErrorKind::Run,
            format!("secret {name}: not found"),
        ));
    }
    let start = Start {
        who: mounts::container_user(stage).map_err(|reason| failed(&reason))?,
        tree: stage.tree.clone(),
        base: stage.base_tree.clone(),
        mounted,
        working_directory: stage.config.working_dir.clone(),
        variables: stage.variables.clone(),
        arguments: step.arguments.to_vec(),
        script: heredoc_script(step.run),
        network: step.run.network.as_deref() != Some("none"),
        machine: machine_name(&plan.platform.architecture),
        os: system(stage, build),
        packages: Arc::clone(&stage.packages),
        fetched: Arc::clone(&stage.fetched),
        marks: stage.marks.clone(),
        next_inode: stage.next_inode,
        number: stage.layers.len(),
    };
    let end = match build.runs.of(&start) {
        Some(end) => end,
        None => {
            let end = Rc::new(start.follow(build.catalog, build.overrides));
            build.runs.keep(start, Rc::clone(&end));
            end
        }
    };
    for file in &end.missing {
        build.want(file);
    }
    let left = match &end.left {
        Ok(left) => left,
        Err(code) => {
            stage.output.clone_from(&end.lines);
            return Err(failed(&format!("exit code: {code}")));
        }
    };
    let stated = build.stated_size(step.command);
    let line = step.command.lines.first;
    for note in end.notes.iter().filter(|_| stated.is_none()) {
        build.assume(note.code, note.message.clone(), line);
    }
    if let Some(reason) = left.limit {
        build.assume(
            "run-limit",
            format!("this RUN is not followed to its end: {reason}. Its size is assumed, with a wide range"),
            line,
        );
    }
    stage.packages = Arc::clone(&left.packages);
    stage.fetched = Arc::clone(&left.fetched);
    stage.marks = left.marks.clone();
    stage.next_inode = left.next_inode;
    let layer = with_range(left.layer.clone(), left.slack, stated);
    let changes = layer.count();
    stage.commit_run(
        step.command,
        step.created_by.clone(),
        left.tree.clone(),
        layer,
        end.lines.clone(),
    );
    build.count_changes(changes)
}

impl Start {
    /// Follows the command to its end.
    fn follow(&self, catalog: &Catalog, overrides: &Overrides<'_>) -> End {
        let has_all = !matches!(self.base.find("/etc/hosts"), Found::Unlisted);
        let prepared = mounts::prepare(
            self.tree.clone(),
            has_all,
            self.mounted.clone(),
            &self.working_directory,
            self.next_inode,
        );
        let mut machine = Machine::new(prepared.files, catalog, &self.base, self.machine);
        machine.network = self.network;
        machine.os.clone_from(&self.os);
        machine.default_shell = default_shell(&self.os);
        machine.packages = Arc::clone(&self.packages);
        machine.fetched = Arc::clone(&self.fetched);
        machine.marks = self.marks.clone();
        machine.package_sizes = overrides.package_sizes;
        machine.own_catalog = overrides.catalog;
        machine.run_number = self.number;
        let mut process = self.container(&machine, prepared.environment);
        let script = self.script.as_ref();
        let outcome = start(&mut machine, &mut process, &self.arguments, script);
        let lines = machine.log.text().replace(UNKNOWN, "…");
        let limit = match outcome {
            Err(Flow::Limit(reason)) => Some(reason),
            _ => None,
        };
        if limit.is_some() {
            machine.files.add_bulk("/", UNKNOWN_RUN);
        }
        let missing = std::mem::take(&mut machine.missing);
        let notes = std::mem::take(&mut machine.notes);
        let left = match outcome {
            Ok(Exit(Some(code))) if code != 0 => Err(code),
            _ => {
                let (packages, fetched, marks) = (machine.packages, machine.fetched, machine.marks);
                let (tree, layer, next_inode) = prepared.points.clean(machine.files);
                Ok(Left {
                    tree,
                    layer,
                    slack: machine.slack,
                    packages,
                    fetched,
                    marks,
                    next_inode,
                    limit,
                })
            }
        };
        End {
            lines: lines.lines().map(str::to_owned).collect(),
            notes,
            missing,
            left,
        }
    }

    /// The first process of the container.
    fn container(&self, machine: &Machine<'_>, environment: BTreeMap<String, String>) -> Process {
        let cwd = path::clean(&self.working_directory);
        let mut process = Process::new(self.who.0.clone(), &cwd, standard_streams());
        let pairs = self.variables.iter().cloned().chain(environment);
        for (name, value) in pairs {
            process.variables.insert(
                name,
                Variable {
                    value: Some(value),
                    exported: true,
                    ..Variable::default()
                },
            );
        }
        if process.variable("HOME").is_none_or(str::is_empty) {
            process.export("HOME", &self.who.1);
        }
        process.has_pipefail = machine
            .files
            .text("/etc/debian_version")
            .is_some_and(|text| {
                text.split('.')
                    .next()
                    .and_then(|major| major.trim().parse().ok())
                    >= Some(13_u32)
            });
        process
    }
}

/// A layer whose size is stated, or might be another one on another course.
fn with_range(mut layer: Layer, slack: (u64, u64), stated: Option<ByteCount>) -> Layer {
    if stated.is_some() {
        layer.stated = stated;
        return layer;
    }
    if slack != (0, 0) {
        let unlisted = layer.unlisted.unwrap_or_default();
        layer.unlisted = Some(ByteCount {
            high: unlisted.high.saturating_add(slack.1),
            ..unlisted
        });
        layer.perhaps_less = slack.0;
    }
    layer
}

/// `uname -m`.
fn machine_name(architecture: &str) -> &'static str {
    match architecture {
        "arm64" => "aarch64",
        "arm" => "armv7l",
        "386" => "i686",
        "ppc64le" => "ppc64le",
        "s390x" => "s390x",
        "riscv64" => "riscv64",
        _ => "x86_64",
    }
}

/// What /bin/sh is in images whose files do not say.
fn default_shell(os: &str) -> Dialect {
    match os.split(' ').next().unwrap_or_default() {
        "alpine" | "busybox" => Dialect::Ash,
        "fedora" | "amazon" | "oracle" | "rocky" | "ubi" | "centos" | "almalinux" => Dialect::Bash,
        _ => Dialect::Dash,
    }
}

/// Starts the container's process as runc does.
fn start(
    machine: &mut Machine<'_>,
    process: &mut Process,
    arguments: &[String],
    script: Option<&(String, String)>,
) -> Result<Exit, Flow> {
    let mut shell = Shell { machine, process };
    if let Some((name, text)) = script {
        // The here-document is mounted as a file that can be executed.
        let at = path::split(name).0.to_owned();
        let who = Who::default();
        let _ = shell.machine.files.make_directory(&at, 0o755, &who);
        let _ = shell
            .machine
            .files
            .write(name, &Data::from(text.as_str()), 0o755, &who);
    }
    let reason = match shell.find_command(&arguments[0]) {
        Resolution::Missing if arguments[0].contains('/') => {
            format!("stat {}: no such file or directory", arguments[0])
        }
        Resolution::Missing => "executable file not found in $PATH".to_owned(),
        Resolution::Denied => "permission denied".to_owned(),
        Resolution::Directory => "is a directory".to_owned(),
        _ => {
            let outcome = execute(&mut shell, arguments);
            return ended(outcome);
        }
    };
    shell.error(&format!(
        "runc run failed: unable to start container process: error during container init: exec: {}: {reason}",
        crate::dockerfile::quoted(&arguments[0])
    ));
    Ok(Exit::code(1))
}
