//! Package archives (deb(5)) as the catalog's files of files have them: path by path.

use std::collections::BTreeMap;

use anyhow::Context as _;
use layerlab_engine::debian::deb::{self, Control};
use layerlab_engine::debian::slim::{keeps_directory, left_out};

use super::archive::unpacked;
use super::script;

/// A path that goes into a listing, with its line's kind and fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Kind of the line: `f`, `+d`.
    pub(super) kind: String,
    /// The path, without the slash at its beginning.
    pub(super) path: String,
    /// What follows the path.
    pub(super) fields: Vec<String>,
}

impl Line {
    /// Whether a -slim image's dpkg unpacks it.
    fn is_kept(&self) -> bool {
        match self.kind.as_str() {
            "l" | "d" => keeps_directory(&self.path),
            _ => left_out(&self.path).is_none(),
        }
    }
}

/// What an archive brings.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing {
    pub(super) version: String,
    /// Whether its script makes nothing.
    is_quiet: bool,
    /// Lines of dpkg's books and triggers.
    facts: Vec<String>,
    /// Its paths.
    pub(super) lines: Vec<Line>,
}

/// Lists an archive; gives back its package's name too.
pub(super) fn list(bytes: &[u8]) -> anyhow::Result<(String, Listing)> {
    let mut listing = Listing::default();
    let mut control = Control::default();
    for (member, content) in deb::members(bytes).map_err(anyhow::Error::msg)? {
        match member.split('.').next() {
            Some("control") => control = Control::read(unpacked(&member, content)?)?,
            Some("data") => listing.data(&member, content, &control)?,
            _ => {}
        }
    }
    listing.version = control.field("Version").to_owned();
    listing.is_quiet = script::is_quiet(control.file("postinst"));
    for (name, bytes) in control.books() {
        listing.facts.push(format!("I {name}\t{bytes}"));
    }
    for line in control.file("triggers").lines() {
        let mut words = line.split_whitespace();
        let (Some(how), Some(trigger)) = (words.next(), words.next()) else {
            continue;
        };
        match how {
            "interest" | "interest-await" => listing.facts.push(format!("T {trigger}")),
            "interest-noawait" => listing.facts.push(format!("T {trigger} noawait")),
            _ => {}
        }
    }
    Ok((control.field("Package").to_owned(), listing))
}

impl Listing {
    fn data(&mut self, member: &str, content: &[u8], control: &Control) -> anyhow::Result<()> {
        let conffiles: Vec<&str> = control.file("conffiles").lines().collect();
        let mut list = 0;
        let mut directories: Vec<(String, String)> = Vec::new();
        for entry in tar::Archive::new(unpacked(member, content)?).entries()? {
            let entry = entry?;
            let path = entry.path()?.to_string_lossy().into_owned();
            list += deb::listed(&path);
            let path = path
                .trim_start_matches("./")
                .trim_end_matches('/')
                .to_owned();
            // A tab would part fields.
            if path.is_empty() || path == "." || path.contains(['\t', '\n']) {
                continue;
            }
            let header = entry.header();
            let mode = header.mode()? & 0o7777;
            let owner = format!("{:o}:{}:{}", mode, header.uid()?, header.gid()?);
            let kind = header.entry_type();
            let link = entry.link_name()?;
            let link = link.map(|link| link.to_string_lossy().into_owned());
            if kind.is_dir() {
                directories.push((path, owner));
                continue;
            }
            let (kind, fields) = match link {
                Some(first) if kind.is_hard_link() => {
                    ("h", vec![first.trim_start_matches("./").to_owned()])
                }
                Some(target) => ("l", vec![target]),
                None => {
                    let is_config = conffiles.contains(&format!("/{path}").as_str());
                    let kind = match owner.as_str() {
                        _ if is_config => "c",
                        "755:0:0" => "x",
                        _ => "f",
                    };
                    let mut fields = vec![entry.size().to_string()];
                    let usual = if kind == "x" { "755:0:0" } else { "644:0:0" };
                    if owner != usual {
                        fields.push(owner);
                    }
                    (kind, fields)
                }
            };
            self.lines.push(Line {
                kind: kind.to_owned(),
                path,
                fields,
            });
        }
        // Directories with something in them are known by it, also where documentation is left out.
        for (path, owner) in directories {
            let above = format!("{path}/");
            let is_plain = owner == "755:0:0";
            let mut below = self
                .lines
                .iter()
                .filter(|line| line.path.starts_with(&above));
            let is_known = match keeps_directory(&path) {
                true => below.any(Line::is_kept),
                false => below.next().is_some(),
            };
            if is_plain && is_known {
                continue;
            }
            self.lines.push(Line {
                kind: "d".to_owned(),
                path,
                fields: if is_plain { Vec::new() } else { vec![owner] },
            });
        }
        self.facts.push(format!("I list\t{list}"));
        Ok(())
    }

    /// The package's section of a file of files.
    pub(super) fn section(&self, name: &str, configured: Option<&Configured>) -> String {
        let mark = match configured {
            Some(_) => " configured",
            None if self.is_quiet => " quiet",
            None => "",
        };
        let mut out = format!("D {name} {}{mark}\n", self.version);
        let made = configured.map_or(&[][..], |own| &own.lines);
        for fact in self
            .facts
            .iter()
            .chain(configured.into_iter().flat_map(|own| &own.facts))
        {
            out.push_str(fact);
            out.push('\n');
        }
        let mut lines: Vec<&Line> = self.lines.iter().chain(made).collect();
        lines.sort_by(|a, b| {
            let made = |line: &Line| line.kind.starts_with('+');
            (made(a), a.kind == "h", &a.path).cmp(&(made(b), b.kind == "h", &b.path))
        });
        let mut before = "";
        for line in lines {
            let shared = shared_bytes(before, &line.path);
            out.push_str(&line.kind);
            out.push(' ');
            if shared > 2 {
                out.push_str(&format!("{shared}:{}", &line.path[shared..]));
            } else {
                out.push_str(&line.path);
            }
            for field in &line.fields {
                out.push('\t');
                out.push_str(field);
            }
            out.push('\n');
            before = &line.path;
        }
        out
    }
}

/// What a package makes when it is configured.
#[derive(Debug, Clone, Default)]
pub(super) struct Configured {
    /// Calls of update-alternatives and debconf's share, as lines.
    facts: Vec<String>,
    lines: Vec<Line>,
}

/// Reads what packages make: sections of lines as a file of files has them, paths whole.
pub(super) fn read_configured(text: &str) -> anyhow::Result<BTreeMap<String, Configured>> {
    let mut out: BTreeMap<String, Configured> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(package) = line.strip_prefix("D ") {
            package.clone_into(&mut name);
            out.entry(name.clone()).or_default();
            continue;
        }
        let own = out
            .get_mut(&name)
            .context("a line before the first package")?;
        if line.starts_with(['A', 'B', 'U']) {
            own.facts.push(line.to_owned());
            continue;
        }
        let (kind, rest) = line.split_once(' ').with_context(|| format!("{line:?}"))?;
        let mut fields = rest.split('\t').map(str::to_owned);
        own.lines.push(Line {
            kind: kind.to_owned(),
            path: fields.next().unwrap_or_default(),
            fields: fields.collect(),
        });
    }
    Ok(out)
}

/// How many bytes two paths share at their beginning, in whole characters.
fn shared_bytes(before: &str, path: &str) -> usize {
    let same = before.bytes().zip(path.bytes()).take_while(|(a, b)| a == b);
    let mut shared = same.count();
    while !path.is_char_boundary(shared) {
        shared -= 1;
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::{Line, Listing, read_configured};

    #[test]
    fn writes_sections() {
        let line = |kind: &str, path: &str, fields: &[&str]| Line {
            kind: kind.to_owned(),
            path: path.to_owned(),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        };
        let listing = Listing {
            is_quiet: true,
            version: "1".to_owned(),
            facts: vec!["I list\t9".to_owned()],
            lines: vec![
                line("l", "usr/lib/b", &["a"]),
                line("f", "usr/lib/a", &["7"]),
            ],
        };
        let made = read_configured("# why\nD a\n+f etc/é\t3\nA --install\t/x\n").expect("sections");
        assert_eq!(
            listing.section("a", made.get("a")),
            "D a 1 configured\nI list\t9\nA --install\t/x\nf usr/lib/a\t7\nl 8:b\ta\n+f etc/é\t3\n"
        );
        assert!(read_configured("f x\n").is_err());
    }
}
