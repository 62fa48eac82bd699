//! Quantiles in operators of ONNX: they are counted, and looked up by their number.

use super::{FittedQuantile, Levels, MARGIN};
use crate::onnx::{Element, OnnxAttribute, OnnxGraph, OnnxValue};
use crate::process::scaler::normal;

impl FittedQuantile {
    /// The quantiles of each position, and the places of the first in one list of all.
    fn onnx_levels(&self) -> (Vec<f64>, Vec<f64>) {
        let count = self.shares.len();
        let of = self.statistics.of();
        let levels = of.iter().filter_map(|&statistic| self.learned.get(statistic));
        #[allow(clippy::cast_precision_loss, reason = "there are few quantiles")]
        let firsts = (0..of.len()).map(|position| (position * count) as f64).collect();
        (levels.flat_map(|levels| levels.values.iter().copied()).collect(), firsts)
    }

    /// How many of a list, or of one for each position, are at most a value, or below it.
    fn onnx_count(graph: &mut OnnxGraph, compare: &str, list: &OnnxValue, x: &OnnxValue) -> OnnxValue {
        let each = graph.reshape(x, &[x.width(), 1]);
        let found = graph.compare(compare, list, &each);
        let found = graph.cast(&found, x.element());
        graph.reduce("ReduceSum", &found, &[1], false)
    }

    /// What stands in a list at places, moved and bounded to those that there are.
    fn onnx_at(
        &self,
        graph: &mut OnnxGraph,
        list: &OnnxValue,
        places: &OnnxValue,
        firsts: Option<&OnnxValue>,
    ) -> OnnxValue {
        #[allow(clippy::cast_precision_loss, reason = "there are few quantiles")]
        let most = self.shares.len().saturating_sub(1) as f64;
        let bounded = graph.clip(places, 0.0, most);
        let moved = firsts.map_or_else(|| bounded.clone(), |firsts| graph.binary("Add", &bounded, firsts));
        let indices = graph.cast(&moved, Element::Int64);
        let axis = [("axis", OnnxAttribute::Int(0))];
        graph.operator("Gather", &[list, &indices], &axis, list.element(), indices.axes())
    }

    /// Adds the shares of values.
    pub(super) fn onnx_shares(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        let (width, count, of) = (self.statistics.width(), self.shares.len(), x.element());
        let x = &graph.reshape(x, &[width]);
        let (levels, firsts) = self.onnx_levels();
        let table = graph.constant(of, &levels, &[width, count]);
        let levels = graph.constant(of, &levels, &[width * count]);
        let firsts = graph.constant(of, &firsts, &[width]);
        let shares = graph.constant(of, &self.shares, &[count]);
        let up_to = Self::onnx_count(graph, "LessOrEqual", &table, x);
        let below = Self::onnx_count(graph, "Less", &table, x);
        let lower = graph.with_number("Sub", &up_to, 1.0);
        let [low, high] = [&lower, &up_to].map(|places| self.onnx_at(graph, &levels, places, Some(&firsts)));
        let [from, to, first] = [&lower, &up_to, &below].map(|places| self.onnx_at(graph, &shares, places, None));
        let both = graph.binary("Add", &from, &first);
        let of_equal = graph.with_number("Mul", &both, 0.5);
        let (rise, run) = (graph.binary("Sub", &to, &from), graph.binary("Sub", &high, &low));
        let slope = graph.binary("Div", &rise, &run);
        let (behind, ahead) = (graph.binary("Sub", x, &low), graph.binary("Sub", &high, x));
        let (behind, ahead) = (graph.binary("Mul", &slope, &behind), graph.binary("Mul", &slope, &ahead));
        let (from_low, from_high) = (graph.binary("Add", &behind, &from), graph.binary("Sub", &to, &ahead));
        let sum = graph.binary("Add", &from_low, &from_high);
        let between = graph.with_number("Mul", &sum, 0.5);
        let is_equal = graph.compare("Equal", &low, x);
        let inside = graph.choose(&is_equal, &of_equal, &between);
        let ends =
            |end: fn(&Levels) -> f64| self.statistics.of().iter().filter_map(move |&of| self.learned.get(of).map(end));
        let lowest = graph.constant(of, &ends(|levels| levels.low).collect::<Vec<_>>(), &[width]);
        let highest = graph.constant(of, &ends(|levels| levels.high).collect::<Vec<_>>(), &[width]);
        let (is_low, is_high) = if self.normal {
            let (less, more) = (graph.with_number("Sub", x, MARGIN), graph.with_number("Add", x, MARGIN));
            (graph.compare("Less", &less, &lowest), graph.compare("Greater", &more, &highest))
        } else {
            (graph.compare("LessOrEqual", x, &lowest), graph.compare("GreaterOrEqual", x, &highest))
        };
        let [zero, one] = [0.0, 1.0].map(|number| graph.constant(of, &[number], &[]));
        let inside = graph.choose(&is_high, &one, &inside);
        let share = graph.choose(&is_low, &zero, &inside);
        let found = if self.normal {
            let bound = MARGIN - f64::EPSILON;
            let share = graph.clip(&share, bound, 1.0 - bound);
            normal::onnx_quantile(graph, &share)
        } else {
            share
        };
        let missing = graph.is_nan(x);
        graph.choose(&missing, x, &found)
    }

    /// Adds the values of shares.
    pub(super) fn onnx_values(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        let (width, count, of) = (self.statistics.width(), self.shares.len(), x.element());
        let x = &graph.reshape(x, &[width]);
        let (levels, firsts) = self.onnx_levels();
        let levels = graph.constant(of, &levels, &[width * count]);
        let firsts = graph.constant(of, &firsts, &[width]);
        let shares = graph.constant(of, &self.shares, &[count]);
        let share = if self.normal { normal::onnx_cdf(graph, x) } else { x.clone() };
        let up_to = Self::onnx_count(graph, "LessOrEqual", &shares, &share);
        let lower = graph.with_number("Sub", &up_to, 1.0);
        let [low, high] = [&lower, &up_to].map(|places| self.onnx_at(graph, &levels, places, Some(&firsts)));
        let [from, to] = [&lower, &up_to].map(|places| self.onnx_at(graph, &shares, places, None));
        let (rise, run) = (graph.binary("Sub", &high, &low), graph.binary("Sub", &to, &from));
        let slope = graph.binary("Div", &rise, &run);
        let behind = graph.binary("Sub", &share, &from);
        let risen = graph.binary("Mul", &slope, &behind);
        let inside = graph.binary("Add", &risen, &low);
        let margin = if self.normal { MARGIN } else { 0.0 };
        let (less, more) = if self.normal { ("Less", "Greater") } else { ("LessOrEqual", "GreaterOrEqual") };
        let is_low = graph.compare_number(less, &share, margin);
        let is_high = graph.compare_number(more, &share, 1.0 - margin);
        let of_count = |graph: &mut OnnxGraph, place: usize| {
            let places: Vec<usize> = (0..width).map(|position| position * count + place).collect();
            let all: Vec<f64> = self.onnx_levels().0;
            let ends: Vec<f64> = places.iter().filter_map(|&place| all.get(place).copied()).collect();
            graph.constant(of, &ends, &[width])
        };
        let (lowest, highest) = (of_count(graph, 0), of_count(graph, count.saturating_sub(1)));
        let inside = graph.choose(&is_high, &highest, &inside);
        let value = graph.choose(&is_low, &lowest, &inside);
        let missing = graph.is_nan(x);
        graph.choose(&missing, x, &value)
    }
}
