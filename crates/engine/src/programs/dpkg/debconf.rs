//! debconf's databases, and what packages do when they are configured once more (measured).

use crate::image::{Node, path};
use crate::programs::Call;
use crate::shell::{Data, Exit, Flow, Outcome, Who};
use crate::size::ByteCount;

const BASE: &str = "/var/cache/debconf";
const ZONES: &str = "/usr/share/zoneinfo";

/// What answers to a package's questions add to the values, at most.
const ANSWERS: ByteCount = ByteCount::assumed(20, 0, 400);

/// `debconf-set-selections`: answers for debconf's questions go into its database.
pub(super) fn selections(call: &mut Call<'_, '_, '_>) -> Outcome {
    let data = match call.words().iter().find(|word| !word.starts_with('-')) {
        Some(file) => match call.read(file) {
            Ok(data) => data,
            Err(errno) => {
                call.problem(file, errno);
                return Ok(call.exit);
            }
        },
        None => call.standard_input(),
    };
    rewrite(call, data.size());
    Ok(call.exit)
}

/// Writes the databases anew; those before stay beside them.
fn rewrite(call: &mut Call<'_, '_, '_>, added: ByteCount) {
    let root = Who::default();
    for name in ["config.dat", "templates.dat", "passwords.dat"] {
        let at = path::child(BASE, name);
        let Ok(old) = call.read(&at).map(|data| data.size()) else {
            continue;
        };
        let mut new = old;
        let mut mode = 0o644;
        match name {
            "passwords.dat" => mode = 0o600,
            "config.dat" => new += added,
            _ => {}
        }
        let kept = (mode == 0o644 && old.bytes > 0).then(|| (format!("{at}-old"), old));
        for (at, size) in kept.into_iter().chain([(at, new)]) {
            let written = call.files().write(&at, &Data::opaque(size), mode, &root);
            if let Err(errno) = written {
                call.problem(&at, errno);
            }
        }
    }
}

/// `dpkg-reconfigure PACKAGE…`.
pub(super) fn reconfigure(call: &mut Call<'_, '_, '_>) -> Outcome {
    let words = call.words().to_vec();
    let mut words = words.iter();
    let mut names = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            // Where the value is in the same word, that is another one.
            "-f" | "--frontend" | "-p" | "--priority" => {
                words.next();
            }
            _ if word.starts_with('-') => {}
            _ => names.push(word.clone()),
        }
    }
    if !call.who().is_root() {
        return Ok(call.refuse("dpkg-reconfigure must be run as root", 1));
    }
    for name in names {
        let packages = &call.shell.machine.packages;
        if !packages.has(&name) && !packages.by_name.is_empty() {
            call.shell.error(&format!(
                "/usr/sbin/dpkg-reconfigure: {name} is not installed"
            ));
            return Ok(Exit::code(1));
        }
        rewrite(call, ANSWERS);
        match name.as_str() {
            "tzdata" => time_zone(call),
            "locales" => locales(call)?,
            _ => {}
        }
    }
    Ok(call.exit)
}

/// The zone that /etc/localtime leads to, else the one that /etc/timezone names, is put into both.
fn time_zone(call: &mut Call<'_, '_, '_>) {
    let root = Who::default();
    let linked = match call.lstat("/etc/localtime").map(|entry| entry.node) {
        Ok(Node::Symlink(link)) => link
            .target
            .strip_prefix(ZONES)
            .map(|zone| zone.trim_start_matches('/').to_owned()),
        _ => None,
    };
    let named = call.shell.machine.files.text("/etc/timezone");
    let named = named.map(|text| text.trim().to_owned());
    let zone = match (&linked, named.filter(|zone| !zone.is_empty())) {
        (Some(zone), _) => zone.clone(),
        (None, Some(zone)) => zone,
        (None, None) => "Etc/UTC".to_owned(),
    };
    if linked.is_none() {
        // What is no link to a zone is replaced.
        let _ = call.files().unlink("/etc/localtime", &root);
        let target = path::child(ZONES, &zone);
        if let Err(errno) = call.files().symlink(&target, "/etc/localtime", &root) {
            call.problem("/etc/localtime", errno);
        }
    }
    // It is kept where it is, and not begun.
    if call.stat("/etc/timezone").is_ok() {
        let text = format!("{zone}\n");
        if let Err(errno) = call.write("/etc/timezone", Data::from(text.as_str())) {
            call.problem("/etc/timezone", errno);
        }
    }
    call.line(&format!("\nCurrent default time zone: '{zone}'"));
}

/// Locales are made anew from /etc/locale.gen, which is written as well.
fn locales(call: &mut Call<'_, '_, '_>) -> Result<(), Flow> {
    let root = Who::default();
    // It is there where the package is.
    let _ = call.files().touch("/etc/locale.gen", &root, true);
    for program in ["locale-gen", "update-locale"] {
        call.execute(&[program.to_owned()])?;
    }
    Ok(())
}
