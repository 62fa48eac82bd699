//! The code of `#[derive(Layer)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{Layer, Shape, field};
use crate::settings::{self, Field, Kind};

/// The code of the derive. It cannot fail: what was refused is left out.
pub(super) fn expand(layer: &Layer) -> TokenStream {
    let ident = &layer.component.ident;
    let settings = settings::expand(&layer.component);
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
    let repeats = layer.component.fields.iter().find(|field| field.name == "allow_repeat");
    let allows_repeat = if let Some(Field { ident, kind: Some(Kind::Bool), optional: false, .. }) = repeats {
        quote!(self.#ident)
    } else {
        quote!(false)
    };
    quote! {
        #settings

        #[automatically_derived]
        #[allow(dead_code, reason = "a layer may be used at run time only, or in macros only")]
        impl #ident {
            /// The layer with its type erased.
            #[must_use]
            pub const fn spec(self) -> ::modularml::graph::LayerSpec {
                fn build(
                    settings: &::modularml::spec::Settings,
                    build: ::modularml::graph::layer::LayerBuild,
                ) -> ::modularml::Result<::std::boxed::Box<dyn ::modularml::graph::layer::Layer>> {
                    let layer = #ident::from_settings(settings);
                    #build
                }
                ::modularml::graph::LayerSpec {
                    name: #name,
                    settings: Self::settings(&self),
                    arity: ::modularml::graph::layer::Arity { least: #least, most: #most },
                    shape: #shape,
                    learns: ::modularml::graph::layer::Learns::#learns,
                    passes_gradient: true,
                    activation: ::modularml::graph::layer::Activation::Identity,
                    allows_repeat: #allows_repeat,
                    code: ::modularml::code!(::modularml::graph::layer::Build, build),
                }
            }

            #[doc(hidden)]
            pub const fn own_shape(
                &self,
                inputs: &[::modularml::data::Shape],
            ) -> ::core::result::Result<::modularml::data::Shape, ::modularml::text::Message> {
                #own_shape
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ident> for ::modularml::graph::LayerSpec {
            fn from(layer: #ident) -> Self {
                layer.spec()
            }
        }
    }
}

/// What the layer's own rule says; never asked of a layer that has none.
fn own_shape(layer: &Layer) -> TokenStream {
    match layer.shape {
        Shape::Own(at) => quote_spanned!(at=> self.infer(inputs)),
        Shape::Same | Shape::Setting(_) => quote! {
            let _ = inputs;
            ::core::result::Result::Err(::modularml::text::Message::new().text("has no shape rule of its own"))
        },
    }
}

fn shape(layer: &Layer) -> TokenStream {
    let ident = &layer.component.ident;
    let setting = match &layer.shape {
        Shape::Same if layer.inputs.is_some() => return quote!(::modularml::graph::layer::ShapeRule::Equal),
        Shape::Same => return quote!(::modularml::graph::layer::ShapeRule::Same { least_axes: 0 }),
        Shape::Own(_) => {
            return quote! {
                ::modularml::graph::layer::ShapeRule::Own(::modularml::code!(
                    ::modularml::spec::InferShape,
                    |settings, inputs| #ident::from_settings(settings).own_shape(inputs)
                ))
            };
        }
        Shape::Setting(setting) => setting,
    };
    let Some(Field { ident, name, kind, optional, .. }) = field(&layer.component, setting) else {
        return quote!(::modularml::graph::layer::ShapeRule::Same { least_axes: 0 });
    };
    match (kind, optional) {
        (Some(Kind::Size), _) => quote!(::modularml::graph::layer::ShapeRule::Width(self.#ident)),
        (_, true) => quote!(::modularml::graph::layer::ShapeRule::Setting { name: #name, shape: self.#ident }),
        (_, false) => quote! {
            ::modularml::graph::layer::ShapeRule::Setting {
                name: #name,
                shape: ::core::option::Option::Some(self.#ident),
            }
        },
    }
}
