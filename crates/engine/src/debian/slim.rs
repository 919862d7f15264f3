//! What -slim images leave out of packages (`path-exclude` in their /etc/dpkg/dpkg.cfg.d/docker).

/// Kinds of files that are left out.
pub const KINDS: usize = 5;

/// The kind of a path that is left out; none where it is unpacked.
pub fn left_out(path: &str) -> Option<usize> {
    let rest = path.strip_prefix("usr/share/")?;
    let (directory, inner) = rest.split_once('/')?;
    match directory {
        // fnmatch(3) without flags: `*` goes across slashes.
        "doc" if inner.ends_with("/copyright") || inner.starts_with("kde/HTML/C/") => None,
        "doc" if inner.contains("changelog") => Some(0),
        "doc" => Some(1),
        "man" => Some(2),
        "info" | "linda" => Some(3),
        "locale" => match inner {
            "all_languages" | "languages" | "locale.alias" => None,
            _ if inner.starts_with("currency/") || inner.starts_with("l10n/") => None,
            _ => Some(4),
        },
        "lintian" if inner.starts_with("overrides/") => Some(1),
        "gnome" if inner.starts_with("help/") && !inner.contains("/C/") => Some(1),
        _ => None,
    }
}

/// Whether dpkg unpacks a directory or a link of this path: it keeps those that begin like a
/// pattern of what is kept (dpkg's `filter_should_skip`).
pub fn keeps_directory(path: &str) -> bool {
    const KEPT: [&str; 8] = [
        "doc",
        "gnome/help",
        "locale/all_languages",
        "locale/currency",
        "locale/l10n",
        "locale/languages",
        "locale/locale.alias",
        "omf",
    ];
    let rest = path.strip_prefix("usr/share/");
    left_out(path).is_none()
        || rest.is_some_and(|rest| KEPT.iter().any(|kept| rest.starts_with(kept)))
}

#[cfg(test)]
mod tests {
    use super::{keeps_directory, left_out};

    #[test]
    fn follows_the_patterns_of_slim_images() {
        assert!(left_out("usr/share/doc/curl/README").is_some());
        assert!(left_out("usr/share/doc/curl/copyright").is_none());
        assert!(left_out("usr/share/doc/a/examples/b/copyright").is_none());
        assert!(left_out("usr/share/man/man1").is_some() && left_out("usr/share/man").is_none());
        assert!(keeps_directory("usr/share/doc/curl/examples"));
        assert!(!keeps_directory("usr/share/man/man1"));
        assert!(!keeps_directory("usr/share/locale/de/LC_MESSAGES"));
    }
}
