//! `seq`: numbers in a row.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

/// `seq`: numbers in a row.
#[derive(Debug)]
pub(super) struct Seq;

impl Program for Seq {
    fn names(&self) -> &'static [&'static str] {
        &["seq"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let mut words = call.words().to_vec();
        let mut separator = "\n".to_owned();
        let (mut wide, mut format) = (false, None);
        while let Some(word) = words.first().cloned() {
            if word == "-w" {
                wide = true;
            } else if word == "-s" || word == "-f" {
                words.remove(0);
                let Some(value) = words.first().cloned() else {
                    break;
                };
                if word == "-s" {
                    separator = value
                } else {
                    format = Some(value)
                }
            } else if let Some(value) = word.strip_prefix("-s") {
                separator = value.to_owned();
            } else {
                break;
            }
            words.remove(0);
        }
        if words.iter().any(|word| !crate::shell::is_known(word)) {
            call.line(&crate::shell::UNKNOWN.to_string());
            return Ok(Exit::OK);
        }
        let mut numbers = Vec::new();
        for word in &words {
            match word.parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                _ => {
                    return Ok(
                        call.refuse(&format!("invalid floating point argument: '{word}'"), 1)
                    );
                }
            }
        }
        let (first, step, last) = match numbers.as_slice() {
            [last] => (1.0, 1.0, *last),
            [first, last] => (*first, 1.0, *last),
            [first, step, last] => (*first, *step, *last),
            _ => return Ok(call.refuse("missing operand", 1)),
        };
        if step == 0.0 {
            return Ok(call.refuse("invalid Zero increment value: '0'", 1));
        }
        let digits = words
            .iter()
            .filter_map(|word| word.split_once('.').map(|(_, tail)| tail.len()))
            .max()
            .unwrap_or(0);
        let width = [first, last]
            .iter()
            .map(|number| format!("{number:.digits$}").len())
            .max()
            .unwrap_or(0);
        let mut shown: Vec<String> = Vec::new();
        let mut index = 0.0;
        loop {
            let value = first + step * index;
            let over = if step > 0.0 {
                value > last + 1e-9
            } else {
                value < last - 1e-9
            };
            if over {
                break;
            }
            if shown.len().is_multiple_of(64) {
                call.shell.machine.step()?;
            }
            let text = match &format {
                Some(format) => String::from_utf8_lossy(&super::printf::formatted(
                    format,
                    &[format!("{value}")],
                ))
                .into_owned(),
                None if wide => format!("{value:0>width$.digits$}"),
                None => format!("{value:.digits$}"),
            };
            shown.push(text);
            index += 1.0;
        }
        if !shown.is_empty() {
            call.line(&shown.join(&separator));
        }
        Ok(Exit::OK)
    }
}
