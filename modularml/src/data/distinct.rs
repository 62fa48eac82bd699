//! The different values of a column, as they are read.

use super::buffer::{Values, match_whole};
use super::parts::Stretch;
use super::{ColumnSpec, Dtype, View};
use crate::Result;
use crate::spec::decimal;

/// The different values of a column.
pub(crate) struct Distinct {
    /// The column.
    pub spec: &'static ColumnSpec,
    /// By group: the value, where it is there.
    pub values: Vec<Option<String>>,
    /// The group of each row, by first appearance.
    pub groups: Vec<u32>,
}

impl View {
    /// The different values of a column; none where it holds numbers that are not whole, or arrays.
    ///
    /// # Errors
    /// When there is no such column, or its file has changed.
    pub(crate) fn distinct(&self, key: &str) -> Result<Option<Distinct>> {
        let (spec, _) = self.column(key)?;
        if spec.dtype.is_float() || spec.shape.rank() > 0 {
            return Ok(None);
        }
        let groups = self.groups(key)?;
        let mut firsts: Vec<u32> = Vec::new();
        for (position, &group) in (0u32..).zip(&groups) {
            if group as usize == firsts.len() {
                firsts.push(position);
            }
        }
        let one_each = self.take(&firsts)?;
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let values = match spec.dtype {
            Dtype::Text => one_each.texts(key)?.into_iter().map(owned).collect(),
            Dtype::Class => one_each.classes(key)?.into_iter().map(owned).collect(),
            dtype if dtype.is_time() => one_each.times(key)?,
            _ => {
                let (_, column) = one_each.column(key)?;
                let mut values = Vec::with_capacity(firsts.len());
                for stretch in column.parts(spec)?.stretches(one_each.rows()) {
                    add_values(&stretch, spec.scale, &mut values);
                }
                values
            }
        };
        Ok(Some(Distinct { spec, values, groups }))
    }
}

/// Adds whole numbers, bools, and decimals with so many digits behind the point.
fn add_values(stretch: &Stretch<'_>, scale: u8, all: &mut Vec<Option<String>>) {
    if let Values::Decimal(units) = &stretch.data.values {
        let units = |row: usize| units.get(row).filter(|_| stretch.data.holds(row));
        all.extend(stretch.rows().map(|row| units(row).map(|units| decimal::text(*units, scale))));
        return;
    }
    match_whole!(&stretch.data.values,
    values => for row in stretch.rows() {
        let is_there = stretch.data.holds(row);
        all.push(values.get(row).filter(|_| is_there).map(ToString::to_string));
    },
    other => for row in stretch.rows() {
        let is_there = stretch.data.holds(row);
        let value = if let Values::Bool(values) = other { (row < values.len()).then(|| values.value(row)) } else { None };
        all.push(value.filter(|_| is_there).map(|value| value.to_string()));
    });
}
