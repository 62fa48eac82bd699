//! The code that `augment` stands for.

use proc_macro2::TokenStream;
use quote::quote;

use super::augment::Augment;
use super::expand::Expansion;
use crate::names::text;
use crate::notation::ComponentKind;

impl Expansion<'_> {
    /// The statement in the description, and the rules at its tokens.
    pub(super) fn augment(&mut self, i: usize, augment: &Augment) -> TokenStream {
        let (input, column) = (&augment.column.first, &augment.column.rest[0]);
        let kind = ComponentKind::Augmenter;
        let augmenters: Vec<_> = augment.augmenters.iter().map(|it| self.component(kind, it).here).collect();
        let augmenters = self.list(&augmenters);
        self.known(input, &augment.column.rest);
        self.rule(column.span(), &quote!(augmented_column(__CONTEXT, #i)));
        for (k, augmenter) in augment.augmenters.iter().enumerate() {
            self.rules_at(augmenter, |part| quote!(augmenter(__CONTEXT, #i, #k, #part)));
        }
        let (input, column) = (text(input), text(column));
        "augment".clone_into(&mut self.statement);
        self.end_statement(&format!("{input}_{column}"));
        quote! {
            ::modularml::process::AugmentSpec { input: #input, column: #column, augmenters: #augmenters }
        }
    }
}
