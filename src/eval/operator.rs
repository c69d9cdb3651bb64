//! Operators on numbers, truth values and equality.

use std::cmp::Ordering;

use hcl_edit::Span as _;
use hcl_edit::expr::{BinaryOp, BinaryOperator, Expression, UnaryOp, UnaryOperator};

use super::evaluator::Evaluator;
use crate::diagnostic::Diagnostic;
use crate::value::{Data, Number, Type, Value, convert, equals, type_of};

impl Evaluator<'_> {
    pub(super) fn unary(&mut self, operation: &UnaryOp) -> Value {
        let value = self.value(&operation.expr);
        match operation.operator.value() {
            UnaryOperator::Neg => match self.operand(&value, &operation.expr, &Type::Number) {
                Value {
                    data: Data::Number(number),
                    sensitive,
                } => Value::from(Data::Number(number.negate())).sensitive_if(sensitive),
                unknown => unknown,
            },
            UnaryOperator::Not => match self.operand(&value, &operation.expr, &Type::Bool) {
                Value {
                    data: Data::Bool(value),
                    sensitive,
                } => Value::from(!value).sensitive_if(sensitive),
                unknown => unknown,
            },
        }
    }

    pub(super) fn binary(&mut self, operation: &BinaryOp) -> Value {
        let left = self.value(&operation.lhs_expr);
        let right = self.value(&operation.rhs_expr);
        let operator = *operation.operator.value();
        match operator {
            BinaryOperator::Eq | BinaryOperator::NotEq => {
                let sensitive = left.is_sensitive_anywhere() || right.is_sensitive_anywhere();
                match equals(&left, &right) {
                    Some(equal) => Value::from(equal == (operator == BinaryOperator::Eq)),
                    None => Value::unknown(Type::Bool),
                }
                .sensitive_if(sensitive)
            }
            BinaryOperator::And | BinaryOperator::Or => self.logic(operation, &left, &right),
            _ => self.arithmetic(operation, &left, &right),
        }
    }

    /// Both sides are evaluated and their problems reported; one known side may decide all the same.
    fn logic(&mut self, operation: &BinaryOp, left: &Value, right: &Value) -> Value {
        let left = self.operand(left, &operation.lhs_expr, &Type::Bool);
        let right = self.operand(right, &operation.rhs_expr, &Type::Bool);
        let decisive = *operation.operator.value() == BinaryOperator::Or;
        let result = match (left.as_bool(), right.as_bool()) {
            (Some(value), _) | (_, Some(value)) if value == decisive => Value::from(decisive),
            (Some(_), Some(_)) => Value::from(!decisive),
            _ => Value::unknown(Type::Bool),
        };
        result.sensitive_if(left.sensitive || right.sensitive)
    }

    fn arithmetic(&mut self, operation: &BinaryOp, left: &Value, right: &Value) -> Value {
        let left = self.operand(left, &operation.lhs_expr, &Type::Number);
        let right = self.operand(right, &operation.rhs_expr, &Type::Number);
        let sensitive = left.sensitive || right.sensitive;
        let operator = *operation.operator.value();
        let result = match (&left.data, &right.data) {
            (Data::Number(left), Data::Number(right)) => match apply(operator, left, right) {
                Some(value) => value,
                None => {
                    let span = self.span(operation.span());
                    self.fail(
                        Diagnostic::error("Operation failed")
                            .detail("This operation has no result: zero or infinity is divided, multiplied or subtracted by itself.")
                            .at(span, "no result"),
                    )
                }
            },
            _ if compares(operator) => Value::unknown(Type::Bool),
            _ => Value::unknown(Type::Number),
        };
        result.sensitive_if(sensitive)
    }

    /// Converts an operand; what does not fit is reported.
    fn operand(&mut self, value: &Value, expression: &Expression, ty: &Type) -> Value {
        let span = self.span(expression.span());
        if value.is_null() {
            return self.fail(
                Diagnostic::error("Null operand")
                    .detail(format!(
                        "This operand must be {}, and it is null.",
                        ty.described()
                    ))
                    .at(span, "null"),
            );
        }
        match convert(value, ty) {
            Ok(value) => value,
            Err(error) => self.fail(
                Diagnostic::error("Invalid operand")
                    .detail(format!("This operand does not fit the operator: {error}."))
                    .at(span, type_of(value).described()),
            ),
        }
    }
}

fn compares(operator: BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Less | BinaryOperator::LessEq | BinaryOperator::Greater | BinaryOperator::GreaterEq
    )
}

fn apply(operator: BinaryOperator, left: &Number, right: &Number) -> Option<Value> {
    let number = match operator {
        BinaryOperator::Plus => left.add(right),
        BinaryOperator::Minus => left.sub(right),
        BinaryOperator::Mul => left.mul(right),
        BinaryOperator::Div => left.div(right),
        BinaryOperator::Mod => left.rem(right),
        BinaryOperator::Less => return Some((left.compare(right) == Ordering::Less).into()),
        BinaryOperator::LessEq => return Some((left.compare(right) != Ordering::Greater).into()),
        BinaryOperator::Greater => return Some((left.compare(right) == Ordering::Greater).into()),
        BinaryOperator::GreaterEq => return Some((left.compare(right) != Ordering::Less).into()),
        BinaryOperator::Eq | BinaryOperator::NotEq | BinaryOperator::And | BinaryOperator::Or => None,
    };
    number.map(|number| Data::Number(number).into())
}
