//! The file around a graph of operators.

use std::collections::BTreeMap;

use prost::Message as _;
use serde_json::Value as Json;

use super::columns::Input;
use crate::experiment::ExperimentSpec;
use crate::onnx::messages::{
    Dimension, Graph, Model, OperatorSet, Property, TensorShape, TensorType, ValueInfo, ValueType,
};
use crate::onnx::{IR_VERSION, OPSET, OnnxGraph, OnnxValue, int};
use crate::{Error, Result};

/// No message of Protocol Buffers is longer.
const MOST_BYTES: usize = i32::MAX as usize;

/// Inputs and outputs, and what the file tells of them and of the study.
pub(super) struct Told {
    name: String,
    about: String,
    inputs: Vec<ValueInfo>,
    outputs: Vec<ValueInfo>,
    properties: Vec<Property>,
}

impl Told {
    pub fn of(spec: &ExperimentSpec, inputs: Vec<Input>) -> Self {
        let mut told = Self {
            name: spec.graph.name.to_owned(),
            about: format!("graph `{}` of experiment `{}`, from raw columns to raw units", spec.graph.name, spec.name),
            inputs: Vec::new(),
            outputs: Vec::new(),
            properties: Vec::new(),
        };
        told.property("experiment", spec.name.to_owned());
        for Input { value, about } in inputs {
            let input = told.value("input", &value, &about);
            told.inputs.push(input);
        }
        told
    }

    pub fn output(&mut self, value: &OnnxValue, about: &BTreeMap<&'static str, Json>) {
        let output = self.value("output", value, about);
        self.outputs.push(output);
    }

    /// A value as the file declares it; what is told of it stands with it and, where programs find it, among the
    /// properties of the file.
    fn value(&mut self, kind: &str, value: &OnnxValue, about: &BTreeMap<&'static str, Json>) -> ValueInfo {
        let text = serde_json::to_string(about).unwrap_or_default();
        self.property(&format!("{kind}.{}", value.name()), text.clone());
        let rows = Dimension { dim_param: Some("rows".to_owned()), dim_value: None };
        let dimension = |&size: &usize| Dimension { dim_value: Some(int(size)), dim_param: None };
        let dim = std::iter::once(rows).chain(value.axes().iter().map(dimension)).collect();
        let tensor = TensorType { elem_type: value.element().code(), shape: Some(TensorShape { dim }) };
        ValueInfo {
            name: value.name().to_owned(),
            r#type: Some(ValueType { tensor_type: Some(tensor) }),
            doc_string: text,
        }
    }

    fn property(&mut self, key: &str, value: String) {
        self.properties.push(Property { key: key.to_owned(), value });
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// When there are more than the format can hold.
    pub fn bytes(self, graph: OnnxGraph) -> Result<Vec<u8>> {
        let model = Model {
            ir_version: IR_VERSION,
            producer_name: "modularml".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: self.about,
            graph: Some(Graph {
                node: graph.nodes,
                name: self.name,
                initializer: graph.constants,
                input: self.inputs,
                output: self.outputs,
            }),
            opset_import: vec![OperatorSet { domain: String::new(), version: OPSET }],
            metadata_props: self.properties,
            functions: Vec::new(),
        };
        let size = model.encoded_len();
        if size > MOST_BYTES {
            return Err(Error::Data(format!(
                "the model takes {size} bytes, and a file of ONNX holds 2 GiB at most; export a smaller graph"
            )));
        }
        Ok(model.encode_to_vec())
    }
}
