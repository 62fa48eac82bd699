//! Terms of a loss, and the labels by which their values are told apart.

use std::collections::HashSet;

use serde::{Deserialize, Deserializer, Serialize};

use super::loss::LossSpec;
use super::operand::Operand;
use super::real;
use crate::text::{List, Name, Names, intern, interned, same};

/// `recon: weight * Loss(inputs)`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermSpec {
    /// What its value is called among results. Of a loss with several terms each has one, also where none is stated; a loss
    /// with one term that has none is told as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "interned")]
    pub label: Option<Name>,
    /// The weight.
    #[serde(default = "whole", with = "real")]
    pub weight: f64,
    /// The loss.
    pub loss: LossSpec,
    /// Its inputs in order.
    pub inputs: List<Operand>,
}

/// The weight of a loss, where none is said.
const fn whole() -> f64 {
    1.0
}

/// What stands before the label in the name of a measured value: `terms.recon`.
const PREFIX: &[u8] = b"terms.";

/// The name of the values of terms among results, which no metric beside them has.
pub(crate) const TERMS: Name = "terms";

/// The label in the name of a measured value, `recon` of `terms.recon`; none where it is not that of a term.
pub(crate) const fn label_in(name: &str) -> Option<&str> {
    let (bytes, mut i) = (name.as_bytes(), 0);
    while i < PREFIX.len() {
        if i >= bytes.len() || bytes[i] != PREFIX[i] {
            return None;
        }
        i += 1;
    }
    Some(name.split_at(PREFIX.len()).1)
}

/// The name of the measured value of a term.
pub(crate) fn name_of(label: &str) -> Name {
    intern(&format!("{TERMS}.{label}"))
}

/// Whether a term of these has a label.
pub(crate) const fn has_label(terms: &[TermSpec], label: &str) -> bool {
    let mut i = 0;
    while i < terms.len() {
        if let Some(known) = terms[i].label
            && same(known, label)
        {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether the values of terms are told beside their sum.
pub(crate) const fn are_told(terms: &[TermSpec]) -> bool {
    terms.len() > 1 || (!terms.is_empty() && terms[0].label.is_some())
}

/// The labels of terms, for messages.
pub(crate) const fn labels(terms: &[TermSpec]) -> Names {
    let (mut names, mut i) = (Names::NONE, 0);
    while i < terms.len() {
        if let Some(label) = terms[i].label {
            names = names.with(label);
        }
        i += 1;
    }
    names
}

/// Reads the terms of a loss, and labels them as [`with_labels`] does; for `deserialize_with`.
pub(super) fn labelled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<List<TermSpec>, D::Error> {
    Vec::deserialize(deserializer).map(|terms| with_labels(terms).into())
}

/// Labels the terms of a loss with several of them, where they have no labels: by the loss, `l2_penalty`; where that is not
/// unique by what it reads first, `mse_soh`; and else by a number as well, `mse_soh_2`.
pub(crate) fn with_labels(mut terms: Vec<TermSpec>) -> Vec<TermSpec> {
    if terms.len() < 2 {
        return terms;
    }
    let losses: Vec<String> = terms.iter().map(|term| words(term.loss.name)).collect();
    let mut taken: HashSet<String> = terms.iter().filter_map(|term| term.label.map(str::to_owned)).collect();
    let is_unlabelled: Vec<bool> = terms.iter().map(|term| term.label.is_none()).collect();
    let twice = |loss: &String| {
        losses.iter().zip(&is_unlabelled).filter(|(other, is_unlabelled)| **is_unlabelled && *other == loss).count() > 1
    };
    for (term, loss) in terms.iter_mut().zip(&losses).filter(|(term, _)| term.label.is_none()) {
        let first = term.inputs.items().first().and_then(|input| input.path.items().first().copied());
        let base = if twice(loss) || taken.contains(loss) {
            format!("{loss}_{}", first.unwrap_or("node"))
        } else {
            loss.clone()
        };
        let mut label = base.clone();
        let mut number = 2;
        while !taken.insert(label.clone()) {
            label = format!("{base}_{number}");
            number += 1;
        }
        term.label = Some(intern(&label));
    }
    terms
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_losses_are_words() {
        for (name, expected) in [
            ("Mse", "mse"),
            ("L2Penalty", "l2_penalty"),
            ("BceWithLogits", "bce_with_logits"),
            ("MSELoss", "mse_loss"),
            ("WIDE_LOSS", "wide_loss"),
            ("Ähnlich", "ähnlich"),
            ("", ""),
        ] {
            assert_eq!(words(name), expected);
        }
    }

    #[test]
    fn the_label_of_a_name_stands_behind_terms() {
        assert_eq!(label_in("terms.recon"), Some("recon"));
        assert_eq!(label_in("terms."), Some(""));
        for name in ["terms", "loss", "", "rmse", "term.recon"] {
            assert_eq!(label_in(name), None, "{name}");
        }
    }
}
