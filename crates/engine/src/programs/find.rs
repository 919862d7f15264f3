//! `find`: walks trees and evaluates expressions.

use super::regex::Regex;
use super::{Call, Program, size};
use crate::image::{Node, path};
use crate::shell::{Errno, Exit, Flow, Outcome, Pattern, UNKNOWN};

/// `find`: walks trees and evaluates expressions.
#[derive(Debug)]
pub(super) struct Find;

impl Program for Find {
    fn names(&self) -> &'static [&'static str] {
        &["find"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words();
        let mut start = 0;
        let mut follow = false;
        while let Some(option) = words
            .get(start)
            .filter(|word| matches!(word.as_str(), "-H" | "-L" | "-P"))
        {
            follow = option == "-L";
            start += 1;
        }
        let is_expression = |word: &String| {
            word.starts_with('-') && word.len() > 1 || matches!(word.as_str(), "(" | "!" | ",")
        };
        let end = words[start..]
            .iter()
            .position(is_expression)
            .map_or(words.len(), |place| start + place);
        let mut roots: Vec<String> = words[start..end].to_vec();
        if roots.is_empty() {
            roots.push(".".to_owned());
        }
        let mut parser = Parser {
            words: &words[end..],
            at: 0,
            settings: Settings {
                follow,
                ..Settings::default()
            },
            acts: false,
        };
        let expression = match parser.whole(call) {
            Ok(expression) => expression,
            Err(message) => return Ok(call.refuse(&message, 1)),
        };
        let expression = if parser.acts {
            expression
        } else {
            Expr::And(Box::new(expression), Box::new(Expr::Print('\n')))
        };
        let mut walk = Walk {
            expression,
            settings: parser.settings,
            quit: false,
            batches: Vec::new(),
        };
        for root in &roots {
            if walk.quit {
                break;
            }
            let entry = if follow {
                call.stat(root)
            } else {
                call.lstat(root)
            };
            match entry {
                Ok(entry) => walk.visit(call, root, &entry.path, 0)?,
                Err(errno) => {
                    let message = if call.is_busybox() {
                        root.clone()
                    } else {
                        format!("'{root}'")
                    };
                    call.problem(&message, errno);
                }
            }
        }
        for (command, paths) in std::mem::take(&mut walk.batches) {
            if paths.is_empty() {
                continue;
            }
            let mut words = Vec::new();
            for word in command {
                if word == "{}" {
                    words.extend(paths.iter().cloned())
                } else {
                    words.push(word)
                }
            }
            let exit = call.execute(&words)?;
            if exit.failed() {
                call.exit = Exit::code(1);
            }
        }
        Ok(call.exit)
    }
}

#[derive(Debug, Default)]
struct Settings {
    follow: bool,
    depth_first: bool,
    /// Whether it deletes what it finds.
    deletes: bool,
    least: usize,
    most: Option<usize>,
    one_system: bool,
}

#[derive(Debug, Clone)]
enum Expr {
    True,
    False,
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Name(Pattern, bool),
    Path(Pattern, bool),
    LinkName(Pattern),
    Regex(Regex),
    Type(String),
    Size(Compare, u64),
    Empty,
    Perm(PermTest, u16),
    User(u32),
    Group(u32),
    NoUser,
    NoGroup,
    Links(Compare),
    Newer,
    Time,
    Readable(u16),
    Print(char),
    Printf(String),
    Ls,
    Prune,
    Delete,
    Quit,
    Exec(Vec<String>, bool),
}

#[derive(Debug, Clone, Copy)]
enum Compare {
    Exactly(u64),
    More(u64),
    Less(u64),
}

impl Compare {
    fn read(text: &str) -> Option<Self> {
        Some(match text.chars().next()? {
            '+' => Self::More(text[1..].parse().ok()?),
            '-' => Self::Less(text[1..].parse().ok()?),
            _ => Self::Exactly(text.parse().ok()?),
        })
    }

    fn holds(self, value: u64) -> bool {
        match self {
            Self::Exactly(own) => value == own,
            Self::More(own) => value > own,
            Self::Less(own) => value < own,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum PermTest {
    Exactly,
    All,
    Any,
}

struct Parser<'p> {
    words: &'p [String],
    at: usize,
    settings: Settings,
    acts: bool,
}

impl Parser<'_> {
    fn whole(&mut self, call: &Call<'_, '_, '_>) -> Result<Expr, String> {
        if self.words.is_empty() {
            return Ok(Expr::True);
        }
        let expr = self.or(call, 0)?;
        match self.words.get(self.at) {
            None => Ok(expr),
            Some(word) => Err(format!("paths must precede expression: `{word}'")),
        }
    }

    fn or(&mut self, call: &Call<'_, '_, '_>, depth: usize) -> Result<Expr, String> {
        if depth > 50 {
            return Err("expression is nested too deep".to_owned());
        }
        let mut left = self.and(call, depth)?;
        loop {
            match self.words.get(self.at).map(String::as_str) {
                Some("-o" | "-or") => {
                    self.at += 1;
                    left = Expr::Or(Box::new(left), Box::new(self.and(call, depth)?));
                }
                Some(",") => {
                    self.at += 1;
                    let right = self.and(call, depth)?;
                    left = Expr::And(
                        Box::new(Expr::Or(Box::new(left), Box::new(Expr::True))),
                        Box::new(right),
                    );
                }
                _ => return Ok(left),
            }
        }
    }

    fn and(&mut self, call: &Call<'_, '_, '_>, depth: usize) -> Result<Expr, String> {
        let mut left = self.primary(call, depth)?;
        loop {
            match self.words.get(self.at).map(String::as_str) {
                None | Some("-o" | "-or" | ")" | ",") => return Ok(left),
                Some("-a" | "-and") => self.at += 1,
                Some(_) => {}
            }
            left = Expr::And(Box::new(left), Box::new(self.primary(call, depth)?));
        }
    }

    fn value(&mut self, name: &str) -> Result<String, String> {
        let value = self.words.get(self.at).cloned();
        self.at += 1;
        value.ok_or_else(|| format!("missing argument to `{name}'"))
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each of find's primaries"
    )]
    fn primary(&mut self, call: &Call<'_, '_, '_>, depth: usize) -> Result<Expr, String> {
        let Some(word) = self.words.get(self.at).cloned() else {
            return Err("expected an expression".to_owned());
        };
        self.at += 1;
        let invalid = |value: &str| format!("invalid argument `{value}' to `{word}'");
        Ok(match word.as_str() {
            "(" => {
                let inner = self.or(call, depth + 1)?;
                if self.words.get(self.at).map(String::as_str) != Some(")") {
                    return Err("invalid expression; you have used a '(' without a ')'".to_owned());
                }
                self.at += 1;
                inner
            }
            "!" | "-not" => Expr::Not(Box::new(self.primary(call, depth + 1)?)),
            "-true" => Expr::True,
            "-false" => Expr::False,
            "-name" => Expr::Name(Pattern::new(&self.value(&word)?), false),
            "-iname" => Expr::Name(Pattern::new(&self.value(&word)?.to_lowercase()), true),
            "-path" | "-wholename" => Expr::Path(Pattern::new(&self.value(&word)?), false),
            "-ipath" | "-iwholename" => {
                Expr::Path(Pattern::new(&self.value(&word)?.to_lowercase()), true)
            }
            "-lname" => Expr::LinkName(Pattern::new(&self.value(&word)?)),
            "-regex" | "-iregex" => {
                let text = self.value(&word)?;
                let pattern = super::regex::translated(&text, false)?;
                Expr::Regex(Regex::perl(&format!("^(?:{pattern})$"), word == "-iregex")?)
            }
            "-regextype" => {
                self.value(&word)?;
                Expr::True
            }
            "-type" | "-xtype" => Expr::Type(self.value(&word)?),
            "-size" => {
                let text = self.value(&word)?;
                let unit = match text.chars().last() {
                    Some('c') => 1,
                    Some('w') => 2,
                    Some('k') => 1 << 10,
                    Some('M') => 1 << 20,
                    Some('G') => 1 << 30,
                    _ => 512,
                };
                let digits = text.trim_end_matches(|ch: char| ch.is_ascii_alphabetic());
                Expr::Size(Compare::read(digits).ok_or_else(|| invalid(&text))?, unit)
            }
            "-empty" => Expr::Empty,
            "-perm" => {
                let text = self.value(&word)?;
                let (test, mode) = match text.chars().next() {
                    Some('-') => (PermTest::All, &text[1..]),
                    Some('/' | '+') => (PermTest::Any, &text[1..]),
                    _ => (PermTest::Exactly, text.as_str()),
                };
                Expr::Perm(
                    test,
                    super::mode::change_mode(mode, 0, false, 0)
                        .ok_or_else(|| format!("invalid mode `{text}'"))?,
                )
            }
            "-user" | "-uid" => {
                let text = self.value(&word)?;
                let user = call.shell.machine.user(&text).map(|(uid, _)| uid);
                Expr::User(
                    user.or_else(|| text.parse().ok())
                        .ok_or_else(|| format!("`{text}' is not the name of a known user"))?,
                )
            }
            "-group" | "-gid" => {
                let text = self.value(&word)?;
                let group = call
                    .shell
                    .machine
                    .group(&text)
                    .or_else(|| text.parse().ok());
                Expr::Group(
                    group
                        .ok_or_else(|| format!("`{text}' is not the name of an existing group"))?,
                )
            }
            "-nouser" => Expr::NoUser,
            "-nogroup" => Expr::NoGroup,
            "-links" => {
                let text = self.value(&word)?;
                Expr::Links(Compare::read(&text).ok_or_else(|| invalid(&text))?)
            }
            "-newer" | "-anewer" | "-cnewer" | "-samefile" | "-inum" => {
                self.value(&word)?;
                Expr::Newer
            }
            "-mtime" | "-atime" | "-ctime" | "-mmin" | "-amin" | "-cmin" | "-newermt" => {
                self.value(&word)?;
                Expr::Time
            }
            "-readable" => Expr::Readable(4),
            "-writable" => Expr::Readable(2),
            "-executable" => Expr::Readable(1),
            "-maxdepth" => {
                let text = self.value(&word)?;
                self.settings.most = Some(text.parse().map_err(|_| invalid(&text))?);
                Expr::True
            }
            "-mindepth" => {
                let text = self.value(&word)?;
                self.settings.least = text.parse().map_err(|_| invalid(&text))?;
                Expr::True
            }
            "-depth" | "-d" => {
                self.settings.depth_first = true;
                Expr::True
            }
            "-xdev" | "-mount" => {
                self.settings.one_system = true;
                Expr::True
            }
            "-follow" => {
                self.settings.follow = true;
                Expr::True
            }
            "-noleaf" | "-ignore_readdir_race" | "-daystart" | "-warn" | "-nowarn" => Expr::True,
            "-print" => self.act(Expr::Print('\n')),
            "-print0" => self.act(Expr::Print('\0')),
            "-printf" => {
                let format = self.value(&word)?;
                self.act(Expr::Printf(format))
            }
            "-ls" => self.act(Expr::Ls),
            "-prune" => Expr::Prune,
            "-quit" => {
                self.acts |= false;
                Expr::Quit
            }
            "-delete" => {
                self.settings.deletes = true;
                self.settings.depth_first = true;
                self.act(Expr::Delete)
            }
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                let rest = &self.words[self.at..];
                let end = rest
                    .iter()
                    .enumerate()
                    .position(|(place, word)| {
                        word == ";" || word == "+" && place > 0 && rest[place - 1] == "{}"
                    })
                    .ok_or_else(|| format!("missing argument to `{word}'"))?;
                let command = rest[..end].to_vec();
                let many = rest[end] == "+";
                self.at += end + 1;
                self.act(Expr::Exec(command, many))
            }
            other => return Err(format!("unknown predicate `{other}'")),
        })
    }

    fn act(&mut self, expr: Expr) -> Expr {
        self.acts = true;
        expr
    }
}

struct Walk {
    expression: Expr,
    settings: Settings,
    quit: bool,
    /// Commands that take many paths at once.
    batches: Vec<(Vec<String>, Vec<String>)>,
}

/// What is looked at.
struct At<'a> {
    shown: &'a str,
    real: &'a str,
    node: &'a Node,
    depth: usize,
    pruned: bool,
}

impl Walk {
    fn visit(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        shown: &str,
        real: &str,
        depth: usize,
    ) -> Result<(), Flow> {
        call.shell.machine.step()?;
        if self.quit {
            return Ok(());
        }
        let Some(node) = call.files().node(real).cloned() else {
            return Ok(());
        };
        let mut at = At {
            shown,
            real,
            node: &node,
            depth,
            pruned: false,
        };
        let look = depth >= self.settings.least;
        if look && !self.settings.depth_first {
            self.evaluate(call, &mut at)?;
        }
        let deeper = self.settings.most.is_none_or(|most| depth < most);
        if node.is_directory() && deeper && !at.pruned && !self.quit {
            self.below(call, shown, real, depth, &node)?;
        }
        if look && self.settings.depth_first && !self.quit {
            self.evaluate(call, &mut at)?;
        }
        Ok(())
    }

    fn below(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        shown: &str,
        real: &str,
        depth: usize,
        node: &Node,
    ) -> Result<(), Flow> {
        let who = call.who();
        if !who.may(node.meta(), 5) {
            call.problem(&format!("'{shown}'"), Errno::Access);
            return Ok(());
        }
        let Ok((names, more)) = call.files().list(real, &who) else {
            return Ok(());
        };
        for name in names {
            let child = format!("{}/{name}", shown.trim_end_matches('/'));
            let mut child_real = path::child(real, &name);
            if self.settings.one_system && call.files().is_mount(&child_real) {
                continue;
            }
            if self.settings.follow
                && let Ok(entry) = call.stat(&child)
            {
                child_real = entry.path;
            }
            self.visit(call, &child, &child_real, depth + 1)?;
        }
        if more && call.files().has_bulk(real) {
            // Unlisted files are below: what they are called is not known.
            call.doubt();
            if self.settings.deletes {
                call.files().doubt_bulk(real);
                let message = "not all files below are listed one by one: how many of those find deletes is not known, and they are counted as if they stayed";
                call.shell
                    .machine
                    .note("unlisted-files", message.to_owned());
            }
            if let Expr::And(_, last) = &self.expression
                && matches!(**last, Expr::Print(_))
            {
                call.line(&format!("{}/{UNKNOWN}", shown.trim_end_matches('/')));
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, call: &mut Call<'_, '_, '_>, at: &mut At<'_>) -> Result<bool, Flow> {
        let expression = self.expression.clone();
        self.holds(call, &expression, at)
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each of find's primaries"
    )]
    fn holds(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        expr: &Expr,
        at: &mut At<'_>,
    ) -> Result<bool, Flow> {
        let base = || {
            let trimmed = at.shown.trim_end_matches('/');
            if trimmed.is_empty() {
                "/".to_owned()
            } else {
                path::split(trimmed).1.to_owned()
            }
        };
        Ok(match expr {
            Expr::True => true,
            Expr::False => false,
            Expr::Not(inner) => !self.holds(call, inner, at)?,
            Expr::And(left, right) => self.holds(call, left, at)? && self.holds(call, right, at)?,
            Expr::Or(left, right) => self.holds(call, left, at)? || self.holds(call, right, at)?,
            Expr::Name(pattern, fold) => {
                let name = base();
                pattern.matches(&if *fold { name.to_lowercase() } else { name })
            }
            Expr::Path(pattern, fold) => {
                if *fold {
                    pattern.matches(&at.shown.to_lowercase())
                } else {
                    pattern.matches(at.shown)
                }
            }
            Expr::LinkName(pattern) => match at.node {
                Node::Symlink(link) => pattern.matches(&link.target),
                _ => false,
            },
            Expr::Regex(regex) => regex.is_match(at.shown),
            Expr::Type(types) => types.split(',').any(|kind| match kind {
                "f" => matches!(at.node, Node::File(_)),
                "d" => at.node.is_directory(),
                "l" => matches!(at.node, Node::Symlink(_)),
                "p" | "b" | "c" | "s" => matches!(at.node, Node::Special(_)),
                _ => false,
            }),
            Expr::Size(compare, unit) => {
                let bytes = match at.node {
                    Node::File(file) => file.size.bytes,
                    Node::Symlink(link) => link.target.len() as u64,
                    Node::Directory(_) => 4096,
                    Node::Special(_) => 0,
                };
                compare.holds(bytes.div_ceil(*unit))
            }
            Expr::Empty => match at.node {
                Node::File(file) => file.size.bytes == 0,
                // What is below may have gone meanwhile.
                Node::Directory(_) => {
                    matches!(call.files().node(at.real), Some(Node::Directory(now)) if now.entries.is_empty() && now.bulk.is_none())
                }
                _ => false,
            },
            Expr::Perm(test, mode) => {
                let own = at.node.meta().mode;
                match test {
                    PermTest::Exactly => own == *mode,
                    PermTest::All => own & mode == *mode,
                    PermTest::Any => *mode == 0 || own & mode != 0,
                }
            }
            Expr::User(uid) => at.node.meta().uid == *uid,
            Expr::Group(gid) => at.node.meta().gid == *gid,
            Expr::NoUser => call.shell.machine.user_name(at.node.meta().uid).is_none(),
            Expr::NoGroup => call.shell.machine.group_name(at.node.meta().gid).is_none(),
            Expr::Links(compare) => compare.holds(call.files().link_count(at.node) as u64),
            Expr::Newer | Expr::Time => {
                // Times are not kept; files of the image are older than the build.
                call.doubt();
                false
            }
            Expr::Readable(bits) => call.who().may(at.node.meta(), *bits),
            Expr::Print(end) => {
                let text = format!("{}{end}", at.shown);
                call.out(&text);
                true
            }
            Expr::Printf(format) => {
                let text = printed(call, format, at, &base());
                call.data(text.into());
                true
            }
            Expr::Ls => {
                call.line(&format!("{UNKNOWN} {}", at.shown));
                true
            }
            Expr::Prune => {
                at.pruned = true;
                true
            }
            Expr::Quit => {
                self.quit = true;
                true
            }
            Expr::Delete => {
                if at.shown == "." {
                    return Ok(true);
                }
                let who = call.who();
                let result = if at.node.is_directory() {
                    call.files().remove_directory(at.real, &who)
                } else {
                    call.files().unlink(at.real, &who)
                };
                match result {
                    Ok(()) => true,
                    Err(errno) => {
                        call.problem(&format!("cannot delete '{}'", at.shown), errno);
                        false
                    }
                }
            }
            Expr::Exec(command, true) => {
                match self.batches.iter_mut().find(|(own, _)| own == command) {
                    Some((_, paths)) => paths.push(at.shown.to_owned()),
                    None => self
                        .batches
                        .push((command.clone(), vec![at.shown.to_owned()])),
                }
                true
            }
            Expr::Exec(command, false) => {
                let words: Vec<String> = command
                    .iter()
                    .map(|word| word.replace("{}", at.shown))
                    .collect();
                let exit = call.execute(&words)?;
                if exit == Exit::code(127) {
                    let name = words.first().cloned().unwrap_or_default();
                    call.complain(&format!("'{name}': No such file or directory"));
                }
                exit.success().unwrap_or(true)
            }
        })
    }
}

fn printed(call: &Call<'_, '_, '_>, format: &str, at: &At<'_>, base: &str) -> Vec<u8> {
    let (bytes, _) = super::escape::unescape(format, super::escape::Escapes::Format);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    let meta = at.node.meta();
    while let Some(ch) = chars.next() {
        if ch != '%' {
            out.push(ch);
            continue;
        }
        let bytes = match at.node {
            Node::File(file) => file.size.bytes,
            Node::Symlink(link) => link.target.len() as u64,
            Node::Directory(_) => 4096,
            Node::Special(_) => 0,
        };
        match chars.next() {
            Some('p') => out.push_str(at.shown),
            Some('f') => out.push_str(base),
            Some('h') => out.push_str(
                at.shown
                    .rsplit_once('/')
                    .map_or(".", |(above, _)| if above.is_empty() { "/" } else { above }),
            ),
            Some('P') => out.push_str(at.shown.split_once('/').map_or("", |(_, rest)| rest)),
            Some('s') => out.push_str(&bytes.to_string()),
            Some('k') => out.push_str(&(size::on_disk(bytes) / 1024).to_string()),
            Some('m') => out.push_str(&format!("{:o}", meta.mode)),
            Some('U') => out.push_str(&meta.uid.to_string()),
            Some('G') => out.push_str(&meta.gid.to_string()),
            Some('u') => out.push_str(
                &call
                    .shell
                    .machine
                    .user_name(meta.uid)
                    .unwrap_or_else(|| meta.uid.to_string()),
            ),
            Some('g') => out.push_str(
                &call
                    .shell
                    .machine
                    .group_name(meta.gid)
                    .unwrap_or_else(|| meta.gid.to_string()),
            ),
            Some('d') => out.push_str(&at.depth.to_string()),
            Some('y') => out.push(match at.node {
                Node::File(_) => 'f',
                Node::Directory(_) => 'd',
                Node::Symlink(_) => 'l',
                Node::Special(_) => 'c',
            }),
            Some('l') => {
                if let Node::Symlink(link) = at.node {
                    out.push_str(&link.target);
                }
            }
            Some('%') => out.push('%'),
            Some('T' | 'A' | 'C') => {
                chars.next();
                out.push(UNKNOWN);
            }
            _ => out.push(UNKNOWN),
        }
    }
    out.into_bytes()
}
