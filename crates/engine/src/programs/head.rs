//! `head` and `tail`: the first or last part of files.

use super::options::{Options, Spec, flag, optional, value};
use super::{Call, Program};
use crate::image::path;
use crate::shell::{Data, Outcome, Stream, is_known};
use crate::size::ByteCount;

const OPTIONS: [Spec; 12] = [
    value("n", "lines"),
    value("c", "bytes"),
    flag("q", "quiet"),
    flag("v", "verbose"),
    flag("z", "zero-terminated"),
    optional("f", "follow"),
    flag("F", ""),
    value("s", "sleep-interval"),
    value("", "pid"),
    flag("", "retry"),
    value("", "max-unchanged-stats"),
    flag("r", ""),
];

/// `head` and `tail`: the first or last part of files.
#[derive(Debug)]
pub(super) struct Head;

impl Program for Head {
    fn names(&self) -> &'static [&'static str] {
        &["head", "tail"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        // `head -5` is `head -n 5`.
        let words: Vec<String> = call
            .words()
            .iter()
            .enumerate()
            .map(|(place, word)| {
                // What follows -n or -c is its value.
                if place > 0 && matches!(call.words()[place - 1].as_str(), "-n" | "-c") {
                    return word.clone();
                }
                let digits = word
                    .strip_prefix('-')
                    .or_else(|| word.strip_prefix('+').filter(|_| place == 0));
                match digits {
                    Some(digits)
                        if !digits.is_empty()
                            && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
                    {
                        if word.starts_with('+') {
                            format!("-n{word}")
                        } else {
                            format!("-n{digits}")
                        }
                    }
                    _ => word.clone(),
                }
            })
            .collect();
        let options = match Options::read(&words, &OPTIONS, true) {
            Ok(options) => options,
            Err(message) => return Ok(call.refuse(&message, 1)),
        };
        let tail = path::split(call.name()).1 == "tail";
        let bytes = options.last(&["n", "c"]) == Some("c");
        let text = options
            .value(if bytes { "c" } else { "n" })
            .unwrap_or("10")
            .to_owned();
        let Some(count) = Count::read(&text) else {
            let what = if bytes { "bytes" } else { "lines" };
            return Ok(call.refuse(&format!("invalid number of {what}: '{text}'"), 1));
        };
        let mut names = options.operands.clone();
        if names.is_empty() {
            names.push("-".to_owned());
        }
        let headers = (names.len() > 1 || options.has("v")) && !options.has("q");
        let mut first = true;
        for name in &names {
            // Endless files give what is asked for.
            let endless = bytes && !tail;
            let data = if endless
                && let Ok(stream @ (Stream::Zero | Stream::Random)) = self.source(call, name)
            {
                call.shell.machine.read_some(Some(&stream), count.number)
            } else {
                match call.read(name) {
                    Ok(data) => data,
                    Err(errno) => {
                        call.problem(&format!("cannot open '{name}' for reading"), errno);
                        continue;
                    }
                }
            };
            if headers {
                let shown = if name == "-" { "standard input" } else { name };
                let gap = if first { "" } else { "\n" };
                call.out(&format!("{gap}==> {shown} <==\n"));
            }
            first = false;
            let part = if bytes {
                count.bytes(data, tail)
            } else {
                count.lines(&data, tail)
            };
            call.data(part);
        }
        Ok(call.exit)
    }
}

impl Head {
    fn source(
        &self,
        call: &mut Call<'_, '_, '_>,
        name: &str,
    ) -> Result<Stream, crate::shell::Errno> {
        if name == "-" {
            return call.stream(0).ok_or(crate::shell::Errno::NoEntry);
        }
        if name.starts_with("/dev/") {
            call.shell.open_input(name)
        } else {
            Err(crate::shell::Errno::NoEntry)
        }
    }
}

/// How much, and counted from where.
struct Count {
    sign: Option<char>,
    number: u64,
}

impl Count {
    fn read(text: &str) -> Option<Self> {
        let sign = text.chars().next().filter(|ch| matches!(ch, '+' | '-'));
        let number = super::size::parse(text.trim_start_matches(['+', '-']))?;
        Some(Self { sign, number })
    }

    fn bytes(&self, mut data: Data, tail: bool) -> Data {
        let size = data.size().bytes;
        let skip = match (tail, self.sign) {
            (false, Some('-')) => return data.take(size.saturating_sub(self.number)),
            (false, _) => return data.take(self.number),
            (true, Some('+')) => self.number.saturating_sub(1),
            (true, _) => size.saturating_sub(self.number),
        };
        data.take(skip);
        data
    }

    fn lines(&self, data: &Data, tail: bool) -> Data {
        if data.is_endless() && !tail {
            // Every 256th byte of random ones ends a line.
            let bytes = self.number.saturating_mul(256);
            return Data::opaque(ByteCount::assumed(bytes, 0, bytes.saturating_mul(8)));
        }
        let text = data.text();
        if !is_known(&text) && data.known().is_none() {
            // How many lines the unknown part has is not known either.
            return Data::from(text.as_str());
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let number = usize::try_from(self.number).unwrap_or(usize::MAX);
        let range = match (tail, self.sign) {
            (false, Some('-')) => 0..lines.len().saturating_sub(number),
            (false, _) => 0..number.min(lines.len()),
            (true, Some('+')) => number.saturating_sub(1).min(lines.len())..lines.len(),
            (true, _) => lines.len().saturating_sub(number)..lines.len(),
        };
        Data::from(lines[range].concat().as_str())
    }
}
