//! `test`, `[` and `[[`.

use brush_parser::ast::{BinaryPredicate, ExtendedTestExpr, UnaryPredicate};

use crate::image::Node;

use super::errno::Errno;
use super::pattern::Pattern;
use super::process::{Exit, Outcome};
use super::unknown::is_known;
use super::{Shell, arithmetic};

/// Whether an expression is true: `None` where that is not known.
///
/// # Errors
/// The message where it is not an expression.
pub fn evaluate(shell: &Shell<'_, '_>, words: &[String]) -> Result<Option<bool>, String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // POSIX settles up to four words by their number.
    match words.as_slice() {
        [] => Ok(Some(false)),
        [one] => Ok(present(one)),
        ["!", one] => Ok(not(present(one))),
        [operator, operand] => unary(shell, operator, operand)
            .unwrap_or_else(|| Err(format!("{operator}: unexpected operator"))),
        [left, operator, right] if is_binary(operator) => binary(shell, left, operator, right),
        ["!", rest @ ..] if rest.len() <= 3 => {
            let rest: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
            evaluate(shell, &rest).map(not)
        }
        ["(", one, ")"] => Ok(present(one)),
        _ => {
            let mut parser = Parser {
                shell,
                words: &words,
                at: 0,
                depth: 0,
            };
            let value = parser.or()?;
            if parser.at < words.len() {
                return Err(format!("{}: unexpected operator", words[parser.at]));
            }
            Ok(value)
        }
    }
}

fn present(text: &str) -> Option<bool> {
    Some(!text.is_empty())
}

fn not(value: Option<bool>) -> Option<bool> {
    value.map(|value| !value)
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

struct Parser<'p, 's, 'm> {
    shell: &'p Shell<'s, 'm>,
    words: &'p [&'p str],
    at: usize,
    depth: usize,
}

impl Parser<'_, '_, '_> {
    fn peek(&self, ahead: usize) -> Option<&str> {
        self.words.get(self.at + ahead).copied()
    }

    fn or(&mut self) -> Result<Option<bool>, String> {
        let mut value = self.and()?;
        while self.peek(0) == Some("-o") {
            self.at += 1;
            let right = self.and()?;
            value = not(and(not(value), not(right)));
        }
        Ok(value)
    }

    fn and(&mut self) -> Result<Option<bool>, String> {
        let mut value = self.primary()?;
        while self.peek(0) == Some("-a") {
            self.at += 1;
            value = and(value, self.primary()?);
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<Option<bool>, String> {
        self.depth += 1;
        if self.depth > 200 {
            return Err("too many arguments".to_owned());
        }
        let Some(word) = self.peek(0).map(str::to_owned) else {
            return Err("argument expected".to_owned());
        };
        if let (Some(operator), Some(right)) = (self.peek(1), self.peek(2))
            && is_binary(operator)
        {
            let value = binary(self.shell, &word, operator, right);
            self.at += 3;
            return value;
        }
        match word.as_str() {
            "!" => {
                self.at += 1;
                self.primary().map(not)
            }
            "(" => {
                self.at += 1;
                let value = self.or()?;
                if self.peek(0) != Some(")") {
                    return Err("closing paren expected".to_owned());
                }
                self.at += 1;
                Ok(value)
            }
            operator => {
                if let Some(operand) = self.peek(1)
                    && let Some(value) = unary(self.shell, operator, operand)
                {
                    self.at += 2;
                    return value;
                }
                self.at += 1;
                Ok(present(operator))
            }
        }
    }
}

fn is_binary(operator: &str) -> bool {
    matches!(
        operator,
        "=" | "=="
            | "!="
            | "<"
            | ">"
            | "-eq"
            | "-ne"
            | "-lt"
            | "-le"
            | "-gt"
            | "-ge"
            | "-nt"
            | "-ot"
            | "-ef"
    )
}

fn integer(text: &str) -> Result<i64, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("Illegal number: {text}"))
}

fn binary(
    shell: &Shell<'_, '_>,
    left: &str,
    operator: &str,
    right: &str,
) -> Result<Option<bool>, String> {
    if matches!(operator, "-nt" | "-ot" | "-ef") {
        return Ok(compare_files(shell, left, operator, right));
    }
    if !is_known(left) || !is_known(right) {
        // An unknown text is some text.
        return Ok(match operator {
            "=" | "==" if left.is_empty() || right.is_empty() => Some(false),
            "!=" if left.is_empty() || right.is_empty() => Some(true),
            _ => None,
        });
    }
    Ok(Some(match operator {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        "-eq" => integer(left)? == integer(right)?,
        "-ne" => integer(left)? != integer(right)?,
        "-lt" => integer(left)? < integer(right)?,
        "-le" => integer(left)? <= integer(right)?,
        "-gt" => integer(left)? > integer(right)?,
        _ => integer(left)? >= integer(right)?,
    }))
}

fn compare_files(shell: &Shell<'_, '_>, left: &str, operator: &str, right: &str) -> Option<bool> {
    let stat = |path: &str| {
        shell
            .machine
            .files
            .stat(&shell.process.absolute(path), &shell.process.who)
    };
    match (operator, stat(left), stat(right)) {
        ("-ef", Ok(left), Ok(right)) => {
            Some(shell.machine.files.is_same_file(&left.path, &right.path))
        }
        ("-ef", ..) => Some(false),
        ("-nt", Ok(_), Err(Errno::NoEntry)) | ("-ot", Err(Errno::NoEntry), Ok(_)) => Some(true),
        (_, Err(Errno::NoEntry), _) | (_, _, Err(Errno::NoEntry)) => Some(false),
        // Times are not kept.
        _ => None,
    }
}

/// A test of one operand; `None` where the word is not such an operator.
fn unary(
    shell: &Shell<'_, '_>,
    operator: &str,
    operand: &str,
) -> Option<Result<Option<bool>, String>> {
    let value = match operator {
        "!" => not(present(operand)),
        "-n" => Some(!operand.is_empty()),
        "-z" => Some(operand.is_empty()),
        "-t" => Some(false),
        "-v" => Some(shell.process.variables.contains_key(operand)),
        "-o" => Some(match operand {
            "errexit" => shell.process.options.errexit,
            "nounset" => shell.process.options.nounset,
            _ => false,
        }),
        "-e" | "-a" | "-f" | "-d" | "-L" | "-h" | "-s" | "-r" | "-w" | "-x" | "-b" | "-c"
        | "-p" | "-S" | "-u" | "-g" | "-k" | "-O" | "-G" | "-N" => {
            file_test(shell, operator, operand)
        }
        _ => return None,
    };
    Some(Ok(value))
}

fn file_test(shell: &Shell<'_, '_>, operator: &str, operand: &str) -> Option<bool> {
    if operand.is_empty() {
        return Some(false);
    }
    if !is_known(operand) {
        return None;
    }
    let at = shell.process.absolute(operand);
    let who = &shell.process.who;
    let files = &shell.machine.files;
    let entry = if matches!(operator, "-L" | "-h") {
        files.lstat(&at, who)
    } else {
        files.stat(&at, who)
    };
    let entry = match entry {
        Ok(entry) => entry,
        Err(Errno::Unknown) => return None,
        Err(_) => return Some(false),
    };
    let meta = entry.node.meta();
    let device = matches!(entry.node, Node::Special(_));
    Some(match operator {
        "-e" | "-a" => true,
        "-f" => matches!(entry.node, Node::File(_)),
        "-d" => entry.node.is_directory(),
        "-L" | "-h" => matches!(entry.node, Node::Symlink(_)),
        "-s" => match &entry.node {
            Node::File(file) if file.size.low == 0 && file.size.high > 0 => return None,
            Node::File(file) => file.size.bytes > 0,
            node => node.is_directory(),
        },
        "-r" => who.may(meta, 4),
        "-w" => who.may(meta, 2),
        "-x" if who.is_root() => meta.mode & 0o111 != 0 || entry.node.is_directory(),
        "-x" => who.may(meta, 1),
        "-c" => device && entry.path.starts_with("/dev/"),
        "-p" => device && !entry.path.starts_with("/dev/"),
        "-u" => meta.mode & 0o4000 != 0,
        "-g" => meta.mode & 0o2000 != 0,
        "-k" => meta.mode & 0o1000 != 0,
        "-O" => meta.uid == who.uid,
        "-G" => meta.gid == who.gid,
        _ => false,
    })
}

/// `[[ … ]]`.
///
/// # Errors
/// What leaves the script.
pub fn extended(shell: &mut Shell<'_, '_>, expr: &ExtendedTestExpr) -> Outcome {
    match truth(shell, expr)? {
        Ok(value) => Ok(value.map_or(Exit::UNKNOWN, Exit::of)),
        Err(message) => {
            shell.complain(&message);
            Ok(Exit::code(2))
        }
    }
}

type Truth = Result<Result<Option<bool>, String>, super::process::Flow>;

fn truth(shell: &mut Shell<'_, '_>, expr: &ExtendedTestExpr) -> Truth {
    Ok(Ok(match expr {
        ExtendedTestExpr::And(left, right) => match truth(shell, left)? {
            Ok(Some(true)) => return truth(shell, right),
            Ok(None) => match truth(shell, right)? {
                Ok(right) => and(None, right),
                error => return Ok(error),
            },
            other => return Ok(other),
        },
        ExtendedTestExpr::Or(left, right) => match truth(shell, left)? {
            Ok(Some(false)) => return truth(shell, right),
            Ok(None) => match truth(shell, right)? {
                Ok(Some(true)) => Some(true),
                Ok(_) => None,
                error => return Ok(error),
            },
            other => return Ok(other),
        },
        ExtendedTestExpr::Not(inner) => match truth(shell, inner)? {
            Ok(value) => not(value),
            error => return Ok(error),
        },
        ExtendedTestExpr::Parenthesized(inner) => return truth(shell, inner),
        ExtendedTestExpr::UnaryTest(predicate, word) => {
            let operand = shell.expand_text(&word.value)?;
            let operator = unary_operator(predicate);
            return Ok(unary(shell, operator, &operand).unwrap_or(Ok(None)));
        }
        ExtendedTestExpr::BinaryTest(predicate, left, right) => {
            let left = shell.expand_text(&left.value)?;
            match predicate {
                BinaryPredicate::StringExactlyMatchesPattern
                | BinaryPredicate::StringDoesNotExactlyMatchPattern => {
                    let pattern = shell.expand_pattern(&right.value)?;
                    if !is_known(&left) || !is_known(&pattern) {
                        return Ok(Ok(None));
                    }
                    let matches = Pattern::new(&pattern).matches(&left);
                    Some(
                        matches
                            == matches!(predicate, BinaryPredicate::StringExactlyMatchesPattern),
                    )
                }
                BinaryPredicate::StringMatchesRegex => {
                    let pattern = shell.expand_text(&right.value)?;
                    if !is_known(&left) || !is_known(&pattern) {
                        return Ok(Ok(None));
                    }
                    match crate::programs::regex::Regex::new(&pattern, true, false) {
                        Ok(regex) => {
                            let groups = regex.groups(&left);
                            let found = groups.is_some();
                            let variable = shell
                                .process
                                .variables
                                .entry("BASH_REMATCH".to_owned())
                                .or_default();
                            let groups = groups.unwrap_or_default();
                            variable.elements = Some(
                                (0..)
                                    .zip(groups.into_iter().map(Option::unwrap_or_default))
                                    .collect(),
                            );
                            Some(found)
                        }
                        Err(_) => None,
                    }
                }
                BinaryPredicate::ArithmeticEqualTo
                | BinaryPredicate::ArithmeticNotEqualTo
                | BinaryPredicate::ArithmeticLessThan
                | BinaryPredicate::ArithmeticLessThanOrEqualTo
                | BinaryPredicate::ArithmeticGreaterThan
                | BinaryPredicate::ArithmeticGreaterThanOrEqualTo => {
                    let right = shell.expand_text(&right.value)?;
                    let numbers = (
                        arithmetic::evaluate(&left, shell.process),
                        arithmetic::evaluate(&right, shell.process),
                    );
                    let (Ok(left), Ok(right)) = numbers else {
                        return Ok(Ok(None));
                    };
                    Some(match predicate {
                        BinaryPredicate::ArithmeticEqualTo => left == right,
                        BinaryPredicate::ArithmeticNotEqualTo => left != right,
                        BinaryPredicate::ArithmeticLessThan => left < right,
                        BinaryPredicate::ArithmeticLessThanOrEqualTo => left <= right,
                        BinaryPredicate::ArithmeticGreaterThan => left > right,
                        _ => left >= right,
                    })
                }
                other => {
                    let right = shell.expand_text(&right.value)?;
                    let operator = match other {
                        BinaryPredicate::StringExactlyMatchesString => "=",
                        BinaryPredicate::StringDoesNotExactlyMatchString => "!=",
                        BinaryPredicate::LeftSortsBeforeRight => "<",
                        BinaryPredicate::LeftSortsAfterRight => ">",
                        BinaryPredicate::LeftFileIsNewerOrExistsWhenRightDoesNot => "-nt",
                        BinaryPredicate::LeftFileIsOlderOrDoesNotExistWhenRightDoes => "-ot",
                        BinaryPredicate::FilesReferToSameDeviceAndInodeNumbers => "-ef",
                        _ => {
                            let known = is_known(&left) && is_known(&right);
                            return Ok(Ok(known.then(|| left.contains(&right))));
                        }
                    };
                    return Ok(binary(shell, &left, operator, &right));
                }
            }
        }
    }))
}

fn unary_operator(predicate: &UnaryPredicate) -> &'static str {
    match predicate {
        UnaryPredicate::FileExists => "-e",
        UnaryPredicate::FileExistsAndIsBlockSpecialFile => "-b",
        UnaryPredicate::FileExistsAndIsCharSpecialFile => "-c",
        UnaryPredicate::FileExistsAndIsDir => "-d",
        UnaryPredicate::FileExistsAndIsRegularFile => "-f",
        UnaryPredicate::FileExistsAndIsSetgid => "-g",
        UnaryPredicate::FileExistsAndIsSymlink => "-h",
        UnaryPredicate::FileExistsAndHasStickyBit => "-k",
        UnaryPredicate::FileExistsAndIsFifo => "-p",
        UnaryPredicate::FileExistsAndIsReadable => "-r",
        UnaryPredicate::FileExistsAndIsNotZeroLength => "-s",
        UnaryPredicate::FdIsOpenTerminal => "-t",
        UnaryPredicate::FileExistsAndIsSetuid => "-u",
        UnaryPredicate::FileExistsAndIsWritable => "-w",
        UnaryPredicate::FileExistsAndIsExecutable => "-x",
        UnaryPredicate::FileExistsAndOwnedByEffectiveGroupId => "-G",
        UnaryPredicate::FileExistsAndModifiedSinceLastRead => "-N",
        UnaryPredicate::FileExistsAndOwnedByEffectiveUserId => "-O",
        UnaryPredicate::FileExistsAndIsSocket => "-S",
        UnaryPredicate::ShellOptionEnabled => "-o",
        UnaryPredicate::ShellVariableIsSetAndAssigned
        | UnaryPredicate::ShellVariableIsSetAndNameRef => "-v",
        UnaryPredicate::StringHasZeroLength => "-z",
        UnaryPredicate::StringHasNonZeroLength => "-n",
    }
}
