//! A file tree, written in the catalog's format (catalog/tree_file.rs of the engine).

use std::fmt::Write;

use super::files::{Entry, Files, Kind};

/// Writes all files, contents and packages.
pub(super) fn write(files: &Files, source: &str) -> String {
    let mut out = format!("layerlab-tree 1\n# source: {source}\n");
    let mut before = String::new();
    let mut sorted: Vec<(&String, &Entry)> = files.entries.iter().collect();
    // In order of path: what is in a directory follows it.
    sorted.sort_by(|(a, _), (b, _)| a.split('/').cmp(b.split('/')));
    let mut again = Vec::new();
    let mut contents = String::new();
    for (path, entry) in sorted {
        let (uid, gid) = entry.owner;
        let head = match &entry.kind {
            Kind::Directory => format!("d{:o} {uid}:{gid}", entry.mode),
            Kind::Link(target) => format!("l {uid}:{gid} {target}"),
            Kind::File(bytes, text) => {
                if let Some(text) = text {
                    let text = serde_json::Value::from(text.as_str());
                    // Writing to a string cannot fail.
                    let _ = writeln!(contents, "c {path} {text}");
                }
                format!("f{:o} {uid}:{gid} {bytes}", entry.mode)
            }
            Kind::Again(first) => {
                again.push((first, path));
                continue;
            }
        };
        let _ = writeln!(out, "{head} {}", shared(path, &before));
        before.clone_from(path);
    }
    for (first, path) in again {
        // The first name may be gone in a later layer, and the file with it.
        if matches!(files.entries.get(first), Some(entry) if matches!(entry.kind, Kind::File(..))) {
            let _ = writeln!(out, "h {first} {path}");
        }
    }
    out.push_str(&contents);
    for own in files.packages() {
        let (manager, name, version, size) = (&own.manager, &own.name, &own.version, own.size);
        let _ = writeln!(out, "p {manager} {name} {version} {size}");
    }
    out
}

/// A path, or how much of it the one before has, and the rest.
fn shared(path: &str, before: &str) -> String {
    let mut same = (path.bytes().zip(before.bytes()))
        .take_while(|(a, b)| a == b)
        .count();
    while !path.is_char_boundary(same) {
        same -= 1;
    }
    if same > 3 {
        format!("{same}:{}", &path[same..])
    } else {
        path.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::shared;

    #[test]
    fn paths_share_their_beginnings() {
        assert_eq!(shared("usr/lib/b", "usr/lib/a"), "8:b");
        assert_eq!(shared("etc", "dev"), "etc");
        assert_eq!(shared("usr/é", "usr/è"), "4:é");
    }
}
