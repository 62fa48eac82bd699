use syn::parse_quote;

use super::read;
use crate::errors::Errors;

fn messages(input: &syn::DeriveInput) -> Vec<String> {
    let mut errors = Errors::default();
    let refused = read(input, &mut errors).and_then(|splitter| splitter.refused);
    let mut found = errors.messages();
    found.extend(refused.map(|error| error.to_string()));
    found
}

#[test]
fn a_correct_splitter_has_no_mistakes() {
    let found = messages(&parse_quote! {
        #[splits(train, test)]
        struct EveryNth {
            /// One of so many.
            #[setting(first, at_least = 2)]
            n: usize,
            /// Together.
            #[setting(default = None)]
            group_by: Option<Name>,
        }
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_mistake_is_reported_at_once() {
    let others = (0..33).map(|number| quote::format_ident!("part_{number}"));
    let found = messages(&parse_quote! {
        #[splits(train, train, #(#others),*)]
        struct EveryNth {
            /// Together.
            #[setting(default = 1)]
            group_by: usize,
        }
    });
    assert_eq!(
        found,
        [
            "split `train` is listed twice in `EveryNth`; remove or rename one",
            "`EveryNth` has more than 33 splits, the most that fit; remove some",
            "`group_by` of `EveryNth` names a column; write group_by: Option<Name>",
        ]
    );
    let found = messages(&parse_quote! {
        struct EveryNth;
    });
    assert_eq!(found, ["`EveryNth` declares no splits; add #[splits(train, test)]"]);
}
