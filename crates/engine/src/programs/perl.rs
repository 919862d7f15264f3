//! `perl`, as far as Dockerfiles use it in place of sed: `perl -pi -e 's/…/…/'`.

use super::{Call, Program, sed};
use crate::shell::{Exit, Outcome, UNKNOWN};

/// `perl`.
#[derive(Debug)]
pub(super) struct Perl;

impl Program for Perl {
    fn names(&self) -> &'static [&'static str] {
        &["perl"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let mut code = None;
        let mut prints = false;
        let mut in_place = None;
        let mut files = Vec::new();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let Some(letters) = word.strip_prefix('-').filter(|_| files.is_empty()) else {
                files.push(word.clone());
                continue;
            };
            let mut letters = letters;
            while let Some(letter) = letters.chars().next() {
                letters = &letters[letter.len_utf8()..];
                match letter {
                    'e' | 'E' => code = rest.next().cloned(),
                    'p' => prints = true,
                    // The rest of the word is what is put after the old one's name.
                    'i' => in_place = Some(std::mem::take(&mut letters).to_owned()),
                    'n' | 'w' | 'l' | '0' | 'C' | 's' | 'a' => {}
                    'v' => code = Some("print".to_owned()),
                    // A module: what it does when it is loaded is not known.
                    _ => letters = "",
                }
            }
        }
        match code {
            Some(code) if prints && in_place.is_some() => {
                edit(call, &code, in_place.as_deref().unwrap_or_default(), &files)
            }
            Some(code) if in_place.is_none() && only_prints(&code) => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// Whether code prints at most.
fn only_prints(code: &str) -> bool {
    let code = code.trim_start();
    let begins = ["print", "printf", "say", "s/", "1", "0", "exit"];
    let acts = ["open", "system", "exec", "unlink", "mkdir", "rename", "`"];
    begins.iter().any(|word| code.starts_with(word)) && !acts.iter().any(|word| code.contains(word))
}

/// Edits files in place: with sed, where it can do the same.
fn edit(call: &mut Call<'_, '_, '_>, code: &str, suffix: &str, files: &[String]) -> Outcome {
    let Some(script) = as_sed(code) else {
        return sed::unknown(call, files, true);
    };
    let mut words = vec![
        "sed".to_owned(),
        format!("-i{suffix}"),
        "-E".to_owned(),
        "-e".to_owned(),
        script,
    ];
    words.extend(files.iter().cloned());
    super::run(&sed::Sed, call.shell, &words, super::Flavor::Gnu)
}

/// The same in sed's language, where the code is one substitution in the part of the languages
/// that both have.
fn as_sed(code: &str) -> Option<String> {
    let code = code.trim().trim_end_matches(';');
    let rest = code.strip_prefix('s')?;
    let delimiter = rest.chars().next().filter(char::is_ascii_punctuation)?;
    let parts: Vec<&str> = rest[1..].split(delimiter).collect();
    let [pattern, replacement, flags] = parts.as_slice() else {
        return None;
    };
    let own = [
        "\\d", "\\D", "*?", "+?", "??", "(?", "$ENV", "@", "\\Q", "\\K", "\\h", "\\R",
    ];
    let foreign =
        own.iter().any(|own| pattern.contains(own)) || pattern.contains('{') || delimiter == '{';
    let plain_flags = flags.chars().all(|flag| matches!(flag, 'g' | 'i'));
    if foreign || !plain_flags || replacement.contains(['@', '\\', '{']) {
        return None;
    }
    // `$1` is `\1` there, and `&` is a character.
    let mut out = String::new();
    let mut chars = replacement.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            '$' => match chars.next_if(char::is_ascii_digit) {
                Some(digit) => {
                    out.push('\\');
                    out.push(digit);
                }
                None => return None,
            },
            '&' => out.push_str("\\&"),
            _ => out.push(ch),
        }
    }
    Some(format!(
        "s{delimiter}{pattern}{delimiter}{out}{delimiter}{}",
        flags.replace('i', "I")
    ))
}

#[cfg(test)]
mod tests {
    use super::as_sed;

    #[test]
    fn substitutions_in_both_languages() {
        assert_eq!(
            as_sed("s/a(b)/$1&/gi;").as_deref(),
            Some("s/a(b)/\\1\\&/gI")
        );
        assert_eq!(as_sed("s|^#? x|x|").as_deref(), Some("s|^#? x|x|"));
        assert_eq!(as_sed(r"s/\d+/1/"), None);
        assert_eq!(as_sed("s/a/$ENV{B}/"), None);
        assert_eq!(as_sed("tr/a/b/"), None);
    }
}
