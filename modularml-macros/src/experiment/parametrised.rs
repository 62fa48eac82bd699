//! An experiment with parameters or choices: one description in constants for each number of a point, the declared values
//! and one for each value that may be chosen; and the same for values that are known only at run time.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::parse::Experiment;
use super::vary::{Choice, From};
use crate::errors::Errors;
use crate::names::{Checks, text};
use crate::notation::{Place, parameters_struct, parameters_type, parameters_value};

/// Where the values of parameters come from in a description.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// There are none.
    Plain,
    /// From a type, in constants.
    Constant,
    /// From a variable, in a running program.
    Owned,
}

/// What constants are made of that depend on the point.
pub(super) struct Points {
    pub items: TokenStream,
    /// What asks the rules with the values that may be chosen.
    pub checks: TokenStream,
}

/// Whether settings of the experiment use parameters, or something may be chosen.
pub(super) fn is_parametrised(experiment: &Experiment) -> bool {
    !(experiment.parameters.is_empty() && experiment.of_graph_parameters.is_empty() && experiment.choices.is_empty())
}

/// The type of its parameters: its own, which hold those of the graph, or those of the graph.
pub(super) fn parameters(experiment: &Experiment) -> TokenStream {
    if experiment.parameters.is_empty() {
        return experiment.of_graph("Parameters");
    }
    let own = parameters_type(&experiment.name);
    quote!(#own)
}

/// The struct of its own parameters.
pub(super) fn own_struct(experiment: &Experiment) -> TokenStream {
    if experiment.parameters.is_empty() {
        return TokenStream::new();
    }
    let of_graph = experiment.of_graph("Parameters");
    parameters_struct(&experiment.name, &experiment.visibility, &experiment.parameters, Some(&of_graph))
}

/// Where the parameters of the graph stand in those of the experiment.
fn of_graph(experiment: &Experiment, parameters: &TokenStream) -> TokenStream {
    if experiment.parameters.is_empty() { parameters.clone() } else { quote!(#parameters.graph) }
}

/// The description of the graph.
pub(super) fn graph(experiment: &Experiment, form: Form) -> TokenStream {
    match form {
        Form::Plain => experiment.of_graph("SPEC"),
        Form::Constant => {
            let graph = graph_at(experiment, &quote!(Self));
            quote!(#graph::SPEC)
        }
        Form::Owned => described_graph(experiment),
    }
}

/// The graph at a point.
fn graph_at(experiment: &Experiment, point: &TokenStream) -> TokenStream {
    let at = experiment.of_graph("At");
    quote!(<#at<#point> as ::modularml::graph::Described>)
}

/// The description of the graph with the parameters of a variable.
fn described_graph(experiment: &Experiment) -> TokenStream {
    let (described, value) = (experiment.of_graph("described"), given(experiment));
    let given = if experiment.parameters.is_empty() { quote!(#value) } else { quote!(&#value.graph) };
    quote_spanned!(experiment.graph.span()=> #described(#given))
}

/// The body that describes an experiment whose own settings use no parameters.
pub(super) fn as_declared(experiment: &Experiment) -> TokenStream {
    let graph = described_graph(experiment);
    quote!(::modularml::experiment::ExperimentSpec { graph: #graph, ..__SPEC })
}

/// The body that describes an experiment whose own settings use parameters, of the description with those of a variable.
pub(super) fn described(experiment: &Experiment, spec: &TokenStream) -> TokenStream {
    let (value, given) = (parameters_value(), given(experiment));
    quote! {
        let #value = #given;
        #spec
    }
}

/// The variable with the parameters that a description is asked for. It is of the graph's name, where rustc tells that this
/// is no graph.
pub(super) fn given(experiment: &Experiment) -> Ident {
    Ident::new("__given", experiment.graph.span())
}

/// The seed, which may be chosen.
pub(super) fn seed(experiment: &Experiment, form: Form, declared: TokenStream) -> TokenStream {
    let is_chosen = experiment.choices.iter().any(Choice::is_seed);
    if matches!(form, Form::Constant) && is_chosen {
        let arms = numbered(experiment).into_iter().filter(|at| at.choice.is_seed()).map(|at| {
            let Numbered { first, last, .. } = at;
            let function = at.function();
            let value = if at.is_range() { quote!(#function(I - #first).0) } else { quote!(#function(I - #first)) };
            quote!(#first..=#last => #value,)
        });
        return quote!(match I { #(#arms)* _ => #declared });
    }
    declared
}

/// The lists of own parameters and of choices.
pub(super) fn lists(experiment: &Experiment, form: Form) -> (TokenStream, TokenStream) {
    let empty = quote!(::modularml::text::List::EMPTY);
    let value = parameters_value();
    let owner = match form {
        Form::Plain => return (empty.clone(), empty),
        Form::Constant => quote!(Self::PARAMETERS),
        Form::Owned => quote!(#value),
    };
    let own = experiment.parameters.iter().map(|parameter| parameter.spec(&owner));
    let own = match form {
        Form::Owned => quote!(::modularml::text::List::Owned(::std::vec![#(#own),*])),
        Form::Plain | Form::Constant => quote!(::modularml::text::List::Static(&[#(#own),*])),
    };
    (own, quote!(::modularml::text::List::Static(__CHOICES)))
}

/// A choice, and the points that have its values.
struct Numbered<'a> {
    position: usize,
    choice: &'a Choice,
    first: usize,
    last: usize,
}

impl Numbered<'_> {
    /// The function that gives its values.
    fn function(&self) -> Ident {
        format_ident!("__vary_{}", self.position)
    }

    fn is_range(&self) -> bool {
        matches!(self.choice.from, From::Range(_))
    }
}

/// The choices, with the points that have their values; the first point has the declared ones.
fn numbered(experiment: &Experiment) -> Vec<Numbered<'_>> {
    let mut next = 1;
    let mut number = |(position, choice): (usize, &'_ Choice)| {
        let count = choice.from.places().len();
        next += count;
        (position, next - count, next - 1)
    };
    experiment
        .choices
        .iter()
        .enumerate()
        .map(|(i, choice)| {
            let (position, first, last) = number((i, choice));
            Numbered { position, choice, first, last }
        })
        .collect()
}

/// The type of points with the description at each of them, and what asks the rules there.
pub(super) fn points(experiment: &Experiment, spec: &TokenStream) -> Points {
    let (parameters, of_graph_type) = (parameters(experiment), experiment.of_graph("Parameters"));
    let numbered = numbered(experiment);
    let functions = numbered.iter().map(|at| vary(experiment, at));
    let arms = numbered.iter().filter(|at| !at.choice.is_seed()).map(|at| {
        let (Numbered { first, last, .. }, function) = (at, at.function());
        let value = quote!(#function(I - #first, <__Parameters as ::modularml::spec::Parameters>::DEFAULT));
        if at.is_range() { quote!(#first..=#last => #value.0,) } else { quote!(#first..=#last => #value,) }
    });
    let values_of_graph = of_graph(experiment, &quote!(Self::PARAMETERS));
    let graph = graph_at(experiment, &quote!(Self));
    let sound = quote!(::modularml::__private::places::sound_experiment);
    let phases: Vec<_> = (0..experiment.phases.len()).map(|p| format_ident!("PHASE_{p}")).collect();
    let numbers = 0..experiment.phases.len();
    let choices = numbered.iter().map(|at| choice(experiment, at));
    let items = quote! {
        type __Parameters = #parameters;
        pub struct __At<const I: usize>;
        #(#functions)*
        impl<const I: usize> ::modularml::graph::Point<#of_graph_type> for __At<I> {
            const PARAMETERS: #of_graph_type = #values_of_graph;
        }
        const __CHOICES: &[::modularml::experiment::ChoiceSpec] = &[#(#choices),*];
        impl<const I: usize> __At<I> {
            const PARAMETERS: __Parameters = match I {
                #(#arms)*
                _ => <__Parameters as ::modularml::spec::Parameters>::DEFAULT,
            };
            const SPEC: ::modularml::experiment::ExperimentSpec = #spec;
            const EXPERIMENT: &'static ::modularml::experiment::ExperimentSpec = &Self::SPEC;
            const CONTEXT: ::modularml::__private::places::experiment::Context<'static> =
                ::modularml::__private::places::experiment::Context {
                    experiment: Self::EXPERIMENT,
                    wiring: &#graph::WIRING,
                };
            #(const #phases: ::modularml::text::Verdict = #sound::phase(Self::CONTEXT, #numbers);)*
            /// What the first rule refuses.
            const VERDICT: ::modularml::text::Verdict = {
                let mut verdict = #graph::VERDICT;
                if verdict.is_ok() {
                    verdict = #sound::whole(Self::CONTEXT);
                }
                #(if verdict.is_ok() { verdict = Self::#phases; })*
                verdict
            };
        }
    };
    Points { items, checks: checks(experiment, &numbered) }
}

/// The function that gives the values of a choice, in the place of the parameter's declared one. The parameter is named
/// once, and gives the values their type.
fn vary(experiment: &Experiment, at: &Numbered<'_>) -> TokenStream {
    let (function, value, name) = (at.function(), parameters_value(), &at.choice.name);
    let spread = quote!(::modularml::experiment::Spread);
    let given = match &at.choice.from {
        From::Listed(values) => quote!(::modularml::__private::listed([#(#values),*], __position)),
        From::Range(range) => quote!(::modularml::__private::end(#range, __position, &mut __spread)),
    };
    if at.choice.is_seed() {
        return if at.is_range() {
            quote! {
                const fn #function(__position: usize) -> (u64, #spread) {
                    let mut __spread = #spread::Uniform;
                    let seed: u64 = #given;
                    (seed, __spread)
                }
            }
        } else {
            quote!(const fn #function(__position: usize) -> u64 { #given })
        };
    }
    let field = field(experiment, name, &quote!(#value));
    if at.is_range() {
        return quote! {
            const fn #function(__position: usize, mut #value: __Parameters) -> (__Parameters, #spread) {
                let mut __spread = #spread::Uniform;
                #field = #given;
                (#value, __spread)
            }
        };
    }
    quote! {
        const fn #function(__position: usize, mut #value: __Parameters) -> __Parameters {
            #field = #given;
            #value
        }
    }
}

/// Where the value of a parameter stands.
fn field(experiment: &Experiment, name: &Ident, owner: &TokenStream) -> TokenStream {
    if is_own(experiment, name) {
        return quote!(#owner.#name);
    }
    let graph = of_graph(experiment, owner);
    quote!(#graph.#name)
}

fn is_own(experiment: &Experiment, name: &Ident) -> bool {
    experiment.parameters.iter().any(|parameter| text(&parameter.name) == text(name))
}

/// The value of a choice at a point, its type erased.
fn erased(experiment: &Experiment, at: &Numbered<'_>, point: usize) -> TokenStream {
    let name = &at.choice.name;
    let written = text(name);
    if at.choice.is_seed() {
        let (function, position) = (at.function(), point - at.first);
        let seed = if at.is_range() { quote!(#function(#position).0) } else { quote!(#function(#position)) };
        return quote!(::modularml::spec::ParameterValue::seed(#seed));
    }
    if let Some(own) = experiment.parameters.iter().find(|parameter| text(&parameter.name) == written) {
        return own.erased(&quote!(__At::<#point>::PARAMETERS));
    }
    let graph = graph_at(experiment, &quote!(__At<#point>));
    quote!(::modularml::__private::value(&#graph::GRAPH.parameters, #written))
}

/// A choice in the description.
fn choice(experiment: &Experiment, at: &Numbered<'_>) -> TokenStream {
    let (name, function) = (text(&at.choice.name), at.function());
    let values: Vec<_> = (at.first..=at.last).map(|point| erased(experiment, at, point)).collect();
    let from = if at.is_range() {
        let declared = quote!(<__Parameters as ::modularml::spec::Parameters>::DEFAULT);
        let spread = if at.choice.is_seed() { quote!(#function(0).1) } else { quote!(#function(0, #declared).1) };
        let [low, high] = [values.first(), values.last()];
        quote!(Range { spread: #spread, low: #low, high: #high })
    } else {
        quote!(Listed(::modularml::text::List::Static(&[#(#values),*])))
    };
    quote! {
        ::modularml::experiment::ChoiceSpec { name: #name, from: ::modularml::experiment::ChosenFrom::#from }
    }
}

/// What asks the rules about parameters and choices, and all others with each value that may be chosen, one at a time. What
/// is wrong without a choice is told there, and alone.
fn checks(experiment: &Experiment, numbered: &[Numbered<'_>]) -> TokenStream {
    let ask =
        |place: Place, call: TokenStream| place.require(&quote!(::modularml::__private::places::experiment::#call));
    let mut names = Checks::default();
    let mut checks = Vec::new();
    let mut check = |name: &str, condition: TokenStream, rules: TokenStream| {
        let name = names.name(name);
        checks.push(quote!(const #name: () = if #condition { #rules };));
    };
    for (i, parameter) in experiment.parameters.iter().enumerate() {
        let rule = ask(Place::at(parameter.name.span()), quote!(parameter(__CONTEXT, #i)));
        check(&format!("parameter_{}", text(&parameter.name)), quote!(__ASKS), rule);
    }
    for (i, at) in numbered.iter().enumerate() {
        let name = text(&at.choice.name);
        let rule = ask(Place::at(at.choice.name.span()), quote!(choice(__CONTEXT, #i)));
        check(&format!("vary_{name}"), quote!(__ASKS), rule);
        for (k, value_at) in at.choice.from.places().into_iter().enumerate() {
            let point = at.first + k;
            let (rule, value) = (ask(value_at, quote!(chosen(__CONTEXT, #i, #k))), erased(experiment, at, point));
            let with = quote!(::modularml::__private::with(#name, &#value, &__At::<#point>::VERDICT));
            let with = value_at.require(&with);
            check(&format!("vary_{name}_{k}"), quote!(__VARIES), quote!(#rule #with));
        }
    }
    let graph = graph_at(experiment, &quote!(__At<0>));
    let names = numbered.iter().filter(|at| !at.choice.is_seed() && !is_own(experiment, &at.choice.name));
    // Of a name that the graph does not have rustc has told.
    let has = names.map(|at| {
        let name = text(&at.choice.name);
        quote!(::modularml::__private::has(&#graph::GRAPH.parameters, #name))
    });
    let varies = quote!(__ASKS #(&& #has)* && __At::<0>::VERDICT.is_ok());
    let varies = (!numbered.is_empty()).then(|| quote!(const __VARIES: bool = #varies;));
    quote!(#varies #(#checks)*)
}

/// Rule: each parameter in the head is used by a setting of the experiment.
pub(super) fn refuse_unused(experiment: &Experiment, errors: &mut Errors) {
    let (name, scope) = (&experiment.name, &experiment.scope);
    for parameter in experiment.parameters.iter().map(|parameter| &parameter.name).filter(|it| scope.is_unused(it)) {
        let message = format!(
            "no setting in `{name}` uses parameter `{}`, so that it would have no effect; use it, or remove it",
            text(parameter)
        );
        errors.add(parameter, message);
    }
    for parameter in experiment.of_graph_parameters.iter().filter(|it| scope.is_unused(it)) {
        let message = format!(
            "no setting in `{name}` itself uses `{0}`; remove it here, for a parameter of the graph can be set and chosen \
             without it",
            text(parameter)
        );
        errors.add(parameter, message);
    }
}
