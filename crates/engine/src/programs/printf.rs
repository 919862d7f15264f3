//! `printf`: prints arguments in a format.

use super::escape::{Escapes, unescape};
use super::{Call, Program};
use crate::shell::{Exit, Outcome, UNKNOWN, is_known};

/// How often a format is used again.
const MAX_ROUNDS: usize = 50_000;

/// `printf`: prints arguments in a format.
#[derive(Debug)]
pub(super) struct Printf;

impl Program for Printf {
    fn names(&self) -> &'static [&'static str] {
        &["printf"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let mut words = call.words();
        let mut variable = None;
        if call.flavor == super::Flavor::Bash
            && let [option, name, rest @ ..] = words
            && option == "-v"
        {
            variable = Some(name.clone());
            words = rest;
        }
        if words.first().is_some_and(|word| word == "--") {
            words = &words[1..];
        }
        let Some((format, arguments)) = words.split_first() else {
            return Ok(call.refuse("usage: printf format [arguments]", 2));
        };
        let mut printer = Printer {
            arguments,
            out: Vec::new(),
            wrong: None,
        };
        for _ in 0..MAX_ROUNDS {
            let before = printer.arguments.len();
            let stopped = printer.round(format);
            if stopped || printer.arguments.is_empty() || printer.arguments.len() == before {
                break;
            }
        }
        if let Some(wrong) = printer.wrong {
            call.fail(&wrong);
        }
        match variable {
            Some(name) => {
                let text = String::from_utf8_lossy(&printer.out).into_owned();
                call.shell.assign(&name, &text)?;
            }
            None => call.data(printer.out.into()),
        }
        Ok(if call.exit == Exit::OK {
            Exit::OK
        } else {
            call.exit
        })
    }
}

struct Printer<'p> {
    arguments: &'p [String],
    out: Vec<u8>,
    wrong: Option<String>,
}

impl Printer<'_> {
    fn next(&mut self) -> String {
        match self.arguments.split_first() {
            Some((first, rest)) => {
                self.arguments = rest;
                first.clone()
            }
            None => String::new(),
        }
    }

    fn number(&mut self) -> Result<i64, ()> {
        let text = self.next();
        let trimmed = text.trim();
        if !is_known(trimmed) {
            return Err(());
        }
        if let Some(ch) = trimmed.strip_prefix(['\'', '"']) {
            return Ok(ch.chars().next().map_or(0, |ch| i64::from(u32::from(ch))));
        }
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let value = if let Some(hex) = digits.strip_prefix("0x") {
            i64::from_str_radix(hex, 16).ok()
        } else if digits.len() > 1 && digits.starts_with('0') {
            i64::from_str_radix(digits, 8).ok()
        } else if digits.is_empty() && trimmed.is_empty() {
            Some(0)
        } else {
            digits.parse().ok()
        };
        let value = value.unwrap_or_else(|| {
            self.wrong = Some(format!("{text}: expected numeric value"));
            let end = digits
                .find(|ch: char| !ch.is_ascii_digit())
                .unwrap_or(digits.len());
            digits[..end].parse().unwrap_or(0)
        });
        Ok(if negative { -value } else { value })
    }

    /// Uses the format once; says whether `\c` ended all.
    fn round(&mut self, format: &str) -> bool {
        let mut rest = format;
        while let Some(place) = rest.find('%') {
            let (text, stopped) = unescape(&rest[..place], Escapes::Format);
            self.out.extend(text);
            if stopped {
                return true;
            }
            rest = &rest[place + 1..];
            let spec_end = rest
                .find(|ch: char| !"-+ #0123456789.*".contains(ch))
                .unwrap_or(rest.len());
            let spec = &rest[..spec_end];
            let letter = rest[spec_end..].chars().next();
            rest = &rest[(spec_end + letter.map_or(0, char::len_utf8)).min(rest.len())..];
            if self.directive(spec, letter) {
                return true;
            }
        }
        let (text, stopped) = unescape(rest, Escapes::Format);
        self.out.extend(text);
        stopped
    }

    fn directive(&mut self, spec: &str, letter: Option<char>) -> bool {
        let flags: String = spec
            .chars()
            .take_while(|ch| "-+ #0".contains(*ch))
            .collect();
        let sizes = &spec[flags.len()..];
        let (width, precision) = match sizes.split_once('.') {
            Some((width, precision)) => (width, Some(precision)),
            None => (sizes, None),
        };
        let mut left = flags.contains('-');
        let width = if width == "*" {
            let width = self.number().unwrap_or(0);
            left |= width < 0;
            usize::try_from(width.abs()).unwrap_or(0)
        } else {
            width.parse().unwrap_or(0)
        };
        let precision = match precision {
            Some("*") => usize::try_from(self.number().unwrap_or(0)).ok(),
            Some(text) => Some(text.parse().unwrap_or(0)),
            None => None,
        };
        let width = width.min(1 << 16);
        let zeros = flags.contains('0') && !left;
        let text: Vec<u8> = match letter {
            None | Some('%') => {
                self.out.push(b'%');
                return false;
            }
            Some('s') => cut(self.next().into_bytes(), precision),
            Some('b') => {
                let (text, stopped) = unescape(&self.next(), Escapes::Echo);
                if stopped {
                    self.out.extend(text);
                    return true;
                }
                cut(text, precision)
            }
            Some('q') => {
                let text = self.next();
                let plain = |ch: char| ch.is_ascii_alphanumeric() || "_/.-+:@%,=".contains(ch);
                let mark = |ch: char| if plain(ch) { "" } else { "\\" };
                let quoted: Vec<String> =
                    text.chars().map(|ch| format!("{}{ch}", mark(ch))).collect();
                if text.is_empty() {
                    b"''".to_vec()
                } else {
                    quoted.concat().into_bytes()
                }
            }
            Some('c') => self
                .next()
                .chars()
                .next()
                .map(String::from)
                .unwrap_or_default()
                .into_bytes(),
            Some(letter @ ('d' | 'i' | 'u' | 'x' | 'X' | 'o')) => match self.number() {
                Ok(value) => integer(value, letter, &flags, precision).into_bytes(),
                Err(()) => UNKNOWN.to_string().into_bytes(),
            },
            Some(letter @ ('f' | 'F' | 'e' | 'E' | 'g' | 'G')) => {
                let text = self.next();
                if is_known(&text) {
                    let value: f64 = text.trim().parse().unwrap_or(0.0);
                    float(value, letter, precision.unwrap_or(6).min(64)).into_bytes()
                } else {
                    UNKNOWN.to_string().into_bytes()
                }
            }
            Some('(') => {
                self.next();
                UNKNOWN.to_string().into_bytes()
            }
            Some(other) => {
                self.wrong = Some(format!("%{spec}{other}: invalid directive"));
                return true;
            }
        };
        let length = String::from_utf8_lossy(&text).chars().count();
        let padding = width.saturating_sub(length);
        let numeric = matches!(
            letter,
            Some('d' | 'i' | 'u' | 'x' | 'X' | 'o' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G')
        );
        if left {
            self.out.extend(text);
            self.out.extend(std::iter::repeat_n(b' ', padding));
        } else if zeros
            && numeric
            && precision.is_none_or(|_| !matches!(letter, Some('d' | 'i' | 'u' | 'x' | 'X' | 'o')))
        {
            let sign = text
                .first()
                .is_some_and(|byte| matches!(byte, b'-' | b'+' | b' '));
            let (sign, digits) = text.split_at(usize::from(sign));
            self.out.extend(sign);
            self.out.extend(std::iter::repeat_n(b'0', padding));
            self.out.extend(digits);
        } else {
            self.out.extend(std::iter::repeat_n(b' ', padding));
            self.out.extend(text);
        }
        false
    }
}

fn cut(mut text: Vec<u8>, precision: Option<usize>) -> Vec<u8> {
    if let Some(most) = precision {
        text.truncate(most);
    }
    text
}

fn integer(value: i64, letter: char, flags: &str, precision: Option<usize>) -> String {
    let digits = match letter {
        'x' => format!("{value:x}"),
        'X' => format!("{value:X}"),
        'o' => format!("{value:o}"),
        #[expect(clippy::cast_sign_loss, reason = "as printf prints it")]
        'u' => (value as u64).to_string(),
        _ => value.unsigned_abs().to_string(),
    };
    let digits = match precision {
        Some(least) => format!("{digits:0>least$}", least = least.min(1 << 12)),
        None => digits,
    };
    let prefix = match letter {
        'd' | 'i' if value < 0 => "-",
        'd' | 'i' if flags.contains('+') => "+",
        'd' | 'i' if flags.contains(' ') => " ",
        'x' if flags.contains('#') && value != 0 => "0x",
        'X' if flags.contains('#') && value != 0 => "0X",
        'o' if flags.contains('#') => "0",
        _ => "",
    };
    format!("{prefix}{digits}")
}

fn float(value: f64, letter: char, precision: usize) -> String {
    match letter.to_ascii_lowercase() {
        'f' => format!("{value:.precision$}"),
        'e' => exponent(value, precision),
        _ => {
            let significant = precision.max(1);
            let power = if value == 0.0 {
                0.0
            } else {
                value.abs().log10().floor()
            };
            #[expect(clippy::cast_possible_truncation, reason = "a power of ten")]
            let power = power as i32;
            let text = if power < -4 || power >= i32::try_from(significant).unwrap_or(i32::MAX) {
                return trim_exponent(&exponent(value, significant - 1));
            } else {
                let decimals = usize::try_from(i32::try_from(significant).unwrap_or(6) - 1 - power)
                    .unwrap_or(0);
                format!("{value:.decimals$}")
            };
            trim_zeros(&text)
        }
    }
}

fn trim_zeros(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

fn trim_exponent(text: &str) -> String {
    match text.split_once('e') {
        Some((digits, power)) => format!("{}e{power}", trim_zeros(digits)),
        None => text.to_owned(),
    }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    match text.split_once('e') {
        Some((digits, power)) => {
            let (sign, power) = match power.strip_prefix('-') {
                Some(power) => ('-', power),
                None => ('+', power),
            };
            format!("{digits}e{sign}{power:0>2}")
        }
        None => text,
    }
}

/// A number as `%.6g` prints it.
pub(super) fn general(value: f64) -> String {
    float(value, 'g', 6)
}

/// A number in a directive such as `%5.2f`.
pub(super) fn formatted(format: &str, arguments: &[String]) -> Vec<u8> {
    let mut printer = Printer {
        arguments,
        out: Vec::new(),
        wrong: None,
    };
    printer.round(format);
    printer.out
}
