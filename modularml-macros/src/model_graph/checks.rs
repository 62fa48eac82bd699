//! The rules of the runtime crate at the user's tokens.
//!
//! The rules of one node stand in one constant item: each item costs the compiler about a millisecond, whatever it
//! holds, so that an item a rule would be felt at every edit.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::parse::{Body, Graph, Node, NodeOptimizer};
use crate::notation::{Component, Dotted};

pub(super) fn checks(graph: &Graph) -> TokenStream {
    let name = &graph.name;
    let inputs = graph.inputs.iter().enumerate();
    let inputs = inputs.map(|(i, input)| rule(input.name.span(), &quote!(input(GRAPH, WIRING, #i))));
    let optimizer = graph.optimizer.as_ref().map(|component| {
        let rules = settings(component, &quote!(optimizer.settings), &component.name().to_string());
        quote!(if let ::core::option::Option::Some(optimizer) = &GRAPH.optimizer { #rules })
    });
    let nodes = graph.nodes.iter().filter_map(|node| node.body.as_ref().map(|body| (node, body)));
    let nodes = nodes.enumerate().map(|(i, (node, body))| node_rules(graph, i, node, body));
    quote! {
        const GRAPH: &::modularml::graph::GraphSpec = &<#name as ::modularml::graph::Graph>::SPEC;
        const WIRING: &::modularml::check::Wiring = &::modularml::check::Wiring::of(GRAPH);
        const _: () = { #(#inputs)* #optimizer };
        #(const _: () = { #nodes };)*
    }
}

fn node_rules(graph: &Graph, i: usize, node: &Node, body: &Body) -> TokenStream {
    let name = rule(node.name.span(), &quote!(node_name(GRAPH, WIRING, #i)));
    let settings = settings(&body.layer, &quote!(GRAPH.nodes.items()[#i].layer.settings), &node.name.to_string());
    let layer = rule(body.layer.span(), &quote!(layer(GRAPH, WIRING, #i)));
    let sources = body.sources.iter().enumerate().map(|(k, source)| {
        let known = known(graph, &source.path);
        let last = source.path.names().last().map_or_else(Span::call_site, Ident::span);
        let rule = rule(last, &quote!(source(GRAPH, WIRING, #i, #k)));
        quote!(#known #rule)
    });
    let target = body.target.as_ref().map(|target| {
        let known = known(graph, &target.path);
        let rule = rule(target.path.rest[0].span(), &quote!(target(GRAPH, WIRING, #i)));
        quote!(#known #rule)
    });
    let optimizer = node.optimizer.as_ref().map(|own| optimizer_rules(i, own));
    quote!(#name #settings #(#sources)* #layer #target #optimizer)
}

fn optimizer_rules(i: usize, own: &NodeOptimizer) -> TokenStream {
    let rule = rule(own.component.span(), &quote!(node_optimizer(GRAPH, #i)));
    let settings = settings(&own.component, &quote!(own.optimizer.settings), &own.component.name().to_string());
    quote! {
        #rule
        if let ::core::option::Option::Some(own) = &GRAPH.nodes.items()[#i].optimizer { #settings }
    }
}

/// A rule over the graph at one token.
fn rule(span: Span, call: &TokenStream) -> TokenStream {
    quote_spanned!(span=> ::modularml::check::require(::modularml::check::graph::#call);)
}

/// The rule that each setting of a component lies in its range, at the value of the setting.
fn settings(component: &Component, all: &TokenStream, owner: &str) -> TokenStream {
    let rules = component.settings().into_iter().map(|(name, span)| {
        let name = name.to_string();
        quote_spanned!(span=> ::modularml::check::require(#all.check(#owner, #name));)
    });
    quote!(#(#rules)*)
}

/// Reads the path as fields of the generated names, so that rustc refuses an unknown one with its own suggestion and
/// editors complete it.
fn known(graph: &Graph, path: &Dotted) -> TokenStream {
    let name = &graph.name;
    let Dotted { first, rest } = path;
    let is_input = graph.inputs.iter().any(|input| input.name == *first);
    // `node.column` is a mistake at the second name only where the first one is an input.
    let rest: &[Ident] = if is_input { rest } else { &[] };
    quote!(let _ = &<#name as ::modularml::graph::Graph>::NAMES.#first #(.#rest)*;)
}
