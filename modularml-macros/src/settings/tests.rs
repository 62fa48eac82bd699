use syn::parse_quote;

use super::parse::WORDS;
use super::{Kind, read};
use crate::errors::Errors;
use crate::tests::assert_documented;

fn messages(input: &syn::DeriveInput) -> Vec<String> {
    let mut errors = Errors::default();
    read(input, &mut errors);
    errors.messages()
}

#[test]
fn a_correct_component_has_no_mistakes() {
    let input = parse_quote! {
        struct Adam {
            /// Learning rate.
            #[setting(first = of, above = 0.0)]
            lr: f64,
            /// Output.
            #[setting(default = None, at_least = 1)]
            output: Option<modularml::data::Shape>,
            /// Widths.
            #[setting(default = Sizes::NONE, at_least = 1)]
            hidden: modularml::spec::Sizes,
        }
    };
    let mut errors = Errors::default();
    let component = read(&input, &mut errors).unwrap();
    assert_eq!(errors.messages(), Vec::<String>::new());
    assert_eq!(component.fields[0].constructor.as_ref().unwrap(), "of");
    assert_eq!((component.fields[1].kind, component.fields[1].optional), (Some(Kind::Shape), true));
    assert_eq!((component.fields[2].kind, component.fields[2].optional), (Some(Kind::Sizes), false));
}

#[test]
fn every_mistake_is_reported_at_once() {
    let found = messages(&parse_quote! {
        struct Mined {
            /// Where.
            #[setting(default = None)]
            path: String,
            #[setting(defualt = 1)]
            count: usize,
            /// On.
            #[setting(default = true, above = 1)]
            on: bool,
        }
    });
    assert_eq!(
        found,
        [
            "`defualt` cannot stand in #[setting(..)]; did you mean `default`? it takes: first, default, at_least, above, at_most, below, condition",
            "setting `path: String` of `Mined` cannot be const; use an enum of the choices, or Name for a column",
            "setting `count` has no default; add `default = ..`, or `first` to make it the constructor",
            "setting `count` has no documentation; write a `///` line, which users read at its method",
            "`.on()` turns the setting on, so it must be off by default; name it by its opposite, default = false",
            "only numbers and sizes have a range; remove `above` from `on`",
        ]
    );
}

#[test]
fn the_documents_grammar_has_the_words_that_are_parsed() {
    assert_documented("#[derive(Settings)]", "rule", &WORDS);
}

/// Where an expansion could panic, it stands beside the compile error that refused the declaration.
#[test]
fn what_panics_does_not_compile() {
    let types = [
        "f64",
        "usize",
        "u64",
        "bool",
        "Shape",
        "Sizes",
        "Choice",
        "String",
        "Vec<f64>",
        "&'static str",
        "Option<f64>",
    ];
    let types = types.into_iter().chain(["Option<Choice>", "Option<String>", "&'static [LayerSpec]", "(f64, f64)"]);
    let attributes =
        ["", "#[setting(first)]", "#[setting(first = of)]", "#[setting(default = 1)]", "#[setting(default = None)]"];
    let field = |name: &str, ty: &str, attribute: &str| format!("/// A setting.\n{attribute} {name}: {ty},");
    let fields = |name: &str| -> Vec<String> {
        let all = types.clone().flat_map(|ty| attributes.map(|attribute| field(name, ty, attribute)));
        all.chain([String::new()]).collect()
    };
    let (mut panic, mut compile) = (0, 0);
    for a in fields("a") {
        for b in fields("b") {
            let text = format!("struct Component {{ {a} {b} }}");
            let expansion = super::derive(&syn::parse_str(&text).unwrap()).to_string();
            let (panics, is_refused) = (expansion.contains("panic !"), expansion.contains("compile_error !"));
            assert!(is_refused || !panics, "{text}");
            panic += usize::from(panics);
            compile += usize::from(!is_refused);
        }
    }
    assert!(panic > 100 && compile > 100, "{panic} panic, {compile} compile");
}
