//! In which measured values two runs differ.

use std::collections::{BTreeMap, VecDeque};

use super::reader::MeasuredValue;
use crate::Result;

/// A measured value that differs.
#[derive(Debug, PartialEq)]
pub(super) struct Differing {
    pub phase: String,
    pub name: String,
    /// The first epoch in which it does; none outside of epochs.
    pub epoch: Option<usize>,
    /// Its last value in both runs; none where a run has not measured it.
    pub last: [Option<f64>; 2],
}

/// The epoch and the step.
type Place = (Option<usize>, Option<usize>);

/// What both runs have of a measured value.
#[derive(Default)]
struct Both {
    /// How often each has measured it.
    counts: [usize; 2],
    last: [Option<f64>; 2],
    /// How many of them were read.
    read: [usize; 2],
    /// What one of them has read that the other has not come to.
    ahead: VecDeque<(Place, f64)>,
    /// Where they differ first.
    from: Option<Place>,
}

impl Both {
    /// Takes in what one side has next. Both have their values in the same order as long as they do not differ.
    fn take(&mut self, side: usize, place: Place, value: f64) {
        if self.from.is_some() {
            return;
        }
        let [own, other] = if side == 0 { self.read } else { [self.read[1], self.read[0]] };
        if own < other {
            if let Some((expected, known)) = self.ahead.pop_front()
                && (expected != place || known.to_bits() != value.to_bits())
            {
                self.differs(earlier(expected, place));
            }
        } else if own >= self.counts[1 - side] {
            // The other has no more.
            self.differs(place);
        } else {
            self.ahead.push_back((place, value));
        }
        self.read[side] += 1;
    }

    fn differs(&mut self, from: Place) {
        (self.from, self.ahead) = (Some(from), VecDeque::new());
    }

    /// How much is kept of what each side has read before the other.
    fn kept(&self) -> [usize; 2] {
        if self.read[0] > self.read[1] { [self.ahead.len(), 0] } else { [0, self.ahead.len()] }
    }
}

/// The earlier of two places; what belongs to no epoch may stand at the start and at the end, and is not taken for either.
fn earlier(a: Place, b: Place) -> Place {
    if a.0.is_some() && (b.0.is_none() || a < b) { a } else { b }
}

/// The measured values that differ between two runs, by phase and name, to the bit. Both are read twice: first for how often
/// each value was measured, then side by side, so that nothing is kept but what one has read before the other.
pub(super) fn differing<A, B>(first: impl Fn() -> Result<A>, second: impl Fn() -> Result<B>) -> Result<Vec<Differing>>
where
    A: Iterator<Item = Result<MeasuredValue>>,
    B: Iterator<Item = Result<MeasuredValue>>,
{
    let mut all: BTreeMap<(String, String), Both> = BTreeMap::new();
    let mut count = |side: usize, it: MeasuredValue| {
        let both = all.entry((it.phase, it.name)).or_default();
        both.counts[side] += 1;
        both.last[side] = Some(it.value);
    };
    first()?.try_for_each(|it| it.map(|it| count(0, it)))?;
    second()?.try_for_each(|it| it.map(|it| count(1, it)))?;
    let (mut first, mut second) = (first()?.peekable(), second()?.peekable());
    let mut kept = [0usize; 2];
    loop {
        // The one that is behind comes first.
        let is_second = kept[0] > kept[1] && second.peek().is_some() || first.peek().is_none();
        let (side, next) = if is_second { (1, second.next()) } else { (0, first.next()) };
        let Some(it) = next.transpose()? else { break };
        let Some(both) = all.get_mut(&(it.phase, it.name)) else { continue };
        let before = both.kept();
        both.take(side, (it.epoch, it.step), it.value);
        let after = both.kept();
        kept = [kept[0] + after[0] - before[0], kept[1] + after[1] - before[1]];
    }
    let differing = all.into_iter().filter_map(|((phase, name), both)| {
        let (epoch, _) = both.from?;
        Some(Differing { phase, name, epoch, last: both.last })
    });
    Ok(differing.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Line = (&'static str, Option<usize>, &'static str, f64, Option<usize>);

    fn differing_of(first: &[Line], second: &[Line]) -> Vec<(String, Option<usize>, [Option<f64>; 2])> {
        let of = |lines: &[Line]| {
            let value = |&(phase, epoch, name, value, step): &Line| {
                Ok(MeasuredValue { phase: phase.to_owned(), epoch, name: name.to_owned(), value, step })
            };
            Ok(lines.iter().map(value).collect::<Vec<_>>().into_iter())
        };
        let found = differing(|| of(first), || of(second)).unwrap();
        found.into_iter().map(|it| (format!("{}.{}", it.phase, it.name), it.epoch, it.last)).collect()
    }

    /// So many epochs of a phase, with a loss and a rate each, and what an eval phase measured.
    fn run(epochs: usize) -> Vec<Line> {
        let epoch = |epoch| [("fit", Some(epoch), "loss", 0.5, None), ("fit", Some(epoch), "rate.graph", 0.1, None)];
        (0..epochs).flat_map(epoch).chain([("test", None, "rmse", 2.5, None)]).collect()
    }

    #[test]
    fn the_first_epoch_and_the_last_values_are_told() {
        let first = run(4);
        assert_eq!(differing_of(&first, &first), []);
        let mut second = first.clone();
        (second[4].3, second[6].3) = (0.25, f64::NAN);
        let found = differing_of(&first, &second);
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].0, found[0].1, found[0].2[0]), ("fit.loss", Some(2), Some(0.5)));
        assert!(found[0].2[1].unwrap().is_nan());
        // To the bit: NaN is the same as NaN, and 0 is not -0.
        assert_eq!(differing_of(&second, &second), []);
        let zero = |value| [("test", None, "bias", value, None)];
        assert_eq!(differing_of(&zero(0.0), &zero(-0.0)).len(), 1);
    }

    #[test]
    fn runs_that_measured_other_things_are_compared_in_what_both_have() {
        // One run has two epochs more.
        let [loss, rate] = ["fit.loss", "fit.rate.graph"].map(str::to_owned);
        let longer = [(loss.clone(), Some(2), [Some(0.5); 2]), (rate.clone(), Some(2), [Some(0.1); 2])];
        assert_eq!(differing_of(&run(2), &run(4)), longer);
        assert_eq!(differing_of(&run(4), &run(2)), longer);
        // A value that one of them alone has, between those that both have.
        let without: Vec<Line> = run(9).into_iter().filter(|line| line.2 != "rate.graph").collect();
        assert_eq!(differing_of(&run(9), &without), [(rate.clone(), Some(0), [Some(0.1), None])]);
        assert_eq!(differing_of(&without, &run(9)), [(rate, Some(0), [None, Some(0.1)])]);
        // Phases in another order.
        let mut moved = run(3);
        moved.rotate_right(1);
        assert_eq!(differing_of(&run(3), &moved), []);
        // Every second step, and every step.
        let steps = |every: usize| -> Vec<Line> {
            (0..6).filter(|step| step % every == 0).map(|step| ("fit", Some(1), "loss.step", 1.0, Some(step))).collect()
        };
        assert_eq!(differing_of(&steps(1), &steps(2)), [("fit.loss.step".to_owned(), Some(1), [Some(1.0); 2])]);
        assert_eq!(differing_of(&[], &[]), []);
    }

    #[test]
    fn no_run_is_read_far_before_the_other() {
        use std::cell::Cell;

        // One measures three values in each of 5000 epochs, the other one of them.
        let (at, passes, lead) = ([Cell::new(0usize), Cell::new(0)], Cell::new(0), Cell::new(0));
        let of = |side: usize, names: &'static [&'static str]| {
            passes.set(passes.get() + 1);
            at[side].set(0);
            let (at, passes, lead) = (&at, &passes, &lead);
            let lines = (0..5000).flat_map(move |epoch| names.iter().map(move |name| (epoch, *name)));
            Ok(lines.map(move |(epoch, name)| {
                at[side].set(epoch);
                // The third and the fourth time that one is opened both are read side by side.
                if passes.get() == 4 {
                    lead.set(lead.get().max(at[0].get().abs_diff(at[1].get())));
                }
                Ok(MeasuredValue {
                    phase: "fit".to_owned(),
                    epoch: Some(epoch),
                    name: name.to_owned(),
                    value: 1.0,
                    step: None,
                })
            }))
        };
        let found = differing(|| of(0, &["loss", "norm.a", "norm.b"]), || of(1, &["loss"])).unwrap();
        assert_eq!(found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["norm.a", "norm.b"]);
        assert_eq!((passes.get(), lead.get()), (4, 1));
    }
}
