//! `base64`: bytes as text.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, value};
use crate::shell::Data;
use crate::size::ByteCount;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const OPTIONS: [Spec; 3] = [
    flag("d", "decode"),
    flag("i", "ignore-garbage"),
    value("w", "wrap"),
];

/// `base64`: bytes as text.
#[derive(Debug)]
pub(super) struct Base64;

impl Program for Base64 {
    fn names(&self) -> &'static [&'static str] {
        &["base64"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let data = call.read_files(&options.operands);
        let Some(bytes) = data.known().map(<[u8]>::to_vec) else {
            let size = data.size();
            let scale = |bytes: u64| {
                if options.has("d") {
                    bytes / 4 * 3
                } else {
                    bytes.div_ceil(3) * 4 + bytes.div_ceil(57)
                }
            };
            call.data(Data::opaque(ByteCount {
                bytes: scale(size.bytes),
                low: scale(size.low),
                high: scale(size.high),
                basis: size.basis,
            }));
            return Ok(call.exit);
        };
        if options.has("d") {
            let text: Vec<u8> = bytes
                .into_iter()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            return Ok(match STANDARD.decode(text) {
                Ok(bytes) => {
                    call.data(bytes.into());
                    Exit::OK
                }
                Err(_) => call.refuse("invalid input", 1),
            });
        }
        let text = STANDARD.encode(bytes);
        let width: usize = options
            .value("w")
            .and_then(|text| text.parse().ok())
            .unwrap_or(76);
        if width == 0 {
            call.out(&text);
        } else {
            let chars: Vec<char> = text.chars().collect();
            for part in chars.chunks(width) {
                let line: String = part.iter().collect();
                call.line(&line);
            }
        }
        Ok(call.exit)
    }
}
