//! Programs that must compile, for a false refusal is a fault too. Each file of `cases-that-compile/` is one, and what
//! the macros accept there, the rules at run time accept as well.

use modularml::__private::Wiring;
use modularml::__private::rules::experiment;
use modularml::experiment::ExperimentSpec;

#[path = "../cases-that-compile/autoencoder.rs"]
mod autoencoder;
#[path = "../cases-that-compile/axes_of_sequences.rs"]
mod axes_of_sequences;
#[path = "../cases-that-compile/cfg_and_macros.rs"]
mod cfg_and_macros;
#[path = "../cases-that-compile/constants.rs"]
mod constants;
#[path = "../cases-that-compile/fitted.rs"]
mod fitted;
#[path = "../cases-that-compile/frozen_as_initialised.rs"]
mod frozen_as_initialised;
#[path = "../cases-that-compile/inside_macros_of_ones_own.rs"]
mod inside_macros_of_ones_own;
#[path = "../cases-that-compile/joined_conditions.rs"]
mod joined_conditions;
#[path = "../cases-that-compile/kinds_of_output.rs"]
mod kinds_of_output;
#[path = "../cases-that-compile/modules_and_visibility.rs"]
mod modules_and_visibility;
#[path = "../cases-that-compile/names_of_the_user.rs"]
mod names_of_the_user;
#[path = "../cases-that-compile/nearly_without_effect.rs"]
mod nearly_without_effect;
#[path = "../cases-that-compile/nested_splits.rs"]
mod nested_splits;
#[path = "../cases-that-compile/one_name_in_two_modules.rs"]
mod one_name_in_two_modules;
#[path = "../cases-that-compile/own_components.rs"]
mod own_components;
#[path = "../cases-that-compile/parameters.rs"]
mod parameters;
#[path = "../cases-that-compile/phases_in_odd_orders.rs"]
mod phases_in_odd_orders;
#[path = "../cases-that-compile/precisions.rs"]
mod precisions;
#[path = "../cases-that-compile/projection_head.rs"]
mod projection_head;
#[path = "../cases-that-compile/raw_identifiers.rs"]
mod raw_identifiers;
#[path = "../cases-that-compile/resampled.rs"]
mod resampled;
#[path = "../cases-that-compile/roles_that_differ.rs"]
mod roles_that_differ;
#[path = "../cases-that-compile/said_on_purpose.rs"]
mod said_on_purpose;
#[path = "../cases-that-compile/several_of_each.rs"]
mod several_of_each;
#[path = "../cases-that-compile/strict_crate.rs"]
mod strict_crate;
#[path = "../cases-that-compile/tags.rs"]
mod tags;
#[path = "../cases-that-compile/two_inputs.rs"]
mod two_inputs;
#[path = "../cases-that-compile/windows.rs"]
mod windows;
#[path = "../cases-that-compile/words_of_the_notation.rs"]
mod words_of_the_notation;

/// Asserts that a graph was built and that no rule refuses the experiment on it.
fn accepted(graph: modularml::Result<()>, experiment: &ExperimentSpec) {
    graph.unwrap();
    let mistakes = experiment::all(experiment, &Wiring::of(&experiment.graph));
    assert_eq!(mistakes.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
}
