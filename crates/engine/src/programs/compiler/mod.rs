//! `gcc`, `g++`, `clang` and `strip`: whether a program can be built at all (its sources, headers,
//! libraries), and about how large it comes out.

mod ar;
mod headers;
mod size;
mod strip;

use super::{Call, Program};
use crate::image::{Loader, Node, Program as BuiltProgram, path};
use crate::shell::{Data, Errno, Exit, Outcome, UNKNOWN, is_known};
use crate::size::ByteCount;

pub(super) use ar::Ar;
pub(super) use strip::Strip;

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
    /// `-MD`, `-MMD`: a list of headers is written too, `-MF` where.
    dependencies: bool,
    list: Option<String>,
    debug: bool,
    optimised: bool,
    stripped: bool,
    /// Whether it only tells something: `--version`, `-dumpmachine`.
    asks: bool,
    /// Whether there are options that are not known: they may say where headers and libraries are.
    has_more: bool,
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
        let is_named = command.output.as_deref().is_none_or(is_known)
            && !(command.inputs.is_empty() && command.has_more);
        if command.other || !is_named || !command.inputs.iter().all(|input| is_known(input)) {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        if command.inputs.is_empty() {
            call.shell.error(&format!(
                "{invoked}: fatal error: no input files\ncompilation terminated."
            ));
            return Ok(Exit::code(1));
        }
        let is_cpp = invoked.contains("++");
        call.work_in_tmp();
        let mut total = size::Object::default();
        let mut only_prints = !command.has_more;
        for input in &command.inputs {
            call.shell.machine.step()?;
            let data = match call.read(input) {
                Ok(data) => data,
                Err(Errno::Unknown) => {
                    total.add_unknown();
                    only_prints = false;
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
                let object = call.stat(input).ok().map(|entry| entry.node);
                only_prints &= matches!(object, Some(Node::File(file)) if file.program.is_some_and(|own| own.only_prints));
                continue;
            }
            let mut prints = false;
            let cpp = is_cpp || !input.ends_with(".c");
            if let Some(text) = data.known() {
                let text = String::from_utf8_lossy(text).into_owned();
                prints = !opens_files(&text);
                let missing = headers::missing(call, &command.include, input, &text, cpp)?;
                if let Some(missing) = missing.filter(|_| !command.has_more) {
                    call.shell.error(&missing);
                    return Ok(Exit::code(1));
                }
            }
            only_prints &= prints;
            let object = size::object(data.size(), cpp, command.debug, command.optimised);
            if command.kind == Kind::Object {
                let (_, file) = path::split(input);
                let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
                let output = command
                    .output
                    .clone()
                    .unwrap_or_else(|| format!("{stem}.o"));
                write_object(call, &output, object, prints);
                if command.dependencies {
                    write_dependencies(call, &command, input, &output);
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
            .filter(|_| !command.has_more)
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
        let own = if musl { Loader::Musl } else { Loader::Glibc };
        let program = BuiltProgram {
            loader: (command.kind == Kind::Program && !command.is_static).then_some(own),
            only_prints: only_prints && command.libraries.iter().all(|own| is_own(own)),
        };
        if let Err(errno) = call.write_program(output, Data::opaque(size), program) {
            cannot_write(call, output, errno);
        }
        Ok(call.exit)
    }
}

/// Whether a source names what opens, makes or changes files, or starts other programs.
fn opens_files(text: &str) -> bool {
    const NAMES: [&str; 32] = [
        "asm",
        "chmod",
        "chown",
        "creat",
        "dlopen",
        "execl",
        "execlp",
        "execv",
        "execve",
        "execvp",
        "filesystem",
        "fopen",
        "freopen",
        "fstream",
        "link",
        "mkdir",
        "mkfifo",
        "mknod",
        "mkstemp",
        "ofstream",
        "open",
        "openat",
        "popen",
        "remove",
        "rename",
        "rmdir",
        "symlink",
        "syscall",
        "system",
        "tmpfile",
        "truncate",
        "unlink",
    ];
    let mut names = text.split(|ch: char| !ch.is_alphanumeric() && ch != '_');
    names.any(|name| NAMES.binary_search(&name).is_ok())
}

/// Libraries of the compiler and of libc.
fn is_own(library: &str) -> bool {
    matches!(
        library,
        "c" | "m" | "pthread" | "rt" | "dl" | "stdc++" | "gcc" | "gomp" | "atomic"
    )
}

fn write_object(call: &mut Call<'_, '_, '_>, output: &str, size: ByteCount, only_prints: bool) {
    let program = BuiltProgram {
        loader: None,
        only_prints,
    };
    if let Err(errno) = call.write_part(output, Data::opaque(size), program) {
        cannot_write(call, output, errno);
    }
}

/// `-MMD`: a rule for make that says which headers a source has.
fn write_dependencies(call: &mut Call<'_, '_, '_>, command: &Command, input: &str, output: &str) {
    let stem = output.rsplit_once('.').map_or(output, |(stem, _)| stem);
    let file = command.list.clone().unwrap_or_else(|| format!("{stem}.d"));
    let least = (output.len() + input.len() + 3) as u64;
    let size = ByteCount::assumed(least * 2, least, least * 40);
    if let Err(errno) = call.write(&file, Data::opaque(size)) {
        cannot_write(call, &file, errno);
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
                "-MD" | "-MMD" => out.dependencies = true,
                "-MF" => out.list = words.next().cloned(),
                "-include" | "-imacros" | "-MT" | "-MQ" | "-Xlinker" | "-T" | "-arch" | "-u"
                | "-z" => {
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
                // What pkg-config says, for one.
                _ if word.contains(UNKNOWN) => out.has_more = true,
                _ if word.starts_with('-') => {}
                _ => out.inputs.push(word.clone()),
            }
        }
        out
    }
}
