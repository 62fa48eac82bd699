//! What stands in the brackets of a constructor or method.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::token::{Bracket, Paren};
use syn::{Expr, ExprLit, Lit};

use super::Component;
use crate::names::text;
use crate::notation::conditions::{Condition, is_condition};
use crate::notation::lists::list_of_literals;
use crate::notation::parameters::Hoisted;
use crate::notation::{ComponentKind, Place};

/// The arguments of a constructor or builder method. The brackets are kept, for what rustc says about the whole call
/// must stand there.
pub(super) struct Arguments {
    pub(super) brackets: Paren,
    pub(super) named: Vec<Ident>,
    pub(super) values: Vec<Expr>,
    /// Where a component is made of components.
    pub(super) parts: Option<Parts>,
    /// Whether the values are lists of literals.
    pub(super) are_lists: bool,
}

/// The components among the arguments of a component.
pub(super) enum Parts {
    /// `[Conv1d::channels(16), Relu]`
    List { list: Bracket, components: Vec<Component> },
    /// The `Standard.over([0])` behind another argument.
    Last(Box<Component>),
}

impl Arguments {
    /// Where the arguments stand, or what takes them where there are none.
    pub(super) fn place(&self, owner: Span) -> Place {
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
    pub(super) fn to_tokens(
        &self,
        argument: &dyn Fn(&Expr) -> TokenStream,
        hoisted: Option<&Hoisted<'_>>,
    ) -> TokenStream {
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
}

/// Whether a value is written as a text.
fn is_text(value: &Expr) -> bool {
    matches!(value, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }))
}
