//! `choose`, which says how what may be chosen is chosen.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Token;
use syn::parse::ParseStream;

use super::expand::Expansion;
use super::parse::{Experiment, Split};
use crate::errors::Errors;
use crate::names::text;
use crate::notation::{Allowed, Component, ComponentKind, Dotted, Scope, end_of_statement};

/// `choose GridSearch by unseen.rmse in KFold::of(3).group_by(pulse.cell);`
pub(super) struct Choose {
    pub word: Ident,
    pub search: Component,
    /// The value that decides.
    pub by: Dotted,
    /// The inner folds in which each fold chooses for itself.
    pub inner: Option<Component>,
    pub allowed: Allowed,
}

/// Reads the statement.
pub(super) fn choose(input: ParseStream<'_>, allowed: Allowed) -> syn::Result<Choose> {
    let word: Ident = input.parse()?;
    let search: Component = input.parse()?;
    let name = search.name().clone();
    let by: Option<Ident> = if input.peek(syn::Ident) { Some(input.parse()?) } else { None };
    if by.as_ref().is_none_or(|by| by != "by") {
        let message = format!("say which value decides: choose {name}.. by regress.val.loss;");
        return Err(
            by.map_or_else(|| syn::Error::new(search.span(), &message), |by| syn::Error::new(by.span(), &message))
        );
    }
    let by: Dotted = input.parse()?;
    if by.rest.is_empty() {
        let first = &by.first;
        let message = format!(
            "what decides is a value of a phase: by {first}.val.loss of what `validate` measures, or by {first}.rmse of an eval \
             phase"
        );
        return Err(syn::Error::new(first.span(), message));
    }
    let inner = if input.peek(Token![in]) {
        input.parse::<Token![in]>()?;
        Some(input.parse()?)
    } else {
        None
    };
    end_of_statement(input, &name)?;
    Ok(Choose { word, search, by, inner, allowed })
}

impl Choose {
    /// Refuses inner folds where there is not one statement of folds in which they could be, and columns of another input.
    pub(super) fn refuse_inner_folds(&mut self, splits: &[Split], scope: &Scope, errors: &mut Errors) {
        let Some(inner) = &self.inner else { return };
        let folds: Vec<&Split> = splits.iter().filter(|split| split.into.is_some()).collect();
        let message = match folds.as_slice() {
            [only] => match inner.names_columns_of(&only.input, scope) {
                Ok(()) => return,
                Err(error) => {
                    errors.keep::<()>(Err(error));
                    self.inner = None;
                    return;
                }
            },
            [] => {
                let input = splits.first().map_or_else(|| "pulse".to_owned(), |split| split.input.to_string());
                format!(
                    "inner folds choose in each fold of the experiment, and it has none; declare them: folds {input} = \
                     KFold::of(5) into train, left_out;"
                )
            }
            several => format!(
                "inner folds choose in each fold of the experiment, and it has {} statements of folds; choose without them, by a \
                 value of `validate`",
                several.len()
            ),
        };
        errors.keep::<()>(Err(syn::Error::new(inner.span(), message)));
        self.inner = None;
    }
}

impl Expansion<'_> {
    /// How it is chosen, in the description.
    pub(super) fn choose(&mut self) -> TokenStream {
        let experiment: &Experiment = self.experiment;
        let Some(choose) = &experiment.choose else { return quote!(::core::option::Option::None) };
        self.rule(choose.word.span(), &quote!(choose(__CONTEXT)));
        let search = self.component(ComponentKind::Search, &choose.search);
        self.rules_at(&choose.search, |part| quote!(search(__CONTEXT, #part)));
        let path: Vec<&Ident> = std::iter::once(&choose.by.first).chain(&choose.by.rest).collect();
        for (at, name) in path.iter().enumerate() {
            self.rule(name.span(), &quote!(chosen_by(__CONTEXT, #at)));
        }
        let within = self.inner_folds(choose);
        "choose".clone_into(&mut self.statement);
        self.end_statement(&text(choose.search.name()).to_lowercase());
        let by: Vec<TokenStream> = path.iter().map(|name| text(name)).map(|name| quote!(#name)).collect();
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
        let splitter = self.folds_into(inner, made);
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
