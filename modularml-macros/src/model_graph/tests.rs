use super::parse::{ALIGN, AS_NUMBER, GRAPH_ATTRIBUTES, Graph, NODE_ATTRIBUTES, PRECISIONS};
use crate::tests::{assert_documented, rule, words};

fn errors(tokens: &str) -> Vec<String> {
    match syn::parse_str::<Graph>(tokens) {
        Ok(graph) => graph.errors.messages(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn every_wrong_statement_is_told_and_the_rest_is_read() {
    let found = errors(
        "pub graph G(pulse: Pulse) {
            a = Mlp::hidden([4])(\"voltage\");
            e = {WIDE}(\"voltage\");
            b = Mlp::hidden([4])(pulse.voltage)(pulse.voltage);
            for x in 0..3 { y = x; }
            c: Mlp::hidden([4])(pulse.voltage);
            #[forzen] d = Mlp::hidden([4])(pulse.voltage);
        }",
    );
    assert_eq!(
        found,
        [
            "names are paths here: write voltage without quotes",
            "names are paths here: write voltage without quotes",
            "`b` has two lists of inputs; keep one, separated by commas",
            "`for` cannot stand in model_graph!; build a graph of variable form with GraphBuilder, or write the nodes out",
            "expected `=` behind `c`",
            "unknown attribute `forzen` on `d`; did you mean `frozen`? a node has #[frozen], #[output], #[optimizer(..)] and #[allow(..)]",
        ]
    );
}

#[test]
fn a_node_that_could_not_be_read_keeps_its_name() {
    let graph = syn::parse_str::<Graph>("graph G(p: P) { a = ; b = Linear(a) -> p.y; }");
    let names: Vec<_> = graph.unwrap().nodes.iter().map(|node| node.name.to_string()).collect();
    assert_eq!(names, ["a", "b"]);
}

/// The words that a rule has in quotes.
fn quoted(name: &str) -> Vec<String> {
    rule("`model_graph!`", name).split('\'').skip(1).step_by(2).flat_map(words).collect()
}

#[test]
fn the_documents_grammar_has_the_keywords_that_are_parsed() {
    let section = "`model_graph!`";
    assert_documented(section, "attribute", &NODE_ATTRIBUTES);
    assert_eq!(quoted("align"), ALIGN);
    assert_eq!(quoted("source"), [AS_NUMBER]);
    assert_eq!(quoted("graph"), ["optimizer", "graph"]);
    let precision = quoted("precision");
    assert_eq!(["optimizer", precision[0].as_str()], GRAPH_ATTRIBUTES);
    assert_eq!(precision[1..], PRECISIONS);
    let statements = words(rule(section, "graph").rsplit_once('{').unwrap().1);
    assert_eq!(statements, ["align", "node"]);
}

#[test]
fn every_attribute_of_the_tables_is_known_to_the_parser() {
    let unknown = |tokens: &str| errors(tokens).iter().any(|error| error.contains("unknown attribute"));
    for attribute in NODE_ATTRIBUTES {
        assert!(!unknown(&format!("graph G(p: P) {{ #[{attribute}] a = Linear(p.x) -> p.y; }}")), "{attribute}");
    }
    for attribute in GRAPH_ATTRIBUTES {
        assert!(!unknown(&format!("#[{attribute}] graph G(p: P) {{ a = Linear(p.x) -> p.y; }}")), "{attribute}");
    }
}
