//! Models that predict nothing, and models behind a model, on a split of their own.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    #[classes("lab", "field")]
    site: Class,
    #[target]
    soh: f32,
    #[target]
    curve: [f32; 4],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[target]
    is_sold: bool,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Trusted(pulse: Pulse) {
        code = Pca::components(8).whiten()(pulse.voltage);
        groups = KMeans::clusters(4)(code);
        mixed = GaussianMixture::components(3).covariance(Covariance::Diagonal)(code, groups);
        soh = NearestNeighbours::k(5).weights(NeighbourWeights::Distance)(mixed, code) -> pulse.soh;
        between = Conformal::coverage(0.9)(soh) -> pulse.soh;
        curve = Mlp::hidden([32])(pulse.voltage) -> pulse.curve;
        around = Conformal::coverage(0.5)(curve) -> pulse.curve;
        state = NaiveBayes(code, pulse.site) -> pulse.state;
        calibrated = Isotonic(state) -> pulse.state;
        logits = Mlp::hidden([32])(pulse.voltage) -> pulse.state;
        of_logits = Platt(logits) -> pulse.state;
        sold = NearestNeighbours::k(3)(code) -> pulse.is_sold;
        is_sold = Platt(sold) -> pulse.is_sold;
    }
}

experiment! {
    experiment TrustedStudy for Trusted {
        seed = 0;
        split pulse = Random::ratios(train: 0.6, calibrate: 0.2, test: 0.2);
        train networks {
            feed pulse = Batches::of(32)(train);
            loss = Mse(curve, pulse.curve) + CrossEntropy(logits, pulse.state);
            epochs = 20;
        }
        fit models { nodes = [code, groups, mixed, soh, state, sold]; feed pulse = train; }
        fit trust { nodes = [between, around, calibrated, of_logits, is_sold]; feed pulse = calibrate; }
        eval test {
            feed pulse = test;
            covered = IntervalCoverage(between, pulse.soh);
            width = IntervalWidth(around, pulse.curve);
            calibrated = LogLoss(calibrated, pulse.state);
            of_logits = LogLoss(of_logits, pulse.state);
            sold = Brier(is_sold, pulse.is_sold);
        }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Trusted::new(1).map(drop), &TrustedStudy::spec());
}
