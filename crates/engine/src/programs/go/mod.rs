//! `go`: builds whose size follows from what the program imports.

mod weight;

use std::collections::BTreeSet;

use weight::{MODULE, Toolchain, weigh};

use super::options::{Options, Spec, flag, value};
use super::{Call, Program};
use crate::image::{Loader, Metadata, Node, path};
use crate::shell::{Data, Errno, Exit, Flow, Outcome, Resolution, UNKNOWN, Who};
use crate::size::ByteCount;

/// Packages that use cgo, or import one that does (`go list -deps` of Go 1.24): `net` and
/// `os/user`.
const WITH_CGO: [&str; 24] = [
    "C",
    "archive/tar",
    "crypto/tls",
    "crypto/x509",
    "expvar",
    "log/syslog",
    "mime/multipart",
    "net",
    "net/http",
    "net/http/cgi",
    "net/http/cookiejar",
    "net/http/fcgi",
    "net/http/httptest",
    "net/http/httptrace",
    "net/http/httputil",
    "net/http/pprof",
    "net/mail",
    "net/rpc",
    "net/rpc/jsonrpc",
    "net/smtp",
    "net/textproto",
    "os/user",
    "plugin",
    "runtime/cgo",
];

/// Most files of a module that are read.
const MAX_FILES: usize = 2_000;

const SPECS: &[Spec] = &[
    value("o", "o"),
    value("", "ldflags"),
    value("", "tags"),
    value("", "mod"),
    value("", "gcflags"),
    value("", "asmflags"),
    value("", "buildmode"),
    value("", "buildvcs"),
    value("p", "p"),
    value("C", "C"),
    flag("v", "v"),
    flag("x", "x"),
    flag("a", "a"),
    flag("n", "n"),
    flag("", "race"),
    flag("", "trimpath"),
    flag("", "cover"),
];

/// `go`.
#[derive(Debug)]
pub(super) struct Go;

impl Program for Go {
    fn names(&self) -> &'static [&'static str] {
        &["go"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        match words.first().map(String::as_str) {
            Some("build") => build(call, &words[1..]),
            Some("mod") if words.get(1).is_some_and(|word| word == "download") => download(call),
            Some("mod") if words.get(1).is_some_and(|word| word == "init") => init(call, &words),
            Some("clean") => Ok(clean(call, &words[1..])),
            Some("mod" | "vet" | "fmt" | "env" | "version" | "list" | "help") => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            Some("install") => install(call, &words[1..]),
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// A module: its path and what it requires.
struct Module {
    directory: String,
    path: String,
    requires: Vec<String>,
}

/// The module that a directory belongs to; `None` where there is none.
fn module(call: &Call<'_, '_, '_>, from: &str) -> Option<Module> {
    let mut directory = from.to_owned();
    loop {
        let at = path::child(&directory, "go.mod");
        if let Some(text) = call.shell.machine.files.text(&at) {
            return Some(read(directory, &text));
        }
        if directory == "/" {
            return None;
        }
        directory = path::split(&directory).0.to_owned();
        if directory.is_empty() {
            directory.push('/');
        }
    }
}

/// Whether a module's file may be among files that are not listed.
fn may_be_module(call: &Call<'_, '_, '_>, directory: &str) -> bool {
    let manifest = call.stat(&path::child(directory, "go.mod"));
    manifest.is_err_and(|errno| errno == Errno::Unknown)
}

fn read(directory: String, text: &str) -> Module {
    let mut out = Module {
        directory,
        path: String::new(),
        requires: Vec::new(),
    };
    let mut block = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["module", path] => out.path = path.trim_matches('"').to_owned(),
            ["require", "("] => block = true,
            [")"] => block = false,
            ["require", module, _] => out.requires.push((*module).to_owned()),
            [module, _] if block => out.requires.push((*module).to_owned()),
            _ => {}
        }
    }
    out
}

/// What Go sources of a directory import, directories of the module followed.
fn imports(call: &mut Call<'_, '_, '_>, module: &Module, directory: &str) -> BTreeSet<String> {
    let root = Who::default();
    let mut found = BTreeSet::new();
    let mut queue = vec![directory.to_owned()];
    let mut seen = BTreeSet::new();
    let mut files = 0;
    while let Some(at) = queue.pop() {
        if !seen.insert(at.clone()) {
            continue;
        }
        for name in call.files().list(&at, &root).unwrap_or_default().0 {
            files += 1;
            if !name.ends_with(".go") || name.ends_with("_test.go") || files > MAX_FILES {
                continue;
            }
            let text = call.shell.machine.files.text(&path::child(&at, &name));
            for import in text.as_deref().map(imported).unwrap_or_default() {
                match import.strip_prefix(&module.path) {
                    Some(rest)
                        if !module.path.is_empty()
                            && (rest.is_empty() || rest.starts_with('/')) =>
                    {
                        queue.push(path::join(&module.directory, rest.trim_start_matches('/')));
                    }
                    _ => {
                        found.insert(import);
                    }
                }
            }
        }
    }
    found
}

/// The import paths of a source file.
fn imported(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut block = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        if let Some(rest) = line.strip_prefix("import") {
            let rest = rest.trim();
            block = rest.starts_with('(') && !rest.contains(')');
            out.extend(rest.split('"').skip(1).step_by(2).map(str::to_owned));
        } else if block {
            block = !line.starts_with(')');
            out.extend(line.split('"').nth(1).map(str::to_owned));
        } else if line.starts_with("func ") {
            break;
        }
    }
    out
}

/// Whether an import is of the standard library: its first part has no dot.
fn is_standard(import: &str) -> bool {
    !import.split('/').next().unwrap_or_default().contains('.')
}

fn refused(call: &mut Call<'_, '_, '_>, message: &str) -> Exit {
    call.shell.error(message);
    Exit::code(1)
}

fn build(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    // Go's long options may have one dash: -ldflags is --ldflags.
    let words: Vec<String> = words
        .iter()
        .map(|word| {
            let name = word
                .trim_start_matches('-')
                .split('=')
                .next()
                .unwrap_or_default();
            if word.starts_with('-') && !word.starts_with("--") && name.len() > 1 {
                format!("-{word}")
            } else {
                word.clone()
            }
        })
        .collect();
    let options = match Options::read(&words, SPECS, true) {
        Ok(options) => options,
        Err(message) => {
            call.shell.error(&format!("{message}\nusage: go build [-o output] [build flags] [packages]\nRun 'go help build' for details."));
            return Ok(Exit::code(2));
        }
    };
    let here = call.at(".");
    let sources: Vec<&String> = options
        .operands
        .iter()
        .filter(|word| word.ends_with(".go"))
        .collect();
    let directory = match options.operands.first() {
        Some(package) if sources.is_empty() => {
            call.at(package.trim_end_matches("/...").trim_end_matches("..."))
        }
        _ => here.clone(),
    };
    let module = module(call, &directory);
    let Some(module) = module.or_else(|| (!sources.is_empty()).then(|| read(here.clone(), "")))
    else {
        if may_be_module(call, &directory) {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        return Ok(refused(
            call,
            "go: go.mod file not found in current directory or any parent directory; see 'go help modules'",
        ));
    };
    for source in &sources {
        if call.is_missing(source) {
            return Ok(refused(
                call,
                &format!(
                    "no required module provides package {source}; to add it:\n\tgo get {source}"
                ),
            ));
        }
    }
    let names = call.files().list(&directory, &Who::default());
    let (names, bulk) = names.unwrap_or_default();
    if !names.iter().any(|name| name.ends_with(".go")) && !bulk {
        return Ok(refused(call, &format!("no Go files in {directory}")));
    }
    let imports = imports(call, &module, &directory);
    let foreign: BTreeSet<&String> = module
        .requires
        .iter()
        .filter(|own| {
            imports
                .iter()
                .any(|import| import.starts_with(own.as_str()))
        })
        .collect();
    if !foreign.is_empty() && !fetch(call, &module)? {
        return Ok(Exit::code(1));
    }
    let stripped = options
        .value("ldflags")
        .is_some_and(|flags| flags.contains("-s"));
    let (program, cache) = weigh(
        Toolchain::of(call),
        &imports,
        foreign.len() as u64,
        stripped,
    );
    let name = match sources.first() {
        Some(source) => path::split(source).1.trim_end_matches(".go").to_owned(),
        None if directory == module.directory => {
            module.path.rsplit('/').next().unwrap_or("main").to_owned()
        }
        None => path::split(&directory).1.to_owned(),
    };
    let output = match options.value("o") {
        Some(output) if output.ends_with('/') || call.is_directory(output) => {
            format!("{}/{name}", output.trim_end_matches('/'))
        }
        Some(output) => output.to_owned(),
        None => name,
    };
    leave_cache(call, cache);
    let at = call.at(&output);
    super::mkdir::make_parents(call, path::split(&at).0, None, false);
    let loader = loader(call, &imports, !foreign.is_empty(), &options);
    match call.write_program(
        &output,
        Data::opaque(program),
        crate::image::Program {
            loader,
            only_prints: false,
        },
    ) {
        Ok(()) => Ok(Exit::OK),
        Err(errno) => Ok(refused(call, &format!("go: writing {output}: {errno}"))),
    }
}

/// The loader that a program names: with cgo, what resolves names and users is libc's.
fn loader(
    call: &Call<'_, '_, '_>,
    imports: &BTreeSet<String>,
    foreign: bool,
    options: &Options,
) -> Option<Loader> {
    let variable = |name: &str| call.shell.process.variable(name).unwrap_or_default();
    let is_static = options
        .value("ldflags")
        .is_some_and(|flags| flags.contains("-static"));
    let is_own = options
        .value("tags")
        .is_some_and(|tags| tags.contains("netgo"));
    let elsewhere = !matches!(variable("GOARCH"), "" | "amd64");
    // Without a C compiler Go goes without cgo; Alpine's images have none.
    let has_compiler = match call.shell.find_command("gcc") {
        Resolution::File(..) => true,
        Resolution::Perhaps(_) => !call.shell.machine.os.starts_with("alpine"),
        _ => false,
    };
    let with_cgo = variable("CGO_ENABLED") != "0" && has_compiler && !elsewhere;
    if !with_cgo || is_static || is_own || foreign {
        return None;
    }
    let wants = imports
        .iter()
        .any(|import| WITH_CGO.contains(&import.as_str()));
    wants.then_some(Loader::Glibc)
}

fn leave_cache(call: &mut Call<'_, '_, '_>, size: ByteCount) {
    if !call
        .shell
        .machine
        .fetched_mut()
        .insert("go:build".to_owned())
    {
        return;
    }
    let at = call.directory("GOCACHE", ".cache/go-build");
    add(call, &at, size);
    begin_cache(call, &at);
    call.work_in_tmp();
}

/// The two files that the build cache begins with, and keeps (measured).
fn begin_cache(call: &mut Call<'_, '_, '_>, at: &str) {
    for (name, bytes) in [("README", 222), ("trim.txt", 10)] {
        let node = Node::sized(ByteCount::measured(bytes), Metadata::root(0o644));
        let (at, who) = (call.at(&path::child(at, name)), call.who());
        // Where it cannot be written, the build itself says so.
        let _ = call.files().place_node(&at, node, &who);
    }
}

/// `go clean`: of the caches what is asked for.
fn clean(call: &mut Call<'_, '_, '_>, words: &[String]) -> Exit {
    let asks = |option: &str| {
        words
            .iter()
            .any(|word| word.trim_start_matches('-') == option)
    };
    if asks("cache") {
        let at = call.directory("GOCACHE", ".cache/go-build");
        call.shell.machine.fetched_mut().remove("go:build");
        if call.is_directory(&at) {
            call.remove_all(&at);
            // What is in the way of it was said before.
            let (whole, who) = (call.at(&at), call.who());
            let _ = call.files().make_directory(&whole, 0o755, &who);
            begin_cache(call, &at);
        }
    }
    if asks("modcache") {
        let base = call.directory("GOPATH", "go");
        call.shell
            .machine
            .fetched_mut()
            .retain(|own| own == "go:build" || !own.starts_with("go:"));
        call.remove_all(&format!("{base}/pkg/mod"));
    }
    Exit::OK
}

fn add(call: &mut Call<'_, '_, '_>, at: &str, size: ByteCount) {
    let at = call.at(at);
    // Where it cannot be written, the build itself says so.
    let _ = super::unpacker::Unpacker::default().bulk(call, &at, size);
}

/// The module cache of what a module requires; tells whether it could be had.
fn fetch(call: &mut Call<'_, '_, '_>, module: &Module) -> Result<bool, Flow> {
    let vendored = call.is_directory(&path::child(&module.directory, "vendor"));
    if vendored {
        return Ok(true);
    }
    let base = call.directory("GOPATH", "go");
    let mut news = 0;
    for own in &module.requires {
        if call.shell.machine.fetched.contains(&format!("go:{own}")) {
            continue;
        }
        if !call.shell.machine.network {
            call.shell
                .error(&format!("go: {own}: the network is not to be reached"));
            return Ok(false);
        }
        call.shell.machine.fetched_mut().insert(format!("go:{own}"));
        news += 1;
    }
    let size: ByteCount = (0..news).map(|_| MODULE[2]).sum();
    if news > 0 {
        add(call, &format!("{base}/pkg/mod"), size);
        call.shell.machine.note(
            "unknown-module",
            "modules of Go beside the standard library are not in the catalog: their sizes are assumed, with a range".to_owned(),
        );
    }
    Ok(true)
}

fn download(call: &mut Call<'_, '_, '_>) -> Outcome {
    let here = call.at(".");
    let Some(module) = module(call, &here) else {
        if may_be_module(call, &here) {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        return Ok(refused(
            call,
            "go: no modules specified (see 'go help mod download')",
        ));
    };
    let had = fetch(call, &module)?;
    Ok(if had { Exit::OK } else { Exit::code(1) })
}

fn init(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let Some(name) = words.get(2) else {
        return Ok(refused(
            call,
            "go: cannot determine module path for source directory (outside GOPATH, module path must be specified)",
        ));
    };
    if call.stat("go.mod").is_ok() {
        let at = call.at("go.mod");
        return Ok(refused(call, &format!("go: {at} already exists")));
    }
    let version = call
        .shell
        .process
        .variable("GOLANG_VERSION")
        .unwrap_or("1.24");
    let text = format!("module {name}\n\ngo {version}\n");
    if let Err(errno) = call.write("go.mod", Data::from(text.as_str())) {
        return Ok(refused(call, &format!("go: {errno}")));
    }
    Ok(Exit::OK)
}

/// `go install PACKAGE@VERSION`: a program of somebody else's.
fn install(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let base = call.directory("GOPATH", "go");
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        let package = word.split('@').next().unwrap_or(word);
        let mut parts = package.rsplit('/');
        let last = parts.next().unwrap_or("main");
        // `…/v2` is a version, not a name.
        let is_version = last
            .strip_prefix('v')
            .is_some_and(|rest| rest.parse::<u32>().is_ok());
        let name = if is_version {
            parts.next().unwrap_or(last)
        } else {
            last
        }
        .to_owned();
        let at = format!("{base}/bin/{name}");
        super::mkdir::make_parents(call, &format!("{base}/bin"), None, false);
        let size = call.shell.machine.unlisted(
            "go",
            &name,
            ByteCount::assumed(12_000_000, 1_500_000, 150_000_000),
        );
        if call.write(&at, Data::opaque(size)).is_ok() {
            let who = call.who();
            // It was written just now.
            let _ = call.files().change_mode(&at, 0o755, &who);
        }
        add(
            call,
            &format!("{base}/pkg/mod"),
            ByteCount::assumed(30_000_000, 500_000, 500_000_000),
        );
    }
    leave_cache(
        call,
        ByteCount::assumed(120_000_000, 30_000_000, 800_000_000),
    );
    Ok(Exit::OK)
}

#[cfg(test)]
mod tests {
    use super::{imported, read};

    #[test]
    fn reads_modules_and_imports() {
        let module = read(
            "/app".to_owned(),
            "module example.com/x // why\n\ngo 1.22\n\nrequire github.com/a/b v1.2.3\nrequire (\n\tgithub.com/c/d v0.1.0 // indirect\n)\n",
        );
        assert_eq!(module.path, "example.com/x");
        assert_eq!(module.requires, ["github.com/a/b", "github.com/c/d"]);
        let source = "package main\nimport \"fmt\"\nimport (\n\tj \"encoding/json\" // why\n\n\t\"github.com/a/b/c\"\n)\nfunc main() { _ = \"no/import\" }\n";
        assert_eq!(
            imported(source),
            ["fmt", "encoding/json", "github.com/a/b/c"]
        );
    }
}
