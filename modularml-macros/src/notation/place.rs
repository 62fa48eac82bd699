//! Places: from one token of the user to another, where an error is to stand.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// From the first to the last token of what is wrong. Stable Rust joins the two only around an expression that begins
/// with the one and ends with the other.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub first: Span,
    pub last: Span,
}

impl Place {
    /// One token.
    pub(crate) fn at(span: Span) -> Self {
        Self { first: span, last: span }
    }

    /// All tokens of an expression.
    pub(crate) fn of(tokens: &impl ToTokens) -> Self {
        let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        Self { first, last: spans.last().unwrap_or(first) }
    }

    /// A statement of a constant that raises a refused rule at this place.
    pub(crate) fn require(self, verdict: &TokenStream) -> TokenStream {
        let mut verdict = Group::new(Delimiter::Parenthesis, verdict.clone());
        verdict.set_span(self.last);
        let require = quote_spanned!(self.first=> ::modularml::__private::require);
        quote!(#require #verdict;)
    }
}
