//! `python -m compileall`: modules compiled beside their sources.

use crate::image::{Node, path};
use crate::programs::Call;
use crate::shell::{Data, Errno, Exit, Flow, Outcome, Who};
use crate::size::{Basis, ByteCount};

use super::interpreter::Interpreter;
use super::place::compiled_scale;

/// Directories that it goes down at most, as compileall does by default.
const DEPTH: usize = 10;

/// Runs it. What is in `-x` is a pattern of Python's, and other options change names: such calls
/// are not modelled.
pub(super) fn run(
    call: &mut Call<'_, '_, '_>,
    interpreter: &Interpreter,
    words: &[String],
) -> Option<Outcome> {
    let mut operands = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-q" | "-qq" | "-f" => {}
            "-j" | "-o" => drop(words.next()),
            _ if word.starts_with('-') => return None,
            _ => operands.push(call.at(word)),
        }
    }
    // Without any it compiles what is on sys.path, which images' Pythons have below site-packages.
    if operands.is_empty() {
        return None;
    }
    let who = call.who();
    let mut failed = false;
    for at in operands {
        match call.stat(&at) {
            Ok(entry) if entry.node.is_directory() => {
                if let Err(flow) = directory(call, interpreter, &entry.path, DEPTH, &who) {
                    return Some(Err(flow));
                }
            }
            Ok(entry) => module(call, interpreter, &entry.path, &entry.node, &who),
            Err(errno) => failed |= errno != Errno::Unknown,
        }
    }
    Some(Ok(Exit::of(!failed)))
}

fn directory(
    call: &mut Call<'_, '_, '_>,
    interpreter: &Interpreter,
    at: &str,
    depth: usize,
    who: &Who,
) -> Result<(), Flow> {
    call.shell.machine.step()?;
    let Some(Node::Directory(own)) = call.files().node(at).cloned() else {
        return Ok(());
    };
    for (name, node) in own.entries.iter() {
        let at = path::child(at, name);
        match node {
            Node::Directory(_) if depth > 0 && **name != *"__pycache__" => {
                directory(call, interpreter, &at, depth - 1, who)?;
            }
            _ => module(call, interpreter, &at, node, who),
        }
    }
    Ok(())
}

/// Leaves the compiled form of a module, unless it is there.
pub(super) fn module(
    call: &mut Call<'_, '_, '_>,
    interpreter: &Interpreter,
    at: &str,
    node: &Node,
    who: &Who,
) {
    let (above, name) = path::split(at);
    let (Node::File(file), Some(stem)) = (node, name.strip_suffix(".py")) else {
        return;
    };
    let cache = path::child(above, "__pycache__");
    let target = path::child(&cache, &format!("{stem}.{}.pyc", interpreter.cache_tag()));
    if call.stat(&target).is_ok() {
        return;
    }
    let umask = call.shell.process.umask;
    // It may be there, or the directory may be another's: Python goes on without.
    let _ = call.files().make_directory(&cache, 0o777 & !umask, who);
    let size = compiled(file.size.bytes, at.len() as u64, interpreter.minor());
    let data = Data::opaque(size);
    let _ = call.files().write(&target, &data, 0o666 & !umask, who);
}

/// Bytes of the compiled form of a source of so many: fitted to the 1,465 modules of Python 3.11's
/// library, of which nine in ten lie within the range.
fn compiled(source: u64, path: u64, minor: u32) -> ByteCount {
    let scale = compiled_scale(minor);
    let least = 110 + path;
    let bytes = least + 110 * u64::from(source > 0) + source * 128 * scale / 100_000;
    ByteCount {
        bytes,
        low: (bytes * 6 / 10).max(least),
        high: bytes * 18 / 10,
        basis: Basis::Modelled,
    }
}
