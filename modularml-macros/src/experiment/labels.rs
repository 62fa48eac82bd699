//! Labels of the terms of a loss: those that are stated, and those that follow from the loss. They are the same as the ones of
//! a description that is built or read.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::terms::Term;
use crate::declaration::record;
use crate::names::text;
use crate::notation::raw;

/// The label of each term of a loss whose terms are told: one with several, or with one that has a label. The terms of any
/// other loss have none.
pub(super) fn labels(terms: &[Term]) -> Vec<Option<Ident>> {
    if terms.len() < 2 {
        return terms.iter().map(|term| term.label.clone()).collect();
    }
    let losses: Vec<String> = terms.iter().map(|term| words(&text(term.loss.component.name()))).collect();
    let mut taken: HashSet<String> = terms.iter().filter_map(|term| term.label.as_ref().map(text)).collect();
    let twice = |loss: &String| {
        let unlabelled = terms.iter().zip(&losses).filter(|(term, _)| term.label.is_none());
        unlabelled.filter(|(_, other)| *other == loss).count() > 1
    };
    let label = |(term, loss): (&Term, &String)| {
        if let Some(label) = &term.label {
            return Some(label.clone());
        }
        let base = if twice(loss) || taken.contains(loss) {
            let first = term.loss.inputs.first().map_or_else(|| "node".to_owned(), |input| text(&input.path.first));
            format!("{loss}_{first}")
        } else {
            loss.clone()
        };
        let (mut label, mut number) = (base.clone(), 2);
        while !taken.insert(label.clone()) {
            label = format!("{base}_{number}");
            number += 1;
        }
        Some(raw(&Ident::new(&label, term.loss.component.name().span())))
    };
    terms.iter().zip(&losses).map(label).collect()
}

/// The terms that are told, each with its name as a field; of two with one label, which a rule refuses, the first.
pub(super) fn told(terms: &[Term]) -> Vec<(Ident, String)> {
    let mut told: Vec<(Ident, String)> = Vec::new();
    for (label, term) in labels(terms).into_iter().zip(terms) {
        if let Some(label) = label
            && told.iter().all(|(known, _)| *known != label)
        {
            let docs = format!("`{}`, before its weight in the loss.", term.loss.component.name());
            told.push((label, docs));
        }
    }
    told
}

/// A struct of the values of terms, each of this type.
pub(super) fn terms_struct(head: &TokenStream, told: &[(Ident, String)], ty: &TokenStream) -> TokenStream {
    record(head, told.iter().map(|(label, docs)| (docs.clone(), label, ty)))
}

/// A value of it; `value` reads that of a label.
pub(super) fn terms_value(
    name: &Ident,
    told: &[(Ident, String)],
    value: impl Fn(String) -> TokenStream,
) -> TokenStream {
    let values = told.iter().map(|(label, _)| {
        let value = value(text(label));
        quote!(#label: #value)
    });
    quote!(#name { #(#values,)* })
}

/// The name of a type as words: `L2Penalty` as `l2_penalty`.
fn words(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut words = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let behind = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                *before != '_' && (!before.is_uppercase() || behind.is_some_and(|behind| behind.is_lowercase()))
            });
        if begins {
            words.push('_');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
