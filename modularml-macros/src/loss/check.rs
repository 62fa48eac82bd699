//! The rules for a loss's declaration.

use quote::ToTokens;
use syn::Ident;

use super::{Loss, ShapeRule};
use crate::errors::{Errors, did_you_mean, listed};
use crate::names::text;
use crate::settings::Kind;

/// The variants of `experiment::loss::Takes`.
pub(super) const TAKES: [&str; 9] =
    ["Output", "Logits", "Probabilities", "LogProbabilities", "Numbers", "Classes", "Labels", "Parameters", "Anything"];

/// The rule of a loss whose first input has one value a class of the second.
pub(super) const ONE_PER_CLASS: &str = "one_per_class";

/// The rule of a loss whose first input has one number for each item of a setting.
pub(super) const ONE_PER: &str = "one_per";

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
            ShapeRule::OnePer(word, setting) => one_per(loss, word, setting, errors),
            ShapeRule::Word(word) => {
                let message = if loss.inputs.iter().any(|input| input.name == *word) {
                    format!("`{word}` alone says nothing; write {word} == another input")
                } else {
                    let near = did_you_mean(&word.to_string(), [ONE_PER_CLASS, UNPAIRED, ELEMENTWISE]);
                    format!(
                        "`{word}` is no shape rule{near} write a == b, {ONE_PER_CLASS}, {ONE_PER}(a setting), {UNPAIRED} or \
                         {ELEMENTWISE}"
                    )
                };
                errors.add(word, message);
            }
        }
    }
}

/// What is counted is a list among the settings, and nothing else says how the first two inputs agree.
fn one_per(loss: &Loss, word: &Ident, setting: &Ident, errors: &mut Errors) {
    let owner = &loss.component.ident;
    if word != ONE_PER {
        errors.add(word, format!("`{word}` takes no setting; write {ONE_PER}({setting})"));
    } else if loss.inputs.len() == 1 {
        errors.add(word, format!("`{owner}` has one input; {ONE_PER} compares the first with the second"));
    } else if loss.shapes.len() > 1 + usize::from(!loss.pairs_rows()) {
        errors.add(word, format!("{ONE_PER} stands alone: it says how the first two inputs agree"));
    }
    let fields = &loss.component.fields;
    match fields.iter().find(|field| field.ident == *setting) {
        Some(field) if matches!(field.kind, Some(Kind::Shares | Kind::Sizes)) => {}
        Some(_) => errors.add(setting, format!("`{setting}` has no items to count; it must be Shares or Sizes")),
        None => {
            let names: Vec<String> = fields.iter().map(|field| text(&field.ident)).collect();
            let near = did_you_mean(&text(setting), names.iter().map(String::as_str));
            errors.add(
                setting,
                format!("`{setting}` is no setting of `{owner}`{near} write {ONE_PER}(a list among its settings)"),
            );
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
