//! Columns among the arguments of splitters and samplers: `pulse.cell`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprLit, Lit};

use super::conditions::{Condition, is_condition, joined_otherwise};
use super::named_column::{bare_name, column};
use super::parameters::Scope;

/// Writes an argument with each column in it, `pulse.cell`, as a field of `names`, also inside of
/// `[Similar::to(pulse.temperature).within(5.0)]`.
pub(crate) fn columns_as_arguments(names: &TokenStream) -> impl Fn(&Expr) -> TokenStream {
    let names = names.clone();
    move |argument| with_columns(argument, &names)
}

fn with_columns(argument: &Expr, names: &TokenStream) -> TokenStream {
    if let Some((input, column)) = column(argument) {
        return quote!(#names.#input.#column);
    }
    let mut argument = argument.clone();
    for part in parts_of(&mut argument) {
        *part = Expr::Verbatim(with_columns(part, names));
    }
    argument.to_token_stream()
}

/// Refuses columns without an input or of another one; a bare name is a parameter.
pub(super) fn columns_of(argument: &Expr, input: &Ident, scope: &Scope) -> syn::Result<()> {
    if let Some((written, column)) = column(argument) {
        if written == input {
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
            Expr::MethodCall(test) if column(&test.receiver).is_some() => columns_of(&test.receiver, input, scope),
            other => columns_of(other, input, scope),
        }));
    }
    if let Some((at, word)) = joined_otherwise(argument) {
        let message = format!("conditions are joined by .and(..) and .or(..); write a{word}");
        return Err(syn::Error::new(at, message));
    }
    let mut argument = argument.clone();
    all_told(parts_of(&mut argument).into_iter().map(|part| columns_of(part, input, scope)))
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
