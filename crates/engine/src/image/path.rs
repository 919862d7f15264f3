//! Paths inside an image: always absolute, `/` between names (Go's `path` package).

/// Joins `path` to the directory `base` unless it is absolute, then cleans it: `.`, `..`
/// and repeated slashes go away and the root cannot be left.
pub fn join(base: &str, path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let base = if path.starts_with('/') { "" } else { base };
    for name in base.split('/').chain(path.split('/')) {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            _ => names.push(name),
        }
    }
    let mut out = String::with_capacity(base.len() + path.len() + 1);
    for name in &names {
        out.push('/');
        out.push_str(name);
    }
    if out.is_empty() {
        out.push('/');
    }
    out
}

/// A cleaned absolute path.
pub fn clean(path: &str) -> String {
    join("/", path)
}

/// The names of a path, from the root down.
pub fn names(path: &str) -> Names<'_> {
    Names(path)
}

/// The names of a path: see [`names`]. They are short, and looked for more often than anything
/// else: a plain loop is faster than what `str::split` prepares for long texts.
#[derive(Debug, Clone)]
pub struct Names<'p>(&'p str);

impl<'p> Iterator for Names<'p> {
    type Item = &'p str;

    #[inline]
    fn next(&mut self) -> Option<&'p str> {
        let bytes = self.0.as_bytes();
        let start = bytes.iter().position(|byte| *byte != b'/')?;
        let rest = &self.0[start..];
        let end = rest.bytes().position(|byte| byte == b'/');
        let (name, below) = rest.split_at(end.unwrap_or(rest.len()));
        self.0 = below;
        Some(name)
    }
}

impl DoubleEndedIterator for Names<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let bytes = self.0.as_bytes();
        let last = bytes.iter().rposition(|byte| *byte != b'/')?;
        let rest = &self.0[..=last];
        let slash = rest.bytes().rposition(|byte| byte == b'/');
        let (above, name) = rest.split_at(slash.map_or(0, |slash| slash + 1));
        self.0 = above;
        Some(name)
    }
}

/// Directory and last name; the root has the name `""`.
pub fn split(path: &str) -> (&str, &str) {
    match path.bytes().rposition(|byte| byte == b'/') {
        Some(0) => path.split_at(1),
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => ("/", path),
    }
}

/// `directory` with `name` added.
pub fn child(directory: &str, name: &str) -> String {
    let above = if directory == "/" { "" } else { directory };
    let mut path = String::with_capacity(above.len() + 1 + name.len());
    path.push_str(above);
    path.push('/');
    path.push_str(name);
    path
}

/// Every directory above `path`, nearest first, the root left out.
pub fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| Some(split(path).0))
        .skip(1)
        .take_while(|path| *path != "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_and_splits() {
        assert_eq!(join("/a/b", "../c/./d//"), "/a/c/d");
        assert_eq!(join("/a", "/../x"), "/x");
        assert_eq!(clean("../.."), "/");
        assert_eq!(split("/a"), ("/", "a"));
        assert_eq!(split("/a/b"), ("/a", "b"));
        assert_eq!(split("a"), ("/", "a"));
        for path in ["", "/", "//", "a", "/é/b//c/", "a/b"] {
            let by_split: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
            assert_eq!(names(path).collect::<Vec<_>>(), by_split);
            let backwards: Vec<&str> = by_split.into_iter().rev().collect();
            assert_eq!(names(path).rev().collect::<Vec<_>>(), backwards);
        }
        assert_eq!(ancestors("/a/b/c").collect::<Vec<_>>(), ["/a/b", "/a"]);
    }
}
