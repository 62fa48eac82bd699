//! From [`Sampler`] to code. It cannot fail: what the check refused is left out.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::Sampler;
use super::check::comparison;
use crate::errors::refused_value;
use crate::names::text;
use crate::settings::{self, Component, Kind};

pub(super) fn expand(sampler: &Sampler) -> TokenStream {
    let ident = &sampler.component.ident;
    let settings = settings::expand(&sampler.component);
    let draw = format_ident!("{ident}Draw", span = ident.span());
    let streams = format_ident!("{ident}Streams", span = ident.span());
    let (draw_type, draws) = if sampler.returns_draws {
        (TokenStream::new(), quote!(::modularml::process::Draws))
    } else {
        (draw_type(sampler, &draw), quote!(::std::vec::Vec<#draw>))
    };
    let (streams_type, returned) = if sampler.streams.is_empty() {
        (TokenStream::new(), draws)
    } else {
        (streams_type(sampler, &streams, &draws), quote!(#streams))
    };
    let implementation = implementation(sampler, &returned);
    let spec = spec(sampler, &draw);
    quote! { #settings #draw_type #streams_type #implementation #spec }
}

fn draw_type(sampler: &Sampler, draw: &Ident) -> TokenStream {
    let (ident, vis) = (&sampler.component.ident, &sampler.vis);
    let docs =
        format!("Rows that [`{ident}`] draws together, one a role, as positions in the view that it draws from.");
    if let Some(refused) = &sampler.refused {
        let refused = refused.to_compile_error();
        return quote! {
            #[doc = #docs]
            #[allow(dead_code, reason = "its declaration is refused")]
            #vis type #draw = <[(); #refused] as ::core::iter::IntoIterator>::Item;
        };
    }
    let fields = sampler.roles.iter().map(|role| {
        let docs = format!("The position of the row in the role `{role}`.");
        quote!(#[doc = #docs] pub #role: usize)
    });
    quote! {
        #[doc = #docs]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #vis struct #draw {
            #(#fields,)*
        }
    }
}

fn streams_type(sampler: &Sampler, streams: &Ident, draws: &TokenStream) -> TokenStream {
    let (ident, vis) = (&sampler.component.ident, &sampler.vis);
    let docs = format!("The draws of [`{ident}`] for one epoch, stream by stream.");
    let fields = sampler.streams.iter().map(|stream| {
        let docs = format!("The draws of the stream `{stream}`.");
        quote!(#[doc = #docs] pub #stream: #draws)
    });
    quote! {
        #[doc = #docs]
        #[derive(Clone, Debug, Default, PartialEq)]
        #vis struct #streams {
            #(#fields,)*
        }
    }
}

fn implementation(sampler: &Sampler, drawn: &TokenStream) -> TokenStream {
    let ident = &sampler.component.ident;
    let roles = sampler.roles.iter().map(text);
    let streams: Vec<String> = if sampler.streams.is_empty() {
        vec!["default".to_owned()]
    } else {
        sampler.streams.iter().map(text).collect()
    };
    quote! {
        #[automatically_derived]
        impl ::modularml::process::Sampler for #ident {
            const ROLES: &'static [::modularml::text::Name] = &[#(#roles),*];
            const STREAMS: &'static [::modularml::text::Name] = &[#(#streams),*];
            type Drawn = #drawn;

            fn settings(&self) -> ::modularml::spec::Settings {
                Self::settings(self)
            }
        }
    }
}

fn spec(sampler: &Sampler, draw_type: &Ident) -> TokenStream {
    let ident = &sampler.component.ident;
    let (name, draw, conditions) = (ident.to_string(), draw(sampler, draw_type), demands(&sampler.component));
    let has = |name: &str, kind| {
        sampler.component.fields.iter().any(|field| field.name == name && field.kind == Some(kind) && !field.optional)
    };
    let batch = if has("batch", Kind::Size) { quote!(self.batch) } else { quote!(1) };
    let drops_last = if has("drop_last", Kind::Bool) { quote!(self.drop_last) } else { quote!(false) };
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "a sampler may be used at run time only, or in macros only")]
        impl #ident {
            /// The sampler with its type erased.
            #[must_use]
            pub const fn spec(self) -> ::modularml::process::SamplerSpec {
                #draw
                ::modularml::process::SamplerSpec {
                    name: #name,
                    settings: Self::settings(&self),
                    roles: <Self as ::modularml::process::Sampler>::ROLES,
                    streams: <Self as ::modularml::process::Sampler>::STREAMS,
                    batch: #batch,
                    drops_last: #drops_last,
                    conditions: #conditions,
                    code: ::modularml::code!(::modularml::process::sampler::DrawEpoch, draw),
                }
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ident> for ::modularml::process::SamplerSpec {
            fn from(sampler: #ident) -> Self {
                sampler.spec()
            }
        }
    }
}

/// What the settings demand of columns.
fn demands(component: &Component) -> TokenStream {
    let demands = component.fields.iter().filter_map(|field| {
        let (name, setting) = (&field.ident, &field.name);
        match field.kind? {
            Kind::Similarities => Some(quote!(.with_all(#setting, &self.#name))),
            Kind::Column => {
                let comparison = comparison(field.condition.as_ref()?)?;
                let column =
                    if field.optional { quote!(self.#name) } else { quote!(::core::option::Option::Some(self.#name)) };
                Some(quote!(.with(#setting, #column, ::modularml::process::Comparison::#comparison)))
            }
            _ => None,
        }
    });
    quote!(::modularml::process::Demands::NONE #(#demands)*)
}

/// The function behind the erased type: it makes the sampler again from its settings, draws, and lists the positions.
fn draw(sampler: &Sampler, draw_type: &Ident) -> TokenStream {
    let (ident, roles) = (&sampler.component.ident, &sampler.roles);
    let name = ident.to_string();
    let draw = quote_spanned!(ident.span()=> <#ident as ::modularml::process::Draw>::draw);
    let list = |draws: TokenStream| if sampler.returns_draws { draws } else { quote!(list(#draws)?) };
    let streams = if sampler.streams.is_empty() {
        list(quote!(drawn))
    } else {
        let streams = sampler.streams.iter().map(|stream| list(quote!(drawn.#stream)));
        quote!(#(#streams),*)
    };
    let list = (!sampler.returns_draws).then(|| {
        quote! {
            fn list(draws: ::std::vec::Vec<#draw_type>) -> ::modularml::Result<::modularml::process::Draws> {
                ::modularml::process::Draws::new(#name, draws.into_iter().map(|draw| [#(draw.#roles),*]))
            }
        }
    });
    let body = if sampler.refused.is_some() {
        let refused = refused_value(ident);
        quote! {
            let _ = (settings, rows, rng);
            #refused
        }
    } else {
        quote! {
            #list
            let drawn = #draw(&#ident::from_settings(settings), rows, rng)?;
            ::core::result::Result::Ok(::std::vec![#streams])
        }
    };
    quote! {
        fn draw(
            settings: &::modularml::spec::Settings,
            rows: &::modularml::data::View,
            rng: &mut ::modularml::random::Rng,
        ) -> ::modularml::Result<::std::vec::Vec<::modularml::process::Draws>> {
            #body
        }
    }
}
