//! Mistakes in what the user wrote: collected, never stopping at the first, and reported together.

#[cfg(test)]
mod tests;

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// All mistakes of one macro call.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<syn::Error>,
}

impl Errors {
    /// Records a mistake at the tokens that are wrong.
    pub(crate) fn add(&mut self, at: impl ToTokens, message: impl Display) {
        self.found.push(syn::Error::new_spanned(at, message));
    }

    /// Takes the value, or records why there is none.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.found.push(error)).ok()
    }

    /// Records why there is no value; where that is told a second time, in the place of a type, rustc tells it once.
    pub(crate) fn told(&mut self, error: syn::Error) -> syn::Error {
        self.found.push(error.clone());
        error
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// One `compile_error!` a mistake; nothing when there is none.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.found.into_iter().map(syn::Error::into_compile_error).collect()
    }

    /// The messages in the order in which they were found.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.found.iter().map(ToString::to_string).collect()
    }
}

/// ``; did you mean `near`?`` when one of the names is close to the wrong one, else `;`. More words follow.
pub(crate) fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| (distance(&wrong.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(edits, name)| *edits <= wrong.len() / 3 + 1 && *edits < name.len())
        .min_by_key(|(edits, _)| *edits)
        .map_or_else(|| ";".to_owned(), |(_, name)| format!("; did you mean `{name}`?"))
}

/// Whether a name is a likely misspelling of another.
pub(crate) fn is_near(wrong: &str, name: &str) -> bool {
    distance(wrong, name) <= name.len() / 3
}

/// Names separated by commas.
pub(crate) fn listed<I: IntoIterator<Item: Display>>(names: I) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}

/// The Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (pair, other) in row.windows(2).zip(&b) {
            let &[diagonal, above] = pair else { continue };
            left = (diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
