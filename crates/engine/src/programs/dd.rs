//! `dd`: copies blocks.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use crate::shell::{Stream, Who};

/// `dd`: copies blocks.
#[derive(Debug)]
pub(super) struct Dd;

impl Program for Dd {
    fn names(&self) -> &'static [&'static str] {
        &["dd"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let (mut input, mut output) = ("-".to_owned(), "-".to_owned());
        let (mut block, mut count, mut skip, mut seek) = (512_u64, None, 0_u64, 0_u64);
        let (mut keep, mut append, mut bytes_counted) = (false, false, false);
        for word in call.words() {
            let Some((key, value)) = word.split_once('=') else {
                return Ok(call.refuse(&format!("unrecognized operand '{word}'"), 1));
            };
            let number = super::size::parse(value);
            match key {
                "if" => input = value.to_owned(),
                "of" => output = value.to_owned(),
                "bs" | "ibs" | "obs" | "count" | "skip" | "seek" | "iseek" | "oseek" => {
                    let Some(number) = number else {
                        return Ok(call.refuse(&format!("invalid number: '{value}'"), 1));
                    };
                    match key {
                        "bs" | "ibs" => block = number.max(1),
                        "count" => count = Some(number),
                        "skip" | "iseek" => skip = number,
                        "seek" | "oseek" => seek = number,
                        _ => {}
                    }
                }
                "conv" => keep = value.split(',').any(|flag| flag == "notrunc"),
                "oflag" => append = value.split(',').any(|flag| flag == "append"),
                "iflag" => bytes_counted = value.split(',').any(|flag| flag == "count_bytes"),
                "status" | "cbs" => {}
                _ => return Ok(call.refuse(&format!("unrecognized operand '{word}'"), 1)),
            }
        }
        let stream = if input == "-" {
            call.stream(0)
        } else {
            match call.shell.open_input(&input) {
                Ok(stream) => Some(stream),
                Err(errno) => {
                    call.problem(&format!("failed to open '{input}'"), errno);
                    return Ok(call.exit);
                }
            }
        };
        let most = count.map(|count| {
            if bytes_counted {
                count
            } else {
                count.saturating_mul(block)
            }
        });
        let endless = matches!(stream, Some(Stream::Zero | Stream::Random));
        let mut data = match (endless, most) {
            (true, None) => {
                return Err(crate::shell::Flow::Limit(
                    "dd copies from an endless file without end",
                ));
            }
            (true, Some(most)) => call.shell.machine.read_some(stream.as_ref(), most),
            (false, _) => call.shell.machine.read_all(stream.as_ref()),
        };
        if !endless {
            data.take(skip.saturating_mul(block));
            if let Some(most) = most {
                data = data.take(most);
            }
        }
        let size = data.size();
        if output == "-" {
            call.data(data);
        } else {
            let position = seek.saturating_mul(block);
            let who = call.who();
            let at = call.at(&output);
            let mode = 0o666 & !call.shell.process.umask;
            if matches!(output.as_str(), "/dev/null" | "/dev/zero" | "/dev/full") {
                return Ok(Exit::OK);
            }
            let truncate = !keep && position == 0;
            let opened = call.files().open_for_writing(&at, mode, truncate, &who);
            match opened {
                Err(errno) => call.problem(&format!("failed to open '{output}'"), errno),
                Ok(real) => {
                    let mut old = call
                        .files()
                        .read(&real, &Who::default())
                        .unwrap_or_default();
                    let old_size = old.size().bytes;
                    let mut whole = if append {
                        old.take(u64::MAX)
                    } else {
                        old.take(position)
                    };
                    if !append && old_size < position {
                        // The gap is a hole, which reads as zeros.
                        whole.append(
                            call.shell
                                .machine
                                .read_some(Some(&Stream::Zero), position - old_size),
                        );
                    }
                    whole.append(data);
                    if keep {
                        old.take(size.bytes);
                        whole.append(old);
                    }
                    call.files().set_content(&real, &whole);
                }
            }
        }
        let blocks = size.bytes / block;
        let rest = u64::from(size.bytes % block != 0);
        call.shell.error(&format!(
            "{blocks}+{rest} records in\n{blocks}+{rest} records out"
        ));
        Ok(call.exit)
    }
}
