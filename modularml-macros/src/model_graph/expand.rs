//! The code that `model_graph!` stands for: one description in a constant, thin typed structs over the runtime graph,
//! and the rules at the user's tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::checks;
use super::description::{Parts, plain};
use super::documentation::{mermaid, node_doc};
use super::parametrised;
use super::parse::{Graph, Input, Node};
use crate::declaration::{record, refused_type, refused_value};
use crate::names::{local, pascal, text};
use crate::notation::{parameters_struct, standing};

/// The names of the generated items.
pub(super) struct Items {
    pub names: Ident,
    pub data: Ident,
    pub row: Ident,
    pub outputs: Ident,
}

pub(super) fn expand(mut graph: Graph) -> TokenStream {
    let errors = std::mem::take(&mut graph.errors);
    let is_complete = errors.is_empty();
    let errors = errors.into_tokens();
    let items = Items {
        names: format_ident!("{}Names", graph.name),
        data: format_ident!("{}Data", graph.name),
        row: format_ident!("{}Row", graph.name),
        outputs: format_ident!("{}Outputs", graph.name),
    };
    let structs = structs(&graph, &items);
    let (description, unused) = description(&graph, &items, is_complete);
    let checks = if is_complete { checks::checks(&graph) } else { TokenStream::new() };
    quote! {
        #errors
        #unused
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
    let Items { names, data, outputs, .. } = items;
    let picture = mermaid(graph);
    let nodes: Vec<_> = handles(graph);
    let head = |docs: String, derives: &[TokenStream], name: &Ident| quote!(#[doc = #docs] #(#[derive(#derives)])* #visibility struct #name);
    let columns = inputs
        .iter()
        .map(|input| (format!("The columns of the input `{}`.", input.name), &input.name, input.of_schema("Columns")));
    let handle = quote!(::modularml::graph::NodeHandle);
    let columns = columns.chain(nodes.iter().map(|node| (node_doc(node), &node.name, handle.clone())));
    let unknown_types =
        graph.unknown.iter().map(|(name, error)| refused_type(visibility, &refused(graph, name), error));
    let columns = columns.chain(unknown(graph));
    let names_head = head(format!("The inputs and nodes of [`{name}`] by name."), &[quote!(Clone, Copy)], names);
    let names_struct = record(&names_head, columns);
    let rows = inputs.iter().map(|Input { name, schema }| {
        let rows = quote_spanned!(schema.span()=> ::modularml::data::FeatureSet<#schema>);
        (format!("The rows of the input `{name}`."), name, rows)
    });
    let data_head = head(format!("The rows that [`{name}`] runs on, one FeatureSet an input."), &[], data);
    let data_struct = record(&data_head, rows);
    let outputs_struct = outputs_of(graph, outputs);
    let row_struct = row(graph, items);
    let views = inputs.iter().map(|Input { name, schema }| {
        let given = local("data", schema.span());
        quote_spanned!(schema.span()=> #given.#name.view())
    });
    let from = single_input(inputs, data);
    let parameters =
        (!graph.parameters.is_empty()).then(|| parameters_struct(&graph.name, visibility, &graph.parameters, None));
    let with = parametrised::with(graph);
    quote! {
        #parameters
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
        #row_struct
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

            #with

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
    }
}

/// The name of a type that rustc takes for refused, of a node that nothing declares.
fn refused(graph: &Graph, name: &Ident) -> Ident {
    format_ident!("{}{}Refused", graph.name, pascal(&text(name)))
}

/// The fields of nodes that nothing declares.
fn unknown(graph: &Graph) -> impl Iterator<Item = (String, &Ident, TokenStream)> {
    let names = graph.unknown.iter().map(|(name, _)| name);
    names.map(|name| ("Nothing declares it.".to_owned(), name, refused(graph, name).to_token_stream()))
}

/// What nodes give: a tensor each, or something else.
fn outputs_of(graph: &Graph, outputs: &Ident) -> TokenStream {
    let Graph { visibility, name, .. } = graph;
    let nodes: Vec<_> = handles(graph);
    let node_names: Vec<_> = nodes.iter().map(|node| &node.name).collect();
    let indexes: Vec<_> = nodes.iter().map(|node| position(graph, node)).collect();
    let computed = node_names.iter().map(|name| (format!("What `{name}` computed."), *name, quote!(T)));
    let unknown_outputs = unknown_values(graph);
    let docs = format!("What the nodes of [`{name}`] computed: tensors `[rows, ..]`, or the values of one row.");
    let head = quote!(#[doc = #docs] #[derive(Clone, Debug)] #visibility struct #outputs<T = ::modularml::Tensor>);
    let no_node = Ident::new("no_node", Span::call_site());
    let marker = quote!(::core::marker::PhantomData<T>);
    let none = node_names.is_empty().then(|| ("Nothing.".to_owned(), &no_node, marker));
    let outputs_struct = record(&head, computed.chain(unknown(graph)).chain(none));
    let no_output = node_names.is_empty().then(|| quote!(#no_node: ::core::marker::PhantomData,));
    quote! {
        #outputs_struct

        #[automatically_derived]
        impl<T> ::core::convert::TryFrom<::modularml::graph::NodeOutputs<T>> for #outputs<T> {
            type Error = ::modularml::Error;

            #[allow(unused_mut, unused_variables, unreachable_code)]
            fn try_from(mut outputs: ::modularml::graph::NodeOutputs<T>) -> ::modularml::Result<Self> {
                ::core::result::Result::Ok(Self {
                    #(#node_names: outputs.take(#indexes)?,)*
                    #(#unknown_outputs,)*
                    #no_output
                })
            }
        }
    }
}

/// One row of each input, by reference; of a graph with one input the row as it is.
fn row(graph: &Graph, items: &Items) -> TokenStream {
    let Graph { visibility, name, inputs, .. } = graph;
    let row = &items.row;
    let docs = format!("One row of each input of [`{name}`].");
    let none = Ident::new("no_input", Span::call_site());
    let marker = inputs.is_empty().then(|| quote!(::core::marker::PhantomData<&'row ()>));
    let marker = marker.map(|marker| ("Nothing.".to_owned(), &none, marker));
    let fields = inputs.iter().map(|Input { name, schema }| {
        let reference = quote_spanned!(schema.span()=> &'row #schema);
        (format!("The row of the input `{name}`."), name, reference)
    });
    let head = quote!(#[doc = #docs] #[derive(Clone, Copy)] #visibility struct #row<'row>);
    let row_struct = record(&head, fields.chain(marker));
    let writes = inputs.iter().enumerate().map(|(position, input)| {
        let (write, given) = (input.of_schema("write"), local("self", input.schema.span()));
        let (name, span) = (&input.name, input.schema.span());
        let writer = local("row", span);
        quote_spanned!(span=> #position => #write(#given.#name, #writer),)
    });
    let schemas = inputs.iter().enumerate().map(|(position, input)| {
        let schema = input.of_schema("SCHEMA");
        quote_spanned!(input.schema.span()=> #position => ::core::option::Option::Some(#schema),)
    });
    let single = inputs.first().filter(|_| inputs.len() == 1).map(|Input { name, schema }| {
        let given = Ident::new("given", schema.span());
        quote_spanned! {schema.span()=>
            #[automatically_derived]
            impl<'row> ::core::convert::From<&'row #schema> for #row<'row> {
                fn from(#given: &'row #schema) -> Self {
                    Self { #name: #given }
                }
            }
        }
    });
    quote! {
        #row_struct
        #single

        #[automatically_derived]
        impl ::modularml::data::OneRow for #row<'_> {
            #[allow(unused_variables)]
            fn write(&self, input: usize, row: &mut ::modularml::data::RowWriter<'_>) {
                match input {
                    #(#writes)*
                    _ => {}
                }
            }

            fn schema(&self, input: usize) -> ::core::option::Option<::modularml::data::SchemaSpec> {
                match input {
                    #(#schemas)*
                    _ => ::core::option::Option::None,
                }
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

fn description(graph: &Graph, items: &Items, is_complete: bool) -> (TokenStream, TokenStream) {
    let Graph { name, inputs, .. } = graph;
    let Items { names, data, row, outputs } = items;
    let (parts, unused) = if graph.parameters.is_empty() {
        (plain(graph, is_complete), TokenStream::new())
    } else {
        parametrised::parts(graph, is_complete)
    };
    let Parts { functions, soundness, spec, wiring, is_sound, parameters } = parts;
    let input_names = inputs.iter().map(|input| &input.name);
    let columns = inputs.iter().map(|input| input.of_schema("COLUMNS"));
    let handles = handles(graph).into_iter().map(|node| {
        let (name, index, text) = (&node.name, position(graph, node), text(&node.name));
        quote!(#name: ::modularml::graph::NodeHandle::new(#index, #text))
    });
    let (unknown_names, standing) = (unknown_values(graph), standing());
    let description = quote! {
        #standing
        const __GRAPH: &::modularml::graph::GraphSpec = &<#name as ::modularml::graph::Graph>::SPEC;

        #functions
        #soundness

        #[automatically_derived]
        impl ::modularml::graph::Graph for #name {
            type Names = #names;
            type Data = #data;
            type Row<'row> = #row<'row>;
            type Outputs = #outputs;
            type OutputsOf<T> = #outputs<T>;
            #[allow(unreachable_code, reason = "only where a name is refused")]
            const NAMES: #names = #names {
                #(#input_names: #columns,)*
                #(#handles,)*
                #(#unknown_names,)*
            };
            const SPEC: ::modularml::graph::GraphSpec = #spec;
            const WIRING: ::modularml::__private::Wiring = #wiring;
            const IS_SOUND: bool = #is_sound;
            #parameters
        }
    };
    (description, unused)
}

/// The fields of names that nodes read and nothing declares.
fn unknown_values(graph: &Graph) -> impl Iterator<Item = TokenStream> {
    graph.unknown.iter().map(|(name, _)| {
        let value = refused_value();
        quote!(#name: #value)
    })
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
