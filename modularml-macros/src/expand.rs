//! From the tokens of a macro or derive to those that take its place, by name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::notation::variants;
use crate::{
    component, experiment, layer, limits, loss, model_graph, named_array, sample_schema, sampler, settings, splitter,
};

/// All macros and derives.
#[cfg(test)]
pub(crate) const NAMES: [&str; 18] = [
    "model_graph",
    "experiment",
    "SampleSchema",
    "NamedArray",
    "Settings",
    "Loss",
    "Layer",
    "Sampler",
    "Splitter",
    "Metric",
    "Optimizer",
    "Scaler",
    "Augmenter",
    "Rate",
    "Clip",
    "Mix",
    "Schedule",
    "Callback",
];

/// What takes the place of a macro or derive; of an input that is too large or no item, an error.
pub(crate) fn expand(name: &str, input: TokenStream) -> TokenStream {
    if let Err(error) = limits::check(input.clone()) {
        return error.into_compile_error();
    }
    match name {
        "model_graph" => variants(name, &input).unwrap_or_else(|| model_graph::model_graph(input)),
        "experiment" => variants(name, &input).unwrap_or_else(|| experiment::experiment(input)),
        _ => match syn::parse2(input.clone()) {
            Ok(item) => derive(name, &item),
            // rustc has told it.
            Err(_) if name == "SampleSchema" => sample_schema::derive_half_typed(input),
            Err(error) => error.into_compile_error(),
        },
    }
}

fn derive(name: &str, item: &DeriveInput) -> TokenStream {
    let spec = match name {
        "SampleSchema" => return sample_schema::derive(item),
        "NamedArray" => return named_array::derive(item),
        "Settings" => return settings::derive(item),
        "Loss" => return loss::derive(item),
        "Layer" => return layer::derive(item),
        "Sampler" => return sampler::derive(item),
        "Splitter" => return splitter::derive(item),
        "Optimizer" => quote!(graph::OptimizerSpec),
        "Scaler" => quote!(process::ScalerSpec),
        "Augmenter" => quote!(process::AugmenterSpec),
        "Metric" => return component::derive_metric(item, &quote!(experiment::MetricSpec)),
        "Rate" => quote!(experiment::RateSpec),
        "Clip" => quote!(experiment::ClipSpec),
        "Mix" => quote!(experiment::MixSpec),
        "Schedule" => quote!(experiment::ScheduleSpec),
        _ => quote!(experiment::CallbackSpec),
    };
    component::derive(item, &spec)
}
