//! The code that `model_graph!` stands for: one description in a constant, thin typed structs over the runtime graph,
//! and the rules at the user's tokens.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::checks;
use super::documentation::{mermaid, node_doc};
use super::parse::{Align, Body, Graph, Input, Node, Source};
use crate::declaration::{record, refused_type, refused_value};
use crate::names::{local, option, pascal, source_line, text};
use crate::notation::{ComponentKind, standing};

/// The names of the generated items.
pub(super) struct Items {
    pub names: Ident,
    pub data: Ident,
    pub outputs: Ident,
}

pub(super) fn expand(mut graph: Graph) -> TokenStream {
    let errors = std::mem::take(&mut graph.errors);
    let is_complete = errors.is_empty();
    let errors = errors.into_tokens();
    let items = Items {
        names: format_ident!("{}Names", graph.name),
        data: format_ident!("{}Data", graph.name),
        outputs: format_ident!("{}Outputs", graph.name),
    };
    let structs = structs(&graph, &items);
    let description = description(&graph, &items, is_complete);
    let checks = if is_complete { checks::checks(&graph) } else { TokenStream::new() };
    quote! {
        #errors
        #structs
        #[allow(non_upper_case_globals, dead_code, reason = "rules are constants, which rustc names in errors")]
        const _: () = {
            #description
            #checks
        };
    }
}

fn structs(graph: &Graph, items: &Items) -> TokenStream {
    let Graph { docs, visibility, name, inputs, .. } = graph;
    let Items { names, data, outputs } = items;
    let picture = mermaid(graph);
    let nodes: Vec<_> = handles(graph);
    let node_names: Vec<_> = nodes.iter().map(|node| &node.name).collect();
    let indexes: Vec<_> = nodes.iter().map(|node| position(graph, node)).collect();
    let head = |docs: String, derives: &[TokenStream], name: &Ident| quote!(#[doc = #docs] #(#[derive(#derives)])* #visibility struct #name);
    let columns = inputs
        .iter()
        .map(|input| (format!("The columns of the input `{}`.", input.name), &input.name, input.of_schema("Columns")));
    let handle = quote!(::modularml::graph::NodeHandle);
    let columns = columns.chain(nodes.iter().map(|node| (node_doc(node), &node.name, handle.clone())));
    let refused = |name: &Ident| format_ident!("{}{}Refused", graph.name, pascal(&text(name)));
    let unknown_types = graph.unknown.iter().map(|(name, error)| refused_type(visibility, &refused(name), error));
    let unknown = || {
        graph.unknown.iter().map(|(name, _)| ("Nothing declares it.".to_owned(), name, refused(name).to_token_stream()))
    };
    let columns = columns.chain(unknown());
    let names_head = head(format!("The inputs and nodes of [`{name}`] by name."), &[quote!(Clone, Copy)], names);
    let names_struct = record(&names_head, columns);
    let rows = inputs.iter().map(|Input { name, schema }| {
        let rows = quote_spanned!(schema.span()=> ::modularml::data::FeatureSet<#schema>);
        (format!("The rows of the input `{name}`."), name, rows)
    });
    let data_head = head(format!("The rows that [`{name}`] runs on, one FeatureSet an input."), &[], data);
    let data_struct = record(&data_head, rows);
    let tensor = quote!(::modularml::Tensor);
    let computed =
        node_names.iter().map(|name| (format!("What `{name}` computed, `[rows, ..]`."), *name, tensor.clone()));
    let computed = computed.chain(unknown());
    let unknown_outputs = unknown_values(graph);
    let outputs_docs = format!("What the nodes of [`{name}`] computed.");
    let outputs_struct = record(&head(outputs_docs, &[quote!(Clone, Debug)], outputs), computed);
    let views = inputs.iter().map(|Input { name, schema }| {
        let given = local("data", schema.span());
        quote_spanned!(schema.span()=> #given.#name.view())
    });
    let from = single_input(inputs, data);
    quote! {
        #(#docs)*
        ///
        #[doc = #picture]
        #visibility struct #name {
            graph: ::modularml::graph::ModelGraph,
        }

        #(#unknown_types)*
        #names_struct
        #data_struct
        #from
        #outputs_struct

        #[automatically_derived]
        #[allow(dead_code)]
        impl #name {
            /// The inputs and nodes by name.
            pub const NAMES: #names = <Self as ::modularml::graph::Graph>::NAMES;

            /// Builds the graph with initial weights drawn from the seed.
            ///
            /// # Errors
            /// When a component with settings known only at run time is refused by a rule.
            pub fn new(seed: u64) -> ::modularml::Result<Self> {
                ::core::result::Result::Ok(Self { graph: ::modularml::graph::build::<Self>(seed)? })
            }

            /// Runs every node on all rows as they were read, without noise.
            ///
            /// # Errors
            /// When a column is missing, or a layer that learns by fit has not been fitted.
            pub fn forward(
                &self,
                rows: impl ::core::convert::Into<::modularml::data::Views>,
            ) -> ::modularml::Result<#outputs> {
                ::core::convert::TryFrom::try_from(::modularml::graph::forward(&self.graph, rows)?)
            }

            /// Moves the graph to a device: `cpu`, `cuda`, `cuda:1`, `metal`, `metal:1`.
            ///
            /// # Errors
            /// When there is no such device, or its feature is not turned on; nothing is moved then.
            pub fn device(&mut self, name: &str) -> ::modularml::Result<&mut Self> {
                self.graph.device(name)?;
                ::core::result::Result::Ok(self)
            }

            /// The runtime graph.
            #[must_use]
            pub fn graph(&self) -> &::modularml::graph::ModelGraph {
                &self.graph
            }

            /// The runtime graph, to change its weights.
            pub fn graph_mut(&mut self) -> &mut ::modularml::graph::ModelGraph {
                &mut self.graph
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#data> for ::modularml::data::Views {
            fn from(data: #data) -> Self {
                ::modularml::data::Views::from(::std::vec![#(#views),*])
            }
        }

        #[automatically_derived]
        impl ::core::convert::TryFrom<::modularml::graph::NodeOutputs> for #outputs {
            type Error = ::modularml::Error;

            #[allow(unused_mut, unused_variables, unreachable_code)]
            fn try_from(mut outputs: ::modularml::graph::NodeOutputs) -> ::modularml::Result<Self> {
                ::core::result::Result::Ok(Self {
                    #(#node_names: outputs.take(#indexes)?,)*
                    #(#unknown_outputs,)*
                })
            }
        }
    }
}

/// A graph with one input takes its FeatureSet as it is.
fn single_input(inputs: &[Input], data: &Ident) -> TokenStream {
    let [input] = inputs else { return TokenStream::new() };
    let (name, schema) = (&input.name, &input.schema);
    // Not `rows`: an input of that name would be a redundant field name to clippy.
    let given = Ident::new("given", schema.span());
    quote_spanned! {schema.span()=>
        #[automatically_derived]
        impl ::core::convert::From<::modularml::data::FeatureSet<#schema>> for #data {
            fn from(#given: ::modularml::data::FeatureSet<#schema>) -> Self {
                Self { #name: #given }
            }
        }
    }
}

fn description(graph: &Graph, items: &Items, is_complete: bool) -> TokenStream {
    let (soundness, is_sound) = checks::soundness(graph, is_complete);
    let Graph { name, inputs, nodes, .. } = graph;
    let Items { names, data, outputs } = items;
    let graph_name = text(name);
    let precision = graph.precision.clone().unwrap_or_else(|| Ident::new("F32", name.span()));
    let optimizer = option(graph.optimizer.as_ref().map(|optimizer| optimizer.to_plain_spec(ComponentKind::Optimizer)));
    let (input_names, schemas): (Vec<_>, Vec<_>) =
        inputs.iter().map(|input| (&input.name, input.of_schema("SCHEMA"))).unzip();
    let columns = inputs.iter().map(|input| input.of_schema("COLUMNS"));
    let aligned = graph.aligned.iter().map(|Align { left, right, key }| {
        let (left, right, key) = (text(left), text(right), text(key));
        quote!(::modularml::graph::AlignSpec { left: #left, right: #right, key: #key })
    });
    let input_texts = inputs.iter().map(|input| text(&input.name));
    let written: Vec<_> = nodes.iter().filter_map(|node| node.body.as_ref().map(|body| (node, body))).collect();
    let node_specs = written.iter().enumerate().map(|(i, (node, body))| node_spec(i, node, body));
    let layers = layers(&written);
    let wiring = wiring(&written);
    let handles = handles(graph).into_iter().map(|node| {
        let (name, index, text) = (&node.name, position(graph, node), text(&node.name));
        quote!(#name: ::modularml::graph::NodeHandle::new(#index, #text))
    });
    let (unknown_names, standing) = (unknown_values(graph), standing());
    quote! {
        #standing
        const __GRAPH: &::modularml::graph::GraphSpec = &<#name as ::modularml::graph::Graph>::SPEC;

        #layers
        #soundness

        #[automatically_derived]
        impl ::modularml::graph::Graph for #name {
            type Names = #names;
            type Data = #data;
            type Outputs = #outputs;
            #[allow(unreachable_code, reason = "only where a name is refused")]
            const NAMES: #names = #names {
                #(#input_names: #columns,)*
                #(#handles,)*
                #(#unknown_names,)*
            };
            const SPEC: ::modularml::graph::GraphSpec = ::modularml::graph::GraphSpec {
                name: #graph_name,
                inputs: ::modularml::text::List::Static(&[#(::modularml::graph::InputSpec {
                    name: #input_texts,
                    schema: #schemas,
                }),*]),
                aligned: ::modularml::text::List::Static(&[#(#aligned),*]),
                nodes: ::modularml::text::List::Static(&[#(#node_specs),*]),
                optimizer: #optimizer,
                precision: ::modularml::graph::Precision::#precision,
            };
            const WIRING: ::modularml::__private::Wiring = #wiring;
            const IS_SOUND: bool = #is_sound;
        }
    }
}

/// The fields of names that nodes read and nothing declares.
fn unknown_values(graph: &Graph) -> impl Iterator<Item = TokenStream> {
    graph.unknown.iter().map(|(name, _)| {
        let value = refused_value();
        quote!(#name: #value)
    })
}

/// How many layers one function describes: a call in constant evaluation makes room for all that stands in a function.
const LAYERS: usize = 16;

/// The function that describes the layer at a position.
fn layer_function(position: usize) -> Ident {
    format_ident!("__layer_{}", position / LAYERS)
}

/// The layers by position, each of which is asked for its description, and for its shape where it has a rule of its own:
/// constants call neither pointers nor traits, but what the user wrote, by name.
fn layers(written: &[(&Node, &Body)]) -> TokenStream {
    let inputs = quote!(::core::option::Option<&[::modularml::data::Shape]>);
    let functions = written.chunks(LAYERS).enumerate().map(|(chunk, layers)| {
        let function = layer_function(chunk * LAYERS);
        let arms = layers.iter().enumerate().map(|(i, (_, body))| {
            let position = chunk * LAYERS + i;
            let pattern = if i + 1 == layers.len() { quote!(_) } else { quote!(#position) };
            let written = body.layer.to_written();
            quote!(#pattern => #written)
        });
        quote! {
            const fn #function(__node: usize, __inputs: #inputs) -> ::modularml::__private::WrittenLayer {
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
        quote!(#pattern => #function(__node, __inputs))
    });
    quote! {
        #(#functions)*
        const fn __layer(__node: usize, __inputs: #inputs) -> ::modularml::__private::WrittenLayer {
            match __node / #LAYERS { #(#calls),* }
        }
    }
}

/// Shapes are inferred in order; a layer with a rule of its own is asked with what it reads.
fn wiring(written: &[(&Node, &Body)]) -> TokenStream {
    let asked = (!written.is_empty()).then(|| {
        quote! {
            while let ::core::option::Option::Some(node) = wiring.next_own(__GRAPH) {
                let inputs = wiring.inputs(__GRAPH, node);
                match __layer(node, ::core::option::Option::Some(inputs.shapes())).own_shape {
                    ::core::option::Option::Some(answer) => wiring.answer(__GRAPH, node, answer),
                    ::core::option::Option::None => break,
                }
            }
        }
    });
    quote! {{
        #[allow(unused_mut)]
        let mut wiring = ::modularml::__private::Wiring::links_of(__GRAPH);
        #asked
        wiring
    }}
}

fn node_spec(i: usize, node: &Node, body: &Body) -> TokenStream {
    let (name, layer) = (text(&node.name), layer_function(i));
    let sources = body.sources.iter().map(source);
    let (frozen, output, line) = (node.frozen, node.output, source_line(node.name.span()));
    let target = option(body.target.as_ref().map(|target| {
        let (input, column) = (text(&target.path.first), text(&target.path.rest[0]));
        let reconstructs = node.allowed.has("reconstruct");
        quote!(::modularml::graph::TargetSpec { input: #input, column: #column, reconstructs: #reconstructs })
    }));
    let optimizer = option(node.optimizer.as_ref().map(|own| {
        let (overrides, spec) = (node.allowed.has("own_optimizer"), own.to_plain_spec(ComponentKind::Optimizer));
        quote!(::modularml::graph::NodeOptimizer { optimizer: #spec, overrides: #overrides })
    }));
    quote_spanned! {node.name.span()=>
        ::modularml::graph::NodeSpec {
            name: #name,
            layer: #layer(#i, ::core::option::Option::None).spec,
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

/// The nodes that have a handle, of different names: a name that is declared twice is refused by a rule, and must not make
/// a second error.
fn handles(graph: &Graph) -> Vec<&Node> {
    let mut seen: std::collections::HashSet<_> = graph.inputs.iter().map(|input| text(&input.name)).collect();
    graph.nodes.iter().filter(|node| seen.insert(text(&node.name))).collect()
}

/// The position of a node among those that could be read whole.
fn position(graph: &Graph, node: &Node) -> usize {
    graph.nodes.iter().filter(|other| other.body.is_some()).position(|other| other.name == node.name).unwrap_or(0)
}
