//! The rules for settings. Each mistake is recorded at its token; none hides another.

use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

use super::kind::instead_of;
use super::{Bound, Component, Field, Kind, MAX_SETTINGS};
use crate::errors::Errors;

/// Methods that the derives generate beside those named after the settings.
const RESERVED: [&str; 6] = ["settings", "from_settings", "with_defaults", "new", "default", "spec"];

pub(super) fn all(component: &Component, errors: &mut Errors) {
    for field in &component.fields {
        check_type(component, field, errors);
        check_default(component, field, errors);
        check_range(field, errors);
        if field.docs.is_empty() {
            let message = format!(
                "setting `{}` has no documentation; write a `///` line, which users read at its method",
                field.name
            );
            errors.add(&field.ident, message);
        }
        if RESERVED.contains(&field.name.as_str()) {
            errors
                .add(&field.ident, format!("`{0}` is the name of a generated method; rename the setting", field.name));
        }
    }
    for second in component.fields.iter().filter(|field| field.constructor.is_some()).skip(1) {
        let message = format!("`{}` has one constructor already; give `{}` a default", component.ident, second.name);
        errors.add(&second.ident, message);
    }
    if let Some(extra) = component.fields.get(MAX_SETTINGS) {
        let message =
            format!("`{}` has more than {MAX_SETTINGS} settings, the most that fit; remove some", component.ident);
        errors.add(&extra.ident, message);
    }
}

fn check_type(component: &Component, field: &Field, errors: &mut Errors) {
    let ty = field.ty.to_token_stream().to_string().replace(' ', "");
    match field.kind {
        None => {
            let (owner, name, instead) = (&component.ident, &field.name, instead_of(&field.ty));
            errors.add(&field.ty, format!("setting `{name}: {ty}` of `{owner}` cannot be const; use {instead}"));
        }
        Some(Kind::Bool | Kind::Shares | Kind::Conditions | Kind::Texts | Kind::Lists | Kind::Similarities)
            if field.optional =>
        {
            errors.add(&field.ty, format!("setting `{}` needs no Option; write {ty}", field.name));
        }
        Some(Kind::Bool) if field.constructor.is_some() => {
            let message = "a bool takes no argument, so it cannot be the constructor; remove `first`";
            errors.add(&field.ident, message);
        }
        Some(_) => {}
    }
}

fn check_default(component: &Component, field: &Field, errors: &mut Errors) {
    let name = &field.name;
    match (&field.constructor, &field.default) {
        (None, None) if field.optional => {
            errors.add(&field.ident, format!("setting `{name}` has no default; add `default = None`"));
        }
        (None, None) => {
            let has_first = component.fields.iter().any(|field| field.constructor.is_some());
            let or = if has_first { "" } else { ", or `first` to make it the constructor" };
            errors.add(&field.ident, format!("setting `{name}` has no default; add `default = ..`{or}"));
        }
        (None, Some(Expr::Lit(ExprLit { lit: Lit::Bool(on), .. }))) if field.kind == Some(Kind::Bool) && on.value => {
            let message =
                "turns the setting on, so it must be off by default; name it by its opposite, default = false";
            errors.add(on, format!("`.{name}()` {message}"));
        }
        _ => {}
    }
}

fn check_range(field: &Field, errors: &mut Errors) {
    if field.kind.is_none_or(Kind::is_ranged) {
        return;
    }
    for Bound { word, .. } in [&field.low, &field.high].into_iter().flatten() {
        errors.add(word, format!("only numbers and sizes have a range; remove `{word}` from `{}`", field.name));
    }
}
