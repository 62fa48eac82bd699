//! From tokens to [`Schema`].

use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, LitInt, LitStr, Meta, Token};

use super::{Classes, Column, Domain, Schema};
use crate::errors::{Errors, did_you_mean};
use crate::names::{self, text};

/// The words of `#[feat(..)]`, `#[target(..)]` and `#[tag(..)]`.
const OPTIONS: [&str; 5] = ["rename", "missing", "length", "longer", "group"];

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
    let refuse = |at: &dyn ToTokens, what: &str, errors: &mut Errors| {
        let message = format!("SampleSchema needs a struct with named fields, one a column; `{ident}` {what}");
        errors.add(at.to_token_stream(), message);
    };
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => &fields.named,
            Fields::Unnamed(fields) => {
                refuse(fields, "has fields without names", errors);
                return None;
            }
            Fields::Unit => {
                refuse(ident, "has no fields", errors);
                return None;
            }
        },
        Data::Enum(data) => {
            refuse(&data.enum_token, "is an enum", errors);
            return None;
        }
        Data::Union(data) => {
            refuse(&data.union_token, "is a union", errors);
            return None;
        }
    };
    let columns = fields.iter().filter_map(|field| Some(column(field.ident.as_ref()?, field, errors))).collect();
    Some(Schema { ident: ident.clone(), vis: input.vis.clone(), columns })
}

fn parameter_name(parameter: &syn::GenericParam) -> String {
    match parameter {
        syn::GenericParam::Lifetime(parameter) => parameter.lifetime.to_string(),
        syn::GenericParam::Type(parameter) => parameter.ident.to_string(),
        syn::GenericParam::Const(parameter) => parameter.ident.to_string(),
    }
}

fn column(ident: &Ident, field: &syn::Field, errors: &mut Errors) -> Column {
    let mut column = Column {
        ident: ident.clone(),
        key: text(ident),
        docs: field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect(),
        ty: field.ty.clone(),
        domains: Vec::new(),
        rename: None,
        allows_missing: false,
        group: None,
        classes: None,
        length: None,
        longer: None,
    };
    for attribute in &field.attrs {
        if let Some(domain) = Domain::ALL.into_iter().find(|domain| attribute.path().is_ident(domain.name())) {
            read_domain(domain, attribute, &mut column, errors);
        }
        if attribute.path().is_ident("feature") {
            errors.add(attribute.path(), "`feature` is an attribute of the compiler; a feature is marked #[feat]");
            column.domains.push((Domain::Feature, attribute.clone()));
        }
    }
    if column.domains.is_empty() {
        let misspelt =
            Domain::ALL.into_iter().find_map(|domain| Some((domain, names::misspelt(&field.attrs, domain.name())?)));
        if let Some((domain, attribute)) = misspelt {
            read_domain(domain, attribute, &mut column, errors);
        }
    }
    if let Some(attribute) = names::attribute(&field.attrs, "classes", ident, errors) {
        let list = errors.keep(attribute.parse_args::<ClassList>());
        column.classes = list.map(|ClassList { names, count }| Classes { attribute: attribute.clone(), names, count });
    }
    column
}

fn read_domain(domain: Domain, attribute: &Attribute, column: &mut Column, errors: &mut Errors) {
    column.domains.push((domain, attribute.clone()));
    if matches!(attribute.meta, Meta::Path(_)) {
        return;
    }
    let mut mistakes = Errors::default();
    let outcome = attribute.parse_nested_meta(|meta| read_option(domain, &meta, column, &mut mistakes));
    errors.join(mistakes);
    errors.keep(outcome);
}

fn read_option(
    domain: Domain,
    meta: &ParseNestedMeta<'_>,
    column: &mut Column,
    errors: &mut Errors,
) -> syn::Result<()> {
    if meta.path.is_ident("rename") {
        column.rename = Some(meta.value()?.parse()?);
    } else if meta.path.is_ident("missing") {
        let word: Ident = meta.value()?.parse()?;
        if word == "allow" {
            column.allows_missing = true;
        } else {
            errors.add(&word, format!("`{word}` is no policy for missing values; write missing = allow"));
        }
    } else if meta.path.is_ident("length") {
        column.length = Some(meta.value()?.parse()?);
    } else if meta.path.is_ident("longer") {
        let word: Ident = meta.value()?.parse()?;
        if word != "refuse" && word != "truncate" {
            let near = did_you_mean(&word.to_string(), ["refuse", "truncate"]);
            errors.add(&word, format!("`{word}` is nothing that happens to longer rows{near} write longer = truncate"));
        }
        column.longer = Some(word);
    } else if meta.path.is_ident("group") {
        column.group = meta.path.get_ident().cloned();
    } else {
        let word = meta.path.to_token_stream().to_string().replace(' ', "");
        let near = did_you_mean(&word, OPTIONS);
        let domain = domain.name();
        let message = format!(
            "`{word}` cannot stand in #[{domain}(..)]{near} it takes: rename = \"..\", missing = allow, length = 50, longer = truncate{}",
            if domain == "tag" { ", group" } else { "" }
        );
        errors.add(&meta.path, message);
        if meta.input.peek(Token![=]) {
            meta.value()?.parse::<syn::Expr>()?;
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
