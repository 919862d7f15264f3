//! `$((…))`, `let` and the numbers of bash's `for ((…))`.

use brush_parser::arithmetic;
use brush_parser::ast::{
    ArithmeticExpr, ArithmeticTarget, BinaryOperator, UnaryAssignmentOperator, UnaryOperator,
};

use super::process::{Dialect, Process};
use super::unknown::is_known;

/// How deep variables may stand for expressions of variables.
const MAX_DEPTH: usize = 32;

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The shell's message.
    Error(String),
    /// It depends on something that is not known.
    Unknown,
}

/// The value of an expression in which parameters are expanded already.
///
/// # Errors
/// Where it has none.
pub fn evaluate(text: &str, process: &mut Process) -> Result<i64, Failure> {
    at_depth(text, process, 0)
}

fn at_depth(text: &str, process: &mut Process, depth: usize) -> Result<i64, Failure> {
    if !is_known(text) {
        return Err(Failure::Unknown);
    }
    let text = text.trim();
    if text.is_empty() {
        return Ok(0);
    }
    if let Some(number) = number(text, process.dialect) {
        return Ok(number);
    }
    if depth > MAX_DEPTH {
        return Err(Failure::Error(
            "expression recursion level exceeded".to_owned(),
        ));
    }
    let parsed = arithmetic::parse(text).map_err(|_| {
        Failure::Error(format!(
            "arithmetic expression: expecting primary: \"{text}\""
        ))
    })?;
    value(&parsed, process, depth)
}

fn number(text: &str, dialect: Dialect) -> Option<i64> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return i64::from_str_radix(hex, 16).ok();
    }
    if text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return i64::from_str_radix(text, 8).ok();
    }
    if dialect == Dialect::Bash
        && let Some((base, digits)) = text.split_once('#')
    {
        let base: u32 = base.parse().ok().filter(|base| (2..=36).contains(base))?;
        return i64::from_str_radix(digits, base).ok();
    }
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

fn value(expr: &ArithmeticExpr, process: &mut Process, depth: usize) -> Result<i64, Failure> {
    Ok(match expr {
        ArithmeticExpr::Literal(number) => *number,
        ArithmeticExpr::Reference(target) => reference(target, process, depth)?,
        ArithmeticExpr::UnaryOp(operator, operand) => {
            let operand = value(operand, process, depth)?;
            match operator {
                UnaryOperator::UnaryPlus => operand,
                UnaryOperator::UnaryMinus => operand.wrapping_neg(),
                UnaryOperator::BitwiseNot => !operand,
                UnaryOperator::LogicalNot => i64::from(operand == 0),
            }
        }
        ArithmeticExpr::BinaryOp(BinaryOperator::LogicalAnd, left, right) => {
            i64::from(value(left, process, depth)? != 0 && value(right, process, depth)? != 0)
        }
        ArithmeticExpr::BinaryOp(BinaryOperator::LogicalOr, left, right) => {
            i64::from(value(left, process, depth)? != 0 || value(right, process, depth)? != 0)
        }
        ArithmeticExpr::BinaryOp(operator, left, right) => {
            let left = value(left, process, depth)?;
            let right = value(right, process, depth)?;
            binary(operator, left, right)?
        }
        ArithmeticExpr::Conditional(condition, then, otherwise) => {
            if value(condition, process, depth)? != 0 {
                value(then, process, depth)?
            } else {
                value(otherwise, process, depth)?
            }
        }
        ArithmeticExpr::Assignment(target, new) => {
            let new = value(new, process, depth)?;
            assign(target, new, process, depth)?;
            new
        }
        ArithmeticExpr::BinaryAssignment(operator, target, operand) => {
            let old = reference(target, process, depth)?;
            let operand = value(operand, process, depth)?;
            let new = binary(operator, old, operand)?;
            assign(target, new, process, depth)?;
            new
        }
        ArithmeticExpr::UnaryAssignment(operator, target) => {
            let old = reference(target, process, depth)?;
            let (new, result) = match operator {
                UnaryAssignmentOperator::PrefixIncrement => {
                    (old.wrapping_add(1), old.wrapping_add(1))
                }
                UnaryAssignmentOperator::PrefixDecrement => {
                    (old.wrapping_sub(1), old.wrapping_sub(1))
                }
                UnaryAssignmentOperator::PostfixIncrement => (old.wrapping_add(1), old),
                UnaryAssignmentOperator::PostfixDecrement => (old.wrapping_sub(1), old),
            };
            assign(target, new, process, depth)?;
            result
        }
    })
}

fn binary(operator: &BinaryOperator, left: i64, right: i64) -> Result<i64, Failure> {
    let truth = i64::from;
    Ok(match operator {
        BinaryOperator::Power => {
            let exponent = u32::try_from(right)
                .map_err(|_| Failure::Error("exponent less than 0".to_owned()))?;
            left.wrapping_pow(exponent)
        }
        BinaryOperator::Multiply => left.wrapping_mul(right),
        BinaryOperator::Divide | BinaryOperator::Modulo if right == 0 => {
            return Err(Failure::Error("division by zero".to_owned()));
        }
        BinaryOperator::Divide => left.wrapping_div(right),
        BinaryOperator::Modulo => left.wrapping_rem(right),
        BinaryOperator::Comma => right,
        BinaryOperator::Add => left.wrapping_add(right),
        BinaryOperator::Subtract => left.wrapping_sub(right),
        BinaryOperator::ShiftLeft => left.wrapping_shl(u32::try_from(right & 63).unwrap_or(0)),
        BinaryOperator::ShiftRight => left.wrapping_shr(u32::try_from(right & 63).unwrap_or(0)),
        BinaryOperator::LessThan => truth(left < right),
        BinaryOperator::LessThanOrEqualTo => truth(left <= right),
        BinaryOperator::GreaterThan => truth(left > right),
        BinaryOperator::GreaterThanOrEqualTo => truth(left >= right),
        BinaryOperator::Equals => truth(left == right),
        BinaryOperator::NotEquals => truth(left != right),
        BinaryOperator::BitwiseAnd => left & right,
        BinaryOperator::BitwiseXor => left ^ right,
        BinaryOperator::BitwiseOr => left | right,
        BinaryOperator::LogicalAnd => truth(left != 0 && right != 0),
        BinaryOperator::LogicalOr => truth(left != 0 || right != 0),
    })
}

fn reference(
    target: &ArithmeticTarget,
    process: &mut Process,
    depth: usize,
) -> Result<i64, Failure> {
    let text = match target {
        ArithmeticTarget::Variable(name) => process.variable(name).map(str::to_owned),
        ArithmeticTarget::ArrayElement(name, index) => {
            let index = value(index, process, depth)?;
            let elements = process
                .variables
                .get(name)
                .and_then(|variable| variable.elements.as_ref());
            elements.and_then(|elements| elements.get(&index)).cloned()
        }
    };
    match text {
        None => Ok(0),
        Some(text) => at_depth(&text, process, depth + 1),
    }
}

fn assign(
    target: &ArithmeticTarget,
    new: i64,
    process: &mut Process,
    depth: usize,
) -> Result<(), Failure> {
    match target {
        ArithmeticTarget::Variable(name) => process.set(name, &new.to_string()),
        ArithmeticTarget::ArrayElement(name, index) => {
            let index = value(index, process, depth)?;
            let variable = process.variables.entry(name.clone()).or_default();
            let elements = variable.elements.get_or_insert_default();
            elements.insert(index, new.to_string());
        }
    }
    Ok(())
}
