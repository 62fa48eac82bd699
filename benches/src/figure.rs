//! What a suite prints, line by line as it is known: medians of rounds in which we and a peer take turns.

use std::fmt;

use crate::Result;

/// One figure; the ratio is ours over the peer's, so that lower is better.
#[derive(Debug)]
pub struct Figure {
    pub name: &'static str,
    pub ours: f64,
    pub peer_name: &'static str,
    pub peer: f64,
    pub unit: &'static str,
    /// The upper bound of the ratio.
    pub target: f64,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ours, peer_name, peer, unit, target } = self;
        let ratio = ours / peer;
        write!(
            f,
            "figure {name} ours {ours:.4} {unit} peer {peer_name} {peer:.4} {unit} ratio {ratio:.3} target {target}"
        )
    }
}

/// The medians of two measurements over rounds in which they take turns; each is given the number of the round, from 1.
/// Who goes first changes from round to round, so that neither gains by its place.
pub fn alternate(
    rounds: usize,
    mut ours: impl FnMut(usize) -> Result<f64>,
    mut peer: impl FnMut(usize) -> Result<f64>,
) -> Result<(f64, f64)> {
    let (mut our_values, mut peer_values) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        if round % 2 == 1 {
            our_values.push(ours(round)?);
            peer_values.push(peer(round)?);
        } else {
            peer_values.push(peer(round)?);
            our_values.push(ours(round)?);
        }
    }
    Ok((median(our_values), median(peer_values)))
}

/// The middle value, or the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_values_lies_between_the_middle_two() {
        assert!((median(vec![9.0, 1.0, 2.0, 4.0]) - 3.0).abs() < f64::EPSILON);
        assert!((median(vec![9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_figure_is_one_line_with_the_ratio_of_ours_to_the_peers() {
        let figure = Figure { name: "step", ours: 3.0, peer_name: "candle", peer: 2.0, unit: "s", target: 1.5 };
        assert_eq!(figure.to_string(), "figure step ours 3.0000 s peer candle 2.0000 s ratio 1.500 target 1.5");
    }
}
