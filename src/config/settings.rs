//! The `wharf` and `engine` blocks.

use std::sync::Arc;

use hcl_edit::structure::{Block, BlockLabel, Body};

use super::contents::{Contents, suggestion};
use super::{Engine, Wharf, header_span};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Reads the `wharf` block.
pub(super) fn wharf(source: &Arc<Source>, header: Span, body: Body, problems: &mut Diagnostics) -> Wharf {
    let mut contents = Contents::new(source, header, "The `wharf` block", body);
    let mut wharf = Wharf {
        required_version: contents.take("required_version"),
        project: contents.take("project"),
        state_path: None,
    };
    if let Some(block) = contents.take_block("state", problems) {
        wharf.state_path = state(source, block, problems);
    }
    contents.finish(problems);
    wharf
}

fn state(source: &Arc<Source>, block: Block, problems: &mut Diagnostics) -> Option<super::Expr> {
    let header = header_span(source, &block);
    let labels: Vec<&str> = block.labels.iter().map(BlockLabel::as_str).collect();
    match labels[..] {
        ["local"] => {}
        [other] => {
            problems.push(
                Diagnostic::error("Unknown state backend")
                    .detail(format!("There is no backend `{other}`."))
                    .at(header.clone(), "not known")
                    .help(suggestion(other, &["local"])),
            );
            return None;
        }
        _ => {
            problems.push(
                Diagnostic::error("Wrong number of labels")
                    .detail("A `state` block has one label, the backend.")
                    .at(header.clone(), "expected one label")
                    .help("Write `state \"local\" { … }`."),
            );
            return None;
        }
    }
    let mut contents = Contents::new(source, header, "A `state \"local\"` block", block.body);
    let path = contents.require("path", problems);
    contents.finish(problems);
    path
}

/// Reads the `engine` block.
pub(super) fn engine(source: &Arc<Source>, header: Span, body: Body, problems: &mut Diagnostics) -> Engine {
    let mut contents = Contents::new(source, header, "The `engine` block", body);
    let engine = Engine {
        host: contents.take("host"),
    };
    contents.finish(problems);
    engine
}
