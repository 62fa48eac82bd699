use syn::parse_quote;

use super::read;
use crate::errors::Errors;

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
    ] {
        assert_eq!(messages(&layer), Vec::<String>::new());
    }
}

#[test]
fn mistakes_are_named_with_what_is_right() {
    for (layer, message) in [
        (
            parse_quote! { struct Bare; },
            "`Bare` declares no output shape; add #[layer(shape = same)], or name a setting",
        ),
        (
            parse_quote! { #[layer(learns = nothing)] struct Bare; },
            "`Bare` declares no output shape; add #[layer(shape = same)], or name a setting",
        ),
        (
            parse_quote! { #[layer(shape = smae)] struct Bare; },
            "`smae` is no setting of `Bare`; did you mean `same`? write one of: same",
        ),
        (
            parse_quote! { #[layer(shpe = same)] struct Bare; },
            "`shpe` cannot stand in #[layer(..)]; did you mean `shape`? it takes: shape, learns",
        ),
        (
            parse_quote! { #[layer(shape = rate)] struct Bad { /** A rate. */ #[setting(default = 0.5)] rate: f64 } },
            "setting `rate` holds no shape; make it a Shape, an Option<Shape>, or a usize",
        ),
        (
            parse_quote! { #[layer(shape = same, learns = often)] struct Bare; },
            "`often` cannot stand here; write learns = nothing, or leave it out",
        ),
    ] {
        assert_eq!(messages(&layer), [message]);
    }
}
