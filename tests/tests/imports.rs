//! The layers hold: a file imports from layers below its own only, and no files import each other in a circle.
//!
//! Read are `use` items and paths that begin with `crate`, `self` or `super`, each followed through re-exports to the file
//! that defines the name. A re-export itself imports nothing. Tests may import whatever they test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// The layers of the runtime crate, each above those before it; what stands in one entry shares a level.
const RUNTIME: &[&[&str]] = &[
    &["digest", "source_line"],
    &["error", "random", "text"],
    &["spec"],
    &["plan"],
    &["rules"],
    &["__private", "data"],
    &["onnx"],
    &["process", "search"],
    &["graph"],
    &["experiment"],
    &["registry"],
    &["archive"],
    &["study"],
    &["record"],
    &["export"],
    &["report"],
    &["items"],
    &["cli"],
    &["layers", "losses", "metrics", "prelude"],
];

/// The layers of the macros: what all share, then the macros, each in a folder of its own.
const MACROS: &[&[&str]] = &[
    &["errors", "limits"],
    &["names"],
    &["declaration"],
    &["notation"],
    &["settings"],
    &["component"],
    &["experiment", "layer", "loss", "model_graph", "named_array", "sample_schema", "sampler", "splitter"],
    &["expand"],
];

#[test]
fn the_runtime_crate_imports_from_below() {
    check("modularml", RUNTIME);
}

#[test]
fn the_macros_import_from_below() {
    check("modularml-macros", MACROS);
}

#[test]
fn only_what_runs_knows_the_tensor_library() {
    let tree = Tree::read(&sources("modularml"));
    for (name, file) in &tree.files {
        let layer = name.first().map_or("", String::as_str);
        if matches!(layer, "text" | "spec" | "plan" | "rules" | "data" | "process") {
            let mut code = file.text.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert!(!code.any(|line| line.contains("candle")), "{} names the tensor library", name.join("::"));
        }
    }
}

#[test]
fn a_circle_and_an_arrow_back_up_are_found() {
    let file = |text: &str| File::of(text);
    let files =
        [("a", "use crate::b::B;\npub struct A;"), ("b", "use super::c::*;\npub use crate::a::A;\npub struct B;")];
    let mut tree = Tree { files: BTreeMap::new() };
    for (name, text) in files {
        tree.files.insert(vec![name.to_owned()], file(text));
    }
    tree.files.insert(vec!["c".to_owned()], file("fn f() { crate::a::g(crate::b::A); }"));
    let arrows = tree.arrows();
    assert_eq!(shown(&arrows), ["a -> b", "b -> c", "c -> a"]);
    assert_eq!(circles(&arrows), ["a -> b", "b -> c", "c -> a"]);
    let wrong = back_up(&arrows, &[&["c"], &["b"], &["a"]]);
    assert_eq!(wrong, ["c imports a, which stands above it"]);
}

fn sources(package: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package).join("src")
}

fn check(package: &str, layers: &[&[&str]]) {
    let arrows = Tree::read(&sources(package)).arrows();
    assert!(arrows.len() > 20, "found {} imports in {package}", arrows.len());
    let mut wrong = back_up(&arrows, layers);
    wrong.extend(circles(&arrows).iter().map(|files| format!("in a circle: {files}")));
    assert!(wrong.is_empty(), "{package}:\n{}", wrong.join("\n"));
}

type Module = Vec<String>;
type Arrows = BTreeSet<(Module, Module)>;

fn shown(arrows: &Arrows) -> Vec<String> {
    arrows.iter().map(|(from, to)| format!("{} -> {}", from.join("::"), to.join("::"))).collect()
}

/// The imports from a layer that is not below.
fn back_up(arrows: &Arrows, layers: &[&[&str]]) -> Vec<String> {
    let level = |module: &Module| {
        let layer = module.first()?;
        let level = layers.iter().position(|layers| layers.contains(&layer.as_str()));
        Some(level.unwrap_or_else(|| panic!("`{layer}` is in no layer; add it to the list")))
    };
    let is_wrong = |(from, to): &&(Module, Module)| match (level(from), level(to)) {
        (Some(from_level), Some(to_level)) => from_level < to_level || from_level == to_level && from[0] != to[0],
        // The root of the crate joins all layers; what they import from it stands in `error`.
        _ => false,
    };
    arrows
        .iter()
        .filter(is_wrong)
        .map(|(from, to)| format!("{} imports {}, which stands above it", from.join("::"), to.join("::")))
        .collect()
}

/// The imports that are part of a circle.
fn circles(arrows: &Arrows) -> Vec<String> {
    let mut reached: BTreeMap<&Module, BTreeSet<&Module>> = BTreeMap::new();
    for (from, to) in arrows {
        reached.entry(from).or_default().insert(to);
    }
    loop {
        let mut grown = reached.clone();
        for set in grown.values_mut() {
            let further: Vec<_> = set.iter().filter_map(|to| reached.get(to)).flatten().copied().collect();
            set.extend(further);
        }
        if grown == reached {
            break;
        }
        reached = grown;
    }
    let is_of_circle = |(from, to): &&(Module, Module)| reached.get(to).is_some_and(|set| set.contains(from));
    shown(&arrows.iter().filter(is_of_circle).cloned().collect())
}

/// The files of a crate by module.
struct Tree {
    files: BTreeMap<Module, File>,
}

/// What a file imports and passes on.
struct File {
    text: String,
    /// Paths that it uses.
    imports: BTreeSet<Vec<String>>,
    /// Names that it re-exports, with where they come from; `*` for all of a module.
    exports: Vec<(String, Vec<String>)>,
}

impl Tree {
    fn read(root: &Path) -> Self {
        let mut tree = Self { files: BTreeMap::new() };
        tree.read_folder(root, &Vec::new());
        tree
    }

    fn read_folder(&mut self, folder: &Path, module: &Module) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let mut inner = module.clone();
            if stem == "tests" {
                continue;
            }
            if path.is_dir() {
                inner.push(stem);
                self.read_folder(&path, &inner);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                if !matches!(stem.as_str(), "mod" | "lib") {
                    inner.push(stem);
                }
                self.files.insert(inner, File::of(&fs::read_to_string(&path).unwrap()));
            }
        }
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (module, file) in &self.files {
            for path in &file.imports {
                if let Some(to) = self.home(module, path, 0)
                    && to != *module
                    && !to.is_empty()
                    && !module.is_empty()
                {
                    arrows.insert((module.clone(), to));
                }
            }
        }
        arrows
    }

    /// The module whose file defines what a path names, as seen from a module.
    fn home(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        let (mut at, mut rest) = (from.clone(), path);
        while let Some((first, behind)) = rest.split_first() {
            match first.as_str() {
                "crate" => at = Vec::new(),
                "self" => {}
                "super" => {
                    at.pop();
                }
                name => {
                    let mut inner = at.clone();
                    inner.push(name.to_owned());
                    if self.files.contains_key(&inner) {
                        at = inner;
                    } else {
                        let exports = &self.files.get(&at)?.exports;
                        let named = exports.iter().find(|(export, _)| export == name);
                        return match named {
                            Some((_, source)) if depth < 8 => self.home(&at, source, depth + 1).or(Some(at)),
                            _ => Some(at),
                        };
                    }
                }
            }
            rest = behind;
        }
        Some(at)
    }
}

impl File {
    fn of(text: &str) -> Self {
        let mut reader = Reader::default();
        reader.visit_file(&syn::parse_file(text).unwrap());
        let Reader { imports, exports } = reader;
        Self { text: text.to_owned(), imports, exports }
    }
}

/// Gathers the imports of a file.
#[derive(Default)]
struct Reader {
    imports: BTreeSet<Vec<String>>,
    exports: Vec<(String, Vec<String>)>,
}

impl Reader {
    fn import(&mut self, path: Vec<String>) {
        if path.first().is_some_and(|first| matches!(first.as_str(), "crate" | "self" | "super")) {
            self.imports.insert(path);
        }
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_item_mod(&mut self, module: &'a syn::ItemMod) {
        // What stands in a file's own tests, or in a module inside the file, is no import of the file.
        let is_test = module.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
        if !is_test {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        for (name, path) in leaves(&item.tree) {
            if matches!(item.vis, syn::Visibility::Inherited) {
                self.import(path);
            } else {
                self.exports.push((name, path));
            }
        }
    }

    /// `pub(in crate::data)` says who may import, and imports nothing.
    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}

    fn visit_path(&mut self, path: &'a syn::Path) {
        self.import(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'a syn::Macro) {
        let tokens = item.tokens.to_string();
        for root in ["crate :: ", "super :: "] {
            for (start, _) in tokens.match_indices(root) {
                let path = tokens[start..].split(' ').step_by(2).zip(tokens[start..].split(' ').skip(1).step_by(2));
                let mut names: Vec<String> = Vec::new();
                for (name, colons) in path {
                    names.push(name.to_owned());
                    if colons != "::" {
                        break;
                    }
                }
                self.import(names);
            }
        }
        visit::visit_macro(self, item);
    }
}

/// The names that a `use` brings in, with their paths.
fn leaves(tree: &syn::UseTree) -> Vec<(String, Vec<String>)> {
    match tree {
        syn::UseTree::Path(path) => {
            let inner = leaves(&path.tree).into_iter();
            inner
                .map(|(name, mut rest)| {
                    rest.insert(0, path.ident.to_string());
                    (name, rest)
                })
                .collect()
        }
        syn::UseTree::Name(name) if name.ident == "self" => vec![(String::new(), Vec::new())],
        syn::UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        syn::UseTree::Rename(name) => vec![(name.rename.to_string(), vec![name.ident.to_string()])],
        syn::UseTree::Glob(_) => vec![("*".to_owned(), Vec::new())],
        syn::UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}
