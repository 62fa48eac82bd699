//! The nodes that the steps of a train phase run.

use std::rc::Rc;

use crate::graph::ModelGraph;
use crate::plan::phase::TrainPlan;
use crate::plan::wiring::Wiring;
use crate::text::BitSet;

/// The nodes that a step runs, in order, by the inputs that it feeds.
#[derive(Default)]
pub(super) struct Orders(Vec<(BitSet, Rc<[usize]>)>);

impl Orders {
    pub(super) fn of(&mut self, graph: &ModelGraph, wiring: &Wiring, plan: &TrainPlan, fed: BitSet) -> Rc<[usize]> {
        if let Some((_, order)) = self.0.iter().find(|(inputs, _)| *inputs == fed) {
            return Rc::clone(order);
        }
        let wanted = plan.wanted.iter().copied().filter(|node| wiring.rows(*node).is_subset(&fed));
        let order: Rc<[usize]> = graph.needed(&wanted.collect::<Vec<_>>()).into();
        self.0.push((fed, Rc::clone(&order)));
        order
    }
}
