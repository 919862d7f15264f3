//! `apt-get build-dep`: what building a source package needs.

use crate::debian::{STAND_IN, Transaction, sources_file};
use crate::programs::Call;
use crate::shell::{Exit, Flow};

use super::refused;

/// What the packages to build need.
pub(super) enum Needed {
    /// The lines of packages that stand for their building, as an index has them.
    Lines(Vec<String>),
    /// apt ends before it comes to that.
    Ended(Exit),
}

/// Looks up source packages of a suite.
///
/// # Errors
/// A limit of the simulation.
pub(super) fn needed(
    call: &mut Call<'_, '_, '_>,
    suite: &str,
    names: &[String],
) -> Result<Needed, Flow> {
    let ended = |exit| Ok(Needed::Ended(exit));
    if !super::lists::has_sources(call) {
        let message = "You must put some 'deb-src' URIs in your sources.list";
        return ended(refused(call, message));
    }
    let catalog = call.shell.machine.catalog;
    let Some(sources) = catalog.debian_sources(suite) else {
        call.shell.machine.want(&sources_file(suite));
        return ended(crate::shell::unknown(call.shell, call.arguments)?);
    };
    let mut out = Vec::new();
    for name in names {
        // A directory or a file of another's sources.
        if name.contains('/') {
            return ended(crate::shell::unknown(call.shell, call.arguments)?);
        }
        let plain = name.split('=').next().unwrap_or_default();
        match sources.get(plain) {
            Some(source) => out.push(source.line()),
            None => {
                let message = format!("Unable to find a source package for {name}");
                return ended(refused(call, &message));
            }
        }
    }
    Ok(Needed::Lines(out))
}

/// Leaves the packages that stand for sources out of what is done: what they need is asked for.
pub(super) fn leave_out(transaction: &mut Transaction) {
    let stands_in = |name: &str| name.starts_with(STAND_IN);
    for change in &mut transaction.install {
        if change.by.as_deref().is_some_and(stands_in) {
            change.auto = false;
            change.by = None;
        }
    }
    transaction
        .install
        .retain(|change| !stands_in(&change.name));
    transaction.manual.retain(|name| !stands_in(name));
}
