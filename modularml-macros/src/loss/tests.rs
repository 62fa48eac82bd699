use syn::parse_quote;

use super::check::TAKES;
use super::read;
use crate::errors::Errors;
use crate::tests::{assert_documented, keywords};

fn messages(input: &syn::DeriveInput) -> Vec<String> {
    let mut errors = Errors::default();
    read(input, &mut errors);
    errors.messages()
}

#[test]
fn a_correct_loss_has_no_mistakes() {
    let found = messages(&parse_quote! {
        #[inputs(anchor: Output, positive, negative: Numbers)]
        #[shape(anchor == positive == negative)]
        struct Triplet;
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_mistake_is_reported_at_once() {
    let found = messages(&parse_quote! {
        #[inputs(pred: Outptu, target, target)]
        #[shape(pred == targte, one_per_clas, pred)]
        struct Mix;
    });
    assert_eq!(
        found,
        [
            "input `target` is listed twice in `Mix`; rename one",
            "an input cannot take `Outptu`; did you mean `Output`? it takes one of: Output, Logits, Probabilities, \
             LogProbabilities, Numbers, Classes, Labels, Parameters, Anything",
            "`targte` is no input of `Mix`; did you mean `target`? inputs: pred, target",
            "`one_per_clas` is no shape rule; did you mean `one_per_class`? write a == b, one_per_class, one_per(a setting), \
             unpaired or elementwise",
            "`pred` alone says nothing; write pred == another input",
        ]
    );
}

#[test]
fn one_input_is_paired_with_nothing() {
    let found = messages(&parse_quote! {
        #[inputs(prediction: Output)]
        #[shape(unpaired)]
        struct Energy;
    });
    assert_eq!(found, ["`Energy` has one input, whose rows need no others; remove unpaired"]);
}

#[test]
fn what_is_counted_is_a_list_among_the_settings() {
    let mistakes = |shape: proc_macro2::TokenStream| {
        messages(&parse_quote! {
            #[inputs(prediction: Output, target: Numbers)]
            #[shape(#shape)]
            struct Bands {
                /// The levels.
                #[setting(first)]
                levels: Shares,
                /// The scale.
                #[setting(default = 1.0)]
                scale: f64,
            }
        })
    };
    assert_eq!(mistakes(quote::quote!(one_per(levels))), Vec::<String>::new());
    assert_eq!(
        mistakes(quote::quote!(one_per(level))),
        ["`level` is no setting of `Bands`; did you mean `levels`? write one_per(a list among its settings)"]
    );
    assert_eq!(mistakes(quote::quote!(one_per(scale))), ["`scale` has no items to count; it must be Shares or Sizes"]);
    assert_eq!(
        mistakes(quote::quote!(one_per_class(levels))),
        ["`one_per_class` takes no setting; write one_per(levels)"]
    );
    assert_eq!(
        mistakes(quote::quote!(one_per(levels), prediction == target)),
        ["one_per stands alone: it says how the first two inputs agree"]
    );
}

#[test]
fn the_documents_grammar_has_the_words_that_are_parsed() {
    assert_documented("#[derive(Loss)]", "takes", &TAKES);
    assert_eq!(
        keywords("#[derive(Loss)]", "agreement"),
        ["NAME", "one_per_class", "one_per", "unpaired", "elementwise"]
    );
}
