//! The rules of the runtime crate at the user's tokens.
//!
//! The rules of a node share one constant item, so that its first mistake is told, beside the first one of every other
//! node: each item costs the compiler about a millisecond, whatever it holds, and is paid at every edit. They are asked
//! only where one of all rules refuses.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::parse::{Align, Body, Graph, Node};
use crate::names::{Checks, text};
use crate::notation::{Dotted, Place, known};

pub(super) fn checks(graph: &Graph) -> TokenStream {
    let name = &graph.name;
    let mut names = Checks::default();
    let mut check = |statement: String, rules: TokenStream| {
        let check = names.name(&statement);
        quote!(const #check: () = if __REFUSED { #rules };)
    };
    let whole = rule(name.span(), &quote!(graph(__CONTEXT)));
    let inputs =
        graph.inputs.iter().enumerate().map(|(i, input)| rule(input.name.span(), &quote!(input(__CONTEXT, #i))));
    let optimizer =
        graph.optimizer.as_ref().map(|component| component.rules(|part| place(&quote!(optimizer(__CONTEXT, #part)))));
    let mut checks = vec![check(format!("graph_{}", text(name)), quote!(#whole #(#inputs)* #optimizer))];
    for (i, Align { left, right, key }) in graph.aligned.iter().enumerate() {
        let joined = rule(right.span(), &quote!(joined(__CONTEXT, #i)));
        let by = rule(key.span(), &quote!(key(__CONTEXT, #i)));
        checks.push(check(format!("align_{}_{}", text(left), text(right)), quote!(#joined #by)));
    }
    let nodes = graph.nodes.iter().filter_map(|node| node.body.as_ref().map(|body| (node, body)));
    for (i, (node, body)) in nodes.enumerate() {
        checks.push(check(format!("node_{}", text(&node.name)), node_checks(i, node, body)));
    }
    let (known_names, schemas) = (known_names(graph), sound_schemas(graph));
    quote! {
        #known_names
        const __REFUSED: bool = !<#name as ::modularml::graph::Graph>::IS_SOUND #(&& #schemas)*;
        #(#checks)*
    }
}

/// Whether each schema is sound: what is wrong with one is told there.
pub(super) fn sound_schemas(graph: &Graph) -> Vec<TokenStream> {
    graph.inputs.iter().map(|input| input.of_schema("IS_SOUND")).collect()
}

/// How many nodes one constant asks about: rustc warns of constants that take long.
const CHUNK: usize = 16;

/// Constants that ask the rules of the whole graph, and whether none refuses. Where that is so, those at the user's tokens
/// ask nothing; where it is not, an experiment on the graph is quiet.
pub(super) fn soundness(graph: &Graph, is_complete: bool) -> (TokenStream, TokenStream) {
    if !is_complete {
        return (TokenStream::new(), quote!(false));
    }
    let name = &graph.name;
    let (constants, names) = chunks(graph, &quote!(__CONTEXT));
    let constants = constants.iter().zip(&names).map(|(verdict, name)| quote!(const #name: bool = #verdict.is_ok();));
    let (schemas, context) = (sound_schemas(graph), default_context(name));
    let constants = quote! {
        #context
        #(#constants)*
    };
    let inputs = quote!(::modularml::__private::places::sound::inputs(__CONTEXT));
    (constants, quote!(#(#schemas &&)* #inputs.is_ok() #(&& #names)*))
}

/// What the rules of the graph as it is declared are asked about.
pub(super) fn default_context(graph: &Ident) -> TokenStream {
    let context = place(&quote!(Context));
    quote! {
        const __CONTEXT: #context<'static> =
            #context { graph: __GRAPH, wiring: &<#graph as ::modularml::graph::Graph>::WIRING };
    }
}

/// What the first rule refuses of some nodes in a context, and the name of a constant that holds it, for each few nodes.
pub(super) fn chunks(graph: &Graph, context: &TokenStream) -> (Vec<TokenStream>, Vec<Ident>) {
    let count = graph.nodes.len();
    let chunk = |chunk: usize| {
        let (first, end) = (chunk * CHUNK, count.min((chunk + 1) * CHUNK));
        let verdict = quote!(::modularml::__private::places::sound::nodes(#context, #first, #end));
        (verdict, format_ident!("__SOUND_{chunk}"))
    };
    (0..count.div_ceil(CHUNK)).map(chunk).unzip()
}

fn node_checks(i: usize, node: &Node, body: &Body) -> TokenStream {
    let name = rule(node.name.span(), &quote!(node(__CONTEXT, #i)));
    let sources = body.sources.iter().enumerate().map(|(k, source)| {
        let last = source.path.names().last().map_or_else(Span::call_site, Ident::span);
        rule(last, &quote!(source(__CONTEXT, #i, #k)))
    });
    let layer = body.layer.rules(|part| place(&quote!(layer(__CONTEXT, #i, #part))));
    let target = body.target.as_ref().map(|target| rule(target.path.rest[0].span(), &quote!(target(__CONTEXT, #i))));
    let optimizer =
        node.optimizer.as_ref().map(|own| own.rules(|part| place(&quote!(node_optimizer(__CONTEXT, #i, #part)))));
    quote!(#name #(#sources)* #layer #target #optimizer)
}

/// The rules of a place at one token.
fn rule(span: Span, call: &TokenStream) -> TokenStream {
    Place::at(span).require(&place(call))
}

/// What stands in the table of a graph's places.
fn place(item: &TokenStream) -> TokenStream {
    quote!(::modularml::__private::places::graph::#item)
}

/// Reads every path as fields of the generated names.
fn known_names(graph: &Graph) -> TokenStream {
    let names = format_ident!("{}Names", graph.name);
    let bodies = graph.nodes.iter().filter_map(|node| node.body.as_ref());
    let paths = bodies.flat_map(|body| {
        let sources = body.sources.iter().map(|source| &source.path);
        sources.chain(body.target.iter().map(|target| &target.path))
    });
    let reads = paths.map(|Dotted { first, rest }| {
        // `node.column` is a mistake at the second name only where the first one is an input.
        let is_input = graph.inputs.iter().any(|input| input.name == *first);
        known(first, if is_input { rest } else { &[] })
    });
    let keys = graph
        .aligned
        .iter()
        .flat_map(|Align { left, right, key }| [left, right].map(|input| known(input, std::slice::from_ref(key))));
    quote! {
        #[allow(dead_code, clippy::needless_pass_by_value)]
        fn __names(names: #names) { #(#reads)* #(#keys)* }
    }
}
