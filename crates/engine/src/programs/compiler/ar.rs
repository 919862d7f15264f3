//! `ar` and `ranlib`: static libraries (ar(5): a header of 60 bytes before each member, which begin at
//! even places).

use crate::image::{Node, Program as BuiltProgram, path};
use crate::programs::{Call, Program};
use crate::shell::{Data, Exit, Outcome, unknown};
use crate::size::ByteCount;

/// The longest name that a member's header holds.
const MAX_NAME: usize = 15;

/// `ar`, `ranlib`.
#[derive(Debug)]
pub(in crate::programs) struct Ar;

impl Program for Ar {
    fn names(&self) -> &'static [&'static str] {
        &["ar", "x86_64-linux-gnu-ar", "gcc-ar", "ranlib"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        if path::split(call.name()).1 == "ranlib" {
            for archive in words.iter().filter(|word| !word.starts_with('-')) {
                if let Err(errno) = call.stat(archive) {
                    call.problem(&format!("'{archive}'"), errno);
                }
            }
            return Ok(call.exit);
        }
        let [operation, archive, members @ ..] = words.as_slice() else {
            return unknown(call.shell, call.arguments);
        };
        let operation = operation.trim_start_matches('-');
        let is_new = call.is_missing(archive);
        if !operation.starts_with(['r', 'q']) || !is_new && call.stat(archive).is_err() {
            return unknown(call.shell, call.arguments);
        }
        // What an older one has is replaced where it has the same name, which is not known.
        let old = call.stat(archive).ok().map(|entry| entry.node);
        let mut size = match old {
            Some(Node::File(file)) => ByteCount::assumed(0, 0, file.size.high),
            _ => ByteCount::measured(8),
        };
        let (mut long, mut only_prints, mut names) = (0, true, 0);
        for member in members {
            let entry = match call.stat(member) {
                Ok(entry) => entry,
                Err(errno) => {
                    call.problem(member, errno);
                    return Ok(call.exit);
                }
            };
            let Node::File(file) = entry.node else {
                return Ok(call.refuse(&format!("{member}: file format not recognized"), 1));
            };
            let name = path::split(member).1;
            if name.len() > MAX_NAME {
                long += name.len() as u64 + 2;
            }
            names += 1;
            only_prints &= file.program.is_some_and(|own| own.only_prints);
            size += file.size;
            size += ByteCount::measured(60 + file.size.bytes % 2);
        }
        if long > 0 {
            size += ByteCount::measured(60 + long);
        }
        // The index has the names of what members define: one each at least.
        size += ByteCount::assumed(60 + 4 + 14 * names, 60 + 4, 60 + 400 * (names + 1));
        let program = BuiltProgram {
            loader: None,
            only_prints,
        };
        if let Err(errno) = call.write_part(archive, Data::opaque(size), program) {
            call.problem(archive, errno);
            return Ok(call.exit);
        }
        if is_new && !operation.contains('c') {
            call.complain(&format!("creating {archive}"));
        }
        Ok(Exit::OK)
    }
}
