//! From [`Schema`] to code. It cannot fail: a column that was refused has a description that compiles.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Type};

use super::check::{class_names, refused, type_text};
use super::parse::TWICE;
use super::{Column, Schema, resampled, windows};
use crate::declaration::{refused_type, refused_value};
use crate::names::option;
use crate::notation::Place;

/// The columns struct and the trait.
pub(super) fn expand(schema: &Schema) -> TokenStream {
    let ident = &schema.ident;
    let name = ident.to_string();
    let columns_struct = format_ident!("{ident}Columns", span = ident.span());
    let columns_type = columns_type(schema, &columns_struct);
    let consts: Vec<Ident> = (0..schema.columns.len()).map(|i| format_ident!("COLUMN_{i}")).collect();
    let sound = consts.iter().map(|constant| {
        let (field, length) = verdicts(constant);
        quote!(#field.is_ok() && #length.is_ok())
    });
    let specs = schema.columns.iter().zip(&consts).map(|(column, constant)| {
        let (spec, put, ty) = (spec(column), put(&column.ty), &column.ty);
        let is_sequence = is_sequence(ty);
        let check = schema.is_sound.then(|| check(column, constant));
        // Description and writer stand in one constant, so that a type that cannot be a column is one error.
        quote! {
            const #constant: (::modularml::data::ColumnSpec, fn(&mut ::modularml::data::RowWriter<'_>, &#ty), bool) =
                (#spec, #put, #is_sequence);
            #check
        }
    });
    let fields = schema.columns.iter().map(|column| &column.ident);
    let columns_value = if schema.unnamed.is_none() {
        quote!(#columns_struct { #(#fields: ::modularml::data::Column::new(#consts.0),)* })
    } else {
        refused_value()
    };
    let is_sound = if schema.is_sound { quote!(true #(&& #sound)*) } else { quote!(false) };
    let (windows, resampling) = (windows::expand(schema), resampled::expand(schema));
    let resampled = schema.resampled.as_ref().map(|_| {
        quote! {
            const RESAMPLED: ::core::option::Option<&'static ::modularml::data::ResampledSpec> =
                ::core::option::Option::Some(&<Self as ::modularml::data::ResampledSchema>::RESAMPLING);
        }
    });
    let puts = schema.columns.iter().zip(&consts).map(|(column, constant)| {
        let name = &column.ident;
        quote!((#constant.1)(row, &self.#name);)
    });
    // What positions of arrays are called is known to their types alone.
    let apart = schema.is_sound.then(|| {
        let verdict = quote!(::modularml::__private::rules::schema::apart(&[#(&#consts.0),*]));
        let require = Place::at(ident.span()).require(&verdict);
        quote!(const positions: () = { #require };)
    });
    quote! {
        #columns_type

        #[allow(non_upper_case_globals, dead_code, reason = "rules are constants, which rustc names in errors")]
        const _: () = {
            #(#specs)*
            #apart

            #[automatically_derived]
            impl ::modularml::data::SampleSchema for #ident {
                type Columns = #columns_struct;
                const SCHEMA: ::modularml::data::SchemaSpec =
                    ::modularml::data::SchemaSpec { name: #name, columns: &[#(#consts.0),*] };
                const COLUMNS: #columns_struct = #columns_value;
                const IS_SOUND: bool = #is_sound;
                #resampled

                fn write(&self, row: &mut ::modularml::data::RowWriter<'_>) {
                    #(#puts)*
                }
            }
            #windows
            #resampling
        };
    }
}

fn columns_type(schema: &Schema, columns: &Ident) -> TokenStream {
    let (ident, vis) = (&schema.ident, &schema.vis);
    if let Some(error) = &schema.unnamed {
        return refused_type(vis, columns, error);
    }
    let docs = format!("The columns of [`{ident}`], as typed fields of `{ident}::COLUMNS`.");
    let fields = schema.columns.iter().map(|column| {
        let (name, ty, written, facts) = (&column.ident, &column.ty, &column.docs, facts(column));
        let gap = (!written.is_empty()).then(|| quote!(#[doc = ""]));
        let ty = if refused(ty).is_some() { quote!(f32) } else { quote!(#ty) };
        quote!(#(#written)* #gap #[doc = #facts] pub #name: ::modularml::data::Column<#ty>)
    });
    quote! {
        #[doc = #docs]
        #[derive(Clone, Copy, Debug)]
        #[allow(dead_code, reason = "which columns are named is the user's choice")]
        #vis struct #columns { #(#fields,)* }
    }
}

/// "Feature, `[f32; 101]`, stored as `v`."
fn facts(column: &Column) -> String {
    let mut facts = vec![column.domain().variant().to_owned(), format!("`{}`", type_text(&column.ty))];
    if let Some(rename) = &column.rename {
        facts.push(format!("stored as `{}`", rename.value()));
    }
    if let Some(classes) = &column.classes {
        facts.push(match &classes.count {
            Some(count) => format!("{count} classes"),
            None => format!("classes {}", class_names(classes).join(", ")),
        });
    }
    if let Some(length) = &column.length {
        facts.push(format!("at most {} long", length.to_token_stream()));
    }
    if let Some(format) = &column.format {
        facts.push(format!("written as `{}`", format.value()));
    }
    if let Some(zone) = &column.zone {
        facts.push(format!("in the zone {}", zone.value()));
    }
    if let Some(twice) = &column.twice {
        facts.push(format!("{twice} where a clock showed it twice"));
    }
    if column.allows_missing {
        facts.push("may be missing".to_owned());
    }
    if column.group.is_some() {
        facts.push("rows with equal values belong together".to_owned());
    }
    format!("{}.", facts.join(", "))
}

fn spec(column: &Column) -> TokenStream {
    let (key, stored_as) = (&column.key, column.stored_as());
    let domain = Ident::new(column.domain().variant(), Span::call_site());
    let ty = &column.ty;
    let (dtype, shape, optional, positions, scale) = if refused(ty).is_some() {
        let scalar = quote!(::modularml::data::Shape::SCALAR);
        (quote!(::modularml::data::Dtype::F32), scalar, quote!(false), quote!(&[]), quote!(0))
    } else {
        let value = quote_spanned!(ty.span()=> <#ty as ::modularml::data::ColumnValue>);
        let (optional, positions) = (quote!(#value::OPTIONAL), quote!(#value::POSITIONS));
        (quote!(#value::DTYPE), quote!(#value::SHAPE), optional, positions, quote!(#value::SCALE))
    };
    let sequence = option(column.length.as_ref().map(|_| {
        let truncates = column.longer.as_ref().is_some_and(|longer| longer == "truncate");
        let longer = if truncates { quote!(Truncate) } else { quote!(Refuse) };
        quote!(::modularml::data::Longer::#longer)
    }));
    // One axis too many is left to the rule over the shape.
    let shape = column
        .length
        .as_ref()
        .map_or(shape.clone(), |length| quote!(::modularml::data::Shape::of_length(#length, #shape)));
    let allows_missing = if column.allows_missing { quote!(true) } else { optional };
    let classes = column.classes.as_ref().map(class_names).unwrap_or_default();
    let groups = column.group.is_some();
    let [format, zone] =
        [&column.format, &column.zone].map(|text| text.as_ref().map_or_else(String::new, LitStr::value));
    let twice = TWICE.into_iter().find(|(word, _)| column.twice.as_ref().is_some_and(|twice| twice == word));
    let twice = Ident::new(twice.map_or("Refuse", |(_, variant)| variant), Span::call_site());
    quote! {
        ::modularml::data::ColumnSpec {
            key: #key,
            stored_as: #stored_as,
            domain: ::modularml::data::Domain::#domain,
            dtype: #dtype,
            scale: #scale,
            shape: #shape,
            classes: &[#(#classes),*],
            positions: #positions,
            allows_missing: #allows_missing,
            groups: #groups,
            sequence: #sequence,
            format: #format,
            zone: #zone,
            twice: ::modularml::data::Twice::#twice,
        }
    }
}

/// What the rules say of a column that its types alone show, and of its length.
fn verdicts(constant: &Ident) -> (TokenStream, TokenStream) {
    (
        quote!(::modularml::__private::places::schema::field(&#constant.0)),
        quote!(::modularml::__private::rules::schema::length(&#constant.0, #constant.2)),
    )
}

/// The same, reported at the type.
fn check(column: &Column, constant: &Ident) -> TokenStream {
    let (ty, check) = (&column.ty, format_ident!("field_{}", column.key));
    let (field, length) = verdicts(constant);
    let [field, length] = [field, length].map(|verdict| Place::of(ty).require(&verdict));
    let words = [("format", &column.format), ("zone", &column.zone)].map(|(word, text)| {
        let (text, place) = (text.as_ref()?, Ident::new(word, Span::call_site()));
        Some(Place::of(text).require(&quote!(::modularml::__private::places::schema::#place(&#constant.0))))
    });
    let twice = column
        .twice
        .as_ref()
        .map(|word| Place::of(word).require(&quote!(::modularml::__private::places::schema::twice(&#constant.0))));
    quote!(const #check: () = { #field #length #(#words)* #twice };)
}

/// Whether the type's rows differ in length.
fn is_sequence(ty: &Type) -> TokenStream {
    if refused(ty).is_some() {
        quote!(false)
    } else {
        quote_spanned!(ty.span()=> <#ty as ::modularml::data::ColumnValue>::SEQUENCE)
    }
}

/// The function that writes a value; one that does nothing where the type was refused.
fn put(ty: &Type) -> TokenStream {
    if refused(ty).is_some() {
        quote!(|_, _| ())
    } else {
        quote!(|row, value| ::modularml::data::RowWriter::put::<#ty>(row, value))
    }
}
