//! `cat`: prints files one after the other.

use super::options::{Spec, flag};
use super::{Call, Program};
use crate::shell::Outcome;

const OPTIONS: [Spec; 10] = [
    flag("A", "show-all"),
    flag("b", "number-nonblank"),
    flag("e", ""),
    flag("E", "show-ends"),
    flag("n", "number"),
    flag("s", "squeeze-blank"),
    flag("t", ""),
    flag("T", "show-tabs"),
    flag("u", ""),
    flag("v", "show-nonprinting"),
];

/// `cat`: prints files one after the other.
#[derive(Debug)]
pub(super) struct Cat;

impl Program for Cat {
    fn names(&self) -> &'static [&'static str] {
        &["cat"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let plain = options.given().all(|(key, _)| key == "u");
        let mut names = options.operands.clone();
        if names.is_empty() {
            names.push("-".to_owned());
        }
        let mut number = 0;
        let mut blank = false;
        for name in &names {
            let data = match call.read(name) {
                Ok(data) => data,
                Err(errno) if call.is_busybox() => {
                    call.problem(&format!("can't open '{name}'"), errno);
                    continue;
                }
                Err(errno) => {
                    call.problem(name, errno);
                    continue;
                }
            };
            if plain {
                call.data(data);
                continue;
            }
            let text = data.text();
            for line in text.split_inclusive('\n') {
                let (body, end) = match line.strip_suffix('\n') {
                    Some(body) => (body, "\n"),
                    None => (line, ""),
                };
                if options.has("s") && body.is_empty() && blank {
                    continue;
                }
                blank = body.is_empty();
                let numbered =
                    options.has("b") && !body.is_empty() || options.has("n") && !options.has("b");
                if numbered {
                    number += 1;
                    call.out(&format!("{number:>6}\t"));
                }
                let tabs = ["A", "T", "t"].iter().any(|key| options.has(key));
                let body = if tabs {
                    body.replace('\t', "^I")
                } else {
                    body.to_owned()
                };
                call.out(&body);
                if !end.is_empty() && ["A", "E", "e"].iter().any(|key| options.has(key)) {
                    call.out("$");
                }
                call.out(end);
            }
        }
        Ok(call.exit)
    }
}
