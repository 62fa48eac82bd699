//! Losses and their gradients against PyTorch.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor, Var};
use modularml::experiment::loss::{
    Bce, BceWithLogits, Contrastive, CosineEmbedding, CrossEntropy, GaussianNll, HingeEmbedding, Huber, InfoNce, KlDiv,
    L1, LossSpec, MarginRanking, Mse, MultiMargin, Nll, NtXent, PoissonNll, SmoothL1, SoftCrossEntropy, SoftMargin,
    TripletMargin,
};
use modularml_tests::golden::{each_case_where, left_out};
use modularml_tests::{array, difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Case {
    id: String,
    loss: String,
    params: BTreeMap<String, Value>,
    reduction: String,
    inputs: BTreeMap<String, Value>,
    cotangent: Value,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    value: Value,
    grad: BTreeMap<String, Value>,
}

/// How our value of a row comes from PyTorch's values without reduction.
#[derive(Clone, Copy, PartialEq)]
enum Row {
    /// It is one of them.
    Itself,
    /// The mean over the elements of the row.
    Mean,
    /// The sum over the elements of the row.
    Sum,
}

impl Case {
    fn number(&self, name: &str, default: f64) -> f64 {
        self.params.get(name).map_or(default, |value| value.as_f64().unwrap())
    }

    fn flag(&self, name: &str, default: bool) -> bool {
        self.params.get(name).map_or(default, |value| value.as_bool().unwrap())
    }

    /// The weights of classes under the names of their numbers.
    fn class_weights(&self) -> Option<[(&'static str, f64); 4]> {
        let weights = array(self.params.get("weight")?).0;
        let names = ["0", "1", "2", "3"];
        Some(std::array::from_fn(|class| (names[class], weights[class])))
    }

    /// The class that is left out; PyTorch's -100 is a fifth one here, for which there is no score.
    fn ignored_class(&self) -> Option<usize> {
        let class = self.params.get("ignore_index")?.as_i64().unwrap();
        Some(usize::try_from(class).unwrap_or(4))
    }

    fn input(&self, name: &str) -> Tensor {
        let value = tensor(&self.inputs[name], DType::F64);
        if self.params.get("ignore_index").and_then(Value::as_i64) == Some(-100) && name == "target" {
            return value.lt(0.0).unwrap().where_cond(&value.affine(0.0, 4.0).unwrap(), &value).unwrap();
        }
        value
    }

    /// The loss, the golden names of its inputs, and what its rows are.
    fn loss(&self) -> (LossSpec, &'static [&'static str], Row) {
        const PAIR: &[&str] = &["input", "target"];
        const THREE: &[&str] = &["input1", "input2", "target"];
        macro_rules! set {
            ($loss:expr, $($is:expr => $setting:ident),*) => {{
                let loss = $loss;
                $(let loss = if $is { loss.$setting() } else { loss };)*
                loss.spec()
            }};
        }
        match self.loss.as_str() {
            "bce" => (Bce.spec(), PAIR, Row::Mean),
            "bce_with_logits" => (BceWithLogits::new().spec(), PAIR, Row::Mean),
            "contrastive" => (Contrastive::margin(self.number("margin", 1.0)).spec(), &["a", "b", "y"], Row::Itself),
            "cosine_embedding" => {
                (CosineEmbedding::new().margin(self.number("margin", 0.0)).spec(), THREE, Row::Itself)
            }
            "cross_entropy" | "cross_entropy_ncl" => {
                let loss = CrossEntropy::new().label_smoothing(self.number("label_smoothing", 0.0));
                let loss = self.class_weights().map_or(loss, |weights| loss.class_weights(weights));
                let loss = self.ignored_class().map_or(loss, |class| loss.ignored_class(class));
                (loss.spec(), PAIR, if self.loss == "cross_entropy" { Row::Itself } else { Row::Mean })
            }
            "cross_entropy_prob_targets" => {
                let smoothing = self.number("label_smoothing", 0.0);
                (SoftCrossEntropy::new().label_smoothing(smoothing).spec(), PAIR, Row::Itself)
            }
            "gaussian_nll" => {
                let loss = GaussianNll::new().eps(self.number("eps", 1e-6));
                (set!(loss, self.flag("full", false) => full), &["input", "target", "var"], Row::Mean)
            }
            "hinge_embedding" => (HingeEmbedding::new().margin(self.number("margin", 1.0)).spec(), PAIR, Row::Mean),
            "huber" => (Huber::delta(self.number("delta", 1.0)).spec(), PAIR, Row::Mean),
            "info_nce" => {
                (InfoNce::temperature(self.number("temperature", 1.0)).spec(), &["query", "key"], Row::Itself)
            }
            "kl_div" => (set!(KlDiv::new(), self.flag("log_target", false) => log_target), PAIR, Row::Sum),
            "l1" => (L1.spec(), PAIR, Row::Mean),
            "margin_ranking" => (MarginRanking::new().margin(self.number("margin", 0.0)).spec(), THREE, Row::Mean),
            "mse" => (Mse.spec(), PAIR, Row::Mean),
            "multi_margin" => {
                let loss = MultiMargin::new().margin(self.number("margin", 1.0));
                (set!(loss, self.number("p", 1.0) > 1.0 => squared), PAIR, Row::Itself)
            }
            "multilabel_soft_margin" => (BceWithLogits::new().spec(), PAIR, Row::Itself),
            "nll" => {
                let loss = self.class_weights().map_or(Nll::new(), |weights| Nll::new().class_weights(weights));
                (self.ignored_class().map_or(loss, |class| loss.ignored_class(class)).spec(), PAIR, Row::Itself)
            }
            "nt_xent" => (NtXent::temperature(self.number("temperature", 1.0)).spec(), &["z1", "z2"], Row::Itself),
            "poisson_nll" => {
                let (of_rates, full) = (!self.flag("log_input", true), self.flag("full", false));
                (
                    set!(PoissonNll::new().eps(self.number("eps", 1e-8)), of_rates => of_rates, full => full),
                    PAIR,
                    Row::Mean,
                )
            }
            "smooth_l1" => (SmoothL1::beta(self.number("beta", 1.0)).spec(), PAIR, Row::Mean),
            "soft_margin" => (SoftMargin.spec(), PAIR, Row::Mean),
            "triplet_margin" => {
                let loss = TripletMargin::margin(self.number("margin", 1.0)).norm(self.number("p", 2.0));
                let loss = loss.eps(self.number("eps", 1e-6));
                (set!(loss, self.flag("swap", false) => swap), &["anchor", "positive", "negative"], Row::Itself)
            }
            other => left_out(other),
        }
    }

    /// PyTorch's weight of each row: that of its class, 0 where it is ignored.
    fn row_weights(&self) -> Option<f64> {
        if !["cross_entropy", "nll"].contains(&self.loss.as_str()) {
            return None;
        }
        let weights = self.class_weights().map(|weights| weights.map(|(_, weight)| weight));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "class numbers")]
        let classes = numbers(&self.input("target")).into_iter().map(|class| class as usize);
        let counted = classes.filter(|class| Some(*class) != self.ignored_class());
        Some(counted.map(|class| weights.map_or(1.0, |weights| weights[class])).sum())
    }
}

fn evaluate(case: &Case, loss: &LossSpec, inputs: &[Tensor]) -> Tensor {
    let rows = loss.evaluate(inputs).unwrap_or_else(|error| panic!("{}: {error}", case.id)).0;
    assert_eq!(rows.dims(), [inputs[0].dim(0).unwrap()], "{}: not one value a row", case.id);
    rows
}

/// One value an element, each a row for us.
fn by_element(case: &Case, loss: &LossSpec, inputs: &[Tensor]) -> Tensor {
    if case.loss == "cross_entropy_ncl" {
        let classes = inputs[0].dim(2).unwrap();
        let inputs = [inputs[0].reshape(((), classes)).unwrap(), inputs[1].flatten_all().unwrap()];
        return evaluate(case, loss, &inputs);
    }
    let values = if let Some(weights) = case.params.get("pos_weight") {
        // One weight a column: each column is a loss of its own.
        let column = |(column, weight)| {
            let loss = BceWithLogits::new().positive_weight(weight).spec();
            let inputs: Vec<Tensor> = inputs.iter().map(|all| all.narrow(1, column, 1).unwrap()).collect();
            evaluate(case, &loss, &inputs)
        };
        let columns: Vec<Tensor> = (0..).zip(array(weights).0).map(column).collect();
        Tensor::stack(&columns, 1).unwrap()
    } else {
        let flat: Vec<Tensor> = inputs.iter().map(|input| input.flatten_all().unwrap()).collect();
        evaluate(case, loss, &flat).reshape(inputs[0].shape()).unwrap()
    };
    // PyTorch's weight of elements is a factor, as our weights of rows are.
    match case.params.get("weight") {
        Some(weights) => values.broadcast_mul(&tensor(weights, DType::F64)).unwrap().flatten_all().unwrap(),
        None => values.flatten_all().unwrap(),
    }
}

/// The reduced value, and the scalar whose gradient is expected.
#[allow(clippy::cast_precision_loss, reason = "a few elements")]
fn reduced(case: &Case, loss: &LossSpec, inputs: &[Tensor], row: Row) -> (Tensor, Tensor) {
    let weighs_elements =
        row == Row::Mean && ["weight", "pos_weight"].iter().any(|name| case.params.contains_key(*name));
    let rows = if row != Row::Itself && (case.reduction == "none" || weighs_elements) {
        by_element(case, loss, inputs)
    } else {
        evaluate(case, loss, inputs)
    };
    let elements = match case.loss.as_str() {
        "cross_entropy_ncl" => inputs[1].elem_count(),
        "nt_xent" => 2 * rows.elem_count(),
        _ if row == Row::Itself => rows.elem_count(),
        _ => inputs[0].elem_count(),
    } as f64;
    let sum = || match row {
        Row::Sum => rows.sum_all().unwrap(),
        _ => (rows.mean_all().unwrap() * elements).unwrap(),
    };
    let value = match case.reduction.as_str() {
        "mean" => (sum() / case.row_weights().unwrap_or(elements)).unwrap(),
        "batchmean" => rows.mean_all().unwrap(),
        "sum" => sum(),
        "none" => {
            let cotangent = tensor(&case.cotangent, DType::F64).flatten_all().unwrap();
            let cotangent = if case.loss == "nt_xent" { rows.zeros_like().unwrap() } else { cotangent };
            let objective = (&rows * cotangent).unwrap().sum_all().unwrap();
            return (rows, objective);
        }
        other => left_out(other),
    };
    (value.clone(), value)
}

#[test]
fn golden_losses() {
    // Those about weights of rows are compared in golden_weights.rs.
    each_case_where(
        "losses",
        |case| case["loss"] != "applied_loss",
        |case: Case| {
            let (loss, names, row) = case.loss();
            let variables: BTreeMap<&str, Var> =
                names.iter().map(|name| (*name, Var::from_tensor(&case.input(name)).unwrap())).collect();
            let mut inputs: Vec<Tensor> = names.iter().map(|name| variables[name].as_tensor().clone()).collect();
            if case.loss == "cross_entropy_ncl" {
                // Ours has the classes last.
                inputs[0] = inputs[0].transpose(1, 2).unwrap();
            }
            let (value, objective) = reduced(&case, &loss, &inputs, row);
            let mut expected = array(&case.expected.value).0;
            let two_ways = case.loss == "nt_xent" && case.reduction == "none";
            if two_ways {
                // Ours is the mean of both rows of a pair.
                let (first, second) = expected.split_at(expected.len() / 2);
                expected = first.iter().zip(second).map(|(first, second)| f64::midpoint(*first, *second)).collect();
            }
            let off = difference(&numbers(&value), &expected, 1e-6);
            assert!(off <= TOLERANCE, "{} {}: value off by {off:e}", case.id, case.loss);
            if two_ways {
                return;
            }
            let gradients = objective.backward().unwrap();
            assert!(!case.expected.grad.is_empty(), "{}: no gradient", case.id);
            for (name, expected) in &case.expected.grad {
                let found = gradients.get(&variables[name.as_str()]).unwrap();
                let off = difference(&numbers(found), &array(expected).0, 1e-6);
                assert!(off <= TOLERANCE, "{} {}: gradient of {name} off by {off:e}", case.id, case.loss);
            }
        },
    );
}
