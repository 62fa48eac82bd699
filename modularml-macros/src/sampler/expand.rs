//! From [`Sampler`] to code. It cannot fail: what the check refused is left out.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::Sampler;
use super::check::comparison;
use crate::declaration::{Required, record};
use crate::names::{option, text};
use crate::settings::{self, Component, Kind};

pub(super) fn expand(sampler: &Sampler) -> TokenStream {
    let Sampler { component, vis, roles, refused, streams: declared, returns_draws } = sampler;
    let ident = &component.ident;
    let draw = format_ident!("{ident}Draw", span = ident.span());
    let streams = format_ident!("{ident}Streams", span = ident.span());
    let required = Required {
        docs: format!("Rows that [`{ident}`] draws together, one a role, as positions in the view that it draws from."),
        visibility: vis,
        refused: refused.as_ref(),
    };
    let (draw_type, draw_list) = if *returns_draws {
        (TokenStream::new(), quote!(::modularml::process::Draws))
    } else {
        let docs = |role: &Ident| format!("The position of the row in the role `{role}`.");
        let fields = roles.iter().map(|role| (docs(role), role, quote!(usize)));
        let derives = quote!(Clone, Copy, Debug, PartialEq, Eq);
        (required.record(&derives, &quote!(#draw), fields), quote!(::std::vec::Vec<#draw>))
    };
    let (streams_type, drawn) = if declared.is_empty() {
        (TokenStream::new(), draw_list)
    } else {
        let docs = format!("The draws of [`{ident}`] for one epoch, stream by stream.");
        let head = quote!(#[doc = #docs] #[derive(Clone, Debug, Default, PartialEq)] #vis struct #streams);
        let docs = |stream: &Ident| format!("The draws of the stream `{stream}`.");
        (record(&head, declared.iter().map(|stream| (docs(stream), stream, &draw_list))), quote!(#streams))
    };
    let implementation = implementation(sampler, &drawn);
    let erased = erased(sampler, &draw, &required);
    quote! { #draw_type #streams_type #implementation #erased }
}

fn implementation(sampler: &Sampler, drawn: &TokenStream) -> TokenStream {
    let ident = &sampler.component.ident;
    let roles = sampler.roles.iter().map(text);
    let only = sampler.streams.is_empty().then(|| "default".to_owned());
    let streams = sampler.streams.iter().map(text).chain(only);
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

/// The settings, and the sampler with its type erased.
fn erased(sampler: &Sampler, draw_type: &Ident, required: &Required<'_>) -> TokenStream {
    let component = &sampler.component;
    let name = component.ident.to_string();
    let (draw, conditions) = (draw(sampler, draw_type, required), demands(component));
    let setting = |name: &str, kind, otherwise| {
        let field = component.field(name).filter(|field| field.kind == Some(kind) && !field.optional);
        field.map_or(otherwise, |field| {
            let name = &field.ident;
            quote!(self.#name)
        })
    };
    let batch = setting("batch", Kind::Size, quote!(1));
    let parts = setting("in_parts", Kind::Size, quote!(1));
    let drops_last = setting("drop_last", Kind::Bool, quote!(false));
    let spec = quote!(::modularml::process::SamplerSpec);
    let value = quote! {
        #draw
        #spec {
            name: #name,
            settings: Self::settings(&self),
            roles: <Self as ::modularml::process::Sampler>::ROLES,
            streams: <Self as ::modularml::process::Sampler>::STREAMS,
            batch: #batch,
            parts: #parts,
            drops_last: #drops_last,
            conditions: #conditions,
            code: ::modularml::code!(::modularml::process::sampler::DrawEpoch, draw),
        }
    };
    settings::erased(component, &spec, &value)
}

/// What the settings demand of columns.
fn demands(component: &Component) -> TokenStream {
    let demands = component.fields.iter().filter_map(|field| {
        let (name, setting) = (&field.ident, &field.name);
        match field.kind? {
            Kind::Similarities => Some(quote!(.with_all(#setting, &self.#name))),
            Kind::Column => {
                let comparison = comparison(field.condition.as_ref()?)?;
                let column = if field.optional { quote!(self.#name) } else { option(Some(quote!(self.#name))) };
                Some(quote!(.with(#setting, #column, ::modularml::process::Comparison::#comparison)))
            }
            _ => None,
        }
    });
    quote!(::modularml::process::Demands::NONE #(#demands)*)
}

/// The function behind the erased type: it makes the sampler again from its settings, draws, and lists the positions.
fn draw(sampler: &Sampler, draw_type: &Ident, required: &Required<'_>) -> TokenStream {
    let (ident, roles) = (&sampler.component.ident, &sampler.roles);
    let name = ident.to_string();
    let draw = quote_spanned!(ident.span()=> <#ident as ::modularml::process::Draw>::draw);
    let list = |draws: TokenStream| if sampler.returns_draws { draws } else { quote!(list(#draws)?) };
    let only = sampler.streams.is_empty().then(|| quote!(drawn));
    let streams = sampler.streams.iter().map(|stream| quote!(drawn.#stream)).chain(only).map(list);
    let list = (!sampler.returns_draws).then(|| {
        quote! {
            fn list(draws: ::std::vec::Vec<#draw_type>) -> ::modularml::Result<::modularml::process::Draws> {
                ::modularml::process::Draws::new(#name, draws.into_iter().map(|draw| [#(draw.#roles),*]))
            }
        }
    });
    let body = quote! {
        #list
        let drawn = #draw(&#ident::from_settings(settings), rows, rng)?;
        ::core::result::Result::Ok(::std::vec![#(#streams),*])
    };
    let body = required.body(ident, &quote!(settings, rows, rng), body);
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
