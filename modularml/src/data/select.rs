//! Columns by name: references such as `targets.soh`, patterns such as `features.*`, and views of chosen columns.

use super::resolve::{qualified, resolve};

use super::{ColumnSpec, SchemaSpec, View};
use crate::{Error, Result};

impl View {
    /// The columns that names and patterns stand for.
    pub(crate) fn matching<P: AsRef<str>>(
        &self,
        patterns: impl IntoIterator<Item = P>,
    ) -> Result<Vec<&'static ColumnSpec>> {
        matching(&self.schema, &self.table.schema, patterns)
    }

    /// The same rows with some of the columns: only these are in [`schema`](Self::schema), can be read and are written.
    ///
    /// A column is named by its key, `soh`, or with its domain, `targets.soh`; in both `*` stands for any text and `?`
    /// for any one letter. Columns stay in the order of the schema, and ids are always kept.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # #[derive(SampleSchema)]
    /// # struct Pulse {
    /// #     #[feat]
    /// #     voltage: [f32; 2],
    /// #     #[feat]
    /// #     temperature: f32,
    /// #     #[target]
    /// #     soh: f32,
    /// #     #[tag]
    /// #     cell: i64,
    /// # }
    /// # let pulses = FeatureSet::from_rows([Pulse { voltage: [3.9, 3.7], temperature: 20.0, soh: 0.98, cell: 1 }])?;
    /// let inputs = pulses.view().select(["features.*", "cell"])?;
    /// let keys: Vec<_> = inputs.schema().columns.iter().map(|column| column.key).collect();
    /// assert_eq!(keys, ["voltage", "temperature", "cell"]);
    /// assert!(inputs.numbers("soh", Representation::Raw).is_err());
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a name or pattern stands for no column of this view.
    pub fn select<P: AsRef<str>>(&self, patterns: impl IntoIterator<Item = P>) -> Result<Self> {
        let chosen = matching(&self.schema, &self.table.schema, patterns)?;
        let is_chosen = |spec: &&ColumnSpec| chosen.iter().any(|chosen| chosen.key == spec.key);
        let columns = self.schema.columns.iter().filter(is_chosen).copied().collect();
        Ok(Self { schema: SchemaSpec::at_run_time(self.schema.name, columns), ..self.clone() })
    }

    /// The same rows with every column again.
    #[must_use]
    pub fn with_all_columns(&self) -> Self {
        Self { schema: self.table.schema, ..self.clone() }
    }
}

/// The columns that names and patterns stand for, in their order and each once.
pub(super) fn matching<P: AsRef<str>>(
    schema: &SchemaSpec,
    whole: &SchemaSpec,
    patterns: impl IntoIterator<Item = P>,
) -> Result<Vec<&'static ColumnSpec>> {
    let mut chosen: Vec<&ColumnSpec> = Vec::new();
    for pattern in patterns {
        let pattern = pattern.as_ref();
        let found: Vec<&ColumnSpec> = if pattern.contains(['*', '?']) {
            let fits = |spec: &&ColumnSpec| matches(pattern, spec.key) || matches(pattern, &qualified(spec));
            schema.columns.iter().filter(fits).collect()
        } else {
            vec![resolve(schema, whole, pattern)?]
        };
        if found.is_empty() {
            let there: Vec<String> = schema.columns.iter().map(qualified).collect();
            let (name, there) = (schema.name, there.join(", "));
            return Err(Error::Data(format!("no column of `{name}` matches `{pattern}`; columns: {there}")));
        }
        for spec in found {
            if chosen.iter().all(|chosen| chosen.key != spec.key) {
                chosen.push(spec);
            }
        }
    }
    Ok(chosen)
}

/// Whether a text fits a pattern in which `*` stands for any text and `?` for any one letter.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.chars();
    let mut text = text.chars();
    // Where to go on after the last star, with one letter more given to it.
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (wanted, found) = (pattern.clone().next(), text.clone().next());
        match (wanted, found) {
            (None, None) => return true,
            (Some('*'), _) => {
                pattern.next();
                retry = Some((pattern.clone(), text.clone()));
                continue;
            }
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                pattern.next();
                text.next();
                continue;
            }
            _ => {}
        }
        let Some((after_star, given)) = &mut retry else { return false };
        if given.next().is_none() {
            return false;
        }
        pattern = after_star.clone();
        text = given.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_are_those_of_a_shell() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("features.*", "features.voltage", true),
            ("features.*", "targets.voltage", false),
            ("*age", "voltage", true),
            ("v*t*e", "voltage", true),
            ("v?ltage", "voltage", true),
            ("?", "", false),
            ("*.s?h", "targets.soh", true),
            ("*a*b", "aab_ab", true),
            ("a*b", "acbc", false),
            ("größe?", "größe1", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
