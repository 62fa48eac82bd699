//! Quantiles, intervals and deviances.

use modularml::experiment::MetricSpec;
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;

use crate::shared::{TWO, fed, graph, net, study};
use crate::{Case, same_words};

const LEVELS: [(&str, f64); 3] = [("low", 0.1), ("median", 0.5), ("high", 0.9)];

/// A graph whose node gives so many numbers.
fn bands(count: usize) -> GraphBuilder {
    graph(TWO).node("bands", Linear::to([count]), Reads::of(["pulse.voltage"]).output())
}

pub(crate) fn quantiles() -> Vec<Case> {
    let trained = |graph, levels: [(&'static str, f64); 3], node: &'static str| {
        study(graph).train("regress", |t| fed(t).loss(Quantiles::levels(levels), [node, "pulse.soh"]))
    };
    let measured = |metric: MetricSpec, node: &'static str| {
        let both = bands(3).node("soh", Linear::new(), Reads::of(["pulse.voltage"]).predicts("pulse.soh"));
        let study = study(both).train("regress", |t| {
            fed(t).loss(Mse, ["soh", "pulse.soh"]).loss(Quantiles::levels(LEVELS), ["bands", "pulse.soh"])
        });
        study.eval("test", |eval| eval.feed("pulse", "test").metric("value", metric, [node, "pulse.soh"]))
    };
    same_words(vec![
        ("losses/LO24_quantiles_of_one_number", trained(net(TWO), LEVELS, "soh")),
        ("losses/LO24_quantiles_of_too_few_numbers", trained(bands(2), LEVELS, "bands")),
        (
            "losses/LO24_quantiles_out_of_order",
            trained(bands(3), [("low", 0.1), ("high", 0.9), ("median", 0.5)], "bands"),
        ),
        (
            "losses/LO24_quantiles_in_percent",
            trained(bands(3), [("low", 10.0), ("median", 50.0), ("high", 90.0)], "bands"),
        ),
        ("metrics/CB23_interval_of_one_number", measured(IntervalCoverage::new().spec(), "soh")),
        ("metrics/CB23_interval_that_is_not_there", measured(IntervalWidth::new().lower(1).upper(3).spec(), "bands")),
        ("metrics/CB23_interval_from_its_upper_end", measured(IntervalCoverage::new().lower(2).spec(), "bands")),
        ("metrics/CB24_power_of_no_distribution", measured(TweedieDeviance::power(0.5).spec(), "soh")),
    ])
}
