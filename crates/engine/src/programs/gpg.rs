//! `gpg`: keys and keyrings; of what keys hold only the length is known.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Call, Program};
use crate::image::path;
use crate::shell::{Data, Errno, Exit, Outcome, UNKNOWN};
use crate::size::ByteCount;

/// A public key as servers give it, with what others signed.
const KEY: ByteCount = ByteCount::assumed(3_000, 300, 300_000);
/// An empty keyring, what it has of a key beside the key itself, an empty database of trust, and one
/// that was asked of a key (measured with gpg 2.2 and 2.4).
const KEYRING: u64 = 32;
const BLOB: u64 = 190;
const TRUST: u64 = 1_200;
const TRUST_ASKED: u64 = 1_280;

/// `gpg`.
#[derive(Debug)]
pub(super) struct Gpg;

impl Program for Gpg {
    fn names(&self) -> &'static [&'static str] {
        &["gpg", "gpg2", "gpgconf", "gpgv"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = path::split(call.name()).1.to_owned();
        let words = call.words().to_vec();
        if matches!(name.as_str(), "gpgconf" | "gpgv") {
            return Ok(Exit::UNKNOWN);
        }
        let mut output = None;
        let mut keyring = None;
        let mut verb = "";
        let mut files = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-o" | "--output" => output = words.next().cloned(),
                "--keyring" | "--primary-keyring" => keyring = words.next().cloned(),
                "--homedir"
                | "--keyserver"
                | "--keyserver-options"
                | "--trust-model"
                | "--pinentry-mode"
                | "--passphrase"
                | "--options" => {
                    words.next();
                }
                "--dearmor" | "--import" | "--recv-keys" | "--recv-key" | "--receive-keys"
                | "--export" | "--list-keys" | "-k" | "--verify" | "--show-keys"
                | "--fingerprint" => verb = word,
                "--recv" => verb = "--recv-keys",
                _ if word.ends_with("gen-key") || word.ends_with("generate-key") => {
                    verb = "--gen-key";
                }
                _ if word.starts_with('-') => {}
                _ => files.push(word.clone()),
            }
        }
        match verb {
            "--dearmor" => {
                let armored = match files.first() {
                    Some(file) => call.read(file),
                    None => Ok(call.standard_input()),
                };
                let data = match armored {
                    Ok(data) => data,
                    Err(errno) => return Ok(refused(call, &files[0], errno)),
                };
                let bytes = dearmored(&data);
                let output = output.or_else(|| files.first().map(|file| format!("{file}.gpg")));
                put(call, output.as_deref(), bytes)
            }
            "--import" => {
                let mut data = Data::default();
                for file in &files {
                    match call.read(file) {
                        Ok(own) => data.append(own),
                        Err(errno) => return Ok(refused(call, file, errno)),
                    }
                }
                if files.is_empty() {
                    data = call.standard_input();
                }
                let size = dearmored(&data).size();
                home(call, keyring.as_deref(), size);
                Ok(call.exit)
            }
            "--recv-keys" | "--recv-key" | "--receive-keys" => {
                if !call.shell.machine.network {
                    call.shell
                        .error("gpg: keyserver receive failed: No keyserver available");
                    return Ok(Exit::code(2));
                }
                home(call, keyring.as_deref(), KEY);
                Ok(Exit::UNKNOWN)
            }
            "--gen-key" => {
                home(call, keyring.as_deref(), KEY);
                let directory = call.directory("GNUPGHOME", ".gnupg");
                let at = call.at(&directory);
                call.files().add_bulk(&at, KEY);
                Ok(Exit::UNKNOWN)
            }
            "--export" => put(call, output.as_deref(), Data::opaque(KEY)),
            "--verify" | "--show-keys" | "--list-keys" | "-k" | "--fingerprint" => {
                if verb != "--show-keys" {
                    home(call, keyring.as_deref(), ByteCount::ZERO);
                }
                call.line(&UNKNOWN.to_string());
                Ok(Exit::UNKNOWN)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

fn refused(call: &mut Call<'_, '_, '_>, file: &str, errno: Errno) -> Exit {
    if errno == Errno::Unknown {
        return Exit::UNKNOWN;
    }
    call.shell
        .error(&format!("gpg: can't open '{file}': {errno}"));
    Exit::code(2)
}

/// What an armored text stands for; what is not armored is taken as it is.
fn dearmored(data: &Data) -> Data {
    let Some(bytes) = data.known() else {
        let size = data.size();
        let scale = |bytes: u64| bytes / 65 * 48;
        return Data::opaque(ByteCount {
            bytes: scale(size.bytes),
            // It may be no text at all.
            low: scale(size.low),
            high: size.high,
            basis: crate::size::Basis::Modelled,
        });
    };
    let text = String::from_utf8_lossy(bytes);
    let mut out = Vec::new();
    let mut lines = text.lines();
    let mut is_armored = false;
    while lines
        .by_ref()
        .any(|line| line.starts_with("-----BEGIN PGP"))
    {
        is_armored = true;
        // Headers end with an empty line, the checksum begins with an equals sign.
        let body: String = lines
            .by_ref()
            .skip_while(|line| !line.trim().is_empty())
            .take_while(|line| !line.starts_with(['=', '-']))
            .map(str::trim)
            .collect();
        out.extend(STANDARD.decode(body).unwrap_or_default());
    }
    if is_armored || bytes.is_ascii() {
        return out.into();
    }
    bytes.to_vec().into()
}

fn put(call: &mut Call<'_, '_, '_>, output: Option<&str>, data: Data) -> Outcome {
    match output {
        Some(file) => {
            if let Err(errno) = call.write(file, data) {
                return Ok(refused(call, file, errno));
            }
        }
        None => call.data(data),
    }
    Ok(call.exit)
}

/// gpg's own directory, made when it is first needed, with a key more.
fn home(call: &mut Call<'_, '_, '_>, keyring: Option<&str>, key: ByteCount) {
    let directory = call.directory("GNUPGHOME", ".gnupg");
    let who = call.who();
    let imports = key != ByteCount::ZERO;
    let secrets = path::child(&directory, "private-keys-v1.d");
    for at in std::iter::once(&directory).chain(imports.then_some(&secrets)) {
        if call.stat(at).is_err() {
            // Where it cannot be made, what follows says so.
            let _ = call.files().make_directory(at, 0o700, &who);
        }
    }
    let (ring, mode) = match keyring {
        Some(own) if own.contains('/') => (own.trim_start_matches("gnupg-ring:").to_owned(), 0o644),
        Some(own) => (path::child(&directory, own), 0o644),
        None => (path::child(&directory, "pubring.kbx"), 0o600),
    };
    let ring = call.at(&ring);
    let old = call.read(&ring).map(|data| data.size());
    let empty = ByteCount::measured(KEYRING);
    let mut writes = Vec::new();
    if imports || old.is_err() {
        let old = old.unwrap_or(empty);
        let added = if imports {
            key + ByteCount::measured(BLOB)
        } else {
            ByteCount::ZERO
        };
        if imports {
            writes.push((format!("{ring}~"), old, 0o600));
        }
        writes.push((ring, old + added, mode));
    }
    let trust = path::child(&directory, "trustdb.gpg");
    if call.stat(&trust).is_err() {
        let size = if imports { TRUST_ASKED } else { TRUST };
        writes.push((trust, ByteCount::measured(size), 0o600));
    }
    for (at, size, mode) in writes {
        if let Err(errno) = call.files().write(&at, &Data::opaque(size), mode, &who) {
            call.problem(&at, errno);
        }
    }
}
