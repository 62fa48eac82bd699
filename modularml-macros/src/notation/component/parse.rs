//! Components, read from tokens.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::token::{Brace, Bracket, Paren};
use syn::{Expr, ExprLit, Lit, Path, Token, braced, bracketed, parenthesized};

use super::arguments::{Arguments, Parts};
use super::{Component, Method};
use crate::errors::listed;
use crate::notation::allow::PERMISSIONS;
use crate::notation::constructors::constructor as made_by;
use crate::notation::lists::check_list;

/// Constructors whose list is one of layers even where its items do not show it: none, or constants.
const MADE_OF_LAYERS: [&str; 2] = ["of", "around"];

/// The constructor and setting that takes shares.
const SHARES: &str = "ratios";

/// The splitter, and its setting, that takes a list of values for each split.
const LISTS: (&str, &str) = ("ByValues", "splits");

/// What may stand among the arguments of a component beside values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Layers,
    Scaler,
    Nothing,
}

impl Parse for Component {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Self::read(input, Holds::Nothing)
    }
}

impl Component {
    pub(super) fn read(input: ParseStream<'_>, holds: Holds) -> syn::Result<Self> {
        let is_constant = input.peek(Brace);
        if !is_constant && input.fork().call(Path::parse_mod_style).is_err() {
            return Err(input.error("expected a component: its name and settings, such as Mlp::hidden([64])"));
        }
        let path = if is_constant { constant(input)? } else { input.call(Path::parse_mod_style)? };
        let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let is_constructor = !is_constant && last.starts_with(char::is_lowercase);
        if is_constructor && path.segments.len() < 2 {
            let message = format!("expected a component such as Mlp::hidden([64]), found `{last}`");
            return Err(syn::Error::new_spanned(path, message));
        }
        let constructor = match is_constructor {
            true if input.peek(Paren) => Some(Arguments::parse(input, holds, &last)?),
            true => {
                return Err(syn::Error::new_spanned(path, format!("`{last}` needs its value in brackets behind it")));
            }
            false => None,
        };
        if last == "new"
            && let [owner, _] = path.segments.iter().collect::<Vec<_>>().as_slice()
            && constructor.as_ref().is_some_and(|arguments| !arguments.values.is_empty())
            && let Some(instead) = made_by(&owner.ident.to_string())
        {
            let owner = &owner.ident;
            let message = format!(
                "what `new` takes has a name here; write for example {owner}::{instead} (a constructor of your own has another \
                 name than `new`)"
            );
            return Err(syn::Error::new_spanned(path, message));
        }
        let mut methods = Vec::new();
        while input.peek(Token![.]) && input.peek2(syn::Ident) && input.peek3(Paren) {
            let dot = input.parse()?;
            let name: Ident = input.parse()?;
            let permission = PERMISSIONS.iter().find(|permission| name == format!("allow_{}", permission.name));
            if let Some(permission) = permission {
                let message = format!("write #[allow({})] above the statement, and remove this", permission.name);
                return Err(syn::Error::new(name.span(), message));
            }
            if methods.iter().any(|earlier: &Method| earlier.name == name) {
                let owner = path.segments.iter().rev().nth(usize::from(is_constructor)).map(|owner| &owner.ident);
                let owner = owner.map(|owner| format!(" behind `{owner}`")).unwrap_or_default();
                let message = format!("`{name}` stands twice{owner}, and the last would hold; remove one");
                return Err(syn::Error::new(name.span(), message));
            }
            let mut arguments = Arguments::parse(input, holds, &name.to_string())?;
            let owner = path.segments.iter().rev().nth(usize::from(is_constructor));
            if name == LISTS.1 && owner.is_some_and(|owner| owner.ident == LISTS.0) {
                arguments.values.iter().try_for_each(check_list)?;
                arguments.are_lists = true;
            }
            methods.push(Method { dot, name, arguments });
        }
        Ok(Self { path, is_constant, constructor, methods, allowed: Vec::new() })
    }

    /// Whether this can be nothing but a component, where it could be a value as well: `Relu`, `Linear::to([64])`,
    /// `{HEAD}`, and not `WIDTH`, `Padding::Zeros` or `Sizes::width()`.
    fn is_surely_a_component(&self) -> bool {
        if self.is_constant {
            return true;
        }
        let is_type = |ident: &Ident| {
            let name = ident.to_string();
            name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
        };
        let segments = &self.path.segments;
        match &self.constructor {
            Some(arguments) => {
                let is_new = segments.last().is_some_and(|last| last.ident == "new");
                is_type(self.name()) && (is_new || arguments.parts.is_some() || !arguments.values.is_empty())
            }
            None => is_type(self.name()) && segments.iter().rev().nth(1).is_none_or(|owner| !is_type(&owner.ident)),
        }
    }
}

/// `{WIDE}`
fn constant(input: ParseStream<'_>) -> syn::Result<Path> {
    let content;
    let braces = braced!(content in input);
    match content.call(Path::parse_mod_style) {
        Ok(path) if content.is_empty() => Ok(path),
        _ => Err(syn::Error::new(
            braces.span.join(),
            "braces hold the name of a constant, {WIDE}; a component stands without them",
        )),
    }
}

impl Arguments {
    /// The arguments, in their brackets, of a constructor or method of that name.
    fn parse(input: ParseStream<'_>, holds: Holds, taker: &str) -> syn::Result<Self> {
        let content;
        let brackets = parenthesized!(content in input);
        let (named, values) = (Vec::new(), Vec::new());
        if holds == Holds::Layers
            && content.peek(Bracket)
            && (MADE_OF_LAYERS.contains(&taker) || is_list_of_components(&content))
        {
            let parts = list(&content)?;
            content.parse::<Option<Token![,]>>()?;
            return Ok(Self { brackets, named, values, parts: Some(parts), are_lists: false });
        }
        if holds == Holds::Scaler && value_and_scaler(&content.fork()).is_ok_and(|(_, it)| it.is_surely_a_component()) {
            let (value, scaler) = value_and_scaler(&content)?;
            let parts = Some(Parts::Last(Box::new(scaler)));
            return Ok(Self { brackets, named, values: vec![value], parts, are_lists: false });
        }
        if content.peek(syn::Ident) && content.peek2(Token![:]) && !content.peek2(Token![::]) {
            let pairs = Punctuated::<Named, Token![,]>::parse_terminated(&content)?;
            let (named, values): (Vec<_>, Vec<_>) = pairs.into_iter().map(|pair| (pair.name, pair.value)).unzip();
            if taker == SHARES {
                parts_of_one(&named, &values)?;
            }
            return Ok(Self { brackets, named, values, parts: None, are_lists: false });
        }
        if content.peek(syn::Ident) && content.peek2(Token![=]) && !content.peek2(Token![==]) {
            let name: Ident = content.parse()?;
            return Err(content.error(format!("what is named in brackets stands before a colon: {taker}({name}: ..)")));
        }
        let values: Vec<Expr> = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?.into_iter().collect();
        if taker == SHARES
            && let Some(share @ Expr::Lit(_)) = values.first()
        {
            let message = "name the split of each share: ratios(train: 0.7, val: 0.15, test: 0.15)";
            return Err(syn::Error::new_spanned(share, message));
        }
        Ok(Self { brackets, named, values, parts: None, are_lists: false })
    }
}

/// Refuses shares that are whole numbers, as percentages and counts are.
fn parts_of_one(named: &[Ident], values: &[Expr]) -> syn::Result<()> {
    let whole = |value: &Expr| match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => {
            number.base10_parse::<u32>().ok()
        }
        _ => None,
    };
    let Some(numbers) = values.iter().map(whole).collect::<Option<Vec<_>>>() else { return Ok(()) };
    let sum: f64 = numbers.iter().copied().map(f64::from).sum();
    let Some(first) = values.first().filter(|_| sum > 1.0) else { return Ok(()) };
    // The last one is what the others leave, for what is advised must add up to 1.
    let round = |share: f64| (share * 1e4).round() / 1e4;
    let mut rest = 1.0;
    let shares = named.iter().zip(&numbers).enumerate().map(|(i, (name, number))| {
        let share = if i + 1 == named.len() { round(rest) } else { round(f64::from(*number) / sum) };
        rest -= share;
        format!("{name}: {share}")
    });
    let message = format!("shares are parts of 1: ratios({})", listed(shares));
    Err(syn::Error::new_spanned(first, message))
}

/// A list of layers.
fn list(input: ParseStream<'_>) -> syn::Result<Parts> {
    let items;
    let list = bracketed!(items in input);
    let components = items.parse_terminated(Component::layer, Token![,])?;
    Ok(Parts::List { list, components: components.into_iter().collect() })
}

/// Whether what follows is a list of components, of which one at least is surely none of values.
fn is_list_of_components(input: ParseStream<'_>) -> bool {
    let is_list = |parts| matches!(parts, Parts::List { components, .. } if components.iter().any(Component::is_surely_a_component));
    list(&input.fork()).is_ok_and(is_list)
}

/// A value and the scaler behind it.
fn value_and_scaler(input: ParseStream<'_>) -> syn::Result<(Expr, Component)> {
    let value = input.parse()?;
    input.parse::<Token![,]>()?;
    let scaler = Component::scaler(input)?;
    input.parse::<Option<Token![,]>>()?;
    if input.is_empty() { Ok((value, scaler)) } else { Err(input.error("expected no more arguments")) }
}

/// `train: 0.7`
struct Named {
    name: Ident,
    value: Expr,
}

impl Parse for Named {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        Ok(Self { name, value: input.parse()? })
    }
}
