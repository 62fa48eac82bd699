//! Components: `Mlp::hidden([64, 32]).output([16])`, a plain Rust expression with a few liberties: a bare path such as
//! `MinMax` stands for `MinMax::new()`, and named arguments `train: 0.7, test: 0.3` for `[("train", 0.7), ("test", 0.3)]`.
//! A path in braces, `{WIDE}`, is a constant of the user's. Where a layer stands, a list of layers is a list of components
//! as well, `Sequential::of([Linear::to([64]), Relu])`; where a scaler stands, so is the scaler behind other arguments,
//! `Segmented::at([0, 50], Standard.over([0]))`.

mod arguments;
mod parse;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::ParseStream;
use syn::{Expr, Path, Token};

use arguments::{Arguments, Parts};
use parse::Holds;

use super::allow::Allowed;
use super::columns::{column_as_text, columns_of};
use super::conditions::{Condition, is_condition};
use super::parameters::{Hoisted, Scope};
use super::{ComponentKind, Place};
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

/// The settings of splitters and samplers that take a column.
const TAKE_COLUMNS: [&str; 4] = ["group_by", "stratify_by", "weighted_by", "in_column"];

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
