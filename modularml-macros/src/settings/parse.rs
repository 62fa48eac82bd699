//! From tokens to [`Component`].

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DeriveInput, Fields, Ident};

use super::kind::option_of;
use super::{Bound, Component, Field, Kind};
use crate::declaration;
use crate::errors::{Errors, listed};
use crate::names::text;

/// The words of `#[setting(..)]`.
pub(super) const WORDS: [&str; 7] = ["first", "default", "at_least", "above", "at_most", "below", "condition"];

pub(super) fn component(input: &DeriveInput, errors: &mut Errors) -> Option<Component> {
    if !input.generics.params.is_empty() {
        let message = format!("the settings of `{}` are plain values; remove the generics", input.ident);
        errors.add(&input.generics, message);
        return None;
    }
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => return not_a_struct(data.enum_token, &input.ident, errors),
        Data::Union(data) => return not_a_struct(data.union_token, &input.ident, errors),
    };
    let is_unit = match fields {
        Fields::Named(_) => false,
        Fields::Unit => true,
        Fields::Unnamed(_) => return not_a_struct(fields, &input.ident, errors),
    };
    let fields = fields.iter().filter_map(|field| Some(read_field(field.ident.as_ref()?, field, errors))).collect();
    Some(Component { ident: input.ident.clone(), is_unit, fields })
}

fn not_a_struct(at: impl ToTokens, ident: &Ident, errors: &mut Errors) -> Option<Component> {
    let message =
        format!("`{ident}` must be a struct with one named field a setting, or a unit struct without settings");
    errors.add(at, message);
    None
}

fn read_field(ident: &Ident, declared: &syn::Field, errors: &mut Errors) -> Field {
    let inner = option_of(&declared.ty);
    let ty = inner.unwrap_or(&declared.ty);
    let mut field = Field {
        ident: ident.clone(),
        name: text(ident),
        docs: declaration::docs(&declared.attrs),
        ty: ty.clone(),
        kind: Kind::of(ty),
        optional: inner.is_some(),
        constructor: None,
        default: None,
        low: None,
        high: None,
        condition: None,
    };
    if let Some(attribute) = declaration::attribute(&declared.attrs, "setting", ident, errors) {
        read_attribute(attribute, &mut field, errors);
    } else {
        let message = format!("field `{0}` is no setting; write #[setting(default = ..)] before `{0}`", field.name);
        errors.add(ident, message);
    }
    field
}

fn read_attribute(attribute: &Attribute, field: &mut Field, errors: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    declaration::words(attribute, errors, |meta, errors| {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        if seen.contains(&word) {
            errors.add(&meta.path, format!("`{word}` stands twice; remove one"));
        }
        seen.push(word.clone());
        read_word(&word, meta, field, errors)
    });
}

fn read_word(word: &str, meta: &ParseNestedMeta, field: &mut Field, errors: &mut Errors) -> syn::Result<()> {
    match word {
        "first" => {
            let constructor = if meta.input.peek(syn::Token![=]) {
                meta.value()?.call(Ident::parse_any)?
            } else {
                field.ident.clone()
            };
            field.constructor = Some(constructor);
        }
        "default" => field.default = Some(meta.value()?.parse()?),
        "at_least" | "above" | "at_most" | "below" => {
            let end = if matches!(word, "at_least" | "above") { &mut field.low } else { &mut field.high };
            let number = meta.value()?.parse()?;
            let word = Ident::new(word, meta.path.get_ident().map_or_else(Span::call_site, Ident::span));
            if let Some(other) = end {
                errors.add(&word, format!("`{word}` and `{}` are the same end of the range; remove one", other.word));
            }
            *end = Some(Bound { word, number });
        }
        "condition" => field.condition = Some(meta.value()?.parse()?),
        _ => declaration::unknown_word(meta, "setting", WORDS, &listed(WORDS), errors)?,
    }
    Ok(())
}
