//! `ldconfig`: writes the cache of shared libraries anew.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use crate::image::{Metadata, Node, path};
use crate::shell::Who;
use crate::size::ByteCount;

/// `ldconfig`: writes the cache of shared libraries anew.
#[derive(Debug)]
pub(super) struct Ldconfig;

impl Program for Ldconfig {
    fn names(&self) -> &'static [&'static str] {
        &["ldconfig"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        if call.is_busybox() || !call.who().is_root() {
            return Ok(Exit::OK);
        }
        let root = Who::default();
        let old = call.stat("/etc/ld.so.cache").ok().map(|entry| entry.node);
        // Libraries that came meanwhile make it longer; how much is not worked out.
        let size = match &old {
            Some(Node::File(file)) => file.size,
            _ => ByteCount::assumed(8_000, 1_000, 60_000),
        };
        for (at, mode, size) in [
            ("/etc/ld.so.cache", 0o644, size),
            // What is kept beside it about each library comes to about the same.
            ("/var/cache/ldconfig/aux-cache", 0o600, size),
        ] {
            let directory = path::split(at).0;
            // It is there already in most images.
            let _ = call.files().make_directory(directory, 0o700, &root);
            let known = call.stat(at).ok().map(|entry| entry.node);
            let size = match known {
                Some(Node::File(file)) => file.size,
                _ => ByteCount::assumed(size.bytes, size.low / 2, size.high.saturating_mul(2)),
            };
            let node = Node::sized(size, Metadata::root(mode));
            if let Err(errno) = call.files().place_node(at, node, &root) {
                call.problem(&format!("Can't create cache file {at}"), errno);
            }
        }
        Ok(call.exit)
    }
}
