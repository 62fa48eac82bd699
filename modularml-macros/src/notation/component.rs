//! Components: `Mlp::hidden([64, 32]).output([16])`, a plain Rust expression with two liberties: a bare path such as
//! `MinMax` stands for `MinMax::new()`, and named arguments `train: 0.7, test: 0.3` for `[("train", 0.7), ("test", 0.3)]`.
//! Where a layer stands, a list of layers is a list of components as well: `Sequential::of([Linear::to([64]), Relu])`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::token::{Bracket, Paren};
use syn::{Expr, Member, Path, Token, bracketed, parenthesized};

use super::Place;
use super::allow::{Allowed, PERMISSIONS};
use crate::names::{local, text};

/// A component with its settings, its inputs not included.
pub(crate) struct Component {
    path: Path,
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
}

/// `[Conv1d::channels(16), Relu]`
struct Parts {
    list: Bracket,
    components: Vec<Component>,
}

/// Constructors whose list is one of layers even where its items do not show it: none, or constants.
const MADE_OF_LAYERS: [&str; 2] = ["of", "around"];

/// Whether lists in a component may be of layers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    OfLayers,
    OfValues,
}

impl Component {
    /// Reads a layer, whose arguments may be lists of layers.
    pub(crate) fn layer(input: ParseStream<'_>) -> syn::Result<Self> {
        Self::read(input, Lists::OfLayers)
    }

    /// The name of the component, for errors that point at it.
    pub(crate) fn name(&self) -> &Ident {
        let segments = &self.path.segments;
        let owner = if self.constructor.is_some() { segments.len().saturating_sub(2) } else { segments.len() - 1 };
        &segments[owner].ident
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
        let all = self.constructor.iter().chain(self.methods.iter().map(|method| &method.arguments));
        let named: Vec<_> = all.flat_map(|arguments| arguments.named.iter().zip(&arguments.values)).collect();
        let arguments = named.iter().enumerate().map(|(k, (name, value))| {
            part(Place { first: name.span(), last: Place::of(value).last }, quote!(Argument(#k)))
        });
        let at_name = Place::at(self.span());
        let rest = self.constructor.as_ref().map_or(at_name, |arguments| arguments.place(self.span()));
        let count = named.len();
        let rest = part(rest, quote!(Rest { settings: &[#(#written),*], arguments: #count }));
        let name = part(at_name, quote!(Name));
        quote!(#(#settings)* #(#arguments)* #rest #name)
    }

    /// Refuses columns among the arguments that are not written with this input.
    pub(crate) fn names_columns_of(&self, input: &Ident) -> syn::Result<()> {
        let all = self.constructor.iter().chain(self.methods.iter().map(|method| &method.arguments));
        all.flat_map(|arguments| &arguments.values).try_for_each(|argument| columns_of(argument, input))
    }

    /// The component as a Rust expression; each argument is written by `argument`.
    pub(crate) fn to_expression(&self, argument: impl Fn(&Expr) -> TokenStream) -> TokenStream {
        let path = &self.path;
        let mut expression = match &self.constructor {
            Some(arguments) => {
                let arguments = arguments.to_tokens(&argument);
                quote!(#path #arguments)
            }
            None if self.is_constant() => quote!(#path),
            None => quote_spanned!(self.span()=> #path::new()),
        };
        for (name, span) in &self.allowed {
            expression = quote_spanned!(*span=> #expression.#name());
        }
        for Method { dot, name, arguments } in &self.methods {
            let arguments = arguments.to_tokens(&argument);
            expression = quote!(#expression #dot #name #arguments);
        }
        expression
    }

    /// The component with its type erased, as a Rust expression.
    pub(crate) fn to_spec(&self, argument: impl Fn(&Expr) -> TokenStream) -> TokenStream {
        let expression = self.to_expression(argument);
        let spec = Ident::new("spec", self.span());
        quote_spanned!(self.end()=> #expression.#spec())
    }

    /// The component as a layer in `inputs`, with its type erased and its own shape for them, as a Rust expression.
    pub(crate) fn to_written(&self, argument: impl Fn(&Expr) -> TokenStream) -> TokenStream {
        let expression = self.to_expression(argument);
        let at = self.span();
        let (layer, inputs) = (local("layer", at), local("inputs", at));
        let (spec, own_shape) = (Ident::new("spec", at), Ident::new("own_shape", at));
        let spec = quote_spanned!(self.end()=> #layer.#spec());
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

    /// The last token of the component.
    fn end(&self) -> Span {
        let last = self.methods.last().map(|method| &method.arguments).or(self.constructor.as_ref());
        last.map_or(self.span(), |arguments| arguments.brackets.span.close())
    }

    /// Whether the path is a user's constant, written in capitals.
    fn is_constant(&self) -> bool {
        let name = self.name().to_string();
        name.len() > 1 && !name.contains(char::is_lowercase)
    }
}

/// Writes an argument with each column in it, `pulse.cell`, as a field of `names`, also inside of
/// `[Similar::to(pulse.temperature).within(5.0)]`.
pub(crate) fn columns_as_arguments(names: &TokenStream) -> impl Fn(&Expr) -> TokenStream {
    let names = names.clone();
    move |argument| with_columns(argument, &names)
}

fn with_columns(argument: &Expr, names: &TokenStream) -> TokenStream {
    if let Some((input, column)) = column(argument) {
        return quote!(#names.#input.#column);
    }
    let mut argument = argument.clone();
    for part in parts_of(&mut argument) {
        *part = Expr::Verbatim(with_columns(part, names));
    }
    argument.to_token_stream()
}

/// Refuses columns without an input or of another one.
fn columns_of(argument: &Expr, input: &Ident) -> syn::Result<()> {
    if let Some((written, column)) = column(argument) {
        if written == input {
            return Ok(());
        }
        let message = format!("`{written}.{column}`: this statement is about `{input}`; write {input}.{column}");
        return Err(syn::Error::new_spanned(argument, message));
    }
    if let Some(name) = bare_name(argument) {
        let message = format!("a column is written with its input: {input}.{name}");
        return Err(syn::Error::new_spanned(name, message));
    }
    let mut argument = argument.clone();
    let found = parts_of(&mut argument).into_iter().filter_map(|part| columns_of(part, input).err());
    found
        .reduce(|mut all, error| {
            all.combine(error);
            all
        })
        .map_or(Ok(()), Err)
}

/// The parts of an argument among which columns may stand.
fn parts_of(argument: &mut Expr) -> Vec<&mut Expr> {
    match argument {
        Expr::Array(array) => array.elems.iter_mut().collect(),
        Expr::Call(call) => call.args.iter_mut().collect(),
        Expr::MethodCall(call) => std::iter::once(&mut *call.receiver).chain(call.args.iter_mut()).collect(),
        Expr::Paren(inner) => vec![&mut *inner.expr],
        Expr::Reference(inner) => vec![&mut *inner.expr],
        Expr::Unary(inner) => vec![&mut *inner.expr],
        _ => Vec::new(),
    }
}

/// Whether an argument is a condition on a column: `pulse.cell.lt(10)`.
fn is_condition(argument: &Expr) -> bool {
    matches!(argument, Expr::MethodCall(call) if column(&call.receiver).is_some())
}

/// The input and the column of `pulse.cell`.
fn column(argument: &Expr) -> Option<(&Ident, &Ident)> {
    let Expr::Field(field) = argument else { return None };
    let Member::Named(column) = &field.member else { return None };
    bare_name(&field.base).map(|input| (input, column))
}

fn bare_name(argument: &Expr) -> Option<&Ident> {
    let Expr::Path(path) = argument else { return None };
    let name = path.path.get_ident()?;
    name.to_string().starts_with(char::is_lowercase).then_some(name)
}

impl Parse for Component {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Self::read(input, Lists::OfValues)
    }
}

impl Component {
    fn read(input: ParseStream<'_>, lists: Lists) -> syn::Result<Self> {
        let path = input.call(Path::parse_mod_style)?;
        let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let is_constructor = last.starts_with(char::is_lowercase);
        if is_constructor && path.segments.len() < 2 {
            let message = format!("expected a component such as Mlp::hidden([64]), found `{last}`");
            return Err(syn::Error::new_spanned(path, message));
        }
        let constructor = match is_constructor {
            true if input.peek(Paren) => Some(Arguments::parse(input, lists, &last)?),
            true => {
                return Err(syn::Error::new_spanned(path, format!("`{last}` needs its value in brackets behind it")));
            }
            false => None,
        };
        let mut methods = Vec::new();
        while input.peek(Token![.]) && input.peek2(syn::Ident) && input.peek3(Paren) {
            let dot = input.parse()?;
            let name: Ident = input.parse()?;
            let permission = PERMISSIONS.iter().find(|permission| name == format!("allow_{}", permission.name));
            if let Some(permission) = permission {
                let message = format!("write #[allow({})] above the statement", permission.name);
                return Err(syn::Error::new(name.span(), message));
            }
            let arguments = Arguments::parse(input, lists, &name.to_string())?;
            methods.push(Method { dot, name, arguments });
        }
        Ok(Self { path, constructor, methods, allowed: Vec::new() })
    }

    /// Whether this can be nothing but a component, where it could be a value as well: `Relu`, `Linear::to([64])`, and not
    /// `WIDTH`, `Padding::Zeros` or `Sizes::width()`.
    fn is_surely_a_component(&self) -> bool {
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

impl Arguments {
    /// Where the arguments stand, or what takes them where there are none.
    fn place(&self, owner: Span) -> Place {
        if let Some(parts) = &self.parts {
            return Place { first: parts.list.span.open(), last: parts.list.span.close() };
        }
        match (self.named.first(), self.values.first(), self.values.last()) {
            (Some(name), _, Some(last)) => Place { first: name.span(), last: Place::of(last).last },
            (None, Some(first), Some(last)) => Place { first: Place::of(first).first, last: Place::of(last).last },
            _ => Place::at(owner),
        }
    }

    /// The arguments in their brackets.
    fn to_tokens(&self, argument: impl Fn(&Expr) -> TokenStream) -> TokenStream {
        let values = self.values.iter().map(&argument);
        let arguments = if let Some(parts) = &self.parts {
            let specs =
                parts.components.iter().map(|component| component.to_spec(&argument as &dyn Fn(&Expr) -> TokenStream));
            quote!(const { &[#(#specs),*] })
        } else if self.named.is_empty() {
            quote!(#(#values),*)
        } else {
            let names = self.named.iter().map(text);
            let pairs = quote!([#((#names, #values)),*]);
            // Conditions live as long as the program; shares are copied.
            if self.values.iter().any(is_condition) { quote!(const { &#pairs }) } else { pairs }
        };
        let mut tokens = TokenStream::new();
        self.brackets.surround(&mut tokens, |tokens| tokens.extend(arguments));
        tokens
    }
}

impl Arguments {
    /// The arguments, in their brackets, of a constructor or method of that name.
    fn parse(input: ParseStream<'_>, lists: Lists, taker: &str) -> syn::Result<Self> {
        let content;
        let brackets = parenthesized!(content in input);
        let (named, values) = (Vec::new(), Vec::new());
        if lists == Lists::OfLayers
            && content.peek(Bracket)
            && (MADE_OF_LAYERS.contains(&taker) || is_list_of_components(&content))
        {
            let parts = Parts::parse(&content)?;
            content.parse::<Option<Token![,]>>()?;
            return Ok(Self { brackets, named, values, parts: Some(parts) });
        }
        if content.peek(syn::Ident) && content.peek2(Token![:]) && !content.peek2(Token![::]) {
            let pairs = Punctuated::<Named, Token![,]>::parse_terminated(&content)?;
            let (named, values) = pairs.into_iter().map(|pair| (pair.name, pair.value)).unzip();
            return Ok(Self { brackets, named, values, parts: None });
        }
        let values = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?;
        Ok(Self { brackets, named, values: values.into_iter().collect(), parts: None })
    }
}

impl Parse for Parts {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let items;
        let list = bracketed!(items in input);
        let components = items.parse_terminated(Component::layer, Token![,])?;
        Ok(Self { list, components: components.into_iter().collect() })
    }
}

/// Whether what follows is a list of components, of which one at least is surely none of values.
fn is_list_of_components(input: ParseStream<'_>) -> bool {
    input.fork().parse::<Parts>().is_ok_and(|parts| parts.components.iter().any(Component::is_surely_a_component))
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
