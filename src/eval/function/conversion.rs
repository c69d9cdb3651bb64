//! Types and marks.

use super::{
    Call, Failure, Function, Kind, Marks, Outcome, Param, any, boolean, function, number, param, string,
};
use crate::value::{Type, Value, convert, type_of};

const VALUE: Param = param("value", Kind::Any).nullable().early();

pub(super) const FUNCTIONS: &[Function] = &[
    function("tostring", &[VALUE], string, |call| to(call, &Type::String)).marks(Marks::Kept),
    function("tonumber", &[VALUE], number, |call| to(call, &Type::Number)).marks(Marks::Kept),
    function("tobool", &[VALUE], boolean, |call| to(call, &Type::Bool)).marks(Marks::Kept),
    function("tolist", &[VALUE], any, |call| to(call, &Type::list(Type::Any))).marks(Marks::Kept),
    function("toset", &[VALUE], any, |call| to(call, &Type::set(Type::Any))).marks(Marks::Kept),
    function("tomap", &[VALUE], any, |call| to(call, &Type::map(Type::Any))).marks(Marks::Kept),
    function("sensitive", &[VALUE], any, |call| Ok(call[0].clone().sensitive())).marks(Marks::Seen),
    function("nonsensitive", &[VALUE], any, nonsensitive).marks(Marks::Seen),
    function("issensitive", &[VALUE], boolean, |call| {
        Ok(call[0].sensitive.into())
    })
    .marks(Marks::Seen),
    // What is ephemeral is found by evaluating the argument once more, see `eval::ephemeral`; without that nothing is.
    function("ephemeralasnull", &[VALUE], any, |call| Ok(call[0].clone())).marks(Marks::Seen),
    function("env", &[param("name", Kind::String)], string, env)
        .variadic(param("default", Kind::String).nullable()),
];

fn to(call: &Call<'_>, ty: &Type) -> Outcome {
    convert(&call[0], ty).map_err(|error| {
        let place = super::super::evaluator::place(&error.path);
        Failure::at(
            0,
            format!(
                "{} cannot be converted to {ty}{place}: {error}",
                type_of(&call[0]).described()
            ),
        )
    })
}

fn nonsensitive(call: &Call<'_>) -> Outcome {
    let mut value = call[0].clone();
    value.sensitive = false;
    Ok(value)
}

/// A variable of the environment. It counts as sensitive, for passwords come this way. So does the default: what a
/// configuration may do with the value must not hang on where it runs.
fn env(call: &Call<'_>) -> Outcome {
    if call.len() > 2 {
        return Err(Failure::at(2, "only one default can be given"));
    }
    let environment = call
        .scope
        .environment()
        .ok_or_else(|| Failure::new("the environment cannot be read here"))?;
    match (environment.get(call.text(0)), call.get(1)) {
        (Some(text), _) => Ok(Value::from(text.as_str()).sensitive()),
        (None, Some(default)) if default.is_null() => Ok(default.clone()),
        (None, Some(default)) => Ok(default.clone().sensitive()),
        (None, None) => Err(Failure::at(
            0,
            format!(
                "the environment variable `{}` is not set, and no default is given",
                call.text(0)
            ),
        )),
    }
}
