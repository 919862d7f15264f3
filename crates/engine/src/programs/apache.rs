//! `a2enmod`, `a2dismod`, `a2ensite`, `a2dissite`, `a2enconf`, `a2disconf`: links that switch parts
//! of Debian's Apache on and off (a2enmod(8); what they leave was measured with 2.4.6x).

use super::{Call, Program};
use crate::debian::Listing;
use crate::image::path;
use crate::shell::{Data, Exit, Flow, Outcome, Pattern, Who};

const CONFIGURATION: &str = "/etc/apache2";
const STATE: &str = "/var/lib/apache2";

/// What modules need, by the first lines of their files (Debian's apache2 2.4.67).
const DEPENDS: [(&str, &str); 44] = [
    ("access_compat", "authn_core"),
    ("asis", "mime"),
    ("auth_basic", "authn_core"),
    ("auth_digest", "authn_core"),
    ("auth_form", "session authn_core"),
    ("authn_dbd", "dbd"),
    ("authnz_ldap", "ldap"),
    ("authz_dbd", "dbd authz_core"),
    ("authz_dbm", "authz_core"),
    ("authz_groupfile", "authz_core"),
    ("authz_host", "authz_core"),
    ("authz_user", "authz_core"),
    ("cache_disk", "cache"),
    ("cache_socache", "cache"),
    ("dav_fs", "dav"),
    ("deflate", "filter"),
    ("file_cache", "cache"),
    ("include", "mime"),
    ("lbmethod_bybusyness", "proxy_balancer"),
    ("lbmethod_byrequests", "proxy_balancer"),
    ("lbmethod_bytraffic", "proxy_balancer"),
    ("lbmethod_heartbeat", "proxy_balancer"),
    ("php7.4", "mpm_prefork"),
    ("php8.2", "mpm_prefork"),
    ("php8.4", "mpm_prefork"),
    ("proxy_ajp", "proxy"),
    ("proxy_balancer", "proxy alias slotmem_shm"),
    ("proxy_connect", "proxy"),
    ("proxy_express", "proxy"),
    ("proxy_fcgi", "proxy"),
    ("proxy_fdpass", "proxy"),
    ("proxy_ftp", "proxy"),
    ("proxy_hcheck", "proxy"),
    ("proxy_html", "proxy xml2enc"),
    ("proxy_http", "proxy"),
    ("proxy_http2", "proxy http2"),
    ("proxy_scgi", "proxy"),
    ("proxy_uwsgi", "proxy"),
    ("proxy_wstunnel", "proxy"),
    ("ratelimit", "env"),
    ("session_cookie", "session"),
    ("session_crypto", "session"),
    ("session_dbd", "session"),
    ("ssl", "setenvif mime socache_shmcb"),
];

/// Modules of which only one can be on.
const RIVALS: [&str; 3] = ["mpm_event", "mpm_prefork", "mpm_worker"];

/// Modules that are switched off on one's word only.
const ESSENTIAL: [&str; 16] = [
    "alias",
    "auth_basic",
    "authn_file",
    "authz_host",
    "authz_user",
    "autoindex",
    "deflate",
    "dir",
    "env",
    "filter",
    "logio",
    "mime",
    "negotiation",
    "setenvif",
    "unixd",
    "version",
];

/// `a2enmod` and its kin.
#[derive(Debug)]
pub(super) struct Apache;

/// A kind of parts.
#[derive(Debug, Clone, Copy)]
struct Kind {
    /// What its messages call it.
    title: &'static str,
    /// Its directory below the state's.
    state: &'static str,
    /// What its directories begin with.
    directory: &'static str,
    suffix: &'static str,
}

/// A call.
#[derive(Debug, Clone, Copy)]
struct Switch {
    kind: Kind,
    on: bool,
    force: bool,
    /// On whose behalf: the administrator's, or a package's.
    by: &'static str,
}

const MODULE: Kind = Kind {
    title: "Module",
    state: "module",
    directory: "mods",
    suffix: ".load",
};

impl Program for Apache {
    fn names(&self) -> &'static [&'static str] {
        &[
            "a2enmod",
            "a2dismod",
            "a2ensite",
            "a2dissite",
            "a2enconf",
            "a2disconf",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let invoked = path::split(call.arguments[0].as_str()).1.to_owned();
        let kind = if invoked.ends_with("mod") {
            MODULE
        } else if invoked.ends_with("site") {
            Kind {
                title: "Site",
                state: "site",
                directory: "sites",
                suffix: ".conf",
            }
        } else {
            Kind {
                title: "Conf",
                state: "conf",
                directory: "conf",
                suffix: ".conf",
            }
        };
        let switch = Switch {
            kind,
            on: invoked.starts_with("a2en"),
            force: call.words().iter().any(|word| word.starts_with("-f")),
            by: "admin",
        };
        let words = call.words().iter().filter(|word| !word.starts_with('-'));
        let words: Vec<String> = words.cloned().collect();
        for word in words {
            let word = word.strip_suffix(kind.suffix).unwrap_or(&word);
            let names = switch.matching(call, word);
            if names.is_empty() {
                call.line(&format!("ERROR: {} {word} does not exist!", kind.title));
                call.exit = Exit::code(1);
            }
            for name in names {
                if !switch.turn(call, &name)? {
                    call.exit = Exit::code(1);
                }
            }
        }
        Ok(call.exit)
    }
}

impl Switch {
    fn available(&self) -> String {
        format!("{CONFIGURATION}/{}-available", self.kind.directory)
    }

    fn enabled(&self) -> String {
        format!("{CONFIGURATION}/{}-enabled", self.kind.directory)
    }

    /// The parts that a word names.
    fn matching(&self, call: &mut Call<'_, '_, '_>, word: &str) -> Vec<String> {
        let directory = if self.on {
            self.available()
        } else {
            self.enabled()
        };
        let listed = call.files().list(&directory, &Who::default());
        let (names, _) = listed.unwrap_or_default();
        let has_more = call.files().may_hold_more(&directory);
        let pattern = Pattern::new(word);
        let known: Vec<String> = names
            .iter()
            .filter_map(|name| name.strip_suffix(self.kind.suffix))
            .filter(|name| pattern.matches(name))
            .map(str::to_owned)
            .collect();
        // What is off already is no mistake.
        let exists = |directory: &str| {
            let at = format!("{directory}/{word}{}", self.kind.suffix);
            call.lstat(&at).is_ok()
        };
        if known.is_empty() && (has_more || !self.on && exists(&self.available())) {
            return vec![word.to_owned()];
        }
        known
    }

    /// Switches a part; tells whether that went well.
    fn turn(&self, call: &mut Call<'_, '_, '_>, name: &str) -> Result<bool, Flow> {
        call.shell.machine.step()?;
        let is_module = self.kind.suffix == ".load";
        let needs = DEPENDS.iter().find(|(own, _)| *own == name);
        let needs = needs.filter(|_| is_module).map_or("", |(_, needs)| *needs);
        if self.on {
            for needed in needs.split_whitespace() {
                call.line(&format!("Considering dependency {needed} for {name}:"));
                if !self.turn(call, needed)? {
                    return Ok(false);
                }
            }
            let is_rival = is_module && RIVALS.contains(&name);
            let rivals = RIVALS.iter().filter(|own| is_rival && **own != name);
            for rival in rivals {
                call.line(&format!("Considering conflict {rival} for {name}:"));
                let link = format!("{}/{rival}.load", self.enabled());
                if call.lstat(&link).is_ok() {
                    call.line(&format!("ERROR: Module {rival} is enabled - cannot proceed due to conflicts. It needs to be disabled first!"));
                    return Ok(false);
                }
            }
        } else if is_module {
            let link = |name: &str| format!("{}/{name}.load", self.enabled());
            let depending: Vec<&str> = DEPENDS
                .iter()
                .filter(|(_, needs)| needs.split(' ').any(|needed| needed == name))
                .map(|(own, _)| *own)
                .filter(|own| call.lstat(&link(own)).is_ok())
                .collect();
            if !depending.is_empty() && !self.force {
                call.line(&format!("ERROR: The following modules depend on {name} and need to be disabled first: {}", depending.join(" ")));
                return Ok(false);
            }
            for own in depending {
                if !self.turn(call, own)? {
                    return Ok(false);
                }
            }
            if ESSENTIAL.contains(&name) && !self.force && call.lstat(&link(name)).is_ok() {
                call.line(&format!("WARNING: The following essential module will be disabled.\nThis might result in unexpected behavior and should NOT be done\nunless you know exactly what you are doing!\n {name}\n\nTo continue type in the phrase 'Yes, do as I say!' or retry by passing '-f': Aborting"));
                return Ok(false);
            }
        }
        self.link(call, name);
        Ok(true)
    }

    /// Makes the links of a part, or takes them away, and notes who did.
    fn link(&self, call: &mut Call<'_, '_, '_>, name: &str) {
        let who = call.who();
        let state = if self.on { "enabled" } else { "disabled" };
        let first = format!("{}/{name}{}", self.enabled(), self.kind.suffix);
        let title = self.kind.title;
        if call.lstat(&first).is_ok() == self.on {
            call.line(&format!("{title} {name} already {state}"));
            return;
        }
        let mut files = vec![format!("{name}{}", self.kind.suffix)];
        let own = format!("{name}.conf");
        if self.kind.suffix == ".load" && call.stat(&path::child(&self.available(), &own)).is_ok() {
            files.push(own);
        }
        for file in files {
            let at = path::child(&self.enabled(), &file);
            let outcome = if self.on {
                let target = format!("../{}-available/{file}", self.kind.directory);
                call.files().symlink(&target, &at, &who)
            } else {
                call.files().unlink(&at, &who)
            };
            if let Err(errno) = outcome {
                call.problem(&format!("Could not create {at}"), errno);
                return;
            }
        }
        let marks = format!("{STATE}/{}", self.kind.state);
        mark(call, &marks, name, &format!("{state}_by_{}", self.by));
        if self.on {
            call.line(&format!("Enabling {} {name}.", self.kind.state));
        } else {
            call.line(&format!("{title} {name} disabled."));
        }
    }
}

/// Switches a module for a package.
///
/// # Errors
/// A limit of the simulation.
pub(super) fn switch_module(call: &mut Call<'_, '_, '_>, name: &str, on: bool) -> Result<(), Flow> {
    let switch = Switch {
        kind: MODULE,
        on,
        force: true,
        by: "maint",
    };
    switch.turn(call, name).map(|_| ())
}

/// The modules that a package brings and switches on where Apache is there (dh_apache2(1)); PHP's are
/// switched on with its extensions.
pub(super) fn modules_of(package: &str, listing: Listing<'_>) -> Vec<String> {
    let mut out = Vec::new();
    if package.starts_with("libapache2-mod-") && !package.starts_with("libapache2-mod-php") {
        listing.each(&mut |member| {
            let file = member.path.strip_prefix("/etc/apache2/mods-available/");
            out.extend(
                file.and_then(|file| file.strip_suffix(".load"))
                    .map(str::to_owned),
            );
        });
    }
    out
}

/// Notes who switched a part, and takes out what was noted before; Debian's PHP does the same.
pub(super) fn mark(call: &mut Call<'_, '_, '_>, directory: &str, name: &str, own: &str) {
    let root = Who::default();
    super::mkdir::make_parents(call, &path::child(directory, own), None, false);
    let (kinds, _) = call.files().list(directory, &root).unwrap_or_default();
    for kind in kinds {
        let marker = format!("{directory}/{kind}/{name}");
        if call.lstat(&marker).is_ok() {
            // What is listed can be taken out.
            let _ = call.files().unlink(&marker, &root);
        }
    }
    let marker = format!("{directory}/{own}/{name}");
    if let Err(errno) = call.write(&marker, Data::default()) {
        call.problem(&marker, errno);
    }
}
