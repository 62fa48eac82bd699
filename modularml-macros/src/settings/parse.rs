//! From tokens to [`Component`].

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DeriveInput, Fields, GenericArgument, Ident, PathArguments, Type};

use super::{Bound, Component, Field, Kind};
use crate::errors::{Errors, did_you_mean, listed};
use crate::names;

/// The words of `#[setting(..)]`.
const WORDS: [&str; 7] = ["first", "default", "at_least", "above", "at_most", "below", "condition"];

/// Types that look like an enum's path and cannot be a setting, with what to use instead.
const REFUSED: [(&str, &str); 17] = [
    ("f32", "f64"),
    ("i8", "i64"),
    ("i16", "i64"),
    ("i32", "i64"),
    ("isize", "i64"),
    ("i128", "i64"),
    ("u8", "usize or u64"),
    ("u16", "usize or u64"),
    ("u32", "usize or u64"),
    ("u128", "usize or u64"),
    ("char", "an enum of the choices"),
    ("String", "an enum of the choices, or Name for a column"),
    ("PathBuf", "an enum of the choices"),
    ("Vec", "Sizes for sizes or Shares for named shares"),
    ("Box", "a plain value"),
    ("HashMap", "Shares for named shares"),
    ("BTreeMap", "Shares for named shares"),
];

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
    let name = ident.unraw().to_string();
    let (inner, optional) = match option_of(&declared.ty) {
        Some(inner) => (inner, true),
        None => (&declared.ty, false),
    };
    let mut field = Field {
        ident: ident.clone(),
        docs: declared.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect(),
        ty: inner.clone(),
        kind: kind_of(inner),
        optional,
        constructor: None,
        default: None,
        low: None,
        high: None,
        condition: None,
        name,
    };
    if let Some(attribute) = names::attribute(&declared.attrs, "setting", ident, errors) {
        read_attribute(attribute, &mut field, errors);
    } else {
        let message = format!("field `{0}` is no setting; write #[setting(default = ..)] before `{0}`", field.name);
        errors.add(ident, message);
    }
    field
}

fn read_attribute(attribute: &Attribute, field: &mut Field, errors: &mut Errors) {
    if matches!(attribute.meta, syn::Meta::Path(_)) {
        return;
    }
    let mut seen: Vec<String> = Vec::new();
    let mut mistakes = Errors::default();
    let outcome = attribute.parse_nested_meta(|meta| {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        if seen.contains(&word) {
            mistakes.add(&meta.path, format!("`{word}` stands twice; remove one"));
        }
        seen.push(word.clone());
        read_word(&word, &meta, field, &mut mistakes)
    });
    errors.join(mistakes);
    errors.keep(outcome);
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
        _ => {
            let path = meta.path.to_token_stream().to_string();
            let near = did_you_mean(&path, WORDS);
            errors
                .add(&meta.path, format!("`{path}` cannot stand in #[setting(..)]{near} it takes: {}", listed(WORDS)));
            // The rest of a misspelt word is skipped, so that what follows is still read.
            if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            }
        }
    }
    Ok(())
}

fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if last.ident == "Option" => Some(inner),
        _ => None,
    }
}

fn kind_of(ty: &Type) -> Option<Kind> {
    if is_layers(ty) {
        return Some(Kind::Layers);
    }
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if !last.arguments.is_none() {
        return None;
    }
    match last.ident.to_string().as_str() {
        "f64" => Some(Kind::Float),
        "i64" => Some(Kind::Int),
        "usize" => Some(Kind::Size),
        "u64" => Some(Kind::Seed),
        "bool" => Some(Kind::Bool),
        "Sizes" => Some(Kind::Sizes),
        "Shape" => Some(Kind::Shape),
        "Shares" => Some(Kind::Shares),
        "Conditions" => Some(Kind::Conditions),
        "Label" => Some(Kind::Label),
        "Name" => Some(Kind::Column),
        "Similarities" => Some(Kind::Similarities),
        other if REFUSED.iter().any(|(refused, _)| other == *refused) => None,
        _ => Some(Kind::Choice),
    }
}

/// Whether it is `&'static [LayerSpec]`.
fn is_layers(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    let Type::Slice(slice) = &*reference.elem else { return false };
    let Type::Path(element) = &*slice.elem else { return false };
    element.path.segments.last().is_some_and(|last| last.ident == "LayerSpec")
}

/// What to use in place of a refused type.
pub(super) fn instead_of(ty: &Type) -> &'static str {
    let last = match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Type::Array(_) => Some("Vec".to_owned()),
        Type::Reference(_) => Some("String".to_owned()),
        _ => None,
    };
    REFUSED
        .iter()
        .find(|(refused, _)| last.as_deref() == Some(*refused))
        .map_or("f64, usize, u64, i64, bool, Sizes, Shape, Shares, Name or an enum", |(_, instead)| instead)
}
