//! `update-ca-certificates`: the bundle of all certificates that are trusted, and their links
//! (Debian's ca-certificates; what it leaves was measured).

mod subject;

use std::collections::BTreeSet;

use super::{Call, Program};
use crate::image::{Node, path};
use crate::shell::{Errno, Outcome};

const CERTIFICATES: &str = "/etc/ssl/certs";
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
const LOCAL: &str = "/usr/local/share/ca-certificates";

/// Deepest directory that is looked into.
const MAX_DEPTH: usize = 8;

/// `update-ca-certificates`.
#[derive(Debug)]
pub(super) struct UpdateCaCertificates;

impl Program for UpdateCaCertificates {
    fn names(&self) -> &'static [&'static str] {
        &["update-ca-certificates"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        if call.is_busybox() || call.is_missing("/etc/ca-certificates.conf") {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        let fresh = call
            .words()
            .iter()
            .any(|word| matches!(word.as_str(), "-f" | "--fresh"));
        let who = call.who();
        for at in ["/tmp", CERTIFICATES] {
            // Its own files lie there while it runs.
            let _ = call.files().touch(at, &who, true);
        }
        let mut bundle = call.read(BUNDLE).unwrap_or_default();
        let linked = refresh(call, fresh);
        let mut added = 0;
        let mut certificates = Vec::new();
        find(call, LOCAL, 0, &mut certificates);
        for certificate in certificates {
            let data = call.read(&certificate).unwrap_or_default();
            let (_, file) = path::split(&certificate);
            let stem = file.trim_end_matches(".crt").replace([' ', ','], "_");
            let name = format!("{}.pem", stem.replace(['(', ')'], "="));
            if linked.contains(&name) {
                continue;
            }
            added += 1;
            let link = path::child(CERTIFICATES, &name);
            let mut links = vec![(link, certificate)];
            let hash = data.known().and_then(subject::hash);
            links.extend(hash.map(|hash| (format!("{CERTIFICATES}/{hash:08x}.0"), name)));
            for (at, target) in links {
                match call.files().symlink(&target, &at, &who) {
                    Ok(()) | Err(Errno::Exists) => {}
                    Err(errno) => call.problem(&at, errno),
                }
            }
            let ends = data.known().is_none_or(|bytes| bytes.ends_with(b"\n"));
            bundle.append(data);
            if !ends {
                bundle.push(b"\n");
            }
        }
        if let Err(errno) = call.files().write(BUNDLE, &bundle, 0o644, &who) {
            call.problem(BUNDLE, errno);
        }
        call.line(&format!(
            "Updating certificates in {CERTIFICATES}...\n{added} added, 0 removed; done.\nRunning hooks in /etc/ca-certificates/update.d...\ndone."
        ));
        Ok(call.exit)
    }
}

/// The names of the links that are there; those that lead nowhere go, and `fresh` makes all anew.
fn refresh(call: &mut Call<'_, '_, '_>, fresh: bool) -> BTreeSet<String> {
    let who = call.who();
    let (names, _) = call.files().list(CERTIFICATES, &who).unwrap_or_default();
    let mut out = BTreeSet::new();
    for name in names {
        let at = path::child(CERTIFICATES, &name);
        let Ok(entry) = call.lstat(&at) else {
            continue;
        };
        let Node::Symlink(link) = &entry.node else {
            continue;
        };
        // What is not listed is no certificate.
        let leads_nowhere = call.stat(&at).is_err();
        if leads_nowhere || fresh {
            // It was listed just before.
            let _ = call.files().unlink(&at, &who);
        }
        if leads_nowhere {
            continue;
        }
        if fresh {
            let target = link.target.to_string();
            let _ = call.files().symlink(&target, &at, &who);
        }
        out.insert(name);
    }
    out
}

/// Takes out the links to certificates that are gone, and those to the links: what the package's
/// script does when it is removed.
pub(super) fn remove(call: &mut Call<'_, '_, '_>) {
    for _ in 0..2 {
        refresh(call, false);
    }
}

/// Certificates below a directory, names in order.
fn find(call: &mut Call<'_, '_, '_>, directory: &str, depth: usize, out: &mut Vec<String>) {
    let who = call.who();
    let (names, _) = call.files().list(directory, &who).unwrap_or_default();
    for name in names {
        let at = path::child(directory, &name);
        if call.is_directory(&at) {
            if depth < MAX_DEPTH {
                find(call, &at, depth + 1, out);
            }
        } else if name.ends_with(".crt") {
            out.push(at);
        }
    }
}
