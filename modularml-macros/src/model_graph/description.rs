//! The description of a graph, and what follows from it, as constants; what the user wrote stands in functions that they call.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::checks;
use super::parse::{Align, Body, Graph, Node, Source};
use crate::names::{option, source_line, text};
use crate::notation::{ComponentKind, Hoisted, may_be_unused};

/// What the constants of a graph are made of.
pub(super) struct Parts {
    /// Functions that make its components.
    pub functions: TokenStream,
    /// The constants in which the rules are asked as a whole.
    pub soundness: TokenStream,
    /// The values of `SPEC`, `WIRING` and `IS_SOUND`.
    pub spec: TokenStream,
    pub wiring: TokenStream,
    pub is_sound: TokenStream,
    /// The items of the trait that parameters are about.
    pub parameters: TokenStream,
}

/// A graph without parameters.
pub(super) fn plain(graph: &Graph, is_complete: bool) -> Parts {
    let (soundness, is_sound) = checks::soundness(graph, is_complete);
    let written: Vec<_> = written(graph);
    let optimizer = option(graph.optimizer.as_ref().map(|optimizer| optimizer.to_plain_spec(ComponentKind::Optimizer)));
    let node_specs = written.iter().enumerate().map(|(i, (node, body))| {
        let layer = layer_function(i);
        let optimizer = node.optimizer.as_ref().map(|own| own.to_plain_spec(ComponentKind::Optimizer));
        let layer = quote_spanned!(node.name.span()=> #layer(#i, ::core::option::Option::None));
        node_spec(node, body, &layer, optimizer)
    });
    let nodes = quote!(::modularml::text::List::Static(&[#(#node_specs),*]));
    let spec = graph_spec(graph, &nodes, &optimizer, &quote!(::modularml::text::List::EMPTY));
    let parameters = quote! {
        type Parameters = ::modularml::spec::NoParameters;
        type At<Q: ::modularml::graph::Point<::modularml::spec::NoParameters>> = ::modularml::graph::AsDeclared<Self>;
    };
    let functions = layers(&written, &Takes::default());
    Parts { functions, soundness, spec, wiring: wiring(&written, &quote!(__GRAPH), None), is_sound, parameters }
}

/// The nodes that could be read whole.
pub(super) fn written(graph: &Graph) -> Vec<(&Node, &Body)> {
    graph.nodes.iter().filter_map(|node| node.body.as_ref().map(|body| (node, body))).collect()
}

/// The description of a graph with these nodes, optimizer and parameters.
pub(super) fn graph_spec(
    graph: &Graph,
    nodes: &TokenStream,
    optimizer: &TokenStream,
    parameters: &TokenStream,
) -> TokenStream {
    let Graph { name, inputs, .. } = graph;
    let graph_name = text(name);
    let precision = graph.precision.clone().unwrap_or_else(|| Ident::new("F32", name.span()));
    let schemas = inputs.iter().map(|input| input.of_schema("SCHEMA"));
    let input_texts = inputs.iter().map(|input| text(&input.name));
    let aligned = graph.aligned.iter().map(|Align { left, right, key }| {
        let (left, right, key) = (text(left), text(right), text(key));
        quote!(::modularml::graph::AlignSpec { left: #left, right: #right, key: #key })
    });
    quote! {
        ::modularml::graph::GraphSpec {
            name: #graph_name,
            inputs: ::modularml::text::List::Static(&[#(::modularml::graph::InputSpec {
                name: #input_texts,
                schema: #schemas,
            }),*]),
            aligned: ::modularml::text::List::Static(&[#(#aligned),*]),
            nodes: #nodes,
            optimizer: #optimizer,
            precision: ::modularml::graph::Precision::#precision,
            parameters: #parameters,
        }
    }
}

/// How many layers one function describes: a call in constant evaluation makes room for all that stands in a function.
const LAYERS: usize = 16;

/// The function that describes the layer at a position.
pub(super) fn layer_function(position: usize) -> Ident {
    format_ident!("__layer_{}", position / LAYERS)
}

/// What the functions of layers take beside the node and its inputs, and how a layer is written in them.
#[derive(Default)]
pub(super) struct Takes<'a> {
    /// Parameters of the functions, and what hands them on.
    pub declared: TokenStream,
    pub handed: TokenStream,
    pub hoisted: Option<&'a Hoisted<'a>>,
}

/// The layers by position, each of which is asked for its description, and for its shape where it has a rule of its own:
/// constants call neither pointers nor traits, but what the user wrote, by name.
pub(super) fn layers(written: &[(&Node, &Body)], takes: &Takes<'_>) -> TokenStream {
    let Takes { declared, handed, hoisted } = takes;
    let inputs = quote!(::core::option::Option<&[::modularml::data::Shape]>);
    let functions = written.chunks(LAYERS).enumerate().map(|(chunk, layers)| {
        let function = layer_function(chunk * LAYERS);
        let arms = layers.iter().enumerate().map(|(i, (_, body))| {
            let position = chunk * LAYERS + i;
            let pattern = if i + 1 == layers.len() { quote!(_) } else { quote!(#position) };
            let written = body.layer.to_written(*hoisted);
            let bound = hoisted.map(|hoisted| hoisted.scope.bind(&written));
            if let Some(bound) = bound.filter(|bound| !bound.is_empty()) {
                quote!(#pattern => { #bound #written })
            } else {
                quote!(#pattern => #written)
            }
        });
        let allowed = hoisted.map(|_| may_be_unused());
        quote! {
            #allowed
            const fn #function(__node: usize, __inputs: #inputs #declared) -> ::modularml::__private::WrittenLayer {
                #[allow(unused_imports)]
                use ::modularml::__private::NoLayer as _;
                match __node { #(#arms),* }
            }
        }
    });
    if written.is_empty() {
        return TokenStream::new();
    }
    let chunks = written.len().div_ceil(LAYERS);
    let calls = (0..chunks).map(|chunk| {
        let function = layer_function(chunk * LAYERS);
        let pattern = if chunk + 1 == chunks { quote!(_) } else { quote!(#chunk) };
        quote!(#pattern => #function(__node, __inputs #handed))
    });
    quote! {
        #(#functions)*
        const fn __layer(__node: usize, __inputs: #inputs #declared) -> ::modularml::__private::WrittenLayer {
            match __node / #LAYERS { #(#calls),* }
        }
    }
}

/// Shapes are inferred in order; a layer with a rule of its own is asked with what it reads.
pub(super) fn wiring(written: &[(&Node, &Body)], graph: &TokenStream, handed: Option<&TokenStream>) -> TokenStream {
    let asked = (!written.is_empty()).then(|| {
        quote! {
            while let ::core::option::Option::Some(node) = wiring.next_own(#graph) {
                let inputs = wiring.inputs(#graph, node);
                match __layer(node, ::core::option::Option::Some(inputs.shapes()) #handed).own_shape {
                    ::core::option::Option::Some(answer) => wiring.answer(#graph, node, answer),
                    ::core::option::Option::None => break,
                }
            }
        }
    });
    quote! {{
        #[allow(unused_mut)]
        let mut wiring = ::modularml::__private::Wiring::links_of(#graph);
        #asked
        wiring
    }}
}

/// A node whose layer a function describes, with the optimizer of its own.
pub(super) fn node_spec(node: &Node, body: &Body, layer: &TokenStream, optimizer: Option<TokenStream>) -> TokenStream {
    let name = text(&node.name);
    let sources = body.sources.iter().map(source);
    let (frozen, output, line) = (node.frozen, node.output, source_line(node.name.span()));
    let target = option(body.target.as_ref().map(|target| {
        let (input, column) = (text(&target.path.first), text(&target.path.rest[0]));
        let reconstructs = node.allowed.has("reconstruct");
        quote!(::modularml::graph::TargetSpec { input: #input, column: #column, reconstructs: #reconstructs })
    }));
    let optimizer = option(optimizer.map(|spec| {
        let overrides = node.allowed.has("own_optimizer");
        quote!(::modularml::graph::NodeOptimizer { optimizer: #spec, overrides: #overrides })
    }));
    quote_spanned! {node.name.span()=>
        ::modularml::graph::NodeSpec {
            name: #name,
            layer: #layer.spec,
            inputs: ::modularml::text::List::Static(&[#(#sources),*]),
            target: #target,
            output: #output,
            frozen: #frozen,
            optimizer: #optimizer,
            line: #line,
        }
    }
}

fn source(source: &Source) -> TokenStream {
    let first = text(&source.path.first);
    match source.path.rest.first() {
        None => quote!(::modularml::graph::Source::Name(#first)),
        Some(column) => {
            let (column, as_number) = (text(column), source.as_number);
            quote!(::modularml::graph::Source::Column { input: #first, column: #column, as_number: #as_number })
        }
    }
}
