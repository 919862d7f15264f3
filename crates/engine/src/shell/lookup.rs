//! Finding and starting commands: builtins, then PATH, as `execve` does it.

use crate::catalog::CatalogFile;
use crate::image::{Found, Node, path};
use crate::programs::{self, Flavor};
use crate::size::ByteCount;

use super::data::Data;
use super::errno::Errno;
use super::machine::Machine;
use super::process::{Dialect, Exit, Outcome, Stream};
use super::unknown::UNKNOWN;
use super::{Shell, builtins, run as execution};

/// A command of which nothing is known: up to 300 MB.
const UNKNOWN_COMMAND: ByteCount = ByteCount::assumed(0, 0, 300_000_000);

/// What a script of which nothing is known installs: up to 2 GB.
const UNKNOWN_SCRIPT: ByteCount = ByteCount::assumed(0, 0, 2_000_000_000);

/// Directories whose programs are the system's own.
const SYSTEM_DIRECTORIES: [&str; 4] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];

/// How many interpreters may stand for each other (Linux's `BINPRM_MAX_RECURSION`).
const MAX_INTERPRETERS: usize = 4;

/// What a command's name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// A file: the path as found and the real one.
    File(String, String),
    /// Perhaps a file: the directory of PATH holds files that are not listed.
    Perhaps(String),
    /// Nothing.
    Missing,
    /// Something that cannot be executed.
    Denied,
    /// A directory.
    Directory,
}

impl Shell<'_, '_> {
    /// Looks a command up in PATH, or takes the path that it is.
    pub(crate) fn find_command(&self, name: &str) -> Resolution {
        if name.is_empty() {
            return Resolution::Missing;
        }
        if name.contains('/') {
            return self.executable(name);
        }
        let search = self
            .process
            .variable("PATH")
            .unwrap_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        let mut best = Resolution::Missing;
        for directory in search.split(':') {
            let directory = if directory.is_empty() { "." } else { directory };
            match self.executable(&format!("{}/{name}", directory.trim_end_matches('/'))) {
                found @ Resolution::File(..) => return found,
                Resolution::Perhaps(at) if self.is_likely(&at) => {
                    return Resolution::Perhaps(at);
                }
                // Files that may be anywhere are less likely here than one that is listed below.
                found @ Resolution::Perhaps(_) if best == Resolution::Missing => best = found,
                Resolution::Denied if best == Resolution::Missing => best = Resolution::Denied,
                _ => {}
            }
        }
        best
    }

    /// Whether a program is likely at a path that leads to what is not listed: it is a link, or a
    /// directory near above is known to hold files that are not listed; what is known of / and /usr says
    /// little of each.
    fn is_likely(&self, at: &str) -> bool {
        let at = self.process.absolute(at);
        if self.machine.files.lstat(&at, &self.process.who).is_ok() {
            return true;
        }
        let mut near = path::ancestors(&at).filter(|above| *above != "/usr");
        near.any(|above| self.machine.files.has_bulk(above))
    }

    fn executable(&self, name: &str) -> Resolution {
        let at = self.process.absolute(name);
        match self.machine.files.stat(&at, &self.process.who) {
            Ok(entry) => match entry.node {
                Node::Directory(_) => Resolution::Directory,
                Node::File(file) => {
                    let any = file.meta.mode & 0o111 != 0;
                    if any && self.process.who.may(file.meta, 1) {
                        Resolution::File(name.to_owned(), entry.path)
                    } else {
                        Resolution::Denied
                    }
                }
                Node::Symlink(_) | Node::Special(_) => Resolution::Denied,
            },
            Err(Errno::Unknown) => Resolution::Perhaps(name.to_owned()),
            Err(Errno::Access) => Resolution::Denied,
            Err(_) => Resolution::Missing,
        }
    }
}

/// Runs a command of a script: a builtin or a program.
pub(super) fn run(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let name = &arguments[0];
    if let Some(builtin) = builtins::find(name, shell.process.dialect) {
        return builtin(shell, arguments);
    }
    if let Some(program) = builtins::program(name, shell.process.dialect) {
        let flavor = match shell.process.dialect {
            Dialect::Dash => Flavor::Dash,
            Dialect::Bash => Flavor::Bash,
            Dialect::Ash => Flavor::Busybox,
        };
        return programs::run(program, shell, arguments, flavor);
    }
    external(shell, arguments)
}

/// Runs a program of a script, with the shell's words where there is none.
pub(super) fn external(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let name = &arguments[0];
    let slash = name.contains('/');
    let bash = shell.process.dialect == Dialect::Bash;
    match shell.find_command(name) {
        Resolution::Missing => {
            let reason = match (bash, slash) {
                (true, true) => "No such file or directory",
                (true, false) => "command not found",
                (false, _) => "not found",
            };
            shell.complain(&format!("{name}: {reason}"));
            Ok(Exit::code(127))
        }
        Resolution::Denied => {
            shell.complain(&format!("{name}: Permission denied"));
            Ok(Exit::code(126))
        }
        Resolution::Directory => {
            let reason = if bash {
                "Is a directory"
            } else {
                "Permission denied"
            };
            shell.complain(&format!("{name}: {reason}"));
            Ok(Exit::code(126))
        }
        found => {
            shell.process.found.insert(name.clone());
            start(shell, &found, arguments, 0)
        }
    }
}

/// Runs a program for another one, which says itself what is wrong: 127 where there is no such
/// program, 126 where it cannot be executed.
///
/// # Errors
/// A limit.
pub fn execute(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    match shell.find_command(&arguments[0]) {
        Resolution::Missing => Ok(Exit::code(127)),
        Resolution::Denied | Resolution::Directory => Ok(Exit::code(126)),
        found => start(shell, &found, arguments, 0),
    }
}

fn start(
    shell: &mut Shell<'_, '_>,
    found: &Resolution,
    arguments: &[String],
    interpreters: usize,
) -> Outcome {
    shell.machine.step()?;
    let arguments = arguments.to_vec();
    let found = found.clone();
    shell.subshell(|shell| {
        // A program inherits the environment, not the shell's own state.
        shell.process.functions.clear();
        shell.process.options = super::process::Options::default();
        shell.process.tested = false;
        match found {
            Resolution::File(path, real) => started(shell, &path, &real, &arguments, interpreters),
            _ => {
                // A path that somebody wrote leads to a program of that name where programs are.
                let (above, own) = path::split(&arguments[0]);
                let is_usual =
                    !arguments[0].contains('/') || matches!(path::split(above).1, "bin" | "sbin");
                if is_usual {
                    by_name(shell, own, &arguments)
                } else {
                    unknown(shell, &arguments)
                }
            }
        }
    })
}

/// Runs the file at a real path.
fn started(
    shell: &mut Shell<'_, '_>,
    found: &str,
    real: &str,
    arguments: &[String],
    interpreters: usize,
) -> Outcome {
    let Some(node) = shell.machine.files.node(real).cloned() else {
        return Ok(Exit::UNKNOWN);
    };
    if let Some(line) = Machine::script_line(&node) {
        return interpreted(shell, &line, found, arguments, interpreters);
    }
    if let Node::File(file) = &node
        && file.program.is_some_and(|own| own.only_prints)
    {
        hand_on_unknown(shell);
        return Ok(Exit::UNKNOWN);
    }
    if let Node::File(file) = &node
        && let Some(content) = file.content.as_deref()
    {
        if !content.contains(&0) {
            // Not a program: the shell takes it for a script of its own.
            let text = String::from_utf8_lossy(content).into_owned();
            return run_file(shell, &text, found, arguments);
        }
        return unknown(shell, arguments);
    }
    let (directory, own) = path::split(real);
    if directory == "/etc/init.d" {
        let mut words = vec!["service".to_owned(), own.to_owned()];
        words.extend(arguments[1..].iter().cloned());
        return by_name(shell, "service", &words);
    }
    // Links in the system's directories lead to packages' own: /usr/lib/jvm/…, /usr/share/nodejs/….
    let is_packages = ["/usr/lib/", "/usr/share/"]
        .iter()
        .any(|own| directory.starts_with(own));
    let is_system = SYSTEM_DIRECTORIES.contains(&directory)
        || is_packages && !real.contains("/node_modules/")
        || !matches!(shell.machine.base.find(real), Found::Nothing)
        // A distribution's program that is none of Python's: uv.
        || shell.machine.marks.has("pip", own);
    if !is_system {
        // A package's program goes by the name of the link that leads to it.
        let invoked = path::split(&arguments[0]).1.to_owned();
        if real.contains("/node_modules/") {
            return by_name(shell, &invoked, arguments);
        }
        return unknown(shell, arguments);
    }
    if own == "busybox" {
        return busybox(shell, arguments);
    }
    by_name(shell, own, arguments)
}

/// Runs a script's file with its first line's interpreter.
fn interpreted(
    shell: &mut Shell<'_, '_>,
    line: &str,
    found: &str,
    arguments: &[String],
    interpreters: usize,
) -> Outcome {
    let (interpreter, option) = match line.split_once([' ', '\t']) {
        Some((interpreter, option)) => (
            interpreter,
            Some(option.trim()).filter(|text| !text.is_empty()),
        ),
        None => (line, None),
    };
    let resolution = shell.find_command(interpreter);
    let missing = matches!(
        resolution,
        Resolution::Missing | Resolution::Denied | Resolution::Directory
    );
    if missing || interpreters >= MAX_INTERPRETERS {
        let reason = match shell.process.dialect {
            Dialect::Bash => {
                format!("{found}: {interpreter}: bad interpreter: No such file or directory")
            }
            _ => format!("{}: not found", arguments[0]),
        };
        shell.complain(&reason);
        let code = if shell.process.dialect == Dialect::Bash {
            126
        } else {
            127
        };
        return Ok(Exit::code(code));
    }
    let mut words = vec![interpreter.to_owned()];
    words.extend(option.map(str::to_owned));
    words.push(found.to_owned());
    words.extend(arguments[1..].iter().cloned());
    start(shell, &resolution, &words, interpreters + 1)
}

/// Runs a script in the shell that it is.
fn run_file(shell: &mut Shell<'_, '_>, text: &str, name: &str, arguments: &[String]) -> Outcome {
    shell.process.name = name.to_owned();
    shell.process.arguments = arguments[1..].to_vec();
    execution::script(shell, text)
}

fn busybox(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    let invoked = path::split(&arguments[0]).1.to_owned();
    if invoked != "busybox" {
        return applet(shell, &invoked, arguments);
    }
    match arguments.get(1) {
        Some(name) => applet(shell, &name.clone(), &arguments[1..]),
        None => Ok(Exit::OK),
    }
}

fn applet(shell: &mut Shell<'_, '_>, name: &str, arguments: &[String]) -> Outcome {
    match programs::find(name) {
        Some(program) => programs::run(program, shell, arguments, Flavor::Busybox),
        None => unknown(shell, arguments),
    }
}

/// Runs the model of a program, by its file's name or else by the name it was called.
fn by_name(shell: &mut Shell<'_, '_>, own: &str, arguments: &[String]) -> Outcome {
    let invoked = path::split(&arguments[0]).1;
    let program = programs::find(own).or_else(|| programs::find(invoked));
    match program {
        Some(program) => programs::run(program, shell, arguments, Flavor::Gnu),
        None => unknown(shell, arguments),
    }
}

/// Places outside of its directory that a program may write to, by its arguments: absolute paths,
/// and the common prefix where it installs (GNU Coding Standards, 7.2.5).
fn places(arguments: &[String]) -> impl Iterator<Item = &str> {
    arguments.iter().filter_map(|word| match word.as_str() {
        "install" | "--install" => Some("/usr/local"),
        _ => {
            let value = match word.split_once('=') {
                Some((_, value)) if word.starts_with('-') => value,
                _ => word,
            };
            value.starts_with('/').then_some(value)
        }
    })
}

/// Notes that something may be at a path where nothing is known to be: in the tree alone, the bytes
/// are counted where the program is taken to write.
fn note_named(shell: &mut Shell<'_, '_>, named: &str, size: ByteCount) {
    let named = path::clean(named);
    let files = &mut shell.machine.files;
    if matches!(files.node(&named), Some(node) if !node.is_directory()) {
        return;
    }
    let mut places = [named.as_str()].into_iter().chain(path::ancestors(&named));
    let is_directory = |at: &&str| files.node(at).is_some_and(Node::is_directory);
    let at = places.find(is_directory).unwrap_or("/").to_owned();
    files.note_unlisted(&at, ByteCount::assumed(0, 0, size.high));
}

/// A program that is not modelled: it is taken to work, to print something unknown, and to
/// add what the catalog assumes of it.
pub(crate) fn unknown(shell: &mut Shell<'_, '_>, arguments: &[String]) -> Outcome {
    if let [_, question] = arguments
        && matches!(
            question.as_str(),
            "--version" | "-version" | "-V" | "-v" | "--help" | "-h" | "version"
        )
    {
        // It says something and does nothing.
        print_unknown(shell);
        return Ok(Exit::OK);
    }
    let name = path::split(&arguments[0]).1.to_owned();
    let mut words: Vec<&str> = vec![&name];
    words.extend(arguments[1..].iter().map(String::as_str));
    let (at, size) = match shell.machine.catalog.assumption(&words) {
        Some((at, size)) => (at.to_owned(), size),
        None => {
            let size = installs(shell).unwrap_or(UNKNOWN_COMMAND);
            ("/".to_owned(), size)
        }
    };
    let at = shell.process.absolute(&at);
    if let Ok(real) = shell
        .machine
        .files
        .resolve(&at, &super::Who::default(), true)
        && size.high > 0
    {
        shell.machine.files.add_bulk(&real, size);
        for named in places(&arguments[1..]) {
            note_named(shell, named, size);
        }
    }
    shell.machine.note(
        "unmodelled-program",
        format!("what {name} does is not modelled: its size is assumed, with a range. State the instruction's with a comment before it: # layerlab: size=12MB"),
    );
    hand_on_unknown(shell);
    Ok(Exit::UNKNOWN)
}

/// A script whose content is not known: it installs what the catalog says of where it was downloaded
/// from, or nobody knows what.
pub(crate) fn unknown_script(shell: &mut Shell<'_, '_>, what: &str) -> Outcome {
    if let Some(outcome) = known_script(shell, |url| !url.ends_with(".deb")) {
        return outcome;
    }
    let size = installs(shell).unwrap_or(UNKNOWN_SCRIPT);
    shell.machine.files.add_bulk("/", size);
    shell.machine.note(
        "unknown-script",
        format!("a shell runs {what}, whose content is not known: what it installs is assumed, with a range. State the instruction's with a comment before it: # layerlab: size=12MB"),
    );
    Ok(Exit::UNKNOWN)
}

/// Does what the catalog says that the last download of a kind comes to, where it says that.
pub(crate) fn known_script(
    shell: &mut Shell<'_, '_>,
    is_of_kind: impl Fn(&str) -> bool,
) -> Option<Outcome> {
    let (script, arguments) = of_last_download(shell, |file, url| {
        let (script, arguments) = file.script(url).filter(|_| is_of_kind(url))?;
        Some((script.to_owned(), arguments))
    })?;
    let own = std::mem::replace(&mut shell.process.arguments, arguments);
    let outcome = execution::script(shell, &script);
    shell.process.arguments = own;
    Some(outcome)
}

/// What a catalog tells of the last download of which it tells that, once.
fn of_last_download<T>(
    shell: &mut Shell<'_, '_>,
    tells: impl Fn(&CatalogFile, &str) -> Option<T>,
) -> Option<T> {
    let machine = &mut shell.machine;
    let mut urls = machine.downloaded.iter().enumerate().rev();
    let (place, told) = urls.find_map(|(place, url)| {
        let told = machine.told(|file| tells(file, url))?;
        Some((place, told))
    })?;
    machine.downloaded.remove(place);
    Some(told)
}

/// What the last download of which that is known installs.
fn installs(shell: &mut Shell<'_, '_>) -> Option<ByteCount> {
    of_last_download(shell, CatalogFile::installs)
}

/// Prints what is not known where somebody takes it: not on the terminal.
fn hand_on_unknown(shell: &mut Shell<'_, '_>) {
    let stream = shell.process.streams.get(&1);
    if matches!(stream, Some(Stream::Buffer(_) | Stream::File(_))) {
        print_unknown(shell);
    }
}

/// Prints a line of which nothing is known.
fn print_unknown(shell: &mut Shell<'_, '_>) {
    let stream = shell.process.streams.get(&1).cloned();
    let text = format!("{UNKNOWN}\n");
    shell
        .machine
        .write(stream.as_ref(), Data::from(text.as_str()));
}
