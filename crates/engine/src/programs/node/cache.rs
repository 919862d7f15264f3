//! What npm keeps in `~/.npm`: archives, what the registry says of packages, and logs.

use crate::node::Tree;
use crate::programs::Call;
use crate::programs::unpacker::Unpacker;
use crate::size::{Basis, ByteCount};

use super::modules::Modules;

/// Bytes of an entry in the cache's index: of a document and of an archive (measured; a
/// registry with longer headers makes them up to three times as long).
const ENTRY: (u64, u64) = (470, 560);

/// Bytes that a package adds to the log of `npm install`, and of `npm ci` (measured).
const LOGGED: (u64, u64) = (745, 370);

/// Where the cache is.
fn place(call: &Call<'_, '_, '_>, stated: Option<&str>) -> String {
    stated.map_or_else(|| format!("{}/.npm", call.home()), |at| call.at(at))
}

/// Keeps what an installation read.
pub(super) fn keep(
    call: &mut Call<'_, '_, '_>,
    modules: &mut Modules,
    tree: &Tree<'_>,
    from_lock: bool,
    directory: Option<&str>,
) {
    let at = place(call, directory);
    let fetched = call
        .shell
        .machine
        .fetched_in(&format!("{at}/_cacache"), "npm:");
    let mut archives = 0;
    let mut bytes: u64 = 0;
    for (package, download) in &modules.downloads {
        if fetched.insert(format!("npm:{package}")) {
            archives += 1;
            bytes += download + ENTRY.1;
        }
    }
    let mut documents = 0;
    if !from_lock {
        for package in &tree.packages {
            if fetched.insert(format!("npm:{}", package.name)) {
                let release = package.release.as_ref();
                documents += release.map_or(20_000, |own| own.document) + ENTRY.0;
            }
        }
    }
    bytes += documents;
    let cached = ByteCount {
        bytes,
        low: bytes - documents / 2,
        high: bytes + documents * 2 + archives * ENTRY.1 * 2,
        basis: Basis::Modelled,
    };
    let packages = tree
        .packages
        .iter()
        .filter(|package| package.installed)
        .count() as u64;
    let logged = 1_100 + packages * if from_lock { LOGGED.1 } else { LOGGED.0 };
    let logged = ByteCount {
        bytes: logged,
        low: logged / 2,
        high: logged * 2,
        basis: Basis::Modelled,
    };
    let parts = [("_cacache", cached), ("_logs", logged)];
    for (name, size) in parts {
        // Where it cannot be written, npm goes on without.
        if name == "_logs" || size.bytes > 0 {
            let _ = modules.unpacker.bulk(call, &format!("{at}/{name}"), size);
        }
    }
}

/// The log of a command that installs nothing (measured with npm 9: 1,490 to 1,743 bytes).
pub(super) fn log(call: &mut Call<'_, '_, '_>) {
    let at = format!("{}/_logs", place(call, None));
    let size = ByteCount {
        bytes: 1_600,
        low: 800,
        high: 4_000,
        basis: Basis::Modelled,
    };
    // Where it cannot be written, npm goes on without.
    let _ = Unpacker::default().bulk(call, &at, size);
}

/// `npm cache clean --force`.
pub(super) fn clean(call: &mut Call<'_, '_, '_>, directory: Option<&str>) {
    let at = place(call, directory);
    call.remove_all(&format!("{at}/_cacache"));
}
