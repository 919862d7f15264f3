//! `curl` and `wget`: files from the network, of which only a guess at the size is known;
//! a narrower one for those that the catalog lists.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use crate::image::path;
use crate::shell::{Data, UNKNOWN};
use crate::size::ByteCount;

/// A file from the network: up to 500 MB.
const DOWNLOAD: ByteCount = ByteCount::assumed(10_000_000, 0, 500_000_000);

/// `curl` and `wget`: files from the network, of which only a guess at the size is known.
#[derive(Debug)]
pub(super) struct Download;

impl Program for Download {
    fn names(&self) -> &'static [&'static str] {
        &["curl", "wget"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = path::split(call.name()).1.to_owned();
        let words = call.words().to_vec();
        let urls: Vec<String> = words
            .iter()
            .filter(|word| {
                word.contains("://")
                    || !word.starts_with('-')
                        && word.contains('.')
                        && word.contains('/')
                        && !word.starts_with(['/', '.'])
            })
            .cloned()
            .collect();
        if urls.is_empty() {
            if words
                .iter()
                .any(|word| matches!(word.as_str(), "--version" | "-V" | "--help"))
            {
                call.line(&UNKNOWN.to_string());
                return Ok(Exit::OK);
            }
            if words.iter().all(|word| crate::shell::is_known(word)) {
                let message = if name == "curl" {
                    "try 'curl --help' for more information"
                } else {
                    "missing URL"
                };
                return Ok(call.refuse(message, if name == "curl" { 2 } else { 1 }));
            }
        }
        if !call.shell.machine.network {
            let host = urls
                .first()
                .and_then(|url| url.split("://").nth(1))
                .and_then(|rest| rest.split('/').next())
                .unwrap_or_default()
                .to_owned();
            let (message, code) = if name == "curl" {
                (format!("(6) Could not resolve host: {host}"), 6)
            } else {
                (format!("unable to resolve host address '{host}'"), 4)
            };
            return Ok(call.refuse(&message, code));
        }
        let output = output(&name, &words, urls.first().map_or("", String::as_str));
        let machine = &call.shell.machine;
        let url = urls.first().map_or("", String::as_str);
        let text = machine.told(|file| file.text(url).map(str::to_owned));
        let size = machine.told(|file| file.download(url)).unwrap_or(DOWNLOAD);
        call.shell.machine.downloaded.extend(urls.iter().cloned());
        let data = match text {
            Some(text) => Data::from(text.as_str()),
            None => {
                call.shell.machine.note(
                    "unknown-download",
                    format!("what {name} downloads is not known: its size is assumed, with a range. State the instruction's with a comment before it: # layerlab: size=12MB"),
                );
                Data::opaque(size)
            }
        };
        match output {
            None => call.data(data),
            Some(file) => {
                if words.iter().any(|word| word == "--create-dirs")
                    && let Some((above, _)) = file.rsplit_once('/')
                {
                    super::mkdir::make_parents(call, above, None, false);
                }
                if let Err(errno) = call.write(&file, data) {
                    call.problem(&format!("{file}: cannot be written"), errno);
                    return Ok(Exit::code(if name == "curl" { 23 } else { 3 }));
                }
            }
        }
        Ok(Exit::UNKNOWN)
    }
}

/// The file that a download is written to; none where it is printed.
fn output(name: &str, words: &[String], url: &str) -> Option<String> {
    let last = || {
        let rest = url
            .split("://")
            .last()
            .unwrap_or(url)
            .split(['?', '#'])
            .next()
            .unwrap_or_default();
        let file = rest.rsplit('/').next().unwrap_or_default();
        if file.is_empty() || !rest.contains('/') {
            "index.html".to_owned()
        } else {
            file.to_owned()
        }
    };
    let mut words = words.iter().peekable();
    let mut directory = None;
    let mut remote = name == "wget";
    let mut file = None;
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            match long.split_once('=') {
                Some(("output" | "output-document", value)) => file = Some(value.to_owned()),
                Some(("directory-prefix" | "output-dir", value)) => {
                    directory = Some(value.to_owned())
                }
                None if matches!(long, "output" | "output-document") => {
                    file = words.next().cloned()
                }
                None if matches!(long, "output-dir" | "directory-prefix") => {
                    directory = words.next().cloned()
                }
                None if long == "remote-name" => remote = true,
                _ => {}
            }
            continue;
        }
        let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            continue;
        };
        // A letter that takes a value ends a bundle: -sSLo FILE, -qO- .
        let letter = if name == "curl" { 'o' } else { 'O' };
        if let Some((_, value)) = flags.split_once(letter) {
            file = if value.is_empty() {
                words.next().cloned()
            } else {
                Some(value.to_owned())
            };
        } else if name == "curl" && flags.contains('O') {
            remote = true;
        } else if name == "wget" && flags.starts_with('P') {
            directory = if flags.len() > 1 {
                Some(flags[1..].to_owned())
            } else {
                words.next().cloned()
            };
        } else if name == "curl"
            && matches!(
                flags,
                "H" | "d" | "X" | "u" | "A" | "e" | "b" | "m" | "x" | "T" | "F"
            )
        {
            words.next();
        }
    }
    let file = match file {
        Some(file) if file == "-" => return None,
        Some(file) => file,
        None if remote => last(),
        None => return None,
    };
    Some(match directory {
        Some(directory) => format!("{}/{file}", directory.trim_end_matches('/')),
        None => file,
    })
}
