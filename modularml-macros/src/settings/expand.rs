//! From [`Component`] to code. It cannot fail: what the check refused is left out or stands in a form that compiles, so
//! that no second error follows the first.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Lit, UnOp};

use super::{Bound, Component, Field, Kind};

/// The constructor, the builder methods, `settings` and `from_settings`.
pub(crate) fn expand(component: &Component) -> TokenStream {
    let ident = &component.ident;
    let methods = component.fields.iter().filter(|field| field.constructor.is_none()).map(builder);
    let (start, default) = starts(component);
    let settings = settings(component);
    let from_settings = from_settings(component);
    quote! {
        #[automatically_derived]
        #[allow(dead_code, clippy::all, clippy::pedantic, reason = "which settings are used is the user's choice")]
        impl #ident {
            #start
            #(#methods)*
            #settings
            #from_settings
        }
        #default
        #[automatically_derived]
        impl ::modularml::spec::FromSettings for #ident {
            fn from_settings(settings: &::modularml::spec::Settings) -> Self {
                // The method of the type itself, which goes before that of the trait.
                <#ident>::from_settings(settings)
            }
        }
    }
}

/// How a value begins: the constructor or `new`, over one private function that holds the defaults.
fn starts(component: &Component) -> (TokenStream, TokenStream) {
    let ident = &component.ident;
    let first = component.fields.iter().find(|field| field.constructor.is_some());
    let whole = if component.fields.iter().all(|field| is_first(field, first) || stand_in(field).is_some()) {
        let values = component.fields.iter().map(|field| {
            let name = &field.ident;
            if is_first(field, first) {
                name.to_token_stream()
            } else {
                let value = stand_in(field);
                quote!(#name: #value)
            }
        });
        quote!(Self { #(#values),* })
    } else {
        let message = format!("`{ident}` is not declared correctly");
        // No program has it: beside it stands the compile error that refused the declaration. A constant function that
        // gives the component itself has no other way to give none.
        quote!(panic!(#message))
    };
    let plain = |body: TokenStream| {
        let docs = format!("`{ident}` with the default of every setting.");
        let new = quote! {
            #[doc = #docs]
            #[must_use]
            pub const fn new() -> Self {
                #body
            }
        };
        let default = quote! {
            #[automatically_derived]
            impl ::core::default::Default for #ident {
                fn default() -> Self {
                    Self::new()
                }
            }
        };
        (new, default)
    };
    let Some(first) = first else {
        return plain(if component.is_unit { quote!(Self) } else { whole });
    };
    let (name, field_type) = (&first.ident, held_type(first));
    let (generics, parameter, value) = argument(first);
    let (constructor, docs) = (&first.constructor, docs(first));
    let (new, default) =
        first.default.as_ref().map(|default| plain(quote!(Self::with_defaults(#default)))).unwrap_or_default();
    let start = quote! {
        const fn with_defaults(#name: #field_type) -> Self {
            #whole
        }

        #docs
        #[must_use]
        pub const fn #constructor #generics (#parameter) -> Self {
            Self::with_defaults(#value)
        }

        #new
    };
    (start, default)
}

fn is_first(field: &Field, first: Option<&Field>) -> bool {
    first.is_some_and(|first| first.ident == field.ident)
}

/// The declared default; for a setting that lacks one a value that no range holds, or the smallest.
fn stand_in(field: &Field) -> Option<TokenStream> {
    match &field.default {
        Some(default) => Some(default.to_token_stream()),
        None if field.optional => Some(quote!(::core::option::Option::None)),
        None => nothing(field.kind?),
    }
}

/// The value that stands for a required setting which a file does not give; the ranges of required numbers refuse it.
fn nothing(kind: Kind) -> Option<TokenStream> {
    match kind {
        Kind::Float => Some(quote!(f64::NAN)),
        Kind::Int | Kind::Size | Kind::Seed => Some(quote!(0)),
        Kind::Bool => Some(quote!(false)),
        Kind::Sizes => Some(quote!(::modularml::spec::Sizes::NONE)),
        Kind::Shape => Some(quote!(::modularml::data::Shape::SCALAR)),
        Kind::Shares => Some(quote!(::modularml::spec::Shares::new(&[]))),
        Kind::Conditions => Some(quote!(::modularml::spec::Conditions::new(&[]))),
        Kind::Similarities => Some(quote!(::modularml::process::Similarities::NONE)),
        Kind::Layers => Some(quote!(&[])),
        Kind::Column | Kind::Label => Some(quote!("")),
        Kind::Choice => None,
    }
}

fn held_type(field: &Field) -> TokenStream {
    let ty = &field.ty;
    if field.optional { quote!(::core::option::Option<#ty>) } else { ty.to_token_stream() }
}

/// The generics, the parameter and the value to store of the method that takes a setting.
fn argument(field: &Field) -> (TokenStream, TokenStream, TokenStream) {
    let (name, ty) = (&field.ident, &field.ty);
    let (generics, parameter, value) = match field.kind {
        Some(Kind::Sizes) => {
            (quote!(<const N: usize>), quote!(#name: [usize; N]), quote!(::modularml::spec::Sizes::new(&#name)))
        }
        Some(Kind::Shape) => {
            (quote!(<const N: usize>), quote!(#name: [usize; N]), quote!(::modularml::spec::shape(&#name)))
        }
        Some(Kind::Shares) => (
            quote!(<const N: usize>),
            quote!(#name: [(&'static str, f64); N]),
            quote!(::modularml::spec::Shares::new(&#name)),
        ),
        Some(Kind::Conditions) => (
            TokenStream::new(),
            quote!(#name: &'static [(&'static str, ::modularml::data::Condition<'static>)]),
            quote!(::modularml::spec::Conditions::new(#name)),
        ),
        Some(Kind::Label) => (TokenStream::new(), quote!(#name: &'static str), name.to_token_stream()),
        Some(Kind::Similarities) => (
            quote!(<const N: usize>),
            quote!(#name: [::modularml::process::Similar; N]),
            quote!(::modularml::process::Similarities::new(&#name)),
        ),
        Some(Kind::Column) => (quote!(<T>), quote!(#name: ::modularml::data::Column<T>), quote!(#name.key())),
        _ => (TokenStream::new(), quote!(#name: #ty), name.to_token_stream()),
    };
    let value = if field.optional { quote!(::core::option::Option::Some(#value)) } else { value };
    (generics, parameter, value)
}

fn builder(field: &Field) -> TokenStream {
    let (name, docs) = (&field.ident, docs(field));
    match field.kind {
        None => quote! {
            #docs
            pub const fn #name<T: ::core::marker::Copy>(self, #name: T) -> Self {
                let _ = #name;
                self
            }
        },
        Some(Kind::Bool) => quote! {
            #docs
            #[must_use]
            pub const fn #name(mut self) -> Self {
                self.#name = true;
                self
            }
        },
        Some(_) => {
            let (generics, parameter, value) = argument(field);
            quote! {
                #docs
                #[must_use]
                pub const fn #name #generics (mut self, #parameter) -> Self {
                    self.#name = #value;
                    self
                }
            }
        }
    }
}

/// The field's documentation, with its range and default.
fn docs(field: &Field) -> TokenStream {
    let written = &field.docs;
    let ends = [&field.low, &field.high].into_iter().flatten();
    let ends: Vec<String> = ends.map(|bound| format!("{} {}", bound.word, bound.number.to_token_stream())).collect();
    let mut facts = Vec::new();
    if !ends.is_empty() {
        facts.push(format!("Must be {}.", ends.join(" and ").replace("at_", "at ")));
    }
    match &field.default {
        Some(default) if !field.optional && field.kind != Some(Kind::Bool) => {
            facts.push(format!("Default: `{}`.", default.to_token_stream().to_string().replace(" :: ", "::")));
        }
        _ => {}
    }
    let facts = facts.join(" ");
    let facts = (!facts.is_empty()).then(|| quote!(#[doc = ""] #[doc = #facts]));
    quote!(#(#written)* #facts)
}

fn settings(component: &Component) -> TokenStream {
    let entries = component.fields.iter().filter_map(|field| {
        let (text, value, range) = (&field.name, value_of(field)?, range(field));
        Some(quote!(.with(#text, #value, #range)))
    });
    quote! {
        /// The settings with their ranges, in the order of their declaration.
        #[must_use]
        pub const fn settings(&self) -> ::modularml::spec::Settings {
            ::modularml::spec::Settings::read_by(|settings| Self::from_settings(settings).settings()) #(#entries)*
        }
    }
}

fn value_of(field: &Field) -> Option<TokenStream> {
    let name = &field.ident;
    let held = if field.optional { quote!(value) } else { quote!(self.#name) };
    let value = match field.kind? {
        Kind::Float => quote!(::modularml::spec::Value::Float(#held)),
        Kind::Int => quote!(::modularml::spec::Value::Int(#held)),
        Kind::Size => quote!(::modularml::spec::Value::size(#held)),
        Kind::Seed => quote!(::modularml::spec::Value::seed(#held)),
        Kind::Bool => quote!(::modularml::spec::Value::Bool(#held)),
        Kind::Sizes => quote!(::modularml::spec::Value::Sizes(#held)),
        Kind::Shape => quote!(::modularml::spec::Value::shape(#held)),
        Kind::Shares => quote!(::modularml::spec::Value::Shares(#held)),
        Kind::Conditions => quote!(::modularml::spec::Value::Conditions(#held)),
        Kind::Label => quote!(::modularml::spec::Value::Choice(#held)),
        Kind::Column => quote!(::modularml::spec::Value::Column(#held)),
        Kind::Similarities => quote!(::modularml::spec::Value::Similarities(#held)),
        Kind::Layers => quote!(::modularml::spec::Value::Layers(#held)),
        Kind::Choice => {
            let ty = &field.ty;
            let chosen = quote_spanned!(ty.span()=> <#ty>::name);
            quote!(::modularml::spec::Value::Choice(#chosen(#held)))
        }
    };
    Some(if field.optional {
        quote! {
            match self.#name {
                ::core::option::Option::Some(value) => #value,
                ::core::option::Option::None => ::modularml::spec::Value::Unset,
            }
        }
    } else {
        value
    })
}

fn range(field: &Field) -> TokenStream {
    let ends = [&field.low, &field.high].into_iter().flatten().map(|Bound { word, number }| {
        let (word, number) = (Ident::new(&word.to_string(), proc_macro2::Span::call_site()), as_float(number));
        quote!(.#word(#number))
    });
    quote!(::modularml::spec::Range::ANY #(#ends)*)
}

/// `1` as `1f64`, so that ranges of whole numbers can be written as whole numbers.
fn as_float(number: &Expr) -> TokenStream {
    match number {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(int) if int.suffix().is_empty() => {
                syn::LitFloat::new(&format!("{}f64", int.base10_digits()), int.span()).to_token_stream()
            }
            other => other.to_token_stream(),
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => {
            let inner = as_float(&unary.expr);
            quote!(-#inner)
        }
        other => other.to_token_stream(),
    }
}

fn from_settings(component: &Component) -> TokenStream {
    let docs = quote! {
        /// Reads the settings back; one that is missing or of another kind has its default.
        #[must_use]
    };
    if component.is_unit {
        return quote! {
            #docs
            pub const fn from_settings(_: &::modularml::spec::Settings) -> Self {
                Self
            }
        };
    }
    let first = component.fields.iter().find(|field| field.constructor.is_some() && field.default.is_none());
    let start = if let Some(first) = first {
        let value = first.kind.and_then(|kind| {
            let read = read(first)?;
            let nothing = nothing(kind);
            Some(match (first.optional, nothing) {
                (true, _) => read,
                (false, Some(nothing)) => quote!(#read.unwrap_or(#nothing)),
                (false, None) => quote!(#read.unwrap_or_default()),
            })
        });
        let message = format!("`{}` is not declared correctly", component.ident);
        // No program has it, as in `starts`.
        let value = value.unwrap_or_else(|| quote!(panic!(#message)));
        quote!(Self::with_defaults(#value))
    } else {
        quote!(Self::new())
    };
    let rest: Vec<TokenStream> =
        component.fields.iter().filter(|field| !is_first(field, first)).filter_map(set).collect();
    let (unused, binding) = if first.is_none() && rest.is_empty() {
        (quote!(let _ = settings;), quote!(let read = #start;))
    } else if rest.is_empty() {
        (TokenStream::new(), quote!(let read = #start;))
    } else {
        (TokenStream::new(), quote!(let mut read = #start;))
    };
    quote! {
        #docs
        pub fn from_settings(settings: &::modularml::spec::Settings) -> Self {
            #unused
            #binding
            #(#rest)*
            read
        }
    }
}

fn set(field: &Field) -> Option<TokenStream> {
    let (name, value) = (&field.ident, read(field)?);
    let held = if field.optional { quote!(::core::option::Option::Some(value)) } else { quote!(value) };
    Some(quote! {
        if let ::core::option::Option::Some(value) = #value {
            read.#name = #held;
        }
    })
}

/// The setting's value out of `settings`, as an `Option`.
fn read(field: &Field) -> Option<TokenStream> {
    let name = &field.name;
    let value = quote!(settings.get(#name));
    Some(match field.kind? {
        Kind::Float => quote!(#value.as_float()),
        Kind::Int => quote!(#value.as_int()),
        Kind::Size => quote!(#value.as_size()),
        Kind::Seed => quote!(#value.as_seed()),
        Kind::Bool => quote!(#value.as_bool()),
        Kind::Sizes => quote!(#value.as_sizes()),
        Kind::Shape => quote!(#value.as_shape()),
        Kind::Shares => quote!(#value.as_shares()),
        Kind::Conditions => quote!(#value.as_conditions()),
        Kind::Label => quote!(#value.as_choice()),
        Kind::Column => quote!(#value.as_column()),
        Kind::Similarities => quote!(#value.as_similarities()),
        Kind::Layers => quote!(#value.as_layers()),
        Kind::Choice => {
            let ty = &field.ty;
            let from_name = quote_spanned!(ty.span()=> <#ty>::from_name);
            quote!(#value.as_choice().and_then(#from_name))
        }
    })
}
