//! The tokens of `model_graph!` as a tree.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::token::Paren;
use syn::{Attribute, LitStr, Token, Type, Visibility, braced, parenthesized};

use crate::errors::{Errors, did_you_mean, is_near, listed};
use crate::names::text;
use crate::notation::{
    self, Allowed, Attributes, Component, Dotted, Parameter, Statements, control_flow, distinct, end_of_statement,
    expect_equals, expect_word, in_parentheses, keyword_as_name, nothing_behind,
};

/// The attributes that a graph can have.
pub(super) const GRAPH_ATTRIBUTES: [&str; 2] = ["optimizer", "precision"];

/// The attributes that a node can have.
pub(super) const NODE_ATTRIBUTES: [&str; 4] = ["frozen", "output", "optimizer", "allow"];

/// The words of `align pulse with image by cell;`
pub(super) const ALIGN: [&str; 3] = ["align", "with", "by"];

/// The word that may stand behind a column.
pub(super) const AS_NUMBER: &str = "as_number";

/// How the statements of a graph begin.
const STATEMENTS: Statements = Statements { naming: &["align"], keys: &[], flags: &[], named: true };

/// The most nodes of a graph, as `modularml`'s rules count them.
const MAX_NODES: usize = 512;

const TWO_OPTIMIZERS: &str = "`optimizer` is given twice; keep one";

/// The precisions that a graph can have.
pub(super) const PRECISIONS: [&str; 4] = ["F32", "F64", "Bf16", "F16"];

/// `pub graph SohNet(pulse: Pulse) { .. }`
pub(super) struct Graph {
    pub docs: Vec<Attribute>,
    pub optimizer: Option<Component>,
    pub precision: Option<Ident>,
    pub visibility: Visibility,
    pub name: Ident,
    pub inputs: Vec<Input>,
    pub parameters: Vec<Parameter>,
    pub aligned: Vec<Align>,
    pub nodes: Vec<Node>,
    /// Names that nodes read and nothing declares, each with the mistake.
    pub unknown: Vec<(Ident, syn::Error)>,
    /// Mistakes found on the way; the tree holds what could be read.
    pub errors: Errors,
}

/// `pulse: Pulse`
pub(super) struct Input {
    pub name: Ident,
    pub schema: Type,
}

/// `align pulse with image by cell;`
pub(super) struct Align {
    pub left: Ident,
    pub right: Ident,
    pub key: Ident,
}

/// `#[frozen] encoder = Mlp::hidden([64])(pulse.voltage) -> pulse.soh;`
pub(super) struct Node {
    pub docs: Vec<Attribute>,
    pub frozen: bool,
    pub output: bool,
    pub optimizer: Option<Component>,
    pub allowed: Allowed,
    pub name: Ident,
    /// What is missing where the statement could not be read to its end.
    pub body: Option<Body>,
}

/// What stands behind the `=` of a node.
pub(super) struct Body {
    pub layer: Component,
    pub sources: Vec<Source>,
    pub target: Option<Target>,
}

/// `encoder`, `pulse.voltage`, `pulse.chemistry.as_number()`
pub(super) struct Source {
    pub path: Dotted,
    pub as_number: bool,
}

/// `-> pulse.soh`
pub(super) struct Target {
    pub path: Dotted,
}

impl Parse for Graph {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let attributes = notation::attributes(input, &mut errors);
        let (docs, others): (Vec<_>, Vec<_>) = attributes.into_iter().partition(|a| a.path().is_ident("doc"));
        let mut optimizer = None;
        let mut precisions = Vec::new();
        for attribute in others {
            let word = attribute.path().get_ident().map(ToString::to_string).unwrap_or_default();
            if !GRAPH_ATTRIBUTES.contains(&word.as_str()) {
                let near = did_you_mean(&word, GRAPH_ATTRIBUTES);
                let known = "a graph has #[optimizer(Adam::lr(1e-3))] and #[precision(F64)]";
                errors.add(attribute.path(), format!("unknown attribute `{word}` on a graph{near} {known}"));
            } else if word == "precision" {
                precisions.push(attribute);
            } else if optimizer.is_some() {
                errors.add(attribute.path(), TWO_OPTIMIZERS);
            } else {
                optimizer = errors.keep(attribute.parse_args());
            }
        }
        let precision = precision(&precisions, &mut errors);
        let visibility = input.parse()?;
        expect_word(input, &["graph"], "expected `graph`: graph Name(input: Schema) { .. }")?;
        let name = input.parse()?;
        if !input.peek(Paren) {
            return Err(input.error("expected the inputs of the graph: (pulse: Pulse)"));
        }
        let (inputs, parameters) = head(input)?;
        let taken: Vec<_> = inputs.iter().map(|input| (text(&input.name), "an input")).collect();
        let parameters = distinct(parameters, |parameter| &parameter.name, &taken, &mut errors);
        let body;
        braced!(body in input);
        let mut nodes = Vec::new();
        let mut aligned = Vec::new();
        while !body.is_empty() {
            let attributes = notation::attributes(&body, &mut errors);
            if is_align(&body) {
                Attributes::plain(attributes, "align", &mut errors);
                aligned.extend(errors.keep(STATEMENTS.read(&body, Align::parse)));
                continue;
            }
            let node = node(&body, attributes, &inputs, &mut errors);
            nodes.extend(errors.keep(node));
        }
        if let Some(surplus) = nodes.get(MAX_NODES) {
            let message = format!("`{name}` has {} nodes; a graph holds at most {MAX_NODES}", nodes.len());
            errors.add(&surplus.name, message);
            nodes.iter_mut().skip(MAX_NODES).for_each(|node| node.body = None);
        }
        nothing_behind(input, &name, &mut errors);
        let is_complete = errors.is_empty();
        for node in nodes.iter().filter(|_| is_complete) {
            nothing_to_allow(node, optimizer.is_some(), &name, &mut errors);
        }
        let unknown = Vec::new();
        let mut graph =
            Self { docs, optimizer, precision, visibility, name, inputs, parameters, aligned, nodes, unknown, errors };
        graph.find_unknown();
        Ok(graph)
    }
}

impl Graph {
    /// Finds the names that nodes read and nothing declares. One that is misspelt is left to rustc, which offers the right
    /// one; of all others one mistake is told, however often they are read here and elsewhere.
    fn find_unknown(&mut self) {
        let inputs = self.inputs.iter().map(|input| &input.name);
        let known: Vec<String> = inputs.chain(self.nodes.iter().map(|node| &node.name)).map(text).collect();
        let bodies = self.nodes.iter().filter_map(|node| node.body.as_ref());
        let read = bodies.flat_map(|body| &body.sources).map(|source| &source.path.first);
        let mut unknown: Vec<(Ident, syn::Error)> = Vec::new();
        for name in read {
            let written = text(name);
            let is_near = known.iter().any(|known| is_near(&written, known) || is_near(known, &written));
            if is_near || unknown.iter().any(|(told, _)| told == name) {
                continue;
            }
            let message = format!("no node `{written}` in `{}`; it has {}", self.name, listed(&known));
            unknown.push((name.clone(), self.errors.told(syn::Error::new(name.span(), message))));
        }
        self.unknown = unknown;
    }
}

/// The inputs, and the parameters behind a semicolon: `(pulse: Pulse; width: usize = 64)`
fn head(input: ParseStream<'_>) -> syn::Result<(Vec<Input>, Vec<Parameter>)> {
    let content;
    parenthesized!(content in input);
    let mut inputs = Vec::new();
    while !content.is_empty() && !content.peek(Token![;]) {
        inputs.push(content.parse::<Input>()?);
        if content.peek(Token![=]) {
            let message =
                "an input has no default; parameters stand behind a semicolon: (pulse: Pulse; width: usize = 64)";
            return Err(content.error(message));
        }
        if !content.is_empty() && !content.peek(Token![;]) {
            content.parse::<Token![,]>()?;
        }
    }
    content.parse::<Option<Token![;]>>()?;
    let parameters = content.parse_terminated(Parameter::parse, Token![,])?;
    Ok((inputs, parameters.into_iter().collect()))
}

/// Reads `#[precision(F64)]`, which may stand once.
fn precision(attributes: &[Attribute], errors: &mut Errors) -> Option<Ident> {
    for surplus in attributes.iter().skip(1) {
        errors.add(surplus.path(), "`precision` is given twice; keep one");
    }
    let attribute = attributes.first()?;
    let listed = PRECISIONS.join(", ");
    let Ok(word) = attribute.parse_args::<Ident>() else {
        errors.add(&attribute.meta, format!("expected one precision: #[precision(F64)]; there are {listed}"));
        return None;
    };
    if !PRECISIONS.iter().any(|known| word == known) {
        let near = did_you_mean(&word.to_string(), PRECISIONS);
        errors.add(&word, format!("unknown precision `{word}`{near} there are {listed}"));
        return None;
    }
    Some(word)
}

/// Whether `align` stands next as a statement, and not as the name of a node.
fn is_align(input: ParseStream<'_>) -> bool {
    input.peek2(syn::Ident) && input.fork().parse::<Ident>().is_ok_and(|word| word == ALIGN[0])
}

impl Parse for Align {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let expect = |word| expect_word(input, &[word], format!("expected `{word}`: align pulse with image by cell;"));
        let [align, with, by] = ALIGN;
        expect(align)?;
        let left = input.parse()?;
        expect(with)?;
        let right = input.parse()?;
        expect(by)?;
        let key = input.parse()?;
        end_of_statement(input, &key)?;
        Ok(Self { left, right, key })
    }
}

impl Input {
    /// An item of the schema, placed so that rustc says at the schema's name when it is none.
    pub(super) fn of_schema(&self, item: &str) -> TokenStream {
        let (schema, item) = (&self.schema, Ident::new(item, self.schema.span()));
        quote_spanned!(schema.span()=> <#schema as ::modularml::data::SampleSchema>::#item)
    }
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        Ok(Self { name, schema: input.parse()? })
    }
}

/// Reads one node. Behind a mistake it goes on with the next statement; a node whose name was read is kept, so that
/// others can name it.
fn node(
    input: ParseStream<'_>,
    attributes: Vec<Attribute>,
    inputs: &[Input],
    errors: &mut Errors,
) -> syn::Result<Node> {
    let skip = |message: &str| -> syn::Result<Node> {
        let error = input.error(message);
        STATEMENTS.skip(input);
        Err(error)
    };
    if let Some((message, name)) = keyword_as_name(input) {
        errors.keep(skip(&message));
        let allowed = Allowed::default();
        return Ok(Node { docs: Vec::new(), frozen: false, output: false, optimizer: None, allowed, name, body: None });
    }
    if let Some(word) = control_flow(input) {
        let instead = "build a graph of variable form with GraphBuilder, or write the nodes out";
        return skip(&format!("`{word}` cannot stand in model_graph!; {instead}"));
    }
    let Ok(name) = input.parse::<Ident>() else {
        return skip("expected a node: name = Component::setting(..)(inputs);");
    };
    let Attributes { docs, allowed, others } = Attributes::of(attributes, "node", errors);
    let mut node = Node { docs, frozen: false, output: false, optimizer: None, allowed, name, body: None };
    for attribute in others {
        node_attribute(&attribute, &mut node, errors);
    }
    node.body = errors.keep(STATEMENTS.read_rest(input, |input| body(input, &node.name, inputs)));
    if let Some(body) = &mut node.body {
        body.layer.allow(&node.allowed, "repeat");
    }
    Ok(node)
}

/// Refuses what a node allows where it does no such thing, as far as its tokens show.
fn nothing_to_allow(node: &Node, graph_has_optimizer: bool, graph: &Ident, errors: &mut Errors) {
    let Some(body) = &node.body else { return };
    let sources: Vec<String> = body.sources.iter().map(|source| listed(source.path.names())).collect();
    let repeats = sources.iter().enumerate().any(|(i, source)| sources.iter().take(i).any(|earlier| earlier == source));
    let why = [
        ("repeat", repeats, "joins no input twice".to_owned()),
        ("reconstruct", body.target.is_some(), "predicts nothing".to_owned()),
        ("own_optimizer", node.optimizer.is_some(), "has no optimizer of its own".to_owned()),
        ("own_optimizer", graph_has_optimizer, format!("has the only optimizer of `{graph}`")),
    ];
    for (name, does, why) in why {
        if let Some(word) = node.allowed.word(name).filter(|_| !does) {
            errors.add(word, format!("`{}` {why}: there is nothing to allow; remove #[allow({name})]", node.name));
            return;
        }
    }
}

fn node_attribute(attribute: &Attribute, node: &mut Node, errors: &mut Errors) {
    let word = attribute.path().get_ident().map(ToString::to_string).unwrap_or_default();
    match word.as_str() {
        "frozen" if !node.frozen => node.frozen = true,
        "output" if !node.output => node.output = true,
        "frozen" | "output" => {
            errors.add(attribute.path(), format!("`{word}` stands twice on `{}`; remove one", node.name));
        }
        "optimizer" if node.optimizer.is_some() => errors.add(attribute.path(), TWO_OPTIMIZERS),
        "optimizer" => node.optimizer = errors.keep(attribute.parse_args()),
        "precision" => errors.add(attribute.path(), "`precision` stands on the graph and holds for all its nodes"),
        _ => {
            let near = did_you_mean(&word, NODE_ATTRIBUTES);
            let known = "a node has #[frozen], #[output], #[optimizer(..)] and #[allow(..)]";
            errors.add(attribute.path(), format!("unknown attribute `{word}` on `{}`{near} {known}", node.name));
        }
    }
}

fn body(input: ParseStream<'_>, name: &Ident, inputs: &[Input]) -> syn::Result<Body> {
    expect_equals(input, name)?;
    if input.peek(LitStr) {
        return Err(input.error(format!("expected a component for `{name}`, such as Mlp::hidden([64])(..)")));
    }
    let layer = Component::layer(input)?;
    let sources = if input.peek(Paren) { in_parentheses(input, Source::parse)? } else { Vec::new() };
    let target = if input.peek(Token![->]) { Some(target(input, inputs)?) } else { None };
    end_of_statement(input, name)?;
    Ok(Body { layer, sources, target })
}

impl Parse for Source {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path: Dotted = input.parse()?;
        let as_number = input.parse::<Option<Token![.]>>()?.is_some();
        if as_number {
            let word: Ident = input.parse()?;
            if word != AS_NUMBER {
                let message = format!("unknown word `{word}`; an input may be followed by .as_number()");
                return Err(syn::Error::new(word.span(), message));
            }
            let content;
            parenthesized!(content in input);
            if !content.is_empty() {
                return Err(content.error("as_number() takes nothing"));
            }
        }
        if let Some(surplus) = path.rest.get(1) {
            return Err(syn::Error::new(surplus.span(), "an input is a node, or a column: input.column"));
        }
        Ok(Self { path, as_number })
    }
}

/// Reads `-> pulse.soh` in a graph with these inputs.
fn target(input: ParseStream<'_>, inputs: &[Input]) -> syn::Result<Target> {
    input.parse::<Token![->]>()?;
    let path: Dotted = input.parse()?;
    if path.rest.len() == 1 {
        return Ok(Target { path });
    }
    let names = || inputs.iter().map(|input| &input.name);
    let instead = match path.rest.first() {
        Some(column) => format!("{}.{column}", path.first),
        None if names().any(|input| *input == path.first) => format!("{}.<target>", path.first),
        None => format!("{}.{}", names().next().map_or_else(|| "<input>".to_owned(), text), path.first),
    };
    let message = format!("a target is a column of an input: `-> {instead}`");
    Err(syn::Error::new(path.first.span(), message))
}
