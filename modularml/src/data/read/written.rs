//! What a reader is told about text files: their dialect, and the names of columns that have none.

use super::dialect::Dialect;
use super::files::Format;
use super::layout::Layout;
use super::reader::{Declared, Reader};
use crate::data::{SchemaSpec, gather};
use crate::{Error, Result};

impl<S> Reader<S> {
    /// How CSV files are written, where that is not with commas, decimal points and a header line in UTF-8; of JSON, its
    /// encoding. See [`Dialect`].
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.options.dialect = dialect;
        self
    }

    /// The names of all columns, in their order, of files without a header line; goes with [`Dialect::without_header`].
    ///
    /// ```
    /// use modularml::data::{Dialect, Reader, Representation};
    ///
    /// let path = std::env::temp_dir().join(format!("modularml-doc-names-{}.csv", std::process::id()));
    /// std::fs::write(&path, "A,25,0.98\nB,-4.5,0.91\n")?;
    /// let reader = Reader::dynamic().dialect(Dialect::new().without_header()).names(["cell", "temperature", "soh"]);
    /// let cells = reader.features(["temperature"]).targets(["soh"]).csv(&path)?;
    /// assert_eq!(cells.view().numbers("soh", Representation::Raw)?, [0.98, 0.91]);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.options.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// What is told about files of a format.
    ///
    /// Rule: a dialect is told of files that have one, and names of columns that have none.
    pub(super) fn layout(&self, format: Format) -> Result<Layout> {
        let (dialect, names) = (self.options.dialect, self.options.names.clone());
        let refuse = |problem: String| Err(Error::Data(problem));
        if format != Format::Csv && (dialect.is_about_csv() || names.is_some()) {
            let what = if names.is_some() { "Reader::names".to_owned() } else { dialect.to_string() };
            return refuse(format!(
                "{what} is about CSV, and other files say themselves what their columns are; leave it out"
            ));
        }
        if !format.is_text() && dialect != Dialect::new() {
            return refuse(format!("{dialect} is about text, which these files are not; leave it out"));
        }
        if let Err(problem) = dialect.known_encoding().and_then(|_| dialect.marks()) {
            return refuse(format!("{dialect}: {problem}"));
        }
        if names.is_some() && !dialect.is_guessed && dialect.has_header != Some(false) {
            let problem = "Reader::names is about files without a header line: say Dialect::without_header too, or \
                           Reader::rename where the file has names of its own";
            return refuse(problem.into());
        }
        let declared = match &self.declared {
            Declared::Schema(schema) if format == Format::Csv && !dialect.has_header.unwrap_or(!dialect.is_guessed) => {
                Some((schema.name, in_order(schema)?))
            }
            _ => None,
        };
        Ok(Layout { dialect, names, declared, may_be_nameless: false })
    }
}

/// The names of the columns that a schema has in a file of text, in its order.
fn in_order(schema: &SchemaSpec) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for spec in schema.columns {
        match spec.shape.rank() {
            0 => names.push(spec.stored_as.to_owned()),
            _ if !spec.positions.is_empty() => names.extend(spec.positions.iter().map(|name| (*name).to_owned())),
            _ => names.extend((0..gather::width(spec.shape)?).map(|element| format!("{}_{element}", spec.stored_as))),
        }
    }
    Ok(names)
}
