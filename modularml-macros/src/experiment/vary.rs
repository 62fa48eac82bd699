//! The head of an experiment with its parameters, and `vary`, which says what may be chosen.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote};
use syn::parse::{Parse, ParseStream};
use syn::token::{Bracket, Paren};
use syn::{Expr, Token, Type, bracketed, parenthesized};

use crate::errors::Errors;
use crate::names::text;
use crate::notation::{Parameter, Place, Scope, distinct, end_of_statement};

/// What stands behind the name of an experiment: `(patience: usize = 10, width) for SohNet`
pub(super) struct Head {
    pub parameters: Vec<Parameter>,
    /// The parameters of the graph that settings of the experiment use.
    pub of_graph: Vec<Ident>,
    pub graph: Type,
}

/// `width in [32, 64, 128]`
pub(super) struct Choice {
    pub name: Ident,
    pub from: From,
}

/// What a value is chosen from.
pub(super) enum From {
    Listed(Vec<Expr>),
    Range(Box<Expr>),
}

impl Choice {
    /// Whether it is of the seed.
    pub(super) fn is_seed(&self) -> bool {
        self.name == "seed"
    }
}

impl From {
    /// Where each value stands: those of a list, or the two ends of a range.
    pub(super) fn places(&self) -> Vec<Place> {
        match self {
            Self::Listed(values) => values.iter().map(Place::of).collect(),
            Self::Range(range) => match &**range {
                Expr::Call(call) if call.args.len() == 2 => call.args.iter().map(Place::of).collect(),
                range => vec![Place::of(range); 2],
            },
        }
    }
}

/// A parameter of the experiment, or the name of one of the graph.
enum Named {
    Own(Box<Parameter>),
    OfGraph(Ident),
}

impl Parse for Named {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let is_name = input.peek(syn::Ident)
            && (input.peek2(Token![,])
                || input.fork().parse::<Ident>().is_ok_and(|_| {
                    let ahead = input.fork();
                    ahead.parse::<Ident>().is_ok() && ahead.is_empty()
                }));
        if is_name { Ok(Self::OfGraph(input.parse()?)) } else { Ok(Self::Own(Box::new(input.parse()?))) }
    }
}

/// Reads the parameters, where there are any, and the graph.
pub(super) fn head(input: ParseStream<'_>, name: &Ident, errors: &mut Errors) -> syn::Result<Head> {
    let (mut parameters, mut of_graph) = (Vec::new(), Vec::new());
    if input.peek(Paren) {
        let ahead = input.fork();
        let content;
        let brackets = parenthesized!(content in ahead);
        let is_type = content.peek(syn::Ident)
            && content.fork().parse::<Ident>().is_ok_and(|word| word.to_string().starts_with(char::is_uppercase));
        if !ahead.peek(Token![for]) || is_type || content.is_empty() {
            return Err(graph_in_brackets(&content, brackets.span.join(), name));
        }
        let content;
        parenthesized!(content in input);
        for named in content.parse_terminated(Named::parse, Token![,])? {
            match named {
                Named::Own(parameter) => parameters.push(*parameter),
                Named::OfGraph(name) => of_graph.push(name),
            }
        }
    }
    if !input.peek(Token![for]) {
        return Err(input.error(format!("expected the graph: experiment {name} for <Graph> {{ .. }}")));
    }
    input.parse::<Token![for]>()?;
    let parameters = distinct(parameters, |parameter| &parameter.name, &[], errors);
    let own: Vec<_> = parameters.iter().map(|it| (text(&it.name), "a parameter of the experiment")).collect();
    let of_graph = distinct(of_graph, |name| name, &own, errors);
    Ok(Head { parameters, of_graph, graph: input.parse()? })
}

/// What to say of a graph in the place of parameters: `SohStudy(net: SohNet)`.
fn graph_in_brackets(content: ParseStream<'_>, at: proc_macro2::Span, name: &Ident) -> syn::Error {
    // Of `(net: SohNet)` the graph is what stands behind the colon.
    if content.peek(syn::Ident) && content.peek2(Token![:]) && !content.peek2(Token![::]) {
        let _ = content.parse::<Ident>();
        let _ = content.parse::<Token![:]>();
    }
    let graph = content.parse::<TokenStream>().unwrap_or_default().to_string().replace(' ', "");
    let graph = if graph.is_empty() { "<Graph>" } else { &graph };
    let message = format!("an experiment names its graph behind `for`: experiment {name} for {graph} {{ .. }}");
    syn::Error::new(at, message)
}

/// The parameters that settings of an experiment may use.
pub(super) fn scope(own: &[Parameter], of_graph: &[Ident]) -> Scope {
    let mut scope = Scope::default();
    for Parameter { name, .. } in own {
        scope.add(name, quote!(#name));
    }
    for name in of_graph {
        scope.add(name, if own.is_empty() { quote!(#name) } else { quote!(graph.#name) });
    }
    scope
}

/// Reads `vary width in [32, 64, 128], lr in LogUniform::between(1e-4, 1e-2);`
pub(super) fn choices(input: ParseStream<'_>) -> syn::Result<Vec<Choice>> {
    let word: Ident = input.parse()?;
    let mut choices = vec![input.parse::<Choice>()?];
    while input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
        choices.push(input.parse()?);
    }
    end_of_statement(input, &word)?;
    Ok(choices)
}

impl Parse for Choice {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        if !input.peek(Token![in]) {
            let message = format!("expected `in` and what `{name}` may be: vary {name} in [32, 64, 128];");
            return Err(syn::Error::new(input.span(), message));
        }
        input.parse::<Token![in]>()?;
        if input.peek(Bracket) {
            let content;
            let brackets = bracketed!(content in input);
            let values: Vec<Expr> = content.parse_terminated(Expr::parse, Token![,])?.into_iter().collect();
            if values.is_empty() {
                let message = format!("`{name}` may be nothing; list its values, or remove it");
                return Err(syn::Error::new(brackets.span.join(), message));
            }
            return Ok(Self { name, from: From::Listed(values) });
        }
        let range: Expr = input.parse()?;
        match &range {
            Expr::Call(_) | Expr::Path(_) => Ok(Self { name, from: From::Range(Box::new(range)) }),
            Expr::Range(ends) => {
                let end = |end: &Option<Box<Expr>>| {
                    end.as_ref().map_or("..".to_owned(), |it| it.to_token_stream().to_string())
                };
                let (low, high) = (end(&ends.start), end(&ends.end));
                let message = format!(
                    "say how values between two are drawn, both included: {name} in Uniform::between({low}, {high}), LogUniform or \
                     Integers"
                );
                Err(syn::Error::new_spanned(range, message))
            }
            _ => {
                let message =
                    format!("`{name}` is one of a list, [32, 64, 128], or of a range, LogUniform::between(1e-4, 1e-2)");
                Err(syn::Error::new_spanned(range, message))
            }
        }
    }
}
