//! What a node reads.

use candle_core::{DType, Device, Tensor};

use super::source::ColumnSource;
use crate::error::At as _;
use crate::graph::mask::Mask;
use crate::plan::wiring::Link;
use crate::spec::{Dtype, GraphSpec};
use crate::text::Name;
use crate::{Error, Result};

/// The type and place of what is computed.
pub(super) type Numbers<'a> = (DType, &'a Device);

/// What a node reads, by position.
#[derive(Clone, Copy)]
pub(super) enum Read {
    Node(usize),
    Column {
        input: usize,
        key: Name,
        is_sequence: bool,
        /// Whether it holds classes whose codes are read as such.
        is_code: bool,
    },
}

impl Read {
    pub(super) fn of(spec: &GraphSpec, link: Link, keeps_codes: bool) -> Option<Self> {
        match link {
            Link::Node(node) => Some(Self::Node(node)),
            Link::Column { input, column } => {
                let column = spec.inputs.items().get(input)?.schema.columns.get(column)?;
                let is_code = keeps_codes && column.dtype == Dtype::Class;
                Some(Self::Column { input, key: column.key, is_sequence: column.sequence.is_some(), is_code })
            }
            Link::Input(_) | Link::Unknown => None,
        }
    }

    /// Where it has values; none where it has no padding.
    pub(super) fn mask(
        self,
        masks: &[Vec<Option<Mask>>],
        rows: &dyn ColumnSource,
        role: usize,
    ) -> Result<Option<Mask>> {
        match self {
            Self::Node(node) => Ok(masks.get(node).and_then(|roles| roles.get(role)).cloned().flatten()),
            Self::Column { input, key, is_sequence: true, .. } => rows.mask(input, role, key),
            Self::Column { .. } => Ok(None),
        }
    }

    pub(super) fn tensor(
        self,
        by_node: &[Vec<Tensor>],
        rows: &dyn ColumnSource,
        role: usize,
        numbers: Numbers<'_>,
    ) -> Result<Tensor> {
        match self {
            Self::Node(node) => {
                let output = by_node.get(node).and_then(|roles| roles.get(role));
                output.cloned().ok_or_else(|| Error::Component(format!("an input has no role {role}")))
            }
            Self::Column { input, key, is_code, .. } => {
                let (dtype, device) = numbers;
                let column = rows.column(input, role, key)?;
                // Times keep their bits: no float holds nanoseconds since 1970.
                let dtype = match column.dtype() {
                    DType::I64 => DType::I64,
                    DType::U32 if is_code => DType::U32,
                    _ => dtype,
                };
                let column = column.to_dtype(dtype);
                column.and_then(|column| column.to_device(device)).at(|| format!("`{key}`"))
            }
        }
    }
}
