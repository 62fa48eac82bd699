//! From [`Component`] to code. It cannot fail: what the check refused is left out or stands in a form that compiles, so
//! that no second error follows the first.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprUnary, Ident, Lit, LitFloat, UnOp};

use super::{Bound, Component, Field, Kind};
use crate::names::{option, text};

/// The settings of a component, and the component with its type erased: a `spec`, which `value` makes of `self`.
pub(crate) fn erased(component: &Component, spec: &TokenStream, value: &TokenStream) -> TokenStream {
    let (ident, settings) = (&component.ident, settings(component));
    quote! {
        #settings

        #[automatically_derived]
        #[allow(dead_code, reason = "a component may be used at run time only, or in macros only")]
        impl #ident {
            /// The component with its type erased.
            #[must_use]
            pub const fn spec(self) -> #spec {
                #value
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ident> for #spec {
            fn from(component: #ident) -> Self {
                component.spec()
            }
        }
    }
}

/// The constructor, the builder methods, `settings` and `from_settings`.
pub(super) fn settings(component: &Component) -> TokenStream {
    let ident = &component.ident;
    let methods = component.fields.iter().filter(|field| field.constructor.is_none()).map(builder);
    let (start, default) = starts(component);
    let settings = list(component);
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
        // No program has it, since it stands beside a compile error: a field without a stand-in has no default, and
        // `check_default` refuses one that is no constructor, `check::all` a second constructor. The test
        // `what_panics_does_not_compile` tries all kinds of fields.
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
        None if field.optional => Some(option(None::<TokenStream>)),
        None => field.kind?.nothing(),
    }
}

fn held_type(field: &Field) -> TokenStream {
    let ty = &field.ty;
    if field.optional { quote!(::core::option::Option<#ty>) } else { ty.to_token_stream() }
}

/// The generics, the parameter and the value to store of the method that takes a setting.
fn argument(field: &Field) -> (TokenStream, TokenStream, TokenStream) {
    let (generics, parameter, value) = field.kind.unwrap_or(Kind::Choice).argument(&field.ident, &field.ty);
    let value = if field.optional { option(Some(value)) } else { value };
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

/// The method `settings`.
fn list(component: &Component) -> TokenStream {
    let entries = component.fields.iter().filter_map(|field| {
        let (name, value, range) = (&field.name, value_of(field)?, range(field));
        // `of` says nothing, and the name of the setting what the value means.
        let written = field.constructor.as_ref().map(text).filter(|written| written != name && written != "of");
        let written = written.map(|written| quote!(.by_constructor(#written)));
        Some(quote!(.with(#name, #value, #range) #written))
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
    let kind = field.kind?;
    let (make, _) = kind.ways();
    let held = if kind == Kind::Choice {
        let ty = &field.ty;
        let chosen = quote_spanned!(ty.span()=> <#ty>::name);
        quote!(#chosen(#held))
    } else {
        held
    };
    let value = quote!(::modularml::spec::Value::#make(#held));
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
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) if int.suffix().is_empty() => {
            LitFloat::new(&format!("{}f64", int.base10_digits()), int.span()).to_token_stream()
        }
        Expr::Unary(ExprUnary { op: UnOp::Neg(minus), expr, .. }) => {
            let inner = as_float(expr);
            quote!(#minus #inner)
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
        let read = read(first);
        let value = match first.kind.and_then(Kind::nothing) {
            _ if first.optional => read,
            Some(nothing) => read.map(|read| quote!(#read.unwrap_or(#nothing))),
            None => read.map(|read| quote!(#read.unwrap_or_default())),
        };
        let message = format!("`{}` is not declared correctly", component.ident);
        // No program has it, since it stands beside a compile error: only a setting without a kind cannot be read, and
        // `check_type` refuses that. The test `what_panics_does_not_compile` tries all kinds of fields.
        let value = value.unwrap_or_else(|| quote!(panic!(#message)));
        quote!(Self::with_defaults(#value))
    } else {
        quote!(Self::new())
    };
    let rest = component.fields.iter().filter(|field| !is_first(field, first)).filter_map(set);
    quote! {
        #docs
        #[allow(unused_mut, unused_variables)]
        pub fn from_settings(settings: &::modularml::spec::Settings) -> Self {
            let mut read = #start;
            #(#rest)*
            read
        }
    }
}

fn set(field: &Field) -> Option<TokenStream> {
    let (name, value) = (&field.ident, read(field)?);
    let held = if field.optional { option(Some(quote!(value))) } else { quote!(value) };
    Some(quote! {
        if let ::core::option::Option::Some(value) = #value {
            read.#name = #held;
        }
    })
}

/// The setting's value out of `settings`, as an `Option`.
fn read(field: &Field) -> Option<TokenStream> {
    let (name, kind, ty) = (&field.name, field.kind?, &field.ty);
    let (_, read) = kind.ways();
    let chosen = (kind == Kind::Choice).then(|| {
        let from_name = quote_spanned!(ty.span()=> <#ty>::from_name);
        quote!(.and_then(#from_name))
    });
    Some(quote!(settings.get(#name).#read() #chosen))
}
