//! `openssl`: random bytes, keys and self-signed certificates. What they hold is random; how
//! long they are follows from their encoding (DER inside PEM), within a few bytes for keys,
//! whose numbers may begin with zeros.

use super::options::{Options, Spec, flag, value};
use super::{Call, Program};
use crate::shell::{Data, Exit, Outcome};
use crate::size::{Basis, ByteCount};

/// Bytes that PEM puts around a block: the lines `-----BEGIN LABEL-----` and `END`.
const PEM_LINES: u64 = 32;

/// `openssl`.
#[derive(Debug)]
pub(super) struct Openssl;

impl Program for Openssl {
    fn names(&self) -> &'static [&'static str] {
        &["openssl"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let Some((command, words)) = call.words().split_first() else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        match command.as_str() {
            "rand" => rand(call, words),
            "genrsa" => generate(call, words),
            "req" => request(call, words),
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// Reads options with one dash and whole names, as all of openssl's commands have them.
fn read(words: &[String], specs: &[Spec]) -> Result<Options, String> {
    let long: Vec<String> = words
        .iter()
        .map(|word| match word.strip_prefix('-') {
            Some(name) if name.len() > 1 && !name.starts_with('-') => format!("--{name}"),
            _ => word.clone(),
        })
        .collect();
    Options::read(&long, specs, true)
}

fn usage(call: &mut Call<'_, '_, '_>, command: &str, message: &str) -> Exit {
    call.shell.error(&format!("{command}: {message}"));
    call.shell
        .error(&format!("{command}: Use -help for summary."));
    Exit::code(1)
}

/// `openssl rand [-hex|-base64] [-out FILE] NUMBER`.
fn rand(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let specs = [flag("", "hex"), flag("", "base64"), value("", "out")];
    let options = match read(words, &specs) {
        Ok(options) => options,
        Err(message) => return Ok(usage(call, "rand", &message)),
    };
    let Ok(count) = options.operand(0, "").parse::<u64>() else {
        return Ok(usage(call, "rand", "Extra arguments given."));
    };
    let size = if options.has("hex") {
        count * 2 + 1
    } else if options.has("base64") {
        base64_lines(count)
    } else {
        count
    };
    let data = Data::opaque(ByteCount::measured(size));
    match options.value("out") {
        Some(file) => save(call, file, data, None),
        None => call.data(data),
    }
    Ok(call.exit)
}

/// `openssl genrsa [-out FILE] [BITS]`.
fn generate(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let specs = [
        value("", "out"),
        flag("", "traditional"),
        flag("", "quiet"),
        flag("", "verbose"),
    ];
    let options = match read(words, &specs) {
        Ok(options) => options,
        Err(_) => return crate::shell::unknown(call.shell, call.arguments),
    };
    let Ok(bits) = options.operand(0, "2048").parse::<u64>() else {
        return Ok(usage(call, "genrsa", "Extra arguments given."));
    };
    let key = Data::opaque(private_key(bits));
    match options.value("out") {
        Some(file) => save(call, file, key, Some(0o600)),
        None => call.data(key),
    }
    Ok(call.exit)
}

/// `openssl req -x509 -newkey rsa:BITS …`: a key and its certificate.
fn request(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let specs = [
        flag("", "x509"),
        flag("", "new"),
        flag("", "nodes"),
        flag("", "noenc"),
        flag("", "batch"),
        flag("", "sha256"),
        value("", "newkey"),
        value("", "keyout"),
        value("", "out"),
        value("", "days"),
        value("", "subj"),
    ];
    let asked = read(words, &specs).ok().and_then(|options| {
        let bits = options
            .value("newkey")?
            .strip_prefix("rsa:")?
            .parse()
            .ok()?;
        let plain = options.has("nodes") || options.has("noenc");
        let subject = subject_length(options.value("subj")?)?;
        (plain && options.has("x509")).then_some((options, bits, subject))
    });
    // Anything else asks questions, reads files, or signs with another key.
    let Some((options, bits, subject)) = asked else {
        return crate::shell::unknown(call.shell, call.arguments);
    };
    let file = options.value("keyout").unwrap_or("privkey.pem").to_owned();
    save(call, &file, Data::opaque(private_key(bits)), Some(0o600));
    if call.exit.failed() {
        return Ok(call.exit);
    }
    let certificate = Data::opaque(certificate(bits, subject));
    match options.value("out") {
        Some(file) => save(call, file, certificate, None),
        None => call.data(certificate),
    }
    Ok(call.exit)
}

fn save(call: &mut Call<'_, '_, '_>, file: &str, data: Data, mode: Option<u16>) {
    if let Err(errno) = call.write(file, data) {
        call.fail(&format!("Can't open \"{file}\" for writing, {errno}"));
        return;
    }
    if let Some(mode) = mode {
        let (at, who) = (call.at(file), call.who());
        if let Err(errno) = call.files().change_mode(&at, mode, &who) {
            call.problem(file, errno);
        }
    }
}

/// Length of base64 in lines of 64.
const fn base64_lines(bytes: u64) -> u64 {
    let text = bytes.div_ceil(3) * 4;
    text + text.div_ceil(64)
}

/// Length of a DER value with its tag and length.
const fn der(content: u64) -> u64 {
    let length = match content {
        0..128 => 1,
        128..256 => 2,
        _ => 3,
    };
    1 + length + content
}

/// A PEM file of an RSA key in PKCS #8. Its numbers may be some bytes shorter than they can be.
fn private_key(bits: u64) -> ByteCount {
    let whole = bits / 8;
    let half = bits / 16;
    // Modulus and the primes begin with a set bit, and so with a zero byte before it; of the four
    // other numbers every second one does.
    let numbers =
        der(1) + der(whole + 1) + der(3) + der(whole) + 2 * der(half + 1) + 3 * der(half) + 2;
    let pkcs1 = der(numbers);
    let pkcs8 = der(der(1) + der(der(9) + der(0)) + der(pkcs1));
    let bytes = base64_lines(pkcs8) + PEM_LINES + 2 * "PRIVATE KEY".len() as u64;
    ByteCount {
        bytes,
        low: bytes - 8,
        high: bytes + 8,
        basis: Basis::Modelled,
    }
}

/// A self-signed certificate with the three extensions that `req -x509` gives it.
fn certificate(bits: u64, subject: u64) -> ByteCount {
    let algorithm = der(der(9) + der(0));
    let public = der(algorithm + der(1 + der(der(bits / 8 + 1) + der(3))));
    let validity = der(2 * der(13));
    let identifier = 20;
    let extensions = der(der(3) + der(der(identifier)))
        + der(der(3) + der(der(der(identifier))))
        + der(der(3) + der(1) + der(der(der(1))));
    let body = der(der(der(1))
        + der(20)
        + algorithm
        + 2 * der(subject)
        + validity
        + public
        + der(der(extensions)));
    let whole = der(body + algorithm + der(1 + bits / 8));
    let bytes = base64_lines(whole) + PEM_LINES + 2 * "CERTIFICATE".len() as u64;
    ByteCount {
        bytes,
        // One serial number in some hundred is a byte shorter.
        low: bytes - 4,
        high: bytes,
        basis: Basis::Modelled,
    }
}

/// Length of the content of a name such as `/C=DE/CN=localhost`.
fn subject_length(subject: &str) -> Option<u64> {
    let mut length = 0;
    for part in subject
        .strip_prefix('/')?
        .split('/')
        .filter(|part| !part.is_empty())
    {
        let (key, text) = part.split_once('=')?;
        let identifier = match key {
            "C" | "ST" | "L" | "O" | "OU" | "CN" | "GN" | "SN" => 3,
            "emailAddress" => 9,
            _ => return None,
        };
        // An attribute without a value is left out.
        if !text.is_empty() {
            length += der(der(der(identifier) + der(text.len() as u64)));
        }
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_real_files() {
        let local = subject_length("/CN=localhost").unwrap();
        assert_eq!(certificate(2048, local).bytes, 1115);
        let long = "/C=US/ST=State/L=City/O=Organization/CN=example.com";
        assert_eq!(certificate(4096, subject_length(long).unwrap()).bytes, 1992);
        assert_eq!(private_key(2048).bytes, 1704);
        assert_eq!(private_key(4096).bytes, 3272);
        assert_eq!(base64_lines(32), 45);
    }
}
