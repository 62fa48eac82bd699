//! `experiment!`: splits, scaling, and phases over one graph.
//!
//! Only what the tokens alone show is refused here; everything else is a rule of the runtime crate, called in constant
//! items at the user's tokens.

mod augment;
mod choose;
mod evaluation;
mod expand;
mod expand_augment;
mod expand_choose;
mod expand_phase;
mod folds;
mod handles;
mod keys;
mod labels;
mod parametrised;
mod parse;
mod phase;
mod results;
mod settings;
mod study;
mod terms;
#[cfg(test)]
mod tests;
mod told;
mod unread;
mod validated;
mod vary;
mod weigh;

use proc_macro2::TokenStream;

use crate::declaration::unreadable;

pub(crate) fn experiment(input: TokenStream) -> TokenStream {
    match syn::parse2::<parse::Experiment>(input.clone()) {
        Ok(experiment) => expand::expand(experiment),
        Err(error) => unreadable(input, "experiment", &["Results", "Splits", "Phases", "Parameters"], &error),
    }
}
