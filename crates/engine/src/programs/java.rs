//! `java`, `javac` and `jar`: classes by their names, their sizes from their sources, and the trace that each
//! Java that runs leaves.

use std::collections::BTreeSet;

use super::{Call, Program};
use crate::image::path;
use crate::shell::{Data, Exit, Outcome, Who};
use crate::size::{Basis, ByteCount};

/// Bytes of a class, and for each hundred bytes of its source without comments and imports. Sources of
/// OpenJDK 21 (155 of them) come to six tenths of that, short programs with records and lambdas to nearly
/// twice as much.
const CLASS: (u64, u64) = (300, 210);

/// What a class has for what is linked as it is called (`invokedynamic`): a record's methods, the first
/// lambda and each further one, the first joining of texts (measured with OpenJDK 17).
const RECORD: u64 = 720;
const LAMBDA: (u64, u64) = (380, 120);
const JOINED: u64 = 330;

/// What lies around it in hundredths.
const RANGE: (u64, u64) = (35, 200);

/// A jar without files, and what each file adds beside its compressed content.
const JAR: (u64, u64) = (350, 110);

/// What is left of a class when it is compressed, in hundredths: at the middle, least, most.
const PACKED: (u64, u64, u64) = (55, 35, 80);

/// Most sources that are compiled together, and most bytes of one.
const MAX_SOURCES: usize = 2_000;
const MAX_SOURCE: usize = 1 << 20;

/// How deep braces of a source may be nested, and how many types it may declare.
const MAX_DEPTH: usize = 100;
const MAX_TYPES: usize = 2_000;

/// Options of javac whose value is the next word.
const WITH_VALUE: [&str; 21] = [
    "-d",
    "-s",
    "-h",
    "-cp",
    "-classpath",
    "--class-path",
    "-p",
    "--module-path",
    "-sourcepath",
    "--source-path",
    "--module-source-path",
    "--release",
    "-source",
    "--source",
    "-target",
    "--target",
    "-encoding",
    "-processor",
    "-processorpath",
    "--processor-path",
    "--add-modules",
];

/// `java`: what it does is not known, but for the trace that it leaves.
#[derive(Debug)]
pub(super) struct Java;

/// `javac`.
#[derive(Debug)]
pub(super) struct Javac;

/// `jar`.
#[derive(Debug)]
pub(super) struct Jar;

/// A type of a source: its name as its class file has it, and the bytes of its code.
#[derive(Debug, Default, PartialEq, Eq)]
struct Type {
    name: String,
    code: u64,
    is_public: bool,
    is_record: bool,
    lambdas: u64,
    /// Whether it joins texts with others.
    joins: bool,
}

impl Type {
    /// The bytes of what is linked as it is called.
    fn called_late(&self) -> u64 {
        let lambdas = match self.lambdas.checked_sub(1) {
            Some(further) => LAMBDA.0 + further * LAMBDA.1,
            None => 0,
        };
        // What finds the methods is there once.
        let joined = match (self.joins, self.lambdas) {
            (false, _) => 0,
            (true, 0) => JOINED,
            (true, _) => JOINED / 3,
        };
        lambdas + joined + if self.is_record { RECORD } else { 0 }
    }
}

/// What is told from a source.
#[derive(Debug, Default)]
struct Source {
    package: String,
    types: Vec<Type>,
    /// All words of it.
    words: BTreeSet<String>,
}

impl Program for Java {
    fn names(&self) -> &'static [&'static str] {
        &["java"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        leave_trace(call);
        crate::shell::unknown(call.shell, call.arguments)
    }
}

/// The directory in which HotSpot shows how it fares, empty once it has ended (`-XX:+UsePerfData`).
fn leave_trace(call: &mut Call<'_, '_, '_>) {
    let words = call.words();
    if words.iter().any(|word| word.ends_with("-XX:-UsePerfData")) {
        return;
    }
    let who = call.who();
    let name = call.shell.machine.user_name(who.uid);
    let name = name.unwrap_or_else(|| who.uid.to_string());
    let at = format!("/tmp/hsperfdata_{name}");
    // It may be there already, or there may be no /tmp.
    let _ = call.files().make_directory(&at, 0o755, &who);
    // A file was in it for a while.
    let _ = call.files().touch(&at, &who, false);
}

impl Program for Javac {
    fn names(&self) -> &'static [&'static str] {
        &["javac"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        leave_trace(call);
        let mut words = Vec::new();
        for word in call.words().to_vec() {
            match word.strip_prefix('@') {
                Some(file) => {
                    let text = call.read(file).map(|data| data.text()).unwrap_or_default();
                    words.extend(text.split_whitespace().map(str::to_owned));
                }
                None => words.push(word),
            }
        }
        let mut target = None;
        let mut path_of_sources: Option<String> = None;
        let mut files = Vec::new();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if WITH_VALUE.contains(&word.as_str()) {
                let given = rest.next();
                match word.as_str() {
                    "-d" => target = given.cloned(),
                    "-sourcepath" | "--source-path" => path_of_sources = given.cloned(),
                    "-cp" | "-classpath" | "--class-path" if path_of_sources.is_none() => {
                        path_of_sources = given.cloned();
                    }
                    _ => {}
                }
            } else if !word.starts_with('-') {
                files.push(word.clone());
            }
        }
        if words
            .iter()
            .any(|word| matches!(word.as_str(), "-version" | "--version" | "-help" | "--help"))
        {
            return Ok(Exit::OK);
        }
        if files.is_empty() {
            let message = if words.is_empty() {
                "Usage: javac <options> <source files>"
            } else {
                "error: no source files"
            };
            call.shell.error(message);
            return Ok(Exit::code(2));
        }
        let first = path_of_sources
            .as_deref()
            .and_then(|own| own.split(':').next());
        let sources = call.at(first.unwrap_or("."));
        let mut seen: BTreeSet<String> = files.iter().map(|file| call.at(file)).collect();
        while let Some(file) = files.pop() {
            call.shell.machine.step()?;
            let at = call.at(&file);
            if call.is_missing(&file) {
                call.shell.error(&format!("error: file not found: {file}\nUsage: javac <options> <source files>\nuse --help for a list of possible options"));
                return Ok(Exit::code(2));
            }
            let known = call
                .files()
                .text(&at)
                .filter(|text| text.len() <= MAX_SOURCE);
            let Some(text) = known else {
                return crate::shell::unknown(call.shell, call.arguments);
            };
            let Some(source) = read(&text) else {
                return crate::shell::unknown(call.shell, call.arguments);
            };
            let stem = path::split(&at).1.trim_end_matches(".java");
            if let Some(other) = source
                .types
                .iter()
                .find(|own| own.is_public && !own.name.contains('$') && own.name != stem)
            {
                call.shell.error(&format!("{file}: error: class {0} is public, should be declared in a file named {0}.java\n1 error", other.name));
                return Ok(Exit::code(1));
            }
            // Sources that it names are compiled too, where the source path has them.
            let places = path::join(&sources, &source.package.replace('.', "/"));
            let listed = call.files().list(&places, &Who::default());
            for name in listed.unwrap_or_default().0 {
                let inner = path::child(&places, &name);
                let is_named =
                    (name.strip_suffix(".java")).is_some_and(|stem| source.words.contains(stem));
                if is_named && seen.len() < MAX_SOURCES && seen.insert(inner.clone()) {
                    files.push(inner);
                }
            }
            let directory = path::split(&at).0.to_owned();
            let folder = match &target {
                Some(target) => path::join(&call.at(target), &source.package.replace('.', "/")),
                None => directory,
            };
            super::mkdir::make_parents(call, &folder, None, false);
            for own in &source.types {
                let bytes = CLASS.0 + own.code * CLASS.1 / 100 + own.called_late();
                let size = ByteCount::modelled(bytes, 100, RANGE.0, RANGE.1);
                let at = path::child(&folder, &format!("{}.class", own.name));
                if let Err(errno) = call.write(&at, Data::opaque(size)) {
                    call.shell.error(&format!(
                        "error: error while writing {}: {at}: {errno}",
                        own.name
                    ));
                    return Ok(Exit::code(1));
                }
            }
        }
        Ok(Exit::OK)
    }
}

impl Program for Jar {
    fn names(&self) -> &'static [&'static str] {
        &["jar"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        leave_trace(call);
        let words = call.words().to_vec();
        let Some(first) = words.first() else {
            call.shell.error("Usage: jar [OPTION...] [ [--release VERSION] [-C dir] files] ...\nTry `jar --help' for more information.");
            return Ok(Exit::code(1));
        };
        // `jar cfe app.jar Main Main.class`, `jar --create --file app.jar -C out .`
        let letters = if first.starts_with("--") {
            ""
        } else {
            first.trim_start_matches('-')
        };
        let creates = letters.contains('c') || words.iter().any(|word| word == "--create");
        if !creates {
            return crate::shell::unknown(call.shell, call.arguments);
        }
        let mut rest = words.iter().skip(usize::from(!letters.is_empty()));
        let mut jar = None;
        for letter in letters.chars() {
            match letter {
                'f' => jar = rest.next().cloned(),
                'e' | 'm' => {
                    rest.next();
                }
                _ => {}
            }
        }
        let mut size = ByteCount::modelled(JAR.0, 100, 100, 110);
        while let Some(word) = rest.next() {
            match word.as_str() {
                "-f" | "--file" => jar = rest.next().cloned(),
                "-e" | "--main-class" | "-m" | "--manifest" | "--release" | "--module-version" => {
                    rest.next();
                }
                "-C" => {
                    let inner = rest.next().cloned().unwrap_or_default();
                    let inner = call.at(&inner);
                    let file = rest.next().cloned().unwrap_or_default();
                    size += packed(call, &path::join(&inner, &file));
                }
                word if word.starts_with("--file=") => jar = word.get(7..).map(str::to_owned),
                word if word.starts_with('-') => {}
                word => {
                    let at = call.at(word);
                    if call.is_missing(&at) {
                        call.shell
                            .error(&format!("{word} : no such file or directory"));
                        return Ok(Exit::code(1));
                    }
                    size += packed(call, &at);
                }
            }
        }
        let Some(jar) = jar else {
            return crate::shell::unknown(call.shell, call.arguments);
        };
        if let Err(errno) = call.write(&jar, Data::opaque(size)) {
            call.shell
                .error(&format!("java.io.FileNotFoundException: {jar} ({errno})"));
            return Ok(Exit::code(1));
        }
        Ok(Exit::OK)
    }
}

/// What files come to in a jar.
fn packed(call: &mut Call<'_, '_, '_>, at: &str) -> ByteCount {
    let (mut bytes, mut files) = (ByteCount::ZERO, 0);
    let mut queue = vec![at.to_owned()];
    while let Some(at) = queue.pop() {
        files += 1;
        if call.is_directory(&at) && files < MAX_SOURCES as u64 {
            let names = call
                .files()
                .list(&at, &Who::default())
                .unwrap_or_default()
                .0;
            queue.extend(names.iter().map(|name| path::child(&at, name)));
        } else {
            bytes += call.files().total(&at);
        }
    }
    ByteCount {
        bytes: bytes.bytes * PACKED.0 / 100 + files * JAR.1,
        low: bytes.low * PACKED.1 / 100 + files * JAR.1,
        high: bytes.high * PACKED.2 / 100 + files * JAR.1 * 2,
        basis: bytes.basis.max(Basis::Modelled),
    }
}

/// What an open brace leads into, and what was open before it.
#[derive(Debug)]
struct Brace {
    /// The type with this place; else it is a method, or a block of one.
    body: Option<usize>,
    parentheses: u32,
    made: Vec<u32>,
}

/// Reads a source: the types that it declares, as class files are named for them
/// (The Java Language Specification, 13.1). None where that is more than is followed.
fn read(text: &str) -> Option<Source> {
    let mut out = Source::default();
    let mut open: Vec<Brace> = Vec::new();
    let mut before = [""; 2];
    // A type whose body has not begun.
    let mut begun: Option<usize> = None;
    // In how many parentheses this is, and in how many each `new` that has not ended was.
    let mut depth = 0_u32;
    let mut made: Vec<u32> = Vec::new();
    let mut is_public = false;
    let mut is_header = false;
    for token in tokens(text) {
        if open.len() > MAX_DEPTH || out.types.len() > MAX_TYPES {
            return None;
        }
        out.words.insert(token.to_owned());
        if before[1] == "package" {
            out.package = token.to_owned();
        }
        is_header = match token {
            "import" | "package" => true,
            ";" if is_header => false,
            _ => is_header,
        };
        let owner = open.iter().rev().find_map(|brace| brace.body);
        if let Some(own) = begun.or(owner).filter(|_| !is_header) {
            let own = &mut out.types[own];
            own.code += token.len() as u64 + 1;
            let pair = (before[1], token);
            own.lambdas += u64::from(matches!(pair, ("-", ">") | (":", ":")));
            own.joins |= pair.0 == "+" && pair.1.starts_with('"')
                || pair.0.starts_with('"') && pair.1 == "+";
        }
        let is_kind =
            matches!(before[1], "class" | "interface" | "enum" | "record") && before[0] != ".";
        let is_name = token.starts_with(|ch: char| ch.is_alphabetic() || ch == '_');
        if is_kind && is_name && begun.is_none() && depth == 0 {
            let is_local = open.last().is_some_and(|brace| brace.body.is_none());
            let name = match owner {
                Some(place) if is_local => format!("{}$1{token}", out.types[place].name),
                Some(place) => format!("{}${token}", out.types[place].name),
                None => token.to_owned(),
            };
            begun = Some(out.types.len());
            out.types.push(Type {
                name,
                is_public: is_public && owner.is_none(),
                is_record: before[1] == "record",
                ..Type::default()
            });
        }
        match token {
            "public" => is_public = true,
            "new" => made.push(depth),
            "(" => depth += 1,
            ")" => {
                depth = depth.saturating_sub(1);
                while made.last().is_some_and(|own| *own > depth) {
                    made.pop();
                }
            }
            ";" => {
                made.clear();
                is_public = false;
            }
            "{" => {
                let is_anonymous = made.last() == Some(&depth) && before[1] == ")";
                let body = match (begun.take(), owner) {
                    (Some(place), _) => Some(place),
                    (None, Some(place)) if is_anonymous => {
                        let outer = out.types[place].name.clone();
                        let others = out.types.iter();
                        let count = others.filter(|own| is_numbered(&own.name, &outer)).count();
                        out.types.push(Type {
                            name: format!("{outer}${}", count + 1),
                            ..Type::default()
                        });
                        made.pop();
                        Some(out.types.len() - 1)
                    }
                    _ => None,
                };
                is_public = false;
                open.push(Brace {
                    body,
                    parentheses: std::mem::take(&mut depth),
                    made: std::mem::take(&mut made),
                });
            }
            "}" => {
                if let Some(brace) = open.pop() {
                    (depth, made) = (brace.parentheses, brace.made);
                }
                is_public = false;
            }
            _ => {}
        }
        before = [before[1], token];
    }
    Some(out)
}

/// Whether a class is an anonymous one of another.
fn is_numbered(name: &str, outer: &str) -> bool {
    let rest = name
        .strip_prefix(outer)
        .and_then(|rest| rest.strip_prefix('$'));
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The words and signs of a source, comments left out; a literal is one.
fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    let find = |from: usize, what: &str| {
        text.get(from..)
            .and_then(|rest| rest.find(what))
            .map_or(text.len(), |place| from + place + what.len())
    };
    while at < bytes.len() {
        let rest = &text[at..];
        let first = rest.chars().next().unwrap_or(' ');
        let end = if rest.starts_with("//") {
            at = find(at, "\n");
            continue;
        } else if rest.starts_with("/*") {
            at = find(at + 2, "*/");
            continue;
        } else if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if rest.starts_with("\"\"\"") {
            find(at + 3, "\"\"\"")
        } else if first == '"' || first == '\'' {
            let mut place = at + 1;
            while let Some(&byte) = bytes.get(place) {
                place += 1;
                match byte {
                    b'\\' => place += 1,
                    b'\n' => break,
                    _ if byte == bytes[at] => break,
                    _ => {}
                }
            }
            place.min(text.len())
        } else if first.is_alphanumeric() || first == '_' || first == '$' {
            let is_part = |ch: char| ch.is_alphanumeric() || matches!(ch, '_' | '$');
            let is_name = |ch: char| is_part(ch) || ch == '.' && out.last() == Some(&"package");
            at + rest.find(|ch| !is_name(ch)).unwrap_or(rest.len())
        } else {
            at + first.len_utf8()
        };
        // A stray backslash may lead into the middle of a letter.
        let end = (end..=text.len())
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(text.len());
        out.push(&text[at..end]);
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::read;

    fn names(text: &str) -> Vec<String> {
        let source = read(text).expect("a source");
        source.types.into_iter().map(|own| own.name).collect()
    }

    #[test]
    fn names_classes_as_javac_does() {
        let text = "package a.b; // class X\nimport java.util.*;\n/* class Y {} */\npublic class Main<T> { String s = \"class Z {\"; enum Color { RED, BLUE }\n  record Point(int x, int y) {}\n  interface Shape { class Deep {} }\n  void f() { Runnable r = new Runnable() { public void run() { g(new int[]{1}); } };\n    class Local {}\n    new Thread(new Runnable() { public void run() {} }) {}.start();\n    Class<?> c = Main.class; int[] a = new int[] {1, 2}; } }\nclass Other {}\n";
        let source = read(text).expect("a source");
        assert_eq!(source.package, "a.b");
        let mut found = names(text);
        found.sort();
        // javac 21 leaves the same.
        assert_eq!(
            found,
            [
                "Main",
                "Main$1",
                "Main$1Local",
                "Main$2",
                "Main$3",
                "Main$Color",
                "Main$Point",
                "Main$Shape",
                "Main$Shape$Deep",
                "Other"
            ]
        );
        assert!(
            source
                .types
                .iter()
                .all(|own| own.is_public == (own.name == "Main"))
        );
        assert!(names("class A { String s = \"\\").len() == 1);
        assert!(read(&"class A {".repeat(100_000)).is_none());
        assert!(read(&"new ".repeat(100_000)).is_some());
    }
}
