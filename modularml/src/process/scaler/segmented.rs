//! A scaler of its own for each segment of a sample.

use super::rows::part;
use super::statistics::damaged;
use super::values::width;
use super::{FittedScaler, Scaler, ScalerSpec, TrainingRows};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::spec::{FromSettings, Range, Settings, Sizes, Value};
use crate::text::Shape;
use crate::{Error, Result};

/// Cuts the values of a sample into segments and scales each by a scaler of its own, all with the same settings.
///
/// ```
/// use modularml::data::Shape;
/// use modularml::process::{MinMax, ScalerSpec, Segmented, TrainingRows};
///
/// // The first value alone, and the other two, each by its own range.
/// const ENDS: ScalerSpec = Segmented::at([0, 1, 3], &MinMax::new().over([0]).spec()).spec();
///
/// let rows = TrainingRows::of(&[5.0, 0.0, 10.0, 6.0, 2.0, 20.0], Shape::new(&[3]))?;
/// let mut values = vec![5.5, 10.0, 20.0];
/// ENDS.fit(&rows)?.transform(&mut values)?;
/// assert_eq!(values, [0.5, 0.5, 1.0]);
/// # Ok::<(), modularml::Error>(())
/// ```
///
/// In `experiment!` the scaler is a component as everywhere: `Segmented::at([0, 1, 3], MinMax.over([0]))`.
///
/// Values of several axes are taken one after the other. A segment is a value of one axis, so that `over([0])` in the
/// inner scaler is one statistic a segment. A scaler that gives rows another shape cannot stand in segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segmented {
    boundaries: Sizes,
    scaler: Option<&'static ScalerSpec>,
}

impl Segmented {
    /// Segments between boundaries, of which the first is 0, the last the number of values.
    #[must_use]
    pub const fn at<const N: usize>(boundaries: [usize; N], scaler: &'static ScalerSpec) -> Self {
        Self { boundaries: Sizes::new(&boundaries), scaler: Some(scaler) }
    }

    /// The settings with their ranges, in the order of their declaration.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        let scaler = match self.scaler {
            Some(scaler) => Value::Scaler(scaler),
            None => Value::Unset,
        };
        Settings::NONE.with("boundaries", Value::Sizes(self.boundaries), Range::ANY).with("scaler", scaler, Range::ANY)
    }

    /// Reads the settings back.
    #[must_use]
    pub const fn from_settings(settings: &Settings) -> Self {
        let boundaries = match settings.get("boundaries").as_sizes() {
            Some(boundaries) => boundaries,
            None => Sizes::NONE,
        };
        Self { boundaries, scaler: settings.get("scaler").as_scaler() }
    }

    /// The scaler with its type erased.
    #[must_use]
    pub const fn spec(self) -> ScalerSpec {
        let inverts = match self.scaler {
            Some(scaler) => scaler.inverts,
            None => false,
        };
        ScalerSpec { inverts, ..ScalerSpec::of::<Self>("Segmented", self.settings()) }
    }

    fn inner(&self) -> Result<&'static ScalerSpec> {
        match self.scaler {
            None => Err(Error::Data("there is no scaler for the segments".to_owned())),
            Some(scaler) if scaler.reshapes => {
                Err(Error::Data(format!("{} gives rows another shape; segments keep theirs", scaler.name)))
            }
            Some(scaler) => Ok(scaler),
        }
    }

    /// First and last position of each segment.
    fn segments(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.boundaries.as_slice().windows(2).filter_map(|ends| match ends {
            [start, end] => Some(*start..*end),
            _ => None,
        })
    }
}

impl FromSettings for Segmented {
    fn from_settings(settings: &Settings) -> Self {
        Self::from_settings(settings)
    }
}

impl From<Segmented> for ScalerSpec {
    fn from(scaler: Segmented) -> Self {
        scaler.spec()
    }
}

impl Scaler for Segmented {
    type Fitted = FittedSegments;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedSegments> {
        let inner = self.inner()?;
        let fit = |positions: std::ops::Range<usize>| {
            let scaler = inner.fit(&rows.segment(positions.clone()));
            Ok(Segment { scaler: scaler.map_err(|error| wrong(&positions, &error))?, positions })
        };
        let segments = self.segments().map(fit).collect::<Result<_>>()?;
        Ok(FittedSegments { width: width(rows.shape())?, segments })
    }

    /// The state begins with how many lists each segment has.
    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedSegments> {
        let inner = self.inner()?;
        let segments: Vec<_> = self.segments().collect();
        let expected = format!("{} segments", segments.len());
        let wrong_state = || damaged(state, &expected);
        let (counts, mut lists) = state.split_first().ok_or_else(wrong_state)?;
        if counts.len() != segments.len() {
            return Err(wrong_state());
        }
        let mut restored = Vec::with_capacity(segments.len());
        for (positions, &count) in segments.into_iter().zip(counts) {
            let count = (0..=lists.len()).find(|&length| as_number(length).total_cmp(&count).is_eq());
            let (own, rest) = count.and_then(|count| lists.split_at_checked(count)).ok_or_else(wrong_state)?;
            let scaler = inner.restore(own, Shape::new(&[positions.len()]));
            restored.push(Segment { scaler: scaler.map_err(|error| wrong(&positions, &error))?, positions });
            lists = rest;
        }
        if !lists.is_empty() {
            return Err(wrong_state());
        }
        Ok(FittedSegments { width: width(shape)?, segments: restored })
    }
}

#[allow(clippy::cast_precision_loss, reason = "a number of lists")]
fn as_number(count: usize) -> f64 {
    count as f64
}

fn wrong(positions: &std::ops::Range<usize>, error: &Error) -> Error {
    Error::Data(format!("positions {}..{}: {error}", positions.start, positions.end))
}

/// The fitted scaler of each segment.
#[derive(Debug)]
pub struct FittedSegments {
    width: usize,
    segments: Vec<Segment>,
}

#[derive(Debug)]
struct Segment {
    positions: std::ops::Range<usize>,
    scaler: Box<dyn FittedScaler>,
}

impl FittedSegments {
    /// Changes the values of each segment, as rows of their own.
    fn each(&self, values: &mut [f64], change: impl Fn(&Segment, &mut Vec<f64>) -> Result<()>) -> Result<()> {
        for segment in &self.segments {
            let positions = || segment.positions.clone();
            let mut own = part(values, self.width, positions());
            change(segment, &mut own).map_err(|error| wrong(&segment.positions, &error))?;
            let rows = values.chunks_exact_mut(self.width).zip(own.chunks_exact(segment.positions.len()));
            for (row, own) in rows {
                if let Some(row) = row.get_mut(positions()) {
                    row.copy_from_slice(own);
                }
            }
        }
        Ok(())
    }

    /// Operators on each segment; what lies in none stays as it is.
    fn onnx_of_each(
        &self,
        graph: &mut OnnxGraph,
        x: &OnnxValue,
        change: impl Fn(&Segment, &mut OnnxGraph, &OnnxValue) -> Result<OnnxValue>,
    ) -> Result<OnnxValue> {
        let flat = graph.reshape(x, &[self.width]);
        let (mut parts, mut end) = (Vec::new(), 0);
        for segment in &self.segments {
            let positions = &segment.positions;
            if end < positions.start {
                parts.push(graph.slice(&flat, 0, end, positions.start));
            }
            let own = graph.slice(&flat, 0, positions.start, positions.end);
            let changed = change(segment, graph, &own).map_err(|error| wrong(positions, &error))?;
            parts.push(graph.reshape(&changed, &[positions.len()]));
            end = positions.end;
        }
        if end < self.width {
            parts.push(graph.slice(&flat, 0, end, self.width));
        }
        let parts: Vec<&OnnxValue> = parts.iter().collect();
        Ok(graph.concat(&parts, 0))
    }
}

impl FittedScaler for FittedSegments {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        self.each(values, |segment, values| segment.scaler.transform(values))
    }

    fn inverse(&self, values: &mut Vec<f64>, before: &[f64]) -> Result<()> {
        self.each(values, |segment, values| {
            segment.scaler.inverse(values, &part(before, self.width, segment.positions.clone()))
        })
    }

    fn needs_sample(&self) -> bool {
        self.segments.iter().any(|segment| segment.scaler.needs_sample())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        let states: Vec<_> = self.segments.iter().map(|segment| segment.scaler.state()).collect();
        let counts = states.iter().map(|state| as_number(state.len())).collect();
        std::iter::once(counts).chain(states.into_iter().flatten()).collect()
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        self.onnx_of_each(graph, x, |segment, graph, x| segment.scaler.onnx(graph, x))
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        self.onnx_of_each(graph, x, |segment, graph, x| segment.scaler.onnx_inverse(graph, x))
    }
}
