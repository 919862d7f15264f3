//! Flags of an instruction (`--from=build`), checked as BuildKit's `instructions/bflag.go` does.

use super::suggest::did_you_mean;
use super::syntax::Instruction;

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing, or `true` or `false`.
    Bool,
    /// One value.
    Text,
    /// A value each time it is given.
    Texts,
}

/// The flags that were given, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Flags {
    given: Vec<(String, String)>,
}

impl Flags {
    /// Reads the flags of an instruction that knows `known`.
    ///
    /// # Errors
    /// BuildKit's message on an unknown, repeated or incomplete flag.
    pub(super) fn parse(
        instruction: &Instruction<'_>,
        known: &[(&str, Kind)],
    ) -> Result<Self, String> {
        let mut flags = Self::default();
        for flag in &instruction.flags {
            let (name, value) = match flag.value.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (flag.value.as_ref(), None),
            };
            let bare = name.get(2..).unwrap_or_default();
            let Some((_, kind)) = known.iter().find(|(known, _)| *known == bare) else {
                let names = known.iter().map(|(known, _)| *known);
                return Err(format!("unknown flag: {name}{}", did_you_mean(bare, names)));
            };
            if *kind != Kind::Texts && flags.has(bare) {
                return Err(format!("duplicate flag specified: {name}"));
            }
            let value = match (kind, value) {
                (Kind::Bool, None) => "true".to_owned(),
                (_, None) | (Kind::Bool, Some("")) => {
                    return Err(format!("missing a value on flag: {name}"));
                }
                (Kind::Bool, Some(value)) => match value.to_lowercase().as_str() {
                    known @ ("true" | "false") => known.to_owned(),
                    _ => {
                        return Err(format!(
                            "expecting boolean value for flag {name}, not: {value}"
                        ));
                    }
                },
                (_, Some(value)) => value.to_owned(),
            };
            flags.given.push((bare.to_owned(), value));
        }
        Ok(flags)
    }

    fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// The value of a flag that was given with one.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.given
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.clone())
    }

    /// Whether a boolean flag is on.
    pub(super) fn on(&self, name: &str) -> bool {
        self.given
            .iter()
            .any(|(given, value)| given == name && value == "true")
    }

    /// All values of a flag that can be repeated.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.given
            .iter()
            .filter(|(given, _)| given == name)
            .map(|(_, value)| value.clone())
            .collect()
    }
}
