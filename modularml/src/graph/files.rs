//! Files that layers are made of, as a saved study holds them: a graph that is built again needs none of them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use candle_core::Tensor;

use crate::spec::{GraphSpec, Value};

/// Under which name the state of a layer holds its file.
pub(crate) const MODEL: &str = "model";

/// The bytes of files by the paths that layers name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(
    #[cfg_attr(not(feature = "onnx"), allow(dead_code, reason = "only the layer of that feature is made of a file"))]
    BTreeMap<&'static str, Tensor>,
);

thread_local! {
    /// Those of the graph that is being built again on this thread.
    static KEPT: RefCell<Files> = RefCell::default();
}

impl Files {
    /// The files that a state holds, of the nodes that name one.
    pub fn of(spec: &GraphSpec, state: &BTreeMap<String, Tensor>) -> Self {
        let of_node = |node: &crate::spec::NodeSpec| {
            let settings = &node.layer.settings;
            let Value::Choice(path) = (if settings.has("file") { settings.get("file") } else { Value::Unset }) else {
                return None;
            };
            Some((path, state.get(&format!("{}.{MODEL}", node.name))?.clone()))
        };
        Self(spec.nodes.iter().filter_map(of_node).collect())
    }

    /// Builds a graph with these files in place of those on the disk.
    pub fn during<T>(self, build: impl FnOnce() -> T) -> T {
        struct Before(Files);
        impl Drop for Before {
            fn drop(&mut self) {
                let before = std::mem::take(&mut self.0);
                KEPT.with(|kept| kept.replace(before));
            }
        }
        let _before = Before(KEPT.with(|kept| kept.replace(self)));
        build()
    }

    /// The bytes of a file, where the graph that is being built has had it before.
    #[cfg(feature = "onnx")]
    pub fn kept(path: &str) -> Option<Tensor> {
        KEPT.with(|kept| kept.borrow().0.get(path).cloned())
    }
}
