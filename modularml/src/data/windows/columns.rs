//! The columns of windows: views of columns of rows, and columns of one value a window, which are computed once.

use std::sync::Arc;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;

use super::super::array::to_f32;
use super::super::buffer::{ColumnData, Values};
use super::super::parts::{Parts, joined};
use super::super::raw::Raw;
use super::super::table::{Table, TableColumn};
use super::super::windowed::Windowed;
use super::super::{ColumnSpec, Domain, check, gather, ipc};
use crate::spec::{Dtype, Take, WindowColumn, WindowsSpec};
use crate::text::{Name, Shape};
use crate::{Error, Result};

/// Stands for a file in messages.
const ORIGIN: &str = "windows";

/// The columns of the windows that begin at some rows.
pub(super) fn of(spec: &WindowsSpec, table: &Table, starts: &Arc<[u32]>) -> Result<Vec<TableColumn>> {
    let columns = spec.schema.columns.iter().zip(spec.columns);
    columns.map(|(column, from)| Maker { spec, table, starts, column, from }.make()).collect()
}

/// Of the columns that hold the time of one row of a window, the times of all rows.
pub(super) fn times(spec: &WindowsSpec, table: &Table) -> Result<Vec<(Name, Parts)>> {
    let mut times = Vec::new();
    for (column, from) in spec.schema.columns.iter().zip(spec.columns) {
        let is_of_one_row = matches!(from.take, Some(Take::First | Take::Last)) && column.shape == Shape::SCALAR;
        if let (true, true, [key]) = (column.dtype.is_time(), is_of_one_row, from.of) {
            let (of, data) = table.column(key)?;
            times.push((column.key, data.parts(of)?.clone()));
        }
    }
    Ok(times)
}

/// One column in the making.
struct Maker<'a> {
    spec: &'a WindowsSpec,
    table: &'a Table,
    starts: &'a Arc<[u32]>,
    column: &'a ColumnSpec,
    from: &'a WindowColumn,
}

impl Maker<'_> {
    fn make(&self) -> Result<TableColumn> {
        let mut sources = Vec::with_capacity(self.from.of.len());
        let mut shape = Shape::SCALAR;
        for key in self.from.of {
            let (spec, column) = self.table.column(key)?;
            let parts = column.parts(spec)?;
            self.refuse_bad_tags(spec, parts)?;
            shape = spec.shape;
            sources.push(parts.clone());
        }
        let (offset, length) =
            if self.from.ahead { (self.spec.length, self.spec.horizon) } else { (0, self.spec.length) };
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let windows = |offset: u32, length: usize| {
            Ok::<_, Error>(Windowed {
                sources: sources.as_slice().into(),
                starts: Arc::clone(self.starts),
                offset,
                length,
                step: gather::width(shape)?,
                columns_first: self.from.columns_first,
            })
        };
        let one = |at: u32| -> Result<Raw> {
            match sources.first() {
                Some(source) if shape == Shape::SCALAR => Ok(self.taken(source, at)?.into()),
                _ => Ok(Raw::Windowed(windows(at, 1)?)),
            }
        };
        let last = offset.saturating_add(u32::try_from(length).unwrap_or(u32::MAX)).saturating_sub(1);
        let raw = match self.from.take {
            None | Some(Take::Every) => Raw::Windowed(windows(offset, length)?),
            Some(Take::First) => one(offset)?,
            Some(Take::Last) => one(last)?,
            Some(how) => self.reduced(how, &windows(offset, length)?).into(),
        };
        Ok(TableColumn { raw, transformed: None })
    }

    /// A tag may be what a feature must not be.
    fn refuse_bad_tags(&self, spec: &ColumnSpec, parts: &Parts) -> Result<()> {
        if spec.domain != Domain::Tag || self.column.domain == Domain::Tag {
            return Ok(());
        }
        let as_wanted = ColumnSpec { domain: self.column.domain, allows_missing: self.column.allows_missing, ..*spec };
        let width = gather::width(spec.shape)?;
        for data in parts.iter() {
            check::refuse_missing(ORIGIN, &as_wanted, width, &check::missing(&as_wanted, data))?;
            check::refuse_infinite(ORIGIN, &as_wanted, width, data)?;
        }
        Ok(())
    }

    /// The values of the rows that stand so many rows behind the first one of each window.
    fn taken(&self, source: &Parts, at: u32) -> Result<ColumnData> {
        let rows: Vec<u32> = self.starts.iter().map(|start| start.saturating_add(at)).collect();
        let arrays: Vec<ArrayRef> = source.iter().map(ColumnData::to_arrow).collect();
        let array = ipc::guarded(|| match arrays.as_slice() {
            [whole] => take(whole, &UInt32Array::from(rows), None),
            parts => joined(parts, source.starts(), Some(&rows)),
        });
        let key = self.column.key;
        let array = array.map_err(|problem| Error::Data(format!("column `{key}`: {}", problem.text)))?;
        ColumnData::from_arrow(&array, self.column.dtype)
            .ok_or_else(|| Error::Data(format!("column `{key}`: its values are not {}", self.column.dtype.name())))
    }

    /// One value of each window.
    fn reduced(&self, how: Take, windows: &Windowed) -> ColumnData {
        let values = match (how, self.column.dtype) {
            (Take::Any, _) => Values::Bool(windows.truths(false).into()),
            (Take::All, _) => Values::Bool(windows.truths(true).into()),
            (Take::Mean, Dtype::F64) => Values::F64(windows.means().into()),
            (Take::Mean, _) => Values::F32(windows.means().into_iter().map(to_f32).collect::<Vec<_>>().into()),
            (how, _) => windows.extremes(how == Take::Max),
        };
        ColumnData { values, nulls: None, lengths: None }
    }
}
