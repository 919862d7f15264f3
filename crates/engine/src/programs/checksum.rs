//! Checksums: `sha256sum` and its kin. Of known content they are computed, else unknown.

use super::{Call, Program};
use crate::shell::{Data, Errno, Exit, Outcome, UNKNOWN, is_known};

use super::options::{Spec, flag, value};
use crate::size::ByteCount;
use sha2::Digest;

const OPTIONS: [Spec; 10] = [
    flag("b", "binary"),
    flag("c", "check"),
    flag("t", "text"),
    flag("", "tag"),
    flag("", "quiet"),
    flag("", "status"),
    flag("", "strict"),
    flag("", "ignore-missing"),
    flag("w", "warn"),
    value("a", "algorithm"),
];

/// Checksums: `sha256sum` and its kin. Of known content they are computed, else unknown.
#[derive(Debug)]
pub(super) struct Checksum;

impl Program for Checksum {
    fn names(&self) -> &'static [&'static str] {
        &[
            "sha1sum",
            "sha224sum",
            "sha256sum",
            "sha384sum",
            "sha512sum",
            "md5sum",
            "b2sum",
            "cksum",
            "sum",
            "shasum",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let name = crate::image::path::split(call.name()).1.to_owned();
        let names = if options.operands.is_empty() {
            vec!["-".to_owned()]
        } else {
            options.operands.clone()
        };
        if options.has("c") {
            return check(
                call,
                &name,
                &names,
                options.has("status") || options.has("quiet"),
            );
        }
        for file in &names {
            match call.read(file) {
                Ok(data) => {
                    match (digest(&name, &data), length(&name)) {
                        (Some(sum), _) => call.out(&sum),
                        // Its value is not known, its length is.
                        (None, Some(length)) => {
                            call.data(Data::opaque(ByteCount::measured(length)));
                        }
                        (None, None) => call.out(&UNKNOWN.to_string()),
                    }
                    call.line(&format!("  {file}"));
                }
                Err(errno) => {
                    call.problem(file, errno);
                    if errno == Errno::Unknown {
                        call.line(&UNKNOWN.to_string());
                    }
                }
            }
        }
        Ok(call.exit)
    }
}

/// How many hexadecimal digits a checksum has.
fn length(name: &str) -> Option<u64> {
    Some(match name {
        "md5sum" => 32,
        "sha1sum" | "shasum" => 40,
        "sha224sum" => 56,
        "sha256sum" => 64,
        "sha384sum" => 96,
        "sha512sum" | "b2sum" => 128,
        _ => return None,
    })
}

fn digest(name: &str, data: &Data) -> Option<String> {
    let bytes = data.known()?;
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    Some(match name {
        "sha224sum" => hex(&sha2::Sha224::digest(bytes)),
        "sha256sum" => hex(&sha2::Sha256::digest(bytes)),
        "sha384sum" => hex(&sha2::Sha384::digest(bytes)),
        "sha512sum" => hex(&sha2::Sha512::digest(bytes)),
        _ => return None,
    })
}

/// `-c`: whether files have the checksums that a list states.
fn check(call: &mut Call<'_, '_, '_>, name: &str, lists: &[String], quiet: bool) -> Outcome {
    let mut doubt = false;
    for list in lists {
        let (text, is_whole) = match call.read(list) {
            Ok(data) => (data.text(), data.known().is_some()),
            Err(errno) => {
                call.problem(list, errno);
                continue;
            }
        };
        let mut lines = 0;
        for line in text.lines() {
            let Some((sum, file)) = line.split_once([' ', '\t']) else {
                continue;
            };
            lines += 1;
            let file = file.trim_start_matches([' ', '*']);
            match call.read(file) {
                Ok(data) => match digest(name, &data) {
                    Some(own) if is_known(sum) => {
                        let same = own == sum.to_lowercase();
                        if !same {
                            call.exit = Exit::code(1);
                        }
                        if !quiet {
                            call.line(&format!("{file}: {}", if same { "OK" } else { "FAILED" }));
                        }
                    }
                    // What cannot be compared is taken to be right.
                    _ => doubt = true,
                },
                Err(Errno::Unknown) => doubt = true,
                Err(errno) => call.problem(file, errno),
            }
        }
        doubt |= !is_whole;
        if lines == 0 && is_whole {
            call.fail(&format!(
                "{list}: no properly formatted checksum lines found"
            ));
        }
    }
    if doubt {
        call.doubt();
    }
    Ok(call.exit)
}
