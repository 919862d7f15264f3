//! What building a source package needs (deb-src-control(5)).

use std::collections::BTreeMap;

use layerlab_engine::debian::paragraph::{field, paragraphs};
use layerlab_engine::debian::relation::short;
use layerlab_engine::debian::{SOURCES_FORMAT, version};

use super::Options;

/// A source package.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    version: String,
    /// Packages that are built from it and have other names.
    binaries: Vec<String>,
    depends: String,
    conflicts: String,
}

/// Adds the paragraphs of a Sources file; of two versions the newer counts.
pub(super) fn read(text: &str, sources: &mut BTreeMap<String, Source>) {
    for paragraph in paragraphs(text) {
        // A field goes on in the lines that begin with a blank.
        let paragraph = paragraph.replace("\n ", " ");
        let field = |name: &str| field(&paragraph, name).unwrap_or_default().to_owned();
        let name = field("Package");
        // What is there only for others to be built with.
        if name.is_empty() || field("Extra-Source-Only") == "yes" {
            continue;
        }
        let joined =
            |fields: [&str; 3]| short(&fields.map(&field).map(|text| needed(&text)).join(","));
        let source = Source {
            version: field("Version"),
            binaries: field("Binary")
                .split(',')
                .map(|binary| binary.trim().to_owned())
                .filter(|binary| !binary.is_empty() && *binary != name)
                .collect(),
            depends: joined(["Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep"]),
            conflicts: joined([
                "Build-Conflicts",
                "Build-Conflicts-Arch",
                "Build-Conflicts-Indep",
            ]),
        };
        let newer = (sources.get(&name))
            .is_none_or(|known| version::compare(&source.version, &known.version).is_gt());
        if newer {
            sources.insert(name, source);
        }
    }
}

/// A field without what is for other architectures and build profiles.
fn needed(field: &str) -> String {
    let groups = field.split(',').map(|group| {
        let atoms = group.split('|').filter(|atom| is_for_us(atom)).map(plain);
        atoms.collect::<Vec<_>>().join("|")
    });
    groups.collect::<Vec<_>>().join(",")
}

/// A relationship without what it says of architectures and profiles.
fn plain(atom: &str) -> &str {
    let end = match atom.find(')') {
        Some(end) => end + 1,
        None => atom.find(['[', '<']).unwrap_or(atom.len()),
    };
    atom[..end].trim()
}

fn is_for_us(atom: &str) -> bool {
    let between = |open: char, close: char| {
        let (_, rest) = atom.split_once(open)?;
        rest.split(close).next()
    };
    let architecture = between('[', ']').is_none_or(|list| {
        let mut names = list.split_whitespace();
        if list.trim_start().starts_with('!') {
            return names.all(|name| !matches_amd64(name.trim_start_matches('!')));
        }
        names.any(matches_amd64)
    });
    // Profiles stand in angle brackets, which versions have too, in parentheses.
    let outside = atom.rsplit(')').next().unwrap_or(atom);
    let mut profiles = outside.split('<').skip(1).peekable();
    let profile = profiles.peek().is_none()
        || profiles.any(|list| {
            let list = list.split('>').next().unwrap_or_default();
            // No profile is asked for: each condition has to be that one is not.
            list.split_whitespace().all(|name| name.starts_with('!'))
        });
    architecture && profile
}

fn matches_amd64(name: &str) -> bool {
    matches!(
        name,
        "amd64" | "any" | "linux-any" | "any-amd64" | "linux-amd64"
    )
}

/// The file of all source packages.
pub(super) fn write(options: &Options, sizes: &str, sources: &BTreeMap<String, Source>) -> String {
    let mut out = format!(
        "{SOURCES_FORMAT}\nsuite {}\nsource the archive's own Sources files, read {}\n",
        options.suite, options.date
    );
    for line in sizes.lines().filter(|line| line.contains("_Sources")) {
        out.push_str(&format!("list {line}\n"));
    }
    out.push_str(".\n");
    for (name, source) in sources {
        let fields = [
            name,
            &source.version,
            &source.binaries.join(" "),
            &source.depends,
            &source.conflicts,
        ];
        out.push_str(&fields.map(String::as_str).join("\t"));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{is_for_us, needed};

    #[test]
    fn leaves_out_what_is_for_others() {
        assert!(is_for_us("libc6-dev (>= 2.4) [linux-any]"));
        assert!(!is_for_us("libkvm-dev [kfreebsd-any]"));
        assert!(is_for_us("gcc (<< 13) [!i386 !armhf]"));
        assert!(!is_for_us("gcc [!amd64]"));
        assert!(is_for_us("python3-pytest <!nocheck>"));
        assert!(!is_for_us("gcc-cross <cross>"));
        assert!(is_for_us("doxygen <cross> <!nodoc>"));
        assert_eq!(
            needed("a <!nocheck>, b [hurd-any] | c (>= 2) [any] <!x> <!y>, d <cross>"),
            "a,c (>= 2),"
        );
    }
}
