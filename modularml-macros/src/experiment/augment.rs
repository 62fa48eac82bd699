//! `augment`, which says how a column is varied in training.

use proc_macro2::Ident;
use syn::parse::{Parse as _, ParseStream};

use crate::notation::{Component, Dotted, end_of_statement, expect_equals, expect_word, one_or_list};

/// `augment pulse.voltage = [Noise::deviation(0.01), Scaling::by(0.1)];`
pub(super) struct Augment {
    pub column: Dotted,
    pub augmenters: Vec<Component>,
}

/// Reads the statement; `inputs` are those that are split so far.
pub(super) fn augment(input: ParseStream<'_>, inputs: &[Ident]) -> syn::Result<Augment> {
    input.parse::<Ident>()?;
    let column: Dotted = input.parse()?;
    if column.rest.len() != 1 {
        let instead = match column.rest.first() {
            Some(second) => format!("{}.{second}", column.first),
            None if inputs.is_empty() || inputs.contains(&column.first) => format!("{}.<column>", column.first),
            None => format!("{}.{}", inputs[0], column.first),
        };
        let message = format!("what is augmented is one column of an input; write augment {instead} = ..");
        return Err(syn::Error::new(column.first.span(), message));
    }
    let name = &column.rest[0];
    expect_equals(input, name)?;
    let augmenters = one_or_list(input, Component::parse)?;
    if augmenters.is_empty() {
        return Err(syn::Error::new(name.span(), "the list of what varies the column is empty; remove the statement"));
    }
    if let Ok(word) = expect_word(&input.fork(), &["fitted"], "") {
        let message = "augmentation learns nothing from rows, and stands in train phases alone; remove `fitted on ..`";
        return Err(syn::Error::new(word.span(), message));
    }
    end_of_statement(input, name)?;
    Ok(Augment { column, augmenters })
}
