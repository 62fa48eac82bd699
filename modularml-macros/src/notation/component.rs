//! Components: `Mlp::hidden([64, 32]).output([16])`, a plain Rust expression with a few liberties: a bare path such as
//! `MinMax` stands for `MinMax::new()`, and named arguments `train: 0.7, test: 0.3` for `[("train", 0.7), ("test", 0.3)]`.
//! A path in braces, `{WIDE}`, is a constant of the user's. Where a layer stands, a list of layers is a list of components
//! as well, `Sequential::of([Linear::to([64]), Relu])`; where a scaler stands, so is the scaler behind other arguments,
//! `Segmented::at([0, 50], Standard.over([0]))`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::token::{Brace, Bracket, Paren};
use syn::{Expr, ExprLit, Lit, Path, Token, braced, bracketed, parenthesized};

use super::allow::{Allowed, PERMISSIONS};
use super::columns::{column_as_text, columns_of};
use super::conditions::{Condition, is_condition};
use super::constructors::constructor as made_by;
use super::lists::{check_list, list_of_literals};
use super::parameters::{Hoisted, Scope};
use super::{ComponentKind, Place};
use crate::errors::listed;
use crate::names::{local, text};

/// A component with its settings, its inputs not included.
pub(crate) struct Component {
    path: Path,
    /// Whether the path is a constant and no type.
    is_constant: bool,
    /// The arguments of the constructor, where there is one.
    constructor: Option<Arguments>,
    methods: Vec<Method>,
    /// Settings that an attribute on the statement turns on, each where the attribute names it.
    allowed: Vec<(Ident, Span)>,
}

/// `.dropout(0.1)`
struct Method {
    dot: Token![.],
    name: Ident,
    arguments: Arguments,
}

/// The arguments of a constructor or builder method. The brackets are kept, for what rustc says about the whole call
/// must stand there.
struct Arguments {
    brackets: Paren,
    named: Vec<Ident>,
    values: Vec<Expr>,
    /// Where a component is made of components.
    parts: Option<Parts>,
    /// Whether the values are lists of literals.
    are_lists: bool,
}

/// The components among the arguments of a component.
enum Parts {
    /// `[Conv1d::channels(16), Relu]`
    List { list: Bracket, components: Vec<Component> },
    /// The `Standard.over([0])` behind another argument.
    Last(Box<Component>),
}

/// Constructors whose list is one of layers even where its items do not show it: none, or constants.
const MADE_OF_LAYERS: [&str; 2] = ["of", "around"];

/// The constructor and setting that takes shares.
const SHARES: &str = "ratios";

/// The splitter, and its setting, that takes a list of values for each split.
const LISTS: (&str, &str) = ("ByValues", "splits");

/// The settings of splitters and samplers that take a column.
const TAKE_COLUMNS: [&str; 4] = ["group_by", "stratify_by", "weighted_by", "in_column"];

/// What may stand among the arguments of a component beside values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Layers,
    Scaler,
    Nothing,
}

impl Component {
    /// Reads a layer, whose arguments may be lists of layers.
    pub(crate) fn layer(input: ParseStream<'_>) -> syn::Result<Self> {
        Self::read(input, Holds::Layers)
    }

    /// Reads a scaler, which may hold another one.
    pub(crate) fn scaler(input: ParseStream<'_>) -> syn::Result<Self> {
        Self::read(input, Holds::Scaler)
    }

    /// The name of the component, for errors that point at it.
    pub(crate) fn name(&self) -> &Ident {
        let segments = &self.path.segments;
        let owner = if self.constructor.is_some() { segments.len().saturating_sub(2) } else { segments.len() - 1 };
        &segments[owner].ident
    }

    /// The path of its type; none of a constant.
    pub(crate) fn path_of_type(&self) -> Option<Path> {
        let mut path = self.path.clone();
        if self.constructor.is_some() {
            path.segments.pop();
            path.segments.pop_punct();
        }
        (!self.is_constant).then_some(path)
    }

    /// The names of the named arguments: `train` and `test` of `Random::ratios(train: 0.7, test: 0.3)`.
    pub(crate) fn named_arguments(&self) -> impl Iterator<Item = &Ident> {
        self.arguments().flat_map(|arguments| &arguments.named)
    }

    /// Where the component is written.
    pub(crate) fn span(&self) -> Span {
        self.name().span()
    }

    /// Turns on the setting `allow_overlap` where the attributes of the statement have `overlap`.
    pub(crate) fn allow(&mut self, allowed: &Allowed, name: &str) {
        if let Some(word) = allowed.word(name) {
            self.allowed.push((format_ident!("allow_{name}", span = word.span()), word.span()));
        }
    }

    /// The rules at the component, each part at its own token: settings and named arguments where they are written, what
    /// is left of the constructor at its arguments, the component at its name. `ask` writes the question at a part.
    pub(crate) fn rules(&self, ask: impl Fn(TokenStream) -> TokenStream) -> TokenStream {
        let part =
            |place: Place, part: TokenStream| place.require(&ask(quote!(::modularml::__private::places::Part::#part)));
        let methods = self.methods.iter().map(|method| (&method.name, method.arguments.place(method.name.span())));
        let written = methods.chain(self.allowed.iter().map(|(name, span)| (name, Place::at(*span))));
        let (written, places): (Vec<_>, Vec<_>) = written.map(|(name, place)| (text(name), place)).unzip();
        let settings = written.iter().zip(places).map(|(name, place)| part(place, quote!(Setting(#name))));
        let named: Vec<_> =
            self.arguments().flat_map(|arguments| arguments.named.iter().zip(&arguments.values)).collect();
        let arguments = named.iter().enumerate().map(|(k, (name, value))| {
            let whole = part(Place { first: name.span(), last: Place::of(value).last }, quote!(Argument(#k)));
            let condition = is_condition(value).then(|| Condition::of(value));
            let tests = condition.filter(|condition| !matches!(condition, Condition::Single(_)));
            let tests = tests.iter().flat_map(Condition::tests);
            let tests =
                tests.map(|(path, test)| part(Place::of(test), quote!(Test { argument: #k, path: &[#(#path),*] })));
            quote!(#(#tests)* #whole)
        });
        let at_name = Place::at(self.span());
        let rest = self.constructor.as_ref().map_or(at_name, |arguments| arguments.place(self.span()));
        let count = named.len();
        let rest = part(rest, quote!(Rest { settings: &[#(#written),*], arguments: #count }));
        let name = part(at_name, quote!(Name));
        quote!(#(#settings)* #(#arguments)* #rest #name)
    }

    /// Refuses columns among the arguments that are not written with this input, and parameters where none can stand.
    pub(crate) fn names_columns_of(&self, input: &Ident, scope: &Scope) -> syn::Result<()> {
        self.names_columns(input, false, scope)
    }

    /// The same of a splitter, which may ask columns of other inputs: a rule knows which are joined.
    pub(crate) fn asks_columns_of(&self, input: &Ident, scope: &Scope) -> syn::Result<()> {
        self.names_columns(input, true, scope)
    }

    fn names_columns(&self, input: &Ident, of_others: bool, scope: &Scope) -> syn::Result<()> {
        let takes_column = |method: &&Method| TAKE_COLUMNS.iter().any(|name| method.name == name);
        let texts = self.methods.iter().filter(takes_column).flat_map(|method| &method.arguments.values);
        texts.into_iter().try_for_each(|argument| column_as_text(argument, input))?;
        self.refuse_kept(scope)?;
        self.arguments()
            .flat_map(|arguments| &arguments.values)
            .try_for_each(|argument| columns_of(argument, input, of_others, scope))
    }

    /// The component as a Rust expression; each argument is written by `argument`.
    pub(crate) fn to_expression(&self, argument: impl Fn(&Expr) -> TokenStream) -> TokenStream {
        self.write(&argument, None)
    }

    fn write(&self, argument: &dyn Fn(&Expr) -> TokenStream, hoisted: Option<&Hoisted<'_>>) -> TokenStream {
        let path = &self.path;
        let mut expression = match &self.constructor {
            Some(arguments) => {
                let arguments = arguments.to_tokens(argument, hoisted);
                quote!(#path #arguments)
            }
            None if self.is_constant => quote!(#path),
            None => quote_spanned!(self.span()=> #path::new()),
        };
        for (name, span) in &self.allowed {
            expression = quote_spanned!(*span=> #expression.#name());
        }
        for Method { dot, name, arguments } in &self.methods {
            let arguments = arguments.to_tokens(argument, hoisted);
            expression = quote!(#expression #dot #name #arguments);
        }
        expression
    }

    /// The component with its type erased, as a Rust expression.
    pub(crate) fn to_spec(&self, kind: ComponentKind, argument: impl Fn(&Expr) -> TokenStream) -> TokenStream {
        self.erase(kind, &self.to_expression(argument))
    }

    /// The same, with arguments as they were written.
    pub(crate) fn to_plain_spec(&self, kind: ComponentKind) -> TokenStream {
        self.to_spec(kind, Expr::to_token_stream)
    }

    fn erase(&self, kind: ComponentKind, component: &impl ToTokens) -> TokenStream {
        let (spec, as_kind) = (Ident::new("spec", self.span()), kind.method(self.span()));
        quote_spanned!(self.end()=> #component.#spec().#as_kind())
    }

    /// The component as a layer in `inputs`, with its type erased and its own shape for them, as a Rust expression. Lists of
    /// layers that use parameters are hoisted.
    pub(crate) fn to_written(&self, hoisted: Option<&Hoisted<'_>>) -> TokenStream {
        let expression = self.write(&Expr::to_token_stream, hoisted);
        let at = self.span();
        // Of the same context as the component, so that what rustc says of both together stands there.
        let (layer, inputs) = (Ident::new("__layer", at), local("inputs", at));
        let (spec, own_shape) = (self.erase(ComponentKind::Layer, &layer), Ident::new("own_shape", at));
        quote! {{
            let #layer = #expression;
            ::modularml::__private::WrittenLayer {
                own_shape: match __inputs {
                    ::core::option::Option::Some(#inputs) => ::core::option::Option::Some(#layer.#own_shape(#inputs)),
                    ::core::option::Option::None => ::core::option::Option::None,
                },
                spec: #spec,
            }
        }}
    }

    /// Refuses parameters where a value lives as long as the program: in conditions on columns, and in the scaler of a
    /// scaler.
    pub(crate) fn refuse_kept(&self, scope: &Scope) -> syn::Result<()> {
        for arguments in self.arguments() {
            let (kept, what) = match &arguments.parts {
                Some(Parts::List { components, .. }) => {
                    components.iter().try_for_each(|layer| layer.refuse_kept(scope))?;
                    continue;
                }
                Some(Parts::Last(scaler)) => (scaler.to_expression(Expr::to_token_stream), "the scaler of another one"),
                None if arguments.values.iter().any(is_condition) => {
                    let values = &arguments.values;
                    (quote!(#(#values),*), "a condition on columns")
                }
                None => continue,
            };
            if let Some(name) = scope.uses(&kept).first() {
                let message = format!(
                    "{what} is a constant, and parameter `{name}` is none; write the value itself, or build this experiment with \
                     ExperimentBuilder"
                );
                return Err(syn::Error::new(name.span(), message));
            }
        }
        Ok(())
    }

    /// The arguments of the constructor, and of each method.
    fn arguments(&self) -> impl Iterator<Item = &Arguments> {
        self.constructor.iter().chain(self.methods.iter().map(|method| &method.arguments))
    }

    /// The last token of the component.
    fn end(&self) -> Span {
        self.arguments().last().map_or(self.span(), |arguments| arguments.brackets.span.close())
    }
}

impl Parse for Component {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Self::read(input, Holds::Nothing)
    }
}

impl Component {
    fn read(input: ParseStream<'_>, holds: Holds) -> syn::Result<Self> {
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
    /// Where the arguments stand, or what takes them where there are none.
    fn place(&self, owner: Span) -> Place {
        if let Some(Parts::List { list, .. }) = &self.parts {
            return Place { first: list.span.open(), last: list.span.close() };
        }
        match (self.named.first(), self.values.first(), self.values.last()) {
            (Some(name), _, Some(last)) => Place { first: name.span(), last: Place::of(last).last },
            (None, Some(first), Some(last)) => Place { first: Place::of(first).first, last: Place::of(last).last },
            _ => Place::at(owner),
        }
    }

    /// The arguments in their brackets.
    fn to_tokens(&self, argument: &dyn Fn(&Expr) -> TokenStream, hoisted: Option<&Hoisted<'_>>) -> TokenStream {
        let values = self
            .values
            .iter()
            .map(|value| if is_condition(value) { Condition::of(value).to_tokens(argument) } else { argument(value) });
        let to_spec = |part: &Component, kind| part.erase(kind, &part.write(argument, hoisted));
        let arguments = if let Some(Parts::List { components, .. }) = &self.parts {
            let specs: Vec<_> = components.iter().map(|layer| to_spec(layer, ComponentKind::Layer)).collect();
            hoisted.map_or_else(|| quote!(const { &[#(#specs),*] }), |hoisted| hoisted.list(&specs))
        } else if let Some(Parts::Last(component)) = &self.parts {
            let spec = to_spec(component, ComponentKind::Scaler);
            quote!(#(#values,)* const { &#spec })
        } else if self.named.is_empty() {
            quote!(#(#values),*)
        } else {
            let names = self.named.iter().map(text);
            if self.are_lists {
                let lists = self.values.iter().map(list_of_literals);
                let pairs = quote!(const { &[#((#names, #lists)),*] });
                let mut tokens = TokenStream::new();
                self.brackets.surround(&mut tokens, |tokens| tokens.extend(pairs));
                return tokens;
            }
            let pairs = quote!([#((#names, #values)),*]);
            // Conditions and texts live as long as the program; shares are copied.
            let is_kept = |value: &Expr| is_condition(value) || is_text(value);
            if self.values.iter().any(is_kept) { quote!(const { &#pairs }) } else { pairs }
        };
        let mut tokens = TokenStream::new();
        self.brackets.surround(&mut tokens, |tokens| tokens.extend(arguments));
        tokens
    }

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

/// Whether a value is written as a text.
fn is_text(value: &Expr) -> bool {
    matches!(value, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }))
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
