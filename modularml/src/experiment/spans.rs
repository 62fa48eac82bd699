//! Where a run is, as spans of `tracing`: `run`, in it `phase`, `epoch` and `evaluation`, and at the level of traces `step`.
//!
//! A run is taken step by step, so its spans are entered anew at each step. Where no subscriber asks for them they are
//! nothing.

use tracing::Span;
use tracing::span::EnteredSpan;

use super::session::Session;

/// The spans that a run is in.
#[derive(Default)]
pub(super) struct Spans {
    run: Option<Span>,
    phase: Option<(usize, Span)>,
}

impl Spans {
    /// Enters those of the run and of a phase by position, where one is left. They are left in the order in which they stand
    /// here, the inner one first.
    pub(super) fn enter(&mut self, session: &Session, phase: usize) -> (Option<EnteredSpan>, EnteredSpan) {
        let spec = session.spec();
        let run = self.run.get_or_insert_with(|| {
            tracing::info_span!("run", experiment = spec.name, seed = session.seed(), fold = session.fold())
        });
        let run = run.clone().entered();
        let Some(declared) = spec.phases.items().get(phase) else {
            self.phase = None;
            return (None, run);
        };
        if self.phase.as_ref().is_none_or(|(of, _)| *of != phase) {
            self.phase = Some((phase, tracing::info_span!("phase", name = declared.name)));
        }
        (self.phase.as_ref().map(|(_, span)| span.clone().entered()), run)
    }
}

/// The span of an epoch of a train phase, made when its first step here is taken.
#[derive(Default)]
pub(super) struct EpochSpan(Option<Span>);

impl EpochSpan {
    pub(super) fn enter(&mut self, epoch: usize) -> EnteredSpan {
        self.0.get_or_insert_with(|| tracing::info_span!("epoch", epoch)).clone().entered()
    }

    /// The next one is another.
    pub(super) fn end(&mut self) {
        self.0 = None;
    }
}
