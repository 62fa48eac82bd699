//! A graph with parameters: one description in constants for each type that holds values for them, and the same for values
//! that are known only at run time. What the user wrote is in functions of the parameters, once.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::checks;
use super::description::{Parts, Takes, graph_spec, layer_function, layers, node_spec, wiring, written};
use super::parse::{Body, Graph, Node};
use crate::errors::Errors;
use crate::names::{local, option, text};
use crate::notation::{Component, ComponentKind, Hoisted, Scope, may_be_unused, parameters_type, parameters_value};

/// A method that gives the graph with other parameters.
pub(super) fn with(graph: &Graph) -> TokenStream {
    if graph.parameters.is_empty() {
        return TokenStream::new();
    }
    let parameters = parameters_type(&graph.name);
    quote! {
        /// The description of the graph with other parameters, for builders: they check it with every rule.
        #[must_use]
        pub fn with(change: impl ::core::ops::FnOnce(&mut #parameters)) -> ::modularml::graph::GraphSpec {
            let mut parameters = #parameters::DEFAULT;
            change(&mut parameters);
            <Self as ::modularml::graph::Graph>::described(&parameters)
        }
    }
}

/// The parts of the expansion, and what is wrong with the parameters.
pub(super) fn parts(graph: &Graph, is_complete: bool) -> (Parts, TokenStream) {
    let (name, ty) = (&graph.name, parameters_type(&graph.name));
    let mut scope = Scope::default();
    for parameter in &graph.parameters {
        let name = &parameter.name;
        scope.add(name, quote!(#name));
    }
    let functions = Functions::of(graph, &scope, &ty);
    let of_type = quote!(&Q::PARAMETERS);
    let nodes = functions.nodes(graph, &of_type, &quote!(Self::LISTS));
    let specs = graph.parameters.iter().map(|parameter| parameter.spec(&quote!(Q::PARAMETERS)));
    let nodes = quote!(::modularml::text::List::Static(&[#(#nodes),*]));
    let parameters = quote!(::modularml::text::List::Static(&[#(#specs),*]));
    let spec = graph_spec(graph, &nodes, &functions.optimizer(&of_type), &parameters);
    let described = described(graph, &ty, functions.lists, &spec);
    let mut errors = Errors::default();
    let schemas = checks::sound_schemas(graph);
    let is_sound = if is_complete {
        refuse_unused(graph, &scope, &mut errors);
        quote!(#(#schemas &&)* <__Declared as ::modularml::graph::Described>::VERDICT.is_ok())
    } else {
        quote!(false)
    };
    let (context, declared) = (checks::default_context(name), quote!(<__Declared as ::modularml::graph::Described>));
    let made = &functions.items;
    let parts = Parts {
        functions: quote!(#made #described),
        soundness: quote! {
            pub struct __Default;
            impl ::modularml::graph::Point<#ty> for __Default {
                const PARAMETERS: #ty = #ty::DEFAULT;
            }
            type __Declared = __Described<__Default>;
            #context
        },
        spec: quote!(#declared::SPEC),
        wiring: quote!(#declared::WIRING),
        is_sound,
        parameters: in_a_running_program(graph, &functions, &ty),
    };
    (parts, errors.into_tokens())
}

/// The functions of the parameters that make the components of a graph, and what they are called.
struct Functions {
    items: TokenStream,
    /// How many make lists of layers.
    lists: usize,
    /// The one that makes the optimizer of the graph.
    whole: Option<Ident>,
    /// By node, the one that makes an optimizer of its own.
    of_nodes: Vec<Option<Ident>>,
}

impl Functions {
    fn of(graph: &Graph, scope: &Scope, ty: &Ident) -> Self {
        let (written, value, allowed) = (written(graph), parameters_value(), may_be_unused());
        let hoisted = Hoisted::new(scope);
        let takes = Takes {
            declared: quote!(, #value: &#ty, __lists: &[&'static [::modularml::graph::LayerSpec]]),
            handed: quote!(, #value, __lists),
            hoisted: Some(&hoisted),
        };
        let mut items = layers(&written, &takes);
        let lists = hoisted.into_lists();
        for (i, (list, count)) in lists.iter().enumerate() {
            let (function, bound) = (list_function(i), scope.bind(list));
            items.extend(quote! {
                #allowed
                const fn #function(
                    #value: &#ty,
                    __lists: &[&'static [::modularml::graph::LayerSpec]],
                ) -> [::modularml::graph::LayerSpec; #count] {
                    #bound
                    #list
                }
            });
        }
        let mut optimizer = |component: &Component, function: Ident| {
            let spec = component.to_plain_spec(ComponentKind::Optimizer);
            let (bound, erased) = (scope.bind(&spec), ComponentKind::Optimizer.erased());
            items.extend(quote! {
                #allowed
                const fn #function(#value: &#ty) -> #erased { #bound #spec }
            });
            function
        };
        let whole = graph.optimizer.as_ref().map(|component| optimizer(component, format_ident!("__optimizer")));
        let own = |(i, (node, _)): (usize, &(&Node, &Body))| {
            node.optimizer.as_ref().map(|component| optimizer(component, format_ident!("__optimizer_{i}")))
        };
        let of_nodes = written.iter().enumerate().map(own).collect();
        Self { items, lists: lists.len(), whole, of_nodes }
    }

    /// The nodes, made of these parameters and lists of layers: those of a type, or of a variable.
    fn nodes(&self, graph: &Graph, parameters: &TokenStream, lists: &TokenStream) -> Vec<TokenStream> {
        let written = written(graph);
        let nodes = written.iter().zip(&self.of_nodes).enumerate().map(|(i, ((node, body), own))| {
            let at = node.name.span();
            let layer = local(&layer_function(i).to_string(), at);
            let layer = quote_spanned!(at=> #layer(#i, ::core::option::Option::None, #parameters, #lists));
            node_spec(node, body, &layer, own.as_ref().map(|own| quote!(#own(#parameters))))
        });
        nodes.collect()
    }

    /// The optimizer of the graph.
    fn optimizer(&self, parameters: &TokenStream) -> TokenStream {
        option(self.whole.as_ref().map(|function| quote!(#function(#parameters))))
    }
}

/// The items of the trait: the type of the parameters, the graph at a type that holds them, and the graph with those of a
/// variable.
fn in_a_running_program(graph: &Graph, functions: &Functions, ty: &Ident) -> TokenStream {
    let value = parameters_value();
    let nodes = functions.nodes(graph, &quote!(#value), &quote!(&__lists));
    let optimizer = functions.optimizer(&quote!(#value));
    let keeps = (0..functions.lists).map(|i| {
        let function = list_function(i);
        quote! {
            let list = ::modularml::__private::keep_layers(#function(#value, &__lists));
            __lists.push(list);
        }
    });
    quote! {
        type Parameters = #ty;
        type At<Q: ::modularml::graph::Point<#ty>> = __Described<Q>;

        fn described(#value: &#ty) -> ::modularml::graph::GraphSpec {
            #[allow(unused_mut)]
            let mut __lists = ::std::vec::Vec::<&'static [::modularml::graph::LayerSpec]>::new();
            #(#keeps)*
            ::modularml::graph::GraphSpec {
                nodes: ::modularml::text::List::Owned(::std::vec![#(#nodes),*]),
                optimizer: #optimizer,
                parameters: ::modularml::text::List::Owned(::modularml::spec::Parameters::specs(#value)),
                ..<Self as ::modularml::graph::Graph>::SPEC
            }
        }
    }
}

/// The graph in constants, with the values that a type holds.
fn described(graph: &Graph, ty: &Ident, lists: usize, spec: &TokenStream) -> TokenStream {
    let written = written(graph);
    let layers = quote!([::modularml::graph::LayerSpec]);
    // Each list of layers may hold those before it.
    let kept = (0..lists).map(|i| {
        let (function, list, before) = (list_function(i), format_ident!("LIST_{i}"), format_ident!("BEFORE_{i}"));
        let earlier = (0..i).map(|i| format_ident!("LIST_{i}"));
        quote! {
            const #before: &'static [&'static #layers] = &[#(Self::#earlier),*];
            const #list: &'static #layers = &#function(&Q::PARAMETERS, Self::#before);
        }
    });
    let all = (0..lists).map(|i| format_ident!("LIST_{i}"));
    let handed = quote!(, &Q::PARAMETERS, Self::LISTS);
    let wiring = wiring(&written, &quote!(Self::GRAPH), Some(&handed));
    let (verdicts, names) = checks::chunks(graph, &quote!(Self::CONTEXT));
    let context = quote!(::modularml::__private::places::graph::Context);
    let of_self = quote!(<Self as ::modularml::graph::Described>);
    quote! {
        pub struct __Described<Q>(::core::marker::PhantomData<Q>);

        impl<Q: ::modularml::graph::Point<#ty>> __Described<Q> {
            #(#kept)*
            const LISTS: &'static [&'static #layers] = &[#(Self::#all),*];
            const CONTEXT: #context<'static> = #context { graph: #of_self::GRAPH, wiring: &#of_self::WIRING };
            #(const #names: ::modularml::text::Verdict = #verdicts;)*
        }

        impl<Q: ::modularml::graph::Point<#ty>> ::modularml::graph::Described for __Described<Q> {
            const SPEC: ::modularml::graph::GraphSpec = #spec;
            const WIRING: ::modularml::__private::Wiring = #wiring;
            const VERDICT: ::modularml::text::Verdict = {
                #[allow(unused_mut)]
                let mut verdict = ::modularml::__private::places::sound::inputs(Self::CONTEXT);
                #(if verdict.is_ok() { verdict = Self::#names; })*
                verdict
            };
        }
    }
}

/// Rule: each parameter is used by a setting.
fn refuse_unused(graph: &Graph, scope: &Scope, errors: &mut Errors) {
    for parameter in graph.parameters.iter().filter(|parameter| scope.is_unused(&parameter.name)) {
        let message = format!(
            "no setting in `{}` uses parameter `{}`, so that it would have no effect; use it, declare it at the experiment that \
             does, or remove it",
            graph.name,
            text(&parameter.name)
        );
        errors.add(&parameter.name, message);
    }
}

fn list_function(i: usize) -> Ident {
    format_ident!("__list_{i}")
}
