use syn::parse_quote;

use super::{WORDS, derive, read};
use crate::errors::Errors;
use crate::tests::assert_documented;

fn messages(input: &syn::DeriveInput) -> Vec<String> {
    let mut errors = Errors::default();
    read(input, &mut errors);
    errors.messages()
}

#[test]
fn correct_layers_have_no_mistakes() {
    for layer in [
        parse_quote! { #[layer(shape = same)] struct Highway; },
        parse_quote! { #[layer(shape = same, learns = nothing)] struct Sine; },
        parse_quote! { #[layer(shape = width)] struct Wide { /** How wide. */ #[setting(first)] width: usize } },
        parse_quote! {
            #[layer(shape = output)]
            struct Stated { /** What comes out. */ #[setting(default = None)] output: Option<Shape> }
        },
        parse_quote! { #[layer(shape = own, inputs = 2)] struct Cross; },
        parse_quote! { #[layer(shape = own, inputs = 1..)] struct Any; },
        parse_quote! { #[layer(shape = same, builds = layer)] struct Noise; },
        parse_quote! { #[layer(shape = same, inputs = 2..=4, learns = nothing)] struct Mixed; },
    ] {
        assert_eq!(messages(&layer), Vec::<String>::new());
    }
}

#[test]
fn mistakes_are_named_with_what_is_right() {
    for (layer, message) in [
        (
            parse_quote! { struct Bare; },
            "`Bare` declares no output shape; add #[layer(shape = same)], name a setting, or write own",
        ),
        (
            parse_quote! { #[layer(learns = nothing)] struct Bare; },
            "`Bare` declares no output shape; add #[layer(shape = same)], name a setting, or write own",
        ),
        (
            parse_quote! { #[layer(shape = smae)] struct Bare; },
            "`smae` is no setting of `Bare`; did you mean `same`? write one of: same, own",
        ),
        (
            parse_quote! { #[layer(shpe = same)] struct Bare; },
            "`shpe` cannot stand in #[layer(..)]; did you mean `shape`? it takes: shape, inputs, learns, builds, padding",
        ),
        (
            parse_quote! { #[layer(shape = rate)] struct Bad { /** A rate. */ #[setting(default = 0.5)] rate: f64 } },
            "setting `rate` holds no shape; make it a Shape, an Option<Shape>, or a usize",
        ),
        (
            parse_quote! { #[layer(shape = same, learns = often)] struct Bare; },
            "expected learns = nothing; leave it out where the layer has parameters",
        ),
        (
            parse_quote! { #[layer(shape = own, inputs = 0)] struct None; },
            "expected how many inputs the layer takes, from 1 to 64: inputs = 2, inputs = 2.., or inputs = 2..=4",
        ),
        (
            parse_quote! { #[layer(shape = own, inputs = 4..=2)] struct Turned; },
            "expected how many inputs the layer takes, from 1 to 64: inputs = 2, inputs = 2.., or inputs = 2..=4",
        ),
        (
            parse_quote! {
                #[layer(shape = width, inputs = 2)]
                struct Wide { /** How wide. */ #[setting(first)] width: usize }
            },
            "`width` is the last axis of one input; remove `inputs`, or write shape = own",
        ),
        (
            parse_quote! { #[layer(shape = same, builds = module)] struct Bare; },
            "expected builds = layer; leave it out where the layer builds a module",
        ),
        (
            parse_quote! { #[layer(shape = same, padding = zero)] struct Bare; },
            "`zero` is nothing that is done with padding; did you mean `zeros`? padding is one of: zeros, keeps, masks, reduces",
        ),
        (
            parse_quote! { #[layer(shape = same, padding = masks)] struct Bare; },
            "a module is not told where values are; write padding = zeros or keeps, or add builds = layer and implement \
             `Layer::forward_masked` for masks",
        ),
        (
            parse_quote! { #[layer(shape = 2)] struct Bare; },
            "expected one word: shape = same, shape = own, or the name of a setting",
        ),
    ] {
        assert_eq!(messages(&layer), [message]);
    }
}

#[test]
fn the_documents_grammar_has_the_words_that_are_parsed() {
    assert_documented("#[derive(Layer)]", "word", &WORDS);
}

#[test]
fn a_layer_says_its_facts_in_one_way() {
    let layer = parse_quote! {
        #[layer(shape = same)]
        #[spec(shape = ShapeRule::Flat)]
        struct Mine;
    };
    let code = derive(&layer).to_string();
    assert!(code.contains("#[spec(..)] says what #[layer(..)] says; remove one"), "{code}");
    let own = parse_quote! {
        #[spec(shape = ShapeRule::Own(code), learns = Learns::BySteps)]
        struct Mine;
    };
    assert!(derive(&own).to_string().contains("#[layer(shape = own)] says that"));
    assert!(code.contains("own_shape"), "{code}");
}
