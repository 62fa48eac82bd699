//! Columns among the arguments of splitters and samplers: `pulse.cell`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit};

use super::conditions::{Condition, is_condition, joined_otherwise};
use super::named_column::{bare_name, column};
use super::parameters::Scope;
use crate::names::text;

/// Writes an argument with each column in it, `pulse.cell`, as a field of `names`, also inside of
/// `[Similar::to(pulse.temperature).within(5.0)]`. Columns of another input than the one that the statement is about have
/// keys with its name, `cell.year`.
pub(crate) fn columns_as_arguments(names: &TokenStream, about: &Ident) -> impl Fn(&Expr) -> TokenStream {
    let (names, about) = (names.clone(), about.clone());
    move |argument| with_columns(argument, &names, &about)
}

fn with_columns(argument: &Expr, names: &TokenStream, about: &Ident) -> TokenStream {
    if let Some((input, column)) = column(argument) {
        let own = quote!(#names.#input.#column);
        if input == about {
            return own;
        }
        let key = format!("{}.{}", text(input), text(column));
        return quote_spanned!(column.span()=> #own.keyed(#key));
    }
    let mut argument = argument.clone();
    for part in parts_of(&mut argument) {
        *part = Expr::Verbatim(with_columns(part, names, about));
    }
    argument.to_token_stream()
}

/// Refuses columns without an input, and of another one where those may not stand; a bare name is a parameter.
pub(super) fn columns_of(argument: &Expr, input: &Ident, of_others: bool, scope: &Scope) -> syn::Result<()> {
    if let Some((written, column)) = column(argument) {
        if of_others || written == input {
            return Ok(());
        }
        let message = format!("`{written}.{column}`: this statement is about `{input}`; write {input}.{column}");
        return Err(syn::Error::new_spanned(argument, message));
    }
    if let Some(name) = bare_name(argument).filter(|name| !scope.has(name)) {
        let message = format!(
            "`{name}` is no constant: a column is written {input}.{name}, and values that are known at run time go through \
             ExperimentBuilder"
        );
        return Err(syn::Error::new_spanned(name, message));
    }
    if is_condition(argument) {
        let tests = Condition::of(argument).tests().into_iter();
        return all_told(tests.map(|(_, test)| match test {
            // What a column is compared with is a value.
            Expr::MethodCall(test) if column(&test.receiver).is_some() => {
                columns_of(&test.receiver, input, of_others, scope)
            }
            other => columns_of(other, input, of_others, scope),
        }));
    }
    if let Some((at, word)) = joined_otherwise(argument) {
        let message = format!("conditions are joined by .and(..) and .or(..); write a{word}");
        return Err(syn::Error::new(at, message));
    }
    let mut argument = argument.clone();
    all_told(parts_of(&mut argument).into_iter().map(|part| columns_of(part, input, of_others, scope)))
}

/// Everything that was refused.
fn all_told(found: impl Iterator<Item = syn::Result<()>>) -> syn::Result<()> {
    let all = found.filter_map(Result::err).reduce(|mut all, error| {
        all.combine(error);
        all
    });
    all.map_or(Ok(()), Err)
}

/// Refuses a text where a setting takes a column.
pub(super) fn column_as_text(argument: &Expr, input: &Ident) -> syn::Result<()> {
    match argument {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => {
            let message = format!("a column is a path here: write {input}.{} without quotes", name.value());
            Err(syn::Error::new_spanned(name, message))
        }
        _ => Ok(()),
    }
}

/// The parts of an argument among which columns may stand.
fn parts_of(argument: &mut Expr) -> Vec<&mut Expr> {
    match argument {
        Expr::Array(array) => array.elems.iter_mut().collect(),
        Expr::Call(call) => call.args.iter_mut().collect(),
        Expr::MethodCall(call) => std::iter::once(&mut *call.receiver).chain(call.args.iter_mut()).collect(),
        Expr::Paren(inner) => vec![&mut *inner.expr],
        Expr::Reference(inner) => vec![&mut *inner.expr],
        Expr::Unary(inner) => vec![&mut *inner.expr],
        _ => Vec::new(),
    }
}
