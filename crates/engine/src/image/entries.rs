//! What a directory holds, by name.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::btree_map::{self, BTreeMap};
use std::fmt::{self, Display, Formatter};
use std::ops::Deref;
use std::slice;

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
///
/// Most directories hold little, and a B-tree's leaf has room for eleven: so few are kept in a
/// row of their own length.
#[derive(Debug, Clone)]
pub struct Entries(Kept);

#[derive(Debug, Clone)]
enum Kept {
    /// At most [`FEW`].
    Few(Vec<(Name, Node)>),
    Many(BTreeMap<Name, Node>),
}

/// How many are kept in a row.
const FEW: usize = 24;

/// Names and what has them, in order.
#[derive(Debug)]
pub enum Iter<'e> {
    #[doc(hidden)]
    Few(slice::Iter<'e, (Name, Node)>),
    #[doc(hidden)]
    Many(btree_map::Iter<'e, Name, Node>),
}

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
    let mut other = other.iter();
    for first in rest {
        match other.next() {
            Some(second) if first == second => {}
            Some(second) => return first.cmp(second),
            None => return Ordering::Greater,
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

/// Where a name is in a row, or belongs.
fn place(few: &[(Name, Node)], name: &str) -> Result<usize, usize> {
    let wanted = name.as_bytes();
    few.binary_search_by(|(own, _)| compare(own.as_bytes(), wanted))
}

impl Entries {
    /// What has a name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        match &self.0 {
            Kept::Few(few) => place(few, name).ok().map(|at| &few[at].1),
            Kept::Many(many) => many.get(Wanted::ref_cast(name)),
        }
    }

    /// What has a name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        match &mut self.0 {
            Kept::Few(few) => place(few, name).ok().map(|at| &mut few[at].1),
            Kept::Many(many) => many.get_mut(Wanted::ref_cast(name)),
        }
    }

    /// What has a name; where nothing has it, what is made then.
    pub fn get_or_insert_with(&mut self, name: &str, make: impl FnOnce() -> Node) -> &mut Node {
        if !self.contains_key(name) {
            self.insert(name.into(), make());
        }
        match self.get_mut(name) {
            Some(node) => node,
            None => unreachable!("put there above"),
        }
    }

    /// Whether anything has a name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Gives something a name, and gives back what had it.
    pub fn insert(&mut self, name: Name, node: Node) -> Option<Node> {
        match &mut self.0 {
            Kept::Few(few) => match place(few, &name) {
                Ok(at) => Some(std::mem::replace(&mut few[at].1, node)),
                Err(at) if few.len() < FEW => {
                    few.insert(at, (name, node));
                    None
                }
                Err(_) => self.many().insert(name, node),
            },
            Kept::Many(many) => many.insert(name, node),
        }
    }

    /// Gives names, which are in order and not there yet, to nodes.
    pub fn add_sorted(&mut self, new: Vec<(Name, Node)>) {
        let (comes, there) = (new.len(), self.len());
        match &mut self.0 {
            Kept::Few(few) if few.is_empty() && comes <= FEW => *few = new,
            Kept::Few(_) if there + comes <= FEW => self.extend(new),
            // To merge costs a step for each that is there, to insert some for each that comes.
            _ if comes * 4 > there => self.many().append(&mut BTreeMap::from_iter(new)),
            _ => self.many().extend(new),
        }
    }

    /// All as a tree.
    fn many(&mut self) -> &mut BTreeMap<Name, Node> {
        if let Kept::Few(few) = &mut self.0 {
            self.0 = Kept::Many(std::mem::take(few).into_iter().collect());
        }
        match &mut self.0 {
            Kept::Many(many) => many,
            Kept::Few(_) => unreachable!("made many above"),
        }
    }

    /// Takes out what has a name.
    pub fn remove(&mut self, name: &str) -> Option<Node> {
        match &mut self.0 {
            Kept::Few(few) => place(few, name).ok().map(|at| few.remove(at).1),
            Kept::Many(many) => many.remove(Wanted::ref_cast(name)),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::Few(few) => few.len(),
            Kept::Many(many) => many.len(),
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names and what has them.
    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Kept::Few(few) => Iter::Few(few.iter()),
            Kept::Many(many) => Iter::Many(many.iter()),
        }
    }

    /// The names.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| &**name)
    }

    /// What has names.
    pub fn values(&self) -> impl Iterator<Item = &Node> {
        self.iter().map(|(_, node)| node)
    }
}

impl Default for Entries {
    fn default() -> Self {
        Self(Kept::Few(Vec::new()))
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Entries {}

impl Extend<(Name, Node)> for Entries {
    fn extend<I: IntoIterator<Item = (Name, Node)>>(&mut self, entries: I) {
        for (name, node) in entries {
            self.insert(name, node);
        }
    }
}

impl<'e> Iterator for Iter<'e> {
    type Item = (&'e Name, &'e Node);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(few) => few.next().map(|(name, node)| (name, node)),
            Self::Many(many) => many.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Few(few) => few.size_hint(),
            Self::Many(many) => many.size_hint(),
        }
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
