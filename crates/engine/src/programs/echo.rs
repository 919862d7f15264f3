//! `echo`: prints its arguments.

use super::escape::{Escapes, unescape};
use super::{Call, Flavor, Program};
use crate::shell::{Exit, Outcome};

/// `echo`: prints its arguments.
#[derive(Debug)]
pub(super) struct Echo;

impl Program for Echo {
    fn names(&self) -> &'static [&'static str] {
        &["echo"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let mut words = call.words();
        // dash knows -n alone and always interprets escapes.
        let dash = call.flavor == Flavor::Dash;
        let (mut newline, mut escapes) = (true, dash);
        while let Some(word) = words.first() {
            let flags = word.strip_prefix('-').unwrap_or_default();
            let known = if dash {
                flags == "n"
            } else {
                flags.chars().all(|flag| "neE".contains(flag))
            };
            if flags.is_empty() || !known {
                break;
            }
            for flag in flags.chars() {
                match flag {
                    'n' => newline = false,
                    'e' => escapes = true,
                    _ => escapes = false,
                }
            }
            words = &words[1..];
            if dash {
                break;
            }
        }
        let text = words.join(" ");
        if escapes {
            let (text, stopped) = unescape(&text, Escapes::Echo);
            call.data(text.into());
            newline &= !stopped;
        } else {
            call.out(&text);
        }
        if newline {
            call.out("\n");
        }
        Ok(Exit::OK)
    }
}
