//! The rows that may be drawn with an anchor.

use super::Similar;
use super::order::{Compared, Order, Span, join_groups};
use crate::Result;
use crate::data::View;
use crate::random::Rng;

/// How many rows are tried by chance before all candidates of an anchor are listed.
const TRIES: usize = 16;

/// For each row, the others that meet some conditions with it.
///
/// Rows are sorted once, so that the candidates of a row are a range: N log N for N rows, and drawing one costs no more
/// than a random number, for any number of equalities and one tolerance or inequality. Of further conditions the one
/// with the fewest candidates is taken, and the others are tried on those.
///
/// ```
/// use modularml::prelude::*;
/// use modularml::process::{Matches, Similar};
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[tag]
///     temperature: f64,
/// }
///
/// let pulses = FeatureSet::from_rows([20.0, 21.5, 30.0].map(|temperature| Pulse { temperature }))?;
/// let near = Matches::find(&pulses.view(), &[Similar::to(Pulse::COLUMNS.temperature).within(5.0)])?;
/// assert_eq!(near.tiers(0).full, [1]);
/// assert!(!near.has_any(2));
/// # Ok::<(), modularml::Error>(())
/// ```
pub struct Matches {
    conditions: Vec<(Similar, Compared)>,
    full: Candidates,
    /// The rows that meet what allows no fallback, where something does.
    wider: Option<Candidates>,
}

/// The candidates of an anchor, best first: those that meet all conditions, some, or none; positions in the view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiers {
    /// Rows that meet all conditions.
    pub full: Vec<u32>,
    /// Rows that meet some conditions, the others allowing fallback.
    pub partial: Vec<u32>,
    /// Rows that meet no condition, all of them allowing fallback.
    pub none: Vec<u32>,
}

/// The rows that meet several conditions at once.
struct Candidates {
    orders: Vec<Candidate>,
    /// The conditions, by position, that no order can decide.
    tested: Vec<usize>,
}

/// An order and the condition that it decides beside the equalities.
struct Candidate {
    order: Order,
    decides: Option<usize>,
}

impl Matches {
    /// Prepares to draw from some rows.
    ///
    /// # Errors
    /// When there is no such column, it holds arrays, or a tolerance or weight is out of its range.
    pub fn find(rows: &View, conditions: &[Similar]) -> Result<Self> {
        for condition in conditions {
            condition.check().map_err(|message| crate::Error::Refused(vec![format!("a condition {message}")]))?;
        }
        let read = |condition: &Similar| Ok((*condition, Compared::read(rows, condition)?));
        let conditions: Vec<_> = conditions.iter().map(read).collect::<Result<_>>()?;
        let full = Candidates::new(rows.len(), &conditions, |_| true);
        let has_fallback = conditions.iter().any(|(condition, _)| condition.allows_fallback());
        let wider = has_fallback.then(|| Candidates::new(rows.len(), &conditions, |it| !it.allows_fallback()));
        Ok(Self { conditions, full, wider })
    }

    /// Whether any row may be drawn with the one at a position.
    #[must_use]
    pub fn has_any(&self, anchor: u32) -> bool {
        let candidates = self.wider.as_ref().unwrap_or(&self.full);
        candidates.all(&self.conditions, anchor).next().is_some()
    }

    /// All rows that may be drawn with the one at a position, in ascending order.
    #[must_use]
    pub fn tiers(&self, anchor: u32) -> Tiers {
        let mut tiers = Tiers { full: self.full.all(&self.conditions, anchor).collect(), ..Tiers::default() };
        for row in self.wider.iter().flat_map(|wider| wider.all(&self.conditions, anchor)) {
            match self.met(anchor, row) {
                met if met == self.conditions.len() => {}
                0 => tiers.none.push(row),
                _ => tiers.partial.push(row),
            }
        }
        for tier in [&mut tiers.full, &mut tiers.partial, &mut tiers.none] {
            tier.sort_unstable();
        }
        tiers
    }

    /// What a row weighs beside an anchor: the mean of the scores of all conditions, 1 without any.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "there are a few conditions")]
    pub fn weight(&self, anchor: u32, row: u32) -> f64 {
        if self.conditions.is_empty() {
            return 1.0;
        }
        let score =
            |(condition, column): &(Similar, Compared)| condition.score(column.difference(condition, anchor, row));
        self.conditions.iter().map(score).sum::<f64>() / self.conditions.len() as f64
    }

    /// Whether weights can differ from 1.
    #[must_use]
    pub fn is_weighted(&self) -> bool {
        self.wider.is_some()
    }

    /// Up to `most` different rows for an anchor: those that meet all conditions before those that meet some, and these
    /// before those that meet none; within a tier at random, or those of the largest weight where only the `best` are
    /// wanted, which costs time in proportion to the candidates.
    pub fn draw(&self, anchor: u32, most: usize, best: bool, rng: &mut Rng) -> Vec<u32> {
        let mut drawn = Vec::with_capacity(most.min(TRIES));
        self.draw_tier(&self.full, |_| true, anchor, most, best, rng, &mut drawn);
        let Some(wider) = self.wider.as_ref().filter(|_| drawn.len() < most) else { return drawn };
        let met = |row| self.met(anchor, row);
        let some = |row| (1..self.conditions.len()).contains(&met(row));
        self.draw_tier(wider, some, anchor, most, best, rng, &mut drawn);
        if drawn.len() < most {
            self.draw_tier(wider, |row| met(row) == 0, anchor, most, best, rng, &mut drawn);
        }
        drawn
    }

    #[allow(clippy::too_many_arguments, reason = "one tier of the draw above")]
    fn draw_tier(
        &self,
        candidates: &Candidates,
        accept: impl Fn(u32) -> bool,
        anchor: u32,
        most: usize,
        best: bool,
        rng: &mut Rng,
        drawn: &mut Vec<u32>,
    ) {
        let Some((candidate, span)) = candidates.narrowest(anchor) else { return };
        if span.len() == 0 {
            return;
        }
        let passes = |row| candidates.passes(&self.conditions, candidate, anchor, row) && accept(row);
        if !best {
            for _ in 0..TRIES * most.min(TRIES) {
                if drawn.len() >= most {
                    return;
                }
                if drawn.len() >= span.len() {
                    break;
                }
                let row = candidate.order.draw(&span, rng);
                if passes(row) && !drawn.contains(&row) {
                    drawn.push(row);
                }
            }
        }
        let mut rest: Vec<u32> =
            candidate.order.rows(span).filter(|&row| passes(row) && !drawn.contains(&row)).collect();
        rng.shuffle(&mut rest);
        if best {
            let weight = |row: &u32| self.weight(anchor, *row);
            rest.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        }
        drawn.extend(rest.into_iter().take(most.saturating_sub(drawn.len())));
    }

    /// How many conditions a row meets.
    fn met(&self, anchor: u32, row: u32) -> usize {
        let meets =
            |(condition, column): &&(Similar, Compared)| condition.matches(column.difference(condition, anchor, row));
        self.conditions.iter().filter(meets).count()
    }
}

impl Candidates {
    fn new(rows: usize, conditions: &[(Similar, Compared)], takes: impl Fn(&Similar) -> bool) -> Self {
        let relevant = || conditions.iter().enumerate().filter(|(_, (condition, _))| takes(condition));
        let mut groups = vec![0; rows];
        let mut tested = Vec::new();
        for (place, (condition, column)) in relevant() {
            match column {
                Compared::Groups(values) if condition.is_alike() => groups = join_groups(&groups, values),
                _ => tested.push(place),
            }
        }
        let mut orders: Vec<Candidate> = relevant()
            .filter(|(place, (condition, _))| tested.contains(place) && !condition.has_metric())
            .map(|(place, (condition, column))| Candidate {
                order: Order::of_condition(&groups, condition, column),
                decides: Some(place),
            })
            .collect();
        if orders.is_empty() {
            orders.push(Candidate { order: Order::of_groups(&groups), decides: None });
        }
        Self { orders, tested }
    }

    /// The order in which an anchor has the fewest candidates.
    fn narrowest(&self, anchor: u32) -> Option<(&Candidate, Span)> {
        self.orders.iter().map(|it| (it, it.order.span(anchor))).min_by_key(|(_, span)| span.len())
    }

    fn passes(&self, conditions: &[(Similar, Compared)], candidate: &Candidate, anchor: u32, row: u32) -> bool {
        row != anchor
            && self.tested.iter().filter(|&&place| candidate.decides != Some(place)).all(|&place| {
                conditions
                    .get(place)
                    .is_some_and(|(condition, column)| condition.matches(column.difference(condition, anchor, row)))
            })
    }

    fn all<'a>(&'a self, conditions: &'a [(Similar, Compared)], anchor: u32) -> impl Iterator<Item = u32> + 'a {
        self.narrowest(anchor).into_iter().flat_map(move |(candidate, span)| {
            candidate.order.rows(span).filter(move |&row| self.passes(conditions, candidate, anchor, row))
        })
    }
}
