//! The rules for a sampler's declaration.

use proc_macro2::Span;
use syn::{Ident, parse_quote};

use super::Sampler;
use crate::errors::{Errors, did_you_mean, listed};
use crate::names::text;
use crate::settings::{Bound, Component, Kind};

/// Names with a meaning of their own where roles are written.
const RESERVED: [&str; 4] = ["all", "features", "targets", "tags"];

/// What a setting may demand of the column that it names, each with its variant of `process::Comparison`.
pub(super) const CONDITIONS: [(&str, &str); 6] = [
    ("same", "Same"),
    ("different", "Different"),
    ("stratum", "Stratum"),
    ("group", "Group"),
    ("weight", "Weight"),
    ("length", "Length"),
];

pub(super) fn all(sampler: &Sampler, errors: &mut Errors) {
    let owner = &sampler.component.ident;
    for role in &sampler.roles {
        let name = text(role);
        if RESERVED.contains(&name.as_str()) {
            errors.add(role, format!("role `{name}` of `{owner}` is a reserved name; rename it"));
        } else if name == "default" && sampler.roles.len() > 1 {
            errors.add(role, format!("`default` is the role of samplers with one role; rename it in `{owner}`"));
        }
    }
    check_batch(&sampler.component, errors);
    check_conditions(&sampler.component, errors);
}

fn check_batch(component: &Component, errors: &mut Errors) {
    let owner = &component.ident;
    match component.field("batch") {
        None => {
            let message = format!("`{owner}` has no batch size; add the field #[setting(first)] batch: usize");
            errors.add(owner, message);
        }
        Some(batch) if batch.kind != Some(Kind::Size) || batch.optional => {
            errors.add(&batch.ty, format!("`batch` of `{owner}` counts draws; write batch: usize"));
        }
        Some(_) => {}
    }
    if let Some(drop_last) = component.field("drop_last").filter(|field| field.kind != Some(Kind::Bool)) {
        let message = format!("`drop_last` of `{owner}` says whether a short last batch is left out; write bool");
        errors.add(&drop_last.ty, message);
    }
}

fn check_conditions(component: &Component, errors: &mut Errors) {
    for field in &component.fields {
        let Some(condition) = &field.condition else { continue };
        if comparison(condition).is_none() {
            let words = || CONDITIONS.iter().map(|(word, _)| *word);
            let near = did_you_mean(&text(condition), words());
            errors.add(condition, format!("`{condition}` is no condition{near} write one of {}", listed(words())));
        }
        if field.kind.is_some_and(|kind| kind != Kind::Column) {
            let message = format!("a condition names a column; write {}: Option<Name>", field.name);
            errors.add(&field.ty, message);
        }
    }
}

/// The variant of `process::Comparison`.
pub(super) fn comparison(condition: &Ident) -> Option<Ident> {
    let (_, variant) = CONDITIONS.iter().find(|(word, _)| condition == word)?;
    Some(Ident::new(variant, Span::call_site()))
}

/// A batch has at least one draw, unless the declaration asks for more.
pub(super) fn require_a_row(component: &mut Component) {
    let batch = component.fields.iter_mut().find(|field| field.name == "batch" && field.kind == Some(Kind::Size));
    if let Some(batch) = batch {
        let one = || Bound { word: Ident::new("at_least", Span::call_site()), number: parse_quote!(1) };
        batch.low.get_or_insert_with(one);
    }
}
