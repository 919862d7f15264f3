//! What is mounted while a RUN runs, and what its mount points leave in the layer.

use std::collections::BTreeMap;

use crate::dockerfile::{Command, Mount as MountFlag, Run};
use crate::error::ErrorKind;
use crate::image::{FileTree, Found, Layer, Metadata, Node, path};
use crate::plan::{Origin, Stage};
use crate::shell::{Files, Mount, Who};
use crate::size::ByteCount;

use crate::build::stage::BuiltStage;
use crate::build::{Build, Failure};

/// Mounts that a RUN asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Requested {
    mounts: Vec<Mount>,
    environment: BTreeMap<String, String>,
    /// A secret that is required: a simulation has none.
    pub(super) missing_secret: Option<String>,
}

/// Files with everything mounted.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) files: Files,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) points: MountPoints,
}

/// Directories and files that were made to mount something on.
#[derive(Debug, Default)]
pub(super) struct MountPoints {
    made: Vec<String>,
}

/// Reads the mounts of a RUN.
pub(super) fn requested(
    run: &Run,
    command: &Command,
    stage: &BuiltStage,
    build: &mut Build<'_>,
    plan: &Stage,
) -> Result<Requested, Failure> {
    let mut out = Requested::default();
    for mount in run.mounts.iter().flatten() {
        match mount.kind.as_str() {
            "secret" => {
                let id = mount
                    .id
                    .clone()
                    .or_else(|| mount.source.clone())
                    .unwrap_or_default();
                if mount.required {
                    out.missing_secret.get_or_insert(id);
                }
            }
            "ssh" => {
                let socket = mount
                    .target
                    .as_deref()
                    .unwrap_or("/run/buildkit/ssh_agent.0");
                out.environment
                    .insert("SSH_AUTH_SOCK".to_owned(), socket.to_owned());
            }
            _ => out.mounts.push(filled(mount, command, stage, build, plan)?),
        }
    }
    Ok(out)
}

fn filled(
    mount: &MountFlag,
    command: &Command,
    stage: &BuiltStage,
    build: &mut Build<'_>,
    plan: &Stage,
) -> Result<Mount, Failure> {
    let target = stage.expand(mount.target.as_deref().unwrap_or_default())?;
    let at = stage.absolute(&target);
    if mount.kind == "tmpfs" {
        return Ok(empty(at, 0o1777, mount.writable.unwrap_or(true)));
    }
    let is_cache = mount.kind == "cache";
    if is_cache && mount.from.is_none() {
        let mut cache = empty(
            at,
            mount.mode.unwrap_or(0o755),
            mount.writable.unwrap_or(true),
        );
        let meta = Metadata {
            mode: mount.mode.unwrap_or(0o755),
            uid: mount.uid.unwrap_or(0),
            gid: mount.gid.unwrap_or(0),
        };
        cache.tree.put("/", Node::directory(meta));
        return Ok(cache);
    }
    let origin = match &mount.from {
        None => Origin::Context,
        Some(from) => build
            .plan
            .origin(from, command)
            .map_err(|error| Failure::convert(error.kind, error.message))?,
    };
    let tree = build.files_of(&origin, plan)?.tree;
    let source = stage.expand(mount.source.as_deref().unwrap_or("/"))?;
    let wanted = path::clean(&source);
    let source = tree.resolve(&wanted).unwrap_or_else(|_| wanted.clone());
    if !stage.broken && matches!(tree.find(&source), Found::Nothing) {
        return Err(Failure::solve(
            ErrorKind::CopySource,
            format!(
                "failed to compute cache key: failed to calculate checksum of ref …: {}: not found",
                crate::dockerfile::quoted(&wanted)
            ),
        ));
    }
    Ok(Mount {
        at,
        tree,
        source,
        writable: mount.writable.unwrap_or(is_cache),
    })
}

fn empty(at: String, mode: u16, writable: bool) -> Mount {
    let mut tree = FileTree::default();
    tree.put("/", Node::directory(Metadata::root(mode)));
    Mount {
        at,
        tree,
        source: "/".to_owned(),
        writable,
    }
}

/// User and home directory of the container's process (runc's `user` package).
pub(crate) fn container_user(stage: &BuiltStage) -> Result<(Who, String), String> {
    let text = stage.config.user.as_str();
    let (user, group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (text, None),
    };
    let records = |file: &str| -> Vec<Vec<String>> {
        let content = stage
            .tree
            .content(file)
            .map(|content| String::from_utf8_lossy(content).into_owned());
        let lines = content.unwrap_or_default();
        lines
            .lines()
            .map(|line| line.split(':').map(str::to_owned).collect())
            .collect()
    };
    let users = records("/etc/passwd");
    let groups = records("/etc/group");
    let user = if user.is_empty() { "0" } else { user };
    let by_name = users.iter().find(|record| record[0] == user);
    let by_number = users
        .iter()
        .find(|record| record.get(2).is_some_and(|uid| uid == user));
    let mut who = Who::default();
    let mut home = "/".to_owned();
    let number =
        |record: &[String], place: usize| record.get(place).and_then(|text| text.parse().ok());
    let unlisted = !stage.knows_users();
    match by_name.or(by_number) {
        Some(record) => {
            who.uid = number(record, 2).unwrap_or(0);
            who.gid = number(record, 3).unwrap_or(0);
            home = record.get(5).cloned().unwrap_or(home);
            for own in &groups {
                let member = own
                    .get(3)
                    .is_some_and(|list| list.split(',').any(|name| name == record[0]));
                if let (true, Some(gid)) = (member && group.is_none(), number(own, 2)) {
                    who.groups.push(gid);
                }
            }
        }
        None => match (user.parse(), stage.users.get(user)) {
            (Ok(uid), _) => {
                who.uid = uid;
                if uid == 0 {
                    home = "/root".to_owned();
                }
            }
            (Err(_), Some(&uid)) => {
                (who.uid, who.gid) = (uid, uid);
                home = format!("/home/{user}");
            }
            (Err(_), None) if unlisted => {
                (who.uid, who.gid) = (1000, 1000);
                home = format!("/home/{user}");
            }
            (Err(_), None) => {
                return Err(format!(
                    "unable to find user {user}: no matching entries in passwd file"
                ));
            }
        },
    }
    if let Some(group) = group.filter(|group| !group.is_empty()) {
        let record = groups.iter().find(|record| record[0] == group);
        let known = stage.users.get(group).copied();
        match record
            .and_then(|record| number(record, 2))
            .or_else(|| group.parse().ok())
            .or(known)
        {
            Some(gid) => who.gid = gid,
            None if unlisted => {}
            None => {
                return Err(format!(
                    "unable to find group {group}: no matching entries in group file"
                ));
            }
        }
    }
    Ok((who, home))
}

/// Mounts everything, as runc does: what is missing to mount on is made first.
///
/// `has_all` tells that all files of the base image are listed.
pub(super) fn prepare(
    tree: FileTree,
    has_all: bool,
    requested: Requested,
    working_directory: &str,
    next_inode: u64,
) -> Prepared {
    let mut files = Files::new(tree, Vec::new(), next_inode);
    let mut points = MountPoints::default();
    // The kernel's directories stay in the layer where the image lacks them.
    for at in ["/proc", "/dev", "/sys"] {
        make_point(&mut files, at, false, false, &mut Vec::new());
    }
    let mut mounts = kernel_mounts();
    for (at, text) in [
        ("/etc/resolv.conf", ""),
        (
            "/etc/hosts",
            "127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n",
        ),
    ] {
        let mut tree = FileTree::default();
        tree.put(
            "/file",
            Node::file(text.as_bytes().into(), Metadata::root(0o644)),
        );
        mounts.push(Mount {
            at: at.to_owned(),
            tree,
            source: "/file".to_owned(),
            writable: false,
        });
    }
    mounts.extend(requested.mounts);
    let at = path::clean(working_directory);
    make_point(&mut files, &at, false, false, &mut Vec::new());
    for mount in &mut mounts {
        let is_file = matches!(mount.tree.get(&mount.source), Some(Node::File(_)));
        if let Ok(real) = files.resolve(&mount.at, &Who::default(), true) {
            mount.at = real;
        }
        let kernel = ["/proc", "/dev", "/sys"]
            .iter()
            .any(|top| mount.at.starts_with(top));
        if !kernel {
            // No package brings the files that every container has of its own.
            let own = has_all && matches!(mount.at.as_str(), "/etc/resolv.conf" | "/etc/hosts");
            make_point(&mut files, &mount.at, is_file, own, &mut points.made);
        }
    }
    files.mount(mounts);
    Prepared {
        files,
        environment: requested.environment,
        points,
    }
}

/// Makes a mount point and the directories above it, as far as they are missing; `own` tells that
/// nothing is there that is not listed.
fn make_point(files: &mut Files, at: &str, is_file: bool, own: bool, made: &mut Vec<String>) {
    let root = Who::default();
    let is_missing = |place: &&str| match files.find(place) {
        Found::Nothing => true,
        Found::Unlisted => own && *place == at,
        Found::Node(_) => false,
    };
    let mut missing: Vec<String> = std::iter::once(at)
        .chain(path::ancestors(at))
        .filter(|place| *place != "/")
        .filter(is_missing)
        .map(str::to_owned)
        .collect();
    missing.reverse();
    for place in missing {
        let done = if is_file && place == at {
            files.open_for_writing(&place, 0o755, false, &root).is_ok()
        } else {
            files.make_directory(&place, 0o755, &root).is_ok()
        };
        if done {
            made.push(place);
        }
    }
}

impl MountPoints {
    /// Takes mount points out again that nothing was put into (BuildKit's
    /// `MountStubsCleaner`), and ends the step.
    pub(super) fn clean(self, mut files: Files) -> (FileTree, Layer, u64) {
        let root = Who::default();
        files.mount(Vec::new());
        for at in self.made.iter().rev() {
            // What is not empty stays.
            let _ = match files.node(at) {
                Some(Node::Directory(_)) => files.remove_directory(at, &root),
                Some(Node::File(file)) if file.size == ByteCount::ZERO => files.unlink(at, &root),
                _ => Ok(()),
            };
        }
        files.finish()
    }
}

/// `/proc`, `/sys` and `/dev` of a container.
fn kernel_mounts() -> Vec<Mount> {
    let mut dev = FileTree::default();
    for name in ["full", "null", "random", "tty", "urandom", "zero"] {
        dev.put(&format!("/{name}"), Node::Special(Metadata::root(0o666)));
    }
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("ptmx", "pts/ptmx"),
        ("stderr", "/proc/self/fd/2"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
    ] {
        dev.put(&format!("/{name}"), Node::symlink(target));
    }
    dev.put("/pts", Node::directory(Metadata::root(0o755)));
    for name in ["/mqueue", "/shm"] {
        dev.put(name, Node::directory(Metadata::root(0o1777)));
    }
    let mut proc = FileTree::default();
    proc.put("/", Node::directory(Metadata::root(0o555)));
    proc.add_bulk("/", ByteCount::ZERO);
    let mut sys = FileTree::default();
    sys.put("/", Node::directory(Metadata::root(0o555)));
    sys.add_bulk("/", ByteCount::ZERO);
    [
        ("/proc", proc, false),
        ("/sys", sys, false),
        ("/dev", dev, true),
    ]
    .into_iter()
    .map(|(at, tree, writable)| Mount {
        at: at.to_owned(),
        tree,
        source: "/".to_owned(),
        writable,
    })
    .collect()
}
