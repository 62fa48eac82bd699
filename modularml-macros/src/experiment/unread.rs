//! Metrics that are still being written.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Path, Token};

use super::terms::type_of_value;

/// A metric that could not be read to its end.
pub(super) struct Unread {
    pub name: Ident,
    /// The path with which its component begins, as far as it stands there.
    pub component: Option<Path>,
}

impl Unread {
    /// What a statement begins with.
    pub(super) fn begun(input: ParseStream<'_>) -> Option<Self> {
        let ahead = input.fork();
        let mut name = ahead.call(Ident::parse_any).ok()?;
        let of_threshold = name == "threshold" && ahead.peek(syn::Ident);
        if of_threshold {
            name = ahead.parse().ok()?;
        }
        let is_assigned = ahead.parse::<Option<Token![=]>>().ok().flatten().is_some();
        let component = if is_assigned { ahead.call(Path::parse_mod_style).ok() } else { None };
        // The name of the next statement is no component.
        let is_type = |path: &Path| path.segments.iter().any(|it| it.ident.to_string().starts_with(char::is_uppercase));
        // A threshold is a number, whatever chooses it.
        Some(Self { name, component: component.filter(is_type).filter(|_| !of_threshold) })
    }

    /// The type of its value, where it is no number.
    pub(super) fn type_of_value(&self) -> Option<TokenStream> {
        let mut component = self.component.clone()?;
        let last = component.segments.last()?.ident.to_string();
        if last.starts_with(char::is_lowercase) {
            component.segments.pop();
            component.segments.pop_punct();
        }
        type_of_value(&component)
    }
}
