//! Lists of values, one a split: `splits(train: ["a1", "a2"], test: "b7")`.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, UnOp};

/// The values of a list; a value alone is a list of one.
fn values(list: &Expr) -> Vec<&Expr> {
    match list {
        Expr::Array(list) => list.elems.iter().collect(),
        one => vec![one],
    }
}

/// Refuses what is no list of texts or whole numbers.
pub(super) fn check_list(list: &Expr) -> syn::Result<()> {
    let wrong = values(list).into_iter().find(|value| literal(value).is_none());
    wrong.map_or(Ok(()), |value| {
        let message = "the values of a split are texts or whole numbers, one or a list of them: train: [\"a1\", \"a2\"]; \
                       conditions stand in ByCondition::splits(..)";
        Err(syn::Error::new_spanned(value, message))
    })
}

/// The list as a constant expression.
pub(super) fn list_of_literals(list: &Expr) -> TokenStream {
    let literals = values(list).into_iter().filter_map(literal);
    quote_spanned!(list.span()=> &[#(#literals),*] as &[::modularml::data::Literal<'static>])
}

/// A text or a whole number as a literal.
fn literal(value: &Expr) -> Option<TokenStream> {
    let kind = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => "Text",
        // Beyond the signed numbers there are those of `u64`.
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.base10_parse::<i64>().is_err() => "Uint",
        Expr::Lit(ExprLit { lit: Lit::Int(_), .. }) => "Int",
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match &*unary.expr {
            Expr::Lit(ExprLit { lit: Lit::Int(_), .. }) => "Int",
            _ => return None,
        },
        _ => return None,
    };
    let kind = syn::Ident::new(kind, value.span());
    Some(quote_spanned!(value.span()=> ::modularml::data::Literal::#kind(#value)))
}
