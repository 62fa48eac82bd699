use syn::parse_quote;

use super::check::CONDITIONS;
use super::read;
use crate::errors::Errors;
use crate::tests::rule;

fn messages(input: &syn::DeriveInput) -> Vec<String> {
    let mut errors = Errors::default();
    let refused = read(input, &mut errors).and_then(|sampler| sampler.refused);
    let mut found = errors.messages();
    found.extend(refused.map(|error| error.to_string()));
    found
}

#[test]
fn a_correct_sampler_has_no_mistakes() {
    let found = messages(&parse_quote! {
        #[roles(anchor, positive)]
        #[streams(easy, hard)]
        struct Mined {
            /// Draws a batch.
            #[setting(first)]
            batch: usize,
            /// Equal.
            #[setting(default = None, condition = same)]
            same: Option<Name>,
        }
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn roles_are_required() {
    let found = messages(&parse_quote! {
        struct Mined {
            /// Draws a batch.
            #[setting(first)]
            batch: usize,
        }
    });
    assert_eq!(
        found,
        ["`Mined` declares no roles; add #[roles(anchor, positive)], or #[roles(default)] for plain batches"]
    );
}

#[test]
fn every_mistake_is_reported_at_once() {
    let found = messages(&parse_quote! {
        #[roles(anchor, anchor, all, default)]
        #[streams(easy, easy)]
        struct Mined {
            /// Where.
            #[setting(first, condition = smae)]
            path: String,
            /// Last.
            #[setting(default = 1, condition = same)]
            drop_last: usize,
        }
    });
    assert_eq!(
        found,
        [
            "setting `path: String` of `Mined` cannot be const; use an enum of the choices, or Name for a column",
            "role `anchor` is listed twice in `Mined`; remove or rename one",
            "stream `easy` is listed twice in `Mined`; remove or rename one",
            "role `all` of `Mined` is a reserved name; rename it",
            "`default` is the role of samplers with one role; rename it in `Mined`",
            "`Mined` has no batch size; add the field #[setting(first)] batch: usize",
            "`drop_last` of `Mined` says whether a short last batch is left out; write bool",
            "`smae` is no condition; did you mean `same`? write one of same, different, stratum, group, weight, length",
            "a condition names a column; write drop_last: Option<Name>",
        ]
    );
}

#[test]
fn the_documents_grammar_has_the_conditions_that_are_parsed() {
    let rule = rule("#[derive(Settings)]", "rule");
    let words: Vec<_> = CONDITIONS.iter().map(|(word, _)| format!("'{word}'")).collect();
    assert!(rule.contains(&format!("'condition' '=' ( {} )", words.join(" | "))), "{rule}");
}
