//! `#[derive(Settings)]`: the settings of a component as a small struct with constant builder methods.

mod check;
mod expand;
mod kind;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::{Attribute, DeriveInput, Expr, Ident, Type};

use crate::declaration;
use crate::errors::Errors;

pub(crate) use expand::erased;
pub(crate) use kind::{Kind, option_of};

/// The most settings of one component, as `modularml::spec::MAX_SETTINGS`.
const MAX_SETTINGS: usize = 24;

/// A component as it was declared.
pub(crate) struct Component {
    pub(crate) ident: Ident,
    pub(crate) is_unit: bool,
    pub(crate) fields: Vec<Field>,
}

/// One setting as it was declared.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    /// The name of the setting, `r#` removed.
    pub(crate) name: String,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) ty: Type,
    /// How values are held; `None` for a type that is refused.
    pub(crate) kind: Option<Kind>,
    /// Whether the type is an `Option`.
    pub(crate) optional: bool,
    /// The constructor that takes this setting.
    pub(crate) constructor: Option<Ident>,
    pub(crate) default: Option<Expr>,
    pub(crate) low: Option<Bound>,
    pub(crate) high: Option<Bound>,
    /// What a sampler demands of the column that is named, for example `same`.
    pub(crate) condition: Option<Ident>,
}

/// One end of a range: the attribute's word and its number.
pub(crate) struct Bound {
    pub(crate) word: Ident,
    pub(crate) number: Expr,
}

impl Component {
    /// The setting of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Reads a component and records every mistake in its settings; `None` when it is no struct with named fields.
pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Component> {
    let component = parse::component(input, errors)?;
    check::all(&component, errors);
    Some(component)
}

/// Reads a component that is no sampler, and refuses what only a sampler's settings have.
pub(crate) fn plain(input: &DeriveInput, errors: &mut Errors) -> Option<Component> {
    let component = read(input, errors)?;
    for condition in component.fields.iter().filter_map(|field| field.condition.as_ref()) {
        errors.add(condition, "conditions belong to samplers, which are made by #[derive(Sampler)]; remove it");
    }
    Some(component)
}

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    declaration::derive(input, plain, expand::settings)
}
