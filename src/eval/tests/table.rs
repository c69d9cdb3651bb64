//! The files in `corpus/` hold an expression, its value as JSON and its type (or `!error`) in each line, as Terraform 1.11.4
//! answers them; `⏎`, `␍` and `␉` stand for a line end, a carriage return and a tab. `cargo xtask oracle` records them.

use std::fs;
use std::path::Path;

use super::{Names, eval_in, parse};
use crate::eval::{Files, evaluate};
use crate::value::{Data, Type, Value, type_of};

#[test]
fn expressions_give_what_terraform_gives() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/eval/tests");
    let names = Names {
        files: Some(Files::below(&tests)),
        ..Names::default()
    };
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in fs::read_dir(tests.join("corpus")).unwrap() {
        for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            count += 1;
            let (expression, expected) = line.split_once('\t').unwrap();
            let found = answer(expression, &names);
            if found != expected {
                wrong.push(format!("{expression}\n  expected {expected}\n  found    {found}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn answer(expression: &str, names: &Names) -> String {
    let text = expression
        .replace('⏎', "\n")
        .replace('␍', "\r")
        .replace('␉', "\t");
    let Some((parsed, source)) = parse(&text) else {
        return "!error".to_owned();
    };
    let Ok(value) = evaluate(&parsed, &source, names) else {
        return "!error".to_owned();
    };
    match json(&value) {
        Some(json) => format!("{json}\t{}", compact(&type_of(&value))),
        None => "!error".to_owned(),
    }
}

/// Infinity has no JSON.
pub(super) fn json(value: &Value) -> Option<String> {
    let mut names = Names::new();
    names.values.insert("it".to_owned(), value.clone());
    let json = eval_in("jsonencode(it)", &names).ok()?;
    let text = json.as_str()?.to_owned();
    (!is_infinite(value)).then_some(text)
}

fn is_infinite(value: &Value) -> bool {
    matches!(&value.data, Data::Number(number) if number.is_infinite()) || value.children().any(is_infinite)
}

pub(super) fn compact(ty: &Type) -> String {
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
