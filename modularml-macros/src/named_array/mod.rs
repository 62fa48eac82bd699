//! `#[derive(NamedArray)]`: a struct whose fields are of one type as an array whose positions have names.

mod expand;
mod read;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::{Attribute, DeriveInput, Ident, LitStr, Type};

use crate::declaration;

/// A struct as it was declared.
struct NamedArray {
    ident: Ident,
    fields: Vec<Field>,
    /// Whether no mistake was found.
    is_sound: bool,
}

/// A position of the array.
struct Field {
    ident: Ident,
    ty: Type,
    /// The name under which files hold its column, where that is not the field's.
    rename: Option<LitStr>,
}

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    declaration::derive(input, read::read, expand::expand)
}

impl Field {
    fn stored_as(&self) -> String {
        self.rename.as_ref().map_or_else(|| crate::names::text(&self.ident), LitStr::value)
    }
}

/// The attribute of a field.
fn attribute(attributes: &[Attribute]) -> Option<&Attribute> {
    attributes.iter().find(|attribute| attribute.path().is_ident("column"))
}
