//! PHP: `phpenmod` and `phpdismod` of Debian, and what Dockerfiles do with `php` itself: ask for its
//! version, and fetch Composer.

use super::options::{Spec, flag, value};
use super::{Call, Program, apache};
use crate::image::path;
use crate::shell::{Data, Exit, Flow, Outcome, UNKNOWN, Who};
use crate::size::ByteCount;

const CONFIGURATION: &str = "/etc/php";
const MODULES: &str = "/var/lib/php/modules";

/// Extensions that others build upon, which are loaded before them, and such as build upon others (their
/// files' `priority`).
const PRIORITIES: [(&str, &str); 5] = [
    ("memcached", "25"),
    ("mysqlnd", "10"),
    ("opcache", "10"),
    ("pdo", "10"),
    ("xml", "15"),
];

/// Composer's archive: releases 2.2 to 2.8 have about 3 MB.
const COMPOSER: ByteCount = ByteCount::assumed(3_000_000, 2_200_000, 3_500_000);
/// Composer's installer.
const INSTALLER: ByteCount = ByteCount::assumed(58_000, 50_000, 70_000);

const OPTIONS: [Spec; 5] = [
    value("v", ""),
    value("s", ""),
    flag("q", ""),
    flag("m", ""),
    flag("h", ""),
];

/// `phpenmod`, `phpdismod`.
#[derive(Debug)]
pub(super) struct Phpenmod;

/// `php`.
#[derive(Debug)]
pub(super) struct Php;

impl Program for Phpenmod {
    fn names(&self) -> &'static [&'static str] {
        &["phpenmod", "phpdismod"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let on = path::split(call.name()).1 == "phpenmod";
        let options = call.options(&OPTIONS, 1)?;
        let all = |key| options.value(key).filter(|own| *own != "ALL");
        let versions = chosen(call, CONFIGURATION, all("v"));
        for name in &options.operands {
            // A priority may be asked for.
            let (name, priority) = match name.split_once('/') {
                Some((name, priority)) => (name, Some(priority)),
                None => (name.as_str(), None),
            };
            for version in &versions {
                let directory = path::child(CONFIGURATION, version);
                let source = format!("{directory}/mods-available/{name}.ini");
                if call.is_missing(&source) {
                    call.line(&format!("WARNING: Module {name} ini file doesn't exist under {directory}/mods-available"));
                    call.exit = Exit::code(1);
                    continue;
                }
                for sapi in chosen(call, &directory, all("s")) {
                    if sapi != "mods-available" {
                        switch(call, version, &sapi, name, priority, on, "admin");
                    }
                }
            }
        }
        Ok(call.exit)
    }
}

/// The directories in one, or the one that is asked for.
fn chosen(call: &mut Call<'_, '_, '_>, directory: &str, asked: Option<&str>) -> Vec<String> {
    let (mut names, _) = call
        .files()
        .list(directory, &Who::default())
        .unwrap_or_default();
    names.retain(|name| {
        asked.is_none_or(|asked| asked == name) && call.is_directory(&path::child(directory, name))
    });
    names
}

/// Switches on what packages of PHP brought: each extension for each of its programs, and Apache's
/// module with what it needs (the packages' scripts).
///
/// # Errors
/// A limit of the simulation.
pub(super) fn configure(call: &mut Call<'_, '_, '_>, packages: &[&str]) -> Result<(), Flow> {
    if !packages.iter().any(|name| name.contains("php")) {
        return Ok(());
    }
    for version in chosen(call, CONFIGURATION, None) {
        let directory = path::child(CONFIGURATION, &version);
        let available = path::child(&directory, "mods-available");
        let root = Who::default();
        let front = format!("php{version}-");
        for package in packages.iter().filter(|name| name.starts_with(&front)) {
            offer(call, package, &available);
        }
        let (files, _) = call.files().list(&available, &root).unwrap_or_default();
        for sapi in chosen(call, &directory, None) {
            call.shell.machine.step()?;
            if !call.is_directory(&format!("{directory}/{sapi}/conf.d")) {
                continue;
            }
            for name in files.iter().filter_map(|file| file.strip_suffix(".ini")) {
                let marks = format!("{MODULES}/{version}/{sapi}/disabled_by_admin/{name}");
                if call.stat(&marks).is_err() {
                    switch(call, &version, &sapi, name, None, true, "maint");
                }
            }
        }
        let module = format!("php{version}");
        if packages.contains(&format!("libapache2-mod-{module}").as_str()) {
            apache::switch_module(call, "mpm_event", false)?;
            apache::switch_module(call, &module, true)?;
        }
    }
    Ok(())
}

/// Puts the settings of a package's extensions where they can be switched on, with ucf's copy.
fn offer(call: &mut Call<'_, '_, '_>, package: &str, available: &str) {
    let root = Who::default();
    let own = format!("/usr/share/{package}");
    let (names, _) = call.files().list(&own, &root).unwrap_or_default();
    for name in names {
        let from = path::child(&own, &name);
        let (files, _) = call.files().list(&from, &root).unwrap_or_default();
        for file in files.iter().filter(|file| file.ends_with(".ini")) {
            let at = path::child(available, file);
            let Ok(entry) = call.stat(&path::child(&from, file)) else {
                continue;
            };
            if call.stat(&at).is_ok() {
                continue;
            }
            let kept = format!("/var/lib/ucf/cache/{}", at.replace('/', ":"));
            for target in [at, kept] {
                // Their directories are there where PHP and ucf are.
                let _ = call.files().place_node(&target, entry.node.clone(), &root);
            }
        }
    }
}

/// Switches an extension on or off for one of PHP's programs.
fn switch(
    call: &mut Call<'_, '_, '_>,
    version: &str,
    sapi: &str,
    name: &str,
    priority: Option<&str>,
    on: bool,
    by: &str,
) {
    let who = call.who();
    let directory = format!("{CONFIGURATION}/{version}/{sapi}/conf.d");
    let (names, _) = call.files().list(&directory, &who).unwrap_or_default();
    let is_own = |file: &&String| {
        file.split_once('-')
            .is_some_and(|(_, rest)| rest == format!("{name}.ini"))
    };
    let old = names.iter().find(is_own);
    let outcome = match (old, on) {
        (None, true) => {
            let known = PRIORITIES.iter().find(|(own, _)| *own == name);
            let own = known.map_or("20", |(_, priority)| *priority);
            let at = format!("{directory}/{}-{name}.ini", priority.unwrap_or(own));
            let target = format!("{CONFIGURATION}/{version}/mods-available/{name}.ini");
            call.files().symlink(&target, &at, &who)
        }
        (Some(old), false) => call.files().unlink(&path::child(&directory, old), &who),
        // It is as it shall be.
        _ => return,
    };
    if let Err(errno) = outcome {
        call.problem(&directory, errno);
        return;
    }
    let state = if on { "enabled" } else { "disabled" };
    let marks = format!("{MODULES}/{version}/{sapi}");
    apache::mark(call, &marks, name, &format!("{state}_by_{by}"));
    let registered = format!("{MODULES}/{version}/registry/{name}");
    if by == "maint" && call.stat(&registered).is_err() {
        // Its directory is PHP's own.
        let _ = call.write(&registered, Data::default());
    }
}

impl Program for Php {
    fn names(&self) -> &'static [&'static str] {
        &[
            "php", "php7.4", "php8.1", "php8.2", "php8.3", "php8.4", "php8.5",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["-v" | "-m" | "-i" | "--ini" | "--modules" | "--info"] => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            ["-r", code] => code_of(call, code),
            [script, rest @ ..] if path::split(script).1.starts_with("composer-setup") => {
                if call.is_missing(script) {
                    call.line(&format!("Could not open input file: {script}"));
                    return Ok(Exit::code(1));
                }
                composer(call, rest)
            }
            // The installer is read from a pipe.
            ["--", rest @ ..] if rest.iter().any(|word| is_composers(word)) => composer(call, rest),
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// `php -r CODE`: of PHP itself only what Composer's instructions use is known.
fn code_of(call: &mut Call<'_, '_, '_>, code: &str) -> Outcome {
    let code = code.trim();
    let length = code.find(|ch: char| !ch.is_alphanumeric() && ch != '_');
    let (name, rest) = code.split_at(length.unwrap_or(code.len()));
    let texts: Vec<&str> = rest.split(['\'', '"']).skip(1).step_by(2).collect();
    match (name, texts.as_slice()) {
        ("copy", [from, to, ..]) if from.contains("getcomposer.org") => {
            if let Err(errno) = call.write(to, Data::opaque(INSTALLER)) {
                call.problem(&format!("copy({to}): Failed to open stream"), errno);
            }
            Ok(call.exit)
        }
        ("unlink", [file, ..]) => {
            let (at, who) = (call.at(file), call.who());
            if let Err(errno) = call.files().unlink(&at, &who) {
                // PHP warns, and goes on.
                call.line(&format!("PHP Warning:  unlink({file}): {errno}"));
            }
            Ok(call.exit)
        }
        ("readfile", [from, ..]) if from.contains("getcomposer.org") => {
            call.data(Data::opaque(INSTALLER));
            Ok(call.exit)
        }
        // The installer's checksum is looked at.
        ("if" | "echo" | "print" | "var_dump" | "print_r", _) if !code.contains("file_put") => {
            call.line(&UNKNOWN.to_string());
            Ok(Exit::UNKNOWN)
        }
        _ => crate::shell::unknown(call.shell, call.arguments),
    }
}

/// Whether a word is an option of Composer's installer.
fn is_composers(word: &str) -> bool {
    ["--install-dir=", "--filename=", "--version="]
        .iter()
        .any(|option| word.starts_with(option))
}

/// Composer's installer: its archive, ready to run.
fn composer(call: &mut Call<'_, '_, '_>, words: &[&str]) -> Outcome {
    let option = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
    let directory = option("--install-dir=").unwrap_or(".");
    let file = option("--filename=").unwrap_or("composer.phar");
    let at = call.at(&path::child(directory, file));
    let who = call.who();
    if let Err(errno) = call
        .files()
        .write(&at, &Data::opaque(COMPOSER), 0o755, &who)
    {
        call.problem(&at, errno);
    }
    Ok(call.exit)
}
