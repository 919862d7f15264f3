//! `make`: variables, functions, conditions, rules named, by pattern or make's own, and their recipes.
//! What is written in it beyond that (`eval`, `vpath`, guile) is not known, and said to be.

mod expand;
mod implicit;
mod makefile;
mod run;

use super::options::{Options, Spec, flag, optional, value};
use super::{Call, Program};
use crate::image::path;
use crate::shell::{Errno, Exit, Flow, Outcome, unknown};

use makefile::{Makefile, Origin};
use run::{Run, Stop};

const OPTIONS: [Spec; 14] = [
    flag("n", "just-print"),
    value("C", "directory"),
    value("f", "file"),
    optional("j", "jobs"),
    flag("s", "silent"),
    flag("B", "always-make"),
    flag("i", "ignore-errors"),
    flag("k", "keep-going"),
    flag("w", "print-directory"),
    flag("e", "environment-overrides"),
    flag("r", "no-builtin-rules"),
    flag("", "no-print-directory"),
    optional("O", "output-sync"),
    optional("l", "load-average"),
];

/// Why a makefile cannot be followed.
#[derive(Debug)]
enum Beyond {
    /// It is not modelled.
    Model,
    /// The simulation ends.
    Flow(Flow),
}

impl From<Flow> for Beyond {
    fn from(flow: Flow) -> Self {
        Self::Flow(flow)
    }
}

/// `make`.
#[derive(Debug)]
pub(super) struct Make;

impl Program for Make {
    fn names(&self) -> &'static [&'static str] {
        &["make", "gmake"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words: Vec<String> = call.words().to_vec();
        let Ok(options) = Options::read(&words, &OPTIONS, true) else {
            return unknown(call.shell, call.arguments);
        };
        if let Some(directory) = options.value("C") {
            if !call.is_directory(directory) {
                let message = format!("*** {directory}: No such file or directory.  Stop.");
                return Ok(call.refuse(&message, 2));
            }
            call.shell.process.cwd = path::join(&call.shell.process.cwd, directory);
        }
        let (file, text) = match read_makefile(call, &options) {
            Ok((file, Some(text))) => (file, text),
            Ok((_, None)) => return unknown(call.shell, call.arguments),
            Err(exit) => return Ok(exit),
        };
        let mut makefile = Makefile::default();
        let goals = given(call, &mut makefile, &options);
        match makefile.read(call, &text, &file, 0) {
            Ok(()) => {}
            Err(Beyond::Model) => return unknown(call.shell, call.arguments),
            Err(Beyond::Flow(flow)) => return Err(flow),
        }
        make(call, makefile, &options, goals)
    }
}

/// Sets the variables of the environment and of the command line. The goals are what is left of it.
fn given(call: &Call<'_, '_, '_>, makefile: &mut Makefile, options: &Options) -> Vec<String> {
    for (name, text) in call.shell.process.environment() {
        // make's shell is not the user's.
        if name != "SHELL" {
            makefile.set(name, text.to_owned(), false, Origin::Environment);
        }
    }
    let mut goals = Vec::new();
    for operand in &options.operands {
        match operand.split_once('=') {
            Some((name, text)) => {
                let simple = name.ends_with(':');
                let name = name.trim_end_matches(':');
                makefile.set(name, text.to_owned(), simple, Origin::CommandLine);
                makefile.exported.insert(name.to_owned());
            }
            None => goals.push(operand.clone()),
        }
    }
    let asked = goals.join(" ");
    makefile.set("MAKECMDGOALS", asked, true, Origin::File);
    goals
}

fn make(
    call: &mut Call<'_, '_, '_>,
    makefile: Makefile,
    options: &Options,
    mut goals: Vec<String>,
) -> Outcome {
    if goals.is_empty() {
        let chosen = makefile.variables.get(".DEFAULT_GOAL");
        let chosen = chosen.map(|own| own.text.trim().to_owned());
        goals.extend(chosen.or_else(|| makefile.first.clone()));
    }
    if goals.is_empty() {
        return Ok(call.refuse("*** No targets.  Stop.", 2));
    }
    let mut run = Run::new(&makefile, options);
    for goal in &goals {
        match run.goal(call, goal) {
            Ok(()) => {}
            Err(Stop::Failed(exit)) => return Ok(exit),
            Err(Stop::Beyond(Beyond::Flow(flow))) => return Err(flow),
            Err(Stop::Beyond(Beyond::Model)) => return unknown(call.shell, call.arguments),
        }
    }
    Ok(call.exit)
}

/// The makefile's name and text; no text where it is there but not known.
fn read_makefile(
    call: &mut Call<'_, '_, '_>,
    options: &Options,
) -> Result<(String, Option<String>), Exit> {
    let default = ["GNUmakefile", "makefile", "Makefile"];
    let names: Vec<&str> = options
        .value("f")
        .map_or(default.to_vec(), |file| vec![file]);
    let mut perhaps = None;
    for name in names {
        match call.read(name) {
            Ok(data) => {
                let text = data.known();
                let text = text.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                return Ok((name.to_owned(), text));
            }
            // What made it is not modelled: `configure`, cmake.
            Err(Errno::Unknown) => perhaps = Some(name.to_owned()),
            Err(_) => {}
        }
    }
    if let Some(name) = perhaps {
        return Ok((name, None));
    }
    let message = match (options.value("f"), options.operands.first()) {
        (Some(file), _) => {
            call.complain(&format!("{file}: No such file or directory"));
            format!("*** No rule to make target '{file}'.  Stop.")
        }
        (None, Some(goal)) if !goal.contains('=') => {
            format!("*** No rule to make target '{goal}'.  Stop.")
        }
        (None, _) => "*** No targets specified and no makefile found.  Stop.".to_owned(),
    };
    Err(call.refuse(&message, 2))
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;
    use crate::{Detail, Project, simulate};

    /// Makefiles that would take for ever, or all memory, or the stack.
    #[test]
    fn ends_with_whatever_it_is_given() {
        let words = "a ".repeat(2_000);
        let nested = format!(
            "A := {}x{}\n",
            "$(strip ".repeat(50_000),
            ")".repeat(50_000)
        );
        let doubled: String = (1..60)
            .map(|number| format!("V{number} = $(V{0})$(V{0})\n", number - 1))
            .collect();
        let patterns: String = (0..300)
            .map(|number| format!("%.{number}: %.{}\n\ttrue\n", number + 1))
            .collect();
        for makefile in [
            nested,
            format!("{doubled}V0 = x\nall:\n\techo $(V59)\n"),
            format!("L = {words}\nA := $(foreach a,$(L),$(foreach b,$(L),$(foreach c,$(L),x)))\n"),
            format!("L = {words}\nA := $(subst a,$(L),$(subst a,$(L),$(subst a,$(L),$(L))))\n"),
            format!("{patterns}all: x.0\n"),
            "A = $(A)\nall:\n\techo $(A)\n".to_owned(),
            "all: all\n\ttrue\nifeq (a\n".to_owned(),
            "$(\n${\n$(call x,$(call x\n".to_owned(),
            "all:\n\t$(MAKE) all\n".to_owned(),
        ] {
            let text =
                format!("FROM alpine\nWORKDIR /w\nCOPY <<'E' Makefile\n{makefile}E\nRUN make\n");
            // It ends: how, the other tests say.
            let _ = simulate(
                &Project::from_dockerfile(&text),
                &Catalog::default(),
                Detail::Sizes,
            );
        }
    }
}
