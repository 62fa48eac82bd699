//! The rules of the runtime crate at the user's tokens.
//!
//! The rules of a node share one constant item, so that its first mistake is told, beside the first one of every other
//! node: each item costs the compiler about a millisecond, whatever it holds, and is paid at every edit.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::parse::{Align, Body, Graph, Node};
use crate::names::{local, text};
use crate::notation::{Dotted, Place};

pub(super) fn checks(graph: &Graph) -> TokenStream {
    let name = &graph.name;
    let inputs = graph
        .inputs
        .iter()
        .enumerate()
        .map(|(i, input)| rule(input.name.span(), &quote!(input(__GRAPH, __WIRING, #i))));
    let aligned = graph.aligned.iter().enumerate().map(|(i, align)| {
        let follower = align_rule(align.follower.span(), &quote!(follower(__GRAPH, #i)));
        let key = align_rule(align.key.span(), &quote!(key(__GRAPH, #i)));
        quote!(#follower #key)
    });
    let optimizer = graph.optimizer.as_ref().map(|component| {
        let settings = quote!(::modularml::__private::rules::graph::optimizer_settings(__GRAPH));
        component.range_rules(&settings, &component.name().to_string())
    });
    let nodes = graph.nodes.iter().filter_map(|node| node.body.as_ref().map(|body| (node, body)));
    let nodes = nodes.enumerate().map(|(i, (node, body))| node_checks(i, node, body));
    let known_names = known_names(graph);
    quote! {
        #known_names
        const __GRAPH: &::modularml::graph::GraphSpec = &<#name as ::modularml::graph::Graph>::SPEC;
        const __WIRING: &::modularml::__private::Wiring = &::modularml::__private::Wiring::of(__GRAPH);
        const _: () = { #(#inputs)* #optimizer };
        #(const _: () = { #aligned };)*
        #(const _: () = { #nodes };)*
    }
}

fn node_checks(i: usize, node: &Node, body: &Body) -> TokenStream {
    let name = rule(node.name.span(), &quote!(node_name(__GRAPH, __WIRING, #i)));
    let settings = body.layer.range_rules(&quote!(__GRAPH.nodes.items()[#i].layer.settings), &text(&node.name));
    let layer = rule(body.layer.span(), &quote!(layer(__GRAPH, __WIRING, #i)));
    let axis =
        at(body.layer.place_of("axis").unwrap_or(Place::at(body.layer.span())), &quote!(axis(__GRAPH, __WIRING, #i)));
    let sources = body.sources.iter().enumerate().map(|(k, source)| {
        let last = source.path.names().last().map_or_else(Span::call_site, Ident::span);
        rule(last, &quote!(source(__GRAPH, __WIRING, #i, #k)))
    });
    let target = body.target.as_ref().map(|target| {
        let end = target.path.rest[0].span();
        let rule = rule(end, &quote!(target(__GRAPH, #i)));
        let stated = body.layer.place_of("output").or(body.layer.place_of("to")).unwrap_or(Place::at(end));
        let shape = at(stated, &quote!(target_shape(__GRAPH, __WIRING, #i)));
        quote!(#rule #shape)
    });
    let optimizer = node.optimizer.as_ref().map(|own| {
        let rule = rule(own.component.span(), &quote!(node_optimizer(__GRAPH, #i)));
        let settings = quote!(::modularml::__private::rules::graph::node_optimizer_settings(__GRAPH, #i));
        let settings = own.component.range_rules(&settings, &own.component.name().to_string());
        quote!(#rule #settings)
    });
    quote!(#name #settings #(#sources)* #layer #axis #target #optimizer)
}

/// A rule over the graph at one token.
fn rule(span: Span, call: &TokenStream) -> TokenStream {
    at(Place::at(span), call)
}

/// A rule over the inputs that are aligned at one token.
fn align_rule(span: Span, call: &TokenStream) -> TokenStream {
    Place::at(span).require(&quote!(::modularml::__private::rules::align::#call))
}

/// A rule over the graph.
fn at(place: Place, call: &TokenStream) -> TokenStream {
    place.require(&quote!(::modularml::__private::rules::graph::#call))
}

/// Reads every path as fields of the generated names, in a function that is only type-checked, so that rustc refuses an
/// unknown name with its own suggestion and editors complete it.
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
        let rest: &[Ident] = if is_input { rest } else { &[] };
        let known = local("names", first.span());
        quote_spanned!(first.span()=> let _ = &#known.#first #(.#rest)*;)
    });
    let keys = graph.aligned.iter().flat_map(|Align { leader, follower, key }| {
        [leader, follower].map(|input| {
            let known = local("names", input.span());
            quote_spanned!(input.span()=> let _ = &#known.#input.#key;)
        })
    });
    quote! {
        #[allow(dead_code, clippy::needless_pass_by_value)]
        fn __names(names: #names) { #(#reads)* #(#keys)* }
    }
}
