//! `gcc`, `g++`, `clang` and `strip`: whether a program can be built at all (its sources, headers,
//! libraries), and about how large it comes out.

mod headers;
mod size;
mod strip;

use super::{Call, Program};
use crate::image::path;
use crate::shell::{Data, Errno, Exit, Outcome, UNKNOWN, is_known};

pub(super) use strip::Strip;

/// The loaders of programs that are linked with libraries, on x86-64: glibc's and musl's.
pub(super) const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
const LOADER_MUSL: &str = "/lib/ld-musl-x86_64.so.1";

/// `gcc`, `g++`, `clang`.
#[derive(Debug)]
pub(super) struct Compiler;

/// What a call asks for.
#[derive(Debug, Default)]
struct Command {
    inputs: Vec<String>,
    output: Option<String>,
    /// `-I` and `-isystem`.
    include: Vec<String>,
    /// `-L`.
    search: Vec<String>,
    /// `-l`.
    libraries: Vec<String>,
    kind: Kind,
    is_static: bool,
    debug: bool,
    optimised: bool,
    stripped: bool,
    /// Whether it only tells something: `--version`, `-dumpmachine`.
    asks: bool,
    /// Whether it is of a kind that is not modelled.
    other: bool,
}

/// What comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Program,
    Object,
    Library,
    /// `-E`, `-S`, `-M`: text.
    Text,
}

impl Program for Compiler {
    fn names(&self) -> &'static [&'static str] {
        &[
            "cc",
            "gcc",
            "gcc-10",
            "gcc-11",
            "gcc-12",
            "gcc-13",
            "gcc-14",
            "x86_64-linux-gnu-gcc",
            "c99",
            "c89",
            "clang",
            "c++",
            "g++",
            "g++-10",
            "g++-11",
            "g++-12",
            "g++-13",
            "g++-14",
            "x86_64-linux-gnu-g++",
            "clang++",
        ]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let invoked = path::split(call.arguments[0].as_str()).1.to_owned();
        let command = Command::read(call.words());
        if command.asks {
            call.line(&UNKNOWN.to_string());
            return Ok(Exit::OK);
        }
        let known = call.words().iter().all(|word| is_known(word));
        if command.other || !known {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        if command.inputs.is_empty() {
            call.shell.error(&format!(
                "{invoked}: fatal error: no input files\ncompilation terminated."
            ));
            return Ok(Exit::code(1));
        }
        let is_cpp = invoked.contains("++");
        // It works in a directory of its own there.
        let who = call.who();
        let _ = call.files().touch("/tmp", &who, true);
        let mut total = size::Object::default();
        for input in &command.inputs {
            call.shell.machine.step()?;
            let data = match call.read(input) {
                Ok(data) => data,
                Err(Errno::Unknown) => {
                    total.add_unknown();
                    continue;
                }
                Err(errno) => {
                    let front = if is_cpp { "cc1plus" } else { "cc1" };
                    call.shell.error(&format!(
                        "{front}: fatal error: {input}: {errno}\ncompilation terminated."
                    ));
                    return Ok(Exit::code(1));
                }
            };
            if !is_source(input) {
                total.add_linked(data.size());
                continue;
            }
            let cpp = is_cpp || !input.ends_with(".c");
            if let Some(text) = data.known() {
                let text = String::from_utf8_lossy(text).into_owned();
                if let Some(missing) = headers::missing(call, &command.include, input, &text, cpp)?
                {
                    call.shell.error(&missing);
                    return Ok(Exit::code(1));
                }
            }
            let object = size::object(data.size(), cpp, command.debug, command.optimised);
            if command.kind == Kind::Object {
                let (_, file) = path::split(input);
                let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
                let output = command
                    .output
                    .clone()
                    .unwrap_or_else(|| format!("{stem}.o"));
                if let Err(errno) = call.write(&output, Data::opaque(object)) {
                    cannot_write(call, &output, errno);
                }
            }
            total.add(object, cpp);
        }
        if command.kind == Kind::Object {
            return Ok(call.exit);
        }
        if command.kind == Kind::Text {
            let Some(output) = &command.output else {
                call.line(&UNKNOWN.to_string());
                return Ok(call.exit);
            };
            if let Err(errno) = call.write(output, Data::opaque(total.text())) {
                cannot_write(call, output, errno);
            }
            return Ok(call.exit);
        }
        if let Some(library) = command
            .libraries
            .iter()
            .find(|name| headers::lacks_library(call, &command.search, name, command.is_static))
        {
            call.shell.error(&format!("/usr/bin/ld: cannot find -l{library}: No such file or directory\ncollect2: error: ld returned 1 exit status"));
            return Ok(Exit::code(1));
        }
        let musl = call.shell.machine.os.starts_with("alpine");
        let size = total.linked(&size::Linking {
            library: command.kind == Kind::Library,
            is_static: command.is_static,
            stripped: command.stripped,
            musl,
        });
        let output = command.output.as_deref().unwrap_or("a.out");
        let own = if musl { LOADER_MUSL } else { LOADER };
        let loader = (command.kind == Kind::Program && !command.is_static).then_some(own);
        if let Err(errno) = call.write_program(output, Data::opaque(size), loader) {
            cannot_write(call, output, errno);
        }
        Ok(call.exit)
    }
}

/// What is said where nothing can be written.
fn cannot_write(call: &mut Call<'_, '_, '_>, output: &str, errno: Errno) {
    call.shell.error(&format!(
        "/usr/bin/ld: cannot open output file {output}: {errno}\ncollect2: error: ld returned 1 exit status"
    ));
    call.exit = Exit::code(1);
}

fn is_source(file: &str) -> bool {
    let suffix = file.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    matches!(
        suffix,
        "c" | "cc" | "cpp" | "cxx" | "c++" | "C" | "s" | "S" | "m"
    )
}

impl Command {
    fn read(words: &[String]) -> Self {
        let mut out = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = |short: &str| match word.strip_prefix(short) {
                Some("") => words.next().cloned().unwrap_or_default(),
                Some(own) => own.to_owned(),
                None => String::new(),
            };
            match word.as_str() {
                "-c" => out.kind = Kind::Object,
                "-E" | "-S" | "-M" | "-MM" => out.kind = Kind::Text,
                "-shared" => out.kind = Kind::Library,
                "-static" | "--static" => out.is_static = true,
                "-s" => out.stripped = true,
                "-v" | "--help" | "--version" => out.asks = true,
                "-x" => {
                    words.next();
                }
                "-" => out.other = true,
                "-include" | "-imacros" | "-MF" | "-MT" | "-MQ" | "-Xlinker" | "-T" | "-arch"
                | "-u" | "-z" => {
                    words.next();
                }
                "-isystem" | "-idirafter" => out.include.push(value(word)),
                _ if word.starts_with("-dump") || word.starts_with("-print-") => out.asks = true,
                _ if word.starts_with("-o") => out.output = Some(value("-o")),
                _ if word.starts_with("-I") => out.include.push(value("-I")),
                _ if word.starts_with("-L") => out.search.push(value("-L")),
                _ if word.starts_with("-l") => out.libraries.push(value("-l")),
                _ if word.starts_with("-D") || word.starts_with("-U") => {
                    value(&word[..2]);
                }
                _ if word.starts_with("-g") => out.debug = word != "-g0",
                _ if word.starts_with("-O") => out.optimised = word != "-O0",
                "-flto" => out.optimised = true,
                _ if word.starts_with('-') => {}
                _ => out.inputs.push(word.clone()),
            }
        }
        out
    }
}
