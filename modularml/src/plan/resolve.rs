//! From a description to its wiring: names become positions, nodes are ordered, shapes are inferred.

use super::inference::{Answers, Inference, Reader, Reads};
use super::lookup::{MAX_LINKS, column_named, input_named, node_count, row_source};
use super::names::NodeNames;
use super::shapes::infer;
use super::wiring::{Link, Wiring};
use crate::spec::{GraphSpec, Source};
use crate::text::{BitSet, Message, Shape};

impl Wiring {
    /// Resolves all names and orders the nodes.
    #[must_use]
    pub const fn links_of(graph: &GraphSpec) -> Self {
        let mut wiring = Self::EMPTY;
        let names = NodeNames::of(graph);
        wiring.repeated = names.repeated;
        let count = node_count(graph);
        let mut node = 0;
        while node < count {
            let sources = graph.nodes.items()[node].inputs.items();
            let mut end = wiring.first[node];
            let mut i = 0;
            while i < sources.len() && end < MAX_LINKS {
                let link = resolve(graph, &names, &sources[i]);
                if let Link::Node(read) = link {
                    wiring.read.insert(read);
                }
                wiring.links[end] = link.encode();
                end += 1;
                i += 1;
            }
            node += 1;
            wiring.first[node] = end;
        }
        wiring.put_in_order(graph);
        let mut place = 0;
        while place < wiring.ordered {
            let node = wiring.order[place];
            wiring.set_rows(node, &wiring.rows_of(graph, node));
            if graph.nodes.items()[node].layer.padding.stays() && wiring.padded_input(graph, node).is_some() {
                wiring.set_padded(node);
            }
            place += 1;
        }
        wiring
    }

    /// Infers shapes up to the next node whose layer has a rule of its own, and gives that node: its layer is to be asked
    /// with the shapes that it reads, and [`Wiring::answer`] takes what it says. A layer inside another one is not asked,
    /// which leaves the shape of its node open until the program runs.
    pub const fn next_own(&mut self, graph: &GraphSpec) -> Option<usize> {
        loop {
            match self.next_question(graph, &[]) {
                Some((node, Reader { position: 0, .. }, _)) => return Some(node),
                Some(_) => self.inferred += 1,
                None => return None,
            }
        }
    }

    /// Takes what the layer of the node from [`Wiring::next_own`] says of its inputs.
    pub const fn answer(&mut self, graph: &GraphSpec, node: usize, answer: Result<Shape, Message>) {
        let spec = &graph.nodes.items()[node];
        let reads = Reads::Source(&spec.inputs.items()[0]);
        let at = Reader { node: spec.name, layer: &spec.layer, position: 0, reads };
        match at.answered(&answer) {
            Ok(shape) => {
                self.set_shape(node, &shape);
                self.inferred += 1;
            }
            Err(why) => self.refuse(node, why),
        }
    }

    /// Infers shapes up to the next layer whose own rule is to be asked: its node, its place, and the shape that it reads
    /// first. `answers` are those of the node at which this stopped before.
    pub(super) const fn next_question<'a>(
        &mut self,
        graph: &'a GraphSpec,
        mut answers: &[Shape],
    ) -> Option<(usize, Reader<'a>, Shape)> {
        while self.inferred < self.ordered {
            let node = self.order[self.inferred];
            match infer(graph, self, node, &mut Answers::new(answers)) {
                Inference::Known(shape) => self.set_shape(node, &shape),
                Inference::Asks(at, input) => return Some((node, at, input)),
                // A rule that asks again has no answers.
                Inference::Refused(why) if !answers.is_empty() => {
                    self.refuse(node, why);
                    answers = &[];
                    continue;
                }
                Inference::Open | Inference::Refused(_) | Inference::Unfit(..) | Inference::NoAxis(_) => {}
            }
            self.inferred += 1;
            answers = &[];
        }
        None
    }

    const fn put_in_order(&mut self, graph: &GraphSpec) {
        let count = node_count(graph);
        loop {
            let before = self.ordered;
            let mut node = 0;
            while node < count {
                if self.is_stuck(node) && self.is_ready(node) {
                    self.in_order.insert(node);
                    self.order[self.ordered] = node;
                    self.ordered += 1;
                }
                node += 1;
            }
            if self.ordered == before || self.ordered == count {
                return;
            }
        }
    }

    const fn is_ready(&self, node: usize) -> bool {
        let links = self.links(node);
        let mut i = 0;
        while i < links.len() {
            if let Link::Node(read) = links.get(i)
                && self.is_stuck(read)
            {
                return false;
            }
            i += 1;
        }
        true
    }

    const fn rows_of(&self, graph: &GraphSpec, node: usize) -> BitSet {
        let links = self.links(node);
        let mut rows = BitSet::EMPTY;
        let mut i = 0;
        while i < links.len() {
            match links.get(i) {
                Link::Node(read) => rows.insert_all(&self.rows(read)),
                Link::Column { input, .. } | Link::Input(input) => rows.insert(row_source(graph, input)),
                Link::Unknown => {}
            }
            i += 1;
        }
        rows
    }
}

const fn resolve(graph: &GraphSpec, names: &NodeNames, source: &Source) -> Link {
    match *source {
        Source::Name(name) => match names.find(graph, name) {
            Some(node) => Link::Node(node),
            None => match input_named(graph, name) {
                Some(input) => Link::Input(input),
                None => Link::Unknown,
            },
        },
        Source::Column { input, column, .. } => match input_named(graph, input) {
            Some(input) => match column_named(graph, input, column) {
                Some(column) => Link::Column { input, column },
                None => Link::Unknown,
            },
            None => Link::Unknown,
        },
    }
}
