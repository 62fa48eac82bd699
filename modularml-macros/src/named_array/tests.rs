use syn::parse_quote;

use super::read::read;
use crate::errors::Errors;

fn messages(input: &syn::DeriveInput) -> Vec<String> {
    let mut errors = Errors::default();
    read(input, &mut errors);
    errors.messages()
}

#[test]
fn a_correct_array_has_no_mistakes() {
    let found = messages(&parse_quote! {
        struct Signals {
            /// Volts.
            voltage: f32,
            #[column(rename = "I (A)")]
            current: f32,
        }
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_mistake_is_reported_at_once() {
    let found = messages(&parse_quote! {
        struct Signals {
            voltage: f32,
            current: f64,
            #[column(renam = "voltage")]
            charge: f32,
            #[column(rename = "voltage")]
            other: f32,
            missing: Option<f32>,
        }
    });
    assert_eq!(
        found,
        [
            "`current` is f64, and `voltage` is f32; an array holds one type: make them alike, or `current` a column of its own",
            "`renam` cannot stand in #[column(..)]; did you mean `rename`? it takes: rename = \"..\"",
            "`voltage` and `other` are both stored as column `voltage`; give one another name",
            "`missing` is an Option; write f32, NaN where it is missing, and (missing = allow) at the column of the array",
        ]
    );
    let found = messages(&parse_quote!(
        struct Signals;
    ));
    assert_eq!(found, ["NamedArray needs a struct with named fields, one a position; `Signals` has none"]);
    let found = messages(&parse_quote!(
        struct Signals<T> {
            voltage: T,
        }
    ));
    assert_eq!(found, ["NamedArray needs a struct without generics; write the type of `Signals` out"]);
}
