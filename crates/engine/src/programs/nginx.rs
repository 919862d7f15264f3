//! `nginx`: its configuration is looked at, which makes its directories and logs (measured with
//! Debian's package; nginx's own images have other directories for the same).

use super::{Call, Program};
use crate::shell::{Data, Exit, Outcome, UNKNOWN};

/// Directories for requests and answers: where, and what they are called.
const TEMPORARY: [(&str, [&str; 5]); 2] = [
    (
        "/var/lib/nginx",
        ["body", "fastcgi", "proxy", "scgi", "uwsgi"],
    ),
    (
        "/var/cache/nginx",
        [
            "client_temp",
            "fastcgi_temp",
            "proxy_temp",
            "scgi_temp",
            "uwsgi_temp",
        ],
    ),
];

/// `nginx`.
#[derive(Debug)]
pub(super) struct Nginx;

impl Program for Nginx {
    fn names(&self) -> &'static [&'static str] {
        &["nginx"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let has = |option: &str| words.iter().any(|word| word == option);
        if has("-v") || has("-V") || has("-h") || has("-s") {
            call.line(&UNKNOWN.to_string());
            return Ok(Exit::OK);
        }
        if !has("-t") && !has("-T") {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        let who = call.who();
        let user = ["www-data", "nginx"]
            .into_iter()
            .find_map(|name| call.shell.machine.user(name));
        for (directory, names) in TEMPORARY {
            if !call.is_directory(directory) {
                continue;
            }
            for name in names {
                let at = format!("{directory}/{name}");
                // It may be there already.
                let _ = call.files().make_directory(&at, 0o700, &who);
                if let Some((uid, _)) = user {
                    let _ = call.files().change_owner(&at, Some(uid), None, &who, true);
                }
            }
        }
        for log in ["/var/log/nginx/access.log", "/var/log/nginx/error.log"] {
            if let Ok(entry) = call.stat(log)
                && entry.path == log
            {
                call.files().copy_up(log);
            }
        }
        let written = call
            .files()
            .write("/run/nginx.pid", &Data::default(), 0o644, &who);
        if let Err(errno) = written {
            call.problem("/run/nginx.pid", errno);
        }
        // Whether it is right is not known.
        Ok(Exit::UNKNOWN)
    }
}
