//! What is half written, misspelt or damaged is answered with tokens and never ends the compiler: every macro and derive
//! of the UI cases, tests and components, with words left out, repeated, exchanged and nested, 8,000 times for each. `fuzz/` looks for more.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::{DeriveInput, Item, ItemMacro, parse_quote};

use crate::{expand, limits};

const MUTATIONS: usize = 8_000;

/// The macro invocations of this project, by the name of the macro or derive.
#[derive(Default)]
struct Seeds(BTreeMap<String, Vec<String>>);

impl Seeds {
    fn read() -> Self {
        let mut seeds = Self::default();
        // No test or component derives it.
        let splitter: Item = parse_quote! {
            #[splits(train, test)]
            struct EveryTenth {
                /// The first row of the test split.
                #[setting(default = 0, at_least = 0, below = 10)]
                from: usize,
                /// Rows of one value stay together.
                #[setting(default = None)]
                group_by: Option<Name>,
            }
        };
        seeds.add("Splitter", &splitter);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut folders =
            ["ui-tests", "tests/tests", "examples", "modularml/src"].map(|folder| root.join(folder)).to_vec();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "rs")
                    && let Ok(file) = syn::parse_file(&std::fs::read_to_string(&path).unwrap())
                {
                    seeds.visit_file(&file);
                }
            }
        }
        seeds
    }

    fn add(&mut self, name: &str, tokens: &impl ToTokens) {
        let seeds = self.0.entry(name.to_owned()).or_default();
        let text = tokens.to_token_stream().to_string();
        if !seeds.contains(&text) {
            seeds.push(text);
        }
    }
}

impl Visit<'_> for Seeds {
    fn visit_item(&mut self, item: &Item) {
        let attributes = match item {
            Item::Struct(item) => &item.attrs[..],
            Item::Enum(item) => &item.attrs[..],
            _ => &[],
        };
        for derive in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            derive
                .parse_nested_meta(|meta| {
                    if let Some(name) = meta.path.segments.last() {
                        self.add(&name.ident.to_string(), item);
                    }
                    Ok(())
                })
                .ok();
        }
        visit::visit_item(self, item);
    }

    fn visit_item_macro(&mut self, item: &ItemMacro) {
        if let Some(name) = item.mac.path.get_ident() {
            self.add(&name.to_string(), &item.mac.tokens);
        }
    }
}

/// Marsaglia, 2003: the same numbers in each run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound.max(1)
    }

    /// A few words of a program left out, repeated, exchanged, put into brackets, or taken from another.
    fn words<'a>(&mut self, seeds: &[Vec<&'a str>]) -> Vec<&'a str> {
        const OTHERS: [&str; 20] = [
            "=",
            ";",
            ",",
            ".",
            "::",
            "->",
            "#",
            "!",
            "(",
            ")",
            "[ ]",
            "{ }",
            "r#type",
            "_",
            "1.5",
            "-1",
            "\"\"",
            "self",
            "99999999999999999999",
            "'a",
        ];
        let mut words = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(3) {
            let at = self.below(words.len());
            let end = words.len().min(at + 1 + self.below(6));
            match self.below(6) {
                0 if !words.is_empty() => drop(words.drain(at..end)),
                1 => {
                    let part = words[at..end].to_vec();
                    drop(words.splice(at..at, part));
                }
                2 => words.insert(at, OTHERS[self.below(OTHERS.len())]),
                3 if !words.is_empty() => {
                    let other = self.below(words.len());
                    words.swap(at, other);
                }
                4 => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len());
                    let part = other[from..other.len().min(from + 8)].to_vec();
                    drop(words.splice(at..at, part));
                }
                _ => {
                    let brackets = [["(", ")"], ["[", "]"], ["{", "}"]][self.below(3)];
                    words.insert(end, brackets[1]);
                    words.insert(at, brackets[0]);
                }
            }
        }
        words
    }
}

#[test]
fn damaged_programs_are_answered() {
    let seeds = Seeds::read();
    std::thread::scope(|scope| {
        for name in expand::NAMES {
            let texts = seeds.0.get(name).unwrap_or_else(|| panic!("nothing has {name}"));
            scope.spawn(move || damage(name, texts));
        }
    });
}

fn damage(name: &str, texts: &[String]) {
    let programs: Vec<Vec<&str>> = texts.iter().map(|text| text.split(' ').collect()).collect();
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let mut expanded = 0;
    while expanded < MUTATIONS {
        let text = draw.words(&programs).join(" ");
        // Brackets that do not close never reach a macro.
        let Ok(tokens) = text.parse::<TokenStream>() else { continue };
        expanded += 1;
        let answered = catch_unwind(AssertUnwindSafe(|| expand::expand(name, tokens)));
        let Ok(answer) = answered else { panic!("{name} panics at: {text}") };
        let answer = answer.to_string();
        let (panics, is_refused) = (answer.contains(":: core :: panic ! ()"), answer.contains("compile_error !"));
        assert!(is_refused || !panics, "{name} writes a panic that compiles at: {text}");
    }
}

#[test]
fn what_is_too_deep_or_too_long_is_refused_at_once() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
    let graphs = [
        format!("graph G(a: A) {{ n = Mlp::hidden({})(a.x); }}", nested("(", ")", 10_000)),
        format!("graph G(a: A) {{ n = Mlp::hidden({})(a.x); }}", nested("[", "]", 10_000)),
        nested("{", "}", 10_000),
        format!("graph G(a: A) {{ n = Mlp::hidden({}1)(a.x); }}", "-".repeat(10_000)),
        format!("graph G(a: A) {{ n = {}1; }}", "|| ".repeat(10_000)),
        format!("graph G(a: A) {{ n = {}; }}", "Mlp.dropout(0.1)".repeat(5_000)),
        format!("graph G(a: A) {{ {} }}", "n = Relu(a.x); ".repeat(70_000)),
        "x ".repeat(500_000),
    ];
    // As deep as the compiler reads it, on a stack as large as that of a thread of its own.
    let read = move || {
        for text in graphs {
            let Ok(tokens) = text.parse::<TokenStream>() else { continue };
            assert!(limits::check(tokens.clone()).is_err(), "{}", &text[..60]);
            for name in ["model_graph", "experiment"] {
                let answer = expand::expand(name, tokens.clone()).to_string();
                assert!(answer.contains("compile_error"), "{name}: {}", &text[..60]);
            }
            // Freeing what is nested so deep needs the stack as well.
            std::mem::forget(tokens);
        }
    };
    std::thread::Builder::new().stack_size(256 << 20).spawn(read).unwrap().join().unwrap();
    let input: DeriveInput = parse_quote! { struct Plain { #[setting(default = 1)] a: f64 } };
    assert!(limits::check(quote!(#input)).is_ok());
}
