//! What packages of a Debian suite hold, file by file, and what they make when they are configured.
//!
//! Text, compressed with zstd on disk; a suite has several such files, and a package's line in
//! the index says which of them has its own (see [`super::Entry::part`]). One fact a line, those
//! of the package as a whole (`I`, `T`, `A`, `B`, `U`) before its paths:
//!
//! ```text
//! layerlab-files 1
//! # source
//! D curl 8.14.1-2+deb13u2 configured   a package, its version, whether what it makes was measured;
//!                                      `quiet`: its script makes nothing but compiled modules
//! I md5sums⇥712                        a file of dpkg's own books beside its list of files: bytes
//! T /usr/share/icons noawait           an interest in a trigger
//! A /usr/bin/cc⇥cc⇥/usr/bin/gcc⇥20     an alternative that it installs when it is configured
//! B 12480⇥28385⇥again                  what debconf's databases gain: values, templates; `again`: it
//!                                      asks in a trigger too
//! U postgres⇥/var/lib/postgresql⇥/bin/bash⇥PostgreSQL administrator   a user that it makes: home,
//!                                      shell, full name
//! x usr/bin/curl⇥303848                a file: path, bytes
//! f 15:doc/curl/copyright⇥22132
//! c etc/curlrc⇥12                      a file of its configuration
//! f etc/shadow-⇥500⇥640:0:42           one with other permissions, user, group: by number or name
//! d etc/gss/mech.d                     a directory
//! l usr/lib/libcurl.so.4⇥libcurl.so.4.8.0
//! h usr/bin/perl5.40⇥usr/bin/perl      a further name of a file
//! +f usr/lib/python3/…pyc⇥61744        the same, made when it is configured
//! ```
//!
//! A path that begins with `N` and a colon shares its first N bytes with the one before it.
//! Directories above what is listed are root's, with mode 755, unless they are listed.
//! `x` has mode 755, other files 644.

use std::fmt::Write as _;

use super::unpacked::Trees;
use crate::catalog::sections::{Sections, number, shared};

/// The version of the format.
pub const FORMAT: &str = "layerlab-files 1";

/// Files of packages.
#[derive(Debug, Clone, Default)]
pub struct Files {
    sections: Sections,
    trees: Trees,
}

/// The files of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing<'f> {
    /// The version that was looked at.
    pub version: &'f str,
    /// Whether it is known what it makes when it is configured.
    pub is_configured: bool,
    /// Whether its script makes nothing but compiled modules.
    is_quiet: bool,
    lines: &'f str,
}

/// A path of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'p> {
    /// Where it is: an absolute path.
    pub path: &'p str,
    /// What it is.
    pub kind: Kind<'p>,
    /// Whether it is made when the package is configured, and not unpacked.
    pub is_made: bool,
}

/// A line of a path.
#[derive(Debug, Clone, Copy)]
struct Line<'l> {
    /// The whole path, absolute.
    path: &'l str,
    /// What it is: `f`, `d` and so on.
    kind: char,
    /// What stands after the path.
    fields: &'l str,
    /// Whether it is made when the package is configured.
    is_made: bool,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'p> {
    /// A file: bytes, owner and permissions, and whether it is configuration, which stays when
    /// the package is removed and not purged.
    File(u64, Owner<'p>, bool),
    /// A directory.
    Directory(Owner<'p>),
    /// A symbolic link.
    Link(&'p str),
    /// A further name of the file with this path.
    HardLink(&'p str),
}

/// Permissions and owner of a path; users may be such as the package makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'p> {
    /// Permission bits.
    pub mode: u16,
    /// User, by number or name.
    pub user: &'p str,
    /// Group, by number or name.
    pub group: &'p str,
}

/// A user that a package makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User<'f> {
    /// Home directory.
    pub home: &'f str,
    /// Shell.
    pub shell: &'f str,
    /// Full name and what else stands with it (GECOS).
    pub full_name: &'f str,
}

/// A trigger that a package waits for (deb-triggers(5)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest<'f> {
    /// A name, or a path that begins with a slash.
    pub trigger: &'f str,
    /// Whether who sets it off does not wait.
    pub no_await: bool,
}

impl Member<'_> {
    /// Whether it is a Python module that is compiled where there is a Python.
    pub fn is_compiled(&self) -> bool {
        self.path.contains("/__pycache__/")
    }
}

impl Files {
    /// Reads such a file.
    ///
    /// # Errors
    /// Where the text is not one.
    pub fn parse(text: String) -> Result<Self, String> {
        Ok(Self {
            sections: Sections::parse(text, FORMAT)?,
            trees: Trees::default(),
        })
    }

    /// The trees that were made of them.
    pub fn trees(&self) -> &Trees {
        &self.trees
    }

    /// The files of a package.
    pub fn get(&self, name: &str) -> Option<Listing<'_>> {
        let (head, lines) = self.sections.get(name)?.split_once('\n')?;
        let mut words = head.split(' ').skip(2);
        let version = words.next()?;
        let mark = words.next();
        Some(Listing {
            version,
            is_configured: mark == Some("configured"),
            is_quiet: mark == Some("quiet"),
            lines,
        })
    }
}

impl<'f> Listing<'f> {
    fn facts(&self, kind: &'static str) -> impl Iterator<Item = &'f str> + use<'f> {
        // They stand before the paths.
        let lines = self.lines.lines().take_while(|line| is_fact(line));
        lines.filter_map(move |line| line.strip_prefix(kind)?.strip_prefix(' '))
    }

    /// Files of dpkg's books beside the list: what they are called after the package's name, and
    /// their bytes.
    pub fn books(&self) -> impl Iterator<Item = (&'f str, u64)> + use<'f> {
        let facts = self.facts("I").filter_map(|fact| fact.split_once('\t'));
        facts.map(|(name, bytes)| (name, number(Some(bytes))))
    }

    /// Whether it may make what nobody has seen when it is configured.
    pub fn is_unseen(&self) -> bool {
        let is_known = self.is_configured || self.is_quiet;
        !is_known && self.books().any(|(book, _)| book == "postinst")
    }

    /// Triggers that it waits for.
    pub fn interests(&self) -> impl Iterator<Item = Interest<'f>> + use<'f> {
        self.facts("T").map(|fact| {
            let (trigger, how) = fact.split_once(' ').unwrap_or((fact, ""));
            Interest {
                trigger,
                no_await: how == "noawait",
            }
        })
    }

    /// Alternatives that it installs when it is configured: update-alternatives' words after
    /// `--install`.
    pub fn alternatives(&self) -> impl Iterator<Item = Vec<&'f str>> + use<'f> {
        self.facts("A").map(|fact| fact.split('\t').collect())
    }

    /// What debconf's databases gain when it is configured: bytes of values and of templates, and
    /// whether it asks once more in a trigger.
    pub fn debconf(&self) -> Option<(u64, u64, bool)> {
        let mut fields = self.facts("B").next()?.split('\t');
        let mut bytes = || number(fields.next());
        Some((bytes(), bytes(), fields.next() == Some("again")))
    }

    /// Names of the users that it makes with a home, shell or full name of their own.
    pub fn users(&self) -> impl Iterator<Item = &'f str> + use<'f> {
        self.facts("U").filter_map(|fact| fact.split('\t').next())
    }

    /// A user that it makes, by name: home, shell and full name, where they are not those that
    /// adduser gives a system's user.
    pub fn user(&self, name: &str) -> Option<User<'f>> {
        self.facts("U").find_map(|fact| {
            let mut fields = fact.strip_prefix(name)?.strip_prefix('\t')?.split('\t');
            Some(User {
                home: fields.next()?,
                shell: fields.next()?,
                full_name: fields.next()?,
            })
        })
    }

    /// The lines of what is made when it is configured, their paths whole, but for what `is_left_out`
    /// is shown and tells.
    pub fn made(&self, is_left_out: &mut dyn FnMut(Member<'_>) -> bool) -> String {
        let mut made = String::new();
        self.each_line(&mut |line| {
            if line.is_made && !is_left_out(line.member()) {
                let path = line.path.trim_start_matches('/');
                // Writing to a string does not fail.
                let _ = writeln!(made, "+{} {path}\t{}", line.kind, line.fields);
            }
        });
        made
    }

    /// The same package with some of its lines alone.
    pub fn with_lines(self, lines: &'f str) -> Self {
        Self { lines, ..self }
    }

    /// Shows each line of a path.
    fn each_line(&self, visit: &mut dyn FnMut(Line<'_>)) {
        let mut path = String::from("/");
        let mut below = self.lines;
        while !below.is_empty() {
            let line = cut(&mut below, b'\n');
            if is_fact(line) {
                continue;
            }
            let (is_made, line) = match line.strip_prefix('+') {
                Some(rest) => (true, rest),
                None => (false, line),
            };
            let (Some(kind), Some(mut fields)) = (line.chars().next(), line.get(2..)) else {
                continue;
            };
            let (kept, rest) = shared(cut(&mut fields, b'\t'));
            let kept = kept.saturating_add(1);
            if !path.is_char_boundary(kept) {
                continue;
            }
            path.truncate(kept);
            path.push_str(rest);
            visit(Line {
                path: &path,
                kind,
                fields,
                is_made,
            });
        }
    }

    /// Shows each path, in the order of the listing.
    pub fn each(&self, visit: &mut dyn FnMut(Member<'_>)) {
        self.each_line(&mut |line| visit(line.member()));
    }
}

impl<'l> Line<'l> {
    /// The path of which it tells.
    fn member(self) -> Member<'l> {
        let mut fields = self.fields;
        let kind = match self.kind {
            'd' => Kind::Directory(owner(fields, 0o755)),
            'l' => Kind::Link(fields),
            'h' => Kind::HardLink(fields),
            _ => {
                let bytes = number(Some(cut(&mut fields, b'\t')));
                let mode = if self.kind == 'x' { 0o755 } else { 0o644 };
                Kind::File(bytes, owner(fields, mode), self.kind == 'c')
            }
        };
        Member {
            path: self.path,
            kind,
            is_made: self.is_made,
        }
    }
}

/// Whether a line tells of the package as a whole.
fn is_fact(line: &str) -> bool {
    line.starts_with(['I', 'T', 'A', 'B', 'U'])
}

/// Takes what stands before the next `end`, or all, from the front of a text.
fn cut<'t>(text: &mut &'t str, end: u8) -> &'t str {
    let whole = *text;
    let at = memchr::memchr(end, whole.as_bytes()).unwrap_or(whole.len());
    *text = whole.get(at + 1..).unwrap_or_default();
    &whole[..at]
}

/// Permissions and owner of a line: `MODE:USER:GROUP`, the mode octal.
fn owner(text: &str, mode: u16) -> Owner<'_> {
    let mut fields = text.split(':');
    let own = fields
        .next()
        .and_then(|mode| u16::from_str_radix(mode, 8).ok());
    Owner {
        mode: own.unwrap_or(mode),
        user: fields.next().unwrap_or("0"),
        group: fields.next().unwrap_or("0"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, Interest, Kind, Owner};

    const TEXT: &str = "layerlab-files 1\nD a 1-1 configured\nI md5sums\t7\nT /usr/share/icons noawait\nA /usr/bin/cc\tcc\t/usr/bin/gcc\nB 3\t4\tagain\nU a\t/srv\t/bin/sh\tA, B\nx usr/bin/a\t30\nc etc/arc\t4\t640:0:42\nl 4:b\tarc\n+d var/lib/a\t700:redis:6\nD b 2\n";

    #[test]
    fn lists_packages() {
        let files = Files::parse(TEXT.to_owned()).expect("a file of files");
        let listing = files.get("a").expect("a package");
        assert!(listing.is_configured && listing.version == "1-1");
        assert_eq!(listing.books().collect::<Vec<_>>(), [("md5sums", 7)]);
        let interest = Interest {
            trigger: "/usr/share/icons",
            no_await: true,
        };
        assert_eq!(listing.interests().collect::<Vec<_>>(), [interest]);
        assert_eq!(
            listing.alternatives().next().map(|words| words.len()),
            Some(3)
        );
        assert_eq!(listing.debconf(), Some((3, 4, true)));
        let user = listing.user("a").expect("a user");
        assert_eq!(
            (user.home, user.shell, user.full_name),
            ("/srv", "/bin/sh", "A, B")
        );
        let mut seen = Vec::new();
        listing.each(&mut |member| {
            seen.push(format!(
                "{} {:?} {}",
                member.path, member.kind, member.is_made
            ));
        });
        let of = |mode, user, group| Owner { mode, user, group };
        let expected = [
            (
                "/usr/bin/a",
                Kind::File(30, of(0o755, "0", "0"), false),
                false,
            ),
            ("/etc/arc", Kind::File(4, of(0o640, "0", "42"), true), false),
            ("/etc/b", Kind::Link("arc"), false),
            ("/var/lib/a", Kind::Directory(of(0o700, "redis", "6")), true),
        ];
        let expected = expected.map(|(path, kind, made)| format!("{path} {kind:?} {made}"));
        assert_eq!(seen, expected);
        assert!(files.get("b").is_none_or(|listing| !listing.is_configured));
        assert!(Files::parse("layerlab-files 2\n".to_owned()).is_err());
    }
}
