//! The code that `experiment!` stands for: one description in a constant, a thin typed struct over the one engine, and
//! the rules at the user's tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::parametrised::{self, Form, Points};
use super::parse::{Experiment, Scale, Split};
use super::weigh::Weight;
use super::{folds, results, study};
use crate::errors::Errors;
use crate::names::{Checks, option, text};
use crate::notation::{
    Component, ComponentKind, Dotted, Place, columns_as_arguments, known, may_be_unused, parameters_value, standing,
};

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
    /// Where the values of parameters come from.
    pub form: Form,
    /// How many constants and functions hold values that are no components.
    values: usize,
}

/// A component or value where the description needs it, and as it is with the declared parameters.
pub(super) struct Made {
    pub here: TokenStream,
    pub declared: TokenStream,
}

impl ToTokens for Made {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.here.to_tokens(tokens);
    }
}

pub(super) fn expand(mut experiment: Experiment) -> TokenStream {
    results::refuse_equal_types(&mut experiment);
    let errors = std::mem::take(&mut experiment.errors);
    let is_complete = errors.is_empty();
    let errors = errors.into_tokens();
    let (structs, over_folds) = (results::structs(&experiment), folds::structs(&experiment));
    let form = if parametrised::is_parametrised(&experiment) { Form::Constant } else { Form::Plain };
    let mut expansion = Expansion::new(&experiment, form);
    let spec = expansion.spec();
    let Expansion { components, names, checks, .. } = expansion;
    let mut misused = Errors::default();
    let [names_type, wiring, is_sound] = ["Names", "WIRING", "IS_SOUND"].map(|item| experiment.of_graph(item));
    let (description, describe, context, chosen) = if matches!(form, Form::Constant) {
        if is_complete {
            parametrised::refuse_unused(&experiment, &mut misused);
        }
        let Points { items, checks } = parametrised::points(&experiment, &spec);
        let description = quote!(#items const __SPEC: ::modularml::experiment::ExperimentSpec = __At::<0>::SPEC;);
        (description, describe(&experiment), quote!(__At::<0>::CONTEXT), checks)
    } else {
        let description = quote!(const __SPEC: ::modularml::experiment::ExperimentSpec = #spec;);
        let context = quote! {
            ::modularml::__private::places::experiment::Context { experiment: __EXPERIMENT, wiring: &#wiring }
        };
        (description, parametrised::as_declared(&experiment), context, TokenStream::new())
    };
    let checks = if is_complete {
        quote! {
            #[allow(dead_code, clippy::needless_pass_by_value)]
            fn __names(names: #names_type) { #(#names)* }
            const __EXPERIMENT: &::modularml::experiment::ExperimentSpec = &__SPEC;
            const __CONTEXT: ::modularml::__private::places::experiment::Context<'static> = #context;
            const __ASKS: bool = #is_sound;
            #(#checks)*
            #chosen
        }
    } else {
        TokenStream::new()
    };
    let (study, described) = (study::study(&experiment), study::described(&experiment, &describe));
    let (standing, misused) = (standing(), misused.into_tokens());
    quote! {
        #errors
        #misused
        #structs
        #over_folds
        #[allow(non_upper_case_globals, dead_code, reason = "rules are constants, which rustc names in errors")]
        const _: () = {
            #standing
            #(#components)*
            #description
            #checks
            #described
            #study
        };
    }
}

/// The body that describes an experiment with the parameters of a variable.
fn describe(experiment: &Experiment) -> TokenStream {
    if experiment.scope.is_empty() {
        return parametrised::as_declared(experiment);
    }
    parametrised::described(experiment, &Expansion::new(experiment, Form::Owned).spec())
}

impl<'a> Expansion<'a> {
    /// Of an experiment of which nothing is written yet.
    pub(super) fn new(experiment: &'a Experiment, form: Form) -> Self {
        Self {
            experiment,
            components: Vec::new(),
            names: Vec::new(),
            rules: Vec::new(),
            statement: String::new(),
            checks: Vec::new(),
            names_of_checks: Checks::default(),
            form,
            values: 0,
        }
    }

    /// A list of what may depend on parameters.
    pub(super) fn list(&self, items: &[TokenStream]) -> TokenStream {
        match self.form {
            Form::Owned => quote!(::modularml::text::List::Owned(::std::vec![#(#items),*])),
            Form::Plain | Form::Constant => quote!(::modularml::text::List::Static(&[#(#items),*])),
        }
    }

    /// A value that a statement says, of this type. Where there are parameters it stands in a constant or function of its
    /// own, so that no expression of the user is expanded twice.
    pub(super) fn value(&mut self, value: &impl ToTokens, ty: &TokenStream) -> TokenStream {
        let value = value.to_token_stream();
        if matches!(self.form, Form::Plain) {
            return value;
        }
        self.values += 1;
        self.item(&format_ident!("__VALUE_{}", self.values), ty, &value).here
    }

    /// Puts a value into a constant, or into a function of the parameters that it uses.
    fn item(&mut self, name: &Ident, ty: &TokenStream, value: &TokenStream) -> Made {
        let (bound, allowed) = (self.experiment.scope.bind(value), may_be_unused());
        if bound.is_empty() {
            let allowed = (!matches!(self.form, Form::Plain)).then_some(allowed);
            self.components.push(quote!(#allowed const #name: #ty = #value;));
            return Made { here: quote!(#name), declared: quote!(#name) };
        }
        let name = format_ident!("{}", name.to_string().to_lowercase());
        let parameters = parameters_value();
        self.components.push(quote! {
            #allowed
            const fn #name(#parameters: &__Parameters) -> #ty { #bound #value }
        });
        let here = match self.form {
            Form::Owned => quote!(#parameters),
            Form::Plain | Form::Constant => quote!(&Self::PARAMETERS),
        };
        Made { here: quote!(#name(#here)), declared: quote!(#name(&__At::<0>::PARAMETERS)) }
    }

    /// The description.
    pub(super) fn spec(&mut self) -> TokenStream {
        let experiment = self.experiment;
        let (name, graph) = (text(&experiment.name), parametrised::graph(experiment, self.form));
        let seed = experiment.seed.as_ref().map_or_else(|| quote!(0), |seed| self.value(seed, &quote!(u64)));
        let seed = parametrised::seed(experiment, self.form, seed);
        self.rule(experiment.name.span(), &quote!(experiment(__CONTEXT)));
        "experiment".clone_into(&mut self.statement);
        self.end_statement(&name);
        let choose = self.choose();
        let splits: Vec<_> = experiment.splits.iter().enumerate().map(|(i, split)| self.split(i, split)).collect();
        let scales: Vec<_> = experiment.scales.iter().enumerate().map(|(i, scale)| self.scale(i, scale)).collect();
        let augments = experiment.augments.iter().enumerate();
        let augments: Vec<_> = augments.map(|(i, augment)| self.augment(i, augment)).collect();
        let weights: Vec<_> = experiment.weights.iter().enumerate().map(|(i, weight)| self.weight(i, weight)).collect();
        let phases: Vec<_> = experiment.phases.iter().enumerate().map(|(i, phase)| self.phase(i, phase)).collect();
        "callbacks".clone_into(&mut self.statement);
        let callbacks = experiment.callbacks.iter().enumerate();
        let callbacks: Vec<_> = callbacks.map(|(i, watcher)| self.run_callback(i, watcher)).collect();
        let [splits, scales, augments, weights, phases, callbacks] =
            [splits, scales, augments, weights, phases, callbacks].map(|statements| self.list(&statements));
        let (parameters, choices) = parametrised::lists(experiment, self.form);
        quote! {
            ::modularml::experiment::ExperimentSpec {
                name: #name,
                graph: #graph,
                seed: #seed,
                splits: #splits,
                scales: #scales,
                augments: #augments,
                weights: #weights,
                phases: #phases,
                callbacks: #callbacks,
                parameters: #parameters,
                choices: #choices,
                choose: #choose,
                rows_seed: ::core::option::Option::None,
            }
        }
    }

    fn split(&mut self, i: usize, split: &Split) -> TokenStream {
        let input = text(&split.input);
        let splitter = match &split.into {
            None => self.component_over_rows(ComponentKind::Splitter, &split.splitter, &split.input),
            Some(made) => self.folds_into(&split.splitter, made, &split.input),
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
                within: ::core::option::Option::None,
            }
        }
    }

    /// Folds as the splitter that makes these two splits.
    pub(super) fn folds_into(&mut self, folds: &Component, made: &[Ident; 2], input: &Ident) -> Made {
        let folds = self.over_rows(ComponentKind::Folds, folds, input);
        let names = made.iter().map(text);
        self.constant(ComponentKind::Splitter, &quote!(#folds.into_splits(#(#names),*)))
    }

    fn scale(&mut self, i: usize, scale: &Scale) -> TokenStream {
        let (input, column) = (&scale.column.first, &scale.column.rest[0]);
        let scalers: Vec<_> =
            scale.scalers.iter().map(|scaler| self.component(ComponentKind::Scaler, scaler).here).collect();
        let scalers = self.list(&scalers);
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
                scalers: #scalers,
                fitted_on: #fitted_on,
            }
        }
    }

    fn weight(&mut self, i: usize, weight: &Weight) -> TokenStream {
        let Weight { input, column } = weight;
        self.known(input, std::slice::from_ref(column));
        self.rule(input.span(), &quote!(weighed(__CONTEXT, #i)));
        self.rule(column.span(), &quote!(weighed_by(__CONTEXT, #i)));
        let (input, column) = (text(input), text(column));
        "weigh".clone_into(&mut self.statement);
        self.end_statement(&input);
        quote!(::modularml::experiment::WeightSpec { input: #input, column: #column })
    }

    /// Puts a component into a constant of its own.
    pub(super) fn component(&mut self, kind: ComponentKind, component: &Component) -> Made {
        self.constant(kind, &component.to_plain_spec(kind))
    }

    /// The same for a statement that is a component and nothing else, with the rules at it.
    pub(super) fn only_component(
        &mut self,
        kind: ComponentKind,
        component: &Component,
        call: impl Fn(TokenStream) -> TokenStream,
    ) -> Made {
        let constant = self.component(kind, component);
        self.rules_at(component, call);
        self.end_statement(&text(component.name()));
        constant
    }

    /// Puts a splitter or sampler of an input, whose arguments may be columns, into a constant of its own.
    pub(super) fn component_over_rows(&mut self, kind: ComponentKind, component: &Component, input: &Ident) -> Made {
        let component = self.over_rows(kind, component, input);
        self.constant(kind, &component)
    }

    /// A splitter or sampler, whose arguments may be columns, as an expression.
    fn over_rows(&self, kind: ComponentKind, component: &Component, input: &Ident) -> TokenStream {
        component.to_spec(kind, columns_as_arguments(&self.experiment.of_graph("NAMES"), input))
    }

    fn constant(&mut self, kind: ComponentKind, value: &TokenStream) -> Made {
        let constant = format_ident!("__COMPONENT_{}", self.components.len());
        self.item(&constant, &kind.erased(), value)
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
    pub(super) fn number(&mut self, span: Span, metric: &Made) {
        let metric = &metric.declared;
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
