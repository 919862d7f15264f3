//! What apt's configuration says (apt.conf(5)), as far as a build writes it.

use crate::image::Node;
use crate::programs::Call;
use crate::shell::Who;

/// Where apt's configuration is.
const PARTS: &str = "/etc/apt/apt.conf.d";
const MAIN: &str = "/etc/apt/apt.conf";

/// Names and values, in the order in which apt reads them. What the image had is not looked at.
pub(super) fn read(call: &mut Call<'_, '_, '_>) -> Vec<(String, String)> {
    let names = call.files().list(PARTS, &Who::default());
    let mut names = names.unwrap_or_default().0;
    names.sort();
    let parts = names.iter().filter(|name| is_part(name));
    let parts = parts.map(|name| format!("{PARTS}/{name}"));
    let mut out = Vec::new();
    for path in parts.chain([MAIN.to_owned()]) {
        let base = call.shell.machine.base;
        let now = call.files().node(&path);
        if let Some(Node::File(file)) = now.filter(|_| now != base.get(&path))
            && let Some(content) = &file.content
        {
            parse(&String::from_utf8_lossy(content), &mut out);
        }
    }
    out
}

/// Whether a file in the directory of parts is read: one without a suffix, or with `.conf`.
fn is_part(name: &str) -> bool {
    let stem = name.strip_suffix(".conf").unwrap_or(name);
    let is_plain = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '-' | '_');
    !stem.is_empty() && stem.chars().all(is_plain)
}

/// Reads `Name "value";` and `Name { … };`, with comments as in C++ and shell.
fn parse(text: &str, out: &mut Vec<(String, String)>) {
    let mut above: Vec<String> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end_of_line = rest.find('\n').unwrap_or(rest.len());
        match first {
            '"' => {
                let (value, after) = rest[1..].split_once('"').unwrap_or((&rest[1..], ""));
                words.push(value.to_owned());
                rest = after;
            }
            '#' => rest = &rest[end_of_line..],
            '/' if rest.starts_with("//") => rest = &rest[end_of_line..],
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, after)| after);
            }
            '{' => {
                above.push(words.join(" "));
                words.clear();
                rest = &rest[1..];
            }
            ';' | '}' => {
                if let [name, value] = &words[..] {
                    let names = above.iter().chain([name]).filter(|own| !own.is_empty());
                    let names: Vec<&str> = names.map(String::as_str).collect();
                    out.push((names.join("::"), value.clone()));
                }
                words.clear();
                if first == '}' {
                    above.pop();
                }
                rest = &rest[1..];
            }
            _ if first.is_whitespace() => rest = &rest[first.len_utf8()..],
            _ => {
                let ends = |ch: char| ch.is_whitespace() || matches!(ch, '"' | '{' | '}' | ';');
                let end = rest.find(ends).unwrap_or(rest.len());
                words.push(rest[..end].to_owned());
                rest = &rest[end..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_part, parse};

    #[test]
    fn reads_settings() {
        let text = "APT::Install-Recommends \"0\";\n// why\nAPT {\n  Get { Assume-Yes \"true\"; /* and */ };\n  Cache-Limit 1;\n}\n# more\nDPkg::Post-Invoke { \"rm -f x\"; };\nA \"b";
        let mut read = Vec::new();
        parse(text, &mut read);
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read,
            [
                own("APT::Install-Recommends", "0"),
                own("APT::Get::Assume-Yes", "true"),
                own("APT::Cache-Limit", "1"),
            ]
        );
        assert!(is_part("01lean") && is_part("a.conf") && !is_part("a.bak") && !is_part(".conf"));
        parse("}};{\"", &mut read);
    }
}
