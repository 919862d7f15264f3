//! `strip`: programs without their symbols.

use super::size::{range, without_symbols};
use crate::image::Node;
use crate::programs::{Call, Program};
use crate::shell::{Data, Errno, Outcome};

/// From this size on a program that names no loader is taken for a static one.
const STATIC: u64 = 500_000;

/// `strip`.
#[derive(Debug)]
pub(in crate::programs) struct Strip;

impl Program for Strip {
    fn names(&self) -> &'static [&'static str] {
        &["strip", "x86_64-linux-gnu-strip"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let mut output = None;
        let mut files = Vec::new();
        let mut words = call.words().iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-o" => output = words.next().cloned(),
                "-R" | "-K" | "-N" | "-F" | "-I" | "-O" => {
                    words.next();
                }
                _ if word.starts_with('-') => {}
                _ => files.push(word.clone()),
            }
        }
        for file in files {
            let entry = match call.stat(&file) {
                Ok(entry) => entry,
                Err(Errno::NoEntry) => {
                    call.fail(&format!("'{file}': No such file"));
                    continue;
                }
                Err(errno) => {
                    call.problem(&format!("'{file}'"), errno);
                    continue;
                }
            };
            let Node::File(old) = &entry.node else {
                call.fail(&format!("Warning: '{file}' is not an ordinary file"));
                continue;
            };
            if old
                .content
                .as_deref()
                .is_some_and(|content| !content.starts_with(b"\x7fELF"))
            {
                call.fail(&format!("{file}: file format not recognized"));
                continue;
            }
            // Packages' programs have lost their symbols already.
            let is_own = call.shell.machine.base.get(&entry.path).is_none();
            let loader = old.program.and_then(|own| own.loader);
            let size = if is_own && loader.is_some() || old.size.bytes >= STATIC {
                without_symbols(old.size, loader.is_none())
            } else {
                range(old.size.bytes, old.size.low / 2, old.size.high)
            };
            let program = old.program;
            let mode = old.meta.mode;
            let target = output.clone().unwrap_or(file);
            let (at, who) = (call.at(&target), call.who());
            let written = call.files().write(&at, &Data::opaque(size), mode, &who);
            if let Err(errno) = written.and_then(|()| call.files().set_program(&at, program, &who))
            {
                call.problem(&target, errno);
            }
        }
        Ok(call.exit)
    }
}
