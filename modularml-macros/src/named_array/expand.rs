//! From [`NamedArray`] to code, which cannot fail: of a struct that was refused, a column that holds nothing.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Field, NamedArray};

/// The trait, by which the struct is an array.
pub(super) fn expand(array: &NamedArray) -> TokenStream {
    let ident = &array.ident;
    let first = array.fields.first().filter(|_| array.is_sound);
    let (dtype, shape, write, read) = if let Some(Field { ty, .. }) = first {
        let count = array.fields.len();
        let values = quote!(<[#ty; #count] as ::modularml::data::ColumnValue>);
        let fields: Vec<_> = array.fields.iter().map(|field| &field.ident).collect();
        (
            quote!(#values::DTYPE),
            quote!(#values::SHAPE),
            quote!(#values::write(&[#(self.#fields),*], column)),
            quote!(#values::read(column, element).map(|[#(#fields),*]| Self { #(#fields),* })),
        )
    } else {
        let number = quote!(<f32 as ::modularml::data::ColumnValue>);
        (
            quote!(#number::DTYPE),
            quote!(#number::SHAPE),
            quote!(let _ = column),
            quote!({
                let _ = (column, element);
                ::core::option::Option::None
            }),
        )
    };
    let names = array.fields.iter().filter(|_| array.is_sound).map(Field::stored_as);
    quote! {
        #[automatically_derived]
        impl ::modularml::data::ColumnValue for #ident {
            const DTYPE: ::modularml::data::Dtype = #dtype;
            const SHAPE: ::modularml::data::Shape = #shape;
            const POSITIONS: &'static [::modularml::text::Name] = &[#(#names),*];

            fn write(&self, column: &mut ::modularml::data::Builder) {
                #write;
            }

            fn read(column: &::modularml::data::ColumnData, element: usize) -> ::core::option::Option<Self> {
                #read
            }
        }

        #[automatically_derived]
        impl ::modularml::data::ArrayElement for #ident {}
    }
}
