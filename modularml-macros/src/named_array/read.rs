//! From tokens to [`NamedArray`], and what can be told of them.

use quote::ToTokens as _;
use syn::{Data, DataStruct, DeriveInput, Fields, LitStr, Type};

use super::{Field, NamedArray, attribute};
use crate::declaration;
use crate::errors::Errors;
use crate::settings::option_of;

pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<NamedArray> {
    let ident = &input.ident;
    if let Some(parameter) = input.generics.params.first() {
        errors.add(parameter, format!("NamedArray needs a struct without generics; write the type of `{ident}` out"));
        return None;
    }
    let fields = match &input.data {
        Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) if !fields.named.is_empty() => &fields.named,
        _ => {
            let message = format!("NamedArray needs a struct with named fields, one a position; `{ident}` has none");
            errors.add(ident, message);
            return Some(NamedArray { ident: ident.clone(), fields: Vec::new(), is_sound: false });
        }
    };
    let mut read: Vec<Field> = Vec::new();
    for field in fields {
        let Some(name) = &field.ident else { continue };
        let mut rename: Option<LitStr> = None;
        if let Some(attribute) = attribute(&field.attrs) {
            declaration::words(attribute, errors, |meta, errors| {
                if meta.path.is_ident("rename") {
                    rename = Some(meta.value()?.parse()?);
                    return Ok(());
                }
                declaration::unknown_word(meta, "column", ["rename"], "rename = \"..\"", errors)
            });
        }
        let field = Field { ident: name.clone(), ty: field.ty.clone(), rename };
        check(&field, &read, errors);
        read.push(field);
    }
    Some(NamedArray { ident: ident.clone(), fields: read, is_sound: errors.is_empty() })
}

/// Its type is that of the fields before it, and its name its own.
fn check(field: &Field, before: &[Field], errors: &mut Errors) {
    let key = &field.ident;
    if let Some(inner) = option_of(&field.ty) {
        let message = format!(
            "`{key}` is an Option; write {}, NaN where it is missing, and (missing = allow) at the column of the array",
            inner.to_token_stream()
        );
        errors.add(&field.ty, message);
        return;
    }
    if !may_be_element(&field.ty) {
        let found = field.ty.to_token_stream();
        let message =
            format!("`{key}` is {found}; a position holds a number, bool or Class, make `{key}` a column of its own");
        errors.add(&field.ty, message);
        return;
    }
    let Some(first) = before.iter().find(|first| may_be_element(&first.ty) && option_of(&first.ty).is_none()) else {
        return;
    };
    let [found, expected] = [&field.ty, &first.ty].map(|ty| ty.to_token_stream().to_string());
    if found != expected {
        let message = format!(
            "`{key}` is {found}, and `{}` is {expected}; an array holds one type: make them alike, or `{key}` a column of \
             its own",
            first.ident
        );
        errors.add(&field.ty, message);
    }
    let stored_as = field.stored_as();
    if let Some(other) = before.iter().find(|other| other.stored_as() == stored_as) {
        let message =
            format!("`{}` and `{key}` are both stored as column `{stored_as}`; give one another name", other.ident);
        match &field.rename {
            Some(rename) => errors.add(rename, message),
            None => errors.add(key, message),
        }
    }
}

/// Types of columns of which there are no arrays.
const NO_ELEMENTS: [&str; 7] = ["String", "Vec", "Decimal", "Timestamp", "Date", "TimeOfDay", "TimeDelta"];

/// Whether arrays may be of a type: aliases are left to rustc.
fn may_be_element(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| NO_ELEMENTS.iter().all(|other| last.ident != other))
}
