//! What searches try.

use super::*;
use crate::spec::{ChosenFrom, Spread};

fn listed(name: Name, values: &[usize]) -> ChoiceSpec {
    let values: Vec<_> = values.iter().map(|value| ParameterValue::size(*value)).collect();
    ChoiceSpec { name, from: ChosenFrom::Listed(values.into()) }
}

fn range(name: Name, spread: Spread, low: f64, high: f64) -> ChoiceSpec {
    let (low, high) = (ParameterValue::Float(low), ParameterValue::Float(high));
    ChoiceSpec { name, from: ChosenFrom::Range { spread, low, high } }
}

fn written(trials: &[Vec<ParameterSpec>]) -> Vec<String> {
    let one = |trial: &Vec<ParameterSpec>| trial.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    trials.iter().map(one).collect()
}

fn floats(trials: &[Vec<ParameterSpec>], place: usize) -> Vec<f64> {
    trials.iter().filter_map(|trial| trial.get(place)?.value.as_number()).collect()
}

#[test]
fn a_grid_has_every_combination() -> Result<()> {
    let trials = GridSearch.spec().trials(&[listed("width", &[32, 64]), listed("depth", &[1, 2, 3])], 0)?;
    let all = ["1", "2", "3"].map(|depth| format!("width=32 depth={depth}"));
    assert_eq!(written(&trials)[..3], all);
    assert_eq!(trials.len(), 6);
    let error = GridSearch.spec().trials(&[range("lr", Spread::Uniform, 0.0, 1.0)], 0);
    assert!(error.is_err_and(|error| error.to_string().contains("`lr` is a range")));
    Ok(())
}

#[test]
fn trials_at_random_differ_and_are_those_of_the_seed() -> Result<()> {
    let choices = [listed("width", &[1, 2, 3, 4]), listed("depth", &[1, 2])];
    let search = RandomSearch::trials(8).spec();
    let mut all = written(&search.trials(&choices, 1)?);
    assert_eq!(all, written(&search.trials(&choices, 1)?));
    assert_ne!(all, written(&search.trials(&choices, 2)?));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 8, "all eight combinations");
    let error = RandomSearch::trials(9).spec().trials(&choices, 1);
    assert!(error.is_err_and(|error| error.to_string().contains("8 different ones")));
    Ok(())
}

#[test]
fn a_range_is_drawn_as_it_says() -> Result<()> {
    let choices = [
        range("lr", Spread::LogUniform, 1e-4, 1e-2),
        range("dropout", Spread::Uniform, 0.2, 0.6),
        ChoiceSpec {
            name: "width",
            from: ChosenFrom::Range {
                spread: Spread::Integers,
                low: ParameterValue::size(3),
                high: ParameterValue::size(5),
            },
        },
    ];
    let trials = RandomSearch::trials(4000).spec().trials(&choices, 7)?;
    let (rates, dropout, width) = (floats(&trials, 0), floats(&trials, 1), floats(&trials, 2));
    // Half of the numbers lie below the geometric mean of the ends, 1e-3: within four deviations of a fair coin.
    let below = rates.iter().filter(|rate| **rate < 1e-3).count();
    assert!((1874..=2126).contains(&below), "{below}");
    let below = dropout.iter().filter(|dropout| **dropout < 0.4).count();
    assert!((1874..=2126).contains(&below), "{below}");
    assert!(rates.iter().all(|rate| (1e-4..=1e-2).contains(rate)));
    for value in [3.0, 4.0, 5.0] {
        let count = width.iter().filter(|width| (**width - value).abs() < 0.5).count();
        // A third, within four deviations.
        assert!((1214..=1453).contains(&count), "{value}: {count}");
    }
    Ok(())
}

#[test]
fn a_sobol_sequence_has_a_point_in_each_part() -> Result<()> {
    let choices = [range("a", Spread::Uniform, 0.0, 1.0), range("b", Spread::Uniform, 0.0, 1.0)];
    let trials = SobolSearch::trials(16).spec().trials(&choices, 3)?;
    let (a, b) = (floats(&trials, 0), floats(&trials, 1));
    // 16 points are one in each of the 16 parts of all shapes: the property of a (0, 4, 2)-net in base 2.
    for (wide, high) in [(16.0, 1.0), (8.0, 2.0), (4.0, 4.0), (2.0, 8.0), (1.0, 16.0)] {
        let part = |(a, b): (&f64, &f64)| format!("{} {}", (a * wide).floor(), (b * high).floor());
        let mut parts: Vec<_> = a.iter().zip(&b).map(part).collect();
        parts.sort();
        parts.dedup();
        assert_eq!(parts.len(), 16, "{wide} by {high}");
    }
    assert_ne!(written(&trials), written(&SobolSearch::trials(16).spec().trials(&choices, 4)?));
    Ok(())
}

#[test]
fn halving_compares_fewer_after_more_epochs() -> Result<()> {
    let rung = |epochs, keep| Rung { epochs, keep };
    let search = HalvingSearch::trials(27).from(1).factor(3).spec();
    assert_eq!(search.rungs(27, 27)?, [rung(1, 9), rung(3, 3), rung(9, 1)]);
    assert_eq!(search.rungs(27, 4)?, [rung(1, 9), rung(3, 3)]);
    assert_eq!(
        HalvingSearch::trials(5).from(10).factor(2).spec().rungs(5, 100)?,
        [rung(10, 3), rung(20, 2), rung(40, 1)]
    );
    assert_eq!(RandomSearch::trials(5).spec().rungs(5, 100)?, []);
    Ok(())
}
