//! From [`Loss`] to code. It cannot fail: what the check refused is left out.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::check::{ONE_PER_CLASS, TAKES};
use super::{Input, Loss, ShapeRule};
use crate::component::reports_number;
use crate::declaration::Required;
use crate::errors::listed;
use crate::names::text;
use crate::settings;

pub(super) fn expand(loss: &Loss) -> TokenStream {
    let Loss { component, vis, inputs: declared, refused, .. } = loss;
    let ident = &component.ident;
    let inputs = format_ident!("{ident}Inputs", span = ident.span());
    let required = Required {
        docs: format!("The inputs of [`{ident}`]: tensors whose first axis counts the rows."),
        visibility: vis,
        refused: refused.as_ref(),
    };
    let fields = declared.iter().map(|input| {
        let docs = format!("The input `{}`; it takes {}.", input.name, meaning(input));
        (docs, &input.name, quote!(&'a ::modularml::Tensor))
    });
    let inputs_type = required.record(&quote!(Clone, Copy, Debug), &quote!(#inputs<'a>), fields);
    let implementation = implementation(loss, &inputs);
    let (name, agreement, pairs_rows) = (ident.to_string(), agreement(loss), loss.pairs_rows());
    let elementwise = loss.is_elementwise();
    let build = build(loss, &inputs, &required);
    let spec = quote!(::modularml::experiment::loss::LossSpec);
    let value = quote! {
        #build
        #spec {
            name: #name,
            settings: Self::settings(&self),
            inputs: <Self as ::modularml::experiment::loss::Loss>::INPUTS,
            agreement: #agreement,
            pairs_rows: #pairs_rows,
            elementwise: #elementwise,
            code: ::modularml::code!(::modularml::experiment::loss::Build, build),
        }
    };
    let erased = settings::erased(component, &spec, &value);
    let reports = reports_number(ident);
    quote! {
        #inputs_type
        #implementation
        #erased
        #reports

        #[automatically_derived]
        impl ::core::convert::From<#ident> for ::modularml::experiment::metric::MetricSpec {
            fn from(loss: #ident) -> Self {
                loss.spec().as_metric()
            }
        }
    }
}

/// The variant of `Takes`; `Anything` where none, or a wrong one, was written.
fn takes(input: &Input) -> &'static str {
    let written = input.takes.as_ref().and_then(|path| path.get_ident());
    TAKES.into_iter().find(|name| written.is_some_and(|written| written == name)).unwrap_or("Anything")
}

fn meaning(input: &Input) -> &'static str {
    match takes(input) {
        "Output" => "the output of a node",
        "Logits" => "the output of a node that does not end in softmax or sigmoid",
        "Probabilities" => "the output of a node that is bounded by 0 and 1",
        "LogProbabilities" => "the output of a node that gives logarithms of probabilities",
        "Numbers" => "a column of numbers, or the output of another node",
        "Classes" => "a column of classes",
        "Labels" => "a column of classes, bools or whole numbers",
        "Parameters" => "the parameters of a node, joined into one vector",
        _ => "an output or a column of any kind",
    }
}

fn implementation(loss: &Loss, inputs: &Ident) -> TokenStream {
    let ident = &loss.component.ident;
    let slots = loss.inputs.iter().map(|input| {
        let (name, takes) = (text(&input.name), Ident::new(takes(input), proc_macro2::Span::call_site()));
        quote! {
            ::modularml::experiment::loss::Slot { name: #name, takes: ::modularml::experiment::loss::Takes::#takes }
        }
    });
    let target = quote_spanned!(ident.span()=> #ident);
    quote! {
        #[automatically_derived]
        impl ::modularml::experiment::loss::Loss for #target {
            const INPUTS: &'static [::modularml::experiment::loss::Slot] = &[#(#slots),*];
            type Inputs<'a> = #inputs<'a>;

            fn settings(&self) -> ::modularml::spec::Settings {
                Self::settings(self)
            }
        }
    }
}

fn agreement(loss: &Loss) -> TokenStream {
    let position = |name: &Ident| loss.inputs.iter().position(|input| input.name == *name);
    let mut pairs = Vec::new();
    for rule in &loss.shapes {
        match rule {
            ShapeRule::Word(word) if word == ONE_PER_CLASS => {
                return quote!(::modularml::experiment::loss::Agreement::OnePerClass);
            }
            ShapeRule::OnePer(_, setting) => {
                let setting = text(setting);
                return quote!(::modularml::experiment::loss::Agreement::OnePer(#setting));
            }
            ShapeRule::Word(_) => {}
            ShapeRule::Equal(names) => {
                let both = |(first, second)| position(first).zip(position(second));
                pairs.extend(names.iter().zip(names.iter().skip(1)).filter_map(both));
            }
        }
    }
    let pairs: Vec<_> = pairs.iter().map(|(first, second)| quote!((#first, #second))).collect();
    if pairs.is_empty() {
        quote!(::modularml::experiment::loss::Agreement::Free)
    } else {
        quote!(::modularml::experiment::loss::Agreement::Equal(&[#(#pairs),*]))
    }
}

/// The function behind the erased type: it makes the loss from its settings, and calls the formula for each batch.
fn build(loss: &Loss, inputs: &Ident, required: &Required<'_>) -> TokenStream {
    let ident = &loss.component.ident;
    let names: Vec<&Ident> = loss.inputs.iter().map(|input| &input.name).collect();
    let tensors: Vec<Ident> = (0..names.len()).map(|i| format_ident!("tensor_{i}")).collect();
    let forward = quote_spanned!(ident.span()=> <#ident as ::modularml::experiment::loss::Formula>::forward);
    let wrong = format!("`{ident}` takes {}; it was given {{}} tensors", listed(names.iter().map(|name| text(name))));
    let body = quote! {
        let [#(#tensors),*] = inputs else {
            let message = ::std::format!(#wrong, inputs.len());
            return ::core::result::Result::Err(::modularml::Error::Refused(::std::vec![message]));
        };
        #forward(&loss, #inputs { #(#names: #tensors),* })
    };
    let body = required.body(ident, &quote!(&loss, inputs), body);
    quote! {
        fn build(settings: &::modularml::spec::Settings) -> ::modularml::experiment::loss::BuiltLoss {
            let loss = #ident::from_settings(settings);
            ::std::boxed::Box::new(move |inputs| { #body })
        }
    }
}
