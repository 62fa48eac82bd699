//! Parameters, and what may be chosen: a file or a program of one's own may describe them as it likes.

use modularml::experiment::{ChoiceSpec, ChosenFrom, ExperimentSpec, ParameterSpec, ParameterValue, Spread};
use modularml::graph::GraphSpec;

use crate::shared::{TWO, net, study, trained};
use crate::{Case, same_words, told};

const WIDTH: ParameterSpec = ParameterSpec { name: "width", value: ParameterValue::Int(64) };
const LR: ParameterSpec = ParameterSpec { name: "lr", value: ParameterValue::Float(1e-3) };

/// An experiment with two parameters of its graph, and these choices.
fn varied(choices: Vec<ChoiceSpec>) -> ExperimentSpec {
    let spec = study(net(TWO)).train("regress", trained).spec();
    let graph = GraphSpec { parameters: vec![WIDTH, LR].into(), ..spec.graph.clone() };
    ExperimentSpec { graph, choices: choices.into(), ..spec }
}

/// The same with a parameter of its own.
fn owning(own: ParameterSpec) -> ExperimentSpec {
    ExperimentSpec { parameters: vec![own].into(), ..varied(Vec::new()) }
}

fn listed(name: &'static str, values: &[i128]) -> ChoiceSpec {
    let values: Vec<_> = values.iter().map(|value| ParameterValue::Int(*value)).collect();
    ChoiceSpec { name, from: ChosenFrom::Listed(values.into()) }
}

fn range(name: &'static str, spread: Spread, low: f64, high: f64) -> ChoiceSpec {
    let [low, high] = [low, high].map(ParameterValue::Float);
    ChoiceSpec { name, from: ChosenFrom::Range { spread, low, high } }
}

pub(crate) fn parameters_and_choices() -> Vec<Case> {
    let mut cases = same_words(vec![
        ("parameters/PM09_named_as_in_the_graph", owning(WIDTH)),
        ("parameters/PM10_one_value", varied(vec![listed("width", &[32])])),
        ("parameters/PM10_value_twice", varied(vec![listed("width", &[32, 64, 32])])),
        ("parameters/PM10_varies_twice", varied(vec![listed("width", &[32, 64]), listed("width", &[128, 256])])),
    ]);
    let twice = ExperimentSpec {
        parameters: vec![ParameterSpec { name: "patience", ..WIDTH }; 2].into(),
        ..varied(Vec::new())
    };
    cases.extend([
        told("parameter `patience` is declared twice; remove one", twice),
        told(
            "no parameter `widht` in `SohStudy`; did you mean `width`? there are seed, width, lr",
            varied(vec![listed("widht", &[32, 64])]),
        ),
        told("`width` may be nothing; list its values, or remove it", varied(vec![listed("width", &[])])),
        told(
            "`seed` may be one value only, and does not vary; list another, or remove it",
            varied(vec![listed("seed", &[1])]),
        ),
    ]);
    let mixed = ChosenFrom::Listed(vec![ParameterValue::Float(1e-2), ParameterValue::Int(1)].into());
    cases.push(told(
        "`lr` cannot be 1, for it is declared as 0.001",
        varied(vec![ChoiceSpec { name: "lr", from: mixed }]),
    ));
    cases
}

pub(crate) fn ranges() -> Vec<Case> {
    let named = |name| ParameterValue::Choice(name);
    let ends = ChosenFrom::Range { spread: Spread::Uniform, low: named("Zeros"), high: named("Normal") };
    let init = ParameterSpec { name: "init", value: named("Zeros") };
    let of_names = ExperimentSpec { choices: vec![ChoiceSpec { name: "init", from: ends }].into(), ..owning(init) };
    let mut cases = same_words(vec![
        ("parameters/PM11_ends_exchanged", varied(vec![range("lr", Spread::LogUniform, 1e-2, 1e-4)])),
        ("parameters/PM11_orders_of_magnitude_of_zero", varied(vec![range("lr", Spread::LogUniform, 0.0, 1e-2)])),
    ]);
    cases.push(told(
        "an end of a range is finite, and not infinity",
        varied(vec![range("lr", Spread::Uniform, 0.0, f64::INFINITY)]),
    ));
    let words = "`init` is no number, and so has no range; list its values";
    cases.push(Case::new(words, vec![words.into(); 2], of_names));
    cases
}
