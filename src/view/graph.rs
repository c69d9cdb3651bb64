//! A graph of dependencies as DOT, as Mermaid and as JSON.

use std::fmt::Write;

use serde_json::json;

use super::escape::escape;

/// What depends on what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The names of the nodes.
    pub nodes: Vec<String>,
    /// Positions of two nodes: the first one depends on the second.
    pub edges: Vec<(usize, usize)>,
}

/// Writes it for Graphviz.
pub fn dot(graph: &Graph) -> String {
    let mut text =
        "digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n".to_owned();
    let quoted = |name: &str| format!("\"{}\"", escape(name).replace('\\', "\\\\").replace('"', "\\\""));
    for node in &graph.nodes {
        let _ = writeln!(text, "  {0} [label={0}];", quoted(node));
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(
            text,
            "  {} -> {};",
            quoted(&graph.nodes[*from]),
            quoted(&graph.nodes[*to])
        );
    }
    text + "}\n"
}

/// Writes it for Mermaid, which draws it in Markdown.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (at, node) in graph.nodes.iter().enumerate() {
        let _ = writeln!(text, "  n{at}[\"{}\"]", escape(node).replace('"', "#quot;"));
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(text, "  n{from} --> n{to}");
    }
    text
}

/// Writes it as JSON: the nodes, and for each edge what depends on what.
pub fn json(graph: &Graph) -> String {
    let edges: Vec<_> = graph
        .edges
        .iter()
        .map(|(from, to)| json!({"from": graph.nodes[*from], "to": graph.nodes[*to]}))
        .collect();
    super::state::json(&json!({"format_version": "1.0", "nodes": graph.nodes, "edges": edges}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> Graph {
        Graph {
            nodes: ["container.web", "network.\"net\""].map(str::to_owned).to_vec(),
            edges: vec![(0, 1)],
        }
    }

    #[test]
    fn dot_quotes_names() {
        assert_eq!(
            dot(&graph()),
            "digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n  \
             \"container.web\" [label=\"container.web\"];\n  \
             \"network.\\\"net\\\"\" [label=\"network.\\\"net\\\"\"];\n  \
             \"container.web\" -> \"network.\\\"net\\\"\";\n}\n"
        );
    }

    #[test]
    fn mermaid_numbers_the_nodes() {
        assert_eq!(
            mermaid(&graph()),
            "flowchart LR\n  n0[\"container.web\"]\n  n1[\"network.#quot;net#quot;\"]\n  n0 --> n1\n"
        );
    }

    #[test]
    fn json_names_both_ends_of_an_edge() {
        let parsed: serde_json::Value = serde_json::from_str(&json(&graph())).unwrap();
        assert_eq!(
            parsed["edges"],
            json!([{"from": "container.web", "to": "network.\"net\""}])
        );
    }
}
