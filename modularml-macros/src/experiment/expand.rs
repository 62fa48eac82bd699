//! The code that `experiment!` stands for: one description in a constant, a thin typed struct over the one engine, and
//! the rules at the user's tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::parse::{Experiment, Scale, Split};
use super::{folds, results};
use crate::names::{Checks, option, text};
use crate::notation::{Component, ComponentKind, Dotted, Place, columns_as_arguments, known, standing};

/// What is gathered while the description is written.
pub(super) struct Expansion<'a> {
    pub experiment: &'a Experiment,
    /// A constant for each component, so that no expression of the user is expanded twice.
    components: Vec<TokenStream>,
    /// Names of the graph, read as fields.
    names: Vec<TokenStream>,
    /// Rules at the tokens of the statement that is being written.
    rules: Vec<TokenStream>,
    /// The statement that is being written, in the words of an error: `train_regress`.
    pub statement: String,
    /// A constant item with the rules of each statement: each item is felt at every edit, whatever it holds.
    checks: Vec<TokenStream>,
    names_of_checks: Checks,
}

pub(super) fn expand(mut experiment: Experiment) -> TokenStream {
    results::refuse_equal_types(&mut experiment);
    let errors = std::mem::take(&mut experiment.errors);
    let is_complete = errors.is_empty();
    let errors = errors.into_tokens();
    let structs = results::structs(&experiment);
    let mut expansion = Expansion {
        experiment: &experiment,
        components: Vec::new(),
        names: Vec::new(),
        rules: Vec::new(),
        statement: String::new(),
        checks: Vec::new(),
        names_of_checks: Checks::default(),
    };
    let spec = expansion.spec();
    let Expansion { components, names, checks, .. } = expansion;
    let [names_type, wiring, is_sound] = ["Names", "WIRING", "IS_SOUND"].map(|item| experiment.of_graph(item));
    let checks = if is_complete {
        quote! {
            #[allow(dead_code, clippy::needless_pass_by_value)]
            fn __names(names: #names_type) { #(#names)* }
            const __EXPERIMENT: &::modularml::experiment::ExperimentSpec = &__SPEC;
            const __CONTEXT: ::modularml::__private::places::experiment::Context<'static> =
                ::modularml::__private::places::experiment::Context {
                    experiment: __EXPERIMENT,
                    wiring: &#wiring,
                };
            const __ASKS: bool = #is_sound;
            #(#checks)*
        }
    } else {
        TokenStream::new()
    };
    let (study, standing) = (study(&experiment), standing());
    quote! {
        #errors
        #structs
        #[allow(non_upper_case_globals, dead_code, reason = "rules are constants, which rustc names in errors")]
        const _: () = {
            #standing
            #(#components)*
            const __SPEC: ::modularml::experiment::ExperimentSpec = #spec;
            #checks
            #study
        };
    }
}

/// The typed face of the engine.
fn study(experiment: &Experiment) -> TokenStream {
    let name = &experiment.name;
    let results = format_ident!("{name}Results");
    let (data, outputs) = (experiment.of_graph("Data"), experiment.of_graph("Outputs"));
    let outputs = quote_spanned!(experiment.graph.span()=> ::modularml::Result<#outputs>);
    let new = quote_spanned! {experiment.graph.span()=>
        pub fn new(data: impl ::core::convert::Into<#data>) -> ::modularml::Result<Self> {
            let views = ::modularml::data::Views::from(::core::convert::Into::<#data>::into(data));
            let session = ::modularml::experiment::Session::new(__SPEC, views.into())?;
            ::core::result::Result::Ok(Self { session })
        }
    };
    let (main, folds) = (main(experiment, &data), folds::methods(experiment));
    quote! {
        #[automatically_derived]
        #[allow(dead_code, unreachable_pub)]
        impl #name {
            /// Does what the command line says, with the feature `cli`: `check`, `run`, `resume`, `eval`, `predict`,
            /// `report`, `runs`, `describe`; without a command it runs. The closure reads the data, from where `--data`
            /// says or else the path that it names.
            #main

            /// The description of the experiment.
            #[must_use]
            pub fn spec() -> ::modularml::experiment::ExperimentSpec {
                __SPEC
            }

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

            /// Saves everything to one file: data, splits, scalers, weights and optimizer state.
            ///
            /// # Errors
            /// When the file cannot be written; an older file of that name is then left as it was.
            pub fn save(&self, path: impl ::core::convert::AsRef<::std::path::Path>) -> ::modularml::Result<()> {
                self.session.save(path)
            }

            /// Loads what [`Self::save`] wrote.
            ///
            /// # Errors
            /// When the file is damaged, or holds another experiment than this one.
            pub fn load(path: impl ::core::convert::AsRef<::std::path::Path>) -> ::modularml::Result<Self> {
                let session = ::modularml::experiment::Session::load_into(__SPEC, path)?;
                ::core::result::Result::Ok(Self { session })
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
            <F as ::modularml::cli::CommandLine>::main(__SPEC, ::std::boxed::Box::new(read))
        }
    }
}

impl Expansion<'_> {
    fn spec(&mut self) -> TokenStream {
        let experiment = self.experiment;
        let (name, graph) = (text(&experiment.name), experiment.of_graph("SPEC"));
        let seed = experiment.seed.as_ref().map_or_else(|| quote!(0), ToTokens::to_token_stream);
        self.rule(experiment.name.span(), &quote!(experiment(__CONTEXT)));
        "experiment".clone_into(&mut self.statement);
        self.end_statement(&name);
        let splits: Vec<_> = experiment.splits.iter().enumerate().map(|(i, split)| self.split(i, split)).collect();
        let scales: Vec<_> = experiment.scales.iter().enumerate().map(|(i, scale)| self.scale(i, scale)).collect();
        let phases: Vec<_> = experiment.phases.iter().enumerate().map(|(i, phase)| self.phase(i, phase)).collect();
        "callbacks".clone_into(&mut self.statement);
        let callbacks = experiment.callbacks.iter().enumerate();
        let callbacks: Vec<_> = callbacks.map(|(i, watcher)| self.run_callback(i, watcher)).collect();
        quote! {
            ::modularml::experiment::ExperimentSpec {
                name: #name,
                graph: #graph,
                seed: #seed,
                splits: ::modularml::text::List::Static(&[#(#splits),*]),
                scales: ::modularml::text::List::Static(&[#(#scales),*]),
                phases: ::modularml::text::List::Static(&[#(#phases),*]),
                callbacks: ::modularml::text::List::Static(&[#(#callbacks),*]),
            }
        }
    }

    fn split(&mut self, i: usize, split: &Split) -> TokenStream {
        let input = text(&split.input);
        let splitter = match &split.into {
            None => self.component_over_rows(ComponentKind::Splitter, &split.splitter),
            Some(made) => {
                let folds = self.over_rows(ComponentKind::Folds, &split.splitter);
                let names = made.iter().map(text);
                self.constant(ComponentKind::Splitter, &quote!(#folds.into_splits(#(#names),*)))
            }
        };
        self.known(&split.input, &[]);
        let split_at = split.of.as_ref().unwrap_or(&split.input).span();
        self.rule(split_at, &quote!(split(__CONTEXT, #i)));
        self.rules_at(&split.splitter, |part| quote!(splitter(__CONTEXT, #i, #part)));
        for (k, name) in split.into.iter().flatten().enumerate() {
            self.rule(name.span(), &quote!(fold_split(__CONTEXT, #i, #k)));
        }
        let ungrouped = split.allowed.word("ungrouped");
        if let Some(word) = ungrouped {
            self.rule(word.span(), &quote!(ungrouped(__CONTEXT, #i)));
        }
        let unused = split.allowed.word("unused");
        if let Some(word) = unused {
            self.rule(word.span(), &quote!(unused(__CONTEXT, #i)));
        }
        if split.into.is_some() { "folds" } else { "split" }.clone_into(&mut self.statement);
        self.end_statement(&split.of.as_ref().map_or_else(|| input.clone(), |of| format!("{input}_{}", text(of))));
        let (independent, unused) = (ungrouped.is_some(), unused.is_some());
        let of = option(split.of.as_ref().map(text));
        quote! {
            ::modularml::experiment::SplitSpec {
                input: #input,
                of: #of,
                splitter: #splitter,
                rows_are_independent: #independent,
                unused: #unused,
            }
        }
    }

    fn scale(&mut self, i: usize, scale: &Scale) -> TokenStream {
        let (input, column) = (&scale.column.first, &scale.column.rest[0]);
        let scalers: Vec<_> =
            scale.scalers.iter().map(|scaler| self.component(ComponentKind::Scaler, scaler)).collect();
        self.known(input, &scale.column.rest);
        self.rule(column.span(), &quote!(scaled_column(__CONTEXT, #i)));
        for (k, scaler) in scale.scalers.iter().enumerate() {
            self.rules_at(scaler, |part| quote!(scaler(__CONTEXT, #i, #k, #part)));
        }
        self.rule(scale.fitted_on.span(), &quote!(fitted_on(__CONTEXT, #i)));
        let (input, column, fitted_on) = (text(input), text(column), text(&scale.fitted_on));
        "scale".clone_into(&mut self.statement);
        self.end_statement(&format!("{input}_{column}"));
        quote! {
            ::modularml::experiment::ScaleSpec {
                input: #input,
                column: #column,
                scalers: ::modularml::text::List::Static(&[#(#scalers),*]),
                fitted_on: #fitted_on,
            }
        }
    }

    /// Puts a component into a constant of its own.
    pub(super) fn component(&mut self, kind: ComponentKind, component: &Component) -> Ident {
        self.constant(kind, &component.to_plain_spec(kind))
    }

    /// The same for a statement that is a component and nothing else, with the rules at it.
    pub(super) fn only_component(
        &mut self,
        kind: ComponentKind,
        component: &Component,
        call: impl Fn(TokenStream) -> TokenStream,
    ) -> Ident {
        let constant = self.component(kind, component);
        self.rules_at(component, call);
        self.end_statement(&text(component.name()));
        constant
    }

    /// Puts a splitter or sampler, whose arguments may be columns, into a constant of its own.
    pub(super) fn component_over_rows(&mut self, kind: ComponentKind, component: &Component) -> Ident {
        self.constant(kind, &self.over_rows(kind, component))
    }

    /// A splitter or sampler, whose arguments may be columns, as an expression.
    fn over_rows(&self, kind: ComponentKind, component: &Component) -> TokenStream {
        component.to_spec(kind, columns_as_arguments(&self.experiment.of_graph("NAMES")))
    }

    fn constant(&mut self, kind: ComponentKind, value: &TokenStream) -> Ident {
        let (constant, erased) = (format_ident!("__COMPONENT_{}", self.components.len()), kind.erased());
        self.components.push(quote!(const #constant: #erased = #value;));
        constant
    }

    /// The rules of a place at one token.
    pub(super) fn rule(&mut self, span: Span, call: &TokenStream) {
        self.rule_at(Place::at(span), call);
    }

    /// The rules of a place.
    pub(super) fn rule_at(&mut self, place: Place, call: &TokenStream) {
        self.rules.push(place.require(&quote!(::modularml::__private::places::experiment::#call)));
    }

    /// The rule that a metric whose field in the results is a number gives one.
    pub(super) fn number(&mut self, span: Span, metric: &Ident) {
        self.rules.push(Place::at(span).require(&quote!(::modularml::__private::is_number(&#metric))));
    }

    /// The rules of a component at the tokens of its parts; `call` asks at one of them.
    pub(super) fn rules_at(&mut self, component: &Component, call: impl Fn(TokenStream) -> TokenStream) {
        let ask = |part| {
            let call = call(part);
            quote!(::modularml::__private::places::experiment::#call)
        };
        self.rules.push(component.rules(ask));
    }

    /// Reads names as fields of the graph's names.
    pub(super) fn known(&mut self, first: &Ident, rest: &[Ident]) {
        self.names.push(known(first, rest));
    }

    /// Ends a statement: its first mistake is told, beside the first one of every other statement. What is wrong with the
    /// graph is told there, and alone. `what` stands in the error behind the name of the statement.
    pub(super) fn end_statement(&mut self, what: &str) {
        let rules = std::mem::take(&mut self.rules);
        let name = self.names_of_checks.name(&format!("{}_{what}", self.statement));
        self.checks.push(quote!(const #name: () = if __ASKS { #(#rules)* };));
    }

    /// The same for an operand, whose last name may be a role.
    pub(super) fn known_operand(&mut self, path: &Dotted) {
        let columns = usize::from(self.experiment.is_input(&path.first)).min(path.rest.len());
        self.known(&path.first, &path.rest[..columns]);
    }
}
