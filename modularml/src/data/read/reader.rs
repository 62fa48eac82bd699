//! A reader, and what it is told.

use std::marker::PhantomData;

use super::options::{ClassNames, Options};
use crate::data::{Domain, Dynamic, Longer, SampleSchema, SchemaSpec, Twice};

/// Reads files into a [`FeatureSet`](crate::data::FeatureSet), with a say about what is missing in them.
///
/// ```no_run
/// use modularml::data::Reader;
///
/// // Without a schema struct: say what each column is for.
/// let penguins = Reader::dynamic()
///     .features(["bill_length_mm", "bill_depth_mm"])
///     .targets(["body_mass_g"])
///     .tags(["island"])
///     .missing("NA")
///     .drop_rows_with_missing()
///     .csv("penguins.csv")?;
/// # Ok::<(), modularml::Error>(())
/// ```
///
/// # What is accepted
/// - A column stands under its name (`voltage`, or the schema's `rename`) or under the full name that
///   [`FeatureSet::to_arrow`](crate::data::FeatureSet::to_arrow) writes (`features.voltage.raw`).
/// - An array is an Arrow fixed-size list, fixed-shape tensor or list, nested or flat in row-major order, or is spread
///   over columns `voltage_0`, `voltage_1`, .. (or `voltage.0`, ..).
/// - Integers of another width and integers for floats, when every value stays the same; f64 for f32. Text is read
///   as numbers in CSV only.
/// - A class is its name, or its index where no name is a number; the texts of one column are all names or all indices.
/// - Dictionaries, run ends and views of lists are decoded.
/// - The fields of a struct, or of an object in JSON, are columns with names as `pulse.voltage`, to be renamed.
/// - Several files are one set when their columns agree.
///
/// Everything else is an error that says where, what was found, and what to do. Rows count from 0, the header of a
/// CSV file not included.
#[derive(Clone, Debug)]
pub struct Reader<S = Dynamic> {
    pub(super) declared: Declared,
    pub(super) options: Options,
    sample: PhantomData<fn() -> S>,
}

/// What is known about the columns before the file is opened.
#[derive(Clone, Debug)]
pub(super) enum Declared {
    Schema(SchemaSpec),
    Domains(Vec<(String, Domain)>),
}

impl<S: SampleSchema> Reader<S> {
    /// A reader of the columns that `S` declares.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Declared::Schema(S::SCHEMA))
    }
}

impl<S: SampleSchema> Default for Reader<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader<Dynamic> {
    /// A reader without a schema struct: element types and shapes come from the file.
    ///
    /// Say what each column is for with [`features`](Self::features), [`targets`](Self::targets) and
    /// [`tags`](Self::tags); other columns are not read. Files with full names (`features.voltage.raw`) need nothing
    /// said.
    #[must_use]
    pub fn dynamic() -> Self {
        Self::of(Declared::Domains(Vec::new()))
    }

    /// A reader of the columns that a schema known at run time declares.
    #[must_use]
    pub fn with_schema(schema: SchemaSpec) -> Self {
        Self::of(Declared::Schema(schema))
    }

    /// Columns that models read.
    #[must_use]
    pub fn features<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.declare(keys, Domain::Feature)
    }

    /// Columns that models predict.
    #[must_use]
    pub fn targets<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.declare(keys, Domain::Target)
    }

    /// Columns that describe a sample.
    #[must_use]
    pub fn tags<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.declare(keys, Domain::Tag)
    }

    /// The texts or whole numbers of a column become classes: all different values, sorted, which must be two or more.
    /// The names of the classes are in the set's schema, and stay with it in saved files.
    ///
    /// Learned from one file, the classes may differ from those of another: a set that will be extended, or used for
    /// prediction, lists them with [`classes_in_order`](Self::classes_in_order).
    #[must_use]
    pub fn classes(mut self, key: impl Into<String>) -> Self {
        self.options.classes.push((key.into(), ClassNames::Learned));
        self
    }

    /// The texts or whole numbers of a column become classes, the first name having index 0; any other value is an
    /// error.
    #[must_use]
    pub fn classes_in_order<N: Into<String>>(
        mut self,
        key: impl Into<String>,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        self.options.classes.push((key.into(), ClassNames::Given(names)));
        self
    }

    /// A column holds decimals with so many digits behind the point, which are read exactly or refused.
    ///
    /// ```
    /// use modularml::data::{Decimal, Dtype, Reader};
    ///
    /// # let path = std::env::temp_dir().join(format!("modularml_decimal_{}.csv", std::process::id()));
    /// std::fs::write(&path, "soh,price\n0.9,12.30\n0.8,7\n")?;
    /// let cells = Reader::dynamic().targets(["soh"]).tags(["price"]).decimal("price", 2).csv(&path)?;
    /// let dear = cells.view().filter(modularml::data::column("price").ge("12.30"))?;
    /// assert_eq!(dear.rows(), [0]);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn decimal(mut self, key: impl Into<String>, digits: u8) -> Self {
        self.options.decimals.push((key.into(), digits));
        self
    }

    /// A feature, target or tag that is an array, of which the file has a column for each position: those of these names, in
    /// which `*` stands for any text and `?` for one letter, in their order and that of the file.
    ///
    /// ```
    /// use modularml::data::Reader;
    ///
    /// # let path = std::env::temp_dir().join(format!("modularml_array_{}.csv", std::process::id()));
    /// std::fs::write(&path, "age,soh,v_start,v_end\n3,0.9,3.9,3.7\n4,0.8,3.8,3.5\n")?;
    /// let cells = Reader::dynamic()
    ///     .features(["signals"])
    ///     .targets(["soh"])
    ///     .array("signals", ["v_*", "age"])
    ///     .csv(&path)?;
    /// let schema = cells.schema();
    /// assert_eq!(schema.column("signals").unwrap().positions, ["v_start", "v_end", "age"]);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn array<P: Into<String>>(mut self, key: impl Into<String>, columns: impl IntoIterator<Item = P>) -> Self {
        self.options.arrays.push((key.into(), columns.into_iter().map(Into::into).collect()));
        self
    }

    /// The lists of a column are sequences: rows may differ in length up to `length`, and are padded with zeros at the
    /// end. [`View::mask`](crate::data::View::mask) says where values are.
    #[must_use]
    pub fn sequence(mut self, key: impl Into<String>, length: usize, longer: Longer) -> Self {
        self.options.sequences.push((key.into(), length, longer));
        self
    }

    fn declare<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>, domain: Domain) -> Self {
        let keys = keys.into_iter().map(|key| (key.into(), domain));
        match &mut self.declared {
            Declared::Domains(domains) => domains.extend(keys),
            Declared::Schema(_) => self.declared = Declared::Domains(keys.collect()),
        }
        self
    }
}

impl<S> Reader<S> {
    fn of(declared: Declared) -> Self {
        Self { declared, options: Options::default(), sample: PhantomData }
    }

    /// A text that means a missing value, for example `NA`; the empty text always does. May be called several times.
    #[must_use]
    pub fn missing(mut self, text: impl Into<String>) -> Self {
        self.options.missing.push(text.into());
        self
    }

    /// How files of text write the times of a column, where it is not ISO 8601: by the specifiers of strftime,
    /// `%d.%m.%Y %H:%M`; or what numbers count, `epoch ms` for points in time and `ms` for spans. It holds instead of what
    /// the schema says. A column of a reader without a schema becomes one of times by it.
    ///
    /// ```
    /// use modularml::data::{Dtype, Reader};
    ///
    /// # let path = std::env::temp_dir().join(format!("modularml_times_{}.csv", std::process::id()));
    /// std::fs::write(&path, "start,volts\n31.01.2026 12:30,3.9\n")?;
    /// let readings = Reader::dynamic()
    ///     .features(["volts"])
    ///     .tags(["start"])
    ///     .time_format("start", "%d.%m.%Y %H:%M")
    ///     .zone("start", "Europe/Berlin")
    ///     .csv(&path)?;
    /// assert_eq!(readings.schema().column("start").unwrap().dtype, Dtype::Timestamp);
    /// assert_eq!(readings.view().times("start")?, [Some("2026-01-31T11:30:00Z".to_owned())]);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn time_format(mut self, key: impl Into<String>, format: impl Into<String>) -> Self {
        self.options.formats.push((key.into(), format.into()));
        self
    }

    /// The zone in which the clock stood, where the times of a column say no offset from UTC: `Europe/Berlin`, `+01:00`.
    /// It holds instead of what the schema says; UTC where neither says one.
    #[must_use]
    pub fn zone(mut self, key: impl Into<String>, zone: impl Into<String>) -> Self {
        self.options.zones.push((key.into(), zone.into()));
        self
    }

    /// Which point in time is meant where the clock of a column's zone showed a time twice, as in the night in which it is put
    /// back, and no offset from UTC is written. It holds instead of what the schema says; to be refused where neither says
    /// something.
    ///
    /// ```
    /// use modularml::data::{Reader, Twice};
    ///
    /// # let path = std::env::temp_dir().join(format!("modularml_twice_{}.csv", std::process::id()));
    /// std::fs::write(&path, "at,volts\n2026-10-25 02:30,3.9\n")?;
    /// let reader = Reader::dynamic().features(["volts"]).tags(["at"]).zone("at", "Europe/Berlin");
    /// let readings = reader.twice("at", Twice::Later).csv(&path)?;
    /// assert_eq!(readings.view().times("at")?, [Some("2026-10-25T01:30:00Z".to_owned())]);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn twice(mut self, key: impl Into<String>, twice: Twice) -> Self {
        self.options.twice.push((key.into(), twice));
        self
    }

    /// Leaves out every row in which a value is missing that the schema does not allow to be missing.
    #[must_use]
    pub fn drop_rows_with_missing(mut self) -> Self {
        self.options.drop_rows_with_missing = true;
        self
    }

    /// A column that the file calls `from` is read as `to`; likewise `from_0`, `from_1`, ..
    ///
    /// Schemas name columns by the field's name or its `rename`; this is for one odd file, and for readers without a
    /// schema. May be called several times.
    #[must_use]
    pub fn rename(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.options.renames.push((from.into(), to.into()));
        self
    }

    /// Rows with equal values of this column become one sample; called several times, rows that agree in all of them.
    ///
    /// Samples come in the order in which their groups first appear, with new ids. A feature or target becomes the
    /// vector of its group's values; a tag keeps the one value that all rows of the group have. With a schema, a column
    /// of one value a sample keeps that one value too, and an array or a `Vec` takes the values of the group. Groups
    /// must be equally long, but for sequences. The column itself need not be read.
    ///
    /// ```
    /// use modularml::data::{Dtype, Reader, Representation};
    ///
    /// let pulses = Reader::dynamic()
    ///     .features(["voltage"])
    ///     .tags(["cell"])
    ///     .group_by("cell")
    ///     .sort_by("time")
    ///     .columns([
    ///         ("cell", vec!["A", "B", "A", "B"].into()),
    ///         ("time", vec![1i64, 0, 0, 1].into()),
    ///         ("voltage", vec![3.7f32, 3.8, 3.9, 3.5].into()),
    ///     ])?;
    /// assert_eq!(pulses.len(), 2);
    /// let voltage = pulses.view().array("voltage", Representation::Raw, Dtype::F32)?;
    /// assert_eq!(voltage.dims, [2, 2]);
    /// assert_eq!(voltage.numbers, vec![3.9f32, 3.7, 3.8, 3.5].into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn group_by(mut self, column: impl Into<String>) -> Self {
        self.options.grouping.by.push(column.into());
        self
    }

    /// Orders the rows of a group by a column, from low to high; called several times, the first column counts most.
    /// Without it the order is that of the file.
    #[must_use]
    pub fn sort_by(mut self, column: impl Into<String>) -> Self {
        self.options.grouping.sort_by.push(column.into());
        self
    }

    /// Features or targets that have one value a group, as tags do; several values are an error.
    #[must_use]
    pub fn one_per_group<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.options.grouping.one.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Columns of which a sample keeps the value of its group's first row, whatever the others are.
    #[must_use]
    pub fn first_of_group<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.options.grouping.first.extend(keys.into_iter().map(Into::into));
        self
    }
}
