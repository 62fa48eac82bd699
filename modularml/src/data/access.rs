//! Reading values of several columns, or in Rust's own types.

use super::buffer::Values;
use super::table::TableColumn;
use super::{Column, ColumnValue, Dtype, View, gather};
use crate::spec::time;
use crate::text::Shape;
use crate::{Error, Result};

impl View {
    /// The raw values of a column in the type that the schema declares, one a row.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # #[derive(SampleSchema)]
    /// # struct Pulse {
    /// #     #[feat]
    /// #     voltage: [f32; 2],
    /// #     #[tag]
    /// #     maker: Option<String>,
    /// # }
    /// # let pulses = FeatureSet::from_rows([Pulse { voltage: [3.9, 3.7], maker: None }])?;
    /// let voltage: Vec<[f32; 2]> = pulses.view().values(Pulse::COLUMNS.voltage)?;
    /// let maker: Vec<Option<String>> = pulses.view().values(Pulse::COLUMNS.maker)?;
    /// # assert_eq!((voltage, maker), (vec![[3.9, 3.7]], vec![None]));
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the view has no column of that name, element type and shape, or a value is missing although its type is no
    /// `Option` (a missing float is NaN, and no error).
    pub fn values<T: ColumnValue>(&self, column: Column<T>) -> Result<Vec<T>> {
        let (width, data) = self.typed_column(column)?;
        data.raw.read(&self.rows, width, |row, data, element| {
            T::read(data, element).ok_or_else(|| {
                let (key, dtype) = (column.key(), T::DTYPE.name());
                Error::Data(format!("column `{key}`, row {row}: has no value; read it as Column<Option<{dtype}>>"))
            })
        })
    }

    /// The texts of a column, one a row; `None` where one is missing.
    ///
    /// # Errors
    /// When there is no such column, or it is not text.
    pub fn texts(&self, key: &str) -> Result<Vec<Option<&str>>> {
        let (spec, column) = self.column(key)?;
        if spec.dtype != Dtype::Text {
            return Err(wrong_kind(spec.key, spec.dtype, "text"));
        }
        let texts = column.parts(spec)?;
        Ok(self.rows.iter().map(|&row| texts.text(row)).collect())
    }

    /// The names of the classes in a column, one a row; `None` where one is missing.
    ///
    /// # Errors
    /// When there is no such column, or it does not hold classes.
    pub fn classes(&self, key: &str) -> Result<Vec<Option<&'static str>>> {
        let (spec, column) = self.column(key)?;
        if spec.dtype != Dtype::Class {
            return Err(wrong_kind(spec.key, spec.dtype, "classes"));
        }
        let classes = column.parts(spec)?;
        let name = |&row: &u32| {
            let (data, row) = classes.at(row);
            let Values::Class(indices) = &data.values else { return None };
            let index = indices.get(row).filter(|_| data.holds(row))?;
            spec.classes.get(*index as usize).copied()
        };
        Ok(self.rows.iter().map(name).collect())
    }

    /// The times of a column as texts that read back as the same times, one a row; `None` where one is missing.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # #[derive(SampleSchema)]
    /// # struct Reading {
    /// #     #[feat]
    /// #     volts: f32,
    /// #     #[tag]
    /// #     at: Timestamp,
    /// # }
    /// let at = Timestamp::parse("2026-01-31 12:00:00.25").unwrap();
    /// let readings = FeatureSet::from_rows([Reading { volts: 3.9, at }])?;
    /// assert_eq!(readings.view().times("at")?, [Some("2026-01-31T12:00:00.25Z".to_owned())]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such column, or it does not hold times.
    pub fn times(&self, key: &str) -> Result<Vec<Option<String>>> {
        let (spec, column) = self.column(key)?;
        if !spec.dtype.is_time() {
            return Err(wrong_kind(spec.key, spec.dtype, "times"));
        }
        let times = column.parts(spec)?;
        let text = |&row: &u32| {
            let (data, row) = times.at(row);
            let number = match &data.values {
                Values::Date(days) => i64::from(*days.get(row)?),
                Values::Timestamp(nanos) | Values::TimeOfDay(nanos) | Values::TimeDelta(nanos) => *nanos.get(row)?,
                _ => return None,
            };
            time::text(spec.dtype, number).filter(|_| data.holds(row))
        };
        Ok(self.rows.iter().map(text).collect())
    }

    /// A column that is as its type says, and how many elements a row has in it.
    pub(super) fn typed_column<T: ColumnValue>(&self, column: Column<T>) -> Result<(usize, &TableColumn)> {
        let (spec, data) = self.column(column.key())?;
        if T::fits(spec) {
            return Ok((gather::width(spec.shape)?, data));
        }
        let described = |dtype: Dtype, scale: u8, shape: Shape| match dtype {
            Dtype::Decimal => format!("Decimal<{scale}> {shape}"),
            _ => format!("{} {shape}", dtype.name()),
        };
        let (found, wanted) = (described(spec.dtype, spec.scale, spec.shape), described(T::DTYPE, T::SCALE, T::SHAPE));
        Err(Error::Data(format!("column `{}` holds {found}, and is read as {wanted}", spec.key)))
    }
}

fn wrong_kind(key: &str, dtype: Dtype, wanted: &str) -> Error {
    let read = match dtype {
        Dtype::Text => "texts()",
        Dtype::Class => "classes()",
        dtype if dtype.is_time() => "values() or times()",
        _ => "numbers() or tensor()",
    };
    Error::Data(format!("column `{key}` is {}, not {wanted}; read it by {read}", dtype.name()))
}
