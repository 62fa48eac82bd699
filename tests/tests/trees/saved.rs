//! The same bits with one and two threads and after loading, and no panic on what is damaged.

use std::collections::BTreeMap;
use std::process::Command;

use modularml::candle_core::{DType, Device, Tensor};
use modularml::graph::{Layer, LayerSpec};
use modularml::layers::*;

use crate::rows::{COLUMNS, Data, Numbers, THREE, Told, codes, data, fit, layer, numbers, predicted, tensor};

/// Set in the processes that a test below starts: they print their bits and end.
const PRINTS_BITS: &str = "MODULARML_TEST_PRINTS_BITS";

/// Every kind of tree, to numbers and classes.
fn kinds() -> Vec<(LayerSpec, Told)> {
    vec![
        (DecisionTree::depth(5).spec(), Told::Numbers(1)),
        (DecisionTree::depth(5).spec(), THREE),
        (RandomForest::trees(4).depth(5).spec(), Told::Numbers(2)),
        (RandomForest::trees(4).depth(5).spec(), THREE),
        (ExtraTrees::trees(4).depth(5).spec(), Told::Numbers(1)),
        (ExtraTrees::trees(4).depth(5).spec(), THREE),
        (GradientBoosting::rounds(4).at_least(3).leaves(6).spec(), Told::Numbers(2)),
        (GradientBoosting::rounds(4).at_least(3).leaves(6).spec(), THREE),
        (GradientBoosting::rounds(4).at_least(3).leaves(6).held_out(0.3).spec(), Told::Bool),
        (IsolationForest::trees(4).rows(32).spec(), Told::Nothing),
    ]
}

fn target(rows: &Data, told: Told) -> Option<Tensor> {
    match told {
        Told::Nothing => None,
        Told::Numbers(1) => Some(tensor(&rows.y, &[rows.len()])),
        Told::Numbers(width) => {
            let several: Vec<f64> =
                rows.y.iter().flat_map(|y| (0..width).map(move |at| y * (at as f64 - 0.5))).collect();
            Some(tensor(&several, &[rows.len(), width]))
        }
        Told::Classes(_) => Some(codes(&rows.classes)),
        Told::Bool => Some(codes(&rows.classes.iter().map(|class| u32::from(*class > 0)).collect::<Vec<_>>())),
    }
}

fn fitted(spec: &LayerSpec, told: Told, rows: &Data) -> Box<dyn Layer> {
    let mut trees = layer(spec, told);
    fit(trees.as_mut(), rows.inputs(), target(rows, told), None, 7);
    trees
}

/// As many rows as are shared out over threads.
fn all_bits() -> String {
    let rows = data(30_000, 1).with_missing();
    let mut bits = 7u64;
    for (spec, told) in kinds() {
        for number in predicted(fitted(&spec, told, &rows).as_ref(), &rows.inputs()) {
            bits = (bits ^ number.to_bits()).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("bits {bits:x}")
}

#[test]
fn threads_change_no_bit() {
    if std::env::var_os(PRINTS_BITS).is_some() {
        println!("{}", all_bits());
        return;
    }
    let run = |threads: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "saved::threads_change_no_bit", "--nocapture"]);
        let output = command.env(PRINTS_BITS, "1").env("RAYON_NUM_THREADS", threads).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().find(|line| line.contains("bits ")).unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    assert_eq!(run("1"), run("2"));
}

#[test]
fn what_is_loaded_predicts_the_same_bits() {
    let rows = data(200, 4).with_missing();
    for (spec, told) in kinds() {
        let trees = fitted(&spec, told, &rows);
        let mut other = layer(&spec, told);
        other.set_state(&trees.state().unwrap()).unwrap();
        let bits = |layer: &dyn Layer| -> Vec<u64> {
            predicted(layer, &rows.inputs()).into_iter().map(f64::to_bits).collect()
        };
        assert_eq!(bits(trees.as_ref()), bits(other.as_ref()), "{}", spec.name);
        // Another seed draws other trees, the same seed the same ones.
        let mut again = layer(&spec, told);
        fit(again.as_mut(), rows.inputs(), target(&rows, told), None, 7);
        assert_eq!(bits(trees.as_ref()), bits(again.as_ref()), "{}", spec.name);
    }
}

/// Numbers that are likely to break something.
fn odd(numbers: &mut Numbers) -> f64 {
    let odd = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1.0, 2.0, 255.0, 1e9, 4_294_967_295.0, 0.5, -0.0, f64::MAX];
    odd[(numbers.next() * odd.len() as f64) as usize]
}

/// A state in which something is wrong.
fn damaged(state: &BTreeMap<String, Tensor>, draw: &mut Numbers) -> BTreeMap<String, Tensor> {
    let mut state = state.clone();
    for _ in 0..=(draw.next() * 3.0) as usize {
        let names: Vec<String> = state.keys().cloned().collect();
        let Some(name) = names.get((draw.next() * names.len() as f64) as usize) else { continue };
        let array = &state[name];
        let mut dims = array.dims().to_vec();
        let flat = array.to_dtype(DType::F64).unwrap().flatten_all().unwrap();
        let mut all: Vec<f64> = flat.to_vec1().unwrap();
        let at =
            |count: usize, draw: &mut Numbers| ((draw.next() * count as f64) as usize).min(count.saturating_sub(1));
        match (draw.next() * 10.0) as usize {
            0 => {
                state.remove(name);
                continue;
            }
            1 => {
                all.pop();
                dims = vec![all.len()];
            }
            2 => {
                all.push(odd(draw));
                dims = vec![all.len()];
            }
            3 if all.len() > 1 => {
                let (a, b) = (at(all.len(), draw), at(all.len(), draw));
                all.swap(a, b);
            }
            4 if !all.is_empty() => {
                let place = at(all.len(), draw);
                all[place] += if draw.next() < 0.5 { 1.0 } else { -1.0 };
            }
            _ if !all.is_empty() => {
                let place = at(all.len(), draw);
                all[place] = odd(draw);
            }
            _ => {}
        }
        let dtype = if draw.next() < 0.02 { DType::F32 } else { array.dtype() };
        let Ok(damaged) = Tensor::from_vec(all, dims, &Device::Cpu).and_then(|array| array.to_dtype(dtype)) else {
            continue;
        };
        state.insert(name.clone(), damaged);
    }
    state
}

/// More of them by the environment variable `TREES_MUTATIONS`.
#[test]
fn damaged_states_are_refused_or_predict() {
    let count = std::env::var("TREES_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(5000);
    let rows = data(80, 4).with_missing();
    let kinds = kinds();
    let mut draw = Numbers(9);
    let (mut taken, mut refused) = (0, 0);
    let fitted: Vec<_> = kinds.iter().map(|(spec, told)| fitted(spec, *told, &rows).state().unwrap()).collect();
    let odd_rows: Vec<f64> =
        (0..20 * COLUMNS).map(|_| odd(&mut draw)).map(|x| if x.is_infinite() { 0.0 } else { x }).collect();
    let inputs = [tensor(&odd_rows, &[20, COLUMNS])];
    for at in 0..count {
        let (spec, told) = &kinds[at % kinds.len()];
        let mut trees = layer(spec, *told);
        match trees.set_state(&damaged(&fitted[at % kinds.len()], &mut draw)) {
            Ok(()) => {
                taken += 1;
                if !trees.state().unwrap().is_empty() {
                    predicted(trees.as_ref(), &inputs);
                }
            }
            Err(_) => refused += 1,
        }
    }
    println!("{count} damaged states: {refused} refused, {taken} taken");
    assert!(taken > count / 20 && refused > count / 4, "{taken} taken, {refused} refused");
}

#[test]
fn a_damaged_state_says_what_is_wrong() {
    let rows = data(80, 4);
    let trees = fitted(&DecisionTree::depth(3).spec(), Told::Numbers(1), &rows);
    let state = trees.state().unwrap();
    let with = |name: &str, change: fn(&mut Vec<f64>)| {
        let mut state = state.clone();
        let mut array = numbers(trees.as_ref(), name);
        change(&mut array);
        let dims = state[name].dims().to_vec();
        let array = Tensor::from_vec(array, dims, &Device::Cpu).unwrap().to_dtype(state[name].dtype()).unwrap();
        state.insert(name.to_owned(), array);
        layer(&DecisionTree::depth(3).spec(), Told::Numbers(1)).set_state(&state).unwrap_err().to_string()
    };
    assert_eq!(
        with("children", |children| children[0] = 0.0),
        "node 0 of tree 0 has one child, or asks something as a leaf"
    );
    assert_eq!(
        with("children", |children| children[1] = 1.0),
        "node 0 of tree 0 has a child that stands before it, has two parents or is not there"
    );
    assert_eq!(with("columns", |columns| columns[0] = 6.0), "`columns` holds 6, numbers below 6 are needed");
    assert_eq!(with("flags", |flags| flags[0] = 2.0), "node 0 of tree 0 names another set of categories than its own");
    assert_eq!(with("thresholds", |all| all[0] = f64::NAN), "`thresholds` holds NaN, finite numbers are needed");
    assert_eq!(with("starts", |starts| starts[1] = 1.0), "`starts` does not begin at 0 and end at the 15 nodes");
}
