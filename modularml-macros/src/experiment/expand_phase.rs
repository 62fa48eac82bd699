//! Phases in the description, and the rules at their tokens.

use proc_macro2::{Ident, TokenStream};

use super::evaluation::{Eval, Validation};
use super::expand::{Expansion, Made};
use super::labels::labels;
use super::parametrised::Form;
use super::phase::{Kind, Phase, Train};
use super::settings::{Course, Feed, Watcher};
use super::terms::{Applied, Metric, Term, Units, Weight};
use crate::names::{option, source_line, text};
use crate::notation::{ComponentKind, Place};
use quote::{quote, quote_spanned};

/// Where losses, metrics and feeds stand: in the phase itself, or in one of its evaluations.
#[derive(Clone, Copy)]
enum Site {
    Phase,
    Val(usize),
}

impl Site {
    /// The place among the evaluations of the phase; an eval phase has its own alone.
    const fn evaluation(self) -> usize {
        match self {
            Self::Phase => 0,
            Self::Val(at) => at,
        }
    }

    fn loss(self, i: usize) -> TokenStream {
        match self {
            Self::Phase => quote!(::modularml::__private::places::experiment::Site::Loss(#i)),
            Self::Val(at) => quote!(::modularml::__private::places::experiment::Site::ValLoss(#at, #i)),
        }
    }

    fn metric(self, i: usize) -> TokenStream {
        match self {
            Self::Phase => quote!(::modularml::__private::places::experiment::Site::Metric(#i)),
            Self::Val(at) => quote!(::modularml::__private::places::experiment::Site::ValMetric(#at, #i)),
        }
    }

    fn feed(self, i: usize) -> TokenStream {
        match self {
            Self::Phase => quote!(::modularml::__private::places::experiment::FeedSite::Phase(#i)),
            Self::Val(at) => quote!(::modularml::__private::places::experiment::FeedSite::Val(#at, #i)),
        }
    }
}

/// A callback in the description.
fn watch_spec(callback: &Made, watcher: &Watcher) -> TokenStream {
    let values = watcher.watches.iter().map(|it| format!("{}.{}", text(&it.evaluation), it.value.name));
    quote! {
        ::modularml::experiment::WatchSpec {
            callback: #callback,
            watches: ::modularml::text::List::Static(&[#(#values),*]),
        }
    }
}

impl Expansion<'_> {
    pub(super) fn phase(&mut self, p: usize, phase: &Phase) -> TokenStream {
        let name = text(&phase.name);
        self.rule(phase.name.span(), &quote!(phase(__CONTEXT, #p)));
        phase.kind.word().clone_into(&mut self.statement);
        self.end_statement(&name);
        self.statement = format!("{}_{name}", phase.kind.word());
        let feeds = self.feeds(p, Site::Phase, &phase.feeds);
        let line = source_line(phase.name.span());
        let kind = match &phase.kind {
            Kind::Train(train) => {
                let train = self.train(p, phase, train);
                quote!(Train(#train))
            }
            Kind::Fit(nodes) => {
                let nodes = self.nodes(p, nodes.as_deref().unwrap_or_default());
                quote!(Fit(::modularml::experiment::FitSpec { nodes: #nodes }))
            }
            Kind::Eval(eval) => {
                let eval = self.eval(p, Site::Phase, eval, (&[], &TokenStream::new()));
                quote!(Eval(#eval))
            }
        };
        quote! {
            ::modularml::experiment::PhaseSpec {
                name: #name,
                feeds: #feeds,
                kind: ::modularml::experiment::PhaseKind::#kind,
                line: #line,
            }
        }
    }

    fn feeds(&mut self, p: usize, site: Site, feeds: &[Feed]) -> TokenStream {
        let feeds: Vec<_> = feeds.iter().enumerate().map(|(i, feed)| self.feed(p, &site.feed(i), feed)).collect();
        self.list(&feeds)
    }

    fn feed(&mut self, p: usize, i: &TokenStream, feed: &Feed) -> TokenStream {
        self.known(&feed.input, &[]);
        self.rule(feed.input.span(), &quote!(fed_input(__CONTEXT, #p, #i)));
        self.rule(feed.split.span(), &quote!(fed_split(__CONTEXT, #p, #i)));
        if let Some(sampler) = &feed.sampler {
            self.rules_at(sampler, |part| quote!(sampler(__CONTEXT, #p, #i, #part)));
        }
        if let Some(stream) = &feed.stream {
            self.rule(stream.span(), &quote!(stream(__CONTEXT, #p, #i)));
        }
        let sampler = option(
            feed.sampler.as_ref().map(|sampler| self.component_over_rows(ComponentKind::Sampler, sampler, &feed.input)),
        );
        let stream = option(feed.stream.as_ref().map(text));
        let (input, split) = (text(&feed.input), text(&feed.split));
        self.end_statement(&format!("feed_{input}"));
        quote! {
            ::modularml::experiment::FeedSpec { input: #input, sampler: #sampler, split: #split, stream: #stream }
        }
    }

    fn train(&mut self, p: usize, phase: &Phase, train: &Train) -> TokenStream {
        let nodes = option(train.nodes.as_ref().map(|nodes| self.nodes(p, nodes)));
        for (i, node) in train.freeze.iter().enumerate() {
            self.known(node, &[]);
            self.rule(node.span(), &quote!(frozen_node(__CONTEXT, #p, #i)));
        }
        if let Some(word) = &train.untrained {
            self.rule(word.span(), &quote!(untrained(__CONTEXT, #p)));
        }
        self.end_statement("freeze");
        let freeze = train.freeze.iter().map(text);
        let (untrained, skips_non_finite) = (train.untrained.is_some(), train.skips_non_finite);
        let step_loss = train.step_loss;
        let loss = self.terms(p, Site::Phase, &train.loss);
        if let Some(first) = train.loss.first() {
            self.rule(first.loss.component.span(), &quote!(loss(__CONTEXT, #p)));
        }
        self.end_statement("loss");
        let schedule = option(train.schedule.as_ref().map(|schedule| {
            let call = |part| quote!(schedule(__CONTEXT, #p, #part));
            self.only_component(ComponentKind::Schedule, schedule, call)
        }));
        let accumulate = train.accumulate.as_ref().map(|accumulate| {
            self.rule_at(Place::of(accumulate), &quote!(accumulate(__CONTEXT, #p)));
            self.end_statement("accumulate");
            self.value(accumulate, &quote!(usize))
        });
        let accumulate = accumulate.unwrap_or_else(|| quote!(1));
        let mix = option(
            train
                .mix
                .as_ref()
                .map(|mix| self.only_component(ComponentKind::Mix, mix, |part| quote!(mix(__CONTEXT, #p, #part)))),
        );
        let clip = option(
            train
                .clip
                .as_ref()
                .map(|clip| self.only_component(ComponentKind::Clip, clip, |part| quote!(clip(__CONTEXT, #p, #part)))),
        );
        let rate = option(train.rate.as_ref().map(|course| self.course(p, course)));
        let epochs_at = train.epochs.as_ref().map_or(Place::at(phase.name.span()), Place::of);
        self.rule_at(epochs_at, &quote!(epochs(__CONTEXT, #p)));
        self.end_statement("epochs");
        let epochs = train.epochs.as_ref().map_or_else(|| quote!(1), |epochs| self.value(epochs, &quote!(usize)));
        let validations = train.validations.iter().enumerate();
        let validations: Vec<_> =
            validations.map(|(at, it)| self.validation((p, at), phase, it, (&train.loss, &loss))).collect();
        let validations = self.list(&validations);
        let callbacks = train.callbacks().enumerate();
        let callbacks: Vec<_> = callbacks.map(|(i, watcher)| self.watcher(p, i, watcher)).collect();
        let callbacks = self.list(&callbacks);
        quote! {
            ::modularml::experiment::TrainSpec {
                nodes: #nodes,
                freeze: ::modularml::text::List::Static(&[#(#freeze),*]),
                frozen_as_initialised: #untrained,
                loss: #loss,
                schedule: #schedule,
                accumulate: #accumulate,
                mix: #mix,
                clip: #clip,
                rate: #rate,
                epochs: #epochs,
                skips_non_finite: #skips_non_finite,
                step_loss: #step_loss,
                validations: #validations,
                callbacks: #callbacks,
            }
        }
    }

    /// A callback that follows the whole run.
    pub(super) fn run_callback(&mut self, i: usize, watcher: &Watcher) -> TokenStream {
        let call = |part| quote!(run_callback(__CONTEXT, #i, #part));
        watch_spec(&self.only_component(ComponentKind::Callback, &watcher.acting, call), watcher)
    }

    /// A callback of a train phase, and what it watches.
    fn watcher(&mut self, p: usize, i: usize, watcher: &Watcher) -> TokenStream {
        for (slot, watches) in watcher.watches.iter().enumerate() {
            self.rule(watches.evaluation.span(), &quote!(watched_evaluation(__CONTEXT, #p, #i, #slot)));
            self.rule(watches.value.span, &quote!(watched(__CONTEXT, #p, #i, #slot)));
        }
        let call = |part| quote!(callback(__CONTEXT, #p, #i, #part));
        watch_spec(&self.only_component(ComponentKind::Callback, &watcher.acting, call), watcher)
    }

    fn course(&mut self, p: usize, course: &Course) -> TokenStream {
        self.rule(course.span, &quote!(rates(__CONTEXT, #p)));
        if let Some(word) = &course.unfinished {
            self.rule(word.span(), &quote!(unfinished(__CONTEXT, #p)));
        }
        let unfinished = course.unfinished.is_some();
        let mut rates = Vec::new();
        for (i, rate) in course.rates.iter().enumerate() {
            rates.push(self.component(ComponentKind::Rate, rate).here);
            self.rules_at(rate, |part| quote!(rate(__CONTEXT, #p, #i, #part)));
        }
        self.end_statement("rate");
        let rates = self.list(&rates);
        let per = if course.per == "step" { quote!(Step) } else { quote!(Epoch) };
        quote! {
            ::modularml::experiment::CourseSpec {
                rates: #rates,
                per: ::modularml::experiment::Per::#per,
                unfinished: #unfinished,
            }
        }
    }

    fn nodes(&mut self, p: usize, nodes: &[Ident]) -> TokenStream {
        for (i, node) in nodes.iter().enumerate() {
            self.known(node, &[]);
            self.rule(node.span(), &quote!(listed_node(__CONTEXT, #p, #i)));
        }
        self.end_statement("nodes");
        let nodes = nodes.iter().map(text);
        quote!(::modularml::text::List::Static(&[#(#nodes),*]))
    }

    /// An evaluation of a train phase by the places of both.
    fn validation(
        &mut self,
        (p, at): (usize, usize),
        phase: &Phase,
        validation: &Validation,
        own_loss: (&[Term], &TokenStream),
    ) -> TokenStream {
        let Validation { name, every, split, feeds, eval } = validation;
        self.rule(name.span(), &quote!(evaluation(__CONTEXT, #p, #at)));
        self.rule_at(Place::of(every), &quote!(every(__CONTEXT, #p, #at)));
        self.rule(split.span(), &quote!(validated(__CONTEXT, #p, #at)));
        for (i, feed) in phase.feeds.iter().enumerate() {
            let own = feeds.iter().find(|own| own.input == feed.input && own.split != *split);
            let split = own.map_or(split, |own| &own.split);
            self.rule(split.span(), &quote!(validated_split(__CONTEXT, #p, #at, #i)));
        }
        self.end_statement("validate");
        let feeds = self.feeds(p, Site::Val(at), feeds);
        let eval = self.eval(p, Site::Val(at), eval, own_loss);
        let (name, split, every) = (text(name), text(split), self.value(every, &quote!(usize)));
        quote! {
            ::modularml::experiment::ValidationSpec {
                name: #name,
                every: #every,
                split: #split,
                feeds: #feeds,
                eval: #eval,
            }
        }
    }

    /// An evaluation, which may measure the phase's own loss.
    fn eval(
        &mut self,
        p: usize,
        site: Site,
        eval: &Eval,
        (own_terms, own_loss): (&[Term], &TokenStream),
    ) -> TokenStream {
        let loss = match &eval.own_loss {
            Some(word) => {
                for (i, term) in own_terms.iter().enumerate() {
                    let site = site.loss(i);
                    for slot in 0..term.loss.inputs.len() {
                        self.rule(word.span(), &quote!(operand(__CONTEXT, #p, #site, #slot)));
                    }
                }
                self.end_statement("loss");
                own_loss.clone()
            }
            None => self.terms(p, site, &eval.loss),
        };
        let metrics: Vec<_> =
            eval.metrics.iter().enumerate().map(|(i, metric)| self.metric(p, i, site, metric)).collect();
        if let Some(word) = &eval.training_rows {
            let at = site.evaluation();
            self.rule(word.span(), &quote!(training_rows(__CONTEXT, #p, #at)));
            self.end_statement("rows");
        }
        if let Some(word) = &eval.predictions {
            let at = site.evaluation();
            self.rule(word.span(), &quote!(predictions(__CONTEXT, #p, #at)));
            self.end_statement("predictions");
        }
        let metrics = self.list(&metrics);
        let (predictions, training_rows) = (eval.predictions.is_some(), eval.training_rows.is_some());
        quote! {
            ::modularml::experiment::EvalSpec {
                loss: #loss,
                metrics: #metrics,
                predictions: #predictions,
                on_training_rows: #training_rows,
            }
        }
    }

    fn metric(&mut self, p: usize, i: usize, site: Site, metric: &Metric) -> TokenStream {
        let site = site.metric(i);
        self.rule(metric.name.span(), &quote!(metric(__CONTEXT, #p, #site)));
        let spec = self.component(ComponentKind::Metric, &metric.applied.component);
        if metric.type_of_value().is_none() && metric.chosen_on.is_none() {
            self.number(metric.applied.component.span(), &spec);
        }
        let inputs = self.operands(p, &site, &metric.applied);
        if let Some((_, word)) = &metric.units {
            self.rule(*word, &quote!(units(__CONTEXT, #p, #site)));
        }
        if let Some(split) = &metric.chosen_on {
            self.rule(split.span(), &quote!(chosen_on(__CONTEXT, #p, #site)));
        }
        let name = text(&metric.name);
        self.end_statement(&name);
        let units = option(metric.units.map(|(units, _)| match units {
            Units::Raw => quote!(::modularml::experiment::Units::Raw),
            Units::Scaled => quote!(::modularml::experiment::Units::Scaled),
        }));
        let line = source_line(metric.name.span());
        let chosen_on = option(metric.chosen_on.as_ref().map(text));
        quote! {
            ::modularml::experiment::MeasureSpec {
                name: #name,
                metric: #spec,
                inputs: #inputs,
                units: #units,
                chosen_on: #chosen_on,
                line: #line,
            }
        }
    }

    fn terms(&mut self, p: usize, site: Site, terms: &[Term]) -> TokenStream {
        let all = terms.iter().zip(labels(terms)).enumerate();
        let terms: Vec<_> = all.map(|(i, (term, label))| self.term(p, &site.loss(i), term, label.as_ref())).collect();
        self.list(&terms)
    }

    fn term(&mut self, p: usize, site: &TokenStream, term: &Term, label: Option<&Ident>) -> TokenStream {
        if let Some(label) = &term.label {
            self.rule(label.span(), &quote!(label(__CONTEXT, #p, #site)));
        }
        let weight = term.weight.as_ref().map(|Weight { value, place }| {
            self.rule_at(*place, &quote!(weight(__CONTEXT, #p, #site)));
            self.value(value, &quote!(f64))
        });
        let weight = weight.unwrap_or_else(|| quote!(1.0));
        let loss = self.component(ComponentKind::Loss, &term.loss.component);
        let inputs = self.operands(p, site, &term.loss);
        self.end_statement(&text(term.loss.component.name()));
        let label = option(label.map(text));
        quote! {
            ::modularml::experiment::TermSpec { label: #label, weight: #weight, loss: #loss, inputs: #inputs }
        }
    }

    /// The inputs of a loss or metric, and the rules at it and them.
    fn operands(&mut self, p: usize, site: &TokenStream, applied: &Applied) -> TokenStream {
        let at = applied.component.span();
        self.rules_at(&applied.component, |part| quote!(measured(__CONTEXT, #p, #site, #part)));
        let mut operands = Vec::new();
        for (slot, operand) in applied.inputs.iter().enumerate() {
            self.known_operand(&operand.path);
            let last = operand.path.rest.last().unwrap_or(&operand.path.first).span();
            self.rule(last, &quote!(operand(__CONTEXT, #p, #site, #slot)));
            if let Some(name) = &operand.stands_as {
                self.rule(name.span(), &quote!(stands_as(__CONTEXT, #p, #site, #slot)));
            }
            let path = operand.path.names().map(text);
            let stands_as = option(operand.stands_as.as_ref().map(text));
            operands.push(quote_spanned! {last=>
                ::modularml::experiment::Operand {
                    path: ::modularml::text::List::Static(&[#(#path),*]),
                    stands_as: #stands_as,
                }
            });
        }
        let first = applied.inputs.first().map_or(at, |operand| operand.path.first.span());
        self.rule(first, &quote!(operands(__CONTEXT, #p, #site)));
        let operands = quote!(::modularml::text::List::Static(&[#(#operands),*]));
        // What a running program makes borrows its operands from a constant.
        if matches!(self.form, Form::Owned) { quote!(const { #operands }) } else { operands }
    }
}
