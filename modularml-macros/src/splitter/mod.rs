//! `#[derive(Splitter)]`: a splitter from the splits that it declares and the way in which it assigns rows to them.

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Ident, Visibility};

use crate::declaration::{self, Required};
use crate::errors::Errors;
use crate::names::text;
use crate::settings::{self, Component, Field, Kind};

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

/// The settings that name a column of which the rules know.
const COLUMNS: [&str; 2] = ["group_by", "stratify_by"];

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    declaration::derive(input, read, expand)
}

fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Splitter> {
    let component = settings::plain(input, errors)?;
    let owner = &component.ident;
    let missing = || format!("`{owner}` declares no splits; add #[splits(train, test)]");
    let (splits, refused) = declaration::required(input, "splits", missing, errors);
    let twice = |name: &Ident| format!("split `{name}` is listed twice in `{owner}`; remove or rename one");
    let splits: Vec<Ident> = declaration::unique(splits, |split| split, twice, errors);
    if let Some(extra) = splits.get(MAX_SPLITS) {
        errors.add(extra, format!("`{owner}` has more than {MAX_SPLITS} splits, the most that fit; remove some"));
    }
    for name in COLUMNS {
        let field = component.field(name);
        if let Some(field) = field.filter(|field| field.kind != Some(Kind::Column) || !field.optional) {
            errors.add(&field.ty, format!("`{name}` of `{owner}` names a column; write {name}: Option<Name>"));
        }
    }
    Some(Splitter { vis: input.vis.clone(), splits, refused, component })
}

/// The code of the derive. It cannot fail: what was refused is left out.
fn expand(splitter: &Splitter) -> TokenStream {
    let Splitter { component, vis, splits, refused } = splitter;
    let (ident, name) = (&component.ident, component.ident.to_string());
    let required = Required {
        docs: format!("The splits that [`{ident}`] makes, as positions in the view that it splits."),
        visibility: vis,
        refused: refused.as_ref(),
    };
    let made = format_ident!("{ident}Splits", span = ident.span());
    let fields =
        splits.iter().map(|split| (format!("The rows of the split `{split}`."), split, quote!(::std::vec::Vec<u32>)));
    let made_type = required.record(&quote!(Clone, Debug, Default, PartialEq, Eq), &quote!(#made), fields);
    let names = splits.iter().map(text);
    let assign = quote_spanned!(ident.span()=> <#ident as ::modularml::process::Assign>::assign);
    let body = quote! {
        let splits = #assign(&#ident::from_settings(settings), rows, rng)?;
        ::core::result::Result::Ok(::std::vec![#(splits.#splits),*])
    };
    let body = required.body(ident, &quote!(settings, rows, rng), body);
    let columns = COLUMNS.into_iter().filter_map(|name| component.field(name));
    let columns = columns.filter(|field| field.kind == Some(Kind::Column) && field.optional);
    let columns = columns.map(|Field { ident: column, .. }| quote!(#column: self.#column,));
    let spec = quote!(::modularml::process::SplitterSpec);
    let value = quote! {
        fn split(
            settings: &::modularml::spec::Settings,
            rows: &::modularml::data::View,
            rng: &mut ::modularml::random::Rng,
        ) -> ::modularml::Result<::std::vec::Vec<::std::vec::Vec<u32>>> {
            #body
        }
        #spec {
            #(#columns)*
            ..#spec::new(
                #name,
                Self::settings(&self),
                <Self as ::modularml::process::Splitter>::SPLITS,
                ::modularml::code!(::modularml::process::splitter::Split, split),
            )
        }
    };
    let erased = settings::erased(component, &spec, &value);
    quote! {
        #made_type

        #[automatically_derived]
        impl ::modularml::process::Splitter for #ident {
            const SPLITS: &'static [::modularml::text::Name] = &[#(#names),*];
            type Splits = #made;
        }

        #erased
    }
}
