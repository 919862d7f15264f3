//! `cargo build`, `install`, `fetch`, `clean`: what they leave in the target directory and in cargo's
//! registry. Crates weigh what building them was measured to leave (static/catalog/crates.txt); a
//! program follows from the libraries that it is linked from.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash as _, Hasher as _};

use rustc_hash::FxHasher;

use crate::image::path;
use crate::programs::options::Options;
use crate::programs::unpacker::Unpacker;
use crate::programs::{Call, mkdir};
use crate::rust::{Crate, Index};
use crate::shell::{Data, Exit, Flow, Outcome, Resolution, Who};
use crate::size::{Basis, ByteCount};

use super::manifest::{Locked, Problem, Profile, Project};
use super::{home, project, refused, stopped};

/// Bytes of a program that does nothing but print: of Rust 1.95; 501,776 of 1.85.
const PROGRAM: (u64, u64, u64) = (445_912, 380_000, 560_000);

/// Bytes of notes about a program, beside it.
const OWN: u64 = 577;

/// What each thousand bytes of the libraries that a program is linked from add to it: at the
/// middle, at least, and at most (the programs of scripts/measure-crates.py).
const OF_LIBRARIES: (u64, u64, u64) = (34, 12, 115);

/// What each hundred bytes of the project's own sources add to a program.
const OF_SOURCES: (u64, u64, u64) = (300, 50, 1_000);

/// What is left of a program without symbols, and with all crates optimised together: in hundredths.
const STRIPPED: u64 = 74;
const TOGETHER: u64 = 75;

/// A program that is not for release, to one that is, in hundredths: at the middle, at least, at most
/// (Debian's standard library has more to say to debuggers).
const DEBUG: (u64, u64, u64) = (1_350, 800, 2_100);

/// The same of the target directory.
const DEBUG_TARGET: u64 = 190;

/// A crate that was not measured: in the registry, in the target directory, its library. What lies
/// around is what all but the outermost twentieths of 308 measured ones lie between.
const UNLISTED: [ByteCount; 3] = [
    ByteCount::assumed(300_000, 33_000, 2_700_000),
    ByteCount::assumed(1_500_000, 45_000, 13_000_000),
    ByteCount::assumed(400_000, 0, 5_000_000),
];

/// Bytes of Cargo.lock for each package.
const LOCKED: u64 = 210;

/// Most files of sources that are weighed.
const MAX_FILES: usize = 5_000;

/// Where a build puts things.
struct Target {
    /// `/app/target/release`.
    directory: String,
    /// `/app/target`.
    root: String,
}

/// What is built of others.
#[derive(Debug, Default)]
struct Crates {
    /// By name, with the version where it is locked.
    registered: BTreeMap<String, Option<String>>,
    /// Those of repositories.
    others: BTreeSet<String>,
}

pub(super) fn run(call: &mut Call<'_, '_, '_>, options: &Options) -> Outcome {
    let project = match project(call, options) {
        Ok(project) => project,
        Err(problem) => return stopped(call, problem),
    };
    let wanted = options.value("profile").unwrap_or_default();
    let is_release = options.has("r") || !matches!(wanted, "" | "dev" | "test");
    match build(call, options, &project, is_release)? {
        Ok(_) => Ok(Exit::OK),
        Err(exit) => Ok(exit),
    }
}

/// Builds a project; gives the paths of its programs.
fn build(
    call: &mut Call<'_, '_, '_>,
    options: &Options,
    project: &Project,
    is_release: bool,
) -> Result<Result<Vec<String>, Exit>, Flow> {
    let crates = match fetched(call, options, project)? {
        Ok(crates) => crates,
        Err(exit) => return Ok(Err(exit)),
    };
    let Some(index) = call.shell.machine.catalog.crates() else {
        return Ok(Err(Exit::UNKNOWN));
    };
    if let Some(exit) = lacks(call, project, &crates) {
        return Ok(Err(exit));
    }
    let target = target(call, options, project, is_release);
    lay_out(call, &target);
    let mut compiled = ByteCount::ZERO;
    let mut libraries = ByteCount::ZERO;
    let key = format!("cargo:{}:", target.directory);
    let known = call.shell.machine.fetched_in(&target.root, &key);
    for (name, version) in &crates.registered {
        let (left, library) = weigh(index, name, version.as_deref());
        libraries += library;
        if known.insert(format!("{key}{name}")) {
            compiled += left;
        }
    }
    for name in &crates.others {
        libraries += UNLISTED[2];
        if known.insert(format!("{key}{name}")) {
            compiled += UNLISTED[1];
        }
    }
    if !is_release {
        compiled = scaled(compiled, DEBUG_TARGET);
    }
    let at = path::child(&target.directory, "deps");
    if compiled != ByteCount::ZERO {
        call.shell.machine.step()?;
        let added = Unpacker::default().bulk(call, &at, compiled);
        if let Err(errno) = added {
            let message = format!("failed to create directory `{at}`\n\nCaused by:\n  {errno}");
            return Ok(Err(refused(call, &message, 101)));
        }
    }
    let (sources, signature) = sources(call, project);
    let size = program(libraries, sources, project.release, is_release);
    // What is newer than its sources is left as it is.
    let fetched = call.shell.machine.fetched_in(&target.root, &key);
    let is_new = fetched.insert(format!("{key}{signature}"));
    let mut out = Vec::new();
    let wanted: Vec<&str> = options.values("bin").collect();
    let packages: Vec<&str> = options.values("p").collect();
    for own in &project.packages {
        if !packages.is_empty() && !packages.contains(&own.name.as_str()) {
            continue;
        }
        for name in own
            .programs
            .iter()
            .filter(|name| wanted.is_empty() || wanted.contains(&name.as_str()))
        {
            let at = path::child(&target.directory, name);
            out.push(at.clone());
            if !is_new && call.stat(&at).is_ok() {
                continue;
            }
            if let Err(exit) = write(call, &at, size) {
                return Ok(Err(exit));
            }
            let note = format!("{at}: {}/src/main.rs\n", own.directory);
            // The program beside it was written just now; its fingerprint is in directories named by a hash.
            let _ = call.write(&format!("{at}.d"), Data::from(note.as_str()));
            let deps = path::child(&target.directory, "deps");
            let _ = Unpacker::default().bulk(call, &deps, ByteCount::modelled(OWN, 100, 90, 200));
        }
    }
    if let Some(missing) = wanted
        .iter()
        .find(|name| !out.iter().any(|at| path::split(at).1 == **name))
    {
        let message = format!("no bin target named `{missing}` in default-run packages");
        return Ok(Err(refused(call, &message, 101)));
    }
    Ok(Ok(out))
}

/// Writes a program.
fn write(call: &mut Call<'_, '_, '_>, at: &str, size: ByteCount) -> Result<(), Exit> {
    if let Err(errno) = call.write(at, Data::opaque(size)) {
        let message = format!("failed to write `{at}`\n\nCaused by:\n  {errno}");
        return Err(refused(call, &message, 101));
    }
    let who = call.who();
    // It was written just now.
    let _ = call.files().change_mode(at, 0o755, &who);
    Ok(())
}

fn target(
    call: &Call<'_, '_, '_>,
    options: &Options,
    project: &Project,
    is_release: bool,
) -> Target {
    let stated = options
        .value("target-dir")
        .or_else(|| call.shell.process.variable("CARGO_TARGET_DIR"));
    let root = stated.map_or_else(|| path::child(&project.root, "target"), |at| call.at(at));
    let profile = match options.value("profile") {
        Some("dev" | "test") => "debug",
        Some("bench") => "release",
        Some(own) => own,
        None if is_release => "release",
        None => "debug",
    };
    let directory = match options.value("target") {
        Some(triple) => format!("{root}/{triple}/{profile}"),
        None => format!("{root}/{profile}"),
    };
    Target { directory, root }
}

/// Makes a target directory, with what cargo itself keeps there and at home (measured: cargo 1.85).
fn lay_out(call: &mut Call<'_, '_, '_>, target: &Target) {
    mkdir::make_parents(call, &home(call), None, false);
    mkdir::make_parents(call, &target.directory, None, false);
    for folder in [".fingerprint", "build", "deps", "examples", "incremental"] {
        mkdir::make_parents(call, &path::child(&target.directory, folder), None, false);
    }
    for (name, bytes) in [(".rustc_info.json", 1_012), ("CACHEDIR.TAG", 177)] {
        let at = path::child(&target.root, name);
        if call.stat(&at).is_err() {
            // Where it cannot be written, the program cannot either.
            let _ = call.write(&at, Data::opaque(ByteCount::modelled(bytes, 100, 90, 150)));
        }
    }
    let files = [
        (path::child(&target.directory, ".cargo-lock"), 0),
        (path::child(&home(call), ".global-cache"), 57_344),
        (path::child(&home(call), ".package-cache"), 0),
        (path::child(&home(call), ".package-cache-mutate"), 0),
    ];
    for (at, bytes) in files {
        // Where it cannot be written, the program cannot either.
        let _ = call.write(&at, Data::opaque(ByteCount::modelled(bytes, 100, 90, 150)));
    }
}

/// What a build would stop at for want of another program or library.
fn lacks(call: &mut Call<'_, '_, '_>, project: &Project, crates: &Crates) -> Option<Exit> {
    let is_missing = |call: &Call<'_, '_, '_>, name: &str| {
        matches!(call.shell.find_command(name), Resolution::Missing)
    };
    if crates.registered.contains_key("openssl-sys")
        && !crates.registered.contains_key("openssl-src")
    {
        let stated = call.shell.process.variable("OPENSSL_DIR").is_some();
        let header = call.is_missing("/usr/include/openssl/opensslv.h");
        if !stated && (header || is_missing(call, "pkg-config")) {
            let version = crates
                .registered
                .get("openssl-sys")
                .cloned()
                .flatten()
                .unwrap_or_else(|| "0.9".to_owned());
            let message = format!(
                "failed to run custom build command for `openssl-sys v{version}`\n\nCaused by:\n  process didn't exit successfully (exit status: 101)\n  --- stderr\n  Could not find directory of OpenSSL installation, and this `-sys` crate cannot\n  proceed without this knowledge. If OpenSSL is installed and this crate had\n  trouble finding it,  you can set the `OPENSSL_DIR` environment variable for the\n  compilation process."
            );
            return Some(refused(call, &message, 101));
        }
    }
    if is_missing(call, "cc") {
        let name = project
            .packages
            .first()
            .map_or("app", |own| own.name.as_str());
        call.shell.error(
            "error: linker `cc` not found\n  |\n  = note: No such file or directory (os error 2)\n",
        );
        let message =
            format!("could not compile `{name}` (bin \"{name}\") due to 1 previous error");
        return Some(refused(call, &message, 101));
    }
    None
}

/// All that a project is built of, fetched into cargo's registry.
fn fetched(
    call: &mut Call<'_, '_, '_>,
    options: &Options,
    project: &Project,
) -> Result<Result<Crates, Exit>, Flow> {
    let lock = path::child(&project.root, "Cargo.lock");
    let is_missing = call.is_missing(&lock);
    if is_missing && (options.has("locked") || options.has("frozen")) {
        let message = format!(
            "cannot create the lock file {lock} because --locked was passed to prevent this\nhelp: to generate the lock file without accessing the network, remove the --locked flag and use --offline instead."
        );
        return Ok(Err(refused(call, &message, 101)));
    }
    let Some(index) = call.shell.machine.catalog.crates() else {
        call.shell.machine.want(crate::catalog::CRATES);
        return crate::shell::unknown(call.shell, call.arguments).map(Err);
    };
    let crates = crates(project, index);
    let registry = format!("{}/registry", home(call));
    let vendored = call
        .stat(&path::join(&project.root, ".cargo/config.toml"))
        .is_ok()
        && call.is_directory(&path::child(&project.root, "vendor"));
    let mut size = ByteCount::ZERO;
    let mut first = None;
    if !vendored {
        let known = call.shell.machine.fetched_in(&registry, "cargo:registry:");
        for name in crates.registered.keys() {
            if known.insert(format!("cargo:registry:{name}")) {
                first.get_or_insert(name);
                size += match index.get(name) {
                    Some(Crate::Built(own)) => ByteCount::modelled(own.fetched, 100, 60, 200),
                    _ => UNLISTED[0],
                };
            }
        }
    }
    if let Some(first) = first {
        if !call.shell.machine.network || options.has("offline") || options.has("frozen") {
            let own = project
                .packages
                .first()
                .map_or("app", |own| own.name.as_str());
            let message = format!(
                "failed to get `{first}` as a dependency of package `{own} ({})`\n\nCaused by:\n  download of {first} failed",
                project.root
            );
            return Ok(Err(refused(call, &message, 101)));
        }
        // Where it cannot be written, the build itself says so.
        let _ = Unpacker::default().bulk(call, &registry, size);
    }
    let unknown: Vec<&String> = crates
        .registered
        .keys()
        .filter(|name| index.get(name).is_none())
        .chain(&crates.others)
        .collect();
    if !unknown.is_empty() {
        let message = format!(
            "crates that are not in the catalog ({}): their sizes are assumed, with a range",
            unknown
                .iter()
                .map(|name| name.as_str())
                .take(8)
                .collect::<Vec<_>>()
                .join(", ")
        );
        call.shell.machine.note("unknown-crate", message);
    }
    if is_missing {
        let count = (crates.registered.len() + crates.others.len()) as u64;
        let bytes = 149 + LOCKED * count;
        // Where it cannot be written, the build itself says so.
        let _ = call.write(
            &lock,
            Data::opaque(ByteCount::modelled(bytes, 100, 60, 170)),
        );
    }
    Ok(Ok(crates))
}

/// All crates that a project needs on Linux, by its lock file, or else as they needed each other when
/// they were measured.
fn crates(project: &Project, index: &Index) -> Crates {
    let mut out = Crates::default();
    let own: BTreeSet<&str> = project.own().map(|own| own.name.as_str()).collect();
    let mut queue: Vec<String> = project
        .own()
        .flat_map(|own| own.depends.iter().cloned())
        .collect();
    while let Some(name) = queue.pop() {
        let known = index.get(&name);
        let elsewhere = name.starts_with("windows") || name.starts_with("winapi");
        let seen = out.registered.contains_key(&name) || out.others.contains(&name);
        if seen || elsewhere || own.contains(name.as_str()) || known == Some(&Crate::Elsewhere) {
            continue;
        }
        let locked: Option<&Locked> = project.locked.as_ref().and_then(|locked| locked.get(&name));
        match (locked, known) {
            (Some(locked), _) => queue.extend(locked.needs.iter().cloned()),
            (None, Some(Crate::Built(built))) => queue.extend(built.needs.iter().cloned()),
            (None, _) => {}
        }
        if locked.is_some_and(|locked| !locked.is_registered) {
            out.others.insert(name);
        } else {
            out.registered
                .insert(name, locked.map(|locked| locked.version.clone()));
        }
    }
    out
}

/// What a crate leaves in the target directory, and its library.
fn weigh(index: &Index, name: &str, version: Option<&str>) -> (ByteCount, ByteCount) {
    let Some(Crate::Built(own)) = index.get(name) else {
        return (UNLISTED[1], UNLISTED[2]);
    };
    // Features change a crate more than versions do.
    let (low, high) = if version == Some(&own.version) {
        (70, 120)
    } else {
        (60, 140)
    };
    (
        ByteCount::modelled(own.compiled, 100, low, high),
        ByteCount::modelled(own.library, 100, low, high),
    )
}

/// Bytes of a program.
fn program(libraries: ByteCount, sources: u64, profile: Profile, is_release: bool) -> ByteCount {
    let part = |own: u64, libraries: u64, of: u64, of_sources: u64| {
        own + libraries / 1_000 * of + sources * of_sources / 100
    };
    let mut out = ByteCount {
        bytes: part(PROGRAM.0, libraries.bytes, OF_LIBRARIES.0, OF_SOURCES.0),
        low: part(PROGRAM.1, libraries.low, OF_LIBRARIES.1, OF_SOURCES.1),
        high: part(PROGRAM.2, libraries.high, OF_LIBRARIES.2, OF_SOURCES.2),
        basis: libraries.basis.max(Basis::Modelled),
    };
    if !is_release {
        return ByteCount {
            bytes: out.bytes * DEBUG.0 / 100,
            low: out.low * DEBUG.1 / 100,
            high: out.high * DEBUG.2 / 100,
            basis: out.basis,
        };
    }
    for (is_so, left) in [(profile.strip, STRIPPED), (profile.lto, TOGETHER)] {
        if is_so {
            out = scaled(out, left);
        }
    }
    out
}

/// Bytes of the sources of all packages, and a number that changes with them.
fn sources(call: &mut Call<'_, '_, '_>, project: &Project) -> (u64, u64) {
    let root = Who::default();
    let mut queue: Vec<String> =
        (project.own().map(|own| path::child(&own.directory, "src"))).collect();
    let (mut bytes, mut files) = (0, 0);
    let mut signature = FxHasher::default();
    while let Some(at) = queue.pop() {
        for name in call.files().list(&at, &root).unwrap_or_default().0 {
            files += 1;
            if files > MAX_FILES {
                return (bytes, signature.finish());
            }
            let inner = path::child(&at, &name);
            if call.is_directory(&inner) {
                queue.push(inner);
            } else if name.ends_with(".rs") {
                let size = call.files().total(&inner).bytes;
                bytes += size;
                (&inner, size, call.files().text(&inner)).hash(&mut signature);
            }
        }
    }
    (bytes, signature.finish())
}

/// So many hundredths of a size.
fn scaled(size: ByteCount, hundredths: u64) -> ByteCount {
    ByteCount {
        bytes: size.bytes * hundredths / 100,
        low: size.low * hundredths / 100,
        high: size.high * hundredths / 100,
        basis: size.basis,
    }
}

pub(super) fn fetch(call: &mut Call<'_, '_, '_>, options: &Options) -> Outcome {
    match project(call, options) {
        Ok(project) => Ok(fetched(call, options, &project)?.map_or_else(|exit| exit, |_| Exit::OK)),
        Err(problem) => stopped(call, problem),
    }
}

pub(super) fn clean(call: &mut Call<'_, '_, '_>, options: &Options) -> Outcome {
    match project(call, options) {
        Ok(project) => {
            let root = target(call, options, &project, false).root;
            let who = call.who();
            // It may never have been made.
            call.files().remove_tree(&root, &who);
            Ok(Exit::OK)
        }
        Err(problem) => stopped(call, problem),
    }
}

/// `cargo install`: programs of the project here, or of somebody else's.
pub(super) fn install(call: &mut Call<'_, '_, '_>, options: &Options) -> Outcome {
    let stated = options
        .value("root")
        .or_else(|| call.shell.process.variable("CARGO_INSTALL_ROOT"));
    let root = stated.map_or_else(|| home(call), |at| call.at(at));
    let folder = format!("{root}/bin");
    if options.value("path").is_some() {
        let built = match project(call, options) {
            Ok(project) => build(call, options, &project, !options.has("debug"))?,
            Err(problem) => return stopped(call, problem),
        };
        let programs = match built {
            Ok(programs) => programs,
            Err(exit) => return Ok(exit),
        };
        mkdir::make_parents(call, &folder, None, false);
        for (name, bytes) in [(".crates.toml", 50), (".crates2.json", 448)] {
            // Where it cannot be written, the program cannot either.
            let _ = call.write(
                &path::child(&root, name),
                Data::opaque(ByteCount::modelled(bytes, 100, 60, 200)),
            );
        }
        for program in programs {
            let size = call.files().total(&program);
            let at = path::child(&folder, path::split(&program).1);
            if let Err(exit) = write(call, &at, size) {
                return Ok(exit);
            }
        }
        return Ok(Exit::OK);
    }
    let is_elsewhere = options.value("git").is_some();
    if options.operands.is_empty() && !is_elsewhere {
        let problem = Problem::Message(
            "Using `cargo install` to install the binaries from the package in current working directory is no longer supported, use `cargo install --path .` instead. Use `cargo build` if you want to simply build the package.".to_owned(),
        );
        return stopped(call, problem);
    }
    if !call.shell.machine.network {
        return Ok(refused(
            call,
            "failed to download from the registry: the network cannot be reached",
            101,
        ));
    }
    mkdir::make_parents(call, &folder, None, false);
    for operand in &options.operands {
        let name = operand.split('@').next().unwrap_or(operand);
        let guess = ByteCount::assumed(8_000_000, 600_000, 80_000_000);
        let size = call.shell.machine.unlisted("cargo", name, guess);
        if let Err(exit) = write(call, &path::child(&folder, name), size) {
            return Ok(exit);
        }
    }
    // What was fetched stays, what was compiled goes.
    let left = ByteCount::assumed(80_000_000, 3_000_000, 700_000_000);
    // Where it cannot be written, the program could not either.
    let _ = Unpacker::default().bulk(call, &format!("{}/registry", home(call)), left);
    Ok(Exit::OK)
}
