//! `envsubst`: its input with the values of environment variables (gettext's envsubst(1)).

use std::collections::BTreeSet;

use super::{Call, Program};
use crate::shell::{Data, Exit, Outcome};

/// `envsubst`.
#[derive(Debug)]
pub(super) struct Envsubst;

impl Program for Envsubst {
    fn names(&self) -> &'static [&'static str] {
        &["envsubst"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        match words.as_slice() {
            [option, format] if matches!(option.as_str(), "-v" | "--variables") => {
                let mut names = Vec::new();
                substituted(format, &mut |name, _| {
                    names.push(name.to_owned());
                    None
                });
                for name in names {
                    call.line(&name);
                }
            }
            [] | [_] => {
                // Where a format is given, only the variables that it names are replaced.
                let mut wanted = BTreeSet::new();
                if let Some(format) = words.first() {
                    substituted(format, &mut |name, _| {
                        wanted.insert(name.to_owned());
                        None
                    });
                }
                let input = call.standard_input();
                let Some(bytes) = input.known() else {
                    call.data(Data::opaque(input.size()));
                    return Ok(Exit::OK);
                };
                let text = String::from_utf8_lossy(bytes).into_owned();
                let process = &call.shell.process;
                let out = substituted(&text, &mut |name, shown| {
                    if !words.is_empty() && !wanted.contains(name) {
                        return Some(shown.to_owned());
                    }
                    let variable = process.variables.get(name).filter(|own| own.exported);
                    variable.and_then(|own| own.value.clone())
                });
                call.out(&out);
            }
            _ => return Ok(call.refuse("too many arguments", 1)),
        }
        Ok(call.exit)
    }
}

/// A text with what `value` gives for each `$NAME` and `${NAME}`, which it is shown as well;
/// nothing where it gives none.
fn substituted(text: &str, value: &mut dyn FnMut(&str, &str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let braced = after.strip_prefix('{');
        let start = braced.unwrap_or(after);
        let length = start
            .char_indices()
            .find(|(at, ch)| {
                !(ch.is_ascii_alphanumeric() && (*at > 0 || !ch.is_ascii_digit()) || *ch == '_')
            })
            .map_or(start.len(), |(at, _)| at);
        let closes = braced.is_none() || start[length..].starts_with('}');
        if length == 0 || !closes {
            out.push('$');
            rest = after;
            continue;
        }
        let whole = 1 + length + if braced.is_some() { 2 } else { 0 };
        let shown = &rest[at..at + whole];
        out.push_str(&value(&start[..length], shown).unwrap_or_default());
        rest = &rest[at + whole..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::substituted;

    #[test]
    fn replaces_names() {
        let mut value = |name: &str, _: &str| (name == "A").then(|| "1".to_owned());
        let out = substituted("$A ${A} $B ${A-x} $1 $$A ${A", &mut value);
        assert_eq!(out, "1 1  ${A-x} $1 $1 ${A");
    }
}
