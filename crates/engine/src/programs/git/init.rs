//! `git init`: an empty repository, with what git's templates bring.

use crate::image::{Node, path};
use crate::programs::{Call, mkdir};
use crate::shell::{Data, Outcome};

use super::config::setting;

/// Where Debian's git has its templates; the same are in others'.
const TEMPLATES: &str = "/usr/share/git-core/templates";

/// `git init WORDS`.
pub(super) fn init(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let mut branch = None;
    let mut bare = false;
    let mut quiet = false;
    let mut directory = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-b" | "--initial-branch" => branch = words.next().cloned(),
            "--bare" => bare = true,
            "-q" | "--quiet" => quiet = true,
            "--template" | "--separate-git-dir" | "--object-format" => {
                words.next();
            }
            _ => match word.strip_prefix("--initial-branch=") {
                Some(own) => branch = Some(own.to_owned()),
                None if word.starts_with('-') => {}
                None => directory = Some(word.clone()),
            },
        }
    }
    let directory = directory.unwrap_or_else(|| ".".to_owned());
    let own = if bare {
        directory
    } else {
        format!("{}/.git", directory.trim_end_matches('/'))
    };
    let own = call.at(&own);
    let exists = call.stat(&path::child(&own, "HEAD")).is_ok();
    mkdir::make_parents(call, &own, None, false);
    if call.exit.failed() {
        return Ok(call.exit);
    }
    copy_templates(call, TEMPLATES, &own);
    for name in ["refs/heads", "refs/tags", "objects/info", "objects/pack"] {
        mkdir::make_parents(call, &path::child(&own, name), None, false);
    }
    if !exists {
        let branch = branch.or_else(|| setting(call, "init.defaultbranch"));
        let branch = branch.unwrap_or_else(|| "master".to_owned());
        let mut config =
            format!("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = {bare}\n");
        if !bare {
            config.push_str("\tlogallrefupdates = true\n");
        }
        let files = [
            ("HEAD", format!("ref: refs/heads/{branch}\n")),
            ("config", config),
        ];
        for (name, text) in files {
            let at = path::child(&own, name);
            if let Err(errno) = call.write(&at, Data::from(text.as_str())) {
                call.problem(&at, errno);
            }
        }
    }
    if !quiet {
        let how = if exists {
            "Reinitialized existing"
        } else {
            "Initialized empty"
        };
        call.line(&format!("{how} Git repository in {own}/"));
    }
    Ok(call.exit)
}

/// Copies what is not there yet.
fn copy_templates(call: &mut Call<'_, '_, '_>, from: &str, to: &str) {
    let who = call.who();
    let Ok((names, _)) = call.files().list(from, &who) else {
        return;
    };
    for name in names {
        let (source, target) = (path::child(from, &name), path::child(to, &name));
        let Ok(entry) = call.lstat(&source) else {
            continue;
        };
        let there = call.lstat(&target).is_ok();
        if entry.node.is_directory() {
            if !there {
                // What is missing above was made just before.
                let _ = call.files().make_directory(&target, 0o755, &who);
            }
            copy_templates(call, &source, &target);
        } else if !there {
            let mut node = entry.node;
            let mut meta = node.meta();
            (meta.uid, meta.gid) = (who.uid, who.gid);
            node.set_meta(meta);
            if let Node::File(file) = &mut node {
                file.inode = None;
            }
            if let Err(errno) = call.files().place_node(&target, node, &who) {
                call.problem(&target, errno);
            }
        }
    }
}
