//! Losses and metrics: `Mse(soh, pulse.soh) + 0.01 * L2Penalty(thermal)`, `Rmse(soh, pulse.soh) in raw units`.

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::token::{Group, Paren};
use syn::{Lit, Path, Token};

use crate::notation::{Component, Dotted, Place, expect_word, in_parentheses, raw};

/// `small: 0.01 * L2Penalty(thermal)`
pub(super) struct Term {
    /// What its value is called, where that is said.
    pub label: Option<Ident>,
    pub weight: Option<Weight>,
    pub loss: Applied,
}

/// What a loss is multiplied by, and whether it is subtracted.
pub(super) struct Weight {
    pub value: TokenStream,
    pub place: Place,
}

/// `Mse(soh, pulse.soh)`
pub(super) struct Applied {
    pub component: Component,
    pub inputs: Vec<Operand>,
}

/// `encoder.negative as positive`
pub(super) struct Operand {
    pub path: Dotted,
    pub stands_as: Option<Ident>,
}

/// `rmse = Rmse(soh, pulse.soh) in raw units;`
pub(super) struct Metric {
    pub name: Ident,
    pub applied: Applied,
    /// With the word that says which.
    pub units: Option<(Units, Span)>,
    /// The split on whose rows it chooses a threshold.
    pub chosen_on: Option<Ident>,
}

#[derive(Clone, Copy)]
pub(super) enum Units {
    Raw,
    Scaled,
}

/// The components whose value is no number. Results take their types from them; what has another name is a number, so that
/// a misspelt one is told once, where its value is made.
const NO_NUMBERS: [&str; 5] = ["Confusion", "Roc", "PrecisionRecall", "Calibration", "PerClass"];

impl Metric {
    /// The type of its value, where it is no number.
    pub(super) fn type_of_value(&self) -> Option<TokenStream> {
        if self.chosen_on.is_some() {
            return None;
        }
        type_of_value(&self.applied.component.path_of_type()?)
    }
}

/// The type of the value of a component by its own type, where it is no number.
pub(super) fn type_of_value(component: &Path) -> Option<TokenStream> {
    let name = &component.segments.last()?.ident;
    let is_known = NO_NUMBERS.iter().any(|known| name == known);
    is_known.then(|| quote!(<#component as ::modularml::experiment::metric::Reports>::Value))
}

impl Parse for Applied {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let component: Component = input.parse()?;
        if !input.peek(Paren) {
            let message =
                format!("`{0}` has no inputs; add them in a last pair of brackets: {0}(..)", component.name());
            return Err(syn::Error::new(component.span(), message));
        }
        Ok(Self { component, inputs: in_parentheses(input, Operand::parse)? })
    }
}

impl Parse for Operand {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let as_word: Option<Token![as]> = input.parse()?;
        Ok(Self { path, stands_as: as_word.map(|_| input.parse()).transpose()? })
    }
}

/// Terms joined by `+` or `-`.
pub(super) fn terms(input: ParseStream<'_>) -> syn::Result<Vec<Term>> {
    let mut terms = vec![term(input)?];
    while !input.peek(Token![;]) && !input.is_empty() {
        if input.peek(Token![+]) {
            input.parse::<Token![+]>()?;
        } else if !input.peek(Token![-]) {
            return Err(input.error("expected `+` and another loss, or `;`"));
        }
        terms.push(term(input)?);
    }
    Ok(terms)
}

fn term(input: ParseStream<'_>) -> syn::Result<Term> {
    let is_labelled = input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]);
    let label = if is_labelled {
        let label = raw(&input.call(Ident::parse_any)?);
        input.parse::<Token![:]>()?;
        Some(label)
    } else {
        None
    };
    let minus: Option<Token![-]> = input.parse()?;
    let mut place = minus.map(|minus| Place::at(minus.span));
    let mut factors = Vec::new();
    while let Some((at, factor)) = factor(input)? {
        input.parse::<Token![*]>()?;
        place = Some(Place { first: place.map_or(at.first, |place| place.first), last: at.last });
        factors.push(factor);
    }
    if place.is_some() && input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let label: Ident = input.call(Ident::parse_any)?;
        let message = format!("the label of a term stands before its weight: {label}: 0.5 * Mse(node, input.target)");
        return Err(syn::Error::new(label.span(), message));
    }
    let product = factors.into_iter().reduce(|product, factor| quote!(#product * #factor));
    let product = product.unwrap_or_else(|| quote!(1.0));
    let weight = place.map(|place| Weight { value: quote!(#minus #product), place });
    Ok(Term { label, weight, loss: input.parse()? })
}

/// The number, constant, or expression in parentheses by which what follows is weighed.
fn factor(input: ParseStream<'_>) -> syn::Result<Option<(Place, TokenStream)>> {
    // What a macro of the user's own inserts, `$weight`, is a group without brackets; syn looks into it.
    let is_inserted =
        input.peek(Group) && !matches!(input.fork().parse(), Ok(TokenTree::Group(group)) if is_literal(&group));
    if input.peek(Lit) && !is_inserted {
        let value: Lit = input.parse()?;
        let mut number = match &value {
            Lit::Int(number) => Literal::f64_unsuffixed(number.base10_parse()?),
            Lit::Float(number) => Literal::f64_unsuffixed(number.base10_parse()?),
            _ => return Err(syn::Error::new(value.span(), "a loss is weighted by a number: 0.01 * L2Penalty(node)")),
        };
        number.set_span(value.span());
        return Ok(Some((Place::at(value.span()), number.to_token_stream())));
    }
    let ahead = input.fork();
    let is_group = ahead.peek(Paren) || is_inserted;
    let is_factor = if is_group { ahead.parse::<TokenTree>().is_ok() } else { ahead.parse::<Path>().is_ok() };
    if !is_factor || !ahead.peek(Token![*]) {
        return Ok(None);
    }
    let value =
        if is_group { input.parse::<TokenTree>()?.to_token_stream() } else { input.parse::<Path>()?.to_token_stream() };
    Ok(Some((Place::of(&value), value)))
}

fn is_literal(group: &proc_macro2::Group) -> bool {
    syn::parse2::<Lit>(group.stream()).is_ok()
}

/// What stands behind the `=` of a metric.
pub(super) fn metric(input: ParseStream<'_>, name: Ident) -> syn::Result<Metric> {
    let applied: Applied = input.parse()?;
    let mut units = None;
    if input.peek(Token![in]) {
        input.parse::<Token![in]>()?;
        let which: Ident = input.parse()?;
        let word: Option<Ident> = input.parse()?;
        units = match (which.to_string().as_str(), word.is_some_and(|word| word == "units")) {
            ("raw", true) => Some((Units::Raw, which.span())),
            ("scaled", true) => Some((Units::Scaled, which.span())),
            _ => return Err(syn::Error::new(which.span(), "write `in raw units` or `in scaled units`")),
        };
    }
    if on(input) {
        let component = applied.component.name();
        if name == "threshold" {
            let message = format!("name the threshold: threshold cut = {component}(..) on <split>;");
            return Err(syn::Error::new(name.span(), message));
        }
        let message = format!(
            "a metric is measured on the rows that the phase feeds; a threshold is chosen on others: threshold {name} = \
             {component}(..) on <split>;"
        );
        return Err(input.error(message));
    }
    Ok(Metric { name, applied, units, chosen_on: None })
}

/// Whether `on` stands here.
fn on(input: ParseStream<'_>) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|word| word == "on")
}

/// What stands behind `threshold cut =`: `F1(loud, clip.loud) on val`
pub(super) fn threshold(input: ParseStream<'_>, name: Ident) -> syn::Result<Metric> {
    let applied: Applied = input.parse()?;
    if input.peek(Token![in]) {
        return Err(input.error("a threshold is a probability, which has no units; remove them"));
    }
    let component = applied.component.name();
    let message = format!("say on which split it is chosen: threshold {name} = {component}(..) on val;");
    expect_word(input, &["on"], message)?;
    let split: Dotted = input.parse()?;
    match split.rest.last() {
        Some(last) => {
            let message = format!("a threshold is chosen on a split by its own name; write: on {last}");
            Err(syn::Error::new(split.first.span(), message))
        }
        None => Ok(Metric { name, applied, units: None, chosen_on: Some(split.first) }),
    }
}
