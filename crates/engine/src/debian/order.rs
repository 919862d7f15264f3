//! The order in which packages are configured: what one depends on goes before it (dpkg(1)).

use rustc_hash::FxHashMap;

use super::index::Entry;
use super::relation::groups;

/// Packages that are installed together and make users, each after those that it depends on.
pub fn makers_of_users<'i>(entries: &[Entry<'i>]) -> Vec<Entry<'i>> {
    let makes = |entry: &Entry<'_>| entry.users().next().is_some();
    if entries.iter().filter(|entry| makes(entry)).count() < 2 {
        return entries.iter().copied().filter(makes).collect();
    }
    let mut named: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (number, entry) in entries.iter().enumerate() {
        named.entry(entry.name).or_default().push(number);
        for provided in groups(entry.provides).flatten() {
            named.entry(provided.name).or_default().push(number);
        }
    }
    let mut out = Vec::new();
    let mut seen = vec![false; entries.len()];
    for start in 0..entries.len() {
        // A package is shown once all below it are: it is put back under what it needs.
        let mut open = vec![(start, false)];
        while let Some((number, is_ready)) = open.pop() {
            let entry = entries[number];
            if is_ready {
                out.extend(Some(entry).filter(makes));
                continue;
            }
            if std::mem::replace(&mut seen[number], true) {
                continue;
            }
            open.push((number, true));
            let needs: Vec<usize> = groups(entry.depends)
                .filter_map(|mut group| {
                    group.find_map(|atom| named.get(atom.name)?.first().copied())
                })
                .collect();
            open.extend(needs.into_iter().rev().map(|number| (number, false)));
        }
    }
    out
}
