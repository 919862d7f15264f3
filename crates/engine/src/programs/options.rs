//! Options as `getopt_long` reads them.

use super::Call;
use crate::shell::{Exit, Flow};

/// Whether an option takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// No value.
    Nothing,
    /// A value, in the same word or the next.
    Value,
    /// A value in the same word, or none.
    Optional,
}

/// An option: its letter, its long name, whether it takes a value.
pub type Spec = (&'static str, &'static str, Takes);

/// A flag.
pub const fn flag(short: &'static str, long: &'static str) -> Spec {
    (short, long, Takes::Nothing)
}

/// An option with a value.
pub const fn value(short: &'static str, long: &'static str) -> Spec {
    (short, long, Takes::Value)
}

/// An option that may have a value.
pub const fn optional(short: &'static str, long: &'static str) -> Spec {
    (short, long, Takes::Optional)
}

/// Options and operands of a call. An option goes by its letter, or by its long name where
/// it has no letter.
#[derive(Debug, Clone, Default)]
pub struct Options {
    given: Vec<(&'static str, Option<String>)>,
    /// What is not an option.
    pub operands: Vec<String>,
}

impl Options {
    /// Reads the words of a call; `permute` says whether options may follow operands.
    ///
    /// # Errors
    /// What is wrong with an option.
    pub fn read(words: &[String], specs: &[Spec], permute: bool) -> Result<Self, String> {
        let mut out = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                out.operands.extend(words.cloned());
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                let (name, own) = match long.split_once('=') {
                    Some((name, own)) => (name, Some(own.to_owned())),
                    None => (long, None),
                };
                let spec = find_long(specs, name)?;
                let value =
                    match (spec.2, own) {
                        (Takes::Nothing, Some(_)) => {
                            return Err(format!("option '--{}' doesn't allow an argument", spec.1));
                        }
                        (Takes::Value, None) => Some(words.next().cloned().ok_or_else(|| {
                            format!("option '--{}' requires an argument", spec.1)
                        })?),
                        (_, own) => own,
                    };
                out.given.push((key(spec), value));
            } else if word.len() > 1 && word.starts_with('-') {
                let mut rest = &word[1..];
                while let Some(letter) = rest.chars().next() {
                    rest = &rest[letter.len_utf8()..];
                    let mut buffer = [0; 4];
                    let letter: &str = letter.encode_utf8(&mut buffer);
                    let spec = specs
                        .iter()
                        .find(|spec| spec.0 == letter)
                        .ok_or_else(|| format!("invalid option -- '{letter}'"))?;
                    let value =
                        match spec.2 {
                            Takes::Nothing => None,
                            Takes::Optional => Some(std::mem::take(&mut rest).to_owned())
                                .filter(|text| !text.is_empty()),
                            Takes::Value if !rest.is_empty() => {
                                Some(std::mem::take(&mut rest).to_owned())
                            }
                            Takes::Value => Some(words.next().cloned().ok_or_else(|| {
                                format!("option requires an argument -- '{letter}'")
                            })?),
                        };
                    out.given.push((key(spec), value));
                }
            } else {
                out.operands.push(word.clone());
                if !permute {
                    out.operands.extend(words.cloned());
                    break;
                }
            }
        }
        Ok(out)
    }

    /// Whether an option was given.
    pub fn has(&self, key: &str) -> bool {
        self.given.iter().any(|(own, _)| *own == key)
    }

    /// The value of an option, where it was given; the last one counts.
    pub fn value(&self, key: &str) -> Option<&str> {
        let given = self.given.iter().rev().find(|(own, _)| *own == key)?;
        given.1.as_deref()
    }

    /// All values of an option.
    pub fn values<'o>(&'o self, key: &'o str) -> impl Iterator<Item = &'o str> {
        self.given
            .iter()
            .filter(move |(own, _)| *own == key)
            .filter_map(|(_, value)| value.as_deref())
    }

    /// Which of several options was given last.
    pub fn last(&self, keys: &[&'static str]) -> Option<&'static str> {
        let given = self
            .given
            .iter()
            .rev()
            .find(|(own, _)| keys.contains(own))?;
        Some(given.0)
    }

    /// An operand by its place; `default` where there is none.
    pub fn operand<'o>(&'o self, at: usize, default: &'o str) -> &'o str {
        self.operands.get(at).map_or(default, String::as_str)
    }

    /// All options in order.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        self.given
            .iter()
            .map(|(key, value)| (*key, value.as_deref()))
    }
}

fn key(spec: &Spec) -> &'static str {
    if spec.0.is_empty() { spec.1 } else { spec.0 }
}

/// The option of a long name, which may be shortened as long as it stays the only one.
fn find_long<'o>(specs: &'o [Spec], name: &str) -> Result<&'o Spec, String> {
    if let Some(spec) = specs.iter().find(|spec| spec.1 == name) {
        return Ok(spec);
    }
    let mut candidates = specs
        .iter()
        .filter(|spec| !name.is_empty() && spec.1.starts_with(name));
    match (candidates.next(), candidates.next()) {
        (Some(spec), None) => Ok(spec),
        (Some(_), Some(_)) => Err(format!("option '--{name}' is ambiguous")),
        (None, _) => Err(format!("unrecognized option '--{name}'")),
    }
}

impl Call<'_, '_, '_> {
    /// Reads this call's options; complains where they are not right.
    ///
    /// # Errors
    /// The program's end: with `code`, busybox's with 1.
    pub fn options(&mut self, specs: &[Spec], code: u8) -> Result<Options, Flow> {
        self.options_as(specs, code, true)
    }

    /// As [`Self::options`], where options end at the first operand.
    ///
    /// # Errors
    /// The program's end.
    pub fn leading_options(&mut self, specs: &[Spec], code: u8) -> Result<Options, Flow> {
        self.options_as(specs, code, false)
    }

    /// Ends the program where it was given no operand.
    ///
    /// # Errors
    /// The program's end.
    pub fn require_operand(&mut self, options: &Options) -> Result<(), Flow> {
        if options.operands.is_empty() {
            return Err(Flow::Exit(self.refuse("missing operand", 1)));
        }
        Ok(())
    }

    fn options_as(&mut self, specs: &[Spec], code: u8, permute: bool) -> Result<Options, Flow> {
        Options::read(self.words(), specs, permute).map_err(|message| {
            self.complain(&message);
            let hint = format!("Try '{} --help' for more information.", self.name());
            self.shell.error(&hint);
            Flow::Exit(Exit::code(if self.is_busybox() { 1 } else { code }))
        })
    }
}
