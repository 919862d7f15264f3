//! The programs that a RUN can call: one file each, behind the [`Program`] trait.
//!
//! A new one is a file that implements the trait and a line in the list below.

mod accounts;
mod adduser;
mod alternatives;
mod apache;
mod apt;
mod apt_mark;
mod awk;
mod base64;
mod basename;
mod call;
mod cargo;
mod cat;
mod certificates;
mod checksum;
mod chmod;
mod chown;
mod cmp;
mod comm;
mod compiler;
mod copy;
mod cp;
mod crontab;
mod cut;
mod date;
mod dd;
mod download;
mod dpkg;
mod du;
mod echo;
mod env;
mod envsubst;
mod escape;
mod expr;
mod fc_cache;
mod find;
mod getent;
mod git;
mod go;
mod gpg;
mod grep;
mod gzip;
mod head;
mod htpasswd;
mod id;
mod install;
mod java;
mod ldconfig;
mod lighttpd;
mod lines;
mod ln;
mod locale;
mod looks;
mod ls;
mod lsb_release;
mod make;
mod mkdir;
mod mknod;
mod mktemp;
mod mode;
mod mv;
mod native;
mod nginx;
mod node;
mod nothing;
mod od;
mod openssl;
mod options;
mod perl;
mod php;
mod printf;
mod pwd;
mod python;
mod readlink;
pub mod regex;
mod rm;
mod rmdir;
mod rsync;
mod sed;
mod seq;
mod service;
mod setcap;
mod sh;
mod shred;
mod size;
mod sleep;
mod sort;
mod split;
mod sqlite;
mod ssh_keygen;
mod stat;
mod su;
mod tar;
mod tee;
mod test;
mod touch;
mod tr;
mod truncate;
mod truth;
mod tty;
mod uname;
mod uniq;
mod unpacker;
mod unzip;
mod update_rc;
mod useradd;
mod usermod;
mod wc;
mod which;
mod wrapper;
mod xargs;
mod yes;
mod zip;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::OnceLock;

pub use call::Call;
pub use mode::change_mode;

use crate::shell::{Exit, Flow, Outcome, Shell, UNKNOWN};

/// Whose implementation of a program it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// GNU's, or what Debian has.
    Gnu,
    /// Busybox's.
    Busybox,
    /// A builtin of dash.
    Dash,
    /// A builtin of bash.
    Bash,
}

/// A model of a program.
pub trait Program: Debug + Sync {
    /// The names that it goes by.
    fn names(&self) -> &'static [&'static str];

    /// Does what the program does.
    ///
    /// # Errors
    /// [`Flow::Exit`] where it ends early, or a limit of the simulation.
    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome;
}

/// All programs.
static PROGRAMS: &[&dyn Program] = &[
    &adduser::Adduser,
    &alternatives::Alternatives,
    &apache::Apache,
    &apt::Apt,
    &apt_mark::AptMark,
    &awk::Awk,
    &base64::Base64,
    &basename::Basename,
    &cat::Cat,
    &certificates::UpdateCaCertificates,
    &checksum::Checksum,
    &chmod::Chmod,
    &chown::Chown,
    &cmp::Cmp,
    &comm::Comm,
    &compiler::Compiler,
    &compiler::Ar,
    &compiler::Strip,
    &cp::Cp,
    &crontab::Crontab,
    &cut::Cut,
    &date::Date,
    &dd::Dd,
    &download::Download,
    &dpkg::Dpkg,
    &du::Du,
    &echo::Echo,
    &env::Env,
    &envsubst::Envsubst,
    &expr::Expr,
    &fc_cache::FcCache,
    &find::Find,
    &getent::Getent,
    &git::Git,
    &cargo::Cargo,
    &go::Go,
    &gpg::Gpg,
    &java::Jar,
    &java::Java,
    &java::Javac,
    &grep::Grep,
    &gzip::Gzip,
    &head::Head,
    &htpasswd::Htpasswd,
    &id::Id,
    &install::Install,
    &ldconfig::Ldconfig,
    &lighttpd::Lighttpd,
    &lines::Lines,
    &ln::Ln,
    &locale::Locale,
    &looks::Looks,
    &ls::Ls,
    &lsb_release::LsbRelease,
    &make::Make,
    &mkdir::Mkdir,
    &mknod::Mknod,
    &mktemp::Mktemp,
    &mv::Mv,
    &native::Apk,
    &native::Dnf,
    &native::Pacman,
    &native::Zypper,
    &nginx::Nginx,
    &node::Bundler,
    &node::Corepack,
    &node::Node,
    &node::Npm,
    &node::Npx,
    &node::Bun,
    &node::Pnpm,
    &node::Yarn,
    &nothing::Nothing,
    &od::Od,
    &openssl::Openssl,
    &perl::Perl,
    &php::Php,
    &php::Phpenmod,
    &printf::Printf,
    &pwd::Pwd,
    &python::Pip,
    &python::Pipenv,
    &python::Pipx,
    &python::Poetry,
    &python::Uv,
    &python::Python,
    &python::Virtualenv,
    &readlink::Readlink,
    &rm::Rm,
    &rmdir::Rmdir,
    &rsync::Rsync,
    &sed::Sed,
    &seq::Seq,
    &setcap::Setcap,
    &sh::Sh,
    &service::Service,
    &shred::Shred,
    &sqlite::Sqlite,
    &sleep::Sleep,
    &sort::Sort,
    &split::Split,
    &ssh_keygen::SshKeygen,
    &stat::Stat,
    &su::Su,
    &tar::Tar,
    &tee::Tee,
    &test::Test,
    &touch::Touch,
    &tr::Tr,
    &truncate::Truncate,
    &truth::Truth,
    &tty::Tty,
    &uname::Uname,
    &uniq::Uniq,
    &update_rc::UpdateRc,
    &unzip::Unzip,
    &useradd::Useradd,
    &useradd::Groupadd,
    &usermod::Usermod,
    &wc::Wc,
    &which::Which,
    &wrapper::Wrapper,
    &xargs::Xargs,
    &yes::Yes,
    &zip::Zip,
];

/// The program of a name.
pub fn find(name: &str) -> Option<&'static dyn Program> {
    static INDEX: OnceLock<BTreeMap<&'static str, &'static dyn Program>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        PROGRAMS
            .iter()
            .flat_map(|program| program.names().iter().map(move |name| (*name, *program)))
            .collect()
    });
    index.get(name).copied()
}

/// Runs a program.
///
/// # Errors
/// A limit of the simulation.
pub fn run(
    program: &dyn Program,
    shell: &mut Shell<'_, '_>,
    arguments: &[String],
    flavor: Flavor,
) -> Outcome {
    let mut call = Call::new(shell, arguments, flavor);
    let asks = matches!(flavor, Flavor::Gnu)
        && arguments.len() == 2
        && matches!(arguments[1].as_str(), "--help" | "--version");
    if asks {
        call.line(&UNKNOWN.to_string());
        call.flush()?;
        return Ok(Exit::OK);
    }
    call.exit = match program.run(&mut call) {
        Err(Flow::Exit(exit)) => exit,
        outcome => outcome?,
    };
    call.flush()?;
    Ok(call.exit)
}
