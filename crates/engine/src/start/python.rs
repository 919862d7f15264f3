//! Whether a Python program finds the modules that it imports (the Python Language Reference,
//! "The import system"; `site`).

use std::collections::BTreeSet;

use crate::build::{BuiltStage, container_user};
use crate::image::path;
use crate::python::{series, venv_value};

use super::modules::{Ended, MAX_FILES, Place, has_entry, place, text};

/// Python's own modules (`sys.stdlib_module_names` of 3.8 to 3.14, without those of one file
/// system or with an underscore in front).
const STANDARD: &str = " abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall compression concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest dummy_threading email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch formatter fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma macpath mailbox mailcap marshal math mimetypes mmap modulefinder multiprocessing netrc nis nntplib ntpath nturl2path numbers opcode operator optparse os ossaudiodev parser pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symbol symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios test textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo ";

/// What the official images have in `site-packages`.
const BUNDLED: [&str; 5] = [
    "_distutils_hack",
    "pip",
    "pkg_resources",
    "setuptools",
    "wheel",
];

/// Servers that are told which module has the application.
const SERVERS: [&str; 5] = ["daphne", "flask", "gunicorn", "hypercorn", "uvicorn"];

/// What a Python says of the first module that it does not find; none where it finds all, or
/// where that is not known. `at` is the interpreter, `words` its command.
pub(super) fn complaint(stage: &BuiltStage, at: &str, words: &[&str]) -> Option<String> {
    if super::modules::has_guesses(stage) {
        return None;
    }
    let mut python = Python::of(stage, at)?;
    let here = super::directory(stage);
    let mut rest = words.iter().skip(1);
    loop {
        let word = *rest.next()?;
        match word {
            "-c" => {
                python.search.insert(0, here);
                return python.read("", rest.next()?).err()?;
            }
            "-m" => {
                let module = *rest.next()?;
                python.search.insert(0, here.clone());
                return python.module(at, module).err()?;
            }
            "-W" | "-X" => drop(rest.next()),
            _ if word.starts_with('-') => {}
            _ => {
                let file = path::join(&here, word);
                let real = stage.tree.resolve(&file).ok()?;
                python.search.insert(0, path::split(&real).0.to_owned());
                if let Err(said) = python.read(&real, &text(stage, &real)?) {
                    return said;
                }
                let server = path::split(&file).1;
                let arguments: Vec<&str> = rest.copied().collect();
                return python.application(server, &here, &arguments).err()?;
            }
        }
    }
}

/// A Python as it looks for modules.
struct Python<'s> {
    stage: &'s BuiltStage,
    /// Directories before those of Python itself.
    search: Vec<String>,
    /// Directories after them: what is installed.
    sites: Vec<String>,
    /// The last of these, where the base image brings it and only [`BUNDLED`] is in it.
    official: Option<String>,
    read: BTreeSet<String>,
}

impl<'s> Python<'s> {
    fn of(stage: &'s BuiltStage, at: &str) -> Option<Self> {
        let at = if at.contains('/') {
            at.to_owned()
        } else {
            format!("/usr/local/bin/{at}")
        };
        let directory = path::split(&at).0;
        let prefix = path::split(directory).0;
        let search = super::variable(stage, "PYTHONPATH").unwrap_or_default();
        let search = search.split(':').filter(|directory| !directory.is_empty());
        let mut out = Self {
            stage,
            search: search.map(str::to_owned).collect(),
            sites: Vec::new(),
            official: None,
            read: BTreeSet::new(),
        };
        if let Some(config) = text(stage, &path::child(prefix, "pyvenv.cfg")) {
            if venv_value(&config, "include-system-site-packages") == Some("true") {
                return None;
            }
            let version = series(venv_value(&config, "version")?)?;
            let site = format!("lib/python{version}/site-packages");
            out.sites.push(path::join(prefix, &site));
            return Some(out);
        }
        let (_, home) = container_user(stage).ok()?;
        let home = super::variable(stage, "HOME").unwrap_or(&home);
        let user_site = |version: &str| {
            let below = format!(".local/lib/python{version}/site-packages");
            path::join(home, &below)
        };
        if matches!(directory, "/usr/bin" | "/bin") {
            let real = stage.tree.resolve(&at).ok()?;
            let version = path::split(&real).1.strip_prefix("python")?;
            out.sites.push(user_site(version));
            let local = format!("/usr/local/lib/python{version}/dist-packages");
            out.sites
                .extend([local, "/usr/lib/python3/dist-packages".to_owned()]);
        } else if super::official(stage) == Some("python") && prefix == "/usr/local" {
            let version = series(super::variable(stage, "PYTHON_VERSION")?)?;
            out.sites.push(user_site(&version));
            let site = format!("/usr/local/lib/python{version}/site-packages");
            out.official = Some(site.clone());
            out.sites.push(site);
        } else {
            return None;
        }
        Some(out)
    }

    /// Follows what a file imports.
    fn read(&mut self, at: &str, source: &str) -> Result<(), Ended> {
        if !self.read.insert(at.to_owned()) {
            return Ok(());
        }
        if self.read.len() > MAX_FILES || source.contains("sys.path") {
            return Err(None);
        }
        for name in imports(source) {
            self.import(&name)?;
        }
        Ok(())
    }

    /// Imports a module by its name with dots.
    fn import(&mut self, name: &str) -> Result<(), Ended> {
        let top = name.split('.').next().unwrap_or_default();
        for directory in self.search.clone() {
            if self.finds(&directory, top)? {
                return self.follow(&directory, name);
            }
        }
        if top.starts_with('_') || STANDARD.contains(&format!(" {top} ")) {
            return Ok(());
        }
        for directory in self.sites.clone() {
            if self.finds(&directory, top)? {
                return Ok(());
            }
        }
        // Such a file adds directories: where a project is that was installed with `-e`.
        let adds = |entry: &str| entry.ends_with(".pth") && entry != "distutils-precedence.pth";
        if self
            .sites
            .iter()
            .any(|site| has_entry(self.stage, site, adds))
        {
            return Err(None);
        }
        Err(Some(missing(top)))
    }

    /// Whether a module is in a directory.
    fn finds(&self, directory: &str, name: &str) -> Result<bool, Ended> {
        let mut unlisted = false;
        for end in ["", ".py"] {
            let at = format!("{}{end}", path::child(directory, name));
            match place(self.stage, &at) {
                Place::Directory if end.is_empty() => return Ok(true),
                Place::File if !end.is_empty() => return Ok(true),
                Place::Unlisted => unlisted = true,
                _ => {}
            }
        }
        let start = format!("{name}.");
        let is_extension = |entry: &str| entry.starts_with(&start) && entry.ends_with(".so");
        if has_entry(self.stage, directory, is_extension) {
            return Ok(true);
        }
        match (unlisted, self.official.as_deref() == Some(directory)) {
            (false, _) => Ok(false),
            (true, true) => Ok(BUNDLED.contains(&name)),
            // Programs lie there, and no modules.
            (true, false) if directory.ends_with("/bin") => Ok(false),
            (true, false) => Err(None),
        }
    }

    /// Reads a module of the user's own, and the packages above it.
    fn follow(&mut self, directory: &str, name: &str) -> Result<(), Ended> {
        let mut at = directory.to_owned();
        let mut done = String::new();
        for part in name.split('.') {
            if !done.is_empty() {
                done.push('.');
                if !self.finds(&at, part)? {
                    // What a package holds is not all in files of that name.
                    return match text(self.stage, &path::child(&at, "__init__.py")) {
                        Some(_) => Ok(()),
                        None => Err(Some(missing(&format!("{done}{part}")))),
                    };
                }
            }
            done.push_str(part);
            at = path::child(&at, part);
            let files = [format!("{at}/__init__.py"), format!("{at}.py")];
            for file in files {
                if let Some(source) = text(self.stage, &file) {
                    self.read(&file, &source)?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Runs a module as a program.
    fn module(&mut self, at: &str, name: &str) -> Result<(), Ended> {
        let top = name.split('.').next().unwrap_or_default();
        let shown = match at.contains('/') {
            true => at.to_owned(),
            false => format!("/usr/local/bin/{at}"),
        };
        match self.import(name) {
            Err(Some(said)) if said == missing(top) => {
                Err(Some(format!("{shown}: No module named {top}")))
            }
            Err(ended) => Err(ended),
            Ok(()) => {
                let own = self.search.first().cloned().unwrap_or_default();
                let below = path::join(&own, &name.replace('.', "/"));
                let main = format!("{below}/__main__.py");
                match (place(self.stage, &below), text(self.stage, &main)) {
                    (Place::Directory, Some(source)) => self.read(&main, &source),
                    (Place::Directory, None) => Err(Some(format!(
                        "{shown}: No module named {name}.__main__; '{name}' is a package and cannot be directly executed"
                    ))),
                    _ => Ok(()),
                }
            }
        }
    }

    /// Flask's application: what `--app` or FLASK_APP names (Flask's documentation, "Command
    /// Line Interface").
    fn flask(&mut self, here: &str, arguments: &[&str]) -> Result<(), Ended> {
        let mut pairs = arguments.windows(2);
        let stated = pairs.find(|pair| matches!(pair[0], "--app" | "-A"));
        let stated = stated.map(|pair| pair[1]);
        let Some(stated) = stated.or_else(|| super::variable(self.stage, "FLASK_APP")) else {
            return Ok(());
        };
        let module = stated.split(':').next().unwrap_or_default();
        let module = module.trim_end_matches(".py");
        if module.contains('/') {
            return Ok(());
        }
        self.search.insert(0, here.to_owned());
        self.import(module).map_err(|ended| match ended {
            Some(said) if said == missing(module) => {
                Some(format!("Error: Could not import '{module}'."))
            }
            other => other,
        })
    }

    /// The application that a server is told of: `main:app`.
    fn application(&mut self, server: &str, here: &str, arguments: &[&str]) -> Result<(), Ended> {
        if !SERVERS.contains(&server) {
            return Ok(());
        }
        let moved = ["--app-dir", "--chdir", "--pythonpath", "--config", "-c"];
        if arguments
            .iter()
            .any(|word| moved.contains(&word.split('=').next().unwrap_or_default()))
        {
            return Ok(());
        }
        if server == "flask" {
            return self.flask(here, arguments);
        }
        let is_name = |text: &str| {
            let first = text.chars().next();
            first.is_some_and(|ch| ch.is_alphabetic() || ch == '_')
                && text
                    .chars()
                    .all(|ch| ch.is_alphanumeric() || matches!(ch, '_' | '.'))
        };
        let spec = arguments.iter().filter_map(|word| word.split_once(':'));
        let Some((module, _)) = spec
            .into_iter()
            .find(|(module, name)| is_name(module) && is_name(name))
        else {
            return Ok(());
        };
        self.search.insert(0, here.to_owned());
        self.import(module).map_err(|ended| match ended {
            Some(said) if server == "uvicorn" && said == missing(module) => Some(format!(
                "Error loading ASGI app. Could not import module \"{module}\"."
            )),
            other => other,
        })
    }
}

/// What Python says where there is no such module.
fn missing(name: &str) -> String {
    format!("ModuleNotFoundError: No module named '{name}'")
}

/// The modules that a source imports whatever happens: those at the beginning of a line.
fn imports(source: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut quote: Option<&str> = None;
    for line in source.lines() {
        if let Some(mark) = quote {
            if line.contains(mark) {
                quote = None;
            }
            continue;
        }
        let code = line.split('#').next().unwrap_or_default();
        let opened = ["\"\"\"", "'''"]
            .into_iter()
            .find(|mark| code.matches(mark).count() % 2 == 1);
        if opened.is_some() {
            quote = opened;
            continue;
        }
        let code = code.split(';').next().unwrap_or_default();
        if let Some(names) = code.strip_prefix("import ") {
            let names = names.split(',');
            out.extend(names.filter_map(|name| name.split_whitespace().next().map(str::to_owned)));
        } else if let Some(rest) = code.strip_prefix("from ") {
            let name = rest.split_whitespace().next().unwrap_or_default();
            if !name.starts_with('.') && rest.contains(" import ") {
                out.push(name.to_owned());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn reads_imports() {
        let source = "\"\"\"\nimport no\n\"\"\"\nimport os, a.b as c  # import x\nfrom d.e import f\nfrom . import g\ntry:\n    import h\nexcept ImportError:\n    pass\ntext = '''\nimport i\n'''\nimport j; print(1)\n";
        assert_eq!(imports(source), ["os", "a.b", "d.e", "j"]);
    }
}
