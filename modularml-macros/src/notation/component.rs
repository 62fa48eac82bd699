//! Components: `Mlp::hidden([64, 32]).output([16])`, a plain Rust expression with two liberties: a bare path such as
//! `MinMax` stands for `MinMax::new()`, and named arguments `train: 0.7, test: 0.3` for `[("train", 0.7), ("test", 0.3)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::token::Paren;
use syn::{Expr, Path, Token, parenthesized};

/// A component with its settings, its inputs not included.
pub(crate) struct Component {
    path: Path,
    /// The arguments of the constructor, where there is one.
    constructor: Option<Arguments>,
    methods: Vec<(Ident, Arguments)>,
}

/// The arguments of a constructor or builder method.
struct Arguments {
    named: Vec<Ident>,
    values: Vec<Expr>,
}

impl Component {
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

    /// The settings that are written, each with the place at which its value stands.
    pub(crate) fn settings(&self) -> Vec<(&Ident, Span)> {
        let constructor = self.constructor.as_ref().map(|arguments| {
            let name = &self.path.segments[self.path.segments.len() - 1].ident;
            (name, arguments.span(name))
        });
        let methods = self.methods.iter().map(|(name, arguments)| (name, arguments.span(name)));
        constructor.into_iter().chain(methods).collect()
    }

    /// The place of the named arguments, where there are any.
    pub(crate) fn named_arguments(&self) -> Option<Span> {
        let all = self.constructor.iter().chain(self.methods.iter().map(|(_, arguments)| arguments));
        all.filter_map(|arguments| arguments.named.first()).map(Ident::span).next()
    }

    /// The component as a Rust expression; each argument is written by `argument`.
    pub(crate) fn to_expression(&self, argument: impl Fn(&Expr) -> TokenStream) -> TokenStream {
        let path = &self.path;
        let mut expression = match &self.constructor {
            Some(arguments) => {
                let arguments = arguments.to_tokens(&argument);
                quote!(#path(#arguments))
            }
            None if self.is_constant() => quote!(#path),
            None => {
                let new = Ident::new("new", self.span());
                quote!(#path::#new())
            }
        };
        for (name, arguments) in &self.methods {
            let arguments = arguments.to_tokens(&argument);
            expression = quote!(#expression.#name(#arguments));
        }
        expression
    }

    /// The component with its type erased, as a Rust expression.
    pub(crate) fn to_spec(&self, argument: impl Fn(&Expr) -> TokenStream) -> TokenStream {
        let expression = self.to_expression(argument);
        let spec = Ident::new("spec", self.span());
        quote!(#expression.#spec())
    }

    /// Whether the path is a user's constant, written in capitals.
    fn is_constant(&self) -> bool {
        let name = self.name().to_string();
        name.len() > 1 && !name.contains(char::is_lowercase)
    }
}

/// Writes an argument that is a bare lower-case name as a column of `columns`.
pub(crate) fn columns_as_arguments(columns: &TokenStream) -> impl Fn(&Expr) -> TokenStream {
    let columns = columns.clone();
    move |argument| match bare_name(argument) {
        Some(column) => quote!(#columns.#column),
        None => argument.to_token_stream(),
    }
}

fn bare_name(argument: &Expr) -> Option<&Ident> {
    let Expr::Path(path) = argument else { return None };
    let name = path.path.get_ident()?;
    name.to_string().starts_with(char::is_lowercase).then_some(name)
}

impl Parse for Component {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.call(Path::parse_mod_style)?;
        let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let is_constructor = last.starts_with(char::is_lowercase);
        if is_constructor && path.segments.len() < 2 {
            let message = format!("expected a component such as Mlp::hidden([64]), found `{last}`");
            return Err(syn::Error::new(path.span(), message));
        }
        let constructor = match is_constructor {
            true if input.peek(Paren) => Some(input.parse()?),
            true => {
                return Err(syn::Error::new(path.span(), format!("`{last}` needs its value in brackets behind it")));
            }
            false => None,
        };
        let mut methods = Vec::new();
        while input.peek(Token![.]) && input.peek2(syn::Ident) && input.peek3(Paren) {
            input.parse::<Token![.]>()?;
            methods.push((input.parse()?, input.parse()?));
        }
        Ok(Self { path, constructor, methods })
    }
}

impl Arguments {
    fn span(&self, name: &Ident) -> Span {
        self.values.first().map_or(name.span(), Spanned::span)
    }

    fn to_tokens(&self, argument: impl Fn(&Expr) -> TokenStream) -> TokenStream {
        let values = self.values.iter().map(argument);
        if self.named.is_empty() {
            return quote!(#(#values),*);
        }
        let names = self.named.iter().map(ToString::to_string);
        quote!([#((#names, #values)),*])
    }
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        parenthesized!(content in input);
        if content.peek(syn::Ident) && content.peek2(Token![:]) && !content.peek2(Token![::]) {
            let pairs = Punctuated::<Named, Token![,]>::parse_terminated(&content)?;
            let (named, values) = pairs.into_iter().map(|pair| (pair.name, pair.value)).unzip();
            return Ok(Self { named, values });
        }
        let values = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?;
        Ok(Self { named: Vec::new(), values: values.into_iter().collect() })
    }
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
