//! Stanzas of a Packages file (deb-control(5)).

use std::collections::HashMap;

use layerlab_engine::debian::paragraph::paragraphs;

/// What is needed of a package's stanza.
#[derive(Debug, Clone, Default)]
pub(super) struct Stanza {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) architecture: String,
    /// KiB.
    pub(super) installed_size: u64,
    /// Bytes of the archive.
    pub(super) size: u64,
    pub(super) pre_depends: String,
    /// Pre-Depends, then Depends.
    pub(super) depends: String,
    pub(super) recommends: String,
    pub(super) provides: String,
    /// Conflicts, then Breaks.
    pub(super) conflicts: String,
    pub(super) essential: bool,
    pub(super) multi_arch_same: bool,
    pub(super) protected: bool,
    priority: String,
    /// Bytes of the stanza without what only the archive's list has.
    pub(super) length: u64,
}

impl Stanza {
    /// Its priority as the index has it.
    pub(super) fn priority(&self) -> &'static str {
        match self.priority.as_str() {
            "required" => "r",
            "important" => "i",
            "standard" => "t",
            "extra" => "x",
            _ => "",
        }
    }
}

/// Numbers all names of lists in the order in which apt comes to know them: a package, then
/// those that its fields name (apt-pkg's deblistparser.cc, `NewVersion`).
pub(super) fn number(text: &str, numbers: &mut HashMap<String, usize>) {
    const FIELDS: [&str; 9] = [
        "Pre-Depends",
        "Depends",
        "Conflicts",
        "Breaks",
        "Recommends",
        "Suggests",
        "Replaces",
        "Enhances",
        "Provides",
    ];
    let mut know = |name: &str| {
        if !numbers.contains_key(name) {
            numbers.insert(name.to_owned(), numbers.len());
        }
    };
    for stanza in text.split("\n\n") {
        let fields: HashMap<&str, &str> = stanza
            .lines()
            .filter_map(|line| line.split_once(": "))
            .collect();
        let Some(name) = fields.get("Package") else {
            continue;
        };
        know(name);
        for field in FIELDS.iter().filter_map(|field| fields.get(field)) {
            for atom in field.split([',', '|']) {
                let name = atom.trim().split([' ', '(']).next().unwrap_or_default();
                // `python3:any` is a name of its own to apt.
                if !name.contains(':') {
                    know(name);
                }
            }
        }
    }
}

/// Reads all stanzas.
pub(super) fn read(text: &str) -> impl Iterator<Item = Stanza> {
    paragraphs(text).map(stanza)
}

fn stanza(text: &str) -> Stanza {
    let mut out = Stanza::default();
    let (mut pre, mut depends, mut conflicts, mut breaks) = ("", "", "", "");
    for line in text.lines() {
        let Some((key, value)) = line.split_once(": ") else {
            out.length += line.len() as u64 + 1;
            continue;
        };
        let value = value.trim();
        let listed = matches!(
            key,
            "Filename" | "Size" | "MD5sum" | "SHA256" | "Description-md5"
        );
        if !listed {
            out.length += line.len() as u64 + 1;
        }
        match key {
            "Package" => value.clone_into(&mut out.name),
            "Version" => value.clone_into(&mut out.version),
            "Architecture" => value.clone_into(&mut out.architecture),
            "Installed-Size" => out.installed_size = value.parse().unwrap_or(0),
            "Size" => out.size = value.parse().unwrap_or(0),
            "Pre-Depends" => pre = value,
            "Depends" => depends = value,
            "Recommends" => value.clone_into(&mut out.recommends),
            "Provides" => value.clone_into(&mut out.provides),
            "Conflicts" => conflicts = value,
            "Breaks" => breaks = value,
            "Protected" | "Important" => out.protected |= value == "yes",
            "Essential" => out.essential = value == "yes",
            "Multi-Arch" => out.multi_arch_same = value == "same",
            "Priority" => value.clone_into(&mut out.priority),
            _ => {}
        }
    }
    pre.clone_into(&mut out.pre_depends);
    out.depends = format!("{pre},{depends}");
    out.conflicts = format!("{conflicts},{breaks}");
    out
}
