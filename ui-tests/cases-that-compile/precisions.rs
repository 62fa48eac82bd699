//! A graph of each precision, named beside and without an optimizer; and the metric of the same name.

use modularml::graph::Graph;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Digit {
    #[feat]
    pixels: [f32; 16],
    #[target]
    #[classes(2)]
    digit: Class,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    #[precision(Bf16)]
    graph Small(digit: Digit) { scores = Mlp::hidden([4])(digit.pixels) -> digit.digit; }
}

model_graph! {
    #[precision(F64)]
    graph Exact(digit: Digit) {
        #[optimizer(Sgd::lr(0.1))]
        scores = Mlp::hidden([4])(digit.pixels) -> digit.digit;
    }
}

model_graph! {
    #[precision(F16)]
    #[optimizer(Adam::lr(1e-3))]
    graph Half(digit: Digit) { scores = Linear::new()(digit.pixels) -> digit.digit; }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    #[precision(F32)]
    graph Usual(digit: Digit) { scores = Linear::new()(digit.pixels) -> digit.digit; }
}

experiment! {
    experiment SmallStudy for Small {
        seed = 0;
        split digit = Random::ratios(train: 0.5, test: 0.5);
        train regress {
            feed digit = Batches::of(32)(train);
            loss = CrossEntropy(scores, digit.digit);
            epochs = 2;
        }
        eval test { feed digit = test; precision = Precision(scores, digit.digit); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    use modularml::graph::Precision;
    let found = [Small::SPEC.precision, Exact::SPEC.precision, Half::SPEC.precision, Usual::SPEC.precision];
    assert_eq!(found, [Precision::Bf16, Precision::F64, Precision::F16, Precision::F32]);
    crate::accepted(Small::new(1).map(drop), &SmallStudy::spec());
}
