//! The typed face of the engine: the methods of a study.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::parse::Experiment;
use super::{folds, parametrised};

/// The typed face of the engine.
pub(super) fn study(experiment: &Experiment) -> TokenStream {
    let name = &experiment.name;
    let results = format_ident!("{name}Results");
    let (data, outputs) = (experiment.of_graph("Data"), experiment.of_graph("Outputs"));
    let outputs = quote_spanned!(experiment.graph.span()=> ::modularml::Result<#outputs>);
    let predict_one = predict_one(experiment);
    let (new, with) = (new(experiment, &data), with(experiment));
    let (main, folds, search) = (main(experiment, &data), folds::methods(experiment), search(experiment, &results));
    quote! {
        #[automatically_derived]
        #[allow(dead_code, unreachable_pub)]
        impl #name {
            /// Does what the command line says, with the feature `cli`: `check`, `run`, `folds`, `search`, `resume`, `eval`,
            /// `predict`, `report`, `runs`, `describe`; without a command it runs. The closure reads the data, from where `--data`
            /// says or else the path that it names.
            #main

            /// The description of the experiment.
            #[must_use]
            pub fn spec() -> ::modularml::experiment::ExperimentSpec {
                __SPEC
            }

            /// The experiment with other parameters, those of its graph included: `Self::with(|p| p.width = 128).new(data)`.
            #[must_use]
            #with

            /// Splits and scales the data and builds the graph.
            ///
            /// # Errors
            /// When the data cannot be split or scaled as declared, for example when a split comes out empty.
            #new

            /// Runs all phases in order.
            ///
            /// # Errors
            /// When a phase cannot go on, for example because its loss is not finite.
            pub fn run(&mut self) -> ::modularml::Result<#results> {
                ::core::convert::TryFrom::try_from(self.session.run()?)
            }

            /// Runs all phases in order, and tells a callback of each step and epoch.
            ///
            /// # Errors
            /// When a phase or the callback fails.
            pub fn run_with(
                &mut self,
                callback: &mut dyn ::modularml::experiment::Callback,
            ) -> ::modularml::Result<#results> {
                ::core::convert::TryFrom::try_from(self.session.run_with(callback)?)
            }

            /// Runs all phases in order, and records the run in a folder of its own below this one: events, metrics,
            /// checkpoints, results. A path is enough, [`Records`](::modularml::record::Records) says more.
            ///
            /// # Errors
            /// When a phase fails, the folder cannot be written, or a signal asks the process to stop: a checkpoint is
            /// written then, and the error is `Interrupted`.
            pub fn run_in(
                &mut self,
                records: impl ::core::convert::Into<::modularml::record::Records>,
            ) -> ::modularml::Result<#results> {
                ::core::convert::TryFrom::try_from(self.session.run_in(records)?)
            }

            /// Goes on with a run in its folder, with the same bits, in a study of the same data that has not run.
            ///
            /// # Errors
            /// When the folder is none of a run, is in use, or is of another description or other data.
            pub fn resume_in(
                &mut self,
                folder: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::modularml::Result<#results> {
                ::core::convert::TryFrom::try_from(self.session.resume_in(folder)?)
            }

            #folds

            #search

            /// Runs one phase: `study.run_phase(Self::PHASES.regress)`; by name, the session runs it.
            ///
            /// # Errors
            /// When the phase fails.
            pub fn run_phase<R>(&mut self, phase: ::modularml::experiment::PhaseHandle<R>) -> ::modularml::Result<R>
            where
                R: for<'a> ::core::convert::TryFrom<
                    &'a ::modularml::experiment::PhaseResult,
                    Error = ::modularml::Error,
                >,
            {
                phase.run(&mut self.session)
            }

            /// What every node gives for some rows, without noise; outputs that predict a scaled target come in raw
            /// units.
            ///
            /// # Errors
            /// When a column is missing or of another type.
            pub fn predict(
                &self,
                rows: impl ::core::convert::Into<::modularml::data::Views>,
            ) -> #outputs {
                let rows: ::std::vec::Vec<::modularml::data::View> = rows.into().into();
                ::core::convert::TryFrom::try_from(self.session.predict(&rows)?.into_outputs())
            }

            /// What every node gives for one row, `study.predict_one(&pulse)`, or one of each input,
            /// `SohNetRow { pulse: &pulse, cell: &cell }`. Of the row those features are read, and checked against the schema,
            /// that nodes read; targets are not.
            ///
            /// # Errors
            /// When a feature is not as the schema declares it, or a node fails.
            #predict_one

            /// The model as it is now, for use: weights and scalers without data and optimizers, which many threads may use
            /// at once.
            ///
            /// # Errors
            /// When a weight cannot be copied.
            pub fn predictor(&self) -> ::modularml::Result<::modularml::experiment::Predictor<Self>> {
                ::modularml::study::predictor(&self.session)
            }

            /// Saves the model alone, without data, splits and optimizers: what `Predictor::<Self>::load` reads.
            ///
            /// # Errors
            /// When the file cannot be written; an older file of that name is then left as it was.
            pub fn save_model(&self, path: impl ::core::convert::AsRef<::std::path::Path>) -> ::modularml::Result<()> {
                self.session.save_model(path)
            }

            /// Saves everything to one file: data, splits, scalers, weights and optimizer state.
            ///
            /// # Errors
            /// When the file cannot be written; an older file of that name is then left as it was.
            pub fn save(&self, path: impl ::core::convert::AsRef<::std::path::Path>) -> ::modularml::Result<()> {
                self.session.save(path)
            }

            /// Writes the trained graph in ONNX, from raw columns to raw units.
            ///
            /// # Errors
            /// When a node or scaler cannot be told in ONNX, or the file cannot be written.
            pub fn export_onnx(
                &self,
                path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::modularml::Result<()> {
                self.session.export_onnx(path)
            }

            /// Loads what [`Self::save`] wrote, with the parameters of then.
            ///
            /// # Errors
            /// When the file is damaged, or holds another experiment than this one.
            pub fn load(path: impl ::core::convert::AsRef<::std::path::Path>) -> ::modularml::Result<Self> {
                ::modularml::study::load(path)
            }

            /// The rows of a split: `study.split(Self::SPLITS.pulse.test)`; by names, the session has them.
            ///
            /// # Errors
            /// When a splitter of one's own makes no such split.
            pub fn split(
                &self,
                split: ::modularml::experiment::SplitHandle,
            ) -> ::modularml::Result<::modularml::data::View> {
                self.session.split(split.input(), split.name())
            }

            /// Moves weights and optimizer states to a device: `cpu`, `cuda`, `cuda:1`, `metal`, `metal:1`.
            ///
            /// # Errors
            /// When there is no such device, or its feature is not turned on; nothing is moved then.
            pub fn device(&mut self, name: &str) -> ::modularml::Result<&mut Self> {
                self.session.device(name)?;
                ::core::result::Result::Ok(self)
            }

            /// Chooses how progress is shown.
            pub fn progress(&mut self, progress: ::modularml::experiment::Progress) -> &mut Self {
                self.session.progress(progress);
                self
            }

            /// The session: data, splits, scalers, weights and optimizers.
            #[must_use]
            pub fn session(&self) -> &::modularml::experiment::Session {
                &self.session
            }

            /// The session, for example to run step by step, or a phase by its name.
            pub fn session_mut(&mut self) -> &mut ::modularml::experiment::Session {
                &mut self.session
            }
        }
    }
}

/// The study as one of all, whose parameters are known by their type.
pub(super) fn described(experiment: &Experiment, describe: &TokenStream) -> TokenStream {
    let (name, data) = (&experiment.name, experiment.of_graph("Data"));
    let [row, outputs, values] = ["Row", "Outputs", "OutputsOf"].map(|item| experiment.of_graph(item));
    let (parameters, value) = (parametrised::parameters(experiment), parametrised::given(experiment));
    quote_spanned! {experiment.graph.span()=>
        #[automatically_derived]
        impl ::modularml::study::Study for #name {
            type Data = #data;
            type Row<'row> = #row<'row>;
            type Outputs = #outputs;
            type Values = #values<::modularml::experiment::NodeValue>;
            type Parameters = #parameters;

            #[allow(unused_variables)]
            fn describe(#value: &#parameters) -> ::modularml::experiment::ExperimentSpec {
                #describe
            }

            fn of_session(session: ::modularml::experiment::Session) -> Self {
                Self { session }
            }
        }
    }
}

/// What binds the declared experiment to data.
fn new(experiment: &Experiment, data: &TokenStream) -> TokenStream {
    quote_spanned! {experiment.graph.span()=>
        pub fn new(data: impl ::core::convert::Into<#data>) -> ::modularml::Result<Self> {
            let views = ::modularml::data::Views::from(::core::convert::Into::<#data>::into(data));
            let session = ::modularml::experiment::Session::new(__SPEC, views.into())?;
            let session = session.described_by(::modularml::study::assigned::<Self>);
            ::core::result::Result::Ok(Self { session })
        }
    }
}

/// What predicts one row.
fn predict_one(experiment: &Experiment) -> TokenStream {
    let [row, values] = ["Row", "OutputsOf"].map(|item| experiment.of_graph(item));
    quote_spanned! {experiment.graph.span()=>
        pub fn predict_one<'row>(
            &self,
            row: impl ::core::convert::Into<#row<'row>>,
        ) -> ::modularml::Result<#values<::modularml::experiment::NodeValue>> {
            let row = ::core::convert::Into::<#row<'row>>::into(row);
            ::core::convert::TryFrom::try_from(self.session.predict_one(&row)?)
        }
    }
}

/// What makes the same with other parameters.
fn with(experiment: &Experiment) -> TokenStream {
    let parameters = parametrised::parameters(experiment);
    quote_spanned! {experiment.graph.span()=>
        pub fn with(
            change: impl ::core::ops::FnOnce(&mut #parameters),
        ) -> ::modularml::study::With<Self, #parameters> {
            ::modularml::study::With::changed(change)
        }
    }
}

/// The search of a study that says how to choose.
fn search(experiment: &Experiment, results: &Ident) -> TokenStream {
    if experiment.choose.is_none() || experiment.broken.unnamed.is_some() {
        return TokenStream::new();
    }
    let parameters = parametrised::parameters(experiment);
    let (results, found) = if experiment.has_folds() {
        (folds::type_over_folds(&experiment.name), quote!(found.folds.clone()))
    } else {
        (results.clone(), quote!(found.results()))
    };
    quote! {
        /// Chooses as the experiment says, and runs all phases with what was chosen, in each fold where it has any. Trials and
        /// what is reported are recorded below the folder of the records: a process that was stopped and runs it again goes
        /// on where it was, to the same bits.
        ///
        /// # Errors
        /// When a rule refuses what is tried, no trial can be chosen, a phase fails with what was chosen, or a signal asks the
        /// process to stop.
        pub fn search_in(
            &self,
            records: impl ::core::convert::Into<::modularml::record::Records>,
        ) -> ::modularml::Result<::modularml::items::Searched<#results, #parameters>> {
            self.session.search_in(records)?.typed(|found| ::core::convert::TryFrom::try_from(#found))
        }

        /// The study with what was chosen, in the fold that has chosen it for itself; nothing is trained yet.
        ///
        /// # Errors
        /// When it was chosen in another experiment.
        pub fn chosen(&self, choice: &::modularml::items::Choice) -> ::modularml::Result<Self> {
            let session = self.session.with_choice(&choice.values, choice.fold)?;
            ::core::result::Result::Ok(Self { session })
        }
    }
}

/// The command line of a study.
fn main(experiment: &Experiment, data: &TokenStream) -> TokenStream {
    quote_spanned! {experiment.graph.span()=>
        pub fn main<D, F>(data: F) -> ::std::process::ExitCode
        where
            D: ::core::convert::Into<#data>,
            F: ::core::ops::FnOnce(::modularml::cli::Source) -> ::modularml::Result<D>
                + ::modularml::cli::CommandLine
                + 'static,
        {
            let read = move |source: ::modularml::cli::Source| {
                let data = ::core::convert::Into::<#data>::into(data(source)?);
                ::core::result::Result::Ok(::modularml::data::Views::from(data).into())
            };
            <F as ::modularml::cli::CommandLine>::main(
                ::modularml::study::assigned::<Self>,
                ::std::boxed::Box::new(read),
            )
        }
    }
}
