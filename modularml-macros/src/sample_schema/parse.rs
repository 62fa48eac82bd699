//! From tokens to [`Schema`].

use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DataStruct, DeriveInput, Fields, Ident, LitInt, LitStr, Token, Type};

use super::resampled::{self, Filled};
use super::windows::{self, Taken};
use super::{Classes, Column, Domain, Schema};
use crate::declaration;
use crate::errors::{Errors, did_you_mean};
use crate::names::text;

/// The words of `#[feat(..)]`, `#[target(..)]` and `#[tag(..)]`.
pub(super) const OPTIONS: [&str; 8] = ["rename", "missing", "length", "longer", "group", "format", "zone", "twice"];

/// What happens to rows that are longer than the length of their column.
pub(super) const LONGER: [&str; 2] = ["refuse", "truncate"];
/// What may be meant by a time that a clock showed twice, and the variants of `data::Twice`.
pub(super) const TWICE: [(&str, &str); 4] =
    [("refuse", "Refuse"), ("earlier", "Earlier"), ("later", "Later"), ("missing", "Missing")];

pub(super) fn schema(input: &DeriveInput, errors: &mut Errors) -> Option<Schema> {
    let ident = &input.ident;
    if let Some(parameter) = input.generics.params.first() {
        let (_, generics, _) = input.generics.split_for_impl();
        let whole = format!("{ident}{}", generics.to_token_stream()).replace(' ', "");
        let message = format!(
            "SampleSchema needs a struct with named fields and no generics; `{whole}` has `{}`; write the type out",
            parameter_name(parameter)
        );
        errors.add(parameter, message);
        return None;
    }
    let (at, what) = match &input.data {
        Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) => {
            let columns = fields
                .named
                .iter()
                .filter_map(|field| Some(column(field.ident.as_ref()?, &field.attrs, &field.ty, errors)));
            let columns = columns.collect();
            let windows = windows::read(&input.attrs, ident, errors);
            let resampled = resampled::read(&input.attrs, ident, errors);
            let has = |name: &str| input.attrs.iter().any(|it| it.path().is_ident(name));
            return Some(Schema {
                ident: ident.clone(),
                vis: input.vis.clone(),
                columns,
                has_windows: windows.is_some() || has("windows"),
                windows,
                is_resampled: resampled.is_some() || has("resampled"),
                resampled,
                is_sound: true,
                unnamed: None,
            });
        }
        Data::Struct(DataStruct { fields: Fields::Unit, .. }) => (ident.to_token_stream(), "has no fields"),
        Data::Struct(data) => (data.fields.to_token_stream(), "has fields without names"),
        Data::Enum(data) => (data.enum_token.to_token_stream(), "is an enum"),
        Data::Union(data) => (data.union_token.to_token_stream(), "is a union"),
    };
    errors.add(at, format!("SampleSchema needs a struct with named fields, one a column; `{ident}` {what}"));
    None
}

fn parameter_name(parameter: &syn::GenericParam) -> String {
    match parameter {
        syn::GenericParam::Lifetime(parameter) => parameter.lifetime.to_string(),
        syn::GenericParam::Type(parameter) => parameter.ident.to_string(),
        syn::GenericParam::Const(parameter) => parameter.ident.to_string(),
    }
}

pub(super) fn column(ident: &Ident, attributes: &[Attribute], ty: &Type, errors: &mut Errors) -> Column {
    let mut column = Column {
        ident: ident.clone(),
        key: text(ident),
        docs: declaration::docs(attributes),
        ty: ty.clone(),
        domains: Vec::new(),
        rename: None,
        allows_missing: false,
        group: None,
        classes: None,
        length: None,
        longer: None,
        format: None,
        zone: None,
        twice: None,
        taken: Taken::default(),
        filled: Filled::default(),
    };
    for attribute in attributes {
        if let Some(domain) = Domain::ALL.into_iter().find(|domain| attribute.path().is_ident(domain.name())) {
            read_domain(domain, attribute, &mut column, errors);
        }
        if attribute.path().is_ident("feature") {
            errors.add(attribute.path(), "`feature` is an attribute of the compiler; a feature is marked #[feat]");
            column.domains.push((Domain::Feature, attribute.clone()));
        }
    }
    if column.domains.is_empty() {
        let misspelt = Domain::ALL
            .into_iter()
            .find_map(|domain| Some((domain, declaration::misspelt(attributes, domain.name())?)));
        if let Some((domain, attribute)) = misspelt {
            read_domain(domain, attribute, &mut column, errors);
        }
    }
    if let Some(attribute) = declaration::attribute(attributes, "classes", ident, errors) {
        let list = errors.keep(attribute.parse_args::<ClassList>());
        column.classes = list.map(|ClassList { names, count }| Classes { attribute: attribute.clone(), names, count });
    }
    column
}

fn read_domain(domain: Domain, attribute: &Attribute, column: &mut Column, errors: &mut Errors) {
    column.domains.push((domain, attribute.clone()));
    declaration::words(attribute, errors, |meta, errors| read_option(domain, meta, column, errors));
}

fn read_option(
    domain: Domain,
    meta: &ParseNestedMeta<'_>,
    column: &mut Column,
    errors: &mut Errors,
) -> syn::Result<()> {
    let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    match word.as_str() {
        "rename" => column.rename = Some(meta.value()?.parse()?),
        "missing" => {
            let word: Ident = meta.value()?.parse()?;
            column.allows_missing |= word == "allow";
            if word != "allow" {
                errors.add(&word, format!("`{word}` is no policy for missing values; write missing = allow"));
            }
        }
        "format" => column.format = Some(meta.value()?.parse()?),
        "zone" => column.zone = Some(meta.value()?.parse()?),
        "twice" => {
            let word: Ident = meta.value()?.parse()?;
            let known = TWICE.map(|(known, _)| known);
            if !known.iter().any(|known| word == known) {
                let near = did_you_mean(&word.to_string(), known);
                let message =
                    format!("`{word}` is nothing that a time shown twice may mean{near} write twice = earlier");
                errors.add(&word, message);
            }
            column.twice = Some(word);
        }
        "length" => column.length = Some(meta.value()?.parse()?),
        "longer" => {
            let word: Ident = meta.value()?.parse()?;
            if !LONGER.iter().any(|known| word == known) {
                let near = did_you_mean(&word.to_string(), LONGER);
                let message = format!("`{word}` is nothing that happens to longer rows{near} write longer = truncate");
                errors.add(&word, message);
            }
            column.longer = Some(word);
        }
        "group" => column.group = meta.path.get_ident().cloned(),
        word if resampled::read_word(word, meta, &mut column.filled)?
            | windows::read_word(word, meta, &mut column.taken)? => {}
        _ => {
            let group = if domain == Domain::Tag { ", group" } else { "" };
            let takes = format!(
                "rename = \"..\", missing = allow, length = 50, longer = truncate, format = \"%d.%m.%Y\", \
                 zone = \"Europe/Berlin\", twice = earlier{group}"
            );
            let known =
                OPTIONS.into_iter().chain(windows::FIELD_WORDS).chain(windows::TAKES).chain(resampled::FIELD_WORDS);
            declaration::unknown_word(meta, domain.name(), known, &takes, errors)?;
        }
    }
    Ok(())
}

/// `"fresh", "worn"` or `10`.
struct ClassList {
    names: Vec<LitStr>,
    count: Option<LitInt>,
}

impl Parse for ClassList {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitInt) {
            return Ok(Self { names: Vec::new(), count: Some(input.parse()?) });
        }
        if !input.is_empty() && !input.peek(LitStr) {
            return Err(input.error("classes are names in quotes, \"fresh\", \"worn\", or their number"));
        }
        let names = Punctuated::<LitStr, Token![,]>::parse_terminated(input)?;
        Ok(Self { names: names.into_iter().collect(), count: None })
    }
}
