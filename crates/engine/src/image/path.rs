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
pub fn names(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

/// Directory and last name; the root has the name `""`.
pub fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((directory, name)) => (directory, name),
        None => ("/", path),
    }
}

/// `directory` with `name` added.
pub fn child(directory: &str, name: &str) -> String {
    if directory == "/" {
        format!("/{name}")
    } else {
        format!("{directory}/{name}")
    }
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
        assert_eq!(ancestors("/a/b/c").collect::<Vec<_>>(), ["/a/b", "/a"]);
    }
}
