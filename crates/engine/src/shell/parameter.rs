//! Parameter expansion: `$x`, `${x:-…}`, `${x#…}` and the rest.

use brush_parser::word::{
    Parameter, ParameterExpr, ParameterTestType, ParameterTransformOp, SpecialParameter,
    SubstringMatchKind,
};

use super::Shell;
use super::arithmetic;
use super::expand::{Fields, Mode};
use super::pattern::Pattern;
use super::process::{Dialect, Flow};
use super::unknown::{UNKNOWN, is_known};

/// What a parameter holds.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Unset,
    Text(String),
    /// `$@`, `$*` or an array; whether quotes join it.
    List(Vec<String>, bool),
}

impl Value {
    fn is_null(&self) -> bool {
        match self {
            Self::Unset => true,
            Self::Text(text) => text.is_empty(),
            Self::List(list, _) => list.iter().all(String::is_empty),
        }
    }

    fn map(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Unset => Self::Unset,
            Self::Text(text) => Self::Text(change(&text)),
            Self::List(list, joined) => {
                Self::List(list.iter().map(|text| change(text)).collect(), joined)
            }
        }
    }
}

impl Shell<'_, '_> {
    /// Expands a parameter into fields.
    pub(super) fn parameter(
        &mut self,
        expr: &ParameterExpr,
        mode: Mode,
        out: &mut Fields,
    ) -> Result<(), Flow> {
        let value = match expr {
            ParameterExpr::UseDefaultValues {
                parameter,
                indirect,
                test_type,
                default_value,
            } => {
                let value = self.value(parameter, *indirect)?;
                if !missing(&value, test_type) {
                    return self.add_value(value, mode, out);
                }
                return self.expand_into(default_value.as_deref().unwrap_or_default(), mode, out);
            }
            ParameterExpr::UseAlternativeValue {
                parameter,
                indirect,
                test_type,
                alternative_value,
            } => {
                let value = self.value(parameter, *indirect)?;
                if missing(&value, test_type) {
                    return Ok(());
                }
                return self.expand_into(
                    alternative_value.as_deref().unwrap_or_default(),
                    mode,
                    out,
                );
            }
            ParameterExpr::AssignDefaultValues {
                parameter,
                indirect,
                test_type,
                default_value,
            } => {
                let value = self.value(parameter, *indirect)?;
                if missing(&value, test_type) {
                    let text = self.expand_text(default_value.as_deref().unwrap_or_default())?;
                    match parameter {
                        Parameter::Named(name) => self.assign(name, &text)?,
                        _ => return Err(self.fatal("bad variable name", 2, 1)),
                    }
                    Value::Text(text)
                } else {
                    value
                }
            }
            ParameterExpr::IndicateErrorIfNullOrUnset {
                parameter,
                indirect,
                test_type,
                error_message,
            } => {
                let value = self.value(parameter, *indirect)?;
                if missing(&value, test_type) {
                    let message = match error_message {
                        Some(text) => self.expand_text(text)?,
                        None => "parameter not set or null".to_owned(),
                    };
                    let name = name_of(parameter);
                    return Err(self.fatal(&format!("{name}: {message}"), 2, 127));
                }
                value
            }
            ParameterExpr::ParameterLength {
                parameter,
                indirect,
            } => {
                let value = self.checked(parameter, *indirect)?;
                Value::Text(match value {
                    Value::Unset => "0".to_owned(),
                    Value::Text(text) if !is_known(&text) => UNKNOWN.to_string(),
                    Value::Text(text) => text.chars().count().to_string(),
                    Value::List(list, _) => list.len().to_string(),
                })
            }
            ParameterExpr::RemoveSmallestSuffixPattern {
                parameter,
                indirect,
                pattern,
            } => self.trimmed(
                parameter,
                *indirect,
                pattern.as_deref(),
                Trim::Suffix(false),
            )?,
            ParameterExpr::RemoveLargestSuffixPattern {
                parameter,
                indirect,
                pattern,
            } => self.trimmed(parameter, *indirect, pattern.as_deref(), Trim::Suffix(true))?,
            ParameterExpr::RemoveSmallestPrefixPattern {
                parameter,
                indirect,
                pattern,
            } => self.trimmed(
                parameter,
                *indirect,
                pattern.as_deref(),
                Trim::Prefix(false),
            )?,
            ParameterExpr::RemoveLargestPrefixPattern {
                parameter,
                indirect,
                pattern,
            } => self.trimmed(parameter, *indirect, pattern.as_deref(), Trim::Prefix(true))?,
            ParameterExpr::Parameter {
                parameter,
                indirect,
            } => self.checked(parameter, *indirect)?,
            other => self.bash_expansion(other)?,
        };
        self.add_value(value, mode, out)
    }

    fn add_value(&mut self, value: Value, mode: Mode, out: &mut Fields) -> Result<(), Flow> {
        match value {
            Value::Unset => {}
            Value::Text(text) => self.add_expanded(&text, mode, out),
            Value::List(list, joined) if mode.quoted && joined => {
                let separator = match self.process.variable("IFS") {
                    None => " ".to_owned(),
                    Some(ifs) => ifs.chars().next().map(String::from).unwrap_or_default(),
                };
                self.add_expanded(&list.join(&separator), mode, out);
            }
            Value::List(list, _) if !mode.split => {
                self.add_expanded(&list.join(" "), mode, out);
            }
            Value::List(list, _) => self.add_list(&list, mode, out),
        }
        Ok(())
    }

    /// The value; an unset one is an error under `set -u`.
    fn checked(&mut self, parameter: &Parameter, indirect: bool) -> Result<Value, Flow> {
        let value = self.value(parameter, indirect)?;
        if value == Value::Unset && self.process.options.nounset {
            let name = name_of(parameter);
            let message = match self.process.dialect {
                Dialect::Bash => format!("{name}: unbound variable"),
                _ => format!("{name}: parameter not set"),
            };
            return Err(self.fatal(&message, 2, 127));
        }
        Ok(value)
    }

    fn value(&mut self, parameter: &Parameter, indirect: bool) -> Result<Value, Flow> {
        let value = self.direct(parameter)?;
        match value {
            Value::Text(name) if indirect => Ok(self.named(&name)),
            other => Ok(other),
        }
    }

    fn direct(&mut self, parameter: &Parameter) -> Result<Value, Flow> {
        Ok(match parameter {
            Parameter::Positional(0) => Value::Text(self.process.name.clone()),
            Parameter::Positional(number) => {
                let place = *number as usize - 1;
                let argument = self.process.arguments.get(place);
                argument.map_or(Value::Unset, |text| Value::Text(text.clone()))
            }
            Parameter::Special(special) => self.special(special),
            Parameter::Named(name) => self.named(name),
            Parameter::NamedWithIndex { name, index } => {
                let index = self.expand_quoted(index)?;
                self.element(name, &index)
            }
            Parameter::NamedWithAllIndices { name, concatenate } => {
                let Some(variable) = self.process.variables.get(name) else {
                    return Ok(Value::List(Vec::new(), *concatenate));
                };
                let list = match (&variable.elements, &variable.table, &variable.value) {
                    (Some(elements), _, _) => elements.values().cloned().collect(),
                    (None, Some(table), _) => table.values().cloned().collect(),
                    (None, None, Some(value)) => vec![value.clone()],
                    (None, None, None) => Vec::new(),
                };
                Value::List(list, *concatenate)
            }
        })
    }

    fn element(&mut self, name: &str, index: &str) -> Value {
        let Some(variable) = self.process.variables.get(name).cloned() else {
            return Value::Unset;
        };
        if let Some(table) = &variable.table {
            return table
                .get(index)
                .map_or(Value::Unset, |text| Value::Text(text.clone()));
        }
        let Ok(mut number) = arithmetic::evaluate(index, self.process) else {
            return Value::Text(UNKNOWN.to_string());
        };
        let found = match &variable.elements {
            Some(elements) => {
                if number < 0 {
                    number += elements.keys().next_back().map_or(0, |last| last + 1);
                }
                elements.get(&number).cloned()
            }
            None => variable.value.filter(|_| number == 0),
        };
        found.map_or(Value::Unset, Value::Text)
    }

    fn special(&self, special: &SpecialParameter) -> Value {
        match special {
            SpecialParameter::AllPositionalParameters { concatenate } => {
                Value::List(self.process.arguments.clone(), *concatenate)
            }
            SpecialParameter::PositionalParameterCount => {
                Value::Text(self.process.arguments.len().to_string())
            }
            SpecialParameter::LastExitStatus => Value::Text(match self.process.status.0 {
                Some(code) => code.to_string(),
                None => UNKNOWN.to_string(),
            }),
            SpecialParameter::CurrentOptionFlags => {
                let options = &self.process.options;
                let flags = [
                    (options.errexit, 'e'),
                    (options.nounset, 'u'),
                    (options.xtrace, 'x'),
                    (options.noglob, 'f'),
                ];
                Value::Text(
                    flags
                        .iter()
                        .filter(|(on, _)| *on)
                        .map(|(_, flag)| flag)
                        .collect(),
                )
            }
            // The shell of a RUN is the first process of its container.
            SpecialParameter::ProcessId => Value::Text("1".to_owned()),
            SpecialParameter::LastBackgroundProcessId => self
                .process
                .variable("!")
                .map_or(Value::Unset, |pid| Value::Text(pid.to_owned())),
            SpecialParameter::ShellName => Value::Text(self.process.name.clone()),
        }
    }

    fn named(&self, name: &str) -> Value {
        if let Some(variable) = self.process.variables.get(name) {
            let first = variable
                .elements
                .as_ref()
                .and_then(|elements| elements.get(&0).cloned());
            return first
                .or_else(|| {
                    variable
                        .value
                        .clone()
                        .filter(|_| variable.elements.is_none())
                })
                .map_or(Value::Unset, Value::Text);
        }
        let dialect = self.process.dialect;
        let text = match name {
            "RANDOM" | "SRANDOM" | "EPOCHSECONDS" | "EPOCHREALTIME" | "BASHPID"
                if dialect != Dialect::Dash =>
            {
                UNKNOWN.to_string()
            }
            "SECONDS" if dialect == Dialect::Bash => "0".to_owned(),
            "LINENO" => "1".to_owned(),
            "UID" | "EUID" if dialect == Dialect::Bash => self.process.who.uid.to_string(),
            "PPID" => "0".to_owned(),
            _ => return Value::Unset,
        };
        Value::Text(text)
    }

    fn trimmed(
        &mut self,
        parameter: &Parameter,
        indirect: bool,
        pattern: Option<&str>,
        trim: Trim,
    ) -> Result<Value, Flow> {
        let value = self.checked(parameter, indirect)?;
        let pattern = self.expand_pattern(pattern.unwrap_or_default())?;
        let pattern = Pattern::new(&pattern);
        Ok(value.map(|text| trim.apply(text, &pattern)))
    }

    /// `${x^}`, `${x,,}` and their like: the first `most` characters in another case, where
    /// they match the pattern.
    fn recased(
        &mut self,
        parameter: &Parameter,
        indirect: bool,
        pattern: &Option<String>,
        change: fn(&str) -> String,
        most: usize,
    ) -> Result<Value, Flow> {
        let value = self.checked(parameter, indirect)?;
        let pattern = match pattern.as_deref().filter(|pattern| !pattern.is_empty()) {
            Some(pattern) => Some(Pattern::new(&self.expand_pattern(pattern)?)),
            None => None,
        };
        Ok(value.map(|text| case_changed(text, pattern.as_ref(), change, most)))
    }

    /// Expansions that POSIX does not have.
    fn bash_expansion(&mut self, expr: &ParameterExpr) -> Result<Value, Flow> {
        Ok(match expr {
            ParameterExpr::Substring {
                parameter,
                indirect,
                offset,
                length,
            } => {
                let value = self.checked(parameter, *indirect)?;
                let offset = self.number(&offset.value)?;
                let length = match length {
                    Some(length) => Some(self.number(&length.value)?),
                    None => None,
                };
                match value {
                    Value::List(list, joined) => {
                        // `${@:1}` counts from $1.
                        let start = usize::try_from(offset.max(1) - 1).unwrap_or(0);
                        let most = length
                            .map_or(list.len(), |length| usize::try_from(length).unwrap_or(0));
                        let part = list.into_iter().skip(start).take(most).collect();
                        Value::List(part, joined)
                    }
                    other => other.map(|text| substring(text, offset, length)),
                }
            }
            ParameterExpr::ReplaceSubstring {
                parameter,
                indirect,
                pattern,
                replacement,
                match_kind,
            } => {
                let value = self.checked(parameter, *indirect)?;
                let pattern = self.expand_pattern(pattern)?;
                let pattern = Pattern::new(&pattern);
                let new = self.expand_text(replacement.as_deref().unwrap_or_default())?;
                value.map(|text| replaced(text, &pattern, &new, match_kind))
            }
            ParameterExpr::UppercaseFirstChar {
                parameter,
                indirect,
                pattern,
            } => self.recased(parameter, *indirect, pattern, str::to_uppercase, 1)?,
            ParameterExpr::LowercaseFirstChar {
                parameter,
                indirect,
                pattern,
            } => self.recased(parameter, *indirect, pattern, str::to_lowercase, 1)?,
            ParameterExpr::UppercasePattern {
                parameter,
                indirect,
                pattern,
            } => self.recased(parameter, *indirect, pattern, str::to_uppercase, usize::MAX)?,
            ParameterExpr::LowercasePattern {
                parameter,
                indirect,
                pattern,
            } => self.recased(parameter, *indirect, pattern, str::to_lowercase, usize::MAX)?,
            ParameterExpr::Transform {
                parameter,
                indirect,
                op,
            } => {
                let value = self.checked(parameter, *indirect)?;
                match op {
                    ParameterTransformOp::ToLowerCase => value.map(str::to_lowercase),
                    ParameterTransformOp::ToUpperCase => value.map(str::to_uppercase),
                    ParameterTransformOp::CapitalizeInitial => {
                        value.map(|text| case_changed(text, None, str::to_uppercase, 1))
                    }
                    ParameterTransformOp::Quoted => {
                        value.map(|text| format!("'{}'", text.replace('\'', "'\\''")))
                    }
                    _ => Value::Text(UNKNOWN.to_string()),
                }
            }
            ParameterExpr::VariableNames {
                prefix,
                concatenate,
            } => {
                let names = self.process.variables.keys();
                let list = names.filter(|name| name.starts_with(prefix.as_str()));
                Value::List(list.cloned().collect(), *concatenate)
            }
            ParameterExpr::MemberKeys {
                variable_name,
                concatenate,
            } => {
                let variable = self.process.variables.get(variable_name);
                let list = match variable {
                    Some(variable) => match (&variable.elements, &variable.table) {
                        (Some(elements), _) => elements.keys().map(i64::to_string).collect(),
                        (None, Some(table)) => table.keys().cloned().collect(),
                        (None, None) => vec!["0".to_owned()],
                    },
                    None => Vec::new(),
                };
                Value::List(list, *concatenate)
            }
            _ => Value::Unset,
        })
    }

    fn number(&mut self, text: &str) -> Result<i64, Flow> {
        let text = self.expand_quoted(text)?;
        match arithmetic::evaluate(&text, self.process) {
            Ok(number) => Ok(number),
            Err(arithmetic::Failure::Unknown) => Ok(0),
            Err(arithmetic::Failure::Error(message)) => Err(self.fatal(&message, 2, 1)),
        }
    }
}

fn missing(value: &Value, test: &ParameterTestType) -> bool {
    match test {
        ParameterTestType::Unset => {
            *value == Value::Unset
                || *value == Value::List(Vec::new(), true)
                || *value == Value::List(Vec::new(), false)
        }
        ParameterTestType::UnsetOrNull => value.is_null(),
    }
}

fn name_of(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Positional(number) => number.to_string(),
        Parameter::Named(name)
        | Parameter::NamedWithIndex { name, .. }
        | Parameter::NamedWithAllIndices { name, .. } => name.clone(),
        Parameter::Special(_) => "!".to_owned(),
    }
}

/// Which end of a value goes, and whether the longest match.
#[derive(Clone, Copy)]
enum Trim {
    Prefix(bool),
    Suffix(bool),
}

impl Trim {
    fn apply(self, text: &str, pattern: &Pattern) -> String {
        if !is_known(text) {
            return UNKNOWN.to_string();
        }
        let chars: Vec<char> = text.chars().collect();
        let all = 0..=chars.len();
        let cut = match self {
            Self::Prefix(false) => all
                .into_iter()
                .find(|&end| pattern.matches_chars(&chars[..end])),
            Self::Prefix(true) => all.rev().find(|&end| pattern.matches_chars(&chars[..end])),
            Self::Suffix(false) => all
                .rev()
                .find(|&start| pattern.matches_chars(&chars[start..])),
            Self::Suffix(true) => all
                .into_iter()
                .find(|&start| pattern.matches_chars(&chars[start..])),
        };
        match (self, cut) {
            (_, None) => text.to_owned(),
            (Self::Prefix(_), Some(end)) => chars[end..].iter().collect(),
            (Self::Suffix(_), Some(start)) => chars[..start].iter().collect(),
        }
    }
}

fn substring(text: &str, offset: i64, length: Option<i64>) -> String {
    if !is_known(text) {
        return UNKNOWN.to_string();
    }
    let chars: Vec<char> = text.chars().collect();
    let count = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { count + offset } else { offset };
    if start < 0 || start > count {
        return String::new();
    }
    let end = match length {
        None => count,
        Some(length) if length < 0 => count + length,
        Some(length) => (start + length).min(count),
    };
    if end < start {
        return String::new();
    }
    let place = |at: i64| usize::try_from(at).unwrap_or(0);
    chars[place(start)..place(end)].iter().collect()
}

fn replaced(text: &str, pattern: &Pattern, new: &str, kind: &SubstringMatchKind) -> String {
    if !is_known(text) {
        return UNKNOWN.to_string();
    }
    let chars: Vec<char> = text.chars().collect();
    let longest = |start: usize| {
        (start + 1..=chars.len())
            .rev()
            .find(|&end| pattern.matches_chars(&chars[start..end]))
    };
    match kind {
        SubstringMatchKind::Prefix => match longest(0) {
            Some(end) => format!("{new}{}", chars[end..].iter().collect::<String>()),
            None => text.to_owned(),
        },
        SubstringMatchKind::Suffix => {
            match (0..chars.len()).find(|&start| pattern.matches_chars(&chars[start..])) {
                Some(start) => format!("{}{new}", chars[..start].iter().collect::<String>()),
                None => text.to_owned(),
            }
        }
        SubstringMatchKind::FirstOccurrence | SubstringMatchKind::Anywhere => {
            let mut out = String::new();
            let mut at = 0;
            let mut left = true;
            while at < chars.len() {
                match longest(at).filter(|_| left) {
                    Some(end) => {
                        out.push_str(new);
                        at = end;
                        left = matches!(kind, SubstringMatchKind::Anywhere);
                    }
                    None => {
                        out.push(chars[at]);
                        at += 1;
                    }
                }
            }
            out
        }
    }
}

/// The first `most` characters in another case, where they match the pattern.
fn case_changed(
    text: &str,
    pattern: Option<&Pattern>,
    change: fn(&str) -> String,
    most: usize,
) -> String {
    text.chars()
        .enumerate()
        .map(|(at, ch)| {
            let ch = ch.to_string();
            let meant = at < most && pattern.is_none_or(|pattern| pattern.matches(&ch));
            if meant { change(&ch) } else { ch }
        })
        .collect()
}
