//! `choose`, which says how what may be chosen is chosen.

use proc_macro2::Ident;
use syn::Token;
use syn::parse::ParseStream;

use crate::errors::Errors;
use crate::notation::{Allowed, Component, Dotted, Scope, end_of_statement};

/// `choose GridSearch by unseen.rmse in KFold::of(3).group_by(pulse.cell);`
pub(super) struct Choose {
    pub word: Ident,
    pub search: Component,
    /// The value that decides.
    pub by: Dotted,
    /// The inner folds in which each fold chooses for itself.
    pub inner: Option<Component>,
    pub allowed: Allowed,
}

/// Reads the statement.
pub(super) fn choose(input: ParseStream<'_>, allowed: Allowed) -> syn::Result<Choose> {
    let word: Ident = input.parse()?;
    let search: Component = input.parse()?;
    let name = search.name().clone();
    let by: Option<Ident> = if input.peek(syn::Ident) { Some(input.parse()?) } else { None };
    if by.as_ref().is_none_or(|by| by != "by") {
        let found = by.as_ref().map(|by| format!(", found `{by}`")).unwrap_or_default();
        let message = format!("expected `by` and the value that decides{found}: choose {name} by PHASE.val.METRIC;");
        return Err(
            by.map_or_else(|| syn::Error::new(search.span(), &message), |by| syn::Error::new(by.span(), &message))
        );
    }
    let by: Dotted = input.parse()?;
    if by.rest.is_empty() {
        let first = &by.first;
        let message = format!(
            "name a value of `{first}`: by {first}.val.loss where it is a train phase that validates, by {first}.METRIC where \
             it is an eval phase"
        );
        return Err(syn::Error::new(first.span(), message));
    }
    let inner = if input.peek(Token![in]) {
        input.parse::<Token![in]>()?;
        Some(input.parse()?)
    } else {
        None
    };
    end_of_statement(input, &name)?;
    Ok(Choose { word, search, by, inner, allowed })
}

impl Choose {
    /// Refuses inner folds where there is not one statement of folds in which they could be, and columns of another input. Given
    /// are the inputs that folds divide, and those that are split.
    pub(super) fn refuse_inner_folds(
        &mut self,
        (folds, splits): (&[&Ident], &[&Ident]),
        scope: &Scope,
        errors: &mut Errors,
    ) {
        let Some(inner) = &self.inner else { return };
        let message = match folds {
            [only] => match inner.asks_columns_of(only, scope) {
                Ok(()) => return,
                Err(error) => {
                    errors.keep::<()>(Err(error));
                    self.inner = None;
                    return;
                }
            },
            [] => {
                let input = splits.first().map_or_else(|| "pulse".to_owned(), ToString::to_string);
                format!(
                    "inner folds choose in each fold of the experiment, and it has none; declare them: folds {input} = \
                     KFold::of(5) into train, left_out;"
                )
            }
            several => format!(
                "inner folds need exactly one statement of folds, and there are {}; keep one, or report rows outside of all folds \
                 and choose without inner folds",
                several.len()
            ),
        };
        errors.keep::<()>(Err(syn::Error::new(inner.span(), message)));
        self.inner = None;
    }
}
