//! `expr`: evaluates expressions.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::regex::Regex;
use crate::shell::{UNKNOWN, is_known};

/// `expr`: evaluates expressions.
#[derive(Debug)]
pub(super) struct Expr;

impl Program for Expr {
    fn names(&self) -> &'static [&'static str] {
        &["expr"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words();
        let mut parser = Parser {
            words,
            at: 0,
            depth: 0,
        };
        let value = match parser.or() {
            Ok(value) if parser.at == words.len() => value,
            Ok(_) => return Ok(call.refuse("syntax error: unexpected argument", 2)),
            Err(message) => return Ok(call.refuse(&message, 2)),
        };
        if !is_known(&value) {
            call.line(&value);
            return Ok(Exit::UNKNOWN);
        }
        call.line(&value);
        Ok(Exit::of(!(value.is_empty() || value == "0")))
    }
}

struct Parser<'p> {
    words: &'p [String],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &str {
        self.words.get(self.at).map_or("", String::as_str)
    }

    fn or(&mut self) -> Result<String, String> {
        let mut left = self.and()?;
        while self.peek() == "|" {
            self.at += 1;
            let right = self.and()?;
            if left.is_empty() || left == "0" {
                left = right;
            }
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<String, String> {
        let mut left = self.comparison()?;
        while self.peek() == "&" {
            self.at += 1;
            let right = self.comparison()?;
            if left.is_empty() || left == "0" || right.is_empty() || right == "0" {
                left = "0".to_owned();
            }
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<String, String> {
        let mut left = self.sum()?;
        while matches!(self.peek(), "=" | "==" | "!=" | "<" | "<=" | ">" | ">=") {
            let operator = self.peek().to_owned();
            self.at += 1;
            let right = self.sum()?;
            let order = match (left.parse::<i64>(), right.parse::<i64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                _ => left.cmp(&right),
            };
            let holds = match operator.as_str() {
                "=" | "==" => order.is_eq(),
                "!=" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            };
            left = if is_known(&left) && is_known(&right) {
                u8::from(holds).to_string()
            } else {
                UNKNOWN.to_string()
            };
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<String, String> {
        let mut left = self.product()?;
        while matches!(self.peek(), "+" | "-") {
            let operator = self.peek().to_owned();
            self.at += 1;
            let right = self.product()?;
            left = calculate(&left, &operator, &right)?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<String, String> {
        let mut left = self.matching()?;
        while matches!(self.peek(), "*" | "/" | "%") {
            let operator = self.peek().to_owned();
            self.at += 1;
            let right = self.matching()?;
            left = calculate(&left, &operator, &right)?;
        }
        Ok(left)
    }

    fn matching(&mut self) -> Result<String, String> {
        let mut left = self.primary()?;
        while self.peek() == ":" {
            self.at += 1;
            let right = self.primary()?;
            left = matched(&left, &right)?;
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<String, String> {
        self.depth += 1;
        if self.depth > 200 || self.at >= self.words.len() {
            return Err("syntax error: missing argument".to_owned());
        }
        let word = self.peek().to_owned();
        self.at += 1;
        match word.as_str() {
            "(" => {
                let value = self.or()?;
                if self.peek() != ")" {
                    return Err("syntax error: expecting ')'".to_owned());
                }
                self.at += 1;
                Ok(value)
            }
            "length" if self.at < self.words.len() => {
                let text = self.primary()?;
                Ok(if is_known(&text) {
                    text.chars().count().to_string()
                } else {
                    UNKNOWN.to_string()
                })
            }
            "match" if self.at + 1 < self.words.len() => {
                let (text, pattern) = (self.primary()?, self.primary()?);
                matched(&text, &pattern)
            }
            "substr" if self.at + 2 < self.words.len() => {
                let text = self.primary()?;
                let start = self.primary()?.parse::<usize>().unwrap_or(0);
                let count = self.primary()?.parse::<usize>().unwrap_or(0);
                Ok(if start == 0 {
                    String::new()
                } else {
                    text.chars().skip(start - 1).take(count).collect()
                })
            }
            "index" if self.at + 1 < self.words.len() => {
                let (text, chars) = (self.primary()?, self.primary()?);
                let place = text
                    .chars()
                    .position(|ch| chars.contains(ch))
                    .map_or(0, |place| place + 1);
                Ok(place.to_string())
            }
            _ => Ok(word),
        }
    }
}

fn matched(text: &str, pattern: &str) -> Result<String, String> {
    if !is_known(text) || !is_known(pattern) {
        return Ok(UNKNOWN.to_string());
    }
    let group = pattern.contains("\\(");
    let regex = Regex::new(&format!("^{pattern}"), false, false)?;
    Ok(match (regex.groups(text), group) {
        (Some(groups), true) => groups.get(1).cloned().flatten().unwrap_or_default(),
        (Some(groups), false) => groups[0]
            .clone()
            .unwrap_or_default()
            .chars()
            .count()
            .to_string(),
        (None, true) => String::new(),
        (None, false) => "0".to_owned(),
    })
}

fn calculate(left: &str, operator: &str, right: &str) -> Result<String, String> {
    if !is_known(left) || !is_known(right) {
        return Ok(UNKNOWN.to_string());
    }
    let number = |text: &str| {
        text.parse::<i64>()
            .map_err(|_| "non-integer argument".to_owned())
    };
    let (left, right) = (number(left)?, number(right)?);
    Ok(match operator {
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        _ if right == 0 => return Err("division by zero".to_owned()),
        "/" => left.wrapping_div(right),
        _ => left.wrapping_rem(right),
    }
    .to_string())
}
