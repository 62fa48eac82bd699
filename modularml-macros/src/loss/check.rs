//! The rules for a loss's declaration.

use quote::ToTokens;
use syn::Ident;

use super::{Loss, ShapeRule};
use crate::errors::{Errors, did_you_mean, listed};
use crate::names::text;

/// The variants of `experiment::loss::Takes`.
pub(super) const TAKES: [&str; 9] =
    ["Output", "Logits", "Probabilities", "LogProbabilities", "Numbers", "Classes", "Labels", "Parameters", "Anything"];

/// The rule of a loss whose first input has one value a class of the second.
pub(super) const ONE_PER_CLASS: &str = "one_per_class";

/// The rule of a loss that compares its inputs as sets of rows.
pub(super) const UNPAIRED: &str = "unpaired";

/// The rule of a loss that is the mean over the numbers of a row, each computed by itself.
pub(super) const ELEMENTWISE: &str = "elementwise";

pub(super) fn all(loss: &Loss, errors: &mut Errors) {
    let owner = &loss.component.ident;
    for input in &loss.inputs {
        let Some(path) = &input.takes else { continue };
        if !path.get_ident().is_some_and(|takes| TAKES.contains(&takes.to_string().as_str())) {
            let takes = path.to_token_stream().to_string();
            let near = did_you_mean(&takes, TAKES);
            let message = format!("an input cannot take `{takes}`{near} it takes one of: {}", listed(TAKES));
            errors.add(path, message);
        }
    }
    for rule in &loss.shapes {
        match rule {
            ShapeRule::Equal(names) => names.iter().for_each(|name| check_input(loss, name, errors)),
            ShapeRule::Word(word) if word == UNPAIRED => {
                if loss.inputs.len() == 1 {
                    errors.add(word, format!("`{owner}` has one input, whose rows need no others; remove {UNPAIRED}"));
                }
            }
            ShapeRule::Word(word) if word == ELEMENTWISE => {
                let has_equal = loss.shapes.iter().any(|rule| matches!(rule, ShapeRule::Equal(_)));
                if loss.inputs.len() > 1 && !has_equal {
                    errors.add(word, "elementwise compares numbers one by one, so shapes are equal; write a == b too");
                }
            }
            ShapeRule::Word(word) if word == ONE_PER_CLASS => {
                if loss.inputs.len() == 1 {
                    let message = format!("`{owner}` has one input; one_per_class compares the first with the second");
                    errors.add(word, message);
                }
                if loss.shapes.len() > 1 + usize::from(!loss.pairs_rows()) {
                    errors.add(word, "one_per_class stands alone: it says how the first two inputs agree");
                }
            }
            ShapeRule::Word(word) => {
                let message = if loss.inputs.iter().any(|input| input.name == *word) {
                    format!("`{word}` alone says nothing; write {word} == another input")
                } else {
                    let near = did_you_mean(&word.to_string(), [ONE_PER_CLASS, UNPAIRED, ELEMENTWISE]);
                    format!(
                        "`{word}` is no shape rule{near} write a == b, {ONE_PER_CLASS}, {UNPAIRED} or {ELEMENTWISE}"
                    )
                };
                errors.add(word, message);
            }
        }
    }
}

fn check_input(loss: &Loss, name: &Ident, errors: &mut Errors) {
    if loss.inputs.is_empty() || loss.inputs.iter().any(|input| input.name == *name) {
        return;
    }
    let inputs: Vec<String> = loss.inputs.iter().map(|input| text(&input.name)).collect();
    let near = did_you_mean(&text(name), inputs.iter().map(String::as_str));
    let message = format!("`{name}` is no input of `{}`{near} inputs: {}", loss.component.ident, listed(&inputs));
    errors.add(name, message);
}
