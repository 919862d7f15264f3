//! What a directory holds, by name.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::btree_map::{self, BTreeMap};
use std::fmt::{self, Display, Formatter};
use std::ops::Deref;

use ref_cast::RefCast;
use smol_str::SmolStr;

use super::tree::Node;

/// A name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(SmolStr);

/// A name to look for.
#[derive(Debug, PartialEq, Eq, RefCast)]
#[repr(transparent)]
struct Wanted(str);

/// What a directory holds, in the order of names (of their bytes).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entries(BTreeMap<Name, Node>);

/// The order of bytes. Names are short and most differ early: a call of memcmp costs more.
#[inline]
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let (mut rest, mut other) = (a, b);
    while let (Some((first, below)), Some((second, beneath))) = (
        rest.split_first_chunk::<8>(),
        other.split_first_chunk::<8>(),
    ) {
        if first != second {
            return u64::from_be_bytes(*first).cmp(&u64::from_be_bytes(*second));
        }
        (rest, other) = (below, beneath);
    }
    // The last eight bytes that both have: those before are equal.
    let both = a.len().min(b.len());
    if let (Some(first), Some(second)) = (a[..both].last_chunk::<8>(), b[..both].last_chunk::<8>())
    {
        let order = u64::from_be_bytes(*first).cmp(&u64::from_be_bytes(*second));
        return order.then_with(|| a.len().cmp(&b.len()));
    }
    for (first, second) in rest.iter().zip(other) {
        if first != second {
            return first.cmp(second);
        }
    }
    a.len().cmp(&b.len())
}

impl Ord for Wanted {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl PartialOrd for Wanted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Borrow<Wanted> for Name {
    #[inline]
    fn borrow(&self) -> &Wanted {
        Wanted::ref_cast(self.0.as_str())
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Display for Name {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(self)
    }
}

impl<T: AsRef<str>> From<T> for Name {
    fn from(text: T) -> Self {
        Self(SmolStr::new(text))
    }
}

impl Entries {
    /// What has a name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.0.get(Wanted::ref_cast(name))
    }

    /// Whether anything has a name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.0.contains_key(Wanted::ref_cast(name))
    }

    /// The place of a name, to be looked at and filled.
    pub fn entry(&mut self, name: Name) -> btree_map::Entry<'_, Name, Node> {
        self.0.entry(name)
    }

    /// Gives something a name, and gives back what had it.
    pub fn insert(&mut self, name: Name, node: Node) -> Option<Node> {
        self.0.insert(name, node)
    }

    /// Takes out what has a name.
    pub fn remove(&mut self, name: &str) -> Option<Node> {
        self.0.remove(Wanted::ref_cast(name))
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and what has them.
    pub fn iter(&self) -> btree_map::Iter<'_, Name, Node> {
        self.0.iter()
    }

    /// The names.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(Deref::deref)
    }

    /// What has names.
    pub fn values(&self) -> btree_map::Values<'_, Name, Node> {
        self.0.values()
    }
}

impl Extend<(Name, Node)> for Entries {
    fn extend<I: IntoIterator<Item = (Name, Node)>>(&mut self, entries: I) {
        self.0.extend(entries);
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn names_are_in_the_order_of_bytes() {
        let names = [
            "",
            "a",
            "a.b",
            "ab",
            "lib",
            "libavcodec.so.59",
            "libavcodec.so.59.1",
            "libavcodec.so.6",
            "libavcod",
            "libavcodé",
            "\u{10ffff}",
            "usr",
            "usr-merge-conflict",
            "usr.d",
        ];
        for a in names {
            for b in names {
                assert_eq!(compare(a.as_bytes(), b.as_bytes()), a.cmp(b), "{a:?} {b:?}");
            }
        }
    }
}
