//! Headers and libraries that a program in C needs: whether they are there.

use crate::image::path;
use crate::programs::Call;
use crate::shell::{Errno, Flow};

/// Where compilers look for headers beside their own.
const INCLUDE: [&str; 3] = [
    "/usr/local/include",
    "/usr/include/x86_64-linux-gnu",
    "/usr/include",
];

/// Where linkers look for libraries.
const LIBRARIES: [&str; 6] = [
    "/usr/local/lib",
    "/usr/local/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/x86_64-linux-gnu",
    "/usr/lib",
    "/lib",
];

/// Deepest chain of headers of one's own that is followed.
const MAX_DEPTH: usize = 16;

/// What gcc says of the first header that a source includes and that is certain to be missing.
///
/// # Errors
/// A limit: each header that is looked for is a step.
pub(super) fn missing(
    call: &mut Call<'_, '_, '_>,
    include: &[String],
    file: &str,
    text: &str,
    cpp: bool,
) -> Result<Option<String>, Flow> {
    let mut search: Vec<String> = include.to_vec();
    search.extend(INCLUDE.map(str::to_owned));
    search.extend(compilers_own(call, cpp));
    let mut seen = Vec::new();
    look(call, &search, file, text, &mut seen)
}

/// The directories of the compilers that are installed.
fn compilers_own(call: &mut Call<'_, '_, '_>, cpp: bool) -> Vec<String> {
    let mut out = Vec::new();
    let who = call.who();
    let gcc = "/usr/lib/gcc/x86_64-linux-gnu";
    for version in call
        .files()
        .list(gcc, &who)
        .map(|(names, _)| names)
        .unwrap_or_default()
    {
        out.push(format!("{gcc}/{version}/include"));
        if cpp {
            out.push(format!("/usr/include/c++/{version}"));
            out.push(format!("/usr/include/x86_64-linux-gnu/c++/{version}"));
            out.push(format!("/usr/include/c++/{version}/backward"));
        }
    }
    out
}

fn look(
    call: &mut Call<'_, '_, '_>,
    search: &[String],
    file: &str,
    text: &str,
    seen: &mut Vec<String>,
) -> Result<Option<String>, Flow> {
    if seen.len() >= MAX_DEPTH || seen.iter().any(|own| own == file) {
        return Ok(None);
    }
    seen.push(file.to_owned());
    let directory = path::split(&call.at(file)).0.to_owned();
    let mut conditions = 0_u32;
    let mut in_comment = false;
    for (number, line) in text.lines().enumerate() {
        if in_comment {
            in_comment = !line.contains("*/");
            continue;
        }
        let trimmed = line.trim_start();
        if trimmed.starts_with("/*") && !trimmed.contains("*/") {
            in_comment = true;
            continue;
        }
        let Some(directive) = trimmed.strip_prefix('#').map(str::trim_start) else {
            continue;
        };
        // What stands below a condition may not count; a header's own guard does.
        if directive.starts_with("ifndef") && number < 5 && seen.len() > 1 {
            continue;
        }
        if directive.starts_with("if") {
            conditions += 1;
        } else if directive.starts_with("endif") {
            conditions = conditions.saturating_sub(1);
        }
        let Some(rest) = directive
            .strip_prefix("include")
            .filter(|_| conditions == 0)
        else {
            continue;
        };
        let rest = rest.trim_start();
        let own = rest.starts_with('"');
        let name = rest.get(1..).and_then(|rest| rest.split(['"', '>']).next());
        let Some(name) = name.filter(|_| own || rest.starts_with('<')) else {
            continue;
        };
        call.shell.machine.step()?;
        let beside = path::child(&directory, name);
        let near = own.then_some(beside);
        let places = search.iter().map(|at| path::child(at, name));
        let mut is_certain = true;
        let mut found = None;
        for place in near.into_iter().chain(places) {
            match call.stat(&place) {
                Ok(_) => {
                    found = Some(place);
                    break;
                }
                Err(Errno::Unknown) => is_certain = false,
                Err(_) => {}
            }
        }
        match found {
            Some(place) if own => {
                if let Ok(data) = call.read(&place)
                    && let Some(bytes) = data.known()
                {
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    if let Some(missing) = look(call, search, &place, &text, seen)? {
                        return Ok(Some(missing));
                    }
                }
            }
            None if is_certain => {
                let column = line.find(['"', '<']).map_or(1, |at| at + 1);
                let number = number + 1;
                return Ok(Some(format!(
                    "{file}:{number}:{column}: fatal error: {name}: No such file or directory\n{number:5} | {line}\n      | {:>width$}{}\ncompilation terminated.",
                    "^",
                    "~".repeat(name.len() + 1),
                    width = column
                )));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// Whether it is certain that a library (`-lNAME`) is not there.
pub(super) fn lacks_library(
    call: &Call<'_, '_, '_>,
    search: &[String],
    name: &str,
    is_static: bool,
) -> bool {
    let own = search.iter().map(String::as_str);
    own.chain(LIBRARIES).all(|directory| {
        let is_missing = |file: &str| call.is_missing(&path::child(directory, file));
        if let Some(file) = name.strip_prefix(':') {
            return is_missing(file);
        }
        is_missing(&format!("lib{name}.a")) && (is_static || is_missing(&format!("lib{name}.so")))
    })
}
