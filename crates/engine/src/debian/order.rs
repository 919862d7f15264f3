//! The order in which dpkg configures packages that are installed together.
//!
//! What a package needs before it is unpacked (Pre-Depends) is configured at once, with all that it
//! depends on. The others wait until all are unpacked: `dpkg --configure --pending` puts them in a
//! queue as they lie in its table of names, and a package that depends on one that is not
//! configured yet goes to the end of it (dpkg's lib/dpkg/pkg-hash.c and src/main/packages.c; the 274
//! packages of three installations were configured in this very order).

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::index::{Entry, Index};
use super::installed::Packages;
use super::relation::groups;

/// Places in dpkg's table of names.
const BINS: u32 = 65_521;

/// Where a name lies in dpkg's table: FNV-1a of 32 bits.
fn bin(name: &str) -> u32 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash % BINS
}

/// Packages that are installed together, with what they wait for.
struct Waiting<'e, 'i> {
    entries: &'e [Entry<'i>],
    /// Which of them has, or provides, a name.
    named: FxHashMap<&'i str, Vec<usize>>,
    /// For each, alternatives among the others: one of each group has to be configured.
    needs: Vec<Vec<Vec<usize>>>,
    is_done: Vec<bool>,
    order: Vec<Entry<'i>>,
}

/// Packages that are installed together and make users, in the order in which they are configured;
/// `installed` are all packages of the system.
pub fn makers_of_users<'i>(
    suite: &Index,
    installed: &Packages,
    entries: &[Entry<'i>],
) -> Vec<Entry<'i>> {
    let makes = |entry: &Entry<'_>| entry.users().next().is_some();
    if entries.iter().filter(|entry| makes(entry)).count() < 2 {
        return entries.iter().copied().filter(makes).collect();
    }
    let mut waiting = Waiting::new(entries, installed);
    waiting.configure_ahead(suite);
    waiting.configure_pending();
    waiting.order.retain(makes);
    waiting.order
}

impl<'e, 'i> Waiting<'e, 'i> {
    fn new(entries: &'e [Entry<'i>], installed: &Packages) -> Self {
        let mut named: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (number, entry) in entries.iter().enumerate() {
            named.entry(entry.name).or_default().push(number);
            for provided in groups(entry.provides).flatten() {
                named.entry(provided.name).or_default().push(number);
            }
        }
        let needs = entries.iter().map(|entry| {
            let mut needs = Vec::new();
            for group in groups(entry.depends) {
                let mut others = Vec::new();
                let mut is_there = false;
                for atom in group {
                    match named.get(atom.name) {
                        Some(own) => others.extend_from_slice(own),
                        None => is_there |= installed.has(atom.name),
                    }
                }
                if !others.is_empty() && !is_there {
                    needs.push(others);
                }
            }
            needs
        });
        Self {
            entries,
            needs: needs.collect(),
            named,
            is_done: vec![false; entries.len()],
            order: Vec::with_capacity(entries.len()),
        }
    }

    fn configure(&mut self, number: usize) {
        self.is_done[number] = true;
        self.order.push(self.entries[number]);
    }

    /// Configures what others need before they are unpacked.
    fn configure_ahead(&mut self, suite: &Index) {
        let targets = self
            .entries
            .iter()
            .flat_map(|entry| suite.ahead(entry.name));
        let targets = targets.filter_map(|target| self.named.get(target)?.first().copied());
        // A package is configured once all below it are: it is put back under what it needs.
        let mut open: Vec<(usize, bool)> = targets.map(|number| (number, false)).collect();
        open.reverse();
        let mut is_seen = vec![false; self.entries.len()];
        while let Some((number, is_ready)) = open.pop() {
            if is_ready {
                self.configure(number);
            } else if !std::mem::replace(&mut is_seen[number], true) {
                open.push((number, true));
                let needs = self.needs[number].iter().rev();
                let firsts = needs.filter_map(|group| group.first());
                open.extend(firsts.map(|number| (*number, false)));
            }
        }
    }

    /// Configures the others.
    fn configure_pending(&mut self) {
        let mut queue: Vec<usize> = (0..self.entries.len()).collect();
        queue.retain(|number| !self.is_done[*number]);
        queue.sort_by_key(|number| bin(self.entries[*number].name));
        let mut queue = VecDeque::from(queue);
        // How often one was put back since one was configured.
        let mut put_back = 0;
        while let Some(number) = queue.pop_front() {
            let is_met = |group: &Vec<usize>| group.iter().any(|other| self.is_done[*other]);
            // Where packages depend on each other, one of them goes first.
            if self.needs[number].iter().all(is_met) || put_back > 2 * queue.len() + 2 {
                self.configure(number);
                put_back = 0;
            } else {
                queue.push_back(number);
                put_back += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of packages: name, what it depends on, a user that it makes.
    fn index(head: &str, packages: &[(&str, &str, &str)]) -> Index {
        let mut text = format!("{}\nsuite x\n{head}.\n", super::super::index::FORMAT);
        for (name, depends, user) in packages {
            text.push_str(&format!("{name}\t1\t\t\t{depends}\t\t\t\t\t{user}\n"));
        }
        Index::parse(text).expect("an index")
    }

    fn order(index: &Index) -> Vec<String> {
        let entries: Vec<_> = index.entries().collect();
        let made = makers_of_users(index, &Packages::default(), &entries);
        made.iter().map(|entry| entry.name.to_owned()).collect()
    }

    #[test]
    fn names_go_by_their_place_in_the_table() {
        // As Debian 12 configures them.
        let index = index("", &[("netbase", "", "netbase"), ("tor", "", "debian-tor")]);
        assert_eq!(order(&index), ["tor", "netbase"]);
    }

    #[test]
    fn what_is_needed_goes_first() {
        let index = index(
            "",
            &[
                ("netbase", "", "netbase"),
                ("tor", "a|netbase", "debian-tor"),
            ],
        );
        assert_eq!(order(&index), ["netbase", "tor"]);
    }

    #[test]
    fn what_is_needed_ahead_goes_first_of_all() {
        let head = "ahead other netbase\n";
        let packages = [
            ("other", "netbase", ""),
            ("netbase", "", "netbase"),
            ("tor", "", "debian-tor"),
        ];
        assert_eq!(order(&index(head, &packages)), ["netbase", "tor"]);
    }

    #[test]
    fn what_needs_each_other_comes_to_an_end() {
        let index = index("", &[("a", "b", "a"), ("b", "a", "b")]);
        assert_eq!(order(&index).len(), 2);
    }
}
