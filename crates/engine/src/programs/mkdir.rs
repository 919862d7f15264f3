//! `mkdir`: makes directories.

use super::{Call, Program};
use crate::shell::Outcome;

use super::mode::change_mode;
use super::options::{Spec, flag, optional, value};
use crate::shell::Errno;

const OPTIONS: [Spec; 4] = [
    flag("p", "parents"),
    value("m", "mode"),
    flag("v", "verbose"),
    optional("Z", "context"),
];

/// `mkdir`: makes directories.
#[derive(Debug)]
pub(super) struct Mkdir;

impl Program for Mkdir {
    fn names(&self) -> &'static [&'static str] {
        &["mkdir"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        call.require_operand(&options)?;
        let umask = call.shell.process.umask;
        let mode = match options.value("m") {
            None => None,
            Some(text) => match change_mode(text, 0o777, true, umask) {
                Some(mode) => Some(mode),
                None => return Ok(call.refuse(&format!("invalid mode '{text}'"), 1)),
            },
        };
        for operand in &options.operands {
            if options.has("p") {
                make_parents(call, operand, mode, options.has("v"));
            } else {
                let who = call.who();
                let at = call.at(operand);
                match call.files().make_directory(
                    &at,
                    mode.unwrap_or(0o777) & if mode.is_some() { 0o7777 } else { !umask },
                    &who,
                ) {
                    Ok(()) if options.has("v") => created(call, operand),
                    Ok(()) => {}
                    Err(errno) => cannot(call, operand, errno),
                }
            }
        }
        Ok(call.exit)
    }
}

fn created(call: &mut Call<'_, '_, '_>, path: &str) {
    let name = call.name().to_owned();
    call.line(&format!("{name}: created directory '{path}'"));
}

fn cannot(call: &mut Call<'_, '_, '_>, path: &str, errno: Errno) {
    let message = if call.is_busybox() {
        format!("can't create directory '{path}'")
    } else {
        format!("cannot create directory '{path}'")
    };
    call.problem(&message, errno);
}

/// `mkdir -p`: the directories above are made with what the umask leaves, and can always be
/// entered by their owner.
pub(super) fn make_parents(
    call: &mut Call<'_, '_, '_>,
    operand: &str,
    mode: Option<u16>,
    verbose: bool,
) {
    let who = call.who();
    let umask = call.shell.process.umask;
    let mut so_far = if operand.starts_with('/') {
        "/".to_owned()
    } else {
        String::new()
    };
    let names: Vec<&str> = operand.split('/').filter(|name| !name.is_empty()).collect();
    for (number, name) in names.iter().enumerate() {
        so_far.push_str(name);
        let last = number + 1 == names.len();
        let at = call.at(&so_far);
        let wanted = match (mode, last) {
            (Some(mode), true) => mode,
            (_, true) => 0o777 & !umask,
            (_, false) => (0o777 & !umask) | 0o300,
        };
        match call.files().make_directory(&at, wanted, &who) {
            Ok(()) => {
                if verbose {
                    created(call, &so_far);
                }
            }
            Err(Errno::Exists) if call.is_directory(&so_far) => {}
            Err(Errno::Exists) => {
                let errno = if last {
                    Errno::Exists
                } else {
                    Errno::NotDirectory
                };
                return cannot(call, &so_far, errno);
            }
            Err(errno) => return cannot(call, &so_far, errno),
        }
        so_far.push('/');
    }
}
