//! Rows for all inputs of a graph.

use super::{FeatureSet, View};

/// One view an input of a graph, in the order of its inputs; made from a view, a FeatureSet or a list of views.
#[derive(Clone, Debug)]
pub struct Views(Vec<View>);

impl From<Views> for Vec<View> {
    fn from(views: Views) -> Self {
        views.0
    }
}

impl From<Vec<View>> for Views {
    fn from(views: Vec<View>) -> Self {
        Self(views)
    }
}

impl From<View> for Views {
    fn from(view: View) -> Self {
        Self(vec![view])
    }
}

impl From<&View> for Views {
    fn from(view: &View) -> Self {
        Self(vec![view.clone()])
    }
}

impl<S> From<&FeatureSet<S>> for Views {
    fn from(set: &FeatureSet<S>) -> Self {
        Self(vec![set.view()])
    }
}
