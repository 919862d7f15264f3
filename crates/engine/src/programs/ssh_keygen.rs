//! `ssh-keygen`: keys in OpenSSH's own format (PROTOCOL.key of its sources). What they hold is
//! random; how long they are follows from the format.

use super::options::{Options, Spec, flag, value};
use super::{Call, Program};
use crate::image::path;
use crate::shell::{Data, Exit, Outcome};
use crate::size::{Basis, ByteCount};

const OPTIONS: [Spec; 12] = [
    value("t", ""),
    value("b", ""),
    value("N", ""),
    value("f", ""),
    value("C", ""),
    value("a", ""),
    value("m", ""),
    value("P", ""),
    flag("q", ""),
    flag("A", ""),
    flag("v", ""),
    flag("o", ""),
];

/// `ssh-keygen`.
#[derive(Debug)]
pub(super) struct SshKeygen;

/// A key's algorithm.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Ed25519,
    Ecdsa,
    Rsa(u64),
}

impl Program for SshKeygen {
    fn names(&self) -> &'static [&'static str] {
        &["ssh-keygen"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = match Options::read(call.words(), &OPTIONS, true) {
            Ok(options) if options.operands.is_empty() => options,
            _ => return crate::shell::unknown(call.shell, call.arguments),
        };
        let own = format!("{}@buildkitsandbox", user(call));
        let comment = options.value("C").unwrap_or(&own).to_owned();
        if options.has("A") {
            return host_keys(call, options.value("f").unwrap_or_default(), &comment);
        }
        // A passphrase or another format makes another length.
        if options.value("N").is_some_and(|phrase| !phrase.is_empty()) || options.has("m") {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        let home = home(call);
        let Some(file) = options.value("f").map(str::to_owned) else {
            // It asks for a name, which nobody gives.
            call.out(&format!(
                "Enter file in which to save the key ({home}/.ssh/id_{}): ",
                options.value("t").unwrap_or("rsa")
            ));
            return Ok(Exit::code(1));
        };
        let kind = match (options.value("t"), options.value("b")) {
            (Some("rsa"), bits) => {
                Kind::Rsa(bits.and_then(|bits| bits.parse().ok()).unwrap_or(3072))
            }
            (Some("ed25519"), _) => Kind::Ed25519,
            (Some("ecdsa"), None | Some("256")) => Kind::Ecdsa,
            // Which one is the default depends on the release.
            _ => return crate::shell::unknown(call.shell, call.arguments),
        };
        let directory = format!("{home}/.ssh");
        if file.starts_with(&format!("{directory}/")) && call.stat(&directory).is_err() {
            let who = call.who();
            if call.files().make_directory(&directory, 0o700, &who).is_ok() && !options.has("q") {
                call.line(&format!("Created directory '{directory}'."));
            }
        }
        if call.stat(&file).is_ok() {
            call.line(&format!("{file} already exists.\nOverwrite (y/n)? "));
            return Ok(Exit::code(1));
        }
        if !options.has("q") {
            call.line(&format!(
                "Generating public/private {} key pair.",
                kind.short_name()
            ));
        }
        save(call, kind, &file, &comment);
        if !call.exit.failed() && !options.has("q") {
            call.line(&format!(
                "Your identification has been saved in {file}\nYour public key has been saved in {file}.pub"
            ));
            // The fingerprint with the comment, and eleven lines of a picture.
            let fingerprint = "SHA256:".len() + 43 + 1 + comment.len() + 1;
            call.line("The key fingerprint is:");
            call.data(Data::opaque(ByteCount::measured(fingerprint as u64)));
            call.line("The key's randomart image is:");
            call.data(Data::opaque(ByteCount::measured(11 * 20)));
        }
        Ok(call.exit)
    }
}

/// The home directory of the user, by /etc/passwd.
fn home(call: &Call<'_, '_, '_>) -> String {
    let name = user(call);
    let records = call
        .shell
        .machine
        .records("/etc/passwd")
        .unwrap_or_default();
    let own = records.iter().find(|record| record[0] == name);
    own.and_then(|record| record.get(5).cloned())
        .unwrap_or_else(|| "/root".to_owned())
}

fn user(call: &Call<'_, '_, '_>) -> String {
    let uid = call.shell.process.who.uid;
    call.shell
        .machine
        .user_name(uid)
        .unwrap_or_else(|| uid.to_string())
}

/// `ssh-keygen -A`: the host keys that are missing.
fn host_keys(call: &mut Call<'_, '_, '_>, prefix: &str, comment: &str) -> Outcome {
    let mut made = Vec::new();
    for kind in [Kind::Rsa(3072), Kind::Ecdsa, Kind::Ed25519] {
        let file = format!("{prefix}/etc/ssh/ssh_host_{}_key", kind.short_name());
        if call.stat(&file).is_ok() {
            continue;
        }
        made.push(kind.short_name().to_uppercase());
        save(call, kind, &file, comment);
        if call.exit.failed() {
            return Ok(call.exit);
        }
    }
    if !made.is_empty() {
        let made = made.join(" ");
        call.complain(&format!("generating new host keys: {made} "));
    }
    Ok(call.exit)
}

fn save(call: &mut Call<'_, '_, '_>, kind: Kind, file: &str, comment: &str) {
    let length = comment.len() as u64;
    for (file, size, mode) in [
        (file.to_owned(), kind.private_size(length), 0o600),
        (format!("{file}.pub"), kind.public_size(length), 0o644),
    ] {
        let (at, who) = (call.at(&file), call.who());
        if let Err(errno) = call.files().write(&at, &Data::opaque(size), mode, &who) {
            call.shell
                .error(&format!("Saving key \"{file}\" failed: {errno}"));
            call.exit = Exit::code(1);
            return;
        }
    }
    if path::split(file).1.is_empty() {
        call.doubt();
    }
}

/// Length of an SSH string.
const fn string(length: u64) -> u64 {
    4 + length
}

impl Kind {
    const fn short_name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Ecdsa => "ecdsa",
            Self::Rsa(_) => "rsa",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::Ecdsa => "ecdsa-sha2-nistp256",
            Self::Rsa(_) => "ssh-rsa",
        }
    }

    /// Length of the public key's binary form.
    const fn public_blob(self) -> u64 {
        let name = string(self.name().len() as u64);
        name + match self {
            Self::Ed25519 => string(32),
            Self::Ecdsa => string("nistp256".len() as u64) + string(65),
            Self::Rsa(bits) => string(3) + string(bits / 8 + 1),
        }
    }

    /// Length of the file with the public key.
    const fn public_size(self, comment: u64) -> ByteCount {
        let text = self.public_blob().div_ceil(3) * 4;
        ByteCount::measured(self.name().len() as u64 + 1 + text + 1 + comment + 1)
    }

    /// Length of the file with the private key.
    const fn private_size(self, comment: u64) -> ByteCount {
        let secret = match self {
            // The secret is followed by the public half once more.
            Self::Ed25519 => string(64),
            Self::Ecdsa => string(32),
            // d, 1/q mod p, p and q.
            Self::Rsa(bits) => string(bits / 8) + string(bits / 16) + 2 * string(bits / 16 + 1),
        };
        let section = (8 + self.public_blob() + secret + string(comment)).next_multiple_of(8);
        let none = string("none".len() as u64);
        let whole = "openssh-key-v1\0".len() as u64
            + 2 * none
            + string(0)
            + 4
            + string(self.public_blob())
            + string(section);
        let text = whole.div_ceil(3) * 4;
        let bytes = text + text.div_ceil(70) + 70;
        // The numbers of an RSA key may be a byte or two shorter or longer.
        let slack = if matches!(self, Self::Rsa(_)) { 12 } else { 0 };
        ByteCount {
            bytes,
            low: bytes - slack,
            high: bytes + slack,
            basis: Basis::Modelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn lengths_are_those_of_real_files() {
        assert_eq!(Kind::Ed25519.private_size(20).bytes, 411);
        assert_eq!(Kind::Ed25519.public_size(20).bytes, 102);
        assert_eq!(Kind::Ecdsa.private_size(20).bytes, 513);
        assert_eq!(Kind::Ecdsa.public_size(20).bytes, 182);
        assert_eq!(Kind::Rsa(3072).private_size(2).bytes, 2578);
        assert_eq!(Kind::Rsa(3072).public_size(2).bytes, 556);
        assert_eq!(Kind::Rsa(2048).private_size(20).bytes, 1831);
        assert_eq!(Kind::Rsa(2048).public_size(20).bytes, 402);
        assert_eq!(Kind::Rsa(3072).private_size(20).bytes, 2610);
    }
}
