//! What rows weigh.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use crate::notation::{Dotted, end_of_statement, expect_word};

/// `weigh pulse by pulse.weight;`
pub(super) struct Weight {
    pub input: Ident,
    pub column: Ident,
}

/// Reads that statement.
pub(super) fn weight(input: ParseStream<'_>) -> syn::Result<Weight> {
    input.parse::<Ident>()?;
    let Dotted { first, rest } = input.parse()?;
    if let Some(column) = rest.first() {
        let message = format!("what is weighed are the rows of an input; write weigh {first} by {first}.{column};");
        return Err(syn::Error::new(first.span(), message));
    }
    let by = format!("say which column holds the weights: weigh {first} by {first}.<column>;");
    if expect_word(input, &["by"], "").is_err() {
        return Err(syn::Error::new(first.span(), by));
    }
    let Dotted { first: of, rest } = input.parse()?;
    match rest.as_slice() {
        [column] if of == first => {
            end_of_statement(input, column)?;
            Ok(Weight { input: first, column: column.clone() })
        }
        [column] => {
            let message =
                format!("rows weigh what a column of their own says, and `{of}.{column}` is of another input; {by}");
            Err(syn::Error::new(of.span(), message))
        }
        _ => Err(syn::Error::new(of.span(), by)),
    }
}
