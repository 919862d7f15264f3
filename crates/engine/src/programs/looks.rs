//! Programs that look at something and print it, and leave nothing in an image's files; what they
//! print is not known.

use super::{Call, Program};
use crate::shell::{Exit, Outcome, UNKNOWN};

/// Programs that look at something and print it.
#[derive(Debug)]
pub(super) struct Looks;

/// Those whose end depends on what they meet.
const DOUBTFUL: [&str; 14] = [
    "dig",
    "haproxy",
    "host",
    "named-checkconf",
    "named-checkzone",
    "nslookup",
    "pgrep",
    "ping",
    "pkg-config",
    "pkgconf",
    "redis-cli",
    "ssh-keyscan",
    "xdpyinfo",
    "xmllint",
];

impl Program for Looks {
    fn names(&self) -> &'static [&'static str] {
        &[
            "apache2ctl",
            "apachectl",
            "apt-ftparchive",
            "bc",
            "dc",
            "debconf-get-selections",
            "debconf-show",
            "dig",
            "dircolors",
            "factor",
            "file",
            "getcap",
            "getconf",
            "getfacl",
            "haproxy",
            "hexdump",
            "host",
            "hostid",
            "ifconfig",
            "ip",
            "iptables-save",
            "join",
            "jq",
            "ldd",
            "lsblk",
            "lscpu",
            "lsmod",
            "lsof",
            "named-checkconf",
            "named-checkzone",
            "netstat",
            "nm",
            "nslookup",
            "numfmt",
            "objdump",
            "pathchk",
            "pgrep",
            "ping",
            "pkg-config",
            "pkgconf",
            "pr",
            "readelf",
            "redis-cli",
            "sdiff",
            "ss",
            "ssh-keyscan",
            "sshd",
            "strings",
            "tput",
            "tsort",
            "users",
            "vmstat",
            "w",
            "who",
            "xdpyinfo",
            "xmllint",
            "xxd",
            "yq",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let name = crate::image::path::split(call.name()).1.to_owned();
        let writes = call.words().iter().any(|word| {
            matches!(
                (name.as_str(), word.as_str()),
                ("yq", "-i" | "--inplace" | "-yi") | ("xxd", "-r") | ("xmllint", "--output" | "-o")
            )
        });
        if writes {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        call.line(&UNKNOWN.to_string());
        if DOUBTFUL.contains(&name.as_str()) {
            return Ok(Exit::UNKNOWN);
        }
        Ok(Exit::OK)
    }
}
