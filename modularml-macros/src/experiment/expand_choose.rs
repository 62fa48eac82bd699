//! The code that `choose` stands for.

use proc_macro2::TokenStream;
use quote::quote;

use super::choose::Choose;
use super::expand::Expansion;
use super::settings::{Value, values};
use crate::names::text;
use crate::notation::ComponentKind;

impl Expansion<'_> {
    /// How it is chosen, in the description.
    pub(super) fn choose(&mut self) -> TokenStream {
        let experiment = self.experiment;
        let Some(choose) = &experiment.choose else { return quote!(::core::option::Option::None) };
        self.rule(choose.word.span(), &quote!(choose(__CONTEXT)));
        let search = self.component(ComponentKind::Search, &choose.search);
        self.rules_at(&choose.search, |part| quote!(search(__CONTEXT, #part)));
        let first = std::iter::once(Value { name: text(&choose.by.first), span: choose.by.first.span() });
        let path: Vec<Value> = first.chain(values(&choose.by.rest)).collect();
        for (at, value) in path.iter().enumerate() {
            self.rule(value.span, &quote!(chosen_by(__CONTEXT, #at)));
        }
        let within = self.inner_folds(choose);
        "choose".clone_into(&mut self.statement);
        self.end_statement(&text(choose.search.name()).to_lowercase());
        let by: Vec<TokenStream> = path.iter().map(|value| &value.name).map(|name| quote!(#name)).collect();
        let by = self.list(&by);
        quote! {
            ::core::option::Option::Some(::modularml::experiment::ChooseSpec {
                search: #search,
                by: #by,
                within: #within,
            })
        }
    }

    fn inner_folds(&mut self, choose: &Choose) -> TokenStream {
        let experiment = self.experiment;
        let outer = experiment.splits.iter().find(|split| split.into.is_some());
        let (Some(inner), Some((outer, made))) =
            (&choose.inner, outer.and_then(|outer| Some((outer, outer.into.as_ref()?))))
        else {
            return quote!(::core::option::Option::None);
        };
        let splitter = self.folds_into(inner, made, &outer.input);
        let place = experiment.splits.len();
        self.rules_at(inner, |part| quote!(inner_folds(__CONTEXT, #place, #part)));
        let (input, train) = (text(&outer.input), text(&made[0]));
        let independent = choose.allowed.has("ungrouped");
        quote! {
            ::core::option::Option::Some(::modularml::experiment::SplitSpec {
                input: #input,
                of: ::core::option::Option::Some(#train),
                splitter: #splitter,
                rows_are_independent: #independent,
                unused: true,
                within: ::core::option::Option::None,
            })
        }
    }
}
