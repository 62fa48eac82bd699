//! From the name of a column, as a person writes it, to its description.

use super::{ColumnSpec, Domain, Representation, SchemaSpec, names};
use crate::{Error, Result};

/// The column that a reference, `key` or `domain.key`, stands for: the one place where names become columns.
///
/// A key is in one domain only, so a reference is never ambiguous. Which representation is meant is never part of it:
/// functions that read values take a [`Representation`].
pub(super) fn resolve(schema: &SchemaSpec, whole: &SchemaSpec, reference: &str) -> Result<&'static ColumnSpec> {
    if let Some(spec) = schema.column(reference) {
        return Ok(spec);
    }
    let (domain, key) = match reference.split_once('.') {
        Some((prefix, key)) => (Domain::ALL.into_iter().find(|domain| domain.prefix() == prefix), key),
        None => (None, reference),
    };
    if let Some(spec) = schema.column(key).filter(|spec| Some(spec.domain) == domain) {
        return Ok(spec);
    }
    let problem = unknown(schema, whole, reference);
    Err(Error::Unknown { what: "column", name: reference.to_owned(), problem })
}

fn unknown(schema: &SchemaSpec, whole: &SchemaSpec, reference: &str) -> String {
    let without_form = [Representation::Raw, Representation::Transformed]
        .into_iter()
        .find_map(|form| Some((reference.strip_suffix(names::form(form))?.strip_suffix('.')?, form)));
    if let Some((column, form)) = without_form {
        return format!("`{reference}` names a representation; ask for `{column}` with Representation::{form:?}");
    }
    let key = reference.rsplit_once('.').map_or(reference, |(_, key)| key);
    if let Some(spec) = schema.column(key) {
        return format!(
            "no column `{reference}`: `{key}` is in `{}`; name it `{}`",
            spec.domain.prefix(),
            qualified(spec)
        );
    }
    if whole.column(key).is_some() {
        return format!(
            "column `{key}` of `{}` was left out by select(..); add it there, or bring all back by with_all_columns()",
            whole.name
        );
    }
    let keys: Vec<&str> = schema.columns.iter().map(|spec| spec.key).collect();
    let near = crate::text::nearest(key, &keys).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    format!("no column `{reference}` in `{}`; {near}columns: {}", schema.name, keys.join(", "))
}

/// The column with its domain: `targets.soh`.
pub(super) fn qualified(spec: &ColumnSpec) -> String {
    format!("{}.{}", spec.domain.prefix(), spec.key)
}
