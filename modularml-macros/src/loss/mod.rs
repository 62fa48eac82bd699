//! `#[derive(Loss)]`: a loss from its declared inputs and its formula.

mod check;
mod expand;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, Path, Visibility};

use crate::declaration;
use crate::errors::Errors;
use crate::settings::{self, Component};

/// A loss as it was declared.
struct Loss {
    component: Component,
    vis: Visibility,
    inputs: Vec<Input>,
    /// Why there are no inputs. It is reported in the place of their type, so that no use of them is an error too.
    refused: Option<syn::Error>,
    shapes: Vec<ShapeRule>,
}

/// `anchor: Output`
struct Input {
    name: Ident,
    takes: Option<Path>,
}

/// One rule of `#[shape(..)]`.
enum ShapeRule {
    /// `a == b == c`
    Equal(Vec<Ident>),
    /// `one_per_class`, `unpaired` or `elementwise`, or a misspelling of them.
    Word(Ident),
    /// `one_per(levels)`: the word, and the setting whose items are counted.
    OnePer(Ident, Ident),
}

impl Loss {
    /// Whether rows of the inputs belong together one by one.
    fn pairs_rows(&self) -> bool {
        !self.says(check::UNPAIRED)
    }

    /// Whether the loss of a row is the mean over its numbers, each computed by itself.
    fn is_elementwise(&self) -> bool {
        self.says(check::ELEMENTWISE)
    }

    fn says(&self, rule: &str) -> bool {
        self.shapes.iter().any(|said| matches!(said, ShapeRule::Word(word) if word == rule))
    }
}

fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Loss> {
    let component = settings::plain(input, errors)?;
    let loss = parse::loss(input, component, errors);
    check::all(&loss, errors);
    Some(loss)
}

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    declaration::derive(input, read, expand::expand)
}
