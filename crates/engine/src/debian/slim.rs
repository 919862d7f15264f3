//! What -slim images leave out of packages (`path-exclude` in their /etc/dpkg/dpkg.cfg.d/docker).

/// Kinds of files that are left out.
pub const KINDS: usize = 5;

/// The kind of a path that is left out; none where it is unpacked.
pub fn left_out(path: &str) -> Option<usize> {
    let rest = path.strip_prefix("usr/share/")?;
    let (directory, inner) = rest.split_once('/')?;
    match directory {
        "doc" if inner.ends_with("/copyright") && inner.matches('/').count() == 1 => None,
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
