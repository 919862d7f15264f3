//! The hash of a certificate's subject, by which OpenSSL finds it (`X509_NAME_hash`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

const SEQUENCE: u8 = 0x30;
const OBJECT: u8 = 0x06;
const UTF8: u8 = 0x0c;
/// The version of a certificate, which the oldest lack.
const VERSION: u8 = 0xa0;
/// Kinds of texts that are compared as one: UTF-8, printable, T.61, IA5, visible.
const TEXTS: [u8; 5] = [UTF8, 0x13, 0x14, 0x16, 0x1a];

/// The hash of the subject of the first certificate in PEM.
pub(super) fn hash(pem: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(pem).ok()?;
    let start = text.find("-----BEGIN CERTIFICATE-----")? + "-----BEGIN CERTIFICATE-----".len();
    let end = start + text[start..].find("-----END")?;
    let body: String = text[start..end].split_whitespace().collect();
    let der = STANDARD.decode(body).ok()?;
    let (_, certificate, _) = element(&der)?;
    let (_, mut fields, _) = element(certificate)?;
    if fields.first() == Some(&VERSION) {
        fields = element(fields)?.2;
    }
    // Serial number, algorithm, issuer, validity.
    for _ in 0..4 {
        fields = element(fields)?.2;
    }
    let (tag, mut names, _) = element(fields)?;
    let mut canonical = Vec::new();
    while tag == SEQUENCE && !names.is_empty() {
        let (set, mut pairs, rest) = element(names)?;
        let mut out = Vec::new();
        while !pairs.is_empty() {
            let (_, pair, next) = element(pairs)?;
            let (OBJECT, object, value) = element(pair)? else {
                return None;
            };
            let (kind, value, _) = element(value)?;
            let mut own = wrapped(OBJECT, object);
            if TEXTS.contains(&kind) {
                own.extend(wrapped(UTF8, &folded(value)));
            } else {
                own.extend(wrapped(kind, value));
            }
            out.extend(wrapped(SEQUENCE, &own));
            pairs = next;
        }
        canonical.extend(wrapped(set, &out));
        names = rest;
    }
    let digest = Sha1::digest(&canonical);
    let first = digest.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*first))
}

/// The first element of DER: its tag, its content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let bytes = usize::from(length & 0x7f);
        let (digits, rest) = rest.split_at_checked(bytes.min(8))?;
        let length = digits
            .iter()
            .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// An element of a tag and a content.
fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let from = bytes.iter().position(|byte| *byte != 0).unwrap_or(0);
        out.push(0x80 | (bytes.len() - from) as u8);
        out.extend(&bytes[from..]);
    }
    out.extend(content);
    out
}

/// A text without case and with single spaces.
fn folded(text: &[u8]) -> Vec<u8> {
    let words = text
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::hash;

    /// `C=DE, O=Example  Org, CN=Own Root CA`; `openssl x509 -hash` says 79c43963.
    const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIByjCCAW+gAwIBAgIUf3YnLZXqZACvrCvWd+du3wdpNtcwCgYIKoZIzj0EAwIw\n\
OjELMAkGA1UEBhMCREUxFTATBgNVBAoMDEV4YW1wbGUgIE9yZzEUMBIGA1UEAwwL\n\
T3duIFJvb3QgQ0EwHhcNMjYxMTI2MDExNTAzWhcNMzYxMTIzMDExNTAzWjA6MQsw\n\
CQYDVQQGEwJERTEVMBMGA1UECgwMRXhhbXBsZSAgT3JnMRQwEgYDVQQDDAtPd24g\n\
Um9vdCBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKUcs9gJlnw6HZ1wbIhF\n\
jX4+eQSC+glqXEspoKNpzGq3ujxoff9l6t1Vjysef62m/PonxwGnvwvmL7+uo6Wc\n\
W86jUzBRMB0GA1UdDgQWBBSrLs8y5n7Qw6ESt5kMl+Xnz7c70DAfBgNVHSMEGDAW\n\
gBSrLs8y5n7Qw6ESt5kMl+Xnz7c70DAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49\n\
BAMCA0kAMEYCIQDiT1u9UW/JlxY6D/IPjxNT2aOtbCsL5FmFkRBLqUqvGQIhAJz3\n\
ST802C+LWS7YfgwhimIbsnK/6tDLrpWEZeGQCJXd\n\
-----END CERTIFICATE-----\n";

    #[test]
    fn names_are_openssls() {
        assert_eq!(hash(CERTIFICATE.as_bytes()), Some(0x79c4_3963));
        assert_eq!(hash(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END"), None);
    }
}
