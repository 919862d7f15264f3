//! `npm` and `npx`.

use crate::programs::{Call, Program};
use crate::shell::{Exit, Outcome, UNKNOWN};

use super::command::Command;
use super::project::Project;
use super::{cache, install, script, settings};

/// `npm`.
#[derive(Debug)]
pub(in crate::programs) struct Npm;

impl Program for Npm {
    fn names(&self) -> &'static [&'static str] {
        &["npm"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words = call.words().to_vec();
        let command = Command::read(call, &words);
        match command.verb.as_str() {
            "install" | "i" | "in" | "ins" | "inst" | "insta" | "instal" | "isnt" | "isnta"
            | "isntal" | "isntall" | "add" => install::run(call, &command, false),
            "ci" | "clean-install" | "ic" | "install-clean" | "isntall-clean" => {
                install::run(call, &command, true)
            }
            "uninstall" | "remove" | "rm" | "r" | "un" | "unlink" => {
                install::uninstall(call, &command)
            }
            "prune" => install::prune(call, &command),
            "init" | "create" | "innit" if command.operands.is_empty() => init(call),
            "run" | "run-script" | "rum" | "urn" => {
                let name = command.operands.first().cloned().unwrap_or_default();
                run_script(
                    call,
                    &name,
                    command.operands.get(1..).unwrap_or_default(),
                    "npm",
                )
            }
            "start" | "test" | "t" | "stop" | "restart" => {
                let name = if command.verb == "t" {
                    "test"
                } else {
                    &command.verb
                };
                run_script(call, name, &command.operands, "npm")
            }
            "cache" => {
                let what = command.operands.first().map(String::as_str);
                if matches!(what, Some("clean" | "clear" | "rm")) {
                    if command.is_set(&["force", "f"]) {
                        cache::clean(call, command.value(&["cache"]));
                        cache::log(call);
                    } else {
                        call.shell.error("npm error As of npm@5, the npm cache self-heals from corruption issues\nnpm error by treating integrity mismatches as cache misses.  As a result,\nnpm error data extracted from the cache is guaranteed to be valid.  If you\nnpm error want to make sure everything is consistent, use `npm cache verify`\nnpm error instead.  Deleting the cache can only make npm go slower, and is\nnpm error not likely to correct any problems you may be encountering!");
                        return Ok(Exit::code(1));
                    }
                }
                Ok(Exit::OK)
            }
            "exec" | "x" => exec(call, &command.operands),
            "config" | "c" | "set" if !command.operands.is_empty() => {
                let operands = command.operands.iter().map(String::as_str);
                let operands: Vec<&str> = operands.collect();
                match operands.as_slice() {
                    ["set", rest @ ..] => settings::set(call, &command, rest),
                    rest if command.verb == "set" => settings::set(call, &command, rest),
                    ["delete" | "rm", names @ ..] => settings::delete(call, &command, names),
                    _ => {
                        call.line(&UNKNOWN.to_string());
                        cache::log(call);
                        Ok(Exit::OK)
                    }
                }
            }
            "" if command.is_set(&["v", "version"]) => {
                cache::log(call);
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            "get" | "audit" | "fund" | "version" | "view" | "ls" | "list" | "root" | "prefix"
            | "bin" | "outdated" | "doctor" | "ping" | "whoami" | "help" | "pkg" | "login"
            | "rebuild" | "dedupe" | "link" | "update" | "" => {
                call.line(&UNKNOWN.to_string());
                Ok(Exit::OK)
            }
            _ => crate::shell::unknown(call.shell, call.arguments),
        }
    }
}

/// `npm init -y`.
fn init(call: &mut Call<'_, '_, '_>) -> Outcome {
    let directory = call.at(".");
    let name = crate::image::path::split(&directory).1.to_lowercase();
    let text = format!(
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"1.0.0\",\n  \"main\": \"index.js\",\n  \"scripts\": {{\n    \"test\": \"echo \\\"Error: no test specified\\\" && exit 1\"\n  }},\n  \"keywords\": [],\n  \"author\": \"\",\n  \"license\": \"ISC\",\n  \"description\": \"\"\n}}\n"
    );
    if call.stat("package.json").is_err()
        && let Err(errno) = call.write("package.json", crate::shell::Data::from(text.as_str()))
    {
        call.problem("package.json", errno);
        return Ok(Exit::code(243));
    }
    cache::log(call);
    Ok(Exit::OK)
}

/// `npx`.
#[derive(Debug)]
pub(in crate::programs) struct Npx;

impl Program for Npx {
    fn names(&self) -> &'static [&'static str] {
        &["npx", "pnpx", "bunx"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let words: Vec<String> = call
            .words()
            .iter()
            .skip_while(|word| word.starts_with('-'))
            .cloned()
            .collect();
        exec(call, &words)
    }
}

/// Runs a program of a package: the project's own, else it is fetched.
fn exec(call: &mut Call<'_, '_, '_>, words: &[String]) -> Outcome {
    let Some(word) = words.first() else {
        return Ok(Exit::OK);
    };
    let (package, _) = install::asked(word);
    let name = package.rsplit('/').next().unwrap_or(&package).to_owned();
    let directory = call.at(".");
    let own = format!("{directory}/node_modules/.bin/{name}");
    if call.stat(&own).is_ok() || super::Bundler::knows(&name) {
        let text = if call.stat(&own).is_ok() {
            own
        } else {
            name.clone()
        };
        let mut all = vec![text];
        all.extend(words[1..].iter().cloned());
        let direct = crate::programs::find(&name);
        return match direct {
            Some(program) => {
                all[0] = name;
                crate::programs::run(program, call.shell, &all, call.flavor)
            }
            None => call.execute(&all),
        };
    }
    let mut all = vec!["npx".to_owned()];
    all.extend(words.iter().cloned());
    crate::shell::unknown(call.shell, &all)
}

/// `npm run`, `yarn run`, `pnpm run`: a script of the project, with those before and after it.
pub(super) fn run_script(
    call: &mut Call<'_, '_, '_>,
    name: &str,
    arguments: &[String],
    manager: &str,
) -> Outcome {
    let directory = call.at(".");
    let project = match Project::read(call, &directory) {
        Ok(project) => project,
        Err(exit) => return Ok(exit),
    };
    if project.unknown {
        return crate::shell::unknown(call.shell, call.arguments);
    }
    let Some(manifest) = &project.manifest else {
        call.shell.error(&format!("npm error code ENOENT\nnpm error syscall open\nnpm error path {directory}/package.json\nnpm error errno -2\nnpm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '{directory}/package.json'\nnpm error enoent This is related to npm not being able to find a file.\nnpm error enoent"));
        return Ok(Exit::code(254));
    };
    let default = (name == "start" && call.stat(&format!("{directory}/server.js")).is_ok())
        .then(|| "node server.js".to_owned());
    let Some(text) = manifest.scripts.get(name).cloned().or(default) else {
        let message = match manager {
            "npm" => format!(
                "npm error Missing script: \"{name}\"\nnpm error\nnpm error To see a list of scripts, run:\nnpm error   npm run"
            ),
            _ => format!("error Command \"{name}\" not found."),
        };
        call.shell.error(&message);
        return Ok(Exit::code(1));
    };
    let around = |prefix: &str| manifest.scripts.get(&format!("{prefix}{name}")).cloned();
    let none: &[String] = &[];
    let course = [
        (around("pre"), none),
        (Some(text), arguments),
        (around("post"), none),
    ];
    let mut last = Exit::OK;
    for (text, arguments) in course {
        let Some(text) = text else { continue };
        last = script::run(call, &directory, &text, arguments)?;
        if last.failed() {
            return Ok(last);
        }
    }
    Ok(last)
}
