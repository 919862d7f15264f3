//! `cp`: copies files.

use super::copy::{Copier, Manner, targets};
use super::options::{Options, Spec, flag, optional, value};
use super::{Call, Program};
use crate::shell::Outcome;

const OPTIONS: [Spec; 25] = [
    flag("a", "archive"),
    flag("b", ""),
    optional("", "backup"),
    flag("d", ""),
    flag("f", "force"),
    flag("H", ""),
    flag("i", "interactive"),
    flag("l", "link"),
    flag("L", "dereference"),
    flag("n", "no-clobber"),
    flag("P", "no-dereference"),
    flag("p", ""),
    optional("", "preserve"),
    value("", "no-preserve"),
    flag("", "parents"),
    flag("R", "recursive"),
    flag("r", ""),
    flag("", "remove-destination"),
    flag("s", "symbolic-link"),
    value("t", "target-directory"),
    flag("T", "no-target-directory"),
    flag("u", "update"),
    flag("v", "verbose"),
    flag("x", "one-file-system"),
    optional("", "reflink"),
];

/// `cp`: copies files.
#[derive(Debug)]
pub(super) struct Cp;

impl Program for Cp {
    fn names(&self) -> &'static [&'static str] {
        &["cp"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        if options.has("l") && options.has("s") {
            call.fail("cannot make both hard and symbolic links");
            return Ok(call.exit);
        }
        let mut copier = Copier::new(manner(&options, call.is_busybox()));
        let directory = options.value("t");
        let Some(pairs) = targets(call, &options.operands, directory, options.has("T")) else {
            return Ok(call.exit);
        };
        for (source, mut target) in pairs {
            if options.has("parents") {
                let base = directory.unwrap_or(&options.operands[options.operands.len() - 1]);
                let inner = source.trim_start_matches('/');
                target = format!("{}/{inner}", base.trim_end_matches('/'));
                if let Some((above, _)) = target.trim_end_matches('/').rsplit_once('/') {
                    super::mkdir::make_parents(call, above, None, false);
                }
            }
            copier.copy(call, &source, &target)?;
        }
        Ok(call.exit)
    }
}

fn manner(options: &Options, busybox: bool) -> Manner {
    let archive = options.has("a");
    let recursive = archive || options.has("R") || options.has("r");
    let mut manner = Manner {
        recursive,
        mode: archive || options.has("p"),
        owner: archive || options.has("p"),
        links: archive || options.has("d") || busybox && options.has("p") && recursive,
        force: options.has("f") || busybox && archive,
        replace: options.has("remove-destination"),
        keep_existing: options.has("n"),
        hard: options.has("l"),
        symbolic: options.has("s"),
        verbose: options.has("v"),
        ..Manner::default()
    };
    let follow = options.last(&["L", "P", "H", "d", "a"]);
    (manner.follow_named, manner.follow_all) = match follow {
        Some("L") => (true, true),
        Some("H") => (true, false),
        Some(_) => (false, false),
        None => (!recursive, !recursive),
    };
    for (key, text) in options.given() {
        let on = match key {
            "preserve" => true,
            "no-preserve" => false,
            _ => continue,
        };
        for what in text.unwrap_or("mode,ownership,timestamps").split(',') {
            match what {
                "mode" => manner.mode = on,
                "ownership" => manner.owner = on,
                "links" => manner.links = on,
                "all" => (manner.mode, manner.owner, manner.links) = (on, on, on),
                _ => {}
            }
        }
    }
    manner
}
