//! What a component stands as.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

/// A kind of component.
#[derive(Clone, Copy)]
pub(crate) enum ComponentKind {
    Layer,
    Optimizer,
    Splitter,
    Folds,
    Sampler,
    Scaler,
    Loss,
    Metric,
    Schedule,
    Clip,
    Mix,
    Rate,
    Callback,
    Search,
    Augmenter,
}

impl ComponentKind {
    /// The module and the name of its erased type.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Layer => ("graph", "Layer"),
            Self::Optimizer => ("graph", "Optimizer"),
            Self::Splitter => ("process", "Splitter"),
            Self::Folds => ("process", "Folds"),
            Self::Sampler => ("process", "Sampler"),
            Self::Scaler => ("process", "Scaler"),
            Self::Loss => ("experiment", "Loss"),
            Self::Metric => ("experiment", "Metric"),
            Self::Schedule => ("experiment", "Schedule"),
            Self::Clip => ("experiment", "Clip"),
            Self::Mix => ("experiment", "Mix"),
            Self::Rate => ("experiment", "Rate"),
            Self::Callback => ("experiment", "Callback"),
            Self::Search => ("search", "Search"),
            Self::Augmenter => ("process", "Augmenter"),
        }
    }

    /// The erased type.
    pub(crate) fn erased(self) -> TokenStream {
        let (module, name) = self.words();
        let (module, name) = (format_ident!("{module}"), format_ident!("{name}Spec"));
        quote!(::modularml::#module::#name)
    }

    /// The method that gives a component as one of this kind.
    pub(crate) fn method(self, at: Span) -> Ident {
        let (_, name) = self.words();
        format_ident!("as_{}", name.to_lowercase(), span = at)
    }
}

/// Makes the methods of all kinds known, so that a component of another kind is refused in words.
pub(crate) fn standing() -> TokenStream {
    quote! {
        #[allow(unused_imports, reason = "only what is of another kind needs it")]
        use ::modularml::__private::Standing as _;
    }
}
