use super::parse::Graph;

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
