//! `#[derive(Layer)]`: a layer from its declared output shape and inputs, and the module that it makes.

mod expand;
#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Expr, ExprLit, ExprRange, Ident, Lit, RangeLimits, Token};

use crate::errors::{Errors, did_you_mean, listed};
use crate::names::text;
use crate::settings::{self, Component, Kind};
use crate::{component, declaration};

/// The most inputs that a layer can be declared to take, as `Arity::MOST_OF_OWN`.
const MOST_INPUTS: usize = 64;

/// The words of `#[layer(..)]`.
const WORDS: [&str; 5] = ["shape", "inputs", "learns", "builds", "padding"];

/// What a layer can make of padding: the words of `padding`, and the variants of `OnPadding`. The last two are for layers
/// that are told where values are, so that they implement `Layer` themselves.
const ON_PADDING: [(&str, &str); 4] =
    [("zeros", "Zeros"), ("keeps", "Keeps"), ("masks", "Masks"), ("reduces", "Reduces")];

/// A layer as it was declared.
struct Layer {
    component: Component,
    shape: Shape,
    /// How many inputs it takes at least and at most, where that is said.
    inputs: Option<(usize, usize)>,
    learns: bool,
    /// Whether it makes a module, and not the running layer itself.
    makes_module: bool,
    /// The variant of `OnPadding`.
    padding: &'static str,
}

impl Layer {
    fn new(component: Component) -> Self {
        Self { component, shape: Shape::Same, inputs: None, learns: true, makes_module: true, padding: "Refuses" }
    }
}

/// What is declared of the output shape.
enum Shape {
    /// That of the input, or of each of several.
    Same,
    /// What a setting holds.
    Setting(Ident),
    /// What the method `infer` says.
    Own(Span),
}

/// `shape = same`, `inputs = 2..`
struct Word {
    name: Ident,
    value: Expr,
}

impl Parse for Word {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self { name, value: input.parse()? })
    }
}

/// The whole derive. A layer that says the facts of its `LayerSpec` itself is a component as the others are.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    if !input.attrs.iter().any(|attribute| attribute.path().is_ident("spec")) {
        return declaration::derive(input, read, expand::expand);
    }
    let mut errors = Errors::default();
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("layer")) {
        errors.add(attribute, "#[spec(..)] says what #[layer(..)] says; remove one");
    }
    for fact in component::facts(input, &mut Errors::default()) {
        if fact.field == "shape" && names_own(&fact.value) {
            let message = "#[layer(shape = own)] says that, with `const fn infer`; write it in place of #[spec(..)]";
            errors.add(&fact.value, message);
        }
    }
    let mut tokens = errors.into_tokens();
    tokens.extend(component::derive(input, &quote!(graph::LayerSpec)));
    tokens.extend(expand::asked(&input.ident, &expand::no_own_shape()));
    tokens
}

/// Whether a shape rule is `ShapeRule::Own(..)`, for which `model_graph!` asks a method.
fn names_own(rule: &Expr) -> bool {
    match rule {
        Expr::Call(call) => names_own(&call.func),
        Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Own"),
        _ => false,
    }
}

fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Layer> {
    let component = settings::plain(input, errors)?;
    let owner = &input.ident;
    let missing =
        || format!("`{owner}` declares no output shape; add #[layer(shape = same)], name a setting, or write own");
    let (words, refused) = declaration::required(input, "layer", missing, errors);
    let is_refused = refused.is_some();
    errors.keep(refused.map_or(Ok(()), Err));
    let twice = |name: &Ident| format!("`{name}` stands twice; remove one");
    let words = declaration::unique(words, |word: &Word| &word.name, twice, errors);
    let mut layer = Layer::new(component);
    let mut is_shape_said = is_refused;
    for Word { name, value } in &words {
        is_shape_said |= name == "shape" || !WORDS.iter().any(|word| name == word);
        match name.to_string().as_str() {
            "shape" => layer.shape = shape(&layer.component, value, errors).unwrap_or(Shape::Same),
            "inputs" => layer.inputs = Some(errors.keep(inputs(value)).unwrap_or((1, MOST_INPUTS))),
            "learns" => {
                layer.learns = false;
                let message = "expected learns = nothing; leave it out where the layer has parameters";
                expect_word(value, "nothing", message, errors);
            }
            "builds" => {
                layer.makes_module = false;
                let message = "expected builds = layer; leave it out where the layer builds a module";
                expect_word(value, "layer", message, errors);
            }
            "padding" => layer.padding = on_padding(value, &words, errors),
            word => {
                let near = did_you_mean(word, WORDS);
                errors.add(name, format!("`{name}` cannot stand in #[layer(..)]{near} it takes: {}", listed(WORDS)));
            }
        }
    }
    if !is_shape_said {
        errors.add(owner, missing());
    }
    if let (Shape::Setting(setting), Some(_)) = (&layer.shape, layer.inputs)
        && layer.component.field(&text(setting)).is_some_and(|field| field.kind == Some(Kind::Size))
    {
        let message = format!("`{setting}` is the last axis of one input; remove `inputs`, or write shape = own");
        errors.add(setting, message);
        layer.inputs = None;
    }
    Some(layer)
}

/// Rule: what a layer makes of padding is one of the words for it, and one that is told of padding is no module.
fn on_padding(value: &Expr, words: &[Word], errors: &mut Errors) -> &'static str {
    let named = |(word, _): &&(&str, &str)| self::word(value).is_some_and(|value| value == word);
    let Some((word, variant)) = ON_PADDING.iter().find(named) else {
        let words = || ON_PADDING.iter().map(|(word, _)| *word);
        let expected = format!("padding is one of: {}", listed(words()));
        errors.add(
            value,
            match self::word(value).map(ToString::to_string) {
                Some(word) => {
                    format!("`{word}` is nothing that is done with padding{} {expected}", did_you_mean(&word, words()))
                }
                None => expected,
            },
        );
        return "Refuses";
    };
    if matches!(*word, "masks" | "reduces") && !words.iter().any(|word| word.name == "builds") {
        let message = format!(
            "a module is not told where values are; write padding = zeros or keeps, or add builds = layer and implement `Layer::forward_masked` for {word}"
        );
        errors.add(value, message);
    }
    variant
}

/// The value where it is a single word.
fn word(value: &Expr) -> Option<&Ident> {
    if let Expr::Path(path) = value { path.path.get_ident() } else { None }
}

fn expect_word(value: &Expr, expected: &str, message: &str, errors: &mut Errors) {
    if word(value).is_none_or(|value| value != expected) {
        errors.add(value, message);
    }
}

/// Rule: the shape is `same`, `own`, or a setting that can hold one.
fn shape(component: &Component, value: &Expr, errors: &mut Errors) -> Option<Shape> {
    let Some(shape) = word(value) else {
        errors.add(value, "expected one word: shape = same, shape = own, or the name of a setting");
        return None;
    };
    if shape == "same" {
        return Some(Shape::Same);
    }
    if shape == "own" {
        return Some(Shape::Own(shape.span()));
    }
    let Some(field) = component.field(&text(shape)) else {
        let words = || ["same", "own"].into_iter().chain(component.fields.iter().map(|field| field.name.as_str()));
        let near = did_you_mean(&shape.to_string(), words());
        let message =
            format!("`{shape}` is no setting of `{}`{near} write one of: {}", component.ident, listed(words()));
        errors.add(shape, message);
        return None;
    };
    match field.kind {
        Some(Kind::Shape) => Some(Shape::Setting(shape.clone())),
        Some(Kind::Size) if !field.optional => Some(Shape::Setting(shape.clone())),
        // A type that is refused has its message already.
        None => None,
        Some(_) => {
            let message = format!("setting `{shape}` holds no shape; make it a Shape, an Option<Shape>, or a usize");
            errors.add(shape, message);
            None
        }
    }
}

/// `2`, `2..` or `2..=4`, each from 1 to [`MOST_INPUTS`].
fn inputs(value: &Expr) -> syn::Result<(usize, usize)> {
    let ends = match value {
        Expr::Range(ExprRange { start: Some(start), limits: RangeLimits::HalfOpen(_), end: None, .. }) => {
            count(start).map(|least| (least, MOST_INPUTS))
        }
        Expr::Range(ExprRange { start: Some(start), limits: RangeLimits::Closed(_), end: Some(end), .. }) => {
            count(start).zip(count(end))
        }
        _ => count(value).map(|exactly| (exactly, exactly)),
    };
    match ends {
        Some((least, most)) if 1 <= least && least <= most && most <= MOST_INPUTS => Ok((least, most)),
        _ => {
            let message = format!(
                "expected how many inputs the layer takes, from 1 to {MOST_INPUTS}: inputs = 2, inputs = 2.., or inputs = 2..=4"
            );
            Err(syn::Error::new(value.span(), message))
        }
    }
}

fn count(value: &Expr) -> Option<usize> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(count), .. }) => count.base10_parse().ok(),
        _ => None,
    }
}
