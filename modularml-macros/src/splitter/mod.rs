//! `#[derive(Splitter)]`: a splitter from the splits that it declares and the way in which it assigns rows to them.

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Ident, Visibility};

use crate::errors::{Errors, refused_value};
use crate::names::{self, text};
use crate::settings::{self, Component, Kind};

/// The most splits of one splitter, as `modularml::spec::MAX_SPLITS`.
const MAX_SPLITS: usize = 33;

/// A splitter as it was declared.
struct Splitter {
    component: Component,
    vis: Visibility,
    splits: Vec<Ident>,
    /// Why there are no splits. It is reported in the place of their struct, so that no use of it is an error too.
    refused: Option<syn::Error>,
}

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let code = read(input, &mut errors).as_ref().map(expand);
    let mut tokens = errors.into_tokens();
    tokens.extend(code);
    tokens
}

fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Splitter> {
    let component = settings::read(input, errors)?;
    settings::refuse_conditions(&component, errors);
    let owner = &component.ident;
    let missing = || format!("`{owner}` declares no splits; add #[splits(train, test)]");
    let (splits, refused) = match names::required(input, "splits", missing, errors) {
        Ok(splits) => (splits, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let twice = |name: &Ident| format!("split `{name}` is listed twice in `{owner}`; remove or rename one");
    let splits: Vec<Ident> = names::unique(splits, |split| split, twice, errors);
    if let Some(extra) = splits.get(MAX_SPLITS) {
        errors.add(extra, format!("`{owner}` has more than {MAX_SPLITS} splits, the most that fit; remove some"));
    }
    for name in ["group_by", "stratify_by"] {
        let field = component.fields.iter().find(|field| field.name == name);
        if let Some(field) = field.filter(|field| field.kind != Some(Kind::Column) || !field.optional) {
            errors.add(&field.ty, format!("`{name}` of `{owner}` names a column; write {name}: Option<Name>"));
        }
    }
    Some(Splitter { vis: input.vis.clone(), splits, refused, component })
}

/// The code of the derive. It cannot fail: what was refused is left out.
fn expand(splitter: &Splitter) -> TokenStream {
    let ident = &splitter.component.ident;
    let settings = settings::expand(&splitter.component);
    let splits = format_ident!("{ident}Splits", span = ident.span());
    let splits_type = splits_type(splitter, &splits);
    let spec = spec(splitter);
    let names = splitter.splits.iter().map(text);
    quote! {
        #settings
        #splits_type

        #[automatically_derived]
        impl ::modularml::process::Splitter for #ident {
            const SPLITS: &'static [::modularml::text::Name] = &[#(#names),*];
            type Splits = #splits;
        }

        #spec
    }
}

fn splits_type(splitter: &Splitter, splits: &Ident) -> TokenStream {
    let (ident, vis) = (&splitter.component.ident, &splitter.vis);
    let docs = format!("The splits that [`{ident}`] makes, as positions in the view that it splits.");
    if let Some(refused) = &splitter.refused {
        let refused = refused.to_compile_error();
        return quote! {
            #[doc = #docs]
            #[allow(dead_code, reason = "its declaration is refused")]
            #vis type #splits = <[(); #refused] as ::core::iter::IntoIterator>::Item;
        };
    }
    let fields = splitter.splits.iter().map(|split| {
        let docs = format!("The rows of the split `{split}`.");
        quote!(#[doc = #docs] pub #split: ::std::vec::Vec<u32>)
    });
    quote! {
        #[doc = #docs]
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #vis struct #splits {
            #(#fields,)*
        }
    }
}

fn spec(splitter: &Splitter) -> TokenStream {
    let (ident, splits) = (&splitter.component.ident, &splitter.splits);
    let name = ident.to_string();
    let assign = quote_spanned!(ident.span()=> <#ident as ::modularml::process::Assign>::assign);
    let body = if splitter.refused.is_some() {
        let refused = refused_value(ident);
        quote! {
            let _ = (settings, rows, rng);
            #refused
        }
    } else {
        quote! {
            let splits = #assign(&#ident::from_settings(settings), rows, rng)?;
            ::core::result::Result::Ok(::std::vec![#(splits.#splits),*])
        }
    };
    let columns = splitter.component.fields.iter().filter(|field| {
        ["group_by", "stratify_by"].contains(&field.name.as_str()) && field.kind == Some(Kind::Column) && field.optional
    });
    let columns = columns.map(|field| {
        let column = &field.ident;
        quote!(#column: self.#column,)
    });
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "a splitter may be used at run time only, or in macros only")]
        impl #ident {
            /// The splitter with its type erased.
            #[must_use]
            pub const fn spec(self) -> ::modularml::process::SplitterSpec {
                fn split(
                    settings: &::modularml::spec::Settings,
                    rows: &::modularml::data::View,
                    rng: &mut ::modularml::random::Rng,
                ) -> ::modularml::Result<::std::vec::Vec<::std::vec::Vec<u32>>> {
                    #body
                }
                ::modularml::process::SplitterSpec {
                    #(#columns)*
                    ..::modularml::process::SplitterSpec::new(
                        #name,
                        Self::settings(&self),
                        <Self as ::modularml::process::Splitter>::SPLITS,
                        ::modularml::code!(::modularml::process::splitter::Split, split),
                    )
                }
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ident> for ::modularml::process::SplitterSpec {
            fn from(splitter: #ident) -> Self {
                splitter.spec()
            }
        }
    }
}
