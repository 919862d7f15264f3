//! What somebody still needs (apt-pkg's `pkgDepCache::MarkRequired`).

use std::collections::BTreeSet;

use crate::debian::archive::Archive;
use crate::debian::installed::Packages;
use crate::debian::relation::{Atom, groups};

/// Packages that came along and that nobody needs any more.
pub fn removable(archive: Archive<'_>, packages: &Packages) -> Vec<String> {
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = Vec::new();
    for (name, installed) in &packages.by_name {
        let essential = archive.get(name).is_some_and(|entry| entry.is_essential());
        // What a base image has is there to stay: its marks are not all known.
        if (!installed.auto || installed.base || essential) && needed.insert(name) {
            open.push(name);
        }
    }
    while let Some(name) = open.pop() {
        let Some(entry) = archive.get(name) else {
            continue;
        };
        for field in [entry.depends, entry.recommends] {
            for atom in groups(field).flatten() {
                for own in satisfiers(archive, packages, &atom) {
                    if needed.insert(own) {
                        open.push(own);
                    }
                }
            }
        }
    }
    packages
        .by_name
        .keys()
        .filter(|name| !needed.contains(name.as_str()))
        .cloned()
        .collect()
}

/// The first relationship of an installed package that does not hold.
pub fn lacks(archive: Archive<'_>, packages: &Packages, name: &str) -> Option<String> {
    let depends = archive.get(name)?.depends;
    let mut open = depends.split(',').filter(|group| !group.is_empty());
    let holds = |group: &&str| {
        let mut atoms = group.split('|').map(Atom::read);
        atoms.any(|atom| !satisfiers(archive, packages, &atom).is_empty())
    };
    open.find(|group| !holds(group)).map(str::to_owned)
}

/// Installed packages that satisfy an atom, by name or by what they provide.
fn satisfiers<'p>(archive: Archive<'p>, packages: &'p Packages, atom: &Atom<'_>) -> Vec<&'p str> {
    let mut out = Vec::new();
    if let Some((name, installed)) = packages.by_name.get_key_value(atom.name)
        && (installed.version.is_empty() || atom.allows(&installed.version))
    {
        out.push(name.as_str());
    }
    for provider in archive.providers(atom.name) {
        if let Some((name, _)) = packages.by_name.get_key_value(provider.name)
            && provider.provides(atom)
        {
            out.push(name.as_str());
        }
    }
    out
}
