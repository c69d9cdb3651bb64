//! `expressions.tsv` holds an expression, its value as JSON and its type (or `!error`) in each line, as Terraform 1.11.4
//! answers them.

use super::{Names, eval_in, parse};
use crate::eval::evaluate;
use crate::value::{Type, Value, type_of};

const EXPRESSIONS: &str = include_str!("expressions.tsv");

#[test]
fn expressions_give_what_terraform_gives() {
    let mut wrong = Vec::new();
    for line in EXPRESSIONS.lines() {
        let (expression, expected) = line.split_once('\t').unwrap();
        let found = answer(expression);
        if found != expected {
            wrong.push(format!("{expression}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn answer(expression: &str) -> String {
    let names = Names::new();
    let Some((parsed, source)) = parse(expression) else {
        return "!error".to_owned();
    };
    let Ok(value) = evaluate(&parsed, &source, &names) else {
        return "!error".to_owned();
    };
    match json(&value) {
        Some(json) => format!("{json}\t{}", compact(&type_of(&value))),
        None => "!error".to_owned(),
    }
}

/// Infinity has no JSON.
fn json(value: &Value) -> Option<String> {
    let mut names = Names::new();
    names.values.insert("it".to_owned(), value.clone());
    let json = eval_in("jsonencode(it)", &names).ok()?;
    let text = json.as_str()?.to_owned();
    (!text.contains("Inf")).then_some(text)
}

fn compact(ty: &Type) -> String {
    match ty {
        Type::Any => "dynamic".to_owned(),
        Type::List(element) => format!("list({})", compact(element)),
        Type::Set(element) => format!("set({})", compact(element)),
        Type::Map(element) => format!("map({})", compact(element)),
        Type::Tuple(elements) => {
            let elements: Vec<String> = elements.iter().map(compact).collect();
            format!("tuple([{}])", elements.join(","))
        }
        Type::Object(attributes) => {
            let attributes: Vec<String> = attributes
                .iter()
                .map(|(name, attribute)| format!("{name}:{}", compact(&attribute.ty)))
                .collect();
            format!("object({{{}}})", attributes.join(","))
        }
        primitive => primitive.to_string(),
    }
}
