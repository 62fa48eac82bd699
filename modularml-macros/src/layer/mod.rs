//! `#[derive(Layer)]`: a layer from its declared output shape and the candle module that it makes.

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{DeriveInput, Ident, Token};

use crate::errors::{Errors, did_you_mean, listed};
use crate::names;
use crate::settings::{self, Component, Field, Kind};

/// A layer as it was declared.
struct Layer {
    component: Component,
    /// `same`, or a setting.
    shape: Option<Ident>,
    learns: bool,
}

/// `shape = same`
struct Word {
    name: Ident,
    value: Ident,
}

impl Parse for Word {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self { name, value: input.parse()? })
    }
}

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let code = read(input, &mut errors).as_ref().map(expand);
    let mut tokens = errors.into_tokens();
    tokens.extend(code);
    tokens
}

fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Layer> {
    let component = settings::read(input, errors)?;
    settings::refuse_conditions(&component, errors);
    let owner = &component.ident;
    let missing = || format!("`{owner}` declares no output shape; add #[layer(shape = same)], or name a setting");
    let words = match names::required(input, "layer", missing, errors) {
        Ok(words) => words,
        Err(error) => {
            errors.keep::<()>(Err(error));
            return Some(Layer { component, shape: None, learns: true });
        }
    };
    let twice = |name: &Ident| format!("`{name}` stands twice; remove one");
    let words = names::unique(words, |word: &Word| &word.name, twice, errors);
    let (mut shape, mut learns) = (None, true);
    let mut is_shape_said = false;
    for Word { name, value } in words {
        if name == "shape" {
            is_shape_said = true;
            shape = check_shape(&component, value, errors);
        } else if name == "learns" {
            learns = false;
            if value != "nothing" {
                errors.add(&value, format!("`{value}` cannot stand here; write learns = nothing, or leave it out"));
            }
        } else {
            let words = ["shape", "learns"];
            let near = did_you_mean(&name.to_string(), words);
            errors.add(&name, format!("`{name}` cannot stand in #[layer(..)]{near} it takes: {}", listed(words)));
            is_shape_said = true;
        }
    }
    if !is_shape_said {
        errors.add(owner, missing());
    }
    Some(Layer { component, shape, learns })
}

/// Rule: the shape is `same`, or a setting that can hold one.
fn check_shape(component: &Component, shape: Ident, errors: &mut Errors) -> Option<Ident> {
    if shape == "same" {
        return Some(shape);
    }
    let Some(field) = field(component, &shape) else {
        let words = || std::iter::once("same").chain(component.fields.iter().map(|field| field.name.as_str()));
        let near = did_you_mean(&shape.to_string(), words());
        let message =
            format!("`{shape}` is no setting of `{}`{near} write one of: {}", component.ident, listed(words()));
        errors.add(&shape, message);
        return None;
    };
    match field.kind {
        Some(Kind::Shape) => Some(shape),
        Some(Kind::Size) if !field.optional => Some(shape),
        // A type that is refused has its message already.
        None => None,
        Some(_) => {
            let message = format!("setting `{shape}` holds no shape; make it a Shape, an Option<Shape>, or a usize");
            errors.add(&shape, message);
            None
        }
    }
}

fn field<'a>(component: &'a Component, name: &Ident) -> Option<&'a Field> {
    component.fields.iter().find(|field| field.ident == *name)
}

/// The code of the derive. It cannot fail: what was refused is left out.
fn expand(layer: &Layer) -> TokenStream {
    let ident = &layer.component.ident;
    let settings = settings::expand(&layer.component);
    let (name, shape) = (ident.to_string(), shape(layer));
    let learns = if layer.learns { quote!(BySteps) } else { quote!(Nothing) };
    let target = quote_spanned!(ident.span()=> #ident);
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
                    ::modularml::graph::layer::build_module::<#target>(&layer.spec(), &layer, build)
                }
                ::modularml::graph::LayerSpec {
                    name: #name,
                    settings: Self::settings(&self),
                    arity: ::modularml::graph::layer::Arity::One,
                    shape: #shape,
                    learns: ::modularml::graph::layer::Learns::#learns,
                    passes_gradient: true,
                    activation: ::modularml::graph::layer::Activation::Identity,
                    allows_repeat: false,
                    code: ::modularml::code!(::modularml::graph::layer::Build, build),
                }
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

fn shape(layer: &Layer) -> TokenStream {
    let setting = layer.shape.as_ref().and_then(|name| field(&layer.component, name));
    let Some(Field { ident, name, kind, optional, .. }) = setting else {
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
