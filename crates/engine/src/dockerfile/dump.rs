//! The syntax tree as S-expressions, one instruction a line (BuildKit's `Node.Dump`).

use super::line::Word;
use super::quote::{quoted, quoted_list};
use super::syntax::{Arguments, Dockerfile, Instruction};

/// `(from "debian:bookworm" "AS" "build")`, one line for each instruction.
pub fn dump(dockerfile: &Dockerfile<'_>) -> String {
    dockerfile
        .instructions
        .iter()
        .map(|instruction| format!("({})\n", node(instruction)))
        .collect()
}

fn node(instruction: &Instruction<'_>) -> String {
    let mut out = instruction.keyword.value.to_lowercase();
    if !instruction.flags.is_empty() {
        let flags: Vec<&str> = instruction
            .flags
            .iter()
            .map(|flag| flag.value.as_ref())
            .collect();
        out.push(' ');
        out.push_str(&quoted_list(&flags));
    }
    arguments(&instruction.arguments, &mut out);
    out.trim().to_owned()
}

fn arguments(arguments: &Arguments<'_>, out: &mut String) {
    let mut add = |word: &str| {
        out.push(' ');
        out.push_str(&quoted(word));
    };
    match arguments {
        Arguments::None => {}
        Arguments::Ignored => add(""),
        Arguments::Text(word) => add(&word.value),
        Arguments::Json(words) | Arguments::Words(words) => {
            words.iter().for_each(|word: &Word<'_>| add(&word.value));
        }
        Arguments::Pairs(pairs) => {
            for pair in pairs {
                add(&pair.key.value);
                add(&pair.value.value);
                add(if pair.equals { "=" } else { "" });
            }
        }
        Arguments::Onbuild(inner) => {
            out.push_str(" (");
            out.push_str(&node(inner));
            out.push(')');
        }
        Arguments::Healthcheck(kind, command) => {
            add(&kind.value);
            self::arguments(command, out);
        }
    }
}
