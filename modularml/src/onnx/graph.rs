//! A graph of operators in the making.

use super::Element;
use super::messages::{Attribute, Constant, Node, attribute_type};

/// A value of a graph: a constant, or one value a row, of which the first axis counts the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnnxValue {
    name: String,
    element: Element,
    axes: Vec<usize>,
    of_rows: bool,
}

impl OnnxValue {
    /// One value a row, by its name in the graph.
    pub(crate) fn of_rows(name: String, element: Element, axes: Vec<usize>) -> Self {
        Self { name, element, axes, of_rows: true }
    }

    /// Its name in the graph.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its numbers are.
    #[must_use]
    pub const fn element(&self) -> Element {
        self.element
    }

    /// Its axes, of one value a row those behind the rows.
    #[must_use]
    pub fn axes(&self) -> &[usize] {
        &self.axes
    }

    /// Whether it has one value a row, and is no constant.
    #[must_use]
    pub const fn has_rows(&self) -> bool {
        self.of_rows
    }

    /// How many numbers it holds, a row where it has rows.
    #[must_use]
    pub fn width(&self) -> usize {
        self.axes.iter().product()
    }
}

/// An attribute of an operator.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OnnxAttribute {
    /// A whole number.
    Int(i64),
    /// Whole numbers.
    Ints(Vec<i64>),
    /// A number.
    Float(f64),
    /// A text.
    Text(&'static str),
    /// Texts.
    Texts(Vec<&'static str>),
}

impl OnnxAttribute {
    #[allow(clippy::cast_possible_truncation, reason = "attributes are f32")]
    fn message(&self, name: &str) -> Attribute {
        let of = |r#type: i32| Attribute { name: name.to_owned(), r#type, ..Attribute::default() };
        match self {
            Self::Int(value) => Attribute { i: Some(*value), ..of(attribute_type::INT) },
            Self::Ints(values) => Attribute { ints: values.clone(), ..of(attribute_type::INTS) },
            Self::Float(value) => Attribute { f: Some(*value as f32), ..of(attribute_type::FLOAT) },
            Self::Text(text) => Attribute { s: Some(text.as_bytes().to_vec()), ..of(attribute_type::STRING) },
            Self::Texts(texts) => Attribute {
                strings: texts.iter().map(|text| text.as_bytes().to_vec()).collect(),
                ..of(attribute_type::STRINGS)
            },
        }
    }
}

/// A graph of operators in the making, to which a layer or scaler adds what it computes.
///
/// ```
/// use modularml::onnx::{Element, OnnxGraph, OnnxValue};
///
/// /// The logarithm of one more than the value.
/// fn log_of_one_more(graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
///     let one = graph.constant(x.element(), &[1.0], &[]);
///     let sum = graph.binary("Add", x, &one);
///     graph.unary("Log", &sum)
/// }
///
/// let mut graph = OnnxGraph::new(Element::Float);
/// let seven = graph.numbers(&[7.0], &[]);
/// assert_eq!(log_of_one_more(&mut graph, &seven).element(), Element::Float);
/// ```
#[derive(Clone, Debug)]
pub struct OnnxGraph {
    computes_in: Element,
    /// What the names of values begin with.
    place: String,
    count: usize,
    pub(crate) nodes: Vec<Node>,
    pub(crate) constants: Vec<Constant>,
}

impl OnnxGraph {
    /// An empty graph whose layers compute in `float` or `double`.
    #[must_use]
    pub fn new(computes_in: Element) -> Self {
        Self { computes_in, place: String::new(), count: 0, nodes: Vec::new(), constants: Vec::new() }
    }

    /// What layers compute in: `float`, or `double` in a graph of that precision.
    #[must_use]
    pub const fn computes_in(&self) -> Element {
        self.computes_in
    }

    /// Says to which node or column all that is added from now on belongs.
    pub(crate) fn at(&mut self, place: &str) {
        place.clone_into(&mut self.place);
        self.count = 0;
    }

    /// A constant of numbers of the type that layers compute in, of these axes; without axes it is one number.
    pub fn numbers(&mut self, values: &[f64], axes: &[usize]) -> OnnxValue {
        self.constant(self.computes_in, values, axes)
    }

    /// A constant of a type, of these axes; without axes it is one number. Values beyond 2^53 are for
    /// [`integers`](Self::integers).
    pub fn constant(&mut self, element: Element, values: &[f64], axes: &[usize]) -> OnnxValue {
        self.constant_of(element, element.bytes(values), axes)
    }

    /// A constant of whole numbers.
    pub fn integers(&mut self, values: &[i64], axes: &[usize]) -> OnnxValue {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant_of(Element::Int64, bytes, axes)
    }

    fn constant_of(&mut self, element: Element, bytes: Vec<u8>, axes: &[usize]) -> OnnxValue {
        let name = self.next_name();
        self.constants.push(Constant {
            dims: axes.iter().map(|&axis| int(axis)).collect(),
            data_type: element.code(),
            name: name.clone(),
            raw_data: Some(bytes),
            ..Constant::default()
        });
        OnnxValue { name, element, axes: axes.to_vec(), of_rows: false }
    }

    /// Any operator of opset 17 with one output, which has these axes behind the rows. It has rows where an input has.
    pub fn operator(
        &mut self,
        operator: &str,
        inputs: &[&OnnxValue],
        attributes: &[(&str, OnnxAttribute)],
        element: Element,
        axes: &[usize],
    ) -> OnnxValue {
        let of_rows = inputs.iter().any(|input| input.of_rows);
        let inputs: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        let name = self.next_name();
        self.node(operator, &inputs, attributes, vec![name.clone()]);
        OnnxValue { name, element, axes: axes.to_vec(), of_rows }
    }

    /// An operator of some inputs, of which those without a name are left out, that gives the last of its outputs; the others
    /// are left out.
    pub(crate) fn operator_giving(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, OnnxAttribute)],
        outputs: usize,
        (element, axes): (Element, &[usize]),
    ) -> OnnxValue {
        let name = self.next_name();
        let mut names = vec![String::new(); outputs.saturating_sub(1)];
        names.push(name.clone());
        self.node(operator, inputs, attributes, names);
        OnnxValue { name, element, axes: axes.to_vec(), of_rows: true }
    }

    /// The same value under a name that is no place's.
    pub(crate) fn named(&mut self, value: &OnnxValue, name: &str) -> OnnxValue {
        self.node("Identity", &[value.name.as_str()], &[], vec![name.to_owned()]);
        OnnxValue { name: name.to_owned(), ..value.clone() }
    }

    fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, OnnxAttribute)], outputs: Vec<String>) {
        self.nodes.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            name: outputs.last().cloned().unwrap_or_default(),
            output: outputs,
            op_type: operator.to_owned(),
            attribute: attributes.iter().map(|(name, value)| value.message(name)).collect(),
            domain: String::new(),
        });
    }

    /// A slash stands in no name of a node or column, so that no value is called as they are.
    fn next_name(&mut self) -> String {
        let name = format!("{}/{}", self.place, self.count);
        self.count += 1;
        name
    }
}

/// A size as ONNX writes it.
pub(crate) fn int(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Sizes as an attribute.
pub(crate) fn ints(sizes: impl IntoIterator<Item = usize>) -> OnnxAttribute {
    OnnxAttribute::Ints(sizes.into_iter().map(int).collect())
}
