//! A column as it is written: `pulse.cell`.

use proc_macro2::Ident;
use syn::{Expr, Member};

/// The input and the column of `pulse.cell`.
pub(super) fn column(argument: &Expr) -> Option<(&Ident, &Ident)> {
    let Expr::Field(field) = argument else { return None };
    let Member::Named(column) = &field.member else { return None };
    bare_name(&field.base).map(|input| (input, column))
}

/// The name that an argument is: of an input, or of a parameter.
pub(super) fn bare_name(argument: &Expr) -> Option<&Ident> {
    let Expr::Path(path) = argument else { return None };
    let name = path.path.get_ident()?;
    name.to_string().starts_with(char::is_lowercase).then_some(name)
}
