//! Any bytes: the parser, its dump, the checks and the word expansion.
#![no_main]

use layerlab_engine::dockerfile::expand::{Style, expand};
use layerlab_engine::dockerfile::{Features, command, decode, dump, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = decode(bytes);
    let parsed = parse(&source);
    let _ = dump(&parsed);
    let features = Features { parents: true, security: true };
    for instruction in &parsed.instructions {
        assert!(instruction.span.end as usize <= source.len());
        let _ = command(instruction, features);
    }
    let value = |name: &str| (name.len() % 2 == 0).then_some("a/b.c*d");
    let _ = expand(&source, Style::arguments(parsed.escape), &value);
    let _ = expand(&source, Style::heredoc(parsed.escape), &value);
});
