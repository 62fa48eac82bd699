//! What an experiment with folds has beside: runs of all folds, typed by what each value is over them.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::Visibility;

use super::evaluation::Eval;
use super::parse::Experiment;
use super::phase::{Kind, Phase};
use super::results::{kept_predictions, phases, type_of, type_of_value};
use super::told::{TermsField, told_terms};
use crate::declaration::{record, refused_type};
use crate::names::text;

/// The type of what all folds report.
pub(super) fn type_over_folds(owner: &Ident) -> Ident {
    format_ident!("{owner}Folds")
}

/// The types of results over folds.
pub(super) fn structs(experiment: &Experiment) -> TokenStream {
    if !experiment.has_folds() || experiment.broken.unnamed.is_some() {
        return TokenStream::new();
    }
    let Experiment { visibility, name, .. } = experiment;
    let folds = type_over_folds(name);
    let (phases, _) = phases(experiment);
    let reporting: Vec<_> = phases.iter().filter(|(_, phase)| !matches!(phase.kind, Kind::Fit(_))).collect();
    let of_phases = reporting.iter().map(|(_, phase)| of_phase(experiment, phase));
    let fields = reporting.iter().map(|(_, phase)| {
        let of_fold = type_of(experiment, &phase.name);
        let field = &phase.name;
        if let Kind::Eval(_) = phase.kind {
            let (docs, ty) = (format!("What `{field}` measured in all folds."), type_over_folds(&of_fold));
            quote!(#[doc = #docs] pub #field: #ty,)
        } else {
            let docs = format!("What `{field}` reports, by fold.");
            quote!(#[doc = #docs] pub #field: ::std::vec::Vec<#of_fold>,)
        }
    });
    let broken: Vec<_> = experiment
        .broken_phases()
        .map(|(phase, error)| (phase, type_over_folds(&type_of(experiment, phase)), error))
        .collect();
    let broken_fields = broken.iter().map(|(phase, ty, _)| {
        let docs = format!("What `{phase}` reports.");
        quote!(#[doc = #docs] pub #phase: #ty,)
    });
    let broken_values = broken.iter().map(|(phase, ..)| quote!(#phase: ::core::convert::TryFrom::try_from(&results)?,));
    let refused = broken.iter().map(|(_, ty, error)| refused_type(visibility, ty, error));
    let values = reporting.iter().map(|(place, phase)| {
        let field = &phase.name;
        if let Kind::Eval(_) = phase.kind {
            return quote!(#field: ::core::convert::TryFrom::try_from(&results)?,);
        }
        quote! {
            #field: results
                .phase(#place)?
                .into_iter()
                .map(::core::convert::TryFrom::try_from)
                .collect::<::modularml::Result<_>>()?,
        }
    });
    let docs = format!("What the phases of `{name}` report over all folds.");
    quote! {
        #[doc = #docs]
        #[derive(Clone, Debug)]
        #[allow(dead_code)]
        #visibility struct #folds {
            #(#fields)*
            #(#broken_fields)*
            __results: ::modularml::experiment::FoldsResult,
        }

        #[automatically_derived]
        #[allow(unused_variables, unreachable_code)]
        impl ::core::convert::TryFrom<::modularml::experiment::FoldsResult> for #folds {
            type Error = ::modularml::Error;

            fn try_from(results: ::modularml::experiment::FoldsResult) -> ::modularml::Result<Self> {
                ::core::result::Result::Ok(Self { #(#values)* #(#broken_values)* __results: results })
            }
        }

        #[automatically_derived]
        #[allow(dead_code)]
        impl #folds {
            /// Writes a page in HTML that shows the values of all folds, whole or not at all; one that is there is replaced.
            ///
            /// # Errors
            /// When the file cannot be written.
            #visibility fn write_report(
                &self,
                path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::modularml::Result<()> {
                self.__results.write_report(path)
            }
        }

        #(#refused)*
        #(#of_phases)*
    }
}

/// What an eval phase measured in all folds.
fn of_phase(experiment: &Experiment, phase: &Phase) -> TokenStream {
    let Kind::Eval(eval) = &phase.kind else { return TokenStream::new() };
    let (visibility, ty) = (&experiment.visibility, type_over_folds(&type_of(experiment, &phase.name)));
    if let Some(error) = &eval.unfinished {
        return refused_type(visibility, &ty, error);
    }
    record_of(visibility, phase, eval, &ty)
}

fn record_of(visibility: &Visibility, phase: &Phase, eval: &Eval, ty: &Ident) -> TokenStream {
    let name = text(&phase.name);
    let docs = format!("What eval `{}` measured in all folds.", phase.name);
    let head = quote!(#[doc = #docs] #[derive(Clone, Debug)] #visibility struct #ty);
    let (names, texts) = eval.measured();
    let fields = names.iter().map(|name| {
        let over = match type_of_value(eval, name) {
            None => quote!(::modularml::experiment::OverFolds),
            Some(value) => quote!(::modularml::experiment::ByFold<#value>),
        };
        (format!("The value of `{name}`."), name, over)
    });
    let table = kept_predictions(eval).map(|word| {
        let docs = "What the graph gave for the rows of each fold, with a column `fold`.".to_owned();
        (docs, word, quote!(::modularml::experiment::PredictionTable))
    });
    let table_value = kept_predictions(eval).map(|word| quote!(#word: results.predictions(#name)?,));
    let values = names.iter().zip(&texts).map(|(field, measured)| {
        let method = if type_of_value(eval, field).is_none() { "measured" } else { "values" };
        let method = format_ident!("{method}");
        quote!(#field: results.#method(#name, #measured)?,)
    });
    let own = if names.iter().any(|name| name == "terms") { &[][..] } else { &eval.loss[..] };
    let read = |label: String| {
        let measured = format!("terms.{label}");
        quote!(results.measured(#name, #measured)?)
    };
    let over = quote!(::modularml::experiment::OverFolds);
    let terms = told_terms(visibility, (ty, "terms"), (own, None), &over, "in all folds", read).unwrap_or_default();
    let types = record(&head, fields.chain(table).chain(terms.field()));
    let TermsField { types: more, value: terms_value, .. } = &terms;
    quote! {
        #more
        #types

        #[automatically_derived]
        impl ::core::convert::TryFrom<&::modularml::experiment::FoldsResult> for #ty {
            type Error = ::modularml::Error;

            #[allow(unused_variables)]
            fn try_from(results: &::modularml::experiment::FoldsResult) -> ::modularml::Result<Self> {
                ::core::result::Result::Ok(Self { #(#values)* #table_value #terms_value })
            }
        }
    }
}

/// The methods of a study with folds.
pub(super) fn methods(experiment: &Experiment) -> TokenStream {
    if !experiment.has_folds() || experiment.broken.unnamed.is_some() {
        return TokenStream::new();
    }
    let folds = type_over_folds(&experiment.name).to_token_stream();
    quote! {
        /// Runs all phases in each fold, one fold after the other, each with splits, scalers and weights of its own. The
        /// study itself is not trained: [`Self::fold`] gives one fold, [`Self::refit`] a model of all rows.
        ///
        /// # Errors
        /// When a phase fails in one of the folds.
        pub fn run_folds(&self) -> ::modularml::Result<#folds> {
            ::core::convert::TryFrom::try_from(self.session.run_folds()?)
        }

        /// The same on several threads, a fold on each at a time, with the same bits.
        ///
        /// # Errors
        /// When a phase fails in one of the folds.
        pub fn run_folds_on(&self, threads: usize) -> ::modularml::Result<#folds> {
            ::core::convert::TryFrom::try_from(self.session.run_folds_on(threads)?)
        }

        /// The same with each fold recorded, below the folder of the records: a process that was stopped and runs it again
        /// goes on where it was, to the same bits.
        ///
        /// # Errors
        /// When a phase fails in one of the folds, or a signal asks the process to stop.
        pub fn run_folds_in(
            &self,
            records: impl ::core::convert::Into<::modularml::record::Records>,
        ) -> ::modularml::Result<#folds> {
            ::core::convert::TryFrom::try_from(self.session.run_folds_in(records)?)
        }

        /// The study in one fold, counted from 0, with nothing trained yet. A new study is that of fold 0.
        ///
        /// # Errors
        /// When there is no such fold.
        pub fn fold(&self, fold: u32) -> ::modularml::Result<Self> {
            let session = self.session.again(self.session.seed(), fold)?;
            ::core::result::Result::Ok(Self { session })
        }

        /// Trains once more on all rows that were divided into folds, each phase for as many epochs as were best in the folds
        /// on average: a model to keep, whose quality is what the folds have measured.
        ///
        /// # Errors
        /// When a phase fails.
        pub fn refit(&self, folds: &#folds) -> ::modularml::Result<Self> {
            let session = self.session.refit(&folds.__results)?;
            ::core::result::Result::Ok(Self { session })
        }
    }
}
