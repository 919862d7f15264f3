//! `dpkg` and its kin.

mod debconf;
mod divert;

use super::apt::{Local, System, Unpacking, apply, local_index};
use super::{Call, Program};
use crate::debian::{Archive, Change, Transaction, lacks, version};
use crate::shell::{Data, Exit, Outcome, UNKNOWN};

/// `dpkg`, `dpkg-query`, `dpkg-reconfigure`, `debconf-set-selections` and the like.
#[derive(Debug)]
pub(super) struct Dpkg;

impl Program for Dpkg {
    fn names(&self) -> &'static [&'static str] {
        &[
            "dpkg",
            "dpkg-query",
            "dpkg-reconfigure",
            "dpkg-divert",
            "dpkg-statoverride",
            "dpkg-architecture",
            "dpkg-trigger",
            "debconf-set-selections",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        match crate::image::path::split(call.name()).1 {
            "dpkg" => dpkg(call),
            "dpkg-query" => query(call),
            "debconf-set-selections" => debconf::selections(call),
            "dpkg-reconfigure" => debconf::reconfigure(call),
            "dpkg-divert" => divert::divert(call),
            "dpkg-statoverride" => divert::stat_override(call),
            "dpkg-architecture" => architectures(call),
            "dpkg-trigger" => Ok(Exit::OK),
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// Debian's name of the machine's architecture.
fn architecture(machine: &str) -> &'static str {
    match machine {
        "aarch64" => "arm64",
        "armv7l" => "armhf",
        "i686" => "i386",
        "ppc64le" => "ppc64el",
        "s390x" => "s390x",
        "riscv64" => "riscv64",
        _ => "amd64",
    }
}

/// `dpkg-architecture -q NAME`: Debian's and GNU's names of the machine.
fn architectures(call: &mut Call<'_, '_, '_>) -> Outcome {
    let native = architecture(call.shell.machine.machine);
    let multiarch = match native {
        "arm64" => "aarch64-linux-gnu",
        "armhf" => "arm-linux-gnueabihf",
        "i386" => "i386-linux-gnu",
        "ppc64el" => "powerpc64le-linux-gnu",
        "s390x" => "s390x-linux-gnu",
        "riscv64" => "riscv64-linux-gnu",
        _ => "x86_64-linux-gnu",
    };
    let name = call.words().iter().find_map(|word| {
        let name = word.strip_prefix("-q").unwrap_or(word);
        let kinds = ["DEB_HOST_", "DEB_BUILD_", "DEB_TARGET_"];
        kinds.iter().find_map(|kind| name.strip_prefix(kind))
    });
    let text = match name {
        Some("ARCH" | "ARCH_CPU") => native.to_owned(),
        Some("MULTIARCH" | "GNU_TYPE") => multiarch.to_owned(),
        Some("GNU_CPU") => call.shell.machine.machine.to_owned(),
        Some("ARCH_OS") => "linux".to_owned(),
        _ => UNKNOWN.to_string(),
    };
    call.line(&text);
    Ok(Exit::OK)
}

fn dpkg(call: &mut Call<'_, '_, '_>) -> Outcome {
    let words = call.words().to_vec();
    let operands: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let native = architecture(call.shell.machine.machine);
    let Some(action) = words.iter().find(|word| {
        word.starts_with('-') && !word.starts_with("--force") && !word.starts_with("--no-")
    }) else {
        call.shell
            .error("dpkg: error: need an action option\n\nType dpkg --help for help about installing and deinstalling packages [*];");
        return Ok(Exit::code(2));
    };
    match action.as_str() {
        "--print-architecture" => call.line(native),
        "--print-foreign-architectures" => {
            let known = call.read("/var/lib/dpkg/arch").map(|data| data.text());
            for name in known.unwrap_or_default().lines().skip(1) {
                call.line(name);
            }
        }
        "--add-architecture" => {
            let at = "/var/lib/dpkg/arch";
            let old = call.read(at).map(|data| data.text());
            let mut text = old.unwrap_or_else(|_| format!("{native}\n"));
            for name in operands {
                if !text.lines().any(|line| line == name) {
                    text.push_str(&format!("{name}\n"));
                }
            }
            if let Err(errno) = call.write(at, Data::from(text.as_str())) {
                call.problem(at, errno);
            }
        }
        "--compare-versions" => return Ok(compare(call, &operands)),
        "-i" | "--install" => return install(call, &operands),
        "-r" | "--remove" | "-P" | "--purge" => {
            let purge = matches!(action.as_str(), "-P" | "--purge");
            return remove(call, &operands, purge);
        }
        "-s" | "--status" | "-L" | "--listfiles" | "-l" | "--list" | "-S" | "--search" => {
            return query(call);
        }
        "--get-selections" => call.line(&UNKNOWN.to_string()),
        "--configure" | "--clear-avail" | "--update-avail" | "--triggers-only" | "--audit" => {}
        _ => return crate::shell::unknown(call.shell, call.arguments),
    }
    Ok(call.exit)
}

/// `--compare-versions VERSION OPERATOR VERSION`.
fn compare(call: &mut Call<'_, '_, '_>, operands: &[&String]) -> Exit {
    let [left, operator, right] = operands else {
        return call.refuse("error: --compare-versions takes three arguments", 2);
    };
    if !crate::shell::is_known(left) || !crate::shell::is_known(right) {
        return Exit::UNKNOWN;
    }
    let order = version::compare(left, right);
    Exit::of(match operator.as_str() {
        "lt" | "lt-nl" | "<<" => order.is_lt(),
        "le" | "le-nl" | "<" | "<=" => order.is_le(),
        "eq" | "=" => order.is_eq(),
        "ne" => order.is_ne(),
        "ge" | "ge-nl" | ">" | ">=" => order.is_ge(),
        "gt" | "gt-nl" | ">>" => order.is_gt(),
        _ => return call.refuse("error: bad operator", 2),
    })
}

/// What is installed; what is printed of it is not known, but whether it is.
fn query(call: &mut Call<'_, '_, '_>) -> Outcome {
    let named = call.words().iter().any(|word| {
        matches!(
            word.as_str(),
            "-s" | "--status" | "-W" | "--show" | "-L" | "--listfiles"
        )
    });
    let operands: Vec<String> = call
        .words()
        .iter()
        .filter(|word| !word.starts_with('-') && !word.contains('$'))
        .cloned()
        .collect();
    for name in operands.iter().filter(|_| named) {
        let plain = name.split(':').next().unwrap_or_default();
        let packages = &call.shell.machine.packages;
        if !packages.has(plain) && !packages.configured.contains_key(plain) && !plain.contains('*')
        {
            // Of images whose packages are not listed nothing can be said.
            if packages.by_name.is_empty() {
                return Ok(Exit::UNKNOWN);
            }
            call.shell
                .error(&format!("dpkg-query: no packages found matching {name}"));
            return Ok(Exit::code(1));
        }
    }
    call.line(&UNKNOWN.to_string());
    Ok(Exit::OK)
}

/// `-i FILE…`: archives, without what they need.
fn install(call: &mut Call<'_, '_, '_>, paths: &[&String]) -> Outcome {
    let Some(System {
        index: Some(index),
        exact,
    }) = System::of(call)
    else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    if !call.who().is_root() {
        return Ok(call.refuse("error: requested operation requires superuser privilege", 2));
    }
    let paths: Vec<String> = paths.iter().map(|path| (*path).clone()).collect();
    let local = match Local::read(call, &paths) {
        Ok(local) => local,
        Err((path, why)) => {
            call.shell.error(&format!(
                "dpkg: error: cannot access archive '{path}': {why}"
            ));
            return Ok(Exit::code(2));
        }
    };
    if local.is_empty() {
        return Ok(call.refuse(
            "error: --install needs at least one package archive file argument",
            2,
        ));
    }
    let packages = call.shell.machine.packages.clone();
    let brought = local_index(&packages, local.lines());
    let archive = Archive {
        suite: index,
        local: brought.as_ref(),
    };
    let changes = local.debs.iter().map(|deb| Change {
        name: deb.name.clone(),
        auto: false,
        by: None,
        from: packages
            .by_name
            .get(&deb.name)
            .map(|own| own.version.clone()),
    });
    let transaction = Transaction {
        install: changes.collect(),
        ..Transaction::default()
    };
    local.add_opaque(call)?;
    apply(
        call,
        &Unpacking {
            archive,
            debs: &local.debs,
            transaction: &transaction,
            purge: false,
            exact,
            command_line: None,
        },
    )?;
    let after = call.shell.machine.packages.clone();
    for change in &transaction.install {
        if let Some(group) = lacks(archive, &after, &change.name) {
            let name = &change.name;
            call.shell.error(&format!("dpkg: dependency problems prevent configuration of {name}:\n {name} depends on {group}; however:\n  Package {group} is not installed.\n\ndpkg: error processing package {name} (--install):\n dependency problems - leaving unconfigured\nErrors were encountered while processing:\n {name}"));
            return Ok(Exit::code(1));
        }
    }
    Ok(call.exit)
}

fn remove(call: &mut Call<'_, '_, '_>, names: &[&String], purge: bool) -> Outcome {
    let Some(System {
        index: Some(index),
        exact,
    }) = System::of(call)
    else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    if !call.who().is_root() {
        return Ok(call.refuse("error: requested operation requires superuser privilege", 2));
    }
    let mut known = Vec::new();
    for name in names {
        if call.shell.machine.packages.has(name) {
            known.push((*name).clone());
        } else {
            call.complain(&format!(
                "warning: ignoring request to remove {name} which isn't installed"
            ));
        }
    }
    let transaction = Transaction {
        remove: known,
        ..Transaction::default()
    };
    apply(
        call,
        &Unpacking {
            archive: Archive::of(index),
            debs: &[],
            transaction: &transaction,
            purge,
            exact,
            command_line: None,
        },
    )
}
