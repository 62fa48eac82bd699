//! `model_graph!`: nodes, and what each reads and predicts.
//!
//! Only what the tokens alone show is refused here; wiring, shapes and the rest are rules of the runtime crate, called
//! in constant items at the user's tokens.

mod checks;
mod description;
mod documentation;
mod expand;
mod parametrised;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::declaration::unreadable;

pub(crate) fn model_graph(input: TokenStream) -> TokenStream {
    match syn::parse2::<parse::Graph>(input.clone()) {
        Ok(graph) => expand::expand(graph),
        Err(error) => unreadable(input, "graph", &["Names", "Data", "Row", "Outputs", "Parameters"], &error),
    }
}
