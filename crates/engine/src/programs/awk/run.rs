//! Running an awk program.

use std::collections::BTreeMap;

use crate::programs::Call;
use crate::programs::escape::{Escapes, unescape};
use crate::programs::printf::{formatted, general};
use crate::programs::regex::Regex;
use crate::shell::{Flow, UNKNOWN, is_known};

use super::parse::{Expr, Pattern, Program, Statement};

/// Text with its escapes interpreted.
pub(super) fn escaped(text: &str) -> String {
    String::from_utf8_lossy(&unescape(text, Escapes::Format).0).into_owned()
}

/// What leaves the ordinary course.
enum Leave {
    Next,
    Exit,
    Break,
    Continue,
    Limit(Flow),
}

impl From<Flow> for Leave {
    fn from(flow: Flow) -> Self {
        Self::Limit(flow)
    }
}

/// A value: a text, and whether it looks like a number because of where it comes from.
#[derive(Debug, Clone)]
struct Value {
    text: String,
    number: Option<f64>,
}

impl Value {
    fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            number: None,
        }
    }

    fn number(number: f64) -> Self {
        let whole = number.fract() == 0.0 && number.abs() < 1e15;
        Self {
            text: if whole {
                format!("{number:.0}")
            } else {
                general(number)
            },
            number: Some(number),
        }
    }

    /// What was read: a number where it looks like one.
    fn read(text: &str) -> Self {
        let trimmed = text.trim();
        let number = if trimmed.is_empty()
            || trimmed
                .chars()
                .any(|ch| ch.is_ascii_alphabetic() && ch != 'e' && ch != 'E')
        {
            None
        } else {
            trimmed.parse().ok()
        };
        Self {
            text: text.to_owned(),
            number,
        }
    }

    fn as_number(&self) -> f64 {
        if let Some(number) = self.number {
            return number;
        }
        let text = self.text.trim_start();
        let mut end = 0;
        let mut best = 0.0;
        for (place, ch) in text.char_indices() {
            if !(ch.is_ascii_digit() || matches!(ch, '.' | '-' | '+' | 'e' | 'E')) {
                break;
            }
            end = place + ch.len_utf8();
            if let Ok(number) = text[..end].parse() {
                best = number;
            }
        }
        if end == 0 { 0.0 } else { best }
    }

    fn is_true(&self) -> bool {
        match self.number {
            Some(number) => number != 0.0,
            None => !self.text.is_empty(),
        }
    }

    fn is_known(&self) -> bool {
        is_known(&self.text)
    }
}

pub(super) struct Machine<'p> {
    program: &'p Program,
    variables: BTreeMap<String, Value>,
    arrays: BTreeMap<String, BTreeMap<String, Value>>,
    fields: Vec<String>,
    line: String,
    written: Vec<(String, String)>,
    in_range: Vec<bool>,
    code: Option<u8>,
}

impl<'p> Machine<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let mut machine = Self {
            program,
            variables: BTreeMap::new(),
            arrays: BTreeMap::new(),
            fields: Vec::new(),
            line: String::new(),
            written: Vec::new(),
            in_range: vec![false; program.rules.len()],
            code: Some(0),
        };
        for (name, value) in [
            ("FS", " "),
            ("OFS", " "),
            ("ORS", "\n"),
            ("RS", "\n"),
            ("SUBSEP", "\u{1c}"),
        ] {
            machine.set(name, value);
        }
        machine
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), Value::read(value));
    }

    pub(super) fn set_array(&mut self, name: &str, values: BTreeMap<String, String>) {
        let values = values
            .into_iter()
            .map(|(key, value)| (key, Value::read(&value)));
        self.arrays.insert(name.to_owned(), values.collect());
    }

    fn variable(&self, name: &str) -> String {
        self.variables
            .get(name)
            .map(|value| value.text.clone())
            .unwrap_or_default()
    }

    /// Runs the program over files; gives its status, where it is known.
    pub(super) fn run(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        operands: &[String],
    ) -> Result<Option<u8>, Flow> {
        let program = self.program;
        let begin_only = program
            .rules
            .iter()
            .all(|(pattern, _)| matches!(pattern, Pattern::Begin));
        let mut ended = self.phase(call, |pattern| matches!(pattern, Pattern::Begin))?;
        if !ended && !begin_only {
            let mut inputs: Vec<String> = operands.to_vec();
            if inputs.iter().all(|input| is_assignment(input)) {
                inputs.push("-".to_owned());
            }
            let mut total = 0.0;
            'files: for input in inputs {
                if is_assignment(&input) {
                    if let Some((name, value)) = input.split_once('=') {
                        self.set(name, &escaped(value));
                    }
                    continue;
                }
                let data = match call.read(&input) {
                    Ok(data) => data,
                    Err(errno) => {
                        call.problem(&format!("cannot open \"{input}\""), errno);
                        continue;
                    }
                };
                self.set("FILENAME", if input == "-" { "" } else { &input });
                let text = data.text();
                let mut number = 0.0;
                for record in self.records(&text) {
                    call.shell.machine.step()?;
                    number += 1.0;
                    total += 1.0;
                    self.variables.insert("NR".to_owned(), Value::number(total));
                    self.variables
                        .insert("FNR".to_owned(), Value::number(number));
                    self.set_line(&record);
                    match self.record(call) {
                        Ok(()) | Err(Leave::Next | Leave::Break | Leave::Continue) => {}
                        Err(Leave::Exit) => {
                            ended = true;
                            break 'files;
                        }
                        Err(Leave::Limit(flow)) => return Err(flow),
                    }
                }
            }
        }
        let _ = ended;
        self.phase(call, |pattern| matches!(pattern, Pattern::End))?;
        for (file, text) in std::mem::take(&mut self.written) {
            if let Err(errno) = call.write(&file, text.as_str().into()) {
                call.problem(&file, errno);
            }
        }
        Ok(self.code)
    }

    fn records(&self, text: &str) -> Vec<String> {
        let separator = self.variable("RS");
        if separator.is_empty() {
            return text
                .split("\n\n")
                .map(|part| part.trim_matches('\n').to_owned())
                .filter(|part| !part.is_empty())
                .collect();
        }
        let mut out: Vec<String> = text.split(separator.as_str()).map(str::to_owned).collect();
        if out.last().is_some_and(String::is_empty) {
            out.pop();
        }
        out
    }

    fn phase(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        wanted: impl Fn(&Pattern) -> bool,
    ) -> Result<bool, Flow> {
        let program = self.program;
        for (pattern, action) in &program.rules {
            if !wanted(pattern) {
                continue;
            }
            match self.block(call, action) {
                Ok(()) | Err(Leave::Next | Leave::Break | Leave::Continue) => {}
                Err(Leave::Exit) => return Ok(true),
                Err(Leave::Limit(flow)) => return Err(flow),
            }
        }
        Ok(false)
    }

    fn record(&mut self, call: &mut Call<'_, '_, '_>) -> Result<(), Leave> {
        let program = self.program;
        for (place, (pattern, action)) in program.rules.iter().enumerate() {
            let selected = match pattern {
                Pattern::Begin | Pattern::End => false,
                Pattern::Always => true,
                Pattern::When(expr) => self.value(call, expr)?.is_true(),
                Pattern::Range(first, last) => {
                    if !self.in_range[place] {
                        self.in_range[place] = self.value(call, first)?.is_true();
                        let starts = self.in_range[place];
                        if starts && self.value(call, last)?.is_true() {
                            self.in_range[place] = false;
                        }
                        starts
                    } else {
                        self.in_range[place] = !self.value(call, last)?.is_true();
                        true
                    }
                }
            };
            if selected {
                self.block(call, action)?;
            }
        }
        Ok(())
    }

    fn set_line(&mut self, line: &str) {
        line.clone_into(&mut self.line);
        let separator = self.variable("FS");
        self.fields = split(line, &separator);
        self.variables
            .insert("NF".to_owned(), Value::number(self.fields.len() as f64));
    }

    fn rebuild(&mut self) {
        self.line = self.fields.join(&self.variable("OFS"));
        self.variables
            .insert("NF".to_owned(), Value::number(self.fields.len() as f64));
    }

    fn field(&self, index: usize) -> Value {
        if index == 0 {
            return Value::read(&self.line);
        }
        self.fields
            .get(index - 1)
            .map_or_else(|| Value::text(""), |text| Value::read(text))
    }

    fn block(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        statements: &[Statement],
    ) -> Result<(), Leave> {
        for statement in statements {
            self.statement(call, statement)?;
        }
        Ok(())
    }

    fn turn(&mut self, call: &mut Call<'_, '_, '_>, body: &[Statement]) -> Result<bool, Leave> {
        call.shell.machine.step()?;
        match self.block(call, body) {
            Ok(()) | Err(Leave::Continue) => Ok(true),
            Err(Leave::Break) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn statement(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        statement: &Statement,
    ) -> Result<(), Leave> {
        match statement {
            Statement::Expr(expr) => {
                self.value(call, expr)?;
            }
            Statement::Print(arguments, target) => {
                let text = if arguments.is_empty() {
                    self.line.clone()
                } else {
                    let mut parts = Vec::new();
                    for argument in arguments {
                        parts.push(self.value(call, argument)?.text);
                    }
                    parts.join(&self.variable("OFS"))
                };
                let text = format!("{text}{}", self.variable("ORS"));
                self.print(call, &text, target.as_ref())?;
            }
            Statement::Printf(arguments, target) => {
                let mut parts = Vec::new();
                for argument in arguments {
                    parts.push(self.value(call, argument)?.text);
                }
                let text = parts
                    .split_first()
                    .map(|(format, rest)| sprintf(format, rest))
                    .unwrap_or_default();
                self.print(call, &text, target.as_ref())?;
            }
            Statement::If(condition, then, otherwise) => {
                let chosen = if self.value(call, condition)?.is_true() {
                    then
                } else {
                    otherwise
                };
                self.block(call, chosen)?;
            }
            Statement::While(condition, body, first) => {
                if *first && !self.turn(call, body)? {
                    return Ok(());
                }
                while self.value(call, condition)?.is_true() {
                    if !self.turn(call, body)? {
                        break;
                    }
                }
            }
            Statement::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.statement(call, first)?;
                }
                loop {
                    if let Some(condition) = condition
                        && !self.value(call, condition)?.is_true()
                    {
                        break;
                    }
                    if !self.turn(call, body)? {
                        break;
                    }
                    if let Some(step) = step {
                        self.statement(call, step)?;
                    }
                }
            }
            Statement::ForIn(name, array, body) => {
                let keys: Vec<String> = self
                    .arrays
                    .get(array)
                    .map(|array| array.keys().cloned().collect())
                    .unwrap_or_default();
                for key in keys {
                    self.set(name, &key);
                    if !self.turn(call, body)? {
                        break;
                    }
                }
            }
            Statement::Next => return Err(Leave::Next),
            Statement::Break => return Err(Leave::Break),
            Statement::Continue => return Err(Leave::Continue),
            Statement::Exit(code) => {
                if let Some(code) = code {
                    let value = self.value(call, code)?;
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "statuses are a byte"
                    )]
                    let code = value.as_number() as i64 as u8;
                    self.code = value.is_known().then_some(code);
                }
                return Err(Leave::Exit);
            }
            Statement::Delete(name, index) => match index {
                Some(index) => {
                    let index = self.value(call, index)?.text;
                    if let Some(array) = self.arrays.get_mut(name) {
                        array.remove(&index);
                    }
                }
                None => {
                    self.arrays.remove(name);
                }
            },
        }
        Ok(())
    }

    fn print(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        text: &str,
        target: Option<&(String, Expr)>,
    ) -> Result<(), Leave> {
        let Some((kind, file)) = target else {
            call.out(text);
            return Ok(());
        };
        let file = self.value(call, file)?.text;
        match file.as_str() {
            "/dev/stdout" => call.out(text),
            "/dev/stderr" => call.shell.error(text.trim_end_matches('\n')),
            _ => {
                let place = self.written.iter().position(|(own, _)| *own == file);
                let place = match place {
                    Some(place) => place,
                    None => {
                        let old = if kind == ">>" {
                            call.read(&file).map(|data| data.text()).unwrap_or_default()
                        } else {
                            String::new()
                        };
                        self.written.push((file, old));
                        self.written.len() - 1
                    }
                };
                self.written[place].1.push_str(text);
            }
        }
        Ok(())
    }

    fn value(&mut self, call: &mut Call<'_, '_, '_>, expr: &Expr) -> Result<Value, Leave> {
        Ok(match expr {
            Expr::Number(number) => Value::number(*number),
            Expr::Text(text) => Value::text(text),
            Expr::Regex(regex) => truth(regex.is_match(&self.line)),
            Expr::Variable(name) => self.variables.get(name).cloned().unwrap_or(Value {
                text: String::new(),
                number: None,
            }),
            Expr::Field(index) => {
                let index = self.value(call, index)?.as_number();
                self.field(place(index))
            }
            Expr::Element(name, index) => {
                let index = self.value(call, index)?.text;
                let array = self.arrays.entry(name.clone()).or_default();
                array
                    .entry(index)
                    .or_insert_with(|| Value::text(""))
                    .clone()
            }
            Expr::In(index, name) => {
                let index = self.value(call, index)?.text;
                truth(
                    self.arrays
                        .get(name)
                        .is_some_and(|array| array.contains_key(&index)),
                )
            }
            Expr::Assign(target, operator, value) => {
                let mut value = self.value(call, value)?;
                if *operator != '=' {
                    let old = self.value(call, target)?.as_number();
                    value = arithmetic(&operator.to_string(), old, value.as_number());
                }
                self.assign(call, target, value.clone())?;
                value
            }
            Expr::Step(target, step, before) => {
                let old = self.value(call, target)?.as_number();
                let new = Value::number(old + step);
                self.assign(call, target, new.clone())?;
                if *before { new } else { Value::number(old) }
            }
            Expr::Not(inner) => truth(!self.value(call, inner)?.is_true()),
            Expr::Negative(inner) => Value::number(-self.value(call, inner)?.as_number()),
            Expr::Binary("&&", left, right) => {
                truth(self.value(call, left)?.is_true() && self.value(call, right)?.is_true())
            }
            Expr::Binary("||", left, right) => {
                truth(self.value(call, left)?.is_true() || self.value(call, right)?.is_true())
            }
            Expr::Binary(operator, left, right) => {
                let left = self.value(call, left)?;
                let right = self.value(call, right)?;
                if !left.is_known() || !right.is_known() {
                    return Ok(Value::text(UNKNOWN.to_string()));
                }
                match *operator {
                    "<" | "<=" | ">" | ">=" | "==" | "!=" => compare(operator, &left, &right),
                    operator => arithmetic(operator, left.as_number(), right.as_number()),
                }
            }
            Expr::Match(left, right, wanted) => {
                let text = self.value(call, left)?.text;
                let regex = self.regex(call, right)?;
                truth(regex.is_some_and(|regex| regex.is_match(&text)) == *wanted)
            }
            Expr::Choice(condition, then, otherwise) => {
                if self.value(call, condition)?.is_true() {
                    self.value(call, then)?
                } else {
                    self.value(call, otherwise)?
                }
            }
            Expr::Join(left, right) => {
                let left = self.value(call, left)?.text;
                let right = self.value(call, right)?.text;
                Value::text(format!("{left}{right}"))
            }
            Expr::Call(name, arguments) => self.function(call, name, arguments)?,
        })
    }

    /// An expression as a pattern: a regular expression itself, or the text of another value.
    fn regex(&mut self, call: &mut Call<'_, '_, '_>, expr: &Expr) -> Result<Option<Regex>, Leave> {
        if let Expr::Regex(regex) = expr {
            return Ok(Some(regex.clone()));
        }
        let text = self.value(call, expr)?.text;
        Ok(Regex::new(&text, true, false).ok())
    }

    fn assign(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        target: &Expr,
        value: Value,
    ) -> Result<(), Leave> {
        match target {
            Expr::Variable(name) => {
                if name == "NF" {
                    self.fields
                        .resize(place(value.as_number()).min(100_000), String::new());
                    self.rebuild();
                } else {
                    self.variables.insert(name.clone(), value);
                }
            }
            Expr::Field(index) => {
                let index = place(self.value(call, index)?.as_number()).min(100_000);
                if index == 0 {
                    self.set_line(&value.text);
                } else {
                    if self.fields.len() < index {
                        self.fields.resize(index, String::new());
                    }
                    self.fields[index - 1] = value.text;
                    self.rebuild();
                }
            }
            Expr::Element(name, index) => {
                let index = self.value(call, index)?.text;
                self.arrays
                    .entry(name.clone())
                    .or_default()
                    .insert(index, value);
            }
            _ => {}
        }
        Ok(())
    }

    fn function(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        name: &str,
        arguments: &[Expr],
    ) -> Result<Value, Leave> {
        if let ("length", [Expr::Variable(array)]) = (name, arguments)
            && let Some(array) = self.arrays.get(array)
        {
            return Ok(Value::number(array.len() as f64));
        }
        if matches!(name, "sub" | "gsub") {
            return self.substitute(call, name == "gsub", arguments);
        }
        if name == "split" {
            return self.split_into(call, arguments);
        }
        let mut values = Vec::new();
        for (number, argument) in arguments.iter().enumerate() {
            if name == "match" && number == 1 {
                break;
            }
            values.push(self.value(call, argument)?);
        }
        let text = |number: usize| {
            values
                .get(number)
                .map(|value| value.text.clone())
                .unwrap_or_default()
        };
        let number = |place: usize| values.get(place).map_or(0.0, Value::as_number);
        if values.iter().any(|value| !value.is_known()) && name != "sprintf" {
            return Ok(Value::text(UNKNOWN.to_string()));
        }
        Ok(match name {
            "length" if values.is_empty() => Value::number(self.line.chars().count() as f64),
            "length" => Value::number(text(0).chars().count() as f64),
            "substr" => {
                let start = number(1).round();
                let end = if values.len() > 2 {
                    start + number(2).round()
                } else {
                    f64::INFINITY
                };
                let whole = text(0);
                let chars = whole.chars().zip(1..).filter(|(_, at)| {
                    let at = f64::from(*at);
                    at >= start && at < end
                });
                Value::text(chars.map(|(ch, _)| ch).collect::<String>())
            }
            "index" => {
                let (whole, part) = (text(0), text(1));
                let at = whole
                    .find(&part)
                    .map_or(0, |at| whole[..at].chars().count() + 1);
                Value::number(at as f64)
            }
            "match" => {
                let whole = text(0);
                let regex = match arguments.get(1) {
                    Some(pattern) => self.regex(call, pattern)?,
                    None => None,
                };
                let found = regex
                    .and_then(|regex| regex.find_at(&whole, 0))
                    .and_then(|found| found[0]);
                let (start, length) = match found {
                    Some((start, end)) => (
                        whole[..start].chars().count() as f64 + 1.0,
                        whole[start..end].chars().count() as f64,
                    ),
                    None => (0.0, -1.0),
                };
                self.variables
                    .insert("RSTART".to_owned(), Value::number(start));
                self.variables
                    .insert("RLENGTH".to_owned(), Value::number(length));
                Value::number(start)
            }
            "sprintf" => {
                let parts: Vec<String> = values.iter().map(|value| value.text.clone()).collect();
                Value::text(
                    parts
                        .split_first()
                        .map(|(format, rest)| sprintf(format, rest))
                        .unwrap_or_default(),
                )
            }
            "tolower" => Value::text(text(0).to_lowercase()),
            "toupper" => Value::text(text(0).to_uppercase()),
            "int" => Value::number(number(0).trunc()),
            "sqrt" => Value::number(number(0).sqrt()),
            "sin" => Value::number(number(0).sin()),
            "cos" => Value::number(number(0).cos()),
            "exp" => Value::number(number(0).exp()),
            "log" => Value::number(number(0).ln()),
            _ => Value::text(
                values
                    .iter()
                    .map(|value| value.text.clone())
                    .collect::<Vec<_>>()
                    .join("\u{1c}"),
            ),
        })
    }

    fn split_into(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        arguments: &[Expr],
    ) -> Result<Value, Leave> {
        let [text, Expr::Variable(array), rest @ ..] = arguments else {
            return Ok(Value::number(0.0));
        };
        let text = self.value(call, text)?.text;
        let parts = match rest.first() {
            None => split(&text, &self.variable("FS")),
            Some(Expr::Regex(regex)) => split_at(&text, regex),
            Some(separator) => {
                let separator = self.value(call, separator)?.text;
                split(&text, &separator)
            }
        };
        let count = parts.len();
        let values = parts
            .iter()
            .enumerate()
            .map(|(number, part)| ((number + 1).to_string(), Value::read(part)));
        self.arrays.insert(array.clone(), values.collect());
        Ok(Value::number(count as f64))
    }

    fn substitute(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        all: bool,
        arguments: &[Expr],
    ) -> Result<Value, Leave> {
        let whole = Expr::Field(Box::new(Expr::Number(0.0)));
        let (pattern, replacement, target) = match arguments {
            [pattern, replacement] => (pattern, replacement, &whole),
            [pattern, replacement, target, ..] => (pattern, replacement, target),
            _ => return Ok(Value::number(0.0)),
        };
        let Some(regex) = self.regex(call, pattern)? else {
            return Ok(Value::number(0.0));
        };
        let replacement = self.value(call, replacement)?.text;
        let text = self.value(call, target)?.text;
        let mut out = String::new();
        let (mut at, mut copied, mut count) = (0, 0, 0.0);
        while at <= text.len() {
            let Some((start, end)) = regex.find_at(&text, at).and_then(|found| found[0]) else {
                break;
            };
            out.push_str(&text[copied..start]);
            let mut chars = replacement.chars();
            while let Some(ch) = chars.next() {
                match ch {
                    '&' => out.push_str(&text[start..end]),
                    '\\' => out.extend(chars.next()),
                    other => out.push(other),
                }
            }
            copied = end;
            count += 1.0;
            if !all {
                break;
            }
            if end > start {
                at = end;
            } else {
                let step = text[end..].chars().next().map_or(1, char::len_utf8);
                out.push_str(text.get(end..end + step).unwrap_or_default());
                copied = (end + step).min(text.len());
                at = end + step;
            }
        }
        if count > 0.0 {
            out.push_str(&text[copied..]);
            self.assign(call, target, Value::text(out))?;
        }
        Ok(Value::number(count))
    }
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        let mut chars = name.chars();
        chars
            .next()
            .is_some_and(|ch| ch.is_ascii_alphabetic() || ch == '_')
            && chars.all(|ch| ch.is_ascii_alphanumeric() || ch == '_')
    })
}

fn truth(value: bool) -> Value {
    Value::number(f64::from(u8::from(value)))
}

/// A field's number.
fn place(number: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "negative ones are refused by awk"
    )]
    if number.is_finite() && number > 0.0 {
        number as usize
    } else {
        0
    }
}

fn compare(operator: &str, left: &Value, right: &Value) -> Value {
    let order = match (left.number, right.number) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        // Something unset is a number where the other one is.
        (None, Some(b)) if left.text.is_empty() => 0.0_f64.partial_cmp(&b),
        (Some(a), None) if right.text.is_empty() => a.partial_cmp(&0.0),
        _ => Some(left.text.cmp(&right.text)),
    };
    let Some(order) = order else {
        return truth(false);
    };
    truth(match operator {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "==" => order.is_eq(),
        _ => order.is_ne(),
    })
}

fn arithmetic(operator: &str, left: f64, right: f64) -> Value {
    Value::number(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "%" => left % right,
        "^" => left.powf(right),
        _ => 0.0,
    })
}

fn sprintf(format: &str, arguments: &[String]) -> String {
    // Escapes were interpreted when the program was read.
    let format = format.replace('\\', "\\\\");
    String::from_utf8_lossy(&formatted(&format, arguments)).into_owned()
}

fn split(text: &str, separator: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    if separator == " " {
        return text.split_whitespace().map(str::to_owned).collect();
    }
    if separator.chars().count() == 1 {
        return text.split(separator).map(str::to_owned).collect();
    }
    match Regex::new(separator, true, false) {
        Ok(regex) => split_at(text, &regex),
        Err(_) => vec![text.to_owned()],
    }
}

fn split_at(text: &str, regex: &Regex) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while let Some((start, end)) = regex.find_at(text, at).and_then(|found| found[0]) {
        if end == start {
            break;
        }
        out.push(text[copied..start].to_owned());
        copied = end;
        at = end;
    }
    out.push(text[copied..].to_owned());
    out
}
