//! The code of `#[derive(Layer)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::{Layer, Shape};
use crate::names::{option, text};
use crate::settings::{self, Field, Kind};

/// The code of the derive. It cannot fail: what was refused is left out.
pub(super) fn expand(layer: &Layer) -> TokenStream {
    let ident = &layer.component.ident;
    let (name, shape) = (ident.to_string(), shape(layer));
    let own_shape = own_shape(layer);
    let learns = if layer.learns { quote!(BySteps) } else { quote!(Nothing) };
    let (least, most) = layer.inputs.unwrap_or((1, 1));
    let target = quote_spanned!(ident.span()=> #ident);
    let build = match (layer.makes_module, layer.inputs) {
        (false, _) => quote!(<#target as ::modularml::graph::layer::BuildLayer>::build(&layer, build)),
        (true, Some(_)) => quote!(::modularml::graph::layer::build_merge::<#target>(&layer.spec(), &layer, build)),
        (true, None) => quote!(::modularml::graph::layer::build_module::<#target>(&layer.spec(), &layer, build)),
    };
    let repeats = layer.component.field("allow_repeat");
    let allows_repeat = if let Some(Field { ident, kind: Some(Kind::Bool), optional: false, .. }) = repeats {
        quote!(self.#ident)
    } else {
        quote!(false)
    };
    let padding = format_ident!("{}", layer.padding);
    let spec = quote!(::modularml::graph::LayerSpec);
    let value = quote! {
        fn build(
            settings: &::modularml::spec::Settings,
            build: ::modularml::graph::layer::LayerBuild,
        ) -> ::modularml::Result<::std::boxed::Box<dyn ::modularml::graph::layer::Layer>> {
            let layer = #ident::from_settings(settings);
            #build
        }
        #spec {
            name: #name,
            settings: Self::settings(&self),
            arity: ::modularml::graph::layer::Arity { least: #least, most: #most },
            shape: #shape,
            learns: ::modularml::graph::layer::Learns::#learns,
            passes_gradient: true,
            activation: ::modularml::graph::layer::Activation::Identity,
            allows_repeat: #allows_repeat,
            batch_statistics: false,
            padding: ::modularml::graph::layer::OnPadding::#padding,
            code: ::modularml::code!(::modularml::graph::layer::Build, build),
        }
    };
    let erased = settings::erased(&layer.component, &spec, &value);
    let asked = asked(ident, &own_shape);
    quote!(#erased #asked)
}

/// The method by which a graph asks a layer for the shape that its own rule gives.
pub(super) fn asked(ident: &Ident, own_shape: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "only a graph asks for it")]
        impl #ident {
            #[doc(hidden)]
            pub const fn own_shape(
                &self,
                inputs: &[::modularml::data::Shape],
            ) -> ::core::result::Result<::modularml::data::Shape, ::modularml::text::Message> {
                #own_shape
            }
        }
    }
}

/// The rule of a layer that has none of its own, which is never asked.
pub(super) fn no_own_shape() -> TokenStream {
    quote! {
        let _ = inputs;
        ::modularml::__private::no_own_shape()
    }
}

/// What the layer's own rule says.
fn own_shape(layer: &Layer) -> TokenStream {
    match layer.shape {
        Shape::Own(at) => quote_spanned!(at=> self.infer(inputs)),
        Shape::Same | Shape::Setting(_) => no_own_shape(),
    }
}

fn shape(layer: &Layer) -> TokenStream {
    let ident = &layer.component.ident;
    let rule = quote!(::modularml::graph::layer::ShapeRule);
    let same = quote!(#rule::Same { least_axes: 0 });
    let setting = match &layer.shape {
        Shape::Same if layer.inputs.is_some() => return quote!(#rule::Equal),
        Shape::Same => return same,
        Shape::Own(_) => {
            return quote! {
                #rule::Own(::modularml::code!(
                    ::modularml::spec::InferShape,
                    |settings, inputs| #ident::from_settings(settings).own_shape(inputs)
                ))
            };
        }
        Shape::Setting(setting) => setting,
    };
    let Some(Field { ident, name, kind, optional, .. }) = layer.component.field(&text(setting)) else { return same };
    if *kind == Some(Kind::Size) {
        return quote!(#rule::Width(self.#ident));
    }
    let shape = if *optional { quote!(self.#ident) } else { option(Some(quote!(self.#ident))) };
    quote!(#rule::Setting { name: #name, shape: #shape })
}
